/*
 * virconf.h: read libvirt's own configuration files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

GHashTable *cmdqvVirConfParse(const char *text, const char *name, GError **error);
