/*
 * smmu_attribute.h: list the attributes of a vSMMU
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/**
 * The attributes of the <driver> of <iommu model='smmuv3'>, in the order in
 * which libvirt reads them (virDomainIOMMUDefParseXML(), src/conf/domain_conf.c;
 * it reports the first invalid one, seen with 12.8).
 */
typedef enum {
    CMDQV_SMMU_ATTRIBUTE_PCI_BUS,
    CMDQV_SMMU_ATTRIBUTE_ACCEL,
    CMDQV_SMMU_ATTRIBUTE_CMDQV,
    CMDQV_SMMU_ATTRIBUTE_ATS,
    CMDQV_SMMU_ATTRIBUTE_RIL,
    CMDQV_SMMU_ATTRIBUTE_SSIDSIZE,
    CMDQV_SMMU_ATTRIBUTE_OAS,

    CMDQV_SMMU_ATTRIBUTE_LAST
} cmdqvSmmuAttribute;

typedef struct {
    const char *name;               /* in libvirt's XML */
    const char *property;           /* of QEMU's arm-smmuv3 (hw/arm/smmuv3.c) */
    bool isNumber;                  /* libvirt reads a number, which counts as absent if it is negative; else on or off */
    bool isVital;                   /* without it, the domain has another SMMU */
    bool isDerived;                 /* if it is absent, QEMU may derive the property from the first device; the fields below are for these */
    const char *const *values;      /* those that QEMU knows, besides auto; NULL: the numbers up to @max */
    unsigned int max;
    const char *unaccelerated;      /* the only one of them for an SMMU without accel=on */
    const char *fault;              /* words for any other value, with the remedy */
} cmdqvSmmuAttributeRow;

extern const cmdqvSmmuAttributeRow cmdqvSmmuAttributeRows[CMDQV_SMMU_ATTRIBUTE_LAST];

/** Names for messages: those that are vital, and those that are derived. */
#define CMDQV_SMMU_ATTRIBUTE_NAMES_VITAL "pciBus, accel, cmdqv"
#define CMDQV_SMMU_ATTRIBUTE_NAMES_DERIVED "ats, ril, ssidsize, oas"
