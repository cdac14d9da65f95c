"""What of this folder runs on which libvirt and QEMU, and why the rest does not.

  native   libvirt writes cmdqv itself (12.7 and later): everything, with and
           without the module
  lowered  an older libvirt, and an emulator that has cmdqv: the module makes
           of upstream's XML what this libvirt can keep.  Everything with the
           module, and without it what is INDEPENDENT of that
  none     no cmdqv at all: what is INDEPENDENT, with and without the module,
           and in test_versions.py that everything else is refused

Nothing is left out in silence: what is not here runs, a line that names a test
which does not exist is an error, and so is a file of which nothing ran.
"""
import functools
import subprocess
from pathlib import Path

import libvirt

NATIVE, LOWERED, NONE = "native", "lowered", "none"
EMULATOR = "/usr/bin/qemu-system-aarch64"


@functools.cache
def host():
    """Which of the three this root is."""
    if libvirt.getVersion() >= 12_007_000:
        return NATIVE
    asked = subprocess.run([EMULATOR, "-machine", "none", "-device", "arm-smmuv3,help"], capture_output=True, text=True, check=False)
    return LOWERED if "cmdqv" in asked.stdout else NONE


# Tests, or with [...] single cases of one, that need no vSMMU in any domain, or one that was lowered before.
INDEPENDENT = {
    "test_bad_input.py": ["test_layout_without_vsmmu_is_untouched", "test_domain[empty]", "test_domain[another root]",
                          "test_domain[no content]"],
    "test_children.py": ["test_other_entries_survive"],
    "test_define.py": ["test_x86_64", "test_sound_ones_start[no vSMMU]", "test_sound_ones_start[no vSMMU, no hostdev]"],
    "test_doctor.py": ["test_module", "test_read_only", "test_presence", "test_hook"],
    "test_host.py": ["test_smmus", "test_without_a_daemon"],
    "test_live.py": ["test_without_acceleration_everything_goes[no vSMMU]"],
    "test_metadata.py": ["test_stored_before_the_plugin_came"],
    "test_pin.py": ["test_define[no vSMMU]"],
    "test_polkit.py": ["test_denied", "test_everything_denied"],
    "test_precedence.py": ["test_read_only", "test_read_only_past_the_client", "test_missing_domain", "test_wrong_flags",
                           "test_missing_device", "test_not_running", "test_wrong_arguments"],
    "test_saved.py": ["test_restore_plain", "test_restore_what_is_no_image[virDomainRestore]",
                      "test_restore_what_is_no_image[virDomainRestoreFlags]", "test_restore_what_is_no_image[virDomainRestoreParams]",
                      "test_hook_as_libvirt_calls_it"],
    "test_start.py": ["test_hook_by_itself", "test_hook_on_what_is_not_ours"],
    "test_tool.py": ["test_no_such_domain", "test_validate", "test_validate_json", "test_usage"],
    "test_versions.py": ["test_without_a_vsmmu"],
}

# Tests whose control an older libvirt can be, with the domain as far as it knows it.
HAVE_CONTROL = {"test_placement.py": ["test_layout", "test_order_of_two"]}

# Files in which every test has a vSMMU.
DEPENDENT = ["test_argv.py", "test_attach.py", "test_command.py", "test_config.py", "test_docs.py", "test_interface.py", "test_layout.py",
             "test_log.py", "test_lost.py", "test_memory.py", "test_migrate.py", "test_monitor.py", "test_network.py",
             "test_remote.py", "test_restart.py", "test_settings.py", "test_snapshot.py", "test_turns.py", "test_update.py"]

NO_SCENE = "this libvirt, by itself, puts all devices of the domain behind a plain SMMU, and QEMU does not run it"
NO_HOT_PLUG = "behind a vSMMU that libvirt does not know, nothing can be plugged in (test_lowered.py::test_the_anchor_stays)"
DROPS_IOMMUFD = "of a definition without a vSMMU libvirt 11.3 keeps no iommufd='yes', which is not for the module to change"
NO_IMAGE = "a saved image with a hostdev is not to be had there: only the text in it that libvirt 12.8 writes can be edited so"
OTHER_HOST = "the example is of a host with libvirt 12.8"
CANNOT_RESTORE = "libvirt 11.3 cannot restore with QEMU 11.1, which takes a file only as file:"

NEEDS_VSMMU = "needs a vSMMU, which is refused here (test_versions.py)"

