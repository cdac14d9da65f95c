/*
 * qemu_hook.c: the qemu hook
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt runs hooks/qemu.d/50-cmdqv NAME OPERATION SUB-OPERATION EXTRA, which
 * runs this program with the domain XML on standard input. It does so for every
 * start, also without a client: autostart, restore, incoming migration. An exit
 * status other than 0 refuses the start, and libvirt adds standard error to its
 * error (https://libvirt.org/hooks.html). A hook must not call libvirt.  The
 * journal has refusals in the same form as the module's, but without the
 * client, which a hook does not know.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "host/daemon_version.h"
#include "host/qemu_access.h"
#include "layout/nova_names.h"
#include "lowering/lift.h"
#include "policy/rule_context.h"
#include "policy/rule_table.h"
#include "policy/settings.h"
#include "policy/start_check.h"
#include "qemu/libvirt_driver.h"
#include "qemu/own_arguments.h"
#include "util/error.h"
#include "util/file.h"
#include "util/log.h"
#include "util/text.h"

#define CMDQV_QEMU_HOOK_NAME "libvirt-cmdqv"

/* Linux gives argument and environment strings 6 MiB at the most (fs/exec.c). */
#define CMDQV_QEMU_HOOK_ENVIRONMENT_LIMIT (8 * 1024 * 1024)


/* Prints one line on standard error, whatever characters a name has. */
static void
cmdqvQemuHookPrint(const char *message)
{
    g_autofree char *shown = cmdqvTextOneLine(message);
    g_autofree char *line = cmdqvTextUnmistaken(shown);

    (void)fprintf(stderr, "%s: %s\n", CMDQV_QEMU_HOOK_NAME, line);
}


static int
cmdqvQemuHookRefuse(const char *name, const char *operation, const char *xml, cmdqvVerdict *verdict)
{
    g_autofree char *call = g_strdup_printf("hook %s", operation);
    g_autofree char *text = NULL;

    cmdqvNovaNamesAdd(verdict, xml);
    g_free(verdict->domain);
    verdict->domain = g_strdup(name);
    cmdqvVerdictLog(verdict, call, NULL);
    text = cmdqvVerdictFormat(verdict);
    cmdqvQemuHookPrint(text);
    return EXIT_FAILURE;
}


static int
cmdqvQemuHookRefuseUnread(const char *name, const char *operation, const char *xml, const GError *error)
{
    g_autoptr(cmdqvVerdict) verdict = cmdqvVerdictNew(g_strdup_printf("domain '%s': %s", name, error->message));

    return cmdqvQemuHookRefuse(name, operation, xml, verdict);
}


/* The QEMU driver of the daemon, which runs the hook. */
static bool
cmdqvQemuHookDriver(cmdqvLibvirtDriver *driver)
{
    g_autofree char *daemon = g_strdup_printf("/proc/%u", (unsigned int)getppid());

    return cmdqvLibvirtDriverRead(daemon, driver);
}


/* $XDG_CONFIG_HOME of the daemon, which libvirt removes from a hook's environment. */
static char *
cmdqvQemuHookConfigHome(void)
{
    static const char variable[] = "XDG_CONFIG_HOME=";
    g_autofree char *path = g_strdup_printf("/proc/%u/environ", (unsigned int)getppid());
    g_autofree char *environment = NULL;
    const char *entry;
    gsize len = 0;

    if (cmdqvFileRead(path, CMDQV_QEMU_HOOK_ENVIRONMENT_LIMIT, &environment, &len, NULL)) {
        for (entry = environment; entry < environment + len; entry += strlen(entry) + 1) {
            if (g_str_has_prefix(entry, variable) && entry[strlen(variable)])
                return g_strdup(entry + strlen(variable));
        }
    }
    return g_strdup(g_get_user_config_dir());
}


static char *
cmdqvQemuHookSettingsFile(void)
{
    g_auto(cmdqvLibvirtDriver) driver = { .stateDir = NULL };
    bool known = cmdqvQemuHookDriver(&driver);
    g_autofree char *configHome = cmdqvQemuHookConfigHome();

    return cmdqvLibvirtDriverSettingsFile(known ? &driver : NULL, configHome);
}


/* A configuration that cannot be read must not prevent the start of domains. */
static cmdqvSettings *
cmdqvQemuHookSettings(void)
{
    g_autofree char *file = cmdqvQemuHookSettingsFile();
    g_autoptr(GError) error = NULL;
    cmdqvSettings *settings = cmdqvSettingsLoad(file, &error);
    g_autofree char *message = NULL;

    if (settings)
        return settings;
    message = g_strdup_printf("%s; the defaults are used instead", error->message);
    cmdqvLogFailure("%s", message);
    cmdqvQemuHookPrint(message);
    return cmdqvSettingsNew();
}


/*
 * Reads the domain with its own arguments, because a hook cannot query libvirt
 * for the command line. A domain that libvirt starts has all addresses.
 */
static cmdqvTopology *
cmdqvQemuHookRead(const xmlNode *root)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLReadWhole(root);
    cmdqvTopology *whole = topology->passthroughArgs ? cmdqvOwnArgumentsMerge(topology, root) : g_steal_pointer(&topology);

    whole->placesUntold = whole->unplaced;
    return whole;
}


/*
 * @settled: libvirt has queried networks, so an interface that is no hostdev now
 * stays emulated. Returns false with @error set if it cannot be read.
 */
