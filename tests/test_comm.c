/* Communicators. On its own this runs as one process without MPI; under mpirun the same
   tests run over all processes, and every process checks every answer. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cvxrelu/comm.h>

#include "base/bytes.h"
#include "linalg/ops.h"
#include "parallel/comm.h"

static cvr_comm *comm;
static int rank, size;

static bool launched(void)
{
    return getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMIX_RANK") || getenv("PMI_SIZE");
}

static cvr_mat new_mat(cvr_type type, int64_t rows, int64_t cols)
{
    cvr_mat A = {0};
    assert_int_equal(cvr_mat_new(cvr_cpu(), type, rows, cols, &A), CVR_OK);
    return A;
}

static void places_are_consistent(void **state)
{
    double x[2] = {1, rank};
    (void)state;
    assert_true(rank >= 0 && rank < size);
    assert_int_equal(cvr_allreduce_sum(comm, x, 2), CVR_OK);
    assert_true(x[0] == size && x[1] == size * (size - 1) / 2.0);
    assert_true(cvr_comm_node_size(comm) >= 1 && cvr_comm_node_size(comm) <= size);
    assert_true(launched() || size == 1);
}

/* What process r puts at (i, j): sums of these are exact, also in single. */
static double part_of(int r, int64_t i, int64_t j)
{
    return (double)((3 * i + 7 * j + 11 * r) % 64);
}

static double sum_of_parts(int64_t i, int64_t j)
{
    double sum = 0;
    for (int r = 0; r < size; r++)
        sum += part_of(r, i, j);
    return sum;
}

/* A part of a matrix of NaN, or a matrix without gaps, is summed and nothing else. */
static void check_sum(cvr_type type, int64_t rows, int64_t cols, int64_t gap)
{
    cvr_mat W = new_mat(type, rows + gap, cols + gap);
    cvr_mat A = cvr_mat_part(W, gap, gap, rows, cols);
    cvr_fill(W, NAN);
    for (int64_t j = 0; j < cols; j++)
        for (int64_t i = 0; i < rows; i++)
            cvr_set(A, i, j, part_of(rank, i, j));
    assert_int_equal(cvr_allreduce(comm, A), CVR_OK);
    for (int64_t j = 0; j < W.cols; j++)
        for (int64_t i = 0; i < W.rows; i++) {
            double got = cvr_get(W, i, j);
            if (i < gap || j < gap)
                assert_true(isnan(got));
            else
                assert_true(got == sum_of_parts(i - gap, j - gap));
        }
    cvr_mat_free(&W);
}

/* Sizes on both sides of the buffer of comm.c. */
static void matrices_are_summed_with_and_without_gaps(void **state)
{
    static const int64_t sizes[][2] = {{0, 0},      {0, 4},      {4, 0},
                                       {1, 1},      {5, 7},      {1, 1000},
                                       {131071, 3}, {131073, 2}, {700, 400}};
    (void)state;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++)
            for (int64_t gap = 0; gap < 3; gap += 2)
                check_sum((cvr_type)type, sizes[k][0], sizes[k][1], gap);
}

/* Sums that round are compared, byte by byte, with those of process 0. */
static void sums_have_the_same_bits_on_all_processes(void **state)
{
    enum { ROWS = 5000, COLS = 3 };
    (void)state;
    for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++) {
        cvr_mat A = new_mat((cvr_type)type, ROWS, COLS), first = A;
        size_t bytes = (size_t)cvr_mat_bytes(A.type, ROWS, COLS);
        cvr_random_normal(A, 3 + (uint64_t)rank, 99, 0);
        assert_int_equal(cvr_allreduce(comm, A), CVR_OK);
        first = new_mat(A.type, ROWS, COLS);
        cvr_copy(first, A);
        assert_int_equal(cvr_broadcast(comm, first.data, bytes), CVR_OK);
        assert_memory_equal(first.data, A.data, bytes);
        cvr_mat_free(&A);
        cvr_mat_free(&first);
    }
}

