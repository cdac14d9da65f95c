/*
 * strict_values.c: find values that a libvirt with CMDQV refuses
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A libvirt without CMDQV drops these attributes, with valid values or not. The
 * refusals, their order and their messages are those of 12.8
 * (virXMLPropTristateSwitch() and similar functions, src/util/virxml.c;
 * virDomainIOMMUDefValidate(), src/conf/domain_validate.c).
 */

#include "lowering/strict_values.h"

#include <string.h>

#include "conf/smmu_attribute.h"
#include "conf/xml_read.h"
#include "util/text.h"


/* libvirt's message; NULL if the value is absent or one of the two. */
static char *
cmdqvStrictValuesWord(const xmlNode *node, const char *name, const char *yes, const char *no)
{
    const char *text = cmdqvXMLReadAttr(node, name);
    g_autofree char *quoted = NULL;

    if (!text || strcmp(text, yes) == 0 || strcmp(text, no) == 0)
        return NULL;
    quoted = cmdqvTextShorten(text);
    return g_strdup_printf("Invalid value for attribute '%s' in element '%s': '%s'.", name, (const char *)node->name, quoted);
}


/* The same for a number. */
static char *
cmdqvStrictValuesNumber(const xmlNode *node, const char *name)
{
    const char *text = cmdqvXMLReadAttr(node, name);
    g_autofree char *quoted = NULL;
    int value;

    if (!text || cmdqvTextToInt(text, &value))
        return NULL;
    quoted = cmdqvTextShorten(text);
    return g_strdup_printf("Invalid value for attribute '%s' in element '%s': '%s'. Expected integer value", name,
                           (const char *)node->name, quoted);
}


static char *
cmdqvStrictValuesIommufd(const xmlNode *domain)
{
    const xmlNode *iommufd = cmdqvXMLReadChild(domain, "iommufd");

    if (iommufd && !cmdqvXMLReadAttr(iommufd, "enabled"))
        return g_strdup("Missing required attribute 'enabled' in element 'iommufd'");
    return iommufd ? cmdqvStrictValuesWord(iommufd, "enabled", "yes", "no") : NULL;
}


static char *
cmdqvStrictValuesInterface(const xmlNode *node)
{
    const xmlNode *driver = cmdqvXMLReadIsOf(node, "interface", "type", "hostdev") ? cmdqvXMLReadChild(node, "driver") : NULL;

    return driver ? cmdqvStrictValuesWord(driver, "iommufd", "yes", "no") : NULL;
}


static char *
cmdqvStrictValuesHostdev(const xmlNode *node)
{
    const char *mode = cmdqvXMLReadAttr(node, "mode");
    const xmlNode *driver = cmdqvXMLReadIsOf(node, "hostdev", "type", "pci") && (!mode || strcmp(mode, "subsystem") == 0)
        ? cmdqvXMLReadChild(node, "driver") : NULL;

    return driver ? cmdqvStrictValuesWord(driver, "iommufd", "yes", "no") : NULL;
}


static char *
cmdqvStrictValuesSmmu(const xmlNode *node)
{
    const xmlNode *driver = cmdqvXMLReadIsOf(node, "iommu", "model", "smmuv3") ? cmdqvXMLReadChild(node, "driver") : NULL;
    char *refusal = NULL;
    guint i;

    for (i = 0; driver && i < CMDQV_SMMU_ATTRIBUTE_LAST && !refusal; i++)
        refusal = cmdqvSmmuAttributeRows[i].isNumber ? cmdqvStrictValuesNumber(driver, cmdqvSmmuAttributeRows[i].name)
            : cmdqvStrictValuesWord(driver, cmdqvSmmuAttributeRows[i].name, "on", "off");
    return refusal;
}


/* A fault that libvirt finds after it has read the element; a negative number counts as none. */
static char *
cmdqvStrictValuesAccel(const xmlNode *node)
{
    const xmlNode *driver = cmdqvXMLReadIsOf(node, "iommu", "model", "smmuv3") ? cmdqvXMLReadChild(node, "driver") : NULL;
    bool given = false;
    int value;
    guint i;

    if (!driver || g_strcmp0(cmdqvXMLReadAttr(driver, "accel"), "on") == 0)
        return NULL;
    for (i = CMDQV_SMMU_ATTRIBUTE_CMDQV; i < CMDQV_SMMU_ATTRIBUTE_LAST; i++) {
        const char *text = cmdqvXMLReadAttr(driver, cmdqvSmmuAttributeRows[i].name);

        given = given || (text && (!cmdqvSmmuAttributeRows[i].isNumber || (cmdqvTextToInt(text, &value) && value >= 0)));
    }
    return given ? g_strdup("accel must be enabled for iommu model 'smmuv3' when setting ats, ril, ssidsize, oas, or cmdqv") : NULL;
}


/* The first fault that @look finds in the devices. */
static char *
cmdqvStrictValuesDevices(const xmlNode *domain, char *(*look)(const xmlNode *node))
{
    const xmlNode *node = NULL;
    char *refusal = NULL;

    while (!refusal && (node = cmdqvXMLReadNextDevice(domain, node)))
        refusal = look(node);
    return refusal;
}


static char *
cmdqvStrictValuesRead(const xmlNode *domain)
{
    char *refusal = cmdqvStrictValuesIommufd(domain);

    if (!refusal)
        refusal = cmdqvStrictValuesDevices(domain, cmdqvStrictValuesInterface);
    if (!refusal)
        refusal = cmdqvStrictValuesDevices(domain, cmdqvStrictValuesHostdev);
    return refusal ? refusal : cmdqvStrictValuesDevices(domain, cmdqvStrictValuesSmmu);
}


/**
 * cmdqvStrictValuesRefusal:
 * @doc: a domain, or a snapshot or checkpoint with domains in it
 * @isReaders: (out): true if libvirt's reader refuses it, false if its
 *   validation does
 *
 * Returns: (transfer full) (nullable): libvirt's message about the attributes
 * of CMDQV, without its "XML error: "; NULL if they are valid
 */
char *
cmdqvStrictValuesRefusal(const xmlDoc *doc, bool *isReaders)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    char *refusal = NULL;
    const xmlNode *node;

    *isReaders = true;
    if (!cmdqvXMLReadIs(root, "domain")) {
        for (node = root->children; node && !refusal; node = node->next)
            refusal = cmdqvXMLReadIs(node, "domain") || cmdqvXMLReadIs(node, "inactiveDomain") ? cmdqvStrictValuesRead(node) : NULL;
        return refusal;
    }
    refusal = cmdqvStrictValuesRead(root);
    if (refusal)
        return refusal;
    *isReaders = false;
    return cmdqvStrictValuesDevices(root, cmdqvStrictValuesAccel);
}
