/* Any bytes as a model file: a model or a sentence, never a crash. A model that is
   accepted is whole: it can be applied and written again. */
#include <stdint.h>

#include "base/bytes.h"
#include "model/model.h"
#include "model/model_file.h"

static void use(const cvr_model *m)
{
    unsigned char *bytes = NULL;
    size_t length = 0;
    cvr_mat X = {0}, Y = {0};
    if (m->layers[0].W.cols < 1000 &&
        cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 3, m->layers[0].W.cols, &X) == CVR_OK &&
        cvr_mat_new(cvr_cpu(), CVR_DOUBLE, 3, m->outputs, &Y) == CVR_OK)
        CVR_ASSERT(cvr_model_forward(m, X, Y) == CVR_OK);
    CVR_ASSERT(cvr_model_to_bytes(m, &bytes, &length) == CVR_OK);
    cvr_release(bytes);
    cvr_mat_free(&X);
    cvr_mat_free(&Y);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cvr_model m;
    if (cvr_model_decode(data, (int64_t)size, "fuzz", &m) == CVR_OK)
        use(&m);
    cvr_model_free(&m);
    return 0;
}
