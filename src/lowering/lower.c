/*
 * lowering/lower.c: a domain for a libvirt that does not know CMDQV
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What comes of it is described in lowering/record.h.  The text is changed in its
 * places and otherwise left alone; lowering/lift.c is the way back.
 */

#include "lowering/lower.h"

#include <string.h>

#include "conf/topology_defaults.h"
#include "conf/domain_xml.h"
#include "lowering/lift.h"
#include "lowering/record.h"
#include "lowering/lower_priv.h"
#include "qemu/argv_write.h"
#include "util/error.h"


static void
cmdqvLoweringClear(cmdqvLowering *lowering)
{
    g_clear_pointer(&lowering->topology, cmdqvTopologyFree);
    cmdqvLowerNumbersClear(&lowering->numbers);
    g_clear_pointer(&lowering->buses, g_hash_table_unref);
    g_clear_pointer(&lowering->arguments, g_ptr_array_unref);
    g_clear_pointer(&lowering->iommufd, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvLowering, cmdqvLoweringClear)


/* An SMMU that a libvirt without CMDQV would make the machine-wide one. */
static bool
cmdqvLowerHasBus(const cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        if (g_array_index(topology->smmus, cmdqvSmmu, i).busIndex != CMDQV_NONE)
            return true;
    }
    return false;
}


/* The users' own arguments may have an object of that name. */
static char *
cmdqvLowerChooseIommufd(const xmlNode *domain)
{
    const xmlNode *commandline = cmdqvXMLChildNs(domain, "commandline", CMDQV_XML_QEMU_NAMESPACE);
    guint number;
    xmlNode *arg;

    for (number = 0;; number++) {
        g_autofree char *id = number == 0 ? g_strdup(CMDQV_IOMMUFD_ID) : g_strdup_printf("iommufd%u", number);
        bool taken = false;

        for (arg = commandline ? cmdqvXMLNextElement(commandline, NULL) : NULL; arg && !taken;
             arg = cmdqvXMLNextElement(commandline, arg)) {
            const char *value = cmdqvXMLAttr(arg, "value");

            taken = value && strstr(value, id);
        }
        if (!taken)
            return g_steal_pointer(&id);
    }
}


/* The <iommu> that libvirt keeps, as there is no other then, is its first. */
static void
cmdqvLowerNameSmmus(cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->smmus->len && topology->virtioIommu != CMDQV_NONE; i++) {
        cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        if (cmdqvAliasIsUsers(smmu->id))
            continue;
        g_free(smmu->id);
        smmu->id = g_strdup_printf("iommu%u", i + 1);
    }
}


static bool
cmdqvLoweringInit(cmdqvLowering *lowering, xmlNode *domain, const cmdqvTarget *target, GError **error)
{
    guint i;

    *lowering = (cmdqvLowering){ .domain = domain, .target = target };
    lowering->topology = cmdqvDomainXMLReadNode(domain, error);
    if (!lowering->topology)
        return false;

    cmdqvDefaultsFill(lowering->topology);
    cmdqvLowerNameSmmus(lowering->topology);
    lowering->buses = g_hash_table_new(NULL, NULL);
    for (i = 0; i < lowering->topology->buses->len; i++)
        (void)g_hash_table_insert(lowering->buses, GINT_TO_POINTER(cmdqvLowerBus(lowering, i)->index), GINT_TO_POINTER((int)i + 1));
    lowering->arguments = g_ptr_array_new_with_free_func((GDestroyNotify)cmdqvArgumentFree);
    lowering->iommufd = cmdqvLowerChooseIommufd(domain);
    return cmdqvLowerNumbersTake(&lowering->numbers, lowering->topology, domain, error);
}


/* Where the record has been put, <metadata> is there too. */
static void
cmdqvLowerAddRecord(cmdqvLowering *lowering)
{
    xmlNode *metadata = cmdqvXMLChild(lowering->domain, "metadata");
    bool made = !metadata;

    if (made)
        metadata = cmdqvXMLEditAdd(lowering->domain, "metadata");
    lowering->record = cmdqvXMLEditAddNs(metadata, CMDQV_LOWERED_RECORD, CMDQV_LOWERED_NAMESPACE, CMDQV_LOWERED_PREFIX);
    if (made)
        cmdqvXMLEditSet(lowering->record, "metadata", "made");
    if (xmlSearchNsByHref(lowering->domain->doc, lowering->domain, BAD_CAST CMDQV_XML_QEMU_NAMESPACE))
        cmdqvXMLEditSet(lowering->record, "namespace", "declared");
    cmdqvXMLEditSet(lowering->record, "iommufd", lowering->iommufd);
    cmdqvXMLEditSetNumber(lowering->record, "arguments", lowering->arguments->len);
}


/**
 * cmdqvLowerAddRow:
 * @lowering: a domain on its way
 * @name: CMDQV_LOWERED_BUS or one of its like
 *
 * Returns: (transfer none): a new row of the record
 */
