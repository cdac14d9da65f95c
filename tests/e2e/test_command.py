"""Monitor commands that would take the anchor away, in every way that QEMU understands."""
import json

import libvirt
import libvirt_qemu
import pytest

import suites
import words
from conftest import asked, assert_unsupported, error_of, only, said_by, wait_until_removed
from domains import (ALL_GIVEN, GPU_A, GPU_B, GPU_C, NO_USB, OTHER_A, ROOT, VF_A, domain, downstream, hostdev, interface, port,
                     pxb, smmu, upstream)
from verbs import HMP, LIVE, qmp

PAIR = domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3))


FIRST, SECOND = words.behind("hostdev0", GPU_A), words.behind("hostdev1", GPU_B)


def here(text):
    """With the aliases that the pair has on this libvirt."""
    return text.replace("hostdev0", FIRST).replace("hostdev1", SECOND)


def send(dom, command, flags=0):
    return libvirt_qemu.qemuMonitorCommand(dom, command, flags)


def unrealize(path, value=False):
    return qmp("qom-set", path=path, property="realized", value=value)


# name: (command, verb, target as the refusal names it; without a target: why it is unknown)
PATHS = {
    "id": "hostdev0",
    "path": "/machine/peripheral/hostdev0",
    "partial path": "peripheral/hostdev0",
    "slashes": "//machine//peripheral//hostdev0",
    "trailing slash": "/machine/peripheral/hostdev0/",
    "on from its port": "/machine/peripheral/pci.2/pci.2/child[0]",
    "port's id first": "pci.2/pci.2/child[0]",
}
QMP = {f"device_del, {n}": (qmp("device_del", id=p), "device_del", p) for n, p in PATHS.items()}
QMP |= {f"qom-set, {n}": (unrealize(p), "qom-set", p) for n, p in PATHS.items()}
QMP |= {
    "device_del of the port": (qmp("device_del", id="pci.2"), "device_del", "pci.2"),
    "device_del of the expander": (qmp("device_del", id="pci.1"), "device_del", "pci.1"),
    "device_del of the vSMMU": (qmp("device_del", id="iommu0"), "device_del", "iommu0"),
    "qom-set of the port": (unrealize("/machine/peripheral/pci.2"), "qom-set", "/machine/peripheral/pci.2"),
    "qom-set of the port's bus": (unrealize("/machine/peripheral/pci.2/pci.2"), "qom-set", "/machine/peripheral/pci.2/pci.2"),
    "qom-set of the vSMMU": (unrealize("iommu0"), "qom-set", "iommu0"),
    "qom-set to a string": (unrealize("hostdev0", "off"), "qom-set", "hostdev0"),
    "object-del": (qmp("object-del", id="iommufd0"), "object-del", "iommufd0"),
    "escapes": ('{"exec\\u0075te":"device\\u005fdel","arguments":{"i\\u0064":"%s\\u0030"}}' % FIRST[:-1], "device_del", "hostdev0"),
    "white space": ('\n\t {"arguments" : {"id" : "hostdev0"},\r\n"execute":\t"device_del"} \n', "device_del", "hostdev0"),
    "last of two values": ('{"execute":"device_del","arguments":{"id":"hostdev1","id":"hostdev0"}}', "device_del", "hostdev0"),
    "out of band": ('{"exec-oob":"device_del","arguments":{"id":"hostdev0"}}', "device_del", "hostdev0"),
}
QMP = {name: tuple(map(here, row)) for name, row in QMP.items()}
UNTOLD = {
    "device_del over another's bus": qmp("device_del", id=f"/machine/peripheral/{SECOND}/parent_bus/child[0]"),
    "device_del from elsewhere": qmp("device_del", id="/machine/unattached/device[7]/primary-bus/child[0]"),
    "qom-set of the bus of a sibling port": unrealize("/machine/peripheral/pci.3/parent_bus"),
    "qom-set of the SMMU's bus": unrealize("primary-bus"),
}

