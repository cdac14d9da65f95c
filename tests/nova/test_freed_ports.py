"""A port behind a vSMMU is freed: the device on it was detached.

libvirt gives the next device without an address the first free port, and Nova gives no addresses.  No volume and no port may land
behind the vSMMU, in the running domain or in its definition, and the addresses of the other devices stay.
"""
import pytest
from nova import exception
from nova.network import model

import words
from conftest import MAC, NAME, UUID, conf, port, volume
from domains import GPU_A, OTHER_A, VF_A, VF_B
from novaverbs import NAMES, ON, behind_vsmmu, free_ports, guest_addresses, machine, passed_through, ports_of_vsmmus

OTHER_MAC = "52:54:00:00:09:02"
RUNNING = pytest.mark.parametrize("running", [True, False], ids=["running", "off"])


@pytest.fixture
def freed(nova, daemon, settings, running):
    """An instance with two ports behind a vSMMU, the second of which has been detached."""
    settings(ON)
    nova.specs = {"cmdqv:ports": "on"}
    instance = nova.boot(ports=[port(VF_A), port(VF_B, mac=OTHER_MAC)])
    assert machine()[0] == ([] if daemon.stock else [["vfio-pci", "vfio-pci"]])
    if not running:
        nova.compute.driver.power_off(instance)
    nova.detach(instance, port(VF_B, mac=OTHER_MAC))
    assert passed_through(daemon.get(NAME)) == (1, 1)
    return instance


def halves(daemon):
    return daemon.get(NAME).XMLDesc(0), daemon.get(NAME).XMLDesc(2)


@RUNNING
def test_next_devices(nova, daemon, freed, running, tmp_path):
    """A volume and a port are attached: neither is behind the vSMMU, and both can be detached again."""
    stays = guest_addresses(daemon)
    vif, disk = port(VF_B, mac=OTHER_MAC), volume(tmp_path / "volume")
    for attach, detach, what in [(nova.attach, nova.detach, vif), (nova.attach_volume, nova.detach_volume, disk)]:
        before = halves(daemon)
        attach(freed, what)
        for half, was in zip(halves(daemon), before, strict=True):
            assert behind_vsmmu(half) == behind_vsmmu(was) and half.count("<address type='pci'") > was.count("<address type='pci'")
        if not daemon.stock:        # there it is on a port that a guest would have to release
            detach(freed, what)
            assert guest_addresses(daemon) == stays


@RUNNING
def test_rebooted_with_them(nova, daemon, freed, running, tmp_path):
    """A volume is attached to a free port, and the instance is rebooted hard without it: the vSMMU has its port."""
    nova.attach_volume(freed, volume(tmp_path / "volume"))
    freed.info_cache.network_info = model.NetworkInfo([port(VF_A)])
    nova.hard_reboot(freed)
    assert (machine()[0], behind_vsmmu(halves(daemon)[1])) == (([], 0) if daemon.stock else ([["vfio-pci"]], 1))


def stop_first(nova, instance):
    nova.compute.driver.power_off(instance)


def raise_num_pcie_ports(nova, instance):
    conf.CONF.set_override("num_pcie_ports", 16, group="libvirt")
    try:
        nova.hard_reboot(instance)
    finally:
        conf.CONF.clear_override("num_pcie_ports", group="libvirt")


@pytest.mark.parametrize("running", [True], ids=["running"])
@pytest.mark.parametrize("remedy", [stop_first, raise_num_pcie_ports])
def test_no_other_port(nova, daemon, freed, tmp_path, monkeypatch, remedy):
    """The port that the vSMMU had is the only free one: the refusal names Nova's option, nothing changes, and each remedy that it
    names helps."""
    monkeypatch.setattr(nova.compute.driver, "_guest_needs_pcie", lambda *_: True)      # as on a host that is arm64 itself
    elsewhere = set(free_ports(halves(daemon)[0])) - ports_of_vsmmus(halves(daemon)[0])
    for number in range(len(elsewhere)):
        nova.attach_volume(freed, volume(tmp_path / f"volume{number}"), f"vd{chr(ord('b') + number)}")
    with daemon.nothing_changes():
        error = nova.compute.refusal(nova.attach_volume, freed, volume(tmp_path / "another"), "vdz")
        with pytest.raises(exception.InterfaceAttachFailed):
            nova.attach(freed, port(VF_B, mac=OTHER_MAC))
    if daemon.stock:
        assert words.occurs("No more available PCI slots", error.get_error_message())
    else:
        assert words.matches(words.UNSUPPORTED + words.crowded("disk", name=NAME) + NAMES, error.get_error_message())
        fields = ("CMDQV_UUID", "CMDQV_INSTANCE", "CMDQV_FLAVOR")
        assert [[entry[field] for field in fields] for entry in daemon.refusals()] == [[UUID, "grace", "grace"]] * 2
        remedy(nova, freed)
        nova.attach_volume(freed, volume(tmp_path / "another"), "vdz")


