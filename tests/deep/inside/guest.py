"""A guest in the emulated host, with the same kernel and a shell: its domain, and commands for it."""
import itertools
import os
import re
import shutil
import time

from host import read, write

KERNEL, INITRD = "/share/kernel", "/share/guest.cpio"
# Without the last one Linux wants a window for prefetchable memory for each port.  If there is no space for that of a card that is
# attached, it closes the windows of all ports of that root, also of those in use, and the other cards there do not answer any more.
ARGUMENTS = "console=ttyAMA0 rdinit=/init panic=-1 pci=hpmmioprefsize=0"
# On the real emulated machine a guest boots for one minute, and for several if the cores are busy.
BOOT, COMMAND = 900, 120
# The last byte of the card's MAC address names its network.
PING = ("set -- /sys/bus/pci/devices/{card}/net/*; n=${{1##*/}}; m=$(cat /sys/class/net/$n/address); i=$((0x${{m##*:}})); "
        "ifconfig $n 10.0.$i.15 netmask 255.255.255.0 up; while [ $(cat /sys/class/net/$n/carrier) = 0 ]; do sleep 0.2; done; "
        "ping -c 1 10.0.$i.2 >/dev/null; ping -A -q -s 1400 -w {seconds} 10.0.$i.2")
POWER_OFF = "cd /sys/bus/pci/slots; for s in *; do [ $(cat $s/address) != {address} ] || echo 0 >$s/power; done\n"
FAULTS = r"(?i)arm-smmu-v3.*(event|error|fault|timeout|unexpected)|NETDEV WATCHDOG|transmit queue.*timed out|Detected Hardware Unit Hang|Oops|BUG:|" \
         r"Kernel panic|Unable to handle|Internal error"


def wait_for(what, seconds):
    """Whether it became true in time."""
    for _ in range(seconds * 5):
        if what():
            return True
        time.sleep(0.2)
    return False


def answers(sent, answered):
    """Whether a card works: some packets may be lost while another card is attached."""
    return sent > 0 and answered >= 0.9 * sent


class Guest:
    def __init__(self, name):
        self.folder, self.console = f"/run/guest/{name}", f"/run/guest/{name}.console"
        self.commands = itertools.count()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        write(self.console, "")

    def boots(self, xml):
        """The domain with this guest in it; its port 10 is free and on pcie.0."""
        boot = f"<kernel>{KERNEL}</kernel><initrd>{INITRD}</initrd><cmdline>{ARGUMENTS}</cmdline></os>"
        share = (f"<filesystem type='mount' accessmode='passthrough'><source dir='{self.folder}'/><target dir='share'/>"
                 "<address type='pci' domain='0x0000' bus='0x0a' slot='0x00' function='0x0'/></filesystem>"
                 f"<serial type='file'><source path='{self.console}'/></serial>")
        return xml.replace(">64</memory>", ">512</memory>").replace("</os>", boot).replace("</devices>", share + "</devices>")

    def is_up(self):
        return wait_for(lambda: os.path.exists(f"{self.folder}/up"), BOOT)

    def run(self, command):
        """Output of a command in the guest; of one that does not end, nothing."""
        path = f"{self.folder}/{next(self.commands)}"
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
        self.run(POWER_OFF.format(address=address))

    def power_off_later(self, address):
        """The same, but the guest may end by it."""
        write(f"{self.folder}/last.sh", POWER_OFF.format(address=address))

    def ping(self, card, seconds):
        """Pings over the network of a card, each when the one before is answered: how many were sent, and answered.  The last is sent
        when the time ends, so no answer to it is awaited: it counts only if it was answered."""
        return self.pinged(self.run(PING.format(card=card, seconds=seconds)))

    @staticmethod
    def pinged(said):
        found = re.search(r"(\d+) packets transmitted, (\d+) packets received", said)
        sent, answered = map(int, found.groups()) if found else (0, 0)
        return max(sent - 1, answered), answered

    def faults(self):
        """Messages of its kernel about the SMMU, its queues or its cards, and its crashes; how often it had no processor is not its fault."""
        return [line for line in read(self.console).splitlines() if re.search(FAULTS, line)]
