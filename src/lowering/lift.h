/*
 * lowering/lift.h: a lowered domain as its client wrote it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <libxml/tree.h>

#include <glib.h>

char *cmdqvLiftXML(const char *xml, GError **error);
bool cmdqvLiftDoc(xmlDoc *doc);
