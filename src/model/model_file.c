/* Models as safetensors. Tensors: W1 (out x in), b1 (out), W2, b2, ...; a gated model: W1
   (outputs gates x in), b1, H (gates x in), g (gates), b2 (outputs), the constant, which
   version 0.1 had not, and V where there are components; a kernel model: W1 (outputs x
   points), b1, Z (points x in), V, and of part k with gates Hk, gk; shift and scale of
   the transform; calibration (outputs + 1 x classes). A file of another program needs the
   weights only. */
#include "model/model_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomic_file.h"
#include "base/bytes.h"
#include "linalg/mats.h"
#include "model/metadata.h"
#include "model/model.h"
#include "model/torch.h"

/* ---- writing ----------------------------------------------------------------------- */

enum {
    EXTRA = 7 + 2 * CVR_LAYERS
}; /* H g b2 V, or Z V; shift scale calibration; filters */

static void name_tensor(cvr_tensor *t, const char *letter, int i)
{
    if (i > 0)
        snprintf(t->name, sizeof t->name, "%s%d", letter, i);
    else
        snprintf(t->name, sizeof t->name, "%s", letter);
}

static int list_machine(const cvr_machine *machine, cvr_tensor *t)
{
    int count = 0;
    t[count++] = (cvr_tensor){.name = "Z", .A = machine->Z};
    if (machine->V.data)
        t[count++] = (cvr_tensor){.name = "V", .A = machine->V};
    for (int k = 0; k < machine->parts; k++)
        if (machine->part[k].gates.W.data) {
            t[count] = (cvr_tensor){.A = machine->part[k].gates.W};
            name_tensor(&t[count++], "H", k + 1);
            t[count] = (cvr_tensor){.A = machine->part[k].gates.b, .vector = true};
            name_tensor(&t[count++], "g", k + 1);
        }
    return count;
}

/* Fills in tensors and returns how many. */
static int list_tensors(const cvr_model *m, cvr_tensor *t)
{
    int count = 0;
    for (int i = 0; i < m->depth; i++) {
        t[count] = (cvr_tensor){.A = m->layers[i].W};
        name_tensor(&t[count++], "W", i + 1);
        t[count] = (cvr_tensor){.A = m->layers[i].b, .vector = true};
        name_tensor(&t[count++], "b", i + 1);
    }
    if (m->kind == CVR_GATED) {
        t[count++] = (cvr_tensor){.name = "H", .A = m->gates.W};
        t[count++] = (cvr_tensor){.name = "g", .A = m->gates.b, .vector = true};
        t[count++] = (cvr_tensor){.name = "b2", .A = m->constant, .vector = true};
        if (m->machine.V.data)
            t[count++] = (cvr_tensor){.name = "V", .A = m->machine.V};
    }
    if (m->kind == CVR_KERNEL)
        count += list_machine(&m->machine, t + count);
    if (m->calibration.data)
        t[count++] = (cvr_tensor){.name = "calibration", .A = m->calibration};
    if (m->transform.shift.data) {
        t[count++] = (cvr_tensor){"shift", m->transform.shift, true};
        t[count++] = (cvr_tensor){"scale", m->transform.scale, true};
    }
    for (int k = 0; k < CVR_LAYERS; k++)
        if (m->transform.layer[k].W.data) {
            t[count] = (cvr_tensor){.A = m->transform.layer[k].W};
            name_tensor(&t[count++], "filters", k + 1);
            t[count] = (cvr_tensor){.A = m->transform.layer[k].c, .vector = true};
            name_tensor(&t[count++], "thresholds", k + 1);
        }
    return count;
}

