"""A golden case, and the same domain for the emulated machine."""
import os
import re

from host import read

# The host SMMUs of the cases by PCI domain (tests/lab/fakehost.sh), and the SMMU of this machine in their place: the first and the
# second have CMDQV, the third has none.
SMMU_OF_DOMAIN = {0x0009: 0, 0x0010: 1, 0x0000: 2}
# A number above any of these is none that a device can have: it is the subject of its case.
HIGHEST = {"domain": 0xffff, "bus": 0xff, "slot": 31, "function": 7}


class TooFewDevices(Exception):
    """The case has more host devices than were offered."""


class Devices:
    """Host devices of this machine in place of those of a case, each once."""

    def __init__(self, cards, functions):
        self.cards, self.functions = [list(c) for c in cards], list(functions)
        self.here = {}

    def take(self, key, is_function):
        if key not in self.here:
            left = self.functions if is_function else self.cards[SMMU_OF_DOMAIN.get(key[0], 0)]
            if not left:
                raise TooFewDevices("it has more host devices than this machine")
            self.here[key] = left.pop(0)
        return self.here[key]


class Case:
    def __init__(self, path):
        self.name = os.path.basename(path).removesuffix(".xml")
        self.original = read(path) + "\n"

    def is_alone(self):
        """Whether it needs a part of the host that there is once, so that no other case may run."""
        return re.search(r"type=['\"](?:mdev|scsi_host)['\"]", self.original) is not None

    def for_machine(self, cards, functions):
        """The same domain for this machine, line by line.

        Each host address becomes that of a device that is here, behind the SMMU that
        has the place of the case's, and KVM takes the place of the emulator: libvirt's
        type='qemu' is for hosts without it. A case about the domain type says so in its name.
        """
        devices, xml = Devices(cards, functions), self.original
        if not re.search("needs-kvm|without-kvm|domain-type|type-qemu", self.name):
            xml = re.sub(r"(<domain\s[^>]*type=)(['\"])qemu\2", r"\1'kvm'", xml)
        if re.search(r"<domain\s[^>]*type=['\"]kvm", xml):
            xml = re.sub(r"<cpu mode=['\"]custom['\"][^>]*>(\s*)<model\b[^>]*>[^<]*</model>(\s*)</cpu>",
                         r"<cpu mode='host-passthrough'>\1\2</cpu>", xml)
        # VFIO pins a guest's memory.
        xml = xml.replace("<memory unit='MiB'>1024</memory>", "<memory unit='MiB'>256</memory>")
        xml = re.sub(r"(?s)<(hostdev|interface)\s.*?</\1>", lambda m: self.with_source(m, devices), xml)
        return re.sub(r"(host(?:=|(?:\"|&quot;): ?(?:\"|&quot;)))([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])",
                      lambda m: self.in_argument(m, devices), xml)

    @staticmethod
    def with_source(element, devices):
        is_function = element.group(1) == "interface"

        def address(match):
            # libvirt reads an attribute that is left out as 0
            found = dict(re.findall(r"(domain|bus|slot|function)=['\"]([^'\"]*)['\"]", match.group(0)))
            key = tuple(int(found.get(name, "0"), 0) for name in HIGHEST)
            if any(number > most for number, most in zip(key, HIGHEST.values())):
                return match.group(0)
            d, b, s, f = re.split("[:.]", devices.take(key, is_function))
            kept = " type='pci'" if is_function else ""
            return f"<address{kept} domain='0x{d}' bus='0x{b}' slot='0x{s}' function='0x{f}'/>"

        return re.sub(r"(?s)<source>.*?</source>", lambda m: re.sub(r"<address\s[^>]*domain=[^>]*/>", address, m.group(0)),
                      element.group(0))

    @staticmethod
    def in_argument(match, devices):
        """An address in <qemu:arg>."""
        return match.group(1) + devices.take(tuple(int(n, 16) for n in re.split("[:.]", match.group(2))), False)
