/*
 * api_define.c: virDomainDefineXML, virDomainCreateXML and similar functions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "conf/fatal_values.h"
#include "conf/xml_edit.h"
#include "daemon/acl_gate.h"
#include "daemon/domain_job.h"
#include "daemon/query_as_daemon.h"
#include "daemon/quiet_log.h"
#include "plugin/check_definition.h"
#include "plugin/check_started.h"
#include "plugin/lowering_xml.h"
#include "plugin/nova_layout.h"
#include "plugin/nova_refusal.h"
#include "plugin/prepare_definition.h"

/* A call of any of the four functions. */
typedef struct _cmdqvApiDefineCall cmdqvApiDefineCall;

struct _cmdqvApiDefineCall {
    const char *function;
    virConnectPtr conn;
    const char *xml;
    unsigned int nfiles;
    int *files;
    unsigned int flags;
    bool persistent;
    bool isPrepared;        /* @xml is the text that libvirt gets */
    virDomainPtr (*real)(const cmdqvApiDefineCall *call);
};


/* Defines a definition that breaks no rule with one call. */
static virDomainPtr
cmdqvApiDefinePass(const cmdqvApiDefineCall *call, const cmdqvLoweringText *text, bool isPrepared, cmdqvDomainJob *job)
{
    cmdqvApiDefineCall prepared = *call;
    virDomainPtr domain;

    prepared.isPrepared = isPrepared;
    if (text->why)
        prepared.xml = CMDQV_LOWERING_NOTHING;
    else if (text->lowered)
        prepared.xml = text->lowered;
    domain = call->real(&prepared);
    if (!domain)
        cmdqvLoweringRaise(text);
    cmdqvDomainJobEnd(job);
    if (domain && !call->persistent)
        cmdqvCheckStarted(domain, call->xml);
    return domain;
}


/* A definition that may have an SMMUv3 needs an exclusive job. */
static bool
cmdqvApiDefineBeginJob(const cmdqvApiDefineCall *call, const cmdqvDefinition *definition, cmdqvDomainJob *job)
{
    return !definition->topology ||
        cmdqvDomainJobBeginUUID(job, call->conn, definition->topology->uuid,
                                call->persistent ? VIR_DOMAIN_AFFECT_CONFIG : VIR_DOMAIN_AFFECT_LIVE);
}


/* Whether the module must check the XML before libvirt gets it; only searches its text. */
static bool
cmdqvApiDefineIsGuarded(const cmdqvApiDefineCall *call)
{
    virResetLastError();
    return call->conn && call->xml && (cmdqvCheckDefinitionConcerns(call->xml) || cmdqvNovaLayoutIsRequested(call->xml)) &&
        !cmdqvAclGateIsOfOthers(call->conn);
}


/* Reads the definition if it may have an SMMUv3; it is empty unless libvirt certainly survives its values. */
static void
cmdqvApiDefineRead(const char *xml, cmdqvDefinition *definition)
{
    if (!cmdqvDomainXMLMayHaveSmmu(xml) || !cmdqvDefinitionRead(xml, strlen(xml), definition, NULL) || definition->lifted ||
        definition->topology->badValues->len > 0)
        cmdqvDefinitionClear(definition);
}


/* The call that ends at libvirt's access check, as with cmdqvLoweringInFirst(), but of a definition that was read. */
static virDomainPtr
cmdqvApiDefineAsk(const cmdqvApiDefineCall *call, const xmlDoc *doc)
{
    cmdqvApiDefineCall asking = *call;
    g_autoptr(xmlDoc) copy = doc && cmdqvLoweringXMLMayDrop() ? cmdqvXMLEditAlone(xmlDocGetRootElement(doc)) : NULL;
    g_autofree char *outline = cmdqvDomainEditOutline(copy);

    asking.isPrepared = doc;
    if (outline)
        asking.xml = outline;
    return asking.real(&asking);
}


/* For clients that undefine a domain to define it anew: a running one has no definition then. */
static void
cmdqvApiDefineNoteTransient(const cmdqvApiDefineCall *call, const cmdqvDefinition *definition, cmdqvVerdict *refusal)
{
    g_auto(cmdqvQuietLog) quiet G_GNUC_UNUSED = cmdqvQuietLogBegin(TRUE);
    virDomainPtr domain = call->persistent && definition->name ? CMDQV_REAL(virDomainLookupByName)(call->conn, definition->name) : NULL;

    if (domain && cmdqvQueryAsDaemonIsActive(domain) == 1 && cmdqvQueryAsDaemonIsPersistent(domain) == 0)
        cmdqvVerdictNote(refusal, "the running domain has no definition now, and is lost when it shuts down: keep it with 'virsh dumpxml "
                         "--inactive %s >FILE' and 'virsh define FILE'", definition->name);
    if (domain)
        (void)CMDQV_REAL(virDomainFree)(domain);
    virResetLastError();
}


