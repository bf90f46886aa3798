/* What is saved reads back to the same bits; a failed save leaves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include <cvxrelu/data.h>

#include "base/bytes.h"
#include "support/files.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static cvr_comm *comm;

static int setup(void **state)
{
    return cvr_comm_open("serial", &comm) == CVR_OK ? cvr_test_folder(state) : -1;
}

static int teardown(void **state)
{
    cvr_comm_free(comm);
    return cvr_test_remove(state);
}

static cvr_dataset *make(const char *kind, cvr_type type, int classes)
{
    cvr_generate g = {.kind = kind,
                      .rows = 37,
                      .noise = 0.3,
                      .seed = 8,
                      .classes = classes,
                      .type = type};
    cvr_dataset *d = NULL;
    assert_int_equal(cvr_dataset_generate(&g, comm, &d), CVR_OK);
    for (int64_t i = 0; i < d->X.rows; i++) { /* awkward values */
        cvr_set(d->X, i, d->X.cols - 1, i < 36 ? 0 : 1e-30);
        cvr_set(d->X, i, 0, i % 3 ? cvr_get(d->X, i, 0) : 0.1);
    }
    cvr_set(d->X, 1, 1, -0.0);
    return d;
}

static cvr_dataset *load(const char *path, const cvr_dataset *like)
{
    cvr_load how = {.paths = &path,
                    .path_count = 1,
                    .libsvm_base = -1,
                    .type = like->X.type,
                    .task = like->task};
    cvr_dataset *d = NULL;
    if (cvr_dataset_load(&how, comm, &d) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    return d;
}

static void assert_same(cvr_mat A, cvr_mat B)
{
    assert_true(A.rows == B.rows && A.cols == B.cols);
    for (int64_t i = 0; i < A.rows; i++)
        for (int64_t j = 0; j < A.cols; j++) {
            double a = cvr_get(A, i, j), b = cvr_get(B, i, j);
            assert_memory_equal(&a, &b, sizeof a);
        }
}

static void saved_data_read_back_to_the_same_bits(void **state)
{
    (void)state;
    static const char *const names[] = {"d.csv", "d.npy", "d.svm", "d.libsvm.gz",
                                        "d.csv.gz"};
    static const struct {
        const char *kind;
        int classes;
    } kinds[] = {{"teacher", 0}, {"higgs-like", 2}, {"glyphs", 3}};
    for (size_t k = 0; k < LENGTH(kinds) * 2; k++) {
        cvr_dataset *d = make(kinds[k / 2].kind, k % 2 ? CVR_SINGLE : CVR_DOUBLE,
                              kinds[k / 2].classes);
        for (size_t i = 0; i < LENGTH(names); i++) {
            const char *path = cvr_test_path(names[i]);
            if (cvr_dataset_save(d, path, NULL) != CVR_OK)
                fail_msg("%s", cvr_last_error());
            cvr_dataset *back = load(path, d);
            assert_same(back->X, d->X);
            assert_same(back->Y, d->Y);
            assert_int_equal(back->classes, d->classes);
            for (int c = 0; c < d->classes; c++)
                assert_string_equal(back->class_names[c], d->class_names[c]);
            cvr_dataset_free(back);
        }
        cvr_dataset_free(d);
    }
}

static void csv_names_columns_and_classes(void **state)
{
    (void)state;
    char text[256] = "";
    const char *in = cvr_test_text("in.csv", "1,2.5,\"a, b\"\n3,0.1,c\n");
    cvr_load how = {.paths = &in, .path_count = 1};
    cvr_dataset *d = NULL;
    assert_int_equal(cvr_dataset_load(&how, comm, &d), CVR_OK);
    assert_int_equal(
        cvr_dataset_fit_transform(d, CVR_NORMALIZE_NONE, CVR_BIAS_PENALISED, comm),
        CVR_OK);
    const char *out = cvr_test_path("out.txt");
    assert_int_equal(cvr_dataset_save(d, out, "csv"), CVR_OK);
    FILE *f = fopen(out, "r");
    assert_true(fread(text, 1, sizeof text - 1, f) > 0);
    fclose(f);
    assert_string_equal(text, "x0,x1,y\n1,2.5,\"a, b\"\n3,0.1,c\n");
    cvr_dataset_free(d);
}

static void several_targets_are_columns(void **state)
{
    (void)state;
    const char *in = cvr_test_text("in.csv", "1,2,3.5\n3,4,5\n");
    cvr_load how = {.paths = &in, .path_count = 1, .target = "1,2"};
    cvr_dataset *d = NULL, *back = NULL;
    assert_int_equal(cvr_dataset_load(&how, comm, &d), CVR_OK);
    const char *out = cvr_test_path("out.csv");
    assert_int_equal(cvr_dataset_save(d, out, NULL), CVR_OK);
    how.paths = &out;
    how.target = "y0,y1";
    assert_int_equal(cvr_dataset_load(&how, comm, &back), CVR_OK);
    assert_same(back->Y, d->Y);
    assert_int_equal(cvr_dataset_save(d, cvr_test_path("out.svm"), NULL), CVR_USAGE);
    assert_non_null(strstr(cvr_last_error(), "LIBSVM has one target, the data have 2"));
    cvr_dataset_free(back);
    cvr_dataset_free(d);
}

/* A limit on the size of files stands for a full disk. */
static void a_failed_save_leaves_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"f.csv", "f.csv.gz", "f.npy"};
    cvr_dataset *d = make("glyphs", CVR_DOUBLE, 2);
    struct rlimit old, small = {4096, RLIM_INFINITY};
    int before = cvr_test_entries();
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < LENGTH(names); i++) {
        char sentence[512];
        const char *path = cvr_test_path(names[i]);
        snprintf(sentence, sizeof sentence, "cannot write %s: File too large", path);
        setrlimit(RLIMIT_FSIZE, &small);
        cvr_status status = cvr_dataset_save(d, path, NULL);
        setrlimit(RLIMIT_FSIZE, &old);
        assert_int_equal(status, CVR_IO);
        assert_string_equal(cvr_last_error(), sentence);
        assert_int_equal(cvr_test_entries(), before);
    }
    assert_int_equal(cvr_dataset_save(d, "/dev/full", "csv"), CVR_IO);
    assert_string_equal(cvr_last_error(),
                        "cannot write /dev/full: No space left on device");
    assert_int_equal(cvr_dataset_save(d, cvr_test_path("f.xls"), NULL), CVR_USAGE);
    assert_int_equal(cvr_dataset_save(d, cvr_test_path("f.csv"), "xls"), CVR_USAGE);
    assert_int_equal(cvr_test_entries(), before);
    cvr_dataset_free(d);
}

