/*
 * cmdqvdetach.c: virDomainDetachDevice and its like
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "plugin/cmdqvfacts.h"
#include "plugin/cmdqvraise.h"
#include "qemu/cmdqvpolicy.h"
#include "util/cmdqverror.h"

#define CMDQV_AFFECT_MASK (VIR_DOMAIN_AFFECT_LIVE | VIR_DOMAIN_AFFECT_CONFIG)

/* Names no device and never will: libvirt goes through all its own checks with it and then stops. */
#define CMDQV_NO_DEVICE "<libvirt-cmdqv-access-check/>"

/* One call, whichever of the three functions it came through. */
typedef struct {
    const char *function;
    virDomainPtr domain;
    const char *what;       /* device XML or alias, as the caller gave it */
    unsigned int flags;
    int (*real)(virDomainPtr domain, const char *what, unsigned int flags);
} cmdqvDetachCall;


static int
cmdqvDetachReal(virDomainPtr domain, const char *xml, unsigned int flags G_GNUC_UNUSED)
{
    return CMDQV_REAL(virDomainDetachDevice)(domain, xml);
}


static int
cmdqvDetachFlagsReal(virDomainPtr domain, const char *xml, unsigned int flags)
{
    return CMDQV_REAL(virDomainDetachDeviceFlags)(domain, xml, flags);
}


static int
cmdqvDetachAliasReal(virDomainPtr domain, const char *alias, unsigned int flags)
{
    return CMDQV_REAL(virDomainDetachDeviceAlias)(domain, alias, flags);
}


/*
 * libvirt's own refusals win: of a read-only connection, for access control, a
 * missing domain, wrong flags.  The same call with a device that does not exist
 * tells whether it has one; its error is then the caller's.
 */
static bool
cmdqvDetachIsRefusedByLibvirt(const cmdqvDetachCall *call)
{
    static const virErrorNumber aboutDevice[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_CONFIG_UNSUPPORTED,
                                                  VIR_ERR_INTERNAL_ERROR, VIR_ERR_DEVICE_MISSING };

    return call->real(call->domain, CMDQV_NO_DEVICE, call->flags) < 0 &&
        !cmdqvLastErrorIsOneOf(aboutDevice, G_N_ELEMENTS(aboutDevice));
}


static int
cmdqvDetachRefuse(const cmdqvDetachCall *call, const char *message)
{
    if (!cmdqvDetachIsRefusedByLibvirt(call))
        cmdqvRaise(CMDQV_REAL(virDomainGetConnect)(call->domain), VIR_ERR_OPERATION_UNSUPPORTED, call->function, message);
    return -1;
}


/*
 * Decides both halves before either is done.  CURRENT is one of the two by
 * now, and passed on as that: a start or stop in between cannot turn one into
 * the other.
 */
static cmdqvVerdict *
cmdqvDetachJudge(const cmdqvDetachCall *call, const cmdqvDevice *device, GError **error)
{
    const char *name = CMDQV_REAL(virDomainGetName)(call->domain);

    if (call->flags & VIR_DOMAIN_AFFECT_LIVE) {
        g_auto(cmdqvLive) live = { NULL, NULL, 0, NULL };
        cmdqvVerdict *verdict;

        if (!cmdqvFactsReadLive(call->domain, &live, error))
            return NULL;
        verdict = live.anchors ? cmdqvPolicyDetachLive(name, live.topology, live.anchors, device) : NULL;
        if (verdict)
            return verdict;
    }

    if (call->flags & VIR_DOMAIN_AFFECT_CONFIG) {
        g_autoptr(cmdqvTopology) definition = NULL;

        if (!cmdqvFactsReadDefinition(call->domain, &definition, error))
            return NULL;
        return definition ? cmdqvPolicyDetachConfig(name, definition, device) : NULL;
    }
    return NULL;
}


static int
cmdqvDetach(cmdqvDetachCall *call, const cmdqvDevice *device)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvVerdict) verdict = NULL;
    g_autofree char *message = NULL;

    if ((call->flags & CMDQV_AFFECT_MASK) == VIR_DOMAIN_AFFECT_CURRENT) {
        int active = CMDQV_REAL(virDomainIsActive)(call->domain);

        if (active >= 0)
            call->flags |= active ? VIR_DOMAIN_AFFECT_LIVE : VIR_DOMAIN_AFFECT_CONFIG;
    }

    verdict = cmdqvDetachJudge(call, device, &error);
    if (!verdict && !error)
        return call->real(call->domain, call->what, call->flags);
    if (verdict)
        return cmdqvDetachRefuse(call, verdict->message);

    message = g_strdup_printf("cannot detach a device from domain '%s': whether it anchors CMDQV cannot be told (%s)",
                              CMDQV_REAL(virDomainGetName)(call->domain), error->message);
    return cmdqvDetachRefuse(call, message);
}


static int
cmdqvDetachXML(cmdqvDetachCall *call)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvDevice) device = NULL;
    g_autofree char *message = NULL;

    virResetLastError();
    if (!call->domain || !call->what)
        return call->real(call->domain, call->what, call->flags);

    device = cmdqvDeviceXMLRead(call->what, strlen(call->what), &error);
    if (device)
        return cmdqvDetach(call, device);

    /* what is no XML or means nothing is for libvirt to say; what might mean anything goes no further */
    if (!g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN))
        return call->real(call->domain, call->what, call->flags);
    message = g_strdup_printf("cannot detach a device from domain '%s': its XML is not accepted: %s",
                              CMDQV_REAL(virDomainGetName)(call->domain), error->message);
    return cmdqvDetachRefuse(call, message);
}


CMDQV_EXPORT int
virDomainDetachDevice(virDomainPtr domain, const char *xml)
{
    /* the function without flags is the live half alone (qemuDomainDetachDevice(), src/qemu/qemu_driver.c) */
    cmdqvDetachCall call = { __func__, domain, xml, VIR_DOMAIN_AFFECT_LIVE, cmdqvDetachReal };

    return cmdqvDetachXML(&call);
}


CMDQV_EXPORT int
virDomainDetachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags)
{
    cmdqvDetachCall call = { __func__, domain, xml, flags, cmdqvDetachFlagsReal };

    return cmdqvDetachXML(&call);
}


CMDQV_EXPORT int
virDomainDetachDeviceAlias(virDomainPtr domain, const char *alias, unsigned int flags)
{
    cmdqvDetachCall call = { __func__, domain, alias, flags, cmdqvDetachAliasReal };
    g_autoptr(cmdqvDevice) device = NULL;

    virResetLastError();
    if (!domain || !alias)
        return cmdqvDetachAliasReal(domain, alias, flags);
    device = cmdqvDeviceNewAlias(alias);
    return cmdqvDetach(&call, device);
}
