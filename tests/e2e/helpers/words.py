"""Every sentence the tests expect, in one place.

A sentence is compared whole.  If a part is a value that differs from run
to run, or advice that a test need not repeat, the sentence holds `...`.
"""
import re

import suites

# libvirt's own prefixes for the two codes.
UNSUPPORTED = "Operation not supported: "
UNSOUND = "unsupported configuration: "

# -- QEMU and stock libvirt (the controls)

BLOCKER_QMP = ("CMDQV is active: removing the device that established the viommu association "
               "would break the guest CMDQV")
BLOCKER = f"internal error: unable to execute QEMU command 'device_del': {BLOCKER_QMP}"
QEMU_AUTO = ("...arm-smmuv3 accel=on with 'auto' properties requires at least one cold-plugged VFIO device")
STOCK_NO_ACCEL = ("XML error: accel must be enabled for iommu model 'smmuv3' when setting "
                  "ats, ril, ssidsize, oas, or cmdqv")
STOCK_ACCEL_CHANGED = "unsupported configuration: Target domain IOMMU device accel value '1' does not match source '0'"
HOOK_FAILED = "Hook script execution failed: ..."
QEMU_EMULATED = ("internal error: unable to execute QEMU command 'device_add': "
                 "Emulated endpoint devices are not allowed when using arm-smmuv3,accel=on")
QEMU_NO_IOMMUFD = ("internal error: unable to execute QEMU command 'device_add': vfio-pci endpoint devices without an "
                   "iommufd backend not allowed when using arm-smmuv3,accel=on")

# Words that Nova takes for success; no sentence of ours may contain them.
TAKEN_FOR_SUCCESS = ("not found", "already in the process of unplug")


# -- the module

def can_eject(index):
    """Of an anchor whose port is open to hot-plug."""
    return (f"the guest can eject it through PCI controller {index}, and QEMU then aborts; set hotplug='off' on the <target> of that "
            "controller and start the domain again")


def is_opened(port):
    """The same, if only the command line shows it."""
    return (f"the guest can eject it through port '{port}', which <qemu:commandline> or <qemu:override> opens, and QEMU then aborts; set "
            "hotplug=off there and start the domain again")


def behind(alias, host):
    """The alias of a device behind a vSMMU: the one that libvirt gives it; on a libvirt without CMDQV, if none was given, the one
    by which it is put there."""
    lowered = suites.host() == suites.LOWERED and alias.startswith("hostdev")
    return "ua-cmdqv-" + re.sub("[:.]", "-", host) if lowered else alias


def shown(alias, host):
    """The same as live XML has it."""
    return f"<alias name='{behind(alias, host)}'/>"


def _vsmmu(vsmmu, bus):
    return f"vSMMU '{vsmmu}' on bus '{bus}'"


def anchor(alias, host, name="g1", vsmmu="iommu0", bus="pci.1"):
    return (f"{UNSUPPORTED}cannot detach device '{behind(alias, host)}' (host {host}) from running domain '{name}': it anchors the CMDQV of "
            f"{_vsmmu(vsmmu, bus)}, and the guest would lose its command queues; shut the domain down to remove it [keep-anchor]")


def one_of_all(alias, host, anchor_alias, anchor_host, name="g1", vsmmu="iommu0", bus="pci.1"):
    """The refusal for Nova, which detaches all devices of an instance one by one and would reach the anchor later."""
    return (f"{UNSUPPORTED}cannot detach device '{behind(alias, host)}' (host {host}) from running domain '{name}' alone: a suspend, a "
            f"cold snapshot or a live migration would detach all, and device '{behind(anchor_alias, anchor_host)}' (host {anchor_host}) "
            f"must stay: it anchors the CMDQV of {_vsmmu(vsmmu, bus)}; shut the instance down instead [keep-anchor]")


def noted(sentence, note):
    """A refusal with a note, which is before the rule in brackets."""
    reason, rule = sentence.rsplit(" [", 1)
    return f"{reason}{note} [{rule}"


def lost_already(name="g1", element="hostdev"):
    """The note of a refusal if a client has changed the definition first."""
    return (f"; the definition of the domain has lost the device already: put its <{element}> from 'virsh dumpxml {name}' into a FILE, and "
            f"run 'virsh attach-device {name} FILE --config'")


