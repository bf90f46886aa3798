/* Arguments and configuration files -> settings and positional arguments. */
#define _GNU_SOURCE
#include "cli/parse.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/message.h"
#include "cli/try.h"

/* ---- settings of a command --------------------------------------------------------- */

/* The options of every method as texts: methods that share a name read it differently. */
static cvr_status gather_options(cli_call *call)
{
    int count = 0, at = 0;
    for (int i = 0; cvr_method_at(i); i++)
        for (const cvr_option *o = cvr_method_at(i)->options; o->name; o++)
            count++;
    call->any_method = calloc((size_t)count + 1, sizeof *call->any_method);
    if (!call->any_method)
        return cvr_fail(CVR_NO_MEMORY, "cannot keep %d options", count);
    for (int i = 0; cvr_method_at(i); i++)
        for (const cvr_option *o = cvr_method_at(i)->options; o->name; o++)
            call->any_method[at++] =
                (cvr_option){.name = o->name,
                             .kind = o->kind == CVR_SWITCH ? CVR_SWITCH : CVR_TEXT,
                             .initial = o->kind == CVR_SWITCH ? "no" : "",
                             .help = o->help};
    return CVR_OK;
}

static cvr_status make_settings(cli_call *call)
{
    cvr_status status = CVR_OK;
    bool several = call->command->argument == CLI_SPEC;
    TRY(cvr_settings_new(call->method, &call->settings));
    const cli_table *t;
    for (int i = 0; (t = cli_table_at(call->command, i)); i++)
        TRY(cvr_settings_add(call->settings, t->rows));
    if (several)
        TRY(cvr_settings_add(call->settings, cvr_common_options()));
    if (several && !call->any_method)
        TRY(gather_options(call));
    if (several)
        TRY(cvr_settings_add(call->settings, call->any_method));
done:
    return status;
}

/* ---- arguments --------------------------------------------------------------------- */

static const struct {
    const char *letter, *name;
} short_names[] = {
    {"-o", "output"}, {"-v", "verbose"}, {"-q", "quiet"}, {"-h", "help"}, {0}};

/* The option's name in an argument, NULL when it is a word. *value: behind '='. */
static const char *option_name(const char *argument, const char **value, char *name,
                               size_t size)
{
    *value = NULL;
    for (int i = 0; short_names[i].letter; i++)
        if (strcmp(argument, short_names[i].letter) == 0)
            return short_names[i].name;
    if (strncmp(argument, "--", 2) != 0)
        return NULL;
    const char *text = argument + 2;
    size_t length = strcspn(text, "=");
    snprintf(name, size, "%.*s", (int)(length < size ? length : size - 1), text);
    if (text[length] == '=')
        *value = text + length + 1;
    return name;
}

static cvr_status set_option(cli_call *call, const char *name, const char *value,
                             char **argv, int *i)
{
    const cvr_option *row = cvr_settings_find(call->settings, name);
    if (!value && row && row->kind == CVR_SWITCH)
        value = "yes";
    if (!value && row) {
        const char *next = argv[*i + 1];
        bool text = row->kind >= CVR_TEXT;
        if (!next || (text && strncmp(next, "--", 2) == 0))
            return cvr_fail(CVR_USAGE, "--%s needs a value", name);
        value = next;
        *i += 1;
    }
    return cvr_settings_set(call->settings, name, value ? value : "");
}

static cvr_status read_arguments(int argc, char **argv, cli_call *call)
{
    char buffer[64];
    bool only_words = false;
    cvr_status status = CVR_OK;
    for (int i = 0; i < argc; i++) {
        const char *value = NULL;
        const char *name =
            only_words ? NULL : option_name(argv[i], &value, buffer, sizeof buffer);
        if (!only_words && strcmp(argv[i], "--") == 0)
            only_words = true;
        else if (!name && !only_words && argv[i][0] == '-' && argv[i][1])
            FAIL(CVR_USAGE, "unknown option %s", argv[i]);
        else if (!name)
            call->positional[call->positional_count++] = argv[i];
        else if (strcmp(name, "help") == 0)
            call->help = true;
        else
            TRY(set_option(call, name, value, argv, &i));
    }
done:
    return status;
}

/* ---- configuration file ------------------------------------------------------------ */

