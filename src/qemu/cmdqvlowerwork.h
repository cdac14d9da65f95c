/*
 * cmdqvlowerwork.h: a domain while it is lowered
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For the files of lowering alone: cmdqvlower.c goes through the domain and keeps
 * the record, cmdqvlowerarguments.c writes what QEMU gets from us,
 * cmdqvlowerdevice.c moves a device there, and cmdqvlowernumbers.c knows which
 * slots and chassis are free.
 */

#pragma once

#include "conf/cmdqvxmledit.h"
#include "qemu/cmdqvlowernumbers.h"
#include "qemu/cmdqvtarget.h"

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
