/*
 * lowering/lower_priv.h: a domain while it is lowered
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For the files of lowering alone: lowering/lower.c goes through the domain and keeps
 * the record, lowering/lower_arguments.c writes what QEMU gets from us,
 * lowering/lower_device.c moves a device there, and lowering/lower_numbers.c knows which
 * slots and chassis are free.
 */

#pragma once

#include "conf/xml_edit.h"
#include "lowering/lower_numbers.h"
#include "qemu/emulator_caps.h"

/** The prefix of libvirt's manual for CMDQV_XML_QEMU_NAMESPACE. */
#define CMDQV_QEMU_PREFIX "qemu"

/** One domain on its way. */
typedef struct {
    xmlNode *domain;
    cmdqvTopology *topology;        /* after cmdqvDefaultsFill() */
    cmdqvLowerNumbers numbers;
    GHashTable *buses;              /* index of a controller to index of its bus off by one */
    const cmdqvTarget *target;
    GPtrArray *arguments;           /* cmdqvArgument */
    char *iommufd;                  /* id of the object */
    xmlNode *record;
    xmlNode *override;              /* made when it is needed */
} cmdqvLowering;

/* The bus with that index in the topology's list. */
static inline const cmdqvBus *
cmdqvLowerBus(const cmdqvLowering *lowering, guint bus)
{
    return &g_array_index(lowering->topology->buses, cmdqvBus, bus);
}

xmlNode *cmdqvLowerAddRow(cmdqvLowering *lowering, const char *name);

bool cmdqvLowerDevice(cmdqvLowering *lowering, xmlNode *node, GError **error);

bool cmdqvLowerMakeArguments(cmdqvLowering *lowering, GError **error);
void cmdqvLowerWriteArguments(cmdqvLowering *lowering);
