/*
 * definition.c: read domain XML, complete it with libvirt's help, and check it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "policy/definition.h"

#include "conf/device_origin.h"
#include "conf/domain_xml.h"
#include "conf/native_question.h"
#include "conf/topology_defaults.h"
#include "conf/xml_edit.h"
#include "lowering/lift.h"
#include "policy/rule_table.h"
#include "qemu/argv_read.h"
#include "qemu/argv_split.h"
#include "qemu/own_arguments.h"
#include "util/error.h"


/**
 * cmdqvDefinitionClear:
 * @definition: a definition
 *
 * Frees the members, not @definition itself; may be called again.
 */
void
cmdqvDefinitionClear(cmdqvDefinition *definition)
{
    g_clear_pointer(&definition->name, g_free);
    g_clear_pointer(&definition->doc, xmlFreeDoc);
    g_clear_pointer(&definition->topology, cmdqvTopologyFree);
    g_clear_pointer(&definition->placed, cmdqvTopologyFree);
    g_clear_pointer(&definition->native, cmdqvTopologyFree);
    g_clear_pointer(&definition->findings, g_ptr_array_unref);
    g_clear_pointer(&definition->untold, g_ptr_array_unref);
}


/* libvirt ignores the user's own arguments when it assigns addresses. */
static void
cmdqvDefinitionRemoveArguments(xmlDoc *doc)
{
    xmlNode *root = xmlDocGetRootElement(doc);
    xmlNode *node = cmdqvXMLEditNextElement(root, NULL);

    while (node) {
        xmlNode *next = cmdqvXMLEditNextElement(root, node);

        if (cmdqvDomainXMLIsPassthrough(node))
            cmdqvXMLEditRemove(node);
        node = next;
    }
}


/*
 * Does not change the aliases of a domain @withArguments of its own, because
 * these may name devices by libvirt's aliases.
 */
static cmdqvTopology *
cmdqvDefinitionAskPlacement(const xmlDoc *doc, bool withArguments, cmdqvDefinitionToNative toNative, gpointer data)
{
    g_autoptr(xmlDoc) question = toNative ? cmdqvXMLEditAlone(xmlDocGetRootElement(doc)) : NULL;
    g_autofree char *xml = NULL;
    g_autofree char *native = NULL;
    g_auto(GStrv) argv = NULL;
    cmdqvTopology *placed;

    if (!question || (!withArguments && !cmdqvDeviceOriginWrite(question, doc)))
        return NULL;
    if (!withArguments)
        cmdqvDefinitionRemoveArguments(question);
    xml = cmdqvNativeQuestionOf(question);
    if (!xml)
        return NULL;
    native = toNative(xml, data);
    if (!native)
        return NULL;
    argv = cmdqvArgvSplitParseShell(native, NULL);
    placed = argv ? cmdqvArgvRead((const char *const *)argv, NULL) : NULL;
    if (placed)
        cmdqvDeviceOriginResolve(placed);
    if (placed && withArguments)
        cmdqvOwnArgumentsFindIdTwice(placed, xmlDocGetRootElement(doc), (const char *const *)argv);
    return placed;
}


/**
 * cmdqvDefinitionTake:
 * @definition: (out): the definition; cmdqvDefinitionClear() it
 * @doc: (transfer full): a domain, lifted
 * @lifted: whether it was lowered
 */
void
cmdqvDefinitionTake(cmdqvDefinition *definition, xmlDoc *doc, bool lifted)
{
    cmdqvTopology *topology = cmdqvDomainXMLReadWhole(xmlDocGetRootElement(doc));

    *definition = (cmdqvDefinition){
        .name = g_strdup(topology->name),
        .doc = doc,
        .lifted = lifted,
        .topology = topology,
        .hasSmmu = topology->smmus->len > 0,
        .unplaced = topology->unplaced,
    };
}


