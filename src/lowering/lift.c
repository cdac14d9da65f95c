/*
 * lift.c: restore lowered domains to the XML of their clients
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Only if the record is true. A domain with any other record stays as it is, and
 * is checked as it is.
 */

#include "lowering/lift.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "lowering/lift_domain.h"
#include "lowering/record.h"
#include "lowering/record_check.h"


static bool
cmdqvLiftIfTrue(xmlNode *domain)
{
    if (!cmdqvRecordFind(domain) || !cmdqvRecordCheckIsTrue(domain))
        return false;
    cmdqvLiftDomain(domain);
    return true;
}


static bool
cmdqvLiftIfForged(xmlNode *domain)
{
    if (!cmdqvRecordFind(domain) || cmdqvRecordCheckIsTrue(domain))
        return false;
    cmdqvLiftDomain(domain);
    return true;
}


/* Returns true if any domain in it was lifted. */
static bool
cmdqvLiftEach(xmlDoc *doc, bool (*lift)(xmlNode *domain))
{
    xmlNode *root = xmlDocGetRootElement(doc);
    bool changed = false;
    xmlNode *node;

    if (cmdqvXMLReadIs(root, "domain"))
        return lift(root);
    for (node = root->children; node; node = node->next) {
        if (cmdqvXMLReadIs(node, "domain") || cmdqvXMLReadIs(node, "inactiveDomain"))
            changed = lift(node) || changed;
    }
    return changed;
}


static bool
cmdqvLiftText(const char *xml, bool (*lift)(xmlNode *domain), char **lifted, GError **error)
{
    g_autoptr(xmlDoc) doc = NULL;
    g_autofree char *text = NULL;

    /* a lowered domain has an SMMU in it; another one may be in a form that cmdqvXMLReadParse() does not accept */
    if (cmdqvRecordMayBe(xml) && cmdqvDomainXMLMayHaveSmmu(xml)) {
        doc = cmdqvXMLReadParse(xml, strlen(xml), NULL, error);
        if (!doc)
            return false;
    }
    if (doc && cmdqvLiftEach(doc, lift)) {
        text = cmdqvXMLEditFormat(doc, error);
        if (!text)
            return false;
    } else if (doc && !cmdqvXMLEditIsWhole(doc, error)) {
        return false;
    }
    *lifted = g_steal_pointer(&text);
    return true;
}


/**
 * cmdqvLiftDoc:
 * @doc: a domain, or a snapshot or checkpoint with domains in it
 *
 * Without memory parts may be missing; check with cmdqvXMLEditIsWhole().
 *
 * Returns: true if one of them was lowered, and now has the XML of its client
 */
bool
cmdqvLiftDoc(xmlDoc *doc)
{
    return cmdqvLiftEach(doc, cmdqvLiftIfTrue);
}


/**
 * cmdqvLiftXML:
 * @xml: the XML of a domain, snapshot or checkpoint
 * @lifted: (out) (nullable): the XML as the client wrote it; NULL if nothing in
 *   it was lowered
 * @error: if it cannot be read, or there is no memory for it
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvLiftXML(const char *xml, char **lifted, GError **error)
{
    return cmdqvLiftText(xml, cmdqvLiftIfTrue, lifted, error);
}


/**
 * cmdqvLiftXMLClaimed:
 * @xml: the XML of a domain, snapshot or checkpoint
 * @claimed: (out) (nullable): the result of lifting by its untrue records;
 *   NULL if it has none
 * @error: if it cannot be read, or there is no memory for it
 *
 * XML from others, or XML that was changed without the module, may have a record
 * that is not true. Nothing believes it, but it must not claim devices
 * that a rule refuses.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvLiftXMLClaimed(const char *xml, char **claimed, GError **error)
{
    return cmdqvLiftText(xml, cmdqvLiftIfForged, claimed, error);
}
