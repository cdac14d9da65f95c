/*
 * verdict.h: the type of a refusal: the device, the SMMU and the reason
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "conf/topology.h"

/** A refusal; NULL means that the call may pass. */
typedef struct {
    const char *rule;
    char *domain;       /* name and UUID in a definition, NULL if a domain was judged */
    char *uuid;
    char *smmu;         /* alias or bus of the SMMU */
    char *device;       /* alias or host address of the device */
    char *message;      /* the message for the user */
    char *instance;     /* names of OpenStack Nova */
    char *flavor;
} cmdqvVerdict;

void cmdqvVerdictFree(cmdqvVerdict *verdict);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmdqvVerdict, cmdqvVerdictFree)

cmdqvVerdict *cmdqvVerdictNew(char *message);
char *cmdqvVerdictNameSmmu(const cmdqvSmmu *smmu, const char *busName);