cvr_status cvr_model_to_bytes(const cvr_model *m, unsigned char **bytes, size_t *size)
{
    cvr_tensor *tensors = NULL;
    json_t *meta = cvr_metadata_write(m);
    int64_t length = 0;
    cvr_status status = CVR_OK;
    *bytes = NULL;
    *size = 0;
    if (!meta)
        CVR_FAIL(CVR_NO_MEMORY, "cannot write down the model's metadata");
    CVR_TRY(cvr_alloc(2 * (int64_t)(m->depth + m->machine.parts) + EXTRA, sizeof *tensors,
                      "tensors", (void **)&tensors));
    CVR_TRY(
        cvr_safetensors_encode(tensors, list_tensors(m, tensors), meta, bytes, &length));
    *size = (size_t)length;
done:
    json_decref(meta);
    cvr_release(tensors);
    return status;
}

cvr_status cvr_model_save(const cvr_model *m, const char *path)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    cvr_atomic out = {0};
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_model_to_bytes(m, &bytes, &size));
    CVR_TRY(cvr_atomic_open(path, &out));
    CVR_TRY(cvr_atomic_write(&out, bytes, size));
    CVR_TRY(cvr_atomic_commit(&out));
done:
    cvr_atomic_discard(&out);
    cvr_release(bytes);
    return status;
}

/* ---- reading: weights -------------------------------------------------------------- */

static cvr_status no_model(const cvr_safetensors *f, const char *what)
{
    return cvr_fail(CVR_BAD_DATA, "%s: %s", f->path, what);
}

/* Rows and columns of W<i> or b<i>; false: not there. */
static bool find_layer(const cvr_safetensors *f, const char *letter, int i, int64_t *rows,
                       int64_t *cols, cvr_type *type)
{
    cvr_tensor t;
    name_tensor(&t, letter, i);
    return cvr_safetensors_shape(f, t.name, rows, cols, type);
}

static int count_layers(const cvr_safetensors *f)
{
    int depth = 0;
    int64_t rows, cols;
    cvr_type type;
    while (find_layer(f, "W", depth + 1, &rows, &cols, &type))
        depth++;
    return depth;
}

/* sizes[0 .. depth] of layers that fit each other; double when one of them is. */
static cvr_status layer_sizes(const cvr_safetensors *f, int depth, int64_t *sizes,
                              cvr_type *widest)
{
    *widest = CVR_SINGLE;
    for (int i = 0; i < depth; i++) {
        int64_t rows = 0, cols = 0, biases = 0, one = 0;
        cvr_type type = CVR_DOUBLE, bias_type = CVR_DOUBLE;
        find_layer(f, "W", i + 1, &rows, &cols, &type);
        if (rows > INT_MAX || cols > INT_MAX)
            return no_model(f, "a layer has more than 2^31 units");
        if (cols == 0 &&
            (i == 0 || !find_layer(f, "b", i + 1, &biases, &one, &bias_type)))
            return no_model(f, "a layer has no inputs");
        if (i > 0 && cols != sizes[i])
            return cvr_fail(CVR_BAD_DATA, "%s: W%d takes %lld inputs, W%d gives %lld",
                            f->path, i + 1, (long long)cols, i, (long long)sizes[i]);
        sizes[i] = cols;
        sizes[i + 1] = rows;
        if (type == CVR_DOUBLE)
            *widest = CVR_DOUBLE;
    }
    return sizes[depth] > 0 ? CVR_OK : no_model(f, "the network has no outputs");
}

/* W and, when it is there, b (else zeroes); counts the tensors used. */
static cvr_status read_pair(const cvr_safetensors *f, const char *w, const char *b, int i,
                            cvr_layer *layer, int *used)
{
    int64_t rows, cols;
    cvr_type type;
    cvr_tensor t;
    cvr_status status = CVR_OK;
    name_tensor(&t, w, i);
    CVR_TRY(cvr_safetensors_read(f, t.name, layer->W));
    *used += 1;
    name_tensor(&t, b, i);
    if (find_layer(f, b, i, &rows, &cols, &type)) {
        CVR_TRY(cvr_safetensors_read(f, t.name, layer->b));
        *used += 1;
    }
done:
    return status;
}

