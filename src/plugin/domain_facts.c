/*
 * plugin/domain_facts.c: what the daemon knows of a domain, gathered for the policy
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What libvirt does not tell for want of rights it is asked again for in the
 * daemon's name (daemon/query_as_daemon.c).  What it then does not tell, the call at
 * hand will be refused for too.
 */

#include "plugin/domain_facts.h"

#include <stdlib.h>
#include <string.h>

#include "conf/domain_xml.h"
#include "host/smmu_inventory.h"
#include "daemon/query_as_daemon.h"
#include "plugin/smmu_cache.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(char, free)


/**
 * cmdqvFactsHostSupport:
 *
 * What firmware declared stays as it is as long as the host runs, so it is
 * looked for once.
 *
 * Returns: whether the host's SMMUs have CMDQV
 */
cmdqvHostSupport
cmdqvFactsHostSupport(void)
{
    static gsize support;

    if (g_once_init_enter(&support))
        g_once_init_leave(&support, (gsize)cmdqvHostSupportProbe("") + 1);
    return (cmdqvHostSupport)(support - 1);
}


/**
 * cmdqvFactsWithoutCmdqv:
 *
 * Looked for once, as that is.
 *
 * Returns: (transfer none): the names of the host's SMMUs that certainly have no
 * CMDQV
 */
const char *const *
cmdqvFactsWithoutCmdqv(void)
{
    static gsize names;

    if (g_once_init_enter(&names))
        g_once_init_leave(&names, (gsize)cmdqvInventoryWithoutCmdqv(""));
    return (const char *const *)names;
}


/**
 * cmdqvFactsPaths:
 * @domain: a domain
 * @stateDir: (out): a folder, which the result borrows
 *
 * Returns: where the domain's process is found
 */
cmdqvProcessPaths
cmdqvFactsPaths(virDomainPtr domain, char **stateDir)
{
    g_autoptr(char) uri = CMDQV_REAL(virConnectGetURI)(CMDQV_REAL(virDomainGetConnect)(domain));

    *stateDir = cmdqvProcessStateDir(uri);
    return (cmdqvProcessPaths){ *stateDir, "/proc" };
}


static cmdqvMemorySight
cmdqvFactsLookLive(virDomainPtr domain, const cmdqvMemoryMark *mark G_GNUC_UNUSED)
{
    char uuid[VIR_UUID_STRING_BUFLEN];
    g_autofree char *stateDir = NULL;
    const cmdqvProcessPaths paths = cmdqvFactsPaths(domain, &stateDir);

    if (CMDQV_REAL(virDomainGetUUIDString)(domain, uuid) < 0 ||
        cmdqvProcessMayHaveSmmu(&paths, CMDQV_REAL(virDomainGetName)(domain), uuid))
        return CMDQV_MEMORY_PERHAPS;
    return CMDQV_MEMORY_WITHOUT;
}


/*
 * Whether a file is the domain's, and says that it has none.  A client's handle
 * keeps the name by which it found the domain, and that may be another's by now,
 * with its file.  Whose it is stands in the beginning of what libvirt writes.
 */
static bool
cmdqvFactsFileIsWithout(virDomainPtr domain, const char *text)
{
    const char *first = strstr(text, "<uuid>");
    char uuid[VIR_UUID_STRING_BUFLEN];

    return first && CMDQV_REAL(virDomainGetUUIDString)(domain, uuid) == 0 &&
        g_str_has_prefix(first + strlen("<uuid>"), uuid) && !cmdqvDomainXMLMayHaveSmmu(text);
}


/* What libvirt knows, and the file that it will read when it starts again or is told to. */
static cmdqvMemorySight
cmdqvFactsLookDefinition(virDomainPtr domain, const cmdqvMemoryMark *mark)
{
    g_autoptr(char) xml = cmdqvAskDomainXML(domain, VIR_DOMAIN_XML_INACTIVE);
    g_autofree char *text = mark->file && xml ? cmdqvMemoryMarked(mark) : NULL;

    virResetLastError();
    if (!xml)
        return CMDQV_MEMORY_NOTHING;
    if (cmdqvDomainXMLMayHaveSmmu(xml) || (mark->file && (!text || !cmdqvFactsFileIsWithout(domain, text))))
        return CMDQV_MEMORY_PERHAPS;
    return CMDQV_MEMORY_WITHOUT;
}


