#!/usr/bin/env python3
#
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whether the libvirt of this host has the functions and access checks that the installed module needs.

check.py [MODULE LIBVIRT DRIVER]: the files, if they are not in the folders of Debian.
"""
import glob
import re
import subprocess
import sys
from pathlib import Path

ACCESS_CHECK = re.compile(r"(Check|Ensure)ACL$")
ASKED_BY_NAME = re.compile(r"\bCMDQV_LIBVIRT\((vir\w+)\)")        # with dlsym(), by src/daemon/next_call.h
# Functions that libvirt or its QEMU driver carries out by another one, whose access check it is then.
CARRIED_OUT_BY = {
    "virDomainAttachDevice": "virDomainAttachDeviceFlags",
    "virDomainCreate": "virDomainCreateWithFlags",
    "virDomainCreateWithFiles": "virDomainCreateWithFlags",
    "virDomainCreateXMLWithFiles": "virDomainCreateXML",
    "virDomainDefineXML": "virDomainDefineXMLFlags",
    "virDomainDetachDevice": "virDomainDetachDeviceFlags",
    "virDomainQemuMonitorCommand": "virDomainQemuMonitorCommandWithFiles",
}
SOURCE = Path(__file__).resolve().parents[2] / "src"
FOUND = ["/usr/lib/*/libvirt-cmdqv.so", "/usr/lib/*/libvirt.so.0", "/usr/lib/*/libvirt/connection-driver/libvirt_driver_qemu.so"]


def symbols(path, which):
    lines = subprocess.run(["nm", "--dynamic", which, "--format=posix", path], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {line.split()[0].split("@")[0] for line in lines.splitlines() if line.startswith("vir")}


def asked_by_name():
    names = {name for path in SOURCE.rglob("*.c") for name in ASKED_BY_NAME.findall(path.read_text())}
    assert "virReportErrorHelper" in names, "src asks for the functions of libvirt in another way"
    return names


def missing(module, libvirt, driver):
    """The faults, one line for each."""
    beside = [path for path in libvirt.parent.glob("libvirt-qemu.so.0")]
    has = set().union(*(symbols(path, "--defined-only") for path in (libvirt, *beside)))
    called, own = symbols(driver, "--undefined-only"), symbols(module, "--defined-only")
    assert own, f"{module} takes the place of nothing"
    for name in sorted(own):
        function, check, _ = ACCESS_CHECK.split(name) if ACCESS_CHECK.search(name) else (name, None, None)
        if name not in has:
            yield f"{name}: the module takes its place, and {libvirt.name} has no such function"
        elif check and not {name, f"{CARRIED_OUT_BY.get(function)}{check}ACL"} & called:
            yield f"{name}: {driver.name} does not call it, so nothing is refused there"
    for name in sorted((symbols(module, "--undefined-only") | asked_by_name()) - has):
        yield f"{name}: the module asks for it, and {libvirt.name} has no such function"


def main():
    paths = [Path(path) for path in sys.argv[1:]] or [Path(next(iter(glob.glob(pattern)))) for pattern in FOUND]
    wrong = list(missing(*paths))
    print("\n".join(wrong) or f"{len(symbols(paths[0], '--defined-only'))} functions: all are in libvirt, and every access check is called")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
