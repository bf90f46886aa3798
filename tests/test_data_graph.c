/* Rows that are nodes of a graph: features of their neighbourhood, parts, labels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cvxrelu/data.h>
#include <cvxrelu/model.h>

#include "data/load_nodes.h"
#include "data/normalise.h"
#include "linalg/ops.h"
#include "support/files.h"

enum { N = 7, D = 3, HOPS = 3 };

/* Node 5 is alone; 0 1 comes twice, 2 2 is a loop. */
static const char edges[] = "# a graph\n0 1\n1\t0\n1,2\n 2 ; 3\n2 2\n3 0\n\n4 6\n4 0\n";
static const int pair[][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 0}, {4, 6}, {4, 0}};
static const double H[N][D] = {{1, 0, 2}, {0, 0, 1},  {3, 1, 0}, {0, 5, 0},
                               {1, 1, 1}, {0, -2, 4}, {0, 0, 0}};
static const int label[N] = {0, 1, 2, 0, 1, 2, 1};
static const char parts[] = "0 train\n6\ttrain\n3 test\n1,val\n2 none\n5 test\n4 train\n";

/* The rows of H with a label each. */
static const char *rows(bool sparse, const char *const *labels)
{
    static char text[1000];
    *text = '\0';
    for (int i = 0; i < N; i++) {
        char *at = text + strlen(text), own[8];
        snprintf(own, sizeof own, "%d", label[i]);
        const char *name = labels ? labels[i] : own;
        at += sparse ? sprintf(at, "%s%s", name, *name ? " " : "") : 0;
        for (int j = 0; j < D; j++)
            at += sparse ? sprintf(at, "%d:%g ", j + 1, H[i][j])
                         : sprintf(at, "%g,", H[i][j]);
        sprintf(at, sparse ? "\n" : "%s\n", name);
    }
    return cvr_test_text(sparse ? "h.svm" : "h.csv", text);
}

