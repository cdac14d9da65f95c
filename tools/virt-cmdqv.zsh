#compdef virt-cmdqv
#
# zsh completion for virt-cmdqv
#
# Commands, options and the kinds of their values are what "virt-cmdqv --help"
# and "virt-cmdqv COMMAND --help" say, so that none can be missing here.

# _virt_cmdqv_values KIND: completes a value of that kind
_virt_cmdqv_values()
{
    local -a found
    case $1 in
    FILE | PATH) _files; return ;;
    SHAPE) found=(${(f)"$($program layout --help 2>/dev/null | sed -nE '/--shape=/{s/.*=SHAPE +//; s/,? +(or +)?/\n/g; p}')"}) ;;
    nova) found=(nova) ;;
    RULE) found=(${(f)"$($program rules 2>/dev/null | sed 's/ .*//')"}) ;;
    COMMAND) found=($commands_of_tool) ;;
    URI) found=(qemu:///system qemu:///session) ;;
    ADDR) found=(/sys/bus/pci/devices/*(N:t)) ;;
    DOMAIN | NAME)
        # _arguments escapes the colons of a URI
        uri=${${opt_args[-c]:-${opt_args[--connect]:-$uri}}//\\/}
        found=(${(f)"$(virsh -q ${uri:+-c} $uri list --all --name 2>/dev/null)"})
        ;;
    esac
    compadd -a found
}

# _virt_cmdqv_specs [COMMAND]: sets specs to what _arguments needs to know of each option
_virt_cmdqv_specs()
{
    local line short long kind words text=$($program $1 --help 2>/dev/null)

    # options of the tool may follow its command
    [[ -z $1 ]] || text+=$'\n'$($program --help 2>/dev/null | grep '^  -.*=')
    specs=('(-h --help)'{-h,--help}'[Print help]')
    for line in ${(f)text}; do
        [[ $line =~ '^  (-([^ ,]), )?--([^ =]+)(=([^ ]+))?( +(.*))?$' && $match[3] != help ]] || continue
        short=${match[2]:+-$match[2]} long=--$match[3] kind=$match[5] words=${match[7]//(#m)[\]\[:]/\\$MATCH}
        specs+=("($short $long)$long${kind:+=}[$words]${kind:+:$kind: _virt_cmdqv_values $kind}")
        [[ -z $short ]] || specs+=("($short $long)$short${kind:++}[$words]${kind:+:$kind: _virt_cmdqv_values $kind}")
    done
}

_virt_cmdqv()
{
    setopt local_options extended_glob
    local program=$words[1] curcontext=$curcontext context state kind uri
    local -a specs line commands_of_tool match mbegin mend
    local -A opt_args

    commands_of_tool=(${(f)"$($program --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([^ ]*\) .*/\1/p')"})
    _virt_cmdqv_specs
    _arguments -C -A '-*' $specs '1: : _virt_cmdqv_values COMMAND' '*:: :->command' && return
    [[ $state == command ]] || return 1

    uri=${opt_args[-c]:-$opt_args[--connect]}
    # the arguments that are no options' values, from "virt-cmdqv [OPTION...] validate FILE...|-|--domain NAME [--json]";
    # of "--hostdev ADDR..." more may follow without the option
    kind=$($program $words[1] --help 2>/dev/null |
        sed -nE "2{s/^.* $words[1]//; s/--[a-z-]+ ([A-Z]+\.\.\.)/\1/g; s/--[a-z-]+([ =][A-Z]+)?//g; s/[^A-Z]*([A-Z]+).*/\1/p}")
    _virt_cmdqv_specs $words[1]
    _arguments $specs "*:$kind: _virt_cmdqv_values '$kind'"
}

_virt_cmdqv "$@"
