/*
 * plugin/lowering_xml.c: domain XML on its way into an older libvirt, and out of it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whether it is needed libvirt itself says: the same definition, with a value
 * of cmdqv that means nothing, is refused by a libvirt that reads it.
 */

#include "plugin/lowering_xml.h"

#include <stdlib.h>
#include <string.h>

#include "conf/domain_edit.h"
#include "conf/domain_xml.h"
#include "policy/rule.h"
#include "conf/xml_edit.h"
#include "daemon/client_identity.h"
#include "plugin/emulator_cache.h"
#include "daemon/raise_error.h"
#include "qemu/argv_read.h"
#include "qemu/argv_split.h"
#include "lowering/lift.h"
#include "lowering/lower.h"
#include "lowering/record.h"
#include "lowering/fill_addresses.h"
#include "util/error.h"

/* The first that has <qemu:override>, without which a device cannot be moved behind a vSMMU. */
#define CMDQV_LIBVIRT_WITH_OVERRIDE 8002000

#define CMDQV_TRANSLATE_TOKEN "libvirt-cmdqv-asks"

typedef enum {
    CMDQV_TRANSLATE_UNKNOWN,
    CMDQV_TRANSLATE_KEEPS,
    CMDQV_TRANSLATE_DROPS,
} cmdqvTranslateAnswer;


/* In memory of malloc(), as callers of libvirt free() it. */
static char *
cmdqvTranslateNative(virConnectPtr conn, const char *xml)
{
    g_autofree char *safe = xml ? cmdqvDomainEditForNative(xml) : NULL;

    return safe ? CMDQV_NEXT(virConnectDomainXMLToNative)(conn, "qemu-argv", safe, 0) : NULL;
}


/* The same domain with one SMMU, which asks for something that no libvirt has. */
static char *
cmdqvTranslateQuestion(const char *xml)
{
    g_autofree char *without = cmdqvLowerWithout(xml);
    g_autoptr(xmlDoc) doc = without ? cmdqvXMLParse(without, strlen(without), "domain", NULL) : NULL;
    xmlNode *devices = doc ? cmdqvXMLChild(xmlDocGetRootElement(doc), "devices") : NULL;
    xmlNode *iommu;

    if (!devices)
        return NULL;
    iommu = cmdqvXMLEditAdd(devices, "iommu");
    cmdqvXMLEditSet(iommu, "model", "smmuv3");
    cmdqvXMLEditSet(cmdqvXMLEditAdd(iommu, "driver"), "cmdqv", CMDQV_TRANSLATE_TOKEN);
    return cmdqvXMLEditFormat(doc, NULL);
}


static cmdqvTranslateAnswer
cmdqvTranslateAsk(virConnectPtr conn, const char *xml)
{
    static const virErrorNumber aboutXML[] = { VIR_ERR_XML_ERROR, VIR_ERR_XML_DETAIL, VIR_ERR_CONFIG_UNSUPPORTED };
    g_autofree char *question = conn ? cmdqvTranslateQuestion(xml) : NULL;
    char *native = question ? cmdqvTranslateNative(conn, question) : NULL;
    cmdqvTranslateAnswer answer = CMDQV_TRANSLATE_UNKNOWN;

    if (native)
        answer = CMDQV_TRANSLATE_DROPS;
    else if (question && cmdqvLastErrorIsOneOf(aboutXML, G_N_ELEMENTS(aboutXML)) &&
             strstr(virGetLastErrorMessage(), CMDQV_TRANSLATE_TOKEN))
        answer = CMDQV_TRANSLATE_KEEPS;
    virResetLastError();
    free(native);
    return answer;
}


/* What libvirt said, as long as the process lives. */
static gint cmdqvTranslateRemembered;


static bool
cmdqvTranslateIsOlder(void)
{
    unsigned long version = 0;

    (void)CMDQV_NEXT(virGetVersion)(&version, NULL, NULL);
    return version < CMDQV_LIBVIRT_WITH_CMDQV;
}


/**
 * cmdqvTranslateMayDrop:
 *
 * Returns: false if this libvirt is known to keep cmdqv
 */
