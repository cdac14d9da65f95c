/*
 * monitorjudge.c: the project's verdicts on monitor commands
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *   monitorjudge --table         prints the tables: which one, name, types of
 *                                arguments, effect, between tabs
 *   monitorjudge ARGUMENT...     judges commands for a QEMU that runs with these
 *                                arguments
 *
 * Standard input holds the commands, each ended by a NUL and begun with H for
 * HMP or Q for QMP.  Each is answered with a line: - if it may be sent,
 * otherwise the refusal.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/monitor_commands.h"
#include "policy/monitor_policy.h"
#include "qemu/anchor.h"
#include "qemu/argv_read.h"

static const char *const effects[] = {
    [CMDQV_MONITOR_COMMANDS_PASSES] = "passes",
    [CMDQV_MONITOR_COMMANDS_WHOLE] = "whole",
    [CMDQV_MONITOR_COMMANDS_REMOVES] = "removes",
    [CMDQV_MONITOR_COMMANDS_SETS] = "sets",
    [CMDQV_MONITOR_COMMANDS_ADDS_DEVICE] = "adds-device",
    [CMDQV_MONITOR_COMMANDS_ADDS_OBJECT] = "adds-object",
    [CMDQV_MONITOR_COMMANDS_TAKES_FILES] = "takes-files",
    [CMDQV_MONITOR_COMMANDS_TAKES_CLIENT] = "takes-client",
    [CMDQV_MONITOR_COMMANDS_OPENS] = "opens",
    [CMDQV_MONITOR_COMMANDS_RUNS_HMP] = "runs-hmp",
    [CMDQV_MONITOR_COMMANDS_INFO] = "info"
};


static void
monitorjudgePrintTable(const char *name, const cmdqvMonitorCommand *table)
{
    for (; table->names; table++) {
        g_auto(GStrv) commands = g_strsplit(table->names, " ", -1);
        guint i;

        for (i = 0; commands[i]; i++)
            (void)printf("%s\t%s\t%s\t%s\n", name, commands[i], table->arguments ? table->arguments : "-", effects[table->effect]);
    }
}


static char *
monitorjudgeHostSmmu(const char *device, gpointer data G_GNUC_UNUSED)
{
    return g_strdup_printf("smmu%d", atoi(device));
}


int
main(int argc, char **argv)
{
    g_auto(cmdqvRunningDomain) live = { .topology = NULL };
    g_autoptr(GError) error = NULL;
    char *command = NULL;
    size_t room = 0;

    if (argc == 2 && strcmp(argv[1], "--table") == 0) {
        monitorjudgePrintTable("hmp", cmdqvMonitorCommandsHmp);
        monitorjudgePrintTable("info", cmdqvMonitorCommandsInfo);
        monitorjudgePrintTable("qmp", cmdqvMonitorCommandsQmp);
        monitorjudgePrintTable("object", cmdqvMonitorCommandsObjectTypes);
        return EXIT_SUCCESS;
    }

    live.process = cmdqvArgvRead((const char *const *)argv, &error);
    live.topology = live.process ? cmdqvTopologyCopy(live.process) : NULL;
    if (!live.topology) {
        (void)fprintf(stderr, "monitorjudge: %s\n", error->message);
        return EXIT_FAILURE;
    }
    live.anchors = cmdqvAnchorTrackLive(live.topology, live.process, NULL, true);
    while (getdelim(&command, &room, '\0', stdin) > 0) {
        g_autoptr(cmdqvVerdict) verdict = cmdqvMonitorPolicyJudge("g1", &live, command + 1, *command == 'H',
                                                                  &(cmdqvRuleContext){ .hostSmmu = monitorjudgeHostSmmu });

        (void)printf("%s\n", verdict ? verdict->message : "-");
        (void)fflush(stdout);
    }
    free(command);
    return EXIT_SUCCESS;
}
