/* The names of nn.Sequential and of modules with nn.Linear members. */
#define _GNU_SOURCE
#include "model/torch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"

typedef struct layer {
    const char *weight; /* the header's */
    int64_t rows, cols;
} layer;

typedef struct layers {
    layer *item;
    int count;
} layers;

/* "0.weight" or "weight" ends with the word; *length: of what is before it,
   with the dot. */
static bool ends_with(const char *name, const char *word, size_t *length)
{
    size_t n = strlen(name), m = strlen(word);
    *length = n - m;
    return n >= m && strcmp(name + n - m, word) == 0 &&
           (n == m || name[n - m - 1] == '.');
}

static cvr_status no_layer(const cvr_safetensors *f, const char *name)
{
    cvr_fail(CVR_BAD_DATA, "%s: tensor '%.60s' is not part of a network of linear layers",
             f->path, name);
    cvr_hint("what is read: nn.Linear layers with ReLU between them");
    return CVR_BAD_DATA;
}

static cvr_status find_layers(const cvr_safetensors *f, layers *l)
{
    cvr_status status = CVR_OK;
    const char *name;
    json_t *tensor;
    size_t length;
    CVR_TRY(cvr_alloc(cvr_safetensors_count(f), sizeof *l->item, "layers",
                      (void **)&l->item));
    json_object_foreach(f->header, name, tensor)
    {
        cvr_type type;
        layer *item = &l->item[l->count];
        if (!ends_with(name, "weight", &length))
            continue;
        if (!cvr_safetensors_shape(f, name, &item->rows, &item->cols, &type) ||
            json_array_size(json_object_get(tensor, "shape")) != 2)
            CVR_TRY(no_layer(f, name));
        item->weight = name;
        l->count++;
    }
done:
    return status;
}

/* ---- their order ------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strverscmp(((const layer *)a)->weight, ((const layer *)b)->weight);
}

static bool fits(const layers *l, int from)
{
    for (int i = from + 1; i < l->count; i++)
        if (l->item[i].cols != l->item[i - 1].rows)
            return false;
    return true;
}

static void swap(layer *a, layer *b)
{
    layer held = *a;
    *a = *b;
    *b = held;
}

/* Puts behind each layer the only one of the rest that takes what it gives; false: there
   is none, or more than one. */
static bool chain(layers *l)
{
    for (int i = 1; i < l->count; i++) {
        int next = -1;
        for (int k = i; k < l->count; k++)
            if (l->item[k].cols == l->item[i - 1].rows) {
                if (next >= 0)
                    return false;
                next = k;
            }
        if (next < 0)
            return false;
        swap(&l->item[i], &l->item[next]);
    }
    return true;
}

static cvr_status no_order(const cvr_safetensors *f, const layers *l)
{
    char text[300] = "";
    size_t at = 0;
    for (int i = 0; i < l->count && at < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%.40s %lld -> %lld",
                               i ? ", " : "", l->item[i].weight,
                               (long long)l->item[i].cols, (long long)l->item[i].rows);
    return cvr_fail(CVR_BAD_DATA, "%s: the sizes of its layers do not match: %s", f->path,
                    text);
}

static cvr_status order_layers(const cvr_safetensors *f, layers *l)
{
    int found = 0, first = 0;
    qsort(l->item, (size_t)l->count, sizeof *l->item, by_name);
    if (fits(l, 0))
        return CVR_OK;
    for (int i = 0; i < l->count; i++) {
        swap(&l->item[0], &l->item[i]);
        if (chain(l)) {
            found++;
            first = i;
        }
        qsort(l->item, (size_t)l->count, sizeof *l->item, by_name);
    }
    if (found != 1)
        return no_order(f, l);
    swap(&l->item[0], &l->item[first]);
    chain(l);
    return CVR_OK;
}

/* ---- our names --------------------------------------------------------------------- */

/* Copies a tensor, or nothing when it is not there; false: no memory. */
static bool copy(json_t *to, const char *new, json_t *from, const char *old, int *copied)
{
    json_t *value = json_object_get(from, old);
    *copied += value != NULL;
    return !value || json_object_set(to, new, value) == 0;
}

static cvr_status rename_tensors(const cvr_safetensors *f, const layers *l, json_t *to)
{
    int copied = 0, ignored = 0;
    bool done = copy(to, "__metadata__", f->header, "__metadata__", &ignored);
    for (int i = 0; i < l->count && done; i++) {
        char new[2][24], old[300];
        const char *weight = l->item[i].weight;
        snprintf(new[0], sizeof new[0], "W%d", i + 1);
        snprintf(new[1], sizeof new[1], "b%d", i + 1);
        snprintf(old, sizeof old, "%.*sbias", (int)(strlen(weight) - strlen("weight")),
                 weight);
        done = copy(to, new[0], f->header, weight, &copied) &&
               copy(to, new[1], f->header, old, &copied);
    }
    if (!done)
        return cvr_fail(CVR_NO_MEMORY, "%s: no memory for its header", f->path);
    if (copied == cvr_safetensors_count(f))
        return CVR_OK;
    const char *name;
    json_t *tensor;
    size_t length;
    json_object_foreach(
        f->header, name,
        tensor) if (strcmp(name, "__metadata__") != 0 &&
                    !ends_with(name, "weight", &length) &&
                    !ends_with(name, "bias", &length)) return no_layer(f, name);
    return cvr_fail(CVR_BAD_DATA, "%s: a bias is present but its weight is not", f->path);
}

static void tell(const cvr_safetensors *f, const layers *l)
{
    char text[200] = "";
    size_t at = 0;
    for (int i = 0; i < l->count && at < sizeof text; i++) {
        size_t length;
        ends_with(l->item[i].weight, "weight", &length);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%.*s", i ? ", " : "",
                               length ? (int)length - 1 : 6, l->item[i].weight);
    }
    cvr_note(CVR_LOG_NOTE, "%s: layers %s of another program, with ReLU between them",
             f->path, text);
}

cvr_status cvr_torch_rename(cvr_safetensors *f)
{
    cvr_status status = CVR_OK;
    layers l = {0};
    json_t *header = json_object();
    if (!header)
        CVR_FAIL(CVR_NO_MEMORY, "%s: no memory for its header", f->path);
    if (json_object_get(f->header, "W1"))
        goto done;
    CVR_TRY(find_layers(f, &l));
    if (l.count == 0)
        goto done;
    CVR_TRY(order_layers(f, &l));
    CVR_TRY(rename_tensors(f, &l, header));
    tell(f, &l);
    json_decref(f->header);
    f->header = header;
    header = NULL;
done:
    json_decref(header);
    cvr_release(l.item);
    return status;
}
