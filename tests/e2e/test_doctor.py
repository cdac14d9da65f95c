"""virt-cmdqv doctor: faults of this host, and their remedies."""
import json
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import libvirt
import pytest

import words
from conftest import HOOK, LAB_SETTINGS, SETTINGS, URI, module_path, only, run, said_by
from daemonfiles import SOCKET
from domains import ALL_GIVEN, EMULATOR, GPU_A, GPU_B, GPU_C, OTHER_A, domain, hostdev, smmu

KEYS = {"check", "text", "verdict", "advice"}


def doctor(*args, env=None):
    done = run("virt-cmdqv", *args, "doctor", "--json", env=env)
    assert not done.err, done
    found = json.loads(done.out)
    assert all(set(line) == KEYS for line in found)
    assert done.status == (1 if any(line["verdict"] == "FAIL" for line in found) else 0)
    return found


def doctor_nova(*args):
    return json.loads(run("virt-cmdqv", *args, "doctor", "--nova", "--json").out)


def said(check, *args, **more):
    """[(verdict, advice)] of a check."""
    return [(line["verdict"], line["advice"]) for line in doctor(*args, **more) if line["check"] == check]


def test_words(daemon):
    """A line each, as virt-host-validate has them."""
    done = run("virt-cmdqv", "doctor")
    assert not done.err
    lines = done.out.splitlines()
    assert all(line.startswith("  QEMU: Checking ") and line[77:79] == ": " and line[79:83] in ("PASS", "WARN", "FAIL") for line in lines)
    assert [line[17:77].strip() for line in lines] == [
        "for a libvirt daemon at 'qemu:///system'", "for the module in the daemon", "for cmdqv in libvirt", "for the hook",
        "for cmdqv in '/usr/bin/qemu-system-aarch64'", "for the unplug blocker in '/usr/bin/qemu-system-aarch64'",
        "for CMDQV on the host"]
    assert all(line.endswith(": PASS") or line.endswith(")") for line in lines)
    verdicts = [line[79:83] for line in lines]
    if daemon.stock:
        assert (done.status, verdicts) == (1, ["PASS", "FAIL", "PASS", "FAIL", "PASS", "PASS", "PASS"])
    else:
        assert (done.status, verdicts) == (0, ["PASS"] * 7)


@pytest.mark.parametrize("with_domain", [False, True], ids=["no domain", "a domain"])
def test_module(daemon, with_domain):
    """Asked through libvirt, and nothing changes by it."""
    if with_domain:
        daemon.define(domain("g1"))
    with daemon.nothing_changes():
        (verdict, advice), = said("module")
    if daemon.stock:
        assert verdict == "FAIL" and advice == (f"it was started without libvirt-cmdqv.so; restart it with LD_PRELOAD={module_path()} in "
                                                "its environment, which leaves guests running")
    else:
        assert (verdict, advice) == ("PASS", None)


@only("stock")
def test_the_next_command(daemon, tmp_path):
    """One for each case: the module is not installed, or is and waits for a restart."""
    dropin = Path("/etc/systemd/system/libvirtd.service.d/50-cmdqv.conf")
    dropin.parent.mkdir(parents=True, exist_ok=True)
    dropin.write_text("[Service]\n")
    try:
        (verdict, advice), = said("module")
        assert verdict == "FAIL" and advice == ("it was started without libvirt-cmdqv.so, which is installed; run 'systemctl try-restart "
                                                "libvirtd.service virtqemud.service', which leaves guests running")
    finally:
        shutil.rmtree(dropin.parent)
    (verdict, advice), = said("module", "--root", str(tmp_path))
    assert verdict == "FAIL" and advice == f"'{tmp_path}{module_path()}' is not there; install libvirt-cmdqv"