/**
 * cmdqvDefinitionRead:
 * @xml: domain XML that ends with a NUL byte
 * @len: its length in bytes
 * @definition: (out): the definition; cmdqvDefinitionClear() it
 * @error: if the XML cannot be read
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDefinitionRead(const char *xml, gsize len, cmdqvDefinition *definition, GError **error)
{
    bool lifted;
    xmlDoc *doc = cmdqvLiftParse(xml, len, "domain", &lifted, error);

    *definition = (cmdqvDefinition){ .name = NULL };
    if (doc)
        cmdqvDefinitionTake(definition, doc, lifted);
    return doc;
}


/**
 * cmdqvDefinitionReadOwn:
 * @xml: domain XML that ends with a NUL byte
 * @len: its length in bytes
 * @error: if the XML cannot be read, or CMDQV_ERROR_INVALID if a value is
 *   invalid
 *
 * For reports on a definition; does not query libvirt.
 *
 * Returns: (transfer full): the resolved topology, with the effects of the
 * domain's own arguments; NULL with @error set
 */
cmdqvTopology *
cmdqvDefinitionReadOwn(const char *xml, gsize len, GError **error)
{
    bool lifted;
    g_autoptr(xmlDoc) doc = cmdqvLiftParse(xml, len, "domain", &lifted, error);
    g_autoptr(cmdqvTopology) topology = doc ? cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), error) : NULL;

    return topology && topology->passthroughArgs ? cmdqvOwnArgumentsMerge(topology, xmlDocGetRootElement(doc)) : g_steal_pointer(&topology);
}


/* Appends the values of another topology to those of @topology. */
static void
cmdqvDefinitionAddValues(cmdqvTopology *topology, GArray *to, const GArray *from)
{
    guint i;

    for (i = 0; i < from->len; i++) {
        cmdqvBadValue value = g_array_index(from, cmdqvBadValue, i);

        value.message = cmdqvTopologyKeep(topology, value.message);
        g_array_append_val(to, value);
    }
}


/**
 * cmdqvDefinitionCheck:
 * @definition: from cmdqvDefinitionRead(); gets its findings
 * @toNative: (nullable): queries libvirt for the command line
 * @data: for @toNative
 * @context: (nullable): the facts for the rules
 *
 * libvirt assigns addresses. If the result of a rule depends on one, queries
 * libvirt: the command line that it would run has every address. For some
 * domains libvirt makes none. Then checks the facts in their XML and their own
 * arguments; and if a vSMMU has CMDQV and a rule needs an address that
 * libvirt did not give, that is a finding too. For a domain without an SMMUv3,
 * does not query libvirt.
 */
void
cmdqvDefinitionCheck(cmdqvDefinition *definition, cmdqvDefinitionToNative toNative, gpointer data, const cmdqvRuleContext *context)
{
    g_autoptr(cmdqvTopology) placed = NULL;
    cmdqvTopology *topology = definition->topology;
    bool needsPlaces;

    cmdqvTopologyDefaultsNameBuses(topology);
    if (topology->passthroughArgs)
        definition->native = cmdqvOwnArgumentsMerge(topology, xmlDocGetRootElement(definition->doc));
    if (definition->native)
        definition->hasSmmu = definition->native->smmus->len > 0 || cmdqvTopologyMayHide(definition->native);
    needsPlaces = definition->hasSmmu && cmdqvRuleTableNeedPlacement(definition->native ? definition->native : topology);
    if (needsPlaces || (definition->hasSmmu && topology->passthroughArgs))
        placed = cmdqvDefinitionAskPlacement(definition->doc, topology->passthroughArgs, toNative, data);
    definition->undecided = needsPlaces && !placed;

    if (placed && topology->passthroughArgs) {
        placed->name = cmdqvTopologyKeep(placed, topology->name);
        placed->type = cmdqvTopologyKeep(placed, topology->type);
        placed->arch = cmdqvTopologyKeep(placed, topology->arch);
        cmdqvDeviceOriginNative(placed, topology, xmlDocGetRootElement(definition->doc));
        cmdqvDefinitionAddValues(placed, placed->badValues, topology->badValues);
        /* the same topology, with its elements, and with parts that no command line has */
        placed->monitor = definition->native->monitor;
        g_array_set_size(placed->hidden, 0);
        cmdqvDefinitionAddValues(placed, placed->hidden, definition->native->hidden);
        cmdqvTopologyFree(definition->native);
        definition->native = g_steal_pointer(&placed);
    } else if (placed) {
        cmdqvTopologyPlace(topology, placed);
        cmdqvDeviceOriginName(topology, xmlDocGetRootElement(definition->doc));
        definition->placed = g_steal_pointer(&placed);
    }
    if (definition->native)
        topology = definition->native;
    /* libvirt makes no command line for an invalid value, and another finding names the value */
    topology->placesUntold = definition->undecided && toNative && topology->badValues->len == 0;
    topology->placesOpen = definition->undecided;
    definition->findings = cmdqvRuleTableRun(topology, context, &definition->untold);
}


