/*
 * cmdqvhook.c: the qemu hook
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt runs hooks/qemu.d/50-cmdqv NAME OPERATION SUB-OPERATION EXTRA, which
 * runs this with the domain XML on standard input, for every start, also for those that
 * no client asks for: autostart, restore, incoming migration.  An exit status
 * other than 0 refuses the start, and what is on standard error becomes part
 * of the error (https://libvirt.org/hooks.html).  A hook must not call libvirt.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/cmdqvdomainxml.h"
#include "conf/cmdqvxml.h"
#include "host/cmdqvhost.h"
#include "qemu/cmdqvlift.h"
#include "qemu/cmdqvlost.h"
#include "qemu/cmdqvrules.h"
#include "qemu/cmdqvsettings.h"
#include "util/cmdqverror.h"
#include "util/cmdqvfile.h"
#include "util/cmdqvlog.h"

#define CMDQV_HOOK_NAME "libvirt-cmdqv"


static int
cmdqvHookRefuse(const char *message)
{
    g_autofree char *line = g_strdelimit(g_strdup(message), "\r\n", ' ');

    (void)fprintf(stderr, "%s: %s\n", CMDQV_HOOK_NAME, line);
    return EXIT_FAILURE;
}


/* @settled: networks have been asked, so that what is no hostdev now will be none */
static int
cmdqvHookJudge(const char *name, bool settled)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = NULL;
    g_autoptr(GPtrArray) findings = NULL;
    g_autoptr(cmdqvSettings) settings = NULL;
    cmdqvRuleContext context = { NULL, cmdqvHostSmmuOf, (gpointer)"", 0, false };
    g_autofree char *xml = NULL;
    g_autofree char *lifted = NULL;
    g_autofree char *message = NULL;
    gsize len;

    if (!cmdqvFileReadFd(STDIN_FILENO, "the domain XML", CMDQV_XML_MAX_BYTES, &xml, &len, &error)) {
        message = g_strdup_printf("domain '%s': %s", name, error->message);
        return cmdqvHookRefuse(message);
    }
    if (strlen(xml) == len && !cmdqvDomainXMLMayHaveSmmu(xml))
        return EXIT_SUCCESS;

    lifted = strlen(xml) == len ? cmdqvLiftXML(xml, NULL) : NULL;
    topology = lifted ? cmdqvDomainXMLRead(lifted, strlen(lifted), &error) : cmdqvDomainXMLRead(xml, len, &error);
    if (!topology) {
        message = g_strdup_printf("domain '%s': %s", name, error->message);
        return cmdqvHookRefuse(message);
    }
    /* what arguments of its own a definition adds only libvirt's command line shows, and a hook cannot ask for that */
    if (topology->passthroughArgs)
        return EXIT_SUCCESS;
    if (settled)
        cmdqvTopologySettlePooled(topology);

    settings = cmdqvSettingsLoad(CMDQV_SETTINGS_FILE, NULL);
    context.hostLacksCmdqv = cmdqvHostSupportProbe("") == CMDQV_HOST_WITHOUT;
    context.levels = settings ? settings->levels : NULL;
    findings = cmdqvRulesRun(topology, &context);
    message = cmdqvRulesSummarize(name, findings);
    return message ? cmdqvHookRefuse(message) : EXIT_SUCCESS;
}


/* It runs by now, and goes on running: what it does without is said, and nothing is refused. */
static int
cmdqvHookLook(const char *name)
{
    g_autofree char *stateDir = cmdqvProcessStateDir(geteuid() == 0 ? NULL : "qemu:///session");
    const cmdqvProcessPaths paths = { stateDir, "/proc" };
    g_autofree char *xml = NULL;
    gsize len;

    cmdqvLogToJournal();
    if (cmdqvFileReadFd(STDIN_FILENO, "the domain XML", CMDQV_XML_MAX_BYTES, &xml, &len, NULL))
        (void)cmdqvLostCheck(xml, name, NULL, &paths, true);
    return EXIT_SUCCESS;
}


int
main(int argc, char **argv)
{
    const char *operation = argc > 2 ? argv[2] : "";

    /*
     * "migrate" is a definition that arrives, also by an offline migration that
     * starts nothing; what the hook prints would take its place, so it prints
     * nothing.  A running domain is never refused: a "reconnect" that fails
     * would end it.
     */
    if (strcmp(operation, "prepare") == 0 || strcmp(operation, "migrate") == 0 || strcmp(operation, "restore") == 0)
        return cmdqvHookJudge(argv[1], false);
    if (strcmp(operation, "start") == 0)
        return cmdqvHookJudge(argv[1], true);
    if (strcmp(operation, "started") == 0)
        return cmdqvHookLook(argv[1]);
    if (argc > 2)
        return EXIT_SUCCESS;

    (void)fprintf(stderr, "Usage: %s DOMAIN OPERATION SUB-OPERATION EXTRA <DOMAIN-XML\n"
                  "libvirt runs this as a hook; there is nothing to run by hand.\n", argc > 0 ? argv[0] : CMDQV_HOOK_NAME);
    return 2;
}
