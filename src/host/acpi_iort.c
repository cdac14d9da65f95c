/*
 * acpi_iort.c: read ACPI's IORT, which declares the SMMUs of a host
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Arm's "IO Remapping Table" (DEN0049).  The reader uses fields at fixed
 * offsets: the header of the table, and the type, length and, from revision 1
 * on, identifier of each node; the base address of an SMMUv3 follows them.
 */

#include "host/acpi_iort.h"

#include <string.h>

#define CMDQV_ACPI_IORT_NODE_COUNT 36
#define CMDQV_ACPI_IORT_NODE_OFFSET 40
#define CMDQV_ACPI_IORT_HEADER_BYTES 48

#define CMDQV_ACPI_IORT_NODE_LENGTH 1
#define CMDQV_ACPI_IORT_NODE_REVISION 3
#define CMDQV_ACPI_IORT_NODE_IDENTIFIER 4
#define CMDQV_ACPI_IORT_NODE_BASE 16
#define CMDQV_ACPI_IORT_NODE_HEADER_BYTES 16
#define CMDQV_ACPI_IORT_SMMUV3_BYTES 24

#define CMDQV_ACPI_IORT_TYPE_SMMUV3 4


static guint32
cmdqvAcpiIortRead32(const char *at)
{
    guint32 value;

    memcpy(&value, at, sizeof(value));
    return GUINT32_FROM_LE(value);
}


static guint64
cmdqvAcpiIortRead64(const char *at)
{
    guint64 value;

    memcpy(&value, at, sizeof(value));
    return GUINT64_FROM_LE(value);
}


static guint16
cmdqvAcpiIortRead16(const char *at)
{
    guint16 value;

    memcpy(&value, at, sizeof(value));
    return GUINT16_FROM_LE(value);
}


/**
 * cmdqvAcpiIortSmmuIdentifier:
 * @table: the bytes of an IORT, valid or not
 * @len: its length in bytes
 * @base: base address of an SMMUv3
 * @identifier: (out): the identifier of its node, which is also the _UID of the
 *   ACPI device of its CMDQV
 *
 * Returns: true, or false with @identifier untouched if the table declares no
 * such SMMU
 */
bool
cmdqvAcpiIortSmmuIdentifier(const char *table, gsize len, guint64 base, guint32 *identifier)
{
    guint32 nodes;
    gsize at;

    if (len < CMDQV_ACPI_IORT_HEADER_BYTES || memcmp(table, "IORT", 4) != 0)
        return false;

    at = cmdqvAcpiIortRead32(table + CMDQV_ACPI_IORT_NODE_OFFSET);
    for (nodes = cmdqvAcpiIortRead32(table + CMDQV_ACPI_IORT_NODE_COUNT); nodes > 0; nodes--) {
        const char *node = table + at;
        gsize size;

        if (at > len || len - at < CMDQV_ACPI_IORT_NODE_HEADER_BYTES)
            return false;
        size = cmdqvAcpiIortRead16(node + CMDQV_ACPI_IORT_NODE_LENGTH);
        if (size < CMDQV_ACPI_IORT_NODE_HEADER_BYTES || size > len - at)
            return false;
        if (*node == CMDQV_ACPI_IORT_TYPE_SMMUV3 && node[CMDQV_ACPI_IORT_NODE_REVISION] > 0 && size >= CMDQV_ACPI_IORT_SMMUV3_BYTES &&
            cmdqvAcpiIortRead64(node + CMDQV_ACPI_IORT_NODE_BASE) == base) {
            *identifier = cmdqvAcpiIortRead32(node + CMDQV_ACPI_IORT_NODE_IDENTIFIER);
            return true;
        }
        at += size;
    }
    return false;
}