# name: (command, flags, reason); each would have an effect that the anchor does not survive, or an unknown effect
OTHER_WAYS = {
    "object-add of a QMP monitor": (qmp("object-add", **{"qom-type": "monitor-qmp", "id": "m", "chardev": "c"}), 0, words.OPENS),
    "object_add of an HMP monitor": ("object_add monitor-hmp,id=m,chardev=c", HMP, words.OPENS),
    "object_add in JSON": ('object_add {"qom-type":"monitor-hmp","id":"m","chardev":"c"}', HMP, words.OPENS),
    "object-add of qtest": (qmp("object-add", **{"qom-type": "qtest", "id": "m", "chardev": "c"}), 0, words.OPENS),
    "object_add of an unknown type": ("object_add no-such,id=m", HMP, words.NO_TYPE),
    "gdbserver": ("gdbserver unix:/no/such/folder/s,server", HMP, words.OPENS),
    "add_client to the monitor": (qmp("add_client", protocol="charmonitor", fdname="x"), 0, words.OPENS),
    "netdev_add of a number": (qmp("netdev_add", type="tap", id="n", fd="999"), 0, words.FILE_NUMBER),
    "HMP netdev_add of a number": ("netdev_add tap,id=n,fd=999", HMP, words.FILE_NUMBER),
    "object-add of a number": (qmp("object-add", **{"qom-type": "iommufd", "id": "m", "fd": "999"}), 0, words.FILE_NUMBER),
    "qom-set over another's iommufd": (qmp("qom-set", path=f"{SECOND}/iommufd", property="fd", value="999"), 0, words.NO_ID),
    "qom-set of what has no known name": (unrealize("gpex"), 0, words.NO_ID),
    "unknown QMP": (qmp("no-such-command"), 0, words.NO_QMP),
    "unknown HMP": ("no-such-command", HMP, words.NO_HMP),
    "more than one argument": (f"device_del {SECOND} {FIRST}", HMP, words.NO_HMP),
    "more than one line": (f"device_del {SECOND}\ndevice_del {FIRST}", HMP, words.NO_HMP),
    "an open quote": (f'device_del "{FIRST}', HMP, words.NO_HMP),
    "HMP inside QMP, twice": (qmp("human-monitor-command", **{"command-line": "human-monitor-command x"}), 0, words.NO_HMP),
}

NUMBERED = {
    "device_del of one without an id": qmp("device_del", id="/machine/peripheral-anon/device[0]"),
    "qom-set of one of QEMU's own": unrealize("/machine/unattached/device[7]"),
}

EMULATED = {"driver": "virtio-net-pci", "id": "new", "bus": "pci.4"}
# name: (HMP, properties, refusal)
ADDED = {
    "emulated": (False, EMULATED, words.emulated_behind("new")),
    "emulated, by path": (False, {**EMULATED, "bus": "/pci.1/pci.4/pci.4"}, words.emulated_behind("new")),
    "emulated, HMP": (True, EMULATED, words.emulated_behind("new")),
    "not on iommufd": (False, {"driver": "vfio-pci", "id": "new", "bus": "pci.4", "host": GPU_C},
                       words.attach_needs_iommufd(GPU_C, "new")),
    "from elsewhere": (True, {"driver": "vfio-pci", "id": "new", "bus": "pci.4", "host": OTHER_A, "iommufd": "iommufd0"},
                       words.other_host_smmu(OTHER_A, "...", "hostdev0", GPU_A, "...", new="new")),
}

