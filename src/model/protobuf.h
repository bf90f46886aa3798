/* Messages of protocol buffers on their way out: fields behind each other in memory. A
   field is its number and wire type, then a whole number of 7 bits a byte, or a
   length and so many bytes, or 4 bytes of a float. A failure stays in the message:
   who builds one asks once, at its end. Source: protobuf.dev, "Encoding". */
#ifndef CVR_MODEL_PROTOBUF_H
#define CVR_MODEL_PROTOBUF_H

#include <stdint.h>

#include "base/fail.h"

typedef struct cvr_message {
    unsigned char *bytes;
    int64_t length, room;
    cvr_status status; /* CVR_NO_MEMORY: the rest has no meaning */
} cvr_message;

void cvr_message_int(cvr_message *m, int field, int64_t value);
void cvr_message_float(cvr_message *m, int field, float value);
void cvr_message_text(cvr_message *m, int field, const char *text);
/* Room for a field of that many bytes, which the caller fills in; NULL: none. */
unsigned char *cvr_message_bytes(cvr_message *m, int field, int64_t length);
/* A message in a message, which is freed. */
void cvr_message_put(cvr_message *m, int field, cvr_message *inner);
/* The fields of another message behind one's own; it is freed. */
void cvr_message_append(cvr_message *m, cvr_message *other);
void cvr_message_free(cvr_message *m); /* leaves {0} */

#endif
