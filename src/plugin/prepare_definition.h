/*
 * prepare_definition.h: check a definition, and make the one that libvirt gets
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "plugin/lowering_priv.h"
#include "policy/definition.h"

cmdqvVerdict *cmdqvPrepareDefinition(cmdqvLoweringText *text, const char *xml, cmdqvDefinition *definition);
