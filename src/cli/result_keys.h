/* The keys of a result. */
#ifndef CVR_CLI_RESULT_KEYS_H
#define CVR_CLI_RESULT_KEYS_H

#include <stdbool.h>

#include <jansson.h>

typedef struct cli_result_key {
    const char *key; /* NULL ends the list */
    bool brief;      /* in the table without -v */
    const char *about;
} cli_result_key;

extern const cli_result_key cli_result_keys[];

/* The keys of the short table, in their order. The caller drops it. */
json_t *cli_brief(const json_t *result);

#endif
