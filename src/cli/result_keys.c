/* The keys of a result and what they mean: the only list. The short table shows the
   first ones, in this order. */
#include "cli/result_keys.h"

#include <string.h>

const cli_result_key cli_result_keys[] = {
    {"method", true, "the method that trained"},
    {"outcome", true,
     "how it ended. converged: within the tolerance; target-reached: at the requested "
     "accuracy; max-iterations, time-limit, stopped: before that, at a limit or on "
     "request; diverged: the numbers grew without bound, and there is no model"},
    {"test_accuracy", true,
     "fraction of the test rows that the saved network classifies correctly"},
    {"train_accuracy", true, "the same for the training rows"},
    {"weighted_accuracy", true,
     "with --weights or --class-weights: the part of the weights that is of rows in "
     "their "
     "right class, of the test rows, where there are such, else of the training rows"},
    {"test_r2", true,
     "values: 1 - squared errors / squares about the mean, on the test rows; 1 is "
     "perfect, 0 is as good as the mean"},
    {"train_r2", true, "the same on the training rows"},
    {"test_rmse", true, "values: root of the mean squared error on the test rows"},
    {"train_rmse", true, "the same on the training rows"},
    {"loo_error", true,
     "fraction of the training rows that are wrong when each is predicted by the network "
     "trained on all others (exact, without training again; of more than 2000 rows, a "
     "part of them that the seed draws)"},
    {"loo_r2", true, "r2 of the same predictions"},
    {"gap", true,
     "how far the saved network can at most be from the best objective, as a fraction of "
     "upper_bound: 0.001 means that no weights (with the same gates, where gates are "
     "sampled) are better by more than 0.1 %. A proof, not an estimate; it is about the "
     "training problem, not about new rows"},
    {"objective", true,
     "the minimised function at the saved weights: loss on the training rows plus "
     "penalty; in the units of the data, not comparable between methods or penalties"},
    {"upper_bound", true,
     "an objective that is attained; the note says when it is that of the network with "
     "zero outputs"},
    {"lower_bound", true,
     "no objective is below this; gap = (upper_bound - lower_bound) / upper_bound"},
    {"pattern_violation", true,
     "--refine: the largest violation of the optimality conditions of the whole problem "
     "that was found, as a multiple of the penalty: 1 where none was; it proves nothing "
     "about those that were not found"},
    {"active_neurons", true, "neurons (or gates) with weights other than zero"},
    {"iterations", true, "number of steps"},
    {"seconds", true, "from the set-up to the end, without reading the data"},
    {"note", true, "remarks on the outcome"},
    {"solver", false, "algorithm, and how it solves its inner systems"},
    {"cpu_seconds", false, "of all threads of process 0"},
    {"loss", false,
     "of the saved network on the training rows, without the penalty: half the sum of "
     "squares, unless --loss says otherwise"},
    {"pattern_accuracy", false,
     "training accuracy with the sampled patterns held fixed, as papers report it; "
     "before convergence it is not the accuracy of any network"},
    {"primal_residual", false, "distance between the copies that the splitting keeps"},
    {"dual_residual", false, "how much the multipliers still change"},
    {"constraint_violation", false,
     "the largest distance of a row on the wrong side of its pattern; 0 when the network "
     "is that of the program"},
    {"press", false, "sum of squared leave-one-out errors"},
    {"rows", false, "training rows of all processes"},
    {"features", false, "columns that the network sees"},
    {"outputs", false, "outputs of the network"},
    {"patterns", false, "activation patterns (gates) that were sampled"},
    {"processes", false, "processes that shared the rows"},
    {"threads", false, "of each process"},
    {"precision", false, "floating-point type of data and weights"},
    {"peak_memory_bytes", false, "the largest memory that process 0 used"},
    {"bytes_reduced", false, "bytes that a process put into sums with other processes"},
    {"seed", false, "number that determines every random choice"},
    {"phases", false, "seconds of each part of the run"},
    {"options", false, "all options and their values (in JSON)"},
    {"choice", false, "how an option was chosen: values, scores, rule (in JSON)"},
    {"conversion", false,
     "what --convert has changed: the largest change of an output on training and test "
     "rows as a fraction of the largest output, rows that change by more than 1e-6 of "
     "it, "
     "how many times as large the weights are, and the scores before (in JSON)"},
    {"version", false, "of the program"},
    {NULL, false, NULL}};

json_t *cli_brief(const json_t *result)
{
    json_t *brief = json_object();
    for (const cli_result_key *w = cli_result_keys; w->key && brief; w++)
        if (w->brief)
            json_object_set(brief, w->key, json_object_get(result, w->key));
    return brief;
}