def transient_now(name="g1"):
    """The note of a refusal if a client has undefined a running domain first."""
    return (f"; the running domain has no definition now, and is lost when it shuts down: keep it with 'virsh dumpxml --inactive {name} "
            ">FILE' and 'virsh define FILE'")


def untold(alias, host, name="g1", vsmmu="iommu0", bus="pci.1", reason="..."):
    return (f"{UNSUPPORTED}cannot detach device '{behind(alias, host)}' (host {host}) from running domain '{name}': it is behind "
            f"{_vsmmu(vsmmu, bus)}, and which device anchors the CMDQV there is not known ({reason}); shut the domain down to remove it [keep-anchor]")


def last_in_definition(host, name="g1", bus="pci.1", alias=None):
    device = f"'{alias}' (host {host})" if alias else f"(host {host})"
    return (f"{UNSUPPORTED}cannot detach device {device} from the definition of domain '{name}': no PCI hostdev with iommufd would be "
            f"left to anchor the CMDQV of the vSMMU on bus '{bus}'; add another one behind it first, or remove cmdqv='on' [keep-candidate]")


def kept_for_running(alias, host, name="g1", vsmmu="iommu0", bus="pci.1"):
    return (f"{UNSUPPORTED}cannot detach device '{behind(alias, host)}' (host {host}) from the definition of domain '{name}': in the "
            f"running domain it anchors the CMDQV of {_vsmmu(vsmmu, bus)} and must stay; shut the domain down to remove it "
            "[keep-anchor]")


def _attach(rule, device, why, name, vsmmu, bus):
    return f"{UNSUPPORTED}cannot attach device {device} to running domain '{name}' behind {_vsmmu(vsmmu, bus)}: {why} [attach-{rule}]"


def emulated_behind(element="interface", name="g1", vsmmu="iommu0", bus="pci.1", added_for=None):
    device = f"'{element}' that libvirt adds for <{added_for}>" if added_for else f"'{element}'"
    advice = "attach it first, with" if added_for else "give it"
    return _attach("emulated", device, f"an emulated device cannot be behind an accelerated SMMU; {advice} an <address> on another PCIe root",
                   name, vsmmu, bus)


def crowded(element, name="g1", vsmmu="iommu0", bus="..."):
    """No free port but behind a vSMMU, for an instance of Nova."""
    return (f"cannot attach device '{element}' to running domain '{name}': its only free PCIe port is behind {_vsmmu(vsmmu, bus)}, and the "
            "device cannot be there; raise num_pcie_ports in nova.conf and reboot the instance hard, or stop it first [attach-emulated]")


def _new(host, alias):
    return f"'{alias}' (host {host})" if alias else f"(host {host})"


def attach_needs_iommufd(host, new=None, name="g1", vsmmu="iommu0", bus="pci.1"):
    return _attach("needs-iommufd", _new(host, new), "it is not on iommufd; add iommufd='yes' to its <driver>", name, vsmmu, bus)


def attach_on_a_network(name="g1", vsmmu="iommu0", bus="pci.1"):
    return _attach("needs-iommufd", "'interface'", "the device that a network gives is not on iommufd; attach an <interface type='hostdev'> with "
                   "<driver name='vfio' iommufd='yes'/>, or give it an <address> on another PCIe root", name, vsmmu, bus)


def attach_without_anchor(host, name="g1", vsmmu="iommu0", bus="pci.1"):
    return _attach("without-anchor", f"(host {host})", "cmdqv='on' had no hostdev to anchor it when the domain started, so its guest booted "
                   "without CMDQV; add the device to the definition and start the domain again", name, vsmmu, bus)


def lowered_attach(host, name="g1", vsmmu="iommu0", bus="pci.1"):
    return _attach("lowered", f"(host {host})", "this libvirt does not know the SMMU, which the module gives to QEMU itself, and would attach the "
                   "device on another bus and not on iommufd; ...", name, vsmmu, bus)


def other_host_smmu(host, own, alias, anchor_host, its, new=None, name="g1", vsmmu="iommu0", bus="pci.1"):
    return _attach("other-host-smmu", _new(host, new), f"it is behind host SMMU '{own}', and the anchor '{behind(alias, anchor_host)}' (host {anchor_host}) behind "
                   f"'{its}'; attach it behind a vSMMU for its own host SMMU", name, vsmmu, bus)


