/*
 * api_update.c: virDomainUpdateDeviceFlags
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In a running domain libvirt cannot change the address or the device of a
 * hostdev (qemuDomainChangeNet(), src/qemu/qemu_hotplug.c), so the module
 * checks the definition only.
 */

#include "plugin/check_device_change.h"
#include "plugin/device_call.h"


static bool
cmdqvApiUpdateJudge(cmdqvApiCall *call, cmdqvVerdict **verdict, GError **error G_GNUC_UNUSED)
{
    *verdict = NULL;
    if (call->flags & VIR_DOMAIN_AFFECT_CONFIG)
        *verdict = cmdqvCheckDeviceChangeJudge(call, "update", true);
    return true;
}


static const cmdqvDeviceCallKind cmdqvApiUpdateKind = { .action = "update a device of", .adds = true, .judge = cmdqvApiUpdateJudge };

CMDQV_DEVICE_CALL(virDomainUpdateDeviceFlags, (virDomainPtr domain, const char *xml, unsigned int flags), (domain, xml, call.flags), xml, flags,
                  cmdqvApiUpdateKind)
