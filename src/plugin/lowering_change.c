/*
 * lowering_change.c: define a lowered domain with a changed device
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A libvirt without CMDQV would drop parts of the device. The judgement of the
 * call has made the definition with the change (check_device_change.c), and
 * libvirt gets that, if its own definition is still the same.
 */

#include "plugin/lowering_change.h"

#include <string.h>

#include "daemon/query_as_daemon.h"
#include "daemon/raise_error.h"
#include "plugin/definition_lock.h"
#include "plugin/device_call.h"
#include "util/text.h"


/**
 * cmdqvLoweringChangeIsOf:
 * @device: device XML, read
 *
 * Returns: true if a libvirt without CMDQV would ignore parts of the device: an
 * SMMU, or a host device
 */
bool
cmdqvLoweringChangeIsOf(const cmdqvDevice *device)
{
    const xmlNode *node = xmlDocGetRootElement(device->doc);

    return cmdqvXMLReadIs(node, "hostdev") || cmdqvXMLReadIs(node, "iommu") || cmdqvXMLReadIsOf(node, "interface", "type", "hostdev");
}


/* Judges the change anew if the definition is another than the judged one, because clients may have changed it since. */
static cmdqvVerdict *
cmdqvLoweringChangeRefresh(cmdqvApiCall *call)
{
    g_autoptr(cmdqvTextMalloced) now = cmdqvQueryAsDaemonDomainXML(call->domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
    unsigned int flags = call->flags;
    cmdqvVerdict *verdict = NULL;
    g_autoptr(GError) error = NULL;

    virResetLastError();
    if (g_strcmp0(now, call->kept) == 0)
        return NULL;
    call->flags &= ~(unsigned int)VIR_DOMAIN_AFFECT_LIVE;
    if (!call->kind->judge(call, &verdict, &error))
        verdict = cmdqvVerdictNew(g_strdup(error->message));
    call->flags = flags;
    return verdict;
}


static int
cmdqvLoweringChangeDefine(const cmdqvApiCall *call)
{
    virDomainPtr defined = CMDQV_NEXT(virDomainDefineXML)(call->conn, call->changed.lowered ? call->changed.lowered : CMDQV_LOWERING_NOTHING);

    if (!defined) {
        cmdqvLoweringRaise(&call->changed);
        return -1;
    }
    (void)CMDQV_NEXT(virDomainFree)(defined);
    return 0;
}


static int
cmdqvLoweringChangeDefinition(cmdqvApiCall *call, cmdqvLoweringReal real)
{
    g_auto(cmdqvDefinitionLock) lock = CMDQV_DEFINITION_LOCK_NONE;
    bool has;

    if (!cmdqvDefinitionLockAlone(&lock, call->domain, CMDQV_DEFINITION_LOCK_SECONDS)) {
        cmdqvApiCallRefuse(call, cmdqvApiCallTimeOut(call));
        return -1;
    }
    /* a transient domain has no definition */
    has = CMDQV_NEXT(virDomainIsPersistent)(call->domain) == 1;
    if (has)
        cmdqvApiCallRefuse(call, cmdqvLoweringChangeRefresh(call));
    if (call->answer == CMDQV_ACL_GATE_ENDED)
        return -1;
    if (has && call->kept)
        return cmdqvLoweringChangeDefine(call);
    return real(call->domain, has ? call->text : CMDQV_LOWERING_NOTHING, call->flags & ~(unsigned int)VIR_DOMAIN_AFFECT_LIVE);
}


/**
 * cmdqvLoweringChange:
 * @call: a call that was judged, with its definition for libvirt
 *
 * libvirt changes the running domain itself.
 *
 * Returns: 0, or -1 with an error raised
 */
int
cmdqvLoweringChange(cmdqvApiCall *call)
{
    gpointer slot = NULL;
    cmdqvLoweringReal real = (cmdqvLoweringReal)cmdqvNextCallFind(&slot, call->function, CMDQV_NEXT_CALL_LOCK);

    if (!cmdqvLoweringMayChange(call->domain, call->flags, real))
        return -1;
    if (call->changed.why) {
        cmdqvLoweringRaiseReason(&call->changed);
        return -1;
    }
    if ((call->flags & VIR_DOMAIN_AFFECT_LIVE) &&
        real(call->domain, call->placed ? call->placed : call->text, call->flags & ~(unsigned int)VIR_DOMAIN_AFFECT_CONFIG) < 0)
        return -1;
    return cmdqvLoweringChangeDefinition(call, real);
}
