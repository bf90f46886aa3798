/* Checkpoints on several processes: cut in two at the same number of processes a run ends
   bit for bit as it would have ended, at another number up to rounding. Runs alone and
   under mpirun; process 0 has the files. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "baseline/baseline.h"
#include "solver/checksum.h"
#include "solver/resume.h"
#include "support/files.h"
#include "support/problem.h"
#include "support/resume.h"

/* How a run ends. */
typedef struct end {
    cvr_progress result;
    unsigned char *model;
    int64_t length;
} end;

static end run_to(const cvr_test_cut *cut, cvr_comm *comm, int64_t iterations,
                  const char *from, const char *to)
{
    end e = {0};
    cvr_dataset *data = cvr_test_cut_data(cut, comm, CVR_DOUBLE);
    cvr_dataset *test = cvr_test_cut_rows(cut, comm, CVR_DOUBLE);
    cvr_test_training t = cvr_test_part(cut, data, test, comm, iterations, from, to);
    e.result = t.result;
    e.model = cvr_test_model_bytes(t.solver, &e.length);
    cvr_test_trained(&t);
    cvr_dataset_free(data);
    cvr_dataset_free(test);
    return e;
}

static void forget(end *e)
{
    cvr_release(e->model);
}

static void assert_same(const cvr_test_cut *cut, const end *a, const end *b)
{
    assert_int_equal(a->result.iterations, b->result.iterations);
    assert_int_equal(a->result.outcome, b->result.outcome);
    if (memcmp(&a->result.objective, &b->result.objective, sizeof(double)) != 0)
        fail_msg("%s %s: the objective is %.17g and not %.17g", cut->method, cut->text,
                 b->result.objective, a->result.objective);
    if (a->length != b->length || memcmp(a->model, b->model, (size_t)a->length) != 0)
        fail_msg("%s %s: another model", cut->method, cut->text);
}

static void assert_near(const cvr_test_cut *cut, const end *a, const end *b)
{
    double x = a->result.objective, y = b->result.objective;
    if (isinf(cut->tolerance))
        return;
    if (a->result.iterations != b->result.iterations)
        fail_msg("%s %s: %lld iterations and not %lld", cut->method, cut->text,
                 (long long)b->result.iterations, (long long)a->result.iterations);
    if (!(fabs(x - y) <= cut->tolerance * fabs(x)))
        fail_msg("%s %s: the objective is %.17g and not %.17g", cut->method, cut->text, y,
                 x);
}

static void a_resumed_run_ends_as_one_that_was_not_cut(void **state)
{
    (void)state;
    const char *path = cvr_test_path("cut");
    for (const cvr_test_cut *cut = cvr_test_cuts; cut->method; cut++) {
        if (!cvr_test_turn(cut - cvr_test_cuts))
            continue;
        end whole = run_to(cut, cvr_test_all, cut->after, NULL, NULL);
        end first = run_to(cut, cvr_test_all, cut->before, NULL, path);
        end second = run_to(cut, cvr_test_all, cut->after, path, NULL);
        assert_same(cut, &whole, &second);
        forget(&whole);
        forget(&first);
        forget(&second);
    }
}

/* Saved by one process and resumed by all. */
static void from_one_to_all(const cvr_test_cut *cut, const end *whole)
{
    const char *path = cvr_test_path("one");
    end before = run_to(cut, cvr_test_alone, cut->before, NULL, path);
    end after = run_to(cut, cvr_test_all, cut->after, path, NULL);
    assert_near(cut, whole, &after);
    forget(&before);
    forget(&after);
}

/* Saved by all processes and resumed by the first, which has the file. */
static void from_all_to_one(const cvr_test_cut *cut, const end *whole)
{
    const char *path = cvr_test_path("many");
    end before = run_to(cut, cvr_test_all, cut->before, NULL, path);
    forget(&before);
    if (cvr_comm_rank(cvr_test_all) > 0)
        return;
    end after = run_to(cut, cvr_test_alone, cut->after, path, NULL);
    assert_near(cut, whole, &after);
    forget(&after);
}

static void it_may_go_on_with_another_number_of_processes(void **state)
{
    (void)state;
    for (const cvr_test_cut *cut = cvr_test_cuts; cut->method; cut++) {
        if (!cvr_test_turn(cut - cvr_test_cuts))
            continue;
        end whole = run_to(cut, cvr_test_alone, cut->after, NULL, NULL);
        if ((cut - cvr_test_cuts) % 2)
            from_one_to_all(cut, &whole);
        else
            from_all_to_one(cut, &whole);
        forget(&whole);
    }
}

