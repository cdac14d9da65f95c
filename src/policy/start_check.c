/*
 * policy/start_check.c: CMDQV that a domain asks for and its QEMU was not asked for
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Between the XML and the command line are a libvirt that may not know an
 * attribute, <qemu:override>, and an emulator that may be a script.  What the
 * process was given is compared with what the XML says.
 */

#include "policy/start_check.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "lowering/lift.h"
#include "util/log.h"

/* Which endpoints of the process have been taken for one of the XML. */
typedef struct {
    const cmdqvTopology *asked;
    const cmdqvTopology *process;
    GHashTable *taken;
    cmdqvLost *lost;
} cmdqvLostSearch;


/**
 * cmdqvLostClear:
 * @lost: what was compared
 *
 * Frees what is in it, not @lost itself.
 */
void
cmdqvLostClear(cmdqvLost *lost)
{
    g_clear_pointer(&lost->smmus, g_ptr_array_unref);
    g_clear_pointer(&lost->devices, g_ptr_array_unref);
    g_clear_pointer(&lost->reasons, g_ptr_array_unref);
}


static void
cmdqvLostAdd(GPtrArray *names, const char *name)
{
    if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
        g_ptr_array_add(names, g_strdup(name));
}


/* Takes over @reason. */
static void
cmdqvLostSmmu(const cmdqvLostSearch *search, const char *smmu, char *reason)
{
    cmdqvLostAdd(search->lost->smmus, smmu);
    g_ptr_array_add(search->lost->reasons, reason);
}


static bool
cmdqvLostWantsCmdqv(const cmdqvSmmu *smmu)
{
    return (smmu->busIndex != CMDQV_NONE || smmu->busName) && smmu->accel == CMDQV_SWITCH_ON && smmu->cmdqv != CMDQV_SWITCH_OFF;
}


static const cmdqvSmmu *
cmdqvLostFindSmmuId(const cmdqvTopology *process, const char *id)
{
    guint i;

    for (i = 0; id && i < process->smmus->len; i++) {
        if (g_strcmp0(g_array_index(process->smmus, cmdqvSmmu, i).id, id) == 0)
            return &g_array_index(process->smmus, cmdqvSmmu, i);
    }
    return NULL;
}


/* By its alias; XML of a client may have none, and then they are in the same order. */
static const cmdqvSmmu *
cmdqvLostFindSmmu(const cmdqvLostSearch *search, guint at)
{
    const cmdqvSmmu *byId = cmdqvLostFindSmmuId(search->process, g_array_index(search->asked->smmus, cmdqvSmmu, at).id);

    if (byId || search->process->smmus->len != search->asked->smmus->len)
        return byId;
    return &g_array_index(search->process->smmus, cmdqvSmmu, at);
}


static void
cmdqvLostProperty(const cmdqvLostSearch *search, const char *smmu, const char *name, const char *asked, const char *has)
{
    if (asked && !has)
        cmdqvLostSmmu(search, smmu, g_strdup_printf("vSMMU '%s' has no %s=%s", smmu, name, asked));
    else if (asked && strcmp(asked, has) != 0)
        cmdqvLostSmmu(search, smmu, g_strdup_printf("vSMMU '%s' has %s=%s, not %s=%s", smmu, name, has, name, asked));
}


static void
cmdqvLostCompareSmmu(const cmdqvLostSearch *search, const cmdqvSmmu *asked, const cmdqvSmmu *has, const char *name)
{
    const char *cmdqv = has->cmdqv == CMDQV_SWITCH_ABSENT ? NULL : cmdqvSwitchToString(has->cmdqv);

    if (has->accel != CMDQV_SWITCH_ON)
        cmdqvLostSmmu(search, name, g_strdup_printf("vSMMU '%s' is not accelerated", name));
    if (asked->cmdqv == CMDQV_SWITCH_ON)
        cmdqvLostProperty(search, name, "cmdqv", "on", cmdqv);
    else if (has->cmdqv == CMDQV_SWITCH_OFF)
        cmdqvLostSmmu(search, name, g_strdup_printf("vSMMU '%s' has cmdqv=off", name));
    cmdqvLostProperty(search, name, "ats", asked->ats, has->ats);
    cmdqvLostProperty(search, name, "ril", asked->ril, has->ril);
    cmdqvLostProperty(search, name, "oas", asked->oas, has->oas);
    /* downstream series have PASID in its place */
    if (has->ssidsize)
        cmdqvLostProperty(search, name, "ssidsize", asked->ssidsize, has->ssidsize);
}


