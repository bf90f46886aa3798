/* Settings: what the tables promise is what the values do. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <cvxrelu/solve.h>

#include "base/bytes.h"
#include "convex/options.h"

static const cvr_option table[] = {
    {"beta", CVR_REAL, "0.25", 0, 1e300, NULL, "penalty"},
    {"share", CVR_REAL, "", 0, 1, NULL, "a part"},
    {"rho", CVR_REAL, "1", DBL_MIN, DBL_MAX, NULL, "above 0"},
    {"patterns", CVR_INTEGER, "50", 1, 1e6, NULL, "gates"},
    {"max-iterations", CVR_INTEGER, "100", 1, 1e15, NULL, "steps"},
    {"time-limit", CVR_SECONDS, "0", 0, 1e9, NULL, "time"},
    {"json", CVR_SWITCH, "no", 0, 0, NULL, "switch"},
    {"primal", CVR_CHOICE, "auto", 0, 0, "auto|direct|cg", "choice"},
    {"name", CVR_TEXT, "", 0, 0, NULL, "text"},
    {"data", CVR_LIST, "", 0, 0, NULL, "list"},
    {0}};

static int make(void **state)
{
    cvr_settings *s = NULL;
    if (cvr_settings_new(NULL, &s) || cvr_settings_add(s, table))
        return -1;
    *state = s;
    return 0;
}

static int drop(void **state)
{
    cvr_settings_free(*state);
    return 0;
}

static void defaults_are_those_of_the_table(void **state)
{
    cvr_settings *s = *state;
    assert_true(cvr_settings_real(s, "beta") == 0.25);
    assert_true(isnan(cvr_settings_real(s, "share")));
    assert_int_equal(cvr_settings_integer(s, "patterns"), 50);
    assert_true(cvr_settings_real(s, "time-limit") == 0);
    assert_false(cvr_settings_switch(s, "json"));
    assert_int_equal(cvr_settings_choice(s, "primal"), 0);
    assert_null(cvr_settings_text(s, "name"));
    assert_int_equal(cvr_settings_count(s, "data"), 0);
    assert_false(cvr_settings_given(s, "beta"));
}

static void values_are_what_was_written(void **state)
{
    cvr_settings *s = *state;
    assert_int_equal(cvr_settings_set(s, "beta", "1e-3"), CVR_OK);
    assert_int_equal(cvr_settings_set(s, "patterns", "7"), CVR_OK);
    assert_int_equal(cvr_settings_set(s, "json", "yes"), CVR_OK);
    assert_int_equal(cvr_settings_set(s, "primal", "cg"), CVR_OK);
    assert_int_equal(cvr_settings_set(s, "name", "first"), CVR_OK);
    assert_int_equal(cvr_settings_set(s, "name", "second"), CVR_OK);
    assert_true(cvr_settings_real(s, "beta") == 1e-3);
    assert_true(cvr_settings_given(s, "beta"));
    assert_int_equal(cvr_settings_integer(s, "patterns"), 7);
    assert_true(cvr_settings_switch(s, "json"));
    assert_int_equal(cvr_settings_choice(s, "primal"), 2);
    assert_string_equal(cvr_settings_text(s, "name"), "second");
}

static void times_have_units(void **state)
{
    static const struct {
        const char *text;
        double seconds;
    } times[] = {{"90", 90}, {"90s", 90}, {"5m", 300}, {"2h", 7200}, {"0.5m", 30}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        assert_int_equal(cvr_settings_set(*state, "time-limit", times[i].text), CVR_OK);
        assert_true(cvr_settings_real(*state, "time-limit") == times[i].seconds);
    }
    assert_int_equal(cvr_settings_set(*state, "time-limit", "5d"), CVR_USAGE);
    assert_non_null(strstr(cvr_last_error(), "5d"));
}

static void lists_grow(void **state)
{
    assert_int_equal(cvr_settings_set(*state, "data", "a.csv"), CVR_OK);
    assert_int_equal(cvr_settings_set(*state, "data", "b.csv"), CVR_OK);
    assert_int_equal(cvr_settings_count(*state, "data"), 2);
    assert_string_equal(cvr_settings_list(*state, "data")[0], "a.csv");
    assert_string_equal(cvr_settings_list(*state, "data")[1], "b.csv");
}

/* What is refused leaves the value as it was, and names option, text and limits. */
static void refusals_name_the_allowed_range(void **state)
{
    static const struct {
        const char *name, *text, *sentence;
    } cases[] = {
        {"beta", "-1", "beta -1: must be from 0 to 1e+300"},
        {"share", "1.5", "share 1.5: must be from 0 to 1"},
        {"rho", "0", "rho 0: must be above 0"},
        {"patterns", "0", "patterns 0: must be from 1 to 1000000"},
        {"patterns", "1.5", "patterns: '1.5' is not a whole number"},
        {"patterns", "99999999999999999999", "patterns 99999999999999999999: must be"},
        {"beta", "nan", "beta: 'nan' is not a number"},
        {"beta", "inf", "beta: 'inf' is not a number"},
        {"beta", "1s", "beta: '1s' is not a number"},
        {"beta", "", "beta: '' is not a number"},
        {"json", "maybe", "json: 'maybe' is not yes or no"},
        {"primal", "dire", "primal: 'dire' is not one of auto|direct|cg"},
        {"name", "", "name: the value is empty"},
        {"nothing", "1", "unknown option nothing here"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(cvr_settings_set(*state, cases[i].name, cases[i].text),
                         CVR_USAGE);
        assert_non_null(strstr(cvr_last_error(), cases[i].sentence));
        assert_false(cvr_settings_given(*state, cases[i].name));
    }
    assert_true(cvr_settings_real(*state, "beta") == 0.25);
}

static void hints_name_the_nearest(void **state)
{
    static const char *const pairs[][2] = {{"max-iteration", "max-iterations"},
                                           {"max_iterations", "max-iterations"},
                                           {"iterations", "max-iterations"},
                                           {"pattern", "patterns"},
                                           {"bata", "beta"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char hint[64] = "did you mean ";
        strcat(strcat(hint, pairs[i][1]), "?");
        assert_int_equal(cvr_settings_set(*state, pairs[i][0], "1"), CVR_USAGE);
        assert_string_equal(cvr_last_hint(), hint);
    }
    assert_int_equal(cvr_settings_set(*state, "zzzzzz", "1"), CVR_USAGE);
    assert_string_equal(cvr_last_hint(), "");
    assert_int_equal(cvr_settings_set(*state, "primal", "dirct"), CVR_USAGE);
    assert_string_equal(cvr_last_hint(), "did you mean primal direct?");
}

static void distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(cvr_option_distance("beta", "beta"), 0);
    assert_int_equal(cvr_option_distance("beta", "bata"), 1);
    assert_int_equal(cvr_option_distance("", "abc"), 3);
    assert_int_equal(cvr_option_distance("kitten", "sitting"), 3);
}

/* A row that comes first hides a later one of its name; the common table fits in. */
static void first_row_of_a_name_counts(void **state)
{
    static const cvr_option second[] = {{"beta", CVR_REAL, "9", 0, 10, NULL, "other"},
                                        {0}};
    assert_int_equal(cvr_settings_add(*state, second), CVR_OK);
    assert_int_equal(cvr_settings_add(*state, cvr_common_options()), CVR_OK);
    assert_true(cvr_settings_real(*state, "beta") == 0.25);
    assert_int_equal(cvr_settings_integer(*state, "max-iterations"), 100);
    assert_true(cvr_settings_real(*state, "tolerance") > 0);
}

/* Every default of every method is in its own range, and the JSON holds all of them. */
static void methods_have_sound_tables(void **state)
{
    (void)state;
    for (int i = 0; cvr_method_at(i); i++) {
        const char *name = cvr_method_at(i)->name;
        cvr_settings *s = NULL;
        char *text = NULL;
        assert_int_equal(cvr_settings_new(name, &s), CVR_OK);
        assert_int_equal(cvr_settings_json(s, &text), CVR_OK);
        json_t *object = json_loads(text, 0, NULL);
        for (int j = 0; cvr_settings_row(s, j); j++) {
            const cvr_option *row = cvr_settings_row(s, j);
            assert_non_null(json_object_get(object, row->name));
            assert_true(strlen(row->help) > 3);
        }
        json_decref(object);
        free(text);
        cvr_settings_free(s);
    }
}

/* A method has both, as numbers of its own table, or neither. */
static void penalties_are_options_of_their_methods(void **state)
{
    int count = 0;
    (void)state;
    for (int i = 0; cvr_method_at(i); i++) {
        const cvr_method_info *m = cvr_method_at(i);
        int found = 0;
        for (const cvr_option *o = m->options; m->penalty && o->name; o++)
            found += o->kind == CVR_REAL && (strcmp(o->name, m->penalty) == 0 ||
                                             strcmp(o->name, m->fixed_penalty) == 0);
        assert_int_equal(found, m->penalty ? 2 : 0);
        count += m->penalty != NULL;
    }
    assert_int_equal(count, 2);
}

static void files_and_folders_are_texts(void **state)
{
    static const cvr_option files[] = {
        {"file", CVR_FILE, "", 0, 0, NULL, "a file"},
        {"folder", CVR_FOLDER, "here", 0, 0, NULL, "a folder"},
        {0}};
    cvr_settings *s = *state;
    assert_int_equal(cvr_settings_add(s, files), CVR_OK);
    assert_null(cvr_settings_text(s, "file"));
    assert_string_equal(cvr_settings_text(s, "folder"), "here");
    assert_int_equal(cvr_settings_set(s, "file", "a"), CVR_OK);
    assert_int_equal(cvr_settings_set(s, "file", "b"), CVR_OK);
    assert_int_equal(cvr_settings_count(s, "file"), 1);
    assert_string_equal(cvr_settings_list(s, "file")[0], "b");
    assert_int_equal(cvr_settings_set(s, "folder", ""), CVR_USAGE);
}

static void what_is_in_no_table_is_unset(void **state)
{
    cvr_settings *s = *state;
    assert_null(cvr_settings_text(s, "bteta"));
    assert_true(isnan(cvr_settings_real(s, "bteta")));
    assert_int_equal(cvr_settings_integer(s, "bteta"), 0);
    assert_false(cvr_settings_switch(s, "bteta"));
    assert_int_equal(cvr_settings_choice(s, "bteta"), 0);
    assert_int_equal(cvr_settings_count(s, "bteta"), 0);
    assert_null(cvr_settings_list(s, "bteta"));
    assert_true(isnan(cvr_settings_real(s, "patterns")));
    assert_int_equal(cvr_settings_integer(s, "beta"), 0);
    assert_int_equal(cvr_settings_choice(s, "json"), 0);
}

static void json_keeps_types(void **state)
{
    (void)state;
    cvr_settings *s = NULL;
    char *text = NULL;
    assert_int_equal(cvr_settings_new(cvr_method_at(0)->name, &s), CVR_OK);
    assert_int_equal(cvr_settings_set(s, "seed", "9007199254740991"), CVR_OK);
    assert_int_equal(cvr_settings_set(s, "tolerance", "0.125"), CVR_OK);
    assert_int_equal(cvr_settings_json(s, &text), CVR_OK);
    json_t *object = json_loads(text, 0, NULL);
    assert_true(json_integer_value(json_object_get(object, "seed")) == 9007199254740991);
    assert_true(json_real_value(json_object_get(object, "tolerance")) == 0.125);
    assert_true(json_is_null(json_object_get(object, "target-train-accuracy")));
    assert_string_equal(json_string_value(json_object_get(object, "precision")),
                        "double");
    json_decref(object);
    free(text);
    cvr_settings_free(s);
}

static void unknown_methods_are_named(void **state)
{
    (void)state;
    cvr_settings *s = NULL;
    char typed[32], hint[64];
    strcpy(typed, cvr_method_at(0)->name);
    typed[strlen(typed) - 1] = '\0';
    strcat(strcat(strcpy(hint, "did you mean "), cvr_method_at(0)->name), "?");
    assert_int_equal(cvr_settings_new(typed, &s), CVR_USAGE);
    assert_null(s);
    assert_string_equal(cvr_last_hint(), hint);
}

static cvr_status build_and_set(void)
{
    cvr_settings *s = NULL;
    cvr_status status = CVR_OK;
    CVR_TRY(cvr_settings_new(cvr_method_at(0)->name, &s));
    CVR_TRY(cvr_settings_add(s, table));
    CVR_TRY(cvr_settings_set(s, "data", "a"));
    CVR_TRY(cvr_settings_set(s, "name", "b"));
    CVR_TRY(cvr_settings_set(s, "name", "c"));
done:
    cvr_settings_free(s);
    return status;
}

static void each_failing_allocation_is_reported(void **state)
{
    (void)state;
    cvr_alloc_fail_at(0);
    assert_int_equal(build_and_set(), CVR_OK);
    int64_t count = cvr_alloc_fail_at(0);
    assert_true(count > 5);
    for (int64_t i = 1; i <= count; i++) {
        cvr_alloc_fail_at(i);
        assert_int_equal(build_and_set(), CVR_NO_MEMORY);
    }
    cvr_alloc_fail_at(0);
}

/* Solvers read fields: defaults, then what is set, of each kind. */
static void the_struct_of_a_method_follows_its_options(void **state)
{
    cvr_settings *s = NULL;
    (void)state;
    assert_int_equal(CVR_OK, cvr_settings_new("convex", &s));
    const cvr_convex_options *o = cvr_settings_values(s);
    assert_true(o->beta_relative == 0.01 && isnan(o->beta) && !o->gates);
    assert_true(o->run.tolerance == 1e-3 && o->run.max_iterations == 1000);
    assert_false(CVR_GIVEN(o, patterns) || CVR_GIVEN(o, run.tolerance));
    assert_int_equal(CVR_OK, cvr_settings_set(s, "patterns", "7"));
    assert_int_equal(CVR_OK, cvr_settings_set(s, "gates", "a.csv"));
    assert_int_equal(CVR_OK, cvr_settings_set(s, "formulation", "gated"));
    assert_int_equal(CVR_OK, cvr_settings_set(s, "rho-slack", "0.5"));
    assert_int_equal(CVR_OK, cvr_settings_set(s, "tolerance", "1e-5"));
    assert_int_equal(CVR_OK, cvr_settings_set(s, "time-limit", "2m"));
    assert_true(o->patterns == 7 && o->formulation == 2 && o->rho_slack == 0.5);
    assert_true(o->run.tolerance == 1e-5 && o->run.time_limit == 120);
    assert_string_equal("a.csv", o->gates);
    assert_true(CVR_GIVEN(o, patterns) && CVR_GIVEN(o, run.tolerance));
    assert_int_equal(CVR_USAGE, cvr_settings_set(s, "patterns", "0"));
    assert_true(o->patterns == 7);
    cvr_settings_free(s);
    assert_int_equal(CVR_OK, cvr_settings_new("deep", &s));
    const cvr_run_options *run = cvr_settings_values(s);
    assert_true(run->max_iterations == 50); /* its own row of a common option */
    cvr_settings_free(s);
}

/* A program whose users type dashes shows them; what a user has written stays. */
static void options_have_dashes_where_the_program_shows_them(void **state)
{
    (void)state;
    cvr_settings *s = NULL;
    assert_int_equal(CVR_OK, cvr_settings_new("convex", &s));
    for (int shown = 0; shown < 2; shown++) {
        const char *dashes = shown ? "--" : "";
        char sentence[80], hint[80];
        snprintf(sentence, sizeof sentence, "%sbeta: '--x' is not a number", dashes);
        snprintf(hint, sizeof hint, "did you mean %spatterns?", dashes);
        cvr_show_dashes(shown);
        assert_int_equal(CVR_USAGE, cvr_settings_set(s, "beta", "--x"));
        assert_string_equal(sentence, cvr_last_error());
        assert_int_equal(CVR_USAGE, cvr_settings_set(s, "paterns", "3"));
        assert_string_equal(hint, cvr_last_hint());
    }
    cvr_show_dashes(false);
    cvr_settings_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(defaults_are_those_of_the_table, make, drop),
        cmocka_unit_test(the_struct_of_a_method_follows_its_options),
        cmocka_unit_test_setup_teardown(values_are_what_was_written, make, drop),
        cmocka_unit_test_setup_teardown(times_have_units, make, drop),
        cmocka_unit_test_setup_teardown(lists_grow, make, drop),
        cmocka_unit_test_setup_teardown(refusals_name_the_allowed_range, make, drop),
        cmocka_unit_test_setup_teardown(hints_name_the_nearest, make, drop),
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test_setup_teardown(first_row_of_a_name_counts, make, drop),
        cmocka_unit_test(methods_have_sound_tables),
        cmocka_unit_test(penalties_are_options_of_their_methods),
        cmocka_unit_test_setup_teardown(files_and_folders_are_texts, make, drop),
        cmocka_unit_test_setup_teardown(what_is_in_no_table_is_unset, make, drop),
        cmocka_unit_test(json_keeps_types),
        cmocka_unit_test(unknown_methods_are_named),
        cmocka_unit_test(each_failing_allocation_is_reported),
        cmocka_unit_test(options_have_dashes_where_the_program_shows_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
