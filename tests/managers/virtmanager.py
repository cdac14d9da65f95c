#!/usr/bin/python3
"""Removes a host device of a domain as virt-manager does it.

  virtmanager.py DOMAIN NUMBER

The code is virt-manager's own (virtManager/delete.py and virtManager/object/domain.py, unchanged). There is no desktop: the
modules of its windows are empty, and its dialog about a failure is printed: the title, and the first line of the details.
"""
import builtins
import sys
import types
from unittest import mock

sys.path.insert(0, "/usr/share/virt-manager")


def without_windows(name):
    module = types.ModuleType(name)
    module.__getattr__ = lambda _: mock.MagicMock()         # names in functions that do not run here, and constants
    return module


for window in ("gi.repository.Gtk", "gi.repository.Gdk", "gi.repository.Pango"):
    sys.modules[window] = without_windows(window)
builtins._ = lambda text: text

# These imports need the lines above.
import libvirt                                              # noqa: E402
import virtinst                                             # noqa: E402
from virtManager import config                              # noqa: E402
from virtManager.delete import vmmDeleteStorage             # noqa: E402
from virtManager.object.domain import vmmDomain             # noqa: E402


class Connection:
    """The part of vmmConnection that a domain uses here, and the connection of virtinst, which is real."""
    using_domain_events = False

    def __init__(self):
        self.backend = virtinst.VirtinstConnection("qemu:///system")
        self.backend.open(None, None)
        self.support = self.backend.support

    def get_backend(self):
        return self.backend

    def get_dom_flags(self, _):
        return libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE, libvirt.VIR_DOMAIN_XML_SECURE

    def define_domain(self, xml):
        return self.backend.defineXML(xml)

    def is_test(self):
        return False

    def schedule_priority_tick(self, **_):
        pass


class Dialog:
    """In place of vmmErrorDialog."""

    def show_err(self, title, details=None, **_):
        print(title.partition("\n")[0])
        if details:
            print(details.partition("\n")[0])


def main():
    conn = Connection()
    config.vmmConfig._instance = mock.MagicMock()           # preferences, which are in the desktop
    vm = vmmDomain(conn, conn.backend.lookupByName(sys.argv[1]), sys.argv[1])
    vm.init_libvirt_state()
    done = vmmDeleteStorage.remove_devobj_internal(vm, Dialog(), vm.xmlobj.devices.hostdev[int(sys.argv[2])])
    sys.exit(0 if done else 1)


main()
