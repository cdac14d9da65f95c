/*
 * lift_domain.c: restore one lowered domain to the XML of its client
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * There are two kinds of input. XML that libvirt has not formatted since it was
 * lowered still has comments at the positions of removed elements; there this
 * restores each element, and exactly reverses lower_domain.c. libvirt drops comments
 * and adds defaults; there this keeps libvirt's text, and only reverses the
 * changes of lowering.
 *
 * A client may have forged the record, or changed the domain without the
 * module: callers check it with record_check.c first.
 */

#include "lowering/lift_domain.h"

#include <string.h>

#include "conf/xml_edit.h"
#include "lowering/record.h"
#include "util/text.h"

typedef struct {
    xmlNode *domain;
    xmlNode *record;
    bool verbatim;          /* libvirt has not formatted it */
    bool live;              /* it has aliases from libvirt too */
    GHashTable *ids;        /* ids in the arguments of lowering */
    GHashTable *rows;       /* alias of a device to its row of the record */
} cmdqvLiftWork;


/* The comment that replaces the Nth SMMU, or <iommufd>. */
static xmlNode *
cmdqvLiftFindComment(const xmlNode *parent, const char *mark)
{
    xmlNode *node;

    for (node = parent->children; node; node = node->next) {
        if (node->type == XML_COMMENT_NODE && g_strcmp0((const char *)node->content, mark) == 0)
            return node;
    }
    return NULL;
}


static xmlNode *
cmdqvLiftFindCommentInDevices(const xmlNode *domain, const char *mark)
{
    const xmlNode *devices;
    xmlNode *found = NULL;

    for (devices = domain->children; devices && !found; devices = devices->next)
        found = cmdqvXMLReadIs(devices, "devices") ? cmdqvLiftFindComment(devices, mark) : NULL;
    return found;
}


static void
cmdqvLiftSetAlias(xmlNode *node, const char *name)
{
    xmlNode *alias = cmdqvXMLReadChild(node, "alias");

    if (name)
        cmdqvXMLEditSet(alias ? alias : cmdqvXMLEditAdd(node, "alias"), "name", name);
    else if (alias)
        cmdqvXMLEditRemoveLine(alias);
}


/* If libvirt has formatted the controller, restores only the alias and the unique number. */
static void
cmdqvLiftController(const cmdqvLiftWork *lifting, xmlNode *node, const xmlNode *row)
{
    const xmlNode *original = cmdqvXMLReadChild(row, "controller");
    const char *name = cmdqvRecordNumberName(cmdqvXMLReadAttr(node, "model"));
    const char *number = cmdqvXMLReadAttr(row, "number");
    const char *id = cmdqvXMLReadAttr(row, "id");
    xmlNode *target = cmdqvXMLReadChild(node, "target");

    if (lifting->verbatim && original) {
        cmdqvXMLEditReplace(node, original);
        return;
    }
    if (name && number && target)
        cmdqvXMLEditSet(target, name, number);
    cmdqvLiftSetAlias(node, lifting->live || cmdqvAliasIsUsers(id) ? id : NULL);
}


/* The PCI controller at a place among them, counted from 0. */
static xmlNode *
cmdqvLiftFindPCIController(const xmlNode *domain, unsigned int place)
{
    xmlNode *node = NULL;

    while ((node = cmdqvXMLReadNextDevice(domain, node))) {
        if (cmdqvXMLReadIsPCIController(node) && place-- == 0)
            return node;
    }
    return NULL;
}


/* If libvirt has formatted the expander, it would have assigned this number, so the number stays. */
static void
cmdqvLiftExpander(const cmdqvLiftWork *lifting, const xmlNode *row)
{
    const xmlNode *original = cmdqvXMLReadChild(row, "controller");
    const char *text = cmdqvXMLReadAttr(row, "place");
    unsigned int place;
    xmlNode *node = lifting->verbatim && original && text && cmdqvTextToUnsigned(text, 10, G_MAXINT, &place)
        ? cmdqvLiftFindPCIController(lifting->domain, place) : NULL;

    if (node)
        cmdqvXMLEditReplace(node, original);
}


static xmlNode *
cmdqvLiftFindShadow(const xmlNode *domain, const char *alias)
{
    xmlNode *node = NULL;

    while ((node = cmdqvXMLReadNextDevice(domain, node))) {
        if (cmdqvXMLReadIs(node, "controller") && g_strcmp0(cmdqvXMLReadAttr(cmdqvXMLReadChild(node, "alias"), "name"), alias) == 0)
            return node;
    }
    return NULL;
}


/*
 * Inserts the SMMU before the elements that libvirt formats after it
 * (virDomainDefFormatInternalSetRootName(), src/conf/domain_conf.c), and before
 * a virtio IOMMU, because no valid domain has an SMMU after one.
 */
