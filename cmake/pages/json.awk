# Reads one JSON text: value["commands.0.name"] of every string, number and word in it, and
# count["commands"] of every array. Call read_json() when all lines are in `text`.

{ text = text $0 }

# Where the next value goes.
function place(    path) {
    path = path_of[depth]
    if (kind_of[depth] == "[")
        return path "." count[path]++
    return path == "" ? key : path "." key
}

function open_one(kind,    path) {
    path = depth > 0 ? place() : ""
    path_of[++depth] = path
    kind_of[depth] = kind
    if (kind == "[")
        count[path] = 0
    named = 0
}

# What stands between two strings.
function read_marks(marks,    c) {
    for (; marks != ""; marks = substr(marks, length(c) + 1)) {
        c = substr(marks, 1, 1)
        if (c == "{" || c == "[")
            open_one(c)
        else if (c == "}" || c == "]")
            depth--
        else if (c == ":")
            named = 1
        else if (c == ",")
            named = 0
        else if (match(marks, /^[-+.0-9A-Za-z]+/)) {
            c = substr(marks, 1, RLENGTH)
            value[place()] = c
        }
    }
}

function read_string(string) {
    gsub(/\\n/, "\n", string)
    gsub(/\\\//, "/", string)
    gsub(/\001/, "\\", string)
    gsub(/\002/, "\"", string)
    if (kind_of[depth] == "{" && !named)
        key = string
    else
        value[place()] = string
}

function read_json(    n, i, piece) {
    gsub(/\\\\/, "\001", text)
    gsub(/\\"/, "\002", text)
    n = split(text, piece, "\"")
    for (i = 1; i <= n; i++)
        if (i % 2 == 1)
            read_marks(piece[i])
        else
            read_string(piece[i])
}
