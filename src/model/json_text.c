#include "model/json_text.h"

#include "base/bytes.h"

json_t *cvr_json_text(const char *text)
{
    char *copy = NULL;
    json_t *value = json_string(text);
    if (!value && cvr_text_copy(text, &copy) == CVR_OK) {
        for (char *c = copy; *c; c++)
            *c = (unsigned char)*c < 0x80 ? *c : '?';
        value = json_string(copy);
    }
    cvr_release(copy);
    return value;
}
