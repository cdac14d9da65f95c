/*
 * own_arguments.h: apply the arguments of a definition to its topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/topology.h"
#include "conf/xml_read.h"

bool cmdqvOwnArgumentsMoveNothing(const xmlNode *root);
void cmdqvOwnArgumentsFindIdTwice(cmdqvTopology *native, const xmlNode *root, const char *const *argv);
cmdqvTopology *cmdqvOwnArgumentsMerge(const cmdqvTopology *definition, const xmlNode *root);
