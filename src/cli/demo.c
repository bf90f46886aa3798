/* cvxrelu demo: several formulations and u-steps on the same images, compared in a table;
   model, log, CSV, gnuplot script and plot are left in a folder. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is compared: options of the method convex. */
typedef struct demo_run {
    const char *name, *options;
} demo_run;
enum { RUNS = 5, PATH = 1024 };

/* Few rows: how far the certified gap closes. */
static const demo_run small_runs[RUNS] = {
    {"relu-direct", "formulation=relu primal=direct patterns=20 beta-relative=0.01"},
    {"relu-block-pcg",
     "formulation=relu primal=block-pcg patterns=20 beta-relative=0.01"},
    {"relu-rbcd", "formulation=relu primal=rbcd patterns=20 beta-relative=0.01"},
    {"gated", "formulation=gated primal=direct patterns=20 beta-relative=0.01"},
    {"gated-ridge", "formulation=gated-ridge patterns=500 gate-kind=patch"}};

/* Many rows: how soon the network reaches 97 % on the training rows. */
static const demo_run large_runs[RUNS] = {
    {"relu-direct",
     "formulation=relu primal=direct beta=0.001 target-train-accuracy=0.97"},
    {"relu-block-pcg",
     "formulation=relu primal=block-pcg beta=0.001 target-train-accuracy=0.97"},
    {"relu-rbcd", "formulation=relu primal=rbcd beta=0.001 target-train-accuracy=0.97"},
    {"gated", "formulation=gated primal=direct beta-relative=0.01"},
    {"gated-ridge", "formulation=gated-ridge patterns=500 gate-kind=patch"}};

/* Generated images: rows to train on, rows to test on. */
enum { TRAIN_ROWS = 1000, TEST_ROWS = 1000 };
#define SECONDS_EACH "10" /* the whole demonstration ends within a minute */
enum { MANY_ROWS = 4000 };

typedef struct demo {
    cli_call *call;
    const char *folder;
    cvr_dataset *train, *test;
    FILE *history; /* a line a measurement */
    const demo_run *runs;
    int run;
    cvr_progress results[RUNS];
    int count, best; /* runs that are done; the one with the best test accuracy */
} demo;

static const char *in_folder(const demo *d, const char *name, char *path)
{
    snprintf(path, PATH, "%s/%s", d->folder, name);
    return path;
}

/* ---- data -------------------------------------------------------------------------- */

static cvr_status generate(const cli_call *call, int64_t first, int64_t rows,
                           cvr_dataset **data)
{
    cvr_generate what = {.kind = "glyphs",
                         .rows = rows,
                         .first = first,
                         .seed = (uint64_t)cvr_settings_integer(call->settings, "seed")};
    return cvr_dataset_generate(&what, call->comm, data);
}

/* The user's files may be large: in single precision the minute suffices. */
static cvr_status read_files(const cli_call *call, demo *d)
{
    cvr_load how = {0}, test = {0};
    cvr_status status = CVR_OK;
    TRY(cli_how_to_load(call, &how));
    how.type = CVR_SINGLE;
    TRY(cvr_dataset_load(&how, call->comm, &d->train));
    if (cvr_settings_count(call->settings, "test") > 0) {
        cli_how_to_load_test(call, &how, &test);
        test.task = d->train->task;
        test.features = d->train->X.cols;
        test.libsvm_base = d->train->transform.libsvm_base;
        TRY(cvr_dataset_load(&test, call->comm, &d->test));
    } else {
        TRY(cvr_dataset_hold_out(d->train, 0.2,
                                 (uint64_t)cvr_settings_integer(call->settings, "seed"),
                                 call->comm, &d->test));
    }
done:
    return status;
}

static cvr_status load(demo *d)
{
    const cli_call *call = d->call;
    cvr_status status = CVR_OK;
    if (cvr_settings_count(call->settings, "data") > 0) {
        TRY(read_files(call, d));
    } else {
        TRY(generate(call, 0, TRAIN_ROWS, &d->train));
        TRY(generate(call, TRAIN_ROWS, TEST_ROWS, &d->test));
    }
    TRY(cvr_dataset_prepare(d->train, CVR_NORMALIZE_GLOBAL, true, call->comm));
    TRY(cvr_dataset_apply(d->test, &d->train->transform, d->train->classes,
                          d->train->class_names, call->comm));
    cli_say(call, "%s: %lld rows to train on, %lld to test on, %lld features",
            d->train->source, (long long)d->train->rows, (long long)d->test->rows,
            (long long)d->train->transform.features);
done:
    return status;
}

/* ---- one run ----------------------------------------------------------------------- */

