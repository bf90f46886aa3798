/* A command as it is described (a row of the table in commands.c) and as it is called.
   Parsing, help pages and `help --json` follow from the rows. */
#ifndef CVR_CLI_CALL_H
#define CVR_CLI_CALL_H

#include <cvxrelu/cvxrelu.h>

typedef struct cli_table {
    const char *title; /* one for all tables of this title that follow each other */
    const cvr_option *rows;
} cli_table;

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

typedef struct cli_call cli_call;

typedef struct cli_command {
    const char *name, *usage, *about;
    cli_argument argument;
    const char *choices; /* of CLI_CHOICE: "teacher|spiral" */
    int min_positional, max_positional;
    const char *examples;  /* a command a line */
    bool computes;         /* chooses threads and the BLAS kernels before it runs */
    bool parallel;         /* runs on all processes; else process 0 works alone */
    bool streams;          /* -o - (or a last argument -) is standard output */
    bool reads_positional; /* the first argument is a file of data, - standard input */
    cvr_status (*run)(cli_call *call);
    const cli_table *groups[6]; /* of tables; a row without a title ends each */
} cli_command;

struct cli_call {
    const cli_command *commands; /* all: a row without a name ends them */
    const cli_command *command;  /* the one that is called */
    const char *method;          /* train, cv */
    cvr_settings *settings;
    cvr_option *any_method; /* compare: the options of all methods, as texts */
    char **started;         /* all arguments of the program */
    char **argv;            /* what follows the command's name; argc of them */
    int argc;
    const char **positional; /* arguments that are not options */
    int positional_count;
    bool help;
    cvr_comm *comm;
    int threads;   /* of this process */
    int exit_code; /* of a run that is not an error but ends otherwise; 0: none */
};

void cli_call_free(cli_call *call);

/* The tables of all groups in their order: the i-th, NULL behind the last. */
const cli_table *cli_table_at(const cli_command *c, int i);

/* NULL: there is none. */
const cli_command *cli_find_command(const cli_command *commands, const char *name);
/* Whether its options are those of methods too. */
bool cli_takes_method_options(const cli_command *c);

bool cli_has_row(const cvr_option *rows, const char *name);
/* False also where the command has no such option. */
bool cli_switch(const cli_call *call, const char *name);

#endif
