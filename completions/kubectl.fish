# Completion of kubectl command lines in fish.
#
# The program itself knows what a word may become: it is asked with the words of the line, and answers with a
# candidate a line, then a line with a colon and a number whose bits say how to offer them.

# Asks, and keeps the candidates in __kubectl_candidates. Fails where files are to be offered instead.
function __kubectl_ask
    set -g __kubectl_candidates
    set -l words (commandline -opc)
    set -l last (commandline -ct)
    # The word is as it was typed; quotes are not for the program.
    set -l unescaped (string unescape -- $last)
    if set -q unescaped[1]
        set last $unescaped[1]
    end
    set -l program $words[1]
    set -e words[1]
    if not type -q -- $program
        set program kubectl
    end
    set -l answer ($program __complete $words "$last" 2>/dev/null)
    if not set -q answer[1]
        return 1
    end

    set -l directive 0
    if string match -qr '^:[0-9]+$' -- $answer[-1]
        set directive (string sub -s 2 -- $answer[-1])
        set -e answer[-1]
    end
    # After an error there is nothing to offer, and fish's own list of files does no harm.
    if test (math "$directive % 2") -eq 1
        return 1
    end
    # Files with some endings, or folders: fish has no filter for them here, and offers all files.
    if test (math "floor($directive / 8) % 4") -ne 0
        return 1
    end

    # Of a flag and its value in one word, the candidates are values.
    set -l before (string match -r -- '^-[^=]*=' $last)
    for line in $answer
        if test -n "$line"; and not string match -q '_activeHelp_*' -- $line
            set -a __kubectl_candidates "$before$line"
        end
    end
    if set -q __kubectl_candidates[1]
        return 0
    end
    # No candidate and no files either: success, with nothing to show for it.
    test (math "floor($directive / 4) % 2") -eq 1
end

complete -c kubectl -e
complete -c kubectl -k -f -n __kubectl_ask -a '$__kubectl_candidates'
