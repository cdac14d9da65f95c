/*
 * hook/qemu_hook.c: the qemu hook
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt runs hooks/qemu.d/50-cmdqv NAME OPERATION SUB-OPERATION EXTRA, which
 * runs this with the domain XML on standard input, for every start, also for those that
 * no client asks for: autostart, restore, incoming migration.  An exit status
 * other than 0 refuses the start, and what is on standard error becomes part
 * of the error (https://libvirt.org/hooks.html).  A hook must not call libvirt.
 * Refusals are in the journal as the module's are, but for the client, whom a
 * hook is not told.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "host/qemu_access.h"
#include "host/daemon_version.h"
#include "host/cmdqv_support.h"
#include "host/smmu_inventory.h"
#include "lowering/lift.h"
#include "policy/start_check.h"
#include "qemu/libvirt_networks.h"
#include "policy/rule_table.h"
#include "policy/settings.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"
#include "util/text.h"

#define CMDQV_HOOK_NAME "libvirt-cmdqv"


/* What is on standard error is one line, whatever a client wrote into a name. */
static void
cmdqvHookPrint(const char *message)
{
    g_autofree char *line = cmdqvStringOneLine(message);

    (void)fprintf(stderr, "%s: %s\n", CMDQV_HOOK_NAME, line);
}


static int
cmdqvHookRefuse(const char *name, const char *operation, const cmdqvVerdict *verdict)
{
    g_autofree char *call = g_strdup_printf("hook %s", operation);

    cmdqvLogRefusal(&(cmdqvRefusal){
        .call = call,
        .domain = name,
        .uuid = verdict->uuid,
        .smmu = verdict->smmu,
        .device = verdict->device,
        .rule = verdict->rule,
        .message = verdict->message,
    });
    cmdqvHookPrint(verdict->message);
    return EXIT_FAILURE;
}


static int
cmdqvHookRefuseUnread(const char *name, const char *operation, const GError *error)
{
    g_autoptr(cmdqvVerdict) verdict = g_new0(cmdqvVerdict, 1);

    verdict->message = g_strdup_printf("domain '%s': %s", name, error->message);
    return cmdqvHookRefuse(name, operation, verdict);
}


/* A configuration that cannot be read keeps nobody from starting a domain. */
static cmdqvSettings *
cmdqvHookSettings(void)
{
    g_autoptr(GError) error = NULL;
    cmdqvSettings *settings = cmdqvSettingsLoad(CMDQV_SETTINGS_FILE, &error);
    g_autofree char *message = NULL;

    if (settings)
        return settings;
    message = g_strdup_printf("%s; the defaults are used instead", error->message);
    cmdqvLogFailure("%s", message);
    cmdqvHookPrint(message);
    return cmdqvSettingsNew();
}


/* @settled: networks have been asked, so that what is no hostdev now will be none */
static int
cmdqvHookJudge(const char *name, const char *operation, bool settled)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = NULL;
    g_autoptr(GPtrArray) findings = NULL;
    g_autoptr(cmdqvSettings) settings = NULL;
    g_autoptr(cmdqvVerdict) verdict = NULL;
    g_autoptr(cmdqvAccess) access = NULL;
    cmdqvRuleContext context = {
        .hostSmmu = cmdqvHostSmmuOf,
        .data = (gpointer)"",
        .network = geteuid() == 0 ? cmdqvNetworkGivesHostdevs : NULL,
        .networkData = (gpointer)CMDQV_NETWORK_STATE_DIR,
    };
    g_autofree char *xml = NULL;
    g_autofree char *lifted = NULL;
    g_auto(GStrv) without = NULL;
    gsize len;

    if (!cmdqvFileReadFd(STDIN_FILENO, "the domain XML", CMDQV_XML_MAX_BYTES, &xml, &len, &error))
        return cmdqvHookRefuseUnread(name, operation, error);
    if (strlen(xml) == len && !cmdqvDomainXMLMayHaveSmmu(xml))
        return EXIT_SUCCESS;

    lifted = strlen(xml) == len ? cmdqvLiftXML(xml, &error) : NULL;
    if (error)
        return cmdqvHookRefuseUnread(name, operation, error);
    topology = lifted ? cmdqvDomainXMLRead(lifted, strlen(lifted), &error) : cmdqvDomainXMLRead(xml, len, &error);
    if (!topology)
        return cmdqvHookRefuseUnread(name, operation, error);
    /* what arguments of its own a definition adds only libvirt's command line shows, and a hook cannot ask for that */
    if (topology->passthroughArgs)
        return EXIT_SUCCESS;
    if (settled)
        cmdqvTopologySettlePooled(topology);

    settings = cmdqvHookSettings();
    context.endsAtNetworks = CMDQV_LIBVIRT_ENDS_AT_NETWORKS(cmdqvDaemonLibvirtVersion("", (unsigned int)getppid()));
    without = cmdqvInventoryWithoutCmdqv("");
    context.withoutCmdqv = (const char *const *)without;
    context.levels = settings->levels;
    /* what was lowered opens its files itself, whatever libvirt runs it now */
    access = lifted && geteuid() == 0 ? cmdqvAccessRead("", CMDQV_NODE_SETTINGS, NULL) : NULL;
    context.node = access ? cmdqvAccessToNode : NULL;
    context.nodeOf = cmdqvAccessNodeOf;
    context.nodeData = access;
    findings = cmdqvRulesRun(topology, &context);
    verdict = cmdqvRulesVerdict(topology, findings);
    return verdict ? cmdqvHookRefuse(name, operation, verdict) : EXIT_SUCCESS;
}


/* It runs by now, and goes on running: what it does without is said, and nothing is refused. */
static int
cmdqvHookLook(const char *name)
{
    g_autofree char *stateDir = cmdqvProcessStateDir(geteuid() == 0 ? NULL : "qemu:///session");
    const cmdqvProcessPaths paths = { stateDir, "/proc" };
    g_autofree char *xml = NULL;
    gsize len;

    if (cmdqvFileReadFd(STDIN_FILENO, "the domain XML", CMDQV_XML_MAX_BYTES, &xml, &len, NULL))
        (void)cmdqvLostCheck(xml, name, NULL, &paths, true);
    return EXIT_SUCCESS;
}


int
main(int argc, char **argv)
{
    const char *operation = argc > 2 ? argv[2] : "";

    cmdqvLogToJournal();
    /*
     * "migrate" is a definition that arrives, also by an offline migration that
     * starts nothing; what the hook prints would take its place, so it prints
     * nothing.  A running domain is never refused: a "reconnect" that fails
     * would end it.
     */
    if (strcmp(operation, "prepare") == 0 || strcmp(operation, "migrate") == 0 || strcmp(operation, "restore") == 0)
        return cmdqvHookJudge(argv[1], operation, false);
    if (strcmp(operation, "start") == 0)
        return cmdqvHookJudge(argv[1], operation, true);
    if (strcmp(operation, "started") == 0)
        return cmdqvHookLook(argv[1]);
    if (argc > 2)
        return EXIT_SUCCESS;
    /* what 'virt-cmdqv doctor' asks */
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)printf("%s\n", CMDQV_VERSION);
        return EXIT_SUCCESS;
    }

    (void)fprintf(stderr, "Usage: %s DOMAIN OPERATION SUB-OPERATION EXTRA <DOMAIN-XML\n"
                  "libvirt runs this as a hook; there is nothing to run by hand.\n", argc > 0 ? argv[0] : CMDQV_HOOK_NAME);
    return 2;
}
