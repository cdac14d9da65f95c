/*
 * api_migrate_finish.c: check the definition in the cookie of a migration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The persistent definition of a migrated domain is in a cookie at the end of
 * the migration, which the hook does not get (qemuMigrationDstPersist(),
 * src/qemu/qemu_migration.c). If it breaks a rule, the module passes libvirt a
 * cookie that it cannot read: libvirt checks domain, rights and cookie as
 * always, removes the domain on this side, and the domain continues on the
 * source.
 *
 * After a switch to post-copy a migration cannot be cancelled, because neither
 * side has all of the memory. Then the domain runs here without the definition.
 *
 * The call has no job, because a paused guest would wait for it.
 */

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "daemon/acl_gate.h"
#include "daemon/client_identity.h"
#include "daemon/raise_error.h"
#include "layout/nova_names.h"
#include "plugin/api_migrate_prepare.h"
#include "plugin/close_ports.h"
#include "plugin/domain_facts.h"
#include "plugin/prepare_definition.h"
#include "util/error.h"

/* A type of domain that does not exist; libvirt's error names it. */
#define CMDQV_API_MIGRATE_FINISH_TOKEN "libvirt-cmdqv-refuses"

/* Whether the domain gets a persistent definition. */
static bool
cmdqvApiMigrateFinishPersists(unsigned long flags)
{
    return flags & (VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_OFFLINE);
}


/* Whether the domain can still continue on the source. */
static bool
cmdqvApiMigrateFinishMayFail(unsigned long flags)
{
    return (flags & VIR_MIGRATE_OFFLINE) || !(flags & (VIR_MIGRATE_POSTCOPY | VIR_MIGRATE_POSTCOPY_RESUME));
}


/* A call with the cookie for libvirt. */
typedef struct {
    const char *function;
    virConnectPtr conn;
    const char *cookie;
    int len;
    unsigned long flags;
    char *changed;          /* the cookie for libvirt: invalid if there is a refusal, else with closed ports; NULL: unchanged */
    cmdqvVerdict *refusal;
} cmdqvApiMigrateFinish;


static void
cmdqvApiMigrateFinishClear(cmdqvApiMigrateFinish *finish)
{
    g_clear_pointer(&finish->changed, g_free);
    g_clear_pointer(&finish->refusal, cmdqvVerdictFree);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvApiMigrateFinish, cmdqvApiMigrateFinishClear)


/* Sets @refusal, NULL if the definition may stay; returns false with @error set if it cannot be read. */
static bool
cmdqvApiMigrateFinishJudge(cmdqvLoweringText *text, const xmlNode *node, cmdqvVerdict **refusal, GError **error)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autofree char *xml = cmdqvXMLEditOwn(node, "domain", error);

    if (!xml)
        return false;
    *refusal = cmdqvApiMigratePrepareJudgeDropped(text->conn, xml);
    if (!*refusal)
        *refusal = cmdqvPrepareDefinition(text, xml, &definition);
    if (*refusal)
        cmdqvNovaNamesAdd(*refusal, xml);
    return true;
}


/* The cookie with the prepared definition, as any other has; NULL if it is the same. */
static char *
cmdqvApiMigrateFinishExchange(xmlNode *node, const char *prepared)
{
    g_autoptr(xmlDoc) doc = prepared ? cmdqvXMLReadParse(prepared, strlen(prepared), "domain", NULL) : NULL;
    xmlDoc *cookie = node->doc;

    if (!doc)
        return NULL;
    cmdqvXMLEditReplace(node, xmlDocGetRootElement(doc));
    return cmdqvXMLEditFormat(cookie, NULL);
}


/* A cookie that libvirt cannot read. */
static char *
cmdqvApiMigrateFinishSpoil(xmlDoc *doc, xmlNode *node)
{
    char *spoilt = NULL;

    if (node) {
        cmdqvXMLEditSet(node, "type", CMDQV_API_MIGRATE_FINISH_TOKEN);
        spoilt = cmdqvXMLEditFormat(doc, NULL);
    }
    return spoilt ? spoilt : g_strdup("<" CMDQV_API_MIGRATE_FINISH_TOKEN);
}


static void
cmdqvApiMigrateFinishRead(cmdqvApiMigrateFinish *finish)
{
    g_auto(cmdqvLoweringText) text = { .conn = finish->conn, .function = finish->function };
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(finish->cookie, strlen(finish->cookie), NULL, &error);
    xmlNode *node = cmdqvXMLReadChild(xmlDocGetRootElement(doc), "domain");

    if (node)
        (void)cmdqvApiMigrateFinishJudge(&text, node, &finish->refusal, &error);
    /* libvirt refuses XML that is malformed */
    if (error && !g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED))
        finish->refusal = cmdqvVerdictNew(g_strdup_printf("migration cookie: %s", error->message));
    if (finish->refusal)
        finish->changed = cmdqvApiMigrateFinishSpoil(doc, node);
    else if (node)
        finish->changed = cmdqvApiMigrateFinishExchange(node, text.lowered);
}


/* Whether a successful migration has a definition, which must be checked. */
static bool
cmdqvApiMigrateFinishIsGuarded(const cmdqvApiMigrateFinish *finish, int cancelled)
{
    virResetLastError();
    /* libvirt refuses a cookie without a NUL at the end */
    return finish->conn && finish->cookie && finish->len > 0 && !cancelled && cmdqvApiMigrateFinishPersists(finish->flags) &&
        finish->cookie[finish->len - 1] == '\0' && cmdqvDomainXMLMayHaveSmmu(finish->cookie) && !cmdqvAclGateIsOfOthers(finish->conn);
}


