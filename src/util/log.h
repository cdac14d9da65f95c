/*
 * log.h: write the journal that an operator reads
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/** A refusal: the client, the call and the device; every string may be NULL. */
typedef struct {
    const char *call;
    const char *domain;
    const char *uuid;
    const char *smmu;
    const char *device;
    const char *rule;
    const char *client;
    const char *message;
    const char *instance;       /* names of OpenStack Nova */
    const char *flavor;
} cmdqvRefusal;

/** A warning about a domain, such as its missing SMMUs and devices; every string but the event may be NULL. */
typedef struct {
    const char *event;
    const char *domain;
    const char *uuid;
    const char *smmu;
    const char *device;
    const char *message;
    const char *rule;
    const char *instance;       /* names of OpenStack Nova */
    const char *flavor;
} cmdqvWarning;

void cmdqvLogToJournal(void);
void cmdqvLogToLibvirt(void);
void cmdqvLogRefusal(const cmdqvRefusal *refusal);
guint cmdqvLogRefusalCount(void);
void cmdqvLogWarning(const cmdqvWarning *warning);
void cmdqvLogFailure(const char *format, ...) G_GNUC_PRINTF(1, 2);
