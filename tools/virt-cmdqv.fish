# fish completion for virt-cmdqv
#
# Commands, options and the kinds of their values are what "virt-cmdqv --help"
# and "virt-cmdqv COMMAND --help" say, so that none can be missing here.

# the URI that is typed so far, as an option of virsh
function __virt_cmdqv_uri
    set -l words (commandline -opc)
    for i in (seq 2 (count $words))
        switch $words[$i]
            case '--connect=*'
                printf '%s\n' -c (string replace -- --connect= '' $words[$i])
            case -c --connect
                test $i -lt (count $words); and printf '%s\n' -c $words[(math $i + 1)]
        end
    end
end

# __virt_cmdqv_values KIND: what a value of that kind can be, one a line
function __virt_cmdqv_values
    switch $argv[1]
        case SHAPE
            virt-cmdqv layout --help 2>/dev/null | sed -nE '/--shape=/{s/.*=SHAPE +//; s/,? +(or +)?/\n/g; p}'
        case nova
            echo nova
        case RULE
            virt-cmdqv rules 2>/dev/null | sed 's/ .*//'
        case COMMAND
            virt-cmdqv --help 2>/dev/null | sed -nE '/^Commands:/,/^$/s/^  (\S+) +(.*)/\1\t\2/p'
        case URI
            printf '%s\n' qemu:///system qemu:///session
        case ADDR
            path basename /sys/bus/pci/devices/*
        case DOMAIN NAME
            virsh -q (__virt_cmdqv_uri) list --all --name 2>/dev/null | string match -r '.+'
    end
end

# the command that is typed so far
function __virt_cmdqv_command
    set -l words (commandline -opc)
    set -l skip 0
    for word in $words[2..]
        if test $skip -eq 1
            set skip 0
        else if contains -- $word -c --connect --config
            set skip 1
        else if not string match -q -- '-*' $word
            printf '%s\n' $word
            return
        end
    end
    return 1
end

# __virt_cmdqv_options CONDITION: declares each option of the help in standard input
function __virt_cmdqv_options
    while read -l line
        set -l parts (string match -r '^  ((?:-\w, )?)--([\w-]+)=?(\S*)\s*(.*)$' -- $line)
        or continue
        set -l option -c virt-cmdqv -n $argv[1] -l $parts[3] -d $parts[5]
        test -z "$parts[2]"; or set -a option -s (string sub -s 2 -l 1 -- $parts[2])
        switch $parts[4]
            case ''
                complete $option
            case FILE PATH
                complete $option -r -F
            case '*'
                complete $option -x -a "(__virt_cmdqv_values $parts[4])"
        end
    end
end

complete -c virt-cmdqv -f
complete -c virt-cmdqv -s h -l help -d 'Print help'
complete -c virt-cmdqv -n 'not __virt_cmdqv_command' -a '(__virt_cmdqv_values COMMAND)'
virt-cmdqv --help 2>/dev/null | string match -rv -- --help | __virt_cmdqv_options 'not __virt_cmdqv_command'
# options of the tool may follow its command
virt-cmdqv --help 2>/dev/null | string match -r '^  -.*=.*' | __virt_cmdqv_options __virt_cmdqv_command
for command in (virt-cmdqv --help 2>/dev/null | sed -n '/^Commands:/,/^$/s/^  \([^ ]*\) .*/\1/p')
    set -l condition "test (__virt_cmdqv_command) = $command 2>/dev/null"
    virt-cmdqv $command --help 2>/dev/null | __virt_cmdqv_options $condition
    # the arguments that are no options' values, from "virt-cmdqv [OPTION...] validate FILE...|-|--domain NAME [--json]";
    # of "--hostdev ADDR..." more may follow without the option
    set -l kind (virt-cmdqv $command --help 2>/dev/null |
        sed -nE "2{s/^.* $command//; s/--[a-z-]+ ([A-Z]+\.\.\.)/\1/g; s/--[a-z-]+([ =][A-Z]+)?//g; s/[^A-Z]*([A-Z]+).*/\1/p}")
    switch "$kind"
        case ''
        case FILE
            complete -c virt-cmdqv -n $condition -F
        case '*'
            complete -c virt-cmdqv -n $condition -a "(__virt_cmdqv_values $kind)"
    end
end