static bool
cmdqvLostIsSame(const cmdqvEndpoint *asked, const cmdqvEndpoint *has)
{
    if (asked->id && g_strcmp0(asked->id, has->id) == 0)
        return true;
    return asked->hasHost && has->hasHost && cmdqvPCIAddressEqual(&asked->host, &has->host);
}


static bool
cmdqvLostIsBehind(const cmdqvTopology *process, guint endpoint, const cmdqvSmmu *smmu)
{
    return cmdqvTopologyGetSmmu(process, cmdqvTopologyEndpointSmmu(process, endpoint)) == smmu;
}


/*
 * What QEMU was given may name neither alias nor address that the XML has: then
 * any device on iommufd behind the SMMU that is not another one of the XML.
 */
static int
cmdqvLostFindEndpoint(const cmdqvLostSearch *search, const cmdqvEndpoint *asked, const cmdqvSmmu *smmu)
{
    const GArray *endpoints = search->process->endpoints;
    guint i;

    for (i = 0; i < endpoints->len; i++) {
        if (cmdqvLostIsSame(asked, &g_array_index(endpoints, cmdqvEndpoint, i)))
            return (int)i;
    }
    for (i = 0; !asked->id && i < endpoints->len; i++) {
        const cmdqvEndpoint *has = &g_array_index(endpoints, cmdqvEndpoint, i);

        if (has->kind == CMDQV_ENDPOINT_VFIO && has->iommufd && cmdqvLostIsBehind(search->process, i, smmu) &&
            !g_hash_table_contains(search->taken, GUINT_TO_POINTER(i)))
            return (int)i;
    }
    return CMDQV_NONE;
}


static void
cmdqvLostCompareEndpoint(const cmdqvLostSearch *search, const cmdqvEndpoint *asked, const cmdqvSmmu *smmu, const char *name)
{
    int at = cmdqvLostFindEndpoint(search, asked, smmu);
    char host[CMDQV_PCI_ADDRESS_LEN];
    const char *device = asked->id ? asked->id : asked->hasHost ? cmdqvPCIAddressFormat(&asked->host, host) : asked->element;
    const char *fault = NULL;

    if (at == CMDQV_NONE)
        fault = "is not there";
    else if (!cmdqvLostIsBehind(search->process, (guint)at, smmu))
        fault = "is elsewhere";
    else if (asked->iommufd && !g_array_index(search->process->endpoints, cmdqvEndpoint, at).iommufd)
        fault = "is not on iommufd";
    if (at != CMDQV_NONE)
        (void)g_hash_table_add(search->taken, GINT_TO_POINTER(at));
    if (!fault)
        return;

    cmdqvLostAdd(search->lost->devices, device);
    cmdqvLostSmmu(search, name, g_strdup_printf("'%s', to be behind vSMMU '%s', %s", device, name, fault));
}


static void
cmdqvLostCompareEndpoints(const cmdqvLostSearch *search, guint at, const cmdqvSmmu *smmu, const char *name)
{
    guint i;

    for (i = 0; i < search->asked->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(search->asked->endpoints, cmdqvEndpoint, i);

        if (endpoint->kind == CMDQV_ENDPOINT_VFIO && cmdqvTopologyEndpointSmmu(search->asked, i) == (int)at)
            cmdqvLostCompareEndpoint(search, endpoint, smmu, name);
    }
}


