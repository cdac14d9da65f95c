/*
 * emulator_caps.h: read the SMMU capabilities of an emulator
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Downstream series before upstream have other spellings, whatever their
 * version, so the module queries the emulator for its properties.
 */

#pragma once

#include <stdbool.h>

#include "conf/smmu_attribute.h"
#include "qemu/argument.h"

/**
 * Properties of arm-smmuv3 that decide how to write a domain's vSMMU, beside
 * those of the attributes (conf/smmu_attribute.h), which have the numbers
 * before these.
 */
typedef enum {
    CMDQV_SMMU_PROPERTY_TEGRA241_CMDQV = CMDQV_SMMU_ATTRIBUTE_LAST,
    CMDQV_SMMU_PROPERTY_PASID,
    CMDQV_SMMU_PROPERTY_IDENTIFIER,

    CMDQV_SMMU_PROPERTY_LAST
} cmdqvSmmuProperty;

/** The devices in a query of an emulator. */
typedef enum {
    CMDQV_EMULATOR_CAPS_SMMU,
    CMDQV_EMULATOR_CAPS_VFIO,
    CMDQV_EMULATOR_CAPS_VFIO_NO_HOTPLUG,

    CMDQV_EMULATOR_CAPS_LAST
} cmdqvEmulatorCapsDevice;

/** One property of a device, as the emulator describes it. */
typedef struct {
    bool known;
    cmdqvValueType type;
} cmdqvEmulatorCapsProperty;

typedef struct {
    bool has[CMDQV_EMULATOR_CAPS_LAST];  /* the emulator has the device */
    cmdqvEmulatorCapsProperty smmu[CMDQV_SMMU_PROPERTY_LAST];
    bool vfioIommufd;                   /* its vfio-pci can use an iommufd object */
    guint major;                        /* of its version; 0 if that is unknown */
    guint minor;
} cmdqvEmulatorCaps;

/** QEMU 11.1, the first upstream release with cmdqv. */
extern const cmdqvEmulatorCaps cmdqvEmulatorCapsUpstream;

const char *cmdqvSmmuPropertyToString(guint property);
const char *cmdqvEmulatorCapsDeviceToString(cmdqvEmulatorCapsDevice device);
bool cmdqvEmulatorCapsHasCmdqv(const cmdqvEmulatorCaps *target);
bool cmdqvEmulatorCapsHasBlocker(const cmdqvEmulatorCaps *target);
bool cmdqvEmulatorCapsReadQmp(cmdqvEmulatorCaps *target, const char *replies);
