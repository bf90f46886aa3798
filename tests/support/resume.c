/* Runs that are cut in two by a checkpoint, for every method. */
#include "resume.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "model/model_file.h"
#include "problem.h"

/* Cuts come at iterations that are measured anyway (10, 20) and at others (33). Rounding
   grows in bfgs until only the same number of processes can be compared. */
const cvr_test_cut cvr_test_cuts[] = {
    {"convex", "--patterns 9 --splitting slack", 2, 1, 33, 70, true, 1e-8},
    {"convex", "--patterns 9 --tolerance 0 --splitting projection", 2, 1, 33, 70, true,
     1e-8},
    {"convex", "--patterns 7 --tolerance 0 --splitting projection", 0, 2, 15, 40, false,
     1e-8},
    {"convex", "--patterns 9 --primal direct --beta-relative 0.1", 0, 2, 10, 45, false,
     1e-8},
    {"convex", "--tolerance 0 --patterns 7 --primal cg", 2, 1, 33, 60, false, 1e-6},
    {"convex", "--tolerance 0 --patterns 7 --primal diag-pcg --cg-iterations 3", 2, 1, 20,
     40, false, 1e-8},
    {"convex", "--tolerance 0 --patterns 7 --primal nystrom-pcg --nystrom-rank 5", 3, 3,
     20, 40, false, 1e-6},
    {"convex", "--tolerance 0 --patterns 7 --primal block-pcg", 2, 1, 33, 50, false,
     1e-6},
    {"convex", "--tolerance 0 --patterns 7 --primal block-nystrom-pcg --nystrom-rank 5",
     2, 1, 20, 40, false, 1e-6},
    {"convex", "--tolerance 0 --patterns 7 --primal rbcd --cg-iterations 3", 2, 1, 20, 40,
     false, 1e-6},
    {"convex", "--tolerance 0 --patterns 7 --primal block-rbcd --cg-iterations 3", 2, 1,
     33, 50, false, 1e-6},
    {"convex", "--patterns 7 --certificate no --rho 0.5 --rho-slack 0.2", 2, 1, 20, 40,
     true, 1e-8},
    {"convex", /* loose inner solves differ by an iteration where the rounding does */
     "--patterns 9 --formulation gated --primal block-pcg --tolerance 0 "
     "--inner-tolerance 1e-3",
     2, 1, 20, 40, false, 1e-6},
    {"convex", "--patterns 9 --formulation gated --solver fista", 3, 3, 33, 50, true,
     1e-8},
    {"convex", "--patterns 5 --formulation gated-ridge --tolerance 0", 2, 1, 1, 2, false,
     1e-8},
    {"convex", "--patterns 20 --formulation gated-ridge --tolerance 0", 2, 1, 1, 2, false,
     1e-8},
    {"convex", "--patterns 7 --tolerance 0 --loss logistic --formulation gated", 2, 1, 15,
     40, true, 1e-7},
    {"convex", "--patterns 5 --tolerance 0 --loss softmax --formulation relu", 3, 3, 15,
     40, false, 1e-7},
    {"convex", "--patterns 9 --tolerance 0 --loss huber --formulation relu", -1, 2, 33,
     60, true, 1e-7},
    {"convex", "--patterns 5 --tolerance 0 --loss hinge --formulation gated-ridge", 2, 1,
     15, 40, true, 1e-7},
    {"convex", "--patterns 6 --tolerance 0 --outer positive --elastic 0.1 --group output",
     -1, 2, 33, 60, true, 1e-7},
    {"convex", "--patterns 9 --splitting slack", -1, 2, 33, 70, true, 1e-8},
    {"convex", "--patterns 9 --tolerance 0 --splitting projection", -1, 2, 33, 70, true,
     1e-8},
    {"convex", "--tolerance 0 --patterns 7 --primal block-pcg", -1, 1, 33, 50, false,
     1e-6},
    {"convex", "--patterns 9 --formulation gated --solver fista", -1, 2, 33, 50, true,
     1e-8},
    {"convex", "--patterns 5 --formulation gated-ridge --tolerance 0", -1, 1, 1, 2, false,
     1e-8},
    {"convex", "--patterns 20 --formulation gated-ridge --tolerance 0", -1, 2, 1, 2,
     false, 1e-8},
    {"convex", "--patterns 4 --refine 3 --refine-gates 12 --refine-steps 9 --beta 0.2", 2,
     1, 1, 3, true, INFINITY},
    {"convex", "--patterns 4 --refine 3 --refine-gates 12 --refine-steps 9 --loss huber",
     -1, 1, 2, 4, false, INFINITY},
    {"deep", "--layers 7,5", 2, 1, 10, 25, true, 1e-8},
    {"deep", "--layers 7,5 --threads 3", 2, 1, 10, 25, true, 1e-8},
    {"deep", "--layers 7,5 --loss squared --block 13", 0, 2, 23, 30, false, 1e-8},
    {"deep", "--layers 6 --loss softmax --damping 0.1", 3, 3, 10, 20, true, 1e-8},
    {"deep", "--layers 7,5 --sweep paper", 2, 1, 23, 40, true, 1e-8},
    {"deep", "--layers 6 --sweep paper --multiplier full --warm 5 --init gaussian", 3, 3,
     10, 20, false, 1e-7},
    {"ccp", "--solver newton --restarts 3", 0, 2, 7, 22, false, 1e-7},
    {"ccp", "--solver graph --restarts 2", 0, 2, 33, 55, true, 1e-6},
    {"ccp", "--solver graph --start zero --restarts 0", 0, 1, 12, 23, false, 1e-6},
    {"ccp", "--solver consensus --restarts 1 --inner 10", 0, 1, 10, 23, false, 1e-6},
    {"ccp", "--solver newton --restarts 3", -1, 2, 17, 42, true, 1e-7},
    {"ccp", "--solver graph --restarts 2", -1, 2, 33, 60, false, 1e-6},
    {"ccp", "--solver consensus --restarts 1 --inner 10", -1, 1, 10, 23, false, 1e-6},
    {"deep", "--layers 7,5 --validation 0.2", -1, 2, 10, 25, true, 1e-8},
    {"mdlam", "--layers 7,5", 3, 3, 10, 25, true, 1e-8},
    {"mdlam", "--layers 7,5 --tube shrinking", 2, 1, 7, 15, false, 1e-8},
    {"mdlam", "--layers 7,5 --tube fixed --blocks majorised --loss squared", 0, 2, 10, 20,
     true, 1e-8},
    {"mdlam", "--layers 6 --published yes", 3, 3, 10, 20, false, 1e-8},
    {"dladmm", "--layers 7,5", 3, 3, 7, 15, true, 1e-8},
    {"dladmm", "--layers 7,5 --published yes", 2, 1, 10, 20, false, 1e-8},
    {"dladmm", "--layers 6 --loss softmax --schedule paper --penalty-top 1e-4", 3, 3, 23,
     30, false, 1e-8},
    {"pdadmm", "--layers 7,5", 2, 1, 10, 25, true, 1e-8},
    {"pdadmm", "--layers 7,5 --order paper --penalty-copy 4", 0, 2, 7, 15, false, 1e-8},
    {"pdadmm", "--layers 7,5 --published yes", 3, 3, 10, 25, false, 1e-8},
    {"linear", "--tolerance 0", 3, 3, 2, 4, true, 1e-8},
    {"linear", "--tolerance 0", 0, 2, 1, 2, false, 1e-8},
    {"adam", "--layers 7 --batch 16", -1, 1, 10, 25, false, 1e-8},
    {"adam", "--layers 7 --batch 16", 2, 1, 10, 25, true, 1e-8},
    {"adam", "--layers 7,4 --tolerance 1e-9", 0, 2, 23, 30, false, 1e-8},
    {"sgd", "--layers 7 --batch 16", 3, 3, 23, 30, true, 1e-8},
    {"cg", "--layers 6", 2, 1, 33, 70, false, 1e-3},
    {"cg", "--layers 6 --weight-decay 0.01", 0, 1, 61, 80, true, 1e-3},
    {"bfgs", "--layers 6 --tolerance 0", 2, 1, 33, 120, false, INFINITY},
    {"lbfgs", "--layers 6 --tolerance 0 --memory 4", 2, 1, 17, 40, true, INFINITY},
    {0}};

