/* Texts in memory, and the quotes of CSV and the shell. */
#define _GNU_SOURCE
#include "cli/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/try.h"

static cvr_status no_memory(void)
{
    return cvr_fail(CVR_NO_MEMORY, "out of memory for a text");
}

/* ---- texts ------------------------------------------------------------------------- */

cvr_status cli_text_open(cli_text *t)
{
    *t = (cli_text){0};
    t->to = open_memstream(&t->bytes, &t->size);
    return t->to ? CVR_OK : no_memory();
}

cvr_status cli_text_end(cli_text *t)
{
    bool whole = t->to && !ferror(t->to);
    if (t->to && fclose(t->to) != 0)
        whole = false;
    t->to = NULL;
    return whole && t->bytes ? CVR_OK : no_memory();
}

cvr_status cli_path(const char *folder, const char *name, char **path)
{
    if (asprintf(path, "%s/%s", folder, name) >= 0)
        return CVR_OK;
    *path = NULL;
    return no_memory();
}

cvr_status cli_text_save(cli_text *t, const char *folder, const char *name)
{
    char *path = NULL;
    cvr_status status = CVR_OK;
    if (t->to)
        TRY(cli_text_end(t));
    TRY(cli_path(folder, name, &path));
    TRY(cvr_file_write(path, t->bytes, t->size));
done:
    free(path);
    return status;
}

void cli_text_free(cli_text *t)
{
    if (t->to)
        fclose(t->to);
    free(t->bytes);
    *t = (cli_text){0};
}

/* ---- quotes ------------------------------------------------------------------------ */

void cli_put_csv(FILE *to, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, to);
        return;
    }
    fputc('"', to);
    for (; *text; text++)
        fprintf(to, *text == '"' ? "\"\"" : "%c", *text);
    fputc('"', to);
}

void cli_put_shell(FILE *to, const char *word)
{
    static const char *const plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        "0123456789_-+=./,:@%";
    if (*word && word[strspn(word, plain)] == '\0') {
        fputs(word, to);
        return;
    }
    fputc('\'', to);
    for (; *word; word++)
        fprintf(to, *word == '\'' ? "'\\''" : "%c", *word);
    fputc('\'', to);
}

void cli_put_number(FILE *to, double x)
{
    if (isfinite(x))
        fprintf(to, "%.12g", x);
}

json_t *cli_json_text(const char *text)
{
    json_t *value = text ? json_string(text) : json_null();
    char *copy = value ? NULL : strdup(text);
    for (char *c = copy; c && *c; c++)
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    if (!value && copy)
        value = json_string(copy);
    free(copy);
    return value;
}
