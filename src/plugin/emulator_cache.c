/*
 * plugin/emulator_cache.c: what a domain's emulator knows
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * It is run and asked, which takes some tenths of a second, and so the answer is
 * remembered as long as the file is the same.  The table is small, for a host
 * has few emulators; the lock is held to copy a line and for nothing else.
 */

#include "plugin/emulator_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "conf/xml_read.h"
#include "qemu/emulator_probe.h"
#include "util/error.h"
#include "util/file.h"

#define CMDQV_EMULATOR_LINES 8

typedef struct {
    bool used;
    cmdqvFileStamp stamp;
    cmdqvTarget target;
} cmdqvEmulatorLine;

/* not GLib's: ThreadSanitizer has to see it */
static pthread_mutex_t cmdqvEmulatorLock = PTHREAD_MUTEX_INITIALIZER;
static cmdqvEmulatorLine cmdqvEmulatorLines[CMDQV_EMULATOR_LINES];
static guint cmdqvEmulatorNext;


static bool
cmdqvEmulatorRecall(const cmdqvFileStamp *stamp, cmdqvTarget *target)
{
    bool found = false;
    guint i;

    (void)pthread_mutex_lock(&cmdqvEmulatorLock);
    for (i = 0; i < CMDQV_EMULATOR_LINES && !found; i++) {
        found = cmdqvEmulatorLines[i].used && cmdqvFileStampEqual(&cmdqvEmulatorLines[i].stamp, stamp);
        if (found)
            *target = cmdqvEmulatorLines[i].target;
    }
    (void)pthread_mutex_unlock(&cmdqvEmulatorLock);
    return found;
}


static void
cmdqvEmulatorNote(const cmdqvFileStamp *stamp, const cmdqvTarget *target)
{
    (void)pthread_mutex_lock(&cmdqvEmulatorLock);
    cmdqvEmulatorLines[cmdqvEmulatorNext++ % CMDQV_EMULATOR_LINES] = (cmdqvEmulatorLine){ true, *stamp, *target };
    (void)pthread_mutex_unlock(&cmdqvEmulatorLock);
}


/* libvirt chooses one for a domain that names none. */
static char *
cmdqvEmulatorDefault(virConnectPtr conn, const xmlNode *domain)
{
    const xmlNode *os = cmdqvXMLChild(domain, "os");
    const xmlNode *type = os ? cmdqvXMLChild(os, "type") : NULL;
    char *xml = !conn ? NULL : CMDQV_NEXT(virConnectGetDomainCapabilities)(conn, NULL, type ? cmdqvXMLAttr(type, "arch") : NULL,
                                                            type ? cmdqvXMLAttr(type, "machine") : NULL,
                                                            cmdqvXMLAttr(domain, "type"), 0);
    g_autoptr(xmlDoc) doc = xml ? cmdqvXMLParse(xml, strlen(xml), NULL, NULL) : NULL;
    const xmlNode *path = doc ? cmdqvXMLChild(xmlDocGetRootElement(doc), "path") : NULL;

    virResetLastError();
    free(xml);
    return path ? cmdqvXMLText(path) : NULL;
}


static char *
cmdqvEmulatorPath(virConnectPtr conn, const char *xml)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(xml, strlen(xml), NULL, NULL);
    const xmlNode *domain = doc ? xmlDocGetRootElement(doc) : NULL;
    const xmlNode *devices;
    const xmlNode *emulator;

    if (domain && !cmdqvXMLIs(domain, "domain"))
        domain = cmdqvXMLChild(domain, "domain");
    devices = domain ? cmdqvXMLChild(domain, "devices") : NULL;
    emulator = devices ? cmdqvXMLChild(devices, "emulator") : NULL;
    if (!domain)
        return NULL;
    return emulator ? cmdqvXMLText(emulator) : cmdqvEmulatorDefault(conn, domain);
}


/**
 * cmdqvEmulatorTarget:
 * @conn: the caller's connection
 * @xml: domain XML, or a snapshot's with one in it
 * @target: (out): what its emulator knows
 * @path: (out): the emulator
 * @error: CMDQV_ERROR_SYSTEM where it cannot be asked
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvEmulatorTarget(virConnectPtr conn, const char *xml, cmdqvTarget *target, char **path, GError **error)
{
    g_autofree char *emulator = cmdqvEmulatorPath(conn, xml);
    cmdqvFileStamp stamp;

    if (!emulator || !cmdqvFileStampGet(emulator, &stamp)) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM, "emulator '%s' cannot be asked what it knows: there is no such file",
                    emulator ? emulator : "");
        return false;
    }
    if (!cmdqvEmulatorRecall(&stamp, target)) {
        if (!cmdqvTargetAskOwn(emulator, target, error))
            return false;
        cmdqvEmulatorNote(&stamp, target);
    }
    *path = g_steal_pointer(&emulator);
    return true;
}
