/*
 * file.h: read files that other programs write
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include <glib.h>

/** Identifies a file and its content: another file, or other content, has another stamp. */
typedef struct {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written;
    struct timespec changed;
} cmdqvFileStamp;

bool cmdqvFileStampGet(const char *path, cmdqvFileStamp *stamp);
bool cmdqvFileStampEqual(const cmdqvFileStamp *a, const cmdqvFileStamp *b);
bool cmdqvFileReadStamped(const char *path, gsize limit, char **data, gsize *len, cmdqvFileStamp *stamp);
bool cmdqvFileRead(const char *path, gsize limit, char **data, gsize *len, GError **error);
bool cmdqvFileReadWaiting(const char *path, gsize limit, char **data, gsize *len, GError **error);
bool cmdqvFileReadFd(int fd, const char *name, gsize limit, char **data, gsize *len, GError **error);
