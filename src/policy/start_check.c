/*
 * start_check.c: find parts of a domain's CMDQV that its QEMU process lacks
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt may not know an attribute, <qemu:override> may change a property, and
 * the emulator may be a script. So this compares the arguments of the process
 * with the XML.
 */

#include "policy/start_check.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "lowering/lift.h"

/* State of a comparison; @taken has the endpoints of the process that match one of the XML. */
typedef struct {
    const cmdqvTopology *asked;
    const cmdqvTopology *process;
    GHashTable *taken;
    cmdqvStartCheckLost *lost;
} cmdqvStartCheckSearch;


/**
 * cmdqvStartCheckLostClear:
 * @lost: the missing parts
 *
 * Frees the members, not @lost itself.
 */
void
cmdqvStartCheckLostClear(cmdqvStartCheckLost *lost)
{
    g_clear_pointer(&lost->smmus, g_ptr_array_unref);
    g_clear_pointer(&lost->devices, g_ptr_array_unref);
    g_clear_pointer(&lost->reasons, g_ptr_array_unref);
}


static void
cmdqvStartCheckAdd(GPtrArray *names, const char *name)
{
    if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        g_ptr_array_add(names, g_strdup(name));
}


/* Takes over @reason. */
static void
cmdqvStartCheckSmmu(const cmdqvStartCheckSearch *search, const char *smmu, char *reason)
{
    cmdqvStartCheckAdd(search->lost->smmus, smmu);
    g_ptr_array_add(search->lost->reasons, reason);
}


static bool
cmdqvStartCheckWantsCmdqv(const cmdqvSmmu *smmu)
{
    return (smmu->busIndex != CMDQV_NONE || smmu->busName) && smmu->accel == CMDQV_SWITCH_ON && smmu->cmdqv != CMDQV_SWITCH_OFF;
}


/* Finds it by its alias; without aliases, as in XML from a client, by its position. */
static const cmdqvSmmu *
cmdqvStartCheckFindSmmu(const cmdqvStartCheckSearch *search, guint at)
{
    int byId = cmdqvTopologyFindSmmuId(search->process, g_array_index(search->asked->smmus, cmdqvSmmu, at).id);

    if (byId != CMDQV_NONE || search->process->smmus->len != search->asked->smmus->len)
        return cmdqvTopologyGetSmmu(search->process, byId);
    return &g_array_index(search->process->smmus, cmdqvSmmu, at);
}


static void
cmdqvStartCheckProperty(const cmdqvStartCheckSearch *search, const char *smmu, const char *name, const char *asked, const char *has)
{
    if (asked && !has)
        cmdqvStartCheckSmmu(search, smmu, g_strdup_printf("vSMMU '%s' has no %s=%s", smmu, name, asked));
    else if (asked && strcmp(asked, has) != 0)
        cmdqvStartCheckSmmu(search, smmu, g_strdup_printf("vSMMU '%s' has %s=%s, not %s=%s", smmu, name, has, name, asked));
}


static void
cmdqvStartCheckCompareSmmu(const cmdqvStartCheckSearch *search, const cmdqvSmmu *asked, const cmdqvSmmu *has, const char *name)
{
    const char *cmdqv = has->cmdqv == CMDQV_SWITCH_ABSENT ? NULL : cmdqvSwitchToString(has->cmdqv);
    guint i;

    if (has->accel != CMDQV_SWITCH_ON)
        cmdqvStartCheckSmmu(search, name, g_strdup_printf("vSMMU '%s' is not accelerated", name));
    if (asked->cmdqv == CMDQV_SWITCH_ON)
        cmdqvStartCheckProperty(search, name, "cmdqv", "on", cmdqv);
    else if (has->cmdqv == CMDQV_SWITCH_OFF)
        cmdqvStartCheckSmmu(search, name, g_strdup_printf("vSMMU '%s' has cmdqv=off", name));
    for (i = 0; i < CMDQV_SMMU_ATTRIBUTE_LAST; i++) {
        /* downstream series have PASID instead of ssidsize */
        if (i != CMDQV_SMMU_ATTRIBUTE_SSIDSIZE || has->given[i])
            cmdqvStartCheckProperty(search, name, cmdqvSmmuAttributeRows[i].name, asked->given[i], has->given[i]);
    }
}


