"""The types of devices that QEMU puts on the machine's own root if no bus is named, and those that the project takes for such.

The real QEMU lists its types with the kinds of their buses.  Of each, a domain
with a vSMMU on that root has one in an argument.
"""
import json
import re
import subprocess

import pytest

QEMU = "/usr/bin/qemu-system-aarch64"
DOMAIN = """<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>%s</name><os firmware='efi'/><features><acpi/></features>
<memoryBacking><hugepages/></memoryBacking><devices><controller type='pci' index='0' model='pcie-root'/>
<iommu model='smmuv3'><driver pciBus='0' accel='on' cmdqv='on'/></iommu>
<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address domain='9' bus='1' slot='0' function='0'/></source>
<address type='pci' domain='0' bus='0' slot='9' function='0'/></hostdev></devices>
<qemu:commandline><qemu:arg value='-device'/><qemu:arg value='{"driver":"%s"}'/></qemu:commandline></domain>
"""


def types():
    """Each type and each other name of one, with whether it is a PCI device, but for bridges and host devices."""
    listed = subprocess.run([QEMU, "-machine", "virt", "-device", "help"], capture_output=True, text=True, check=True).stdout
    bridges, rest = re.match(r"Controller/Bridge/Hub devices:\n(.*?)\n\n(.*)", listed, re.DOTALL).groups()
    found = {}
    for line in rest.splitlines() + re.findall(r".*usb.*|.*hci.*", bridges):
        named = re.match(r'name "([^"]+)"(?:, bus ([\w-]+))?(?:.*, alias "([^"]+)")?', line)
        if named and not named[1].startswith("vfio-pci"):
            found |= {name: named[2] == "PCI" for name in (named[1], named[3]) if name}
    return found


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """The types that the project refuses on that root."""
    folder = tmp_path_factory.mktemp("types")
    for name in types():
        (folder / f"{name}.xml").write_text(DOMAIN % (name, name))
    done = subprocess.run(["virt-cmdqv", "validate", "--json", *sorted(folder.iterdir())], capture_output=True, text=True, check=False)
    return {row["domain"] for row in json.loads(done.stdout) if "accel-endpoint-emulated" in str(row["findings"])}


def test_types(refused):
    """A type is refused if and only if it is one on PCI."""
    expected = types()
    assert sum(expected.values()) > 100, expected
    assert refused == {name for name, is_pci in expected.items() if is_pci}