static void
cmdqvLiftInsertSmmu(const cmdqvLiftWork *lifting, const xmlNode *original, const char *id)
{
    xmlNode *devices = cmdqvXMLReadChild(lifting->domain, "devices");
    xmlNode *before = devices ? cmdqvXMLEditNextElement(devices, NULL) : NULL;
    xmlNode *node;

    if (!devices)
        return;
    while (before && !cmdqvXMLReadIs(before, "vsock") && !cmdqvXMLReadIsOf(before, "iommu", "model", "virtio"))
        before = cmdqvXMLEditNextElement(devices, before);
    node = cmdqvXMLEditCopy(lifting->domain->doc, original);
    if (node)
        cmdqvLiftSetAlias(node, lifting->live || cmdqvAliasIsUsers(id) ? id : NULL);
    cmdqvXMLEditInsertLine(devices, before, node);
}


static void
cmdqvLiftSmmu(const cmdqvLiftWork *lifting, const xmlNode *row, guint number)
{
    const xmlNode *original = cmdqvXMLReadChild(row, "iommu");
    g_autofree char *mark = g_strdup_printf(CMDQV_RECORD_SMMU_COMMENT "%u", number);
    xmlNode *place = cmdqvLiftFindCommentInDevices(lifting->domain, mark);

    if (!original)
        return;
    if (place)
        cmdqvXMLEditReplace(place, original);
    else
        cmdqvLiftInsertSmmu(lifting, original, cmdqvXMLReadAttr(row, "id"));
}


/* The first element that libvirt formats after <iommufd>. */
static xmlNode *
cmdqvLiftPlaceOfMachine(const xmlNode *domain)
{
    static const char *const behind[] = { "sysinfo", "bootloader", "os", "devices" };
    xmlNode *place = NULL;
    guint i;

    for (i = 0; i < G_N_ELEMENTS(behind) && !place; i++)
        place = cmdqvXMLReadChild(domain, behind[i]);
    return place;
}


static void
cmdqvLiftMachine(const cmdqvLiftWork *lifting, const xmlNode *row)
{
    const xmlNode *original = cmdqvXMLReadChild(row, "iommufd");
    xmlNode *place = cmdqvLiftFindComment(lifting->domain, CMDQV_RECORD_IOMMUFD_COMMENT);

    if (!original)
        return;
    if (place)
        cmdqvXMLEditReplace(place, original);
    else if (!cmdqvXMLReadChild(lifting->domain, "iommufd"))
        cmdqvXMLEditInsertLine(lifting->domain, cmdqvLiftPlaceOfMachine(lifting->domain),
                               cmdqvXMLEditCopy(lifting->domain->doc, original));
}


/* libvirt formats <driver> before everything else in a device. */
static void
cmdqvLiftDriver(xmlNode *node, const char *iommufd)
{
    xmlNode *driver = cmdqvXMLReadChild(node, "driver");
    xmlNode *first = cmdqvXMLEditNextElement(node, NULL);

    if (!driver) {
        driver = cmdqvXMLEditParse(node->doc, "<driver/>");
        cmdqvXMLEditInsertLine(node, first, driver);
    }
    if (driver)
        cmdqvXMLEditSet(driver, "iommufd", iommufd);
}


static void
cmdqvLiftDevice(const cmdqvLiftWork *lifting, xmlNode *node)
{
    xmlNode *alias = cmdqvXMLReadChild(node, "alias");
    const char *name = cmdqvXMLReadAttr(alias, "name");
    const xmlNode *row = name ? g_hash_table_lookup(lifting->rows, name) : NULL;
    const xmlNode *keptAlias = cmdqvXMLReadChild(row, "alias");
    const xmlNode *keptDriver = cmdqvXMLReadChild(row, "driver");
    xmlNode *driver = cmdqvXMLReadChild(node, "driver");

    if (!row)
        return;
    if (lifting->verbatim && keptDriver && driver)
        cmdqvXMLEditReplace(driver, keptDriver);
    else if (cmdqvXMLReadAttr(row, "iommufd"))
        cmdqvLiftDriver(node, cmdqvXMLReadAttr(row, "iommufd"));

    if (!g_str_has_prefix(name, CMDQV_RECORD_ALIAS_PREFIX))
        return;
    if (lifting->verbatim && keptAlias)
        cmdqvXMLEditReplace(alias, keptAlias);
    else if (lifting->verbatim)
        cmdqvXMLEditRemove(alias);
    else if (!lifting->live)
        cmdqvXMLEditRemoveLine(alias);
}


static void
cmdqvLiftAllDevices(const cmdqvLiftWork *lifting)
{
    xmlNode *node = NULL;

    while ((node = cmdqvXMLReadNextDevice(lifting->domain, node)))
        cmdqvLiftDevice(lifting, node);
}


