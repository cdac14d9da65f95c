/*
 * host/device_needs.c: what a device of the host takes in a guest
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "host/device_needs_read.h"

#include <stdbool.h>
#include <string.h>

#include "util/file.h"

#define CMDQV_NEEDS_VENDOR_NVIDIA "0x10de"
#define CMDQV_NEEDS_CLASS_DISPLAY "0x03"

#define CMDQV_NEEDS_GIB (G_GUINT64_CONSTANT(1) << 30)

/* A device that claims more tells nothing. */
#define CMDQV_NEEDS_MAX (CMDQV_NEEDS_GIB << 14)

#define CMDQV_NEEDS_FILE_MAX 8192

/* The first lines of the file are the BARs; ROM, BARs of virtual functions and windows of bridges follow. */
#define CMDQV_NEEDS_BARS 6

/* IORESOURCE_MEM (include/linux/ioport.h of Linux), and a BAR's own bits: 64-bit and prefetchable. */
#define CMDQV_NEEDS_MEMORY 0x200
#define CMDQV_NEEDS_KIND 0xf
#define CMDQV_NEEDS_64BIT_PREFETCHABLE 0xc

/*
 * GPUs of Grace superchips (drivers/vfio/pci/nvgrace-gpu/main.c of Linux).  A
 * guest sees the memory of one as a BAR that sysfs does not list; NVIDIA's guide
 * has 4 TiB for four of Grace Hopper or GB200, and 8 TiB for four of GB300.  The
 * guest's driver brings that memory up on NUMA cells that firmware has for the
 * GPU, eight of them (gracePCIHole64DeviceFloorBytes() and graceGINodesPerGPU in
 * pkg/virt-launcher/virtwrap/converter/grace.go of KubeVirt).
 */
static const struct {
    const char *device;
    cmdqvNeeds least;
} cmdqvNeedsGpus[] = {
    { "0x2342", { 512 * CMDQV_NEEDS_GIB, 8 } },
    { "0x2345", { 512 * CMDQV_NEEDS_GIB, 8 } },
    { "0x2348", { 512 * CMDQV_NEEDS_GIB, 8 } },
    { "0x2941", { 512 * CMDQV_NEEDS_GIB, 8 } },
    { "0x31c2", { 1024 * CMDQV_NEEDS_GIB, 8 } },
};


static cmdqvNeeds
cmdqvNeedsLeast(const char *vendor, const char *device, const char *class)
{
    guint i;

    if (g_strcmp0(vendor, CMDQV_NEEDS_VENDOR_NVIDIA) != 0 || !class || !g_str_has_prefix(class, CMDQV_NEEDS_CLASS_DISPLAY))
        return (cmdqvNeeds){ 0, 0 };
    for (i = 0; i < G_N_ELEMENTS(cmdqvNeedsGpus); i++) {
        if (g_strcmp0(device, cmdqvNeedsGpus[i].device) == 0)
            return cmdqvNeedsGpus[i].least;
    }
    return (cmdqvNeeds){ 0, 0 };
}


/* A line of the file: where a BAR begins, its last byte, and its flags, all in hexadecimal. */
static guint64
cmdqvNeedsLine(const char *line)
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
    if (numbers[0] == 0 || numbers[1] < numbers[0] || !(numbers[2] & CMDQV_NEEDS_MEMORY) ||
        (numbers[2] & CMDQV_NEEDS_KIND) != CMDQV_NEEDS_64BIT_PREFETCHABLE)
        return 0;
    return MIN(numbers[1] - numbers[0], CMDQV_NEEDS_MAX) + 1;
}


/* Bytes of all of them; 0 where there is none, or the device does not tell. */
static guint64
cmdqvNeedsBars(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "resource", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    guint64 sum = 0;
    gsize len;
    guint i;

    if (cmdqvFileRead(path, CMDQV_NEEDS_FILE_MAX, &text, &len, NULL))
        lines = g_strsplit(text, "\n", CMDQV_NEEDS_BARS + 1);
    for (i = 0; lines && i < CMDQV_NEEDS_BARS && lines[i]; i++)
        sum += cmdqvNeedsLine(lines[i]);
    return sum <= CMDQV_NEEDS_MAX ? sum : 0;
}


/**
 * cmdqvNeedsRead:
 * @folder: of the device in sysfs
 * @vendor: (nullable): its identifier there
 * @device: (nullable): its identifier there
 * @class: (nullable): what kind of device it says it is
 *
 * A port's window begins at a multiple of its largest BAR, so what its BARs
 * take together is rounded up to a power of two.
 *
 * Returns: what a guest has to have for it; nothing where that is not told
 */
cmdqvNeeds
cmdqvNeedsRead(const char *folder, const char *vendor, const char *device, const char *class)
{
    cmdqvNeeds needs = cmdqvNeedsLeast(vendor, device, class);
    guint64 bars = cmdqvNeedsBars(folder);
    guint64 window = 1;

    while (window < bars)
        window *= 2;
    if (bars > 0)
        needs.window = MAX(needs.window, window);
    return needs;
}
