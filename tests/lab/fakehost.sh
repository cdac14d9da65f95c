#!/bin/bash
# Makes the mount namespace it runs in look like a two-socket Grace host:
#
#   0009:01:00.0  0009:01:00.1  0009:02:00.0    behind the first SMMUv3
#   0009:03:00.0                                a network card there, with the
#   0009:03:00.1 .. 0009:03:00.3                virtual functions of it
#   0010:01:00.0  0010:02:00.0  0010:02:00.1    behind the second SMMUv3
#   0000:c1:00.0                                behind a third, without CMDQV
#
# All but the network card's physical function are bound to vfio-pci.  The devices
# behind the second SMMUv3 are on NUMA node 1, the rest on node 0.  ACPI has an
# IORT with the three, and a CMDQV (NVDA200C) for each of the first two.
#
# Run it as root, once, inside a private mount namespace (and chroot).
#   fakehost.sh WORKDIR
set -eu
W=${1:?work directory}
rm -rf "$W"
mkdir -p "$W"/bus/pci/{devices,slots,drivers/{vfio-pci,mlx5_core}} "$W"/{groups,class/iommu,platform,dev,acpi,tables}
touch "$W"/bus/pci/drivers/vfio-pci/{bind,unbind,new_id,remove_id} "$W"/bus/pci/{drivers_probe,rescan}

smmu() { # smmu BASE PLATFORM-NAME
    mkdir -p "$W/platform/$2/iommu/smmu3.$1/devices"
    ln -s "$W/platform/$2/iommu/smmu3.$1" "$W/class/iommu/smmu3.$1"
}

n=0 numa=0
pci() { # pci ADDRESS SMMU-BASE PLATFORM-NAME PCI-CLASS DRIVER
    local d="$W/bus/pci/devices/$1" g=$((40 + n))
    mkdir -p "$d/power"
    echo 0x10de >"$d/vendor"; echo 0x2342 >"$d/device"; echo "$4" >"$d/class"
    echo 0x10de >"$d/subsystem_vendor"; echo 0x16c1 >"$d/subsystem_device"; echo 0x00 >"$d/revision"
    echo "$numa" >"$d/numa_node"; echo 1 >"$d/enable"; echo '(null)' >"$d/driver_override"; echo 0 >"$d/irq"
    yes '0x0000000000000000 0x0000000000000000 0x0000000000000000' | head -n 13 >"$d/resource"; echo 'MODALIAS=pci' >"$d/uevent"; echo "pci:v000010DEd00002342sv000010DEsd000016C1bc${4:2:2}sc${4:4:2}i${4:6:2}" >"$d/modalias"
    head -c 4096 /dev/zero >"$d/config"
    printf '\xde\x10\x42\x23\x06\x00\x10\x00' | dd of="$d/config" conv=notrunc status=none
    ln -s "/sys/bus/pci/drivers/$5" "$d/driver"
    ln -s "$W/platform/$3/iommu/smmu3.$2" "$d/iommu"
    mkdir -p "$W/groups/$g/devices"
    ln -s "/sys/kernel/iommu_groups/$g" "$d/iommu_group"
    ln -s "/sys/bus/pci/devices/$1" "$W/groups/$g/devices/$1"
    [ "$5" != vfio-pci ] || mkdir -p "$d/vfio-dev/vfio$n"
    n=$((n + 1))
}

vf() { # vf PF-ADDRESS INDEX VF-ADDRESS: the links that make one the other's; the configuration space of a function has no identifiers
    printf '\xff\xff\xff\xff' | dd of="$W/bus/pci/devices/$3/config" conv=notrunc status=none
    ln -s "../$1" "$W/bus/pci/devices/$3/physfn"
    ln -s "../$3" "$W/bus/pci/devices/$1/virtfn$2"
}

gpu=0x030200 nic=0x020000

