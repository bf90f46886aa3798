#include "convex/options.h"

bool cvr_convex_of_kernel(size_t offset)
{
    return offset == offsetof(cvr_convex_options, components) ||
           offset == offsetof(cvr_convex_options, compact);
}

bool cvr_convex_automatic(const cvr_convex_options *o)
{
    const cvr_option *row = cvr_settings_method(o->run.settings)->info.options;
    for (; row->name; row++)
        if (cvr_option_given(o, row->offset) && !cvr_convex_of_kernel(row->offset))
            return false;
    return true;
}

/* A kernel looks at features one by one: sparse rows stay so with a ridge on gates. */
cvr_formulation cvr_convex_formulation(const cvr_convex_options *o,
                                       const cvr_dataset *data)
{
    if (o->formulation > 0)
        return (cvr_formulation)(o->formulation - 1);
    if (!cvr_convex_automatic(o))
        return CVR_RELU;
    return data->S.start ? CVR_GATED_RIDGE : CVR_LIMIT;
}

int64_t cvr_convex_patterns(const cvr_problem *q)
{
    const cvr_convex_options *o = cvr_convex_options_of(q);
    if (CVR_GIVEN(o, patterns))
        return o->patterns;
    return cvr_convex_formulation(o, q->train) == CVR_GATED_RIDGE ? 200 : 50;
}
