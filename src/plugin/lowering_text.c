/*
 * lowering_text.c: lower the XML of one call
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/lowering_priv.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/fatal_values.h"
#include "conf/xml_edit.h"
#include "daemon/acl_gate.h"
#include "daemon/raise_error.h"
#include "lowering/lift.h"
#include "lowering/strict_values.h"
#include "plugin/lowering_xml.h"
#include "plugin/nova_refusal.h"
#include "util/error.h"


/**
 * cmdqvLoweringTextClear:
 * @text: the XML of a call
 *
 * Frees the members, not @text itself.
 */
void
cmdqvLoweringTextClear(cmdqvLoweringText *text)
{
    g_clear_pointer(&text->lowered, g_free);
    g_clear_pointer(&text->why, g_free);
}


/**
 * cmdqvLoweringDocIsBad:
 * @doc: a domain, or a snapshot with domains in it, that is not lowered
 * @text: (out): gets the error
 *
 * Returns: true if it has values that a libvirt with CMDQV refuses, and this
 * one ignores
 */
bool
cmdqvLoweringDocIsBad(const xmlDoc *doc, cmdqvLoweringText *text)
{
    bool isReaders;

    text->why = cmdqvLoweringXMLMayDrop() ? cmdqvStrictValuesRefusal(doc, &isReaders) : NULL;
    if (!text->why)
        return false;
    text->from = isReaders ? VIR_FROM_XML : VIR_FROM_DOMAIN;
    return true;
}


/**
 * cmdqvLoweringDocIn:
 * @text: the XML for libvirt, with a connection; gets text->lowered, if that is
 *   another than the caller's, or text->why
 * @doc: the XML from the caller, lifted; becomes that for libvirt
 * @changed: whether it is another than the caller's already
 * @definition: (nullable): as for cmdqvLoweringXMLDoc()
 *
 * Returns: true, or false with text->why set
 */
bool
cmdqvLoweringDocIn(cmdqvLoweringText *text, xmlDoc *doc, bool changed, const cmdqvDefinition *definition)
{
    g_autoptr(GError) error = NULL;
    bool lowered;

    if (cmdqvLoweringDocIsBad(doc, text) || !cmdqvLoweringXMLDoc(text->conn, doc, definition, &lowered, &text->why))
        return false;
    if (!changed && !lowered)
        return true;
    text->lowered = cmdqvXMLEditDump(doc, &error);
    if (!text->lowered)
        text->why = g_strdup(error->message);
    return text->lowered;
}


/**
 * cmdqvLoweringIn:
 * @text: (out): the XML for libvirt; cmdqvLoweringTextClear() it
 * @conn: (nullable): the caller's connection
 * @function: the public function that was called
 * @xml: (nullable): the XML from the caller, which libvirt reads after it has
 *   checked rights
 *
 * Returns: (transfer none): the XML for libvirt, CMDQV_LOWERING_NOTHING if
 * there is none
 */
const char *
cmdqvLoweringIn(cmdqvLoweringText *text, virConnectPtr conn, const char *function, const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = NULL;
    bool lifted;

    *text = (cmdqvLoweringText){ .conn = conn, .function = function, .xml = xml };
    if (!conn || !xml || cmdqvAclGateIsOfOthers(conn))
        return xml;
    /* the call ends at libvirt's access check, before libvirt reads the XML */
    if (cmdqvAclGateIsArmed())
        return CMDQV_LOWERING_NOTHING;
    if (!cmdqvDomainXMLMayHaveSmmu(xml))
        return xml;
    doc = cmdqvLiftParse(xml, strlen(xml), NULL, &lifted, &error);
    text->why = cmdqvFatalValuesFindRead(doc, error, xml, "domain XML");
    if (!text->why && !doc)
        return xml;
    if (text->why || !cmdqvLoweringDocIn(text, doc, lifted, NULL))
        return CMDQV_LOWERING_NOTHING;
    return text->lowered ? text->lowered : xml;
}


/**
 * cmdqvLoweringInFirst:
 * @text: (out): the XML for libvirt; cmdqvLoweringTextClear() it
 * @conn: (nullable): the caller's connection
 * @function: the public function that was called
 * @xml: (nullable): the XML from the caller, which libvirt reads before it
 *   checks rights
 *
 * Returns: (transfer none): as cmdqvLoweringIn()
 */
const char *
cmdqvLoweringInFirst(cmdqvLoweringText *text, virConnectPtr conn, const char *function, const char *xml)
{
    if (!conn || !xml || !cmdqvAclGateIsArmed())
        return cmdqvLoweringIn(text, conn, function, xml);
    *text = (cmdqvLoweringText){ .conn = conn, .function = function };
    text->lowered = cmdqvLoweringXMLToAsk(xml, &text->why);
    return text->lowered ? text->lowered : CMDQV_LOWERING_NOTHING;
}


/**
 * cmdqvLoweringRaiseReason:
 * @text: the XML of a call, with a reason why libvirt must not get it
 *
 * Raises the reason.
 */
void
cmdqvLoweringRaiseReason(const cmdqvLoweringText *text)
{
    if (text->from == VIR_FROM_NONE) {
        g_autoptr(cmdqvVerdict) refusal = cmdqvVerdictNew(g_strdup(text->why));

        cmdqvNovaRefusalRaise(text->conn, NULL, text->xml, VIR_ERR_CONFIG_UNSUPPORTED, text->function, refusal);
        return;
    }
    cmdqvRaiseErrorFrom(text->from, text->code == VIR_ERR_OK ? VIR_ERR_XML_ERROR : text->code, text->function, text->why);
    cmdqvRaiseErrorDispatch(text->conn);
}


/**
 * cmdqvLoweringRaise:
 * @text: the XML of a failed call
 *
 * Raises the reason in @text if libvirt's error is only about
 * CMDQV_LOWERING_NOTHING.
 */
void
cmdqvLoweringRaise(const cmdqvLoweringText *text)
{
    static const virErrorNumber aboutXML[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_XML_INVALID_SCHEMA,
                                               VIR_ERR_INTERNAL_ERROR };

    if (text->why && cmdqvRaiseErrorLastErrorIsOneOf(aboutXML, G_N_ELEMENTS(aboutXML)))
        cmdqvLoweringRaiseReason(text);
}
