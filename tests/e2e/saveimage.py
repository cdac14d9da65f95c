"""The file that libvirt saves a domain in (src/qemu/qemu_saveimage.h): magic,
version, length of what follows the header, was-running, compression, offset of
the cookie; then the domain's XML, the cookie, padding, and QEMU's own state.

libvirt lets nobody add a device to the XML in it.  A daemon of another
version, another host's file, or root with an editor can; so does `edit` here.
"""
import struct
from pathlib import Path

HEADER = struct.Struct("<16sIIIII")
HEADER_SIZE = 92


def edit(path, change):
    """Replaces the domain XML by what `change` makes of it, within the padding."""
    data = Path(path).read_bytes()
    magic, version, size, running, compressed, cookie = HEADER.unpack_from(data)
    xml, rest = data[HEADER_SIZE:HEADER_SIZE + size].split(b"\0", 1)
    new = change(xml.decode()).encode()
    body = (new + b"\0" + rest.rstrip(b"\0") + b"\0").ljust(size, b"\0")
    assert len(body) == size, "more than the padding takes"
    header = HEADER.pack(magic, version, size, running, compressed, len(new) + 1 if cookie else 0)
    Path(path).write_bytes(header + data[HEADER.size:HEADER_SIZE] + body + data[HEADER_SIZE + size:])
