/* The metadata's texts: format, kind, task, classes (a JSON list), threshold, transform
   (a JSON object), columns (of tables, columns_json.h), record (a JSON object);
   safetensors.c adds the checksum. Without them a model maps raw features to values. */
#include "model/metadata.h"

#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "data/columns.h"
#include "data/dataset.h"
#include "data/describe.h"
#include "data/transform.h"
#include "model/columns_json.h"
#include "model/model.h"

static const char *const kind_names[] = {"network", "gated", "kernel", NULL};
static const char *const part_names[] = {"arc", "mix", "tree", "exp", NULL};
static const char *const task_names[] = {"auto", "classify", "regress", NULL};
static const char *const normalize_names[] = {"none",  "global", "feature", "unit",
                                              "scale", "hops",   NULL};

/* Index of a name in a NULL-ended list, -1: not in it. */
static int index_of(const char *const *names, const char *name)
{
    for (int i = 0; name && names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

/* ---- writing ----------------------------------------------------------------------- */

/* Whole numbers of a transform: name, place, the least and the most they may be. */
enum { SIDE = 65536 };
static const struct {
    const char *name;
    size_t at;
    int least, most;
} whole[] = {{"channels", offsetof(cvr_transform, channels), 0, SIDE},
             {"height", offsetof(cvr_transform, height), 0, SIDE},
             {"width", offsetof(cvr_transform, width), 0, SIDE},
             {"new_height", offsetof(cvr_transform, new_height), 0, SIDE},
             {"new_width", offsetof(cvr_transform, new_width), 0, SIDE},
             {"libsvm_base", offsetof(cvr_transform, libsvm_base), -1, 1}};

/* What images become: {"mirror": true, ..., "groups": [[first, count, even], ...]} */
static json_t *description_json(const cvr_transform *t)
{
    json_t *groups = json_array();
    for (int k = 0; k < t->groups; k++)
        json_array_append_new(groups,
                              json_pack("[I, I, I]", (json_int_t)t->group[k].first,
                                        (json_int_t)t->group[k].count,
                                        (json_int_t)t->group[k].even));
    return json_pack("{s:b, s:i, s:f, s:o}", "mirror", t->mirror, "filters", t->filters,
                     "factor", t->factor, "groups", groups);
}

static json_t *transform_json(const cvr_transform *t)
{
    char *descriptor = cvr_descriptor_name(t->descriptor);
    json_t *object = json_pack(
        "{s:b, s:s, s:s, s:s, s:I, s:I}", "gray", t->gray, "descriptor", descriptor,
        "normalize", normalize_names[t->normalize], "bias", cvr_bias_name(t->bias),
        "features", (json_int_t)t->features, "raw_features", (json_int_t)t->raw_features);
    for (size_t i = 0; object && i < sizeof whole / sizeof *whole; i++) {
        const int *value = (const int *)((const char *)t + whole[i].at);
        json_object_set_new(object, whole[i].name, json_integer(*value));
    }
    if (object && t->groups > 0)
        json_object_update_new(object, description_json(t));
    if (object && (t->hops > 0 || t->row_sums))
        json_object_update_new(
            object, json_pack("{s:i, s:b}", "hops", t->hops, "row_sums", t->row_sums));
    free(descriptor);
    return object;
}

static json_t *names_json(const cvr_model *m)
{
    json_t *list = json_array();
    for (int i = 0; i < m->classes; i++)
        json_array_append_new(list, json_string(m->class_names[i]));
    return list;
}

/* {"clip": 3, "parts": [{"kind": "arc", "weight": 1, ...}, ...]} */
static json_t *machine_json(const cvr_machine *machine)
{
    json_t *parts = json_array();
    for (int k = 0; k < machine->parts; k++) {
        const cvr_kernel_part *p = &machine->part[k];
        json_array_append_new(
            parts,
            json_pack("{s:s, s:f, s:f, s:f, s:f, s:I, s:I, s:I}", "kind",
                      part_names[p->kind], "weight", p->weight, "bias2", p->bias2,
                      "gated", p->gated, "relu", p->relu, "first", (json_int_t)p->first,
                      "count", (json_int_t)p->count, "even", (json_int_t)p->even));
    }
    return json_pack("{s:f, s:o}", "clip", machine->clip, "parts", parts);
}

/* A JSON value as the text that the metadata holds; takes value. */
static json_t *as_text(json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_t *string = text ? json_string(text) : NULL;
    json_decref(value);
    free(text);
    return string;
}

json_t *cvr_metadata_write(const cvr_model *m)
{
    json_t *meta = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:s}", "format", "cvxrelu",
                             "kind", kind_names[m->kind], "task", task_names[m->task],
                             "classes", as_text(names_json(m)), "threshold",
                             as_text(json_real(m->threshold)), "transform",
                             as_text(transform_json(&m->transform)), "record", m->record);
    if (meta && (m->kind == CVR_KERNEL || m->machine.clip > 0))
        json_object_set_new(meta, "machine", as_text(machine_json(&m->machine)));
    if (meta && m->transform.columns.count > 0 &&
        json_object_set_new(meta, "columns",
                            as_text(cvr_columns_to_json(&m->transform.columns))) != 0) {
        json_decref(meta);
        return NULL;
    }
    return meta;
}

