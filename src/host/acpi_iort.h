/*
 * host/acpi_iort.h: ACPI's IORT, which declares the SMMUs of a host
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** A host has a few SMMUs and PCIe segments; the kernel reads tables far smaller than this. */
#define CMDQV_IORT_MAX_BYTES (1024 * 1024)

bool cmdqvIortSmmuIdentifier(const char *table, gsize len, guint64 base, guint32 *identifier);
