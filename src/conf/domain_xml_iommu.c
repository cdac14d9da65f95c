/*
 * conf/domain_xml_iommu.c: the SMMUs of domain XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/domain_xml_priv.h"

#include <string.h>

#include "conf/xml_read.h"
#include "util/text.h"


/* libvirt takes a negative number, and takes it for none (seen with 12.8). */
static void
cmdqvDomainXMLReadPciBus(cmdqvSmmu *smmu, const xmlNode *driver)
{
    const char *text = cmdqvXMLAttr(driver, "pciBus");
    int bus;

    if (!text)
        return;
    if (!cmdqvStringToInt(text, &bus))
        smmu->badBus = cmdqvStringShorten(text);
    else if (bus >= 0)
        smmu->busIndex = bus;
}


/* What is wrong with the value is said by a rule, beside what else is wrong. */
static cmdqvSwitch
cmdqvDomainXMLReadSwitch(const xmlNode *driver, const char *name, cmdqvSwitch bad, GPtrArray *words)
{
    cmdqvSwitch value = CMDQV_SWITCH_ABSENT;
    g_autofree char *quoted = NULL;

    if (cmdqvXMLAttrYesNo(driver, name, "on", "off", &value, NULL))
        return value;
    quoted = cmdqvStringShorten(cmdqvXMLAttr(driver, name));
    g_ptr_array_add(words, g_strdup_printf("%s='%s' is neither 'on' nor 'off'; write one of them", name, quoted));
    return bad;
}


/* As libvirt passes it on: it reads a number, and writes it without blanks, sign and zeros before it, or drops it if negative. */
static char *
cmdqvDomainXMLReadNumber(const xmlNode *driver, const char *name, GPtrArray *words)
{
    const char *text = cmdqvXMLAttr(driver, name);
    g_autofree char *quoted = NULL;
    int value;

    if (!text || !cmdqvStringToInt(text, &value))
        return g_strdup(text);
    if (value >= 0)
        return g_strdup_printf("%d", value);
    quoted = cmdqvStringShorten(text);
    g_ptr_array_add(words, g_strdup_printf("%s='%s' is negative, and libvirt drops it without a word; write a number of "
                                           "bits that QEMU knows", name, quoted));
    return NULL;
}


/* Whether it is a spelling of something that libvirt has or QEMU had, and not of what a later libvirt may have. */
static bool
cmdqvDomainXMLIsForeign(const char *name, bool isDriver)
{
    static const char *const known[] = { "pciBus", "accel", "cmdqv", "ats", "ril", "ssidsize", "oas" };
    static const char *const downstream[] = { "tegra241-cmdqv", "identifier", "pasid", "parentIdx" };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(known); i++) {
        if (strcmp(name, known[i]) == 0)
            return !isDriver;
    }
    for (i = 0; i < G_N_ELEMENTS(known); i++) {
        if (g_ascii_strcasecmp(name, known[i]) == 0)
            return true;
    }
    for (i = 0; i < G_N_ELEMENTS(downstream); i++) {
        if (g_ascii_strcasecmp(name, downstream[i]) == 0)
            return true;
    }
    return false;
}


static void
cmdqvDomainXMLAddForeign(GPtrArray *names, const xmlNode *node, bool isDriver)
{
    const xmlAttr *attr;

    for (attr = node->properties; attr; attr = attr->next) {
        if (cmdqvDomainXMLIsForeign((const char *)attr->name, isDriver))
            g_ptr_array_add(names, g_strdup_printf("'%s' of <%s>", (const char *)attr->name, (const char *)node->name));
    }
}


