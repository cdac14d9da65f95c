"""Calls of a migration's client to the destination host, made without a source host.

libvirt.so exports these functions for its daemons, and no binding has them.
"""
import ctypes

import libvirt

from domains import domain

URI = b"qemu:///system"
OFFLINE, PERSIST = libvirt.VIR_MIGRATE_OFFLINE, libvirt.VIR_MIGRATE_PERSIST_DEST
TUNNEL = libvirt.VIR_MIGRATE_LIVE | libvirt.VIR_MIGRATE_PEER2PEER | libvirt.VIR_MIGRATE_TUNNELLED
OTHER_HOST = "99999999-8888-7777-6666-555555555555"
CANCELLED = 1
UUID = "11111111-2222-3333-4444-555555555555"
PLAIN = domain("g1", uuid=UUID)
UNSUPPORTED = libvirt.VIR_ERR_CONFIG_UNSUPPORTED, libvirt.VIR_FROM_QEMU

LIBRARY = ctypes.CDLL("libvirt.so.0")
LIBRARY.virConnectOpen.restype = LIBRARY.virGetLastError.restype = ctypes.c_void_p
LIBRARY.virDomainLookupByName.restype = ctypes.c_void_p
for _name in ("virDomainMigrateBegin3", "virDomainMigrateBegin3Params", "virDomainMigrateFinish2", "virDomainMigrateFinish3", "virDomainMigrateFinish3Params", "virStreamNew"):
    getattr(LIBRARY, _name).restype = ctypes.c_void_p


class Parameter(ctypes.Structure):
    """A virTypedParameter that is a string."""
    _fields_ = [("field", ctypes.c_char * 80), ("type", ctypes.c_int), ("value", ctypes.c_char_p)]


class Error(ctypes.Structure):
    """The beginning of a virError."""
    _fields_ = [("code", ctypes.c_int), ("domain", ctypes.c_int), ("message", ctypes.c_char_p)]


def parameters(**values):
    return (Parameter * len(values))(*(Parameter(name.encode(), libvirt.VIR_TYPED_PARAM_STRING, value.encode())
                                       for name, value in values.items()))


# Functions that a client calls on the source host, with a definition for the destination.
ON_SOURCE = [f"virDomainMigrate{phase}{kind}" for phase in ("Begin", "Perform") for kind in ("3", "3Params")]


def way(function):
    """Flags with which libvirt takes a domain by this function, without QEMU if that is possible."""
    return TUNNEL if "Tunnel" in function else OFFLINE | PERSIST


def cookie(name, uuid, *more):
    """A migration's cookie: the domain it is about, and at the end of the migration, its persistent definition."""
    return (f"<qemu-migration><name>{name}</name><uuid>{uuid}</uuid><hostname>elsewhere</hostname>"
            f"<hostuuid>{OTHER_HOST}</hostuuid>{''.join(more)}</qemu-migration>").encode() + b"\0"


