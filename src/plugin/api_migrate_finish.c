/*
 * plugin/api_migrate_finish.c: definitions that come in the cookie of a migration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a domain that has arrived is to be after it has stopped comes at the very
 * end, in a cookie that no hook is shown (qemuMigrationDstPersist(),
 * src/qemu/qemu_migration.c).  If it breaks a rule, libvirt gets in its place one
 * that it cannot read: it looks at domain, rights and cookie as ever, clears away
 * what runs on this side, and the source lets its domain run on.
 *
 * After a switch to post-copy a migration cannot be called off any more: neither
 * side has all of the memory.  There the domain runs on without the definition.
 *
 * It takes no turn: a guest that stands still would wait for it.
 */

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "daemon/client_identity.h"
#include "plugin/close_ports.h"
#include "plugin/domain_facts.h"
#include "plugin/check_definition.h"
#include "plugin/api_migrate_prepare.h"
#include "daemon/raise_error.h"
#include "util/error.h"

/* A type of domain that there is not; libvirt's error names it. */
#define CMDQV_FINISH_TOKEN "libvirt-cmdqv-refuses"

/* libvirt.so exports these for its daemons (src/libvirt_internal.h); older clients' functions have cookies that it does not read. */
CMDQV_EXPORT virDomainPtr virDomainMigrateFinish3(virConnectPtr dconn, const char *dname, const char *cookiein, int cookieinlen,
                                                  char **cookieout, int *cookieoutlen, const char *dconnuri, const char *uri,
                                                  unsigned long flags, int cancelled);
CMDQV_EXPORT virDomainPtr virDomainMigrateFinish3Params(virConnectPtr dconn, virTypedParameterPtr params, int nparams,
                                                        const char *cookiein, int cookieinlen, char **cookieout,
                                                        int *cookieoutlen, unsigned int flags, int cancelled);


/* Whether a definition stays when the domain has gone. */
static bool
cmdqvFinishPersists(unsigned long flags)
{
    return flags & (VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_OFFLINE);
}


/* Whether the source can still go on with its domain. */
static bool
cmdqvFinishMayFail(unsigned long flags)
{
    return (flags & VIR_MIGRATE_OFFLINE) || !(flags & (VIR_MIGRATE_POSTCOPY | VIR_MIGRATE_POSTCOPY_RESUME));
}


/* What a cookie is given to libvirt as, and why. */
typedef struct {
    const char *function;
    virConnectPtr conn;
    const char *cookie;
    int len;
    unsigned long flags;
    char *spoilt;
    cmdqvVerdict *refusal;
} cmdqvFinish;


static void
cmdqvFinishClear(cmdqvFinish *finish)
{
    g_clear_pointer(&finish->spoilt, g_free);
    g_clear_pointer(&finish->refusal, cmdqvVerdictFree);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvFinish, cmdqvFinishClear)


/* Why a definition must not stay; NULL where nothing is against it, or @error is set. */
static cmdqvVerdict *
cmdqvFinishJudge(virConnectPtr conn, const xmlNode *node, GError **error)
{
    g_autofree char *definition = cmdqvXMLEditOwn(node, "domain", error);
    cmdqvVerdict *verdict = definition ? cmdqvMigrateJudgeDropped(conn, definition) : NULL;

    return verdict || !definition ? verdict : cmdqvJudgeXML(conn, definition);
}


static void
cmdqvFinishRead(cmdqvFinish *finish)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(finish->cookie, strlen(finish->cookie), NULL, &error);
    xmlNode *node = doc ? cmdqvXMLChild(xmlDocGetRootElement(doc), "domain") : NULL;

    if (node)
        finish->refusal = cmdqvFinishJudge(finish->conn, node, &error);
    /* what is no XML, libvirt refuses */
    if (error && !g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED)) {
        finish->refusal = g_new0(cmdqvVerdict, 1);
        finish->refusal->message = g_strdup_printf("migration cookie: %s", error->message);
    }
    if (!finish->refusal)
        return;
    if (node) {
        cmdqvXMLEditSet(node, "type", CMDQV_FINISH_TOKEN);
        finish->spoilt = cmdqvXMLEditFormat(doc, NULL);
    }
    if (!finish->spoilt)
        finish->spoilt = g_strdup("<" CMDQV_FINISH_TOKEN);
}


