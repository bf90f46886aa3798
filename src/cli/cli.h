/* What the files of the command share. Each command is a row of cli_commands: its words,
   its option tables and its function; parsing, help pages and `help --json` follow from
   the rows. */
#ifndef CVR_CLI_CLI_H
#define CVR_CLI_CLI_H

#include <stdio.h>

#include <jansson.h>

#include <cvxrelu/cvxrelu.h>

#define TRY(call)                                                                        \
    do {                                                                                 \
        if ((status = (call)) != CVR_OK)                                                 \
            goto done;                                                                   \
    } while (0)
#define FAIL(...)                                                                        \
    do {                                                                                 \
        status = cvr_fail(__VA_ARGS__);                                                  \
        goto done;                                                                       \
    } while (0)

typedef struct cli_table {
    const char *title;
    const cvr_option *rows;
} cli_table;

typedef struct cli_command cli_command;

typedef struct cli_call {
    const cli_command *commands, *command; /* all, and the one that is called */
    const char *method;                    /* train, cv */
    cvr_settings *settings;
    cvr_option *any_method; /* compare: the options of all methods, as texts */
    char **started;         /* all arguments of the program */
    char **argv;            /* what follows the command's name; argc of them */
    int argc;
    const char **words; /* arguments that are no options; word_count of them */
    int word_count;
    bool help;
    cvr_comm *comm;
    int threads;   /* of this process */
    int exit_code; /* of a run that is no error but ends otherwise; 0: none */
} cli_call;

/* What stands behind the command's name. A method brings its options; a SPEC those of
   any method. */
typedef enum cli_argument {
    CLI_NOTHING,
    CLI_METHOD,
    CLI_SPEC,
    CLI_CHOICE,
    CLI_PATH,
    CLI_TOPIC /* a command, or a method */
} cli_argument;

struct cli_command {
    const char *name, *words, *about;
    cli_argument argument;
    const char *choices; /* of CLI_CHOICE: "teacher|spiral" */
    int min_words, max_words;
    const char *examples; /* a command a line */
    bool computes;        /* chooses threads and the BLAS kernels before it runs */
    bool parallel;        /* runs on all processes; else process 0 works alone */
    bool streams;         /* -o - (or a last word -) is standard output */
    bool reads_word;      /* the first word is a file of data, - for standard input */
    cvr_status (*run)(cli_call *call);
    cli_table tables[16]; /* a row without a title ends them */
};

extern const cli_command cli_commands[]; /* a row without a name ends them */
/* NULL: there is none. */
const cli_command *cli_find_command(const cli_command *commands, const char *name);
/* Whether its options are those of methods too. */
bool cli_takes_method_options(const cli_command *c);

cvr_status cli_train(cli_call *call);
cvr_status cli_cv(cli_call *call);
cvr_status cli_predict(cli_call *call);
cvr_status cli_eval(cli_call *call);
cvr_status cli_prune(cli_call *call);
cvr_status cli_gen(cli_call *call);
cvr_status cli_convert(cli_call *call);
cvr_status cli_info(cli_call *call);
cvr_status cli_compare(cli_call *call);
cvr_status cli_demo(cli_call *call);
cvr_status cli_help(cli_call *call);

/* ---- parse.c ---------------------------------------------------------------------- */

/* Makes call->settings and call->words of what follows the command's name. */
cvr_status cli_parse(int argc, char **argv, cli_call *call) CVR_MUST_CHECK;
void cli_call_free(cli_call *call);
bool cli_switch(const cli_call *call, const char *name); /* false where there is none */

/* ---- plain.c: text for a terminal ---------------------------------------------------
 */

/* Control characters and what is no UTF-8 become question marks: for all that comes from
   a file, an argument or the system. */
void cli_put_plain(FILE *to, const char *text);
int cli_plain_width(const char *text); /* in characters */
/* On stdout, at the left (width < 0: at the right) of so many columns. */
void cli_put_padded(const char *text, int width);
/* On stdout, the first characters and an ellipsis: so many columns in all. */
void cli_put_cut(const char *text, int width);

/* ---- say.c: stderr, stdout --------------------------------------------------------- */

/* The sentence and the hint of the last failure, on stderr. */
void cli_say_error(void);
/* Puts a place before the sentence of the last failure; its hint stays. */
void cli_say_where(cvr_status status, const char *format, ...) CVR_PRINTF(2, 3);
/* A line on stderr, unless --quiet or not process 0. */
void cli_say(const cli_call *call, const char *format, ...) CVR_PRINTF(2, 3);
/* Sends the library's notes to stderr: with -v the details too. */
void cli_listen(const cli_call *call);
/* CVR_IO when what was printed has not arrived (full disk, closed pipe). */
cvr_status cli_flush(void) CVR_MUST_CHECK;
/* The status of what was written to standard output: notes when it failed because its
   reader has gone (head), which is no error to speak of. */