/* ---- reading ----------------------------------------------------------------------- */

static bool read_whole(const json_t *object, cvr_transform *t)
{
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        const json_t *n = json_object_get(object, whole[i].name);
        json_int_t value = json_integer_value(n);
        if (!json_is_integer(n) || value < whole[i].least || value > whole[i].most)
            return false;
        *(int *)((char *)t + whole[i].at) = (int)value;
    }
    return true;
}

static bool fits(const cvr_transform *t, int64_t inputs)
{
    int64_t pixels = cvr_times(t->channels, cvr_times(t->height, t->width));
    return t->features == inputs && t->raw_features >= 0 && t->raw_features <= INT_MAX &&
           t->hops >= 0 && t->hops <= CVR_HOPS_MOST &&
           (t->hops == 0 || cvr_times(t->raw_features, t->hops + 1) == inputs) &&
           (t->channels == 0 || t->raw_features == pixels) &&
           (t->descriptor == CVR_UNDESCRIBED || t->channels > 0);
}

/* A name; version 0.1 said whether there is a column of ones. */
static bool read_bias(const json_t *value, cvr_bias *bias)
{
    const char *name = json_string_value(value);
    *bias = json_is_true(value) ? CVR_BIAS_PENALISED : CVR_BIAS_NONE;
    for (int i = CVR_BIAS_FREE; name && i <= CVR_BIAS_NONE; i++)
        if (strcmp(name, cvr_bias_name((cvr_bias)i)) == 0) {
            *bias = (cvr_bias)i;
            return true;
        }
    return json_is_boolean(value);
}

/* Columns of each group within the features, which the images' own room checks. */
static bool read_groups(const json_t *list, cvr_transform *t)
{
    size_t count = json_array_size(list);
    bool ok = count <= CVR_GROUPS;
    t->groups = ok ? (int)count : 0;
    for (int k = 0; ok && k < t->groups; k++) {
        json_int_t first, columns, even;
        ok = json_unpack(json_array_get(list, (size_t)k), "[I, I, I]", &first, &columns,
                         &even) == 0;
        if (ok)
            t->group[k] = (cvr_group){first, columns, even};
    }
    return ok;
}

