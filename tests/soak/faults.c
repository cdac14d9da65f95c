/*
 * faults.c: files that cannot be looked at, opened or read, each in turn
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Preloaded into the daemon before the module.  Counts the file operations
 * of the module, or of GLib on its behalf, and lets the one fail that is asked for
 * in /run/faults: a number that is counted down, and how many were counted.  The
 * operations of libvirt itself are left alone.
 */

#define _GNU_SOURCE

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    int left;
    int counted;
} cmdqvFaults;

static cmdqvFaults *faults;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))


__attribute__((constructor)) static void
cmdqvFaultsOpen(void)
{
    int fd = REAL(open)("/run/faults", O_RDWR | O_CLOEXEC);
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*faults), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (map != MAP_FAILED)
        faults = map;
    if (fd >= 0)
        (void)close(fd);
}


/* Files that GLib reads for the module alone. */
static bool
cmdqvFaultsIsOurs(const char *path)
{
    static const char *const own[] = { "/etc/libvirt/cmdqv.conf", "/sys/bus/acpi/devices", "/sys/firmware/", "/sys/class/iommu" };
    size_t i;

    for (i = 0; path && i < sizeof(own) / sizeof(own[0]); i++) {
        if (strncmp(path, own[i], strlen(own[i])) == 0)
            return true;
    }
    return path && strncmp(path, "/sys/bus/pci/devices/", 21) == 0 && strstr(path, "/iommu");
}


static bool
cmdqvFaultsHits(const void *caller, const char *path)
{
    Dl_info info;
    bool own = dladdr(caller, &info) && info.dli_fname && strstr(info.dli_fname, "libvirt-cmdqv.so");

    if (!faults || (!own && !cmdqvFaultsIsOurs(path)))
        return false;
    (void)__atomic_add_fetch(&faults->counted, 1, __ATOMIC_SEQ_CST);
    if (__atomic_sub_fetch(&faults->left, 1, __ATOMIC_SEQ_CST) != 0)
        return false;
    errno = EIO;
    return true;
}


#define MODE(after) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
        va_list args; \
        va_start(args, after); \
        mode = va_arg(args, mode_t); \
        va_end(args); \
    }


int
open(const char *path, int flags, ...)
{
    MODE(flags)
    return cmdqvFaultsHits(__builtin_return_address(0), path) ? -1 : REAL(open)(path, flags, mode);
}


int
open64(const char *path, int flags, ...)
{
    MODE(flags)
    return cmdqvFaultsHits(__builtin_return_address(0), path) ? -1 : REAL(open64)(path, flags, mode);
}


ssize_t
read(int fd, void *buffer, size_t size)
{
    return cmdqvFaultsHits(__builtin_return_address(0), NULL) ? -1 : REAL(read)(fd, buffer, size);
}


int
stat(const char *path, struct stat *info)
{
    return cmdqvFaultsHits(__builtin_return_address(0), path) ? -1 : REAL(stat)(path, info);
}


int
stat64(const char *path, struct stat64 *info)
{
    return cmdqvFaultsHits(__builtin_return_address(0), path) ? -1 : REAL(stat64)(path, info);
}


ssize_t
readlink(const char *path, char *buffer, size_t size)
{
    return cmdqvFaultsHits(__builtin_return_address(0), path) ? -1 : REAL(readlink)(path, buffer, size);
}


DIR *
opendir(const char *path)
{
    return cmdqvFaultsHits(__builtin_return_address(0), path) ? NULL : REAL(opendir)(path);
}
