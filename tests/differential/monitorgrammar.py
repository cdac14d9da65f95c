"""Monitor commands as a client might write them: right, odd, damaged.

Every command is made of the grammar that QEMU reads: a verb, a target in one of
the spellings of a QOM path, white space, quotes, flags; for QMP, JSON in its
spellings.  Some are damaged afterwards.  The same seed gives the same commands.
"""
from random import Random

ANCHOR = ("hostdev0",) * 5 + ("pci.2", "pci.2", "pci.1", "iommu0", "iommufd0", "pcie.0")
OTHERS = ("hostdev1", "pci.3", "iothread0", "hostdev", "hostdev00", "hostdev10", "net0", "")
LINKS = ("pci.2/pci.2/child[0]", "pci.3/pci.3/child[0]", "hostdev1/parent_bus/child[0]", "hostdev0/parent_bus", "hostdev1/parent_bus",
         "iommu0/primary-bus", "primary-bus", "parent_bus", "child[0]", "pci.2/pci.2", "pci.1/pci.1", "hostdev1/parent_bus/hotplug-handler",
         "/machine/unattached/device[0]", "/machine/unattached/device[3]", "device[1]", "/machine/peripheral-anon/device[0]", "/machine",
         "/", "peripheral", "/machine/peripheral", "hotplug-handler")
SPACE = (" ",) * 12 + ("  ", "\t", "\n", "\r", "\v", "\f", " \t ", "\u00a0")
FALSE = ("false", "off", "no", "n", "false", "off") * 3 + ("true", "on", "yes", "y", "False", "0", '"off"', "off ", "", "null")
PROPERTIES = ("realized",) * 30 + ("hotplugged", "fd", "hotplug-handler", "parent_bus", "bootindex", "Realized", "realized\u0000", "type")
NUMBERED = "tap,id=n0,fd={0}", "tap,fds={0},id=n0", "socket,id=n0,fd={0}", "type=tap,id=n0,vhostfd={0},fd=x", "tap,id=n0,fd=name"
OBJECTS = ("monitor-hmp,id=m0,chardev=c0", "qom-type=monitor-qmp,id=m0,chardev=c0", '{"qom-type":"monitor-qmp","id":"m0","chardev":"c0"}',
           "{'qom-type':'monitor-hmp','id':'m0','chardev':'c0'}", "monitor-qmp,chardev=c0,id=m0", "iothread,id=m0", "rng-builtin,id=m0",
           "iommufd,id=m0,fd={0}", "no-such,id=m0", "iothread,id=m0,qom-type=monitor-hmp,chardev=c0")
HARMLESS = ("info status", "info pci", "info qtree", "info qom-tree", "info block", "info registers -a", "info chardev", "info network",
            "info mtree -f", "help", "help info", "? device_add", "x /4wx 0x40000000", "xp/2gx 0x40000000+8", "print/x 1+2*3", "print $pc",
            "stop", "cont", "system_wakeup", "nmi", "balloon 512", "sum 0 16", "qom-list /machine", "qom-get /machine type", "log none",
            "set_link n9 off", "boot_set c", "migrate_cancel", "migrate_set_parameter max-bandwidth 1g", "eject -f d0", "drive_del d0",
            "netdev_add user,id=n9", "netdev_del n9", "chardev-add null,id=c9", "chardev-remove c9", "getfd x", "closefd x",
            "announce_self", "savevm x", "loadvm x", "delvm x", "change d0 /tmp/x", "cpu 0", "sendkey ctrl-alt-f1", "mouse_move 1 1",
            "object_add iothread,id=io9", "object_del io9", "device_del hostdev1", "device_del /machine/peripheral/hostdev1",
            "qom-set hostdev1 realized off", "trace-event x on", "gdbserver none", "pcie_aer_inject_error hostdev0 DLP", "system_reset")
WORDS = ("device_del",) * 8 + ("qom-set",) * 12 + ("object_del", "netdev_add", "netdev_add", "object_add", "object_add", "device_add", "object-del",
                                                   "device-del", "info", "help", "qom-get", "x", "o")


