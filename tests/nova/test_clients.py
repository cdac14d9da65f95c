"""Clients other than Nova, as docs/clients.rst describes them.

virt-install, virt-xml, ansible-playbook with community.libvirt, and libvirt's Go module are the real ones.  virt-manager is its own code
without its windows (tests/managers/virtmanager.py).  Cockpit is a page in a browser that calls libvirt by libvirt-dbus: that is real, and the
calls are made here with the XML that Cockpit sends, in its order; so are the calls of Terraform's provider and of OpenNebula.
"""
import json
import os
import re
import subprocess
import time
from pathlib import Path

import libvirt
import pytest
import yaml

import words
from conftest import CONFIG, LIVE
from docexamples import DOCS, EXAMPLES, prepare, run_example
from domains import ALL_GIVEN, GPU_A, GPU_B, domain, hostdev, on_standin, smmu
from e2e.conftest import assert_blocked, assert_unsound, assert_unsupported, error_of, only, run

INACTIVE = libvirt.VIR_DOMAIN_XML_INACTIVE
TOOLS = [command for page, command, _ in EXAMPLES if page == "clients.rst" and command.startswith(("virt-install", "virt-xml"))]
REPRODUCTION = DOCS / "reports/kubevirt-libvirtxml/reproduce"


def pair(**more):
    """A domain with two devices behind its vSMMU, of which the first is the anchor."""
    return domain("gpus", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3), **more)


def count(xml):
    return xml.count("<hostdev")


def virt_xml(*arguments):
    return run("virt-xml", "--connect", "qemu:///system", "gpus", *arguments)


def play_of_the_page():
    """The tasks of the play for Ansible."""
    block = re.search(r"(?m)^   - name: check the domain\n(?:   .*\n)+", (DOCS / "clients.rst").read_text())
    return yaml.safe_load(block[0])


def commands_of_terraform():
    """The commands that the configuration for Terraform runs."""
    return re.search(r'command = "(.*)"', (DOCS / "clients.rst").read_text())[1]


# -- virt-install and virt-xml


@only("module")
@pytest.mark.parametrize("command", TOOLS)
def test_example_of_a_client(daemon, tmp_path, command):
    """virt-install and virt-xml run as the page shows them."""
    prepare(daemon, tmp_path)
    run_example(command, [], tmp_path)
    assert "cmdqv='on'" in daemon.get("g2" if "g2" in command else "gpus").XMLDesc(INACTIVE)


def test_there_are_both():
    """The page has an example of each."""
    assert [command.split()[0] for command in TOOLS] == ["virt-install", "virt-xml"]


def test_virt_xml_removes_the_anchor(daemon):
    """virt-xml --update detaches from the running domain first, so the definition keeps the device too."""
    dom = daemon.run(pair())
    done = virt_xml("--remove-device", "--hostdev", "1", "--update")
    assert done.status == 1 and count(dom.XMLDesc(INACTIVE)) == count(dom.XMLDesc(0)) == 2
    if daemon.stock:
        assert words.BLOCKER in done.err
    else:
        assert words.matches("ERROR...Error attempting device hotunplug: " + words.anchor("hostdev0", GPU_A, "gpus"), done.err.strip())


def test_virt_xml_removes_the_last(daemon):
    """virt-xml defines the domain without its only device behind the vSMMU."""
    dom = daemon.define(domain("gpus", smmu(**ALL_GIVEN), hostdev(GPU_A, 2)))
    done = virt_xml("--remove-device", "--hostdev", "1")
    if daemon.stock:
        assert done.status == 0 and count(dom.XMLDesc(INACTIVE)) == 0
    else:
        assert words.matches("ERROR..." + words.needs_hostdev("gpus"), done.err.strip()) and done.status == 1
        assert count(dom.XMLDesc(INACTIVE)) == 1


# -- virt-manager


def virt_manager_removes(device):
    """The status of virt-manager's own code, and the lines that its dialog shows."""
    done = run("python3", "-B", "/src/tests/managers/virtmanager.py", "gpus", device)
    assert not done.err, done
    return done.status, done.out.splitlines()


def test_virt_manager_removes_the_anchor(daemon):
    """virt-manager defines the domain without the device, and then detaches it from the running domain."""
    dom = daemon.run(pair())
    status, shown = virt_manager_removes(0)
    assert status == 1 and shown[0] == "Device could not be removed from the running machine"
    assert (count(dom.XMLDesc(INACTIVE)), count(dom.XMLDesc(0))) == (1, 2)
    if daemon.stock:
        assert words.BLOCKER in shown[1]
    else:
        assert words.occurs(words.noted(words.anchor("hostdev0", GPU_A, "gpus"), words.lost_already("gpus")), shown[1])


