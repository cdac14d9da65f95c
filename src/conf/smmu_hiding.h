/*
 * smmu_hiding.h: find whether a text may have an SMMUv3, by its name or hidden
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

bool cmdqvSmmuHidingInXML(const char *xml);
bool cmdqvSmmuHidingMayHave(const char *xml, const char *name);
bool cmdqvSmmuHidingInArguments(const char *data, gsize len);
bool cmdqvSmmuHidingIsCode(const char *variable);
bool cmdqvSmmuHidingMayBeCode(const char *variable, const char *value);
