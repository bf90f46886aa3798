/* A data set: rows of X (examples) split over the processes, with targets Y. */
#ifndef CVXRELU_DATA_H
#define CVXRELU_DATA_H

#include "comm.h"
#include "mat.h"
#include "sparse.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CVR_HOPS_MOST = 100 };

typedef enum cvr_task { CVR_TASK_AUTO, CVR_CLASSIFY, CVR_REGRESS } cvr_task;
typedef enum cvr_normalize {
    CVR_NORMALIZE_NONE,
    CVR_NORMALIZE_GLOBAL,  /* one mean and one standard deviation for all entries */
    CVR_NORMALIZE_FEATURE, /* mean 0 and standard deviation 1 in each column */
    CVR_NORMALIZE_UNIT,    /* each column divided by its Euclidean norm */
    CVR_NORMALIZE_SCALE,   /* all entries divided by their root mean square */
    CVR_NORMALIZE_HOPS     /* the columns of each hop divided by theirs */
} cvr_normalize;

/* The constants of a network. */
typedef enum cvr_bias {
    CVR_BIAS_FREE,      /* one for each output, without a penalty */
    CVR_BIAS_PENALISED, /* weights of a column of ones in X, as others are */
    CVR_BIAS_NONE
} cvr_bias;

/* What is told of an image: a sum of these. */
typedef enum cvr_descriptor {
    CVR_UNDESCRIBED = 0, /* its pixels, and nothing else is asked for */
    CVR_HOG648 = 1,      /* gradient histograms at 32 x 32, layout in data/hog.c */
    CVR_CONV = 2,        /* whitened patches of the image as filters: data/patches.h */
    CVR_ORIENTED = 4,    /* the same on its gradients by direction */
    CVR_PIXELS = 8
} cvr_descriptor;
/* A sum of names by +, "none" for CVR_UNDESCRIBED; -1: it has another name in it. */
CVR_API int cvr_descriptor_find(const char *names);
enum {
    CVR_LAYERS = 2, /* descriptors that are fitted: conv, oriented */
    CVR_GROUPS = 4  /* descriptors */
};

/* Columns of X that a descriptor has made: first .. first + even - 1 are even, those up
   to first + count odd. */
typedef struct cvr_group {
    int64_t first, count, even; /* even = count: not mirrored */
} cvr_group;

/* A layer of filters of patches: relu(W'p - c), W inputs x filters. */
typedef struct cvr_filters {
    cvr_mat W, c; /* double; empty: none */
} cvr_filters;

/* What a missing value is, or what takes its place. */
typedef enum cvr_missing {
    CVR_MISSING_ERROR,  /* an error */
    CVR_MISSING_MEAN,   /* the mean of the training rows; of a category: none of them */
    CVR_MISSING_MEDIAN, /* the median of the training rows; the same */
    CVR_MISSING_DROP    /* its row is left out */
} cvr_missing;
CVR_API const char *cvr_missing_name(cvr_missing missing); /* "error", "mean", ... */

typedef enum cvr_column_kind {
    CVR_COLUMN_NUMBER,
    CVR_COLUMN_BOOLEAN,  /* true and yes are 1, false and no are 0 */
    CVR_COLUMN_CATEGORY, /* a text: a feature of zeroes and ones for each that there is */
    CVR_COLUMN_IGNORED   /* not in X */
} cvr_column_kind;
CVR_API const char *cvr_column_kind_name(cvr_column_kind kind); /* "number", ... */

/* A column of a table, and what becomes of it. */
typedef struct cvr_column {
    char *name; /* NULL: the table has no header */
    cvr_column_kind kind;
    cvr_missing missing;
    bool indicator; /* one more feature: 1 where the value is missing */
    double fill;    /* the mean or median, once it is fitted */
    int categories;
    char **category; /* `categories` of them, in order */
} cvr_column;

typedef struct cvr_target {
    char *name; /* NULL: the table has no header */
    int64_t at; /* its place among all columns of the file, from 0 */
} cvr_target;

/* The columns of a table in the order of the file, without the targets. A raw row of X
   has one entry for each that is not ignored: a number, NaN for a missing value, the
   place of a category, or -1 for one that is unknown. */
typedef struct cvr_columns {
    int64_t count;
    cvr_column *item;
    int targets;
    cvr_target *target;
} cvr_columns;