@pytest.mark.parametrize("uri", [URI, "qemu:///session", f"qemu+unix:///session?socket={SOCKET}"])
@pytest.mark.parametrize("preload", [True, False], ids=["preloaded", "not preloaded"])
def test_the_answer_is_the_daemons(daemon, uri, preload):
    """Not that of the module in the tool itself."""
    env = {"LD_PRELOAD": module_path()} if preload else None
    (verdict, _), = said("module", "-c", uri, env=env)
    (line,) = [one for one in doctor("-c", uri, env=env) if one["check"] == "daemon"]
    assert (line["text"], line["verdict"]) == (f"for a libvirt daemon at '{uri}'", "PASS")
    assert verdict == ("FAIL" if daemon.stock else "PASS")


@contextmanager
def read_only():
    """A user other than root may only read."""
    mode = os.stat(SOCKET).st_mode
    os.chmod(SOCKET, 0o700)
    try:
        yield lambda *args: subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "virt-cmdqv", "-c", URI, *args],
                                           capture_output=True, text=True, timeout=60, check=False)
    finally:
        os.chmod(SOCKET, mode)


@pytest.mark.parametrize("with_domain", [False, True], ids=["no domain", "a domain"])
def test_read_only(daemon, with_domain):
    """A client that may only read asks whether the daemon has the module."""
    if with_domain:
        daemon.define(domain("g1"))
    with read_only() as tool:
        (line,) = [one for one in json.loads(tool("doctor", "--json").stdout) if one["check"] == "module"]
    assert line["verdict"] == ("FAIL" if daemon.stock else "PASS")


def test_presence(daemon):
    """The name that doctor asks for, and names near it: the module answers for its own name alone."""
    version = run("virt-cmdqv", "--version").out.strip()
    with daemon.nothing_changes():
        for arch in ("libvirt-cmdqv", "libvirt-cmdqv2", "cmdqv"):
            said = said_by(daemon.conn.getCPUModelNames, arch)
            if arch == "libvirt-cmdqv" and not daemon.stock:
                assert said[0] == version and re.fullmatch(r"refusals=\d+", said[1]) and said[2:] == ["nova_layout=off"]
            else:
                assert said[0] == libvirt.VIR_ERR_INVALID_ARG and arch in said[2]
        assert "Nehalem" in daemon.conn.getCPUModelNames("x86_64")
        assert said_by(daemon.conn.getCPUModelNames, "libvirt-cmdqv", 1 << 20)[0] == libvirt.VIR_ERR_INVALID_ARG
    shown = daemon.virsh("cpu-models", "libvirt-cmdqv")
    assert shown.status == (1 if daemon.stock else 0) and (daemon.stock or shown.out.split()[0] == version)


def metrics(*args):
    """{name and labels: value}"""
    done = run("virt-cmdqv", "metrics", *args)
    assert (done.status, done.err) == (0, ""), done
    return dict(line.removeprefix("libvirt_cmdqv_").rsplit(" ", 1) for line in done.out.splitlines() if not line.startswith("#"))


def test_metrics(daemon):
    """The metrics have anchors, broken rules and refusals, with names that need escapes; a client is refused the detach of the anchor."""
    daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    daemon.define(domain("g\\2", smmu(), hostdev(OTHER_A, 2)))
    daemon.define(domain("plain", layout=""))
    before = metrics()
    said_by(daemon.get("g1").detachDeviceFlags, hostdev(GPU_A, 2), libvirt.VIR_DOMAIN_AFFECT_LIVE)
    after = metrics()
    found = {key.split('host="')[1].split('"')[0]: value for key, value in after.items() if key.startswith("anchor{")}
    assert found == {GPU_A: "1", OTHER_A: "1"}
    assert {key for key in after if key.startswith("definition_valid")} == {'definition_valid{domain="g1"}', 'definition_valid{domain="g\\\\2"}'}
    assert after['rule_findings{domain="g1",rule="queues-want-hugepages",level="warning"}'] == "1"
    refusals = [int(one.pop("refusals_since_start", -1)) for one in (before, after)]
    assert after == before
    if daemon.stock:
        assert (after["module_loaded"], refusals) == ("0", [-1, -1])
    else:
        assert (after["module_loaded"], refusals[1]) == ("1", refusals[0] + 1)


