# SPDX-License-Identifier: LGPL-2.1-or-later
# Read by the scripts "reproduce" of eject-anchor and qom-set: QEMU with one
# device behind an accelerated SMMUv3 with CMDQV.  No libvirt takes part.
#
# ADDRESS is a device of a Grace host that is bound to vfio-pci, KERNEL an arm64
# kernel with PCI hot-plug (pciehp), BUSYBOX a static one for arm64.
here=$(cd "$(dirname "$0")" && pwd)
ADDRESS=${1:-} KERNEL=${2:-/vmlinuz} BUSYBOX=${BUSYBOX:-/usr/bin/busybox}
QEMU=${QEMU:-qemu-system-aarch64} FIRMWARE=${FIRMWARE:-/usr/share/AAVMF/AAVMF_CODE.fd}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

seen() { echo "seen: $*"; exit 0; }
not_seen() { echo "not seen: $*"; exit 1; }
lacks() { echo "cannot be tried here: $*"; exit 77; }

[ "$(uname -m)" = aarch64 ] || lacks 'this is no arm64 host'
[ -n "$ADDRESS" ] || lacks 'give the address of a device that is bound to vfio-pci'
[ -c /dev/iommu ] || lacks 'the kernel has no iommufd'
[ -c /dev/kvm ] || lacks 'there is no KVM'
ls -d /sys/bus/acpi/devices/NVDA200C:* >/dev/null 2>&1 || lacks 'the host has no CMDQV'

# initrd SCRIPT: the guest runs this and nothing else
initrd() {
    mkdir -p "$work/tree/bin" "$work/tree/proc" "$work/tree/sys" "$work/tree/dev"
    cp "$BUSYBOX" "$work/tree/bin/busybox"
    printf '%s\n' '#!/bin/busybox sh' "$1" >"$work/tree/init"
    chmod +x "$work/tree/init"
    (cd "$work/tree" && find . | "$BUSYBOX" cpio -o -H newc 2>/dev/null) >"$work/initrd"
}

# guest OPTION...: QEMU in the background, its pid in $qemu, what it and the guest print in $work/out
guest() {
    "$QEMU" -M virt,gic-version=3 -cpu host -accel kvm -m 512 -nographic -no-reboot -nodefaults -serial stdio \
        -drive "if=pflash,format=raw,readonly=on,file=$FIRMWARE" -kernel "$KERNEL" -initrd "$work/initrd" \
        -append 'console=ttyAMA0 panic=-1' \
        -object iommufd,id=iommufd0 \
        -device pxb-pcie,id=pcie.1,bus=pcie.0,bus_nr=240 \
        -device arm-smmuv3,primary-bus=pcie.1,id=smmu0,accel=on,cmdqv=on \
        -device pcie-root-port,id=port0,bus=pcie.1,chassis=1 \
        -device "vfio-pci,id=anchor,host=$ADDRESS,iommufd=iommufd0,bus=port0" "$@" >"$work/out" 2>&1 </dev/null &
    qemu=$!
}
