/* Rows as they lie: records with more in them than features, labels that are integers, and
   names for both; the model goes into memory and comes back, without a file. */
#include <stdio.h>
#include <stdlib.h>

#include <cvxrelu/cvxrelu.h>

enum { ROWS = 120 };

/* What a program has: X is every second and third number of a record. */
typedef struct record {
    float time, length, width, height;
} record;

static const char *const features[] = {"length", "width"};
static const char *const kinds[] = {"plum", "pear"};

static void measure(record *r, int32_t *kind)
{
    for (int i = 0; i < ROWS; i++) {
        float size = (float)(i % 40) / 40;
        kind[i] = i % 2 ? 20 : 10;
        r[i] =
            (record){(float)i, 1 + size, kind[i] == 20 ? 1.6f - size / 2 : 1 + size, 0};
    }
}

/* A copy of the model by way of its bytes, a safetensors file in memory. */
static cvr_status send(const cvr_model *model, cvr_model *received)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    cvr_status status = cvr_model_to_bytes(model, &bytes, &size);
    if (status == CVR_OK)
        status = cvr_model_from_bytes(bytes, size, received);
    printf("%zu bytes\n", size);
    free(bytes);
    return status;
}

int main(void)
{
    static record r[ROWS];
    static int32_t kind[ROWS], guess[ROWS];
    int right = 0;
    measure(r, kind);

    /* Strides count elements: four floats from a record to the next. */
    cvr_array X = {&r[0].length, CVR_FLOAT32, ROWS, 2, 4, 1};
    cvr_array Y = {kind, CVR_INT32, ROWS, 1, 0, 0};
    cvr_array Guess = {guess, CVR_INT32, ROWS, 1, 0, 0};
    cvr_fit_extras extras = {
        .feature_names = features, .class_names = kinds, .class_count = 2};
    cvr_model model = {0}, received = {0};
    if (cvr_fit("convex", X, Y, &extras, "formulation=gated patterns=20", &model) !=
            CVR_OK ||
        send(&model, &received) != CVR_OK || cvr_predict(&received, X, Guess) != CVR_OK) {
        fprintf(stderr, "%s\n", cvr_last_error());
        return 1;
    }
    for (int i = 0; i < ROWS; i++)
        right += guess[i] == (kind[i] == 20);
    printf("row 1 is a %s; %d of %d are right\n", received.class_names[guess[0]], right,
           ROWS);
    cvr_model_free(&model);
    cvr_model_free(&received);
    return right > ROWS * 9 / 10 ? 0 : 1;
}
