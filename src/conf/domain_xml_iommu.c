/*
 * domain_xml_iommu.c: read the SMMUs of domain XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/domain_xml_priv.h"

#include <string.h>

#include "conf/xml_read.h"
#include "util/text.h"


/* libvirt accepts a negative number, which counts as none (seen with 12.8). */
static void
cmdqvDomainXMLReadPciBus(cmdqvTopology *topology, cmdqvSmmu *smmu, const xmlNode *driver)
{
    const char *text = cmdqvXMLReadAttr(driver, "pciBus");
    int bus;

    if (!text)
        return;
    if (!cmdqvTextToInt(text, &bus))
        smmu->badBus = cmdqvTopologyTake(topology, cmdqvTextShorten(text));
    else if (bus >= 0)
        smmu->busIndex = bus;
}


/* A rule reports an invalid value, together with all other faults. */
static cmdqvSwitch
cmdqvDomainXMLReadSwitch(cmdqvTopology *topology, const xmlNode *driver, const char *name, cmdqvSwitch bad)
{
    cmdqvSwitch value = CMDQV_SWITCH_ABSENT;
    g_autofree char *quoted = NULL;

    if (cmdqvXMLReadAttrYesNo(driver, name, "on", "off", &value, NULL))
        return value;
    quoted = cmdqvTextShorten(cmdqvXMLReadAttr(driver, name));
    cmdqvTopologyAddSmmuWords(topology, CMDQV_SMMU_WORDS_BAD,
                              cmdqvTopologyFormat(topology, "%s='%s' is neither 'on' nor 'off'; write one of them", name, quoted));
    return bad;
}


/* The number as libvirt gives it to QEMU: without blanks, sign and leading zeros, or dropped if negative. */
static const char *
cmdqvDomainXMLReadNumber(cmdqvTopology *topology, const xmlNode *driver, const char *name)
{
    const char *text = cmdqvXMLReadAttr(driver, name);
    g_autofree char *quoted = NULL;
    int value;

    if (!text || !cmdqvTextToInt(text, &value))
        return cmdqvTopologyKeep(topology, text);
    if (value >= 0)
        return cmdqvTopologyFormat(topology, "%d", value);
    quoted = cmdqvTextShorten(text);
    cmdqvTopologyAddSmmuWords(topology, CMDQV_SMMU_WORDS_BAD,
                              cmdqvTopologyFormat(topology, "%s='%s' is negative, and libvirt silently drops it; write a number of bits "
                                                  "that QEMU knows", name, quoted));
    return NULL;
}


/* Whether the texts differ in one letter, which is another, one more, one less, or swapped with the next; or in none. */
static bool
cmdqvDomainXMLIsSlip(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    if (!*a || !*b)
        return strlen(a) + strlen(b) <= 1;
    return strcmp(a + 1, b) == 0 || strcmp(a, b + 1) == 0 || strcmp(a + 1, b + 1) == 0 ||
        (a[0] == b[1] && a[1] == b[0] && strcmp(a + 2, b + 2) == 0);
}


/* The letters of a name, small. */
static char *
cmdqvDomainXMLLetters(const char *name)
{
    GString *letters = g_string_new(NULL);

    for (; *name; name++) {
        if (g_ascii_isalpha(*name))
            (void)g_string_append_c(letters, g_ascii_tolower(*name));
    }
    return g_string_free(letters, FALSE);
}


/*
 * Whether it is one of the vital attributes, or a misspelling of one, or another
 * project's name for one: tegra241-cmdqv, vcmdq, primary-bus.
 */
static bool
cmdqvDomainXMLMeansVital(const char *name)
{
    g_autofree char *letters = cmdqvDomainXMLLetters(name);
    guint i;

    if (strstr(letters, "cmdq") || strstr(letters, "accel") || strcmp(letters, "primarybus") == 0)
        return true;
    for (i = 0; i < CMDQV_SMMU_ATTRIBUTE_LAST; i++) {
        g_autofree char *known = cmdqvDomainXMLLetters(cmdqvSmmuAttributeRows[i].name);

        if (cmdqvSmmuAttributeRows[i].isVital && cmdqvDomainXMLIsSlip(letters, known))
            return true;
    }
    return false;
}


/* Whether libvirt 12.8 reads it (virDomainIOMMUDefParseXML(), src/conf/domain_conf.c); it refuses some of them for an SMMU. */
static bool
cmdqvDomainXMLIsRead(const xmlAttr *attr, bool isFirstDriver)
{
    static const char *const ofOthers[] = { "intremap", "caching_mode", "eim", "iotlb", "aw_bits", "dma_translation", "xtsup", "passthrough",
        NULL };
    const char *name = (const char *)attr->name;
    guint i;

    if (!isFirstDriver)
        return strcmp((const char *)attr->parent->name, "iommu") == 0 && strcmp(name, "model") == 0;
    for (i = 0; i < CMDQV_SMMU_ATTRIBUTE_LAST; i++) {
        if (strcmp(name, cmdqvSmmuAttributeRows[i].name) == 0)
            return true;
    }
    return g_strv_contains(ofOthers, name);
}


