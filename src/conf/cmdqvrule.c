/*
 * cmdqvrule.c: a rule for definitions, and what it found
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/cmdqvrule.h"

#include <stdarg.h>


static void
cmdqvFindingFree(gpointer data)
{
    cmdqvFinding *finding = data;

    g_free(finding->message);
    g_free(finding);
}


GPtrArray *
cmdqvFindingsNew(void)
{
    return g_ptr_array_new_with_free_func(cmdqvFindingFree);
}


/**
 * cmdqvFindingAdd:
 * @findings: (element-type cmdqvFinding): where to add it
 * @rule: the rule that is broken
 * @topology: the domain
 * @smmu: index of the SMMU that it is about
 * @format: what is wrong and what to do; the element and its line go before it
 *
 * Adds one finding.
 */
void
cmdqvFindingAdd(GPtrArray *findings, const cmdqvRule *rule, const cmdqvTopology *topology, guint smmu,
                const char *format, ...)
{
    const cmdqvSmmu *about = &g_array_index(topology->smmus, cmdqvSmmu, smmu);
    cmdqvFinding *finding = g_new0(cmdqvFinding, 1);
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);

    finding->rule = rule;
    finding->smmu = (int)smmu;
    finding->line = about->line;
    if (about->line != CMDQV_NONE)
        finding->message = g_strdup_printf("<iommu> in line %d: %s", about->line, text);
    else
        finding->message = g_strdup_printf("arm-smmuv3 '%s': %s", about->id ? about->id : "", text);
    g_ptr_array_add(findings, finding);
}