class Incoming:
    """A connection of the client's.  A call returns the error (code, error domain, words), or None without one."""

    def __init__(self, uri=URI):
        self.uri = uri

    def open(self):
        self.conn = ctypes.c_void_p(LIBRARY.virConnectOpen(self.uri))
        assert self.conn
        return self

    def __enter__(self):
        return self.open()

    def __exit__(self, *_):
        LIBRARY.virConnectClose(self.conn)

    @staticmethod
    def said(done):
        if done:
            return None
        error = ctypes.cast(LIBRARY.virGetLastError(), ctypes.POINTER(Error)).contents
        return error.code, error.domain, error.message.decode()

    def prepare(self, function, xml, flags, uri=None, received=None):
        """By any of the functions.  A running domain needs a cookie with the capabilities of its QEMU."""
        if "Tunnel" in function:
            return self.prepare_tunnel(getattr(LIBRARY, function), xml, flags, received)
        out, length, uri_out = ctypes.c_char_p(), ctypes.c_int(), ctypes.c_char_p()
        answer = ctypes.byref(out), ctypes.byref(length)
        text, place, call = xml.encode(), uri.encode() if uri else None, getattr(LIBRARY, function)
        bits, none = ctypes.c_ulong(flags), ctypes.c_ulong(0)
        if function == "virDomainMigratePrepare2":
            done = call(self.conn, *answer, place, ctypes.byref(uri_out), bits, None, none, text)
        elif function == "virDomainMigratePrepare3":
            done = call(self.conn, received, len(received or ""), *answer, place, ctypes.byref(uri_out), bits, None, none, text)
        else:
            given = parameters(destination_xml=xml, **({"migrate_uri": uri} if uri else {}))
            done = call(self.conn, given, len(given), received, len(received or ""), *answer, ctypes.byref(uri_out), flags)
        return self.said(done == 0)

    def prepare_tunnel(self, call, xml, flags, received):
        out, length, text = ctypes.c_char_p(), ctypes.c_int(), xml.encode()
        cookies = received, len(received or ""), ctypes.byref(out), ctypes.byref(length)
        bits, none = ctypes.c_ulong(flags), ctypes.c_ulong(0)
        stream = ctypes.c_void_p(LIBRARY.virStreamNew(self.conn, 0))
        try:
            if call.__name__ == "virDomainMigratePrepareTunnel":
                done = call(self.conn, stream, bits, None, none, text)
            elif call.__name__ == "virDomainMigratePrepareTunnel3":
                done = call(self.conn, stream, *cookies, bits, None, none, text)
            else:
                given = parameters(destination_xml=xml)
                done = call(self.conn, stream, given, len(given), *cookies, flags)
            return self.said(done == 0)
        finally:
            LIBRARY.virStreamFree(stream)

    def leave(self, function, name, xml, flags, parameter="destination_xml"):
        """By any of ON_SOURCE; no other host is asked for anything.  Without a URI to perform it with, libvirt ends."""
        out, length, text = ctypes.c_char_p(), ctypes.c_int(), xml.encode()
        answer, call = (ctypes.byref(out), ctypes.byref(length)), getattr(LIBRARY, function)
        bits, none, given = ctypes.c_ulong(flags), ctypes.c_ulong(0), parameters(**{parameter: xml}, migrate_uri="tcp:127.0.0.1:1")
        dom = ctypes.c_void_p(LIBRARY.virDomainLookupByName(self.conn, name.encode()))
        if function == "virDomainMigrateBegin3":
            done = call(dom, text, *answer, bits, None, none)
        elif function == "virDomainMigrateBegin3Params":
            done = call(dom, given, len(given), *answer, flags)
        elif function == "virDomainMigratePerform3":
            done = call(dom, text, None, 0, *answer, None, b"tcp:127.0.0.1:1", bits, None, none) == 0
        else:
            done = call(dom, None, given, len(given), None, 0, *answer, flags) == 0
        said = self.said(done)
        LIBRARY.virDomainFree(dom)
        return said

    def finish(self, function, name, received, flags, cancelled=0):
        out, length = ctypes.c_char_p(), ctypes.c_int()
        answer, call, bits = (ctypes.byref(out), ctypes.byref(length)), getattr(LIBRARY, function), ctypes.c_ulong(flags)
        if function == "virDomainMigrateFinish2":
            done = call(self.conn, name.encode(), received, len(received), b"tcp:here", bits, cancelled)
        elif function == "virDomainMigrateFinish3":
            done = call(self.conn, name.encode(), received, len(received), *answer, None, None, bits, cancelled)
        else:
            given = parameters(destination_name=name)
            done = call(self.conn, given, len(given), received, len(received), *answer, flags, cancelled)
        return self.said(done)


def migrate_offline(kind, received, flags=OFFLINE | PERSIST, xml=PLAIN, cancelled=0):
    """Migrates a definition with a cookie; returns libvirt's error at the end of that, or None."""
    with Incoming() as client:
        assert client.prepare(f"virDomainMigratePrepare{kind}", xml, flags) is None
        return client.finish(f"virDomainMigrateFinish{kind}", "g1", received, flags, cancelled)
