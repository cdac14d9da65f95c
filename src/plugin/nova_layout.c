/*
 * nova_layout.c: make the layout that a Nova flavor requests
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nova passes devices through and has no support for vSMMUs. If a flavor
 * requests CMDQV and the configuration allows it, the module adds the missing
 * elements before it checks the definition. The same definition gives the same
 * layout, so an instance is the same machine after a hard reboot, for which
 * Nova defines it again.
 */

#include "plugin/nova_layout.h"

#include <string.h>

#include "conf/xml_edit.h"
#include "daemon/domain_job.h"
#include "host/smmu_inventory.h"
#include "layout/layout.h"
#include "layout/nova_names.h"
#include "plugin/daemon_context.h"
#include "plugin/lowering_xml.h"
#include "policy/definition.h"
#include "policy/rules_device.h"
#include "qemu/libvirt_driver.h"


/* The reason begins early, because Nova shows few characters of it after its own words. */
static cmdqvVerdict *
cmdqvNovaLayoutRefuse(cmdqvNovaRequest *request, const GError *error)
{
    cmdqvVerdict *verdict = cmdqvVerdictNew(g_strdup_printf("no layout for " CMDQV_NOVA_REQUEST_EXTRA_SPEC ": %s; correct that, or remove "
                                                            "the extra spec from the flavor", error->message));

    verdict->rule = CMDQV_RULES_DEVICE_NOVA_LAYOUT;
    verdict->domain = g_steal_pointer(&request->domain);
    verdict->uuid = g_steal_pointer(&request->uuid);
    return verdict;
}


static void
cmdqvNovaLayoutWarn(const char *xml, const char *message)
{
    g_autoptr(cmdqvVerdict) warning = cmdqvVerdictNew(g_strdup(message));

    warning->rule = CMDQV_RULES_DEVICE_NOVA_LAYOUT;
    cmdqvNovaNamesWarn(warning, CMDQV_RULES_DEVICE_NOVA_LAYOUT, xml);
}


/* Set after the one message about a Nova that writes no extra specs. */
static gint cmdqvNovaLayoutToldOfSpecs;


/*
 * Nova 33.0 writes extra specs into the metadata, and old releases do not;
 * without them no flavor can request anything.
 */
static bool
cmdqvNovaLayoutMayLackSpecs(const char *xml)
{
    return cmdqvDaemonContextSettings()->novaLayout && g_atomic_int_get(&cmdqvNovaLayoutToldOfSpecs) == 0 &&
        strstr(xml, CMDQV_TOPOLOGY_NOVA_NAMESPACE) && !strstr(xml, "extraSpecs");
}


static void
cmdqvNovaLayoutTellOfSpecs(const cmdqvNovaRequest *request, const char *xml)
{
    if (request->flavor && !request->hasSpecs && g_atomic_int_compare_and_exchange(&cmdqvNovaLayoutToldOfSpecs, 0, 1))
        cmdqvNovaLayoutWarn(xml, "the metadata of the domain has no extra specs of its flavor: this release of Nova cannot ask for "
                            CMDQV_NOVA_REQUEST_EXTRA_SPEC ", and nova_layout has no effect");
}


/**
 * cmdqvNovaLayoutIsRequested:
 * @xml: domain XML from the caller
 *
 * Only searches the text.
 *
 * Returns: false if cmdqvNovaLayoutComplete() has nothing to do for it
 */
bool
cmdqvNovaLayoutIsRequested(const char *xml)
{
    return strstr(xml, CMDQV_NOVA_REQUEST_EXTRA_SPEC) || cmdqvNovaLayoutMayLackSpecs(xml);
}


/**
 * cmdqvNovaLayoutIsMade:
 * @xml: a definition
 *
 * Returns: true if its flavor asks for a layout, so its vSMMUs are the module's,
 * also if nova_layout is off by now
 */
bool
cmdqvNovaLayoutIsMade(const char *xml)
{
    g_auto(cmdqvNovaRequest) request = { .asks = false };

    return strstr(xml, CMDQV_NOVA_REQUEST_EXTRA_SPEC) && cmdqvNovaRequestRead(xml, &request, NULL) && request.asks;
}


/**
 * cmdqvNovaLayoutRemoveUnused:
 * @xml: a definition of libvirt's, after a change
 *
 * Removes ports and vSMMUs of the layout that have no device.
 *
 * Returns: (transfer full) (nullable): the definition without them; NULL if it
 * has none
 */
char *
cmdqvNovaLayoutRemoveUnused(const char *xml)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };

    if (!cmdqvNovaLayoutIsMade(xml) || !cmdqvDefinitionRead(xml, strlen(xml), &definition, NULL) ||
        definition.topology->unplaced || definition.topology->badValues->len > 0 ||
        !cmdqvLayoutRemoveUnused(definition.doc, definition.topology))
        return NULL;
    return cmdqvXMLEditFormat(definition.doc, NULL);
}


/**
 * cmdqvNovaLayoutComplete:
 * @conn: the caller's connection
 * @xml: domain XML from the caller
 * @laid: (out): the same with the layout; NULL if it needs none
 *
 * A domain that is running gets no layout: its machine cannot change, and Nova
 * defines it again, from the running domain's XML, in the middle of a live
 * snapshot or a volume swap, when a refusal would leave it without a
 * definition. The same is true for a suspended one, which Nova defines again
 * before it resumes it. Nova defines it anew before its next start.
 *
 * Returns: (transfer full) (nullable): a refusal, NULL if it may pass
 */
cmdqvVerdict *
cmdqvNovaLayoutComplete(virConnectPtr conn, const char *xml, char **laid)
{
    g_autoptr(GPtrArray) inventory = NULL;
    g_auto(cmdqvNovaRequest) request = { .asks = false };
    cmdqvLayoutRequest layout = {
        .shape = CMDQV_LAYOUT_NOVA, .sparePorts = cmdqvLayoutShapeSparePorts(CMDQV_LAYOUT_NOVA), .ask = cmdqvSmmuInventoryTell,
        .knowsGrace = !cmdqvLoweringXMLMayDrop(),
    };
    g_autoptr(GError) error = NULL;
    bool allowed = cmdqvDaemonContextSettings()->novaLayout;

    *laid = NULL;
    if (!cmdqvNovaLayoutIsRequested(xml))
        return NULL;
    if (!cmdqvNovaRequestRead(xml, &request, &error))
        return allowed && !cmdqvDomainJobHasMachineUUID(conn, request.uuid) ? cmdqvNovaLayoutRefuse(&request, error) : NULL;
    if (allowed)
        cmdqvNovaLayoutTellOfSpecs(&request, xml);
    if (!request.asks)
        return NULL;
    if (!allowed) {
        cmdqvNovaLayoutWarn(xml, "the flavor of the domain asks for " CMDQV_NOVA_REQUEST_EXTRA_SPEC "=on, and that is not allowed "
                            "here; set nova_layout = on in " CMDQV_LIBVIRT_DRIVER_SETTINGS);
        return NULL;
    }
    if (cmdqvDomainJobHasMachineUUID(conn, request.uuid))
        return NULL;

    layout.data = inventory = cmdqvSmmuInventoryRead("");
    *laid = cmdqvLayoutDomain(xml, &layout, &error);
    return *laid ? NULL : cmdqvNovaLayoutRefuse(&request, error);
}
