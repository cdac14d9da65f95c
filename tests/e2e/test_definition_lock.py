"""Calls that wait while the module writes a definition, and the proof that no client waits for long."""
import os
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import libvirt
import libvirt_qemu

import words
from conftest import URI, error_of, module_path, only, run, said_by
from domains import GPU_A, GPU_B, INSTANCE, VF_A, domain, hostdev, interface, smmu
from verbs import CONFIG, INACTIVE, pinned

UUID = "11111111-2222-3333-4444-555555555555"
NAMES = words.of_instance(UUID)


@contextmanager
def held(name="g1"):
    """A client holds the domain: it queries its QEMU, which does not answer."""
    pid = int(Path(f"/run/libvirt/qemu/{name}.pid").read_text())
    conn = libvirt.open(URI)
    asks = threading.Thread(target=said_by, args=(libvirt_qemu.qemuMonitorCommand, conn.lookupByName(name),
                                                  '{"execute":"query-status"}', 0))
    os.kill(pid, signal.SIGSTOP)
    asks.start()
    time.sleep(0.5)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
        asks.join()
        conn.close()


def seconds(call, *args):
    begin = time.monotonic()
    call(*args)
    return time.monotonic() - begin


def test_others_do_not_wait_for_a_domain_that_is_held(daemon):
    """A change of a definition waits for QEMU as libvirt does, and other clients' defines and changes do not wait for that."""
    dom = daemon.run(domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3)))
    other = daemon.define(domain("g2", smmu(), hostdev(GPU_A, 2)))
    conn = libvirt.open(URI)
    with held():
        change = threading.Thread(target=said_by, args=(conn.lookupByName("g1").attachDeviceFlags, interface(VF_A, 4), CONFIG))
        change.start()
        time.sleep(0.5)
        took = [seconds(daemon.define, domain("g3", smmu(), hostdev(GPU_A))), seconds(other.setVcpusFlags, 1, CONFIG),
                seconds(other.setMetadata, libvirt.VIR_DOMAIN_METADATA_TITLE, "t", None, None, CONFIG), seconds(other.undefine)]
    change.join()
    conn.close()
    assert max(took) < 2, took
    assert "<interface type='hostdev'" in dom.XMLDesc(INACTIVE)
    assert pinned(dom.XMLDesc(INACTIVE)) == ([] if daemon.stock else [2, 4])


SLOW = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
void *virDomainDefineXML(void *conn, const char *xml);
void *virDomainDefineXML(void *conn, const char *xml)
{ if (rename("@", "@ed") == 0) while (access("@ed", F_OK) == 0) usleep(10000);      /* the first call alone */
  return ((void *(*)(void *, const char *))dlsym(RTLD_NEXT, "virDomainDefineXML"))(conn, xml); }
int pthread_cond_clockwait(pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock, const struct timespec *end)
{ struct timespec sooner = { end->tv_sec - 29, end->tv_nsec };
  return ((__typeof__(&pthread_cond_clockwait))dlsym(RTLD_NEXT, "pthread_cond_clockwait"))(cond, mutex, clock, &sooner); }
"""


@only("module")
def test_time_out_of_a_write(daemon, tmp_path):
    """The disk is slow while the module writes the definition of an instance of Nova: other changes of it, and defines, end after some
    time, here one second, with libvirt's words and the names of the instance."""
    source, library, block = tmp_path / "slow.c", tmp_path / "slow.so", tmp_path / "block"
    source.write_text(SLOW.replace("@", str(block)))
    assert run("gcc", "-shared", "-fPIC", "-o", library, source).status == 0
    xml = domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3), uuid=UUID, more=INSTANCE)
    daemon.stop()
    assert run("/lab/daemon", "start", module_path(), library).status == 0
    daemon.connect()
    dom, conn = daemon.define(xml), libvirt.open(URI)
    block.touch()
    change = threading.Thread(target=said_by, args=(conn.lookupByName("g1").attachDeviceFlags, interface(VF_A, 4), CONFIG))
    change.start()
    time.sleep(0.5)
    try:
        errors = [error_of(call, *args) for call, *args in ((dom.setVcpusFlags, 1, CONFIG), (daemon.define, xml), (dom.undefine,))]
    finally:
        (tmp_path / "blocked").unlink(missing_ok=True)
        change.join()
        conn.close()
    refusals = [entry["CMDQV_UUID"] for entry in daemon.refusals()]
    daemon.restart()
    assert refusals == [UUID] * 3 and "<interface type='hostdev'" in daemon.get().XMLDesc(INACTIVE)
    for error in errors:
        assert error.get_error_code() == libvirt.VIR_ERR_OPERATION_TIMEOUT
        assert error.get_error_message().endswith(f"cannot acquire state change lock{NAMES}")


def test_killed(daemon):
    """The daemon is killed while a definition is changed: it reads again the definition from before or after a change."""
    xml = domain("g1", smmu(), hostdev(GPU_A, 2), hostdev(GPU_B, 3), uuid=UUID)
    seen = set()
    for number in range(8):
        conn, stop = libvirt.open(URI), threading.Event()
        dom = conn.defineXML(xml)

        def change(dom=dom, stop=stop):
            while not stop.is_set():
                try:
                    dom.attachDeviceFlags(interface(VF_A, 4), CONFIG)
                    dom.detachDeviceFlags(interface(VF_A, 4), CONFIG)
                except libvirt.libvirtError:
                    return

        changes = threading.Thread(target=change)
        changes.start()
        time.sleep(0.05 + 0.013 * number)
        os.kill(int(daemon.pid), signal.SIGKILL)
        stop.set()
        changes.join()
        daemon.restart()
        text = daemon.get().XMLDesc(INACTIVE)
        seen.add((text.count("<hostdev "), text.count("<interface "), tuple(pinned(text))))
        daemon.define(text)
        assert said_by(daemon.get().create) == 0
        daemon.clean()
    ports = [()] if daemon.stock else [(2,), (2, 4)]
    assert {one[:2] for one in seen} <= {(2, 0), (2, 1)} and {one[2] for one in seen} <= set(ports), seen
