/*
 * acpi_iort.h: read ACPI's IORT, which declares the SMMUs of a host
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** A host has a few SMMUs and PCIe segments; the kernel reads tables far smaller than this. */
#define CMDQV_ACPI_IORT_MAX_BYTES (1024 * 1024)

bool cmdqvAcpiIortSmmuIdentifier(const char *table, gsize len, guint64 base, guint32 *identifier);
