/*
 * lowering/lift.c: a lowered domain as its client wrote it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two kinds of text come here.  One that no libvirt has formatted since it was
 * lowered still has comments in the places of what was taken out; there every
 * element goes back as it was, and lowering/lower.c is exactly undone.  libvirt
 * forgets comments, and completes what it keeps: there its own text stays, and
 * only what lowering changed is changed back.
 *
 * The record may have been forged, or the domain changed behind our back.
 * Whatever comes of it is no more than XML, to be judged like any other.
 */

#include "lowering/lift.h"

#include <string.h>

#include "conf/xml_edit.h"
#include "lowering/record.h"
#include "util/text.h"

typedef struct {
    xmlNode *domain;
    xmlNode *record;
    bool verbatim;          /* no libvirt has formatted it */
    bool live;              /* libvirt shows its own aliases too */
    GHashTable *ids;        /* of what our arguments make */
    GHashTable *rows;       /* alias of a device to its row of the record */
} cmdqvLifting;


/* The comment in the place of the Nth SMMU, or of <iommufd>. */
static xmlNode *
cmdqvLiftFindMark(const xmlNode *parent, const char *mark)
{
    xmlNode *node;

    for (node = parent->children; node; node = node->next) {
        if (node->type == XML_COMMENT_NODE && g_strcmp0((const char *)node->content, mark) == 0)
            return node;
    }
    return NULL;
}


static xmlNode *
cmdqvLiftFindMarkInDevices(const xmlNode *domain, const char *mark)
{
    const xmlNode *devices;
    xmlNode *found = NULL;

    for (devices = domain->children; devices && !found; devices = devices->next)
        found = cmdqvXMLIs(devices, "devices") ? cmdqvLiftFindMark(devices, mark) : NULL;
    return found;
}


static void
cmdqvLiftSetAlias(xmlNode *node, const char *name)
{
    xmlNode *alias = cmdqvXMLChild(node, "alias");

    if (name)
        cmdqvXMLEditSet(alias ? alias : cmdqvXMLEditAdd(node, "alias"), "name", name);
    else if (alias)
        cmdqvXMLEditRemoveLine(alias);
}


/* Of what libvirt formatted, only the alias and the number that must be unique go back. */
static void
cmdqvLiftController(const cmdqvLifting *lifting, xmlNode *node, const xmlNode *row)
{
    const xmlNode *original = cmdqvXMLChild(row, "controller");
    const char *name = cmdqvLoweredNumberName(cmdqvXMLAttr(node, "model"));
    const char *number = cmdqvXMLAttr(row, "number");
    const char *id = cmdqvXMLAttr(row, "id");
    xmlNode *target = cmdqvXMLChild(node, "target");

    if (lifting->verbatim && original) {
        cmdqvXMLEditReplace(node, original);
        return;
    }
    if (name && number && target)
        cmdqvXMLEditSet(target, name, number);
    cmdqvLiftSetAlias(node, lifting->live || cmdqvAliasIsUsers(id) ? id : NULL);
}


/* Where libvirt has formatted it, it would have given a number by now, and this one is right. */
static void
cmdqvLiftExpander(const cmdqvLifting *lifting, const xmlNode *row)
{
    const xmlNode *original = cmdqvXMLChild(row, "controller");
    const char *idx = original ? cmdqvXMLAttr(original, "index") : NULL;
    const xmlNode *devices;
    xmlNode *node;
    xmlNode *next;

    for (devices = lifting->domain->children; devices && lifting->verbatim && idx; devices = devices->next) {
        for (node = cmdqvXMLIs(devices, "devices") ? cmdqvXMLNextElement(devices, NULL) : NULL; node; node = next) {
            next = cmdqvXMLNextElement(devices, node);
            if (cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "index"), idx) == 0 &&
                g_strcmp0(cmdqvXMLAttr(node, "type"), "pci") == 0)
                cmdqvXMLEditReplace(node, original);
        }
    }
}


