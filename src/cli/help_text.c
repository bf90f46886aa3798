/* Texts of help: the program, exit codes, and the description of an option. */
#include "cli/help_text.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

const cli_exit cli_exits[] = {{0, "fine, also at a limit of time or iterations"},
                              {1, "anything else"},
                              {2, "usage"},
                              {3, "bad data or model"},
                              {4, "not converged (--strict)"},
                              {5, "numerical failure"},
                              {6, "not enough memory"},
                              {7, "input or output"},
                              {8, "parallel"},
                              {75, "stopped on request (SIGUSR2), with a checkpoint"},
                              {130, "interrupted (Ctrl-C)"},
                              {141, "the reader of standard output has gone (head)"},
                              {143, "terminated"},
                              {0, NULL}};

const char cli_about[] =
    "ReLU networks trained without gradients, with a proof of how good they are";

const char cli_examples[] =
    "cvxrelu gen glyphs --rows 1000 -o digits.csv\n"
    "cvxrelu train convex --data digits.csv --holdout 0.2 -o digits.safetensors\n"
    "cvxrelu eval --model digits.safetensors --data digits.csv";

static const struct {
    const char *name, *placeholder;
} kinds[] = {[CVR_REAL] = {"real", "X"},          [CVR_INTEGER] = {"integer", "N"},
             [CVR_SECONDS] = {"seconds", "TIME"}, [CVR_SWITCH] = {"switch", ""},
             [CVR_CHOICE] = {"choice", "WORD"},   [CVR_TEXT] = {"text", "TEXT"},
             [CVR_FILE] = {"file", "FILE"},       [CVR_FOLDER] = {"folder", "FOLDER"},
             [CVR_LIST] = {"list", "FILE"}};

const char *cli_kind_name(cvr_option_kind kind)
{
    return kinds[kind].name;
}

const char *cli_placeholder(cvr_option_kind kind)
{
    return kinds[kind].placeholder;
}

/* "; at least 0", "; from 0 to 1", ... */
static void limits(const cvr_option *o, char *text, size_t size)
{
    bool number = o->kind == CVR_REAL || o->kind == CVR_INTEGER || o->kind == CVR_SECONDS;
    text[0] = '\0';
    if (!number)
        return;
    if (o->max >= 1e6)
        snprintf(text, size, "; %s %.10g", o->min == DBL_MIN ? "above" : "at least",
                 o->min == DBL_MIN ? 0 : o->min);
    else if (o->min == DBL_MIN)
        snprintf(text, size, "; above 0, at most %.10g", o->max);
    else
        snprintf(text, size, "; %.10g to %.10g", o->min, o->max);
}

void cli_describe_option(const cvr_option *o, char *text, size_t size)
{
    char more[512];
    if (o->kind == CVR_SWITCH) {
        snprintf(text, size, "%s", o->help);
    } else if (o->kind == CVR_CHOICE) {
        snprintf(more, sizeof more, "%s", o->choices);
        for (char *bar = more; (bar = strchr(bar, '|'));)
            *bar = ',';
        snprintf(text, size, "{%s} (default %s): %s", more, o->initial, o->help);
    } else {
        limits(o, more, sizeof more);
        snprintf(text, size, "%s (%s%s%s)", o->help, *o->initial ? "default " : "unset",
                 o->initial, more);
    }
}
