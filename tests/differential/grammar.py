"""Device XML of every kind that a caller might write, right, odd and wrong.

A generator aims at one device of a domain (a Target), picks the form and the
parts that the XML has, spells each part rightly, oddly or wrongly, adds text
that may be between the parts, and now and then damages the result.  The same
seed gives the same XMLs.
"""
from dataclasses import dataclass
from random import Random

MAC_UNKNOWN = "52:54:00:0f:0f:0f"
INTERFACE_TYPES = (*("hostdev", "network", "user", "bridge", "direct", "ethernet", "null", "vdpa", "internal", "server", "client",
                     "mcast") * 3, "vhostuser", "udp", "vds", "Hostdev", "")


@dataclass(frozen=True)
class Target:
    """A device of the domain, as far as it has these."""
    host: str = ""      # dddd:bb:ss.f
    guest: str = ""
    mac: str = ""
    alias: str = ""


def address_numbers(address):
    domain, bus, rest = address.split(":")
    slot, function = rest.split(".")
    return {"domain": int(domain, 16), "bus": int(bus, 16), "slot": int(slot, 16), "function": int(function, 16)}


class Grammar:
    """Draws device XML from one sequence of random numbers."""

    def __init__(self, seed, targets):
        self.random = Random(seed)
        self.targets = targets

    # -- chance

    def maybe(self, chance):
        return self.random.random() < chance

    def pick(self, *choices):
        return self.random.choice(choices)

    # -- values

    def number(self, value):
        """Mostly the same number, in some spelling that strtoul() may or may not take."""
        same = (f"0x{value:x}", f"0x{value:02x}", f"{value}")
        odd = (f"0x{value:04X}", f"0X{value:x}", f"0x{value:012x}", f"0{value:o}", f"000{value:o}", f"+{value}", f" {value}",
               f"\t{value}", f"\n 0x{value:x}", f" +0x{value:x}", f"&#{48 + value % 10};" if value < 10 else f"&#x20;{value}",
               f"0b{value:b}", f"&#9;{value}", f"\u00a0{value}")
        wrong = (f"{value + 1}", f"0x{value ^ 1:x}", "", f"{value} ", f"-{value}", "- 1", f"{value}.0", "0x", "x", f"{value + (1 << 32)}",
                 f"{value + 256}", f"{value + (1 << 64)}", f"{value:x}h", "\uff11", f"++{value}", f"+-{value}", f"0x+{value:x}",
                 f"0x 0x{value:x}", f"1e{value}", "0", "0xffffffff", "08", f"{value}&#0;", f"{value}&lt;", f"&{value};")
        draw = self.random.random()
        return self.random.choice(same if draw < 0.8 else odd if draw < 0.97 else wrong)

    def mac(self, mac):
        parts = mac.split(":")
        short = ":".join(p.lstrip("0") or "0" for p in parts)
        odd = (mac.upper(), short, short.upper(), mac.replace("0", "&#48;", 1), "52:54:" + mac[6:].upper())
        wrong = (MAC_UNKNOWN, mac.replace(":", "-"), mac[:-3], mac + ":00", f" {mac}", f"{mac} ", mac.replace(":0", ":+", 1),
                 mac.replace(":0", ":0x", 1), mac.replace(":", "", 1), "", "00:00:00:00:00:00", "01:00:5e:00:00:01",
                 mac.replace(":00", ":000", 1), "ff:ff:ff:ff:ff:ff", mac.replace(":", ": ", 1), mac[:-1] + "g", "0:0:0:0:0:0",
                 f"{mac} junk", f"{mac}&#10;:00", f"{mac}\u00e4", f"{mac}-", f"{mac}&#127;", f"{mac}&#9;", f"{mac} :1:2")
        draw = self.random.random()
        return mac if draw < 0.6 else self.random.choice(odd if draw < 0.8 else wrong)

    def alias(self, alias):
        wrong = ("hostdev0", "hostdev1", "net0", "ua-wrong", "ua-", "", "ua-not.allowed", "ua-nicht erlaubt", "UA-x", " " + alias,
                 alias + " ", alias.upper(), "ua-\u00e4", "ua-x/y", "ua-a:b", "iommu0", "&#117;a-wrong",
                 f"ua-x&#{self.random.randrange(32, 127)};")
        return alias if alias and self.maybe(0.6) else self.random.choice(wrong)

    # -- pieces of text

    def attributes(self, pairs):
        """In any order, in either kind of quote."""
        pairs = list(pairs)
        if self.maybe(0.3):
            self.random.shuffle(pairs)
        quote = self.pick("'", "'", '"')
        gap = self.pick(" ", " ", " ", "\n  ", "\t")
        return "".join(f"{gap}{name}{self.pick('=', '=', '=', ' = ')}{quote}{value}{quote}" for name, value in pairs)

    def element(self, name, pairs, *children):
        inside = "".join(children)
        if not inside and self.maybe(0.9):
            return f"<{name}{self.attributes(pairs)}/>"
        return f"<{name}{self.attributes(pairs)}>{inside}</{name}{self.pick('', '', ' ')}>"

    def between(self):
        """Text that may be between elements and has no effect."""
        if self.maybe(0.9):
            return self.pick("", "", "\n  ")
        return self.pick("<!-- <source/> -->", "<![CDATA[<source/>]]>", "text", "<?target x?>", "&amp;", "&#x3c;source/>", "<x/>",
                         "<x><source/><mac address='52:54:00:00:09:01'/></x>", "<!--\n-->")

    # -- addresses

    def address_parts(self, address, **more):
        parts = [(name, self.number(value)) for name, value in address_numbers(address).items()
                 if self.maybe(0.95 if value else 0.6)]
        return [*more.items(), *parts]

    def pci_address(self, address, **more):
        extra = {"multifunction": self.pick("on", "off", "x")} if self.maybe(0.03) else {}
        zpci = "<zpci uid='0x1' fid='0x1'/>" if self.maybe(0.02) else ""
        return self.element("address", self.address_parts(address, **more, **extra), zpci)

    def host_address(self, target):
        return self.pci_address(target.host or "0009:01:00.7", **({"type": self.pick(*["pci"] * 8, "usb")} if self.maybe(0.2) else {}))

    def guest_address(self, target):
        guest = target.guest or "0000:1f:00.0"
        kind = self.random.random()
        if kind < 0.75:
            return self.pci_address(self.random.choice(self.targets).guest or guest if self.maybe(0.15) else guest, type="pci")
        if kind < 0.85:     # libvirt compares it with the value in the same place of memory
            where = address_numbers(guest)
            return self.element("address", [("type", "ccw"), ("cssid", self.number(where["domain"])),
                                            ("ssid", self.number(where["bus"])), ("devno", self.number(where["slot"]))])
        more = self.pick([], [("type", "virtio-mmio")], [("type", "PCI")], [("type", "")], [("type", "ccw")], [("type", "unassigned")],
                         [("type", "pci")], [("type", "drive")], [("type", "spapr-vio"), ("reg", "0x1000")],
                         [("type", "usb"), ("bus", "0"), ("port", "1")], [("type", "isa")], [("type", "dimm"), ("slot", "0")])
        return self.element("address", more)

    # -- whole devices

    def extras(self, chance):
        """Parts that are of no consequence, if libvirt takes them."""
        out = []
        for text in ("<driver name='vfio'/>", "<driver name='vfio' iommufd='yes'/>", "<boot order='1'/>", "<boot order='x'/>",
                     "<rom bar='on'/>", "<acpi index='3'/>", "<model type='virtio'/>", "<link state='up'/>",
                     "<teaming type='transient' persistent='ua-x'/>", "<virtualport type='802.1Qbh'><parameters profileid='x'/></virtualport>",
                     "<vlan><tag id='4'/></vlan>", "<target dev='vnet7'/>", "<mtu size='1500'/>", "<actual type='hostdev'/>",
                     "<shareable/>", "<hostdev type='pci'/>", "<interface type='user'/>"):
            if self.maybe(chance):
                out.append(text)
        return out

    def body(self, parts):
        if self.maybe(0.15):                    # one part twice: the first counts, or none
            parts.insert(self.random.randrange(len(parts) + 1), self.random.choice(parts or [""]))
        if self.maybe(0.2):
            self.random.shuffle(parts)
        return "".join(self.between() + part for part in parts) + self.between()

    def hostdev(self, target):
        pairs = []
        if self.maybe(0.8):
            pairs.append(("mode", self.pick(*["subsystem"] * 20, "capabilities", "", "Subsystem")))
        if self.maybe(0.96):
            pairs.append(("type", self.pick(*["pci"] * 30, "usb", "mdev", "scsi", "scsi_host", "PCI", "storage", "")))
        if self.maybe(0.3):
            pairs.append(("managed", self.pick(*["yes", "no"] * 5, "maybe")))
        if self.maybe(0.03):
            pairs.append(("model", "vfio-pci"))
        parts = []
        if self.maybe(0.96):
            addresses = [self.host_address(target)] if self.maybe(0.96) else []
            if self.maybe(0.06):
                addresses.append(self.host_address(self.random.choice(self.targets)))
            parts.append(self.element("source", [("writeFiltering", "no")] if self.maybe(0.02) else [], *addresses))
        if self.maybe(0.06):
            other = self.random.choice(self.targets)
            parts.append(self.element("source", [], self.host_address(other)))
        if self.maybe(0.3):
            parts.append(self.element("alias", [("name", self.alias(target.alias))]))
        if self.maybe(0.3):
            parts.append(self.guest_address(target))
        return self.element("hostdev", pairs, self.body(parts + self.extras(0.02)))

    def interface_source(self, kind, target):
        by_kind = {"network": [("network", "default")], "bridge": [("bridge", "br0")], "direct": [("dev", "eth0"), ("mode", "bridge")],
                   "vdpa": [("dev", "/dev/vhost-vdpa-0")], "internal": [("name", "x")],
                   "vhostuser": [("type", "unix"), ("path", "/run/x"), ("mode", "client")],
                   "server": [("port", "4321")], "client": [("address", "192.0.2.1"), ("port", "4321")],
                   "mcast": [("address", "230.0.0.1"), ("port", "4321")]}
        if kind == "hostdev":
            return self.element("source", [], self.pci_address(target.host or "0009:03:00.1", type="pci"))
        return self.element("source", by_kind[kind]) if kind in by_kind else ""

    def interface(self, target):
        kind = self.random.choice(INTERFACE_TYPES) if self.maybe(0.5) else "hostdev"
        parts = [self.interface_source(kind, target)] if self.maybe(0.96) else []
        if self.maybe(0.6):
            parts.insert(0, self.element("mac", [("address", self.mac(target.mac or MAC_UNKNOWN))]
                                         + ([("type", "static")] if self.maybe(0.03) else [])))
        if self.maybe(0.06):
            parts.append(self.element("mac", [("address", self.mac(self.random.choice(self.targets).mac or MAC_UNKNOWN))]
                                      if self.maybe(0.7) else []))
        if self.maybe(0.35):
            parts.append(self.element("alias", [("name", self.alias(target.alias))]))
        if self.maybe(0.45):
            parts.append(self.guest_address(target))
        if self.maybe(0.04):
            parts.append(self.guest_address(self.random.choice(self.targets)))
        pairs = [("type", kind)] if self.maybe(0.98) else []
        if self.maybe(0.1):
            pairs.append(("managed", self.pick(*["yes", "no"] * 5, "maybe")))
        return self.element("interface", pairs, self.body(parts + self.extras(0.02)))

    def other(self, target):
        guest = self.guest_address(target)
        index = self.number(self.random.choice([0, 1, 2, 3, 6, 10, 12, 30]))
        # no <video>: stock libvirtd 12.8.0 dies of one that a domain without video is to lose
        return self.pick(
            "<disk type='file' device='disk'><source file='/x'/><target dev='vda' bus='virtio'/></disk>",
            f"<disk type='file' device='disk'><source file='/x'/><target dev='vdq' bus='virtio'/>{guest}</disk>",
            self.element("controller", [("type", "pci"), ("index", index), ("model", self.pick("pcie-root-port", "pcie-root", "x"))]),
            self.element("controller", [("type", "pci"), ("index", index)], guest),
            self.element("controller", [("type", self.pick("usb", "scsi", "", "PCI")), ("index", index)]),
            self.element("controller", [("index", index)]),
            "<controller type='pci'/>",
            f"<iommu model='smmuv3'><driver pciBus='{index}' accel='on' cmdqv='on'/></iommu>", "<iommu model='smmuv3'/>",
            f"<rng model='virtio'><backend model='random'>/dev/urandom</backend>{guest}</rng>",
            f"<memballoon model='virtio'>{guest}</memballoon>", "<vsock model='virtio'><cid auto='yes'/></vsock>",
            f"<input type='tablet' bus='virtio'>{guest}</input>", f"<watchdog model='itco'>{guest}</watchdog>",
            "<tpm model='tpm-tis'><backend type='passthrough'/></tpm>",
            "<lease><key>k</key></lease>", "<shmem name='s'/>", "<redirdev bus='usb'/>", "<panic/>", "<serial type='pty'/>",
            "<Hostdev/>", "<hostdevs/>", "<device/>", "<domain/>", "<devices>" + self.hostdev(target) + "</devices>",
            "<net type='user'/>", "<hostdev/>", "<interface/>", "<source/>", "")

    # -- the text around and in it

    def dress(self, xml):
        draw = self.random.random()
        if draw < 0.72:
            return xml
        return self.pick(
            "<?xml version='1.0'?>" + xml, "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n" + xml, "\ufeff" + xml,
            "<?xml version='1.0' encoding='ISO-8859-1'?>" + xml, "<?xml version='1.0' encoding='UTF-16'?>" + xml,
            "<?xml version='1.0' encoding='UTF-7'?>" + xml, "\n \t" + xml, " <?xml version='1.0'?>" + xml, "<!-- c -->" + xml,
            "<?pi x?>" + xml + "<!-- after -->", "<!DOCTYPE hostdev>" + xml, "<!DOCTYPE interface SYSTEM 'file:///x'>" + xml,
            "<!DOCTYPE hostdev [<!ENTITY e '1'>]>" + xml.replace("'1'", "'&e;'"),
            "<!DOCTYPE hostdev [<!ATTLIST hostdev type CDATA 'pci'>]>" + xml.replace(" type='pci'", "", 1),
            xml + "x", xml + xml, xml + "\n\n", "x" + xml, xml[:-1], "<!--" + xml + "-->",
            xml.replace("hostdev", "x:hostdev").replace("<x:hostdev", "<x:hostdev xmlns:x='urn:x'", 1),
            xml.replace("interface", "x:interface").replace("<x:interface", "<x:interface xmlns:x='urn:x'", 1),
            self.insert_attribute(xml, "xmlns='urn:x'"), self.insert_attribute(xml, "xmlns:type='urn:x'"),
            self.insert_attribute(xml, "xmlns:x='urn:x' x:type='pci'"), self.insert_attribute(xml, "xmlns:x='urn:x' x:domain='9'"),
            xml.replace("<source", "<x:source xmlns:x='urn:x'/><source", 1), xml.replace("<mac", "<x:mac xmlns:x='urn:x' address='1'/><mac", 1),
            xml.replace("<address", "<address xmlns='urn:x'", 1), xml.replace("<mac", "<mac xmlns='urn:x'", 1),
            xml.replace("<alias", "<alias xmlns='urn:x'", 1), xml.replace("<source", "<source xmlns='urn:x'", 1),
            xml.replace("<address", "<address xmlns:x='urn:x' x:type='pci' x:bus='1' x:domain='1'", 1),
            xml.replace("<mac", "<mac xmlns:x='urn:x' x:address='52:54:00:00:09:77'", 1),
            xml.replace("<alias", "<alias xmlns:x='urn:x' x:name='ua-wrong'", 1))

    def insert_attribute(self, xml, text):
        """Into some start tag, at its beginning."""
        at = [i for i, c in enumerate(xml) if c in " >/" and xml.rfind("<", 0, i) > xml.rfind(">", 0, i)
              and xml[xml.rfind("<", 0, i) + 1:i].isalpha()]
        if not at:
            return xml
        where = self.random.choice(at)
        return f"{xml[:where]} {text}{xml[where:]}"

    def damage(self, xml):
        """One accident: a character, a word, or a stretch of the text."""
        if not xml:
            return xml
        at = self.random.randrange(len(xml))
        end = min(len(xml), at + self.random.randrange(1, 12))
        return self.pick(
            xml[:at] + xml[at + 1:], xml[:at] + xml[at] + xml[at:], xml[:end] + xml[at:], xml[:at] + xml[end:],
            xml[:at] + self.random.choice("'\"<>/=&; 0x1aZ\t\n-+") + xml[at:], xml[:at] + self.random.choice("'\"<>/=&; 0x1aZ") + xml[at + 1:],
            xml.replace("'", '"', 1), xml.swapcase() if self.maybe(0.1) else xml[:at] + xml[at:end].swapcase() + xml[end:],
            xml.replace("pci", self.pick("PCI", "usb", "pci ", "&#112;ci"), 1), xml.replace("bus", "slot", 1),
            xml.replace("0x", "", 1), xml.replace("address", "adress", 1), xml.replace("<address", "<address bus='1'", 1))

    def any_device(self):
        target = self.random.choice(self.targets)
        xml = self.dress(self.pick(*[self.hostdev] * 9, *[self.interface] * 9, self.other)(target))
        while self.maybe(0.15):
            xml = self.damage(xml)
        return xml.replace("\0", "")


def devices(seed, targets, count):
    """So many different ones."""
    grammar, made = Grammar(seed, targets), {}
    while len(made) < count:
        made[grammar.any_device()] = None
    return list(made)
