/*
 * lift_domain.h: one lowered domain as its client wrote it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libxml/tree.h>

void cmdqvLiftDomain(xmlNode *domain);
