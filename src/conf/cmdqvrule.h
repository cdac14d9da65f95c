/*
 * cmdqvrule.h: a rule for definitions, and what it found
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "conf/cmdqvtopology.h"

typedef struct _cmdqvRule cmdqvRule;

/** One thing that a rule found wrong. */
typedef struct {
    const cmdqvRule *rule;
    int smmu;               /* index of the SMMU that it is about */
    int line;               /* of the element in the XML, CMDQV_NONE for argv */
    char *message;          /* names the element, what is wrong and what to do */
} cmdqvFinding;

typedef void (*cmdqvRuleCheck)(const cmdqvRule *rule, const cmdqvTopology *topology, GPtrArray *findings);

/**
 * cmdqvRule:
 * @identifier: its name in configuration and reports
 * @summary: what it asks for, in one sentence
 * @check: adds a finding for each place where the definition breaks it
 */
struct _cmdqvRule {
    const char *identifier;
    const char *summary;
    cmdqvRuleCheck check;
};

/** The rules that are about the shape of a domain and need no knowledge of QEMU; ends with an empty one. */
extern const cmdqvRule cmdqvShapeRules[];

GPtrArray *cmdqvFindingsNew(void);
void cmdqvFindingAdd(GPtrArray *findings, const cmdqvRule *rule, const cmdqvTopology *topology, guint smmu,
                     const char *format, ...) G_GNUC_PRINTF(5, 6);
