"""An instance of OpenStack Nova: each refusal and warning of the module names it, whatever found the fault, in error and journal.

The metadata is in helpers/domains.py; tests/nova has refusals of Nova's own calls.
"""
import re

import pytest

import saveimage
import words
from conftest import error_of, only, run
from domains import ALL_GIVEN, GPU_A, GPU_B, INSTANCE, QEMU_NAMESPACE, VF_A, domain, hostdev, interface, overridden, smmu
from migration import UUID, cookie, migrate_offline
from verbs import ANCHORS_URI, CONFIG, ELEMENT, defined_before, hook, nothing_stays

pytestmark = only("module")
NAMES = words.of_instance(UUID)


def instance(*devices, more="", **options):
    return domain("g1", *devices, uuid=UUID, more=INSTANCE, **options).replace("</domain>", f"{more}</domain>")


UNSOUND = instance(smmu(**ALL_GIVEN))
SOUND = instance(smmu(**ALL_GIVEN), hostdev(GPU_A, 2))


def save(daemon, tmp_path, xml):
    """A file with a saved domain and this definition."""
    file = tmp_path / "g1.save"
    saveimage.write(file, xml)
    return str(file)


def define(daemon, tmp_path):
    return error_of(daemon.define, UNSOUND).get_error_message()


FATAL = SOUND.replace("</devices>", "<controller type='pci' index='2147483647' model='pcie-root-port'/></devices>")


def define_a_number_that_ends_libvirt(daemon, tmp_path):
    return error_of(daemon.define, FATAL).get_error_message()


def ask_for_a_command_line(daemon, tmp_path):
    return error_of(daemon.conn.domainXMLToNative, "qemu-argv", FATAL).get_error_message()


def start(daemon, tmp_path):
    return error_of(defined_before(daemon, UNSOUND).create).get_error_message()


def start_by_the_hook_alone(daemon, tmp_path):
    return error_of(defined_before(daemon, UNSOUND, "hook").create).get_error_message()


def hook_of_a_host_boot(daemon, tmp_path):
    return hook("start", UNSOUND).err


def restore(daemon, tmp_path):
    return error_of(daemon.conn.restore, save(daemon, tmp_path, UNSOUND)).get_error_message()


def restore_with_another_definition(daemon, tmp_path):
    return error_of(daemon.conn.restoreFlags, save(daemon, tmp_path, SOUND), UNSOUND).get_error_message()


def edit_a_save_image(daemon, tmp_path):
    return error_of(daemon.conn.saveImageDefineXML, save(daemon, tmp_path, SOUND), UNSOUND).get_error_message()


def save_with_another_definition(daemon, tmp_path):
    return error_of(daemon.run(SOUND).saveFlags, str(tmp_path / "file"), UNSOUND).get_error_message()


def revert_to_a_snapshot(daemon, tmp_path):
    dom = daemon.define(SOUND)
    xml = f"<domainsnapshot><name>s1</name><state>shutoff</state><creationTime>1</creationTime><memory snapshot='no'/>{UNSOUND}</domainsnapshot>"
    return error_of(dom.snapshotCreateXML, xml, 1).get_error_message()


def finish_a_migration(daemon, tmp_path):
    said = migrate_offline("3Params", cookie("g1", UUID, UNSOUND))[2]
    assert nothing_stays(daemon)
    return said


def set_metadata(daemon, tmp_path):
    return error_of(daemon.define(SOUND).setMetadata, ELEMENT, "<a/>", "a", ANCHORS_URI, CONFIG).get_error_message()


REFUSALS = [define, define_a_number_that_ends_libvirt, ask_for_a_command_line, start, start_by_the_hook_alone, hook_of_a_host_boot, restore, restore_with_another_definition, edit_a_save_image,
            save_with_another_definition, revert_to_a_snapshot, finish_a_migration, set_metadata]


@pytest.mark.parametrize("way", REFUSALS)
def test_named_in_a_refusal(daemon, tmp_path, way):
    """The error and the journal name instance, UUID, flavor and domain, and the rule if there is one."""
    message = way(daemon, tmp_path).rstrip("\n")       # libvirt adds one to a hook's
    assert message.endswith(NAMES) and message.count("(instance ") == 1
    if way not in (finish_a_migration,):        # there the daemon has started again
        entry = daemon.refusals()[-1]
        assert [entry[f"CMDQV_{field}"] for field in ("DOMAIN", "UUID", "INSTANCE", "FLAVOR")] == ["g1", UUID, "training", "gpu.large"]
        assert entry["MESSAGE"].endswith(NAMES)
        assert entry["CMDQV_RULE"] == "" or f"[{entry['CMDQV_RULE']}]" in message


def test_named_in_the_journal_alone(daemon, tmp_path):
    """A client restores a file with a number that ends libvirt: it may have no right to know whose file it is, and the operator has."""
    message = error_of(daemon.conn.restore, save(daemon, tmp_path, FATAL)).get_error_message()
    assert message.endswith("correct it there") and UUID not in message
    entry = daemon.refusals()[-1]
    assert [entry[f"CMDQV_{field}"] for field in ("DOMAIN", "UUID", "INSTANCE", "FLAVOR")] == ["g1", UUID, "training", "gpu.large"]


def two_vsmmus_of_one_host_smmu(daemon):
    daemon.define(instance(smmu(), smmu(6), hostdev(GPU_A, 2), hostdev(GPU_B, 7)))
    return "host-smmu-spread"


def cmdqv_that_an_override_takes(daemon):
    daemon.run(instance(smmu(alias="ua-smmu"), hostdev(GPU_A, 2), namespaces=QEMU_NAMESPACE, more=overridden("ua-smmu", "cmdqv", "off")))
    return "lost"


@pytest.mark.parametrize("way", [two_vsmmus_of_one_host_smmu, cmdqv_that_an_override_takes])
def test_named_in_a_warning(daemon, way):
    """The journal has the names as fields too, so that an operator finds all about an instance by its UUID."""
    event = way(daemon)
    said = [entry for entry in daemon.journal() if entry.get("CMDQV_EVENT") == event]
    assert said
    for entry in said:
        assert entry["MESSAGE"].endswith(NAMES), entry["MESSAGE"]
        assert [entry[f"CMDQV_{field}"] for field in ("DOMAIN", "UUID", "INSTANCE", "FLAVOR")] == ["g1", UUID, "training", "gpu.large"]