# {host: {file, or file::test: why it does not run there}}
ELSEWHERE = {
    NATIVE: {
        "test_older.py": "it is about what an older libvirt lacks",
        "test_versions.py::test_refused": "this libvirt has cmdqv",
        "test_versions.py::test_validate": "this libvirt has cmdqv",
        "test_versions.py::test_virsh_is_refused": "this libvirt has cmdqv",
        "test_versions.py::test_attach_is_refused": "this libvirt has cmdqv",
        "test_versions.py::test_schema_wins": "this libvirt has cmdqv",
        "test_versions.py::test_doctor": "this libvirt has cmdqv",
    },
    LOWERED: {
        "test_argv.py": "what it compares is written by libvirt 12.8",
        "test_attach.py::test_accepted[sound neighbour]": NO_HOT_PLUG,
        "test_attach.py::test_accepted[sound neighbour, placed by libvirt]": NO_HOT_PLUG,
        "test_attach.py::test_accepted[interface]": NO_HOT_PLUG,
        "test_attach.py::test_accepted[interface, placed by libvirt]": NO_HOT_PLUG,
        "test_attach.py::test_second_vsmmu": NO_HOT_PLUG,
        "test_attach.py::test_cmdqv_left_to_qemu_without_anchor": NO_HOT_PLUG,
        "test_attach.py::test_config_smmu_that_somebody_anchors": DROPS_IOMMUFD,
        "test_pin.py::test_device_changed[the vSMMU attached]": DROPS_IOMMUFD,
        "test_bad_input.py::test_domain[not UTF-8 as it says]": "its libxml2 takes it",
        "test_command.py::test_hot_plugged_anchor": NO_HOT_PLUG,
        "test_docs.py::test_example[libvirt-cmdqv.rst: virt-cmdqv doctor]": OTHER_HOST,
        "test_docs.py::test_example[operations.rst: virt-cmdqv doctor]": OTHER_HOST,
        "test_docs.py::test_example[virt-cmdqv.rst: virt-cmdqv layout --domain g1 --hostdev 0009:01:00.0 0010:01:00.0 --apply]": OTHER_HOST,
        "test_docs.py::test_functions_of_libvirt": "the page is about libvirt 12.8",
        "test_interface.py::test_interface_added_to_the_definition_later":
            "there it is as if it had been there from the start (test_lowered.py::test_interface_into_a_definition)",
        "test_interface.py::test_interface_that_will_be_first":
            "there it is as if it had been there from the start (test_lowered.py::test_interface_into_a_definition)",
        "test_interface.py::test_hot_plugged_interface_is_never_it": NO_HOT_PLUG,
        "test_live.py::test_first_hot_plugged_becomes_the_anchor": NO_HOT_PLUG,
        "test_live.py::test_second_hot_plugged_goes_after_a_restart": NO_HOT_PLUG,
        "test_live.py::test_hot_plugged_anchor_with_the_alias_of_a_cold_one": NO_HOT_PLUG,
        "test_live.py::test_hot_plugged_before_the_plugin_came": NO_HOT_PLUG,
        "test_lost.py::test_once": "what these overrides change is written by the module there",
        "test_memory.py::test_definition[attach]": DROPS_IOMMUFD,
        "test_memory.py::test_definition[change_with_it]": DROPS_IOMMUFD,
        "test_metadata.py::test_hot_plugged": NO_HOT_PLUG,
        "test_migrate.py": "there, what comes by migration with cmdqv is refused as it is (test_older.py)",
        "test_saved.py::test_hook_lets_a_sound_one_restore": CANNOT_RESTORE,
        "test_saved.py::test_hook_refuses_a_managed_save": "libvirt 11.3 does not start it, and reports that it did",
        "test_saved.py::test_managed_save_define": NO_IMAGE,
        "test_saved.py::test_restore_plain": CANNOT_RESTORE,
        "test_saved.py::test_restore_sound": CANNOT_RESTORE,
        "test_saved.py::test_save_image_define": NO_IMAGE,
        "test_saved.py::test_start_of_a_sound_managed_save": CANNOT_RESTORE,
        "test_tool.py::test_hot_plugged": NO_HOT_PLUG,
        "test_versions.py::test_without_a_vsmmu[managed save]": CANNOT_RESTORE,
        "test_versions.py::test_refused": "this libvirt is given cmdqv",
        "test_versions.py::test_validate": "this libvirt is given cmdqv",
        "test_versions.py::test_virsh_is_refused": "this libvirt is given cmdqv",
        "test_versions.py::test_attach_is_refused": "this libvirt is given cmdqv",
        "test_versions.py::test_schema_wins": "this libvirt is given cmdqv",
        "test_versions.py::test_doctor": "this libvirt is given cmdqv",
    },
    NONE: {
        "test_lowered.py": "this QEMU has nothing to lower to",
        "test_older.py": "this QEMU has nothing to lower to",
        "test_placement.py": NEEDS_VSMMU,
        "test_polkit.py": NO_SCENE,
        "test_precedence.py": NO_SCENE,
    },
}

# Of a test marked with the host that it is about.
ABOUT = {NATIVE: "it is about a libvirt that keeps cmdqv", LOWERED: "it is about a libvirt that drops cmdqv"}

NO_CONTROL = "without the module, libvirt drops what the test is about"


def independent(file, name):
    """`name` as in the table: the function, or the function and the case."""
    return any(one in (name, name.partition("[")[0]) for one in INDEPENDENT.get(file, []))


def why_not(file, name, mode, about=None):
    """Why a test does not run here; None: it does.  `about`: the one host that it is about."""
    if about and about != host():
        return ABOUT[about]
    here = ELSEWHERE[host()]
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
    listed = {f"{file}::{one}" for one in INDEPENDENT.get(file, [])} | {one for table in ELSEWHERE.values() for one in table}
    known = {f"{file}::{part}" for name in names for part in (name, name.partition("[")[0])}
    return sorted(one for one in listed if one.startswith(f"{file}::") and one not in known)


def expected():
    """The files in which something runs here."""
    left_out = set(ELSEWHERE[host()]) | set(DEPENDENT if host() == NONE else [])
    return {path.name for path in Path(__file__).parent.glob("test_*.py")} - left_out
