# Completion for bash of `cvxrelu help --json`: its tables, then the function that reads them.
#     awk -v body=completion.bash -f json.awk -f completion.awk help.json

function join(list, field,    i, line) {
    for (i = 0; i < count[list]; i++)
        line = line (i ? " " : "") value[list "." i (field != "" ? "." field : "")]
    return line
}

function names(list,    i, line) {
    for (i = 0; i < count[list]; i++)
        line = line " --" value[list "." i ".name"]
    return line
}

# What follows each option: words, the name of a file or a folder, or what nobody can complete.
function values(command, method, list,    i, o, kind, words) {
    for (i = 0; i < count[list]; i++) {
        o = list "." i
        kind = value[o ".kind"]
        words = kind == "choice" ? join(o ".choices") : kind == "list" ? "@file" : \
            kind == "file" || kind == "folder" ? "@" kind : "@none"
        if (kind != "switch")
            print "    " command ":" method ":--" value[o ".name"] ") echo '" words "' ;;"
    }
}

function commands_options(    i, k, c) {
    print "\n# COMMAND METHOD: the options\n_cvxrelu_options() {\n    case $1 in"
    for (i = 0; i < count["commands"]; i++) {
        c = "commands." i
        print "    " value[c ".name"] ") echo '" names(c ".options") \
            (value[c ".method_options"] == "true" ? names("method_options") : "") " --help' ;;"
    }
    print "    esac\n    case $1:$2 in"
    for (i = 0; i < count["commands"]; i++)
        for (k = 0; value["commands." i ".argument"] == "method" && k < count["methods"]; k++)
            print "    " value["commands." i ".name"] ":" value["methods." k ".name"] ") echo '" \
                names("methods." k ".options") "' ;;"
    print "    esac\n}"
}

# The first that fits counts: a method's own option hides a common one.
function all_values(    i) {
    print "\n# COMMAND METHOD --OPTION: words, @file, @folder or @none; nothing for a switch\n_cvxrelu_values() {\n    case $1:$2:$3 in\n    *:-o) echo '@file' ;;"
    for (i = 0; i < count["methods"]; i++)
        values("*", value["methods." i ".name"], "methods." i ".options")
    for (i = 0; i < count["commands"]; i++)
        values(value["commands." i ".name"], "*", "commands." i ".options")
    values("*", "*", "method_options")
    print "    esac\n}"
}

function command_words(    i, c, kind) {
    print "\n# COMMAND: arguments other than options\n_cvxrelu_words() {\n    case $1 in"
    for (i = 0; i < count["commands"]; i++) {
        c = "commands." i
        kind = value[c ".argument"]
        print "    " value[c ".name"] ") echo " (kind == "topic" ? "\"$_cvxrelu_commands\"" : \
            kind == "spec" || kind == "method" ? "\"$_cvxrelu_methods\"" : \
            "'" (kind == "choice" ? join(c ".argument_choices") : "@" kind) "'") " ;;"
    }
    print "    esac\n}"
}

END {
    read_json()
    for (i = 0; i < count["commands"]; i++)
        if (value["commands." i ".argument"] == "method")
            methodical = methodical " " value["commands." i ".name"] " "
    print "# Completion of cvxrelu for bash; made of: cvxrelu help --json\n# shellcheck shell=bash"
    print "_cvxrelu_commands='" join("commands", "name") "'"
    print "_cvxrelu_methods='" join("methods", "name") "'"
    print "_cvxrelu_methodical='" methodical "'"
    commands_options()
    all_values()
    command_words()
    while ((getline line <body) > 0)
        if (line !~ /^#/)
            print line
}