static void the_largest_of_each_number_is_found(void **state)
{
    double x[3] = {rank, -rank, rank == size / 2 ? 100 : -INFINITY};
    (void)state;
    assert_int_equal(cvr_allreduce_max(comm, x, 3), CVR_OK);
    assert_true(x[0] == size - 1 && x[1] == 0 && x[2] == 100);
    assert_int_equal(cvr_allreduce_max(comm, NULL, 0), CVR_OK);
    assert_int_equal(cvr_allreduce_sum(comm, NULL, 0), CVR_OK);
}

static void process_0_speaks_for_all(void **state)
{
    char text[40];
    (void)state;
    snprintf(text, sizeof text, "from process %d", rank);
    assert_int_equal(cvr_broadcast(comm, text, sizeof text), CVR_OK);
    assert_string_equal(text, "from process 0");
    assert_int_equal(cvr_broadcast(comm, NULL, 0), CVR_OK);
}

static int64_t rows_of(int r)
{
    return 3 * r % 7; /* none on process 0 */
}

/* Process r holds rows_of(r) rows; row i of all has its number in it. */
static void check_gather(cvr_type type, int64_t gap)
{
    int64_t before = 0, total = 0;
    for (int r = 0; r < size; r++) {
        before += r < rank ? rows_of(r) : 0;
        total += rows_of(r);
    }
    cvr_mat W = new_mat(type, rows_of(rank) + gap, 5),
            all = new_mat(type, total + gap, 5);
    cvr_mat part = cvr_mat_part(W, gap, 0, rows_of(rank), 5);
    for (int64_t k = 0; k < part.rows * 5; k++)
        cvr_set(part, k % part.rows, k / part.rows,
                (double)(10 * (before + k % part.rows) + k / part.rows));
    assert_int_equal(cvr_allgather(comm, part, cvr_mat_part(all, gap, 0, total, 5)),
                     CVR_OK);
    for (int64_t j = 0; j < 5; j++)
        for (int64_t i = 0; i < all.rows; i++)
            assert_true(cvr_get(all, i, j) ==
                        (i < gap ? 0 : (double)(10 * (i - gap) + j)));
    cvr_mat_free(&W);
    cvr_mat_free(&all);
}

static void parts_are_stacked_by_rank(void **state)
{
    (void)state;
    check_gather(CVR_DOUBLE, 0);
    check_gather(CVR_DOUBLE, 2);
    check_gather(CVR_SINGLE, 3);
}

/* ---- a grid ---------------------------------------------------------------------- */

static void grid(int layers, cvr_comm **rows, cvr_comm **stack)
{
    assert_int_equal(cvr_comm_grid(comm, layers, rows, stack), CVR_OK);
    assert_int_equal(cvr_comm_size(*rows), size / layers);
    assert_int_equal(cvr_comm_size(*stack), layers);
    assert_int_equal(cvr_comm_rank(*rows) * layers + cvr_comm_rank(*stack), rank);
}

static void end_grid(cvr_comm *rows, cvr_comm *stack)
{
    cvr_comm_free(rows);
    cvr_comm_free(stack);
}

static void sums_over_columns_and_rows_are_the_whole_sum(void **state)
{
    (void)state;
    for (int layers = 1; layers <= size; layers++) {
        cvr_comm *rows = NULL, *stack = NULL;
        double x = 1 << rank, column = 0;
        if (size % layers != 0) {
            assert_int_equal(cvr_comm_grid(comm, layers, &rows, &stack), CVR_USAGE);
            assert_true(!rows && !stack);
            continue;
        }
        grid(layers, &rows, &stack);
        assert_int_equal(cvr_allreduce_sum(rows, &x, 1), CVR_OK);
        for (int r = rank % layers; r < size; r += layers)
            column += 1 << r;
        assert_true(x == column);
        assert_int_equal(cvr_allreduce_sum(stack, &x, 1), CVR_OK);
        assert_true(x == (1 << size) - 1);
        end_grid(rows, stack);
    }
}

