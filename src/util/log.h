/*
 * util/log.h: what an operator reads in the journal
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/** Who was refused what; every string may be NULL. */
typedef struct {
    const char *call;
    const char *domain;
    const char *uuid;
    const char *smmu;
    const char *device;
    const char *rule;
    const char *client;
    const char *message;
} cmdqvRefusal;

/** What a domain that has started does without; every string may be NULL. */
typedef struct {
    const char *domain;
    const char *uuid;
    const char *smmu;
    const char *device;
    const char *message;
} cmdqvLoss;

void cmdqvLogToJournal(void);
void cmdqvLogRefusal(const cmdqvRefusal *refusal);
void cmdqvLogLoss(const cmdqvLoss *loss);
void cmdqvLogFailure(const char *format, ...) G_GNUC_PRINTF(1, 2);
