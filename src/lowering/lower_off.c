/*
 * lower_off.c: lower no domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Instead of lower_domain.c and the files below it (meson setup
 * -Dlowering=disabled). The module finds out as ever whether libvirt drops
 * cmdqv, and then refuses the domain with this error.
 */

#include "conf/domain_xml.h"
#include "lowering/lower.h"
#include "lowering/lower_domain.h"
#include "util/error.h"


bool
cmdqvLowerDomain(xmlNode *domain, const cmdqvEmulatorCaps *target G_GNUC_UNUSED, bool again G_GNUC_UNUSED, bool *changed G_GNUC_UNUSED, GError **error)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLReadNode(domain, error);
    bool isNeeded = topology && cmdqvTopologyHasSmmuBus(topology);

    if (isNeeded)
        cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "it was built without that (-Dlowering=disabled)");
    return topology && !isNeeded;
}