here=(0x0000000016000000 arm-smmu-v3.8.auto)
smmu "${here[@]}"
for a in 0009:01:00.0 0009:01:00.1 0009:02:00.0; do pci "$a" "${here[@]}" "$gpu" vfio-pci; done
pf=0009:03:00.0
pci "$pf" "${here[@]}" "$nic" mlx5_core
mkdir -p "$W/bus/pci/devices/$pf/net/lab0np0"
echo 3 >"$W/bus/pci/devices/$pf/sriov_numvfs"
echo 3 >"$W/bus/pci/devices/$pf/sriov_totalvfs"
for i in 0 1 2; do
    pci "0009:03:00.$((i + 1))" "${here[@]}" "$nic" vfio-pci
    vf "$pf" "$i" "0009:03:00.$((i + 1))"
done

here=(0x0000000012000000 arm-smmu-v3.9.auto)
smmu "${here[@]}"
numa=1
for a in 0010:01:00.0 0010:02:00.0 0010:02:00.1; do pci "$a" "${here[@]}" "$gpu" vfio-pci; done

here=(0x0000000005000000 arm-smmu-v3.10.auto)
smmu "${here[@]}"
numa=0
pci 0000:c1:00.0 "${here[@]}" "$gpu" vfio-pci

# In sysfs no folder can be made, so the folders that this kernel lacks are laid over it.
for d in bus/pci kernel/iommu_groups class/iommu bus/acpi/devices firmware/acpi/tables; do
    [ -d "/sys/$d" ] || mkdir -p "$W/missing/$d"
done
[ ! -d "$W/missing" ] || mount -t overlay -o ro,lowerdir="$W/missing:/sys" overlay /sys

mount --bind "$W/bus/pci" /sys/bus/pci
mount --bind "$W/groups" /sys/kernel/iommu_groups

for i in 0 1; do
    mkdir -p "$W/acpi/NVDA200C:0$i"
    echo NVDA200C >"$W/acpi/NVDA200C:0$i/hid"
    echo $((i + 1)) >"$W/acpi/NVDA200C:0$i/uid"     # identifier of its SMMU in the IORT
done

le() { # le BYTES NUMBER...: little-endian
    local width=$1 number i
    shift
    for number; do
        for ((i = 0; i < width; i++)); do
            # shellcheck disable=SC2059 # an octal escape for each byte
            printf "\\$(printf %03o $((number >> 8 * i & 0xff)))"
        done
    done
}

# IORT: a header of 48 bytes, and for each SMMUv3 a node of 68 with its identifier and base address.
{
    printf IORT
    le 4 $((48 + 3 * 68))
    head -c 28 /dev/zero
    le 4 3 48 0
    for i in 1 2 3; do
        case $i in 1) base=0x16000000 ;; 2) base=0x12000000 ;; *) base=0x5000000 ;; esac
        le 1 4; le 2 68; le 1 4; le 4 "$i" 0 0; le 8 "$base"
        head -c 44 /dev/zero
    done
} >"$W/tables/IORT"
mount --bind "$W/class/iommu" /sys/class/iommu
mount --bind "$W/acpi" /sys/bus/acpi/devices
mount --bind "$W/tables" /sys/firmware/acpi/tables

mount -t tmpfs tmpfs "$W/dev"
cp -a /dev/null /dev/zero /dev/urandom /dev/random /dev/full /dev/tty "$W/dev/"
mkdir -p "$W"/dev/{vfio/devices,shm,pts,mapper,hugepages,mqueue,net}
mount --bind /dev/pts "$W/dev/pts"
mknod "$W/dev/net/tun" c 10 200
# No /dev/kvm, also if this machine has one: if it has no driver, libvirt asks qemu-system-x86_64 for
# its capabilities again at each look at them (virQEMUCapsIsValid), and a test can take an hour.
ln -s pts/ptmx "$W/dev/ptmx"; ln -s /proc/self/fd "$W/dev/fd"
touch "$W"/dev/iommu "$W"/dev/vfio/vfio
for d in "$W"/bus/pci/devices/*/vfio-dev/*; do
    n=${d##*vfio}
    touch "$W/dev/vfio/$((40 + n))" "$W/dev/vfio/devices/vfio$n"
done
mount --rbind "$W/dev" /dev
