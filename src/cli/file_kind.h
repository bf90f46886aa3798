/* What a file is, by its first bytes. */
#ifndef CVR_CLI_FILE_KIND_H
#define CVR_CLI_FILE_KIND_H

#include <stdbool.h>

/* Whether it begins like safetensors: a model or a checkpoint, damaged or not. A pipe,
   which gives its bytes only once, is data. */
bool cli_is_model(const char *path);

#endif
