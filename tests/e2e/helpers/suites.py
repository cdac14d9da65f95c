"""The tests of tests/e2e that run on each libvirt and QEMU, and why the others do not.

  native   libvirt writes cmdqv itself (12.7 and later): everything, with and
           without the module
  lowered  a libvirt without CMDQV, and an emulator that has cmdqv: the module
           makes of upstream's XML a text that this libvirt can keep.  Everything with
           the module, and without it the tests that are INDEPENDENT of that
  none     no cmdqv at all: the INDEPENDENT tests, with and without the module,
           and in test_versions.py that everything else is refused

Nothing is left out in silence: a test that is not here runs, a line that names
a test which does not exist is an error, and so is a file of which nothing ran.
"""
import functools
import subprocess
from pathlib import Path

import libvirt

import daemonfiles

NATIVE, LOWERED, NONE = "native", "lowered", "none"
EMULATOR = "/usr/bin/qemu-system-aarch64"


@functools.cache
def host():
    """Which of the three this root is."""
    if libvirt.getVersion() >= 12_007_000:
        return NATIVE
    asked = subprocess.run([EMULATOR, "-machine", "none", "-device", "arm-smmuv3,help"], capture_output=True, text=True, check=False)
    return LOWERED if "cmdqv" in asked.stdout else NONE


@functools.cache
def takes_any_encoding():
    """Whether libxml2 reads a text that declares another encoding than its own: 2.9 does."""
    said = subprocess.run(["xmllint", "--version"], capture_output=True, text=True, check=True).stderr
    return "using libxml version 209" in said


# Tests, or with [...] single cases of one, that need no vSMMU in any domain, or one that was lowered before.
INDEPENDENT = {
    "test_bad_input.py": ["test_layout_without_vsmmu_is_untouched", "test_domain[empty]", "test_domain[another root]",
                          "test_domain[no content]"],
    "test_children.py": ["test_other_entries_survive"],
    "test_define.py": ["test_x86_64", "test_valid_ones_start[no vSMMU]", "test_valid_ones_start[no vSMMU, no hostdev]"],
    "test_doctor.py": ["test_module", "test_read_only", "test_presence", "test_hook"],
    "test_host.py": ["test_smmus", "test_without_a_daemon"],
    "test_innocents.py": ["test_define", "test_define_fixture", "test_test_driver"],
    "test_live.py": ["test_without_acceleration_all_are_detached[no vSMMU]"],
    "test_metadata.py": ["test_stored_before_the_module"],
    "test_pin.py": ["test_define[no vSMMU]"],
    "test_polkit.py": ["test_denied", "test_everything_denied"],
    "test_precedence.py": ["test_read_only", "test_read_only_past_the_client", "test_missing_domain", "test_wrong_flags",
                           "test_missing_device", "test_not_running", "test_wrong_arguments"],
    "test_reports.py": ["test_each_is_here", "test_says_what_it_lacks"],
    "test_saved.py": ["test_restore_plain", "test_restore_what_is_no_image[virDomainRestore]",
                      "test_restore_what_is_no_image[virDomainRestoreFlags]", "test_restore_what_is_no_image[virDomainRestoreParams]",
                      "test_hook_as_libvirt_calls_it"],
    "test_start.py": ["test_hook_by_itself", "test_hook_on_what_is_not_ours"],
    "test_tool.py": ["test_no_such_domain", "test_validate", "test_validate_json", "test_usage"],
    "test_versions.py": ["test_without_a_vsmmu"],
}

# Tests whose control a libvirt without CMDQV can be, with the domain as far as it knows it.
HAVE_CONTROL = {"test_placement.py": ["test_layout", "test_order_of_two"]}

