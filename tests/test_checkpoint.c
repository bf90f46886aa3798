/* Checkpoints: a run that is cut in two ends where it would have ended, bit for bit. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "baseline/baseline.h"
#include "model/checkpoint.h"
#include "solver/checksum.h"
#include "solver/resume.h"
#include "support/files.h"
#include "support/problem.h"
#include "support/resume.h"

/* ---- cut in two ------------------------------------------------------------------- */

static void assert_same_double(const char *text, const char *what, double a, double b)
{
    if (memcmp(&a, &b, sizeof a) != 0 && !(isnan(a) && isnan(b)))
        fail_msg("%s: %s is %.17g and not %.17g", text, what, b, a);
}

/* Everything but times and counts of bytes. */
static void assert_same_result(const char *text, const cvr_progress *a,
                               const cvr_progress *b)
{
    assert_int_equal(a->outcome, b->outcome);
    assert_int_equal(a->iterations, b->iterations);
    assert_int_equal(a->active_neurons, b->active_neurons);
    assert_int_equal(a->patterns, b->patterns);
    assert_string_equal(a->solver, b->solver);
    assert_string_equal(a->note, b->note);
    assert_same_double(text, "the objective", a->objective, b->objective);
    assert_same_double(text, "the loss", a->train.loss, b->train.loss);
    assert_same_double(text, "the test accuracy", a->test.accuracy, b->test.accuracy);
    assert_same_double(text, "the test rmse", a->test.rmse, b->test.rmse);
    assert_same_double(text, "the primal residual", a->primal_residual,
                       b->primal_residual);
    assert_same_double(text, "the dual residual", a->dual_residual, b->dual_residual);
    assert_same_double(text, "the upper bound", a->upper_bound, b->upper_bound);
    assert_same_double(text, "the lower bound", a->lower_bound, b->lower_bound);
    assert_same_double(text, "the gap", a->gap, b->gap);
    assert_same_double(text, "the violation", a->constraint_violation,
                       b->constraint_violation);
}

static void assert_same_model(const char *text, cvr_solver *a, cvr_solver *b)
{
    int64_t lengths[2];
    unsigned char *bytes[] = {cvr_test_model_bytes(a, &lengths[0]),
                              cvr_test_model_bytes(b, &lengths[1])};
    if (lengths[0] != lengths[1] || memcmp(bytes[0], bytes[1], (size_t)lengths[0]) != 0)
        fail_msg("%s: another model", text);
    cvr_release(bytes[0]);
    cvr_release(bytes[1]);
}

static void cut_in_two(const cvr_test_cut *cut, cvr_type type)
{
    const char *path = cvr_test_path("cut");
    cvr_dataset *data = cvr_test_cut_data(cut, cvr_test_alone, type);
    cvr_dataset *test = cvr_test_cut_rows(cut, cvr_test_alone, type);
    cvr_test_training whole =
        cvr_test_part(cut, data, test, cvr_test_alone, cut->after, NULL, NULL);
    cvr_test_training first =
        cvr_test_part(cut, data, test, cvr_test_alone, cut->before, NULL, path);
    assert_int_equal(CVR_MAX_ITERATIONS, first.result.outcome);
    cvr_test_training second =
        cvr_test_part(cut, data, test, cvr_test_alone, cut->after, path, NULL);
    assert_same_result(cut->text, &whole.result, &second.result);
    assert_same_model(cut->text, whole.solver, second.solver);
    cvr_test_trained(&whole);
    cvr_test_trained(&first);
    cvr_test_trained(&second);
    cvr_dataset_free(data);
    cvr_dataset_free(test);
}

static void a_resumed_run_ends_as_one_that_was_not_cut(void **state)
{
    (void)state;
    for (const cvr_test_cut *cut = cvr_test_cuts; cut->method; cut++)
        cut_in_two(cut, CVR_DOUBLE);
}

static void so_it_does_in_single_precision(void **state)
{
    (void)state;
    for (const cvr_test_cut *cut = cvr_test_cuts; cut->method; cut++)
        cut_in_two(cut, CVR_SINGLE);
}

/* ---- when it is saved -------------------------------------------------------------- */

static const cvr_test_cut small = {
    "convex", "--patterns 3 --tolerance 0 --splitting slack", 2, 1, 5, 9, false, 1e-8};

