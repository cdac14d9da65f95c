"""The actions that SELinux allows the daemons, by the policy of Debian and the types of Fedora, before and after our module of it.

Nothing is enforced here: no kernel takes part.  The policy is compiled and kept in a store as on a host that has SELinux,
and the questions are answered from the compiled file.
"""
import collections
from pathlib import Path

import pytest
import setools

from conftest import SOURCE, said

MODULE = SOURCE / "packaging" / "selinux" / "libvirt-cmdqv.cil"
FEDORA = SOURCE / "tests" / "package" / "fedora-types.cil"
READ, RUN = ("open", "read"), ("open", "read", "execute", "execute_no_trans", "map")

# The permissions that every policy has to give: the daemon, the type, its class, and the actions.
ON_DEBIAN = {
    "the module is mapped": ("virtd_t", "lib_t", "file", ("open", "read", "execute", "map")),
    "cmdqv.conf": ("virtd_t", "virt_etc_t", "file", READ),
    "the script": ("virtd_t", "virt_script_exec_t", "file", RUN),
    "the shell": ("virtd_t", "shell_exec_t", "file", RUN),
    "the program": ("virtd_t", "bin_t", "file", RUN),
    "definitions": ("virtd_t", "virt_etc_rw_t", "file", READ),
    "pid files": ("virtd_t", "svirt_runtime_t", "file", READ),
    "command lines of guests": ("virtd_t", "svirt_t", "file", READ),
    "sysfs": ("virtd_t", "sysfs_t", "file", READ),
    "the emulator is asked": ("virtd_t", "qemu_exec_t", "file", RUN),
    "the journal": ("virtd_t", "syslogd_t", "unix_dgram_socket", ("sendto",)),
    "the environment is kept": ("init_t", "virtd_t", "process", ("noatsecure",)),
}
ON_FEDORA = {
    "the script": ("virtqemud_t", "virt_hook_t", "file", RUN),
    "the shell": ("virtqemud_t", "shell_exec_t", "file", RUN),
    "the program": ("virtqemud_t", "bin_t", "file", RUN),
    "command lines of guests": ("virtqemud_t", "svirt_t", "file", READ),
    "the environment is kept": ("init_t", "virtqemud_t", "process", ("noatsecure",)),
    "libvirtd runs the script too": ("virtd_t", "virt_hook_t", "file", RUN),
}
# Of those, the ones that the policy allows without our module, with the types as they are here.
ALLOWED_BEFORE = {"the environment is kept"}


class Policy:
    """A compiled policy: the permissions that it gives without any boolean."""

    def __init__(self):
        self.policy = setools.SELinuxPolicy(str(max(Path("/etc/selinux/default/policy").glob("policy.*"))))
        self.rules = collections.defaultdict(set)
        for rule in self.policy.terules():
            if rule.ruletype == setools.TERuletype.allow and not is_conditional(rule):
                self.rules[str(rule.source), str(rule.target), str(rule.tclass)] |= set(rule.perms)

    def names(self, type_):
        """The type, and the attributes by which a rule may mean it."""
        return [type_, *map(str, self.policy.lookup_type(type_).attributes())]

    def allows(self, source, target, kind, permissions):
        given = (self.rules.get((s, t, kind), set()) for s in self.names(source) for t in self.names(target))
        return set(permissions) <= set().union(*given)


def is_conditional(rule):
    try:
        return bool(rule.conditional)
    except setools.exception.RuleNotConditional:
        return False


def label(path):
    return said("matchpathcon", "-n", "-m", "file", path).strip().split(":")[2]


@pytest.fixture(scope="module")
def policies():
    """Before, and with our module; each of them with the types of Fedora."""
    said("semodule", "--noreload", "-i", FEDORA)
    before = Policy()
    labelled = label("/usr/lib/libvirt/libvirt-cmdqv-hook")
    said("semodule", "--noreload", "-i", MODULE)
    return before, Policy(), labelled


def test_it_is_in_the_store(policies):
    """The policy modules are installed."""
    assert {MODULE.stem, FEDORA.stem} <= set(said("semodule", "-l").split())


@pytest.mark.parametrize("need", ON_DEBIAN)
def test_libvirtd_on_debian(policies, need):
    """Debian's policy lets libvirtd do all that the module needs."""
    assert policies[1].allows(*ON_DEBIAN[need])


@pytest.mark.parametrize("need", ON_FEDORA)
def test_with_the_types_of_fedora(policies, need):
    """Our policy module gives the daemon the permissions that Fedora's types need, and it did not have them before unless listed."""
    before, after, _ = policies
    assert after.allows(*ON_FEDORA[need])
    assert before.allows(*ON_FEDORA[need]) == (need in ALLOWED_BEFORE)


def test_files_have_those_types(policies):
    """Each installed file has the type that the policy is about."""
    assert policies[2] == "lib_t", "which no daemon may run: a host without our module"
    assert not policies[1].allows("virtd_t", "lib_t", "file", ["execute_no_trans"])
    assert {path: label(path) for path in ("/usr/lib/libvirt/libvirt-cmdqv-hook", "/usr/libexec/libvirt-cmdqv-hook",
                                           "/etc/libvirt/hooks/qemu.d/50-cmdqv", "/usr/lib64/libvirt-cmdqv.so",
                                           "/etc/libvirt/cmdqv.conf")} == {
        "/usr/lib/libvirt/libvirt-cmdqv-hook": "bin_t", "/usr/libexec/libvirt-cmdqv-hook": "bin_t",
        "/etc/libvirt/hooks/qemu.d/50-cmdqv": "virt_script_exec_t", "/usr/lib64/libvirt-cmdqv.so": "lib_t",
        "/etc/libvirt/cmdqv.conf": "virt_etc_t"}


def test_no_more_than_that(policies):
    """Other types do not get the permissions of the daemons."""
    before, after, _ = policies
    for other in ("sshd_t", "svirt_t", "user_t"):
        for target in ("virt_hook_t", "virt_script_exec_t"):
            assert after.allows(other, target, "file", ["execute"]) == before.allows(other, target, "file", ["execute"])
