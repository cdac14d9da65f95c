/*
 * host/acpi_iort.c: ACPI's IORT, which declares the SMMUs of a host
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Arm's "IO Remapping Table" (DEN0049).  What is read of it stands at fixed
 * places: the header of the table, and of each node its type, length and, from
 * revision 1 on, identifier, behind which an SMMUv3 has its base address.
 */

#include "host/acpi_iort.h"

#include <string.h>

#define CMDQV_IORT_NODE_COUNT 36
#define CMDQV_IORT_NODE_OFFSET 40
#define CMDQV_IORT_HEADER_BYTES 48

#define CMDQV_IORT_NODE_LENGTH 1
#define CMDQV_IORT_NODE_REVISION 3
#define CMDQV_IORT_NODE_IDENTIFIER 4
#define CMDQV_IORT_NODE_BASE 16
#define CMDQV_IORT_NODE_HEADER_BYTES 16
#define CMDQV_IORT_SMMUV3_BYTES 24

#define CMDQV_IORT_TYPE_SMMUV3 4


static guint32
cmdqvIortRead32(const char *at)
{
    guint32 value;

    memcpy(&value, at, sizeof(value));
    return GUINT32_FROM_LE(value);
}


static guint64
cmdqvIortRead64(const char *at)
{
    guint64 value;

    memcpy(&value, at, sizeof(value));
    return GUINT64_FROM_LE(value);
}


static guint16
cmdqvIortRead16(const char *at)
{
    guint16 value;

    memcpy(&value, at, sizeof(value));
    return GUINT16_FROM_LE(value);
}


/**
 * cmdqvIortSmmuIdentifier:
 * @table: an IORT, or what claims to be one
 * @len: its length in bytes
 * @base: base address of an SMMUv3
 * @identifier: (out): the identifier of its node, which the _UID of the ACPI
 *   device of its CMDQV equals
 *
 * Returns: true, or false with @identifier untouched where the table declares
 * no such SMMU
 */
bool
cmdqvIortSmmuIdentifier(const char *table, gsize len, guint64 base, guint32 *identifier)
{
    guint32 nodes;
    gsize at;

    if (len < CMDQV_IORT_HEADER_BYTES || memcmp(table, "IORT", 4) != 0)
        return false;

    at = cmdqvIortRead32(table + CMDQV_IORT_NODE_OFFSET);
    for (nodes = cmdqvIortRead32(table + CMDQV_IORT_NODE_COUNT); nodes > 0; nodes--) {
        const char *node = table + at;
        gsize size;

        if (at > len || len - at < CMDQV_IORT_NODE_HEADER_BYTES)
            return false;
        size = cmdqvIortRead16(node + CMDQV_IORT_NODE_LENGTH);
        if (size < CMDQV_IORT_NODE_HEADER_BYTES || size > len - at)
            return false;
        if (*node == CMDQV_IORT_TYPE_SMMUV3 && node[CMDQV_IORT_NODE_REVISION] > 0 && size >= CMDQV_IORT_SMMUV3_BYTES &&
            cmdqvIortRead64(node + CMDQV_IORT_NODE_BASE) == base) {
            *identifier = cmdqvIortRead32(node + CMDQV_IORT_NODE_IDENTIFIER);
            return true;
        }
        at += size;
    }
    return false;
}
