# The function of the completion for bash; completion.awk puts the tables before it, of which:
#     _cvxrelu_commands _cvxrelu_methods _cvxrelu_methodical: words
#     _cvxrelu_options COMMAND METHOD, _cvxrelu_values COMMAND METHOD --OPTION, _cvxrelu_words COMMAND
# shellcheck shell=bash disable=SC2154
_cvxrelu() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
    local command=${COMP_WORDS[1]} method='' choices='' line
    if [ "$word" = = ]; then
        word=''
    elif [ "$before" = = ]; then
        before=${COMP_WORDS[COMP_CWORD-2]}
    fi
    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        choices="$_cvxrelu_commands --help --version"
    else
        case $_cvxrelu_methodical in *" $command "*) method=${COMP_WORDS[2]} ;; esac
        case $before in -*) choices=$(_cvxrelu_values "$command" "$method" "$before") ;; esac
    fi
    if [ -z "$choices" ]; then
        if [[ $word = -* ]]; then
            choices=$(_cvxrelu_options "$command" "$method")
        elif [ -n "$method" ] || [[ $_cvxrelu_methodical = *" $command "* ]]; then
            [ "$COMP_CWORD" != 2 ] || choices=$_cvxrelu_methods
        else
            choices=$(_cvxrelu_words "$command")
        fi
    fi
    case $choices in
        @none | '') ;;
        @file) compopt -o filenames 2>/dev/null
            while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$word") ;;
        @folder) compopt -o filenames 2>/dev/null
            while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$word") ;;
        *) while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -W "$choices" -- "$word") ;;
    esac
}
complete -F _cvxrelu cvxrelu
