"""Domains as OpenStack Nova writes them, by its own nova.virt.libvirt.config.

  novadomains.py NAME      prints one; tests/managers/make runs this in a lab root

Nova has no word for an accelerated SMMU. Its flavor key hw:viommu_model=smmuv3 makes
the machine-wide one, and its PCI passthrough a <hostdev> on a port that libvirt chooses.
"""
import sys
import uuid

from nova.virt.libvirt import config

FIRMWARE = "/usr/share/AAVMF/AAVMF_CODE.fd"


def domain(name, viommu, hostdev):
    guest = config.LibvirtConfigGuest()
    guest.virt_type, guest.name = "qemu", name
    guest.uuid = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"libvirt-cmdqv.{name}"))
    guest.memory, guest.vcpus = 1024 * 1024, 1
    guest.os_type, guest.os_arch, guest.os_mach_type = "hvm", "aarch64", "virt"
    guest.os_loader_type, guest.os_loader, guest.os_loader_stateless = "pflash", FIRMWARE, True
    guest.features = [config.LibvirtConfigGuestFeatureACPI()]
    guest.cpu = config.LibvirtConfigGuestCPU()
    guest.cpu.mode, guest.cpu.model, guest.cpu.match = "custom", "cortex-a57", "exact"
    guest.metadata = [metadata(name)]

    guest.add_device(ports(pcie_root=True))
    for _ in range(4):
        guest.add_device(ports(pcie_root=False))
    if viommu:
        iommu = config.LibvirtConfigGuestIOMMU()
        iommu.model = "smmuv3"
        guest.add_device(iommu)
    rng = config.LibvirtConfigGuestRng()
    rng.backend = "/dev/urandom"
    guest.add_device(rng)
    balloon = config.LibvirtConfigMemoryBalloon()
    balloon.model, balloon.period = "virtio", 10
    guest.add_device(balloon)
    if hostdev:
        device = config.LibvirtConfigGuestHostdevPCI()
        device.managed = "no"
        device.domain, device.bus, device.slot, device.function = "0009", "01", "00", "0"
        guest.add_device(device)
    return guest.to_xml()


def ports(pcie_root):
    controller = config.LibvirtConfigGuestPCIeRootController() if pcie_root else config.LibvirtConfigGuestPCIeRootPortController()
    return controller


def metadata(name):
    meta = config.LibvirtConfigGuestMetaNovaInstance()
    meta.package, meta.name, meta.creationTime = "34.0.0", name, 0
    return meta


NAMES = {"nova-viommu": (True, False), "nova-hostdev": (False, True), "nova-viommu-hostdev": (True, True)}

if __name__ == "__main__":
    sys.stdout.write(domain(sys.argv[1], *NAMES[sys.argv[1]]))
