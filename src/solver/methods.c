/* The only list of methods. */
#include "solver/method.h"

#include <string.h>

extern const cvr_method cvr_convex_method;

const cvr_method *const cvr_methods[] = {&cvr_convex_method, NULL};

int cvr_method_count(void)
{
    return (int)(sizeof cvr_methods / sizeof *cvr_methods) - 1;
}

const cvr_method_info *cvr_method_at(int i)
{
    return i >= 0 && i < cvr_method_count() ? &cvr_methods[i]->info : NULL;
}

const cvr_method_info *cvr_method_find(const char *name)
{
    for (int i = 0; i < cvr_method_count(); i++)
        if (strcmp(cvr_methods[i]->info.name, name) == 0)
            return cvr_method_at(i);
    return NULL;
}