/* Raw features -> what a network sees: images to gray, another size and a description,
   columns of tables to numbers, then (x - shift) * scale, then a one for a penalised
   bias. Kept in the model; predict applies it. */
typedef struct cvr_transform {
    int channels, height, width; /* of the source images, planes; 0: not images */
    bool gray;                   /* 0.299 R + 0.587 G + 0.114 B */
    int new_height, new_width;   /* area average; 0: as they are, HOG: 32 */
    unsigned descriptor;         /* a sum of cvr_descriptor */
    bool mirror;   /* features in even and odd parts under mirroring: E, then O */
    int filters;   /* of each layer */
    uint64_t seed; /* of their patches */
    double factor; /* of pixels: 255 over the brightest of the training images */
    int groups;    /* of columns that are described, 0: none */
    cvr_group group[CVR_GROUPS];
    cvr_filters layer[CVR_LAYERS]; /* conv, oriented; empty before they are fitted */
    cvr_normalize normalize;
    cvr_mat shift, scale; /* features x 1, double; empty before they are fitted */
    cvr_bias bias;        /* penalised: the last column of X is ones */
    int64_t features;     /* columns of the above, without the ones */
    int64_t raw_features; /* columns of a raw row; of a graph of h */
    int libsvm_base; /* 0 or 1 as read (a test set must be read alike); -1: not LIBSVM */
    int hops;        /* of nodes of a graph: a row is [h, (A h), ..., (A^hops h)] */
    bool row_sums;   /* h has been divided by the sum of its sizes */
    cvr_columns columns; /* of a table; empty: all are numbers, without names */
} cvr_transform;

typedef struct cvr_dataset {
    cvr_mat X;           /* own rows x d, in memory for d + 1 columns: ones are behind
                            the d of prepared data, or their last; the shape alone,
                            without memory, when S has the rows */
    cvr_sparse S;        /* sparse rows, own rows x features, or no memory: x is a row s
                            less shift o scale, which is 0 where they were fitted on
                            sparse rows */
    cvr_mat Y;           /* own rows x outputs; -1/+1 for two classes, one-hot 0/1
                            for more, values for regression */
    cvr_mat W;           /* weights, own rows x 1, double; no memory: 1 each */
    char *class_weights; /* "balanced" or "a:2,b:0.5"; NULL: none */
    int64_t rows, first; /* rows of all processes; the first own row */
    cvr_task task;       /* never auto */
    int outputs;
    int classes;        /* 0 for regression */
    char **class_names; /* `classes` of them */
    cvr_transform transform;
    const cvr_backend *device; /* that describes images by filters; NULL: the processor */
    bool prepared;             /* X is normalised and has its ones */
    char *source;              /* what the user named, for messages */
} cvr_dataset;

/* The formats that are read, in the order in which a file is asked whether it is one, and
   those that are written: F(name) for each. */
#define CVR_FORMATS_READ(F)                                                              \
    F(npy) F(npz) F(mat) F(idx) F(cifar10) F(cifar100) F(libsvm) F(csv)
#define CVR_FORMATS_WRITTEN(F) F(csv) F(npy) F(libsvm)

/* How to read. Zeroes mean defaults, but for what is said here. Pixels are the numbers
   0..255 of the file. */
