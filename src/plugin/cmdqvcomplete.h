/*
 * cmdqvcomplete.h: definitions, completed on their way into libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "plugin/cmdqvreal.h"
#include "qemu/cmdqvdefinition.h"

char *cmdqvCompleteXML(const cmdqvDefinition *definition);
void cmdqvCompleteDefined(virDomainPtr domain);
