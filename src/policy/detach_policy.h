/*
 * detach_policy.h: decide whether a device may be detached
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/device_xml.h"
#include "conf/topology.h"
#include "policy/verdict.h"

cmdqvVerdict *cmdqvDetachPolicyLive(const char *domain, const cmdqvTopology *live, const GPtrArray *anchors,
                                    const cmdqvDevice *device);
cmdqvVerdict *cmdqvDetachPolicyOneOfAll(const char *domain, const cmdqvTopology *live, const GPtrArray *anchors,
                                        const cmdqvTopology *definition, const cmdqvDevice *device);
void cmdqvDetachPolicyNoteLost(cmdqvVerdict *verdict, const char *domain, const cmdqvTopology *live, const GPtrArray *anchors,
                               const cmdqvTopology *definition, const cmdqvDevice *device);
cmdqvVerdict *cmdqvDetachPolicyConfigOfAnchor(const char *domain, const cmdqvTopology *definition,
                                              const cmdqvTopology *live, const GPtrArray *anchors,
                                              const cmdqvDevice *device);
cmdqvVerdict *cmdqvDetachPolicyConfig(const char *domain, const cmdqvTopology *definition, const cmdqvDevice *device);