/**
 * cmdqvDefinitionJudge:
 * @xml: domain XML that ends with a NUL byte
 * @len: its length in bytes
 * @toNative: (nullable): queries libvirt for the command line
 * @data: for @toNative
 * @context: (nullable): the facts for the rules
 * @definition: (out): the definition and its findings; cmdqvDefinitionClear()
 *   it
 * @error: if the XML cannot be read
 *
 * Calls cmdqvDefinitionRead() and cmdqvDefinitionCheck().
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDefinitionJudge(const char *xml, gsize len, cmdqvDefinitionToNative toNative, gpointer data,
                     const cmdqvRuleContext *context, cmdqvDefinition *definition, GError **error)
{
    if (!cmdqvDefinitionRead(xml, len, definition, error))
        return false;
    cmdqvDefinitionCheck(definition, toNative, data, context);
    return true;
}


/**
 * cmdqvDefinitionPlace:
 * @definition: a definition that was judged
 * @toNative: queries libvirt for the command line
 * @data: for @toNative
 *
 * The check of a definition with arguments of its own used the command line
 * with these arguments, which may move devices, so this queries libvirt once
 * more.
 *
 * Returns: true if its host devices have the addresses from libvirt; false if
 * libvirt did not give them
 */
bool
cmdqvDefinitionPlace(cmdqvDefinition *definition, cmdqvDefinitionToNative toNative, gpointer data)
{
    cmdqvTopology *topology = definition->topology;

    if (topology->unplaced && topology->passthroughArgs && !definition->placed) {
        definition->placed = cmdqvDefinitionAskPlacement(definition->doc, false, toNative, data);
        if (definition->placed)
            cmdqvTopologyPlace(topology, definition->placed);
    }
    return !topology->unplaced;
}


/* Whether a device has no address from libvirt yet. */
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
 * @definition: a definition that was judged
 * @toNative: (nullable): queries libvirt for the command line
 * @data: for @toNative
 * @error: CMDQV_ERROR_INVALID if a value is invalid
 *
 * Returns: (transfer none): the domain as libvirt would start it, as far as
 * known: without @toNative, devices without an address stay so. NULL with
 * @error set.
 */
const cmdqvTopology *
cmdqvDefinitionComplete(cmdqvDefinition *definition, cmdqvDefinitionToNative toNative, gpointer data, GError **error)
{
    cmdqvTopology *topology = definition->topology;
    g_autoptr(cmdqvTopology) placed = NULL;

    if (topology->badValues->len > 0)
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s", g_array_index(topology->badValues, cmdqvBadValue, 0).message);
    if (!definition->placed && cmdqvDefinitionLacksAddress(topology))
        placed = cmdqvDefinitionAskPlacement(definition->doc, topology->passthroughArgs, toNative, data);
    if (placed)
        cmdqvTopologyPlace(topology, placed);
    cmdqvTopologyDefaultsFill(topology);
    return topology;
}


/**
 * cmdqvDefinitionVerdict:
 * @definition: a definition that was judged
 * @finding: (nullable): one of its findings, or NULL for the first that is an
 *   error
 *
 * Returns: (transfer full) (nullable): cmdqvRuleTableVerdictOf() for that
 * finding, or cmdqvRuleTableVerdict() for all
 */
cmdqvVerdict *
cmdqvDefinitionVerdict(const cmdqvDefinition *definition, const cmdqvFinding *finding)
{
    const cmdqvTopology *judged = definition->native ? definition->native : definition->topology;

    return finding ? cmdqvRuleTableVerdictOf(judged, finding) : cmdqvRuleTableVerdict(judged, definition->findings);
}
