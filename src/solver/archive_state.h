/* What an archive is made of: a file, or a copy in memory, and where it stands. */
#ifndef CVR_SOLVER_ARCHIVE_STATE_H
#define CVR_SOLVER_ARCHIVE_STATE_H

#include "model/checkpoint.h"

/* COPYING and RECALLING: to and from memory (snapshot.c), of own rows, without
   messages. */
typedef enum cvr_archive_mode {
    CVR_LISTING,
    CVR_SAVING,
    CVR_RESTORING,
    CVR_COPYING,
    CVR_RECALLING
} cvr_archive_mode;

/* Matrices one after another: `room' bytes of which `used' are. */
typedef struct cvr_copies {
    char *bytes;
    int64_t room, used;
} cvr_copies;

struct cvr_archive {
    cvr_archive_mode keeping;
    cvr_comm *comm;
    int64_t rows, first, own;      /* of all processes; first and number of own ones */
    cvr_checkpoint_writer *writer; /* of process 0; NULL elsewhere */
    cvr_checkpoint_reader *reader; /* likewise */
    cvr_copies *copies;            /* of COPYING and RECALLING */
    cvr_mat strip;                 /* numbers x 1, double: columns on their way */
    char part[64];                 /* "certificate.margin." */
    int kept;                      /* matrices so far */
    cvr_status status;
};

#endif
