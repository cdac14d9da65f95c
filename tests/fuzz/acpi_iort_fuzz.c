/*
 * acpi_iort_fuzz.c: bytes that claim to be ACPI's IORT
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A table says the same of an SMMU with anything behind it.
 *
 * Seeds: fuzz/corpus/iort
 * Dictionary: host.dict
 */

#include "fuzz.h"
#include "host/acpi_iort.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const guint64 bases[] = { 0x16000000, 0x12000000, 0, G_MAXUINT64 };
    /* of exactly its size, so that a byte behind it is seen to be read */
    g_autofree char *table = g_malloc(size > 0 ? size : 1);
    gsize part = size / 2 + size / 4;
    guint i;

    if (size > 0)
        memcpy(table, data, size);
    for (i = 0; i < G_N_ELEMENTS(bases); i++) {
        guint32 less = 0;
        guint32 identifier = 0;
        bool isTold = cmdqvAcpiIortSmmuIdentifier(table, part, bases[i], &less);
        bool isFound = cmdqvAcpiIortSmmuIdentifier(table, size, bases[i], &identifier);

        cmdqvFuzzCheck(!isTold || (isFound && less == identifier), "a longer table says the same", NULL, NULL);
    }
    return 0;
}
