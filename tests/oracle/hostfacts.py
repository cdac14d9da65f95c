#!/usr/bin/python3
"""Facts of a host about an SMMU with CMDQV and the devices behind it: the files that libvirt and this project read, without the parts
that differ from host to host.  tests/deep has those of the emulated arm64 host (answers.json); the host of the lab has to have the same.

  hostfacts.py CARD PHYSICAL-FUNCTION VIRTUAL-FUNCTION     prints JSON; each is a PCI address
"""
import fcntl
import json
import os
import re
import struct
import sys
from pathlib import Path

PCI = Path("/sys/bus/pci/devices")
OF_DEVICE = ("vendor", "device", "subsystem_vendor", "subsystem_device", "class", "revision", "modalias", "resource",
             "iommu", "iommu_group", "vfio-dev", "physfn", "virtfn0", "sriov_numvfs", "sriov_totalvfs")
# linux/iommufd.h: the ioctl by which libvirt has an iommufd count locked memory for the process, and one that is not there.
IOCTLS = {"IOMMU_OPTION": 0x3b87, "no such ioctl": 0x3bff}
COUNT_FOR_PROCESS = struct.pack("=IIHHIQ", 24, 0, 0, 0, 0, 1)

PARTS = ((r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]", "ADDRESS"), (r"^-?\d+$", "NUMBER"), (r"(?<=0x)[0-9a-f]+", lambda digits: "h" * len(digits[0])),
         (r"v[0-9A-F]{8}d[0-9A-F]{8}sv[0-9A-F]{8}sd[0-9A-F]{8}bc..sc..i..$", "IDS"), (r"(vfio|arm-smmu-v3\.)\d+", r"\1N"))


def shape(text):
    for pattern, name in PARTS:
        text = re.sub(pattern, name, text)
    return text


def fact(path):
    """The name at which a link ends, the names in a folder, or the lines of a file, each once."""
    if path.is_symlink():
        return shape(path.resolve().name)
    if path.is_dir():
        return sorted({shape(name) for name in os.listdir(path)})
    return sorted({shape(line) for line in path.read_text().splitlines()}) if path.exists() else None


def opened(path):
    try:
        os.close(os.open(path, os.O_RDWR))
    except OSError as e:
        return e.strerror
    return "can be opened"


def of_device(address):
    folder = PCI / address
    vendor = int((folder / "vendor").read_text(), 16)
    return {**{name: fact(folder / name) for name in OF_DEVICE}, "has VFIO's driver": (folder / "driver").resolve().name == "vfio-pci",
            "config begins with the vendor": (folder / "config").read_bytes()[:2] == vendor.to_bytes(2, "little"),
            "in /dev/vfio": opened(f"/dev/vfio/{(folder / 'iommu_group').resolve().name}"),
            "in /dev/vfio/devices": [opened(f"/dev/vfio/devices/{each.name}") for each in (folder / "vfio-dev").glob("*")]}


def of_smmu(address):
    smmu = (PCI / address / "iommu").resolve()
    return {"path": shape("/".join(smmu.parts[-3:])), "in the class": (Path("/sys/class/iommu") / smmu.name).resolve() == smmu,
            "of the device tree": fact(smmu / "device/of_node/nvidia,cmdqv")}


def of_acpi():
    """Each CMDQV names its SMMU by the identifier of the node in the IORT, whose address is in the SMMU's name."""
    table = Path("/sys/firmware/acpi/tables/IORT").read_bytes()
    nodes, at = {}, struct.unpack_from("<I", table, 40)[0]
    for _ in range(struct.unpack_from("<I", table, 36)[0]):
        kind, size, _revision, identifier = struct.unpack_from("<BHBI", table, at)
        if kind == 4:
            nodes[identifier] = struct.unpack_from("<Q", table, at + 16)[0]
        at += size
    devices = sorted(Path("/sys/bus/acpi/devices").glob("NVDA200C:*"))
    smmus = {f"smmu3.0x{nodes[int((device / 'uid').read_text())]:016x}" for device in devices}
    return {"signature": table[:4].decode(), "length is that of the file": struct.unpack_from("<I", table, 4)[0] == len(table),
            "devices": [device.name for device in devices], "hid": sorted({(device / "hid").read_text().strip() for device in devices}),
            "all SMMUs are there": smmus <= set(os.listdir("/sys/class/iommu"))}


def of_iommufd():
    answers, fd = {}, os.open("/dev/iommu", os.O_RDWR)
    for name, number in IOCTLS.items():
        try:
            answers[name] = fcntl.ioctl(fd, number, bytearray(COUNT_FOR_PROCESS))
        except OSError as e:
            answers[name] = e.strerror
    os.close(fd)
    return answers


def main():
    card, physical, virtual = sys.argv[1:]
    print(json.dumps({"card": of_device(card), "physical function": of_device(physical), "virtual function": of_device(virtual),
                      "SMMU": of_smmu(card), "ACPI": of_acpi(), "/dev/iommu": of_iommufd()}))


if __name__ == "__main__":
    main()
