/*
 * cmdqvattach.h: may this device be plugged in
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "qemu/cmdqvlive.h"
#include "qemu/cmdqvpolicy.h"

/**
 * cmdqvHostSmmuLookup:
 * @device: a device of the host
 * @data: the caller's
 *
 * Returns: (transfer full): the name of the host SMMU that it is behind, NULL
 * where that is not known
 */
typedef char *(*cmdqvHostSmmuLookup)(const cmdqvPCIAddress *device, gpointer data);

int cmdqvAttachPlace(const cmdqvTopology *live, guint endpoint);
cmdqvVerdict *cmdqvPolicyAttachLive(const char *domain, const cmdqvLive *live, const cmdqvTopology *after, guint endpoint,
                                    cmdqvHostSmmuLookup hostSmmu, gpointer data);