static xmlNode *
cmdqvLiftFindShadow(const xmlNode *domain, const char *alias)
{
    const xmlNode *devices;
    xmlNode *node;

    for (devices = domain->children; devices; devices = devices->next) {
        for (node = cmdqvXMLIs(devices, "devices") ? devices->children : NULL; node; node = node->next) {
            const xmlNode *child = cmdqvXMLIs(node, "controller") ? cmdqvXMLChild(node, "alias") : NULL;

            if (child && g_strcmp0(cmdqvXMLAttr(child, "name"), alias) == 0)
                return node;
        }
    }
    return NULL;
}


/*
 * Before what libvirt formats behind it (virDomainDefFormatInternalSetRootName(),
 * src/conf/domain_conf.c); before a virtio IOMMU, since there is no sound domain
 * with an SMMU behind one.
 */
static void
cmdqvLiftInsertSmmu(const cmdqvLifting *lifting, const xmlNode *original, const char *id)
{
    xmlNode *devices = cmdqvXMLChild(lifting->domain, "devices");
    xmlNode *before = devices ? cmdqvXMLNextElement(devices, NULL) : NULL;
    xmlNode *node;

    if (!devices)
        return;
    while (before && !cmdqvXMLIs(before, "vsock") &&
           !(cmdqvXMLIs(before, "iommu") && g_strcmp0(cmdqvXMLAttr(before, "model"), "virtio") == 0))
        before = cmdqvXMLNextElement(devices, before);
    node = cmdqvXMLEditCopy(lifting->domain->doc, original);
    if (node)
        cmdqvLiftSetAlias(node, lifting->live || cmdqvAliasIsUsers(id) ? id : NULL);
    cmdqvXMLEditInsertLine(devices, before, node);
}


static void
cmdqvLiftSmmu(const cmdqvLifting *lifting, const xmlNode *row, guint number)
{
    const xmlNode *original = cmdqvXMLChild(row, "iommu");
    g_autofree char *mark = g_strdup_printf(CMDQV_LOWERED_SMMU_MARK "%u", number);
    xmlNode *place = cmdqvLiftFindMarkInDevices(lifting->domain, mark);

    if (!original)
        return;
    if (place)
        cmdqvXMLEditReplace(place, original);
    else
        cmdqvLiftInsertSmmu(lifting, original, cmdqvXMLAttr(row, "id"));
}


/* What libvirt formats behind <iommufd>, the first of it that there is. */
static xmlNode *
cmdqvLiftPlaceOfMachine(const xmlNode *domain)
{
    static const char *const behind[] = { "sysinfo", "bootloader", "os", "devices" };
    xmlNode *place = NULL;
    guint i;

    for (i = 0; i < G_N_ELEMENTS(behind) && !place; i++)
        place = cmdqvXMLChild(domain, behind[i]);
    return place;
}


static void
cmdqvLiftMachine(const cmdqvLifting *lifting, const xmlNode *row)
{
    const xmlNode *original = cmdqvXMLChild(row, "iommufd");
    xmlNode *place = cmdqvLiftFindMark(lifting->domain, CMDQV_LOWERED_IOMMUFD_MARK);

    if (!original)
        return;
    if (place)
        cmdqvXMLEditReplace(place, original);
    else if (!cmdqvXMLChild(lifting->domain, "iommufd"))
        cmdqvXMLEditInsertLine(lifting->domain, cmdqvLiftPlaceOfMachine(lifting->domain),
                               cmdqvXMLEditCopy(lifting->domain->doc, original));
}


/* libvirt formats <driver> before everything else in a device. */
static void
cmdqvLiftDriver(xmlNode *node, const char *iommufd)
{
    xmlNode *driver = cmdqvXMLChild(node, "driver");
    xmlNode *first = cmdqvXMLNextElement(node, NULL);

    if (!driver) {
        driver = cmdqvXMLEditParse(node->doc, "<driver/>");
        cmdqvXMLEditInsertLine(node, first, driver);
    }
    if (driver)
        cmdqvXMLEditSet(driver, "iommufd", iommufd);
}


