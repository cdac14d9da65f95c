/*
 * api_save.c: check definitions in saved states
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A client can give a definition when it saves a domain, replace the one in a
 * saved state, and give one when it restores the domain. The module checks each
 * of them like any other definition; the hook sees the start after a restore.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "conf/domain_xml.h"
#include "daemon/query_as_daemon.h"
#include "layout/nova_names.h"
#include "plugin/api_call.h"
#include "plugin/check_definition.h"
#include "plugin/check_save_image.h"
#include "util/text.h"


/* Whether the module must check the XML before libvirt gets it. */
static bool
cmdqvApiSaveConcerns(cmdqvApiCall *call)
{
    return call->text && cmdqvCheckDefinitionConcerns(call->text);
}


/* Returns false, with the call ended, if libvirt would end at the definition in the file. */
static bool
cmdqvApiSaveSurvives(cmdqvApiCall *call)
{
    if (!cmdqvCheckSaveImageIsFatal(call->conn, call->file, call->function))
        return true;
    call->answer = CMDQV_ACL_GATE_ENDED;
    return false;
}


static bool
cmdqvApiSaveConcernsFile(cmdqvApiCall *call)
{
    return cmdqvApiSaveSurvives(call) && cmdqvApiSaveConcerns(call);
}


static cmdqvVerdict *
cmdqvApiSaveJudge(cmdqvApiCall *call)
{
    if (call->answer == CMDQV_ACL_GATE_UNKNOWN && cmdqvDomainXMLMayHaveSmmu(call->text))
        return cmdqvApiCallUnknown(call);
    return cmdqvCheckDefinitionXML(call->conn, call->text);
}


/*
 * The same for a managed save. libvirt reads the definition that is in it, and reports one that is missing or damaged, and
 * invalid flags; so before the module refuses the call, it makes it with XML of no domain.
 */
static cmdqvVerdict *
cmdqvApiSaveJudgeManaged(cmdqvApiCall *call)
{
    cmdqvVerdict *refusal = cmdqvCheckSaveImageManaged(call->domain);

    if (refusal || !cmdqvApiSaveConcerns(call))
        return refusal;
    refusal = cmdqvApiSaveJudge(call);
    if (!refusal)
        return NULL;
    return cmdqvApiCallAfterLibvirt(call, refusal,
                                    CMDQV_REAL(virDomainManagedSaveDefineXML)(call->domain, CMDQV_LOWERING_NOTHING, call->flags) == 0);
}


/* The same for a call that needs a running domain, which libvirt checks. */
static cmdqvVerdict *
cmdqvApiSaveJudgeRunning(cmdqvApiCall *call)
{
    return cmdqvQueryAsDaemonIsActive(call->domain) == 0 ? NULL : cmdqvApiSaveJudge(call);
}


/* The same for a definition that will run: the caller's, or the one that is in the file. */
static cmdqvVerdict *
cmdqvApiSaveJudgeRestore(cmdqvApiCall *call)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(cmdqvTextMalloced) saved = NULL;
    const char *xml = call->text;
    cmdqvVerdict *refusal;

    /* libvirt reports a missing file */
    if (!xml && call->file && (access(call->file, F_OK) == 0 || errno != ENOENT))
        xml = saved = cmdqvQueryAsDaemonSaveImageXML(call->conn, call->file);
    if (!xml)
        return NULL;
    if (call->answer == CMDQV_ACL_GATE_UNKNOWN && cmdqvDomainXMLMayHaveSmmu(xml))
        return cmdqvApiCallUnknown(call);
    refusal = cmdqvCheckDefinitionRead(call->conn, xml, &definition);
    if (!refusal && definition.topology &&
        !cmdqvDomainJobBeginUUID(&call->job, call->conn, definition.topology->uuid, VIR_DOMAIN_AFFECT_LIVE))
        refusal = cmdqvApiCallTimeOut(call);
    if (refusal)
        cmdqvNovaNamesAdd(refusal, xml);
    return refusal;
}


static const char *
cmdqvApiSaveParam(virTypedParameterPtr params, int nparams, const char *name)
{
    int i;

    for (i = 0; params && i < nparams; i++) {
        if (params[i].type == VIR_TYPED_PARAM_STRING && strcmp(params[i].field, name) == 0)
            return params[i].value.s;
    }
    return NULL;
}


CMDQV_API_CALL(int, -1, virDomainSaveFlags, (virDomainPtr domain, const char *to, const char *dxml, unsigned int flags),
               (domain, to, dxml, flags),
               .domain = domain, .text = dxml, .concerns = cmdqvApiSaveConcerns, .judge = cmdqvApiSaveJudgeRunning)

CMDQV_API_CALL(int, -1, virDomainSaveParams, (virDomainPtr domain, virTypedParameterPtr params, int nparams, unsigned int flags),
               (domain, params, nparams, flags),
               .domain = domain, .text = cmdqvApiSaveParam(params, nparams, VIR_DOMAIN_SAVE_PARAM_DXML), .concerns = cmdqvApiSaveConcerns,
               .judge = cmdqvApiSaveJudgeRunning)

CMDQV_API_CALL(int, -1, virDomainSaveImageDefineXML, (virConnectPtr conn, const char *file, const char *dxml, unsigned int flags),
               (conn, file, dxml, flags),
               .conn = conn, .text = dxml, .file = file, .concerns = cmdqvApiSaveConcernsFile, .judge = cmdqvApiSaveJudge)

CMDQV_API_CALL(int, -1, virDomainManagedSaveDefineXML, (virDomainPtr domain, const char *dxml, unsigned int flags), (domain, dxml, flags),
               .domain = domain, .text = dxml, .flags = flags, .judge = cmdqvApiSaveJudgeManaged)

CMDQV_API_CALL(int, -1, virDomainRestore, (virConnectPtr conn, const char *from), (conn, from),
               .conn = conn, .file = from, .concerns = cmdqvApiSaveSurvives, .judge = cmdqvApiSaveJudgeRestore)

CMDQV_API_CALL(int, -1, virDomainRestoreFlags, (virConnectPtr conn, const char *from, const char *dxml, unsigned int flags),
               (conn, from, dxml, flags),
               .conn = conn, .text = dxml, .file = from, .concerns = cmdqvApiSaveSurvives, .judge = cmdqvApiSaveJudgeRestore)

CMDQV_API_CALL(int, -1, virDomainRestoreParams, (virConnectPtr conn, virTypedParameterPtr params, int nparams, unsigned int flags),
               (conn, params, nparams, flags),
               .conn = conn, .text = cmdqvApiSaveParam(params, nparams, VIR_DOMAIN_SAVE_PARAM_DXML),
               .file = cmdqvApiSaveParam(params, nparams, VIR_DOMAIN_SAVE_PARAM_FILE), .concerns = cmdqvApiSaveSurvives,
               .judge = cmdqvApiSaveJudgeRestore)
