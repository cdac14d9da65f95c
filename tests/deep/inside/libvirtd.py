"""The real libvirtd of the emulated machine, without the module and with it, and a look at QEMU below it."""
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

import libvirt
import libvirt_qemu

from host import read, write

SHARE = "/share"
URI = "qemu:///system"
LIBRARY = "/usr/lib/aarch64-linux-gnu/libvirt-cmdqv.so"
TOOL = f"{SHARE}/install/usr/bin/virt-cmdqv"
LOGS = ("/run/libvirtd.out", "/run/libvirtd.log")
CONF = {
    "libvirtd.conf": 'auth_unix_ro = "none"\nauth_unix_rw = "none"\nlog_outputs = "3:file:/run/libvirtd.log"\n',
    # No control groups, no security drivers, and one user; system call filters are slow here.
    "qemu.conf": 'security_driver = "none"\nuser = "root"\ngroup = "root"\ncgroup_controllers = []\nnamespaces = []\n'
                 'stdio_handler = "file"\nremember_owner = 0\nseccomp_sandbox = 0\n',
    "cmdqv.conf": "",
}


def configure():
    libvirt.registerErrorHandler(lambda *_: None, None)     # or it prints each refusal
    for name, text in CONF.items():
        write(f"/etc/libvirt/{name}", text)


def install():
    """The project, as its packages would: module, tool, hook, configuration."""
    shutil.copytree(f"{SHARE}/install", "/", dirs_exist_ok=True)
    write("/etc/libvirt/cmdqv.conf", "")


def asked(call, *args):
    """Nothing if libvirt did it, else its error."""
    try:
        call(*args)
        return None
    except libvirt.libvirtError as e:
        return e.get_error_message() or str(e)


def show(command, said):
    """Prints a command and its output, if that is asked for."""
    if sys.argv[1:] == ["show"]:
        print("", f"$ {command}", said, sep="\n")


def run_tool(*arguments):
    done = subprocess.run([TOOL, "-c", URI, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
    if "--json" not in arguments:
        show(shlex.join(["virt-cmdqv", *arguments]), done.stdout + done.stderr)
    return {"status": done.returncode, "out": done.stdout, "err": done.stderr}


def kernel_gave(pid):
    """SMMUs of the host of which the kernel gave this process a CMDQV (kernel/changes)."""
    log = subprocess.run(["dmesg"], capture_output=True, text=True, errors="replace", check=True).stdout
    return re.findall(rf"pretend: process {pid} has a CMDQV of (\S+)", log)


def devices_of(pid):
    """The values of -device on the command line of QEMU."""
    with open(f"/proc/{pid}/cmdline", "rb") as f:
        argv = f.read().decode(errors="replace").split("\0")
    return [value for name, value in zip(argv, argv[1:]) if name == "-device"]


def properties(device):
    if device.startswith("{"):
        return json.loads(device)
    driver, *rest = device.split(",")
    return {"driver": driver, **dict(p.split("=", 1) for p in rest if "=" in p)}


def qmp(domain, command, **arguments):
    """The error of a command of QEMU's monitor, also that of libvirt if it is not sent; nothing if QEMU did it."""
    try:
        answer = json.loads(libvirt_qemu.qemuMonitorCommand(domain, json.dumps({"execute": command, "arguments": arguments}), 0))
    except libvirt.libvirtError as e:
        return f"libvirt: {e.get_error_message()}"
    return answer["error"]["desc"] if "error" in answer else None


def look(domain):
    """The real state of a running domain: the CMDQVs of the kernel, the devices on which QEMU has its unplug blocker, and our anchors."""
    pid = read(f"/run/libvirt/qemu/{domain.name()}.pid")
    devices = devices_of(pid)
    ids = [d.get("id") for d in map(properties, devices) if d["driver"].startswith("vfio-pci")]
    return {"cmdqv": kernel_gave(pid), "devices": devices,
            "anchors": run_tool("anchors", "--json", domain.name()),
            "device_del": {i: qmp(domain, "device_del", id=i) for i in ids if i}}


class Daemon:
    def __init__(self, *libraries):
        environment = dict(os.environ)
        if libraries:
            environment["LD_PRELOAD"] = " ".join(libraries)
        self.process = subprocess.Popen(["/usr/sbin/libvirtd"], env=environment, stdin=subprocess.DEVNULL,
                                        stdout=open(LOGS[0], "ab"), stderr=subprocess.STDOUT)
        self.connection = self.wait()
        if libraries and LIBRARY not in read(f"/proc/{self.process.pid}/maps"):
            raise SystemExit("libvirtd: the module is not in the daemon")

    def wait(self):
        for _ in range(600):
            try:
                return libvirt.open(URI)
            except libvirt.libvirtError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.2)
        self.keep_logs()
        raise SystemExit("libvirtd: the daemon does not answer")

    @staticmethod
    def keep_logs():
        for log in LOGS:
            if os.path.exists(log):
                shutil.copy(log, SHARE)

    def stop(self, sent=signal.SIGTERM):
        asked(self.connection.close)
        self.process.send_signal(sent)
        self.process.wait(60)
        self.keep_logs()

    def try_domain(self, xml, may_start):
        """The answers of libvirt to a definition and to a start, and their results."""
        found = {"define": None, "start": None, "defined": None, "started": False}
        try:
            domain = self.connection.defineXML(xml)
        except libvirt.libvirtError as e:
            found["define"] = e.get_error_message()
            return found
        log = f"/var/log/libvirt/qemu/{domain.name()}.log"
        try:
            found["defined"] = domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE)
            if may_start:
                self.try_start(domain, found)
        finally:
            if domain.isActive():
                asked(domain.destroy)
            if os.path.exists(log):
                found["printed"] = re.findall(r"qemu-system-aarch64: (.*)", read(log))
                os.unlink(log)      # libvirtd appends to it
            asked(domain.undefine)
        return found

    @staticmethod
    def try_start(domain, found):
        # Paused: QEMU is asked for its status, and no guest need run.
        found["start"] = asked(domain.createWithFlags, libvirt.VIR_DOMAIN_START_PAUSED)
        if found["start"]:
            return
        if not domain.isActive():
            found["start"] = "QEMU ended after its start"
            return
        found["started"] = True
        try:
            found["look"] = look(domain)
        except Exception as e:      # it is a result too
            found["look_failed"] = f"{type(e).__name__}: {e}"