static void
cmdqvLiftDevice(const cmdqvLifting *lifting, xmlNode *node)
{
    xmlNode *alias = cmdqvXMLChild(node, "alias");
    const char *name = alias ? cmdqvXMLAttr(alias, "name") : NULL;
    const xmlNode *row = name ? g_hash_table_lookup(lifting->rows, name) : NULL;
    const xmlNode *keptAlias = row ? cmdqvXMLChild(row, "alias") : NULL;
    const xmlNode *keptDriver = row ? cmdqvXMLChild(row, "driver") : NULL;
    xmlNode *driver = cmdqvXMLChild(node, "driver");

    if (!row)
        return;
    if (lifting->verbatim && keptDriver && driver)
        cmdqvXMLEditReplace(driver, keptDriver);
    else if (cmdqvXMLAttr(row, "iommufd"))
        cmdqvLiftDriver(node, cmdqvXMLAttr(row, "iommufd"));

    if (!g_str_has_prefix(name, CMDQV_LOWERED_ALIAS_PREFIX))
        return;
    if (lifting->verbatim && keptAlias)
        cmdqvXMLEditReplace(alias, keptAlias);
    else if (lifting->verbatim)
        cmdqvXMLEditRemove(alias);
    else if (!lifting->live)
        cmdqvXMLEditRemoveLine(alias);
}


static void
cmdqvLiftDevices(const cmdqvLifting *lifting)
{
    xmlNode *devices;
    xmlNode *node;
    xmlNode *next;

    for (devices = lifting->domain->children; devices; devices = devices->next) {
        for (node = cmdqvXMLIs(devices, "devices") ? cmdqvXMLNextElement(devices, NULL) : NULL; node; node = next) {
            next = cmdqvXMLNextElement(devices, node);
            cmdqvLiftDevice(lifting, node);
        }
    }
}


/* Takes out @node, and @parent with it where that leaves nothing in it. */
static bool
cmdqvLiftPrune(const cmdqvLifting *lifting, xmlNode *node)
{
    xmlNode *parent = node->parent;

    if (lifting->verbatim)
        cmdqvXMLEditRemove(node);
    else
        cmdqvXMLEditRemoveLine(node);
    return !cmdqvXMLNextElement(parent, NULL);
}


/* "-object" or "-device", and a value in keyval form that makes one of the things in the record. */
static bool
cmdqvLiftIsOurs(const cmdqvLifting *lifting, const char *option, const char *value)
{
    g_auto(GStrv) parts = NULL;
    guint i;

    if (!value || (g_strcmp0(option, "-object") != 0 && g_strcmp0(option, "-device") != 0))
        return false;
    parts = g_strsplit(value, ",", -1);
    for (i = 0; parts[i]; i++) {
        if (g_str_has_prefix(parts[i], "id=") && g_hash_table_contains(lifting->ids, parts[i] + strlen("id=")))
            return true;
    }
    return false;
}


/* The user's own come behind ours, and may look like them. */
static void
cmdqvLiftArguments(const cmdqvLifting *lifting)
{
    const char *arguments = cmdqvXMLAttr(lifting->record, "arguments");
    xmlNode *commandline = cmdqvXMLChildNs(lifting->domain, "commandline", CMDQV_XML_QEMU_NAMESPACE);
    xmlNode *arg = commandline ? cmdqvXMLNextElement(commandline, NULL) : NULL;
    bool empty = false;
    unsigned int left;

    if (!arguments || !cmdqvStringToUint(arguments, 10, G_MAXINT, &left))
        left = G_MAXINT;
    while (arg && left > 0) {
        xmlNode *value = cmdqvXMLNextElement(commandline, arg);
        xmlNode *next = value;

        if (value && cmdqvLiftIsOurs(lifting, cmdqvXMLAttr(arg, "value"), cmdqvXMLAttr(value, "value"))) {
            next = cmdqvXMLNextElement(commandline, value);
            (void)cmdqvLiftPrune(lifting, arg);
            empty = cmdqvLiftPrune(lifting, value);
            left--;
        }
        arg = next;
    }
    if (empty)
        (void)cmdqvLiftPrune(lifting, commandline);
}


/* Returns true where nothing is left in @frontend, and something was taken out. */
static bool
cmdqvLiftProperties(const cmdqvLifting *lifting, xmlNode *frontend, const xmlNode *row)
{
    const char *users = cmdqvXMLAttr(row, CMDQV_LOWERED_OWN);
    g_auto(GStrv) own = g_strsplit(users ? users : "", " ", -1);
    xmlNode *property = cmdqvXMLNextElement(frontend, NULL);
    bool empty = false;

    while (property) {
        xmlNode *next = cmdqvXMLNextElement(frontend, property);
        const char *name = cmdqvXMLAttr(property, "name");

        if (cmdqvLoweredIsProperty(name) && !g_strv_contains((const char *const *)own, name))
            empty = cmdqvLiftPrune(lifting, property);
        property = next;
    }
    return empty;
}


