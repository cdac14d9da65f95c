/*
 * lowering/strict_values.h: what a libvirt that reads CMDQV refuses to read
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <libxml/tree.h>

char *cmdqvStrictRefusal(const xmlDoc *doc, bool *isReaders);