static void a_solver_that_has_not_run_can_be_saved(void **state)
{
    (void)state;
    for (const cvr_test_cut *cut = cvr_test_cuts; cut->method; cut++) {
        const char *path = cvr_test_path("cut");
        cvr_dataset *data = cvr_test_cut_data(cut, cvr_test_alone, CVR_DOUBLE);
        cvr_settings *s = cvr_test_settings(cut->method, cut->text);
        cvr_solver *solver = NULL;
        cvr_progress last, whole, result;
        assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, cvr_test_alone, s, &solver));
        if (cvr_solver_save(solver, path) != CVR_OK ||
            cvr_solver_restore(solver, path, &last) != CVR_OK)
            fail_msg("%s %s: %s", cut->method, cut->text, cvr_last_error());
        assert_int_equal(0, last.iterations);
        assert_true(isnan(last.objective) && isnan(last.gap));
        /* Nothing is not a result: the run is that of a new solver. */
        assert_int_equal(CVR_OK, cvr_solver_run(solver, NULL, NULL, &result));
        assert_true(result.iterations > 0);
        cvr_solver_free(solver);
        assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, cvr_test_alone, s, &solver));
        assert_int_equal(CVR_OK, cvr_solver_run(solver, NULL, NULL, &whole));
        assert_same_result(cut->text, &whole, &result);
        cvr_solver_free(solver);
        cvr_settings_free(s);
        cvr_dataset_free(data);
    }
}

typedef struct watch {
    cvr_solver *solver;
    const char *path;
    int ask;
    int64_t at, seen_at; /* it asks at this iteration; the file is first seen at that */
} watch;

static int look(const cvr_progress *p, void *user)
{
    watch *w = user;
    if (p->iterations == w->at)
        cvr_solver_ask(w->solver, w->ask);
    if (w->seen_at == 0 && access(w->path, F_OK) == 0)
        w->seen_at = p->iterations;
    return 0;
}

static cvr_progress watched(watch *w, double every, const char *path)
{
    cvr_dataset *data = cvr_test_cut_data(&small, cvr_test_alone, CVR_DOUBLE);
    cvr_settings *s = cvr_test_settings(small.method, small.text);
    cvr_progress result;
    unlink(path);
    w->path = path;
    assert_int_equal(CVR_OK, cvr_settings_set(s, "max-iterations", "9"));
    assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, cvr_test_alone, s, &w->solver));
    cvr_solver_checkpoint(w->solver, path, every);
    assert_int_equal(CVR_OK, cvr_solver_run(w->solver, look, w, &result));
    cvr_solver_free(w->solver);
    cvr_settings_free(s);
    cvr_dataset_free(data);
    return result;
}

/* What the callback asks for is done after the next iteration. */
static void requests_are_met_after_an_iteration(void **state)
{
    (void)state;
    watch w = {.ask = CVR_ASK_SAVE, .at = 3};
    cvr_progress result = watched(&w, 0, cvr_test_path("asked"));
    assert_int_equal(5, w.seen_at); /* saved after the measurement of iteration 4 */
    assert_int_equal(CVR_MAX_ITERATIONS, result.outcome);
    w = (watch){.ask = CVR_ASK_STOP, .at = 3};
    result = watched(&w, 0, cvr_test_path("asked"));
    assert_int_equal(CVR_STOPPED, result.outcome);
    assert_int_equal(4, result.iterations);
    assert_int_equal(0, access(cvr_test_path("asked"), F_OK));
}

static void the_clock_saves(void **state)
{
    (void)state;
    watch w = {.at = -1};
    watched(&w, 1e-9, cvr_test_path("timed"));
    assert_int_equal(2, w.seen_at);
    w = (watch){.at = -1};
    watched(&w, 1e9, cvr_test_path("timed"));
    assert_int_equal(0, w.seen_at);
    assert_int_equal(0, access(cvr_test_path("timed"), F_OK));
}

static int notes;
static void count_note(cvr_log_level level, const char *sentence, void *user)
{
    (void)user;
    notes += level == CVR_LOG_NOTE && strstr(sentence, "checkpoint") != NULL;
}

/* By the clock that is a note; at the end it is the status of a run whose result is
   whole. */
