/*
 * record.h: read and write the record of a lowered domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The XML of a lowered domain, that is, a domain with vSMMUs on buses for a
 * libvirt without CMDQV, has:
 *
 *  - in <qemu:commandline>, which QEMU creates first: the iommufd object, each
 *    pxb-pcie with a vSMMU, the arm-smmuv3 and every controller below;
 *  - libvirt's own controllers, unchanged except for unique numbers and an
 *    alias: shadows, on which QEMU has no devices. They have indexes and
 *    addresses, so libvirt shows and places devices as usual;
 *  - the devices behind a vSMMU, each with an alias for a <qemu:override> that
 *    moves it from the shadow to the real bus, and gives it iommufd;
 *  - other expanders, with the bus number that libvirt would assign without
 *    shadows, because it counts down from the lowest;
 *  - in <metadata> the record: all removed and changed elements.
 */

#pragma once

#include <stdbool.h>

#include <libxml/tree.h>

#include "conf/topology.h"

/** The namespace of the record in <metadata>. */
#define CMDQV_RECORD_NAMESPACE "urn:libvirt-cmdqv:lowered:1"
#define CMDQV_RECORD_PREFIX "cmdqv"

/** The prefix of aliases from lowering. */
#define CMDQV_RECORD_ALIAS_PREFIX "ua-cmdqv-"

/** The comment that replaces the Nth <iommu>, until libvirt drops comments. */
#define CMDQV_RECORD_SMMU_COMMENT "libvirt-cmdqv:smmu:"
#define CMDQV_RECORD_IOMMUFD_COMMENT "libvirt-cmdqv:iommufd"

/* Names in the record: an element for each removed or changed one, with the original in it. */
#define CMDQV_RECORD_ELEMENT "lowered"
#define CMDQV_RECORD_BUS "bus"
#define CMDQV_RECORD_EXPANDER "expander"
#define CMDQV_RECORD_SMMU "smmu"
#define CMDQV_RECORD_DEVICE "device"
#define CMDQV_RECORD_MACHINE "machine"

/* In a device's row: the properties of an override that are the user's own, separated by blanks. */
#define CMDQV_RECORD_OWN "own"
/* There too: the element of the user's own override that is empty, "frontend" or "override"; lift.c keeps it. */
#define CMDQV_RECORD_EMPTY "empty"

bool cmdqvRecordMayBe(const char *xml);
xmlNode *cmdqvRecordFind(const xmlNode *domain);
xmlNode *cmdqvRecordAddRow(xmlNode *record, const char *name);
char *cmdqvRecordBusAlias(int index);
bool cmdqvRecordIsProperty(const char *name);
const char *cmdqvRecordNumberName(const char *model);