@only("module")
def test_metrics_in_a_file(daemon, tmp_path):
    """The file is replaced as a whole, and tells if no daemon answers."""
    file = tmp_path / "cmdqv.prom"
    file.write_text("old")
    assert not metrics("--output", file)
    assert "libvirt_cmdqv_daemon_up 1\n" in file.read_text() and file.read_text().endswith("# EOF\n")
    assert list(tmp_path.iterdir()) == [file] and file.stat().st_mode & 0o777 == 0o644
    assert run("virt-cmdqv", "metrics", "--output", tmp_path / "none" / "file").status == 2
    down = run("virt-cmdqv", "-c", "qemu+unix:///system?socket=/nonexistent", "metrics", "--output", file)
    assert down.status == 2 and "libvirt_cmdqv_daemon_up 0\n" in file.read_text() and "anchor{" not in file.read_text()


PROGRAM = Path("/usr/libexec/libvirt-cmdqv-hook")


@only("module")
@pytest.mark.parametrize("file", [HOOK, PROGRAM], ids=["hook", "program"])
def test_hook(daemon, file):
    """The file that libvirt looks for, and the program that this starts."""
    mode, aside = file.stat().st_mode, Path(f"{file}.aside")
    assert said("hook") == [("PASS", None)]
    file.chmod(0o644)
    try:
        (verdict, advice), = said("hook")
        assert verdict == "FAIL" and f"'{file}' is not executable" in advice and f"chmod 755 {file}" in advice
        file.rename(aside)
        (verdict, advice), = said("hook")
        assert verdict == "FAIL" and f"'{file}' is not there" in advice
    finally:
        if aside.exists():
            aside.rename(file)
        file.chmod(mode)
    assert said("hook") == [("PASS", None)]


# name: (the hook or its program, the text in its place, doctor's words on it)
FOREIGN = {
    "empty": (HOOK, "", f"'{HOOK}' does not start '{PROGRAM}'; install it anew"),
    "another": (HOOK, "#!/bin/sh\ntouch /run/asked\nexit 0\n", f"'{HOOK}' does not start '{PROGRAM}'; install it anew"),
    "no shell": (HOOK, f"#!/nonexistent\nexec {PROGRAM}\n", f"cannot run '{HOOK}': "),
    "silent": (HOOK, f"#!/bin/sh\n# {PROGRAM}\n", f"'{HOOK}' does not answer as the hook does; install it anew"),
    "empty program": (PROGRAM, "", f"'{HOOK}' does not answer as the hook does; install it anew"),
    "broken program": (PROGRAM, "\x7fELF", f"'{HOOK}' does not answer as the hook does; install it anew"),
    "older program": (PROGRAM, "#!/bin/sh\necho 0.0.9\n", "it has version 0.0.9, and this is "),
}


@only("module")
@pytest.mark.parametrize("name", FOREIGN)
def test_hook_that_is_another(daemon, name):
    """A file that is there and executable, and not ours: with an empty one libvirt starts no domain."""
    file, text, advice = FOREIGN[name]
    aside = Path(f"{file}.aside")
    file.rename(aside)
    try:
        file.write_text(text)
        file.chmod(0o755)
        (verdict, said_), = said("hook")
        assert verdict == ("WARN" if name == "older program" else "FAIL") and said_.startswith(advice)
        assert not Path("/run/asked").exists()
    finally:
        aside.rename(file)