static void a_checkpoint_that_cannot_be_written_stops_nothing(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_cut_data(&small, cvr_test_alone, CVR_DOUBLE);
    cvr_settings *s =
        cvr_test_settings(small.method, "--formulation relu --max-iterations 6");
    cvr_solver *solver = NULL;
    cvr_progress result;
    assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, cvr_test_alone, s, &solver));
    cvr_solver_checkpoint(solver, cvr_test_path("no/such/folder"), 1e-9);
    notes = 0;
    cvr_log_to(count_note, NULL);
    assert_int_equal(CVR_IO, cvr_solver_run(solver, NULL, NULL, &result));
    cvr_log_to(NULL, NULL);
    assert_int_equal(5, notes);
    assert_int_equal(6, result.iterations);
    assert_int_equal(CVR_MAX_ITERATIONS, result.outcome);
    cvr_solver_free(solver);
    cvr_settings_free(s);
    cvr_dataset_free(data);
}

/* The last good checkpoint is worth more than the state of a run that has failed. */
static void what_is_no_number_is_not_saved(void **state)
{
    (void)state;
    const char *path = cvr_test_path("diverged");
    cvr_dataset *data = cvr_test_classes(cvr_test_alone, CVR_DOUBLE, 0, 40, 3, 2);
    cvr_settings *s = cvr_test_settings("sgd", "--layers 4 --learning-rate 1e200 "
                                               "--loss squared --max-iterations 3 "
                                               "--measure-every 3");
    cvr_solver *solver = NULL;
    cvr_progress result;
    assert_int_equal(CVR_OK, cvr_solver_new(data, NULL, cvr_test_alone, s, &solver));
    cvr_solver_checkpoint(solver, path, 0);
    if (cvr_solver_run(solver, NULL, NULL, &result) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    assert_int_equal(CVR_DIVERGED, result.outcome);
    assert_int_equal(-1, access(path, F_OK));
    assert_int_equal(CVR_NUMERICAL, cvr_solver_save(solver, path));
    assert_int_equal(-1, access(path, F_OK));
    cvr_solver_free(solver);
    cvr_settings_free(s);
    cvr_dataset_free(data);
}

/* ---- files that cannot be used ----------------------------------------------------- */

/* A checkpoint in memory, and a solver that it fits. */
typedef struct sample {
    cvr_dataset *data;
    cvr_test_training run;
    unsigned char *bytes;
    size_t size;
} sample;

static void make_sample_of(const cvr_test_cut *cut, sample *s)
{
    const char *path = cvr_test_path("sample");
    s->data = cvr_test_cut_data(cut, cvr_test_alone, CVR_DOUBLE);
    s->run = cvr_test_part(cut, s->data, NULL, cvr_test_alone, 5, NULL, path);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    s->size = (size_t)ftell(f);
    rewind(f);
    s->bytes = malloc(s->size);
    assert_non_null(s->bytes);
    assert_int_equal(s->size, fread(s->bytes, 1, s->size, f));
    fclose(f);
}

static void make_sample(sample *s)
{
    make_sample_of(&small, s);
}

static void free_sample(sample *s)
{
    free(s->bytes);
    cvr_test_trained(&s->run);
    cvr_dataset_free(s->data);
}

static cvr_status try_bytes(sample *s, const void *bytes, size_t size)
{
    return cvr_solver_restore(s->run.solver, cvr_test_file("tried", bytes, size), NULL);
}

static void every_flipped_byte_is_noticed(void **state)
{
    (void)state;
    sample s = {0};
    const char *path = cvr_test_path("sample");
    make_sample(&s);
    int fd = open(path, O_WRONLY);
    for (size_t i = 0; i < s.size; i++) {
        unsigned char flipped = s.bytes[i] ^ (unsigned char)(1 + i % 255);
        assert_int_equal(1, pwrite(fd, &flipped, 1, (off_t)i));
        if (cvr_solver_restore(s.run.solver, path, NULL) != CVR_BAD_DATA)
            fail_msg("byte %zu of %zu: not refused", i, s.size);
        assert_int_equal(1, pwrite(fd, &s.bytes[i], 1, (off_t)i));
    }
    close(fd);
    assert_int_equal(CVR_OK, cvr_solver_restore(s.run.solver, path, NULL));
    free_sample(&s);
}

static void every_shorter_file_is_refused(void **state)
{
    (void)state;
    sample s = {0};
    make_sample(&s);
    for (size_t size = 0; size < s.size; size += 1 + s.size / 60)
        assert_int_equal(CVR_BAD_DATA, try_bytes(&s, s.bytes, size));
    free_sample(&s);
}

/* Makes the checksum fit, as somebody who means harm would. */
static void sign(sample *s)
{
    int64_t head = cvr_safetensors_head_length(s->bytes, (int64_t)s->size);
    uint64_t sum = cvr_safetensors_head_sum(s->bytes, head);
    sum = cvr_safetensors_hash(sum, s->bytes + head, (int64_t)s->size - head);
    cvr_safetensors_put_sum(s->bytes, head, sum);
}

static size_t place_of(const sample *s, const char *name)
{
    cvr_checkpoint_reader r;
    assert_int_equal(CVR_OK,
                     cvr_checkpoint_open(cvr_test_file("placed", s->bytes, s->size), &r));
    int64_t place = r.head_length + cvr_safetensors_place(&r.file, name);
    cvr_checkpoint_close(&r);
    return (size_t)place;
}

static void numbers_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double value;
        const char *sentence;
    } all[] = {
        {"loop.iterations", -1, "'loop.iterations' is -1, not a whole number"},
        {"loop.iterations", 0.5, "not a whole number"},
        {"loop.iterations", NAN, "not a whole number"},
        {"loop.iterations", 1e300, "not a whole number"},
        {"loop.last.outcome", 99, "not a whole number from 0 to 6"},
        {"convex.best_is_gap", 2, "not a whole number from 0 to 1"},
        {"convex.V", NAN, "'convex.V' has an entry that is not a number"},
    };
    sample s = {0};
    make_sample(&s);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        size_t at = place_of(&s, all[i].name);
        double before;
        memcpy(&before, s.bytes + at, sizeof before);
        memcpy(s.bytes + at, &all[i].value, sizeof before);
        sign(&s);
        assert_int_equal(CVR_BAD_DATA, try_bytes(&s, s.bytes, s.size));
        if (!strstr(cvr_last_error(), all[i].sentence))
            fail_msg("%s does not say: %s", cvr_last_error(), all[i].sentence);
        memcpy(s.bytes + at, &before, sizeof before);
        sign(&s);
    }
    assert_int_equal(CVR_OK, try_bytes(&s, s.bytes, s.size));
    free_sample(&s);
}

