/*
 * record_check.h: whether the record of a lowered domain is one
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <libxml/tree.h>

bool cmdqvRecordCheckIsTrue(xmlNode *domain);