enum { ROWS = 60, COLUMNS = 4 };

static cvr_dataset *rows(const cvr_test_cut *cut, cvr_comm *comm, cvr_type type,
                         int64_t first, int64_t count)
{
    if (cut->classes > 0)
        return cvr_test_classes(comm, type, first, count, COLUMNS, cut->classes);
    if (cut->classes < 0)
        return cvr_test_free(comm, type, count, COLUMNS, cut->outputs, 1, 5);
    return cvr_test_data(comm, type, count, COLUMNS, cut->outputs);
}

cvr_dataset *cvr_test_cut_data(const cvr_test_cut *cut, cvr_comm *comm, cvr_type type)
{
    return rows(cut, comm, type, 0, ROWS);
}

cvr_dataset *cvr_test_cut_rows(const cvr_test_cut *cut, cvr_comm *comm, cvr_type type)
{
    return cut->tested ? rows(cut, comm, type, ROWS, ROWS / 2) : NULL;
}

cvr_test_training cvr_test_part(const cvr_test_cut *cut, const cvr_dataset *data,
                                const cvr_dataset *test, cvr_comm *comm,
                                int64_t iterations, const char *from, const char *to)
{
    cvr_test_training t = {.settings = cvr_test_settings(cut->method, cut->text)};
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)iterations);
    assert_int_equal(CVR_OK, cvr_settings_set(t.settings, "max-iterations", number));
    if (cvr_solver_new(data, test, comm, t.settings, &t.solver) != CVR_OK)
        fail_msg("%s %s: %s", cut->method, cut->text, cvr_last_error());
    if (from && cvr_solver_restore(t.solver, from, NULL) != CVR_OK)
        fail_msg("%s %s: %s", cut->method, cut->text, cvr_last_error());
    /* At each chance: saving changes nothing. */
    cvr_solver_checkpoint(t.solver, to, 1e-9);
    if (cvr_solver_run(t.solver, NULL, NULL, &t.result) != CVR_OK)
        fail_msg("%s %s: %s", cut->method, cut->text, cvr_last_error());
    return t;
}

unsigned char *cvr_test_model_bytes(cvr_solver *s, int64_t *length)
{
    cvr_model m = {0};
    unsigned char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(CVR_OK, cvr_solver_model(s, &m));
    assert_int_equal(CVR_OK, cvr_model_to_bytes(&m, &bytes, &size));
    *length = (int64_t)size;
    cvr_model_free(&m);
    return bytes;
}
