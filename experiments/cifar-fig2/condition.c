/* Condition numbers of the u-step's system, by preconditioner.

       condition FILE ROWS SIDE PATTERNS RHO KAPPA RANK...

   FILE is read as the command reads it; its first ROWS (0: all) are kept, images are
   turned to gray and SIDE x SIDE (0: as they are), the data are shifted and scaled all
   alike. With F_i = D_i X, unit I (P blocks) and N = d P,

       A = I (x) K + (2 / rho) F'F,   K = I + kappa X'X

   is written out, so is M^{-1} for each preconditioner M, and the condition number is
   that of M^{-1/2} A M^{-1/2}, from all its eigenvalues. Prints lines
   preconditioner,rank,condition. One process, double precision. */
#include <stdio.h>
#include <stdlib.h>

#include <lapacke.h>

#include "convex/sampled.h"
#include "convex/system.h"
#include "linalg/nystrom.h"
#include "linalg/ops.h"
#include "posed.h"

typedef struct study {
    posed posed;
    cvr_program program;
    cvr_system system;
    cvr_workspace workspace; /* of all matrices */
    cvr_nystrom nystrom;
    int64_t N;       /* d P */
    cvr_mat A, M, W; /* N x N: the system, an inverse preconditioner, work */
    cvr_mat B;       /* d x m: work */
    cvr_mat sketch;  /* d x P N: work of whitened */
} study;

/* Columns of N numbers as columns of d. */
static cvr_mat blocks(const study *s, cvr_mat A)
{
    return cvr_mat_reshape(A, s->program.d, A.cols * s->program.P);
}

static void set_identity(cvr_mat A)
{
    cvr_fill(A, 0);
    cvr_add_diag(A, 1);
}

/* ---- condition numbers ------------------------------------------------------------- */

/* The extreme eigenvalues of M^{-1} A: A x = t M x, by LAPACK's third form B A x = t x
   with B = M^{-1}. Uses up W and M. */
static void report(study *s, const char *name, int64_t rank)
{
    lapack_int N = (lapack_int)s->N;
    double *values = calloc((size_t)N, sizeof *values);
    if (!values)
        exit(CVR_NO_MEMORY);
    cvr_copy(s->W, s->A);
    if (LAPACKE_dsygvd(LAPACK_COL_MAJOR, 3, 'N', 'L', N, s->W.data, (lapack_int)s->W.ld,
                       s->M.data, (lapack_int)s->M.ld, values)) {
        fprintf(stderr, "condition: %s: the eigenvalues are not found\n", name);
        exit(CVR_NUMERICAL);
    }
    printf("%s,%lld,%.6g\n", name, (long long)rank, values[N - 1] / values[0]);
    fflush(stdout);
    free(values);
}

static void plain(study *s)
{
    set_identity(s->M);
    report(s, "none", 0);
}

static void diagonal(study *s)
{
    cvr_fill(s->M, 0);
    for (int64_t i = 0; i < s->N; i++)
        cvr_set(s->M, i, i, 1 / cvr_get(s->A, i, i));
    report(s, "diagonal", 0);
}

static void block(study *s)
{
    set_identity(s->M);
    cvr_system_solve_block(&s->system, blocks(s, s->M));
    report(s, "block", 0);
}

/* Y = (A - I) X, known by A. */
static cvr_status whole(void *ctx, cvr_mat Y, cvr_mat X)
{
    const study *s = ctx;
    cvr_gemm(Y, 1, CVR_N, s->A, CVR_N, X, 0);
    cvr_axpby(Y, -1, X, 1);
    return CVR_OK;
}

/* s->nystrom of an operator, in memory of its own. */
static void form(study *s, int64_t rank, cvr_apply operator, cvr_workspace * w)
{
    cvr_nystrom *n = &s->nystrom;
    cvr_workspace_init(w, cvr_cpu(), CVR_DOUBLE, "the sketch");
    CVR_LAY_SCRATCH(w, s->N, rank, &n->U, &n->Q);
    CVR_LAY_SCRATCH(w, rank, 1, &n->s, &n->c);
    CVR_LAY_SCRATCH(w, rank, s->N, &n->W);
    CVR_LAY_SCRATCH(w, rank, rank, &n->C);
    must(cvr_workspace_take(w, s->posed.comm));
    must(cvr_nystrom_draw(n, 1));
    must(cvr_nystrom_form(n, operator, s));
}

