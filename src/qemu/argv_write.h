/*
 * argv_write.h: write QEMU's arguments of a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/topology.h"
#include "qemu/argument.h"
#include "qemu/emulator_caps.h"

typedef enum {
    CMDQV_ARGV_WRITE_FORM_JSON,
    CMDQV_ARGV_WRITE_FORM_KEYVAL,

    CMDQV_ARGV_WRITE_FORM_LAST
} cmdqvArgvWriteForm;

cmdqvArgument *cmdqvArgvWriteController(const cmdqvBus *bus, const char *parent, GError **error);
cmdqvArgument *cmdqvArgvWriteSmmu(const cmdqvSmmu *smmu, const char *bus, const cmdqvEmulatorCaps *target, GError **error);
cmdqvArgument *cmdqvArgvWriteIommufd(const char *id);
cmdqvArgument *cmdqvArgvWriteHostdev(const cmdqvEndpoint *endpoint, const char *bus, const cmdqvEmulatorCaps *target,
                                     GError **error);

GPtrArray *cmdqvArgvWriteArguments(const cmdqvTopology *topology, const cmdqvEmulatorCaps *target, GError **error);
char **cmdqvArgvWriteFormat(const GPtrArray *arguments, cmdqvArgvWriteForm form);
