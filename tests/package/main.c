/* A program outside the tree: finds the library's headers and the library,
   and uses it. */
#include <cvxrelu/cvxrelu.h>

#include <stdio.h>
#include <string.h>

/* The last entry of A = (1 2; 3 4), through a copy in single precision, or -1 when there
   is no memory. */
static double corner_of_copy(void)
{
    cvr_mat A, C;
    double corner = -1;
    if (cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 2, 2, &A) != CVR_OK)
        return corner;
    if (cvr_mat_new(cvr_cpu(), CVR_SINGLE, 2, 2, &C) == CVR_OK) {
        for (int i = 0; i < 4; i++)
            cvr_set(A, i / 2, i % 2, i + 1);
        cvr_copy(C, A);
        corner = cvr_get(cvr_mat_part(C, 1, 1, 1, 1), 0, 0);
        cvr_mat_free(&C);
    }
    cvr_mat_free(&A);
    return corner;
}

int main(void)
{
    double corner = corner_of_copy();
    if (strcmp(cvr_version(), EXPECTED_VERSION) != 0 || corner != 4) {
        fprintf(stderr, "version %s (not %s), corner %g (not 4)\n", cvr_version(),
                EXPECTED_VERSION, corner);
        return 1;
    }
    return 0;
}
