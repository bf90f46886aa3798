/* A method's list of matrices: memory, and what a checkpoint brings back. Runs alone and
   under mpirun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "linalg/ops.h"
#include "model/model.h"
#include "parallel/comm.h"
#include "solver/method.h"
#include "solver/methods.h"
#include "solver/resume.h"
#include "support/files.h"
#include "support/problem.h"

/* x -= G / (2 |X|^2) with the gradient G = X'(X x - y) of the step before. */
typedef struct toy {
    const cvr_problem *q;
    cvr_mat x, r, G, s; /* d x 1; own rows x 1: X x - y; own part of G; all of it */
    cvr_mat given;      /* what a file would bring */
    double length, *last;
    int64_t steps;
} toy;

static int64_t wanted = 1; /* columns of a scratch matrix */
static double brought = 1;
static bool restored;

static cvr_status pose(void *state, const cvr_problem *q)
{
    toy *s = state;
    s->q = q;
    return CVR_OK;
}

static cvr_status lay_out(void *state, cvr_workspace *w)
{
    toy *s = state;
    int64_t d = s->q->X.cols;
    cvr_status status = CVR_OK;
    cvr_workspace_push(w, "part", 2);
    cvr_lay(w, CVR_SHARED, "x", &s->x, d, 1);
    cvr_workspace_pop(w);
    cvr_lay(w, CVR_ROWS, "r", &s->r, s->q->X.rows, 1);
    cvr_lay_double(w, CVR_PARTIAL, "G", &s->G, d, 1);
    CVR_LAY_SCRATCH(w, d, wanted, &s->s);
    CVR_LAY_SCRATCH(w, 1, 1, &s->given);
    cvr_lay_given(w, CVR_SHARED, "given", "gifts", &s->given);
    CVR_TRY(cvr_lay_array(w, (void **)&s->last, 2, sizeof *s->last));
    cvr_lay_reals(w, "last", s->last, 2);
    cvr_lay_count(w, "steps", &s->steps);
    cvr_lay_choice(w, "seed", "chosen");
done:
    return status;
}

static cvr_status start(void *state)
{
    toy *s = state;
    s->length = cvr_dot(s->q->X, s->q->X);
    cvr_fill(s->given, brought);
    return cvr_allreduce_sum(s->q->comm, &s->length, 1);
}

static cvr_status again(void *state)
{
    (void)state;
    restored = true;
    return CVR_OK;
}

static cvr_status step(void *state)
{
    toy *s = state;
    cvr_mat G = cvr_mat_cols(s->s, 0, 1);
    cvr_status status = CVR_OK;
    cvr_copy(G, s->G);
    CVR_TRY(cvr_allreduce(s->q->comm, G));
    cvr_axpby(s->x, -0.5 / s->length, G, 1);
    cvr_copy(s->r, s->q->Y);
    cvr_gemm(s->r, 1, CVR_N, s->q->X, CVR_N, s->x, -1);
    cvr_gemm(s->G, 1, CVR_T, s->q->X, CVR_N, s->r, 0);
    s->last[s->steps++ % 2] = cvr_dot(s->x, s->x);
done:
    return status;
}

static cvr_status measure(void *state, cvr_progress *p, cvr_mat *outputs)
{
    toy *s = state;
    p->objective = s->last[0] + s->last[1] + (double)s->steps + cvr_dot(s->x, s->x);
    *outputs = s->r;
    return CVR_OK;
}

static cvr_status model(void *state, cvr_model *m)
{
    const int64_t sizes[] = {((toy *)state)->q->train->transform.features, 1};
    return cvr_model_new(CVR_DOUBLE, 1, sizes, m);
}

static const cvr_option options[] = {{0}};
static const cvr_method method = {.info = {.name = "toy", .options = options},
                                  .state_size = sizeof(toy),
                                  .pose = pose,
                                  .lay_out = lay_out,
                                  .start = start,
                                  .restored = again,
                                  .step = step,
                                  .measure = measure,
                                  .model = model};

static cvr_solver *solver_of(const cvr_dataset *data, cvr_settings *settings)
{
    cvr_solver *s = NULL;
    assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, cvr_test_all, settings, &s));
    return s;
}

