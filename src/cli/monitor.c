/* What is seen of a run: a progress line on a terminal, a line per measurement with -v,
   the log; and the answer to Ctrl-C. */
#define _GNU_SOURCE
#include "cli/monitor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/progress_line.h"
#include "cli/result.h"
#include "cli/signals.h"
#include "cli/try.h"

cvr_status cli_monitor_set_options(cli_monitor *m, const cvr_settings *settings)
{
    char *text = NULL;
    cvr_status status = CVR_OK;
    TRY(cvr_settings_json(settings, &text));
    json_decref(m->options);
    m->options = json_loads(text, 0, NULL);
done:
    free(text);
    return status;
}

cvr_status cli_monitor_open(const cli_call *call, const cvr_settings *settings,
                            cvr_task task, const char *log_path, int64_t from,
                            cli_monitor *m)
{
    cvr_status status = CVR_OK;
    *m =
        (cli_monitor){.call = call,
                      .task = task,
                      .limit = cvr_settings_real(settings, "time-limit"),
                      .max_iterations = cvr_settings_integer(settings, "max-iterations")};
    TRY(cli_monitor_set_options(m, settings));
    if (log_path && cvr_comm_rank(call->comm) == 0)
        TRY(cli_log_open(call, log_path, from, &m->log));
done:
    return status;
}

/* ---- the line ---------------------------------------------------------------------- */

/* ", gap 0.0012"; nothing for NaN. */
static void figure(char *text, size_t size, const char *name, const char *format,
                   double x)
{
    size_t length = strlen(text);
    if (isnan(x) || length >= size)
        return;
    length += (size_t)snprintf(text + length, size - length, ", %s ", name);
    if (length < size)
        snprintf(text + length, size - length, format, x);
}

/* The least that a limit leaves; an early end is possible. */
static double seconds_left(const cli_monitor *m, const cvr_progress *p)
{
    double each = p->seconds / (double)p->iterations;
    double left = each * (double)(m->max_iterations - p->iterations);
    if (m->limit > 0 && m->limit - p->seconds < left)
        left = m->limit - p->seconds;
    return left > 0 ? left : 0;
}

static void describe(const cli_monitor *m, const cvr_progress *p, char *text, size_t size)
{
    snprintf(text, size, "%lld iterations", (long long)p->iterations);
    figure(text, size, m->task == CVR_CLASSIFY ? "test" : "test r2", "%.4f",
           m->task == CVR_CLASSIFY ? p->test.accuracy : p->test.r2);
    figure(text, size, m->task == CVR_CLASSIFY ? "train" : "train r2", "%.4f",
           m->task == CVR_CLASSIFY ? p->train.accuracy : p->train.r2);
    figure(text, size, "gap", "%.2g", p->gap);
    figure(text, size, "objective", "%.6g", p->objective);
}

/* ---- measurements ------------------------------------------------------------------ */

void cli_monitor_write(cli_monitor *m, const json_t *line)
{
    if (cli_log_write(&m->log, line))
        return;
    cli_progress_clear();
    cli_message(m->call, "cvxrelu: cannot write %s: %s; the run continues without it",
                m->log.path, strerror(m->log.failure));
}

static void write_log(cli_monitor *m, const cvr_progress *p)
{
    json_t *result = m->log.open ? cli_result(p, m->options) : NULL;
    cli_monitor_write(m, result);
    json_decref(result);
}

int cli_monitor_on_progress(const cvr_progress *p, void *monitor)
{
    cli_monitor *m = monitor;
    char text[160], left[40];
    cvr_progress seen = *p;
    seen.threads = m->call->threads;
    if (p->outcome == CVR_RUNNING && cli_signal())
        seen.outcome = CVR_STOPPED;
    write_log(m, &seen);
    describe(m, &seen, text, sizeof text);
    snprintf(left, sizeof left, ", at most %.0f s left", seconds_left(m, &seen));
    cli_progress_stage("%s", text);
    cli_progress_draw(left);
    if (cli_switch(m->call, "verbose"))
        cli_message(m->call, "%s, %.1f s", text, seen.seconds);
    if (m->also && m->also(&seen, m->user))
        return 1;
    return cli_signal();
}

cvr_status cli_monitor_close(cli_monitor *m)
{
    cli_progress_clear();
    json_decref(m->options);
    m->options = NULL;
    return cli_log_close(&m->log);
}
