/*
 * lower_priv.h: shared parts of lowering
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For the files of lowering only: lower_domain.c walks the domain and
 * writes the record, lower_arguments.c writes the arguments for QEMU, lower_device.c
 * lowers a device, and lower_numbers.c chooses free slots and numbers.
 */

#pragma once

#include "conf/xml_edit.h"
#include "lowering/lower_numbers.h"
#include "qemu/emulator_caps.h"

/** The prefix for CMDQV_XML_EDIT_QEMU_NAMESPACE, as in libvirt's manual. */
#define CMDQV_LOWER_QEMU_PREFIX "qemu"

/** One domain to lower. */
typedef struct {
    xmlNode *domain;
    cmdqvTopology *topology;        /* after cmdqvTopologyDefaultsFill() */
    cmdqvLowerNumbers numbers;
    GHashTable *buses;              /* index of a controller to index of its bus plus one */
    const cmdqvEmulatorCaps *target;
    GPtrArray *arguments;           /* cmdqvArgument */
    char *iommufd;                  /* id of the object */
    xmlNode *record;
    xmlNode *override;              /* made when it is needed */
} cmdqvLowerWork;

/* The bus with that index in the topology's list. */
static inline const cmdqvBus *
cmdqvLowerBus(const cmdqvLowerWork *lowering, guint bus)
{
    return &g_array_index(lowering->topology->buses, cmdqvBus, bus);
}

bool cmdqvLowerDevice(cmdqvLowerWork *lowering, xmlNode *node, GError **error);

bool cmdqvLowerMakeArguments(cmdqvLowerWork *lowering, GError **error);
void cmdqvLowerWriteArguments(cmdqvLowerWork *lowering);