cvr_status cli_streamed(cvr_status status) CVR_MUST_CHECK;
bool cli_reader_gone(void);             /* this has been noted */
bool cli_is_standard(const char *path); /* "-" */

/* ---- predict.c ----------------------------------------------------------------------
 */

/* The model of --model and the rows of --data, raw, read as its training rows were. */
cvr_status cli_load_for_model(const cli_call *call, cvr_model *m,
                              cvr_dataset **data) CVR_MUST_CHECK;

/* ---- report.c ---------------------------------------------------------------------- */

/* A number, or null where it is NaN or infinite. */
json_t *cli_real(double x);
/* The result keys of a measurement; options may be NULL. The caller drops the reference. */
json_t *cli_result(const cvr_progress *p, json_t *options);
/* A run of call->method that has no figures; data may be NULL. */
void cli_blank(const cli_call *call, const cvr_dataset *data, cvr_progress *p);
/* A result on stdout of process 0: a table, or one JSON object with --json. Takes it. */
cvr_status cli_print(const cli_call *call, json_t *result) CVR_MUST_CHECK;
/* The result of a run: as a table only what most want to see, unless -v asks for all. */
cvr_status cli_print_run(const cli_call *call, json_t *result) CVR_MUST_CHECK;
/* "12.3 GB" */
const char *cli_bytes(int64_t bytes, char *text, size_t size);

/* ---- machine.c --------------------------------------------------------------------- */

/* Version, compiler, BLAS, processor, cores, threads, memory, system, MPI. The caller
   drops it. */
json_t *cli_machine(const cli_call *call);

/* ---- places.c ---------------------------------------------------------------------- */

/* --output, --checkpoint and --log: CVR_IO when a file cannot be made there, CVR_USAGE
   when two options name the same file, or one a file that is read. */
cvr_status cli_check_places(const cli_call *call) CVR_MUST_CHECK;

/* ---- blas_kernels.c, blas_check.c -------------------------------------------------- */

/* Takes the kernels of OpenBLAS that suit this processor, where OpenBLAS does not know it
   and the user has named none; may start the program anew with these arguments. */
void cli_choose_kernels(char **arguments);
/* Whose choice the kernels are, in words. */
void cli_say_kernels(char *text, size_t size);
/* BLAS against plain loops: with all threads, with one, and asked by all threads at once;
   CVR_NUMERICAL. */
cvr_status cli_check_blas(int threads) CVR_MUST_CHECK;

/* ---- blas_memory.c ----------------------------------------------------------------- */

/* At the very start: where OpenBLAS's threads cannot have their buffers the program
   starts itself anew with fewer. */
void cli_guard_blas(char **arguments);
/* Before anything calls BLAS: CVR_NO_MEMORY when there is no room for it. */
cvr_status cli_take_buffers(void) CVR_MUST_CHECK;
/* Whether so many threads can have theirs: CVR_NO_MEMORY, or fewer threads when their
   number was not given. own_threads: they are the method's. */
cvr_status cli_room_for_threads(bool own_threads, bool given,
                                int *threads) CVR_MUST_CHECK;
/* At the very end: does not wait for threads that wait for ever. */
void cli_end_of_blas(int code);

/* ---- processes.c, signals.c ------------------------------------------------------- */

cvr_status cli_open_processes(cli_call *call) CVR_MUST_CHECK;
bool cli_speaks(void);       /* of a failure before there are processes */
int cli_launched_rank(void); /* by the launcher's environment; 0 without one */
bool cli_launched(void);
cvr_status cli_choose_threads(cli_call *call) CVR_MUST_CHECK;
/* Gives them to BLAS, or by the option threads to a method that has its own; *threads
   becomes what there is. method may be NULL. */
cvr_status cli_use_threads(const char *method, cvr_settings *settings,
                           int *threads) CVR_MUST_CHECK;

void cli_catch_signals(void);  /* INT and TERM; a second one leaves at once */
void cli_catch_requests(void); /* USR1, USR2 and XCPU */
/* From here on a signal that ends the command ends it at once: there is nothing to lose.
   The sentence ("stopped before the rows were read") is said then, and that nothing is
   written; checkpoint: the file that the run goes on from, or NULL. */
void cli_leave_on_signals(const cli_call *call, const char *checkpoint,
                          const char *format, ...) CVR_PRINTF(3, 4);
/* From here on it is only asked for (cli_signal, the solver that is watched). */
void cli_ask_on_signals(void);
/* The exit code, and the name, of a signal that has ended a run. */
int cli_signal_code(int number, bool checkpoint);
const char *cli_signal_name(int number);
/* What comes from here on (and has come before) is asked of this solver; NULL: of none.
 */
