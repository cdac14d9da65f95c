/*
 * api_start.c: virDomainCreate and similar functions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The hook sees every start, these functions only those of a client. They give
 * the client a better message: libvirt wraps a refusal of the hook in its
 * report on a failed script, and libvirt 11.3 reports a refused start from a
 * saved state as a success.
 */

#include "daemon/query_as_daemon.h"
#include "plugin/api_call.h"
#include "plugin/check_definition.h"
#include "plugin/check_save_image.h"
#include "plugin/check_started.h"
#include "plugin/domain_facts.h"
#include "util/text.h"


/*
 * Checks the definition in the saved state; libvirt removes a state that it
 * cannot read, and starts the domain's own definition.
 */
static cmdqvVerdict *
cmdqvApiStartJudgeSaved(virDomainPtr domain)
{
    g_autoptr(cmdqvTextMalloced) xml = cmdqvQueryAsDaemonManagedSaveXML(domain);

    return xml ? cmdqvCheckDefinitionXML(CMDQV_REAL(virDomainGetConnect)(domain), xml) : cmdqvCheckDefinitionJudge(domain);
}


static cmdqvVerdict *
cmdqvApiStartJudge(cmdqvApiCall *call)
{
    cmdqvVerdict *refusal;
    bool restores;
    bool guarded;

    /* libvirt refuses the start of a running domain */
    if (cmdqvQueryAsDaemonIsActive(call->domain) != 0)
        return NULL;
    restores = !(call->flags & VIR_DOMAIN_START_FORCE_BOOT) && cmdqvQueryAsDaemonHasManagedSave(call->domain) == 1;
    guarded = cmdqvDomainFactsMayHaveSmmu(call->domain, VIR_DOMAIN_AFFECT_CONFIG);
    refusal = restores ? cmdqvCheckSaveImageManaged(call->domain) : NULL;
    if (refusal)
        return refusal;
    if (!restores && !guarded)
        return NULL;
    if (call->answer == CMDQV_ACL_GATE_UNKNOWN && guarded)
        return cmdqvApiCallUnknown(call);
    /* calls for the running domain wait, and are judged by its state after the start */
    if (!cmdqvDomainJobBegin(&call->job, call->domain, VIR_DOMAIN_AFFECT_LIVE, true))
        return cmdqvApiCallTimeOut(call);
    return restores ? cmdqvApiStartJudgeSaved(call->domain) : cmdqvCheckDefinitionJudge(call->domain);
}


static void
cmdqvApiStartDone(cmdqvApiCall *call)
{
    cmdqvCheckStarted(call->domain, NULL);
}


CMDQV_API_CALL(int, -1, virDomainCreate, (virDomainPtr domain), (domain),
               .domain = domain, .judge = cmdqvApiStartJudge, .done = cmdqvApiStartDone)

CMDQV_API_CALL(int, -1, virDomainCreateWithFlags, (virDomainPtr domain, unsigned int flags), (domain, flags),
               .domain = domain, .flags = flags, .judge = cmdqvApiStartJudge, .done = cmdqvApiStartDone)

CMDQV_API_CALL(int, -1, virDomainCreateWithFiles, (virDomainPtr domain, unsigned int nfiles, int *files, unsigned int flags),
               (domain, nfiles, files, flags),
               .domain = domain, .flags = flags, .judge = cmdqvApiStartJudge, .done = cmdqvApiStartDone)
