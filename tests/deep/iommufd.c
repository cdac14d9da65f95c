/*
 * iommufd.c: the one answer that libvirtd wants of iommufd
 *
 * Preloaded into libvirtd in the emulated machine, whose kernel has none: before
 * libvirt passes /dev/iommu on to QEMU it sets how memory is accounted there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <errno.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/iommufd.h>

int
ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, request);
    argument = va_arg(arguments, void *);
    va_end(arguments);

    int result = (int)syscall(SYS_ioctl, fd, request, argument);

    return result < 0 && errno == ENOTTY && request == IOMMU_OPTION ? 0 : result;
}