@only("module")
def test_configuration_that_is_for_root(daemon):
    """As /etc/libvirt is on Fedora: for a user other than root the tool uses the defaults, and says so."""
    folder, settings = Path("/etc/libvirt"), "/etc/libvirt/cmdqv.conf"
    mode = folder.stat().st_mode
    folder.chmod(0o700)
    try:
        with read_only() as tool:
            rules, named, checks = tool("rules"), tool("--config", settings, "rules"), json.loads(tool("doctor", "--json").stdout)
    finally:
        folder.chmod(mode)
    said_ = f"virt-cmdqv: cannot open '{settings}': Permission denied"
    assert rules.returncode == 0 and rules.stderr == f"{said_}; the defaults are used instead\n" and "accel-needs-kvm" in rules.stdout
    assert named.returncode == 2 and named.stderr.startswith("virt-cmdqv: cannot open ") and not named.stdout
    found = {one["check"]: one for one in checks}
    assert found["configuration"]["verdict"] == found["hook"]["verdict"] == "WARN"
    assert found["configuration"]["advice"] == f"cannot open '{settings}': Permission denied; run 'virt-cmdqv doctor' as root"
    assert found["hook"]["advice"] == f"'{HOOK}' is not for this user to read; run 'virt-cmdqv doctor' as root"


def test_no_daemon(daemon):
    """The daemon does not run: doctor says so, and still looks at the host."""
    mode = daemon.mode
    daemon.stop()
    try:
        found = {line["check"]: line for line in doctor()}
        assert found["daemon"]["verdict"] == "FAIL" and "virtqemud" in found["daemon"]["advice"]
        assert found["host"]["verdict"] == "PASS"
        assert (found["emulator"]["verdict"], found["emulator"]["advice"]) == ("WARN", "the daemon knows which that is, and does not answer")
        assert "module" not in found and "libvirt" not in found
    finally:
        daemon.start(mode)


@only("stock")
def test_another_host_that_does_not_answer(daemon):
    """The state of this host says nothing about it."""
    found = {line["check"]: line for line in doctor("-c", "qemu+tcp://127.0.0.1:1/system")}
    assert found["daemon"]["verdict"] == "FAIL"
    for check in ("hook", "emulator", "host"):
        assert (found[check]["verdict"], found[check]["advice"]) == ("WARN", "the daemon is on another host; run 'virt-cmdqv doctor' there")


def qmp(version, smmu):
    """Answers of a QEMU of a version when it is asked for properties, `smmu` being those of its SMMUv3; None if it has none."""
    major, minor, micro = version
    replies = [{"QMP": {"version": {"qemu": {"micro": micro, "minor": minor, "major": major}, "package": ""}, "capabilities": []}},
               {"return": {}}]
    for device, properties in (("arm-smmuv3", smmu), ("vfio-pci", ["host", "iommufd"]), ("vfio-pci-nohotplug", ["host", "iommufd"])):
        error = {"class": "DeviceNotFound", "desc": f"Device '{device}' not found"}
        replies.append({"id": device, **({"error": error} if properties is None
                                         else {"return": [{"name": name, "type": "OnOffAuto"} for name in properties]})})
    return "\n".join(json.dumps(reply) for reply in replies)


# The reaction of an emulator that is asked, and the line that doctor has for it.
EMULATORS = {
    "old": (f"cat <<'E'\n{qmp((10, 2, 1), ['primary-bus'])}\nE", "emulator", "FAIL", "QEMU 10.2 has none; 11.1 or newer is needed"),
    "x86": (f"cat <<'E'\n{qmp((11, 1, 2), None)}\nE", "emulator", "FAIL", "QEMU 11.1 has none; 11.1 or newer is needed"),
    "odd": ("exit 3", "emulator", "FAIL", "does not answer as QEMU does"),
    "fork": (f"cat <<'E'\n{qmp((11, 0, 50), ['accel', 'cmdqv'])}\nE", "blocker", "WARN", "it is QEMU 11.0 with a cmdqv of its own"),
    "downstream": (f"cat <<'E'\n{qmp((10, 1, 0), ['accel', 'tegra241-cmdqv'])}\nE", "blocker", "WARN", "it is QEMU 10.1"),
    "new": (f"cat <<'E'\n{qmp((11, 1, 50), ['accel', 'cmdqv'])}\nE", "blocker", "PASS", None),
}