void cli_watch(cvr_solver *solver);
int cli_signal(void); /* the one that ends the run (INT, TERM, USR2, XCPU); 0: none */
bool cli_save_asked(void); /* USR1, USR2 or XCPU has come */
/* Seconds on a clock that never goes back, and a cvr_question: whether a signal has come,
   or that clock stands at *until (a double; NULL: it never does). */
double cli_seconds(void);
int cli_question(void *until);

/* ---- standard_input.c -------------------------------------------------------------- */

/* Where "-" is named as data: standard input can be read as often as needed from here on.
   CVR_USAGE when it is named twice, or there are several processes. */
cvr_status cli_open_standard_input(const cli_call *call) CVR_MUST_CHECK;

/* ---- source.c ---------------------------------------------------------------------- */

/* cvr_load from --data, --target, ... as far as the command has them. */
cvr_status cli_how_to_load(const cli_call *call, cvr_load *how) CVR_MUST_CHECK;
/* The same for a model: images as its training data were, its type, and its task unless
   the user says otherwise. */
cvr_status cli_how_to_load_for(const cli_call *call, const cvr_model *m,
                               cvr_load *how) CVR_MUST_CHECK;
/* The same for the files of --test. */
void cli_how_to_load_test(const cli_call *call, const cvr_load *train, cvr_load *how);

/* ---- loading.c --------------------------------------------------------------------- */

typedef struct cli_data {
    cvr_dataset *train, *test; /* test may be NULL */
} cli_data;

/* Which rows are the test set: the files of --test (files), or so many held out. */
typedef struct cli_split {
    cvr_type type;
    bool files;
    double held;
    uint64_t seed;
} cli_split;

/* The rows of --data and of the test set, raw. */
cvr_status cli_read(const cli_call *call, const cli_split *split,
                    cli_data *d) CVR_MUST_CHECK;
/* The same, prepared. */
cvr_status cli_load(const cli_call *call, const cli_split *split,
                    cli_data *d) CVR_MUST_CHECK;
/* --bias; --no-bias is its older name for none. */
cvr_status cli_bias(const cli_call *call, cvr_bias *bias) CVR_MUST_CHECK;
/* Fits normalisation and bias on the training rows, applies them to both. */
cvr_status cli_prepare(const cli_call *call, cli_data *d) CVR_MUST_CHECK;
void cli_data_free(cli_data *d);

/* ---- log_file.c -------------------------------------------------------------------- */

typedef struct cli_log {
    const char *path; /* the caller's */
    int file;
    bool open, alone; /* alone: no other run writes there */
    int failure; /* errno of the line that could not be written; none is written after it
                  */
} cli_log;

/* A new file; or (from >= 0) one that goes on behind its lines of earlier iterations. One
   that another run writes to is left as it is, with a note. */
cvr_status cli_log_open(const cli_call *call, const char *path, int64_t from,
                        cli_log *log) CVR_MUST_CHECK;
/* A line, where there is a log; false: the first that could not be written. */
bool cli_log_write(cli_log *log, const json_t *line);
/* CVR_IO when a line could not be written. Takes {0}. */
cvr_status cli_log_close(cli_log *log) CVR_MUST_CHECK;

/* ---- line.c: progress on stderr ------------------------------------------------------
 */

/* --progress decides whether there is a line at all; seconds count from here. */
void cli_line_begin(const cli_call *call);
/* What goes on from now. */
void cli_line_stage(const char *format, ...) CVR_PRINTF(1, 2);
/* Draws it, unless it was drawn just now; end goes behind the seconds. */
void cli_line_draw(const char *end);
/* Draws it when it has stood for a while; from any thread. */
void cli_line_tick(void);
/* Before anything else on the terminal. */
void cli_line_wipe(void);

/* ---- monitor.c --------------------------------------------------------------------- */

typedef struct cli_monitor {
    const cli_call *call;
    cvr_task task;
    json_t *options; /* goes into every line of the log; may be NULL */
    cli_log log;     /* of process 0 */
    double limit;
    int64_t max_iterations;
    int (*also)(const cvr_progress *p, void *user); /* or NULL */
    void *user;
} cli_monitor;

/* log_path NULL: no log; from: as cli_log_open has it. */
cvr_status cli_monitor_open(const cli_call *call, const cvr_settings *settings,
                            cvr_task task, const char *log_path, int64_t from,
                            cli_monitor *m) CVR_MUST_CHECK;
/* From now on the lines of the log carry these options. */
cvr_status cli_monitor_options(cli_monitor *m,
                               const cvr_settings *settings) CVR_MUST_CHECK;
/* A line of the log, where there is one. */
void cli_monitor_write(cli_monitor *m, const json_t *line);
int cli_monitor_see(const cvr_progress *p, void *monitor); /* a cvr_callback */
/* Wipes the line, checks that the log is whole. */
cvr_status cli_monitor_close(cli_monitor *m) CVR_MUST_CHECK;

#endif
