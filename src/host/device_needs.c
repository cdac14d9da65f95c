/*
 * device_needs.c: read the address space and NUMA cells that a host device
 * needs in a guest
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "host/device_needs.h"

#include <stdbool.h>
#include <string.h>

#include "util/file.h"

#define CMDQV_DEVICE_NEEDS_VENDOR_NVIDIA "0x10de"
#define CMDQV_DEVICE_NEEDS_CLASS_DISPLAY "0x03"

#define CMDQV_DEVICE_NEEDS_GIB (G_GUINT64_CONSTANT(1) << 30)

/* A larger claim of a device is not believed. */
#define CMDQV_DEVICE_NEEDS_MAX (CMDQV_DEVICE_NEEDS_GIB << 14)

#define CMDQV_DEVICE_NEEDS_FILE_MAX 8192

/* The first lines of the file are the BARs; ROM, BARs of virtual functions and windows of bridges follow. */
#define CMDQV_DEVICE_NEEDS_BARS 6

/* IORESOURCE_MEM (include/linux/ioport.h of Linux), and a BAR's own bits: 64-bit and prefetchable. */
#define CMDQV_DEVICE_NEEDS_MEMORY 0x200
#define CMDQV_DEVICE_NEEDS_KIND 0xf
#define CMDQV_DEVICE_NEEDS_64BIT_PREFETCHABLE 0xc

/*
 * GPUs of Grace superchips (drivers/vfio/pci/nvgrace-gpu/main.c of Linux).  A
 * guest sees the memory of one as a BAR that sysfs does not list; NVIDIA's
 * guide reserves 4 TiB for four of Grace Hopper or GB200, and 8 TiB for four of
 * GB300. The guest's driver adds that memory to NUMA cells that firmware
 * declares for the GPU, eight of them (gracePCIHole64DeviceFloorBytes() and
 * graceGINodesPerGPU in pkg/virt-launcher/virtwrap/converter/grace.go of
 * KubeVirt).
 */
static const struct {
    const char *device;
    cmdqvDeviceNeeds least;
} cmdqvDeviceNeedsGpus[] = {
    { .device = "0x2342", .least = { .window = 512 * CMDQV_DEVICE_NEEDS_GIB, .cells = 8 } },
    { .device = "0x2345", .least = { .window = 512 * CMDQV_DEVICE_NEEDS_GIB, .cells = 8 } },
    { .device = "0x2348", .least = { .window = 512 * CMDQV_DEVICE_NEEDS_GIB, .cells = 8 } },
    { .device = "0x2941", .least = { .window = 512 * CMDQV_DEVICE_NEEDS_GIB, .cells = 8 } },
    { .device = "0x31c2", .least = { .window = 1024 * CMDQV_DEVICE_NEEDS_GIB, .cells = 8 } },
};


static cmdqvDeviceNeeds
cmdqvDeviceNeedsLeast(const char *vendor, const char *device, const char *class)
{
    guint i;

    if (g_strcmp0(vendor, CMDQV_DEVICE_NEEDS_VENDOR_NVIDIA) != 0 || !class || !g_str_has_prefix(class, CMDQV_DEVICE_NEEDS_CLASS_DISPLAY))
        return (cmdqvDeviceNeeds){ .window = 0 };
    for (i = 0; i < G_N_ELEMENTS(cmdqvDeviceNeedsGpus); i++) {
        if (g_strcmp0(device, cmdqvDeviceNeedsGpus[i].device) == 0)
            return cmdqvDeviceNeedsGpus[i].least;
    }
    return (cmdqvDeviceNeeds){ .window = 0 };
}


/* A line of the file: first byte, last byte and flags of a BAR, all in hexadecimal. */
static guint64
cmdqvDeviceNeedsLine(const char *line)
{
    guint64 numbers[3];
    char *end = NULL;
    guint i;

    for (i = 0; i < G_N_ELEMENTS(numbers); i++) {
        numbers[i] = g_ascii_strtoull(line, &end, 16);
        if (end == line)
            return 0;
        line = end;
    }
    if (numbers[0] == 0 || numbers[1] < numbers[0] || !(numbers[2] & CMDQV_DEVICE_NEEDS_MEMORY) ||
        (numbers[2] & CMDQV_DEVICE_NEEDS_KIND) != CMDQV_DEVICE_NEEDS_64BIT_PREFETCHABLE)
        return 0;
    return MIN(numbers[1] - numbers[0], CMDQV_DEVICE_NEEDS_MAX) + 1;
}


/* Bytes of all BARs; 0 if there is none, or the file cannot be read. */
static guint64
cmdqvDeviceNeedsBars(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "resource", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    guint64 sum = 0;
    gsize len;
    guint i;

    if (cmdqvFileRead(path, CMDQV_DEVICE_NEEDS_FILE_MAX, &text, &len, NULL))
        lines = g_strsplit(text, "\n", CMDQV_DEVICE_NEEDS_BARS + 1);
    for (i = 0; lines && i < CMDQV_DEVICE_NEEDS_BARS && lines[i]; i++)
        sum += cmdqvDeviceNeedsLine(lines[i]);
    return sum <= CMDQV_DEVICE_NEEDS_MAX ? sum : 0;
}


/**
 * cmdqvDeviceNeedsRead:
 * @folder: folder of the device in sysfs
 * @vendor: (nullable): its identifier there
 * @device: (nullable): its identifier there
 * @class: (nullable): its class there
 *
 * The window of a port begins at a multiple of its largest BAR, so the sum of
 * its BARs is rounded up to a power of two.
 *
 * Returns: the needs of a guest for it; none if they are unknown
 */
cmdqvDeviceNeeds
cmdqvDeviceNeedsRead(const char *folder, const char *vendor, const char *device, const char *class)
{
    cmdqvDeviceNeeds needs = cmdqvDeviceNeedsLeast(vendor, device, class);
    guint64 bars = cmdqvDeviceNeedsBars(folder);
    guint64 window = 1;

    while (window < bars)
        window *= 2;
    if (bars > 0)
        needs.window = MAX(needs.window, window);
    return needs;
}
