# Completion of kubectl command lines in bash.
#
# The program itself knows what a word may become: it is asked with the words of the line, and answers with a
# candidate a line, then a line with a colon and a number whose bits say how to offer them.
#
# For an alias:  alias k=kubectl; complete -o default -F __start_kubectl k

# Puts a typed word, without its quotes and with its variables, into __kubectl_word. Nothing is run.
__kubectl_unquote()
{
    local text=$1 quote='' name value
    __kubectl_word=''
    if [[ $text == '~' || $text == '~/'* ]]; then
        __kubectl_word=$HOME
        text=${text:1}
    fi
    while [[ -n $text ]]; do
        case $quote$text in
            "'"*)
                if [[ -n $quote ]]; then
                    if [[ $text == "'"* ]]; then quote=''; else __kubectl_word+=${text:0:1}; fi
                else
                    quote="'"
                fi
                ;;
            '"'*)
                if [[ -z $quote || $text == '"'* ]]; then
                    if [[ -z $quote ]]; then quote='"'; else quote=''; fi
                else
                    case $text in
                        '\'[\"\\\$\`]*)
                            __kubectl_word+=${text:1:1}
                            text=${text:1}
                            ;;
                        '$'[A-Za-z_]*)
                            name=${text:1}
                            name=${name%%[!A-Za-z0-9_]*}
                            __kubectl_word+=${!name}
                            text=${text:${#name}}
                            ;;
                        *) __kubectl_word+=${text:0:1} ;;
                    esac
                fi
                ;;
            '\'*)
                __kubectl_word+=${text:1:1}
                text=${text:1}
                ;;
            '${'[A-Za-z_]*'}'*)
                name=${text:2}
                name=${name%%\}*}
                if [[ $name == *[!A-Za-z0-9_]* ]]; then value='${'$name'}'; else value=${!name}; fi
                __kubectl_word+=$value
                text=${text:$((${#name} + 2))}
                ;;
            '$'[A-Za-z_]*)
                name=${text:1}
                name=${name%%[!A-Za-z0-9_]*}
                __kubectl_word+=${!name}
                text=${text:${#name}}
                ;;
            *) __kubectl_word+=${text:0:1} ;;
        esac
        text=${text:1}
    done
}

# Puts the line's words up to the cursor into __kubectl_typed, as they were typed. Readline also ends words at colons and
# equals signs; here only space ends them.
__kubectl_split()
{
    local line=${COMP_LINE:0:COMP_POINT} piece apart i
    __kubectl_typed=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece=${COMP_WORDS[i]}
        apart=''
        while [[ $line == [[:space:]]* ]]; do
            line=${line:1}
            apart=yes
        done
        # What stands behind the cursor is not asked for.
        if [[ ${line:0:${#piece}} != "$piece" ]]; then
            piece=$line
        fi
        line=${line:${#piece}}
        if [[ -n $apart || ${#__kubectl_typed[@]} -eq 0 ]]; then
            __kubectl_typed+=("$piece")
        else
            __kubectl_typed[${#__kubectl_typed[@]} - 1]+=$piece
        fi
    done
}

# Asks the program that the line calls; what it answers comes out.
__kubectl_ask()
{
    local program=$1 alias quoted
    shift
    alias=${BASH_ALIASES[$program]-}
    if [[ -n $alias ]]; then
        printf -v quoted ' %q' __complete "$@"
        eval "$alias$quoted" 2>/dev/null
        return
    fi
    program=${program/#\~\//$HOME/}
    if ! type -t "$program" >/dev/null; then
        program=kubectl
    fi
    "$program" __complete "$@" 2>/dev/null
}

# Offers the files that begin with $1 and end with one of the endings behind it, and folders; of no endings, folders alone.
__kubectl_files()
{
    local word=$1 file ending
    shift
    compopt -o filenames 2>/dev/null
    while IFS='' read -r file; do
        if [[ -d $file ]]; then
            COMPREPLY+=("$file")
            continue
        fi
        for ending in "$@"; do
            if [[ $file == *."$ending" ]]; then
                COMPREPLY+=("$file")
            fi
        done
    done < <(compgen -f -- "$word")
}

# Puts the candidates into COMPREPLY: with their descriptions where they are to be read, not inserted.
__kubectl_offer()
{
    local lead=$1 width=0 i name room=${COLUMNS:-80}
    shift
    local -a names=() notes=()
    while (($#)); do
        names+=("${1#"$lead"}")
        notes+=("$2")
        shift 2
    done
    if ((${#names[@]} > 1)) && [[ ${COMP_TYPE:-9} == @(33|63|64) ]]; then
        for name in "${names[@]}"; do
            if ((${#name} > width)); then width=${#name}; fi
        done
        for ((i = 0; i < ${#names[@]}; i++)); do
            name=${names[i]}
            if [[ -n ${notes[i]} ]]; then
                printf -v name '%-*s  (%s)' "$width" "$name" "${notes[i]}"
                if ((${#name} > room - 2)); then name=${name:0:room - 3}'…'; fi
            fi
            COMPREPLY+=("$name")
        done
        return
    fi
    for name in "${names[@]}"; do
        if [[ $name == *[!A-Za-z0-9_@%+=:,./-]* ]]; then printf -v name '%q' "$name"; fi
        COMPREPLY+=("$name")
    done
}

__start_kubectl()
{
    local -a __kubectl_typed words=() found=()
    local __kubectl_word typed word answer line name directive=0 before='' lead=''
    COMPREPLY=()
    __kubectl_split
    for typed in "${__kubectl_typed[@]:1}"; do
        __kubectl_unquote "$typed"
        words+=("$__kubectl_word")
    done
    word=$__kubectl_word
    answer=$(__kubectl_ask "${__kubectl_typed[0]}" "${words[@]}") || return

    # The last line says how to offer the others.
    line=${answer##*$'\n'}
    if [[ $line == :+([0-9]) ]]; then
        directive=${line:1}
        answer=${answer%"$line"}
    fi
    if ((directive & 1)); then
        return
    fi
    if ((directive & 2)); then compopt -o nospace 2>/dev/null; fi
    if ((directive & 4)); then compopt +o default 2>/dev/null; fi
    if ((directive & 32)); then compopt -o nosort 2>/dev/null; fi

    # Of a flag and its value in one word, the candidates are values.
    if [[ $word == -*=* ]]; then before=${word%%=*}=; fi
    # Readline replaces what stands behind the last sign at which it ends words.
    if [[ $word == *=* && $COMP_WORDBREAKS == *=* ]]; then lead=${word%"${word##*=}"}; fi
    if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
        line=${word%"${word##*:}"}
        if ((${#line} > ${#lead})); then lead=$line; fi
    fi

    local -a endings=()
    while IFS='' read -r line; do
        if [[ -z $line || $line == _activeHelp_* ]]; then continue; fi
        name=${line%%$'\t'*}
        if ((directive & 24)); then
            endings+=("$name")
        elif [[ $before$name == "$word"* ]]; then
            typed=''
            if [[ $line == *$'\t'* ]]; then typed=${line#*$'\t'}; fi
            found+=("$before$name" "$typed")
        fi
    done <<<"$answer"

    if ((directive & 8)); then
        __kubectl_files "${word#"$before"}" "${endings[@]}"
    elif ((directive & 16)); then
        __kubectl_files "${endings[0]:+${endings[0]}/}${word#"$before"}"
    elif ((${#found[@]})); then
        __kubectl_offer "$lead" "${found[@]}"
    fi
}

if [[ $(type -t compopt) == builtin ]]; then
    complete -o default -F __start_kubectl kubectl
else
    complete -o default -o nospace -F __start_kubectl kubectl
fi