/* Rows of cones that are not there. */
static void sets_that_cannot_be_are_refused(void **state)
{
    static const cvr_test_cut cones = {
        "convex", "--patterns 3 --tolerance 0 --splitting projection", 2, 1, 5, 9, false,
        1e-8};
    static const char *const names[] = {"convex.cones.count", "convex.cones.rows"};
    static const double values[] = {-1, 0.5, 1e9};
    (void)state;
    for (int i = 0; i < 6; i++) {
        sample s = {0};
        make_sample_of(&cones, &s);
        size_t count = place_of(&s, names[0]), at = place_of(&s, names[i / 3]);
        const double one = 1;
        memcpy(s.bytes + count, &one, sizeof one);
        memcpy(s.bytes + at, &values[i % 3], sizeof one);
        sign(&s);
        assert_int_equal(CVR_BAD_DATA, try_bytes(&s, s.bytes, s.size));
        assert_non_null(strstr(cvr_last_error(), "sets of rows are none"));
        free_sample(&s);
    }
}

/* The effort of a certificate follows the iterations that a file says were made. */
static void a_huge_count_of_iterations_does_not_hang(void **state)
{
    (void)state;
    static const char *const names[] = {"loop.iterations", "convex.iterations"};
    const double huge = 4e15;
    sample s = {0};
    cvr_progress result;
    make_sample(&s);
    for (int i = 0; i < 2; i++) {
        memcpy(s.bytes + place_of(&s, names[i]), &huge, sizeof huge);
        sign(&s);
    }
    assert_int_equal(CVR_OK, try_bytes(&s, s.bytes, s.size));
    cvr_solver_ask(s.run.solver, CVR_ASK_STOP);
    assert_int_equal(CVR_OK, cvr_solver_run(s.run.solver, NULL, NULL, &result));
    free_sample(&s);
}

