/*
 * testutils.h: functions and macros that the unit tests share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** Set it to rewrite golden files in the source tree; the tests still fail then. */
#define CMDQV_TEST_REGENERATE "CMDQV_TEST_REGENERATE_OUTPUT"

/** How to make the expected results; see CONTRIBUTING.md. */
#define CMDQV_TEST_HOW "make it anew with tests/goldens, or with tests/goldens --words if libvirt does not write it, and read the difference"

void cmdqvTestInit(int *argc, char ***argv);

char *cmdqvTestDataPath(const char *folder, const char *name, const char *suffix);
void cmdqvTestFail(const char *format, ...) G_GNUC_PRINTF(1, 2);
char *cmdqvTestRead(const char *path);
GPtrArray *cmdqvTestFindNames(const char *folder, const char *suffix);
GHashTable *cmdqvTestListFolder(const char *folder);
void cmdqvTestAssertNoLeftovers(GHashTable *files, const char *missing);
void cmdqvTestAssertGolden(const char *path, const char *actual);
void cmdqvTestRemoveGolden(const char *path);
char **cmdqvTestReadArgs(const char *path);

/** A small tree of files below a folder of its own. */
typedef struct {
    char *root;
} cmdqvTestTree;

void cmdqvTestTreeInit(cmdqvTestTree *tree);
void cmdqvTestTreeAdd(const cmdqvTestTree *tree, const char *path, const char *data, gssize len);
void cmdqvTestTreeClear(cmdqvTestTree *tree);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvTestTree, cmdqvTestTreeClear)

void cmdqvTestAssertLinear(void (*work)(gconstpointer input), gconstpointer small, gconstpointer large, double factor);