static char *strip(char *text)
{
    text += strspn(text, " \t\r\n");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* "key = value", "# remark" or nothing; what the command line has given stays. */
static cvr_status read_line(cli_call *call, const cvr_settings *command_line, char *line)
{
    char *key = strip(line), *equals = strchr(key, '=');
    if (*key == '\0' || *key == '#')
        return CVR_OK;
    if (!equals)
        return cvr_fail(CVR_USAGE, "'%.60s' is not: key = value", key);
    *equals = '\0';
    key = strip(key);
    if (strcmp(key, "config") == 0)
        return cvr_fail(CVR_USAGE, "a configuration file cannot include another one");
    if (cvr_settings_given(command_line, key))
        return CVR_OK;
    return cvr_settings_set(call->settings, key, strip(equals + 1));
}

static cvr_status read_lines(cli_call *call, const cvr_settings *command_line,
                             const char *path, FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    cvr_status status = CVR_OK;
    for (int number = 1; status == CVR_OK && getline(&line, &size, file) >= 0; number++) {
        status = read_line(call, command_line, line);
        if (status != CVR_OK)
            cli_prefix_error(status, "%.200s:%d", path, number);
    }
    if (status == CVR_OK && ferror(file))
        status = cvr_fail(CVR_IO, "%s: cannot be read", path);
    free(line);
    return status;
}

/* The file first, the command line over it: so lists of the one do not mix with the
   other's. */
static cvr_status read_config(int argc, char **argv, cli_call *call)
{
    const char *path = cvr_settings_text(call->settings, "config");
    cvr_settings *command_line = call->settings;
    FILE *file = NULL;
    cvr_status status = CVR_OK;
    if (!path)
        return CVR_OK;
    call->settings = NULL;
    TRY(make_settings(call));
    file = fopen(path, "r");
    if (!file)
        FAIL(CVR_IO, "%s: %s", path, strerror(errno));
    TRY(read_lines(call, command_line, path, file));
    call->positional_count = 0;
    TRY(read_arguments(argc, argv, call));
done:
    if (file)
        fclose(file);
    cvr_settings_free(command_line);
    return status;
}

/* ---- all --------------------------------------------------------------------------- */

static cvr_status check_words(const cli_call *call)
{
    const cli_command *c = call->command;
    int count = call->positional_count;
    if (count >= c->min_positional && count <= c->max_positional)
        return CVR_OK;
    if (count < c->min_positional) {
        cvr_fail(CVR_USAGE, "%s: an argument is missing: %s", c->name, c->usage);
        cvr_hint("cvxrelu %s --help", c->name);
        return CVR_USAGE;
    }
    const char *word = call->positional[c->max_positional];
    cvr_fail(CVR_USAGE, "%s: unexpected argument '%s'", c->name, word);
    if (cvr_settings_find(call->settings, "data"))
        cvr_hint("did you mean --data %s?", word);
    return CVR_USAGE;
}

/* train METHOD, cv METHOD: the method comes first, as it decides which options exist. */
static cvr_status take_method(int *argc, char ***argv, cli_call *call)
{
    const char *first = *argc > 0 ? **argv : NULL;
    const char *command = call->command->name;
    if (call->command->argument != CLI_METHOD || !first)
        return CVR_OK;
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
        return CVR_OK;
    if (first[0] == '-') {
        cvr_fail(CVR_USAGE, "%s: the method comes first, before %s", command, first);
        cvr_hint("cvxrelu %s convex %s ...", command, first);
        return CVR_USAGE;
    }
    call->method = first;
    *argc -= 1;
    *argv += 1;
    return CVR_OK;
}

cvr_status cli_parse(int argc, char **argv, cli_call *call)
{
    cvr_status status = CVR_OK;
    call->argc = argc;
    call->argv = argv;
    TRY(take_method(&argc, &argv, call));
    call->positional = calloc((size_t)argc + 1, sizeof *call->positional);
    if (!call->positional)
        FAIL(CVR_NO_MEMORY, "cannot keep %d arguments", argc);
    TRY(make_settings(call));
    TRY(read_arguments(argc, argv, call));
    if (call->help)
        return CVR_OK;
    if (call->command->argument == CLI_METHOD && !call->method) {
        const char *command = call->command->name;
        cvr_fail(CVR_USAGE, "%s: a method is missing", command);
        cvr_hint("cvxrelu %s convex --data FILE; cvxrelu %s --help lists methods",
                 command, command);
        return CVR_USAGE;
    }
    TRY(read_config(argc, argv, call));
    TRY(check_words(call));
done:
    return status;
}