bool
cmdqvTranslateMayDrop(void)
{
    cmdqvTranslateAnswer answer = (cmdqvTranslateAnswer)g_atomic_int_get(&cmdqvTranslateRemembered);

    return answer == CMDQV_TRANSLATE_UNKNOWN ? cmdqvTranslateIsOlder() : answer == CMDQV_TRANSLATE_DROPS;
}


/**
 * cmdqvTranslateIsNeeded:
 * @conn: the caller's connection
 * @xml: domain XML
 *
 * libvirt is asked once, and once more as long as it says neither.
 *
 * Returns: true if libvirt would drop what makes the domain's vSMMUs
 */
bool
cmdqvTranslateIsNeeded(virConnectPtr conn, const char *xml)
{
    cmdqvTranslateAnswer answer = (cmdqvTranslateAnswer)g_atomic_int_get(&cmdqvTranslateRemembered);

    if (answer == CMDQV_TRANSLATE_KEEPS || !cmdqvLowerIsNeeded(xml))
        return false;
    if (answer == CMDQV_TRANSLATE_UNKNOWN) {
        answer = cmdqvTranslateAsk(conn, xml);
        g_atomic_int_set(&cmdqvTranslateRemembered, (gint)answer);
    }
    return answer == CMDQV_TRANSLATE_UNKNOWN ? cmdqvTranslateIsOlder() : answer == CMDQV_TRANSLATE_DROPS;
}


/**
 * cmdqvTranslateHasPassthrough:
 * @xml: domain XML
 *
 * Returns: true if the user gives QEMU arguments of his own, or there is no
 * memory to find out
 */
bool
cmdqvTranslateHasPassthrough(const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *lifted = cmdqvLiftXML(xml, &error);
    const char *text = lifted ? lifted : xml;
    g_autoptr(cmdqvTopology) topology = error ? NULL : cmdqvDomainXMLRead(text, strlen(text), &error);

    return topology ? topology->passthroughArgs : g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY);
}


/* Where libvirt would put what has no address: it knows all of the controllers, whatever it drops of the SMMUs. */
static char *
cmdqvTranslatePlace(virConnectPtr conn, const char *xml)
{
    g_autofree char *without = cmdqvPlaceIsNeeded(xml) ? cmdqvLowerWithout(xml) : NULL;
    char *native = NULL;
    g_auto(GStrv) argv = NULL;
    g_autoptr(cmdqvTopology) placed = NULL;

    if (!without)
        return NULL;
    native = cmdqvTranslateNative(conn, without);
    argv = native ? cmdqvCommandLineParseShell(native, NULL) : NULL;
    placed = argv ? cmdqvArgvRead((const char *const *)argv, NULL) : NULL;
    virResetLastError();
    free(native);
    return placed ? cmdqvPlaceXML(xml, placed) : NULL;
}


/* Returns true, or false with *why set. */
static bool
cmdqvTranslateLower(virConnectPtr conn, const char *xml, char **translated, char **why)
{
    g_autofree char *placed = cmdqvTranslatePlace(conn, xml);
    g_autofree char *emulator = NULL;
    g_autoptr(GError) error = NULL;
    unsigned long version = 0;
    cmdqvTarget target;

    (void)CMDQV_NEXT(virGetVersion)(&version, NULL, NULL);
    if (version < CMDQV_LIBVIRT_WITH_OVERRIDE) {
        *why = g_strdup_printf("libvirt %lu.%lu.%lu drops cmdqv without a word, and has no <qemu:override> to get past that; libvirt "
                               "12.7.0 or newer is needed, or 8.2.0 with QEMU 11.1",
                               CMDQV_VERSION_PARTS(version));
        return false;
    }
    if (!cmdqvEmulatorTarget(conn, xml, &target, &emulator, &error)) {
        *why = g_strdup_printf("libvirt %lu.%lu.%lu drops cmdqv without a word, so the vSMMU has to be given to QEMU past it, and %s; "
                               "correct that, or use libvirt 12.7.0 or newer",
                               CMDQV_VERSION_PARTS(version), error->message);
        return false;
    }
    if (!target.has[CMDQV_TARGET_SMMU] || !target.vfioIommufd) {
        *why = g_strdup_printf("this libvirt (%lu.%lu.%lu) drops cmdqv without a word, and emulator '%s' does not know %s either; libvirt "
                               "12.7.0 and QEMU 11.1 or newer are needed, or that QEMU with this libvirt",
                               CMDQV_VERSION_PARTS(version), emulator,
                               target.has[CMDQV_TARGET_SMMU] ? "vfio-pci on iommufd" : "the device arm-smmuv3");
        return false;
    }
    *translated = cmdqvLowerXML(placed ? placed : xml, &target, &error);
    if (error)
        *why = g_strdup_printf("libvirt %lu.%lu.%lu drops cmdqv without a word, and the domain cannot be given to QEMU past it: %s; libvirt "
                               "12.7.0 and QEMU 11.1 or newer have what it needs",
                               CMDQV_VERSION_PARTS(version), error->message);
    return !error;
}


