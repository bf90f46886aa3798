/* The commands and their options: the only list. */
#include "cli/commands.h"

#include <float.h>
#include <string.h>

#include "cli/compare.h"
#include "cli/cv.h"
#include "cli/demo.h"
#include "cli/eval.h"
#include "cli/gen.h"
#include "cli/help.h"
#include "cli/info.h"
#include "cli/predict.h"
#include "cli/prune.h"
#include "cli/train.h"
#include "model/convert.h"

#define CHOICE(name) "|" #name
#define WHOLE 1e15 /* no limit of ours: whole numbers that a double holds */

static const cvr_option general[] = {
    {"json", CVR_SWITCH, "no", 0, 0, NULL, "print the result as one JSON object"},
    {"quiet", CVR_SWITCH, "no", 0, 0, NULL, "print only errors on stderr (-q)"},
    {"verbose", CVR_SWITCH, "no", 0, 0, NULL,
     "print more on stderr, and the whole result (-v)"},
    {"config", CVR_FILE, "", 0, 0, NULL,
     "file of options, one per line: key = value; the command line takes precedence"},
    {0}};

static const cvr_option threads[] = {
    {"threads", CVR_INTEGER, "0", 0, 4096, NULL,
     "threads of each process; 0: the cores it may use, shared with its neighbours"},
    {0}};

static const cvr_option checking[] = {
    {"check", CVR_SWITCH, "no", 0, 0, NULL,
     "compare BLAS with plain loops, in a few seconds; wrong: exit 5"},
    {"devices", CVR_SWITCH, "no", 0, 0, NULL,
     "list the GPUs that train --device can name, or say why there are none"},
    {0}};

static const cvr_option describing[] = {
    {"card", CVR_SWITCH, "no", 0, 0, NULL, "of a model: a model card, as Markdown"}, {0}};

static const cvr_option mpi[] = {
    {"mpi", CVR_SWITCH, "no", 0, 0, NULL,
     "start MPI even when no launcher (mpirun, srun) is detected"},
    {0}};

/* ---- data -------------------------------------------------------------------------- */

static const cvr_option source[] = {
    {"data", CVR_LIST, "", 0, 0, NULL,
     "file to read, - for standard input; several files are appended"},
    {0}};

static const cvr_option reading[] = {
    {"format", CVR_CHOICE, "auto", 0, 0, "auto" CVR_FORMATS_READ(CHOICE),
     "format of the files; auto: by content"},
    {"labels", CVR_FILE, "", 0, 0, NULL,
     "file of labels for IDX and NPY data; by default it is looked for in the same "
     "folder"},
    {"classes", CVR_TEXT, "", 0, 0, NULL,
     "labels to keep, as in 0,1: the first becomes -1, the second +1"},
    {"target", CVR_TEXT, "", 0, 0, NULL,
     "column of the target: a name, last, an index from 0, a list of these, or none; of "
     "CIFAR-100: coarse or fine"},
    {"task", CVR_CHOICE, "auto", 0, 0, "auto|classify|regress",
     "auto: texts are classes, and so are at most 3 different whole numbers, or at most "
     "100 of them if each occurs in at least 2 rows and in 1 of 1000 (labels of images: "
     "at most 100)"},
    {"rows", CVR_INTEGER, "0", 0, WHOLE, NULL, "keep the first rows; 0: all"},
    {"ignore", CVR_TEXT, "", 0, 0, NULL,
     "columns of CSV to ignore: a name, an index from 0, or a list of these"},
    {"missing", CVR_CHOICE, "error", 0, 0, "error|mean|median|drop",
     "what a missing value of CSV (empty, NA, ?, ...) becomes: an error, the mean or "
     "median of the training rows; drop: its row is left out"},
    {"missing-indicator", CVR_SWITCH, "no", 0, 0, NULL,
     "add a feature for each column with missing values: 1 where it is missing"},
    {"delimiter", CVR_TEXT, "", 0, 0, NULL,
     "character between the fields of CSV: one character, tab or blank; by default it is "
     "detected"},
    {"decimal", CVR_CHOICE, "auto", 0, 0, "auto|.|,",
     "decimal sign of the numbers of CSV; auto: detected"},
    {"libsvm-base", CVR_CHOICE, "auto", 0, 0, "auto|0|1",
     "index of the first feature in LIBSVM data"},
    {0}};

