/*
 * check_device_change.c: check a change of one device in a definition
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/check_device_change.h"

#include <string.h>

#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "lowering/lift.h"
#include "plugin/check_definition.h"
#include "plugin/close_ports.h"
#include "plugin/daemon_context.h"
#include "plugin/domain_facts.h"
#include "plugin/lowering_change.h"
#include "plugin/lowering_xml.h"
#include "policy/definition.h"
#include "policy/rule_table.h"
#include "util/text.h"


/* The first breach that the definition did not have before. */
static const cmdqvFinding *
cmdqvCheckDeviceChangeFindNew(const GPtrArray *before, const GPtrArray *after)
{
    guint i;
    guint j;

    for (i = 0; i < after->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(after, i);

        if (finding->level != CMDQV_RULE_ERROR)
            continue;
        for (j = 0; j < before->len; j++) {
            const cmdqvFinding *old = g_ptr_array_index(before, j);

            if (old->rule == finding->rule && old->smmu == finding->smmu)
                break;
        }
        if (j == before->len)
            return finding;
    }
    return NULL;
}


/* Names the element in a line of the definition by an address or number that a client knows. */
static char *
cmdqvCheckDeviceChangeNameLine(const cmdqvTopology *topology, const char *element, int line)
{
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->line == line && !endpoint->added) {
            g_autofree char *name = cmdqvTopologyNameEndpoint(endpoint);

            return endpoint->hasHost || endpoint->id ? g_strdup_printf("<%s> %s", element, name) : g_strdup_printf("<%s>", element);
        }
    }
    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        if (smmu->line == line && smmu->busIndex != CMDQV_NONE)
            return g_strdup_printf("<%s> of PCI controller %d", element, smmu->busIndex);
    }
    for (i = 0; i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        if (bus->line == line && bus->index != CMDQV_NONE)
            return g_strdup_printf("<%s> with index %d", element, bus->index);
    }
    return g_strdup_printf("<%s>", element);
}


