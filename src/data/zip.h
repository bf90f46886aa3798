/* What is in a zip archive. */
#ifndef CVR_DATA_ZIP_H
#define CVR_DATA_ZIP_H

#include "data/substream.h"

typedef struct cvr_zip_entry {
    char *name;           /* without `ending` */
    int64_t at;           /* of its own header in the file */
    int64_t packed, size; /* bytes in the file, and of content */
    uint32_t sum;         /* CRC-32 of the content */
    int method, flags;
} cvr_zip_entry;

/* The entries whose names end so; the caller's, freed by cvr_zip_free. in is a file that
   is not compressed as a whole. CVR_BAD_DATA when it is cut off or no zip archive. */
cvr_status cvr_zip_list(cvr_stream *in, const char *ending, cvr_zip_entry **list,
                        int *count) CVR_MUST_CHECK;
/* The content of an entry; the substream keeps its sum. CVR_BAD_DATA when it is encrypted
   or compressed otherwise than by deflate. */
cvr_status cvr_zip_open(cvr_stream *in, const cvr_zip_entry *entry,
                        cvr_substream *s) CVR_MUST_CHECK;
void cvr_zip_free(cvr_zip_entry *list, int count); /* takes NULL */

#endif