/* What is so, or has been seen to be so. */
static bool
cmdqvFactsHalfMayHaveSmmu(virDomainPtr domain, cmdqvMemoryHalf half,
                          cmdqvMemorySight (*look)(virDomainPtr domain, const cmdqvMemoryMark *mark))
{
    g_auto(cmdqvMemoryMark) mark = { .file = NULL };
    cmdqvMemorySight sight = cmdqvMemoryRecall(domain, half, &mark);

    if (sight == CMDQV_MEMORY_NOTHING) {
        sight = look(domain, &mark);
        if (sight != CMDQV_MEMORY_NOTHING)
            cmdqvMemoryNote(domain, half, &mark, sight);
    }
    return sight == CMDQV_MEMORY_PERHAPS;
}


/**
 * cmdqvFactsMayHaveSmmu:
 * @domain: a domain
 * @flags: VIR_DOMAIN_AFFECT_LIVE, _CONFIG or both
 *
 * What a call on a domain without an SMMUv3 pays.
 *
 * Returns: false if there certainly is none, true if the domain must be read
 */
bool
cmdqvFactsMayHaveSmmu(virDomainPtr domain, unsigned int flags)
{
    return ((flags & VIR_DOMAIN_AFFECT_LIVE) &&
            cmdqvFactsHalfMayHaveSmmu(domain, CMDQV_MEMORY_LIVE, cmdqvFactsLookLive)) ||
        ((flags & VIR_DOMAIN_AFFECT_CONFIG) &&
         cmdqvFactsHalfMayHaveSmmu(domain, CMDQV_MEMORY_DEFINITION, cmdqvFactsLookDefinition));
}


/**
 * cmdqvFactsDefinitionWritten:
 * @domain: a domain, whose definition libvirt has just changed
 *
 * Spares the next call the look at it if it has no SMMUv3.
 */
void
cmdqvFactsDefinitionWritten(virDomainPtr domain)
{
    g_auto(cmdqvMemoryMark) mark = { .file = NULL };
    g_autofree char *text = cmdqvMemoryWritten(domain, &mark);

    if (text && cmdqvFactsFileIsWithout(domain, text))
        cmdqvMemoryNote(domain, CMDQV_MEMORY_DEFINITION, &mark, CMDQV_MEMORY_WITHOUT);
}


/**
 * cmdqvFactsReadDefinition:
 * @domain: a domain
 * @definition: (out): its inactive XML, NULL if that has no SMMUv3 or is not to
 *   be had
 * @error: where libvirt's own XML cannot be read
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvFactsReadDefinition(virDomainPtr domain, cmdqvTopology **definition, GError **error)
{
    g_autoptr(char) xml = cmdqvAskDomainXML(domain, VIR_DOMAIN_XML_INACTIVE);

    *definition = NULL;
    virResetLastError();
    if (!xml || !cmdqvDomainXMLMayHaveSmmu(xml))
        return true;
    *definition = cmdqvDomainXMLRead(xml, strlen(xml), error);
    return *definition != NULL;
}


/**
 * cmdqvFactsReadLive:
 * @domain: a running domain
 * @live: (out): its live XML, its process and its anchors; nothing if it has no
 *   SMMUv3 or is not to be had
 * @error: where libvirt's own XML cannot be read
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvFactsReadLive(virDomainPtr domain, cmdqvLive *live, GError **error)
{
    g_autoptr(char) xml = cmdqvAskDomainXML(domain, 0);
    char uuid[VIR_UUID_STRING_BUFLEN];
    g_autofree char *stateDir = NULL;

    *live = (cmdqvLive){ NULL, NULL, 0, NULL };
    virResetLastError();
    if (!xml || !cmdqvDomainXMLMayHaveSmmu(xml) || CMDQV_REAL(virDomainGetUUIDString)(domain, uuid) < 0)
        return true;

    const cmdqvProcessPaths paths = cmdqvFactsPaths(domain, &stateDir);

    return cmdqvLiveRead(xml, CMDQV_REAL(virDomainGetName)(domain), uuid, &paths,
                         cmdqvFactsHostSupport() != CMDQV_HOST_WITHOUT, live, error);
}
