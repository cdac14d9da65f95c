"""A guest in the emulated host, with the same kernel and a shell: its domain, and commands for it."""
import os
import shutil
import time

from host import read, write

KERNEL, INITRD = "/share/kernel", "/share/guest.cpio"
# On the real emulated machine a guest boots for one minute, and for several if the cores are busy.
BOOT, COMMAND = 900, 120


def wait_for(what, seconds):
    """Whether it became true in time."""
    for _ in range(seconds * 5):
        if what():
            return True
        time.sleep(0.2)
    return False


class Guest:
    def __init__(self, name):
        self.folder, self.console = f"/run/guest/{name}", f"/run/guest/{name}.console"
        self.commands = 0
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        write(self.console, "")

    def boots(self, xml):
        """The domain with this guest in it; its port 10 is free and on pcie.0."""
        boot = f"<kernel>{KERNEL}</kernel><initrd>{INITRD}</initrd><cmdline>console=ttyAMA0 rdinit=/init panic=-1</cmdline></os>"
        share = (f"<filesystem type='mount' accessmode='passthrough'><source dir='{self.folder}'/><target dir='share'/>"
                 "<address type='pci' domain='0x0000' bus='0x0a' slot='0x00' function='0x0'/></filesystem>"
                 f"<serial type='file'><source path='{self.console}'/></serial>")
        return xml.replace(">64</memory>", ">512</memory>").replace("</os>", boot).replace("</devices>", share + "</devices>")

    def is_up(self):
        return wait_for(lambda: os.path.exists(f"{self.folder}/up"), BOOT)

    def run(self, command):
        """Output of a command in the guest; of one that does not end, nothing."""
        self.commands += 1
        path = f"{self.folder}/{self.commands}"
        write(f"{path}.part", command + "\n")
        os.rename(f"{path}.part", f"{path}.sh")
        return read(f"{path}.out") if wait_for(lambda: os.path.exists(f"{path}.status"), COMMAND) else ""

    def devices(self, vendor, device):
        """PCI addresses in the guest of the devices with these numbers."""
        return self.run("cd /sys/bus/pci/devices; for d in *; do "
                        f"[ \"$(cat $d/vendor) $(cat $d/device)\" != '{vendor} {device}' ] || echo $d; done").split()

    def slots(self):
        """The PCI addresses, without the function, whose slots the guest can power off."""
        return self.run("cd /sys/bus/pci/slots; for s in *; do [ ! -e $s/power ] || cat $s/address; done").split()

    def power_off(self, address):
        self.run(f"cd /sys/bus/pci/slots; for s in *; do [ $(cat $s/address) != {address} ] || echo 0 >$s/power; done")
