/* `help --completion bash`: a script for bash(1), its tables made of ours. */
#include <stdio.h>
#include <string.h>

#include "cli/pages.h"

/* ---- tables
 * ---------------------------------------------------------------------------- */

static void names(const cvr_option *rows)
{
    for (; rows && rows->name; rows++)
        printf(" --%s", rows->name);
}

/* What follows an option: words, a file name, or something that nobody can complete. */
static void values(const char *command, const char *method, const cvr_option *rows)
{
    char words[512];
    for (; rows && rows->name; rows++) {
        bool text = rows->kind == CVR_TEXT || rows->kind == CVR_LIST;
        if (rows->kind == CVR_SWITCH)
            continue;
        snprintf(words, sizeof words, "%s", text ? "@file" : "@none");
        if (rows->kind == CVR_CHOICE)
            cli_join_choices(rows->choices, " ", words, sizeof words);
        printf("    %s:%s:--%s) echo '%s' ;;\n", command, method, rows->name, words);
    }
}

/* Words of a command or method in an assignment. */
static void list(const char *name, void (*print)(void))
{
    printf("%s='", name);
    print();
    puts("'");
}

static void commands(void)
{
    for (const cli_command *c = cli_commands; c->name; c++)
        printf("%s%s", c == cli_commands ? "" : " ", c->name);
}

static void methods(void)
{
    for (int i = 0; i < cvr_method_count(); i++)
        printf("%s%s", i ? " " : "", cvr_method_at(i)->name);
}

static void methodical(void)
{
    for (const cli_command *c = cli_commands; c->name; c++)
        if (c->method)
            printf(" %s ", c->name);
}

/* ---- functions
 * ------------------------------------------------------------------------- */

static void print_options(void)
{
    puts("\n# COMMAND METHOD: the options\n"
         "_cvxrelu_options() {\n"
         "    case $1 in");
    for (const cli_command *c = cli_commands; c->name; c++) {
        printf("    %s) echo '", c->name);
        for (const cli_table *t = c->tables; t->title; t++)
            names(t->rows);
        if (cli_knows_methods(c))
            names(cvr_common_options());
        puts(" --help' ;;");
    }
    puts("    esac\n    case $1:$2 in");
    for (const cli_command *c = cli_commands; c->name; c++)
        for (int i = 0; c->method && i < cvr_method_count(); i++) {
            printf("    %s:%s) echo '", c->name, cvr_method_at(i)->name);
            names(cvr_method_at(i)->options);
            puts("' ;;");
        }
    puts("    esac\n}");
}

/* The first that fits counts: a method's own option hides a common one. */
static void print_values(void)
{
    puts("\n# COMMAND METHOD --OPTION: words, @file or @none; nothing for a switch\n"
         "_cvxrelu_values() {\n"
         "    case $1:$2:$3 in\n"
         "    *:-o) echo '@file' ;;");
    for (int i = 0; i < cvr_method_count(); i++)
        values("*", cvr_method_at(i)->name, cvr_method_at(i)->options);
    for (const cli_command *c = cli_commands; c->name; c++)
        for (const cli_table *t = c->tables; t->title; t++)
            values(c->name, "*", t->rows);
    values("*", "*", cvr_common_options());
    puts("    esac\n}");
}

static void print_words(void)
{
    char words[512];
    puts("\n# COMMAND: arguments other than options\n"
         "_cvxrelu_words() {\n"
         "    case $1 in\n"
         "    help) echo \"$_cvxrelu_commands\" ;;");
    for (const cli_command *c = cli_commands; c->name; c++) {
        if (c->word_choices)
            cli_join_choices(c->word_choices, " ", words, sizeof words);
        else
            snprintf(words, sizeof words, "%s", c->max_words > 0 ? "@file" : "@none");
        if (c->run == cli_compare)
            printf("    %s) echo \"$_cvxrelu_methods\" ;;\n", c->name);
        else if (c->run != cli_help)
            printf("    %s) echo '%s' ;;\n", c->name, words);
    }
    puts("    esac\n}");
}

static const char *const body =
    "\n"
    "_cvxrelu() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local command=${COMP_WORDS[1]} method='' choices='' line\n"
    "    if [ \"$word\" = = ]; then\n"
    "        word=''\n"
    "    elif [ \"$before\" = = ]; then\n"
    "        before=${COMP_WORDS[COMP_CWORD-2]}\n"
    "    fi\n"
    "    COMPREPLY=()\n"
    "    if [ \"$COMP_CWORD\" = 1 ]; then\n"
    "        choices=\"$_cvxrelu_commands --help --version\"\n"
    "    else\n"
    "        case $_cvxrelu_methodical in *\" $command \"*) method=${COMP_WORDS[2]} ;; "
    "esac\n"
    "        case $before in -*) choices=$(_cvxrelu_values \"$command\" \"$method\" "
    "\"$before\") ;; esac\n"
    "    fi\n"
    "    if [ -z \"$choices\" ]; then\n"
    "        if [[ $word = -* ]]; then\n"
    "            choices=$(_cvxrelu_options \"$command\" \"$method\")\n"
    "        elif [ -n \"$method\" ] || [[ $_cvxrelu_methodical = *\" $command \"* ]]; "
    "then\n"
    "            [ \"$COMP_CWORD\" != 2 ] || choices=$_cvxrelu_methods\n"
    "        else\n"
    "            choices=$(_cvxrelu_words \"$command\")\n"
    "        fi\n"
    "    fi\n"
    "    case $choices in\n"
    "        @none | '') ;;\n"
    "        @file) compopt -o filenames 2>/dev/null\n"
    "            while IFS= read -r line; do COMPREPLY+=(\"$line\"); done "
    "< <(compgen -f -- \"$word\") ;;\n"
    "        *) while IFS= read -r line; do COMPREPLY+=(\"$line\"); done "
    "< <(compgen -W \"$choices\" -- \"$word\") ;;\n"
    "    esac\n"
    "}\n"
    "complete -F _cvxrelu cvxrelu";

cvr_status cli_print_completion(void)
{
    puts("# Completion of cvxrelu for bash; made by: cvxrelu help --completion bash\n"
         "# shellcheck shell=bash");
    list("_cvxrelu_commands", commands);
    list("_cvxrelu_methods", methods);
    list("_cvxrelu_methodical", methodical);
    print_options();
    print_values();
    print_words();
    puts(body);
    return cli_flush();
}
