/*
 * plugin/smmu_cache.c: which domains have been seen to have an SMMUv3
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Most calls are about a domain without one, and to see that takes longer than
 * they should be held up.  So it is remembered, together with the stamp of a file
 * that libvirt writes anew whenever it may have become otherwise: the pid file
 * for a running domain, whose SMMUs are those that it started with, and the
 * file in which libvirt keeps the definition.  As long as the stamp is the same,
 * so is the answer.  Whatever else touches the file only makes us look again.
 * Which file that is, libvirt is asked once.
 *
 * The table has a fixed size, and a domain takes the place of another that falls
 * on the same line.  The lock is held to copy a line and for nothing else.
 */

#include "plugin/smmu_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "qemu/process.h"

#define CMDQV_MEMORY_LINES 1024

/* Bytes of a definition: what is larger is asked of libvirt. */
#define CMDQV_MEMORY_LIMIT (1024 * 1024)

/* A libvirt that somebody built for another place keeps its files there too. */
#define CMDQV_MEMORY_DAEMONS "/usr/sbin/"

/* Bytes of a file's name; where it is longer, libvirt is asked each time. */
#define CMDQV_MEMORY_NAME 128

typedef struct {
    cmdqvMemorySight sight;
    unsigned char uuid[VIR_UUID_BUFLEN];
    cmdqvFileStamp stamp;
    char file[CMDQV_MEMORY_NAME];
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


/* The line of a domain: UUIDs are random in their last bytes, if in any. */
static cmdqvMemoryLine *
cmdqvMemoryFind(const unsigned char *uuid, cmdqvMemoryHalf half)
{
    guint32 number;

    memcpy(&number, uuid + VIR_UUID_BUFLEN - sizeof(number), sizeof(number));
    return &cmdqvMemoryLines[half][GUINT32_FROM_BE(number) % CMDQV_MEMORY_LINES];
}


/* A copy of the domain's line; false if another's stands there. */
static bool
cmdqvMemoryRead(virDomainPtr domain, cmdqvMemoryHalf half, cmdqvMemoryLine *line)
{
    unsigned char uuid[VIR_UUID_BUFLEN];

    if (CMDQV_REAL(virDomainGetUUID)(domain, uuid) < 0)
        return false;
    (void)pthread_mutex_lock(&cmdqvMemoryLock);
    *line = *cmdqvMemoryFind(uuid, half);
    (void)pthread_mutex_unlock(&cmdqvMemoryLock);
    return memcmp(line->uuid, uuid, sizeof(uuid)) == 0;
}


/* The file of a line, where it goes with the name that this handle has: NAME.pid or NAME.xml. */
static const char *
cmdqvMemoryLineFile(const cmdqvMemoryLine *line, virDomainPtr domain)
{
    const char *base = strrchr(line->file, '/');
    const char *name = CMDQV_REAL(virDomainGetName)(domain);
    size_t len = name ? strlen(name) : 0;

    return base && name && strncmp(base + 1, name, len) == 0 && strlen(base + 1 + len) == strlen(".xml")
        ? line->file : NULL;
}


/**
 * cmdqvMemoryMarkClear:
 * @mark: a mark; it is empty then
 */
void
cmdqvMemoryMarkClear(cmdqvMemoryMark *mark)
{
    g_clear_pointer(&mark->file, g_free);
}


/**
 * cmdqvMemoryRecall:
 * @domain: a domain
 * @half: running or defined
 * @mark: (out): where nothing is remembered, what to note with what is then
 *   seen.  It is of before that, so that what changes meanwhile is seen the next
 *   time.  cmdqvMemoryMarkClear() it
 *
 * Returns: what was seen when the domain's file was as it is now
 */
cmdqvMemorySight
cmdqvMemoryRecall(virDomainPtr domain, cmdqvMemoryHalf half, cmdqvMemoryMark *mark)
{
    cmdqvMemoryLine line;
    bool own = cmdqvMemoryRead(domain, half, &line);
    const char *known = own ? cmdqvMemoryLineFile(&line, domain) : NULL;
    g_autofree char *file = NULL;

    *mark = (cmdqvMemoryMark){ .file = NULL };
    if (known && cmdqvFileStampGet(known, &mark->stamp) && cmdqvFileStampEqual(&line.stamp, &mark->stamp))
        return line.sight;

    file = cmdqvMemoryDomainFile(domain, half);
    if (!file || !cmdqvFileStampGet(file, &mark->stamp))
        return CMDQV_MEMORY_NOTHING;
    if (own && cmdqvFileStampEqual(&line.stamp, &mark->stamp))
        return line.sight;
    mark->file = g_steal_pointer(&file);
    return CMDQV_MEMORY_NOTHING;
}


/**
 * cmdqvMemoryNote:
 * @domain: a domain
 * @half: running or defined
 * @mark: of before that was seen; nothing is noted with an empty one
 * @sight: what was seen
 */
void
cmdqvMemoryNote(virDomainPtr domain, cmdqvMemoryHalf half, const cmdqvMemoryMark *mark, cmdqvMemorySight sight)
{
    cmdqvMemoryLine line = { .sight = sight, .stamp = mark->stamp };

    if (!mark->file || CMDQV_REAL(virDomainGetUUID)(domain, line.uuid) < 0)
        return;
    if (strlen(mark->file) < sizeof(line.file))
        (void)g_strlcpy(line.file, mark->file, sizeof(line.file));
    (void)pthread_mutex_lock(&cmdqvMemoryLock);
    *cmdqvMemoryFind(line.uuid, half) = line;
    (void)pthread_mutex_unlock(&cmdqvMemoryLock);
}


/* The whole of a text; NULL if there is more behind a NUL byte. */
static char *
cmdqvMemoryText(char *text, gsize len)
{
    if (strlen(text) != len)
        g_clear_pointer(&text, g_free);
    return text;
}


/**
 * cmdqvMemoryMarked:
 * @mark: that of a definition, with a file
 *
 * What is in the file goes with the stamp of @mark as long as the file still has
 * that.
 *
 * Returns: (transfer full): the file with the definition; NULL if it is not to
 * be had
 */
char *
cmdqvMemoryMarked(const cmdqvMemoryMark *mark)
{
    char *text;
    gsize len;

    return cmdqvFileRead(mark->file, CMDQV_MEMORY_LIMIT, &text, &len, NULL) ? cmdqvMemoryText(text, len) : NULL;
}


/**
 * cmdqvMemoryWritten:
 * @domain: a domain, whose definition libvirt has just written
 * @mark: (out): what to note with what is seen in it; cmdqvMemoryMarkClear() it
 *
 * Faster than to ask libvirt.  At any other time the file may be one that
 * somebody edited and that libvirt does not know of.
 *
 * Returns: (transfer full): the file with the definition; NULL if it is not to
 * be had
 */
char *
cmdqvMemoryWritten(virDomainPtr domain, cmdqvMemoryMark *mark)
{
    cmdqvMemoryLine line;
    const char *known = cmdqvMemoryRead(domain, CMDQV_MEMORY_DEFINITION, &line) ? cmdqvMemoryLineFile(&line, domain) : NULL;
    char *text = NULL;
    gsize len;

    *mark = (cmdqvMemoryMark){ .file = known ? g_strdup(known) : cmdqvMemoryDomainFile(domain, CMDQV_MEMORY_DEFINITION) };
    if (!mark->file || !cmdqvFileReadStamped(mark->file, CMDQV_MEMORY_LIMIT, &text, &len, &mark->stamp))
        return NULL;
    return cmdqvMemoryText(text, len);
}