static const cvr_option images[] = {
    {"gray", CVR_SWITCH, "no", 0, 0, NULL, "turn colour images to gray"},
    {"resize", CVR_TEXT, "", 0, 0, NULL,
     "size of images after an area average, as in 10x10 (height x width)"},
    {"features", CVR_TEXT, "none", 0, 0, NULL,
     "what is told of images: none (their pixels), or a sum of pixels, conv (whitened "
     "patches as filters), oriented (the same on gradients by direction) and hog648 "
     "(histograms of gradients, at 32x32), as in conv+oriented+hog648; auto: none, conv "
     "or all three, and --mirror or not, by the leave-one-out error on training rows, "
     "which train convex without any option of its program does"},
    {"mirror", CVR_SWITCH, "no", 0, 0, NULL,
     "train on the mirror images as well: one more product of --formulation kernel"},
    {"filters", CVR_INTEGER, "400", 1, 1e5, NULL, "filters of conv and of oriented"},
    {0}};

static const cvr_option graph[] = {
    {"graph", CVR_FILE, "", 0, 0, NULL,
     "file of edges: the rows are nodes of a graph, numbered from 0, and a line joins "
     "two of them, as in 0 17"},
    {0}};

static const cvr_option hopping[] = {
    {"hops", CVR_INTEGER, "4", 0, CVR_HOPS_MOST, NULL,
     "steps along edges: a node gets its own features and the averages of 1, 2, ... "
     "steps around it; 0: its own alone"},
    {"node-rows", CVR_CHOICE, "as-is", 0, 0, "as-is|sum",
     "sum: divide the features of each node by the sum of their sizes first"},
    {0}};

static const cvr_option parting[] = {
    {"split", CVR_FILE, "", 0, 0, NULL,
     "file of the part of each node: a line is its number and train, val, test or none; "
     "models are fitted to train and tested on test; no other label is looked at"},
    {0}};

static const cvr_option preparing[] = {
    {"normalize", CVR_CHOICE, "auto", 0, 0, "auto|none|global|feature|unit|scale|hops",
     "shift and scale by the training rows: all entries alike, each feature to mean 0 "
     "and deviation 1, or each to norm 1; scale: all to mean square 1, without a shift; "
     "hops: those of each hop of a graph; auto: global for images, hops for graphs, else "
     "feature"},
    {"bias", CVR_CHOICE, "free", 0, 0, "free|penalised|none",
     "free: a constant for each output, without a penalty; penalised: a column of ones "
     "in the data, whose weights are penalised like all others"},
    {"no-bias", CVR_SWITCH, "no", 0, 0, NULL, "the same as --bias none"},
    {0}};

static const cvr_option single[] = {
    {"precision", CVR_CHOICE, "double", 0, 0, "double|single", "type of numbers"}, {0}};

static const cvr_option test_files[] = {
    {"test", CVR_LIST, "", 0, 0, NULL, "file of test data; several files are appended"},
    {"test-labels", CVR_FILE, "", 0, 0, NULL, "file of labels for IDX and NPY test data"},
    {0}};

static const cvr_option testing[] = {
    {"holdout", CVR_REAL, "0", 0, WHOLE, NULL,
     "split off a test set by the seed: a fraction below 1, or a number of rows"},
    {0}};

static const cvr_option weighing[] = {
    {"weights", CVR_TEXT, "", 0, 0, NULL,
     "weights of the training rows in the loss: a file with a number a row, or a column "
     "of CSV"},
    {"class-weights", CVR_TEXT, "", 0, 0, NULL,
     "weights of classes: balanced (rows / classes / rows of the class), a list as in "
     "cat:2,dog:0.5, or a number a class in their order"},
    {0}};

static const cvr_option judging[] = {
    {"weights", CVR_TEXT, "", 0, 0, NULL,
     "weights of the rows, for weighted_accuracy: a file with a number a row, or a "
     "column "
     "of CSV; a row of weight 0 is left out"},
    {"class-weights", CVR_TEXT, "", 0, 0, NULL,
     "weights of classes, likewise: a list as in cat:2,dog:0.5, or balanced"},
    {0}};