LINES = {
    "plain": ("device_del hostdev0", "device_del", "hostdev0"),
    "spaces": ("  device_del   hostdev0  ", "device_del", "hostdev0"),
    "tab": ("device_del\thostdev0", "device_del", "hostdev0"),
    "form feed": ("device_del\fhostdev0", "device_del", "hostdev0"),
    "vertical tab": ("device_del\vhostdev0", "device_del", "hostdev0"),
    "carriage return": ("device_del\rhostdev0\r", "device_del", "hostdev0"),
    "quoted": ('device_del "hostdev0"', "device_del", "hostdev0"),
    "path": ("device_del /machine/peripheral/hostdev0", "device_del", "/machine/peripheral/hostdev0"),
    "path right after the name": ("device_del/machine/peripheral/hostdev0", "device_del", "/machine/peripheral/hostdev0"),
    "quoted path": ('device_del "/machine/peripheral/hostdev0/"', "device_del", "/machine/peripheral/hostdev0/"),
    "over its port": ("device_del /machine/peripheral/pci.2/pci.2/child[0]", "device_del",
                      "/machine/peripheral/pci.2/pci.2/child[0]"),
    "port": ("device_del pci.2", "device_del", "pci.2"),
    "object_del": ("object_del iommufd0", "object_del", "iommufd0"),
    "qom-set off": ("qom-set hostdev0 realized off", "qom-set", "hostdev0"),
    "qom-set no": ("qom-set hostdev0 realized no", "qom-set", "hostdev0"),
    "qom-set n": ("qom-set hostdev0 realized n", "qom-set", "hostdev0"),
    "qom-set quoted": ('qom-set "hostdev0" "realized" false', "qom-set", "hostdev0"),
    "qom-set of JSON": ("qom-set -j hostdev0 realized false", "qom-set", "hostdev0"),
    "qom-set of JSON, no space": ("qom-set -jhostdev0 realized false", "qom-set", "hostdev0"),
    "qom-set of a path": ("qom-set /machine/peripheral/hostdev0/ realized off", "qom-set", "/machine/peripheral/hostdev0/"),
    "qom-set path right after the name": ("qom-set/machine/peripheral/hostdev0 realized off", "qom-set",
                                          "/machine/peripheral/hostdev0"),
}
LINES |= {
    "qom-set, nothing behind the quotes": ('qom-set "hostdev0"realized off', "qom-set", "hostdev0"),
    "qom-set, quotes behind quotes": ('qom-set "hostdev0""realized"off', "qom-set", "hostdev0"),
    "qom-set of JSON, nothing behind the quotes": ('qom-set -j"hostdev0"realized false', "qom-set", "hostdev0"),
    "qom-set, spaces at the end": ("qom-set hostdev0 realized off ", "qom-set", "hostdev0"),
    "qom-set of the machine's bus": ("qom-set pcie.0 realized off", "qom-set", "pcie.0"),
    "qom-set of the iommufd": ("qom-set /objects/iommufd0 fd 5", "qom-set", "/objects/iommufd0"),
    "qom-set of the port's bus": ("qom-set /machine/peripheral/pci.2/pci.2 hotplug-handler hostdev1", "qom-set",
                                  "/machine/peripheral/pci.2/pci.2"),
}
LINES = {name: tuple(map(here, row)) for name, row in LINES.items()}


def assert_reaches_qemu(dom, command, flags):
    """Stock libvirt passes it on, and taints the domain for it."""
    before = len(asked())
    send(dom, command, flags)
    assert len(asked()) == before + 1
    return asked()[-1]


@pytest.fixture
def pair(daemon):
    return daemon.run(PAIR)


@pytest.mark.parametrize("name", QMP)
def test_qmp(daemon, pair, name):
    """A client sends QMP that removes the anchor, in each spelling."""
    command, verb, target = QMP[name]
    if daemon.stock:
        assert_reaches_qemu(pair, command, 0)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(send, pair, command), words.monitor(verb, target, "hostdev0", GPU_A))
            with_files = error_of(libvirt_qemu.qemuMonitorCommandWithFiles, pair, command, [], 0)
            assert_unsupported(with_files, words.monitor(verb, target, "hostdev0", GPU_A))


@pytest.mark.parametrize("name", NUMBERED)
def test_numbered(daemon, pair, name):
    """A client gives a target by number: the device behind a number is unknown."""
    if daemon.stock:
        assert_reaches_qemu(pair, NUMBERED[name], 0)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(send, pair, NUMBERED[name]), words.monitor_untold(*words.NUMBERED))


def add(hmp, properties):
    if not hmp:
        return qmp("device_add", **properties), 0
    return "device_add " + ",".join(f"{name}={value}" for name, value in properties.items()), HMP


@pytest.mark.parametrize("name", ADDED)
def test_add(daemon, pair, name):
    """An attach by another door."""
    hmp, properties, refusal = ADDED[name]
    command, flags = add(hmp, properties)
    if daemon.stock:
        assert_reaches_qemu(pair, command, flags)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(send, pair, command, flags), refusal)


@pytest.mark.parametrize("hmp", [False, True], ids=["QMP", "HMP"])
def test_add_elsewhere(daemon, pair, hmp):
    """A client adds an emulated device on another root through the monitor."""
    assert_reaches_qemu(pair, *add(hmp, {**EMULATED, "bus": "pci.10"}))