# Files in which every test has a vSMMU.
DEPENDENT = ["test_advice.py", "test_argv.py", "test_attach.py", "test_believed.py", "test_call_advice.py", "test_command.py", "test_config.py", "test_counts.py", "test_daemons.py", "test_docs.py", "test_fatal.py", "test_handles.py", "test_hiding.py",
             "test_interface.py", "test_layout.py",
             "test_kubevirt.py", "test_log.py", "test_lost.py", "test_memory.py", "test_migrate.py", "test_monitor.py", "test_named.py", "test_names.py", "test_network.py",
             "test_remote.py", "test_restart.py", "test_settings.py", "test_started.py", "test_snapshot.py", "test_jobs.py", "test_unknown.py", "test_update.py",
             "test_definition_lock.py", "test_untried.py"]

NO_SCENE = "this libvirt, by itself, puts all devices of the domain behind a plain SMMU, and QEMU does not run it"
NO_HOT_PLUG = "behind a vSMMU that libvirt does not know, nothing can be plugged in (test_lowered.py::test_the_anchor_stays)"
DROPS_IOMMUFD = "of a definition without a vSMMU libvirt 11.3 keeps no iommufd='yes', which is not for the module to change"
NO_IMAGE = "libvirt there saves no domain with a hostdev: only the text in it that libvirt 12.8 writes can be edited so"
NO_DOCUMENT_TYPE = "with libxml2 2.9, libvirt itself takes no metadata that has a document type declaration"
STOCK_REFUSES = "it compares with stock libvirt, which refuses the domain there"
OF_NATIVE = "libvirt 11.3 and 9.0 lack some of the functions; the module does without them"
OTHER_HOST = "the example is of a host with libvirt 12.8"
CANNOT_RESTORE = "libvirt 11.3 cannot restore with QEMU 11.1, which takes a file only as file:"

NO_CONTROL = "without the module, libvirt drops what the test is about"
NO_EXAMPLES = "this root has no such driver or examples (tests/lab/packages)"

NEEDS_VSMMU = "needs a vSMMU, which is refused here (test_versions.py)"


