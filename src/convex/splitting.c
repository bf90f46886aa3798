/* Which splitting keeps neurons in their cones: what both are predicted to take. */
#include "convex/splitting.h"

#include "base/machine.h"
#include "convex/cones.h"
#include "convex/options.h"
#include "parallel/comm.h"

#define AT(type, field) CVR_FIELD(cvr_convex_options, type, field)
static const size_t of_slack[] = {AT(int, primal), AT(int64_t, cg_iterations),
                                  AT(double, inner_tolerance), AT(int64_t, nystrom_rank),
                                  AT(double, rho_slack)};

/* An option that only the slack's u-step has is given: its offset; 0: none. */
static size_t asks_for_slack(const cvr_convex_options *o)
{
    for (size_t i = 0; i < sizeof of_slack / sizeof *of_slack; i++)
        if (cvr_option_given(o, of_slack[i]))
            return of_slack[i];
    return 0;
}

/* n, d, P, m of the program with all the gates that are asked for. */
typedef struct sizes {
    double n, d, P, m;
} sizes;

static sizes sizes_of(const cvr_problem *q)
{
    sizes s = {.n = (double)q->rows,
               .d = (double)q->X.cols,
               .P = (double)cvr_convex_patterns(q)};
    s.m = 2 * s.P * (double)q->Y.cols;
    return s;
}

/* Bytes: a factor and what it is of, rows, products, and a triangle for each neuron. */
static double bytes(sizes s, double element)
{
    double side = s.n < s.d * s.P ? s.n : s.d * s.P, most = s.n < s.d ? s.n : s.d;
    return 2 * side * side * element + s.n * (3 * s.d + s.P + 4 * s.m) * 8 +
           (s.n <= CVR_CONES_GRAM_ROWS ? s.n * s.n : 0) * 8 +
           s.m * (most * most / 2 + 40 * s.d) * 8;
}

/* The first projection finds about min(n, d) / 2 rows for each neuron, which takes
   operations one by one; the slack needs hundreds of iterations more. A run that stops at
   an accuracy takes few iterations. */
static bool pays(const cvr_problem *q)
{
    sizes s = sizes_of(q);
    double half = (s.n < s.d ? s.n : s.d) / 2, sets = 10 * s.m * half * half * half;
    double side = s.n < s.d * s.P ? s.n : s.d * s.P;
    double factor = side == s.n ? s.n * s.n * (s.d + s.n / 3)
                                : s.n * side * side + side * side * side / 3;
    double iterations = 1000 * 12 * s.n * s.d * s.m;
    double have = (double)cvr_memory_available() / cvr_comm_node_size(q->comm);
    if (s.n > CVR_CONES_GRAM_ROWS && half > 250) /* without products of rows at hand */
        return false;
    return sets + factor < iterations && bytes(s, 8) < 0.8 * have;
}

cvr_status cvr_splitting_choose(const cvr_problem *q, cvr_name_of name_of, bool *projects)
{
    const cvr_convex_options *o = cvr_convex_options_of(q);
    bool host = q->device == cvr_cpu();
    size_t other = asks_for_slack(o);
    double lacks;
    cvr_status status = CVR_OK;
    *projects = o->splitting == CVR_BY_PROJECTION;
    if (*projects && other > 0)
        return cvr_fail(CVR_USAGE, "--%s is not used by --splitting projection",
                        name_of(other));
    if (*projects && !host)
        return cvr_fail(CVR_USAGE, "--splitting projection is for the processor only");
    if (o->enumerate && host && o->splitting == 0 && other == 0)
        *projects = true;
    if (*projects || o->splitting > 0 || other > 0 ||
        CVR_GIVEN(o, run.target_train_accuracy))
        return CVR_OK;
    lacks = !(host && pays(q));
    CVR_TRY(cvr_allreduce_max(q->comm, &lacks, 1));
    *projects = lacks == 0;
done:
    return status;
}