static double cell(int of, int64_t i, int64_t j)
{
    return (double)((1 + 5 * of + 3 * i + 7 * j) % 101);
}

/* Process r has rows(r) x cols of the numbers of r, with a gap; up and down again. */
static void check_shift(cvr_type type, int64_t rows, int64_t cols, int64_t gap)
{
    int64_t own = rows + rank, below = rows + rank - 1;
    cvr_mat W = new_mat(type, own + gap, cols), A = cvr_mat_part(W, 0, 0, own, cols);
    cvr_mat U = new_mat(type, rank ? below : 1, cols), D = new_mat(type, own, cols);
    for (int64_t k = 0; k < own * cols; k++)
        cvr_set(A, k % own, k / own, cell(rank, k % own, k / own));
    cvr_fill(U, -1);
    cvr_fill(D, -1);
    assert_int_equal(cvr_shift(comm, 1, A, U), CVR_OK);
    for (int64_t k = 0; k < U.rows * cols; k++)
        assert_true(cvr_get(U, k % U.rows, k / U.rows) ==
                    (rank ? cell(rank - 1, k % U.rows, k / U.rows) : -1));
    assert_int_equal(cvr_shift(comm, -1, U, D), CVR_OK);
    for (int64_t k = 0; k < own * cols; k++)
        assert_true(cvr_get(D, k % own, k / own) ==
                    (rank + 1 < size ? cell(rank, k % own, k / own) : -1));
    cvr_mat_free(&W);
    cvr_mat_free(&U);
    cvr_mat_free(&D);
}

static void what_is_shifted_up_and_down_is_ones_own_and_ends_keep_theirs(void **state)
{
    static const int64_t sizes[][2] = {
        {1, 1}, {5, 7}, {1, 70000}, {70001, 2}, {300, 500}};
    (void)state;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        for (int type = CVR_DOUBLE; type <= CVR_SINGLE; type++)
            for (int64_t gap = 0; gap < 3; gap += 2)
                check_shift((cvr_type)type, sizes[k][0], sizes[k][1], gap);
}

static void bytes_of_a_shift_are_the_senders_and_the_wholes(void **state)
{
    cvr_comm *rows = NULL, *stack = NULL;
    cvr_mat A = new_mat(CVR_SINGLE, 4, 3), B = new_mat(CVR_SINGLE, 4, 3), none = A;
    char byte = (char)rank, got = 100;
    (void)state;
    none.rows = 0;
    grid(size, &rows, &stack);
    int64_t before = cvr_comm_traffic(comm).bytes;
    assert_int_equal(cvr_shift(stack, 1, A, B), CVR_OK);
    assert_int_equal(cvr_shift(stack, 1, none, none), CVR_OK);
    assert_int_equal(cvr_shift_bytes(stack, -1, &byte, 1, &got, 1), CVR_OK);
    int64_t sent = (rank + 1 < size ? 48 : 0) + (rank > 0 ? 1 : 0);
    assert_int_equal(got, rank + 1 < size ? rank + 1 : 100);
    assert_true(cvr_comm_traffic(stack).bytes == sent);
    assert_true(cvr_comm_traffic(comm).bytes - before == sent);
    end_grid(rows, stack);
    cvr_mat_free(&A);
    cvr_mat_free(&B);
}

static int end_now(void *user)
{
    return *(const int *)user == rank ? CVR_END : CVR_GO_ON;
}

/* A part of a grid asks the whole, but its messages tell nobody. */
static void parts_of_a_grid_carry_no_interrupts(void **state)
{
    cvr_comm *rows = NULL, *stack = NULL;
    double x = 1;
    int who = size - 1;
    (void)state;
    grid(1, &rows, &stack);
    cvr_comm_question(comm, end_now, &who);
    assert_true(cvr_interrupt_poll(stack) == (rank == who));
    assert_int_equal(cvr_allreduce_sum(rows, &x, 1), CVR_OK);
    assert_true(x == size);
    assert_int_equal(cvr_interrupt_check(rows), CVR_OK);
    assert_int_equal(cvr_interrupt_sync(comm), CVR_INTERRUPTED);
    cvr_comm_question(comm, NULL, NULL);
    end_grid(rows, stack);
}