# {host: {file, or file::test: why it does not run there}}
ELSEWHERE = {
    NATIVE: {
        "test_without_cmdqv.py": "it is about what a libvirt without CMDQV lacks",
        "test_versions.py::test_refused": "this libvirt has cmdqv",
        "test_versions.py::test_validate": "this libvirt has cmdqv",
        "test_versions.py::test_virsh_is_refused": "this libvirt has cmdqv",
        "test_versions.py::test_attach_is_refused": "this libvirt has cmdqv",
        "test_versions.py::test_define_with_validation": "this libvirt has cmdqv",
        "test_versions.py::test_doctor": "this libvirt has cmdqv",
    },
    LOWERED: {
        "test_symbols.py": OF_NATIVE,
        "test_argv.py": "what it compares is written by libvirt 12.8",
        "test_untried.py": "a libvirt that keeps cmdqv is the one that is given another version",
        "test_attach.py::test_accepted[sound neighbour]": NO_HOT_PLUG,
        "test_attach.py::test_accepted[sound neighbour, placed by libvirt]": NO_HOT_PLUG,
        "test_attach.py::test_accepted[interface]": NO_HOT_PLUG,
        "test_attach.py::test_accepted[interface, placed by libvirt]": NO_HOT_PLUG,
        "test_attach.py::test_second_vsmmu": NO_HOT_PLUG,
        "test_attach.py::test_cmdqv_left_to_qemu_without_anchor": NO_HOT_PLUG,
        "test_attach.py::test_config_smmu_with_anchor": DROPS_IOMMUFD,
        "test_pin.py::test_device_changed[the vSMMU attached]": DROPS_IOMMUFD,
        "test_pin.py::test_everything_else_is_where_libvirt_puts_it": STOCK_REFUSES,
        "test_daemons.py": "it has an SMMU by hand and devices on iommufd behind that, which libvirt 11.3 does not keep",
        "test_command.py::test_hot_plugged_anchor": NO_HOT_PLUG,
        "test_docs.py::test_example[libvirt-cmdqv.rst: virt-cmdqv doctor]": OTHER_HOST,
        "test_docs.py::test_example[operations.rst: virt-cmdqv doctor]": OTHER_HOST,
        "test_docs.py::test_example[virt-cmdqv.rst: virt-cmdqv layout --domain g1 --hostdev 0009:01:00.0 0010:01:00.0 --apply]": OTHER_HOST,
        "test_docs.py::test_example[clients.rst: virsh dumpxml --inactive g1 | virt-cmdqv layout --from - --hostdev 0009:01:00.0 | "
        "virsh define /dev/stdin]": OTHER_HOST,
        "test_doctor.py::test_the_next_command": "it is about a daemon without the module",
        "test_docs.py::test_functions_of_libvirt": "the page is about libvirt 12.8",
        "test_fatal.py::test_cookie": "there, a domain with cmdqv is refused when it is migrated (test_without_cmdqv.py)",
        "test_handles.py::test_stock_finds_the_domain": NO_CONTROL,
        "test_hiding.py::test_emulated_behind_the_vsmmu": "it compares with what stock libvirt makes of such a domain",
        "test_innocents.py::test_container": NO_EXAMPLES,
        "test_innocents.py::test_define_what_the_manual_shows": NO_EXAMPLES,
        "test_interface.py::test_interface_added_to_the_definition_later":
            "there it is as if it had been there from the start (test_lowered.py::test_interface_into_a_definition)",
        "test_interface.py::test_interface_that_will_be_first":
            "there it is as if it had been there from the start (test_lowered.py::test_interface_into_a_definition)",
        "test_interface.py::test_hot_plugged_interface_is_never_it": NO_HOT_PLUG,
        "test_live.py::test_first_hot_plugged_becomes_the_anchor": NO_HOT_PLUG,
        "test_live.py::test_second_hot_plugged_is_detached_after_a_restart": NO_HOT_PLUG,
        "test_live.py::test_hot_plugged_anchor_with_the_alias_of_a_cold_one": NO_HOT_PLUG,
        "test_live.py::test_hot_plugged_before_the_module": NO_HOT_PLUG,
        "test_lost.py::test_once": "what these overrides change is written by the module there",
        "test_memory.py::test_definition[attach]": DROPS_IOMMUFD,
        "test_memory.py::test_definition[change_with_it]": DROPS_IOMMUFD,
        "test_metadata.py::test_hot_plugged": NO_HOT_PLUG,
        "test_migrate.py": "there, a domain with cmdqv is refused when it is migrated (test_without_cmdqv.py)",
        "test_saved.py::test_hook_accepts_a_restore": CANNOT_RESTORE,
        "test_saved.py::test_hook_refuses_a_managed_save": "libvirt 11.3 does not start it, and reports that it did",
        "test_saved.py::test_managed_save_define": NO_IMAGE,
        "test_saved.py::test_restore_plain": CANNOT_RESTORE,
        "test_saved.py::test_restore_accepted": CANNOT_RESTORE,
        "test_saved.py::test_save_image_define": NO_IMAGE,
        "test_saved.py::test_start_of_a_managed_save_accepted": CANNOT_RESTORE,
        "test_started.py": "what it starts has an SMMU by hand and devices on iommufd behind that, which libvirt 11.3 does not keep",
        "test_tool.py::test_hot_plugged": NO_HOT_PLUG,
        "test_versions.py::test_without_a_vsmmu[managed save]": CANNOT_RESTORE,
        "test_versions.py::test_refused": "this libvirt is given cmdqv",
        "test_versions.py::test_validate": "this libvirt is given cmdqv",
        "test_versions.py::test_virsh_is_refused": "this libvirt is given cmdqv",
        "test_versions.py::test_attach_is_refused": "this libvirt is given cmdqv",
        "test_versions.py::test_define_with_validation": "this libvirt is given cmdqv",
        "test_versions.py::test_doctor": "this libvirt is given cmdqv",
    },
    NONE: {
        "test_gate.py": NO_SCENE,
        "test_innocents.py::test_container": NO_EXAMPLES,
        "test_innocents.py::test_define_what_the_manual_shows": NO_EXAMPLES,
        "test_symbols.py": OF_NATIVE,
        "test_lowered.py": "this QEMU has nothing to lower to",
        "test_without_cmdqv.py": "this QEMU has nothing to lower to",
        "test_placement.py": NEEDS_VSMMU,
        "test_polkit.py": NO_SCENE,
        "test_precedence.py": NO_SCENE,
    },
}

