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


/* Lifts a domain whose record is true, or one whose record is not. */
static bool
cmdqvLiftIf(xmlNode *domain, bool isTrue)
{
    if (!cmdqvRecordFind(domain) || cmdqvRecordCheckIsTrue(domain) != isTrue)
        return false;
    cmdqvLiftDomain(domain);
    return true;
}


/* Returns true if any domain in it was lifted. */
static bool
cmdqvLiftEach(xmlDoc *doc, bool isTrue)
{
    xmlNode *root = xmlDocGetRootElement(doc);
    bool changed = false;
    xmlNode *node;

    if (cmdqvXMLReadIs(root, "domain"))
        return cmdqvLiftIf(root, isTrue);
    for (node = root->children; node; node = node->next) {
        if (cmdqvXMLReadIs(node, "domain") || cmdqvXMLReadIs(node, "inactiveDomain"))
            changed = cmdqvLiftIf(node, isTrue) || changed;
    }
    return changed;
}


static xmlDoc *
cmdqvLiftParseBy(const char *xml, gsize len, const char *root, bool isTrue, bool *lifted, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, len, root, error);

    *lifted = doc && cmdqvLiftEach(doc, isTrue);
    return doc && cmdqvXMLEditIsWhole(doc, error) ? g_steal_pointer(&doc) : NULL;
}


static bool
cmdqvLiftText(const char *xml, bool isTrue, char **lifted, GError **error)
{
    bool isLifted = false;
    /* a lowered domain has an SMMU in it; another one may be in a form that cmdqvXMLReadParse() does not accept */
    bool mayBe = cmdqvRecordMayBe(xml) && cmdqvDomainXMLMayHaveSmmu(xml);
    g_autoptr(xmlDoc) doc = mayBe ? cmdqvLiftParseBy(xml, strlen(xml), NULL, isTrue, &isLifted, error) : NULL;
    char *text = isLifted && doc ? cmdqvXMLEditFormat(doc, error) : NULL;

    if (mayBe && (!doc || (isLifted && !text)))
        return false;
    *lifted = text;
    return true;
}


/**
 * cmdqvLiftParse:
 * @xml: the XML of a domain, snapshot or checkpoint, from libvirt or a client
 * @len: its length in bytes
 * @root: (nullable): as for cmdqvXMLReadParse()
 * @lifted: (out): true if a domain in it was lowered
 * @error: as for cmdqvXMLReadParse()
 *
 * Returns: (transfer full): the document that its client wrote; NULL with @error
 * set
 */
xmlDoc *
cmdqvLiftParse(const char *xml, gsize len, const char *root, bool *lifted, GError **error)
{
    return cmdqvLiftParseBy(xml, len, root, true, lifted, error);
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
    return cmdqvLiftText(xml, true, lifted, error);
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
    return cmdqvLiftText(xml, false, claimed, error);
}
