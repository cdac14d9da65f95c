/*
 * qemu/emulator_caps.h: what an emulator knows of SMMU acceleration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Downstream series came before upstream and spell it differently.  Which
 * version an emulator calls itself says nothing of that, so it is asked.
 */

#pragma once

#include <stdbool.h>

#include "qemu/argument.h"

/** Properties of arm-smmuv3 that decide how a domain's vSMMU is written. */
typedef enum {
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

/** The devices that an emulator is asked about. */
typedef enum {
    CMDQV_TARGET_SMMU,
    CMDQV_TARGET_VFIO,
    CMDQV_TARGET_VFIO_NO_HOTPLUG,

    CMDQV_TARGET_LAST
} cmdqvTargetDevice;

/** One property of a device, as the emulator describes it. */
typedef struct {
    bool known;
    cmdqvValueType type;
} cmdqvTargetProperty;

typedef struct {
    bool has[CMDQV_TARGET_LAST];        /* there is such a device */
    cmdqvTargetProperty smmu[CMDQV_SMMU_PROPERTY_LAST];
    bool vfioIommufd;                   /* its vfio-pci takes an iommufd object */
    guint major;                        /* of the version that it calls itself; 0 where it does not tell */
    guint minor;
} cmdqvTarget;

/** QEMU 11.1, which brought cmdqv upstream. */
extern const cmdqvTarget cmdqvTargetUpstream;

const char *cmdqvSmmuPropertyToString(cmdqvSmmuProperty property);
const char *cmdqvTargetDeviceToString(cmdqvTargetDevice device);
bool cmdqvTargetHasCmdqv(const cmdqvTarget *target);
bool cmdqvTargetHasBlocker(const cmdqvTarget *target);

bool cmdqvTargetReadHelp(cmdqvTarget *target, const char *help);
bool cmdqvTargetReadVersion(cmdqvTarget *target, const char *version);
bool cmdqvTargetReadQmp(cmdqvTarget *target, const char *replies);