/**
 * cmdqvTranslateMayServe:
 * @conn: (nullable): the caller's connection
 * @xml: domain XML, or a snapshot's with domains in it
 *
 * Returns: false if this libvirt would drop the vSMMUs, and the emulator is
 * known to have no such device
 */
bool
cmdqvTranslateMayServe(virConnectPtr conn, const char *xml)
{
    g_autofree char *emulator = NULL;
    cmdqvTarget target;

    return !cmdqvTranslateIsNeeded(conn, xml) || !cmdqvEmulatorTarget(conn, xml, &target, &emulator, NULL) ||
        target.has[CMDQV_TARGET_SMMU];
}


/**
 * cmdqvTranslateIn:
 * @conn: the caller's connection
 * @xml: domain XML, or a snapshot's with domains in it
 * @translated: (out): what libvirt has to get instead; NULL if it can stay as
 *   it is
 * @why: (out): why it cannot be given to this libvirt
 *
 * What was lowered before is lifted, and lowered again where this libvirt needs
 * it.
 *
 * Returns: true, or false with @why set
 */
bool
cmdqvTranslateIn(virConnectPtr conn, const char *xml, char **translated, char **why)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *lifted = NULL;
    const char *text = xml;

    *translated = NULL;
    *why = NULL;
    if (!cmdqvDomainXMLMayHaveSmmu(xml))
        return true;
    lifted = cmdqvLiftXML(xml, &error);
    if (g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY)) {
        *why = g_strdup(error->message);
        return false;
    }
    text = lifted ? lifted : xml;
    if (cmdqvTranslateIsNeeded(conn, text) && !cmdqvTranslateLower(conn, text, translated, why))
        return false;
    if (!*translated)
        *translated = g_steal_pointer(&lifted);
    return true;
}


/**
 * cmdqvTranslateRaise:
 * @conn: the connection of the call that is refused
 * @function: the public function that is refused, as errors name it
 * @why: from cmdqvTranslateIn()
 *
 * Raises the error, and logs it.
 */
void
cmdqvTranslateRaise(virConnectPtr conn, const char *function, const char *why)
{
    g_autoptr(cmdqvVerdict) verdict = g_new0(cmdqvVerdict, 1);
    g_autofree char *client = cmdqvClientDescribe();

    verdict->message = g_strdup(why);
    cmdqvRaiseError(VIR_ERR_CONFIG_UNSUPPORTED, function, why);
    cmdqvRaiseLog(function, client, verdict);
    cmdqvRaiseDispatch(conn);
}


/**
 * cmdqvTranslateOut:
 * @xml: (transfer full) (nullable): what libvirt says of a domain, in memory of
 *   malloc()
 *
 * Returns: (transfer full) (nullable): the same as its client wrote it, in
 * memory of malloc() too; NULL, with the error raised, where there is no memory
 * for it: what libvirt keeps of a lowered domain is not for a client
 */
char *
cmdqvTranslateOut(char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *lifted = xml ? cmdqvLiftXML(xml, &error) : NULL;
    char *copy = lifted ? strdup(lifted) : NULL;

    if (!copy && (lifted || g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY)))
        cmdqvRaiseError(VIR_ERR_NO_MEMORY, __func__, error ? error->message : "there is not enough memory to copy the XML");
    else if (!copy)
        return xml;
    free(xml);
    return copy;
}