/* The message; the lines in it are of a text that the client does not have: libvirt's definition with the new device. */
static char *
cmdqvCheckDeviceChangeDescribe(const cmdqvTopology *topology, const cmdqvFinding *finding)
{
    const char *message = finding->message;
    g_autoptr(GRegex) regex = g_regex_new("<([a-z:]+)> in line ([0-9]{1,9})", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    GString *text = g_string_new(NULL);
    int end = 0;

    for (g_regex_match(regex, message, 0, &match); g_match_info_matches(match); g_match_info_next(match, NULL)) {
        g_autofree char *element = g_match_info_fetch(match, 1);
        g_autofree char *line = g_match_info_fetch(match, 2);
        g_autofree char *name = cmdqvCheckDeviceChangeNameLine(topology, element, (int)g_ascii_strtoll(line, NULL, 10));
        int from;
        int to;

        (void)g_match_info_fetch_pos(match, 0, &from, &to);
        g_string_append_printf(text, "%.*s%s", from - end, message + end, name);
        end = to;
    }
    g_string_append(text, message + end);
    return g_string_free(text, FALSE);
}


/* A finding that the definition has only after the change; its faults before matter only if it breaks a rule now. */
static const cmdqvFinding *
cmdqvCheckDeviceChangeFind(const char *before, const cmdqvDefinition *new, const cmdqvRuleContext *context)
{
    g_auto(cmdqvDefinition) old = { .name = NULL };

    if (cmdqvRuleTableErrors(new->findings) == 0 || !cmdqvDefinitionJudge(before, strlen(before), NULL, NULL, context, &old, NULL))
        return NULL;
    return cmdqvCheckDeviceChangeFindNew(old.findings, new->findings);
}


/* A libvirt with CMDQV allows several SMMUs only in a new definition. */
static void
cmdqvCheckDeviceChangeRefuseSecond(cmdqvLoweringText *text)
{
    cmdqvLoweringTextClear(text);
    text->why = g_strdup("domain already has an iommu device");
    text->from = VIR_FROM_QEMU;
    text->code = VIR_ERR_OPERATION_INVALID;
}


/* Makes the definition with the change for libvirt, if libvirt would not understand all of the device; or finds why it cannot be made. */
static char *
cmdqvCheckDeviceChangeLower(cmdqvApiCall *call, cmdqvDefinition *new, bool isSecond)
{
    cmdqvLoweringText *text = &call->changed;

    if (cmdqvLoweringChangeIsOf(call->device) && cmdqvLoweringXMLMayDrop())
        (void)cmdqvClosePortsIn(call->conn, new);
    (void)cmdqvLoweringDocIn(text, new->doc, false, new);
    if (text->why && text->from == VIR_FROM_NONE)
        return g_steal_pointer(&text->why);
    if (isSecond && (text->why || text->lowered))
        cmdqvCheckDeviceChangeRefuseSecond(text);
    return NULL;
}


/* Checks the definition with the change; @isSecond: the change adds an SMMU to one that has it already. */
static cmdqvVerdict *
cmdqvCheckDeviceChangeCompare(cmdqvApiCall *call, const char *verb, const char *before, cmdqvDefinition *new, bool isSecond)
{
    const cmdqvRuleContext context = cmdqvDaemonContextGet(call->conn, new->doc, new->topology);
    g_autofree char *why = NULL;
    g_autofree char *broken = NULL;
    const cmdqvFinding *finding = NULL;
    cmdqvVerdict *verdict;

    cmdqvDefinitionCheck(new, cmdqvCheckDefinitionToNative, call->conn, &context);
    virResetLastError();
    /* libvirt refuses them; one without CMDQV may not */
    if (new->topology->badValues->len > 0) {
        (void)cmdqvLoweringDocIsBad(new->doc, &call->changed);
        return NULL;
    }
    finding = cmdqvCheckDeviceChangeFind(before, new, &context);
    why = finding ? NULL : cmdqvCheckDeviceChangeLower(call, new, isSecond);
    if (!finding && !why)
        return NULL;

    verdict = finding ? cmdqvDefinitionVerdict(new, finding) : cmdqvVerdictNew(NULL);
    broken = finding ? cmdqvCheckDeviceChangeDescribe(new->native ? new->native : new->topology, finding) : NULL;
    verdict->message = g_strdup_printf("cannot %s the device in the definition of domain '%s', which would then be refused: %s",
                                       verb, CMDQV_REAL(virDomainGetName)(call->domain), finding ? broken : why);
    return verdict;
}


static cmdqvVerdict *
cmdqvCheckDeviceChangeUnread(virDomainPtr domain, const char *verb, const GError *error)
{
    return cmdqvVerdictNew(g_strdup_printf("cannot %s the device in the definition of domain '%s': it cannot be read: %s", verb,
                                           CMDQV_REAL(virDomainGetName)(domain), error->message));
}


/**
 * cmdqvCheckDeviceChangeJudge:
 * @call: a call with a device; gets @kept and @changed, if libvirt would not
 *   understand all of the device
 * @verb: the action, for the message
 * @replaces: whether it replaces the device that it designates
 *
 * A definition that breaks rules already may be changed if the change breaks no
 * other.
 *
 * Returns: (transfer full): a refusal, NULL if the change breaks no rule
 */
cmdqvVerdict *
cmdqvCheckDeviceChangeJudge(cmdqvApiCall *call, const char *verb, bool replaces)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTextMalloced) before = NULL;
    g_auto(cmdqvDefinition) new = { .name = NULL };
    g_autoptr(xmlDoc) doc = NULL;
    cmdqvVerdict *refusal;
    bool isSecond;
    bool lifted;

    g_clear_pointer(&call->kept, g_free);
    cmdqvLoweringTextClear(&call->changed);
    call->changed = (cmdqvLoweringText){ .conn = call->conn, .function = call->function };
    if (!cmdqvDomainFactsXML(call->domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE, &before, &error))
        return cmdqvCheckDeviceChangeUnread(call->domain, verb, error);
    if (!before || !(cmdqvDomainXMLMayHaveSmmu(before) || cmdqvDomainXMLMayHaveSmmu(call->text)))
        return NULL;
    doc = cmdqvLiftParse(before, strlen(before), "domain", &lifted, &error);
    isSecond = !replaces && call->device->kind == CMDQV_DEVICE_IOMMU &&
        cmdqvXMLReadChild(cmdqvXMLReadChild(xmlDocGetRootElement(doc), "devices"), "iommu");
    /* libvirt refuses a device that is not there */
    if (doc && !(replaces ? cmdqvDomainEditReplaceDevice(doc, call->device) : cmdqvDomainEditAddDevice(doc, call->device)))
        return NULL;
    if (!doc || !cmdqvXMLEditIsWhole(doc, &error))
        return cmdqvCheckDeviceChangeUnread(call->domain, verb, error);
    cmdqvDefinitionTake(&new, g_steal_pointer(&doc), lifted);
    refusal = cmdqvCheckDeviceChangeCompare(call, verb, before, &new, isSecond);
    if (!refusal && cmdqvLoweringChangeIsOf(call->device) && (call->changed.lowered || call->changed.why))
        call->kept = g_strdup(before);
    return refusal;
}