static cvr_status read_network(const cvr_safetensors *f, int depth, cvr_model *m,
                               int *used)
{
    int64_t *sizes = NULL;
    cvr_type type = CVR_DOUBLE;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_alloc(depth + 1, sizeof *sizes, "layer sizes", (void **)&sizes));
    CVR_TRY(layer_sizes(f, depth, sizes, &type));
    CVR_TRY(cvr_model_new(type, depth, sizes, m));
    for (int i = 0; i < depth; i++)
        CVR_TRY(read_pair(f, "W", "b", i + 1, &m->layers[i], used));
done:
    cvr_release(sizes);
    return status;
}

/* V, where rows are multiplied by one: features x `inputs` of what follows. */
static cvr_status read_components(const cvr_safetensors *f, cvr_mat like, int64_t inputs,
                                  cvr_mat *V, int *used)
{
    int64_t features = 0, columns = 0;
    cvr_type type = CVR_DOUBLE;
    cvr_status status = CVR_OK;
    if (!cvr_safetensors_shape(f, "V", &features, &columns, &type))
        return CVR_OK;
    if (features < 1 || features > INT_MAX || columns != inputs)
        return no_model(f, "its components V do not fit its points Z or gates H");
    CVR_TRY(CVR_MATS_NEW(like, features, columns, V));
    CVR_TRY(cvr_safetensors_read(f, "V", *V));
    *used += 1;
done:
    return status;
}

/* Rows of W1: outputs x gates. */
static cvr_status read_gated(const cvr_safetensors *f, cvr_model *m, int *used)
{
    int64_t gates = 0, inputs = 0, sizes[2] = {0};
    cvr_type type = CVR_DOUBLE, gate_type = CVR_DOUBLE;
    cvr_status status = CVR_OK;
    CVR_TRY(layer_sizes(f, 1, sizes, &type));
    cvr_safetensors_shape(f, "H", &gates, &inputs, &gate_type);
    if (gates < 1 || inputs != sizes[0] || sizes[1] % gates != 0)
        CVR_FAIL(CVR_BAD_DATA, "%s: gates H (%lld x %lld) do not fit W1 (%lld x %lld)",
                 f->path, (long long)gates, (long long)inputs, (long long)sizes[1],
                 (long long)sizes[0]);
    CVR_TRY(cvr_model_new_gated(gate_type == CVR_DOUBLE ? CVR_DOUBLE : type, inputs,
                                gates, (int)(sizes[1] / gates), m));
    CVR_TRY(read_pair(f, "W", "b", 1, &m->layers[0], used));
    CVR_TRY(read_pair(f, "H", "g", 0, &m->gates, used));
    if (cvr_safetensors_shape(f, "b2", &gates, &inputs, &type)) {
        CVR_TRY(cvr_safetensors_read(f, "b2", m->constant));
        *used += 1;
    }
    if (cvr_safetensors_text(f, "machine"))
        CVR_TRY(cvr_metadata_machine(f, &m->machine));
    CVR_TRY(read_components(f, m->gates.W, sizes[0], &m->machine.V, used));
done:
    return status;
}

/* Gates of part k where the file has some: they look at the part's columns. */
static cvr_status read_part(const cvr_safetensors *f, int k, cvr_kernel_part *p,
                            int *used)
{
    int64_t gates = 0, count = 0;
    cvr_type type = CVR_DOUBLE;
    cvr_status status = CVR_OK;
    if (p->kind == CVR_KERNEL_ARC)
        return CVR_OK;
    find_layer(f, "H", k, &gates, &count, &type);
    if (gates < 1 || count != p->count || (p->even > 0 && gates % 2 != 0))
        CVR_FAIL(CVR_BAD_DATA, "%s: gates H%d (%lld x %lld) do not fit %lld columns of Z",
                 f->path, k, (long long)gates, (long long)count, (long long)p->count);
    CVR_TRY(cvr_mat_new(cvr_cpu(), type, gates, count, &p->gates.W));
    CVR_TRY(cvr_mat_new(cvr_cpu(), type, gates, 1, &p->gates.b));
    CVR_TRY(read_pair(f, "H", "g", k, &p->gates, used));
done:
    return status;
}