/* "name=value name=value"; patches are for images. */
static cvr_status set_all(const demo *d, cvr_settings *s)
{
    char name[32], value[32];
    bool image = d->train->transform.channels > 0;
    const char *text = d->runs[d->run].options;
    cvr_status status = CVR_OK;
    for (int used = 0; sscanf(text, "%31[^=]=%31s %n", name, value, &used) == 2;
         text += used)
        if (image || strcmp(name, "gate-kind") != 0)
            TRY(cvr_settings_set(s, name, value));
done:
    return status;
}

static cvr_status configure(const demo *d, cvr_settings **s)
{
    char seed[32];
    cvr_status status = CVR_OK;
    snprintf(seed, sizeof seed, "%lld",
             (long long)cvr_settings_integer(d->call->settings, "seed"));
    TRY(cvr_settings_new("convex", s));
    TRY(set_all(d, *s));
    TRY(cvr_settings_set(*s, "time-limit", SECONDS_EACH));
    TRY(cvr_settings_set(*s, "seed", seed));
done:
    return status;
}

static void number(FILE *file, double x)
{
    if (isfinite(x))
        fprintf(file, ",%.9g", x);
    else
        fputs(",", file);
}

static int remember(const cvr_progress *p, void *user)
{
    demo *d = user;
    fprintf(d->history, "%s,%lld", d->runs[d->run].name, (long long)p->iterations);
    number(d->history, p->seconds);
    number(d->history, p->objective);
    number(d->history, p->gap);
    number(d->history, p->train_accuracy);
    number(d->history, p->test_accuracy);
    fputc('\n', d->history);
    return 0;
}

static cvr_status keep_model(demo *d, cvr_solver *solver)
{
    char path[PATH];
    cvr_model m = {0};
    cvr_status status = CVR_OK;
    bool better = d->count == 0 ||
                  d->results[d->run].test_accuracy > d->results[d->best].test_accuracy;
    if (!better)
        return CVR_OK;
    d->best = d->run;
    TRY(cvr_solver_model(solver, &m));
    TRY(cvr_model_save(&m, in_folder(d, "model.safetensors", path)));
done:
    cvr_model_free(&m);
    return status;
}

static cvr_status run_one(demo *d)
{
    cvr_settings *settings = NULL;
    cvr_solver *solver = NULL;
    cli_monitor monitor = {0};
    char name[64], path[PATH];
    cvr_status status = CVR_OK, closed = CVR_OK;
    snprintf(name, sizeof name, "log-%d.jsonl", d->run + 1);
    cli_say(d->call, "%s ...", d->runs[d->run].name);
    TRY(configure(d, &settings));
    TRY(cli_monitor_open(d->call, settings, d->train->task, in_folder(d, name, path), -1,
                         &monitor));
    monitor.also = remember;
    monitor.user = d;
    TRY(cvr_solver_new("convex", d->train, d->test, d->call->comm, settings, &solver));
    TRY(cvr_solver_run(solver, cli_monitor_see, &monitor, &d->results[d->run]));
    d->results[d->run].threads = d->call->threads;
    TRY(keep_model(d, solver));
    d->count++;
done:
    closed = cli_monitor_close(&monitor);
    cvr_solver_free(solver);
    cvr_settings_free(settings);
    return status != CVR_OK ? status : closed;
}

/* ---- what is left behind ----------------------------------------------------------- */

static const char *const script =
    "# gnuplot plot.gp: objective, certified gap and accuracy against time\n"
    "set datafile separator ','\n"
    "set terminal svg size 900,1000 background 'white'\n"
    "set output 'plot.svg'\n"
    "set multiplot layout 3,1\n"
    "set key outside right\n"
    "set lmargin 12\n"
    "set format y '%%g'\n"
    "set logscale x\n"
    "set grid\n"
    "names = \"%s\"\n"
    "only(column, i) = strcol(1) eq word(names, i) ? column : NaN\n"
    "set datafile missing NaN\n"
    "set logscale y\n"
    "set ylabel 'objective of each problem'\n"
    "plot for [i=1:words(names)] 'history.csv' skip 1 using 3:(only($4, i)) "
    "with linespoints title word(names, i)\n"
    "set ylabel 'relative gap'\n"
    "set yrange [1e-5:1]\n"
    "plot for [i=1:words(names)] 'history.csv' skip 1 using 3:(only($5, i)) "
    "with linespoints title word(names, i)\n"
    "unset logscale y\n"
    "set autoscale y\n"
    "set ylabel 'test accuracy'\n"
    "set xlabel 'seconds'\n"
    "plot for [i=1:words(names)] 'history.csv' skip 1 using 3:(only($7, i)) "
    "with linespoints title word(names, i)\n";

