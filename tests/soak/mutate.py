"""Texts made by chance of those that the tests have: XML changed by its elements and attributes, or by its letters."""
import copy
import re
import xml.etree.ElementTree as ET
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
VALUES = ["", "0", "1", "2", "3", "255", "256", "65536", "2147483647", "2147483648", "4294967295", "4294967296", "18446744073709551615", "-1",
          "-2147483648", "0x10", "0xffffffff", "010", " 1", "1 ", "on", "off", "auto", "yes", "no", "pci", "usb", "drive", "pcie-root",
          "pcie-root-port", "pcie-expander-bus", "pcie-to-pci-bridge", "smmuv3", "virtio", "vfio", "network", "hostdev", "ua-a", "ua-cmdqv-pci-1",
          "pci.1", "iommufd0", "hostdev0", "iommu0", "<", "&", "é", "\u202e", "a,b", "a b", "/", "..", "%s%n", "sdzzzzzz", "n" * 5000]
LETTERS = ["<", ">", "/>", "'", '"', "&", "&#0;", "&#x75;", "&lt;", "<!--", "-->", "<![CDATA[", "]]>", "<?x?>", "xmlns='u:x'", "\n", "\ufeff",
           "\udcff"]
BEFORE = ["<?xml version='1.0' encoding='utf-8'?>", "<?xml version='1.0' encoding='utf-16'?>", "<?xml version='1.0' encoding='gbk'?>",
          "<?xml version='1.0' encoding='utf-7'?>", "<!DOCTYPE domain [<!ENTITY t 'smmuv3'><!ATTLIST iommu model CDATA 'smmuv3'>]>", "\ufeff", " "]
RECORD = "urn:libvirt-cmdqv:lowered:1"


def seeds(name, uuid):
    """Every domain that the tests have, with this name and UUID, and an emulator that is not there."""
    found = []
    for folder in ("qemuxml2argvdata", "layoutdata", "e2e/helpers", "fuzz/corpus/lower", "fuzz/corpus/domain-xml"):
        for file in sorted((TESTS / folder).iterdir()):
            text = file.read_text(errors="replace") if file.is_file() and file.suffix != ".py" else ""
            if "<domain" not in text or "smmuv3" not in text:
                continue
            text = re.sub(r"<emulator>.*?</emulator>", "<emulator>/nowhere/qemu-system-aarch64</emulator>", text)
            text = re.sub(r"\s*<uuid>.*?</uuid>", "", text)
            found.append(re.sub(r"<name>[^<]*</name>", f"<name>{name}</name><uuid>{uuid}</uuid>", text, count=1))
    assert len(found) > 100
    return found


class Mutator:
    """The texts that the same `random` makes of the same seeds are the same."""

    def __init__(self, texts, random):
        self.texts, self.random, self.others = texts, random, []
        for text in texts:
            try:
                self.others += list(ET.fromstring(text).iter())
            except ET.ParseError:
                continue

    def change(self, root):
        """One change of the tree."""
        elements = list(root.iter())
        one, other, parent = (self.random.choice(elements) for _ in range(3))
        foreign, kind = self.random.choice(self.others), self.random.randrange(12)
        if kind < 4 and one.attrib:
            one.set(self.random.choice(sorted(one.attrib)), self.random.choice(VALUES))
        elif kind == 4:
            one.attrib.update(foreign.attrib)
        elif kind == 5 and one.attrib:
            del one.attrib[self.random.choice(sorted(one.attrib))]
        elif kind == 6:
            one.text = self.random.choice(VALUES)
        elif kind == 7 and len(one):
            one.remove(self.random.choice(list(one)))
        elif kind == 8:
            one.append(copy.deepcopy(foreign))
        elif kind == 9 and other is not root:
            parent.insert(self.random.randrange(len(parent) + 1), copy.deepcopy(other))
        elif kind == 10:
            one.tag = self.random.choice([foreign.tag, f"{{{RECORD}}}lowered", f"{{{RECORD}}}iommu",
                                          "{http://libvirt.org/schemas/domain/qemu/1.0}arg"])
        elif kind == 11 and one.tail is not None:
            one.tail = self.random.choice(VALUES)

    def letters(self, text):
        at = self.random.randrange(len(text) + 1)
        kind = self.random.randrange(4)
        if kind == 0:
            return text[:at] + self.random.choice(LETTERS) + text[at:]
        if kind == 1:
            return text[:at] + text[at + self.random.randrange(1, 40):]
        if kind == 2:
            return text[:at]
        return self.random.choice(BEFORE) + text

    def make(self, wanted="smmuv3"):
        """A text in which there is still the word that makes it the module's business."""
        while True:
            text = self.random.choice(self.texts)
            try:
                root = ET.fromstring(text)
                for _ in range(self.random.randrange(1, 5)):
                    self.change(root)
                text = ET.tostring(root, encoding="unicode")
            except (ET.ParseError, ValueError):
                text = self.letters(text)
            if self.random.random() < 0.25:
                text = self.letters(text)
            text = text.replace("\0", "")
            if wanted in text:
                return text.encode(errors="surrogateescape").decode(errors="replace")
