/*
 * lowering/strict_values.c: what a libvirt that reads CMDQV refuses to read
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An older libvirt looks at none of these attributes, so a value that means
 * nothing would go with the others that it drops.  What is refused, in which
 * order and in which words was seen with 12.8 (virXMLPropTristateSwitch() and
 * its like, src/util/virxml.c; virDomainIOMMUDefValidate(),
 * src/conf/domain_validate.c).
 */

#include "lowering/strict_values.h"

#include <string.h>

#include "conf/xml_read.h"
#include "util/text.h"


/* In libvirt's words; NULL where the value is absent or one of the two. */
static char *
cmdqvStrictWord(const xmlNode *node, const char *name, const char *yes, const char *no)
{
    const char *text = cmdqvXMLAttr(node, name);
    g_autofree char *quoted = NULL;

    if (!text || strcmp(text, yes) == 0 || strcmp(text, no) == 0)
        return NULL;
    quoted = cmdqvStringShorten(text);
    return g_strdup_printf("Invalid value for attribute '%s' in element '%s': '%s'.", name, (const char *)node->name, quoted);
}


/* The same for a number. */
static char *
cmdqvStrictNumber(const xmlNode *node, const char *name)
{
    const char *text = cmdqvXMLAttr(node, name);
    g_autofree char *quoted = NULL;
    int value;

    if (!text || cmdqvStringToInt(text, &value))
        return NULL;
    quoted = cmdqvStringShorten(text);
    return g_strdup_printf("Invalid value for attribute '%s' in element '%s': '%s'. Expected integer value", name,
                           (const char *)node->name, quoted);
}


static char *
cmdqvStrictIommufd(const xmlNode *domain)
{
    const xmlNode *iommufd = cmdqvXMLChild(domain, "iommufd");

    if (iommufd && !cmdqvXMLAttr(iommufd, "enabled"))
        return g_strdup("Missing required attribute 'enabled' in element 'iommufd'");
    return iommufd ? cmdqvStrictWord(iommufd, "enabled", "yes", "no") : NULL;
}


static bool
cmdqvStrictIsOf(const xmlNode *node, const char *name, const char *attribute, const char *value)
{
    return cmdqvXMLIs(node, name) && g_strcmp0(cmdqvXMLAttr(node, attribute), value) == 0;
}


static char *
cmdqvStrictInterface(const xmlNode *node)
{
    const xmlNode *driver = cmdqvStrictIsOf(node, "interface", "type", "hostdev") ? cmdqvXMLChild(node, "driver") : NULL;

    return driver ? cmdqvStrictWord(driver, "iommufd", "yes", "no") : NULL;
}


static char *
cmdqvStrictHostdev(const xmlNode *node)
{
    const char *mode = cmdqvXMLAttr(node, "mode");
    const xmlNode *driver = cmdqvStrictIsOf(node, "hostdev", "type", "pci") && (!mode || strcmp(mode, "subsystem") == 0)
        ? cmdqvXMLChild(node, "driver") : NULL;

    return driver ? cmdqvStrictWord(driver, "iommufd", "yes", "no") : NULL;
}


static char *
cmdqvStrictSmmu(const xmlNode *node)
{
    static const struct {
        const char *name;
        bool isNumber;
    } attributes[] = {
        { "pciBus", true }, { "accel", false }, { "cmdqv", false }, { "ats", false }, { "ril", false },
        { "ssidsize", true }, { "oas", true }
    };
    const xmlNode *driver = cmdqvStrictIsOf(node, "iommu", "model", "smmuv3") ? cmdqvXMLChild(node, "driver") : NULL;
    char *refusal = NULL;
    guint i;

    for (i = 0; driver && i < G_N_ELEMENTS(attributes) && !refusal; i++)
        refusal = attributes[i].isNumber ? cmdqvStrictNumber(driver, attributes[i].name)
            : cmdqvStrictWord(driver, attributes[i].name, "on", "off");
    return refusal;
}


/* What is found once all of it has been read; a negative number is none. */
static char *
cmdqvStrictAccel(const xmlNode *node)
{
    static const char *const words[] = { "cmdqv", "ats", "ril" };
    static const char *const numbers[] = { "ssidsize", "oas" };
    const xmlNode *driver = cmdqvStrictIsOf(node, "iommu", "model", "smmuv3") ? cmdqvXMLChild(node, "driver") : NULL;
    bool given = false;
    int value;
    guint i;

    if (!driver || g_strcmp0(cmdqvXMLAttr(driver, "accel"), "on") == 0)
        return NULL;
    for (i = 0; i < G_N_ELEMENTS(words); i++)
        given = given || cmdqvXMLAttr(driver, words[i]);
    for (i = 0; i < G_N_ELEMENTS(numbers); i++) {
        const char *text = cmdqvXMLAttr(driver, numbers[i]);

        given = given || (text && cmdqvStringToInt(text, &value) && value >= 0);
    }
    return given ? g_strdup("accel must be enabled for iommu model 'smmuv3' when setting ats, ril, ssidsize, oas, or cmdqv") : NULL;
}


/* The first of what @look finds in the devices. */
static char *
cmdqvStrictDevices(const xmlNode *domain, char *(*look)(const xmlNode *node))
{
    const xmlNode *devices;
    const xmlNode *node;
    char *refusal = NULL;

    for (devices = domain->children; devices; devices = devices->next) {
        for (node = cmdqvXMLIs(devices, "devices") ? devices->children : NULL; node && !refusal; node = node->next)
            refusal = look(node);
    }
    return refusal;
}


static char *
cmdqvStrictRead(const xmlNode *domain)
{
    char *refusal = cmdqvStrictIommufd(domain);

    if (!refusal)
        refusal = cmdqvStrictDevices(domain, cmdqvStrictInterface);
    if (!refusal)
        refusal = cmdqvStrictDevices(domain, cmdqvStrictHostdev);
    return refusal ? refusal : cmdqvStrictDevices(domain, cmdqvStrictSmmu);
}


/**
 * cmdqvStrictRefusal:
 * @doc: a domain, or a snapshot or checkpoint with domains in it
 * @isReaders: (out): whether libvirt says so while it reads, or once it has read
 *
 * Returns: (transfer full) (nullable): what libvirt says against the attributes
 * that came with CMDQV, behind its "XML error: "; NULL for nothing
 */
char *
cmdqvStrictRefusal(const xmlDoc *doc, bool *isReaders)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    char *refusal = NULL;
    const xmlNode *node;

    *isReaders = true;
    if (!cmdqvXMLIs(root, "domain")) {
        for (node = root->children; node && !refusal; node = node->next)
            refusal = cmdqvXMLIs(node, "domain") || cmdqvXMLIs(node, "inactiveDomain") ? cmdqvStrictRead(node) : NULL;
        return refusal;
    }
    refusal = cmdqvStrictRead(root);
    if (refusal)
        return refusal;
    *isReaders = false;
    return cmdqvStrictDevices(root, cmdqvStrictAccel);
}
