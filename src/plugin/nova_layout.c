/*
 * plugin/nova_layout.c: Nova's definitions, laid out on their way into libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nova passes devices through and knows nothing of vSMMUs.  Where a flavor
 * asks for CMDQV and the configuration allows it, what is lacking is added
 * before the definition is judged.  The same definition gives the same layout,
 * so an instance that Nova defines anew for a hard reboot is the same machine.
 */

#include "plugin/nova_layout.h"

#include "host/smmu_inventory.h"
#include "plugin/daemon_context.h"
#include "plugin/lowering_xml.h"
#include "layout/layout.h"
#include "layout/nova_request.h"
#include "util/log.h"


static cmdqvVerdict *
cmdqvNovaRefuse(const GError *error)
{
    cmdqvVerdict *verdict = g_new0(cmdqvVerdict, 1);

    verdict->message = g_strdup_printf("cannot lay out the domain as its flavor asks by " CMDQV_NOVA_EXTRA_SPEC ": %s",
                                       error->message);
    return verdict;
}


/**
 * cmdqvNovaComplete:
 * @xml: domain XML as the caller gave it
 * @laid: (out): the same, laid out; NULL where it stays as it is
 *
 * Returns: (transfer full) (nullable): why it is refused, NULL if it is not
 */
cmdqvVerdict *
cmdqvNovaComplete(const char *xml, char **laid)
{
    g_autoptr(GPtrArray) inventory = NULL;
    cmdqvLayoutRequest request = {
        .shape = CMDQV_LAYOUT_NOVA, .sparePorts = cmdqvLayoutShapeSparePorts(CMDQV_LAYOUT_NOVA), .ask = cmdqvInventoryTell,
        .knowsGrace = !cmdqvTranslateMayDrop(),
    };
    g_autoptr(GError) error = NULL;
    bool allowed = cmdqvConfigGet()->novaLayout;
    bool asks = false;

    *laid = NULL;
    if (!cmdqvNovaAsks(xml, &asks, &error))
        return allowed ? cmdqvNovaRefuse(error) : NULL;
    if (!asks)
        return NULL;
    if (!allowed) {
        cmdqvLogFailure("the flavor of a domain asks for " CMDQV_NOVA_EXTRA_SPEC "=on, and that is not allowed here; set nova_layout = "
                        "on in " CMDQV_SETTINGS_FILE);
        return NULL;
    }

    request.data = inventory = cmdqvInventoryRead("");
    *laid = cmdqvLayoutDomain(xml, &request, &error);
    return *laid ? NULL : cmdqvNovaRefuse(error);
}