typedef struct cvr_load {
    const char *const *paths; /* files, appended in this order; path_count of them */
    int path_count;
    const char *format;  /* a name of CVR_FORMATS_READ; NULL: found by content */
    const char *labels;  /* labels (IDX, NPY or CSV, a row each) for all rows; NULL: in
                            the file, or next to IDX images by the usual names */
    const char *classes; /* "0,1": keep these labels in this order */
    const char *target;  /* column of CSV/NPY: name, "last", index from 0, or a list;
                            "none": rows without targets, Y gets no columns */
    cvr_task task;
    int64_t rows; /* keep the first rows only; 0: all */
    bool gray;
    int new_height, new_width;
    unsigned descriptor; /* a sum of cvr_descriptor */
    bool mirror;
    int filters; /* 0: 400 */
    uint64_t seed;
    int libsvm_base; /* 0 or 1; -1: found by content */
    cvr_type type;
    int64_t features; /* LIBSVM: number of columns (a test set's width): zeroes fill fewer
                         up, more are left out with a note; 0: as many as there are */
    char delimiter, decimal; /* of CSV: between fields (' ': any run of blanks), and '.'
                                or ',' in numbers; 0: found from the first lines */
    bool testing;            /* of a file with both (x_train, x_test) the test part */
    bool maybe_unlabelled;   /* rows may come without targets (to predict them) */
    cvr_comm *comm;          /* cvr_dataset_load sets it: whose question ends reading */
    /* Of tables (CSV): */
    const char *ignore;  /* columns that are left out: names, or indices from 0: "a,b" */
    const char *weights; /* file of a weight a row, or a column of CSV; NULL: 1 */
    const char *class_weights; /* as in cvr_dataset */
    cvr_missing missing;
    bool missing_indicator;    /* a feature more for each column with missing values */
    const cvr_transform *like; /* of a model or of training data: columns are found by
                                  their names (without names by their number), are what
                                  they were there, and so are missing values */
    bool unlabelled;           /* targets are not looked at */
    bool every_row;            /* none may be left out: where that would be done with a
                                  missing value, it is an error */
    /* Of nodes of a graph, a row each: */
    const char *graph; /* file of edges, "u v" a line, nodes from 0; NULL: none */
    int hops;          /* features of a row: [h, (A h), ..., (A^hops h)] */
    bool row_sums;     /* a node's h is divided by the sum of its sizes first */
    const char *split; /* file of the part of each node, "u train" a line (val, test or
                          none); only the nodes of the part train are kept (testing: of
                          test), and only their labels are looked at; NULL: all nodes */
} cvr_load;

/* Reads raw rows: images already gray, resized and described, but neither normalised nor
   with a bias column. Each process keeps its block of rows. Fails with CVR_IO,
   CVR_BAD_DATA (file, line or record, column and value in the sentence) or
   CVR_NO_MEMORY. *data is the caller's. Collective. */
CVR_API cvr_status cvr_dataset_load(const cvr_load *how, cvr_comm *comm,
                                    cvr_dataset **data) CVR_MUST_CHECK;
/* A column of CSV files as texts. */
typedef struct cvr_texts {
    char *name; /* of the column; NULL: there is no header */
    int64_t count;
    char **item;
} cvr_texts;
/* One column (a name, "last" or an index from 0) of the rows that `how` names: all rows,
   not a block of them. Not collective. CVR_USAGE when a file is not CSV. */
CVR_API cvr_status cvr_texts_read(const cvr_load *how, const char *column,
                                  cvr_texts *t) CVR_MUST_CHECK;
CVR_API void cvr_texts_free(cvr_texts *t); /* leaves {0} */
/* The type of an array's elements; the first two are those of cvr_type. */
typedef enum cvr_array_type {
    CVR_FLOAT64 = CVR_DOUBLE,
    CVR_FLOAT32 = CVR_SINGLE,
    CVR_INT64,
    CVR_INT32,
    CVR_UINT8,
    CVR_CSR /* sparse rows: data is a cvr_sparse of rows x cols; X of a call only */
} cvr_array_type;

/* rows x cols elements as they lie in the caller's memory: element (i, j) is
   data[i row_stride + j col_stride]. Strides are numbers of elements and may be negative
   (data is element (0, 0) all the same); both 0: row after row without gaps, C order. */
typedef struct cvr_array {
    void *data; /* only read, but for an array that takes results */
    cvr_array_type type;
    int64_t rows, cols;
    int64_t row_stride, col_stride;
} cvr_array;
/* A data set of own rows of arrays: X (n x d) is copied, once, into `type`, from Y
   (n x k) come the targets: of one column labels of classes or values, as task says
   (auto: as for files); of several columns values, or with CVR_CLASSIFY one-hot rows.
   CVR_USAGE (shapes, types, strides; columns that differ between processes), CVR_BAD_DATA
   (an entry that is not finite, with row and column; rows that are not one-hot),
   CVR_NO_MEMORY, CVR_INTERRUPTED. *data, the caller's, is raw: cvr_dataset_fit_transform
   comes next. Sparse rows stay sparse where files would be. Collective. */
CVR_API cvr_status cvr_dataset_from_arrays(cvr_array X, cvr_array Y, cvr_type type,
                                           cvr_task task, cvr_comm *comm,
                                           cvr_dataset **data) CVR_MUST_CHECK;
/* Moves a fraction of the rows (amount < 1) or a number of them, drawn by the seed, the
   same at any process count, to *test, the caller's. data keeps the others. CVR_USAGE (a
   number of rows that is not below theirs, or none), CVR_NO_MEMORY, CVR_INTERRUPTED; data
   is then as it was. Collective. */
