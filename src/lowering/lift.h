/*
 * lift.h: restore lowered domains to the XML of their clients
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <libxml/tree.h>

#include <glib.h>

bool cmdqvLiftXML(const char *xml, char **lifted, GError **error);
bool cmdqvLiftXMLClaimed(const char *xml, char **claimed, GError **error);
xmlDoc *cmdqvLiftParse(const char *xml, gsize len, const char *root, bool *lifted, GError **error);