static int ask_last(const cvr_progress *p, void *user)
{
    cvr_solver *s = *(cvr_solver **)user;
    bool last = cvr_comm_rank(cvr_test_all) == cvr_comm_size(cvr_test_all) - 1;
    if (p->iterations == 3 && last)
        cvr_solver_ask(s, CVR_ASK_STOP | CVR_ASK_SAVE);
    return 0;
}

static void what_one_is_asked_all_do(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(cvr_test_all, CVR_DOUBLE, 31, 3, 1);
    cvr_settings *s = cvr_test_settings("convex", "--patterns 4 --tolerance 0");
    cvr_solver *solver = NULL;
    cvr_progress result;
    const char *path = cvr_test_path("asked");
    assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, cvr_test_all, s, &solver));
    cvr_solver_checkpoint(solver, path, 0);
    assert_int_equal(CVR_OK, cvr_solver_run(solver, ask_last, &solver, &result));
    assert_int_equal(CVR_STOPPED, result.outcome);
    assert_int_equal(4, result.iterations);
    if (cvr_comm_rank(cvr_test_all) == 0)
        assert_int_equal(0, access(path, F_OK));
    cvr_solver_free(solver);
    cvr_settings_free(s);
    cvr_dataset_free(data);
}

/* Fewer rows than processes: some have none. */
static void processes_without_rows_take_part(void **state)
{
    (void)state;
    const char *path = cvr_test_path("few");
    const char *const texts[] = {"--patterns 2", "--layers 3"};
    const char *const methods[] = {"convex", "deep"};
    for (int i = 0; i < 2; i++) {
        cvr_dataset *data = cvr_test_data(cvr_test_all, CVR_DOUBLE, 3, 3, 1);
        cvr_settings *s = cvr_test_settings(methods[i], texts[i]);
        cvr_solver *solver = NULL;
        cvr_progress result, last;
        assert_int_equal(CVR_OK, cvr_settings_set(s, "max-iterations", "4"));
        assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, cvr_test_all, s, &solver));
        assert_int_equal(CVR_OK, cvr_solver_run(solver, NULL, NULL, &result));
        assert_int_equal(CVR_OK, cvr_solver_save(solver, path));
        assert_int_equal(CVR_OK, cvr_solver_restore(solver, path, &last));
        assert_true(last.objective == result.objective);
        cvr_solver_free(solver);
        cvr_settings_free(s);
        cvr_dataset_free(data);
    }
}

/* A file that process 0 cannot read or write is an error of all. */
static void failures_are_shared(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(cvr_test_all, CVR_DOUBLE, 31, 3, 1);
    cvr_settings *s = cvr_test_settings("deep", "--layers 3");
    cvr_solver *solver = NULL;
    assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, cvr_test_all, s, &solver));
    assert_int_equal(CVR_IO, cvr_solver_save(solver, cvr_test_path("no/such/file")));
    assert_int_equal(CVR_IO, cvr_solver_restore(solver, cvr_test_path("none"), NULL));
    assert_int_equal(CVR_BAD_DATA,
                     cvr_solver_restore(solver, cvr_test_text("text", "{}"), NULL));
    assert_int_equal(CVR_OK, cvr_solver_save(solver, cvr_test_path("good")));
    assert_int_equal(CVR_OK, cvr_solver_restore(solver, cvr_test_path("good"), NULL));
    cvr_solver_free(solver);
    cvr_settings_free(s);
    cvr_dataset_free(data);
}

static void fingerprints_do_not_depend_on_who_holds_the_rows(void **state)
{
    (void)state;
    cvr_checksum one, many;
    cvr_dataset *whole = cvr_test_data(cvr_test_alone, CVR_SINGLE, 101, 5, 2);
    cvr_dataset *split = cvr_test_data(cvr_test_all, CVR_SINGLE, 101, 5, 2);
    assert_int_equal(CVR_OK, cvr_checksum_add(whole, cvr_test_alone, &one));
    assert_int_equal(CVR_OK, cvr_checksum_add(split, cvr_test_all, &many));
    assert_true(cvr_checksum_fits(&one, &many, CVR_DOUBLE));
    cvr_dataset_free(whole);
    cvr_dataset_free(split);
}

int main(void)
{
    cvr_baselines_register();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resumed_run_ends_as_one_that_was_not_cut),
        cmocka_unit_test(it_may_go_on_with_another_number_of_processes),
        cmocka_unit_test(what_one_is_asked_all_do),
        cmocka_unit_test(processes_without_rows_take_part),
        cmocka_unit_test(failures_are_shared),
        cmocka_unit_test(fingerprints_do_not_depend_on_who_holds_the_rows),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_all, cvr_test_close_all);
}
