"""The emulated host: its cards behind each SMMU, and all else that the cases use of a host."""
import glob
import os
import re
import subprocess

E1000E, IGB = ("0x8086", "0x10d3"), ("0x8086", "0x10c9")
PRETEND = "/sys/module/arm_smmu_v3/parameters/pretend_cmdqv"


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read().strip()


def write(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def smmus():
    """In the order of their addresses; 'machine' says which cards are behind each."""
    return sorted(os.listdir("/sys/class/iommu"))


def smmu_of(address):
    return os.path.basename(os.path.realpath(f"/sys/bus/pci/devices/{address}/iommu"))


def answer_as_cmdqv(names):
    """The kernel gives CMDQV of these SMMUs, and of no other (kernel/pretend)."""
    write(PRETEND, ",".join(names) if names else "none")


def pci(*ids):
    return sorted(os.path.basename(d) for d in glob.glob("/sys/bus/pci/devices/*")
                  if (read(f"{d}/vendor"), read(f"{d}/device")) in ids)


def driver_of(address):
    return os.path.basename(os.path.realpath(f"/sys/bus/pci/devices/{address}/driver"))


def give_to_vfio(address):
    device = f"/sys/bus/pci/devices/{address}"
    write(f"{device}/driver_override", "vfio-pci")
    if os.path.exists(f"{device}/driver"):
        write(f"{device}/driver/unbind", address)
    write("/sys/bus/pci/drivers_probe", address)
    if driver_of(address) != "vfio-pci":
        raise SystemExit(f"host: {address} does not bind to vfio-pci")
    return address


def cards():
    """Cards for <hostdev>: a list for each SMMU."""
    found = [give_to_vfio(a) for a in pci(E1000E)]
    return [[a for a in found if smmu_of(a) == smmu] for smmu in smmus()]


def functions(count):
    """As many virtual functions of each card that has them."""
    found = []
    for parent in pci(IGB):
        write(f"/sys/bus/pci/devices/{parent}/sriov_numvfs", str(count))
        for netdev in os.listdir(f"/sys/bus/pci/devices/{parent}/net"):
            subprocess.run(["ip", "link", "set", netdev, "up"], check=True)
        found += [give_to_vfio(os.path.basename(os.path.realpath(link)))
                  for link in sorted(glob.glob(f"/sys/bus/pci/devices/{parent}/virtfn*"))]
    return found


def network(devices):
    """The network of the cases, which gives these devices (tests/lab/vfs.xml)."""
    addresses = ["<address type='pci' domain='0x{}' bus='0x{}' slot='0x{}' function='0x{}'/>".format(*re.split("[:.]", d)) for d in devices]
    return f"<network><name>vfs</name><forward mode='hostdev'><driver name='vfio'/>{''.join(addresses)}</forward></network>"


def make_mediated_devices(uuids):
    subprocess.run(["/usr/sbin/modprobe", "mtty"], check=True)
    create = glob.glob("/sys/class/mdev_bus/*/mdev_supported_types/*-1/create")[0]
    for uuid in uuids:
        write(create, uuid)


def make_scsi_targets(names):
    for name in names:
        os.makedirs(f"/sys/kernel/config/target/vhost/{name}/tpgt_1")


def prepare(texts):
    """The parts of a host that these domains name: huge pages, mediated devices, SCSI targets.  ACPI declares CMDQV for the first
    two SMMUs (run), and the kernel has to say the same."""
    every = "".join(texts)
    write("/proc/sys/vm/nr_hugepages", "320")
    answer_as_cmdqv(smmus()[:2])
    mediated = sorted(set(re.findall(r"<address uuid=['\"]([0-9a-f-]+)", every)))
    if mediated:
        make_mediated_devices(mediated)
    make_scsi_targets(sorted(set(re.findall(r"naa\.[0-9a-f]{16}", every))))
