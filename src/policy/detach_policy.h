/*
 * policy/detach_policy.h: may this device go
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/device_xml.h"
#include "conf/topology.h"

/** A refusal. That there is none is permission. */
typedef struct {
    const char *rule;
    char *domain;       /* name and UUID in a definition, NULL where a domain was judged */
    char *uuid;
    char *smmu;         /* alias or bus of the SMMU it is about */
    char *device;       /* alias or host address of the device */
    char *message;      /* the words for the user */
} cmdqvVerdict;

void cmdqvVerdictFree(cmdqvVerdict *verdict);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmdqvVerdict, cmdqvVerdictFree)

char *cmdqvPolicyDeviceName(const cmdqvEndpoint *endpoint);
char *cmdqvPolicySmmuName(const cmdqvSmmu *smmu, const char *busName);

cmdqvVerdict *cmdqvPolicyDetachLive(const char *domain, const cmdqvTopology *live, const GPtrArray *anchors,
                                    const cmdqvDevice *device);
cmdqvVerdict *cmdqvPolicyDetachConfigOfAnchor(const char *domain, const cmdqvTopology *definition,
                                              const cmdqvTopology *live, const GPtrArray *anchors,
                                              const cmdqvDevice *device);
cmdqvVerdict *cmdqvPolicyDetachConfig(const char *domain, const cmdqvTopology *definition, const cmdqvDevice *device);
