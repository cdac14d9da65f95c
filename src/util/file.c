/*
 * file.c: read files that other programs write
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "util/error.h"

#define CMDQV_FILE_CHUNK 16384


/**
 * cmdqvFileReadFd:
 * @fd: an open descriptor; it stays open
 * @name: its name in messages
 * @limit: the most bytes that are accepted
 * @data: (out): the content, a NUL byte behind it; g_free() it
 * @len: (out): its length in bytes, without that NUL
 * @error: CMDQV_ERROR_SYSTEM
 *
 * g_file_get_contents() trusts the size that a file claims to have and reads
 * without an upper bound; files below /proc claim none.
 *
 * Returns: true, or false with @error set and nothing else touched
 */
bool
cmdqvFileReadFd(int fd, const char *name, gsize limit, char **data, gsize *len, GError **error)
{
    g_autoptr(GByteArray) content = g_byte_array_new();
    guint8 chunk[CMDQV_FILE_CHUNK];
    const guint8 nul = 0;
    gssize got;

    while ((got = read(fd, chunk, sizeof(chunk))) != 0) {
        if (got < 0) {
            int saved = errno;

            if (saved == EINTR)
                continue;
            return cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "cannot read '%s': %s", name, g_strerror(saved));
        }
        if (content->len + (gsize)got > limit)
            return cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "cannot read '%s': it is larger than %" G_GSIZE_FORMAT " bytes",
                                 name, limit);
        g_byte_array_append(content, chunk, (guint)got);
    }

    *len = content->len;
    g_byte_array_append(content, &nul, 1);
    *data = (char *)g_byte_array_free(g_steal_pointer(&content), FALSE);
    return true;
}


static bool
cmdqvFileReadPath(const char *path, int flags, gsize limit, char **data, gsize *len, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags);
    bool ok;

    if (fd < 0) {
        int saved = errno;

        return cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "cannot open '%s': %s", path, g_strerror(saved));
    }

    ok = cmdqvFileReadFd(fd, path, limit, data, len, error);
    (void)close(fd);
    return ok;
}


/**
 * cmdqvFileRead:
 * @path: a file
 * @limit: the most bytes that are accepted
 * @data: (out): the content, a NUL byte behind it; g_free() it
 * @len: (out): its length in bytes, without that NUL
 * @error: CMDQV_ERROR_SYSTEM
 *
 * Does not wait: of a pipe it reads the bytes that are in it now.
 *
 * Returns: true, or false with @error set and nothing else touched
 */
bool
cmdqvFileRead(const char *path, gsize limit, char **data, gsize *len, GError **error)
{
    return cmdqvFileReadPath(path, O_NONBLOCK, limit, data, len, error);
}


/**
 * cmdqvFileReadWaiting:
 * @path: a file, or a pipe such as a shell's <(COMMAND)
 * @limit: the most bytes that are accepted
 * @data: (out): the content, a NUL byte behind it; g_free() it
 * @len: (out): its length in bytes, without that NUL
 * @error: CMDQV_ERROR_SYSTEM
 *
 * For commands in a terminal: waits until the writer of a pipe closes it.
 *
 * Returns: true, or false with @error set and nothing else touched
 */
bool
cmdqvFileReadWaiting(const char *path, gsize limit, char **data, gsize *len, GError **error)
{
    return cmdqvFileReadPath(path, 0, limit, data, len, error);
}


static cmdqvFileStamp
cmdqvFileStampOf(const struct stat *info)
{
    return (cmdqvFileStamp){
        .device = info->st_dev,
        .inode = info->st_ino,
        .size = info->st_size,
        .written = info->st_mtim,
        .changed = info->st_ctim,
    };
}


/**
 * cmdqvFileStampGet:
 * @path: a file
 * @stamp: (out): its stamp
 *
 * Returns: true, or false with nothing touched if there is no such file, or it
 * cannot be seen
 */
bool
cmdqvFileStampGet(const char *path, cmdqvFileStamp *stamp)
{
    struct stat info;

    if (stat(path, &info) < 0)
        return false;
    *stamp = cmdqvFileStampOf(&info);
    return true;
}


/**
 * cmdqvFileReadStamped:
 * @path: a regular file
 * @limit: the most bytes that are accepted
 * @data: (out): the content, a NUL byte behind it; g_free() it
 * @len: (out): its length in bytes, without that NUL
 * @stamp: (out): the stamp that the file had before it was read
 *
 * Returns: true, or false with nothing but @stamp touched
 */
bool
cmdqvFileReadStamped(const char *path, gsize limit, char **data, gsize *len, cmdqvFileStamp *stamp)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat info;
    bool ok;

    if (fd < 0)
        return false;
    ok = fstat(fd, &info) == 0;
    if (ok) {
        *stamp = cmdqvFileStampOf(&info);
        ok = cmdqvFileReadFd(fd, path, limit, data, len, NULL);
    }
    (void)close(fd);
    return ok;
}


static bool
cmdqvFileTimeEqual(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}


/**
 * cmdqvFileStampEqual:
 * @a: a stamp
 * @b: another
 *
 * Returns: true if they are of the same file with the same content
 */
bool
cmdqvFileStampEqual(const cmdqvFileStamp *a, const cmdqvFileStamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
        cmdqvFileTimeEqual(&a->written, &b->written) && cmdqvFileTimeEqual(&a->changed, &b->changed);
}
