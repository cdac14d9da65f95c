/*
 * cmdqvtarget.c: what an emulator knows of SMMU acceleration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/cmdqvtarget.h"

static const char *const cmdqvSmmuPropertyNames[] = {
    [CMDQV_SMMU_PROPERTY_PRIMARY_BUS] = "primary-bus",
    [CMDQV_SMMU_PROPERTY_ACCEL] = "accel",
    [CMDQV_SMMU_PROPERTY_ATS] = "ats",
    [CMDQV_SMMU_PROPERTY_RIL] = "ril",
    [CMDQV_SMMU_PROPERTY_SSIDSIZE] = "ssidsize",
    [CMDQV_SMMU_PROPERTY_OAS] = "oas",
    [CMDQV_SMMU_PROPERTY_CMDQV] = "cmdqv",
    [CMDQV_SMMU_PROPERTY_TEGRA241_CMDQV] = "tegra241-cmdqv",
    [CMDQV_SMMU_PROPERTY_PASID] = "pasid",
    [CMDQV_SMMU_PROPERTY_IDENTIFIER] = "identifier",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvSmmuPropertyNames) == CMDQV_SMMU_PROPERTY_LAST);

const cmdqvTarget cmdqvTargetUpstream = {
    .hasSmmu = true,
    .smmu = {
        [CMDQV_SMMU_PROPERTY_PRIMARY_BUS] = { true, CMDQV_VALUE_STRING },
        [CMDQV_SMMU_PROPERTY_ACCEL] = { true, CMDQV_VALUE_BOOLEAN },
        [CMDQV_SMMU_PROPERTY_ATS] = { true, CMDQV_VALUE_STRING },
        [CMDQV_SMMU_PROPERTY_RIL] = { true, CMDQV_VALUE_STRING },
        [CMDQV_SMMU_PROPERTY_SSIDSIZE] = { true, CMDQV_VALUE_STRING },
        [CMDQV_SMMU_PROPERTY_OAS] = { true, CMDQV_VALUE_STRING },
        [CMDQV_SMMU_PROPERTY_CMDQV] = { true, CMDQV_VALUE_STRING },
        [CMDQV_SMMU_PROPERTY_IDENTIFIER] = { true, CMDQV_VALUE_NUMBER },
    },
    .hasVfio = true,
    .hasVfioNoHotplug = true,
    .vfioIommufd = true,
};


const char *
cmdqvSmmuPropertyToString(cmdqvSmmuProperty property)
{
    return cmdqvSmmuPropertyNames[property];
}
