/*
 * cmd_argv.c: virt-cmdqv argv
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <string.h>

#include "asked_daemon.h"
#include "virt_cmdqv.h"
#include "xml_source.h"
#include "policy/rule_table.h"
#include "qemu/argv_write.h"
#include "qemu/emulator_probe.h"
#include "util/error.h"

/* Characters that a shell needs no quotes for. */
#define CMDQV_CMD_ARGV_SHELL_PLAIN G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "@%+=:,./_-"

/** A definition to write. */
typedef struct {
    const char *name;       /* file, "-" or domain */
    bool isFile;            /* no daemon has read it yet */
    const cmdqvAskedDaemon *asked;
    const char *emulator;   /* from the command line, NULL for the domain's own */
} cmdqvCmdArgvCall;


/* Returns false, with the reason printed, if a rule or libvirt refuses the definition. */
static bool
cmdqvCmdArgvIsSound(const cmdqvCmdArgvCall *call, const char *xml, gsize len, cmdqvDefinition *definition, int *status)
{
    g_autoptr(GError) error = NULL;
    guint i;

    if (!cmdqvAskedDaemonJudge(call->asked, true, xml, len, definition, &error)) {
        *status = cmdqvToolTrouble("%s: %s", call->name, error->message);
        return false;
    }
    for (i = 0; i < definition->findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(definition->findings, i);

        if (finding->level == CMDQV_RULE_ERROR) {
            (void)cmdqvToolTrouble("%s: refused: %s [%s]", call->name, finding->message, finding->rule->identifier);
            *status = CMDQV_EXIT_REFUSED;
        }
    }
    if (call->isFile && !cmdqvAskedDaemonAccepts(call->asked, definition, &error)) {
        bool refused = error->code == CMDQV_ERROR_INVALID;

        (void)cmdqvToolTrouble("%s: %s%s", call->name, refused ? "refused: " : "", error->message);
        *status = refused ? CMDQV_EXIT_REFUSED : CMDQV_EXIT_TROUBLE;
        return false;
    }
    return cmdqvRuleTableErrors(definition->findings) == 0;
}


static void
cmdqvCmdArgvUseUpstream(const cmdqvCmdArgvCall *call, cmdqvEmulatorCaps *target, const char *reason)
{
    *target = cmdqvEmulatorCapsUpstream;
    (void)cmdqvToolTrouble("%s: %s; this is for QEMU 11.1, --emulator PATH asks another", call->name, reason);
}


/* An emulator from the command line must answer; if the domain's own does not, the upstream spelling is used. */
static bool
cmdqvCmdArgvFindTarget(const cmdqvCmdArgvCall *call, const char *own, cmdqvEmulatorCaps *target, int *status)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *unasked = NULL;

    if (call->emulator) {
        if (cmdqvEmulatorProbe(call->emulator, target, &error))
            return true;
        *status = cmdqvToolTrouble("%s", error->message);
        return false;
    }

    if (!own) {
        cmdqvCmdArgvUseUpstream(call, target, "it names no <emulator>");
    } else if (!cmdqvEmulatorProbeIsAllowed(own)) {
        unasked = g_strdup_printf("its <emulator> '%s' is no QEMU that root has installed", own);
        cmdqvCmdArgvUseUpstream(call, target, unasked);
    } else if (!cmdqvEmulatorProbe(own, target, &error)) {
        cmdqvCmdArgvUseUpstream(call, target, error->message);
    }
    return true;
}


static void
cmdqvCmdArgvPrintLines(char **argv)
{
    for (; *argv; argv++)
        (void)printf("%s\n", *argv);
}


static void
cmdqvCmdArgvPrintJson(char **argv)
{
    g_autoptr(JsonBuilder) builder = cmdqvToolJsonBegin(TRUE);

    for (; *argv; argv++)
        json_builder_add_string_value(builder, *argv);
    cmdqvToolJsonEnd(builder);
}


/* Prints an option and its value on a line, as libvirt logs them. */
static void
cmdqvCmdArgvPrintShell(char **argv)
{
    for (; argv[0] && argv[1]; argv += 2) {
        bool plain = argv[1][strspn(argv[1], CMDQV_CMD_ARGV_SHELL_PLAIN)] == '\0';
        g_autofree char *quoted = plain ? g_strdup(argv[1]) : g_shell_quote(argv[1]);

        (void)printf("%s %s%s\n", argv[0], quoted, argv[2] ? " \\" : "");
    }
}


