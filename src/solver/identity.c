#include "solver/identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "data/dataset.h"
#include "data/transform.h"
#include "linalg/type.h"
#include "parallel/comm.h"

#define LAYOUT "2" /* of the names in the file; another one cannot be read */

static json_t *number(int64_t x)
{
    return json_sprintf("%" PRId64, x);
}

static json_t *texts(const cvr_solver *s, const char *options)
{
    const cvr_problem *q = &s->problem;
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, "
                     "s:o, s:o, s:s}",
                     "format", "cvxrelu", "kind", "checkpoint", "layout", LAYOUT,
                     "version", cvr_version(), "method", s->family->info.name, "bias",
                     cvr_bias_name(q->train->transform.bias), "options", options, "seed",
                     json_sprintf("%" PRIu64, q->seed), "iterations",
                     number(s->iterations), "measured", number(s->last.iterations),
                     "seconds", json_sprintf("%.3f", cvr_solver_seconds(s)), "processes",
                     number(cvr_comm_size(q->comm)), "rows", number(q->rows), "features",
                     number(q->train->X.cols), "outputs", number(q->Y.cols), "precision",
                     cvr_type_name(q->X.type));
}

cvr_status cvr_identity_of(const cvr_solver *s, json_t **id)
{
    char *options = NULL;
    cvr_status status = cvr_settings_json(s->problem.settings, &options);
    *id = status == CVR_OK ? texts(s, options) : NULL;
    if (status == CVR_OK && !*id)
        status = cvr_fail(CVR_NO_MEMORY, "cannot write down what a checkpoint is of");
    cvr_release(options);
    return cvr_allreduce_status(s->problem.comm, status);
}

cvr_status cvr_identity_write(const cvr_solver *s, const json_t *id,
                              cvr_checkpoint_writer *w)
{
    const char *key;
    json_t *text;
    cvr_status status = CVR_OK;
    json_object_foreach((json_t *)id, key, text)
        CVR_TRY(cvr_checkpoint_say(w, key, json_string_value(text)));
    CVR_TRY(cvr_checkpoint_say(w, "remembered", s->remembered ? s->remembered : ""));
done:
    return status;
}

/* ---- what has to be the same ------------------------------------------------------- */

/* Options that do not change an iteration. */
static bool may_differ(const char *option)
{
    static const char *const free[] = {"max-iterations",        "time-limit", "tolerance",
                                       "target-train-accuracy", "threads",    "device"};
    for (size_t i = 0; i < sizeof free / sizeof *free; i++)
        if (strcmp(option, free[i]) == 0)
            return true;
    return false;
}

/* A value as the user would write it. */
static const char *written(const json_t *value, char text[128])
{
    if (!value || json_is_null(value))
        snprintf(text, 128, "not set");
    else if (json_is_string(value))
        snprintf(text, 128, "%s", json_string_value(value));
    else if (json_is_boolean(value))
        snprintf(text, 128, "%s", json_is_true(value) ? "yes" : "no");
    else if (json_is_integer(value))
        snprintf(text, 128, "%lld", (long long)json_integer_value(value));
    else
        snprintf(text, 128, "%.15g", json_number_value(value));
    return text;
}

static cvr_status same_options(const char *path, const char *theirs, const char *ours)
{
    json_t *a = json_loads(theirs, 0, NULL), *b = json_loads(ours, 0, NULL), *value;
    const char *name;
    char here[128], there[128];
    cvr_status status = CVR_OK;
    json_object_foreach(b, name, value)
    {
        json_t *was = json_object_get(a, name);
        if (!may_differ(name) && !(was && json_equal(was, value)))
            CVR_FAIL(CVR_USAGE,
                     "%s: --%s is %s there and %s here; to resume it must not change",
                     path, name, written(was, there), written(value, here));
    }
    if (json_object_size(a) != json_object_size(b))
        CVR_FAIL(CVR_BAD_DATA, "%s: its options are not those of this version", path);
done:
    json_decref(a);
    json_decref(b);
    return status;
}

cvr_status cvr_identity_check(const cvr_checkpoint_reader *r, const json_t *id)
{
    static const struct {
        const char *key, *there, *here;
    } all[] = {{"layout", "its layout is", "this version reads"},
               {"version", "its version is", "this one is"},
               {"method", "its method is", "this run's is"},
               {"precision", "its precision is", "this run's is"},
               {"bias", "its bias is", "this run's is"},
               {"rows", "its training rows are", "here they are"},
               {"features", "the columns of its X are", "here they are"},
               {"outputs", "its outputs are", "here they are"}};
    const char *path = r->file.path, *options = cvr_safetensors_text(&r->file, "options");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const char *theirs = cvr_safetensors_text(&r->file, all[i].key);
        const char *ours = json_string_value(json_object_get(id, all[i].key));
        if (!theirs || strcmp(theirs, ours) != 0)
            return cvr_fail(CVR_BAD_DATA, "%s: %s %.40s, %s %s", path, all[i].there,
                            theirs ? theirs : "not given", all[i].here, ours);
    }
    return same_options(path, options ? options : "{}",
                        json_string_value(json_object_get(id, "options")));
}