@pytest.mark.about(suites.NATIVE)
@pytest.mark.parametrize("hmp", [False, True], ids=["QMP", "HMP"])
def test_add_an_anchor(daemon, hmp):
    """A client adds the first device behind a vSMMU through the monitor: QEMU makes it the anchor, and libvirt does not know it."""
    dom = daemon.run(domain("g1", smmu(cmdqv=None, **ALL_GIVEN)))
    command, flags = add(hmp, {"driver": "vfio-pci", "id": "own", "host": GPU_A, "bus": "pci.2", "iommufd": "own"})
    if daemon.stock:
        assert_reaches_qemu(dom, command, flags)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(send, dom, command, flags), words.anchor_of_the_monitor())


@pytest.mark.parametrize("name", UNTOLD)
def test_untold(daemon, pair, name):
    """A client names a device by a path that only QEMU could resolve."""
    if daemon.stock:
        assert_reaches_qemu(pair, UNTOLD[name], 0)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(send, pair, UNTOLD[name]), words.monitor_untold(*words.LINKS))


@pytest.mark.parametrize("name", OTHER_WAYS)
def test_other_ways(daemon, pair, name):
    """None names the anchor."""
    command, flags, why = OTHER_WAYS[name]
    if daemon.stock:
        assert_reaches_qemu(pair, command, flags)
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(send, pair, command, flags), words.monitor_untold(*why))


@pytest.mark.parametrize("text", [qmp("query-status")[:-1] + ',"id":1,"id":2}', '{"execute":"device_del","arguments":{"id":"SECOND","id":"THIRD"}}',
                                  '/**/{"execute":"query-status"}', '{"execute":"query-status"/**/}', '{"execute":"device_del","arguments":{"id":"x\\u0000"}}'],
                         ids=["id twice", "target twice", "comment", "comment inside", "NUL"])
def test_what_parsers_read_otherwise(daemon, pair, text):
    """libvirt's JSON library is not the same in each version."""
    said = said_by(send, pair, text.replace("SECOND", SECOND))
    if not daemon.stock:
        assert isinstance(said, tuple)
        assert_unsupported(error_of(send, pair, text), words.monitor_untold(*words.NOT_JSON))


@pytest.mark.parametrize("name", LINES)
def test_hmp(daemon, pair, name):
    """By itself, and inside QMP's human-monitor-command."""
    line, verb, target = LINES[name]
    wrapped = qmp("human-monitor-command", **{"command-line": line})
    if daemon.stock:
        assert_reaches_qemu(pair, line, HMP)
    else:
        with daemon.nothing_changes():
            for command, flags in ((line, HMP), (wrapped, 0)):
                assert_unsupported(error_of(send, pair, command, flags), words.monitor(verb, target, "hostdev0", GPU_A))


@pytest.mark.parametrize("name", ["device_del, id", "device_del, path", "device_del, trailing slash", "device_del, on from its port"])
def test_qemus_blocker_is_what_stock_libvirt_has(daemon, pair, name):
    """The control for device_del: the blocker; for qom-set and object-del QEMU has none."""
    if daemon.stock:
        assert words.BLOCKER_QMP in send(pair, QMP[name][0])
    else:
        assert_unsupported(error_of(send, pair, QMP[name][0]), words.monitor(*QMP[name][1:], "hostdev0", GPU_A))


def test_unrealized_past_the_blocker(daemon, pair):
    """A client unrealizes the anchor by qom-set; on stock libvirt the guest loses the device."""
    if daemon.stock:
        assert json.loads(send(pair, unrealize(FIRST))).get("return") == {}
        state = json.loads(send(pair, qmp("qom-get", path=FIRST, property="realized")))
        assert state["return"] is False
    else:
        with daemon.nothing_changes():
            assert_unsupported(error_of(send, pair, unrealize(FIRST)), words.monitor("qom-set", FIRST, "hostdev0", GPU_A))
        assert json.loads(send(pair, qmp("qom-get", path=FIRST, property="realized")))["return"] is True


@pytest.mark.parametrize("options", [["--hmp", f"device_del {FIRST}"], [qmp("device_del", id=FIRST)],
                                     ["device_del", "--pretty", f"id={FIRST}"]], ids=["HMP", "QMP", "no JSON"])
