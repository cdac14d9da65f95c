/*
 * qemu/argv_write.h: a topology becomes QEMU's arguments
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "conf/topology.h"
#include "qemu/argument.h"
#include "qemu/emulator_caps.h"

typedef enum {
    CMDQV_FORM_JSON,
    CMDQV_FORM_KEYVAL,

    CMDQV_FORM_LAST
} cmdqvForm;

cmdqvArgument *cmdqvWriterController(const cmdqvBus *bus, const char *parent, GError **error);
cmdqvArgument *cmdqvWriterSmmu(const cmdqvSmmu *smmu, const char *bus, const cmdqvTarget *target, GError **error);
cmdqvArgument *cmdqvWriterIommufd(const char *id);
cmdqvArgument *cmdqvWriterHostdev(const cmdqvEndpoint *endpoint, const char *bus, const cmdqvTarget *target,
                                  GError **error);

GPtrArray *cmdqvWriterArguments(const cmdqvTopology *topology, const cmdqvTarget *target, GError **error);
char **cmdqvWriterFormat(const GPtrArray *arguments, cmdqvForm form);
