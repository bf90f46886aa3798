/* The only list of methods: the library's own, then what a program adds at its start. */
#include "solver/method.h"

#include <string.h>

enum { MOST = 16 }; /* with the NULL at the end */

extern const cvr_method cvr_convex_method, cvr_deep_method, cvr_ccp_method;

const cvr_method *cvr_methods[MOST] = {&cvr_convex_method, &cvr_deep_method,
                                       &cvr_ccp_method};

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