# Tests whose text libxml2 2.9 takes, or does not, on any of the three.
OF_LIBXML2 = {"test_bad_input.py::test_domain[not UTF-8 as it says]": "its libxml2 takes it",
              "test_metadata.py::test_set_ours_by_an_entity": NO_DOCUMENT_TYPE}

READS_FIRST = "upstream's libvirt 11.3 reads, validates and completes a definition before it checks rights; Debian has changed that"
NO_NAMESPACES = "this libvirt is built without SELinux, so it has no mount namespaces (tests/lab/mkroot)"

# Tests that do not run on virtqemud, which is upstream's (tests/modular): {file, or file::test: why}.
ON_VIRTQEMUD = {
    "test_counts.py::test_call[define with a flag]": READS_FIRST,
    "test_gate.py::test_denied_has_nothing_run": READS_FIRST,
    "test_innocents.py::test_test_driver": "only libvirtd has the test driver",
    "test_unknown.py::test_unanswering[an emulator that cannot be run]": READS_FIRST,
    "test_unknown.py::test_unanswering[an emulator that fails]": READS_FIRST,
    "test_unknown.py::test_unanswering[an emulator that hangs]": READS_FIRST,
    "test_unknown.py::test_unanswering[an emulator that prints nothing]": READS_FIRST,
    "test_without_cmdqv.py::test_listed": NO_NAMESPACES,
    "test_without_cmdqv.py::test_start_from_a_definition": NO_NAMESPACES,
}

# Tests of a daemon that its first client starts, and of one that is behind virtproxyd.
ON_DEMAND = {"test_activated.py": "here the daemon runs before its first client does (tests/modular)"}
PROXIED = {"test_proxy.py": "here clients reach the daemon itself (tests/modular)"}

# Of a test marked with the host that it is about.
ABOUT = {NATIVE: "it is about a libvirt that keeps cmdqv", LOWERED: "it is about a libvirt that drops cmdqv"}


def independent(file, name):
    """`name` as in the table: the function, or the function and the case."""
    return any(one in (name, name.partition("[")[0]) for one in INDEPENDENT.get(file, []))


def of_the_daemon():
    return {**(ON_VIRTQEMUD if daemonfiles.MODULAR else {}), **({} if daemonfiles.ON_DEMAND else ON_DEMAND),
            **({} if daemonfiles.PROXY else PROXIED)}


def why_not(file, name, mode, about=None):
    """Why a test does not run here; None: it does.  `about`: the one host that it is about."""
    if about and about != host():
        return ABOUT[about]
    here = {**ELSEWHERE[host()], **(OF_LIBXML2 if takes_any_encoding() else {}), **of_the_daemon()}
    for one in (file, f"{file}::{name}", f"{file}::{name.partition('[')[0]}"):
        if one in here:
            return here[one]
    if host() == NATIVE or independent(file, name) or file == "test_versions.py":
        return None
    if host() == NONE:
        return NEEDS_VSMMU
    return NO_CONTROL if mode == "stock" and name.partition("[")[0] not in HAVE_CONTROL.get(file, []) else None


def unknown(file, names):
    """The lines about a file that name nothing in it; `names` are those of all its tests."""
    listed = {f"{file}::{one}" for one in INDEPENDENT.get(file, [])} | {one for table in (*ELSEWHERE.values(), OF_LIBXML2, ON_VIRTQEMUD) for one in table}
    known = {f"{file}::{part}" for name in names for part in (name, name.partition("[")[0])}
    return sorted(one for one in listed if one.startswith(f"{file}::") and one not in known)


def expected():
    """The files in which something runs here."""
    left_out = set(ELSEWHERE[host()]) | set(of_the_daemon()) | set(DEPENDENT if host() == NONE else [])
    return {path.name for path in Path(__file__).parent.parent.glob("test_*.py")} - left_out
