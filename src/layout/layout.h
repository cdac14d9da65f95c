/*
 * layout.h: put host devices behind vSMMUs of their own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libxml/tree.h>

#include "conf/topology.h"
#include "host/device_needs.h"

/** The shape of a layout: which manager's definitions it resembles. */
typedef enum {
    CMDQV_LAYOUT_LIBVIRT,       /* a vSMMU for each SMMU of the host, and ports for later hot-plug */
    CMDQV_LAYOUT_KUBEVIRT,      /* a vSMMU for each device, with every property given and aliases of its own */
    CMDQV_LAYOUT_NOVA,          /* a vSMMU for each SMMU of the host, and no free port */

    CMDQV_LAYOUT_LAST
} cmdqvLayoutShape;

/**
 * cmdqvLayoutHostLookup:
 * @device: PCI address of a host device, as in sysfs
 * @place: (out): its position, valid as long as @data
 * @data: the caller's
 *
 * Returns: false if the host has no such device behind an SMMUv3
 */
typedef bool (*cmdqvLayoutHostLookup)(const char *device, cmdqvDeviceNeedsPlace *place, gpointer data);

typedef struct {
    const char *const *hostdevs;    /* addresses on the host, the anchors first; NULL: the host devices of the domain */
    cmdqvLayoutShape shape;
    guint sparePorts;               /* free ports behind each new vSMMU */
    cmdqvLayoutHostLookup ask;
    gpointer data;
    bool knowsGrace;                /* the libvirt that gets the domain supports the elements that GPUs of Grace need besides a vSMMU */
} cmdqvLayoutRequest;

/** A limit above the number of ports that fit below one expander. */
#define CMDQV_LAYOUT_MAX_SPARE 16

const char *cmdqvLayoutShapeToString(cmdqvLayoutShape shape);
cmdqvLayoutShape cmdqvLayoutShapeFromString(const char *shape);
guint cmdqvLayoutShapeSparePorts(cmdqvLayoutShape shape);

bool cmdqvLayoutRemoveUnused(xmlDoc *doc, const cmdqvTopology *topology);
char *cmdqvLayoutDomain(const char *domain, const cmdqvLayoutRequest *request, GError **error);