static void heads_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *sentence; /* as long as each other */
    } all[] = {
        {"\"convex.V\"", "\"convex.v\"", "'convex.V' is not there as"},
        {"\"loop.tolerance\"", "\"loop.tolerant!\"", "'loop.tolerance' is not there"},
        {"\"checkpoint\"", "\"checkpaint\"", "it is not a checkpoint"},
        {"\"layout\":\"2\"", "\"layout\":\"9\"", "its layout is 9, this version reads 2"},
        {"\"method\":\"convex\"", "\"method\":\"concav\"", "its method is concav"},
        {"\"precision\":\"double\"", "\"precision\":\"dubble\"",
         "its precision is dubble"},
        {"\"outputs\":\"1\"", "\"outputs\":\"3\"", "its outputs are 3, here they are 1"},
        {"\\\"patterns\\\": 3", "\\\"patterns\\\": 4", "patterns is 4 there and 3 here"},
        {"\\\"patterns\\\": 3", "\\\"qatterns\\\": 3", "patterns is not set there"},
        {"\"options\":", "\"optians\":", "is not set there"},
        {"\"convex.primal\":\"direct\"", "\"convex.primal\":\"dorect\"",
         "it was made with primal dorect, and this run takes direct"},
    };
    sample s = {0};
    make_sample(&s);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        size_t length = strlen(all[i].from);
        unsigned char *at = memmem(s.bytes, s.size, all[i].from, length);
        assert_int_equal(length, strlen(all[i].to));
        if (!at)
            fail_msg("%s is not in the file", all[i].from);
        memcpy(at, all[i].to, length);
        sign(&s);
        assert_true(try_bytes(&s, s.bytes, s.size) != CVR_OK);
        if (!strstr(cvr_last_error(), all[i].sentence))
            fail_msg("%s does not say: %s", cvr_last_error(), all[i].sentence);
        memcpy(at, all[i].from, length);
        sign(&s);
    }
    free_sample(&s);
}

static void other_data_are_refused(void **state)
{
    (void)state;
    sample s = {0};
    cvr_solver *solver = NULL;
    make_sample(&s);
    cvr_dataset *other = cvr_test_cut_data(&small, cvr_test_alone, CVR_DOUBLE);
    cvr_set(other->X, 7, 1, cvr_get(other->X, 7, 1) + 1e-6);
    assert_int_equal(
        CVR_OK, cvr_solver_new(other, NULL, cvr_test_alone, s.run.settings, &solver));
    assert_int_equal(CVR_BAD_DATA,
                     cvr_solver_restore(solver, cvr_test_path("sample"), NULL));
    assert_non_null(strstr(cvr_last_error(), "its training rows differ"));
    cvr_solver_free(solver);
    assert_int_equal(
        CVR_OK, cvr_solver_new(s.data, other, cvr_test_alone, s.run.settings, &solver));
    assert_int_equal(CVR_BAD_DATA,
                     cvr_solver_restore(solver, cvr_test_path("sample"), NULL));
    assert_non_null(strstr(cvr_last_error(), "its test rows differ"));
    cvr_solver_free(solver);
    cvr_dataset_free(other);
    free_sample(&s);
}

/* The option is the same, and so are the rows; the gates are not. */
static void another_file_of_gates_is_refused(void **state)
{
    (void)state;
    const char *checkpoint = cvr_test_path("gated");
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 40, 3, 1);
    char text[300];
    static const char *const gates[] = {"1,0,0\n0,1,0.5\n", "1,0,0\n0,1,0.5001\n"};
    snprintf(text, sizeof text,
             "--formulation relu --max-iterations 5 --tolerance 0 --gates %s",
             cvr_test_text("gates.csv", gates[0]));
    for (int other = 0; other < 2; other++) {
        cvr_test_text("gates.csv", gates[other]);
        cvr_test_run run = cvr_test_start(data, cvr_test_alone, text);
        if (!other)
            assert_int_equal(CVR_OK, cvr_solver_save(run.solver, checkpoint));
        cvr_status status = cvr_solver_restore(run.solver, checkpoint, NULL);
        assert_int_equal(other ? CVR_BAD_DATA : CVR_OK, status);
        if (other)
            assert_non_null(strstr(cvr_last_error(), "its gates differ from these"));
        cvr_test_end(&run);
    }
    cvr_dataset_free(data);
}