/* Libvirt grants the call. */
static virDomainPtr
cmdqvApiDefineGuarded(const cmdqvApiDefineCall *asked, cmdqvDefinition *definition, cmdqvAclGateAnswer answer)
{
    g_auto(cmdqvDomainJob) job = CMDQV_DOMAIN_JOB_NONE;
    g_auto(cmdqvLoweringText) text = { .conn = asked->conn, .function = asked->function };
    virErrorNumber code = VIR_ERR_CONFIG_UNSUPPORTED;
    g_autofree char *laid = NULL;
    cmdqvApiDefineCall call = *asked;
    g_autoptr(cmdqvVerdict) refusal = cmdqvNovaLayoutComplete(call.conn, call.xml, &laid);

    if (laid) {
        call.xml = laid;
        cmdqvDefinitionClear(definition);
    }
    if (answer == CMDQV_ACL_GATE_UNKNOWN && cmdqvDomainXMLMayHaveSmmu(call.xml)) {
        g_autoptr(cmdqvVerdict) unknown = cmdqvAclGateRefuseUnknown(call.conn, call.function);

        if (unknown)
            cmdqvNovaRefusalRaise(call.conn, NULL, call.xml, VIR_ERR_OPERATION_UNSUPPORTED, call.function, unknown);
        return NULL;
    }
    if (!refusal)
        refusal = cmdqvPrepareDefinition(&text, call.xml, definition);
    if (!refusal && !cmdqvApiDefineBeginJob(&call, definition, &job)) {
        code = CMDQV_DOMAIN_JOB_TIMEOUT_CODE;
        refusal = cmdqvDomainJobTimeOut();
    }
    if (!refusal)
        return cmdqvApiDefinePass(&call, &text, definition->topology != NULL, &job);

    if (g_strcmp0(refusal->rule, CMDQV_RULE_BAD_VALUE) == 0) {
        g_autofree char *fatal = cmdqvFatalValuesFindXML(call.xml, NULL);

        /* libvirt does not get it, and the error is the same for all calls with XML */
        if (fatal)
            return call.real(&call);
        /* the code of libvirt's own refusal of such values */
        code = VIR_ERR_XML_ERROR;
    }
    cmdqvApiDefineNoteTransient(&call, definition, refusal);
    cmdqvNovaRefusalRaise(call.conn, NULL, call.xml, code, call.function, refusal);
    return NULL;
}


static virDomainPtr
cmdqvApiDefine(const cmdqvApiDefineCall *call)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    cmdqvAclGateAnswer answer;
    virDomainPtr domain = NULL;

    if (!cmdqvApiDefineIsGuarded(call)) {
        domain = call->real(call);
        if (domain && !call->persistent)
            cmdqvCheckStarted(domain, call->xml);
        return domain;
    }
    cmdqvApiDefineRead(call->xml, &definition);
    answer = CMDQV_ACL_GATE_ASK(call->conn, call->function, domain, cmdqvApiDefineAsk(call, definition.doc));
    return answer == CMDQV_ACL_GATE_ENDED ? domain : cmdqvApiDefineGuarded(call, &definition, answer);
}


/**
 * CMDQV_API_DEFINE:
 * @name: a public function of libvirt
 * @parameters: its parameters, in parentheses
 * @arguments: the arguments for libvirt, in parentheses
 * @...: the fields of the call
 *
 * Defines the module's function of that name, and the call of libvirt itself,
 * with XML that has been lowered, if this libvirt needs it.
 */
#define CMDQV_API_DEFINE(name, parameters, arguments, ...) \
    static virDomainPtr \
    cmdqvApiDefine_##name(const cmdqvApiDefineCall *call) \
    { \
        return (call->isPrepared ? CMDQV_NEXT(name) : CMDQV_REAL(name)) arguments; \
    } \
    \
    CMDQV_EXPORT virDomainPtr \
    name parameters \
    { \
        const cmdqvApiDefineCall call = { .function = #name, .real = cmdqvApiDefine_##name, .conn = conn, .xml = xml, __VA_ARGS__ }; \
        \
        return cmdqvApiDefine(&call); \
    }

CMDQV_API_DEFINE(virDomainDefineXML, (virConnectPtr conn, const char *xml), (call->conn, call->xml), .persistent = true)

CMDQV_API_DEFINE(virDomainDefineXMLFlags, (virConnectPtr conn, const char *xml, unsigned int flags),
                 (call->conn, call->xml, call->flags), .flags = flags, .persistent = true)

CMDQV_API_DEFINE(virDomainCreateXML, (virConnectPtr conn, const char *xml, unsigned int flags),
                 (call->conn, call->xml, call->flags), .flags = flags)

CMDQV_API_DEFINE(virDomainCreateXMLWithFiles, (virConnectPtr conn, const char *xml, unsigned int nfiles, int *files, unsigned int flags),
                 (call->conn, call->xml, call->nfiles, call->files, call->flags), .nfiles = nfiles, .files = files, .flags = flags)


/* The old name of virDomainCreateXML(), which libvirt calls internally. */
CMDQV_EXPORT virDomainPtr
virDomainCreateLinux(virConnectPtr conn, const char *xmlDesc, unsigned int flags)
{
    return virDomainCreateXML(conn, xmlDesc, flags);
}
