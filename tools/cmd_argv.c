/*
 * cmd_argv.c: virt-cmdqv argv
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <string.h>

#include "host/smmu_inventory.h"
#include "policy/definition.h"
#include "qemu/emulator_probe.h"
#include "policy/rule_table.h"
#include "qemu/argv_write.h"
#include "asked_daemon.h"
#include "xml_source.h"
#include "virt_cmdqv.h"

/* What a shell takes as it stands. */
#define CMDQV_SHELL_PLAIN G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "@%+=:,./_-"

/** One definition that is written. */
typedef struct {
    const char *name;       /* file, "-" or domain */
    virConnectPtr conn;     /* to ask for addresses, NULL without a daemon */
    cmdqvRuleContext context;
    const char *emulator;   /* that was named, NULL for the domain's own */
} cmdqvArgvCall;


/* What refuses the definition: false, with the reason printed, where it is. */
static bool
cmdqvArgvIsSound(const cmdqvArgvCall *call, const char *xml, gsize len, int *status)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GError) error = NULL;
    guint i;

    if (!cmdqvDefinitionJudge(xml, len, call->conn ? cmdqvToolToNative : NULL, call->conn, &call->context, &definition, &error)) {
        *status = cmdqvToolTrouble("%s: %s", call->name, error->message);
        return false;
    }
    for (i = 0; i < definition.findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(definition.findings, i);

        if (finding->level == CMDQV_RULE_ERROR) {
            (void)cmdqvToolTrouble("%s: refused: %s [%s]", call->name, finding->message, finding->rule->identifier);
            *status = CMDQV_EXIT_REFUSED;
        }
    }
    return cmdqvFindingsErrors(definition.findings) == 0;
}


static void
cmdqvArgvUseUpstream(const cmdqvArgvCall *call, cmdqvTarget *target, const char *reason)
{
    *target = cmdqvTargetUpstream;
    (void)cmdqvToolTrouble("%s: %s; this is for QEMU 11.1, --emulator PATH asks another", call->name, reason);
}


/* An emulator that is named has to answer; for the domain's own there is a form to go back to. */
static bool
cmdqvArgvFindTarget(const cmdqvArgvCall *call, const char *own, cmdqvTarget *target, int *status)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *unasked = NULL;

    if (call->emulator) {
        if (cmdqvTargetAsk(call->emulator, target, &error))
            return true;
        *status = cmdqvToolTrouble("%s", error->message);
        return false;
    }

    if (!own) {
        cmdqvArgvUseUpstream(call, target, "it names no <emulator>");
    } else if (!cmdqvTargetMayBeAsked(own)) {
        unasked = g_strdup_printf("its <emulator> '%s' is no QEMU that root has installed", own);
        cmdqvArgvUseUpstream(call, target, unasked);
    } else if (!cmdqvTargetAsk(own, target, &error)) {
        cmdqvArgvUseUpstream(call, target, error->message);
    }
    return true;
}


static void
cmdqvArgvPrintLines(char **argv)
{
    for (; *argv; argv++)
        (void)printf("%s\n", *argv);
}


static void
cmdqvArgvPrintJson(char **argv)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_array(builder);
    for (; *argv; argv++)
        json_builder_add_string_value(builder, *argv);
    json_builder_end_array(builder);
    cmdqvToolPrintJson(builder);
}


/* An option and its value in a line, as libvirt logs them. */
static void
cmdqvArgvPrintShell(char **argv)
{
    for (; argv[0] && argv[1]; argv += 2) {
        bool plain = argv[1][strspn(argv[1], CMDQV_SHELL_PLAIN)] == '\0';
        g_autofree char *quoted = plain ? g_strdup(argv[1]) : g_shell_quote(argv[1]);

        (void)printf("%s %s%s\n", argv[0], quoted, argv[2] ? " \\" : "");
    }
}