# -- the last device


@pytest.fixture
def alone(nova, daemon, settings, kind):
    """An instance with one port, behind a vSMMU; and the port."""
    settings(ON)
    nova.specs = {"cmdqv:ports": "on"}
    vif = port(VF_A, kind=kind)
    instance = nova.boot(ports=[vif])
    assert machine()[0] == ([] if daemon.stock else [["vfio-pci"]])
    return instance, vif


KIND = pytest.mark.parametrize("kind", [model.VNIC_TYPE_DIRECT, model.VNIC_TYPE_DIRECT_PHYSICAL])


@KIND
def test_last_of_a_stopped_instance(nova, daemon, alone, kind):
    """A stopped instance has one port, alone behind its vSMMU: it is detached, with the vSMMU, and another one is attached."""
    instance, vif = alone
    nova.compute.driver.power_off(instance)
    nova.detach(instance, vif)
    xml = halves(daemon)[1]
    assert passed_through(daemon.get(NAME)) == (0, 0) and "<iommu" not in xml and "pcie-expander-bus" not in xml
    other = port(VF_B, mac=OTHER_MAC)
    nova.attach(instance, other)
    instance.info_cache.network_info = model.NetworkInfo([other])
    nova.hard_reboot(instance)
    assert passed_through(daemon.get(NAME)) == (1, 1)
    assert machine()[0] == ([] if daemon.stock else [["vfio-pci"]])


@KIND
def test_last_of_a_running_instance(nova, daemon, alone, kind):
    """The same of a running instance: it is refused before anything changes, and possible once the instance is stopped."""
    instance, vif = alone
    if daemon.stock:
        nova.detach(instance, vif)
        assert passed_through(daemon.get(NAME)) == (0, 0)
    else:
        with daemon.nothing_changes():
            error = nova.compute.refusal(nova.detach, instance, vif)
        assert words.occurs("; shut the domain down to remove it", error.get_error_message())
        nova.compute.driver.power_off(instance)
        nova.detach(instance, vif)
        assert passed_through(daemon.get(NAME)) == (0, 0)


def test_unplugged_all_the_same(nova, daemon, settings, monkeypatch):
    """Nova unplugs a port from the host's network after a refused detach too, as docs/nova.rst says; a hard reboot plugs it in."""
    settings(ON)
    nova.specs = {"cmdqv:ports": "on"}
    vif = port(VF_A)
    instance, plugged = nova.boot(ports=[vif]), []
    monkeypatch.setattr(nova.compute.driver.vif_driver, "unplug", lambda _, one: plugged.append(("unplug", one["address"])))
    monkeypatch.setattr(nova.compute.driver.vif_driver, "plug", lambda _, one: plugged.append(("plug", one["address"])))
    if daemon.stock:
        nova.detach(instance, vif)
        assert plugged == [("unplug", MAC)] and passed_through(daemon.get(NAME)) == (0, 0)
    else:
        nova.compute.refusal(nova.detach, instance, vif)
        assert plugged == [("unplug", MAC)]
        nova.hard_reboot(instance)
        assert plugged[-1] == ("plug", MAC) and passed_through(daemon.get(NAME)) == (1, 1)


def test_one_of_two_vsmmus_is_emptied(nova, daemon, settings):
    """The port behind the second vSMMU is detached from a stopped instance: the GPU and its vSMMU stay as they are."""
    settings(ON)
    nova.specs = {"cmdqv:ports": "on"}
    vif = port(OTHER_A, kind=model.VNIC_TYPE_DIRECT_PHYSICAL)
    instance = nova.boot(GPU_A, ports=[vif])
    before = [behind_vsmmu(halves(daemon)[1])]
    nova.compute.driver.power_off(instance)
    gpu = guest_addresses(daemon)[GPU_A]
    nova.detach(instance, vif)
    assert guest_addresses(daemon) == {GPU_A: gpu}
    daemon.get(NAME).create()
    after = behind_vsmmu(halves(daemon)[1])
    assert (*before, after, machine()[0]) == ((0, 0, []) if daemon.stock else (2, 1, [["vfio-pci"]]))
