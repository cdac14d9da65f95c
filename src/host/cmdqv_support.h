/*
 * host/cmdqv_support.h: what the host can do
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/** Firmware names Tegra241's CMDQV so (drivers/iommu/arm/arm-smmu-v3/tegra241-cmdqv.c of Linux). */
#define CMDQV_HOST_ACPI_HID "NVDA200C"

typedef enum {
    CMDQV_HOST_UNKNOWN,
    CMDQV_HOST_WITHOUT,
    CMDQV_HOST_WITH,
} cmdqvHostSupport;

cmdqvHostSupport cmdqvHostSupportProbe(const char *root);
char *cmdqvHostSmmuOf(const char *device, gpointer root);
char *cmdqvHostVfioOf(const char *device, const char *root);
