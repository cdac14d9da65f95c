/*
 * smmu_cache.c: cache which domains have no SMMUv3
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Most calls are for a domain without one, and a check would delay them too
 * long. So the result is kept, with the stamp of a file that libvirt writes at
 * every possible change: the pid file for a running domain, whose SMMUs are
 * those of its start, and the file of the definition. The result is valid as
 * long as the stamp is the same. Another change of the file only causes a new
 * check. The name of the file is looked up once.
 *
 * The table has a fixed size, and a domain replaces another one of the same
 * line. A thread holds the lock only to copy a line.
 */

#include "plugin/smmu_cache.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "qemu/libvirt_driver.h"
#include "qemu/process.h"
#include "util/text.h"

#define CMDQV_SMMU_CACHE_LINES 1024

/* Bytes of a definition; libvirt is queried for a larger one. */
#define CMDQV_SMMU_CACHE_LIMIT (1024 * 1024)

/* Folders of packaged libraries; a libvirt built for another prefix has its files there too. */
static const char *const cmdqvSmmuCacheLibraries[] = { "/usr/lib", "/lib", NULL };

/* Bytes of a file's name; with a longer name, libvirt is queried each time. */
#define CMDQV_SMMU_CACHE_NAME 128

typedef struct {
    cmdqvSmmuCacheSight sight;
    unsigned char uuid[VIR_UUID_BUFLEN];
    cmdqvFileStamp stamp;
    char file[CMDQV_SMMU_CACHE_NAME];
} cmdqvSmmuCacheLine;

/* not GLib's, because ThreadSanitizer must see it */
static pthread_mutex_t cmdqvSmmuCacheLock = PTHREAD_MUTEX_INITIALIZER;
static cmdqvSmmuCacheLine cmdqvSmmuCacheLines[CMDQV_SMMU_CACHE_LAST][CMDQV_SMMU_CACHE_LINES];


/* Whether libvirt is the distribution's, in any program. */
static bool
cmdqvSmmuCacheIsPackaged(void)
{
    Dl_info info;
    gsize i;

    if (dladdr((gpointer)CMDQV_NEXT(virConnectGetURI), &info) == 0)
        return false;
    for (i = 0; cmdqvSmmuCacheLibraries[i]; i++) {
        if (g_str_has_prefix(info.dli_fname, cmdqvSmmuCacheLibraries[i]))
            return true;
    }
    return false;
}


/* The folder of definitions of this process's driver; NULL if that is unknown. */
static const char *
cmdqvSmmuCacheConfigDir(const cmdqvLibvirtDriver *driver)
{
    static gsize folder;

    if (g_once_init_enter(&folder)) {
        bool known = driver->kind != CMDQV_LIBVIRT_DRIVER_SYSTEM || cmdqvSmmuCacheIsPackaged();
        char *found = known ? cmdqvLibvirtDriverConfigDir(driver, g_get_user_config_dir()) : NULL;

        g_once_init_leave(&folder, (gsize)(found ? found : g_strdup("")));
    }
    return *(const char *)folder ? (const char *)folder : NULL;
}


static char *
cmdqvSmmuCacheFile(const char *name, cmdqvSmmuCacheHalf half, const cmdqvLibvirtDriver *driver)
{
    return half == CMDQV_SMMU_CACHE_DEFINITION
        ? cmdqvLibvirtDriverDomainFile(cmdqvSmmuCacheConfigDir(driver), name, ".xml") : cmdqvProcessPidFile(driver->stateDir, name);
}


/*
 * The file that libvirt writes at each change of this half of a domain; NULL if it is unknown. By the name in the client's
 * handle it may be that of another domain, but no other file.
 */
static char *
cmdqvSmmuCacheDomainFile(virDomainPtr domain, cmdqvSmmuCacheHalf half)
{
    g_autoptr(cmdqvTextMalloced) uri = CMDQV_REAL(virConnectGetURI)(CMDQV_REAL(virDomainGetConnect)(domain));
    const cmdqvLibvirtDriver *driver = cmdqvLibvirtDriverOwnOf(uri);

    return driver ? cmdqvSmmuCacheFile(CMDQV_REAL(virDomainGetName)(domain), half, driver) : NULL;
}


/* The line of a domain: the last bytes of a UUID are the random ones. */
static cmdqvSmmuCacheLine *
cmdqvSmmuCacheFind(const unsigned char *uuid, cmdqvSmmuCacheHalf half)
{
    guint32 number;

    memcpy(&number, uuid + VIR_UUID_BUFLEN - sizeof(number), sizeof(number));
    return &cmdqvSmmuCacheLines[half][GUINT32_FROM_BE(number) % CMDQV_SMMU_CACHE_LINES];
}


/* Copies the domain's line; false if it has another domain. */
static bool
cmdqvSmmuCacheRead(virDomainPtr domain, cmdqvSmmuCacheHalf half, cmdqvSmmuCacheLine *line)
{
    unsigned char uuid[VIR_UUID_BUFLEN];

    if (CMDQV_REAL(virDomainGetUUID)(domain, uuid) < 0)
        return false;
    (void)pthread_mutex_lock(&cmdqvSmmuCacheLock);
    *line = *cmdqvSmmuCacheFind(uuid, half);
    (void)pthread_mutex_unlock(&cmdqvSmmuCacheLock);
    return memcmp(line->uuid, uuid, sizeof(uuid)) == 0;
}