static double run(cvr_solver *s)
{
    cvr_progress p;
    assert_int_equal(CVR_OK, cvr_solver_run(s, NULL, NULL, &p));
    return p.objective;
}

static void a_run_goes_on_from_what_the_list_has_saved(void **state)
{
    cvr_dataset *data = cvr_test_data(cvr_test_all, CVR_DOUBLE, 23, 4, 1);
    cvr_settings *few = cvr_test_settings("toy", "--max-iterations 3 --tolerance 0");
    cvr_settings *all = cvr_test_settings("toy", "--max-iterations 7 --tolerance 0");
    const char *path = cvr_test_path("checkpoint");
    cvr_solver *whole = solver_of(data, all), *first = solver_of(data, few);
    cvr_solver *second = solver_of(data, all);
    (void)state;
    run(first);
    assert_int_equal(CVR_OK, cvr_solver_save(first, path));
    assert_false(restored);
    assert_int_equal(CVR_OK, cvr_solver_restore(second, path, NULL));
    assert_true(restored);
    double a = run(whole), b = run(second), c;
    assert_memory_equal(&a, &b, sizeof a);
    brought = 2;
    cvr_solver *other = solver_of(data, all);
    brought = 1;
    assert_int_equal(CVR_BAD_DATA, cvr_solver_restore(other, path, NULL));
    assert_non_null(strstr(cvr_last_error(), "its gifts differ from these"));
    c = run(first);
    assert_true(c == c);
    cvr_solver_free(whole);
    cvr_solver_free(first);
    cvr_solver_free(second);
    cvr_solver_free(other);
    cvr_settings_free(few);
    cvr_settings_free(all);
    cvr_dataset_free(data);
}

/* Rows of 2^40, or of more than can be counted. */
static void what_does_not_fit_is_said_before_it_is_taken(void **state)
{
    static const char *const sentences[] = {"toy needs ",
                                            "toy needs more memory than can be counted"};
    cvr_dataset *data = cvr_test_data(cvr_test_all, CVR_DOUBLE, 23, 4, 1);
    cvr_settings *settings = cvr_test_settings("toy", "");
    (void)state;
    for (int i = 0; i < 2; i++) {
        cvr_solver *s = NULL;
        wanted = i == 0 ? (int64_t)1 << 40 : INT64_MAX / 2;
        assert_int_equal(CVR_NO_MEMORY,
                         cvr_solver_new(data, NULL, cvr_test_all, settings, &s));
        assert_null(s);
        assert_non_null(strstr(cvr_last_error(), sentences[i]));
    }
    wanted = 1;
    cvr_settings_free(settings);
    cvr_dataset_free(data);
}

static void matrices_are_zeroes_that_do_not_overlap(void **state)
{
    enum { COUNT = 5 };
    cvr_mat A[COUNT] = {{0}};
    cvr_workspace w;
    (void)state;
    cvr_workspace_init(&w, cvr_cpu(), CVR_SINGLE, "some matrices");
    for (int i = 0; i < COUNT; i++)
        if (i % 2 == 0)
            cvr_lay(&w, CVR_SCRATCH, NULL, &A[i], 3 + i, i);
        else
            cvr_lay_double(&w, CVR_SHARED, "A", &A[i], 5, i);
    assert_null(A[1].data);
    assert_int_equal(CVR_OK, cvr_workspace_take(&w, cvr_test_all));
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(i % 2 ? CVR_DOUBLE : CVR_SINGLE, A[i].type);
        assert_int_equal(0, (uintptr_t)A[i].data % 64);
        assert_true(cvr_max_abs(A[i]) == 0);
        cvr_fill(A[i], i + 1);
    }
    for (int i = 1; i < COUNT; i++)
        assert_true(cvr_min(A[i]) == i + 1 && cvr_max_abs(A[i]) == i + 1);
    cvr_workspace_free(&w);
    assert_null(w.list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_goes_on_from_what_the_list_has_saved),
        cmocka_unit_test(what_does_not_fit_is_said_before_it_is_taken),
        cmocka_unit_test(matrices_are_zeroes_that_do_not_overlap),
    };
    cvr_methods_add(&method);
    if (cvr_test_open_comms(NULL) != 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, cvr_test_folder, cvr_test_remove);
    cvr_test_close_comms(NULL);
    return failed;
}
