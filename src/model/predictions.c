/* What a model says about rows, as text. */
#include <cvxrelu/model.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/atomic_file.h"
#include "base/decimal.h"
#include "base/fail.h"
#include "model/score.h"

int cvr_model_class(const cvr_model *m, cvr_mat F, int64_t i)
{
    return cvr_class_of(F, i, m->threshold);
}

/* As the shortest numbers that read back to the same. */
static void print_values(cvr_mat F, int64_t i, FILE *file)
{
    char text[CVR_DECIMAL_SIZE];
    for (int64_t j = 0; j < F.cols; j++) {
        cvr_decimal_write(cvr_get(F, i, j), F.type == CVR_SINGLE, text);
        fprintf(file, "%s%s", j > 0 ? "," : "", text);
    }
}

cvr_status cvr_predictions_check(const cvr_model *m, cvr_mat F)
{
    if (F.cols != m->outputs)
        return cvr_fail(CVR_USAGE, "%lld outputs are none of a model with %d",
                        (long long)F.cols, m->outputs);
    for (int64_t i = 0; i < F.rows; i++)
        for (int64_t j = 0; j < F.cols; j++)
            if (!isfinite(cvr_get(F, i, j)))
                return cvr_fail(CVR_NUMERICAL,
                                "row %lld: output %lld of the network is not finite",
                                (long long)i + 1, (long long)j + 1);
    return CVR_OK;
}

/* Goes on until the file takes no more. */
static void print_rows(const cvr_model *m, cvr_mat F, bool values, FILE *file)
{
    for (int64_t i = 0; i < F.rows && !ferror(file); i++) {
        if (values || m->classes == 0)
            print_values(F, i, file);
        else
            fputs(m->class_names[cvr_model_class(m, F, i)], file);
        fputc('\n', file);
    }
}

cvr_status cvr_predictions_print(const cvr_model *m, cvr_mat F, bool values, FILE *file)
{
    cvr_status status = cvr_predictions_check(m, F);
    if (status != CVR_OK)
        return status;
    errno = 0;
    print_rows(m, F, values, file);
    return ferror(file) ? cvr_fail(CVR_IO, "cannot write predictions: %s",
                                   strerror(errno ? errno : EIO))
                        : CVR_OK;
}

cvr_status cvr_predictions_save(const cvr_model *m, cvr_mat F, bool values,
                                const char *path)
{
    cvr_atomic out = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_predictions_check(m, F));
    CVR_TRY(cvr_atomic_open(path, &out));
    print_rows(m, F, values, out.file);
    CVR_TRY(cvr_atomic_commit(&out));
done:
    cvr_atomic_discard(&out);
    return status;
}