def test_virsh(daemon, pair, options):
    """virsh sends the monitor a device_del of the anchor, as QMP, HMP and words."""
    command = ["qemu-monitor-command", "g1", *options]
    done = daemon.virsh(*command)
    if "id=" in options[-1]:
        assert done.status == (0 if daemon.stock else 1) or "parse" in done.err or "error" in done.err
    elif daemon.stock:
        assert done.status == 0 and words.BLOCKER_QMP in done.out
    else:
        assert done.status == 1 and words.occurs(words.monitor("device_del", FIRST, "hostdev0", GPU_A), done.err)


@pytest.mark.parametrize("command, flags", [(QMP["device_del, id"][0], 0), ("object_del iommufd0", HMP), ("{'", 0)],
                         ids=["QMP", "HMP", "no JSON"])
def test_not_running(daemon, command, flags):
    """There is no anchor to lose, and libvirt's own words are true."""
    dom = daemon.define(PAIR)
    with daemon.nothing_changes():
        assert said_by(send, dom, command, flags) == (libvirt.VIR_ERR_OPERATION_INVALID, libvirt.VIR_FROM_DOMAIN,
                                                      "Requested operation is not valid: domain is not running")
    if not daemon.stock:
        assert daemon.refusals() == []


@pytest.mark.parametrize("text", ["", "{", f"device_del {FIRST}", "[]", "null", '{"execute":7}', '{"execute":"device_del","arguments":[]}',
                                  here("{'execute':'device_del','arguments':{'id':'hostdev0'}}")])
def test_what_is_no_command(daemon, pair, text):
    """It changes nothing in both: libvirt refuses it, or QEMU does.  The module cannot judge a text that is not JSON, and says so."""
    said = said_by(send, pair, text)
    if daemon.stock:
        SEEN[text] = said
    else:
        if isinstance(said, tuple) and said[0] == libvirt.VIR_ERR_OPERATION_UNSUPPORTED:
            assert isinstance(SEEN.get(text, said), tuple), "stock libvirt takes it"
            assert words.matches(words.monitor_untold(*words.NOT_JSON), said[2]) or \
                words.matches(words.monitor("device_del", FIRST, "hostdev0", GPU_A), said[2])
        else:
            assert isinstance(said, str) == isinstance(SEEN.get(text, said), str)


SEEN = {}       # answers of stock libvirt; the stock run is first

OTHERS = {
    "device_del of another": (qmp("device_del", id="hostdev1"), 0),
    "device_del of nothing": (qmp("device_del", id="hostdev10"), 0),
    "device_del of a name that begins so": (qmp("device_del", id="hostdev00"), 0),
    "HMP device_del of another": ("device_del hostdev1", HMP),
    "another's port": (qmp("device_del", id="pci.3"), 0),
    "another's path": (qmp("device_del", id="/machine/peripheral/hostdev1"), 0),
    "qom-set of another": (unrealize("hostdev1"), 0),
    "realized on": (unrealize("hostdev0", True), 0),
    "another property": (qmp("qom-set", path="hostdev0", property="rombar", value=False), 0),
    "HMP realized on": ("qom-set hostdev0 realized on", HMP),
    "HMP another property": ("qom-set hostdev0 hotplugged off", HMP),
    "object-del of another": (qmp("object-del", id="iommufd1"), 0),
    "object_del of another": ("object_del iommufd1", HMP),
    "stop": (qmp("stop"), 0),
    "an anchor's name elsewhere": (qmp("qom-get", path="hostdev0", property="type"), 0),
    "HMP info": ("info status", HMP),
    "qom-set by path of what has no known name": (unrealize("/machine/peripheral/net9"), 0),
    "qom-set of what has no known name": (qmp("qom-set", path="balloon9", property="guest-stats-polling-interval", value=2), 0),
    "netdev_add of a name": (qmp("netdev_add", type="tap", id="n9", fd="x"), 0),
    "object-add": (qmp("object-add", **{"qom-type": "iothread", "id": "io9"}), 0),
    "gdbserver none": ("gdbserver none", HMP),
    "HMP memory": ("xp /4wx 0x40000000 + 8", HMP),
    "HMP reset": ("system_reset", HMP),
    "human-monitor-command": (qmp("human-monitor-command", **{"command-line": "info version"}), 0),
}
OTHERS = {name: (here(command), flags) for name, (command, flags) in OTHERS.items()}