/* Removes @node, and its parent if that has no other content. */
static bool
cmdqvLiftPrune(const cmdqvLiftWork *lifting, xmlNode *node)
{
    xmlNode *parent = node->parent;

    if (lifting->verbatim)
        cmdqvXMLEditRemove(node);
    else
        cmdqvXMLEditRemoveLine(node);
    return !cmdqvXMLEditNextElement(parent, NULL);
}


/* Whether it is "-object" or "-device" with a value in keyval form for an entry of the record. */
static bool
cmdqvLiftIsOurs(const cmdqvLiftWork *lifting, const char *option, const char *value)
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


/* Removes the arguments of lowering; the user's own follow them, and may be equal. */
static void
cmdqvLiftArguments(const cmdqvLiftWork *lifting)
{
    const char *arguments = cmdqvXMLReadAttr(lifting->record, "arguments");
    xmlNode *commandline = cmdqvXMLEditChildNs(lifting->domain, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE);
    xmlNode *arg = commandline ? cmdqvXMLEditNextElement(commandline, NULL) : NULL;
    bool empty = false;
    unsigned int left;

    if (!arguments || !cmdqvTextToUnsigned(arguments, 10, G_MAXINT, &left))
        left = G_MAXINT;
    while (arg && left > 0) {
        xmlNode *value = cmdqvXMLEditNextElement(commandline, arg);
        xmlNode *next = value;

        if (value && cmdqvLiftIsOurs(lifting, cmdqvXMLReadAttr(arg, "value"), cmdqvXMLReadAttr(value, "value"))) {
            next = cmdqvXMLEditNextElement(commandline, value);
            (void)cmdqvLiftPrune(lifting, arg);
            empty = cmdqvLiftPrune(lifting, value);
            left--;
        }
        arg = next;
    }
    if (empty)
        (void)cmdqvLiftPrune(lifting, commandline);
}


/* Returns true if a property was removed, and @frontend is empty. */
static bool
cmdqvLiftProperties(const cmdqvLiftWork *lifting, xmlNode *frontend, const xmlNode *row)
{
    const char *users = cmdqvXMLReadAttr(row, CMDQV_RECORD_OWN);
    g_auto(GStrv) own = g_strsplit(users ? users : "", " ", -1);
    xmlNode *property = cmdqvXMLEditNextElement(frontend, NULL);
    bool empty = false;

    while (property) {
        xmlNode *next = cmdqvXMLEditNextElement(frontend, property);
        const char *name = cmdqvXMLReadAttr(property, "name");

        if (cmdqvRecordIsProperty(name) && !g_strv_contains((const char *const *)own, name))
            empty = cmdqvLiftPrune(lifting, property);
        property = next;
    }
    return empty;
}


/* Whether the user's own text has the element, empty; libvirt does not keep it. */
static bool
cmdqvLiftKeeps(const cmdqvLiftWork *lifting, const xmlNode *row, const char *element)
{
    return lifting->verbatim && g_strcmp0(cmdqvXMLReadAttr(row, CMDQV_RECORD_EMPTY), element) == 0;
}


static void
cmdqvLiftOverrides(const cmdqvLiftWork *lifting)
{
    xmlNode *override = cmdqvXMLEditChildNs(lifting->domain, "override", CMDQV_XML_EDIT_QEMU_NAMESPACE);
    xmlNode *device = override ? cmdqvXMLEditNextElement(override, NULL) : NULL;
    bool empty = false;
    bool keeps = false;

    while (device) {
        xmlNode *next = cmdqvXMLEditNextElement(override, device);
        xmlNode *frontend = cmdqvXMLEditChildNs(device, "frontend", CMDQV_XML_EDIT_QEMU_NAMESPACE);
        const char *alias = cmdqvXMLReadAttr(device, "alias");
        const xmlNode *row = alias ? g_hash_table_lookup(lifting->rows, alias) : NULL;

        if (frontend && row && cmdqvLiftProperties(lifting, frontend, row) && !cmdqvLiftKeeps(lifting, row, "frontend") &&
            cmdqvLiftPrune(lifting, frontend))
            empty = cmdqvLiftPrune(lifting, device);
        keeps = keeps || (row && cmdqvLiftKeeps(lifting, row, "override"));
        device = next;
    }
    if (empty && !keeps)
        (void)cmdqvLiftPrune(lifting, override);
}


/* Removes the declaration of the namespace at the root unless a node of the domain uses it, as libvirt does. */
static void
cmdqvLiftNamespace(const cmdqvLiftWork *lifting)
{
    if (g_strcmp0(cmdqvXMLReadAttr(lifting->record, "namespace"), "declared") != 0)
        cmdqvXMLEditUndeclare(lifting->domain, CMDQV_XML_EDIT_QEMU_NAMESPACE);
}


