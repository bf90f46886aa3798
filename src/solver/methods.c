/* The only list of methods: the library's own, then what a program adds at its start. */
#include "solver/methods.h"

#include <string.h>

#include "solver/options.h"

enum { MOST = 20 }; /* with the NULL at the end */

#define DECLARE(name) extern const cvr_method cvr_##name##_method;
#define ADDRESS(name) &cvr_##name##_method,
CVR_METHODS(DECLARE)
const cvr_method *cvr_methods[MOST] = {CVR_METHODS(ADDRESS)};

static int count(void)
{
    int n = 0;
    while (cvr_methods[n])
        n++;
    return n;
}

void cvr_methods_add(const cvr_method *method)
{
    int n = count();
    if (cvr_method_find(method->info.name))
        return;
    CVR_ASSERT(n + 1 < MOST);
    cvr_methods[n] = method;
}

const cvr_method_info *cvr_method_at(int i)
{
    return i >= 0 && i < count() ? &cvr_methods[i]->info : NULL;
}

const cvr_method *cvr_method_named(const char *name)
{
    for (int i = 0; cvr_methods[i]; i++)
        if (strcmp(cvr_methods[i]->info.name, name) == 0)
            return cvr_methods[i];
    return NULL;
}

const cvr_method_info *cvr_method_find(const char *name)
{
    const cvr_method *found = cvr_method_named(name);
    return found ? &found->info : NULL;
}

/* ---- settings of a method ---------------------------------------------------------- */

static cvr_status unknown_method(const char *name)
{
    int best = cvr_option_reach(name) + 1;
    const char *nearest = NULL;
    for (int i = 0; cvr_method_at(i); i++) {
        int distance = cvr_option_distance(name, cvr_method_at(i)->name);
        if (distance < best) {
            best = distance;
            nearest = cvr_method_at(i)->name;
        }
    }
    cvr_status status = cvr_fail(CVR_USAGE, "unknown method '%s'", name);
    if (nearest)
        cvr_hint("did you mean %s?", nearest);
    return status;
}

cvr_status cvr_settings_new(const char *method, cvr_settings **settings)
{
    const cvr_method *found = method ? cvr_method_named(method) : NULL;
    *settings = NULL;
    if (!found)
        return method ? unknown_method(method)
                      : cvr_settings_make(NULL, NULL, 0, settings);
    return cvr_settings_make(found, found->info.options, found->options_size, settings);
}

cvr_status cvr_settings_decide(cvr_settings *s, const cvr_dataset *train, bool *decided)
{
    const cvr_method *method = cvr_settings_method(s);
    *decided = false;
    return method && method->decide ? method->decide(s, train, decided) : CVR_OK;
}