/* Z = D^{-1/2} (I + E) D^{-1/2} Z, with a whole matrix. */
static void step(double Z[N][D])
{
    double A[N][N] = {{0}}, root[N], next[N][D] = {{0}};
    for (size_t k = 0; k < sizeof pair / sizeof *pair; k++)
        A[pair[k][0]][pair[k][1]] = A[pair[k][1]][pair[k][0]] = 1;
    for (int i = 0; i < N; i++) {
        double sum = A[i][i] = 1;
        for (int j = 0; j < N; j++)
            sum += j != i ? A[i][j] : 0;
        root[i] = 1 / sqrt(sum);
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            for (int c = 0; c < D; c++)
                next[i][c] += root[i] * A[i][j] * root[j] * Z[j][c];
    memcpy(Z, next, sizeof next);
}

static cvr_load nodes(void)
{
    return (cvr_load){
        .graph = cvr_test_text("edges", edges), .hops = HOPS, .libsvm_base = 1};
}

static cvr_dataset *good(cvr_load how, const char *path, int rank, int size)
{
    cvr_comm *comm = NULL;
    cvr_dataset *data = NULL;
    how.paths = &path;
    how.path_count = 1;
    assert_int_equal(cvr_comm_open("serial", &comm), CVR_OK);
    how.comm = comm;
    if (cvr_load_nodes(&how, rank, size, &data) != CVR_OK)
        fail_msg("%s", cvr_last_error());
    cvr_comm_free(comm);
    return data;
}

static void refused(cvr_load how, const char *path, cvr_status status, const char *words)
{
    cvr_comm *comm = NULL;
    cvr_dataset *data = NULL;
    how.paths = &path;
    how.path_count = 1;
    assert_int_equal(cvr_comm_open("serial", &comm), CVR_OK);
    assert_int_equal(cvr_dataset_load(&how, comm, &data), status);
    assert_null(data);
    if (!strstr(cvr_last_error(), words))
        fail_msg("'%s' does not say '%s'", cvr_last_error(), words);
    cvr_comm_free(comm);
}

/* ---- features ---------------------------------------------------------------------- */

static void check_hops(cvr_dataset *d, const int *node, bool sums, double eps)
{
    double Z[N][D];
    memcpy(Z, H, sizeof Z);
    for (int i = 0; sums && i < N; i++) {
        double sum = 0;
        for (int j = 0; j < D; j++)
            sum += fabs(H[i][j]);
        for (int j = 0; j < D; j++)
            Z[i][j] /= sum > 0 ? sum : 1;
    }
    assert_int_equal(d->X.cols, D * (HOPS + 1));
    for (int k = 0; k <= HOPS; k++) {
        for (int i = 0; i < d->X.rows; i++)
            for (int j = 0; j < D; j++)
                assert_true(fabs(cvr_get(d->X, i, k * D + j) - Z[node[i]][j]) <= eps);
        step(Z);
    }
}

static void hops_are_powers_of_the_normalised_adjacency(void **state)
{
    static const int all[] = {0, 1, 2, 3, 4, 5, 6};
    (void)state;
    for (int kind = 0; kind < 8; kind++) {
        cvr_load how = nodes();
        how.type = kind & 1 ? CVR_SINGLE : CVR_DOUBLE;
        how.row_sums = kind & 2;
        cvr_dataset *d = good(how, rows(kind & 4, NULL), 0, 1);
        assert_int_equal(d->rows, N);
        check_hops(d, all, how.row_sums, how.type == CVR_SINGLE ? 1e-6 : 1e-15);
        cvr_dataset_free(d);
    }
}

static void blocks_are_the_parts_rows(void **state)
{
    static const int train[] = {0, 4, 6}, test[] = {3, 5};
    (void)state;
    for (int testing = 0; testing < 2; testing++)
        for (int size = 1; size <= 4; size++) {
            int64_t rows_so_far = 0, all = testing ? 2 : 3;
            for (int rank = 0; rank < size; rank++) {
                cvr_load how = nodes();
                how.split = cvr_test_text("parts", parts);
                how.testing = testing;
                cvr_dataset *d = good(how, rows(rank % 2, NULL), rank, size);
                assert_int_equal(d->rows, all);
                assert_int_equal(d->first, rows_so_far);
                check_hops(d, (testing ? test : train) + rows_so_far, false, 1e-15);
                rows_so_far += d->X.rows;
                cvr_dataset_free(d);
            }
            assert_int_equal(rows_so_far, all);
        }
}

/* ---- labels ------------------------------------------------------------------------ */

static void only_labels_of_the_part_are_looked_at(void **state)
{
    static const char *const unknown[] = {"7", "?", "-1", "", "3", "?", "7"};
    (void)state;
    for (int sparse = 0; sparse < 2; sparse++) {
        cvr_load how = nodes();
        how.split = cvr_test_text("parts", parts);
        cvr_dataset *d = good(how, rows(sparse, unknown), 0, 1);
        assert_int_equal(d->task, CVR_CLASSIFY);
        assert_int_equal(d->classes, 2);
        assert_string_equal(d->class_names[0], "3");
        assert_string_equal(d->class_names[1], "7");
        static const double sign[] = {1, -1, 1};
        for (int i = 0; i < 3; i++)
            assert_true(cvr_get(d->Y, i, 0) == sign[i]);
        cvr_dataset_free(d);
    }
}

static void a_node_of_the_part_needs_a_label(void **state)
{
    static const char *const missing[] = {"0", "0", "0", "0", "?", "0", "1"};
    static const char *const minus[] = {"0", "0", "0", "0", "-1", "0", "1"};
    static const char *const two[] = {"1", "0", "0", "0", "-1", "0", "1"};
    (void)state;
    cvr_load how = nodes();
    how.split = cvr_test_text("parts", parts);
    refused(how, rows(true, missing), CVR_BAD_DATA, "node 4 is of the part train");
    refused(how, rows(false, missing), CVR_BAD_DATA, ":5: ");
    refused(how, rows(true, minus), CVR_BAD_DATA, "the label -1");
    cvr_dataset *d = good(how, rows(true, two), 0, 1);
    assert_string_equal(d->class_names[0], "-1");
    cvr_dataset_free(d);
}

/* ---- preparing --------------------------------------------------------------------- */

static void hops_are_scaled_by_their_mean_square(void **state)
{
    (void)state;
    for (int all = 0; all < 2; all++) {
        cvr_comm *comm = NULL;
        cvr_dataset *d = good(nodes(), rows(false, NULL), 0, 1);
        assert_int_equal(cvr_comm_open("serial", &comm), CVR_OK);
        assert_int_equal(
            cvr_dataset_fit_transform(d, all ? CVR_NORMALIZE_SCALE : CVR_NORMALIZE_HOPS,
                                      CVR_BIAS_FREE, comm),
            CVR_OK);
        double whole = 0;
        for (int k = 0; k <= HOPS; k++) {
            cvr_mat X = cvr_mat_cols(d->X, k * D, D);
            double square = cvr_dot(X, X) / (N * D);
            assert_true(all || fabs(square - 1) < 1e-14);
            whole += square / (HOPS + 1);
        }
        assert_true(fabs(whole - 1) < 1e-14);
        for (int j = 0; j < d->X.cols; j++)
            assert_true(cvr_get(d->transform.shift, j, 0) == 0);
        cvr_comm_free(comm);
        cvr_dataset_free(d);
    }
}

/* ---- what is wrong ----------------------------------------------------------------- */

static void bad_graphs_and_parts_end_in_a_sentence(void **state)
{
    static const struct {
        const char *edges, *parts, *words;
    } bad[] = {
        {"0 1\n2 7\n", parts, "edges:2: an edge to node 7, which is unknown"},
        {"0 99999999999999999999\n", parts, "unknown"},
        {"0\n", parts, "'0' is not an edge"},
        {"0 1 2\n", parts, "is not an edge"},
        {"a b\n", parts, "'a b' is not an edge"},
        {"0 -1\n", parts, "is not an edge"},
        {"0 1\n", "0 train\n7 test\n", "parts:2: node 7 is unknown"},
        {"0 1\n", "0 train\n0 test\n", "parts:2: node 0 has its part in line 1 already"},
        {"0 1\n", "0 learn\n", "'0 learn' is not the part of a node"},
        {"0 1\n", "train\n", "is not the part of a node"},
        {"0 1\n", "0 train x\n", "is not the part of a node"},
        {"0 1\n", "0 test\n", "no node has the part train"},
        {"0 1\n", "", "no node has the part train"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cvr_load how = {.graph = cvr_test_text("edges", bad[i].edges),
                        .split = cvr_test_text("parts", bad[i].parts),
                        .hops = 1,
                        .libsvm_base = 1};
        refused(how, rows(true, NULL), CVR_BAD_DATA, bad[i].words);
    }
}

static void options_that_renumber_rows_are_refused(void **state)
{
    (void)state;
    cvr_load how = nodes();
    how.rows = 3;
    refused(how, rows(true, NULL), CVR_USAGE, "rows");
    how = nodes();
    how.classes = "0,1";
    refused(how, rows(true, NULL), CVR_USAGE, "classes");
    how = nodes();
    how.missing = CVR_MISSING_DROP;
    refused(how, rows(false, NULL), CVR_USAGE, "missing");
    how = nodes();
    how.hops = CVR_HOPS_MOST + 1;
    refused(how, rows(true, NULL), CVR_USAGE, "hops 101");
    how = nodes();
    refused(how, cvr_test_text("t.csv", "a,red,1\nb,green,2\nc,red,3\nd,green,4\n"),
            CVR_BAD_DATA, "features of nodes are numbers");
    how.graph = "nowhere/edges";
    refused(how, rows(true, NULL), CVR_IO, "nowhere/edges");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hops_are_powers_of_the_normalised_adjacency),
        cmocka_unit_test(blocks_are_the_parts_rows),
        cmocka_unit_test(only_labels_of_the_part_are_looked_at),
        cmocka_unit_test(a_node_of_the_part_needs_a_label),
        cmocka_unit_test(hops_are_scaled_by_their_mean_square),
        cmocka_unit_test(bad_graphs_and_parts_end_in_a_sentence),
        cmocka_unit_test(options_that_renumber_rows_are_refused),
    };
    return cmocka_run_group_tests(tests, cvr_test_folder, cvr_test_remove);
}
