"""Nova takes a live snapshot of a running instance: its own `snapshot`, with QEMU's block job on the root disk.

Not real: the image service, and qemu-img, which the lab lacks.  While the job runs, the running domain has no definition.
"""
import struct
import types

import pytest
from nova.virt.libvirt import utils as libvirt_utils

from conftest import NAME, UUID, volume
from domains import GPU_A, GPU_B, OTHER_A, VF_A
from e2e.conftest import argv
from novaverbs import ON, guest_addresses, machine

SIZE = 1 << 20


def create_qcow2(path, *_, **__):
    """An empty image of one mebibyte, as qemu-img makes it: header, table of counts, counts and table of clusters."""
    cluster = 1 << 16
    header = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 2, 0, 0, 16, SIZE, 0, 1, 3 * cluster, cluster, 1, 0, 0)
    counts = struct.pack(">Q", 2 * cluster), struct.pack(">4H", 1, 1, 1, 1)
    with open(path, "wb") as file:
        file.write(b"".join(part.ljust(cluster, b"\0") for part in (header, *counts, b"")))


@pytest.fixture
def images(nova, monkeypatch, tmp_path):
    """The images that Nova has uploaded."""
    uploaded = []
    driver = nova.compute.driver
    monkeypatch.setattr(driver, "_image_api", types.SimpleNamespace(
        get=lambda *_: {"name": "snapshot"}, update=lambda _, image, meta, data=None, **__: uploaded.append(data and data.read())))
    for name, what in {"get_disk_size": lambda *_, **__: SIZE, "get_disk_backing_file": lambda *_, **__: None,
                       "create_image": create_qcow2, "extract_snapshot": lambda path, _, out, __: open(out, "wb").write(open(path, "rb").read())}.items():
        monkeypatch.setattr(libvirt_utils, name, what)
    return uploaded


@pytest.mark.parametrize("devices", [[GPU_A, GPU_B, OTHER_A], [VF_A]], ids=["GPUs behind two SMMUs", "a function"])
def test_live_snapshot(nova, daemon, settings, images, tmp_path, devices):
    """The snapshot is made, and everything is as before; a hard reboot gives the same machine."""
    settings(ON)
    tmp_path.chmod(0o755)
    nova.disks["vda"] = volume(tmp_path / "disk")
    instance = nova.boot(*devices)
    before, definition, addresses = argv(NAME), daemon.get(NAME).XMLDesc(2), guest_addresses(daemon)
    nova.compute.driver.snapshot(nova.compute.context, instance, UUID, lambda **_: None)
    assert images and len(images[-1]) > SIZE
    dom = daemon.get(NAME)
    assert dom.isPersistent() and dom.XMLDesc(2) == definition and argv(NAME) == before
    nova.hard_reboot(instance)
    assert guest_addresses(daemon) == addresses and bool(machine()[0]) != daemon.stock
