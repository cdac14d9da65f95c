/*
 * prepare_definition.c: check a definition, and make the one that libvirt gets
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The rules, then the ports, then lowering, each once, on one document: so
 * libvirt gets the document that was checked.
 */

#include "plugin/prepare_definition.h"

#include "plugin/check_definition.h"
#include "plugin/close_ports.h"


/**
 * cmdqvPrepareDefinition:
 * @text: the connection and the function of the call; gets the XML for libvirt
 *   in text->lowered if it is another than @xml, or in text->why the reason why
 *   a libvirt with CMDQV would refuse it; cmdqvLoweringTextClear() it
 * @xml: domain XML from the caller
 * @definition: as for cmdqvCheckDefinitionRules(); without a topology, @text is
 *   as before
 *
 * Returns: (transfer full): a refusal, NULL if it may pass
 */
cmdqvVerdict *
cmdqvPrepareDefinition(cmdqvLoweringText *text, const char *xml, cmdqvDefinition *definition)
{
    cmdqvVerdict *refusal = cmdqvCheckDefinitionRules(text->conn, xml, definition);
    bool closed;

    if (refusal || !definition->topology)
        return refusal;
    closed = cmdqvClosePortsIn(text->conn, definition);
    if (cmdqvLoweringDocIn(text, definition->doc, definition->lifted || closed, definition) || text->from != VIR_FROM_NONE)
        return NULL;
    return cmdqvCheckDefinitionUnlowered(definition->name, text->why);
}
