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
} cmdqvRefusal;

/** The SMMUs and devices that a started domain lacks; every string may be NULL. */
typedef struct {
    const char *domain;
    const char *uuid;
    const char *smmu;
    const char *device;
    const char *message;
} cmdqvLoss;

void cmdqvLogToJournal(void);
void cmdqvLogToLibvirt(void);
void cmdqvLogRefusal(const cmdqvRefusal *refusal);
guint cmdqvLogRefusalCount(void);
void cmdqvLogLoss(const cmdqvLoss *loss);
void cmdqvLogFailure(const char *format, ...) G_GNUC_PRINTF(1, 2);
