/*
 * cmdqvdevicecall.c: a call that changes a device of a domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/cmdqvdevicecall.h"

#include <string.h>

#include "conf/cmdqvdomainxml.h"
#include "plugin/cmdqvask.h"
#include "plugin/cmdqvfacts.h"
#include "plugin/cmdqvraise.h"
#include "util/cmdqverror.h"

#define CMDQV_AFFECT_MASK (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

/* Names no device and never will: libvirt goes through all its own checks with it and then stops. */
#define CMDQV_NO_DEVICE "<libvirt-cmdqv-access-check/>"


/*
 * libvirt's own refusals win: of a read-only connection, for access control, a
 * missing domain, wrong flags.  The same call with a device that does not exist
 * tells whether it has one; its error is then the caller's.
 */
static bool
cmdqvDeviceCallIsRefusedByLibvirt(const cmdqvDeviceCall *call)
{
    static const virErrorNumber aboutDevice[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_CONFIG_UNSUPPORTED,
                                                  VIR_ERR_INTERNAL_ERROR, VIR_ERR_DEVICE_MISSING };

    return call->real(call->domain, CMDQV_NO_DEVICE, call->flags) < 0 &&
        !cmdqvLastErrorIsOneOf(aboutDevice, G_N_ELEMENTS(aboutDevice));
}


static int
cmdqvDeviceCallRefuse(const cmdqvDeviceCall *call, cmdqvVerdict *verdict)
{
    if (!cmdqvDeviceCallIsRefusedByLibvirt(call))
        cmdqvRaiseVerdict(call->domain, VIR_ERR_OPERATION_UNSUPPORTED, call->function, verdict);
    return -1;
}


static int
cmdqvDeviceCallRefuseUntold(const cmdqvDeviceCall *call, const char *why, const GError *error)
{
    g_autoptr(cmdqvVerdict) verdict = g_new0(cmdqvVerdict, 1);

    verdict->message = g_strdup_printf("cannot %s domain '%s': %s: %s", call->action,
                                       CMDQV_REAL(virDomainGetName)(call->domain), why, error->message);
    return cmdqvDeviceCallRefuse(call, verdict);
}


/*
 * CURRENT becomes live or config and is passed on as that, so that a start or
 * stop in between cannot turn one into the other.
 *
 * Returns false if neither the domain nor what comes into it has an SMMUv3:
 * then all is libvirt's to say.
 */
static bool
cmdqvDeviceCallBegin(cmdqvDeviceCall *call)
{
    virResetLastError();
    if (!call->domain || !call->what)
        return false;

    if ((call->flags & CMDQV_AFFECT_MASK) == VIR_DOMAIN_AFFECT_CURRENT) {
        int active = cmdqvAskIsActive(call->domain);

        if (active >= 0)
            call->flags |= active ? VIR_DOMAIN_AFFECT_LIVE : VIR_DOMAIN_AFFECT_CONFIG;
    }
    return cmdqvFactsMayHaveSmmu(call->domain, call->flags) || (call->brings && cmdqvDomainXMLMayHaveSmmu(call->what));
}


/* The call on a domain without an SMMUv3. */
static int
cmdqvDeviceCallPass(const cmdqvDeviceCall *call)
{
    int status = call->real(call->domain, call->what, call->flags);

    if (status >= 0 && (call->flags & VIR_DOMAIN_AFFECT_CONFIG))
        cmdqvFactsDefinitionWritten(call->domain);
    return status;
}


/* Decides about the live and the persistent half before either is done. */
static int
cmdqvDeviceCallDecide(cmdqvDeviceCall *call, const cmdqvDevice *device)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvVerdict) verdict = call->judge(call, device, &error);

    if (verdict)
        return cmdqvDeviceCallRefuse(call, verdict);
    if (error)
        return cmdqvDeviceCallRefuseUntold(call, "its state cannot be read", error);
    return call->real(call->domain, call->what, call->flags);
}


/**
 * cmdqvDeviceCallRunAlias:
 * @call: a call with the alias of a device
 *
 * Returns: what libvirt returns, or -1 with an error raised
 */
int
cmdqvDeviceCallRunAlias(cmdqvDeviceCall *call)
{
    g_autoptr(cmdqvDevice) device = NULL;

    if (!cmdqvDeviceCallBegin(call))
        return cmdqvDeviceCallPass(call);
    device = cmdqvDeviceNewAlias(call->what);
    return cmdqvDeviceCallDecide(call, device);
}


/**
 * cmdqvDeviceCallRunXML:
 * @call: a call with device XML
 *
 * What is no XML, or means nothing, is for libvirt to refuse; what might mean
 * anything goes no further.
 *
 * Returns: what libvirt returns, or -1 with an error raised
 */
int
cmdqvDeviceCallRunXML(cmdqvDeviceCall *call)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvDevice) device = NULL;

    if (!cmdqvDeviceCallBegin(call))
        return cmdqvDeviceCallPass(call);
    device = cmdqvDeviceXMLRead(call->what, strlen(call->what), &error);
    if (device)
        return cmdqvDeviceCallDecide(call, device);
    if (g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN))
        return cmdqvDeviceCallRefuseUntold(call, "the device XML is not accepted", error);
    return call->real(call->domain, call->what, call->flags);
}
