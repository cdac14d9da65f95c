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


static int
cmdqvApiUpdateReal(virDomainPtr domain, const char *xml, unsigned int flags)
{
    return CMDQV_REAL(virDomainUpdateDeviceFlags)(domain, xml, flags);
}


static bool
cmdqvApiUpdateJudge(cmdqvDeviceCall *call, const cmdqvDevice *device, cmdqvVerdict **verdict, GError **error G_GNUC_UNUSED)
{
    *verdict = NULL;
    if (call->flags & VIR_DOMAIN_AFFECT_CONFIG)
        *verdict = cmdqvCheckDeviceChangeJudge(call->domain, "update", call->what, device, true);
    return true;
}


CMDQV_EXPORT int
virDomainUpdateDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    cmdqvDeviceCall call = {
        .function = __func__,
        .action = "update a device of",
        .domain = domain,
        .what = xml,
        .flags = flags,
        .adds = true,
        .real = cmdqvApiUpdateReal,
        .judge = cmdqvApiUpdateJudge,
    };

    return cmdqvDeviceCallRunXML(&call);
}
