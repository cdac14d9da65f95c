/*
 * entrance.h: functions that the targets at the entrances of the module share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "fuzz.h"
#include "libvirt_standin.h"
#include "conf/domain_xml.h"
#include "lowering/lift.h"
#include "policy/rule_table.h"

#include <libvirt/virterror.h>


static inline GLogWriterOutput
cmdqvFuzzDropLog(GLogLevelFlags level G_GNUC_UNUSED, const GLogField *fields G_GNUC_UNUSED, gsize count G_GNUC_UNUSED,
                 gpointer data G_GNUC_UNUSED)
{
    return G_LOG_WRITER_HANDLED;
}


static inline void
cmdqvFuzzDropError(void *data G_GNUC_UNUSED, virErrorPtr error G_GNUC_UNUSED)
{
}


/* cmdqvFuzzCheck() alone reports about an input. */
static inline void
cmdqvFuzzEnter(const char *text)
{
    static gsize silent;

    if (g_once_init_enter(&silent)) {
        g_log_set_writer_func(cmdqvFuzzDropLog, NULL, NULL);
        virSetErrorFunc(NULL, cmdqvFuzzDropError);
        g_once_init_leave(&silent, 1);
    }
    cmdqvStandinBegin(&(cmdqvStandin){ .makesNative = g_str_hash(text) % 2, .saved = text });
}


/* Checks that a domain that libvirt has got breaks no rule, so far as that is seen without libvirt. */
static inline void
cmdqvFuzzCheckSound(const xmlNode *domain, const char *text)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLReadNode(domain, NULL);
    g_autoptr(GPtrArray) findings = topology && !topology->passthroughArgs && !cmdqvRuleTableNeedPlacement(topology)
        ? cmdqvRuleTableRun(topology, NULL, NULL) : NULL;
    guint i;

    for (i = 0; findings && i < findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(findings, i);

        cmdqvFuzzCheck(finding->level != CMDQV_RULE_ERROR, "what libvirt gets breaks no rule", text, finding->message);
    }
}


/* The same for each domain of a text; libvirt refuses a text that it cannot read. */
static inline void
cmdqvFuzzCheckGiven(const char *root)
{
    const char *text = cmdqvStandinGiven();
    bool lifted;
    g_autoptr(xmlDoc) doc = text ? cmdqvLiftParse(text, strlen(text), root, &lifted, NULL) : NULL;
    xmlNode *top = doc ? xmlDocGetRootElement(doc) : NULL;
    xmlNode *node = NULL;

    if (!top)
        return;
    if (cmdqvXMLReadIs(top, "domain"))
        cmdqvFuzzCheckSound(top, text);
    while (!cmdqvXMLReadIs(top, "domain") && (node = cmdqvXMLEditNextElement(top, node))) {
        if (cmdqvXMLReadIs(node, "domain") || cmdqvXMLReadIs(node, "inactiveDomain"))
            cmdqvFuzzCheckSound(node, text);
    }
}


/* A call that the module did not make in libvirt has an error. */
static inline void
cmdqvFuzzCheckRefused(const char *text)
{
    cmdqvFuzzCheck(cmdqvStandinGiven() || virGetLastErrorCode() != VIR_ERR_OK, "what is refused is said why", text, NULL);
}
