#include "solver/remark.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"

void cvr_remark(cvr_progress *p, const char *format, ...)
{
    size_t used = strlen(p->note);
    va_list list;
    if (used > 0 && used + 2 < sizeof p->note) {
        strcpy(p->note + used, "; ");
        used += 2;
    }
    va_start(list, format);
    cvr_sentence(p->note + used, sizeof p->note - used, format, list);
    va_end(list);
}

double cvr_relative_gap(double upper, double lower)
{
    double above = upper - lower;
    if (isnan(above))
        return NAN;
    if (upper > 0)
        return above > 0 ? above / upper : 0;
    return above > 0 ? INFINITY : 0;
}