/* The file of a line, if it is NAME.pid or NAME.xml with the name of this handle. */
static const char *
cmdqvSmmuCacheLineFile(const cmdqvSmmuCacheLine *line, virDomainPtr domain)
{
    const char *base = strrchr(line->file, '/');
    const char *name = CMDQV_REAL(virDomainGetName)(domain);
    size_t len = name ? strlen(name) : 0;

    return base && name && strncmp(base + 1, name, len) == 0 && strlen(base + 1 + len) == strlen(".xml")
        ? line->file : NULL;
}


/**
 * cmdqvSmmuCacheKeyClear:
 * @key: a key; becomes empty
 */
void
cmdqvSmmuCacheKeyClear(cmdqvSmmuCacheKey *key)
{
    g_clear_pointer(&key->file, g_free);
}


/**
 * cmdqvSmmuCacheRecall:
 * @domain: a domain
 * @half: running or defined
 * @key: (out): if the cache has no result, the key for cmdqvSmmuCacheNote().
 *   It is older than the check, so a change in between invalidates the result.
 *   cmdqvSmmuCacheKeyClear() it
 *
 * Returns: the result of the last check, if the domain's file is still the same
 */
cmdqvSmmuCacheSight
cmdqvSmmuCacheRecall(virDomainPtr domain, cmdqvSmmuCacheHalf half, cmdqvSmmuCacheKey *key)
{
    cmdqvSmmuCacheLine line;
    bool own = cmdqvSmmuCacheRead(domain, half, &line);
    const char *known = own ? cmdqvSmmuCacheLineFile(&line, domain) : NULL;
    g_autofree char *file = NULL;

    *key = (cmdqvSmmuCacheKey){ .file = NULL };
    if (known && cmdqvFileStampGet(known, &key->stamp) && cmdqvFileStampEqual(&line.stamp, &key->stamp))
        return line.sight;

    file = cmdqvSmmuCacheDomainFile(domain, half);
    if (!file || !cmdqvFileStampGet(file, &key->stamp))
        return CMDQV_SMMU_CACHE_NOTHING;
    if (own && cmdqvFileStampEqual(&line.stamp, &key->stamp))
        return line.sight;
    key->file = g_steal_pointer(&file);
    return CMDQV_SMMU_CACHE_NOTHING;
}


/**
 * cmdqvSmmuCacheNote:
 * @domain: a domain
 * @half: running or defined
 * @key: from before the check; an empty one notes nothing
 * @sight: the result of the check
 */
void
cmdqvSmmuCacheNote(virDomainPtr domain, cmdqvSmmuCacheHalf half, const cmdqvSmmuCacheKey *key, cmdqvSmmuCacheSight sight)
{
    cmdqvSmmuCacheLine line = { .sight = sight, .stamp = key->stamp };

    if (!key->file || CMDQV_REAL(virDomainGetUUID)(domain, line.uuid) < 0)
        return;
    if (strlen(key->file) < sizeof(line.file))
        (void)g_strlcpy(line.file, key->file, sizeof(line.file));
    (void)pthread_mutex_lock(&cmdqvSmmuCacheLock);
    *cmdqvSmmuCacheFind(line.uuid, half) = line;
    (void)pthread_mutex_unlock(&cmdqvSmmuCacheLock);
}


/* The text; NULL if it has a NUL byte. */
static char *
cmdqvSmmuCacheText(char *text, gsize len)
{
    if (strlen(text) != len)
        g_clear_pointer(&text, g_free);
    return text;
}


/**
 * cmdqvSmmuCacheReadFile:
 * @key: the key of a definition, with a file
 *
 * The content belongs to the stamp of @key as long as the file still has that
 * stamp.
 *
 * Returns: (transfer full): the file with the definition; NULL if it cannot be
 * read
 */
char *
cmdqvSmmuCacheReadFile(const cmdqvSmmuCacheKey *key)
{
    char *text;
    gsize len;

    return cmdqvFileRead(key->file, CMDQV_SMMU_CACHE_LIMIT, &text, &len, NULL) ? cmdqvSmmuCacheText(text, len) : NULL;
}


/**
 * cmdqvSmmuCacheWritten:
 * @domain: a domain, after libvirt has written its definition
 * @key: (out): the key for cmdqvSmmuCacheNote(); cmdqvSmmuCacheKeyClear() it
 *
 * Faster than a query of libvirt. At any other time the file may have been
 * edited without libvirt.
 *
 * Returns: (transfer full): the file with the definition; NULL if it cannot be
 * read
 */
char *
cmdqvSmmuCacheWritten(virDomainPtr domain, cmdqvSmmuCacheKey *key)
{
    cmdqvSmmuCacheLine line;
    const char *known = cmdqvSmmuCacheRead(domain, CMDQV_SMMU_CACHE_DEFINITION, &line) ? cmdqvSmmuCacheLineFile(&line, domain) : NULL;
    char *text = NULL;
    gsize len;

    *key = (cmdqvSmmuCacheKey){ .file = known ? g_strdup(known) : cmdqvSmmuCacheDomainFile(domain, CMDQV_SMMU_CACHE_DEFINITION) };
    if (!key->file || !cmdqvFileReadStamped(key->file, CMDQV_SMMU_CACHE_LIMIT, &text, &len, &key->stamp))
        return NULL;
    return cmdqvSmmuCacheText(text, len);
}
