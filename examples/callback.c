/* Watches a run: a line for each measurement, an end when the certificate is good enough,
   and another one on Ctrl-C, which leaves the network found by then. */
#include <math.h>
#include <signal.h>
#include <stdio.h>

#include <cvxrelu/cvxrelu.h>

enum { ROWS = 300 };

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = number;
}

/* Asked often, from set-up on and by every thread. */
static int ask(void *user)
{
    (void)user;
    return interrupted ? CVR_END : CVR_GO_ON;
}

/* The objective lies between the bounds; nonzero ends the run. */
static int watch(const cvr_progress *p, void *user)
{
    const double *enough = user;
    printf("%4lld  objective %.6f  at least %.6f  gap %.1e\n", (long long)p->iterations,
           p->objective, p->lower_bound, p->gap);
    return p->gap <= *enough;
}

int main(void)
{
    static float x[ROWS][2], y[ROWS];
    double enough = 1e-4;
    cvr_progress result;
    cvr_fit_extras extras = {
        .interrupt = ask, .progress = watch, .user = &enough, .result = &result};
    cvr_model model;
    for (int i = 0; i < ROWS; i++) {
        x[i][0] = (float)(i % 20) / 10 - 1;
        x[i][1] = (float)(i / 20) / 10 - 1;
        y[i] = fabsf(x[i][0] - x[i][1]);
    }
    signal(SIGINT, on_signal);
    if (cvr_fit("convex", (cvr_array){x, CVR_FLOAT32, ROWS, 2, 0, 0},
                (cvr_array){y, CVR_FLOAT32, ROWS, 1, 0, 0}, &extras,
                "patterns=20 formulation=gated beta=0.01", &model) != CVR_OK) {
        fprintf(stderr, "%s\n", cvr_last_error());
        return 1;
    }
    printf("%s after %lld iterations: r2 %.4f\n", cvr_outcome_name(result.outcome),
           (long long)result.iterations, result.train.r2);
    cvr_model_free(&model);
    return 0;
}
