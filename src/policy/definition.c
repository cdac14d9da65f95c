/*
 * policy/definition.c: domain XML, read, completed by libvirt and judged
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "policy/definition.h"

#include "conf/topology_defaults.h"
#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "conf/device_origin.h"
#include "conf/xml_edit.h"
#include "qemu/argv_read.h"
#include "qemu/argv_split.h"
#include "lowering/lift.h"
#include "lowering/record.h"
#include "policy/rule_table.h"


/**
 * cmdqvDefinitionClear:
 * @definition: what was read
 *
 * Frees what is in it, not @definition itself; it may be cleared again.
 */
void
cmdqvDefinitionClear(cmdqvDefinition *definition)
{
    g_clear_pointer(&definition->name, g_free);
    g_clear_pointer(&definition->doc, xmlFreeDoc);
    g_clear_pointer(&definition->topology, cmdqvTopologyFree);
    g_clear_pointer(&definition->native, cmdqvTopologyFree);
    g_clear_pointer(&definition->findings, g_ptr_array_unref);
}


/* Arguments of its own may name devices by libvirt's aliases, so that those of such a domain stay as they are. */
static cmdqvTopology *
cmdqvDefinitionAskPlacement(const char *xml, bool passthroughArgs, cmdqvDefinitionToNative toNative, gpointer data)
{
    g_autofree char *marked = toNative && !passthroughArgs ? cmdqvMarkDevices(xml) : NULL;
    g_autofree char *safe = toNative ? cmdqvDomainEditForNative(marked ? marked : xml) : NULL;
    g_autofree char *native = safe ? toNative(safe, data) : NULL;
    g_auto(GStrv) argv = native ? cmdqvCommandLineParseShell(native, NULL) : NULL;
    cmdqvTopology *placed = argv ? cmdqvArgvRead((const char *const *)argv, NULL) : NULL;

    if (placed)
        cmdqvMarkResolve(placed);
    return placed;
}


/**
 * cmdqvDefinitionRead:
 * @xml: domain XML, a NUL byte behind it
 * @len: its length in bytes
 * @definition: (out): what is in it; cmdqvDefinitionClear() it
 * @error: where the XML cannot be read
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDefinitionRead(const char *xml, gsize len, cmdqvDefinition *definition, GError **error)
{
    *definition = (cmdqvDefinition){ .doc = cmdqvXMLParse(xml, len, "domain", error) };
    if (definition->doc && cmdqvLoweredMayBe(xml))
        (void)cmdqvLiftDoc(definition->doc);
    if (definition->doc && cmdqvXMLEditIsWhole(definition->doc, error))
        definition->topology = cmdqvDomainXMLReadWhole(xmlDocGetRootElement(definition->doc));
    if (!definition->topology)
        return false;

    definition->name = g_strdup(definition->topology->name);
    definition->hasSmmu = definition->topology->smmus->len > 0;
    definition->unplaced = definition->topology->unplaced;
    return true;
}


/**
 * cmdqvDefinitionJudge:
 * @xml: domain XML, a NUL byte behind it
 * @len: its length in bytes
 * @toNative: (nullable): asks libvirt for the command line
 * @data: for @toNative
 * @context: (nullable): for the rules
 * @definition: (out): what came of it; cmdqvDefinitionClear() it
 * @error: where the XML cannot be read
 *
 * Where things land is libvirt's business.  If a rule's answer hangs on it,
 * libvirt is asked: the command line that it would run has every address.
 * There are domains of which it makes none; they are judged when they start.
 * What a <qemu:commandline> adds or changes is only seen in that command line:
 * without it nothing is held against such a domain but values that mean
 * nothing.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDefinitionJudge(const char *xml, gsize len, cmdqvDefinitionToNative toNative, gpointer data,
                     const cmdqvRuleContext *context, cmdqvDefinition *definition, GError **error)
{
    g_autoptr(cmdqvTopology) placed = NULL;
    cmdqvTopology *topology;
    bool ask;

    if (!cmdqvDefinitionRead(xml, len, definition, error))
        return false;

    topology = definition->topology;
    cmdqvDefaultsNameBuses(topology);
    ask = topology->passthroughArgs || cmdqvRulesNeedPlacement(topology);
    if (ask)
        placed = cmdqvDefinitionAskPlacement(xml, topology->passthroughArgs, toNative, data);
    if (placed && !topology->passthroughArgs) {
        cmdqvTopologyPlace(topology, placed);
        cmdqvMarkName(topology, xmlDocGetRootElement(definition->doc));
    }

    definition->undecided = ask && !placed;
    if (!topology->passthroughArgs) {
        definition->findings = cmdqvRulesRun(topology, context);
    } else if (placed) {
        placed->name = g_strdup(topology->name);
        placed->type = g_strdup(topology->type);
        cmdqvMarkNative(placed, topology, xmlDocGetRootElement(definition->doc));
        cmdqvTopologyAddBadValues(placed, topology);
        definition->findings = cmdqvRulesRun(placed, context);
        definition->native = g_steal_pointer(&placed);
    } else {
        g_autoptr(cmdqvTopology) nothing = cmdqvTopologyNew();

        cmdqvTopologyAddBadValues(nothing, topology);
        definition->findings = cmdqvRulesRun(nothing, context);
    }
    return true;
}


/* Whether there is something that libvirt has still to give a place. */
static bool
cmdqvDefinitionLacksAddress(const cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        if (bus->model != CMDQV_BUS_PCIE_ROOT && bus->slot.slot == CMDQV_NONE)
            return true;
    }
    return topology->unplaced;
}


/**
 * cmdqvDefinitionComplete:
 * @xml: domain XML, a NUL byte behind it
 * @len: its length in bytes
 * @toNative: (nullable): asks libvirt for the command line
 * @data: for @toNative
 * @error: where the XML cannot be read
 *
 * Returns: (transfer full): the domain as libvirt would start it, so far as
 * that can be told: without @toNative what has no address stays without.  NULL
 * with @error set.
 */
cmdqvTopology *
cmdqvDefinitionComplete(const char *xml, gsize len, cmdqvDefinitionToNative toNative, gpointer data, GError **error)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, len, error);
    g_autoptr(cmdqvTopology) placed = NULL;

    if (!topology)
        return NULL;
    if (cmdqvDefinitionLacksAddress(topology))
        placed = cmdqvDefinitionAskPlacement(xml, topology->passthroughArgs, toNative, data);
    if (placed) {
        cmdqvDefaultsNameBuses(topology);
        cmdqvTopologyPlace(topology, placed);
    }
    cmdqvDefaultsFill(topology);
    return g_steal_pointer(&topology);
}


/**
 * cmdqvDefinitionVerdict:
 * @definition: a definition that was judged
 * @finding: (nullable): one of its findings, or NULL for the first that refuses it
 *
 * Returns: (transfer full) (nullable): cmdqvRulesVerdictOf() that finding, or
 * cmdqvRulesVerdict() of them all
 */
cmdqvVerdict *
cmdqvDefinitionVerdict(const cmdqvDefinition *definition, const cmdqvFinding *finding)
{
    const cmdqvTopology *judged = definition->native ? definition->native : definition->topology;

    return finding ? cmdqvRulesVerdictOf(judged, finding) : cmdqvRulesVerdict(judged, definition->findings);
}
