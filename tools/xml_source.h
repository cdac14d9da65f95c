/*
 * xml_source.h: where domain XML comes from
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libvirt/libvirt.h>

/** The operand that stands for standard input. */
#define CMDQV_STDIN_NAME "-"

bool cmdqvSourceReadFile(const char *name, char **xml, gsize *len, GError **error);
bool cmdqvSourceReadDomain(virConnectPtr conn, const char *name, char **xml, gsize *len, GError **error);