/* W1 is outputs x points. */
static cvr_status read_kernel(const cvr_safetensors *f, cvr_model *m, int *used)
{
    int64_t points = 0, inputs = 0, sizes[2] = {0};
    cvr_type type = CVR_DOUBLE;
    int parts = cvr_metadata_parts(f);
    cvr_status status = CVR_OK;
    CVR_TRY(layer_sizes(f, 1, sizes, &type));
    cvr_safetensors_shape(f, "Z", &points, &inputs, &type);
    if (points != sizes[0] || inputs < 1 || inputs > INT_MAX || parts < 1)
        return no_model(f, "its points Z do not fit W1");
    CVR_TRY(cvr_model_new_kernel(type, inputs, points, parts, (int)sizes[1], m));
    CVR_TRY(cvr_metadata_machine(f, &m->machine));
    CVR_TRY(read_pair(f, "W", "b", 1, &m->layers[0], used));
    CVR_TRY(cvr_safetensors_read(f, "Z", m->machine.Z));
    *used += 1;
    CVR_TRY(read_components(f, m->machine.Z, inputs, &m->machine.V, used));
    for (int k = 0; k < parts; k++)
        CVR_TRY(read_part(f, k + 1, &m->machine.part[k], used));
done:
    return status;
}

static cvr_model_kind kind_of(const cvr_safetensors *f)
{
    int64_t rows, cols;
    cvr_type type;
    if (cvr_safetensors_shape(f, "Z", &rows, &cols, &type))
        return CVR_KERNEL;
    return cvr_safetensors_shape(f, "H", &rows, &cols, &type) ? CVR_GATED : CVR_NETWORK;
}

static cvr_status read_weights(const cvr_safetensors *f, cvr_model *m, int *used)
{
    int depth = count_layers(f);
    cvr_model_kind kind = kind_of(f);
    if (cvr_safetensors_checkpoint(f))
        return no_model(
            f, "it is a checkpoint, not a model: train --resume resumes from it");
    if (depth == 0) {
        cvr_fail(CVR_BAD_DATA, "%s: tensor W1, the first layer, is missing", f->path);
        cvr_hint("the weights of layers are called W1, W2, ... or, as PyTorch does, "
                 "NAME.weight");
        return CVR_BAD_DATA;
    }
    if (!cvr_metadata_kind_fits(f, kind))
        return no_model(f, "its kind does not fit its tensors");
    if (kind != CVR_NETWORK && depth != 1)
        return no_model(f, "a gated or kernel model has one layer");
    return kind == CVR_KERNEL  ? read_kernel(f, m, used)
           : kind == CVR_GATED ? read_gated(f, m, used)
                               : read_network(f, depth, m, used);
}

/* shift and scale, a row a feature; both or neither. */
static cvr_status read_scaling(const cvr_safetensors *f, cvr_transform *t, int *used)
{
    int64_t rows, cols;
    cvr_type type;
    cvr_status status = CVR_OK;
    if (!cvr_safetensors_shape(f, "shift", &rows, &cols, &type))
        return t->normalize == CVR_NORMALIZE_NONE
                   ? CVR_OK
                   : no_model(f, "its normalisation has no shift and scale");
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, t->features, 1, &t->shift));
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, t->features, 1, &t->scale));
    CVR_TRY(cvr_safetensors_read(f, "shift", t->shift));
    CVR_TRY(cvr_safetensors_read(f, "scale", t->scale));
    *used += 2;
done:
    return status;
}

/* The filters of images that the transform describes: a pair a layer, of any size. */
static cvr_status read_filters(const cvr_safetensors *f, cvr_transform *t, int *used)
{
    cvr_status status = CVR_OK;
    for (int k = 0; k < CVR_LAYERS; k++) {
        int64_t inputs = 0, filters = 0;
        cvr_type type = CVR_DOUBLE;
        find_layer(f, "filters", k + 1, &inputs, &filters, &type);
        if (inputs < 1 || filters < 1)
            continue;
        CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, inputs, filters, &t->layer[k].W));
        CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, filters, 1, &t->layer[k].c));
        cvr_layer pair = {t->layer[k].W, t->layer[k].c};
        CVR_TRY(read_pair(f, "filters", "thresholds", k + 1, &pair, used));
    }