static void what_it_is_of_can_be_asked(void **state)
{
    (void)state;
    sample s = {0};
    char *text = NULL;
    make_sample(&s);
    cvr_solver_set_user_data(s.run.solver, "\"so\"");
    assert_int_equal(CVR_OK, cvr_solver_save(s.run.solver, cvr_test_path("about")));
    assert_int_equal(CVR_OK, cvr_checkpoint_about(cvr_test_path("about"), &text));
    json_t *about = json_loads(text, 0, NULL);
    const json_t *options = json_object_get(about, "options");
    assert_int_equal(3, json_integer_value(json_object_get(options, "patterns")));
    assert_string_equal("5", json_string_value(json_object_get(about, "iterations")));
    assert_string_equal("5", json_string_value(json_object_get(about, "measured")));
    assert_string_equal("\"so\"",
                        json_string_value(json_object_get(about, "remembered")));
    json_decref(about);
    free(text);
    assert_int_equal(CVR_IO, cvr_checkpoint_about(cvr_test_path("none"), &text));
    assert_null(text);
    free_sample(&s);
}

static void no_memory_is_an_error(void **state)
{
    (void)state;
    sample s = {0};
    make_sample(&s);
    for (int restoring = 0; restoring < 2; restoring++) {
        cvr_status status = CVR_NO_MEMORY;
        int64_t nth = 1;
        for (; status != CVR_OK && nth < 1000; nth++) {
            cvr_alloc_fail_at(nth);
            status = restoring
                         ? cvr_solver_restore(s.run.solver, cvr_test_path("sample"), NULL)
                         : cvr_solver_save(s.run.solver, cvr_test_path("saved"));
            cvr_alloc_fail_at(0);
            assert_true(status == CVR_OK || status == CVR_NO_MEMORY);
        }
        assert_true(nth > 3 && nth < 1000);
    }
    free_sample(&s);
}

/* ---- fingerprints ------------------------------------------------------------------ */

/* Whether the rows are still those of the fingerprint. */
static bool fits(const cvr_checksum *f, const cvr_dataset *data)
{
    cvr_checksum now;
    assert_int_equal(CVR_OK, cvr_checksum_add(data, cvr_test_alone, &now));
    return cvr_checksum_fits(f, &now, CVR_DOUBLE);
}

static void fingerprints_tell_rows_and_their_order(void **state)
{
    (void)state;
    cvr_dataset *data = cvr_test_data(cvr_test_alone, CVR_DOUBLE, 20, 3, 1);
    cvr_checksum f;
    double a = cvr_get(data->X, 2, 0), b = cvr_get(data->X, 3, 0);
    assert_int_equal(CVR_OK, cvr_checksum_add(data, cvr_test_alone, &f));
    assert_true(fits(&f, data));
    cvr_set(data->X, 2, 0, b);
    cvr_set(data->X, 3, 0, a);
    assert_false(fits(&f, data));
    cvr_set(data->X, 2, 0, nextafter(a, 9));
    cvr_set(data->X, 3, 0, nextafter(b, -9));
    assert_true(fits(&f, data));
    cvr_set(data->Y, 5, 0, -cvr_get(data->Y, 5, 0));
    assert_false(fits(&f, data));
    assert_false(fits(&f, NULL));
    cvr_dataset_free(data);
    assert_int_equal(CVR_OK, cvr_checksum_add(NULL, cvr_test_alone, &f));
    assert_true(fits(&f, NULL));
}

int main(void)
{
    cvr_baselines_register();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resumed_run_ends_as_one_that_was_not_cut),
        cmocka_unit_test(so_it_does_in_single_precision),
        cmocka_unit_test(a_solver_that_has_not_run_can_be_saved),
        cmocka_unit_test(requests_are_met_after_an_iteration),
        cmocka_unit_test(the_clock_saves),
        cmocka_unit_test(a_checkpoint_that_cannot_be_written_stops_nothing),
        cmocka_unit_test(what_is_no_number_is_not_saved),
        cmocka_unit_test(every_flipped_byte_is_noticed),
        cmocka_unit_test(every_shorter_file_is_refused),
        cmocka_unit_test(numbers_that_cannot_be_are_refused),
        cmocka_unit_test(sets_that_cannot_be_are_refused),
        cmocka_unit_test(a_huge_count_of_iterations_does_not_hang),
        cmocka_unit_test(heads_that_do_not_fit_are_refused),
        cmocka_unit_test(other_data_are_refused),
        cmocka_unit_test(another_file_of_gates_is_refused),
        cmocka_unit_test(what_it_is_of_can_be_asked),
        cmocka_unit_test(no_memory_is_an_error),
        cmocka_unit_test(fingerprints_tell_rows_and_their_order),
    };
    return cmocka_run_group_tests(tests, cvr_test_open_all, cvr_test_close_all);
}
