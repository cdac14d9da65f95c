"""The advice of each rule about calls ends the matter: a call is refused, the client follows the message, and libvirt accepts.

test_advice.py has the rules for definitions.
"""
import re
import xml.etree.ElementTree as ET
from typing import NamedTuple

import libvirt_qemu
import pytest

from conftest import RULES, error_of, only
from domains import (ALL_GIVEN, GPU_A, GPU_B, LAYOUT, NOVA, OTHER_A, OTHER_B, VF_A, address, controller, domain, emulated, guest, hostdev,
                     interface, on_network, port, smmu)
from suites import LOWERED, NATIVE
from verbs import CONFIG, HMP, INACTIVE, LIVE, attach, detach, qmp

PAIR = domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3))
COCKPIT = "<metadata><c:data xmlns:c='https://github.com/cockpit-project/cockpit-machines'/></metadata>"
SCSI = "<disk type='network' device='cdrom'><target dev='sda' bus='scsi'/></disk>"
REMOVES_ANCHOR = qmp("device_del", id="hostdev0")


class Advice(NamedTuple):
    """One alternative that the refusal of a call offers."""
    words: str          # the part of the message
    domain: str         # a domain that runs, or is defined if the call is about its definition
    call: object        # a function of the domain: the call that is refused
    then: object        # a function of the daemon and the domain, which follows the advice
    runs: bool = True


def send(command, flags=0):
    return lambda dom: libvirt_qemu.qemuMonitorCommand(dom, command, flags)


def instead(call):
    """The client makes another call."""
    return lambda daemon, dom: call(dom)


def shut_down(daemon, dom):
    """The client shuts the domain down, detaches the device from its definition, and starts it."""
    dom.destroy()
    detach(dom, hostdev(GPU_A), CONFIG)
    dom.create()


def put_back(daemon, dom):
    """The client puts the element of the running domain back into the definition, word for word as the message says."""
    (device,) = [one for one in ET.fromstring(dom.XMLDesc()).iter("hostdev") if one.find("alias").get("name") == "hostdev0"]
    with open("/run/device.xml", "w", encoding="utf-8") as file:
        file.write(ET.tostring(device, encoding="unicode"))
    done = daemon.virsh("attach-device", "g1", "/run/device.xml", "--config")
    assert done.status == 0, done
    assert dom.XMLDesc(INACTIVE).count("<hostdev") == 2


def from_the_definition_first(dom):
    detach(dom, hostdev(GPU_A), CONFIG)
    detach(dom, hostdev(GPU_A), LIVE)


def add_first(daemon, dom):
    attach(dom, hostdev(GPU_B, 3), CONFIG)
    detach(dom, hostdev(GPU_A), CONFIG)


def without_cmdqv(daemon, dom):
    daemon.define(dom.XMLDesc(INACTIVE).replace(" cmdqv='on'", ""))
    detach(dom, hostdev(GPU_A), CONFIG)


def controller_first(daemon, dom):
    attach(dom, f"<controller type='scsi' index='0' model='virtio-scsi'>{guest(10)}</controller>")
    attach(dom, SCSI)


def next_start(device):
    """The client adds the device to the definition, and starts the domain again."""
    def then(daemon, dom):
        before = dom.XMLDesc().count("<source>")
        attach(dom, device, CONFIG)
        dom.destroy()
        dom.create()
        assert dom.XMLDesc().count("<source>") == before + 1
    return then


WITH_BRIDGE = LAYOUT + controller("pcie-to-pci-bridge", 12, 5)
ON_BRIDGE = hostdev(GPU_B).replace("</hostdev>", address("0000:0c:01.0", type="pci") + "</hostdev>")
NO_ANCHOR = domain("g1", smmu(**ALL_GIVEN))
WIDE = "<iommufd enabled='yes'/>"

