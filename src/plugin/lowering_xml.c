/*
 * lowering_xml.c: lower domain XML for libvirt, and lift its XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A query finds out whether libvirt needs that: a libvirt with CMDQV refuses
 * the same definition with an invalid value of cmdqv.
 */

#include "plugin/lowering_xml.h"

#include <stdlib.h>
#include <string.h>

#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "conf/fatal_values.h"
#include "conf/fill_addresses.h"
#include "conf/native_question.h"
#include "conf/xml_edit.h"
#include "daemon/quiet_log.h"
#include "daemon/raise_error.h"
#include "lowering/lift.h"
#include "lowering/lower.h"
#include "lowering/lower_domain.h"
#include "lowering/record.h"
#include "plugin/emulator_cache.h"
#include "policy/rule.h"
#include "qemu/argv_read.h"
#include "qemu/argv_split.h"
#include "util/error.h"
#include "util/text.h"

/* The first version with <qemu:override>, which moves a device behind a vSMMU. */
#define CMDQV_LOWERING_XML_LIBVIRT_WITH_OVERRIDE 8002000

#define CMDQV_LOWERING_XML_TOKEN "libvirt-cmdqv-asks"

typedef enum {
    CMDQV_LOWERING_XML_UNKNOWN,
    CMDQV_LOWERING_XML_KEEPS,
    CMDQV_LOWERING_XML_DROPS,
} cmdqvLoweringXMLAnswer;


/* Changes @doc; returns memory of malloc(), which callers of libvirt free(). */
static char *
cmdqvLoweringXMLNative(virConnectPtr conn, xmlDoc *doc)
{
    g_autofree char *safe = cmdqvNativeQuestionOf(doc);
    g_auto(cmdqvQuietLog) quiet G_GNUC_UNUSED = cmdqvQuietLogBegin(TRUE);

    return safe ? CMDQV_NEXT(virConnectDomainXMLToNative)(conn, "qemu-argv", safe, 0) : NULL;
}


/* The same domain with one SMMU, with a value that no libvirt accepts. */
static xmlDoc *
cmdqvLoweringXMLQuestion(const xmlDoc *doc)
{
    g_autoptr(xmlDoc) question = cmdqvLowerWithout(doc);
    xmlNode *devices = cmdqvXMLReadChild(xmlDocGetRootElement(question), "devices");
    xmlNode *iommu;

    if (!devices)
        return NULL;
    iommu = cmdqvXMLEditAdd(devices, "iommu");
    cmdqvXMLEditSet(iommu, "model", "smmuv3");
    cmdqvXMLEditSet(cmdqvXMLEditAdd(iommu, "driver"), "cmdqv", CMDQV_LOWERING_XML_TOKEN);
    return g_steal_pointer(&question);
}


static cmdqvLoweringXMLAnswer
cmdqvLoweringXMLAsk(virConnectPtr conn, const xmlDoc *doc)
{
    static const virErrorNumber aboutXML[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_CONFIG_UNSUPPORTED };
    g_autoptr(xmlDoc) question = conn && doc ? cmdqvLoweringXMLQuestion(doc) : NULL;
    g_autoptr(cmdqvTextMalloced) native = question ? cmdqvLoweringXMLNative(conn, question) : NULL;
    cmdqvLoweringXMLAnswer answer = CMDQV_LOWERING_XML_UNKNOWN;

    if (native)
        answer = CMDQV_LOWERING_XML_DROPS;
    else if (question && cmdqvRaiseErrorLastErrorIsOneOf(aboutXML, G_N_ELEMENTS(aboutXML)) &&
             strstr(virGetLastErrorMessage(), CMDQV_LOWERING_XML_TOKEN))
        answer = CMDQV_LOWERING_XML_KEEPS;
    virResetLastError();
    return answer;
}


/* The result of the query, valid as long as the process. */
static gint cmdqvLoweringXMLRemembered;


static bool
cmdqvLoweringXMLIsBeforeCmdqv(void)
{
    unsigned long version = 0;

    (void)CMDQV_NEXT(virGetVersion)(&version, NULL, NULL);
    return version < CMDQV_RULE_LIBVIRT_WITH_CMDQV;
}


/**
 * cmdqvLoweringXMLMayDrop:
 *
 * Returns: false if this libvirt is known to keep cmdqv
 */
bool
cmdqvLoweringXMLMayDrop(void)
{
    cmdqvLoweringXMLAnswer answer = (cmdqvLoweringXMLAnswer)g_atomic_int_get(&cmdqvLoweringXMLRemembered);

    return answer == CMDQV_LOWERING_XML_UNKNOWN ? cmdqvLoweringXMLIsBeforeCmdqv() : answer == CMDQV_LOWERING_XML_DROPS;
}


/**
 * cmdqvLoweringXMLToAsk:
 * @xml: domain XML, which libvirt reads before it checks rights
 * @why: (out) (transfer full): why libvirt must not get any, untouched if it may
 *
 * For a call that ends at its access check. libvirt gets only an outline of a
 * domain at which it would end, or of which it may not know all elements.
 *
 * Returns: (transfer full) (nullable): the XML to give to libvirt, NULL with
 * @why set
 */
