/*
 * cmdqv_support.h: find out whether the host has CMDQV, and the SMMU of a
 * device
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/** The identifier of Tegra241's CMDQV in ACPI (drivers/iommu/arm/arm-smmu-v3/tegra241-cmdqv.c of Linux). */
#define CMDQV_SUPPORT_ACPI_HID "NVDA200C"

typedef enum {
    CMDQV_SUPPORT_UNKNOWN,
    CMDQV_SUPPORT_WITHOUT,
    CMDQV_SUPPORT_WITH,
} cmdqvSupport;

cmdqvSupport cmdqvSupportProbe(const char *root);
char *cmdqvSupportSmmuOf(const char *device, gpointer root);
char *cmdqvSupportVfioOf(const char *device, const char *root);