/* {"gray": ..., "normalize": "global", ...} as transform_json writes it. */
static bool read_transform(const char *text, int64_t inputs, cvr_transform *t)
{
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    int gray = 0;
    json_t *bias = NULL; /* the object's */
    json_int_t features = 0, raw = 0;
    const char *normalize = NULL, *descriptor = "none"; /* unnamed in older models */
    bool ok = json_unpack(object, "{s:b, s?s, s:s, s:o, s:I, s:I}", "gray", &gray,
                          "descriptor", &descriptor, "normalize", &normalize, "bias",
                          &bias, "features", &features, "raw_features", &raw) == 0;
    int index = index_of(normalize_names, normalize);
    int description = ok ? cvr_descriptor_find(descriptor) : -1, mirror = 0;
    int row_sums = 0;
    ok = ok && index >= 0 && description >= 0 && read_bias(bias, &t->bias) &&
         read_whole(object, t) &&
         json_unpack(object, "{s?b, s?i, s?F, s?i, s?b}", "mirror", &mirror, "filters",
                     &t->filters, "factor", &t->factor, "hops", &t->hops, "row_sums",
                     &row_sums) == 0 &&
         read_groups(json_object_get(object, "groups"), t);
    t->normalize = index >= 0 ? (cvr_normalize)index : CVR_NORMALIZE_NONE;
    t->descriptor = description >= 0 ? (unsigned)description : CVR_UNDESCRIBED;
    t->mirror = mirror;
    t->row_sums = row_sums;
    t->gray = gray;
    t->features = features;
    t->raw_features = raw;
    json_decref(object);
    return ok && fits(t, inputs);
}

static cvr_status read_names(const cvr_safetensors *f, const char *text, cvr_model *m)
{
    json_t *list = text ? json_loads(text, 0, NULL) : NULL;
    cvr_status status = CVR_OK;
    if (text && !json_is_array(list))
        CVR_FAIL(CVR_BAD_DATA, "%s: its classes are not a list", f->path);
    CVR_TRY(cvr_alloc((int64_t)json_array_size(list), sizeof *m->class_names,
                      "class names", (void **)&m->class_names));
    m->classes = (int)json_array_size(list);
    for (int i = 0; i < m->classes; i++) {
        const char *name = json_string_value(json_array_get(list, (size_t)i));
        if (!name)
            CVR_FAIL(CVR_BAD_DATA, "%s: class %d has no name", f->path, i);
        CVR_TRY(cvr_text_copy(name, &m->class_names[i]));
    }
done:
    json_decref(list);
    return status;
}

/* Classes and outputs go together: 2 with one output, else one each, none for values. */
static bool classes_fit(const cvr_model *m)
{
    int expected = m->outputs == 1 ? 2 : m->outputs;
    return m->classes == (m->task == CVR_CLASSIFY ? expected : 0);
}

/* A finite number; 0 when there is none. */
static bool read_threshold(const char *text, double *threshold)
{
    json_t *number = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    bool ok = !text || json_is_number(number);
    *threshold = json_number_value(number);
    json_decref(number);
    return ok && isfinite(*threshold);
}

static cvr_status read_task(const cvr_safetensors *f, cvr_model *m)
{
    const char *task = cvr_safetensors_text(f, "task");
    int index = task ? index_of(task_names, task) : CVR_REGRESS;
    cvr_status status = CVR_OK;
    if (index < CVR_CLASSIFY)
        CVR_FAIL(CVR_BAD_DATA, "%s: its task '%.20s' is unknown", f->path, task);
    m->task = (cvr_task)index;
    if (!read_threshold(cvr_safetensors_text(f, "threshold"), &m->threshold))
        CVR_FAIL(CVR_BAD_DATA, "%s: its threshold is not a number", f->path);
    CVR_TRY(read_names(f, cvr_safetensors_text(f, "classes"), m));
    if (!classes_fit(m))
        CVR_FAIL(CVR_BAD_DATA, "%s: %d classes do not fit %d outputs", f->path,
                 m->classes, m->outputs);
done:
    return status;
}

/* Without a record: an empty one. */
static cvr_status read_record(const cvr_safetensors *f, cvr_model *m)
{
    const char *text = cvr_safetensors_text(f, "record");
    json_t *record = text ? json_loads(text, 0, NULL) : NULL;
    cvr_status status = CVR_OK;
    if (text && !json_is_object(record))
        CVR_FAIL(CVR_BAD_DATA, "%s: its record is not a JSON object", f->path);
    cvr_release(m->record);
    m->record = NULL;
    CVR_TRY(cvr_text_copy(text ? text : "{}", &m->record));
done:
    json_decref(record);
    return status;
}

