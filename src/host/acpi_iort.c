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


/* The number in some bytes, the lowest first. */
static guint64
cmdqvAcpiIortRead(const char *at, gsize bytes)
{
    guint64 value = 0;

    memcpy(&value, at, bytes);
    return GUINT64_FROM_LE(value);
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
    guint64 nodes;
    gsize at;

    if (len < CMDQV_ACPI_IORT_HEADER_BYTES || memcmp(table, "IORT", 4) != 0)
        return false;

    at = cmdqvAcpiIortRead(table + CMDQV_ACPI_IORT_NODE_OFFSET, 4);
    for (nodes = cmdqvAcpiIortRead(table + CMDQV_ACPI_IORT_NODE_COUNT, 4); nodes > 0; nodes--) {
        const char *node = table + at;
        gsize size;

        if (at > len || len - at < CMDQV_ACPI_IORT_NODE_HEADER_BYTES)
            return false;
        size = cmdqvAcpiIortRead(node + CMDQV_ACPI_IORT_NODE_LENGTH, 2);
        if (size < CMDQV_ACPI_IORT_NODE_HEADER_BYTES || size > len - at)
            return false;
        if (*node == CMDQV_ACPI_IORT_TYPE_SMMUV3 && node[CMDQV_ACPI_IORT_NODE_REVISION] > 0 && size >= CMDQV_ACPI_IORT_SMMUV3_BYTES &&
            cmdqvAcpiIortRead(node + CMDQV_ACPI_IORT_NODE_BASE, 8) == base) {
            *identifier = (guint32)cmdqvAcpiIortRead(node + CMDQV_ACPI_IORT_NODE_IDENTIFIER, 4);
            return true;
        }
        at += size;
    }
    return false;
}