ADVICE = {
    "keep-anchor": [
        Advice("shut the domain down to remove it", PAIR, lambda dom: detach(dom, hostdev(GPU_A)), shut_down),
        Advice("shut the domain down to remove it", PAIR, send(REMOVES_ANCHOR), shut_down),
        Advice("shut the domain down to remove it", domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3), more=COCKPIT),
               lambda dom: detach(dom, hostdev(GPU_A), CONFIG), shut_down),
        Advice("the definition of the domain has lost the device already: put its <hostdev> from 'virsh dumpxml g1' into a FILE, and run 'virsh attach-device g1 FILE --config'",
               PAIR, from_the_definition_first, put_back),
        Advice("shut the instance down instead", domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3), more=NOVA),
               lambda dom: detach(dom, hostdev(GPU_B)), lambda daemon, dom: dom.destroy()),
        Advice("name the device by its id", PAIR, send(qmp("device_del", id="/machine/peripheral/hostdev1/parent_bus/child[0]")),
               instead(send(qmp("device_del", id="hostdev1")))),
        Advice("write it in plain JSON", PAIR, send('{"execute":"query-status"/**/}'), instead(send('{"execute":"query-status"}'))),
        Advice("write it as 'help' shows", PAIR, send("device_del hostdev1 hostdev0", HMP), instead(send("device_del hostdev1", HMP))),
        Advice("write it as 'query-commands' shows", PAIR, send(qmp("query_status")), instead(send(qmp("query-status")))),
        Advice("use a type of QEMU 11.1", PAIR, send("object_add no-such,id=m", HMP), instead(send("object_add rng-builtin,id=m", HMP))),
        Advice("write it as '/machine/peripheral/ID'", PAIR, send(qmp("qom-set", path="hostdev1/iommufd", property="realized", value=False)),
               instead(send(qmp("qom-set", path="/machine/peripheral/hostdev1", property="realized", value=False)))),
        Advice("send each command through libvirt", PAIR, send("gdbserver unix:/no/such/folder/s,server", HMP),
               instead(send("info status", HMP))),
        Advice("pass the file with 'getfd', and give its name", PAIR, send(qmp("netdev_add", type="tap", id="n", fd="999")),
               instead(send(qmp("netdev_add", type="tap", id="n", fd="name")))),
    ],
    "keep-candidate": [
        Advice("add another one behind it first", domain("g1", smmu(), hostdev(GPU_A, 2)), lambda dom: detach(dom, hostdev(GPU_A), CONFIG),
               add_first, runs=False),
        Advice("remove cmdqv='on'", domain("g1", smmu(), hostdev(GPU_A, 2)), lambda dom: detach(dom, hostdev(GPU_A), CONFIG),
               without_cmdqv, runs=False),
    ],
    "attach-emulated": [
        Advice("give it an <address> on another PCIe root", PAIR, lambda dom: attach(dom, emulated()),
               instead(lambda dom: attach(dom, emulated(10)))),
        Advice("attach it first, with an <address> on another PCIe root", PAIR, lambda dom: attach(dom, SCSI), controller_first),
    ],
    "attach-needs-iommufd": [
        Advice("add iommufd='yes' to its <driver>", PAIR, lambda dom: attach(dom, interface(VF_A, 4, iommufd=None)),
               instead(lambda dom: attach(dom, interface(VF_A, 4)))),
        Advice("attach an <interface type='hostdev'> with <driver name='vfio' iommufd='yes'/>", PAIR, lambda dom: attach(dom, on_network(4)),
               instead(lambda dom: attach(dom, interface(VF_A, 4)))),
        Advice("give it an <address> on another PCIe root", PAIR, lambda dom: attach(dom, on_network(4)),
               instead(lambda dom: attach(dom, on_network(10)))),
    ],
    "attach-behind-bridge": [
        Advice("give it an <address> on a PCIe port", domain("g1", smmu(), hostdev(GPU_A, 2), layout=WITH_BRIDGE),
               lambda dom: attach(dom, ON_BRIDGE), instead(lambda dom: attach(dom, hostdev(GPU_B, 3)))),
    ],
    "attach-other-host-smmu": [
        Advice("attach it behind a vSMMU for its own host SMMU", domain("g1", smmu(), smmu(6), hostdev(GPU_A, 2), hostdev(OTHER_A, 7)),
               lambda dom: attach(dom, hostdev(OTHER_B, 3)), instead(lambda dom: attach(dom, hostdev(OTHER_B, 8)))),
    ],
    "attach-without-anchor": [
        Advice("add the device to the definition and start the domain again", NO_ANCHOR, lambda dom: attach(dom, hostdev(GPU_A, 2)),
               next_start(hostdev(GPU_A, 2))),
    ],
    "attach-network-of-hostdevs": [
        Advice("attach an <interface type='hostdev'>", domain("g1", smmu(), hostdev(GPU_A, 2, iommufd=None), more=WIDE),
               lambda dom: attach(dom, on_network(10)), instead(lambda dom: attach(dom, interface(VF_A, 10)))),
    ],
    "attach-lowered": [
        Advice("add the device to the definition and start the domain again", PAIR, lambda dom: attach(dom, interface(VF_A, 4)),
               next_start(interface(VF_A, 4))),
        Advice("use libvirt 12.7.0 or newer", None, None, None),
    ],
}
# Of this one, and of "its only free PCIe port is behind ...", tests/nova follows the advice.
OF_NOVA = {"nova-layout"}


def running(daemon, advice):
    """The domain of @advice; if it breaks a rule, it was started before the module was installed."""
    if advice.domain != NO_ANCHOR:
        return daemon.run(advice.domain) if advice.runs else daemon.define(advice.domain)
    mode = daemon.mode
    daemon.start_unguarded()
    daemon.run(advice.domain)
    daemon.start(mode)
    return daemon.get()


def refuse_and_follow(daemon, rule, advice):
    daemon.start_network()
    dom = running(daemon, advice)
    message = error_of(advice.call, dom).get_error_message()
    assert message.endswith(f" [{rule}]"), message
    rest = message.removesuffix(f" [{rule}]").rpartition("; ")[2]
    assert advice.words in rest, message
    for one in sorted(ADVICE[rule], key=lambda one: -len(one.words)):
        rest = rest.replace(one.words, "")
    assert re.fullmatch(r"(?:[, ]|or)*", rest), f"no call follows this part of the advice: {rest}"
    assert [entry["CMDQV_RULE"] for entry in daemon.refusals()] == [rule]
    advice.then(daemon, dom)
    assert len(daemon.refusals()) == 1


def test_each_rule():
    """Each rule about calls has its advice here or in tests/nova."""
    assert {name for name, level in RULES.items() if level == "always"} == {*ADVICE, *OF_NOVA}


def cases(*rules):
    return [pytest.param(rule, one, id=f"{rule}: {one.words}{number or ''}") for rule in rules for number, one in enumerate(ADVICE[rule])
            if one.call]


@only("module")
@pytest.mark.about(NATIVE)
@pytest.mark.parametrize("rule, advice", cases(*sorted(ADVICE.keys() - {"attach-lowered"})))
def test_advice(daemon, rule, advice):
    """A call is refused with advice; the client follows it, and the module refuses nothing more."""
    refuse_and_follow(daemon, rule, advice)


@only("module")
@pytest.mark.about(LOWERED)
@pytest.mark.parametrize("rule, advice", cases("attach-lowered"))
def test_advice_if_libvirt_drops_cmdqv(daemon, rule, advice):
    """A client attaches a device behind a vSMMU that libvirt does not know, and then follows the advice."""
    refuse_and_follow(daemon, rule, advice)
