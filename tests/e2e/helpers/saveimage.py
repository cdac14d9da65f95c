"""The file that libvirt saves a domain in (src/qemu/qemu_saveimage.h): magic,
version, length of the data after the header, was-running, compression, offset
of the cookie; then the domain's XML, the cookie, padding, and QEMU's own state.

libvirt lets no client add a device to the XML in it.  A daemon of another
version, another host's file, or root with an editor can; so does `edit` here.
"""
import re
import struct
from pathlib import Path

from domains import ALL_GIVEN, GPU_A, attrs, domain, hostdev, smmu

HEADER = struct.Struct("<16sIIIII")
HEADER_SIZE = 92
MAGIC, VERSION, RUNNING = b"LibvirtQemudSave", 2, 1


def edit(path, change):
    """Replaces the domain XML with the result of `change`, within the padding."""
    data = Path(path).read_bytes()
    magic, version, size, running, compressed, cookie = HEADER.unpack_from(data)
    xml, rest = data[HEADER_SIZE:HEADER_SIZE + size].split(b"\0", 1)
    new = change(xml.decode()).encode()
    body = (new + b"\0" + rest.rstrip(b"\0") + b"\0").ljust(size, b"\0")
    assert len(body) == size, "more than the padding takes"
    header = HEADER.pack(magic, version, size, running, compressed, len(new) + 1 if cookie else 0)
    Path(path).write_bytes(header + data[HEADER.size:HEADER_SIZE] + body + data[HEADER_SIZE + size:])


def write(path, xml):
    """A file of its own, with a guest that QEMU cannot load: errors in its definition are reported before that."""
    body = (xml.encode() + b"\0").ljust(65536 - HEADER_SIZE, b"\0")
    Path(path).write_bytes(HEADER.pack(MAGIC, VERSION, len(body), RUNNING, 0, 0).ljust(HEADER_SIZE, b"\0") + body + b"no stream" * 100)


# -- the domain whose state is saved, and the changes of its definition in the file

SAVED_UUID = "11111111-2222-3333-4444-555555555555"
SAVED = domain("g1", smmu(accel=None, cmdqv=None), uuid=SAVED_UUID)


def unsound(xml):
    """cmdqv='on', and no device to anchor it: QEMU starts that without a word."""
    return re.sub("pciBus=.1.", f"pciBus='1'{attrs(accel='on', cmdqv='on', **ALL_GIVEN)}", xml)


def sound(xml):
    return unsound(xml).replace("</devices>", hostdev(GPU_A, 2) + "</devices>")