static const cvr_option holding_out[] = {
    {"path", CVR_INTEGER, "0", 0, 1000, NULL,
     "number of penalties to try, from the smallest one at which all weights are zero "
     "down to 0.001 of it; the best on the --holdout rows (by default 0.2 of them) is "
     "used to train on "
     "all rows"},
    {0}};

static const cvr_option cross_validating[] = {
    {"folds", CVR_INTEGER, "5", 2, 1e6, NULL,
     "parts of the rows, drawn by the seed; each is held out once"},
    {"path", CVR_INTEGER, "20", 1, 1000, NULL,
     "number of penalties, from the smallest one at which all weights are zero down to "
     "0.001 of it, each warm-started from the one before"},
    {"option", CVR_TEXT, "", 0, 0, NULL,
     "option of the method to choose instead of a penalty, with --values"},
    {"values", CVR_TEXT, "", 0, 0, NULL,
     "its values, the simplest first, as in 0.1,0.01 (with commas inside: 100,50;20)"},
    {"choose", CVR_CHOICE, "auto", 0, 0, "auto|best|one-se",
     "best: the value with the best mean; one-se: the largest penalty within one "
     "standard error of it (the first such value); auto: one-se for the path of "
     "penalties, best with --option"},
    {0}};

/* ---- results ----------------------------------------------------------------------- */

static const cvr_option training[] = {
    {"output", CVR_FILE, "", 0, 0, NULL, "file for the model (-o), safetensors"},
    {"convert", CVR_CHOICE, "none", 0, 0, CVR_CONVERT_CHOICES,
     "save a gated network as a ReLU network with the same outputs on the training rows: "
     "its gates' planes shifted little (h-shift), or others with smaller weights"},
    {"log", CVR_FILE, "", 0, 0, NULL, "file for measurements, one JSON object per line"},
    {"strict", CVR_SWITCH, "no", 0, 0, NULL, "exit with 4 when not converged"},
    {0}};

static const cvr_option surviving[] = {
    {"checkpoint", CVR_FILE, "", 0, 0, NULL,
     "file for the whole state of the run, written at intervals, on SIGUSR1 and SIGUSR2, "
     "and at the end"},
    {"checkpoint-every", CVR_SECONDS, "60s", 0, 1e9, NULL,
     "seconds between two checkpoints (also 90s, 5m, 2h); 0: not at intervals"},
    {"resume", CVR_FILE, "", 0, 0, NULL,
     "checkpoint to resume from; auto: that of --checkpoint if it exists, else a new "
     "run"},
    {0}};

static const cvr_option watching[] = {
    {"progress", CVR_CHOICE, "auto", 0, 0, "auto|always|never",
     "line of progress on stderr; auto: on a terminal without NO_COLOR"},
    {0}};

static const cvr_option comparing[] = {
    {"seeds", CVR_INTEGER, "1", 1, 10000, NULL,
     "number of seeds for each SPEC, from --seed on: the same splits and gates for all"},
    {"out", CVR_FOLDER, "", 0, 0, NULL,
     "folder for results, curves, report.html and plot.gp (the same figures by gnuplot)"},
    {"overwrite", CVR_SWITCH, "no", 0, 0, NULL,
     "replace an earlier comparison in the folder; else it must be new or empty"},
    {"goal", CVR_REAL, "", -1, 1, NULL,
     "report when the accuracy (regression: r2) reaches this; unlike "
     "--target-train-accuracy it does not stop the run"},
    {"goal-on", CVR_CHOICE, "train", 0, 0, "train|test", "rows that --goal is about"},
    {0}};

static const cvr_option model[] = {
    {"model", CVR_FILE, "", 0, 0, NULL, "file of the model"}, {0}};

static const cvr_option predicting[] = {
    {"output", CVR_FILE, "", 0, 0, NULL,
     "file for the predictions (-o), CSV with a header; else, or -, standard output"},
    {"id", CVR_TEXT, "", 0, 0, NULL,
     "column of CSV data that names the rows, by name or index: written before the "
     "predictions and not used as a feature"},
    {"scores", CVR_SWITCH, "no", 0, 0, NULL,
     "write the score of each class, not only that of the label"},
    {"values", CVR_SWITCH, "no", 0, 0, NULL,
     "write the network's outputs as they are, without labels"},
    {0}};

