/*
 * cmdqvcomplete.h: definitions, completed on their way into libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "plugin/cmdqvreal.h"

char *cmdqvCompleteXML(const char *xml);
void cmdqvCompleteDefined(virDomainPtr domain, const char *xml);