/* Checks the definition, and sets the cookie for libvirt. */
static void
cmdqvApiMigrateFinishBegin(cmdqvApiMigrateFinish *finish)
{
    cmdqvApiMigrateFinishRead(finish);
    if (!finish->changed || (finish->refusal && !cmdqvApiMigrateFinishMayFail(finish->flags)))
        return;
    finish->cookie = finish->changed;
    finish->len = (int)strlen(finish->changed) + 1;
}


/* Logs that the domain is here without its definition. */
static void
cmdqvApiMigrateFinishLogWithout(const cmdqvApiMigrateFinish *finish, virDomainPtr domain)
{
    g_autofree char *client = cmdqvClientIdentityDescribe();

    cmdqvVerdictNote(finish->refusal, "the domain continues without the definition that the migration sent");
    cmdqvRaiseErrorAbout(finish->refusal, domain);
    cmdqvVerdictLog(finish->refusal, finish->function, client);
    virResetLastError();
}


/* Raises the refusal if libvirt has removed the domain because of the cookie alone. */
static void
cmdqvApiMigrateFinishRaise(const cmdqvApiMigrateFinish *finish)
{
    g_autofree char *client = NULL;
    g_autofree char *text = NULL;

    if (!strstr(virGetLastErrorMessage(), CMDQV_API_MIGRATE_FINISH_TOKEN))
        return;
    text = cmdqvVerdictFormat(finish->refusal);
    client = cmdqvClientIdentityDescribe();
    cmdqvVerdictLog(finish->refusal, finish->function, client);
    cmdqvRaiseError(VIR_ERR_CONFIG_UNSUPPORTED, finish->function, text);
    cmdqvRaiseErrorDispatch(finish->conn);
}


static virDomainPtr
cmdqvApiMigrateFinishEnd(const cmdqvApiMigrateFinish *finish, virDomainPtr domain)
{
    if (domain && finish->refusal)
        cmdqvApiMigrateFinishLogWithout(finish, domain);
    else if (domain && cmdqvApiMigrateFinishPersists(finish->flags) && cmdqvDomainFactsMayHaveSmmu(domain, VIR_DOMAIN_AFFECT_CONFIG))
        cmdqvClosePortsDefined(domain);
    else if (finish->refusal)
        cmdqvApiMigrateFinishRaise(finish);
    return domain;
}


/* If the definition is refused and the migration cannot be cancelled, removes the flags that keep the definition. */
static unsigned long
cmdqvApiMigrateFinishFlags(const cmdqvApiMigrateFinish *finish)
{
    return finish->refusal ? finish->flags & ~(unsigned long)VIR_MIGRATE_PERSIST_DEST : finish->flags;
}


CMDQV_EXPORT virDomainPtr
virDomainMigrateFinish3(virConnectPtr dconn, const char *dname, const char *cookiein, int cookieinlen, char **cookieout,
                        int *cookieoutlen, const char *dconnuri, const char *uri, unsigned long flags, int cancelled)
{
    g_auto(cmdqvApiMigrateFinish) finish = {
        .function = __func__,
        .conn = dconn,
        .cookie = cookiein,
        .len = cookieinlen,
        .flags = flags,
    };
    virDomainPtr domain = NULL;

    if (cmdqvApiMigrateFinishIsGuarded(&finish, cancelled)) {
        if (CMDQV_ACL_GATE_ASK(dconn, __func__, domain,
                               CMDQV_REAL(virDomainMigrateFinish3)(dconn, dname, cookiein, cookieinlen, cookieout, cookieoutlen,
                                                                   dconnuri, uri, flags, cancelled)) == CMDQV_ACL_GATE_ENDED)
            return domain;
        cmdqvApiMigrateFinishBegin(&finish);
    }
    return cmdqvApiMigrateFinishEnd(&finish, CMDQV_REAL(virDomainMigrateFinish3)(dconn, dname, finish.cookie, finish.len, cookieout,
                                                                                 cookieoutlen, dconnuri, uri, cmdqvApiMigrateFinishFlags(&finish),
                                                                                 cancelled));
}


CMDQV_EXPORT virDomainPtr
virDomainMigrateFinish3Params(virConnectPtr dconn, virTypedParameterPtr params, int nparams, const char *cookiein,
                              int cookieinlen, char **cookieout, int *cookieoutlen, unsigned int flags, int cancelled)
{
    g_auto(cmdqvApiMigrateFinish) finish = {
        .function = __func__,
        .conn = dconn,
        .cookie = cookiein,
        .len = cookieinlen,
        .flags = flags,
    };
    virDomainPtr domain = NULL;

    if (cmdqvApiMigrateFinishIsGuarded(&finish, cancelled)) {
        if (CMDQV_ACL_GATE_ASK(dconn, __func__, domain,
                               CMDQV_REAL(virDomainMigrateFinish3Params)(dconn, params, nparams, cookiein, cookieinlen, cookieout,
                                                                         cookieoutlen, flags, cancelled)) == CMDQV_ACL_GATE_ENDED)
            return domain;
        cmdqvApiMigrateFinishBegin(&finish);
    }
    return cmdqvApiMigrateFinishEnd(&finish, CMDQV_REAL(virDomainMigrateFinish3Params)(dconn, params, nparams, finish.cookie, finish.len,
                                                                                       cookieout, cookieoutlen,
                                                                                       (unsigned int)cmdqvApiMigrateFinishFlags(&finish), cancelled));
}
