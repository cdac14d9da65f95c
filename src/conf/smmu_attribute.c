/*
 * smmu_attribute.c: list the attributes of a vSMMU
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/smmu_attribute.h"

#define CMDQV_SMMU_ATTRIBUTE_NOT_ON_OFF "is neither 'on' nor 'off'; write one of them"

static const char *const cmdqvSmmuAttributeOnOff[] = { "on", "off", NULL };
static const char *const cmdqvSmmuAttributeSizes[] = { "44", "48", NULL };

const cmdqvSmmuAttributeRow cmdqvSmmuAttributeRows[CMDQV_SMMU_ATTRIBUTE_LAST] = {
    [CMDQV_SMMU_ATTRIBUTE_PCI_BUS] = { .name = "pciBus", .property = "primary-bus", .isNumber = true, .isVital = true },
    [CMDQV_SMMU_ATTRIBUTE_ACCEL] = { .name = "accel", .property = "accel", .isVital = true },
    [CMDQV_SMMU_ATTRIBUTE_CMDQV] = { .name = "cmdqv", .property = "cmdqv", .isVital = true },
    [CMDQV_SMMU_ATTRIBUTE_ATS] = { .name = "ats", .property = "ats", .isDerived = true, .values = cmdqvSmmuAttributeOnOff,
                                   .unaccelerated = "off", .fault = CMDQV_SMMU_ATTRIBUTE_NOT_ON_OFF },
    [CMDQV_SMMU_ATTRIBUTE_RIL] = { .name = "ril", .property = "ril", .isDerived = true, .values = cmdqvSmmuAttributeOnOff,
                                   .unaccelerated = "on", .fault = CMDQV_SMMU_ATTRIBUTE_NOT_ON_OFF },
    [CMDQV_SMMU_ATTRIBUTE_SSIDSIZE] = { .name = "ssidsize", .property = "ssidsize", .isNumber = true, .isDerived = true, .max = 20,
                                        .unaccelerated = "0", .fault = "is not a number of bits from 0 to 20; write one" },
    [CMDQV_SMMU_ATTRIBUTE_OAS] = { .name = "oas", .property = "oas", .isNumber = true, .isDerived = true, .values = cmdqvSmmuAttributeSizes,
                                   .unaccelerated = "44", .fault = "is neither '44' nor '48', the only sizes that QEMU has; write one of them" },
};
