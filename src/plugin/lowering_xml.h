/*
 * plugin/lowering_xml.h: domain XML on its way into an older libvirt, and out of it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"

bool cmdqvTranslateIn(virConnectPtr conn, const char *xml, char **translated, char **why);
void cmdqvTranslateRaise(virConnectPtr conn, const char *function, const char *why);
char *cmdqvTranslateOut(char *xml);
bool cmdqvTranslateMayDrop(void);
bool cmdqvTranslateIsNeeded(virConnectPtr conn, const char *xml);
bool cmdqvTranslateMayServe(virConnectPtr conn, const char *xml);
bool cmdqvTranslateHasPassthrough(const char *xml);
