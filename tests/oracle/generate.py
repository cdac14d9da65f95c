"""Domains by chance: PCIe roots and ports, SMMUs, devices of the host and emulated ones, in many ways.

About a quarter runs with CMDQV as it asks; most of the others lack one thing.  Domains that libvirt itself gets wrong
without any SMMU (with a pcie-to-pci-bridge that has no address) are not among them.
"""
from domains import (GPU_A, GPU_B, GPU_C, OTHER_A, OTHER_B, OTHER_C, VF_A, VF_B, VF_C, address, attrs, domain, guest, hostdev,
                         interface, port, smmu)

HERE, THERE, FUNCTIONS = (GPU_A, GPU_B, GPU_C), (OTHER_A, OTHER_B, OTHER_C), (VF_A, VF_B, VF_C)

# With a place for an address, or none if libvirt adds the device that has one.
EMULATED = (
    "<interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/>{}</interface>",
    "<rng model='virtio'><backend model='random'>/dev/urandom</backend>{}</rng>",
    "<controller type='scsi' index='0' model='virtio-scsi'>{}</controller>",
    "<controller type='virtio-serial' index='0'>{}</controller>",
    "<controller type='usb' index='1' model='qemu-xhci'>{}</controller>",
    "<input type='keyboard' bus='virtio'>{}</input>",
    "<video><model type='virtio'/>{}</video>",
    "<watchdog model='i6300esb' action='reset'>{}</watchdog>",
    "<sound model='ich9'>{}</sound>",
    "<filesystem type='mount' accessmode='passthrough'><source dir='/tmp'/><target dir='t'/>{}</filesystem>",
    "<shmem name='s'><model type='ivshmem-plain'/><size unit='M'>4</size>{}</shmem>",
    "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
    "<console type='pty'><target type='virtio' port='0'/></console>",
    "<panic model='pvpanic'/>",
    "<iommu model='virtio'/>",
)


class Dice:
    def __init__(self, random):
        self.random = random

    def chance(self, of):
        return self.random.random() < of

    def one(self, *of):
        return self.random.choice(of)


class Machine:
    """The PCI buses, and which ports of each root are free."""

    def __init__(self, dice):
        self.dice, self.index, self.bus_number = dice, 1, 248
        self.controllers = [] if dice.chance(0.1) else ["<controller type='pci' index='0' model='pcie-root'/>"]
        self.free = {0: []}
        self.narrow = set()         # roots with room for one port
        if dice.chance(0.3):
            self.add_port(0, 0x10)
        for number in range(dice.one(0, 1, 1, 1, 2, 2, 3)):
            self.add_root(0x11 + number)
        if dice.chance(0.5):
            self.add_port(0, 0x17)
        if dice.chance(0.15):
            self.add_switch()

    def add(self, model, place="", **target):
        below = f"<target{attrs(**target)}/>" if target else ""
        self.controllers.append(f"<controller type='pci' index='{self.index}' model='{model}'>{below}{place}</controller>")
        self.index += 1
        return self.index - 1

    def add_port(self, bus, slot):
        self.free[bus].append(self.index)
        if self.dice.chance(0.7):
            self.controllers.append(port(self.index, bus, slot))
            self.index += 1
        else:
            self.add("pcie-root-port", address(f"0000:{bus:02x}:{slot:02x}.0", type="pci"), hotplug="off")

    def add_root(self, slot):
        place = address(f"0000:00:{slot:02x}.0", type="pci") if self.dice.chance(0.6) else ""
        ports = self.dice.one(0, 1, 1, 2, 2, 3)
        number = {"busNr": self.bus_number} if ports > 1 or self.dice.chance(0.7) else {}  # libvirt's leaves room for one port
        self.bus_number -= self.dice.one(10, 12, 16)
        root = self.add("pcie-expander-bus", place, **number)
        self.free[root] = []
        if not number:
            self.narrow.add(root)
        for port_slot in range(ports):
            self.add_port(root, port_slot)

    def add_switch(self):
        """Two ports more, in place of one."""
        root = self.dice.one(*self.free)
        if not self.free[root] or root in self.narrow:
            return
        upstream = self.add("pcie-switch-upstream-port", guest(self.free[root].pop()))
        for slot in range(2):
            self.free[root].append(self.add("pcie-switch-downstream-port", address(f"0000:{upstream:02x}:{slot:02x}.0", type="pci")))

    def place(self, root):
        """A free port, or for some nothing, which is libvirt's to decide."""
        return None if not self.free[root] or self.dice.chance(0.12) else self.free[root].pop(self.dice.one(0, -1))