/* On each process in turn, as all agree before they become parts. */
static void a_grid_without_memory_is_refused_on_all(void **state)
{
    (void)state;
    for (int who = 0; who < size; who++)
        for (int nth = 1; nth <= (size > 1 ? 4 : 2); nth++) {
            cvr_comm *rows = NULL, *stack = NULL;
            cvr_alloc_fail_at(rank == who ? nth : 0);
            assert_int_equal(cvr_comm_grid(comm, size, &rows, &stack), CVR_NO_MEMORY);
            cvr_alloc_fail_at(0);
            assert_true(!rows && !stack);
        }
}

static void a_matrix_of_any_process_reaches_all(void **state)
{
    (void)state;
    for (int root = 0; root < size; root++) {
        cvr_mat A = new_mat(CVR_DOUBLE, 7, 3), P = cvr_mat_part(A, 1, 0, 5, 3);
        cvr_fill(P, rank);
        assert_int_equal(cvr_broadcast_mat(comm, root, P), CVR_OK);
        for (int k = 0; k < 21; k++)
            assert_true(cvr_get(A, k % 7, k / 7) == (k % 7 > 0 && k % 7 < 6 ? root : 0));
        cvr_mat_free(&A);
    }
}

/* ---- agreement ------------------------------------------------------------------- */

static void nobody_fails_nobody_hears(void **state)
{
    (void)state;
    assert_int_equal(cvr_allreduce_status(comm, CVR_OK), CVR_OK);
}

/* Processes first and above fail; every process has the words of the first. */
static void fail_from(int first)
{
    char want[80];
    cvr_status own = CVR_OK;
    cvr_fail(CVR_FAILED, "an older failure");
    if (rank >= first) {
        own = cvr_fail(rank == first ? CVR_BAD_DATA : CVR_IO, "words of %d", rank);
        cvr_hint("hint of %d", rank);
    }
    assert_int_equal(cvr_allreduce_status(comm, own), CVR_BAD_DATA);
    if (first == 0)
        snprintf(want, sizeof want, "words of 0");
    else
        snprintf(want, sizeof want, "process %d: words of %d", first, first);
    assert_string_equal(cvr_last_error(), want);
    snprintf(want, sizeof want, "hint of %d", first);
    assert_string_equal(cvr_last_hint(), want);
}

static void the_first_failure_speaks_on_all_processes(void **state)
{
    (void)state;
    for (int first = 0; first < size; first++)
        fail_from(first);
}

static void one_failure_is_named_once(void **state)
{
    (void)state;
    if (size == 1)
        skip();
    cvr_status own =
        rank == 1 ? cvr_fail(CVR_NUMERICAL, "a pivot of process one") : CVR_OK;
    own = cvr_allreduce_status(comm, own);
    own = cvr_allreduce_status(comm, rank == 0 ? own : CVR_OK);
    assert_int_equal(own, CVR_NUMERICAL);
    assert_string_equal(cvr_last_error(), "process 1: a pivot of process one");
}

/* ---- counting, opening ----------------------------------------------------------- */

static void bytes_and_seconds_are_counted(void **state)
{
    double x[10] = {0};
    int64_t before = cvr_comm_traffic(comm).bytes;
    (void)state;
    assert_int_equal(cvr_allreduce_sum(comm, x, 10), CVR_OK);
    assert_true(cvr_comm_traffic(comm).bytes - before == (size > 1 ? 80 : 0));
    assert_true(size > 1 ? cvr_comm_traffic(comm).seconds > 0
                         : cvr_comm_traffic(comm).seconds == 0);
}