def definition_would_be(verb, sentence, name="g1"):
    # no lines: the client does not have that text
    return (f"{UNSUPPORTED}cannot {verb} the device in the definition of domain '{name}', which would then be refused: "
            f"{finding(sentence, name).replace(' in line ...', '...')}")


def monitor(verb, target, alias, host, name="g1", vsmmu="iommu0", bus="pci.1"):
    return (f"{UNSUPPORTED}cannot send '{verb}' of '{target}' to the monitor of running domain '{name}': device '{behind(alias, host)}' (host "
            f"{host}) anchors the CMDQV of {_vsmmu(vsmmu, bus)}, and the guest would lose its command queues; shut the domain "
            "down to remove it [keep-anchor]")


def monitor_untold(why, instead, name="g1", vsmmu="iommu0", bus="pci.1"):
    return (f"{UNSUPPORTED}cannot send the command to the monitor of running domain '{name}': {why}, so whether it removes the "
            f"anchor of {_vsmmu(vsmmu, bus)} is not known; {instead} [keep-anchor]")


def anchor_of_the_monitor(name="g1", vsmmu="iommu0", bus="pci.1"):
    return (f"{UNSUPPORTED}cannot add a host device to running domain '{name}' by its monitor: it may anchor the CMDQV of {_vsmmu(vsmmu, bus)}, "
            "and libvirt would not know it; attach it by 'virsh attach-device' [keep-anchor]")


LINKS = ("its path has links between devices and buses", "name the device by its id")
NUMBERED = ("its path has a device's number", "name the device by its id")
NOT_JSON = ("it is not plain JSON", "write it in plain JSON")
NO_HMP = ("it is no command of QEMU 11.1's HMP", "write it as 'help' shows")
NO_QMP = ("it is no command of QEMU 11.1's QMP", "write it as 'query-commands' shows")
NO_TYPE = ("it creates an object of no known type", "use a type of QEMU 11.1")
NO_ID = ("its path is not that of a device with an id", "write it as '/machine/peripheral/ID'")
OPENS = ("it opens another connection to QEMU", "send each command through libvirt")
FILE_NUMBER = ("it names a file that QEMU has open by its number", "pass the file with 'getfd', and give its name")


def port_is_open(index, name="g1"):
    return (f"domain '{name}': the guest can eject a CMDQV anchor through PCI controller {index}; add <target hotplug='off'/> to "
            "it, or set anchor_port = pin")


def metadata_is_ours(name="g1", uri="urn:libvirt-cmdqv:anchors:1"):
    return (f"{UNSUPPORTED}cannot set metadata of domain '{name}' with the namespace '{uri}': libvirt-cmdqv makes its content from the "
            "domain and stores none; use another namespace")


def _iommu(name, line, text, rule):
    return f"{UNSOUND}domain '{name}': <iommu> in line {line}: {text} [{rule}]"


def needs_hostdev(name="g1", bus="pci.1", line="...", hint="", lacking=None):
    lacking = lacking or ("hostdev" if hint == NO_IOMMUFD else None)
    advice = f"add iommufd='yes' to the <{lacking}> in line ..., on its <driver>" if lacking else "place one there"
    return _iommu(name, line, f"cmdqv='on' needs a cold-plugged PCI hostdev with iommufd='yes' behind bus '{bus}' to anchor its "
                              f"command queues, and there is none{hint}; {advice}, or remove this SMMU", "cmdqv-needs-anchor")


def does_not_count(why):
    """The hint that needs_hostdev() has when a hostdev is there and does not help."""
    return f" (<hostdev> in line ... does not count: {why})"


ELSEWHERE = does_not_count("it is on bus '...', not behind this SMMU")
NO_IOMMUFD = does_not_count("on bus 'pci.2' it lacks iommufd='yes'")


def not_a_root(name="g1", bus="pci.2", model="pcie-root-port"):
    return _iommu(name, "...", f"bus '{bus}' is a {model} and not the root of a PCIe tree; "
                               "write pciBus='1', the index of the root above it", "smmu-needs-root")


def no_bus(name="g1"):
    return _iommu(name, "...", "cmdqv='on' without pciBus creates the machine-wide SMMU, which has no CMDQV; add pciBus='N' with the "
                               "index of a pcie-root or pcie-expander-bus controller", "accel-needs-bus")


def shared_bus(name="g1", bus="pci.1"):
    return _iommu(name, "...", f"bus '{bus}' has an SMMU already; remove this one, or give it a pcie-expander-bus of its own",
                  "smmu-needs-own-root")


