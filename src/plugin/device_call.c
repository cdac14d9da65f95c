/*
 * plugin/device_call.c: a call that changes a device of a domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/device_call.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "daemon/query_as_daemon.h"
#include "plugin/close_ports.h"
#include "plugin/domain_facts.h"
#include "daemon/acl_gate.h"
#include "daemon/raise_error.h"
#include "daemon/domain_job.h"
#include "util/error.h"

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


/* What the caller gave becomes a device, or an error. */
typedef cmdqvDevice *(*cmdqvDeviceCallRead)(const char *what, GError **error);


static cmdqvDevice *
cmdqvDeviceCallReadAlias(const char *what, GError **error G_GNUC_UNUSED)
{
    return cmdqvDeviceNewAlias(what);
}


static cmdqvDevice *
cmdqvDeviceCallReadXML(const char *what, GError **error)
{
    return cmdqvDeviceXMLRead(what, strlen(what), error);
}


/*
 * CURRENT becomes live or config and is passed on as that, so that a start or
 * stop in between cannot turn one into the other.
 *
 * Returns false if there is nothing to decide.
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
    return true;
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


/*
 * With nobody who brings an SMMUv3 meanwhile, @guarded says whether the domain,
 * or what comes into it, has one; with one it is nobody else's turn.
 *
 * Returns false if others had the domain for too long.
 */
static bool
cmdqvDeviceCallTakeTurn(const cmdqvDeviceCall *call, cmdqvTurn *turn, bool *guarded)
{
    if (!cmdqvTurnTake(turn, call->domain, call->flags, false))
        return false;
    *guarded = cmdqvFactsMayHaveSmmu(call->domain, call->flags) || (call->brings && cmdqvDomainXMLMayHaveSmmu(call->what));
    /* that may have been a wait */
    if (!*guarded)
        return !cmdqvTurnIsOver(turn);
    cmdqvTurnEnd(turn);
    return cmdqvTurnTake(turn, call->domain, call->flags, true) && cmdqvTurnReachesLibvirt(turn, call->domain);
}


/* Others had the domain for too long: the call ends where libvirt has had its say. */
static int
cmdqvDeviceCallTimeOut(const cmdqvDeviceCall *call)
{
    virConnectPtr conn = CMDQV_REAL(virDomainGetConnect)(call->domain);
    g_auto(cmdqvFence) fence = CMDQV_FENCE_OPEN;

    if (cmdqvFenceRefuses(&fence, conn, call->domain, CMDQV_TURN_TIMEOUT_CODE, call->function, cmdqvTurnTimeOut()))
        return -1;
    return call->real(call->domain, call->what, call->flags);
}


/*
 * The call on a domain with one.  With its devices, who will be the anchor at the
 * next start may have changed, and that one's port is closed like the first's.
 */
static int
cmdqvDeviceCallMake(const cmdqvDeviceCall *call, cmdqvTurn *turn)
{
    int status = call->real(call->domain, call->what, call->flags);

    cmdqvTurnEnd(turn);
    if (status >= 0 && (call->flags & VIR_DOMAIN_AFFECT_CONFIG))
        cmdqvCompleteDefined(call->domain);
    return status;
}


/*
 * Decides about the live and the persistent half before either is done.  What is
 * no XML, or means nothing, is for libvirt to refuse; what might mean anything
 * goes no further.
 */
static int
cmdqvDeviceCallDecide(const cmdqvDeviceCall *call, cmdqvDeviceCallRead read, cmdqvTurn *turn)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvDevice) device = read(call->what, &error);
    g_autoptr(cmdqvVerdict) verdict = device ? call->judge(call, device, &error) : NULL;
    bool refused = verdict || (error && (device || g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN) ||
                                         g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY)));

    if (!refused)
        return cmdqvDeviceCallMake(call, turn);

    /* nothing will be changed */
    cmdqvTurnEnd(turn);
    if (verdict)
        return cmdqvDeviceCallRefuse(call, verdict);
    return cmdqvDeviceCallRefuseUntold(call, device ? "its state cannot be read" : "the device XML is not accepted", error);
}


static int
cmdqvDeviceCallRun(cmdqvDeviceCall *call, cmdqvDeviceCallRead read)
{
    g_auto(cmdqvTurn) turn = CMDQV_TURN_NONE;
    bool guarded = false;

    if (cmdqvDeviceCallBegin(call) && !cmdqvDeviceCallTakeTurn(call, &turn, &guarded))
        return cmdqvDeviceCallTimeOut(call);
    if (!guarded)
        return cmdqvDeviceCallPass(call);
    return cmdqvDeviceCallDecide(call, read, &turn);
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
    return cmdqvDeviceCallRun(call, cmdqvDeviceCallReadAlias);
}


/**
 * cmdqvDeviceCallRunXML:
 * @call: a call with device XML
 *
 * Returns: what libvirt returns, or -1 with an error raised
 */
int
cmdqvDeviceCallRunXML(cmdqvDeviceCall *call)
{
    return cmdqvDeviceCallRun(call, cmdqvDeviceCallReadXML);
}