def test_emulators_of_domains(daemon):
    """Those of domains are asked too, each once."""
    daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2)))
    daemon.define(domain("g2", smmu(), hostdev(GPU_A, 2)))
    texts = [line["text"] for line in doctor() if line["check"] == "emulator"]
    assert texts == [f"for cmdqv in '{EMULATOR}'", "for cmdqv in '/usr/bin/qemu-system-aarch64'"]


def emulator_of_a_domain(daemon, path, script, mode=0o755):
    """libvirt itself asks the emulator of a domain at define, and would take none of these: it is another by then."""
    path.write_text(f"#!/bin/sh\nexec {EMULATOR} \"$@\"\n")
    path.chmod(0o755)
    daemon.define(domain("g1", smmu(), hostdev(GPU_A, 2), emulator=path))
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(mode)
    return [one for one in doctor() if str(path) in one["text"]]


@only("stock")
@pytest.mark.parametrize("name", EMULATORS)
def test_emulator(daemon, tmp_path, name):
    """A domain's emulator is old, odd, a fork or new: doctor names the fault."""
    script, check, verdict, advice = EMULATORS[name]
    found = emulator_of_a_domain(daemon, tmp_path / "qemu-system-aarch64", script)
    (line,) = [one for one in found if one["check"] == check]
    assert line["verdict"] == verdict and (advice in line["advice"] if advice else line["advice"] is None)


@only("stock")
def test_the_daemon_tells_its_emulator(daemon, tmp_path):
    """Nothing in the tool's own PATH counts."""
    (tmp_path / "virt-cmdqv").symlink_to(shutil.which("virt-cmdqv"))
    found = [line["text"] for line in doctor(env={"PATH": str(tmp_path)}) if line["check"] == "emulator"]
    assert found == ["for cmdqv in '/usr/bin/qemu-system-aarch64'"]


@only("stock")
def test_no_emulator(daemon):
    """The host has no QEMU for arm64."""
    emulator, aside = Path("/usr/bin/qemu-system-aarch64"), Path("/usr/bin/qemu-system-aarch64.aside")
    emulator.rename(aside)
    try:
        daemon.restart()
        (verdict, advice), = said("emulator")
    finally:
        aside.rename(emulator)
        daemon.restart()
    assert verdict == "FAIL" and "aarch64" in advice and advice.endswith("; install QEMU 11.1 or newer for arm64 guests")


@only("stock")
def test_an_emulator_that_all_users_can_write(daemon, tmp_path):
    """It is not run: the tool may be root."""
    told = tmp_path / "told"
    (line,) = emulator_of_a_domain(daemon, tmp_path / "qemu-system-aarch64", f"touch {told}", 0o777)
    assert line["verdict"] == "FAIL" and "is not queried: it and its folder must belong to root" in line["advice"]
    assert not told.exists()


def test_definitions(daemon):
    """One that breaks a rule, defined before the module was installed; a valid one; one without a vSMMU."""
    mode = daemon.mode
    daemon.start_unguarded()
    daemon.define(domain("broken", smmu()))
    daemon.define(domain("sound", smmu(), hostdev(GPU_A, 2)))
    daemon.define(domain("plain"))
    daemon.start(mode)
    found = [(line["text"], line["verdict"], line["advice"]) for line in doctor() if line["check"] == "definition"]
    broken = [one for one in found if "'broken'" in one[0]]
    assert ("the definition of domain 'broken'", "FAIL") in [one[:2] for one in broken]
    (advice,) = [one[2] for one in broken if one[1] == "FAIL"]
    assert words.occurs(words.finding(words.needs_hostdev()), advice) and advice.endswith("[cmdqv-needs-anchor]")
    sound = [one for one in found if "'sound'" in one[0]]
    assert sound and all(one[1] == "WARN" for one in sound)        # of TCG and small pages
    assert not [one for one in found if "'plain'" in one[0]]