static int
cmdqvCmdArgvWrite(const cmdqvCmdArgvCall *call, const cmdqvTopology *topology, cmdqvArgvWriteForm form, void (*print)(char **argv))
{
    g_autoptr(GPtrArray) arguments = NULL;
    g_auto(GStrv) argv = NULL;
    g_autoptr(GError) error = NULL;
    cmdqvEmulatorCaps target;
    int status;

    if (!cmdqvCmdArgvFindTarget(call, topology->emulator, &target, &status))
        return status;

    arguments = cmdqvArgvWriteArguments(topology, &target, &error);
    if (!arguments) {
        (void)cmdqvToolTrouble("%s: %s%s", call->name, error->message, topology->unplaced && !call->asked->conn
                               ? "; -c URI asks it" : "");
        return topology->unplaced ? CMDQV_EXIT_TROUBLE : CMDQV_EXIT_REFUSED;
    }
    if (topology->passthroughArgs)
        (void)cmdqvToolTrouble("%s: the output lacks the devices and changes of <qemu:commandline> and <qemu:override>", call->name);
    argv = cmdqvArgvWriteFormat(arguments, form);
    print(argv);
    return CMDQV_EXIT_SUCCESS;
}


static int
cmdqvCmdArgvRun(const cmdqvToolOptions *options, int argc, char **argv)
{
    g_autofree char *domain = NULL;
    g_autofree char *emulator = NULL;
    gboolean json = FALSE;
    gboolean shell = FALSE;
    gboolean keyval = FALSE;
    const GOptionEntry entries[] = {
        { .long_name = "domain", .short_name = 'd', .arg = G_OPTION_ARG_FILENAME, .arg_data = &domain,
          .description = "Use the definition of a domain", .arg_description = "NAME" },
        { .long_name = "emulator", .short_name = 'e', .arg = G_OPTION_ARG_FILENAME, .arg_data = &emulator,
          .description = "Write the arguments for this QEMU, not for the domain's", .arg_description = "PATH" },
        { .long_name = "json", .short_name = 'j', .arg = G_OPTION_ARG_NONE, .arg_data = &json,
          .description = "Print a JSON array of the arguments" },
        { .long_name = "keyval", .short_name = 'k', .arg = G_OPTION_ARG_NONE, .arg_data = &keyval,
          .description = "Write values in key=value form, not in JSON form" },
        { .long_name = "shell", .short_name = 's', .arg = G_OPTION_ARG_NONE, .arg_data = &shell,
          .description = "Print the arguments quoted for a shell" },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(virConnect) conn = NULL;
    g_auto(cmdqvAskedDaemon) asked = { .version = 0 };
    cmdqvCmdArgvCall call = { .asked = &asked };
    g_autofree char *xml = NULL;
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    const cmdqvTopology *topology;
    g_autoptr(GError) error = NULL;
    void (*print)(char **argv) = cmdqvCmdArgvPrintLines;
    gsize len = 0;
    int status;
    bool read;

    if (!cmdqvToolParse(&cmdqvCmdArgv, entries, &argc, &argv, &status))
        return status;
    if (argc + (domain != NULL) != 2)
        return cmdqvToolUsage(&cmdqvCmdArgv, "name one file or one domain");
    if (json && shell)
        return cmdqvToolUsage(&cmdqvCmdArgv, "--json and --shell exclude each other");
    if (json)
        print = cmdqvCmdArgvPrintJson;
    else if (shell)
        print = cmdqvCmdArgvPrintShell;
    call.name = domain ? domain : argv[1];
    call.isFile = !domain;
    call.emulator = emulator;

    if (domain || options->uri) {
        conn = cmdqvToolConnect(options->uri, domain ? VIR_CONNECT_RO : 0);
        if (!conn)
            return CMDQV_EXIT_TROUBLE;
    }
    cmdqvAskedDaemonRead(&asked, options, conn);

    read = domain ? cmdqvXMLSourceReadDomain(conn, domain, &xml, &len, &error)
                  : cmdqvXMLSourceReadFile(argv[1], &xml, &len, &error);
    if (!read)
        return cmdqvToolTrouble("%s: %s", call.name, error->message);
    if (!cmdqvCmdArgvIsSound(&call, xml, len, &definition, &status))
        return status;
    topology = cmdqvDefinitionComplete(&definition, conn ? cmdqvToolToNative : NULL, conn, &error);
    if (!topology)
        return cmdqvToolTrouble("%s: %s", call.name, error->message);
    return cmdqvCmdArgvWrite(&call, topology, keyval ? CMDQV_ARGV_WRITE_FORM_KEYVAL : CMDQV_ARGV_WRITE_FORM_JSON, print);
}


const cmdqvToolCommand cmdqvCmdArgv = {
    .name = "argv",
    .arguments = "FILE|-|--domain NAME [--emulator PATH] [--json|--shell] [--keyval]",
    .summary = "Prints QEMU's arguments for vSMMUs, and for the buses and devices behind them.",
    .example = "argv --domain guest1",
    .run = cmdqvCmdArgvRun,
};
