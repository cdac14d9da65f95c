/*
 * test_host_tree.h: small trees of files that look like a host
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "testutils.h"

/** Room for the IORT of as many SMMUs as a test has. */
#define CMDQV_TEST_IORT_BYTES(smmus) (48 + (smmus) * 68)

void cmdqvTestTreeLink(const cmdqvTestTree *tree, const char *path, const char *target);
gsize cmdqvTestIort(char *table, const guint64 *bases, guint count);
void cmdqvTestHostSmmu(const cmdqvTestTree *tree, guint64 base);
void cmdqvTestHostDevice(const cmdqvTestTree *tree, const char *address, guint64 base, const char *driver, int node);
void cmdqvTestHostGrace(const cmdqvTestTree *tree);
