# SPDX-License-Identifier: LGPL-2.1-or-later
# Read by the scripts "reproduce" of this folder.  URI is the libvirt that is asked.
#
# Each ends with 0 if it saw the defect, 1 if it did not, and 77 if the host
# lacks what it takes.  "ends" are scripts that end the daemon: use a host that
# you can spare.
here=$(cd "$(dirname "$0")" && pwd)
URI=${URI:-qemu:///system}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

v() { virsh -q -c "$URI" "$@"; }
seen() { echo "seen: $*"; exit 0; }
not_seen() { echo "not seen: $*"; exit 1; }
lacks() { echo "cannot be tried here: $*"; exit 77; }

# ends COMMAND...: whether the daemon ends while it answers this command
ends() {
    "$@" >"$work/out" 2>&1 || true
    cat "$work/out"
    grep -qE 'End of file while reading data|Disconnected from|Connection reset by peer|Cannot recv data' "$work/out"
}