/* The list of parts; NULL: none. The caller owns *machine. */
static json_t *part_list(const cvr_safetensors *f, json_t **machine)
{
    const char *text = cvr_safetensors_text(f, "machine");
    *machine = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    return json_object_get(*machine, "parts");
}

int cvr_metadata_parts(const cvr_safetensors *f)
{
    enum { MOST = 64 };
    json_t *machine, *parts = part_list(f, &machine);
    size_t count = json_array_size(parts);
    json_decref(machine);
    return count <= MOST ? (int)count : 0;
}

static bool read_part(json_t *object, int64_t features, cvr_kernel_part *p)
{
    const char *kind = NULL;
    json_int_t first = 0, count = 0, even = 0;
    bool ok =
        json_unpack(object, "{s:s, s:F, s:F, s:F, s:F, s:I, s:I, s?I}", "kind", &kind,
                    "weight", &p->weight, "bias2", &p->bias2, "gated", &p->gated, "relu",
                    &p->relu, "first", &first, "count", &count, "even", &even) == 0;
    int index = index_of(part_names, kind);
    p->kind = index >= 0 ? (cvr_kernel_kind)index : CVR_KERNEL_ARC;
    p->first = first;
    p->count = count;
    p->even = even;
    return ok && index >= 0 && isfinite(p->weight) && p->bias2 >= 0 &&
           (p->bias2 > 0 || p->kind != CVR_KERNEL_EXP) && first >= 0 && count > 0 &&
           first <= features && count <= features - first && even >= 0 && even <= count;
}

cvr_status cvr_metadata_machine(const cvr_safetensors *f, cvr_machine *machine)
{
    json_t *object, *parts = part_list(f, &object);
    bool ok = json_unpack(object, "{s:F}", "clip", &machine->clip) == 0 &&
              machine->clip >= 0 && isfinite(machine->clip);
    for (int k = 0; ok && k < machine->parts; k++)
        ok = read_part(json_array_get(parts, (size_t)k), machine->Z.cols,
                       &machine->part[k]);
    json_decref(object);
    return ok ? CVR_OK
              : cvr_fail(CVR_BAD_DATA, "%s: its kernel does not fit its points", f->path);
}

bool cvr_metadata_kind_fits(const cvr_safetensors *f, cvr_model_kind kind)
{
    const char *name = cvr_safetensors_text(f, "kind");
    return !name || index_of(kind_names, name) == (int)kind;
}

/* Columns of a raw row, and the inputs that become of them. */
static cvr_status read_columns(const cvr_safetensors *f, int64_t inputs, cvr_transform *t)
{
    const char *text = cvr_safetensors_text(f, "columns");
    json_t *object = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    cvr_status status = CVR_OK;
    bool ok = true;
    if (text)
        CVR_TRY(cvr_columns_from_json(object, &t->columns, &ok));
    if (!ok || (text && (cvr_columns_raw(&t->columns) != t->raw_features ||
                         cvr_columns_width(&t->columns) != inputs)))
        CVR_FAIL(CVR_BAD_DATA, "%s: its columns do not fit its %lld inputs", f->path,
                 (long long)inputs);
done:
    json_decref(object);
    return status;
}

cvr_status cvr_metadata_read(const cvr_safetensors *f, cvr_model *m)
{
    int64_t inputs = cvr_model_inputs(m);
    const char *transform = cvr_safetensors_text(f, "transform");
    cvr_status status = CVR_OK;
    m->transform =
        (cvr_transform){.features = inputs, .raw_features = inputs, .libsvm_base = -1};
    if (transform && !read_transform(transform, inputs, &m->transform))
        CVR_FAIL(CVR_BAD_DATA, "%s: its transform does not fit its %lld inputs", f->path,
                 (long long)inputs);
    CVR_TRY(read_columns(f, inputs, &m->transform));
    CVR_TRY(read_task(f, m));
    CVR_TRY(read_record(f, m));
done:
    return status;
}