static void an_unknown_kind_is_refused(void **state)
{
    cvr_comm *other = comm;
    (void)state;
    assert_int_equal(cvr_comm_open("pigeon", &other), CVR_USAGE);
    assert_null(other);
    assert_non_null(strstr(cvr_last_error(), "'pigeon'"));
    cvr_comm_free(NULL);
}

/* In a build without MPI, and in a program that has not started it. */
static void a_communicator_of_an_mpi_that_is_not_there_is_refused(void **state)
{
    cvr_comm *other = comm;
    void *nothing = NULL;
    (void)state;
    if (launched())
        skip();
    assert_int_equal(cvr_comm_wrap_mpi(&nothing, &other), CVR_PARALLEL);
    assert_null(other);
    assert_true(cvr_last_error()[0] != '\0');
}

/* Only after a successful opening may a process fail alone: opening is collective. */
static void each_allocation_may_fail(void **state)
{
    cvr_comm *other = NULL;
    (void)state;
    cvr_alloc_fail_at(1);
    assert_int_equal(cvr_comm_open("serial", &other), CVR_NO_MEMORY);
    assert_null(other);
    cvr_alloc_fail_at(0);
    for (int nth = 1; launched() && nth <= (size > 1 ? 3 : 2); nth++) {
        cvr_alloc_fail_at(nth);
        assert_int_equal(cvr_comm_open("mpi", &other), CVR_NO_MEMORY);
        assert_null(other);
        cvr_alloc_fail_at(0);
    }
}

static void a_second_communicator_is_apart(void **state)
{
    cvr_comm *other = NULL;
    double x = 1;
    (void)state;
    assert_int_equal(cvr_comm_open(launched() ? "mpi" : "serial", &other), CVR_OK);
    assert_int_equal(cvr_allreduce_sum(other, &x, 1), CVR_OK);
    assert_true(x == size);
    assert_true(cvr_comm_traffic(other).bytes == (size > 1 ? 8 : 0));
    cvr_comm_free(other);
    assert_int_equal(cvr_allreduce_sum(comm, &x, 1), CVR_OK);
    assert_true(x == size * size);
}

static int open_comm(void **state)
{
    (void)state;
    if (cvr_comm_open(launched() ? "mpi" : "serial", &comm) != CVR_OK)
        return 1;
    rank = cvr_comm_rank(comm);
    size = cvr_comm_size(comm);
    return 0;
}

static int close_comm(void **state)
{
    (void)state;
    cvr_comm_free(comm);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_consistent),
        cmocka_unit_test(matrices_are_summed_with_and_without_gaps),
        cmocka_unit_test(sums_have_the_same_bits_on_all_processes),
        cmocka_unit_test(the_largest_of_each_number_is_found),
        cmocka_unit_test(process_0_speaks_for_all),
        cmocka_unit_test(parts_are_stacked_by_rank),
        cmocka_unit_test(sums_over_columns_and_rows_are_the_whole_sum),
        cmocka_unit_test(what_is_shifted_up_and_down_is_ones_own_and_ends_keep_theirs),
        cmocka_unit_test(bytes_of_a_shift_are_the_senders_and_the_wholes),
        cmocka_unit_test(parts_of_a_grid_carry_no_interrupts),
        cmocka_unit_test(a_grid_without_memory_is_refused_on_all),
        cmocka_unit_test(a_matrix_of_any_process_reaches_all),
        cmocka_unit_test(nobody_fails_nobody_hears),
        cmocka_unit_test(the_first_failure_speaks_on_all_processes),
        cmocka_unit_test(one_failure_is_named_once),
        cmocka_unit_test(bytes_and_seconds_are_counted),
        cmocka_unit_test(an_unknown_kind_is_refused),
        cmocka_unit_test(a_communicator_of_an_mpi_that_is_not_there_is_refused),
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(a_second_communicator_is_apart),
    };
    return cmocka_run_group_tests_name("comm", tests, open_comm, close_comm);
}
