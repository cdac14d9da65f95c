/*
 * virt_cmdqv.h: what the commands of virt-cmdqv share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>
#include <json-glib/json-glib.h>
#include <libvirt/libvirt.h>

#include "policy/settings.h"

/** Exit status: nothing wrong, refused, could not be answered. */
enum {
    CMDQV_EXIT_SOUND = 0,
    CMDQV_EXIT_REFUSED = 1,
    CMDQV_EXIT_TROUBLE = 2,
};

/** Options that stand before the command. */
typedef struct {
    char *uri;              /* -c, NULL for libvirt's default */
    cmdqvSettings *settings;
    const char *unreadable; /* why the configuration cannot be read, and the defaults are used; NULL if it can */
    bool forbidden;         /* and that is because this user may not */
    const char *root;       /* what to put before the paths of the host's files, "" for the host itself */
} cmdqvToolOptions;

/**
 * cmdqvToolCommand:
 * @name: what is typed
 * @arguments: what follows it, for --help
 * @summary: what it does
 * @run: with argv[0] the command's name; the exit status
 */
typedef struct {
    const char *name;
    const char *arguments;
    const char *summary;
    int (*run)(const cmdqvToolOptions *options, int argc, char **argv);
} cmdqvToolCommand;

extern const cmdqvToolCommand cmdqvToolAnchors;
extern const cmdqvToolCommand cmdqvToolValidate;
extern const cmdqvToolCommand cmdqvToolArgv;
extern const cmdqvToolCommand cmdqvToolHost;
extern const cmdqvToolCommand cmdqvToolDoctor;
extern const cmdqvToolCommand cmdqvToolLayout;
extern const cmdqvToolCommand cmdqvToolRules;
extern const cmdqvToolCommand cmdqvToolExplain;

int cmdqvToolWorse(int a, int b);
bool cmdqvToolIsForbidden(const char *path);
int cmdqvToolTrouble(const char *format, ...) G_GNUC_PRINTF(1, 2);
bool cmdqvToolParse(const cmdqvToolCommand *command, const GOptionEntry *entries, int *argc, char ***argv, int *status);
virConnectPtr cmdqvToolConnect(const char *uri, unsigned int flags);
char *cmdqvToolToNative(const char *xml, gpointer conn);
char *cmdqvToolLastError(void);
void cmdqvToolPrintJson(JsonBuilder *builder);
void cmdqvToolJsonString(JsonBuilder *builder, const char *name, const char *value);
