/*
 * cmdqvdomainxml.h: domain XML becomes a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/cmdqvtopology.h"

bool cmdqvDomainXMLMayHaveSmmu(const char *xml);
cmdqvTopology *cmdqvDomainXMLRead(const char *xml, gsize len, GError **error);
