/*
 * domain_facts.c: gather the facts about a domain for the policy
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * If libvirt denies a query for lack of rights, repeats it in the daemon's name
 * (daemon/query_as_daemon.c). If that fails too, libvirt also refuses the
 * client's call.
 */

#include "plugin/domain_facts.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "daemon/query_as_daemon.h"
#include "lowering/lift.h"
#include "plugin/daemon_context.h"
#include "plugin/smmu_cache.h"
#include "qemu/libvirt_driver.h"
#include "util/error.h"
#include "util/text.h"


/**
 * cmdqvDomainFactsPaths:
 * @domain: a domain
 * @stateDir: (out) (nullable): a folder, which the result borrows
 *
 * Returns: the folders to find the domain's process in
 */
cmdqvProcessPaths
cmdqvDomainFactsPaths(virDomainPtr domain, char **stateDir)
{
    g_autoptr(cmdqvTextMalloced) uri = CMDQV_REAL(virConnectGetURI)(CMDQV_REAL(virDomainGetConnect)(domain));

    *stateDir = cmdqvLibvirtDriverStateDir(uri);
    return (cmdqvProcessPaths){ .stateDir = *stateDir, .proc = "/proc" };
}


/**
 * cmdqvDomainFactsXML:
 * @domain: a domain
 * @flags: of virDomainGetXMLDesc()
 * @xml: (out) (nullable): its XML as libvirt keeps it, which may be lowered;
 *   free() it.  NULL if there is no such domain
 * @error: CMDQV_ERROR_SYSTEM if other calls had the domain for too long: it may
 *   have an SMMUv3, so refuse the client's call
 *
 * Resets the last error.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDomainFactsXML(virDomainPtr domain, unsigned int flags, char **xml, GError **error)
{
    char *text = cmdqvQueryAsDaemonDomainXML(domain, flags);
    bool late = !text && virGetLastErrorCode() == VIR_ERR_OPERATION_TIMEOUT;

    if (late)
        cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "%s; try again", virGetLastErrorMessage());
    else
        *xml = text;
    virResetLastError();
    return !late;
}


static cmdqvSmmuCacheSight
cmdqvDomainFactsLookLive(virDomainPtr domain, const cmdqvSmmuCacheKey *key G_GNUC_UNUSED)
{
    char uuid[VIR_UUID_STRING_BUFLEN];
    g_autofree char *stateDir = NULL;
    const cmdqvProcessPaths paths = cmdqvDomainFactsPaths(domain, &stateDir);
    const char *name = CMDQV_REAL(virDomainGetName)(domain);
    g_autoptr(cmdqvQueryAsDaemonHandle) own = NULL;

    if (!name || CMDQV_REAL(virDomainGetUUIDString)(domain, uuid) < 0 || cmdqvProcessMayHaveSmmu(&paths, name, uuid))
        return CMDQV_SMMU_CACHE_PERHAPS;
    /* the name is the client's, and the process may be that of another domain */
    own = cmdqvQueryAsDaemonOwnHandle(domain);
    return own && strcmp(CMDQV_REAL(virDomainGetName)(own), name) == 0 ? CMDQV_SMMU_CACHE_WITHOUT : CMDQV_SMMU_CACHE_PERHAPS;
}


/*
 * Whether the text is the domain's, and has no SMMUv3. The name in a client's
 * handle, and so the name of the file, may belong to another domain by now, so
 * this compares the UUID at the beginning of the text.
 */
static bool
cmdqvDomainFactsFileIsWithout(virDomainPtr domain, const char *text)
{
    const char *first = strstr(text, "<uuid>");
    char uuid[VIR_UUID_STRING_BUFLEN];

    return first && CMDQV_REAL(virDomainGetUUIDString)(domain, uuid) == 0 &&
        cmdqvTextStarts(first + strlen("<uuid>"), uuid) && !cmdqvDomainXMLMayHaveSmmu(text);
}


/* Checks the file that libvirt reads at its next start or on demand, and the definition in libvirt. */
static cmdqvSmmuCacheSight
cmdqvDomainFactsLookDefinition(virDomainPtr domain, const cmdqvSmmuCacheKey *key)
{
    g_autofree char *text = key->file ? cmdqvSmmuCacheReadFile(key) : NULL;
    g_autoptr(cmdqvTextMalloced) xml = NULL;

    if (key->file && (!text || !cmdqvDomainFactsFileIsWithout(domain, text)))
        return CMDQV_SMMU_CACHE_PERHAPS;
    if (!cmdqvDomainFactsXML(domain, VIR_DOMAIN_XML_INACTIVE, &xml, NULL))
        return CMDQV_SMMU_CACHE_PERHAPS;
    if (!xml)
        return CMDQV_SMMU_CACHE_NOTHING;
    if (cmdqvDomainXMLMayHaveSmmu(xml))
        return CMDQV_SMMU_CACHE_PERHAPS;
    return CMDQV_SMMU_CACHE_WITHOUT;
}


/* Looks in the cache, and checks the half if it is not there. */
static bool
cmdqvDomainFactsHalfMayHaveSmmu(virDomainPtr domain, cmdqvSmmuCacheHalf half,
                                cmdqvSmmuCacheSight (*look)(virDomainPtr domain, const cmdqvSmmuCacheKey *key))
{
    g_auto(cmdqvSmmuCacheKey) key = { .file = NULL };
    cmdqvSmmuCacheSight sight = cmdqvSmmuCacheRecall(domain, half, &key);

    if (sight == CMDQV_SMMU_CACHE_NOTHING) {
        sight = look(domain, &key);
        if (sight != CMDQV_SMMU_CACHE_NOTHING)
            cmdqvSmmuCacheNote(domain, half, &key, sight);
    }
    return sight == CMDQV_SMMU_CACHE_PERHAPS;
}


