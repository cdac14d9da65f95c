/*
 * virt_cmdqv.h: shared parts of the commands of virt-cmdqv
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>
#include <json-glib/json-glib.h>
#include <libvirt/libvirt.h>

#include "policy/settings.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virConnect, virConnectClose)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomain, virDomainFree)

/** Exit status: no fault found, a rule broken, or no answer possible. */
typedef enum {
    CMDQV_EXIT_SUCCESS = 0,
    CMDQV_EXIT_REFUSED = 1,
    CMDQV_EXIT_TROUBLE = 2,
} cmdqvExit;

/** Options of every command. */
typedef struct {
    char *uri;              /* of -c or libvirt's default, NULL if libvirt looks for a driver */
    cmdqvSettings *settings;
    const char *unreadable; /* why the configuration cannot be read, so the defaults apply; NULL if it can */
    bool forbidden;         /* true if this user lacks the permission to read it */
    const char *root;       /* prefix of the paths of the host's files, "" for the host itself */
} cmdqvToolOptions;

/**
 * cmdqvToolCommand:
 * @name: name of the command
 * @arguments: its operands, for --help
 * @summary: its purpose
 * @details: (nullable): more text for --help
 * @example: arguments for an example
 * @run: runs it, with its name in argv[0], and returns the exit status
 */
typedef struct {
    const char *name;
    const char *arguments;
    const char *summary;
    const char *details;
    const char *example;
    int (*run)(const cmdqvToolOptions *options, int argc, char **argv);
} cmdqvToolCommand;

extern const cmdqvToolCommand cmdqvCmdAnchors;
extern const cmdqvToolCommand cmdqvCmdValidate;
extern const cmdqvToolCommand cmdqvCmdArgv;
extern const cmdqvToolCommand cmdqvCmdHost;
extern const cmdqvToolCommand cmdqvCmdDoctor;
extern const cmdqvToolCommand cmdqvCmdLayout;
extern const cmdqvToolCommand cmdqvCmdMetrics;
extern const cmdqvToolCommand cmdqvCmdRules;
extern const cmdqvToolCommand cmdqvCmdRulesExplain;

int cmdqvToolWorse(int a, int b);
bool cmdqvToolIsForbidden(const char *path);
void cmdqvToolPrintLine(const char *format, ...) G_GNUC_PRINTF(1, 2);
int cmdqvToolTrouble(const char *format, ...) G_GNUC_PRINTF(1, 2);
int cmdqvToolUsage(const cmdqvToolCommand *command, const char *wrong);
bool cmdqvToolParse(const cmdqvToolCommand *command, const GOptionEntry *entries, int *argc, char ***argv, int *status);
unsigned long cmdqvLazyLibvirtVersion(void);
virConnectPtr cmdqvToolConnect(const char *uri, unsigned int flags);
char *cmdqvToolToNative(const char *xml, gpointer conn);
const char *cmdqvToolLastError(void);
JsonBuilder *cmdqvToolJsonBegin(gboolean isJson);
void cmdqvToolJsonEnd(JsonBuilder *builder);
void cmdqvToolJsonString(JsonBuilder *builder, const char *name, const char *value);