static void every_allocation_can_fail(void **state)
{
    (void)state;
    static const char *const names[] = {"a.csv.gz", "a.npy", "a.svm"};
    cvr_dataset *d = make("higgs-like", CVR_DOUBLE, 2);
    for (size_t i = 0; i < LENGTH(names); i++) {
        int before = cvr_test_entries();
        for (int nth = 1;; nth++) {
            cvr_alloc_fail_at(nth);
            cvr_status status = cvr_dataset_save(d, cvr_test_path(names[i]), NULL);
            cvr_alloc_fail_at(0);
            if (status == CVR_OK)
                break;
            assert_int_equal(status, CVR_NO_MEMORY);
            assert_int_equal(cvr_test_entries(), before);
        }
    }
    cvr_dataset_free(d);
}

static void assert_same_bytes(const char *a, const char *b)
{
    FILE *f = fopen(a, "rb"), *g = fopen(b, "rb");
    int64_t size = 0;
    assert_true(f && g);
    for (int c = getc(f); c != EOF; c = getc(f), size++)
        if (c != getc(g))
            fail_msg("%s and %s differ at byte %lld", a, b, (long long)size);
    assert_int_equal(getc(g), EOF);
    assert_true(size > 1000);
    fclose(f);
    fclose(g);
}

/* Rows that are written as they are made: the same file. */
static void generated_files_are_those_of_data_sets(void **state)
{
    (void)state;
    static const char *const kinds[] = {"higgs-like", "relu-regression", "spiral"};
    static const char *const endings[] = {"csv", "npy", "libsvm"};
    for (int k = 0; k < 9; k++) {
        char name[32];
        cvr_generate g = {.kind = kinds[k % 3],
                          .rows = k % 2 ? 4097 : 9000,
                          .features = k % 3 == 1 ? 4 : 0,
                          .first = 3,
                          .seed = 5};
        cvr_dataset *whole = NULL, *sample = NULL;
        snprintf(name, sizeof name, "whole.%s", endings[k / 3]);
        const char *one = cvr_test_path(name);
        snprintf(name, sizeof name, "groups.%s", endings[k / 3]);
        const char *two = cvr_test_path(name);
        assert_int_equal(cvr_dataset_generate(&g, comm, &whole), CVR_OK);
        assert_int_equal(cvr_dataset_save(whole, one, NULL), CVR_OK);
        assert_int_equal(cvr_generate_save(&g, two, NULL, &sample), CVR_OK);
        assert_same_bytes(one, two);
        assert_true(sample->X.rows > 0 && sample->X.rows < g.rows);
        cvr_dataset_free(whole);
        cvr_dataset_free(sample);
    }
}

static void what_cannot_be_generated_makes_no_file(void **state)
{
    (void)state;
    int before = cvr_test_entries();
    cvr_dataset *sample = NULL;
    const char *path = cvr_test_path("none.csv");
    cvr_generate g = {.kind = "teacher", .rows = INT64_MAX, .first = 1, .seed = 5};
    assert_int_equal(cvr_generate_save(&g, path, NULL, &sample), CVR_USAGE);
    g = (cvr_generate){.kind = "square", .rows = 5};
    assert_int_equal(cvr_generate_save(&g, path, NULL, &sample), CVR_USAGE);
    g = (cvr_generate){.kind = "teacher", .rows = 5};
    assert_int_equal(cvr_generate_save(&g, path, "mat", &sample), CVR_USAGE);
    assert_null(sample);
    assert_int_equal(cvr_test_entries(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(generated_files_are_those_of_data_sets),
        cmocka_unit_test(what_cannot_be_generated_makes_no_file),
        cmocka_unit_test(saved_data_read_back_to_the_same_bits),
        cmocka_unit_test(csv_names_columns_and_classes),
        cmocka_unit_test(several_targets_are_columns),
        cmocka_unit_test(a_failed_save_leaves_nothing),
        cmocka_unit_test(every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
