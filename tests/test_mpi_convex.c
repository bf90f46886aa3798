/* The convex family on several processes: what one process finds, all find. Runs alone
   and under mpirun. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "convex/exact.h"
#include "convex/gate_kind.h"
#include "convex/gates.h"
#include "convex/limit_kernel.h"
#include "linalg/mats.h"
#include "linalg/ops.h"
#include "support/problem.h"

/* ---- the same numbers -------------------------------------------------------------- */

typedef struct trial {
    const char *text;
    cvr_type type;
    double tolerance; /* relative, on the objective after these iterations */
} trial;

static const trial trials[] = {
    {"--primal direct --patterns 8 --max-iterations 60", CVR_DOUBLE, 1e-9},
    {"--primal direct --patterns 40 --max-iterations 60", CVR_DOUBLE, 1e-9},
    {"--primal block-pcg --patterns 8 --max-iterations 60", CVR_DOUBLE, 1e-9},
    {"--primal nystrom-pcg --patterns 8 --max-iterations 60", CVR_DOUBLE, 1e-9},
    {"--primal block-nystrom-pcg --patterns 8 --max-iterations 60", CVR_DOUBLE, 1e-9},
    {"--primal diag-pcg --patterns 8 --max-iterations 60", CVR_DOUBLE, 1e-9},
    {"--primal cg --patterns 8 --max-iterations 60", CVR_DOUBLE, 1e-9},
    {"--primal rbcd --patterns 8 --max-iterations 60", CVR_DOUBLE, 1e-9},
    {"--primal block-rbcd --patterns 8 --max-iterations 60", CVR_DOUBLE, 1e-9},
    {"--formulation gated --patterns 8 --max-iterations 60", CVR_DOUBLE, 1e-9},
    {"--formulation gated --solver fista --patterns 8 --max-iterations 60", CVR_DOUBLE,
     1e-9},
    {"--formulation gated-ridge --patterns 40", CVR_DOUBLE, 1e-9},
    {"--formulation gated-ridge --patterns 4", CVR_DOUBLE, 1e-9},
    {"--formulation gated-ridge --loss huber --patterns 8", CVR_DOUBLE, 1e-7},
    {"--group output --patterns 8 --max-iterations 20 --certificate no", CVR_DOUBLE,
     1e-7},
    {"--outer negative --elastic 0.2 --patterns 8 --max-iterations 20 --certificate no",
     CVR_DOUBLE, 1e-7},
    {"--formulation gated --group feature --patterns 8 --max-iterations 60", CVR_DOUBLE,
     1e-7},
    {"--formulation kernel", CVR_DOUBLE, 1e-9},
    {"--formulation kernel --components 2 --compact landmarks=20", CVR_DOUBLE, 1e-7},
    {"--formulation kernel --kernel tree --beta-relative 0.1", CVR_SINGLE, 1e-3},
    {"--primal direct --patterns 8 --max-iterations 60", CVR_SINGLE, 1e-3},
    {"--primal block-pcg --patterns 8 --max-iterations 60", CVR_SINGLE, 1e-3},
};

static void any_number_of_processes_finds_the_same_objective(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        const trial *t = &trials[i];
        if (!cvr_test_turn((int64_t)i + cvr_test_bias))
            continue;
        cvr_dataset *whole = cvr_test_data(cvr_test_alone, t->type, 61, 5, 2);
        cvr_dataset *part = cvr_test_data(cvr_test_all, t->type, 61, 5, 2);
        cvr_progress one = cvr_test_solve(whole, cvr_test_alone, t->text);
        cvr_progress many = cvr_test_solve(part, cvr_test_all, t->text);
        double apart = fabs(one.objective - many.objective) / fabs(one.objective);
        if (!(apart <= t->tolerance))
            fail_msg("%s: objectives differ by %g", t->text, apart);
        assert_true(fabs(one.train.loss - many.train.loss) <=
                    10 * t->tolerance * fabs(one.train.loss));
        assert_int_equal(one.iterations, many.iterations);
        if (one.active_neurons != many.active_neurons)
            fail_msg("%s: %d and %d neurons", t->text, (int)one.active_neurons,
                     (int)many.active_neurons);
        cvr_dataset_free(whole);
        cvr_dataset_free(part);
    }
}