/* libvirt reads these elements in an <iommu>, and none in its <driver>. */
static bool
cmdqvDomainXMLIsReadElement(const xmlNode *node)
{
    static const char *const ofIommu[] = { "driver", "alias", "address", NULL };

    return node->type != XML_ELEMENT_NODE || node->ns ||
        (strcmp((const char *)node->parent->name, "iommu") == 0 && g_strv_contains(ofIommu, (const char *)node->name));
}


/* Those whose loss makes another SMMU are foreign. */
static cmdqvSmmuWordsKind
cmdqvDomainXMLWordsKind(const xmlChar *name)
{
    return cmdqvDomainXMLMeansVital((const char *)name) ? CMDQV_SMMU_WORDS_FOREIGN : CMDQV_SMMU_WORDS_UNREAD;
}


/* Adds each attribute and element that libvirt drops. */
static void
cmdqvDomainXMLAddDropped(cmdqvTopology *topology, const xmlNode *node, const xmlNode *firstDriver)
{
    const char *second = node != firstDriver && cmdqvXMLReadIs(node, "driver") ? "a second " : "";
    const xmlAttr *attr;
    const xmlNode *child;

    for (attr = node->properties; attr; attr = attr->next) {
        if (!attr->ns && !cmdqvDomainXMLIsRead(attr, node == firstDriver))
            cmdqvTopologyAddSmmuWords(topology, cmdqvDomainXMLWordsKind(attr->name),
                                      cmdqvTopologyFormat(topology, "the attribute '%s' of %s<%s>", (const char *)attr->name, second,
                                                          (const char *)node->name));
    }
    for (child = node->children; child; child = child->next) {
        if (!cmdqvDomainXMLIsReadElement(child))
            cmdqvTopologyAddSmmuWords(topology, cmdqvDomainXMLWordsKind(child->name),
                                      cmdqvTopologyFormat(topology, "the element <%s> in %s<%s>", (const char *)child->name, second,
                                                          (const char *)node->name));
    }
}


static void
cmdqvDomainXMLReadDropped(cmdqvTopology *topology, const xmlNode *iommu, const xmlNode *driver)
{
    const xmlNode *node;

    cmdqvDomainXMLAddDropped(topology, iommu, driver);
    for (node = driver; node; node = node->next) {
        if (cmdqvXMLReadIs(node, "driver"))
            cmdqvDomainXMLAddDropped(topology, node, driver);
    }
}


/**
 * cmdqvDomainXMLReadIommu:
 * @topology: a domain; gets one more vSMMU
 * @node: an <iommu>
 *
 * Keeps invalid values with the vSMMU.
 */
void
cmdqvDomainXMLReadIommu(cmdqvTopology *topology, const xmlNode *node)
{
    const xmlNode *driver = cmdqvXMLReadChild(node, "driver");
    cmdqvSmmu *smmu;
    guint i;

    if (g_strcmp0(cmdqvXMLReadAttr(node, "model"), "smmuv3") != 0)
        return;

    smmu = cmdqvTopologyAddSmmu(topology);
    smmu->virtioBefore = topology->virtioIommu;
    cmdqvDomainXMLReadDropped(topology, node, driver);
    smmu->order = 0;        /* libvirt writes it before every device, whatever its position in the XML */
    smmu->line = cmdqvXMLReadLine(node);
    smmu->id = cmdqvTopologyKeep(topology, cmdqvDomainXMLAlias(node));
    if (!driver)
        return;

    cmdqvDomainXMLReadPciBus(topology, smmu, driver);
    /* an invalid value must not break another rule too */
    smmu->accel = cmdqvDomainXMLReadSwitch(topology, driver, "accel", CMDQV_SWITCH_ON);
    smmu->cmdqv = cmdqvDomainXMLReadSwitch(topology, driver, "cmdqv", CMDQV_SWITCH_ABSENT);
    for (i = 0; i < CMDQV_SMMU_ATTRIBUTE_LAST; i++) {
        const cmdqvSmmuAttributeRow *row = &cmdqvSmmuAttributeRows[i];

        if (row->isDerived)
            smmu->given[i] = row->isNumber ? cmdqvDomainXMLReadNumber(topology, driver, row->name)
                : cmdqvTopologyKeep(topology, cmdqvXMLReadAttr(driver, row->name));
    }
}
