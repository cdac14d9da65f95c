/*
 * strict_values.h: find values that a libvirt with CMDQV refuses
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <libxml/tree.h>

char *cmdqvStrictValuesRefusal(const xmlDoc *doc, bool *isReaders);
