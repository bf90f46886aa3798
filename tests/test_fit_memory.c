/* cvr_fit makes one copy of its rows: what it takes beyond the caller's array is less
   than 2.1 times that. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cvxrelu/cvxrelu.h>

/* A line of /proc/self/status, in bytes. */
static double status_of(const char *key)
{
    char line[256];
    double kilobytes = NAN;
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            kilobytes = atof(line + strlen(key));
    fclose(file);
    return 1024 * kilobytes;
}

/* The peak counts from here on; false: the system does not let us. */
static bool forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    bool written = file && fputs("5", file) >= 0;
    return file && fclose(file) == 0 && written;
}

static uint32_t next(uint32_t *state)
{
    return *state = 1664525 * *state + 1013904223;
}

static void rows_are_copied_once(void **state)
{
    (void)state;
    enum { N = 20000, D = 1000 };
    if (getenv("CVR_SANITIZED") || !forget_peak())
        skip();
    float *x = malloc((size_t)N * D * sizeof *x), *y = malloc(N * sizeof *y);
    uint32_t number = 1;
    cvr_model m;
    assert_non_null(x);
    assert_non_null(y);
    for (size_t k = 0; k < (size_t)N * D; k++)
        x[k] = (float)next(&number) / 4e9f;
    for (int i = 0; i < N; i++)
        y[i] = fabsf(x[(size_t)i * D] - 0.5f);
    double before = status_of("VmRSS:");
    if (cvr_fit("convex", (cvr_array){x, CVR_FLOAT32, N, D, 0, 0},
                (cvr_array){y, CVR_FLOAT32, N, 1, 0, 0}, NULL,
                "formulation=gated patterns=4 primal=cg max-iterations=3", &m) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    double times = (status_of("VmHWM:") - before) / ((double)N * D * sizeof *x);
    print_message("%.2f times the array\n", times);
    assert_true(times < 2.1);
    cvr_model_free(&m);
    free(x);
    free(y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_are_copied_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