static bool
cmdqvStartCheckIsSame(const cmdqvEndpoint *asked, const cmdqvEndpoint *has)
{
    if (asked->id && g_strcmp0(asked->id, has->id) == 0)
        return true;
    return asked->hasHost && has->hasHost && cmdqvPCIAddressEqual(&asked->host, &has->host);
}


static bool
cmdqvStartCheckIsBehind(const cmdqvTopology *process, guint endpoint, const cmdqvSmmu *smmu)
{
    return cmdqvTopologyGetSmmu(process, cmdqvTopologyEndpointSmmu(process, endpoint)) == smmu;
}


/*
 * QEMU's arguments may have neither the alias nor the address of the XML: then
 * finds any device on iommufd behind the SMMU that matches no other device of
 * the XML.
 */
static int
cmdqvStartCheckFindEndpoint(const cmdqvStartCheckSearch *search, const cmdqvEndpoint *asked, const cmdqvSmmu *smmu)
{
    const GArray *endpoints = search->process->endpoints;
    guint i;

    for (i = 0; i < endpoints->len; i++) {
        if (cmdqvStartCheckIsSame(asked, &g_array_index(endpoints, cmdqvEndpoint, i)))
            return (int)i;
    }
    for (i = 0; !asked->id && i < endpoints->len; i++) {
        const cmdqvEndpoint *has = &g_array_index(endpoints, cmdqvEndpoint, i);

        if (has->kind == CMDQV_ENDPOINT_VFIO && has->iommufd && cmdqvStartCheckIsBehind(search->process, i, smmu) &&
            !g_hash_table_contains(search->taken, GUINT_TO_POINTER(i)))
            return (int)i;
    }
    return CMDQV_NONE;
}


static void
cmdqvStartCheckCompareEndpoint(const cmdqvStartCheckSearch *search, const cmdqvEndpoint *asked, const cmdqvSmmu *smmu, const char *name)
{
    int at = cmdqvStartCheckFindEndpoint(search, asked, smmu);
    char host[CMDQV_PCI_ADDRESS_LEN];
    const char *device = asked->element;
    const char *fault = NULL;

    if (asked->id)
        device = asked->id;
    else if (asked->hasHost)
        device = cmdqvPCIAddressFormat(&asked->host, host);
    if (at == CMDQV_NONE)
        fault = "is not there";
    else if (!cmdqvStartCheckIsBehind(search->process, (guint)at, smmu))
        fault = "is elsewhere";
    else if (asked->iommufd && !g_array_index(search->process->endpoints, cmdqvEndpoint, at).iommufd)
        fault = "is not on iommufd";
    if (at != CMDQV_NONE)
        (void)g_hash_table_add(search->taken, GINT_TO_POINTER(at));
    if (!fault)
        return;

    cmdqvStartCheckAdd(search->lost->devices, device);
    cmdqvStartCheckSmmu(search, name, g_strdup_printf("'%s', to be behind vSMMU '%s', %s", device, name, fault));
}


static void
cmdqvStartCheckCompareAllEndpoints(const cmdqvStartCheckSearch *search, guint at, const cmdqvSmmu *smmu, const char *name)
{
    guint i;

    for (i = 0; i < search->asked->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(search->asked->endpoints, cmdqvEndpoint, i);

        if (endpoint->kind == CMDQV_ENDPOINT_VFIO && cmdqvTopologyEndpointSmmu(search->asked, i) == (int)at)
            cmdqvStartCheckCompareEndpoint(search, endpoint, smmu, name);
    }
}


/**
 * cmdqvStartCheckFind:
 * @asked: a domain's XML, at the time of its start
 * @process: the command line of its QEMU
 * @lost: (out): the missing or different parts; cmdqvStartCheckLostClear() it
 *
 * Compares only vSMMUs that may have CMDQV, and the host devices behind them.
 *
 * Returns: true if a part is missing or differs
 */
