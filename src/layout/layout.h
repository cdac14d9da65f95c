/*
 * layout/layout.h: devices of the host, put behind vSMMUs of their own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

#include "host/device_needs.h"

/** Whose way of laying things out. */
typedef enum {
    CMDQV_LAYOUT_LIBVIRT,       /* a vSMMU for each SMMU of the host, and ports for later hot-plug */
    CMDQV_LAYOUT_KUBEVIRT,      /* a vSMMU for each device, with every property given and aliases of its own */
    CMDQV_LAYOUT_NOVA,          /* a vSMMU for each SMMU of the host, and no port that is free */

    CMDQV_LAYOUT_LAST
} cmdqvLayoutShape;

/**
 * cmdqvLayoutAsk:
 * @device: PCI address of a device of the host, as sysfs has it
 * @place: (out): where it is, valid as long as @data
 * @data: the caller's
 *
 * Returns: false where the host has no such device behind an SMMUv3
 */
typedef bool (*cmdqvLayoutAsk)(const char *device, cmdqvHostPlace *place, gpointer data);

typedef struct {
    const char *const *hostdevs;    /* addresses on the host, the anchors first; NULL: those that the domain has */
    cmdqvLayoutShape shape;
    guint sparePorts;               /* free ports behind each new vSMMU */
    cmdqvLayoutAsk ask;
    gpointer data;
    bool knowsGrace;                /* the libvirt that gets the domain knows what GPUs of Grace need beside a vSMMU */
} cmdqvLayoutRequest;

/** More ports than fit below one expander are nobody's wish. */
#define CMDQV_LAYOUT_MAX_SPARE 16

const char *cmdqvLayoutShapeToString(cmdqvLayoutShape shape);
cmdqvLayoutShape cmdqvLayoutShapeFromString(const char *shape);
guint cmdqvLayoutShapeSparePorts(cmdqvLayoutShape shape);

char *cmdqvLayoutDomain(const char *domain, const cmdqvLayoutRequest *request, GError **error);
