/*
 * plugin/lowering_text.c: XML on its way into an older libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/lowering_priv.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "lowering/strict_values.h"
#include "conf/xml_edit.h"
#include "daemon/acl_gate.h"
#include "daemon/raise_error.h"
#include "plugin/lowering_xml.h"
#include "lowering/lift.h"
#include "util/error.h"


/**
 * cmdqvOlderTextClear:
 * @text: what became of some XML
 *
 * Frees what is in it, not @text itself.
 */
void
cmdqvOlderTextClear(cmdqvOlderText *text)
{
    g_clear_pointer(&text->translated, g_free);
    g_clear_pointer(&text->why, g_free);
}


/**
 * cmdqvOlderIsBad:
 * @xml: domain XML, or some that has domain XML in it
 * @text: (out): gets what is to be said
 *
 * Returns: true if there are values that mean nothing to a libvirt that reads
 * them, which this one does not
 */
bool
cmdqvOlderIsBad(const char *xml, cmdqvOlderText *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = cmdqvDomainXMLMayHaveSmmu(xml) && cmdqvTranslateMayDrop()
        ? cmdqvXMLParse(xml, strlen(xml), NULL, &error) : NULL;
    bool isReaders;

    if (doc && cmdqvLiftDoc(doc))
        (void)cmdqvXMLEditIsWhole(doc, &error);
    if (g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY)) {
        text->why = g_strdup(error->message);
        return true;
    }
    if (!doc)
        return false;
    text->why = cmdqvStrictRefusal(doc, &isReaders);
    if (!text->why)
        return false;
    text->from = isReaders ? VIR_FROM_XML : VIR_FROM_DOMAIN;
    return true;
}


/**
 * cmdqvOlderIn:
 * @text: (out): what becomes of it; cmdqvOlderTextClear() it
 * @conn: (nullable): the caller's connection
 * @function: the public function that was called
 * @xml: (nullable): what the caller gave
 *
 * Returns: (transfer none): what libvirt has to get, which is
 * CMDQV_OLDER_NOTHING where there is no such thing
 */
const char *
cmdqvOlderIn(cmdqvOlderText *text, virConnectPtr conn, const char *function, const char *xml)
{
    *text = (cmdqvOlderText){ .conn = conn, .function = function };
    if (!conn || !xml)
        return xml;
    /* a call that will be refused goes as far as libvirt's own checks, with what the caller gave */
    if (cmdqvFenceIsClosed())
        return xml;
    if (cmdqvOlderIsBad(xml, text) || !cmdqvTranslateIn(conn, xml, &text->translated, &text->why))
        return CMDQV_OLDER_NOTHING;
    return text->translated ? text->translated : xml;
}


/**
 * cmdqvOlderRaise:
 * @text: what became of the XML of a call that failed
 *
 * Where libvirt had nothing to say but that this is nothing, it is said what
 * was.
 */
void
cmdqvOlderRaise(const cmdqvOlderText *text)
{
    static const virErrorNumber aboutXML[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_XML_INVALID_SCHEMA,
                                               VIR_ERR_INTERNAL_ERROR };

    if (!text->why || !cmdqvLastErrorIsOneOf(aboutXML, G_N_ELEMENTS(aboutXML)))
        return;
    if (text->from == VIR_FROM_NONE) {
        cmdqvTranslateRaise(text->conn, text->function, text->why);
        return;
    }
    cmdqvRaiseErrorFrom(text->from, VIR_ERR_XML_ERROR, text->function, text->why);
    cmdqvRaiseDispatch(text->conn);
}