static int
cmdqvArgvWrite(const cmdqvArgvCall *call, const cmdqvTopology *topology, cmdqvForm form, void (*print)(char **argv))
{
    g_autoptr(GPtrArray) arguments = NULL;
    g_auto(GStrv) argv = NULL;
    g_autoptr(GError) error = NULL;
    cmdqvTarget target;
    int status;

    if (!cmdqvArgvFindTarget(call, topology->emulator, &target, &status))
        return status;

    arguments = cmdqvWriterArguments(topology, &target, &error);
    if (!arguments) {
        (void)cmdqvToolTrouble("%s: %s%s", call->name, error->message, topology->unplaced && !call->conn
                               ? "; -c URI asks it" : "");
        return topology->unplaced ? CMDQV_EXIT_TROUBLE : CMDQV_EXIT_REFUSED;
    }
    if (topology->passthroughArgs)
        (void)cmdqvToolTrouble("%s: what <qemu:commandline> and <qemu:override> add is not in it", call->name);
    argv = cmdqvWriterFormat(arguments, form);
    print(argv);
    return CMDQV_EXIT_SOUND;
}


static int
cmdqvArgvRun(const cmdqvToolOptions *options, int argc, char **argv)
{
    g_autofree char *domain = NULL;
    g_autofree char *emulator = NULL;
    gboolean json = FALSE;
    gboolean shell = FALSE;
    gboolean keyval = FALSE;
    const GOptionEntry entries[] = {
        { "domain", 'd', 0, G_OPTION_ARG_FILENAME, &domain, "Write the definition of a domain", "NAME" },
        { "emulator", 'e', 0, G_OPTION_ARG_FILENAME, &emulator, "Write for this QEMU, not for the domain's", "PATH" },
        { "json", 'j', 0, G_OPTION_ARG_NONE, &json, "Print a JSON array of the arguments", NULL },
        { "keyval", 'k', 0, G_OPTION_ARG_NONE, &keyval, "Write values in key=value form, not in JSON form", NULL },
        { "shell", 's', 0, G_OPTION_ARG_NONE, &shell, "Print the arguments quoted for a shell", NULL },
        G_OPTION_ENTRY_NULL
    };
    cmdqvArgvCall call = {
        .context = { .levels = options->settings->levels, .hostSmmu = cmdqvHostSmmuOf, .data = (gpointer)options->root }
    };
    g_autofree char *xml = NULL;
    g_autoptr(cmdqvTopology) topology = NULL;
    g_autoptr(GError) error = NULL;
    gsize len = 0;
    int status;
    bool read;

    if (!cmdqvToolParse(&cmdqvToolArgv, entries, &argc, &argv, &status))
        return status;
    if (argc + (domain != NULL) != 2)
        return cmdqvToolTrouble("argv: not one file or one domain; see 'virt-cmdqv argv --help'");
    if (json && shell)
        return cmdqvToolTrouble("argv: --json and --shell cannot be had together");
    call.name = domain ? domain : argv[1];
    call.emulator = emulator;

    if (domain || options->uri) {
        call.conn = cmdqvToolConnect(options->uri, domain ? VIR_CONNECT_RO : 0);
        if (!call.conn)
            return CMDQV_EXIT_TROUBLE;
        if (cmdqvOlderIsElsewhere(call.conn))
            call.context.hostSmmu = NULL;
    }

    read = domain ? cmdqvSourceReadDomain(call.conn, domain, &xml, &len, &error)
                  : cmdqvSourceReadFile(argv[1], &xml, &len, &error);
    if (!read) {
        status = cmdqvToolTrouble("%s: %s", call.name, error->message);
    } else if (cmdqvArgvIsSound(&call, xml, len, &status)) {
        topology = cmdqvDefinitionComplete(xml, len, call.conn ? cmdqvToolToNative : NULL, call.conn, &error);
        status = !topology ? cmdqvToolTrouble("%s: %s", call.name, error->message)
            : cmdqvArgvWrite(&call, topology, keyval ? CMDQV_FORM_KEYVAL : CMDQV_FORM_JSON,
                             json ? cmdqvArgvPrintJson : shell ? cmdqvArgvPrintShell : cmdqvArgvPrintLines);
    }
    if (call.conn)
        virConnectClose(call.conn);
    return status;
}


const cmdqvToolCommand cmdqvToolArgv = {
    .name = "argv",
    .arguments = "FILE|-|--domain NAME [--emulator PATH] [--json|--shell] [--keyval]",
    .summary = "Prints the part of QEMU's command line that a vSMMU hangs on.",
    .run = cmdqvArgvRun,
};
