/* A program outside the tree: finds the library's headers and the library, and uses it.
 */
#include <cvxrelu/cvxrelu.h>

#include <stdio.h>
#include <string.h>

/* The last entry of A A with A = (1 2; 3 4), or -1 when there is no memory. */
static double corner_of_square(void)
{
    cvr_mat A, C;
    double corner = -1;
    if (cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 2, 2, &A) != CVR_OK)
        return corner;
    if (cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 2, 2, &C) == CVR_OK) {
        for (int i = 0; i < 4; i++)
            cvr_set(A, i / 2, i % 2, i + 1);
        cvr_gemm(C, 1, CVR_N, A, CVR_N, A, 0);
        corner = cvr_get(C, 1, 1);
        cvr_mat_free(&C);
    }
    cvr_mat_free(&A);
    return corner;
}

int main(void)
{
    double corner = corner_of_square();
    if (strcmp(cvr_version(), EXPECTED_VERSION) != 0 || corner != 22) {
        fprintf(stderr, "version %s (not %s), corner %g (not 22)\n", cvr_version(),
                EXPECTED_VERSION, corner);
        return 1;
    }
    return 0;
}
