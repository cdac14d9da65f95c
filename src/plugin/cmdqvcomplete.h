/*
 * cmdqvcomplete.h: definitions, completed on their way into libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "plugin/cmdqvreal.h"

char *cmdqvCompleteXML(const char *xml, bool *later);
void cmdqvCompleteDefined(virDomainPtr domain);
