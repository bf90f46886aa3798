/* CIFAR binary records: label bytes, then 32 x 32 planes of red, green and blue.
   CIFAR-10 has one label byte (0..9), CIFAR-100 two: coarse (0..19) and fine (0..99);
   fine is the class unless the target is "coarse".
   https://www.cs.toronto.edu/~kriz/cifar.html */
#include "base/bytes.h"
#include "data/reader.h"
#include "data/targets.h"

enum { PIXELS = 3 * 32 * 32 };

typedef struct cifar {
    int labels;  /* bytes before the pixels */
    int chosen;  /* the one that is the class */
    int classes; /* and is below these */
    int64_t records;
    unsigned char bytes[2 + PIXELS];
    double value[PIXELS], label;
} cifar;

/* Records lie one after the other: the label byte of each is small, and something in
   the pixels is not text. */
static bool sniff(const unsigned char *head, size_t size, size_t labels, int classes)
{
    size_t record = labels + PIXELS;
    bool text = true;
    if (size < record)
        return false;
    for (size_t i = labels - 1; i < size; i += record)
        if (head[i] >= classes)
            return false;
    for (size_t i = 0; i < record && text; i++)
        text = head[i] == '\t' || head[i] == '\n' || head[i] == '\r' || head[i] >= ' ';
    return !text;
}

static bool sniff10(const unsigned char *head, size_t size)
{
    return sniff(head, size, 1, 10);
}

static bool sniff100(const unsigned char *head, size_t size)
{
    if (size < 1 || head[0] >= 20)
        return false;
    return sniff(head, size, 2, 100);
}

static char *const names[] = {"coarse", "fine"};

/* CIFAR-10's label, the fine one of CIFAR-100, or the one that the target names. */
static cvr_status open(cvr_reader *r, int labels, const int *classes)
{
    cvr_status status = CVR_OK;
    int32_t place[2] = {0};
    CVR_TRY(cvr_alloc(1, sizeof(cifar), "a CIFAR record", &r->state));
    cifar *c = r->state;
    c->labels = labels;
    r->targets = 1;
    if (labels == 2)
        CVR_TRY(cvr_select_targets(r->target, 2, names, r->path, place, &r->targets));
    if (r->targets > 1)
        CVR_FAIL(CVR_USAGE, "%s: one label is the class, coarse or fine", r->path);
    c->chosen = place[0] == 0 && labels == 2 && r->targets == 1 ? 0 : labels - 1;
    c->classes = classes[c->chosen];
    r->features = PIXELS;
    r->channels = 3;
    r->height = r->width = 32;
done:
    return status;
}

static cvr_status open10(cvr_reader *r)
{
    static const int classes[] = {10};
    return open(r, 1, classes);
}

static cvr_status open100(cvr_reader *r)
{
    static const int classes[] = {20, 100};
    return open(r, 2, classes);
}

static cvr_status next(cvr_reader *r, cvr_row *row, bool *end)
{
    cifar *c = r->state;
    cvr_status status = CVR_OK;
    size_t got = 0, size = (size_t)(c->labels + PIXELS);
    long long byte = cvr_stream_offset(r->in);
    CVR_TRY(cvr_stream_read(r->in, c->bytes, size, &got));
    *end = got == 0;
    if (*end)
        goto done;
    c->records++;
    if (got < size)
        CVR_FAIL(
            CVR_BAD_DATA,
            "%s: record %lld, which begins at byte %lld, is cut off: %zu of %zu bytes",
            r->path, (long long)c->records, byte, got, size);
    if (c->bytes[c->chosen] >= c->classes)
        CVR_FAIL(CVR_BAD_DATA, "%s: record %lld (byte %lld): label %d is not in 0..%d",
                 r->path, (long long)c->records, byte + c->chosen, c->bytes[c->chosen],
                 c->classes - 1);
    for (int i = 0; i < PIXELS; i++)
        c->value[i] = c->bytes[c->labels + i];
    c->label = c->bytes[c->chosen];
    *row = (cvr_row){.count = PIXELS, .value = c->value, .target = &c->label};
done:
    return status;
}

static void close(cvr_reader *r)
{
    cvr_release(r->state);
}

const cvr_format cvr_format_cifar10 = {
    "cifar10", "CIFAR-10 binary records", sniff10, open10, next, close};
const cvr_format cvr_format_cifar100 = {
    "cifar100", "CIFAR-100 binary records", sniff100, open100, next, close};
