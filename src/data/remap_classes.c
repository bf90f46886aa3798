/* Targets in the terms of a model: its classes in its order. */
#include "data/remap_classes.h"

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "data/dataset.h"
#include "data/number.h"

/* By the name; a model of version 0.1 has named the label 001 as 1: else
   by the number. */
static int place_of(const char *name, int classes, char *const *names)
{
    double v, w;
    for (int k = 0; k < classes; k++)
        if (strcmp(names[k], name) == 0)
            return k;
    for (int k = 0; cvr_number_is(name, &v) && k < classes; k++)
        if (cvr_number_is(names[k], &w) && v == w && fabs(v) < 0x1p53)
            return k;
    return -1;
}

/* map[k] = the model's place of the data's class k. */
static cvr_status map_classes(const cvr_dataset *data, int classes, char *const *names,
                              int **map)
{
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(data->classes, sizeof **map, "classes", (void **)map));
    for (int k = 0; k < data->classes; k++) {
        (*map)[k] = place_of(data->class_names[k], classes, names);
        if ((*map)[k] >= 0)
            continue;
        status = cvr_fail(CVR_BAD_DATA, "%s: the model does not know class '%s'",
                          data->source, data->class_names[k]);
        cvr_hint("--classes keeps the rows of the classes that it names");
        goto done;
    }
done:
    return status;
}

static void take_over(cvr_dataset *data, cvr_dataset *fresh)
{
    cvr_mat Y = data->Y;
    char **names = data->class_names;
    int classes = data->classes;
    data->Y = fresh->Y;
    data->task = fresh->task;
    data->outputs = fresh->outputs;
    data->classes = fresh->classes;
    data->class_names = fresh->class_names;
    fresh->Y = Y;
    fresh->class_names = names;
    fresh->classes = classes;
}

static cvr_status to_classes(cvr_dataset *data, int classes, char *const *names)
{
    cvr_status status = CVR_OK;
    cvr_dataset *fresh = NULL;
    int *map = NULL;
    if (data->task != CVR_CLASSIFY)
        CVR_FAIL(CVR_BAD_DATA, "%s: the targets are not classes, but the model has %d",
                 data->source, classes);
    CVR_TRY(map_classes(data, classes, names, &map));
    CVR_TRY(cvr_dataset_new_like(data, 0, cvr_class_outputs(classes), &fresh));
    fresh->task = CVR_CLASSIFY;
    CVR_TRY(cvr_alloc(classes, sizeof *fresh->class_names, "class names",
                      (void **)&fresh->class_names));
    fresh->classes = classes;
    for (int k = 0; k < classes; k++)
        CVR_TRY(cvr_text_copy(names[k], &fresh->class_names[k]));
    for (int64_t i = 0; i < data->Y.rows; i++) {
        int64_t k = cvr_class_decode(data->Y, i, data->classes);
        cvr_class_encode(fresh->Y, i, map[k], classes);
    }
    take_over(data, fresh);
done:
    cvr_release(map);
    cvr_dataset_free(fresh);
    return status;
}

cvr_status cvr_dataset_remap_classes(cvr_dataset *data, int classes, char *const *names)
{
    if (data->outputs == 0 || classes == 0 || !names)
        return CVR_OK;
    return to_classes(data, classes, names);
}
