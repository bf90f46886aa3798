/* Which kernels of OpenBLAS suit a processor; changing them while threads exist. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cblas.h>
#include <cvxrelu/cvxrelu.h>

#include "linalg/blas.h"

/* ---- choosing ---------------------------------------------------------------------- */

static const cvr_processor old = {0}, intel = {.avx2 = true}, amd = {true, true, false},
                           wide = {.avx2 = true, .avx512 = true};

typedef struct choice {
    const char *taken; /* by OpenBLAS */
    bool dynamic;
    const char *user;
    const cvr_processor *on;
    const char *wanted; /* NULL: as it is */
} choice;

static const choice choices[] = {{"Prescott", true, NULL, &intel, "Haswell"},
                                 {"Prescott", true, NULL, &amd, "Zen"},
                                 {"Prescott", true, NULL, &wide, "SkylakeX"},
                                 {"Nehalem", true, NULL, &intel, "Haswell"},
                                 {"Sandybridge", true, NULL, &intel, "Haswell"},
                                 {"Barcelona", true, NULL, &amd, "Zen"},
                                 {"Opteron", true, NULL, &amd, "Zen"},
                                 /* what the processor can do is done */
                                 {"Prescott", true, NULL, &old, NULL},
                                 {"Sandybridge", true, NULL, &old, NULL},
                                 {"Haswell", true, NULL, &intel, NULL},
                                 {"Haswell", true, NULL, &wide, NULL},
                                 {"Zen", true, NULL, &amd, NULL},
                                 {"SkylakeX", true, NULL, &wide, NULL},
                                 {"Cooperlake", true, NULL, &wide, NULL},
                                 {"Excavator", true, NULL, &amd, NULL},
                                 /* other kinds of processors, kernels of the future */
                                 {"ARMV8", true, NULL, &old, NULL},
                                 {"SapphireRapids", true, NULL, &wide, NULL},
                                 {"Unknown", true, NULL, &wide, NULL},
                                 /* the user's word, and an OpenBLAS with one kind */
                                 {"Prescott", true, "Prescott", &wide, NULL},
                                 {"Prescott", true, "", &wide, NULL},
                                 {"Prescott", false, NULL, &wide, NULL}};

static void kernels_suit_the_processor(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        const choice *c = &choices[i];
        const char *wanted = cvr_blas_wanted(c->taken, c->dynamic, c->user, *c->on);
        if (!wanted != !c->wanted || (wanted && strcmp(wanted, c->wanted) != 0))
            fail_msg("row %zu, %s: %s", i, c->taken, wanted ? wanted : "as it is");
    }
}

static void what_has_wide_vectors_has_narrow_ones(void **state)
{
    (void)state;
    cvr_processor p = cvr_processor_abilities();
    assert_true(p.avx2 || !p.avx512);
}

/* ---- changing ---------------------------------------------------------------------- */

typedef void (*action)(void);

static action look_up(const char *name)
{
    void *there = dlsym(RTLD_DEFAULT, name);
    action function;
    memcpy(&function, &there, sizeof function);
    return function;
}

static void results_are_right_whenever_kernels_change(void **state)
{
    (void)state;
    static const char *const kernels[] = {"Prescott", "Haswell"};
    action quit = look_up("gotoblas_dynamic_quit"),
           init = look_up("gotoblas_dynamic_init");
    if (!quit || !init || !cvr_processor_abilities().avx2)
        skip();
    openblas_set_num_threads(4);
    for (int round = 0; round < 6; round++) {
        const char *name = kernels[round % 2];
        setenv("OPENBLAS_CORETYPE", name, 1);
        quit();
        init();
        assert_string_equal(cvr_blas_kernels(), name);
        if (cvr_blas_check(round == 5) != CVR_OK)
            fail_msg("%s: %s", name, cvr_last_error());
    }
    assert_null(cvr_blas_better());
    setenv("OPENBLAS_CORETYPE", "Prescott", 1);
    quit();
    init();
    assert_null(cvr_blas_better()); /* the user's choice */
    unsetenv("OPENBLAS_CORETYPE");
    assert_non_null(cvr_blas_better());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_suit_the_processor),
        cmocka_unit_test(what_has_wide_vectors_has_narrow_ones),
        cmocka_unit_test(results_are_right_whenever_kernels_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