static const cvr_option pruning[] = {
    {"density", CVR_REAL, "", DBL_MIN, 1, NULL, "fraction of the weights that is kept"},
    {"error", CVR_REAL, "", DBL_MIN, DBL_MAX, NULL,
     "as few weights as keep each layer's relative error, |new - old activations| / "
     "|old|, at most this"},
    {"lambda-relative", CVR_REAL, "", DBL_MIN, DBL_MAX, NULL,
     "modes l1 and l1-refit: the penalty of each layer as a fraction of the smallest one "
     "at which all its weights are zero"},
    {"mode", CVR_CHOICE, "l0", 0, 0, "l0|l1|l1-refit|magnitude-refit|magnitude",
     "how weights are chosen: by ADMM under a limit on their number, by a penalty on "
     "their sizes, or by size; refit: those that are kept are then fitted again"},
    {"cascade", CVR_CHOICE, "yes", 0, 0, "yes|no",
     "fit a layer to the outputs of the pruned layers before it, or to those of the "
     "original ones"},
    {"allocation", CVR_CHOICE, "size", 0, 0, "size|even",
     "density: a layer keeps a number of weights in proportion to the sum of its inputs "
     "and units, or all layers the same fraction"},
    {"max-iterations", CVR_INTEGER, "0", 0, WHOLE, NULL,
     "l0: iterations of ADMM for each count tried; l1: rounds of screening for each "
     "penalty; 0: a number that is usually enough"},
    {"sample", CVR_INTEGER, "0", 0, WHOLE, NULL,
     "number of rows of --data to fit to, drawn by the seed; 0: all"},
    {"seed", CVR_INTEGER, "1", 0, 9007199254740991, NULL, "seed of --sample"},
    {"output", CVR_FILE, "", 0, 0, NULL, "file for the pruned model (-o), safetensors"},
    {0}};

static const cvr_option seeding[] = {{"seed", CVR_INTEGER, "1", 0, 9007199254740991, NULL,
                                      "number that determines every random choice"},
                                     {0}};

static const cvr_option generating[] = {
    {"rows", CVR_INTEGER, "1000", 1, WHOLE, NULL, "rows"},
    {"features", CVR_INTEGER, "0", 0, 1e7, NULL,
     "features of teacher and relu-regression; 0: 20"},
    {"neurons", CVR_INTEGER, "0", 0, 1e6, NULL, "planted neurons of teacher; 0: 5"},
    {"classes", CVR_INTEGER, "0", 0, 100, NULL,
     "classes of glyphs (at most 10) and spiral; 0: 2"},
    {"noise", CVR_REAL, "0", 0, 1e30, NULL, "standard deviation of the noise"},
    {"first", CVR_INTEGER, "0", 0, WHOLE, NULL,
     "index of the first row: a test set begins after the training set"},
    {"output", CVR_FILE, "", 0, 0, NULL, "file to write (-o), - for standard output"},
    {0}};

static const cvr_option converting[] = {{"to", CVR_CHOICE, "auto", 0, 0,
                                         "auto" CVR_FORMATS_WRITTEN(CHOICE),
                                         "format to write; auto: by the file extension"},
                                        {0}};

static const cvr_option exporting[] = {
    {"convert", CVR_CHOICE, "none", 0, 0, CVR_CONVERT_CHOICES,
     "of a gated model: write a ReLU network with the same outputs on its training rows "
     "(--data): its gates' planes shifted little (h-shift), the shortest shift, the pair "
     "of neurons of least norm, or of least sum of norms"},
    {"fold", CVR_SWITCH, "no", 0, 0, NULL,
     "of a model: put the normalisation into the weights"},
    {0}};

static const cvr_option demonstrating[] = {
    {"output", CVR_FOLDER, "cvxrelu-demo", 0, 0, NULL, "folder for what is made (-o)"},
    {"data", CVR_LIST, "", 0, 0, NULL,
     "files to use instead of generated images; several files are appended"},
    {"test", CVR_LIST, "", 0, 0, NULL, "files of test data to go with --data"},
    {0}};

/* ---- commands ---------------------------------------------------------------------- */

