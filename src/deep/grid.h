/* Layers over processes: --grid RxL, R parts of the rows times L columns of layers
   (parallel/comm.h). The L processes of a stack have the same rows, all those that the
   driver has dealt to them; a column owns layers that lie together. Without a grid one
   column owns all, and the rows are the driver's. */
#ifndef CVR_DEEP_GRID_H
#define CVR_DEEP_GRID_H

#include "deep/network.h"

/* A row of options. */
#define CVR_DEEP_GRID                                                                    \
    {                                                                                    \
        "grid", CVR_TEXT, "", 0, 0, NULL,                                                \
            "processes as parts of the rows times columns of layers, as in 1x4; by "     \
            "default all "                                                               \
            "share the rows, and each has all layers",                                   \
            CVR_DEEP_AT(const char *, grid)                                              \
    }

typedef struct cvr_deep_grid {
    cvr_comm *rows, *stack; /* NULL: no grid */
    cvr_problem problem;    /* that of the stack's rows, shared among `rows` */
    int columns, column;
    int begin, end;           /* own layers */
    int owner[CVR_DEEP_MOST]; /* the column of each layer */
    cvr_mat X, Y, W;          /* the driver's own rows, X with its ones; weights */
    int64_t own, place;       /* how many they are, and where they lie in the stack's */
    int64_t first;            /* row of the whole where the stack's begin */
} cvr_deep_grid;

/* The processes and their rows. CVR_USAGE: the text is no grid of so many processes.
   Collective. */
cvr_status cvr_deep_grid_pose(cvr_deep_grid *g, const cvr_problem *problem,
                              const char *text) CVR_MUST_CHECK;
/* Deals the layers such that the heaviest column is as light as it can be, and makes the
   network one of the own layers. CVR_USAGE: there are more columns than layers. */
cvr_status cvr_deep_grid_deal(cvr_deep_grid *g, cvr_deep_network *n) CVR_MUST_CHECK;
void cvr_deep_grid_lay_out(cvr_deep_grid *g, cvr_workspace *w, cvr_deep_network *n);
/* The rows of the stack; collective. */
cvr_status cvr_deep_grid_start(cvr_deep_grid *g, cvr_deep_network *n) CVR_MUST_CHECK;
/* Weights of all layers on all processes; collective. */
cvr_status cvr_deep_grid_share(const cvr_deep_grid *g,
                               cvr_deep_network *n) CVR_MUST_CHECK;
void cvr_deep_grid_free(cvr_deep_grid *g); /* takes {0} */

bool cvr_deep_grid_top(const cvr_deep_grid *g); /* this process owns the top */

#endif