xmlNode *
cmdqvLowerAddRow(cmdqvLowering *lowering, const char *name)
{
    return cmdqvXMLEditAddNs(lowering->record, name, CMDQV_LOWERED_NAMESPACE, CMDQV_LOWERED_PREFIX);
}


/* libvirt keeps the controller, as a shadow of the one that QEMU gets by our argument. */
static void
cmdqvLowerController(cmdqvLowering *lowering, xmlNode *node, guint bus)
{
    const cmdqvBus *meant = cmdqvLowerBus(lowering, bus);
    const char *number = cmdqvLoweredNumberName(cmdqvXMLAttr(node, "model"));
    int own = meant->model == CMDQV_BUS_PCIE_EXPANDER ? meant->busNr : meant->chassis;
    g_autofree char *alias = cmdqvLoweredBusAlias(meant->index);
    xmlNode *row = cmdqvLowerAddRow(lowering, CMDQV_LOWERED_BUS);

    cmdqvXMLEditSetNumber(row, "index", (unsigned int)meant->index);
    cmdqvXMLEditSet(row, "id", meant->name);
    if (number)
        cmdqvXMLEditSetNumber(row, "number", (unsigned int)own);
    cmdqvXMLEditKeep(row, node);

    if (number)
        cmdqvXMLEditSetNumber(cmdqvXMLEditEnsure(node, "target"), number,
                              (unsigned int)g_array_index(lowering->numbers.shadow, int, bus));
    cmdqvXMLEditSet(cmdqvXMLEditEnsure(node, "alias"), "name", alias);
}


/* libvirt would count from the shadows. */
static void
cmdqvLowerNumberExpander(cmdqvLowering *lowering, xmlNode *node, guint bus)
{
    const cmdqvBus *meant = cmdqvLowerBus(lowering, bus);
    const xmlNode *target = cmdqvXMLChild(node, "target");
    xmlNode *row;

    if (meant->model != CMDQV_BUS_PCIE_EXPANDER || meant->busNr == CMDQV_NONE || (target && cmdqvXMLAttr(target, "busNr")))
        return;
    row = cmdqvLowerAddRow(lowering, CMDQV_LOWERED_EXPANDER);
    cmdqvXMLEditKeep(row, node);
    cmdqvXMLEditSetNumber(cmdqvXMLEditEnsure(node, "target"), "busNr", (unsigned int)meant->busNr);
}


static void
cmdqvLowerMark(xmlNode *node, const char *mark)
{
    cmdqvXMLEditComment(node, mark);
}


static void
cmdqvLowerSmmu(cmdqvLowering *lowering, xmlNode *node, guint smmu, guint number)
{
    g_autofree char *mark = g_strdup_printf(CMDQV_LOWERED_SMMU_MARK "%u", number);
    xmlNode *row = cmdqvLowerAddRow(lowering, CMDQV_LOWERED_SMMU);

    cmdqvXMLEditSet(row, "id", g_array_index(lowering->topology->smmus, cmdqvSmmu, smmu).id);
    cmdqvXMLEditKeep(row, node);
    cmdqvLowerMark(node, mark);
}


/* All <devices>, in the order of the text, in which the topology has its SMMUs too. */
static bool
cmdqvLowerDevices(cmdqvLowering *lowering, GError **error)
{
    guint controllers = 0;
    guint smmus = 0;
    guint lowered = 0;
    xmlNode *devices;
    xmlNode *node;
    xmlNode *next;

    for (devices = lowering->domain->children; devices; devices = devices->next) {
        if (!cmdqvXMLIs(devices, "devices"))
            continue;
        for (node = cmdqvXMLNextElement(devices, NULL); node; node = next) {
            next = cmdqvXMLNextElement(devices, node);
            if (cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "type"), "pci") == 0) {
                int bus = cmdqvTopologyFindBusPlace(lowering->topology, controllers++);

                if (bus != CMDQV_NONE && cmdqvLowerIsMoved(lowering->topology, (guint)bus))
                    cmdqvLowerController(lowering, node, (guint)bus);
                else if (bus != CMDQV_NONE)
                    cmdqvLowerNumberExpander(lowering, node, (guint)bus);
            } else if (cmdqvXMLIs(node, "iommu") && g_strcmp0(cmdqvXMLAttr(node, "model"), "smmuv3") == 0) {
                if (g_array_index(lowering->topology->smmus, cmdqvSmmu, smmus++).busIndex != CMDQV_NONE)
                    cmdqvLowerSmmu(lowering, node, smmus - 1, lowered++);
            } else if (!cmdqvLowerDevice(lowering, node, error)) {
                return false;
            }
        }
    }
    return true;
}


static void
cmdqvLowerMachine(cmdqvLowering *lowering)
{
    xmlNode *iommufd = cmdqvXMLChild(lowering->domain, "iommufd");
    xmlNode *row = iommufd ? cmdqvLowerAddRow(lowering, CMDQV_LOWERED_MACHINE) : NULL;

    if (!iommufd)
        return;
    cmdqvXMLEditKeep(row, iommufd);
    cmdqvLowerMark(iommufd, CMDQV_LOWERED_IOMMUFD_MARK);
}