def test_virt_manager_removes_the_last(daemon):
    """virt-manager defines the domain without its only device behind the vSMMU, and does no more if that is refused."""
    dom = daemon.define(domain("gpus", smmu(**ALL_GIVEN), hostdev(GPU_A, 2)))
    status, shown = virt_manager_removes(0)
    if daemon.stock:
        assert (status, shown, count(dom.XMLDesc(INACTIVE))) == (0, [], 0)
    else:
        assert status == 1 and words.matches("Error Removing Device: " + words.needs_hostdev("gpus"), shown[0])
        assert count(dom.XMLDesc(INACTIVE)) == 1


# -- Cockpit


class Cockpit:
    """The calls of Cockpit, on a bus of their own, to the real libvirt-dbus."""

    def __init__(self):
        self.bus = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address=1"], stdout=subprocess.PIPE, text=True)
        self.address = self.bus.stdout.readline().strip()
        self.libvirt = subprocess.Popen(["libvirt-dbus", "--system"], env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.address})
        for _ in range(100):
            done = self._busctl("/org/libvirt/QEMU", "Connect", "ListDomains", "u", 0)
            if done.status == 0:
                break
            time.sleep(0.1)
        assert done.status == 0, done

    def _busctl(self, path, interface, method, *arguments):
        return run("busctl", f"--address={self.address}", "--json=short", "call", "org.libvirt", path, f"org.libvirt.{interface}", method,
                   *arguments)

    def domain(self, name):
        return json.loads(self._busctl("/org/libvirt/QEMU", "Connect", "DomainLookupByName", "s", name).out)["data"][0]

    def hostdev(self, path, flags):
        return re.search("(?s)<hostdev.*?</hostdev>", json.loads(self._busctl(path, "Domain", "GetXMLDesc", "u", flags).out)["data"][0])[0]

    def detach(self, path, xml, flags):
        """The error, which is empty after success."""
        done = self._busctl(path, "Domain", "DetachDevice", "su", xml, flags)
        assert bool(done.err) == bool(done.status), done
        return done.err.strip()

    def stop(self):
        for process in (self.libvirt, self.bus):
            process.terminate()
            process.wait(10)


@pytest.fixture
def cockpit(daemon):
    made = Cockpit()
    yield made
    made.stop()


def test_cockpit_removes_the_anchor(daemon, cockpit):
    """Cockpit detaches first the device of the definition, as the definition has it, and then that of the running domain."""
    mark = "<metadata><c:data xmlns:c='https://github.com/cockpit-project/cockpit-machines'/></metadata>"
    dom = daemon.run(pair(more=mark))
    path = cockpit.domain("gpus")
    first = cockpit.detach(path, cockpit.hostdev(path, INACTIVE), CONFIG)
    if daemon.stock:
        assert not first and words.BLOCKER in cockpit.detach(path, cockpit.hostdev(path, 0), LIVE)
        assert (count(dom.XMLDesc(INACTIVE)), count(dom.XMLDesc(0))) == (1, 2)
    else:
        assert words.occurs(words.kept_for_running("hostdev0", GPU_A, "gpus"), first)
        assert (count(dom.XMLDesc(INACTIVE)), count(dom.XMLDesc(0))) == (2, 2)


def test_cockpit_removes_the_anchor_of_another(daemon, cockpit):
    """Of a domain that Cockpit did not create, the second step is refused, and its message says how to put the device back."""
    dom = daemon.run(pair())
    path = cockpit.domain("gpus")
    device = cockpit.hostdev(path, 0)
    assert not cockpit.detach(path, cockpit.hostdev(path, INACTIVE), CONFIG)
    second = cockpit.detach(path, device, LIVE)
    assert (count(dom.XMLDesc(INACTIVE)), count(dom.XMLDesc(0))) == (1, 2)
    if daemon.stock:
        assert words.BLOCKER in second
    else:
        assert words.occurs(words.noted(words.anchor("hostdev0", GPU_A, "gpus"), words.lost_already("gpus")), second)


# -- Ansible


