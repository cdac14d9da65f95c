/*
 * lowering/record.h: what a lowered domain looks like
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A libvirt that does not know CMDQV keeps, of a domain with vSMMUs on buses:
 *
 *  - in <qemu:commandline>, created before all else: the iommufd object, each
 *    pxb-pcie that roots a vSMMU, the arm-smmuv3 and every controller below;
 *  - its own controllers, unchanged but for numbers that must be unique and for
 *    an alias: shadows, on which nothing is plugged in QEMU.  They hold indexes
 *    and addresses, so that libvirt sees and places devices as it always does;
 *  - the devices behind a vSMMU, each with an alias by which <qemu:override>
 *    moves it from the shadow to the bus that is meant, and puts it on iommufd;
 *  - other expanders, with the bus number that libvirt would give them if there
 *    were no shadows, for it counts down from the lowest;
 *  - in <metadata> the record: all that was taken out or changed.
 */

#pragma once

#include <stdbool.h>

#include <libxml/tree.h>

#include "conf/topology.h"

/** The namespace of the record in <metadata>. */
#define CMDQV_LOWERED_NAMESPACE "urn:libvirt-cmdqv:lowered:1"
#define CMDQV_LOWERED_PREFIX "cmdqv"

/** Aliases that lowering gives begin so. */
#define CMDQV_LOWERED_ALIAS_PREFIX "ua-cmdqv-"

/** In the place of the Nth <iommu> that was taken out, until libvirt forgets comments. */
#define CMDQV_LOWERED_SMMU_MARK "libvirt-cmdqv:smmu:"
#define CMDQV_LOWERED_IOMMUFD_MARK "libvirt-cmdqv:iommufd"

/* The record: an element of its own for each thing, and in it the original as it was. */
#define CMDQV_LOWERED_RECORD "lowered"
#define CMDQV_LOWERED_BUS "bus"
#define CMDQV_LOWERED_EXPANDER "expander"
#define CMDQV_LOWERED_SMMU "smmu"
#define CMDQV_LOWERED_DEVICE "device"
#define CMDQV_LOWERED_MACHINE "machine"

/* In a device's row: the properties of an override that are not ours but the user's, with blanks between. */
#define CMDQV_LOWERED_OWN "own"

bool cmdqvLoweredMayBe(const char *xml);
xmlNode *cmdqvLoweredRecord(const xmlNode *domain);
bool cmdqvLoweredIsMachine(const cmdqvTopology *process);
char *cmdqvLoweredBusAlias(int index);
bool cmdqvLoweredIsProperty(const char *name);
const char *cmdqvLoweredNumberName(const char *model);
