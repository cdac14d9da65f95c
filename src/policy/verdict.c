/*
 * verdict.c: the type of a refusal: the device, the SMMU and the reason
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "policy/verdict.h"

#include <stdarg.h>

#include "util/log.h"
#include "util/text.h"


/**
 * cmdqvVerdictFree:
 * @verdict: (transfer full) (nullable): a refusal
 */
void
cmdqvVerdictFree(cmdqvVerdict *verdict)
{
    if (!verdict)
        return;

    g_free(verdict->domain);
    g_free(verdict->uuid);
    g_free(verdict->smmu);
    g_free(verdict->device);
    g_free(verdict->message);
    g_free(verdict->names);
    g_free(verdict->instance);
    g_free(verdict->flavor);
    g_free(verdict);
}


/**
 * cmdqvVerdictNew:
 * @message: (transfer full): the reason and the remedy
 *
 * Returns: (transfer full): a refusal with no more than that
 */
cmdqvVerdict *
cmdqvVerdictNew(char *message)
{
    cmdqvVerdict *verdict = g_new0(cmdqvVerdict, 1);

    verdict->message = message;
    return verdict;
}


/**
 * cmdqvVerdictNote:
 * @verdict: a refusal
 * @format: a note, which is added to its message
 * @...: arguments of the format
 */
void
cmdqvVerdictNote(cmdqvVerdict *verdict, const char *format, ...)
{
    g_autofree char *message = g_steal_pointer(&verdict->message);
    g_autofree char *note = NULL;
    va_list args;

    va_start(args, format);
    note = g_strdup_vprintf(format, args);
    va_end(args);
    verdict->message = g_strdup_printf("%s; %s", message, note);
}


/**
 * cmdqvVerdictFormat:
 * @verdict: a refusal
 *
 * Returns: (transfer full): the text for the user, on one line: the message, its
 * rule in brackets, the number of other errors, and the names of the instance
 */
char *
cmdqvVerdictFormat(const cmdqvVerdict *verdict)
{
    g_autoptr(GString) text = g_string_new(verdict->message);

    if (verdict->rule)
        g_string_append_printf(text, " [%s]", verdict->rule);
    if (verdict->others > 0)
        g_string_append_printf(text, " (and %u more, see 'virt-cmdqv validate')", verdict->others);
    if (verdict->names)
        g_string_append_printf(text, " (%s)", verdict->names);
    return cmdqvTextOneLine(text->str);
}


/**
 * cmdqvVerdictLog:
 * @verdict: the refusal, with its domain
 * @call: the public function or the hook that refuses
 * @client: (nullable): from cmdqvClientIdentityDescribe()
 *
 * Writes the refusal to the journal. Call it once for each refusal.
 */
void
cmdqvVerdictLog(const cmdqvVerdict *verdict, const char *call, const char *client)
{
    g_autofree char *text = cmdqvVerdictFormat(verdict);

    cmdqvLogRefusal(&(cmdqvRefusal){
        .call = call,
        .domain = verdict->domain,
        .uuid = verdict->uuid,
        .smmu = verdict->smmu,
        .device = verdict->device,
        .rule = verdict->rule,
        .client = client,
        .message = text,
        .instance = verdict->instance,
        .flavor = verdict->flavor,
    });
}


/**
 * cmdqvVerdictNameSmmu:
 * @smmu: an SMMU
 * @busName: (nullable): the bus that it is attached to
 *
 * Returns: (transfer full): vSMMU 'iommu0' on bus 'pci.1', or the known part of
 * it
 */
char *
cmdqvVerdictNameSmmu(const cmdqvSmmu *smmu, const char *busName)
{
    if (!busName)
        return smmu->id ? g_strdup_printf("vSMMU '%s'", smmu->id) : g_strdup("the vSMMU");
    return smmu->id ? g_strdup_printf("vSMMU '%s' on bus '%s'", smmu->id, busName)
                    : g_strdup_printf("the vSMMU on bus '%s'", busName);
}
