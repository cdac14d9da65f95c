/*
 * qemu/anchor.h: which endpoint anchors which vSMMU
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/topology.h"

/** From what an anchor was concluded. */
typedef enum {
    CMDQV_ANCHOR_ARGV,          /* the command line of the QEMU process */
    CMDQV_ANCHOR_HOTPLUG,       /* the order of hot-plug, nobody being there at start */
    CMDQV_ANCHOR_DEFINITION,    /* the definition: what will anchor when the domain starts */
    CMDQV_ANCHOR_UNKNOWN,       /* it cannot be told, or is one of several */
    CMDQV_ANCHOR_NOBODY,        /* no device is there that could be one */
    CMDQV_ANCHOR_INACTIVE,      /* the SMMU has no CMDQV, so nothing anchors it */

    CMDQV_ANCHOR_LAST
} cmdqvAnchorSource;

/** How sure one has to be that a device can anchor. */
typedef enum {
    CMDQV_CANDIDATES_CERTAIN,   /* placed there, and a hostdev */
    CMDQV_CANDIDATES_POSSIBLE,  /* also what libvirt may put there or may make a hostdev */
} cmdqvCandidates;

typedef struct {
    cmdqvSmmu smmu;             /* (borrowed strings): as the source has it */
    const char *busName;        /* (borrowed) */
    cmdqvAnchorSource source;
    GArray *endpoints;          /* guint, into the live topology or the definition: the anchor, or all that may be it */
    char *detail;               /* why, where that is not plain from the source; NULL otherwise */
} cmdqvAnchor;

void cmdqvAnchorFree(cmdqvAnchor *anchor);

GArray *cmdqvAnchorCountCandidates(const cmdqvTopology *topology, cmdqvCandidates how);
GPtrArray *cmdqvAnchorTrackLive(const cmdqvTopology *live, const cmdqvTopology *process, const char *reason,
                                bool hostMayHaveCmdqv);
GPtrArray *cmdqvAnchorTrackDefinition(const cmdqvTopology *definition, bool hostMayHaveCmdqv);
const cmdqvAnchor *cmdqvAnchorOf(const GPtrArray *anchors, guint endpoint);
const char *cmdqvAnchorSetting(const cmdqvSmmu *smmu);
const char *cmdqvAnchorSourceToString(cmdqvAnchorSource source);