/* NULL for an empty one, which is freed. */
static char **
cmdqvDomainXMLFreeToNames(GPtrArray *names)
{
    if (names->len == 0) {
        g_ptr_array_unref(names);
        return NULL;
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}


static char **
cmdqvDomainXMLForeignAttributes(const xmlNode *iommu, const xmlNode *driver)
{
    GPtrArray *names = g_ptr_array_new();

    cmdqvDomainXMLAddForeign(names, iommu, false);
    if (driver)
        cmdqvDomainXMLAddForeign(names, driver, true);
    return cmdqvDomainXMLFreeToNames(names);
}


/* Whether libvirt 12.8 reads it: virDomainIOMMUDefParseXML(), src/conf/domain_conf.c; some it refuses for an SMMU. */
static bool
cmdqvDomainXMLIsRead(const xmlAttr *attr, bool isDriver)
{
    static const char *const read[] = { "pciBus", "accel", "cmdqv", "ats", "ril", "ssidsize", "oas", "intremap", "caching_mode",
        "eim", "iotlb", "aw_bits", "dma_translation", "xtsup", "passthrough", NULL };
    const char *name = (const char *)attr->name;

    return isDriver ? g_strv_contains(read, name) : strcmp(name, "model") == 0;
}


static void
cmdqvDomainXMLAddUnread(GPtrArray *names, const xmlNode *node, bool isDriver, bool isSecond)
{
    const xmlAttr *attr;

    for (attr = node->properties; attr; attr = attr->next) {
        if (attr->ns || (!isSecond && (cmdqvDomainXMLIsRead(attr, isDriver) ||
                                       cmdqvDomainXMLIsForeign((const char *)attr->name, isDriver))))
            continue;
        g_ptr_array_add(names, g_strdup_printf("'%s' of %s<%s>", (const char *)attr->name, isSecond ? "a second " : "",
                                               (const char *)node->name));
    }
}


static char **
cmdqvDomainXMLUnreadAttributes(const xmlNode *iommu, const xmlNode *driver)
{
    GPtrArray *names = g_ptr_array_new();
    const xmlNode *node;

    cmdqvDomainXMLAddUnread(names, iommu, false, false);
    for (node = driver; node; node = node->next) {
        if (cmdqvXMLIs(node, "driver"))
            cmdqvDomainXMLAddUnread(names, node, true, node != driver);
    }
    return cmdqvDomainXMLFreeToNames(names);
}


/**
 * cmdqvDomainXMLReadIommu:
 * @topology: a domain; gets one more vSMMU
 * @node: an <iommu>
 *
 * Values that mean nothing are kept with the vSMMU.
 */
void
cmdqvDomainXMLReadIommu(cmdqvTopology *topology, const xmlNode *node)
{
    const xmlNode *driver = cmdqvXMLChild(node, "driver");
    g_autoptr(GPtrArray) bad = g_ptr_array_new();
    cmdqvSmmu *smmu;

    if (g_strcmp0(cmdqvXMLAttr(node, "model"), "smmuv3") != 0)
        return;

    smmu = cmdqvTopologyAddSmmu(topology);
    smmu->virtioBefore = topology->virtioIommu;
    smmu->foreign = cmdqvDomainXMLForeignAttributes(node, driver);
    smmu->unread = cmdqvDomainXMLUnreadAttributes(node, driver);
    smmu->order = 0;        /* wherever it stands in the XML, libvirt emits it before every device */
    smmu->line = cmdqvXMLLine(node);
    smmu->id = cmdqvDomainXMLAlias(node);
    if (!driver)
        return;

    cmdqvDomainXMLReadPciBus(smmu, driver);
    /* what is bad is not taken for what another rule would have a word about */
    smmu->accel = cmdqvDomainXMLReadSwitch(driver, "accel", CMDQV_SWITCH_ON, bad);
    smmu->cmdqv = cmdqvDomainXMLReadSwitch(driver, "cmdqv", CMDQV_SWITCH_ABSENT, bad);
    smmu->ats = g_strdup(cmdqvXMLAttr(driver, "ats"));
    smmu->ril = g_strdup(cmdqvXMLAttr(driver, "ril"));
    smmu->ssidsize = cmdqvDomainXMLReadNumber(driver, "ssidsize", bad);
    smmu->oas = cmdqvDomainXMLReadNumber(driver, "oas", bad);
    if (bad->len > 0) {
        g_ptr_array_add(bad, NULL);
        smmu->bad = (char **)g_ptr_array_free(g_steal_pointer(&bad), FALSE);
    }
}