char *
cmdqvLoweringXMLToAsk(const char *xml, char **why)
{
    bool mayHave = cmdqvDomainXMLMayHaveSmmu(xml);
    bool mayDrop = cmdqvLoweringXMLMayDrop();
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = mayHave || mayDrop ? cmdqvXMLReadParse(xml, strlen(xml), NULL, &error) : NULL;
    g_autofree char *fatal = mayHave ? cmdqvFatalValuesFindRead(doc, error, xml, "domain XML") : NULL;
    char *outline = fatal || mayDrop ? cmdqvDomainEditOutline(doc) : NULL;

    if (!outline && fatal) {
        *why = g_steal_pointer(&fatal);
        return NULL;
    }
    return outline ? outline : g_strdup(xml);
}


/**
 * cmdqvLoweringXMLKeeps:
 *
 * Returns: true if libvirt has said that it keeps cmdqv
 */
bool
cmdqvLoweringXMLKeeps(void)
{
    return g_atomic_int_get(&cmdqvLoweringXMLRemembered) == CMDQV_LOWERING_XML_KEEPS;
}


/**
 * cmdqvLoweringXMLDrops:
 * @conn: (nullable): the caller's connection
 * @doc: (nullable): a domain that is not lowered
 *
 * Queries libvirt until it gives a clear answer, then uses that.
 *
 * Returns: true if this libvirt drops vSMMUs
 */
bool
cmdqvLoweringXMLDrops(virConnectPtr conn, const xmlDoc *doc)
{
    if (g_atomic_int_get(&cmdqvLoweringXMLRemembered) == CMDQV_LOWERING_XML_UNKNOWN)
        g_atomic_int_set(&cmdqvLoweringXMLRemembered, (gint)cmdqvLoweringXMLAsk(conn, doc));
    return cmdqvLoweringXMLMayDrop();
}


/**
 * cmdqvLoweringXMLDocIsNeeded:
 * @conn: (nullable): the caller's connection
 * @doc: a domain, or a snapshot with domains in it, that is not lowered
 * @topology: (nullable): the domain, read; NULL to read @doc
 *
 * Returns: true if libvirt would drop the domain's vSMMUs
 */
bool
cmdqvLoweringXMLDocIsNeeded(virConnectPtr conn, xmlDoc *doc, const cmdqvTopology *topology)
{
    bool needed = !cmdqvLoweringXMLKeeps() &&
        (topology ? topology->badValues->len == 0 && cmdqvTopologyHasSmmuBus(topology) : cmdqvLowerIsNeeded(doc));

    return needed && cmdqvLoweringXMLDrops(conn, doc);
}


/**
 * cmdqvLoweringXMLIsNeeded:
 * @conn: the caller's connection
 * @xml: domain XML, or a snapshot's with domains in it
 *
 * Returns: true if libvirt would drop the domain's vSMMUs
 */
bool
cmdqvLoweringXMLIsNeeded(virConnectPtr conn, const char *xml)
{
    bool lifted;
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = NULL;

    if (cmdqvLoweringXMLKeeps() || !cmdqvDomainXMLMayHaveSmmu(xml))
        return false;
    doc = cmdqvLiftParse(xml, strlen(xml), NULL, &lifted, &error);
    if (!doc)
        return g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY) && cmdqvLoweringXMLDrops(conn, NULL);
    return cmdqvLoweringXMLDocIsNeeded(conn, doc, NULL);
}


/* The domain without its SMMUs as libvirt would start it, NULL if libvirt makes no command line of it. */
static cmdqvTopology *
cmdqvLoweringXMLQueryPlaces(virConnectPtr conn, const xmlDoc *doc)
{
    g_autoptr(xmlDoc) without = cmdqvLowerWithout(doc);
    g_autoptr(cmdqvTextMalloced) native = NULL;
    g_auto(GStrv) argv = NULL;

    if (!without)
        return NULL;
    native = cmdqvLoweringXMLNative(conn, without);
    virResetLastError();
    if (!native)
        return NULL;
    argv = cmdqvArgvSplitParseShell(native, NULL);
    return argv ? cmdqvArgvRead((const char *const *)argv, NULL) : NULL;
}


/* Writes the addresses that libvirt would assign; it knows all controllers, even if it drops the SMMUs. */
static void
cmdqvLoweringXMLPlace(virConnectPtr conn, xmlDoc *doc, const cmdqvTopology *topology, const cmdqvTopology *placed)
{
    g_autoptr(cmdqvTopology) queried = NULL;

    if (!placed)
        placed = queried = cmdqvLoweringXMLQueryPlaces(conn, doc);
    if (placed)
        cmdqvFillAddressesDoc(doc, topology, placed, false);
}