/* Tables of options in the order of a page. */
static const cli_table of_rows[] = {{"Data", source}, {"Reading", reading}, {0}};
static const cli_table tested[] = {{"Testing", test_files}, {0}};
static const cli_table nodes[] = {{"Graphs", graph}, {"Graphs", parting}, {0}};
static const cli_table of_nodes[] = {{"Graphs", graph}, {0}};
static const cli_table prepared[] = {{"Images", images},       {"Graphs", graph},
                                     {"Graphs", hopping},      {"Graphs", parting},
                                     {"Preparing", preparing}, {"Testing", test_files},
                                     {"Testing", testing},     {0}};
static const cli_table choosing[] = {
    {"Weights", weighing}, {"Choosing a penalty", holding_out}, {0}};
static const cli_table weighted[] = {{"Weights", judging}, {0}};
static const cli_table cross_validation[] = {{"Cross-validation", cross_validating}, {0}};
static const cli_table of_training[] = {
    {"Results", training}, {"Checkpoints", surviving}, {0}};
static const cli_table comparison[] = {{"Comparison", comparing}, {0}};
static const cli_table of_model[] = {{"Model", model}, {0}};
static const cli_table predictions[] = {{"Results", predicting}, {0}};
static const cli_table of_pruning[] = {{"Pruning", pruning}, {0}};
static const cli_table generation[] = {{"Data", generating},
                                       {"Data", seeding},
                                       {"Writing", converting},
                                       {"Numbers", single},
                                       {0}};
static const cli_table conversion[] = {
    {"Reading", reading},        {"Images", images},
    {"Writing", converting},     {"Writing", exporting},
    {"Rows of a model", source}, {"Rows of a model", test_files},
    {"Numbers", single},         {0}};
static const cli_table inspection[] = {{"Describing", describing},
                                       {"Checking", checking},
                                       {"Reading", reading},
                                       {"Threads", threads},
                                       {0}};
static const cli_table demonstration[] = {{"Demonstration", demonstrating},
                                          {"Demonstration", seeding},
                                          {"Reading", reading},
                                          {"Threads", threads},
                                          {0}};
static const cli_table of_runs[] = {
    {"Watching", watching}, {"Processes", mpi}, {"General", general}, {0}};
static const cli_table of_computing[] = {
    {"Threads", threads}, {"Processes", mpi}, {"General", general}, {0}};
static const cli_table of_general[] = {{"General", general}, {0}};