static void nystrom(study *s, int64_t rank)
{
    cvr_workspace w;
    form(s, rank, whole, &w);
    set_identity(s->W);
    cvr_nystrom_apply(&s->nystrom, 1, s->M, s->W);
    cvr_workspace_free(&w);
    report(s, "nystrom", rank);
}

/* Y = L^{-1} (2 / rho) F'F L^{-T} X, with K = L L'. */
static cvr_status whitened(void *ctx, cvr_mat Y, cvr_mat X)
{
    study *s = ctx;
    cvr_mat U = cvr_mat_cols(s->sketch, 0, X.cols * s->program.P);
    cvr_copy(U, blocks(s, X));
    cvr_trsm(s->system.K, CVR_T, U);
    cvr_status status = cvr_system_couple(&s->system, blocks(s, Y), U);
    cvr_trsm(s->system.K, CVR_N, blocks(s, Y));
    return status;
}

static void block_nystrom(study *s, int64_t rank)
{
    cvr_workspace w;
    form(s, rank, whitened, &w);
    set_identity(s->W);
    cvr_trsm(s->system.K, CVR_N, blocks(s, s->W));
    cvr_nystrom_apply(&s->nystrom, 1, s->M, s->W);
    cvr_trsm(s->system.K, CVR_T, blocks(s, s->M));
    cvr_workspace_free(&w);
    report(s, "block-nystrom", rank);
}

/* ---- the problem ------------------------------------------------------------------- */

static void load(study *s, const char *file, int rows, int side)
{
    const char *paths[] = {file};
    cvr_load how = {.paths = paths,
                    .path_count = 1,
                    .rows = rows,
                    .gray = side > 0,
                    .new_height = side,
                    .new_width = side,
                    .libsvm_base = -1,
                    .type = CVR_DOUBLE};
    posed *p = &s->posed;
    must(cvr_dataset_load(&how, p->comm, &p->data));
    must(cvr_dataset_fit_transform(p->data, CVR_NORMALIZE_GLOBAL, CVR_BIAS_PENALISED,
                                   p->comm));
}

static void make(study *s, const char *patterns, double rho, double kappa)
{
    cvr_program *p = &s->program;
    cvr_workspace *w = &s->workspace;
    must(cvr_settings_set(s->posed.settings, "patterns", patterns));
    pose_problem(&s->posed);
    cvr_workspace_init(w, cvr_cpu(), CVR_DOUBLE, "the system");
    must(cvr_program_pose(&s->posed.problem, p));
    must(cvr_program_lay_out(p, w));
    cvr_system_lay_out(&s->system, p, w);
    s->N = p->d * p->P;
    CVR_LAY_SCRATCH(w, s->N, s->N, &s->A, &s->M, &s->W);
    CVR_LAY_SCRATCH(w, p->d, p->P * s->N, &s->sketch);
    CVR_LAY_SCRATCH(w, p->d, p->m, &s->B);
    must(cvr_workspace_take(w, s->posed.comm));
    must(cvr_program_start(p, s->B));
    must(cvr_system_start(&s->system));
    must(cvr_system_set(&s->system, rho, kappa));
    set_identity(s->W);
    must(cvr_system_apply(&s->system, blocks(s, s->A), blocks(s, s->W)));
}

static void drop(study *s)
{
    cvr_workspace_free(&s->workspace);
    cvr_program_free(&s->program);
    pose_end(&s->posed);
}

int main(int argc, char **argv)
{
    study s = {0};
    if (argc < 8) {
        fprintf(stderr,
                "usage: condition FILE ROWS SIDE PATTERNS RHO KAPPA RANK... > CSV\n");
        return CVR_USAGE;
    }
    pose_begin(&s.posed, "convex");
    load(&s, argv[1], atoi(argv[2]), atoi(argv[3]));
    make(&s, argv[4], atof(argv[5]), atof(argv[6]));
    fprintf(stderr, "condition: %lld rows, d = %lld, P = %lld: %lld unknowns\n",
            (long long)s.program.n, (long long)s.program.d, (long long)s.program.P,
            (long long)s.N);
    printf("preconditioner,rank,condition\n");
    plain(&s);
    diagonal(&s);
    block(&s);
    for (int i = 7; i < argc; i++) {
        int64_t rank = atoll(argv[i]);
        if (rank < 1 || rank > s.N) {
            fprintf(stderr, "condition: rank %s is not between 1 and %lld\n", argv[i],
                    (long long)s.N);
            return CVR_USAGE;
        }
        nystrom(&s, rank);
        block_nystrom(&s, rank);
    }
    drop(&s);
    return 0;
}
