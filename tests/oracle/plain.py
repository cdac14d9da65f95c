"""Words of libvirt and QEMU, without the parts that differ from host to host and from run to run."""
import re

PARTS = ((r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]", "ADDRESS"), (r"group \d+", "group N"), (r"memory-region-0-\d+", "memory-region-0-N"),
         (r"\[iommufd=\d+\]", "[iommufd=N]"), (r" \(\d+\) ", " (N) "), (r"to id=\d+", "to id=N"), (r"(\.\./)*(\w+/)+([\w-]+\.c):\d+:", r"\3:N:"))


def plain(words):
    for pattern, name in PARTS:
        words = re.sub(pattern, name, words)
    return words


def of_qemu(words):
    """The lines of QEMU that are no warnings, or else the words of libvirt."""
    lines = re.findall(r"qemu-system-aarch64: (?:-device \{.*?\}: |-device \S+: )?(.*)", words)
    said = [line for line in lines if not line.startswith(("warning:", "info:"))]
    return [plain(line) for line in said or re.findall(r"ERROR:\S+\.c:\d+:.*", words)[:1] or [words]]


def of_start(start, printed):
    """Of a start that failed, or of a QEMU that runs."""
    if start:
        return of_qemu(start)
    return sorted({plain(line) for line in printed if re.search("error|[Ff]ailed", line) and "warning:" not in line})
