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


/* vSMMU 'iommu0' on bus 'pci.1', or the known part of it. */
static char *
cmdqvVerdictNameSmmu(const cmdqvSmmu *smmu, const char *busName)
{
    if (!busName)
        return smmu->id ? g_strdup_printf("vSMMU '%s'", smmu->id) : g_strdup("the vSMMU");
    return smmu->id ? g_strdup_printf("vSMMU '%s' on bus '%s'", smmu->id, busName)
                    : g_strdup_printf("the vSMMU on bus '%s'", busName);
}


/**
 * cmdqvVerdictNewOf:
 * @rule: identifier of the rule
 * @smmu: (nullable): the SMMU that the refusal is about
 * @busName: (nullable): the bus that it is attached to
 * @endpoint: (nullable): the device that it is about
 *
 * Returns: (transfer full): a refusal without a message yet
 */
cmdqvVerdict *
cmdqvVerdictNewOf(const char *rule, const cmdqvSmmu *smmu, const char *busName, const cmdqvEndpoint *endpoint)
{
    cmdqvVerdict *verdict = cmdqvVerdictNew(NULL);

    verdict->rule = rule;
    verdict->smmu = smmu ? cmdqvVerdictNameSmmu(smmu, busName) : NULL;
    verdict->device = endpoint ? cmdqvTopologyNameEndpoint(endpoint) : NULL;
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


static cmdqvLogEntry
cmdqvVerdictEntry(const cmdqvVerdict *verdict, const char *what, const char *client, const char *text)
{
    return (cmdqvLogEntry){
        .what = what,
        .domain = verdict->domain,
        .uuid = verdict->uuid,
        .smmu = verdict->smmu,
        .device = verdict->device,
        .rule = verdict->rule,
        .client = client,
        .message = text,
        .instance = verdict->instance,
        .flavor = verdict->flavor,
    };
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
    const cmdqvLogEntry entry = cmdqvVerdictEntry(verdict, call, client, text);

    cmdqvLogRefusal(&entry);
}


/**
 * cmdqvVerdictWarn:
 * @warning: a warning
 * @event: the name of the warning in the journal
 *
 * Writes the warning to the journal.
 */
void
cmdqvVerdictWarn(const cmdqvVerdict *warning, const char *event)
{
    g_autofree char *text = cmdqvVerdictFormat(warning);
    const cmdqvLogEntry entry = cmdqvVerdictEntry(warning, event, NULL, text);

    cmdqvLogWarning(&entry);
}