/* Returns true, or false with *why set. */
static bool
cmdqvLoweringXMLLower(virConnectPtr conn, xmlDoc *doc, bool *lowered, char **why)
{
    g_autofree char *emulator = NULL;
    g_autoptr(GError) error = NULL;
    unsigned long version = 0;
    cmdqvEmulatorCaps target;

    (void)CMDQV_NEXT(virGetVersion)(&version, NULL, NULL);
    if (version < CMDQV_LOWERING_XML_LIBVIRT_WITH_OVERRIDE) {
        *why = g_strdup_printf("libvirt %lu.%lu.%lu silently drops cmdqv, and has no <qemu:override> for the module to use; use "
                               "libvirt 12.7.0 or newer, or 8.2.0 with QEMU 11.1",
                               CMDQV_RULE_VERSION_PARTS(version));
        return false;
    }
    if (!cmdqvEmulatorCacheTarget(conn, doc, &target, &emulator, &error)) {
        *why = g_strdup_printf("libvirt %lu.%lu.%lu silently drops cmdqv, so the module must give the vSMMU to QEMU itself, and %s; "
                               "correct that, or use libvirt 12.7.0 or newer",
                               CMDQV_RULE_VERSION_PARTS(version), error->message);
        return false;
    }
    if (!target.has[CMDQV_EMULATOR_CAPS_SMMU] || !target.vfioIommufd) {
        *why = g_strdup_printf("this libvirt (%lu.%lu.%lu) silently drops cmdqv, and emulator '%s' has no %s either; use libvirt "
                               "12.7.0 and QEMU 11.1, or newer, or that QEMU with this libvirt",
                               CMDQV_RULE_VERSION_PARTS(version), emulator,
                               target.has[CMDQV_EMULATOR_CAPS_SMMU] ? "vfio-pci on iommufd" : "device arm-smmuv3");
        return false;
    }
    if (!cmdqvLowerDoc(doc, &target, lowered, &error)) {
        *why = g_strdup_printf("libvirt %lu.%lu.%lu silently drops cmdqv, and the module cannot give the vSMMU to QEMU itself: %s; use "
                               "libvirt 12.7.0 and QEMU 11.1, or newer",
                               CMDQV_RULE_VERSION_PARTS(version), error->message);
        return false;
    }
    return true;
}


/**
 * cmdqvLoweringXMLMayServe:
 * @conn: (nullable): the caller's connection
 * @doc: a domain, or a snapshot with domains in it, that is not lowered
 * @topology: the domain, read
 *
 * Returns: false if this libvirt would drop the vSMMUs, and the emulator is
 * known to have no such device
 */
bool
cmdqvLoweringXMLMayServe(virConnectPtr conn, xmlDoc *doc, const cmdqvTopology *topology)
{
    g_autofree char *emulator = NULL;
    cmdqvEmulatorCaps target;

    return !cmdqvLoweringXMLDocIsNeeded(conn, doc, topology) || !cmdqvEmulatorCacheTarget(conn, doc, &target, &emulator, NULL) ||
        target.has[CMDQV_EMULATOR_CAPS_SMMU];
}


/**
 * cmdqvLoweringXMLDoc:
 * @conn: the caller's connection
 * @doc: a domain, or a snapshot with domains in it, that is not lowered; becomes
 *   that for libvirt
 * @definition: (nullable): the domain, if it was judged
 * @lowered: (out): true if it is another now
 * @why: (out): why it cannot be lowered for this libvirt
 *
 * Returns: true, or false with @why set
 */
bool
cmdqvLoweringXMLDoc(virConnectPtr conn, xmlDoc *doc, const cmdqvDefinition *definition, bool *lowered, char **why)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    g_autoptr(cmdqvTopology) own = !definition && !cmdqvLoweringXMLKeeps() && cmdqvXMLReadIs(root, "domain") ? cmdqvDomainXMLReadNode(root, NULL) : NULL;
    const cmdqvTopology *topology = definition ? definition->topology : own;

    *lowered = false;
    *why = NULL;
    if (!cmdqvLoweringXMLDocIsNeeded(conn, doc, topology))
        return true;
    if (definition ? definition->unplaced : own && own->unplaced)
        cmdqvLoweringXMLPlace(conn, doc, topology, definition ? definition->placed : NULL);
    return cmdqvLoweringXMLLower(conn, doc, lowered, why);
}


/**
 * cmdqvLoweringXMLOut:
 * @xml: (transfer full) (nullable): XML from libvirt, in memory of malloc()
 *
 * Returns: (transfer full) (nullable): the XML as its client wrote it, in
 * memory of malloc() too; NULL, with the error raised, if there is no memory
 * for it, because a client must not get the XML of a lowered domain
 */
char *
cmdqvLoweringXMLOut(char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *lifted = NULL;
    char *copy = NULL;

    if (xml && cmdqvLiftXML(xml, &lifted, &error) && lifted)
        copy = strdup(lifted);
    if (!copy && (lifted || g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY)))
        cmdqvRaiseError(VIR_ERR_NO_MEMORY, __func__, error ? error->message : "there is not enough memory to copy the XML");
    else if (!copy)
        return xml;
    free(xml);
    return copy;
}
