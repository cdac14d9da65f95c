/*
 * plugin/api_update.c: virDomainUpdateDeviceFlags
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In the running domain libvirt changes neither where a hostdev is nor what it
 * is (qemuDomainChangeNet(), src/qemu/qemu_hotplug.c), so only the definition
 * is judged.
 */

#include "plugin/check_device_change.h"
#include "plugin/device_call.h"


static int
cmdqvUpdateReal(virDomainPtr domain, const char *xml, unsigned int flags)
{
    return CMDQV_REAL(virDomainUpdateDeviceFlags)(domain, xml, flags);
}


static cmdqvVerdict *
cmdqvUpdateJudge(const cmdqvDeviceCall *call, const cmdqvDevice *device, GError **error G_GNUC_UNUSED)
{
    if (!(call->flags & VIR_DOMAIN_AFFECT_CONFIG))
        return NULL;
    return cmdqvChangeJudge(call->domain, "update", call->what, device);
}


CMDQV_EXPORT int
virDomainUpdateDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    cmdqvDeviceCall call = {
        __func__, "update a device of", domain, xml, flags, true, cmdqvUpdateReal, cmdqvUpdateJudge
    };

    return cmdqvDeviceCallRunXML(&call);
}