static void
cmdqvLiftRecord(const cmdqvLiftWork *lifting)
{
    bool made = g_strcmp0(cmdqvXMLReadAttr(lifting->record, "metadata"), "made") == 0;
    xmlNode *metadata = lifting->record->parent;

    if (cmdqvLiftPrune(lifting, lifting->record) && (made || !lifting->verbatim))
        (void)cmdqvLiftPrune(lifting, metadata);
}


static void
cmdqvLiftRead(cmdqvLiftWork *lifting)
{
    const char *iommufd = cmdqvXMLReadAttr(lifting->record, "iommufd");
    xmlNode *row;

    lifting->ids = g_hash_table_new(g_str_hash, g_str_equal);
    lifting->rows = g_hash_table_new(g_str_hash, g_str_equal);
    if (iommufd)
        (void)g_hash_table_add(lifting->ids, (gpointer)iommufd);
    for (row = cmdqvXMLEditNextElement(lifting->record, NULL); row; row = cmdqvXMLEditNextElement(lifting->record, row)) {
        const char *id = cmdqvXMLReadAttr(row, "id");
        const char *alias = cmdqvXMLReadAttr(row, "alias");

        if (id)
            (void)g_hash_table_add(lifting->ids, (gpointer)id);
        if (alias && cmdqvXMLEditIsNs(row, CMDQV_RECORD_DEVICE, CMDQV_RECORD_NAMESPACE))
            (void)g_hash_table_insert(lifting->rows, (gpointer)alias, row);
    }
}


static void
cmdqvLiftRows(const cmdqvLiftWork *lifting)
{
    guint smmus = 0;
    xmlNode *row;

    for (row = cmdqvXMLEditNextElement(lifting->record, NULL); row; row = cmdqvXMLEditNextElement(lifting->record, row)) {
        if (cmdqvXMLEditIsNs(row, CMDQV_RECORD_BUS, CMDQV_RECORD_NAMESPACE)) {
            unsigned int idx;
            g_autofree char *alias = cmdqvXMLReadAttr(row, "index") && cmdqvTextToUnsigned(cmdqvXMLReadAttr(row, "index"), 10, G_MAXINT, &idx)
                ? cmdqvRecordBusAlias((int)idx) : NULL;
            xmlNode *shadow = alias ? cmdqvLiftFindShadow(lifting->domain, alias) : NULL;

            if (shadow)
                cmdqvLiftController(lifting, shadow, row);
        } else if (cmdqvXMLEditIsNs(row, CMDQV_RECORD_EXPANDER, CMDQV_RECORD_NAMESPACE)) {
            cmdqvLiftExpander(lifting, row);
        } else if (cmdqvXMLEditIsNs(row, CMDQV_RECORD_SMMU, CMDQV_RECORD_NAMESPACE)) {
            cmdqvLiftSmmu(lifting, row, smmus++);
        } else if (cmdqvXMLEditIsNs(row, CMDQV_RECORD_MACHINE, CMDQV_RECORD_NAMESPACE)) {
            cmdqvLiftMachine(lifting, row);
        }
    }
}


/* Whether it has aliases from libvirt; a domain that is about to start has an id, but none of them yet. */
static bool
cmdqvLiftHasAliases(const xmlNode *domain)
{
    const xmlNode *node = NULL;

    while ((node = cmdqvXMLReadNextDevice(domain, node))) {
        const char *alias = cmdqvXMLReadAttr(cmdqvXMLReadChild(node, "alias"), "name");

        if (alias && !cmdqvAliasIsUsers(alias))
            return true;
    }
    return false;
}


/**
 * cmdqvLiftDomain:
 * @domain: a <domain> that has a record
 *
 * Lifts it, whether the record is true or not.
 */
void
cmdqvLiftDomain(xmlNode *domain)
{
    cmdqvLiftWork lifting = { .domain = domain, .record = cmdqvRecordFind(domain) };

    lifting.verbatim = cmdqvLiftFindCommentInDevices(domain, CMDQV_RECORD_SMMU_COMMENT "0") != NULL;
    lifting.live = !lifting.verbatim && cmdqvXMLReadAttr(domain, "id") && cmdqvLiftHasAliases(domain);

    cmdqvLiftRead(&lifting);
    cmdqvLiftAllDevices(&lifting);
    cmdqvLiftRows(&lifting);
    cmdqvLiftArguments(&lifting);
    cmdqvLiftOverrides(&lifting);
    g_hash_table_unref(lifting.ids);
    g_hash_table_unref(lifting.rows);
    cmdqvLiftNamespace(&lifting);
    cmdqvLiftRecord(&lifting);
}
