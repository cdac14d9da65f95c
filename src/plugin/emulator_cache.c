/*
 * emulator_cache.c: cache the capabilities of emulators
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A query runs the emulator, which takes some tenths of a second, so the result
 * is kept as long as the file is the same. That it does not answer, which may take
 * seconds to find out, is kept for a short time, so that one call does not wait
 * for it again and again. The table is small, because a host has few emulators; a
 * thread holds the lock only to copy a line.
 */

#include "plugin/emulator_cache.h"

#include <pthread.h>
#include <string.h>

#include "conf/xml_read.h"
#include "qemu/emulator_probe.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"

#define CMDQV_EMULATOR_CACHE_LINES 8
#define CMDQV_EMULATOR_CACHE_FAILURE_SECONDS 10

typedef struct {
    bool used;
    cmdqvFileStamp stamp;
    cmdqvEmulatorCaps target;
    char *why;              /* NULL if the emulator has answered */
    gint64 failed;          /* g_get_monotonic_time() when it did not */
} cmdqvEmulatorCacheLine;

/* not GLib's, because ThreadSanitizer must see it */
static pthread_mutex_t cmdqvEmulatorCacheLock = PTHREAD_MUTEX_INITIALIZER;
static cmdqvEmulatorCacheLine cmdqvEmulatorCacheLines[CMDQV_EMULATOR_CACHE_LINES];
static guint cmdqvEmulatorCacheNext;


static bool
cmdqvEmulatorCacheIsOf(const cmdqvEmulatorCacheLine *line, const cmdqvFileStamp *stamp)
{
    return line->used && cmdqvFileStampEqual(&line->stamp, stamp) &&
        (!line->why || g_get_monotonic_time() - line->failed < CMDQV_EMULATOR_CACHE_FAILURE_SECONDS * G_USEC_PER_SEC);
}


/* Sets @target, or @why if the emulator did not answer a moment ago. */
static bool
cmdqvEmulatorCacheRecall(const cmdqvFileStamp *stamp, cmdqvEmulatorCaps *target, char **why)
{
    bool found = false;
    guint i;

    (void)pthread_mutex_lock(&cmdqvEmulatorCacheLock);
    for (i = 0; i < CMDQV_EMULATOR_CACHE_LINES && !found; i++) {
        found = cmdqvEmulatorCacheIsOf(&cmdqvEmulatorCacheLines[i], stamp);
        if (!found)
            continue;
        *why = g_strdup(cmdqvEmulatorCacheLines[i].why);
        if (!*why)
            *target = cmdqvEmulatorCacheLines[i].target;
    }
    (void)pthread_mutex_unlock(&cmdqvEmulatorCacheLock);
    return found;
}


/* @why is NULL if the emulator has answered. */
static void
cmdqvEmulatorCacheNote(const cmdqvFileStamp *stamp, const cmdqvEmulatorCaps *target, const char *why)
{
    cmdqvEmulatorCacheLine *line;

    (void)pthread_mutex_lock(&cmdqvEmulatorCacheLock);
    line = &cmdqvEmulatorCacheLines[cmdqvEmulatorCacheNext++ % CMDQV_EMULATOR_CACHE_LINES];
    g_free(line->why);
    *line = (cmdqvEmulatorCacheLine){
        .used = true,
        .stamp = *stamp,
        .target = *target,
        .why = g_strdup(why),
        .failed = g_get_monotonic_time(),
    };
    (void)pthread_mutex_unlock(&cmdqvEmulatorCacheLock);
}


/* The emulator that libvirt chooses for a domain without one. */
static char *
cmdqvEmulatorCacheDefault(virConnectPtr conn, const xmlNode *domain)
{
    const xmlNode *type = cmdqvXMLReadChild(cmdqvXMLReadChild(domain, "os"), "type");
    g_autoptr(cmdqvTextMalloced) xml = NULL;
    g_autoptr(xmlDoc) doc = NULL;

    if (!conn)
        return NULL;
    xml = CMDQV_NEXT(virConnectGetDomainCapabilities)(conn, NULL, cmdqvXMLReadAttr(type, "arch"), cmdqvXMLReadAttr(type, "machine"),
                                                      cmdqvXMLReadAttr(domain, "type"), 0);
    virResetLastError();
    if (!xml)
        return NULL;
    doc = cmdqvXMLReadParse(xml, strlen(xml), NULL, NULL);
    return cmdqvXMLReadText(cmdqvXMLReadChild(xmlDocGetRootElement(doc), "path"));
}


static char *
cmdqvEmulatorCachePath(virConnectPtr conn, const xmlDoc *doc)
{
    const xmlNode *domain = xmlDocGetRootElement(doc);
    const xmlNode *devices;
    const xmlNode *emulator;

    if (domain && !cmdqvXMLReadIs(domain, "domain"))
        domain = cmdqvXMLReadChild(domain, "domain");
    devices = cmdqvXMLReadChild(domain, "devices");
    emulator = cmdqvXMLReadChild(devices, "emulator");
    if (!domain)
        return NULL;
    return emulator ? cmdqvXMLReadText(emulator) : cmdqvEmulatorCacheDefault(conn, domain);
}


/**
 * cmdqvEmulatorCacheTarget:
 * @conn: the caller's connection
 * @doc: a domain, or a snapshot with one in it
 * @target: (out): the capabilities of its emulator
 * @path: (out): the emulator
 * @error: CMDQV_ERROR_SYSTEM if it cannot be queried
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvEmulatorCacheTarget(virConnectPtr conn, const xmlDoc *doc, cmdqvEmulatorCaps *target, char **path, GError **error)
{
    g_autofree char *emulator = cmdqvEmulatorCachePath(conn, doc);
    g_autoptr(GError) reason = NULL;
    g_autofree char *why = NULL;
    cmdqvFileStamp stamp;

    if (!emulator || !cmdqvFileStampGet(emulator, &stamp))
        return cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "emulator '%s' cannot be queried: there is no such file",
                             emulator ? emulator : "");
    if (!cmdqvEmulatorCacheRecall(&stamp, target, &why)) {
        cmdqvEmulatorCaps read = { .vfioIommufd = false };

        if (!cmdqvEmulatorProbeOwn(emulator, &read, &reason))
            why = g_strdup(reason->message);
        /* whether it may be run does not depend on the file alone, and takes no time to find out */
        if (!why || cmdqvEmulatorProbeIsAllowed(emulator))
            cmdqvEmulatorCacheNote(&stamp, &read, why);
        if (!why)
            *target = read;
    }
    if (why)
        return cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "%s", why);
    *path = g_steal_pointer(&emulator);
    return true;
}
