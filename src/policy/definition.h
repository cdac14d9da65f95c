/*
 * policy/definition.h: domain XML, read, completed by libvirt and judged
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "policy/rule.h"
#include "conf/xml_read.h"
#include "policy/detach_policy.h"

/**
 * cmdqvDefinitionToNative:
 * @xml: domain XML
 * @data: the caller's
 *
 * Returns: (transfer full): the command line that libvirt would run, quoted for
 * a shell; NULL where it makes none
 */
typedef char *(*cmdqvDefinitionToNative)(const char *xml, gpointer data);

/** What came of it. */
typedef struct {
    char *name;                 /* of the domain, NULL where it has none */
    xmlDoc *doc;                /* the XML as it was given */
    cmdqvTopology *topology;    /* what is in it, each device where libvirt would put it if it was asked */
    cmdqvTopology *native;      /* the command line libvirt makes of it, where only that shows everything; or NULL */
    GPtrArray *findings;        /* cmdqvFinding, empty where it is sound; NULL where it was only read */
    bool hasSmmu;
    bool unplaced;              /* addresses are missing that only libvirt can give */
    bool undecided;             /* those, or what arguments of its own make of it, and a rule hangs on that */
} cmdqvDefinition;

bool cmdqvDefinitionRead(const char *xml, gsize len, cmdqvDefinition *definition, GError **error);
bool cmdqvDefinitionJudge(const char *xml, gsize len, cmdqvDefinitionToNative toNative, gpointer data,
                          const cmdqvRuleContext *context, cmdqvDefinition *definition, GError **error);
cmdqvTopology *cmdqvDefinitionComplete(const char *xml, gsize len, cmdqvDefinitionToNative toNative, gpointer data,
                                       GError **error);
cmdqvVerdict *cmdqvDefinitionVerdict(const cmdqvDefinition *definition, const cmdqvFinding *finding);
void cmdqvDefinitionClear(cmdqvDefinition *definition);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvDefinition, cmdqvDefinitionClear)
