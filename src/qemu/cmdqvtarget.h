/*
 * cmdqvtarget.h: what an emulator knows of SMMU acceleration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Downstream series came before upstream and spell it differently.  Which
 * version an emulator calls itself says nothing of that, so it is asked.
 */

#pragma once

#include <stdbool.h>

#include "qemu/cmdqvargument.h"

/** Properties of arm-smmuv3 that decide how a domain's vSMMU is written. */
typedef enum {
    CMDQV_SMMU_PROPERTY_PRIMARY_BUS,
    CMDQV_SMMU_PROPERTY_ACCEL,
    CMDQV_SMMU_PROPERTY_ATS,
    CMDQV_SMMU_PROPERTY_RIL,
    CMDQV_SMMU_PROPERTY_SSIDSIZE,
    CMDQV_SMMU_PROPERTY_OAS,
    CMDQV_SMMU_PROPERTY_CMDQV,
    CMDQV_SMMU_PROPERTY_TEGRA241_CMDQV,
    CMDQV_SMMU_PROPERTY_PASID,
    CMDQV_SMMU_PROPERTY_IDENTIFIER,

    CMDQV_SMMU_PROPERTY_LAST
} cmdqvSmmuProperty;

/** One property of a device, as the emulator describes it. */
typedef struct {
    bool known;
    cmdqvValueType type;
} cmdqvTargetProperty;

typedef struct {
    bool hasSmmu;               /* there is a device arm-smmuv3 */
    cmdqvTargetProperty smmu[CMDQV_SMMU_PROPERTY_LAST];
    bool hasVfio;               /* vfio-pci */
    bool hasVfioNoHotplug;      /* vfio-pci-nohotplug */
    bool vfioIommufd;           /* either takes an iommufd object */
} cmdqvTarget;

/** QEMU 11.1, which brought cmdqv upstream. */
extern const cmdqvTarget cmdqvTargetUpstream;

const char *cmdqvSmmuPropertyToString(cmdqvSmmuProperty property);
