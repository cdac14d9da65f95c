/*
 * anchor.h: find the endpoint that anchors each vSMMU
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/topology.h"

/** The source of an anchor. */
typedef enum {
    CMDQV_ANCHOR_ARGV,          /* the command line of the QEMU process */
    CMDQV_ANCHOR_HOTPLUG,       /* the order of hot-plug: no device was there at start */
    CMDQV_ANCHOR_DEFINITION,    /* the definition: the anchor of the next start */
    CMDQV_ANCHOR_UNKNOWN,       /* unknown, or one of several */
    CMDQV_ANCHOR_NOBODY,        /* no device behind the SMMU can be one */
    CMDQV_ANCHOR_INACTIVE,      /* the SMMU has no CMDQV, so nothing anchors it */

    CMDQV_ANCHOR_LAST
} cmdqvAnchorSource;

/** Which devices count as candidates for an anchor. */
typedef enum {
    CMDQV_CANDIDATES_CERTAIN,   /* hostdevs with an address behind the SMMU */
    CMDQV_CANDIDATES_POSSIBLE,  /* also devices that libvirt may put there, or may make a hostdev */
} cmdqvCandidates;

typedef struct {
    cmdqvSmmu smmu;             /* (borrowed strings): as in the source */
    const char *busName;        /* (borrowed) */
    cmdqvAnchorSource source;
    GArray *endpoints;          /* guint, index in the live topology or the definition: the anchor, or all devices that may be it */
    char *detail;               /* the reason, if it does not follow from the source; NULL otherwise */
} cmdqvAnchor;

/**
 * cmdqvAnchorHostSmmuLookup:
 * @device: PCI address of a host device, as in sysfs
 * @data: the caller's
 *
 * Returns: (transfer full): the name of its host SMMU, NULL if that is unknown
 */
typedef char *(*cmdqvAnchorHostSmmuLookup)(const char *device, gpointer data);

void cmdqvAnchorFree(cmdqvAnchor *anchor);

GArray *cmdqvAnchorCountCandidates(const cmdqvTopology *topology, cmdqvCandidates how);
GPtrArray *cmdqvAnchorTrackLive(const cmdqvTopology *live, const cmdqvTopology *process, const char *reason,
                                bool hostMayHaveCmdqv);
GPtrArray *cmdqvAnchorTrackDefinition(const cmdqvTopology *definition, bool hostMayHaveCmdqv);
void cmdqvAnchorSettleHost(GPtrArray *anchors, const cmdqvTopology *topology, cmdqvAnchorHostSmmuLookup hostSmmu, gpointer data,
                           const char *const *withoutCmdqv);
const cmdqvAnchor *cmdqvAnchorOf(const GPtrArray *anchors, guint endpoint);
const char *cmdqvAnchorSetting(const cmdqvSmmu *smmu);
const char *cmdqvAnchorSourceToString(cmdqvAnchorSource source);
