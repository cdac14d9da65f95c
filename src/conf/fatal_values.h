/*
 * fatal_values.h: find numbers that libvirt does not survive
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libxml/tree.h>

#include <glib.h>

char *cmdqvFatalValuesFind(const xmlNode *root, int *line);
char *cmdqvFatalValuesFindRead(const xmlDoc *doc, const GError *error, const char *xml, const char *what);
char *cmdqvFatalValuesFindXML(const char *xml, const char *what);
char *cmdqvFatalValuesFindQuestion(const char *domain);
