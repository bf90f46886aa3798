/* Networks as PyTorch saves them: names, order, types of numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <cvxrelu/model.h>

#include "base/bytes.h"
#include "model/model_file.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

typedef struct tensor {
    const char *name, *dtype, *shape;
    int count, size; /* numbers, and bytes of one; all numbers are k = 1, 2, ... */
} tensor;

/* k as a number of these bytes: IEEE doubles and floats, halves, upper
   halves of floats. */
static void put(unsigned char *to, const char *dtype, int k)
{
    static const uint16_t halves[] = {0x3c00, 0x4000, 0x4200, 0x4400, 0x4500,
                                      0x4600, 0x4700, 0x4800, 0x4880, 0x4900};
    double d = k;
    float f = (float)k;
    uint32_t bits;
    memcpy(&bits, &f, 4);
    uint16_t upper = (uint16_t)(bits >> 16);
    if (strcmp(dtype, "F64") == 0)
        memcpy(to, &d, 8);
    else if (strcmp(dtype, "F32") == 0)
        memcpy(to, &f, 4);
    else
        memcpy(to, strcmp(dtype, "F16") == 0 ? &halves[k - 1] : &upper, 2);
}

static cvr_status decode(const tensor *list, size_t count, cvr_model *m)
{
    unsigned char file[4096] = {0};
    char header[2048] = "{\"__metadata__\":{\"format\":\"pt\"}";
    int at = 0;
    for (size_t i = 0; i < count; i++) {
        char one[300];
        int size = list[i].count * list[i].size;
        snprintf(one, sizeof one,
                 ",\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}",
                 list[i].name, list[i].dtype, list[i].shape, at, at + size);
        strcat(header, one);
        at += size;
    }
    strcat(header, "}");
    size_t n = strlen(header);
    assert_true(8 + n + (size_t)at < sizeof file);
    file[0] = (unsigned char)n;
    file[1] = (unsigned char)(n >> 8);
    memcpy(file + 8, header, n);
    unsigned char *to = file + 8 + n;
    for (size_t i = 0; i < count; i++)
        for (int k = 1; k <= list[i].count; k++, to += list[i].size)
            put(to, list[i].dtype, k);
    return cvr_model_decode(file, (int64_t)n + 8 + at, "m", m);
}

static void linear_layers_become_ours(void **state)
{
    (void)state;
    static const char *const names[][4] = {
        {"0.weight", "0.bias", "2.weight", "2.bias"},
        {"net.9.weight", "net.9.bias", "net.10.weight", "net.10.bias"},
        {"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"},
        {"trunk.weight", "trunk.bias", "head.weight", "head.bias"}, /* by their sizes */
    };
    static const char *const types[] = {"F64", "F32", "F16", "BF16"};
    static const int sizes[] = {8, 4, 2, 2};
    for (size_t i = 0; i < LENGTH(names); i++)
        for (size_t k = 0; k < LENGTH(types); k++) {
            const tensor list[] = {{names[i][3], types[k], "[1]", 1, sizes[k]},
                                   {names[i][2], types[k], "[1,2]", 2, sizes[k]},
                                   {names[i][1], "F32", "[2]", 2, 4},
                                   {names[i][0], types[k], "[2,3]", 6, sizes[k]}};
            cvr_model m;
            if (decode(list, LENGTH(list), &m) != CVR_OK)
                fail_msg("%s", cvr_last_error());
            assert_int_equal(m.depth, 2);
            assert_int_equal(m.layers[0].W.type, k == 0 ? CVR_DOUBLE : CVR_SINGLE);
            for (int j = 0; j < 6; j++)
                assert_true(cvr_get(m.layers[0].W, j / 3, j % 3) == j + 1);
            assert_true(cvr_get(m.layers[0].b, 1, 0) == 2);
            assert_true(cvr_get(m.layers[1].W, 0, 1) == 2);
            assert_true(cvr_get(m.layers[1].b, 0, 0) == 1);
            cvr_model_free(&m);
        }
}

static void biases_may_be_absent(void **state)
{
    (void)state;
    static const tensor list[] = {{"weight", "F32", "[2,3]", 6, 4}};
    cvr_model m;
    assert_int_equal(decode(list, 1, &m), CVR_OK);
    assert_true(m.depth == 1 && cvr_get(m.layers[0].b, 1, 0) == 0);
    cvr_model_free(&m);
}

static void other_networks_are_refused(void **state)
{
    (void)state;
    static const struct {
        tensor list[3];
        const char *sentence;
    } cases[] = {
        {{{"0.weight", "F32", "[2,3]", 6, 4}, {"1.running_mean", "F32", "[2]", 2, 4}},
         "m: tensor '1.running_mean' is not part of a network of linear layers"},
        {{{"conv.weight", "F32", "[1,3,1,1]", 3, 4}},
         "m: tensor 'conv.weight' is not part of a network of linear layers"},
        {{{"1.weight", "F32", "[2]", 2, 4}},
         "m: tensor '1.weight' is not part of a network of linear layers"},
        {{{"0.weight", "F32", "[2,3]", 6, 4}, {"9.bias", "F32", "[2]", 2, 4}},
         "m: a bias is present but its weight is not"},
        {{{"0.weight", "F32", "[2,3]", 6, 4}, {"2.weight", "F32", "[1,4]", 4, 4}},
         "m: the sizes of its layers do not match: 0.weight 3 -> 2, 2.weight 4 -> 1"},
        {{{"a.weight", "F32", "[3,2]", 6, 4},
          {"b.weight", "F32", "[1,4]", 4, 4},
          {"c.weight", "F32", "[1,3]", 3, 4}},
         "m: the sizes of its layers do not match: a.weight 2 -> 3, b.weight 4 -> 1, "
         "c.weight 3 -> 1"},
        {{{"0.weight", "I64", "[2,1]", 2, 8}},
         "m: not a usable model file: tensor '0.weight' is of another type than F64, "
         "F32, F16 and BF16"},
        {{{"W1", "F32", "[2147483647,0]", 0, 4}}, "m: a layer has no inputs"},
        {{{"0.weight", "F32", "[2147483647,0]", 0, 4}}, "m: a layer has no inputs"},
        {{{"W1", "F32", "[0,3]", 0, 4}, {"W2", "F32", "[2147483647,0]", 0, 4}},
         "m: a layer has no inputs"},
        {{{"W1", "F32", "[2147483646,0]", 0, 4}, {"H", "F32", "[2147483646,0]", 0, 4}},
         "m: a layer has no inputs"},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        size_t count = 0;
        cvr_model m;
        while (count < 3 && cases[i].list[count].name)
            count++;
        assert_int_equal(decode(cases[i].list, count, &m), CVR_BAD_DATA);
        assert_string_equal(cvr_last_error(), cases[i].sentence);
        cvr_model_free(&m);
    }
}

static void every_allocation_can_fail(void **state)
{
    (void)state;
    static const tensor list[] = {{"0.bias", "BF16", "[1]", 1, 2},
                                  {"0.weight", "F16", "[1,3]", 3, 2}};
    cvr_status status = CVR_NO_MEMORY;
    for (int nth = 1; status != CVR_OK; nth++) {
        cvr_model m;
        cvr_alloc_fail_at(nth);
        status = decode(list, LENGTH(list), &m);
        cvr_alloc_fail_at(0);
        assert_true(status == CVR_OK || status == CVR_NO_MEMORY);
        cvr_model_free(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_layers_become_ours),
        cmocka_unit_test(biases_may_be_absent),
        cmocka_unit_test(other_networks_are_refused),
        cmocka_unit_test(every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