bool
cmdqvStartCheckFind(const cmdqvTopology *asked, const cmdqvTopology *process, cmdqvStartCheckLost *lost)
{
    g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);
    const cmdqvStartCheckSearch search = { .asked = asked, .process = process, .taken = taken, .lost = lost };
    guint i;

    *lost = (cmdqvStartCheckLost){
        .smmus = g_ptr_array_new_with_free_func(g_free),
        .devices = g_ptr_array_new_with_free_func(g_free),
        .reasons = g_ptr_array_new_with_free_func(g_free),
    };
    for (i = 0; i < asked->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(asked->smmus, cmdqvSmmu, i);
        const cmdqvSmmu *has = cmdqvStartCheckFindSmmu(&search, i);
        g_autofree char *name = smmu->id ? g_strdup(smmu->id) : g_strdup_printf("iommu%u", i);

        if (!cmdqvStartCheckWantsCmdqv(smmu))
            continue;
        if (!has || !has->busName) {
            cmdqvStartCheckSmmu(&search, name, g_strdup_printf("vSMMU '%s' is not there", name));
            continue;
        }
        cmdqvStartCheckCompareSmmu(&search, smmu, has, name);
        cmdqvStartCheckCompareAllEndpoints(&search, i, has, name);
    }
    return lost->reasons->len > 0;
}


static char *
cmdqvStartCheckJoin(const GPtrArray *words, const char *separator)
{
    GString *text = g_string_new(NULL);
    guint i;

    for (i = 0; i < words->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? separator : "", (const char *)g_ptr_array_index(words, i));
    return g_string_free(text, FALSE);
}


/* One warning for all missing parts, because the domain runs, and there is no other message. */
static cmdqvVerdict *
cmdqvStartCheckTell(const char *domain, const char *uuid, const cmdqvStartCheckLost *lost)
{
    g_autofree char *reasons = cmdqvStartCheckJoin(lost->reasons, "; ");
    cmdqvVerdict *warning = cmdqvVerdictNew(g_strdup_printf("domain '%s' runs without the CMDQV that it asks for: %s; check its <emulator>, "
                                                            "<qemu:commandline> and <qemu:override>, and start it again", domain, reasons));

    warning->domain = g_strdup(domain);
    warning->uuid = g_strdup(uuid);
    warning->smmu = cmdqvStartCheckJoin(lost->smmus, ", ");
    warning->device = cmdqvStartCheckJoin(lost->devices, ", ");
    return warning;
}


/* The XML as its client wrote it, lowered or not; NULL if that is unknown. */
static cmdqvTopology *
cmdqvStartCheckReadAsked(const char *xml)
{
    bool lifted;
    g_autoptr(xmlDoc) doc = cmdqvDomainXMLMayHaveSmmu(xml) ? cmdqvLiftParse(xml, strlen(xml), "domain", &lifted, NULL) : NULL;

    return doc ? cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), NULL) : NULL;
}


/**
 * cmdqvStartCheckRun:
 * @xml: XML of a domain that has just started: libvirt's live XML, or the XML
 *   from its client
 * @name: its name
 * @uuid: (nullable): its UUID, if that is not in the XML
 * @paths: folders to find its process in
 *
 * Finds the parts of this XML that the process lacks; finds nothing if the
 * process has ended.
 *
 * Returns: (transfer full) (nullable): the warning if a part is missing or
 * differs
 */
cmdqvVerdict *
cmdqvStartCheckRun(const char *xml, const char *name, const char *uuid, const cmdqvProcessPaths *paths)
{
    g_autoptr(cmdqvTopology) asked = cmdqvStartCheckReadAsked(xml);
    g_autoptr(cmdqvTopology) process = NULL;
    g_auto(cmdqvStartCheckLost) lost = { .smmus = NULL };

    if (asked && !uuid)
        uuid = asked->uuid;
    if (asked && asked->smmus->len > 0 && uuid)
        process = cmdqvProcessRead(paths, name, uuid, NULL, NULL);
    if (!process || !cmdqvStartCheckFind(asked, process, &lost))
        return NULL;
    return cmdqvStartCheckTell(name, uuid, &lost);
}