@pytest.mark.parametrize("name", OTHERS)
def test_others_pass(daemon, pair, name):
    """A client sends monitor commands that leave the anchor alone."""
    command, flags = OTHERS[name]
    send(pair, command, flags)
    if name == "device_del of another":
        wait_until_removed(pair, f"<alias name='{SECOND}'/>")
    assert daemon.stock or daemon.refusals() == []


def test_without_an_anchor_everything_passes(daemon):
    """A client sends any monitor command to a domain whose CMDQV is off."""
    dom = daemon.run(domain("g1", smmu(cmdqv="off", **ALL_GIVEN), hostdev(GPU_A, 2)))
    for command in ("not JSON", UNTOLD["device_del from elsewhere"], unrealize(FIRST)):
        said = said_by(send, dom, command)
        assert not (isinstance(said, tuple) and said[0] == libvirt.VIR_ERR_OPERATION_UNSUPPORTED)


def test_switch(daemon):
    """Every port above the anchor, root port, upstream and downstream port."""
    layout = ROOT + pxb(1, 248) + port(2, 1) + upstream(3, 2) + downstream(4, 3) + downstream(5, 3, 1) + NO_USB
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 4), hostdev(GPU_B, 5), layout=layout))
    for name in ("pci.4", "pci.3", "pci.2"):
        command = qmp("device_del", id=name)
        if daemon.stock:
            assert_reaches_qemu(dom, command, 0)
        else:
            with daemon.nothing_changes():
                assert_unsupported(error_of(send, dom, command), words.monitor("device_del", name, "hostdev0", GPU_A))
    send(dom, qmp("device_del", id="pci.5"))


def test_each_vsmmu_and_interface(daemon):
    """Each vSMMU has an anchor of its own for the monitor, an interface among them."""
    dom = daemon.run(domain("g1", smmu(1), smmu(6), interface(VF_A, 3), hostdev(OTHER_A, 7), hostdev(GPU_B, 2)))
    first, other, last = words.behind("hostdev0", VF_A), words.behind("hostdev1", OTHER_A), words.behind("hostdev2", GPU_B)
    if daemon.stock:
        assert_reaches_qemu(dom, qmp("device_del", id=other), 0)
    else:
        assert_unsupported(error_of(send, dom, qmp("device_del", id=first)), words.monitor("device_del", first, "hostdev0", VF_A))
        assert_unsupported(error_of(send, dom, qmp("device_del", id=other)),
                           words.monitor("device_del", other, "hostdev1", OTHER_A, vsmmu="iommu1", bus="pci.6"))
        send(dom, qmp("device_del", id=last))


def test_hot_plugged_anchor(daemon):
    """A client sends monitor commands that remove an anchor which was hot-plugged."""
    dom = daemon.run(domain("g1", smmu(cmdqv=None, **ALL_GIVEN)))
    dom.attachDeviceFlags(hostdev(GPU_A, 2), LIVE)
    for command, verb, target in (QMP["device_del, id"], QMP["object-del"], QMP["device_del of the port"]):
        if daemon.stock:
            assert_reaches_qemu(dom, command, 0)
        else:
            with daemon.nothing_changes():
                assert_unsupported(error_of(send, dom, command), words.monitor(verb, target, "hostdev0", GPU_A))


@only("module")
@pytest.mark.parametrize("phrase", words.TAKEN_FOR_SUCCESS)
def test_words_of_the_client(daemon, phrase):
    """A client puts words that a manager takes for success into texts that a refusal quotes: the name of the domain, a path."""
    dom = daemon.run(domain(f"g1 {phrase}", smmu(), hostdev(GPU_A, 2)))
    calls = [lambda: dom.detachDeviceFlags(hostdev(GPU_A), LIVE), lambda: libvirt_qemu.qemuMonitorCommand(dom, f"{phrase} hostdev0", HMP),
             lambda: libvirt_qemu.qemuMonitorCommand(dom, qmp("device_del", id=f"/machine/peripheral/{phrase}/../hostdev0/"), 0),
             lambda: daemon.define(domain(f"g2 {phrase}", smmu(**ALL_GIVEN)))]
    for call in calls:
        said = error_of(call).get_error_message()
        assert phrase not in said and words.occurs("...g...", said), said
