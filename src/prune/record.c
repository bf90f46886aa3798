/* The record of how a pruned model was made. */
#include "prune/record.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/bytes.h"
#include "prune/task.h"

static json_t *options_json(const cvr_prune_options *o)
{
    json_t *object = json_pack("{s:s, s:s}", "mode", cvr_prune_mode_name(o->mode),
                               "cascade", o->independent ? "no" : "yes");
    if (object && o->density > 0) {
        json_object_set_new(object, "density", json_real(o->density));
        json_object_set_new(object, "allocation",
                            json_string(o->uniform ? "even" : "size"));
    }
    if (object && o->error > 0)
        json_object_set_new(object, "error", json_real(o->error));
    if (object && o->lambda_relative > 0)
        json_object_set_new(object, "lambda-relative", json_real(o->lambda_relative));
    if (object && o->iterations > 0)
        json_object_set_new(object, "iterations", json_integer(o->iterations));
    return object;
}

cvr_status cvr_prune_record(const cvr_model *m, const cvr_prune_options *o,
                            cvr_model *pruned)
{
    json_t *from = json_loads(m->record, 0, NULL);
    json_t *record = json_pack("{s:s, s:s, s:o*, s:o*}", "method", "prune", "version",
                               cvr_version(), "options", options_json(o), "from", from);
    char *text = record ? json_dumps(record, JSON_COMPACT) : NULL, *copy = NULL;
    cvr_status status = CVR_OK;
    if (!text)
        CVR_FAIL(CVR_NO_MEMORY, "cannot write down the model's record");
    CVR_TRY(cvr_text_copy(text, &copy));
    cvr_release(pruned->record);
    pruned->record = copy;
done:
    free(text);
    json_decref(record);
    return status;
}
