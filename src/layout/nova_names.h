/*
 * nova_names.h: name an instance of Nova in a refusal or warning
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "layout/nova_request.h"
#include "policy/verdict.h"

/** CMDQV_EVENT of a warning about something that the module could not do. */
#define CMDQV_NOVA_NAMES_FAILURE "failure"

void cmdqvNovaNamesAddNode(cmdqvVerdict *verdict, const xmlNode *root);
void cmdqvNovaNamesAdd(cmdqvVerdict *verdict, const char *xml);
void cmdqvNovaNamesWarn(cmdqvVerdict *warning, const char *event, const char *xml);