def misplaced(text, element="hostdev", name="g1"):
    """Of a device that is behind an accelerated vSMMU and must not be."""
    return f"{UNSOUND}domain '{name}': <{element}> in line ...: {text}"


def network_behind(bus):
    return misplaced("a device behind an accelerated SMMU must be on iommufd, and the one that a network gives this interface, on bus "
                     f"'{bus}', is not; change it to an <interface type='hostdev'> with <driver name='vfio' iommufd='yes'/>, or give it "
                     "an <address> on another PCIe root [accel-endpoint-iommufd]", "interface")


def network_behind_plain(bus):
    return misplaced(f"network 'vfs' gives it a host device, and on bus '{bus}' it is behind an SMMU that is not accelerated; give it "
                     "an <address> on another PCIe root [plain-smmu-vfio]", "interface")


_ENDS = "network 'vfs' gives it a host device, and this libvirt crashes when it opens one in a domain with <iommufd enabled='yes'/>; "


def ends_libvirt():
    return misplaced(_ENDS + "remove that and give each hostdev <driver iommufd='yes'/>, or change this to an <interface "
                     "type='hostdev'> [network-of-hostdevs]", "interface")


def attach_ends_libvirt(name="g1"):
    return f"{UNSUPPORTED}cannot attach device 'interface' to running domain '{name}': {_ENDS}attach an <interface type='hostdev'> [attach-network-of-hostdevs]"


def needs_kvm(name="g1"):
    return _iommu(name, "...", "accel='on' needs KVM, and the domain is of type 'qemu'; make it <domain type='kvm'>", "accel-needs-kvm")


def dropped_cmdqv():
    return (f"{UNSOUND}...this libvirt (9.0.0) silently drops cmdqv, and emulator '/lab/qemu-standin' has no ... either; use libvirt "
            "12.7.0 and QEMU 11.1, or newer, or that QEMU with this libvirt")


def of_domain(sentence, name="g1"):
    """With the domain's name before it, as a definition is refused."""
    return f"{UNSOUND}domain '{name}': {sentence}"


NEEDS_ANCHOR_ON_PCI_1 = "cmdqv='on' needs a cold-plugged PCI hostdev with iommufd='yes' behind bus 'pci.1'..."
HIDDEN_SMMU = of_domain(f"<qemu:arg> in line ...: {NEEDS_ANCHOR_ON_PCI_1}")


def finding(sentence, name="g1"):
    """The same without the domain's name before it, as virt-cmdqv prints it after the file's."""
    return sentence.removeprefix(UNSOUND).removeprefix(f"domain '{name}': ")


# -- the hook, as libvirt reports it and as it prints it

def hook_line(sentence):
    return "libvirt-cmdqv: " + sentence.removeprefix(UNSOUND)


def by_hook(sentence, operation="prepare"):
    return f"Hook script execution failed: internal error: Child process (...50-cmdqv ... {operation} begin -) unexpected exit status 1: {hook_line(sentence)}..."


def pattern(sentence):
    return ".*".join(re.escape(part) for part in sentence.split("..."))


def matches(sentence, text):
    return re.fullmatch(pattern(sentence), text, re.S) is not None


def occurs(sentence, text):
    return re.search(pattern(sentence), text) is not None


# -- numbers and devices that libvirt does not survive

FATAL = "<...> in line ...: ... '...' is greater than ..., and libvirt crashes or hangs with such numbers; write a smaller one"
FATAL_DISK = ("<target> in line ...: dev '...' is a disk with a very large number, and libvirt crashes or hangs with such numbers; "
              "write a shorter name")
FATAL_QUESTION = ("<interface> in line ...: libvirt makes no command line of a domain with type='hostdev', and mostly crashes; "
                  "write it as <hostdev>, or use 'virt-cmdqv argv'")
FATAL_WITHOUT_COOKIE = ("the migration of a running domain has no cookie from its source, and libvirt crashes without one; "
                        "use 'virsh migrate' on the source")
FATAL_VIDEO = "<video> in line ...: libvirt can attach, update or detach none, and crashes if the domain has none; edit the definition"


def of_instance(uuid):
    """The end of each message about the instance of domains.INSTANCE."""
    return f" (instance 'training', UUID {uuid}, flavor 'gpu.large', domain 'g1')"