def ansible(tmp_path, *tasks):
    """The tasks on this host."""
    path = tmp_path / "play.yml"
    path.write_text(yaml.dump([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": list(tasks)}]))
    return run("ansible-playbook", path, env={"ANSIBLE_HOME": str(tmp_path), "ANSIBLE_NOCOLOR": "1"})


@pytest.fixture
def guests():
    """The file of the play."""
    path = Path("/etc/guests/gpus.xml")
    path.parent.mkdir(exist_ok=True)
    return path


@only("module")
def test_play_defines(daemon, tmp_path, guests):
    """The play of the page checks the domain and defines it."""
    guests.write_text(pair())
    done = ansible(tmp_path, *play_of_the_page())
    assert done.status == 0 and count(daemon.get("gpus").XMLDesc(INACTIVE)) == 2, done


def test_play_is_refused(daemon, tmp_path, guests):
    """The first task of the play finds the fault; without it, the second fails, with the error of the module."""
    check, define = play_of_the_page()
    guests.write_text(domain("gpus", smmu(**ALL_GIVEN)))
    done = ansible(tmp_path, {**check, "ignore_errors": True}, define)
    first, _, second = done.out.partition("TASK [define the domain]")
    assert "fatal: " in first and "[cmdqv-needs-anchor]" in first, done
    if daemon.stock:
        assert done.status == 0 and daemon.names() == ["gpus"]
    else:
        assert done.status == 2 and words.occurs(words.needs_hostdev("gpus"), second), done
        assert not daemon.names()


# -- Terraform


@pytest.mark.parametrize("valid", [True, False], ids=["valid", "refused"])
def test_terraform_runs_virsh(daemon, tmp_path, valid):
    """The configuration of the page checks the file and defines the domain; a domain that was there is kept if the file is refused."""
    daemon.define(pair(uuid="00000000-0000-4000-8000-000000000009"))
    (tmp_path / "gpus.xml").write_text(domain("gpus", smmu(), *([hostdev(GPU_A, 2)] if valid else []),
                                              uuid="00000000-0000-4000-8000-000000000009"))
    done = subprocess.run(["/bin/sh", "-c", commands_of_terraform()], cwd=tmp_path, check=False, env={
        "PATH": "/usr/bin:/bin", "LIBVIRT_DEFAULT_URI": "qemu:///system"})
    assert (done.returncode, count(daemon.get("gpus").XMLDesc(INACTIVE))) == ((0, 1) if valid else (1, 2))


def test_terraform_replaces_the_domain(daemon):
    """The provider shuts the domain down, undefines it and then defines it anew: after a refusal there is no domain any more."""
    dom = daemon.run(pair())
    dom.destroy()
    dom.undefine()
    after = domain("gpus", smmu(**ALL_GIVEN))
    if daemon.stock:
        daemon.define(after)
    else:
        assert_unsound(error_of(daemon.define, after), words.needs_hostdev("gpus"))
        assert not daemon.names()


@only("module")
def test_libvirtxml_loses_the_attributes(daemon):
    """The Go module by which the provider for Terraform and the plugins of KubeVirt write XML: the reproduction of the report runs."""
    done = subprocess.run([REPRODUCTION], capture_output=True, text=True, timeout=900, check=False)     # it compiles Go's own library too
    assert done.returncode == 0 and "seen: accel= is lost without an error" in done.stdout, done
    shown = re.search(r"(?m)^It prints::\n\n((?:  .*\n)+)", (DOCS / "reports/kubevirt-libvirtxml.rst").read_text())[1]
    assert shown.split() == [word for word in done.stdout.split() if word in shown.split()], done.stdout


# -- OpenNebula


def test_opennebula_detaches_the_anchor(daemon, tmp_path):
    """OpenNebula creates a transient domain from a file, and detaches a device of it with virsh."""
    xml = on_standin(Path("/src/tests/qemuxml2argvdata/opennebula.xml").read_text())
    (tmp_path / "deployment.0").write_text(xml)
    created = daemon.virsh("create", tmp_path / "deployment.0")
    assert created.status == 0, created
    dom = daemon.get("opennebula")
    (tmp_path / "device.xml").write_text(hostdev(GPU_A))
    done = daemon.virsh("detach-device", "opennebula", tmp_path / "device.xml")
    assert done.status == 1 and dom.isActive() and count(dom.XMLDesc(0)) == 1
    if daemon.stock:
        assert words.BLOCKER in done.err
    else:
        assert words.occurs(words.anchor("hostdev0", GPU_A, "opennebula"), done.err)
