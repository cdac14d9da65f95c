"""Names as libvirt takes them: in the files that are looked for, and in the output."""
import json
import re
import unicodedata
import xml.etree.ElementTree as ET

import libvirt
import pytest

import words
from conftest import assert_refused, error_of, run
from domains import ALL_GIVEN, GPU_A, GPU_B, domain, hostdev, smmu
from verbs import CONFIG, LIVE

NAMES = {
    "xml": "a'b\"c<d>e&f", "entity": "&amp;lt;", "del": "d\x7fel", "c1": "c\x85\x9b1", "bidi": "b\u202eidi\u2066", "mark": "m\u200e\u061c",
    "line": "l\u2028\u2029", "zero": "z\u200b\ufeff", "space": " a b ", "percent": "%s%n%41", "utf-8": "\u4e2d\u6587 \u00e9", "combining": "e\u0301",
    "dot": ".hidden", "dots": "...", "tab": "t\tab", "star": "*?[a]", "backslash": "b\\x1b", "long": "n" * 200,
}
XML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", '"': "&quot;", "\t": "&#9;"}


def escaped(name):
    return "".join(XML.get(c, c) for c in name)


def printed(name):
    """The form of it that a person reads."""
    def one(c):
        if c in "\t\r\n":
            return " "
        if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp"):
            return f"\\x{ord(c):02x}" if ord(c) < 0x80 else f"\\u{ord(c):04x}"
        return c
    return "".join(one(c) for c in name)


def columns(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def strings(value):
    """All that are anywhere in it."""
    if isinstance(value, (dict, list)):
        return [text for one in (value.values() if isinstance(value, dict) else value) for text in strings(one)]
    return [value]


def assert_plain(text):
    assert not [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")], text


def guarded(name):
    return domain(escaped(name), smmu(**ALL_GIVEN), hostdev(GPU_A, 2), hostdev(GPU_B, 3))


@pytest.mark.parametrize("case", NAMES)
def test_anchors_are_known(daemon, case):
    """By the pid file, however the name is spelt in that; the sibling may be detached, the anchor not."""
    name = NAMES[case]
    dom = daemon.run(guarded(name))
    assert dom.name() == name
    (row,) = json.loads(run("virt-cmdqv", "anchors", "--json").out)
    assert (row["domain"], row["source"], row["host"]) == (name, "argv", GPU_A)
    dom.detachDeviceFlags(hostdev(GPU_B), LIVE)
    error = error_of(dom.detachDeviceFlags, hostdev(GPU_A), LIVE)
    if daemon.stock:
        assert error.get_error_message() == words.BLOCKER
    else:
        assert_refused(error, libvirt.VIR_ERR_OPERATION_UNSUPPORTED, words.anchor("hostdev0", GPU_A, name=printed(name)))
        (entry,) = daemon.refusals()
        assert_plain(entry["MESSAGE"])
        assert entry["CMDQV_DOMAIN"] == name or "\t" in name


@pytest.mark.parametrize("case", NAMES)
def test_definitions_are_known(daemon, case):
    """The facts that are remembered of a name's file are of that domain: they change with the definition."""
    name = NAMES[case]
    dom = daemon.define(domain(escaped(name), hostdev(GPU_A, 2), uuid="11111111-2222-3333-4444-555555555555"))
    for _ in range(3):
        error = error_of(dom.detachDeviceFlags, hostdev(GPU_B), CONFIG)
        assert error.get_error_code() == libvirt.VIR_ERR_DEVICE_MISSING
    dom = daemon.define(domain(escaped(name), smmu(**ALL_GIVEN), hostdev(GPU_A, 2), uuid="11111111-2222-3333-4444-555555555555"))
    if daemon.stock:
        dom.detachDeviceFlags(hostdev(GPU_A), CONFIG)
    else:
        assert_refused(error_of(dom.detachDeviceFlags, hostdev(GPU_A), CONFIG), libvirt.VIR_ERR_OPERATION_UNSUPPORTED,
                       words.last_in_definition(GPU_A, name=printed(name)))


@pytest.mark.parametrize("command", [["anchors"], ["host"], ["host", "--dot"], ["doctor"], ["validate", "--domain", "{name}"],
                                     ["layout", "--domain", "{name}", "--hostdev", GPU_B, "--apply", "--yes"]],
                         ids=lambda command: " ".join(command[:2]))
def test_nothing_else_is_printed(daemon, command):
    """No control and no bidi character, and one line for each."""
    for case, name in NAMES.items():
        dom = daemon.define(domain(escaped(name), smmu(**ALL_GIVEN), hostdev(GPU_A, 2)))
        done = run("virt-cmdqv", *[part.format(name=name) for part in command])
        assert_plain(done.out + done.err)
        assert printed(name).replace("\\", "\\\\" if "--dot" in command else "\\").replace(
            '"', '\\"' if "--dot" in command else '"') in done.out + done.err, (case, done)
        dom.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM)


@pytest.mark.parametrize("command", [["validate", "--json", "{file}"], ["validate", "--json", "--domain", "{name}"], ["anchors", "--json"],
                                     ["layout", "--domain", "{name}", "--hostdev", GPU_B], ["layout", "--from", "{file}", "--hostdev", GPU_B],
                                     ["metrics"]], ids=lambda command: " ".join(command[:2]))
def test_nothing_else_is_printed_for_programs(daemon, tmp_path, command):
    """The same if programs read the output; they find the name as it is, unless the format has no way to write it."""
    for case, name in NAMES.items():
        xml = domain(escaped(name), smmu(**ALL_GIVEN), hostdev(GPU_A, 2)).replace("<vcpu>", f"<!-- {name.replace('-', '')} --><vcpu>")
        file = tmp_path / f"{case}.xml"
        file.write_text(xml)
        dom = daemon.define(xml)
        done = run("virt-cmdqv", *[part.format(name=name, file=file) for part in command])
        assert_plain(done.out.replace("\t", " ") + done.err)
        if "--json" in command:
            assert name in strings(json.loads(done.out)) or "{file}" in command, (case, done.out)
        elif command[0] == "layout":
            assert ET.fromstring(done.out).findtext("name") == name
        else:
            assert 'domain="' + printed(name).replace("\\", "\\\\").replace('"', '\\"') + '"' in done.out, (case, done.out)
        dom.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM)


def test_tables_are_straight(daemon):
    """Cells begin at the same column of a terminal, for any characters in a name."""
    for case in ("xml", "utf-8", "combining", "bidi", "space"):
        daemon.define(domain(escaped(NAMES[case]), smmu(**ALL_GIVEN), hostdev(GPU_A, 2)))
    done = run("virt-cmdqv", "anchors")
    starts = {columns(line[:line.rindex("shut off")]) for line in done.out.splitlines() if "shut off" in line}
    assert len(starts) == 1 and len(re.findall("shut off", done.out)) == 5, done.out


@pytest.mark.parametrize("name", ["a/b", "a\nb", "."])
def test_names_that_libvirt_refuses(daemon, name):
    """libvirt takes no such name, so that none is in its files."""
    with pytest.raises(libvirt.libvirtError):
        daemon.define(domain(escaped(name).replace("\n", "&#10;"), smmu(**ALL_GIVEN), hostdev(GPU_A, 2)))