def test_anchors(daemon):
    """Doctor lists the anchor of each running vSMMU, and warns of one that has none."""
    daemon.run(domain("g1", smmu(), smmu(6), hostdev(GPU_A, 2), hostdev(GPU_B, 3), hostdev(OTHER_A, 7)))
    daemon.run(domain("g2", smmu(cmdqv="off"), hostdev(GPU_C, 2)))
    daemon.run(domain("g3", smmu(cmdqv=None, **ALL_GIVEN)))
    found = [(line["text"], line["verdict"], line["advice"]) for line in doctor() if line["check"] == "anchor"]
    assert [one[:2] for one in found[2:]] == [("the anchor of vSMMU 'iommu0' of domain 'g3'", "WARN")]
    assert "runs without CMDQV" in found[2][2]
    anchors = [("iommu0", f"'{words.behind('hostdev0', GPU_A)}', host {GPU_A}", 2),
               ("iommu1", f"'{words.behind('hostdev2', OTHER_A)}', host {OTHER_A}", 7)]
    seen = {"stock": [(f"the anchor of vSMMU '{smmu}' of domain 'g1'", "WARN", f"{device}: {words.can_eject(port)}")
                      for smmu, device, port in anchors],
            "module": [(f"the anchor of vSMMU '{smmu}' of domain 'g1'", "PASS", device) for smmu, device, _ in anchors]}
    assert found[:2] == seen[daemon.mode]


@only("stock")
def test_a_guest_without_what_it_was_promised(daemon):
    """A guest runs that asked for CMDQV and did not get it."""
    mode = daemon.mode
    daemon.start_unguarded()
    daemon.run(domain("g1", smmu(**ALL_GIVEN)))
    daemon.start(mode)
    (verdict, advice), = said("anchor")
    assert verdict == "FAIL" and "runs without CMDQV" in advice


@pytest.mark.parametrize("setting, fits", [("[policy]\nnova_layout = on\n", True), ("", False)], ids=["on", "off"])
def test_nova(daemon, settings, setting, fits):
    """Whether the host may carry the trait: module, setting and hardware; domains do not count."""
    settings(setting)
    found = {line["check"]: (line["verdict"], line["advice"]) for line in doctor_nova()}
    assert found["nova-layout"] == (("PASS", None) if fits else (
        "FAIL", "it is off, so no instance gets CMDQV; set 'nova_layout = on' in cmdqv.conf and restart the daemon"))
    assert found["nova-devices"] == ("PASS", "'virt-cmdqv host --shape nova' prints them for nova.conf")
    assert "definition" not in found and "anchor" not in found
    assert run("virt-cmdqv", "doctor", "--nova").status == (0 if fits and not daemon.stock else 1)


def test_nova_before_a_restart(daemon, settings):
    """The setting is on, and the daemon has not read it yet: instances get no CMDQV."""
    settings("")
    doctor_nova()           # the module reads its settings when it first needs them
    SETTINGS.write_text("[policy]\nnova_layout = on\n" + LAB_SETTINGS)
    assert run("virt-cmdqv", "doctor", "--nova").status == 1
    found = {line["check"]: (line["verdict"], line["advice"]) for line in doctor_nova()}
    if daemon.stock:
        assert found["nova-layout"] == ("PASS", None) and found["module"][0] == "FAIL"
    else:
        assert found["nova-layout"] == (
            "FAIL", "it is on in cmdqv.conf, and the daemon has not read that yet; restart the daemon, which leaves guests running")


@only("stock")
def test_nova_without_devices(tmp_path):
    """A host without a device to offer must not have the trait."""
    found = {line["check"]: (line["verdict"], line["advice"]) for line in doctor_nova("--root", str(tmp_path))}
    assert found["nova-devices"] == ("FAIL", "no device for a guest is behind an SMMU with CMDQV; 'virt-cmdqv host' lists the host's devices")
