/*
 * definition.h: read domain XML, complete it with libvirt's help, and check it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/xml_read.h"
#include "policy/verdict.h"
#include "policy/rule.h"

/**
 * cmdqvDefinitionToNative:
 * @xml: domain XML
 * @data: the caller's
 *
 * Returns: (transfer full): the command line that libvirt would run, quoted for
 * a shell; NULL if libvirt makes none
 */
typedef char *(*cmdqvDefinitionToNative)(const char *xml, gpointer data);

/** A definition and the result of its check. */
typedef struct {
    char *name;                 /* of the domain, NULL if it has none */
    xmlDoc *doc;                /* the XML from the caller, lifted if it was lowered */
    bool lifted;                /* it was */
    cmdqvTopology *topology;    /* the domain, with libvirt's addresses if it was queried */
    cmdqvTopology *placed;      /* the command line of libvirt, if it was queried for addresses; or NULL */
    cmdqvTopology *native;      /* for a definition with arguments of its own: the command line of libvirt, or the topology with their effects; or NULL */
    GPtrArray *findings;        /* cmdqvFinding, empty if it breaks no rule; NULL if it was only read */
    GPtrArray *untold;          /* const cmdqvRule, those that could not tell, or not for all of it; NULL with @findings */
    bool hasSmmu;               /* or may have one in parts that cannot be read */
    bool unplaced;              /* addresses from libvirt are missing */
    bool undecided;             /* they are unknown, and a rule needs them */
} cmdqvDefinition;

cmdqvTopology *cmdqvDefinitionReadOwn(const char *xml, gsize len, GError **error);
void cmdqvDefinitionTake(cmdqvDefinition *definition, xmlDoc *doc, bool lifted);
bool cmdqvDefinitionRead(const char *xml, gsize len, cmdqvDefinition *definition, GError **error);
bool cmdqvDefinitionJudge(const char *xml, gsize len, cmdqvDefinitionToNative toNative, gpointer data,
                          const cmdqvRuleContext *context, cmdqvDefinition *definition, GError **error);
void cmdqvDefinitionCheck(cmdqvDefinition *definition, cmdqvDefinitionToNative toNative, gpointer data,
                          const cmdqvRuleContext *context);
bool cmdqvDefinitionPlace(cmdqvDefinition *definition, cmdqvDefinitionToNative toNative, gpointer data);
const cmdqvTopology *cmdqvDefinitionComplete(cmdqvDefinition *definition, cmdqvDefinitionToNative toNative, gpointer data,
                                             GError **error);
cmdqvVerdict *cmdqvDefinitionVerdict(const cmdqvDefinition *definition, const cmdqvFinding *finding);
void cmdqvDefinitionClear(cmdqvDefinition *definition);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvDefinition, cmdqvDefinitionClear)
