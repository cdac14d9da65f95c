/*
 * log.h: write the journal that an operator reads
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/** A refusal, or a warning about a domain, such as its missing SMMUs and devices; every string may be NULL. */
typedef struct {
    const char *what;           /* the refused call, or the name of the warning's event */
    const char *domain;
    const char *uuid;
    const char *smmu;
    const char *device;
    const char *rule;
    const char *client;         /* of a refusal */
    const char *message;
    const char *instance;       /* names of OpenStack Nova */
    const char *flavor;
} cmdqvLogEntry;

void cmdqvLogToJournal(void);
void cmdqvLogToLibvirt(void);
void cmdqvLogRefusal(const cmdqvLogEntry *refusal);
guint cmdqvLogRefusalCount(void);
void cmdqvLogWarning(const cmdqvLogEntry *warning);
void cmdqvLogFailure(const char *format, ...) G_GNUC_PRINTF(1, 2);