def some_smmus(dice, machine):
    """[(root, <iommu>)]: most are valid."""
    roots = [root for root in machine.free if root] if dice.chance(0.85) else list(machine.free)
    dice.random.shuffle(roots)
    found = []
    for root in (roots or [0])[:1] + [r for r in roots[1:] if dice.chance(0.65)]:
        driver = {}
        if dice.chance(0.12):
            driver["cmdqv"] = dice.one("off", None)
        if dice.chance(0.05):
            driver["accel"] = dice.one("off", None)
        if dice.chance(0.05):
            driver["bus"] = dice.one(99, dice.random.randrange(machine.index + 1))
        if dice.chance(0.35):
            given = {"ats": dice.one("on", "off"), "ril": dice.one("on", "off"), "ssidsize": dice.one(0, 1, 16, 20, 20, 21),
                     "oas": dice.one(44, 48, 48, 48, 40)}
            driver.update((k, v) for k, v in given.items() if dice.chance(0.7))
        found.append((root, smmu(**{"bus": root, **driver})))
    return found


def some_hostdevs(dice, machine, roots):
    """Behind each SMMU those of one host SMMU mostly, and some elsewhere."""
    hosts = [list(HERE + FUNCTIONS), list(THERE)]
    found = []
    for root in machine.free:
        count = dice.one(1, 1, 1, 2) if root in roots and not dice.chance(0.12) else int(dice.chance(0.1))
        group = dice.one(*(h for h in hosts if h), []) if any(hosts) else []
        for _ in range(count):
            pool = group if group and not dice.chance(0.1) else next((h for h in hosts if h), [])
            if not pool:
                break
            host = pool.pop(0)
            iommufd = dice.one(*["yes"] * 12, "no", None)
            if host in FUNCTIONS and dice.chance(0.6):
                found.append(interface(host, machine.place(root), mac=f"52:54:00:00:09:{host[-1]:>02}", iommufd=iommufd))
            else:
                found.append(hostdev(host, machine.place(root), iommufd=iommufd))
    return found


def some_emulated(dice, machine):
    found = []
    for text in dice.random.sample(EMULATED, dice.one(0, 0, 0, 1, 1, 2)):
        root = dice.one(*machine.free)
        found.append(text.format(guest(machine.place(root)) if dice.chance(0.35) else ""))
    return found


def generate(random, name):
    """A domain made by @random, a random.Random, and by nothing else."""
    dice = Dice(random)
    machine = Machine(dice)
    smmus = some_smmus(dice, machine)
    devices = some_hostdevs(dice, machine, [root for root, _ in smmus]) + some_emulated(dice, machine)
    random.shuffle(devices)
    parts = [*machine.controllers, *(xml for _, xml in smmus), *devices]
    if dice.chance(0.2):
        random.shuffle(parts)
    return domain(name, *parts, layout="<controller type='usb' model='none'/>", machine=dice.one(*["virt"] * 8, "virt-11.0", "virt-10.0"),
                  features="<gic version='3'/>" if dice.chance(0.04) else "<acpi/><gic version='3'/>",
                  more=dice.one(*[""] * 6, "<iommufd enabled='yes'/>", "<iommufd enabled='no'/>"))