class Grammar:
    def __init__(self, seed, descriptor):
        self.random = Random(seed)
        self.descriptor = descriptor        # a number of a file that QEMU has open

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def target(self):
        random = self.random
        if self.chance(0.1):
            return random.choice(LINKS)
        name = random.choice(ANCHOR if self.chance(0.7) else OTHERS)
        path = random.choice((*(name, f"/machine/peripheral/{name}") * 5, f"peripheral/{name}", f"//machine//peripheral//{name}/",
                              f"/objects/{name}", f"machine/peripheral/{name}", f"/{name}", f"{name}/", f"{name}/{name}",
                              f"/machine/peripheral/{name}/{name}", f"./{name}", f"/machine/peripheral/../{name}"))
        if self.chance(0.02):
            path = "/" * (1023 - len(path)) + path + "xyz"      # as much as QEMU's buffer takes
        return path

    def space(self):
        return self.random.choice(SPACE)

    def quoted(self, word):
        kind = self.random.random()
        if kind < 0.5:
            return word
        if kind < 0.92:
            return '"' + word + '"'
        if kind < 0.93:
            return "'" + word + "'"
        if kind < 0.95:
            return '"' + word.replace("e", "\\e", 1) + '"'
        if kind < 0.97:
            return word[:2] + '"' + word[2:] + '"'
        return '"' + word

    def joined(self, *words):
        """Nothing has to be between a quoted word and the next."""
        text = ""
        for word in words:
            text += ("" if text.endswith('"') and self.chance(0.4) else self.space() if text else "") + word
        return text

    def damaged(self, text):
        if not text or not self.chance(0.1):
            return text
        at = self.random.randrange(len(text))
        return self.pick(text[:at] + text[at + 1:], text[:at] + text[at] + text[at:], text[:at] + self.random.choice("\"'\\/ -\t\n|#;x.0{}[]:,")
                         + text[at:], text[:at], text[at:], text.upper(), text + self.space() + "x")

    def line(self):
        """One line of HMP."""
        random = self.random
        if self.chance(0.25):
            return self.damaged(random.choice(HARMLESS))
        verb = random.choice(WORDS)
        begin = self.pick("", "", "", " ", "\t", "\n\v")
        if verb == "qom-set":
            flag = self.pick(*[""] * 10, *["-j"] * 5, "-x", "-jj")
            words = [self.quoted(self.target()), self.quoted(random.choice(PROPERTIES).replace("\0", "")), random.choice(FALSE)]
            rest = self.joined(*words)
            if flag:
                rest = flag + self.pick("", " ") + rest
        elif verb == "netdev_add":
            rest = self.quoted(random.choice(NUMBERED).format(self.descriptor))
        elif verb == "object_add":
            rest = random.choice(OBJECTS).replace("{0}", str(self.descriptor))
        elif verb == "device_add":
            rest = self.quoted("pci-testdev,id=" + random.choice(ANCHOR + OTHERS) + ",bus=pci.3")
        else:
            rest = self.quoted(self.target())
        between = "" if rest.startswith("/") and self.chance(0.5) else self.space()
        return self.damaged(begin + verb + between + rest + self.pick("", "", "", " ", "\n"))

    def string(self, text):
        """A string of JSON, in one of its spellings."""
        inside = ""
        for c in text:
            if c in '"\\':
                inside += "\\" + c
            elif ord(c) < 32 or self.chance(0.04):
                inside += f"\\u{ord(c):04x}"
            elif c == "/" and self.chance(0.1):
                inside += "\\/"
            else:
                inside += c
        if self.chance(0.01):
            inside += self.pick("\\u0000", "\\ud83d", "\\n", " ")
        if self.chance(0.01) and '"' not in inside:
            return "'" + inside.replace("'", "\\'") + "'"
        return '"' + inside + '"'

    def value(self, value):
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, dict):
            members = list(value.items())
            if self.chance(0.04) and members:
                name, _ = self.random.choice(members)
                members.append((name, self.pick(self.target(), None, True, {})))
            self.random.shuffle(members)
            return "{" + ",".join(f"{self.string(n)}{self.pick('', ' ')}:{self.value(v)}" for n, v in members) + "}"
        return {None: "null", True: "true", False: "false"}.get(value, str(value))

    def command(self):
        """One QMP command."""
        random = self.random
        kind = random.random()
        if kind < 0.25:
            verb, arguments = "device_del", {"id": self.target()}
        elif kind < 0.5:
            verb, arguments = "qom-set", {"path": self.target(), "property": random.choice(PROPERTIES),
                                          "value": self.pick(False, False, False, True, "off", 0, None, "", str(self.descriptor))}
        elif kind < 0.6:
            verb, arguments = "object-del", {"id": self.target()}
        elif kind < 0.75:
            verb, arguments = "human-monitor-command", {"command-line": self.line()}
        elif kind < 0.8:
            verb, arguments = "netdev_add", {"type": "tap", "id": "n0", "fd": str(self.descriptor)}
        elif kind < 0.85:
            verb, arguments = "object-add", {"qom-type": self.pick("monitor-qmp", "monitor-hmp", "iothread"), "id": "m0"}
            if arguments["qom-type"] != "iothread":
                arguments["chardev"] = "c0"
        elif kind < 0.9:
            verb, arguments = self.pick("device-del", "object_del", "DEVICE_DEL", "x-none"), {"id": self.target()}
        else:
            verb, arguments = self.pick(("query-status", {}), ("query-pci", {}), ("qom-get", {"path": "hostdev0", "property": "type"}),
                                        ("query-block", {}), ("stop", {}), ("cont", {}), ("qom-list", {"path": "/machine"}),
                                        ("device_del", {"id": "hostdev1"}), ("query-name", {}), ("getfd", {"fdname": "x"}),
                                        ("chardev-remove", {"id": "c9"}), ("device-sync-config", {"id": "hostdev0"}))
        whole = {self.pick(*["execute"] * 15, "exec-oob"): verb, "arguments": arguments}
        if self.chance(0.1):
            whole["id"] = self.pick("x", 7, None)
        text = self.pick("", "", "", " \n") + self.value(whole)
        if self.chance(0.04):
            text = self.pick("/* */" + text, text + text, "[" + text + "]", text + " junk", text[:-1] + ",}")
        return self.damaged(text)