done:
    return status;
}

static cvr_status read_calibration(const cvr_safetensors *f, cvr_model *m, int *used)
{
    int64_t rows = 0, cols = 0;
    cvr_type type;
    cvr_status status = CVR_OK;
    if (!cvr_safetensors_shape(f, "calibration", &rows, &cols, &type))
        return CVR_OK;
    if (rows != m->outputs + 1 || cols != m->classes || m->classes < 2)
        return no_model(f, "its calibration does not fit its classes");
    CVR_TRY(cvr_mat_new(cvr_cpu(), CVR_DOUBLE, rows, cols, &m->calibration));
    CVR_TRY(cvr_safetensors_read(f, "calibration", m->calibration));
    *used += 1;
done:
    return status;
}

static cvr_status read_file(const cvr_safetensors *f, cvr_model *m)
{
    int used = 0;
    cvr_status status = CVR_OK;
    CVR_TRY(read_weights(f, m, &used));
    CVR_TRY(cvr_metadata_read(f, m));
    CVR_TRY(read_scaling(f, &m->transform, &used));
    CVR_TRY(read_filters(f, &m->transform, &used));
    CVR_TRY(read_calibration(f, m, &used));
    if (used != cvr_safetensors_count(f))
        CVR_FAIL(CVR_BAD_DATA, "%s: %d of its %d tensors are not part of a network",
                 f->path, cvr_safetensors_count(f) - used, cvr_safetensors_count(f));
done:
    return status;
}

cvr_status cvr_model_decode(const unsigned char *bytes, int64_t length, const char *path,
                            cvr_model *m)
{
    cvr_safetensors file = {0};
    cvr_status status = CVR_OK;
    *m = (cvr_model){0};
    CVR_TRY(cvr_safetensors_open(bytes, length, path, &file));
    CVR_TRY(cvr_torch_rename(&file));
    CVR_TRY(read_file(&file, m));
done:
    if (status != CVR_OK)
        cvr_model_free(m);
    cvr_safetensors_close(&file);
    return status;
}

cvr_status cvr_model_from_bytes(const void *bytes, size_t size, cvr_model *m)
{
    *m = (cvr_model){0};
    if (!bytes || size > INT64_MAX)
        return cvr_fail(CVR_USAGE, "there are no bytes of a model");
    return cvr_model_decode(bytes, (int64_t)size, "bytes of a model", m);
}

/* ---- files ------------------------------------------------------------------------- */

/* The whole of a regular file. */
static cvr_status read_bytes(const char *path, FILE *file, unsigned char **bytes,
                             int64_t *length)
{
    struct stat about;
    cvr_status status = CVR_OK;
    if (fstat(fileno(file), &about) != 0 || !S_ISREG(about.st_mode))
        CVR_FAIL(CVR_IO, "%s: not a regular file", path);
    *length = about.st_size;
    CVR_TRY(cvr_alloc(*length, 1, "a model file", (void **)bytes));
    if (fread(*bytes, 1, (size_t)*length, file) != (size_t)*length)
        CVR_FAIL(CVR_IO, "%s: cannot be read to its end", path);
done:
    return status;
}

cvr_status cvr_model_load(const char *path, cvr_model *m)
{
    unsigned char *bytes = NULL;
    int64_t length = 0;
    cvr_status status = CVR_OK;
    FILE *file = fopen(path, "rb");
    *m = (cvr_model){0};
    if (!file)
        CVR_FAIL(CVR_IO, "%s: %m", path);
    CVR_TRY(read_bytes(path, file, &bytes, &length));
    CVR_TRY(cvr_model_decode(bytes, length, path, m));
done:
    if (file)
        fclose(file);
    cvr_release(bytes);
    return status;
}
