/* The words of a result and what they mean: the only list. The short table shows the
   first ones, in this order. */
#include "cli/pages.h"

#include <string.h>

const cli_word cli_words[] = {
    {"method", true, "the method that trained"},
    {"outcome", true,
     "how it ended. converged: within the tolerance; target-reached: at the accuracy "
     "asked "
     "for; max-iterations, time-limit, stopped: before that, at a limit or on request; "
     "diverged: numbers that grow without end, and no model"},
    {"test_accuracy", true, "part of the test rows that the saved network gets right"},
    {"train_accuracy", true, "the same of the training rows"},
    {"test_r2", true,
     "values: 1 - squared errors / squares about the mean, on the test rows; 1 is "
     "perfect, "
     "0 is as good as the mean"},
    {"train_r2", true, "the same on the training rows"},
    {"test_rmse", true, "values: root of the mean squared error on the test rows"},
    {"train_rmse", true, "the same on the training rows"},
    {"loo_error", true,
     "part of the training rows that are wrong when each is predicted by the network "
     "trained on all others (exact, without training again)"},
    {"loo_r2", true, "r2 of the same predictions"},
    {"gap", true,
     "how far the saved network can be from the best objective at most, as a part of "
     "upper_bound: 0.001 means that no weights (with the same gates, where gates are "
     "sampled) are better by more than 0.1 %. A proof, not an estimate; about the "
     "training "
     "problem, not about new rows"},
    {"objective", true,
     "what was minimised, at the saved weights: loss on the training rows plus penalty; "
     "in "
     "the units of the data, not to be compared between methods or penalties"},
    {"upper_bound", true,
     "an objective that is known to be reached; the note says when it is that of the "
     "network whose outputs are zero"},
    {"lower_bound", true,
     "an objective below which none can be; gap = (upper_bound - "
     "lower_bound) / upper_bound"},
    {"active_neurons", true, "neurons (or gates) with weights other than zero"},
    {"iterations", true, "steps that were made"},
    {"seconds", true, "from the set-up to the end, without reading the data"},
    {"note", true, "what is to be said of the outcome"},
    {"solver", false, "algorithm, and how it solves its inner systems"},
    {"cpu_seconds", false, "of all threads of process 0"},
    {"loss", false,
     "of the saved network on the training rows, without the penalty: half "
     "the sum of squares, unless --loss says else"},
    {"pattern_accuracy", false,
     "train accuracy with the sampled patterns held fixed, as papers report it; before "
     "convergence no network has it"},
    {"primal_residual", false, "how far the copies that the splitting keeps are apart"},
    {"dual_residual", false, "how much its multipliers still change"},
    {"constraint_violation", false,
     "the farthest that a row is on the wrong side of its pattern; 0 when the network is "
     "that of the program"},
    {"press", false, "sum of squared leave-one-out errors"},
    {"rows", false, "training rows of all processes"},
    {"features", false, "columns that the network sees"},
    {"outputs", false, "outputs of the network"},
    {"patterns", false, "activation patterns (gates) that were sampled"},
    {"processes", false, "processes that shared the rows"},
    {"threads", false, "of each process"},
    {"precision", false, "floating-point type of data and weights"},
    {"peak_memory_bytes", false, "the most memory that process 0 held"},
    {"bytes_reduced", false, "bytes that a process put into sums with others"},
    {"seed", false, "number that every random choice followed from"},
    {"phases", false, "seconds of each part of the run"},
    {"options", false, "all options and what they were (in JSON)"},
    {"choice", false, "how an option was chosen: values, scores, rule (in JSON)"},
    {"version", false, "of the program"},
    {NULL, false, NULL}};

json_t *cli_brief(const json_t *result)
{
    json_t *brief = json_object();
    for (const cli_word *w = cli_words; w->key && brief; w++)
        if (w->brief)
            json_object_set(brief, w->key, json_object_get(result, w->key));
    return brief;
}
