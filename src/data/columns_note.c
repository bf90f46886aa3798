/* Columns that say nothing (a, a, a, ...), and those that only count (a, a + 1, ...). */
#include "data/columns_note.h"

#include <math.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/log.h"
#include "data/dataset.h"

enum { FEWEST_ROWS = 10, LIST = 300, FACTS = 6 };

/* Of raw column j: for steps 0 and 1, whether own rows leave a + step i (1 or 0), the
   greatest a and the greatest -a. Most columns end at their second row. */
static void look(const cvr_dataset *data, int64_t j, double *fact)
{
    cvr_mat X = data->X;
    for (int step = 0; step < 2; step++) {
        double first = X.rows ? cvr_get(X, 0, j) : 0, own = step * (double)data->first;
        int64_t i = 0;
        while (i < X.rows && cvr_get(X, i, j) == first + step * (double)i)
            i++;
        fact[3 * step] = i < X.rows;
        fact[3 * step + 1] = X.rows ? first - own : -INFINITY;
        fact[3 * step + 2] = X.rows ? own - first : -INFINITY;
    }
}

static bool keeps(const double *fact)
{
    return fact[0] == 0 && fact[1] == -fact[2];
}

static void tell(const cvr_dataset *data, const double *facts)
{
    const cvr_columns *c = &data->transform.columns;
    char constant[LIST] = "", counts[LIST] = "", label[CVR_COLUMN_LABEL];
    int64_t raw = 0;
    for (int64_t j = 0; j < c->count; j++) {
        if (c->item[j].kind == CVR_COLUMN_IGNORED)
            continue;
        const double *fact = facts + FACTS * raw++;
        cvr_columns_label(c, j, label);
        if (keeps(fact))
            cvr_list_add(constant, LIST, label);
        else if (keeps(fact + 3) && c->item[j].kind == CVR_COLUMN_NUMBER)
            cvr_list_add(counts, LIST, label);
    }
    if (*constant)
        cvr_note(CVR_LOG_NOTE, "%s: the same value in all rows of column %s",
                 data->source, constant);
    if (*counts)
        cvr_note(CVR_LOG_NOTE,
                 "%s: column %s counts the rows: --ignore leaves it out if it means "
                 "nothing else",
                 data->source, counts);
}

cvr_status cvr_columns_note(const cvr_dataset *data, cvr_comm *comm)
{
    cvr_status status = CVR_OK;
    double *facts = NULL;
    int64_t d = data->X.cols, count = cvr_times(FACTS, d);
    if (data->transform.columns.count == 0 || data->rows < FEWEST_ROWS ||
        count > INT32_MAX)
        return CVR_OK;
    CVR_TRY(cvr_allreduce_status(
        comm, cvr_alloc(count, sizeof *facts, "facts of columns", (void **)&facts)));
    for (int64_t j = 0; j < d; j++)
        look(data, j, facts + FACTS * j);
    CVR_TRY(cvr_allreduce_max(comm, facts, (int)count));
    tell(data, facts);
done:
    cvr_release(facts);
    return status;
}
