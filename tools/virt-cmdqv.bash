# bash completion for virt-cmdqv
#
# Commands, options and the kinds of their values are what "virt-cmdqv --help"
# and "virt-cmdqv COMMAND --help" say, so that none can be missing here.

# _virt_cmdqv_options PROGRAM [COMMAND]: each option, and the name of its value if it has one; options of the tool may follow its command
_virt_cmdqv_options()
{
    { "$@" --help; [ $# -eq 1 ] || "$1" --help | grep '^  -.*='; } 2>/dev/null |
        sed -nE -e 's/^  (-[^ ,]), (--[^ =]+)(=([^ ]+))?( .*)?$/\1 \4\n\2 \4/p' -e 's/^  (--[^ =]+)(=([^ ]+))?( .*)?$/\1 \3/p'
    printf '%s\n' '-h' '--help'
}

# _virt_cmdqv_words KIND PROGRAM [URI-OPTION...]: what a value of that kind can be, one a line
_virt_cmdqv_words()
{
    local kind=$1 program=$2
    shift 2
    case $kind in
    *FILE* | PATH) compgen -f -- "$current" ;;
    SHAPE) "$program" layout --help 2>/dev/null | sed -nE '/--shape=/{s/.*=SHAPE +//; s/,? +(or +)?/\n/g; p}' ;;
    nova) echo nova ;;
    *COMMAND*) "$program" --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([^ ]*\) .*/\1/p' ;;
    *RULE*) "$program" rules 2>/dev/null | sed 's/ .*//' ;;
    *URI*) printf '%s\n' qemu:///system qemu:///session ;;
    *ADDR*) ls /sys/bus/pci/devices 2>/dev/null ;;
    esac
    case $kind in
    *DOMAIN* | NAME*) virsh -q "$@" list --all --name 2>/dev/null ;;
    esac
}

_virt_cmdqv()
{
    local program=$1 current='' previous='' command='' kind='' line=${COMP_LINE:0:COMP_POINT} option value word i
    local -a words uri=() candidates=()

    # bash divides at ':' and '=', of which URIs and addresses are full
    read -r -a words <<<"$line"
    case $line in *[[:space:]]) words+=('') ;; esac
    current=${words[${#words[@]} - 1]}

    # what stands before the word in question: options of the tool, its command, options of that
    for ((i = 1; i < ${#words[@]} - 1; i++)); do
        word=${words[i]}
        if [[ $previous ]]; then
            case $previous in -c | --connect) uri=(-c "$word") ;; esac
            previous=''
            continue
        fi
        case $word in
        --connect=*) uri=(-c "${word#*=}") ;;
        -*)
            while read -r option value; do
                [[ $option != "$word" || ! $value ]] || previous=$word
            done < <(_virt_cmdqv_options "$program" ${command:+"$command"})
            ;;
        *) command=${command:-$word} ;;
        esac
    done
    if [[ $current == --*=* ]]; then
        previous=${current%%=*} current=${current#*=}
    fi

    if [[ $previous ]]; then
        while read -r option value; do
            [[ $option != "$previous" ]] || kind=$value
        done < <(_virt_cmdqv_options "$program" ${command:+"$command"})
        mapfile -t candidates < <(_virt_cmdqv_words "$kind" "$program" "${uri[@]}")
    elif [[ $current == -* ]]; then
        mapfile -t candidates < <(_virt_cmdqv_options "$program" ${command:+"$command"} | sed 's/ .*//')
    elif [[ ! $command ]]; then
        mapfile -t candidates < <(_virt_cmdqv_words COMMAND "$program")
    else
        # the arguments that are no options' values, from "virt-cmdqv [OPTION...] validate FILE...|-|--domain NAME [--json]";
        # of "--hostdev ADDR..." more may follow without the option
        kind=$("$program" "$command" --help 2>/dev/null |
            sed -nE "2{s/^.* $command//; s/--[a-z-]+ ([A-Z]+\.\.\.)/\1/g; s/--[a-z-]+([ =][A-Z]+)?//g; p}")
        mapfile -t candidates < <(_virt_cmdqv_words "$kind" "$program" "${uri[@]}")
    fi

    COMPREPLY=()
    for word in "${candidates[@]}"; do
        [[ $word && $word == "$current"* ]] || continue
        # what stands before the last ':' or '=' stays as it is
        value=${current%"${current##*[:=]}"}
        [[ $kind == *FILE* || $kind == PATH ]] || word=$(printf '%q' "${word#"$value"}")
        COMPREPLY+=("$word")
    done
    [[ $kind != *FILE* && $kind != PATH ]] || compopt -o filenames 2>/dev/null
}

complete -F _virt_cmdqv virt-cmdqv