/* Judges what comes with a migration that has gone well, and sets what libvirt gets of it. */
static void
cmdqvFinishBegin(cmdqvFinish *finish, int cancelled)
{
    virResetLastError();
    if (!finish->conn || !finish->cookie || finish->len <= 0 || cancelled || !cmdqvFinishPersists(finish->flags))
        return;
    /* one without an end libvirt refuses */
    if (finish->cookie[finish->len - 1] == '\0' && cmdqvDomainXMLMayHaveSmmu(finish->cookie))
        cmdqvFinishRead(finish);
    if (!finish->refusal || !cmdqvFinishMayFail(finish->flags))
        return;
    finish->cookie = finish->spoilt;
    finish->len = (int)strlen(finish->spoilt) + 1;
}


/* The domain is here, and its definition is not. */
static void
cmdqvFinishLogWithout(const cmdqvFinish *finish, virDomainPtr domain)
{
    g_autofree char *client = cmdqvClientDescribe();
    g_autofree char *why = g_steal_pointer(&finish->refusal->message);

    finish->refusal->message = g_strdup_printf("%s; the domain runs on without the definition that came with it", why);
    cmdqvRaiseAbout(finish->refusal, domain);
    cmdqvRaiseLog(finish->function, client, finish->refusal);
    virResetLastError();
}


/* Nothing was left of it, and libvirt has had nothing else to say against it. */
static void
cmdqvFinishRaise(const cmdqvFinish *finish)
{
    g_autofree char *client = NULL;

    if (!strstr(virGetLastErrorMessage(), CMDQV_FINISH_TOKEN))
        return;
    client = cmdqvClientDescribe();
    cmdqvRaiseLog(finish->function, client, finish->refusal);
    cmdqvRaiseError(VIR_ERR_CONFIG_UNSUPPORTED, finish->function, finish->refusal->message);
    cmdqvRaiseDispatch(finish->conn);
}


static virDomainPtr
cmdqvFinishEnd(const cmdqvFinish *finish, virDomainPtr domain)
{
    if (domain && finish->refusal)
        cmdqvFinishLogWithout(finish, domain);
    else if (domain && cmdqvFinishPersists(finish->flags) && cmdqvFactsMayHaveSmmu(domain, VIR_DOMAIN_AFFECT_CONFIG))
        cmdqvCompleteDefined(domain);
    else if (finish->refusal)
        cmdqvFinishRaise(finish);
    return domain;
}


/* What is refused and cannot be called off does not stay. */
static unsigned long
cmdqvFinishFlags(const cmdqvFinish *finish)
{
    return finish->refusal ? finish->flags & ~(unsigned long)VIR_MIGRATE_PERSIST_DEST : finish->flags;
}


CMDQV_EXPORT virDomainPtr
virDomainMigrateFinish3(virConnectPtr dconn, const char *dname, const char *cookiein, int cookieinlen, char **cookieout,
                        int *cookieoutlen, const char *dconnuri, const char *uri, unsigned long flags, int cancelled)
{
    g_auto(cmdqvFinish) finish = { __func__, dconn, cookiein, cookieinlen, flags, NULL, NULL };

    cmdqvFinishBegin(&finish, cancelled);
    return cmdqvFinishEnd(&finish, CMDQV_REAL(virDomainMigrateFinish3)(dconn, dname, finish.cookie, finish.len, cookieout,
                                                                       cookieoutlen, dconnuri, uri, cmdqvFinishFlags(&finish),
                                                                       cancelled));
}


CMDQV_EXPORT virDomainPtr
virDomainMigrateFinish3Params(virConnectPtr dconn, virTypedParameterPtr params, int nparams, const char *cookiein,
                              int cookieinlen, char **cookieout, int *cookieoutlen, unsigned int flags, int cancelled)
{
    g_auto(cmdqvFinish) finish = { __func__, dconn, cookiein, cookieinlen, flags, NULL, NULL };

    cmdqvFinishBegin(&finish, cancelled);
    return cmdqvFinishEnd(&finish, CMDQV_REAL(virDomainMigrateFinish3Params)(dconn, params, nparams, finish.cookie, finish.len,
                                                                             cookieout, cookieoutlen,
                                                                             (unsigned int)cmdqvFinishFlags(&finish), cancelled));
}
