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
    const char *rule;   /* its identifier, NULL for none */
    guint others;       /* number of other errors in the definition */
    char *domain;       /* name and UUID in a definition, NULL if a domain was judged */
    char *uuid;
    char *smmu;         /* alias or bus of the SMMU */
    char *device;       /* alias or host address of the device */
    char *message;      /* the reason and the remedy */
    char *names;        /* of an instance of OpenStack Nova, as the user reads them */
    char *instance;
    char *flavor;
} cmdqvVerdict;

void cmdqvVerdictFree(cmdqvVerdict *verdict);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmdqvVerdict, cmdqvVerdictFree)

cmdqvVerdict *cmdqvVerdictNew(char *message);
cmdqvVerdict *cmdqvVerdictNewOf(const char *rule, const cmdqvSmmu *smmu, const char *busName, const cmdqvEndpoint *endpoint);
void cmdqvVerdictNote(cmdqvVerdict *verdict, const char *format, ...) G_GNUC_PRINTF(2, 3);
char *cmdqvVerdictFormat(const cmdqvVerdict *verdict);
void cmdqvVerdictLog(const cmdqvVerdict *verdict, const char *call, const char *client);
void cmdqvVerdictWarn(const cmdqvVerdict *warning, const char *event);