static void
cmdqvLiftOverrides(const cmdqvLifting *lifting)
{
    xmlNode *override = cmdqvXMLChildNs(lifting->domain, "override", CMDQV_XML_QEMU_NAMESPACE);
    xmlNode *device = override ? cmdqvXMLNextElement(override, NULL) : NULL;
    bool empty = false;

    while (device) {
        xmlNode *next = cmdqvXMLNextElement(override, device);
        xmlNode *frontend = cmdqvXMLChildNs(device, "frontend", CMDQV_XML_QEMU_NAMESPACE);
        const char *alias = cmdqvXMLAttr(device, "alias");
        const xmlNode *row = alias ? g_hash_table_lookup(lifting->rows, alias) : NULL;

        if (frontend && row && cmdqvLiftProperties(lifting, frontend, row) && cmdqvLiftPrune(lifting, frontend))
            empty = cmdqvLiftPrune(lifting, device);
        device = next;
    }
    if (empty)
        (void)cmdqvLiftPrune(lifting, override);
}


/* libvirt declares the namespace at the root where anything in the domain is of it. */
static void
cmdqvLiftNamespace(const cmdqvLifting *lifting)
{
    xmlNs **at = &lifting->domain->nsDef;
    const xmlNode *node;

    if (g_strcmp0(cmdqvXMLAttr(lifting->record, "namespace"), "declared") == 0)
        return;
    for (node = lifting->domain->children; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && node->ns &&
            g_strcmp0((const char *)node->ns->href, CMDQV_XML_QEMU_NAMESPACE) == 0)
            return;
    }
    while (*at && g_strcmp0((const char *)(*at)->href, CMDQV_XML_QEMU_NAMESPACE) != 0)
        at = &(*at)->next;
    if (*at) {
        xmlNs *gone = *at;

        *at = gone->next;
        xmlFreeNs(gone);
    }
}


static void
cmdqvLiftRecord(const cmdqvLifting *lifting)
{
    bool made = g_strcmp0(cmdqvXMLAttr(lifting->record, "metadata"), "made") == 0;
    xmlNode *metadata = lifting->record->parent;

    if (cmdqvLiftPrune(lifting, lifting->record) && (made || !lifting->verbatim))
        (void)cmdqvLiftPrune(lifting, metadata);
}


static void
cmdqvLiftRead(cmdqvLifting *lifting)
{
    const char *iommufd = cmdqvXMLAttr(lifting->record, "iommufd");
    xmlNode *row;

    lifting->ids = g_hash_table_new(g_str_hash, g_str_equal);
    lifting->rows = g_hash_table_new(g_str_hash, g_str_equal);
    if (iommufd)
        (void)g_hash_table_add(lifting->ids, (gpointer)iommufd);
    for (row = cmdqvXMLNextElement(lifting->record, NULL); row; row = cmdqvXMLNextElement(lifting->record, row)) {
        const char *id = cmdqvXMLAttr(row, "id");
        const char *alias = cmdqvXMLAttr(row, "alias");

        if (id)
            (void)g_hash_table_add(lifting->ids, (gpointer)id);
        if (alias && cmdqvXMLIsNs(row, CMDQV_LOWERED_DEVICE, CMDQV_LOWERED_NAMESPACE))
            (void)g_hash_table_insert(lifting->rows, (gpointer)alias, row);
    }
}