/* Returns false with @error set; true and @changed where there was something to lower. */
static bool
cmdqvLowerDomain(xmlNode *domain, const cmdqvTarget *target, bool *changed, GError **error)
{
    g_auto(cmdqvLowering) lowering = { 0 };

    if (!cmdqvLoweringInit(&lowering, domain, target, error))
        return false;
    if (!cmdqvLowerHasBus(lowering.topology))
        return true;

    if (!cmdqvLowerMakeArguments(&lowering, error))
        return false;
    cmdqvLowerAddRecord(&lowering);
    cmdqvLowerMachine(&lowering);
    if (!cmdqvLowerDevices(&lowering, error))
        return false;
    cmdqvLowerWriteArguments(&lowering);
    *changed = true;
    return true;
}


/* Calls @visit for each domain in @doc until it returns false. */
static bool
cmdqvLowerEach(xmlDoc *doc, bool (*visit)(xmlNode *domain, gpointer data), gpointer data)
{
    xmlNode *root = xmlDocGetRootElement(doc);
    xmlNode *node;

    if (cmdqvXMLIs(root, "domain"))
        return visit(root, data);
    for (node = root->children; node; node = node->next) {
        if ((cmdqvXMLIs(node, "domain") || cmdqvXMLIs(node, "inactiveDomain")) && !visit(node, data))
            return false;
    }
    return true;
}


static bool
cmdqvLowerHasNone(xmlNode *domain, gpointer data G_GNUC_UNUSED)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLReadNode(domain, NULL);

    return !topology || !cmdqvLowerHasBus(topology);
}


/**
 * cmdqvLowerIsNeeded:
 * @xml: domain XML, or a snapshot's with domains in it
 *
 * Returns: true if a libvirt that does not know CMDQV would make another domain
 * of it, or there is no memory to find out
 */
bool
cmdqvLowerIsNeeded(const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = cmdqvDomainXMLMayHaveSmmu(xml) ? cmdqvXMLParse(xml, strlen(xml), NULL, &error) : NULL;

    if (!doc)
        return g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY);
    (void)cmdqvLiftDoc(doc);
    return !cmdqvLowerEach(doc, cmdqvLowerHasNone, NULL) || !cmdqvXMLEditIsWhole(doc, NULL);
}


/**
 * cmdqvLowerWithout:
 * @xml: domain XML
 *
 * What there is to ask such a libvirt about: it knows all controllers, and
 * takes no more than one <iommu>, which may be a virtio one.
 *
 * Returns: (transfer full) (nullable): the domain without its SMMUs, NULL where
 * it cannot be read
 */
char *
cmdqvLowerWithout(const char *xml)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(xml, strlen(xml), "domain", NULL);
    xmlNode *devices;
    xmlNode *node;
    xmlNode *next;

    if (!doc)
        return NULL;
    (void)cmdqvLiftDoc(doc);
    devices = xmlDocGetRootElement(doc)->children;
    for (; devices; devices = devices->next) {
        for (node = cmdqvXMLIs(devices, "devices") ? cmdqvXMLNextElement(devices, NULL) : NULL; node; node = next) {
            next = cmdqvXMLNextElement(devices, node);
            if (cmdqvXMLIs(node, "iommu") && g_strcmp0(cmdqvXMLAttr(node, "model"), "smmuv3") == 0)
                cmdqvXMLEditRemove(node);
        }
    }
    return cmdqvXMLEditFormat(doc, NULL);
}


typedef struct {
    const cmdqvTarget *target;
    bool changed;
    GError **error;
} cmdqvLowerRun;


static bool
cmdqvLowerVisit(xmlNode *domain, gpointer data)
{
    cmdqvLowerRun *run = data;

    return cmdqvLowerDomain(domain, run->target, &run->changed, run->error);
}


/**
 * cmdqvLowerXML:
 * @xml: domain XML, or a snapshot's with domains in it
 * @target: what its emulator knows
 * @error: where it cannot be read, or not be lowered
 *
 * What has been lowered already is lifted first, so that nothing is lowered
 * twice.
 *
 * Returns: (transfer full) (nullable): the XML for a libvirt that does not know
 * CMDQV; NULL with @error set, or without if it can stay as it is
 */
char *
cmdqvLowerXML(const char *xml, const cmdqvTarget *target, GError **error)
{
    g_autoptr(xmlDoc) doc = NULL;
    cmdqvLowerRun run = { target, false, error };

    if (!cmdqvDomainXMLMayHaveSmmu(xml))
        return NULL;
    doc = cmdqvXMLParse(xml, strlen(xml), NULL, error);
    if (!doc)
        return NULL;
    run.changed = cmdqvLiftDoc(doc);
    if (!cmdqvLowerEach(doc, cmdqvLowerVisit, &run))
        return NULL;
    return run.changed ? cmdqvXMLEditFormat(doc, error) : NULL;
}
