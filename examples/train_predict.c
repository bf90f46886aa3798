/* Trains a network on an array and asks it about new rows. */
#include <math.h>
#include <stdio.h>

#include <cvxrelu/cvxrelu.h>

enum { ROWS = 400, NEW = 3 };

int main(void)
{
    static double x[ROWS][2], y[ROWS];
    double asked[NEW][2] = {{0, 0}, {1.5, -1}, {-2, 1}}, answer[NEW];
    for (int i = 0; i < ROWS; i++) {
        x[i][0] = i % 20 / 5.0 - 2;
        x[i][1] = i / 20 / 5.0 - 2;
        y[i] = fabs(x[i][0]) + x[i][1];
    }

    cvr_array X = {x, CVR_FLOAT64, ROWS, 2, 0, 0};
    cvr_array Y = {y, CVR_FLOAT64, ROWS, 1, 0, 0};
    cvr_array Asked = {asked, CVR_FLOAT64, NEW, 2, 0, 0};
    cvr_array Answer = {answer, CVR_FLOAT64, NEW, 1, 0, 0};
    cvr_model model;
    if (cvr_fit("convex", X, Y, NULL, "patterns=50 beta=0.001", &model) != CVR_OK ||
        cvr_predict(&model, Asked, Answer) != CVR_OK) {
        fprintf(stderr, "%s\n", cvr_last_error());
        return 1;
    }
    for (int i = 0; i < NEW; i++)
        printf("f(%g, %g) = %.2f\n", asked[i][0], asked[i][1], answer[i]);
    cvr_model_free(&model);
    return 0;
}