static bool
cmdqvDomainFactsHalfIsWithout(virDomainPtr domain, cmdqvSmmuCacheHalf half)
{
    g_auto(cmdqvSmmuCacheKey) key = { .file = NULL };

    return cmdqvSmmuCacheRecall(domain, half, &key) == CMDQV_SMMU_CACHE_WITHOUT;
}


/**
 * cmdqvDomainFactsAreWithout:
 * @domain: a domain
 * @halves: VIR_DOMAIN_AFFECT_LIVE, _CONFIG or both
 *
 * Only looks in the cache, so it queries nothing and does not wait.
 *
 * Returns: true if there certainly is no SMMUv3, false if the domain must be
 * checked
 */
bool
cmdqvDomainFactsAreWithout(virDomainPtr domain, unsigned int halves)
{
    return (!(halves & VIR_DOMAIN_AFFECT_LIVE) || cmdqvDomainFactsHalfIsWithout(domain, CMDQV_SMMU_CACHE_LIVE)) &&
        (!(halves & VIR_DOMAIN_AFFECT_CONFIG) || cmdqvDomainFactsHalfIsWithout(domain, CMDQV_SMMU_CACHE_DEFINITION));
}


/**
 * cmdqvDomainFactsMayHaveSmmu:
 * @domain: a domain
 * @flags: VIR_DOMAIN_AFFECT_LIVE, _CONFIG or both
 *
 * The only cost for a call on a domain without an SMMUv3.
 *
 * Returns: false if there certainly is none, true if the domain must be read
 */
bool
cmdqvDomainFactsMayHaveSmmu(virDomainPtr domain, unsigned int flags)
{
    return ((flags & VIR_DOMAIN_AFFECT_LIVE) &&
            cmdqvDomainFactsHalfMayHaveSmmu(domain, CMDQV_SMMU_CACHE_LIVE, cmdqvDomainFactsLookLive)) ||
        ((flags & VIR_DOMAIN_AFFECT_CONFIG) &&
         cmdqvDomainFactsHalfMayHaveSmmu(domain, CMDQV_SMMU_CACHE_DEFINITION, cmdqvDomainFactsLookDefinition));
}


/**
 * cmdqvDomainFactsDefinitionWritten:
 * @domain: a domain, after libvirt has changed its definition
 *
 * Puts it into the cache if it has no SMMUv3, so the next call need not check
 * it.
 */
void
cmdqvDomainFactsDefinitionWritten(virDomainPtr domain)
{
    g_auto(cmdqvSmmuCacheKey) key = { .file = NULL };
    g_autofree char *text = cmdqvSmmuCacheWritten(domain, &key);

    if (text && cmdqvDomainFactsFileIsWithout(domain, text))
        cmdqvSmmuCacheNote(domain, CMDQV_SMMU_CACHE_DEFINITION, &key, CMDQV_SMMU_CACHE_WITHOUT);
}


/**
 * cmdqvDomainFactsReadDefinition:
 * @domain: a domain
 * @definition: (out): its inactive XML, NULL if that has no SMMUv3 or is not
 *   available
 * @error: if libvirt's own XML cannot be read, or other calls had the domain
 *   for too long
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDomainFactsReadDefinition(virDomainPtr domain, cmdqvTopology **definition, GError **error)
{
    g_autoptr(cmdqvTextMalloced) xml = NULL;
    g_autoptr(xmlDoc) doc = NULL;
    bool lifted;

    *definition = NULL;
    if (!cmdqvDomainFactsXML(domain, VIR_DOMAIN_XML_INACTIVE, &xml, error))
        return false;
    if (!xml || !cmdqvDomainXMLMayHaveSmmu(xml))
        return true;
    doc = cmdqvLiftParse(xml, strlen(xml), "domain", &lifted, error);
    return doc && cmdqvDomainXMLReadGuarded(doc, definition, error);
}


/**
 * cmdqvDomainFactsReadLive:
 * @domain: a running domain
 * @live: (out): its live XML, its process and its anchors; empty if it has no
 *   SMMUv3 or is not available
 * @error: if libvirt's own XML cannot be read, or other calls had the domain
 *   for too long
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDomainFactsReadLive(virDomainPtr domain, cmdqvRunningDomain *live, GError **error)
{
    g_autoptr(cmdqvTextMalloced) xml = NULL;
    char uuid[VIR_UUID_STRING_BUFLEN];
    g_autofree char *stateDir = NULL;

    *live = (cmdqvRunningDomain){ .topology = NULL };
    if (!cmdqvDomainFactsXML(domain, 0, &xml, error))
        return false;
    if (!xml || CMDQV_REAL(virDomainGetUUIDString)(domain, uuid) < 0)
        return true;

    const cmdqvProcessPaths paths = cmdqvDomainFactsPaths(domain, &stateDir);

    if (!cmdqvRunningDomainRead(xml, CMDQV_REAL(virDomainGetName)(domain), uuid, &paths,
                                cmdqvDaemonContextHost()->support != CMDQV_SUPPORT_WITHOUT, live, error))
        return false;
    if (live->anchors)
        cmdqvRuleContextHostSettle(cmdqvDaemonContextHost(), live->anchors, live->topology);
    return true;
}
