#compdef kubectl
compdef _kubectl kubectl

# Completion of kubectl command lines in zsh.
#
# The program itself knows what a word may become: it is asked with the words of the line, and answers with a
# candidate a line, then a line with a colon and a number whose bits say how to offer them.

_kubectl()
{
    setopt localoptions noshwordsplit noksharrays
    local program=$words[1] line name note last
    local -a asked answer candidates options
    integer directive=0

    asked=("${(@Q)words[2,CURRENT-1]}")
    # What stands behind the cursor is not asked for.
    last="${(Q)${:-$IPREFIX$PREFIX}}"
    asked+=("$last")
    if (( $+aliases[$program] )); then
        program=$aliases[$program]
    fi
    # Joined first: completion functions run with rc_expand_param, which would repeat the command before each word.
    asked=("${(@qq)asked}")
    answer=("${(@f)$(eval "$program __complete ${(j: :)asked}" 2>/dev/null)}")

    if [[ $answer[-1] == :<-> ]]; then
        directive=${answer[-1]#:}
        answer[-1]=()
    fi
    if (( directive & 1 )); then
        return 1
    fi

    # Of a flag and its value in one word, the candidates are values.
    if [[ $last == -*=* ]]; then
        compset -P '-*='
    fi

    if (( directive & 8 )); then
        _files -g "*.(${(j:|:)answer})(-.)"
        return
    fi
    if (( directive & 16 )); then
        if [[ -n $answer[1] ]]; then
            _files -/ -W "$answer[1]"
        else
            _files -/
        fi
        return
    fi

    for line in $answer; do
        if [[ -z $line || $line == _activeHelp_* ]]; then
            continue
        fi
        name=${line%%$'\t'*}
        # In what _describe takes, a colon parts a candidate from its description.
        name=${name//\\/\\\\}
        name=${name//:/\\:}
        if [[ $line == *$'\t'* ]]; then
            note=${line#*$'\t'}
            name+=:$note
        fi
        candidates+=("$name")
    done

    if (( directive & 2 )); then
        options+=(-S '')
    fi
    if (( directive & 32 )); then
        options=(-V "${options[@]}")
    fi
    if (( $#candidates )) && _describe 'completion' candidates "${options[@]}"; then
        return 0
    fi
    if (( directive & 4 )); then
        return 1
    fi
    _files
}

# Loaded by compinit, the file's first call is already one to complete; sourced, it is not.
if [[ $funcstack[1] == _kubectl ]]; then
    _kubectl "$@"
fi