/* ---- the same gates ---------------------------------------------------------------- */

static cvr_problem pose(const cvr_dataset *data, cvr_comm *comm, const cvr_settings *s)
{
    return (cvr_problem){.X = data->X,
                         .Y = data->Y,
                         .rows = data->rows,
                         .first = data->first,
                         .train = data,
                         .comm = comm,
                         .settings = s,
                         .seed = 9};
}

/* Images, for patches: their gates run through rows until they are moved. */
static cvr_dataset *images(cvr_comm *comm, cvr_type type)
{
    cvr_generate what = {.kind = "glyphs", .rows = 61, .seed = 4, .type = type};
    cvr_dataset *data = NULL;
    assert_int_equal(CVR_OK, cvr_dataset_generate(&what, comm, &data));
    assert_int_equal(CVR_OK, cvr_dataset_fit_transform(data, CVR_NORMALIZE_NONE,
                                                       CVR_BIAS_PENALISED, comm));
    return data;
}

static cvr_dataset *data_for(int kind, cvr_comm *comm, cvr_type type)
{
    return cvr_gate_kinds[kind]->check ? images(comm, type)
                                       : cvr_test_data(comm, type, 61, 5, 2);
}

static void gates_are_the_same_bit_for_bit(void **state)
{
    (void)state;
#define OPTION(name, about) "--patterns 12 --gate-size 4 --gate-kind " #name,
    static const char *const kinds[] = {CVR_GATE_KINDS(OPTION, OPTION)};
    for (int type = 0; type < 2; type++)
        for (int i = 0; i < (int)(sizeof kinds / sizeof *kinds); i++) {
            cvr_settings *s = cvr_test_settings("convex", kinds[i]);
            cvr_dataset *whole = data_for(i, cvr_test_alone, type);
            cvr_dataset *part = data_for(i, cvr_test_all, type);
            cvr_problem one = pose(whole, cvr_test_alone, s),
                        many = pose(part, cvr_test_all, s);
            cvr_mat H1 = {0}, D1 = {0}, H = {0}, D = {0};
            assert_int_equal(CVR_OK, cvr_gates_draw(&one, &H1, &D1));
            assert_int_equal(CVR_OK, cvr_gates_draw(&many, &H, &D));
            assert_int_equal(H1.cols, H.cols);
            assert_true(cvr_distance2(H1, H) == 0);
            assert_true(
                cvr_distance2(cvr_mat_part(D1, part->first, 0, D.rows, D.cols), D) == 0);
            cvr_mat *mine[] = {&H1, &D1, &H, &D};
            for (int k = 0; k < 4; k++)
                cvr_mat_free(mine[k]);
            cvr_dataset_free(whole);
            cvr_dataset_free(part);
            cvr_settings_free(s);
        }
}

/* The kernel of 700 rows, weights and leave-one-out errors of one penalty. */
static void solve_exactly(cvr_comm *comm, const cvr_machine *machine, cvr_mat X,
                          cvr_mat Y, cvr_exact *e, cvr_workspace *w)
{
    *e = (cvr_exact){0};
    cvr_workspace_init(w, X.device, CVR_DOUBLE, "test");
    cvr_exact_lay_out(e, X.rows, Y.cols, false, w);
    assert_int_equal(CVR_OK, cvr_workspace_take(w, comm));
    cvr_copy(e->Y, Y);
    assert_int_equal(CVR_OK, cvr_exact_start(e, machine, X, comm));
    assert_int_equal(CVR_OK, cvr_exact_fit(e, 0.1));
    cvr_exact_judge(e);
}