static bool
cmdqvQemuHookJudgeText(const char *xml, gsize len, bool lowered, bool settled, cmdqvVerdict **verdict, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, len, "domain", error);
    g_autoptr(cmdqvTopology) topology = NULL;
    g_autoptr(GPtrArray) findings = NULL;
    g_autoptr(cmdqvSettings) settings = NULL;
    g_autoptr(cmdqvQemuAccess) access = NULL;
    g_auto(cmdqvRuleContextHost) host = { .root = NULL };
    cmdqvRuleContextLibvirt libvirt;
    cmdqvRuleContext context;

    if (!doc)
        return false;
    topology = cmdqvQemuHookRead(xmlDocGetRootElement(doc));
    if (topology->smmus->len == 0 && !cmdqvTopologyMayHide(topology))
        return true;
    if (settled)
        cmdqvTopologySettlePooled(topology);

    settings = cmdqvQemuHookSettings();
    cmdqvRuleContextHostRead(&host, "");
    libvirt = cmdqvRuleContextOwnLibvirt(cmdqvDaemonVersionRead("", (unsigned int)getppid()));
    /* QEMU opens the files of a lowered domain itself, whatever libvirt runs it */
    libvirt.lowered = lowered;
    libvirt.access = access = lowered && geteuid() == 0 ? cmdqvQemuAccessRead("", CMDQV_DEV_NODES_SETTINGS, NULL) : NULL;
    context = cmdqvRuleContextBuild(settings->levels, &host, &libvirt);
    findings = cmdqvRuleTableRun(topology, &context, NULL);
    *verdict = cmdqvRuleTableVerdict(topology, findings);
    return true;
}


/* Checks a domain with an untrue record as it is, and as that record claims it to be. */
static int
cmdqvQemuHookJudge(const char *name, const char *operation, bool settled)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvVerdict) verdict = NULL;
    g_autofree char *xml = NULL;
    g_autofree char *lifted = NULL;
    g_autofree char *claimed = NULL;
    gsize len;

    if (!cmdqvFileReadFd(STDIN_FILENO, "the domain XML", CMDQV_XML_READ_MAX_BYTES, &xml, &len, &error))
        return cmdqvQemuHookRefuseUnread(name, operation, NULL, error);
    if (strlen(xml) == len && !cmdqvDomainXMLMayHaveSmmu(xml))
        return EXIT_SUCCESS;

    if ((strlen(xml) == len && !cmdqvLiftXML(xml, &lifted, &error)) ||
        !cmdqvQemuHookJudgeText(lifted ? lifted : xml, lifted ? strlen(lifted) : len, lifted != NULL, settled, &verdict, &error) ||
        (!verdict && !lifted && !cmdqvLiftXMLClaimed(xml, &claimed, &error)) ||
        (claimed && !cmdqvQemuHookJudgeText(claimed, strlen(claimed), true, settled, &verdict, &error)))
        return cmdqvQemuHookRefuseUnread(name, operation, xml, error);
    return verdict ? cmdqvQemuHookRefuse(name, operation, xml, verdict) : EXIT_SUCCESS;
}


/* The domain runs: logs the missing parts of its CMDQV, and refuses nothing. */
static int
cmdqvQemuHookLook(const char *name)
{
    g_auto(cmdqvLibvirtDriver) driver = { .stateDir = NULL };
    g_autoptr(cmdqvVerdict) lost = NULL;
    g_autofree char *xml = NULL;
    gsize len;

    (void)cmdqvQemuHookDriver(&driver);

    const cmdqvProcessPaths paths = { .stateDir = driver.stateDir, .proc = "/proc" };

    if (cmdqvFileReadFd(STDIN_FILENO, "the domain XML", CMDQV_XML_READ_MAX_BYTES, &xml, &len, NULL))
        lost = cmdqvStartCheckRun(xml, name, NULL, &paths);
    if (lost)
        cmdqvNovaNamesWarn(lost, CMDQV_START_CHECK_EVENT, xml);
    return EXIT_SUCCESS;
}


int
main(int argc, char **argv)
{
    const char *operation = argc > 2 ? argv[2] : "";

    cmdqvLogToJournal();
    /*
     * libvirt calls "migrate" with the definition of an incoming migration,
     * also of an offline one that starts nothing; output of the hook would
     * replace the definition, so it prints nothing. Never refuse a running
     * domain: a failed "reconnect" would end it.
     */
    if (strcmp(operation, "prepare") == 0 || strcmp(operation, "migrate") == 0 || strcmp(operation, "restore") == 0)
        return cmdqvQemuHookJudge(argv[1], operation, false);
    if (strcmp(operation, "start") == 0)
        return cmdqvQemuHookJudge(argv[1], operation, true);
    if (strcmp(operation, "started") == 0)
        return cmdqvQemuHookLook(argv[1]);
    if (argc > 2)
        return EXIT_SUCCESS;
    /* for 'virt-cmdqv doctor' */
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)printf("%s\n", CMDQV_VERSION);
        return EXIT_SUCCESS;
    }

    (void)fprintf(stderr, "Usage: %s DOMAIN OPERATION SUB-OPERATION EXTRA <DOMAIN-XML\n"
                  "libvirt runs this as a hook; there is nothing to run by hand.\n", argc > 0 ? argv[0] : CMDQV_QEMU_HOOK_NAME);
    return 2;
}