const cli_command cli_commands[] = {
    {.name = "train",
     .usage = "METHOD --data FILE",
     .about = "train a network and report how good it is",
     .argument = CLI_METHOD,
     .computes = true,
     .parallel = true,
     .run = cli_train,
     .examples =
         "cvxrelu train convex --data train.csv --test test.csv -o model.safetensors\n"
         "cvxrelu train convex --data houses.csv --target price --task regress --holdout "
         "0.2\n"
         "cvxrelu train deep --data train.csv --layers 100,50 -o model.safetensors",
     .groups = {of_rows, prepared, choosing, of_training, of_runs}},
    {.name = "cv",
     .usage = "METHOD --data FILE",
     .about = "choose a penalty or another option by cross-validation; the rows are "
              "split into folds; for every value each fold tests the model that is "
              "trained on the others; then the chosen value is used to train on all rows",
     .argument = CLI_METHOD,
     .computes = true,
     .parallel = true,
     .run = cli_cv,
     .examples = "cvxrelu cv convex --data train.csv --formulation gated --folds 10 -o "
                 "model.safetensors\n"
                 "cvxrelu cv adam --data train.csv --option learning-rate --values "
                 "0.1,0.01,0.001",
     .groups = {cross_validation, of_rows, prepared, of_training, of_runs}},
    {.name = "predict",
     .usage = "--model FILE --data FILE",
     .about = "write a prediction for each row: the label and its score, or the values",
     .computes = true,
     .parallel = true,
     .streams = true,
     .run = cli_predict,
     .examples =
         "cvxrelu predict --model model.safetensors --data new.csv -o predictions.csv\n"
         "cvxrelu predict --model model.safetensors --data new.csv --scores | head",
     .groups = {of_model, of_rows, of_nodes, predictions, of_computing}},
    {.name = "eval",
     .usage = "--model FILE --data FILE",
     .about = "report how well a model does on data: accuracy, area under the curve, "
              "each class, the confusion matrix; or r2 and errors",
     .computes = true,
     .parallel = true,
     .run = cli_eval,
     .examples = "cvxrelu eval --model model.safetensors --data test.csv\n"
                 "cvxrelu eval --model model.safetensors --data test.csv --json",
     .groups = {of_model, of_rows, nodes, weighted, of_computing}},
    {.name = "prune",
     .usage = "--model FILE --data FILE --density F -o FILE",
     .about = "remove weights of a network and fit the others to its outputs on data",
     .computes = true,
     .parallel = true,
     .run = cli_prune,
     .examples = "cvxrelu prune --model big.safetensors --data train.csv --density 0.1 "
                 "--test test.csv -o small.safetensors",
     .groups = {of_model, of_pruning, of_rows, tested, of_computing}},
    {.name = "compare",
     .usage = "SPEC... --data FILE",
     .argument = CLI_SPEC,
     .about = "run methods and settings side by side; a SPEC is "
              "METHOD[:OPTION=VALUE,...,label=NAME], and options given outside apply to "
              "all SPECs that have them; a SPEC that fails becomes a row with its error, "
              "and the exit code is that of the first failure",
     .min_positional = 1,
     .max_positional = 1000,
     .computes = true,
     .parallel = true,
     .run = cli_compare,
     .examples = "cvxrelu compare convex deep adam --data train.csv --holdout 0.2 "
                 "--seeds 3 --out comparison\n"
                 "cvxrelu compare deep:layers=50 deep:layers=100,50,label=deeper --data "
                 "train.csv --holdout 0.2",
     .groups = {comparison, of_rows, prepared, of_runs}},
    {.name = "gen",
     .usage = "KIND -o FILE",
     .about = "generate data; kinds: teacher, spiral, glyphs, relu-regression, "
              "higgs-like",
     .min_positional = 1,
     .max_positional = 1,
     .argument = CLI_CHOICE,
     .choices = "teacher|spiral|glyphs|relu-regression|higgs-like",
     .streams = true,
     .run = cli_gen,
     .examples = "cvxrelu gen glyphs --rows 1000 --classes 10 -o digits.csv\n"
                 "cvxrelu gen spiral --rows 200 -o - | head",
     .groups = {generation, of_general}},
    {.name = "convert",
     .usage = "IN OUT",
     .argument = CLI_PATH,
     .about = "write data in another format; - is standard input and output; a model "
              "becomes an ONNX file (.onnx) for other programs, a gated one also a ReLU "
              "network",
     .min_positional = 2,
     .max_positional = 2,
     .reads_positional = true,
     .streams = true,
     .run = cli_convert,
     .examples = "cvxrelu convert train.svm train.csv\n"
                 "cvxrelu convert batch.bin gray.npy --gray --resize 10x10\n"
                 "cvxrelu convert model.safetensors model.onnx\n"
                 "cvxrelu convert gated.safetensors relu.safetensors --convert h-shift "
                 "--data train.csv",
     .groups = {conversion, of_general}},
    {.name = "info",
     .usage = "[FILE]",
     .argument = CLI_PATH,
     .about = "describe a model, a checkpoint or a data file; without a file: version, "
              "processor, threads, memory, and the kernels of BLAS in use and why "
              "(OPENBLAS_CORETYPE names others); with --check whether BLAS is right",
     .max_positional = 1,
     .computes = true,
     .reads_positional = true,
     .run = cli_info,
     .examples = "cvxrelu info\n"
                 "cvxrelu info train.csv\n"
                 "cvxrelu info model.safetensors\n"
                 "cvxrelu info model.safetensors --card > README.md",
     .groups = {inspection, of_general}},
    {.name = "demo",
     .usage = "",
     .about = "train several models on generated images and compare them",
     .computes = true,
     .run = cli_demo,
     .examples = "cvxrelu demo -o demo",
     .groups = {demonstration, of_general}},
    {.name = "help",
     .usage = "[COMMAND|METHOD|results] [METHOD]",
     .argument = CLI_TOPIC,
     .about = "explain a command, a method or the keys of a result; with --json "
              "everything, for programs",
     .max_positional = 2,
     .run = cli_help,
     .examples = "cvxrelu help train convex\n"
                 "cvxrelu help convex\n"
                 "cvxrelu help results",
     .groups = {of_general}},
    {0}};
