/*
 * xml_source.h: read domain XML from a file or a daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libvirt/libvirt.h>

/** The operand for standard input. */
#define CMDQV_XML_SOURCE_STDIN_NAME "-"

bool cmdqvXMLSourceReadFile(const char *name, char **xml, gsize *len, GError **error);
bool cmdqvXMLSourceReadDomain(virConnectPtr conn, const char *name, char **xml, gsize *len, GError **error);
