# Manual pages in man(7) macros of `cvxrelu help --json`, cvxrelu.1 and cvxrelu-COMMAND.1:
#     awk -v folder=FOLDER -f json.awk -f man.awk help.json

# As troff reads it: a hyphen that can be copied, no control line, ASCII quotes.
function plain(s) {
    gsub(/\\/, "\\e", s)
    gsub(/-/, "\\-", s)
    gsub(/'/, "\\(aq", s)
    return s
}

# The same; a line may break after a comma of {choices}.
function breakable(s,    choices) {
    if (substr(s, 1, 1) != "{")
        return plain(s)
    choices = plain(substr(s, 1, index(s, "}")))
    gsub(/,/, ",\\:", choices)
    return choices plain(substr(s, index(s, "}") + 1))
}

function put(s) {
    print (s ~ /^['.]/ ? "\\&" : "") breakable(s) >page
}

function sentence(s) {
    put(toupper(substr(s, 1, 1)) substr(s, 2) ".")
}

function section(title) {
    print ".SH \"" plain(title) "\"" >page
}

function paragraph(s) {
    print ".PP" >page
    put(s)
}

function item(name, about) {
    print ".TP\n\\fB" plain(name) "\\fR" >page
    put(about)
}

# The options of a list, under the title of each group.
function options(list, title,    i, o, group) {
    for (i = 0; i < count[list]; i++) {
        o = list "." i
        if (i == 0 || value[o ".group"] != group) {
            group = value[o ".group"]
            print ".SS \"" plain(group != "" ? group : title) "\"" >page
        }
        print ".TP\n\\fB" plain("--" value[o ".name"]) "\\fR" \
            (value[o ".placeholder"] != "" ? "\\fI " value[o ".placeholder"] "\\fR" : "") >page
        put(value[o ".text"])
    }
}

function items(list, name, about,    i) {
    for (i = 0; i < count[list]; i++)
        item(value[list "." i "." name], value[list "." i "." about])
}

function head(command, about,    name) {
    name = "cvxrelu" (command != "" ? "-" command : "")
    page = folder "/" name ".1"
    sub(/;.*/, "", about)
    print ".\\\" Made of cvxrelu help --json." >page
    print ".TH " plain(toupper(name)) " 1 \"\" \"cvxrelu " value["version"] "\" \"User Commands\"" >page
    print ".ad l" >page # a line of choices has no space to widen
    section("NAME")
    print plain(name) " \\- " about >page
    section("SYNOPSIS")
}

function exits() {
    section("EXIT STATUS")
    items("exit_codes", "code", "meaning")
}

function examples(list,    i) {
    section("EXAMPLES")
    print ".nf" >page
    for (i = 0; i < count[list]; i++)
        put(value[list "." i])
    print ".fi" >page
}

function see_also(command,    i, name, line) {
    section("SEE ALSO")
    line = command != "" ? ", \\fBcvxrelu\\fR(1)" : ""
    for (i = 0; i < count["commands"]; i++) {
        name = value["commands." i ".name"]
        if (name != command)
            line = line ", \\fBcvxrelu\\-" name "\\fR(1)"
    }
    print substr(line, 3) >page
}

function overview() {
    head("", value["about"])
    print "\\fBcvxrelu\\fR \\fICOMMAND\\fR [\\fIoptions\\fR]" >page
    section("DESCRIPTION")
    paragraph("The result goes to standard output, everything else to standard error. MPI is started when a launcher (mpirun, srun) is detected.")
    section("COMMANDS")
    items("commands", "name", "about")
    section("METHODS")
    items("methods", "name", "about")
    exits()
    section("ENVIRONMENT")
    item("OPENBLAS_NUM_THREADS, OMP_NUM_THREADS", "threads, unless --threads says it")
    item("OPENBLAS_CORETYPE", "kernels of OpenBLAS to use instead of those it chooses")
    item("NO_COLOR", "no line of progress")
    examples("examples")
    see_also("")
    close(page)
}

# The options of all methods are on the page of the first command that takes a method.
function methods(    i, m) {
    for (i = 0; i < count["methods"]; i++) {
        m = "methods." i
        section("METHOD " value[m ".name"])
        sentence(value[m ".about"])
        options(m ".options", "Options of the method")
    }
}

function command_page(c,    name, here, for_methods) {
    name = value[c ".name"]
    here = value[c ".argument"] == "method" && (described == "" || described == name)
    for_methods = value[c ".method_options"] == "true"
    head(name, value[c ".about"])
    print "\\fBcvxrelu " name "\\fR " plain(value[c ".arguments"]) " [\\fIoptions\\fR]" >page
    section("DESCRIPTION")
    sentence(value[c ".about"])
    if (here)
        described = name
    else if (for_methods)
        paragraph("The options of the methods are described in cvxrelu-" described "(1).")
    section("OPTIONS")
    options(c ".options", "Options")
    if (for_methods)
        options("method_options", "All methods")
    if (here)
        methods()
    if (value[c ".argument"] == "method") {
        section("RESULT")
        paragraph("The short table has the words down to note, -v and --json have all.")
        items("results", "key", "meaning")
    }
    exits()
    examples(c ".examples")
    see_also(name)
    close(page)
}

END {
    read_json()
    overview()
    for (command = 0; command < count["commands"]; command++)
        command_page("commands." command)
}
