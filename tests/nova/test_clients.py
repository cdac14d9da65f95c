"""Clients other than Nova, as docs/clients.rst describes them.

virt-install, virt-xml and libvirt's Go module are the real ones.  Of the others, which Debian does not have or which need a
desktop or a cloud, the calls are made here with the XML that they send, in their order.
"""
import re
import subprocess
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


def test_virt_manager_removes_the_anchor(daemon):
    """virt-manager defines the domain without the device, and then detaches it from the running domain."""
    dom = daemon.run(pair())
    device = re.search("(?s)<hostdev.*?</hostdev>", dom.XMLDesc(0))[0]
    daemon.define(dom.XMLDesc(INACTIVE).replace(re.search("(?s)<hostdev.*?</hostdev>", dom.XMLDesc(INACTIVE))[0], ""))
    error = error_of(dom.detachDeviceFlags, device, LIVE)
    assert (count(dom.XMLDesc(INACTIVE)), count(dom.XMLDesc(0))) == (1, 2)
    if daemon.stock:
        assert_blocked(error)
    else:
        assert_unsupported(error, words.noted(words.anchor("hostdev0", GPU_A, "gpus"), words.lost_already("gpus")))


# -- Cockpit


def test_cockpit_removes_the_anchor(daemon):
    """Cockpit detaches first the device of the definition, as the definition has it, and then that of the running domain."""
    mark = "<metadata><c:data xmlns:c='https://github.com/cockpit-project/cockpit-machines'/></metadata>"
    dom = daemon.run(pair(more=mark))
    defined, live = (re.search("(?s)<hostdev.*?</hostdev>", dom.XMLDesc(flags))[0] for flags in (INACTIVE, 0))
    if daemon.stock:
        dom.detachDeviceFlags(defined, CONFIG)
        assert_blocked(error_of(dom.detachDeviceFlags, live, LIVE))
        assert (count(dom.XMLDesc(INACTIVE)), count(dom.XMLDesc(0))) == (1, 2)
    else:
        assert_unsupported(error_of(dom.detachDeviceFlags, defined, CONFIG), words.kept_for_running("hostdev0", GPU_A, "gpus"))
        assert (count(dom.XMLDesc(INACTIVE)), count(dom.XMLDesc(0))) == (2, 2)


# -- Ansible


@pytest.mark.parametrize("valid", [True, False], ids=["valid", "refused"])
def test_play(daemon, valid):
    """The play of the page: the first task checks the domain, and the second defines it as community.libvirt does."""
    check, define = play_of_the_page()
    path = Path("/etc/guests/gpus.xml")
    path.parent.mkdir(exist_ok=True)
    path.write_text(pair() if valid else domain("gpus", smmu(**ALL_GIVEN)))
    assert str(path) in define["community.libvirt.virt"]["xml"]
    assert run(*check["ansible.builtin.command"].split()).status == (0 if valid else 1)
    if valid or daemon.stock:
        assert daemon.define(path.read_text()).name() == "gpus"
    else:
        assert_unsound(error_of(daemon.define, path.read_text()), words.needs_hostdev("gpus"))
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