/**
 * cmdqvLostFind:
 * @asked: a domain's XML, at the time of its start
 * @process: the command line of its QEMU
 * @lost: (out): what is missing or differs; cmdqvLostClear() it
 *
 * Only of vSMMUs that may have CMDQV, and of the host's devices behind them.
 *
 * Returns: true if something was lost
 */
bool
cmdqvLostFind(const cmdqvTopology *asked, const cmdqvTopology *process, cmdqvLost *lost)
{
    g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);
    const cmdqvLostSearch search = { asked, process, taken, lost };
    guint i;

    *lost = (cmdqvLost){ g_ptr_array_new_with_free_func(g_free), g_ptr_array_new_with_free_func(g_free),
                         g_ptr_array_new_with_free_func(g_free) };
    for (i = 0; i < asked->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(asked->smmus, cmdqvSmmu, i);
        const cmdqvSmmu *has = cmdqvLostFindSmmu(&search, i);
        g_autofree char *name = smmu->id ? g_strdup(smmu->id) : g_strdup_printf("iommu%u", i);

        if (!cmdqvLostWantsCmdqv(smmu))
            continue;
        if (!has || !has->busName) {
            cmdqvLostSmmu(&search, name, g_strdup_printf("vSMMU '%s' is not there", name));
            continue;
        }
        cmdqvLostCompareSmmu(&search, smmu, has, name);
        cmdqvLostCompareEndpoints(&search, i, has, name);
    }
    return lost->reasons->len > 0;
}


static char *
cmdqvLostJoin(const GPtrArray *words, const char *separator)
{
    GString *text = g_string_new(NULL);
    guint i;

    for (i = 0; i < words->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? separator : "", (const char *)g_ptr_array_index(words, i));
    return g_string_free(text, FALSE);
}


/* One entry, whatever has gone: the domain runs, and nobody else would say so. */
static void
cmdqvLostLog(const char *domain, const char *uuid, const cmdqvLost *lost)
{
    g_autofree char *smmus = cmdqvLostJoin(lost->smmus, ", ");
    g_autofree char *devices = cmdqvLostJoin(lost->devices, ", ");
    g_autofree char *reasons = cmdqvLostJoin(lost->reasons, "; ");
    g_autofree char *message = g_strdup_printf("domain '%s' runs without the CMDQV that it asks for: %s; look at its <emulator>, "
                                               "<qemu:commandline> and <qemu:override>, and start it anew", domain, reasons);
    const cmdqvLoss loss = { domain, uuid, smmus, devices, message };

    cmdqvLogLoss(&loss);
}


/* What its client wrote, whether it has been lowered or not; NULL where that cannot be told. */
static cmdqvTopology *
cmdqvLostReadAsked(const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *lifted = cmdqvLiftXML(xml, &error);
    const char *asked = lifted ? lifted : xml;

    return !error && cmdqvDomainXMLMayHaveSmmu(asked) ? cmdqvDomainXMLRead(asked, strlen(asked), NULL) : NULL;
}


/**
 * cmdqvLostCheck:
 * @xml: XML of a domain that has just started: libvirt's live XML, or what its
 *   client gave
 * @name: its name
 * @uuid: (nullable): its UUID, where that is not in the XML
 * @paths: where its process is found
 * @log: whether to say so
 *
 * What was lost on the way from this XML to the process; where there is no
 * process any more, nothing was.
 *
 * Returns: true if something was lost
 */
bool
cmdqvLostCheck(const char *xml, const char *name, const char *uuid, const cmdqvProcessPaths *paths, bool log)
{
    g_autoptr(cmdqvTopology) asked = cmdqvLostReadAsked(xml);
    g_autoptr(cmdqvTopology) process = NULL;
    g_auto(cmdqvLost) lost = { NULL, NULL, NULL };

    if (asked && !uuid)
        uuid = asked->uuid;
    if (asked && asked->smmus->len > 0 && uuid)
        process = cmdqvProcessRead(paths, name, uuid, NULL, NULL);
    if (!process || !cmdqvLostFind(asked, process, &lost))
        return false;
    if (log)
        cmdqvLostLog(name, uuid, &lost);
    return true;
}
