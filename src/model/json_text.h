/* Texts of files in JSON. */
#ifndef CVR_MODEL_JSON_TEXT_H
#define CVR_MODEL_JSON_TEXT_H

#include <jansson.h>

/* text, or, when it is not UTF-8, with question marks for what is not ASCII; NULL: no
   memory. The caller drops it. */
json_t *cvr_json_text(const char *text);

#endif