CVR_API cvr_status cvr_dataset_split(cvr_dataset *data, double amount, uint64_t seed,
                                     cvr_comm *comm, cvr_dataset **test) CVR_MUST_CHECK;
/* *copy, the caller's: rows and transform. CVR_NO_MEMORY. Collective. */
CVR_API cvr_status cvr_dataset_copy(const cvr_dataset *data, cvr_comm *comm,
                                    cvr_dataset **copy) CVR_MUST_CHECK;
/* Fold number `fold` of `folds` (at least 2), drawn by the seed: its rows are copied to
   *test, the others to *train. Each row is in one fold, their sizes differ by one at
   most, they are the same at any process count. CVR_USAGE when there are fewer rows, and
   both are NULL then. Collective. */
CVR_API cvr_status cvr_dataset_fold(const cvr_dataset *data, int folds, int fold,
                                    uint64_t seed, cvr_comm *comm, cvr_dataset **train,
                                    cvr_dataset **test) CVR_MUST_CHECK;
/* Fits on `data` what takes the place of missing values, categories, shift and scale,
   applies all, appends a column of ones for a penalised bias. CVR_USAGE when the data are
   already transformed, CVR_BAD_DATA (no rows, one class only, a missing value),
   CVR_NO_MEMORY, CVR_INTERRUPTED. Collective. */
CVR_API cvr_status cvr_dataset_fit_transform(cvr_dataset *data, cvr_normalize normalize,
                                             cvr_bias bias,
                                             cvr_comm *comm) CVR_MUST_CHECK;
/* Applies a fitted transform to raw rows; CVR_BAD_DATA when columns that it names are not
   there, or without names when the widths differ, or (names not NULL) when a class is
   unknown. Classes are put in the order of names (`classes` of them). CVR_NO_MEMORY.
   Collective. */
CVR_API cvr_status cvr_dataset_transform(cvr_dataset *data,
                                         const cvr_transform *transform, int classes,
                                         char *const *names,
                                         cvr_comm *comm) CVR_MUST_CHECK;
/* Takes NULL. */
CVR_API void cvr_dataset_free(cvr_dataset *data);
/* Gives sparse rows a dense X in place of S; dense ones are left. CVR_NO_MEMORY names
   what it would take. */
CVR_API cvr_status cvr_dataset_make_dense(cvr_dataset *data) CVR_MUST_CHECK;

/* Writes rows in a format of CVR_FORMATS_WRITTEN (by its name, or by the ending of path
   when NULL; ".gz" compresses csv and libsvm; "-" is standard output, csv). Under a
   temporary name, synced, renamed. This process's own rows only. CVR_USAGE (a format that
   is not written, or cannot hold such data), CVR_IO, CVR_NO_MEMORY. */
CVR_API cvr_status cvr_dataset_save(const cvr_dataset *data, const char *path,
                                    const char *format) CVR_MUST_CHECK;

/* What `cvxrelu gen` makes: a row is a function of (seed, row) alone. */
typedef struct cvr_generate {
    const char *kind; /* teacher spiral glyphs relu-regression higgs-like */
    int64_t rows;
    int64_t features; /* teacher, relu-regression: 0 means 20; others fix their own */
    int neurons;      /* teacher: planted ReLU neurons, 0 means 5 */
    int classes;      /* glyphs 2..10, spiral 2.. ; 0 means 2 */
    double noise;     /* standard deviation, at most 1e30 */
    uint64_t seed;
    int64_t first; /* index of the first row: train 0.., test after it */
    cvr_type type;
} cvr_generate;
/* *data, the caller's: raw rows, split over the processes. CVR_USAGE (a kind, size or
   number of classes that there is not), CVR_NO_MEMORY. Collective. */
CVR_API cvr_status cvr_dataset_generate(const cvr_generate *what, cvr_comm *comm,
                                        cvr_dataset **data) CVR_MUST_CHECK;
/* The same rows, all of them, to a file as cvr_dataset_save writes it; only some are in
   memory at a time. *sample, the caller's: the first of them. This process alone. */
CVR_API cvr_status cvr_generate_save(const cvr_generate *what, const char *path,
                                     const char *format,
                                     cvr_dataset **sample) CVR_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