static cvr_status write_script(const demo *d)
{
    char path[PATH], names[256] = "";
    FILE *file = fopen(in_folder(d, "plot.gp", path), "w");
    if (!file)
        return cvr_fail(CVR_IO, "%s: %s", path, strerror(errno));
    for (int i = 0; i < RUNS; i++) {
        size_t length = strlen(names);
        snprintf(names + length, sizeof names - length, "%s%s", i > 0 ? " " : "",
                 d->runs[i].name);
    }
    fprintf(file, script, names);
    if (fclose(file) != 0)
        return cvr_fail(CVR_IO, "%s: %s", path, strerror(errno));
    return CVR_OK;
}

/* True when gnuplot is there and has drawn plot.svg. */
static bool plot(const demo *d)
{
    int how = 0;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (chdir(d->folder) == 0 && freopen("/dev/null", "w", stderr))
            execlp("gnuplot", "gnuplot", "plot.gp", (char *)NULL);
        _exit(127);
    }
    return child > 0 && waitpid(child, &how, 0) == child && WIFEXITED(how) &&
           WEXITSTATUS(how) == 0;
}

static cvr_status open_history(demo *d)
{
    char path[PATH];
    if (mkdir(d->folder, 0777) != 0 && errno != EEXIST)
        return cvr_fail(CVR_IO, "%s: %s", d->folder, strerror(errno));
    d->history = fopen(in_folder(d, "history.csv", path), "w");
    if (!d->history)
        return cvr_fail(CVR_IO, "%s: %s", path, strerror(errno));
    fputs("run,iterations,seconds,objective,gap,train_accuracy,test_accuracy\n",
          d->history);
    return CVR_OK;
}

static cvr_status close_history(demo *d)
{
    bool broken = d->history && ferror(d->history);
    if (d->history && (fclose(d->history) != 0 || broken))
        return cvr_fail(CVR_IO, "%s/history.csv: cannot write", d->folder);
    d->history = NULL;
    return CVR_OK;
}

/* ---- the table --------------------------------------------------------------------- */

static void cell(double x, const char *format)
{
    if (isfinite(x))
        printf(format, x);
    else
        printf("%10s", "-");
}

static void print_table(const demo *d)
{
    printf("%-16s %8s %10s %10s %10s %10s %10s  %s\n", "model, u-step", "seconds",
           "iterations", "objective", "gap", "train", "test", "outcome");
    for (int i = 0; i < d->count; i++) {
        const cvr_progress *p = &d->results[i];
        printf("%-16s %8.2f %10lld ", d->runs[i].name, p->seconds,
               (long long)p->iterations);
        cell(p->objective, "%10.5g");
        putchar(' ');
        cell(p->gap, "%10.1e");
        putchar(' ');
        cell(p->train_accuracy, "%10.4f");
        putchar(' ');
        cell(p->test_accuracy, "%10.4f");
        printf("  %s\n", cvr_outcome_name(p->outcome));
    }
}

static void print_places(const demo *d, bool plotted)
{
    printf("\nmodel   %s/model.safetensors (%s: best on the test rows)\n", d->folder,
           d->runs[d->best].name);
    printf("logs    %s/log-1.jsonl ... log-%d.jsonl\n", d->folder, d->count);
    printf("numbers %s/history.csv, plot.gp\n", d->folder);
    if (plotted)
        printf("plot    %s/plot.svg\n", d->folder);
    else
        printf("plot    none: install gnuplot and run: cd %s && gnuplot plot.gp\n",
               d->folder);
}

static cvr_status print_all(const demo *d, bool plotted)
{
    json_t *list = json_array();
    if (!cli_switch(d->call, "json")) {
        json_decref(list);
        print_table(d);
        print_places(d, plotted);
        return cli_flush();
    }
    for (int i = 0; i < d->count; i++) {
        json_t *result = cli_result(&d->results[i], d->train->task, NULL);
        json_object_set_new(result, "run", json_string(d->runs[i].name));
        json_array_append_new(list, result);
    }
    return cli_print(d->call, json_pack("{s:o, s:s}", "runs", list, "folder", d->folder));
}

cvr_status cli_demo(cli_call *call)
{
    demo d = {.call = call, .folder = cvr_settings_text(call->settings, "output")};
    cvr_status status = CVR_OK;
    TRY(open_history(&d));
    TRY(load(&d));
    d.runs = d.train->rows > MANY_ROWS ? large_runs : small_runs;
    TRY(write_script(&d));
    cli_catch_signals();
    for (d.run = 0; d.run < RUNS && !cli_signal(); d.run++)
        TRY(run_one(&d));
    TRY(close_history(&d));
    TRY(print_all(&d, plot(&d)));
    call->exit_code = cli_signal() ? 128 + cli_signal() : 0;
done:
    if (d.history)
        fclose(d.history);
    cvr_dataset_free(d.train);
    cvr_dataset_free(d.test);
    return status;
}
