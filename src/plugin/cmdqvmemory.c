/*
 * cmdqvmemory.c: which domains have been seen to have an SMMUv3
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Most calls are about a domain without one, and to see that takes longer than
 * they should be held up.  So it is remembered, together with the stamp of a file
 * that libvirt writes anew whenever it may have become otherwise: the pid file
 * for a running domain, whose SMMUs are those that it started with, and the
 * file in which libvirt keeps the definition.  As long as the stamp is the same,
 * so is the answer.  Whatever else touches the file only makes us look again.
 *
 * The table has a fixed size, and a domain takes the place of another that falls
 * on the same line.  The lock is held to copy a line and for nothing else.
 */

#include "plugin/cmdqvmemory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "qemu/cmdqvprocess.h"

#define CMDQV_MEMORY_LINES 1024

/* Bytes of a definition: what is larger is asked of libvirt. */
#define CMDQV_MEMORY_LIMIT (1024 * 1024)

/* A libvirt that somebody built for another place keeps its files there too. */
#define CMDQV_MEMORY_DAEMONS "/usr/sbin/"

typedef struct {
    cmdqvMemorySight sight;
    unsigned char uuid[VIR_UUID_BUFLEN];
    cmdqvFileStamp stamp;
} cmdqvMemoryLine;

/* not GLib's: ThreadSanitizer has to see it */
static pthread_mutex_t cmdqvMemoryLock = PTHREAD_MUTEX_INITIALIZER;
static cmdqvMemoryLine cmdqvMemoryLines[CMDQV_MEMORY_LAST][CMDQV_MEMORY_LINES];


/* Whether the files of this daemon are where the distribution's libvirt has them. */
static bool
cmdqvMemoryKnowsFiles(void)
{
    static gsize known;

    if (g_once_init_enter(&known)) {
        g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);

        g_once_init_leave(&known, program && g_str_has_prefix(program, CMDQV_MEMORY_DAEMONS) ? 1 : 2);
    }
    return known == 1;
}


static char *
cmdqvMemoryFile(virDomainPtr domain, cmdqvMemoryHalf half, const char *uri)
{
    const char *name = CMDQV_REAL(virDomainGetName)(domain);
    bool system = g_strcmp0(uri, "qemu:///system") == 0;
    g_autofree char *stateDir = NULL;

    if (!name || (!system && g_strcmp0(uri, "qemu:///session") != 0))
        return NULL;
    if (half == CMDQV_MEMORY_DEFINITION)
        return g_strconcat(system ? "/etc" : g_get_user_config_dir(), "/libvirt/qemu/", name, ".xml", NULL);

    stateDir = cmdqvProcessStateDir(uri);
    return cmdqvProcessPidFile(&(cmdqvProcessPaths){ stateDir, "/proc" }, name);
}


/* The file that is written anew with this half of a domain; NULL where nobody knows it. */
static char *
cmdqvMemoryDomainFile(virDomainPtr domain, cmdqvMemoryHalf half)
{
    char *uri = cmdqvMemoryKnowsFiles() ? CMDQV_REAL(virConnectGetURI)(CMDQV_REAL(virDomainGetConnect)(domain)) : NULL;
    char *file = uri ? cmdqvMemoryFile(domain, half, uri) : NULL;

    free(uri);
    return file;
}


/**
 * cmdqvMemoryStamp:
 * @domain: a domain
 * @half: running or defined
 * @stamp: (out): the stamp of the file that changes with it
 *
 * To be taken before one looks, so that what changes meanwhile is seen the next
 * time.
 *
 * Returns: false if nothing can be remembered of the domain
 */
bool
cmdqvMemoryStamp(virDomainPtr domain, cmdqvMemoryHalf half, cmdqvFileStamp *stamp)
{
    g_autofree char *file = cmdqvMemoryDomainFile(domain, half);

    return file && cmdqvFileStampGet(file, stamp);
}


/**
 * cmdqvMemoryWritten:
 * @domain: a domain, whose definition libvirt has just written
 * @stamp: (out): the stamp of what is returned
 *
 * Faster than to ask libvirt.  At any other time the file may be one that
 * somebody edited and that libvirt does not know of.
 *
 * Returns: (transfer full): the file with the definition; NULL if it is not to
 * be had, or not of one piece
 */
char *
cmdqvMemoryWritten(virDomainPtr domain, cmdqvFileStamp *stamp)
{
    g_autofree char *file = cmdqvMemoryDomainFile(domain, CMDQV_MEMORY_DEFINITION);
    g_autofree char *text = NULL;
    cmdqvFileStamp after;
    gsize len;

    if (!file || !cmdqvFileStampGet(file, stamp) || !cmdqvFileRead(file, CMDQV_MEMORY_LIMIT, &text, &len, NULL) ||
        strlen(text) != len || !cmdqvFileStampGet(file, &after) || !cmdqvFileStampEqual(stamp, &after))
        return NULL;
    return g_steal_pointer(&text);
}


/* The line of a domain: UUIDs are random in their last bytes, if in any. */
static cmdqvMemoryLine *
cmdqvMemoryFind(const unsigned char *uuid, cmdqvMemoryHalf half)
{
    guint32 number;

    memcpy(&number, uuid + VIR_UUID_BUFLEN - sizeof(number), sizeof(number));
    return &cmdqvMemoryLines[half][GUINT32_FROM_BE(number) % CMDQV_MEMORY_LINES];
}


/**
 * cmdqvMemoryRecall:
 * @domain: a domain
 * @half: running or defined
 * @stamp: its stamp now
 *
 * Returns: what was seen when it had that stamp
 */
cmdqvMemorySight
cmdqvMemoryRecall(virDomainPtr domain, cmdqvMemoryHalf half, const cmdqvFileStamp *stamp)
{
    unsigned char uuid[VIR_UUID_BUFLEN];
    cmdqvMemoryLine line;

    if (CMDQV_REAL(virDomainGetUUID)(domain, uuid) < 0)
        return CMDQV_MEMORY_NOTHING;
    (void)pthread_mutex_lock(&cmdqvMemoryLock);
    line = *cmdqvMemoryFind(uuid, half);
    (void)pthread_mutex_unlock(&cmdqvMemoryLock);
    if (memcmp(line.uuid, uuid, sizeof(uuid)) != 0 || !cmdqvFileStampEqual(&line.stamp, stamp))
        return CMDQV_MEMORY_NOTHING;
    return line.sight;
}


/**
 * cmdqvMemoryNote:
 * @domain: a domain
 * @half: running or defined
 * @stamp: its stamp before that was seen
 * @sight: what was seen
 */
void
cmdqvMemoryNote(virDomainPtr domain, cmdqvMemoryHalf half, const cmdqvFileStamp *stamp, cmdqvMemorySight sight)
{
    cmdqvMemoryLine line = { .sight = sight, .stamp = *stamp };

    if (CMDQV_REAL(virDomainGetUUID)(domain, line.uuid) < 0)
        return;
    (void)pthread_mutex_lock(&cmdqvMemoryLock);
    *cmdqvMemoryFind(line.uuid, half) = line;
    (void)pthread_mutex_unlock(&cmdqvMemoryLock);
}