/* Each process has all rows and computes some of the kernel's. */
static void rows_of_a_kernel_that_are_computed_apart_are_those_of_one(void **state)
{
    (void)state;
    enum { ROWS = 700, D = 4 };
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, ROWS, D + 1, 2);
    cvr_problem q = {.X = data->X,
                     .Y = data->Y,
                     .rows = ROWS,
                     .train = data,
                     .comm = cvr_test_alone,
                     .seed = 1};
    cvr_mat X = cvr_mat_cols(data->X, 0, D), K = {0};
    cvr_machine machine;
    cvr_exact one, many;
    cvr_workspace of_one, of_many;
    assert_int_equal(CVR_OK, CVR_MATS_NEW(X, ROWS, ROWS, &K));
    assert_int_equal(CVR_OK, cvr_limit_machine(&q, 2, X, K, &machine));
    solve_exactly(cvr_test_alone, &machine, X, data->Y, &one, &of_one);
    solve_exactly(cvr_test_all, &machine, X, data->Y, &many, &of_many);
    assert_true(cvr_distance2(one.K, many.K) == 0);
    assert_true(cvr_distance2(one.alpha, many.alpha) == 0);
    assert_true(cvr_distance2(one.E, many.E) == 0);
    cvr_workspace_free(&of_one);
    cvr_workspace_free(&of_many);
    cvr_machine_free(&machine);
    cvr_mat_free(&K);
    cvr_dataset_free(data);
}

/* ---- failing together -------------------------------------------------------------- */

/* A penalty of zero is refused on all processes, and none is left waiting. */
static void a_refusal_is_shared(void **state)
{
    (void)state;
    cvr_dataset *part = cvr_test_data(cvr_test_all, CVR_DOUBLE, 61, 5, 1);
    cvr_settings *s = cvr_test_settings("convex", "--formulation gated-ridge --beta 0");
    cvr_solver *solver = NULL;
    assert_int_equal(CVR_USAGE, cvr_solver_new(part, NULL, cvr_test_all, s, &solver));
    assert_null(solver);
    cvr_settings_free(s);
    cvr_dataset_free(part);
}

/* Fewer rows than processes: some have none. Inner solves to rounding: where loose ones
   end may turn on the last bit of a sum. */
static void processes_without_rows_take_part(void **state)
{
    (void)state;
    const char *text =
        "--patterns 3 --max-iterations 30 --primal block-pcg --inner-tolerance 0";
    cvr_dataset *whole = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 3, 3, 1);
    cvr_dataset *part = cvr_test_data(cvr_test_all, CVR_DOUBLE, 3, 3, 1);
    cvr_progress one = cvr_test_solve(whole, cvr_test_alone, text);
    cvr_progress many = cvr_test_solve(part, cvr_test_all, text);
    if (!(fabs(one.objective - many.objective) <= 1e-9 * (1 + fabs(one.objective))))
        fail_msg("objectives %.12g and %.12g, bounds %.12g %.12g and %.12g %.12g",
                 one.objective, many.objective, one.lower_bound, one.upper_bound,
                 many.lower_bound, many.upper_bound);
    cvr_dataset_free(whole);
    cvr_dataset_free(part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_processes_finds_the_same_objective),
        cmocka_unit_test(gates_are_the_same_bit_for_bit),
        cmocka_unit_test(rows_of_a_kernel_that_are_computed_apart_are_those_of_one),
        cmocka_unit_test(a_refusal_is_shared),
        cmocka_unit_test(processes_without_rows_take_part),
    };
    /* MPI begins and ends once. */
    int failed =
        cmocka_run_group_tests_name("penalised bias", tests, cvr_test_open_comms, NULL);
    cvr_test_bias = CVR_BIAS_FREE;
    return failed +
           cmocka_run_group_tests_name("free bias", tests, NULL, cvr_test_close_comms);
}