static void
cmdqvLiftRows(const cmdqvLifting *lifting)
{
    guint smmus = 0;
    xmlNode *row;

    for (row = cmdqvXMLNextElement(lifting->record, NULL); row; row = cmdqvXMLNextElement(lifting->record, row)) {
        if (cmdqvXMLIsNs(row, CMDQV_LOWERED_BUS, CMDQV_LOWERED_NAMESPACE)) {
            unsigned int idx;
            g_autofree char *alias = cmdqvXMLAttr(row, "index") && cmdqvStringToUint(cmdqvXMLAttr(row, "index"), 10, G_MAXINT, &idx)
                ? cmdqvLoweredBusAlias((int)idx) : NULL;
            xmlNode *shadow = alias ? cmdqvLiftFindShadow(lifting->domain, alias) : NULL;

            if (shadow)
                cmdqvLiftController(lifting, shadow, row);
        } else if (cmdqvXMLIsNs(row, CMDQV_LOWERED_EXPANDER, CMDQV_LOWERED_NAMESPACE)) {
            cmdqvLiftExpander(lifting, row);
        } else if (cmdqvXMLIsNs(row, CMDQV_LOWERED_SMMU, CMDQV_LOWERED_NAMESPACE)) {
            cmdqvLiftSmmu(lifting, row, smmus++);
        } else if (cmdqvXMLIsNs(row, CMDQV_LOWERED_MACHINE, CMDQV_LOWERED_NAMESPACE)) {
            cmdqvLiftMachine(lifting, row);
        }
    }
}


/* A domain that is about to start has an id, and no aliases of libvirt's yet. */
static bool
cmdqvLiftHasAliases(const xmlNode *domain)
{
    const xmlNode *devices;
    const xmlNode *node;

    for (devices = domain->children; devices; devices = devices->next) {
        for (node = cmdqvXMLIs(devices, "devices") ? devices->children : NULL; node; node = node->next) {
            const xmlNode *alias = node->type == XML_ELEMENT_NODE ? cmdqvXMLChild(node, "alias") : NULL;

            if (alias && cmdqvXMLAttr(alias, "name") && !cmdqvAliasIsUsers(cmdqvXMLAttr(alias, "name")))
                return true;
        }
    }
    return false;
}


static bool
cmdqvLiftDomain(xmlNode *domain)
{
    cmdqvLifting lifting = { .domain = domain, .record = cmdqvLoweredRecord(domain) };

    if (!lifting.record)
        return false;
    lifting.verbatim = cmdqvLiftFindMarkInDevices(domain, CMDQV_LOWERED_SMMU_MARK "0") != NULL;
    lifting.live = !lifting.verbatim && cmdqvXMLAttr(domain, "id") && cmdqvLiftHasAliases(domain);

    cmdqvLiftRead(&lifting);
    cmdqvLiftDevices(&lifting);
    cmdqvLiftRows(&lifting);
    cmdqvLiftArguments(&lifting);
    cmdqvLiftOverrides(&lifting);
    g_hash_table_unref(lifting.ids);
    g_hash_table_unref(lifting.rows);
    cmdqvLiftNamespace(&lifting);
    cmdqvLiftRecord(&lifting);
    return true;
}


/**
 * cmdqvLiftDoc:
 * @doc: a domain, or a snapshot or checkpoint with domains in it
 *
 * Without memory it may be less, which cmdqvXMLEditIsWhole() tells.
 *
 * Returns: true if one of them was lowered, and is as its client wrote it now
 */
bool
cmdqvLiftDoc(xmlDoc *doc)
{
    xmlNode *root = xmlDocGetRootElement(doc);
    bool changed = false;
    xmlNode *node;

    if (cmdqvXMLIs(root, "domain"))
        return cmdqvLiftDomain(root);
    for (node = root->children; node; node = node->next) {
        if (cmdqvXMLIs(node, "domain") || cmdqvXMLIs(node, "inactiveDomain"))
            changed = cmdqvLiftDomain(node) || changed;
    }
    return changed;
}


/**
 * cmdqvLiftXML:
 * @xml: the XML of a domain, snapshot or checkpoint
 * @error: where it cannot be read, or there is no memory for it
 *
 * Returns: (transfer full) (nullable): the same as the client wrote it; NULL
 * with @error set, or without if nothing in it was lowered
 */
char *
cmdqvLiftXML(const char *xml, GError **error)
{
    g_autoptr(xmlDoc) doc = NULL;

    if (!cmdqvLoweredMayBe(xml))
        return NULL;
    doc = cmdqvXMLParse(xml, strlen(xml), NULL, error);
    return doc && cmdqvLiftDoc(doc) ? cmdqvXMLEditFormat(doc, error) : NULL;
}
