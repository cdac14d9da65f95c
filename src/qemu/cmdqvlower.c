/*
 * cmdqvlower.c: a domain for a libvirt that does not know CMDQV
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What comes of it is described in cmdqvlowered.h.  The text is changed in its
 * places and otherwise left alone; cmdqvlift.c is the way back.
 */

#include "qemu/cmdqvlower.h"

#include <string.h>

#include "conf/cmdqvdefaults.h"
#include "conf/cmdqvdomainxml.h"
#include "conf/cmdqvxmledit.h"
#include "qemu/cmdqvlift.h"
#include "qemu/cmdqvlowered.h"
#include "qemu/cmdqvlowernumbers.h"
#include "qemu/cmdqvwriter.h"
#include "util/cmdqverror.h"

#define CMDQV_QEMU_PREFIX "qemu"

/* One domain on its way. */
typedef struct {
    xmlNode *domain;
    cmdqvTopology *topology;        /* after cmdqvDefaultsFill() */
    cmdqvLowerNumbers numbers;
    GHashTable *buses;              /* index of a controller to index of its bus off by one */
    const cmdqvTarget *target;
    GPtrArray *arguments;           /* cmdqvArgument */
    char *iommufd;                  /* id of the object */
    xmlNode *record;
    xmlNode *override;              /* made when it is needed */
} cmdqvLowering;


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


static int
cmdqvLowerBusOf(const cmdqvLowering *lowering, int idx)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(lowering->buses, GINT_TO_POINTER(idx))) - 1;
}


static const cmdqvBus *
cmdqvLowerBus(const cmdqvLowering *lowering, guint bus)
{
    return &g_array_index(lowering->topology->buses, cmdqvBus, bus);
}


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


static bool
cmdqvLoweringInit(cmdqvLowering *lowering, xmlNode *domain, const cmdqvTarget *target, GError **error)
{
    guint i;

    *lowering = (cmdqvLowering){ .domain = domain, .target = target };
    lowering->topology = cmdqvDomainXMLReadNode(domain, error);
    if (!lowering->topology)
        return false;

    cmdqvDefaultsFill(lowering->topology);
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


static xmlNode *
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


/* libvirt forgets an alias that no user gave. */
static char *
cmdqvLowerAlias(const xmlNode *node)
{
    const xmlNode *alias = cmdqvXMLChild(node, "alias");
    const char *name = alias ? cmdqvXMLAttr(alias, "name") : NULL;

    return cmdqvAliasIsUsers(name) && !g_str_has_prefix(name, CMDQV_LOWERED_ALIAS_PREFIX) ? g_strdup(name) : NULL;
}


/* Another device may have it: one that was behind a vSMMU, and was moved. */
static bool
cmdqvLowerAliasIsTaken(const cmdqvLowering *lowering, const xmlNode *node, const char *alias)
{
    const xmlNode *devices;
    const xmlNode *other;

    for (devices = lowering->domain->children; devices; devices = devices->next) {
        for (other = cmdqvXMLIs(devices, "devices") ? devices->children : NULL; other; other = other->next) {
            const xmlNode *its = other != node && other->type == XML_ELEMENT_NODE ? cmdqvXMLChild(other, "alias") : NULL;

            if (its && g_strcmp0(cmdqvXMLAttr(its, "name"), alias) == 0)
                return true;
        }
    }
    return false;
}


/* One that names the device, so that it is the same whatever else the definition holds. */
static char *
cmdqvLowerMakeAlias(const cmdqvLowering *lowering, const xmlNode *node, const cmdqvPCIAddress *guest)
{
    const xmlNode *source = cmdqvXMLChild(node, "source");
    const xmlNode *address = source ? cmdqvXMLChild(source, "address") : NULL;
    cmdqvPCIAddress at = *guest;
    g_autofree char *alias = NULL;
    bool present = false;

    if (address)
        (void)cmdqvXMLAddress(address, &present, &at, NULL);
    alias = g_strdup_printf(CMDQV_LOWERED_ALIAS_PREFIX "%s%04x-%02x-%02x-%x", present ? "" : "guest-", at.domain, at.bus,
                            at.slot, at.function);
    while (cmdqvLowerAliasIsTaken(lowering, node, alias)) {
        char *longer = g_strconcat(alias, "-x", NULL);

        g_free(alias);
        alias = longer;
    }
    return g_steal_pointer(&alias);
}


static xmlNode *
cmdqvLowerOverride(cmdqvLowering *lowering, const char *alias)
{
    xmlNode *device;

    if (!lowering->override)
        lowering->override = cmdqvXMLChildNs(lowering->domain, "override", CMDQV_XML_QEMU_NAMESPACE);
    if (!lowering->override)
        lowering->override = cmdqvXMLEditAddNs(lowering->domain, "override", CMDQV_XML_QEMU_NAMESPACE, CMDQV_QEMU_PREFIX);

    for (device = cmdqvXMLNextElement(lowering->override, NULL); device;
         device = cmdqvXMLNextElement(lowering->override, device)) {
        xmlNode *frontend = cmdqvXMLChildNs(device, "frontend", CMDQV_XML_QEMU_NAMESPACE);

        if (frontend && g_strcmp0(cmdqvXMLAttr(device, "alias"), alias) == 0)
            return frontend;
    }
    device = cmdqvXMLEditAddNs(lowering->override, "device", CMDQV_XML_QEMU_NAMESPACE, CMDQV_QEMU_PREFIX);
    cmdqvXMLEditSet(device, "alias", alias);
    return cmdqvXMLEditAddNs(device, "frontend", CMDQV_XML_QEMU_NAMESPACE, CMDQV_QEMU_PREFIX);
}


static bool
cmdqvLowerProperty(xmlNode *frontend, const char *alias, const char *name, const char *value, GError **error)
{
    xmlNode *property;

    for (property = cmdqvXMLNextElement(frontend, NULL); property; property = cmdqvXMLNextElement(frontend, property)) {
        if (g_strcmp0(cmdqvXMLAttr(property, "name"), name) == 0) {
            g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID,
                        "<qemu:property> in line %d sets '%s' of device '%s', which is behind a vSMMU and gets it from there; "
                        "remove it", cmdqvXMLLine(property), name, alias);
            return false;
        }
    }
    property = cmdqvXMLEditAddNs(frontend, "property", CMDQV_XML_QEMU_NAMESPACE, CMDQV_QEMU_PREFIX);
    cmdqvXMLEditSet(property, "name", name);
    cmdqvXMLEditSet(property, "type", "string");
    cmdqvXMLEditSet(property, "value", value);
    return true;
}


static bool
cmdqvLowerWantsIommufd(const cmdqvLowering *lowering, const xmlNode *node)
{
    const xmlNode *driver = cmdqvXMLChild(node, "driver");
    const char *iommufd = driver ? cmdqvXMLAttr(driver, "iommufd") : NULL;
    bool ofHost = cmdqvXMLIs(node, "hostdev") ||
        (cmdqvXMLIs(node, "interface") && g_strcmp0(cmdqvXMLAttr(node, "type"), "hostdev") == 0);

    if (!ofHost || (cmdqvXMLIs(node, "hostdev") && g_strcmp0(cmdqvXMLAttr(node, "type"), "pci") != 0) ||
        cmdqvDomainXMLIsUnassigned(node))
        return false;
    return iommufd ? strcmp(iommufd, "yes") == 0 : lowering->topology->iommufd == CMDQV_SWITCH_ON;
}


/* Moves a device from the shadow to the bus that is meant, and puts it on iommufd; most are left alone. */
static bool
cmdqvLowerDevice(cmdqvLowering *lowering, xmlNode *node, GError **error)
{
    const xmlNode *address = cmdqvXMLChild(node, "address");
    xmlNode *driver = cmdqvXMLChild(node, "driver");
    bool iommufd = cmdqvLowerWantsIommufd(lowering, node);
    bool said = driver && cmdqvXMLAttr(driver, "iommufd");
    cmdqvPCIAddress guest = { 0, 0, 0, 0 };
    bool placed = false;
    int bus = CMDQV_NONE;
    g_autofree char *own = cmdqvLowerAlias(node);
    g_autofree char *alias = NULL;
    xmlNode *frontend;
    xmlNode *row;

    if (address && g_strcmp0(cmdqvXMLAttr(address, "type"), "pci") == 0 && !cmdqvXMLAddress(address, &placed, &guest, error))
        return false;
    if (placed)
        bus = cmdqvLowerBusOf(lowering, (int)guest.bus);
    if (bus != CMDQV_NONE && !cmdqvLowerIsMoved(lowering->topology, (guint)bus))
        bus = CMDQV_NONE;
    if (bus == CMDQV_NONE && !iommufd && !said)
        return true;

    row = cmdqvLowerAddRow(lowering, CMDQV_LOWERED_DEVICE);
    alias = own ? g_strdup(own) : cmdqvLowerMakeAlias(lowering, node, &guest);
    cmdqvXMLEditSet(row, "alias", alias);
    if (!own && cmdqvXMLChild(node, "alias"))
        cmdqvXMLEditKeep(row, cmdqvXMLChild(node, "alias"));
    if (said) {
        cmdqvXMLEditSet(row, "iommufd", cmdqvXMLAttr(driver, "iommufd"));
        cmdqvXMLEditKeep(row, driver);
        cmdqvXMLEditUnset(driver, "iommufd");
    }
    if (!own)
        cmdqvXMLEditSet(cmdqvXMLEditEnsure(node, "alias"), "name", alias);

    frontend = bus != CMDQV_NONE || iommufd ? cmdqvLowerOverride(lowering, alias) : NULL;
    if (iommufd && !cmdqvLowerProperty(frontend, alias, "iommufd", lowering->iommufd, error))
        return false;
    return bus == CMDQV_NONE || cmdqvLowerProperty(frontend, alias, "bus", cmdqvLowerBus(lowering, (guint)bus)->name, error);
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


/* Takes over @argument. */
static bool
cmdqvLowerTake(cmdqvLowering *lowering, cmdqvArgument *argument)
{
    if (argument)
        g_ptr_array_add(lowering->arguments, argument);
    return argument != NULL;
}


static bool
cmdqvLowerAddController(cmdqvLowering *lowering, guint bus, GError **error)
{
    cmdqvBus meant = *cmdqvLowerBus(lowering, bus);
    const cmdqvBus *parent = cmdqvTopologyGetBus(lowering->topology, meant.parent);

    if (meant.model == CMDQV_BUS_PCIE_EXPANDER)
        meant.slot = (cmdqvSlot){ g_array_index(lowering->numbers.slot, int, bus), 0, CMDQV_SWITCH_ABSENT };
    return cmdqvLowerTake(lowering, cmdqvWriterController(&meant, meant.model == CMDQV_BUS_PCIE_EXPANDER || !parent
                                                          ? CMDQV_ROOT_BUS_NAME : parent->name, error));
}


/* Above a bus are its ancestors, so that QEMU knows them when it comes to it, whatever the order of their indexes. */
static guint
cmdqvLowerDepth(const cmdqvTopology *topology, guint bus)
{
    guint depth = 0;
    int at = (int)bus;

    while (at != CMDQV_NONE && at != g_array_index(topology->buses, cmdqvBus, at).root && depth < topology->buses->len) {
        at = g_array_index(topology->buses, cmdqvBus, at).parent;
        depth++;
    }
    return depth;
}


static bool
cmdqvLowerAddControllers(cmdqvLowering *lowering, GError **error)
{
    const cmdqvTopology *topology = lowering->topology;
    guint left = 0;
    guint depth;
    guint i;

    for (i = 0; i < topology->buses->len; i++)
        left += cmdqvLowerIsMoved(topology, i);
    for (depth = 0; left > 0; depth++) {
        for (i = 0; i < topology->buses->len; i++) {
            if (!cmdqvLowerIsMoved(topology, i) || cmdqvLowerDepth(topology, i) != depth)
                continue;
            if (!cmdqvLowerAddController(lowering, i, error))
                return false;
            left--;
        }
    }
    return true;
}


static bool
cmdqvLowerAddSmmus(cmdqvLowering *lowering, GError **error)
{
    const cmdqvTopology *topology = lowering->topology;
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, smmu->bus);

        if (smmu->busIndex == CMDQV_NONE)
            continue;
        if (!bus || bus->root != smmu->bus) {
            g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID,
                        "<iommu> in line %d: pciBus='%d' is not the root of a PCIe tree; give it the index of a pcie-root or "
                        "pcie-expander-bus controller", smmu->line, smmu->busIndex);
            return false;
        }
        if (!cmdqvLowerTake(lowering, cmdqvWriterSmmu(smmu, bus->name, lowering->target, error)))
            return false;
    }
    return true;
}


/* Before the users' own, which may name what these make. */
static void
cmdqvLowerWriteArguments(cmdqvLowering *lowering)
{
    g_auto(GStrv) argv = cmdqvWriterFormat(lowering->arguments, CMDQV_FORM_KEYVAL);
    xmlNode *commandline = cmdqvXMLChildNs(lowering->domain, "commandline", CMDQV_XML_QEMU_NAMESPACE);
    xmlNode *first;
    guint i;

    if (!commandline)
        commandline = cmdqvXMLEditAddNs(lowering->domain, "commandline", CMDQV_XML_QEMU_NAMESPACE, CMDQV_QEMU_PREFIX);
    first = commandline->children;
    for (i = 0; argv[i]; i++) {
        xmlNode *arg = cmdqvXMLEditAddNs(commandline, "arg", CMDQV_XML_QEMU_NAMESPACE, CMDQV_QEMU_PREFIX);

        cmdqvXMLEditSet(arg, "value", argv[i]);
        if (first)
            cmdqvXMLEditMoveBefore(first, arg);
    }
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

    g_ptr_array_add(lowering.arguments, cmdqvWriterIommufd(lowering.iommufd));
    if (!cmdqvLowerAddControllers(&lowering, error) || !cmdqvLowerAddSmmus(&lowering, error))
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
 * takes no more than one <iommu>.
 *
 * Returns: (transfer full) (nullable): the domain without its SMMUs, NULL where
 * it cannot be read
 */
char *
cmdqvLowerWithout(const char *xml)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(xml, strlen(xml), "domain", NULL);
    xmlNode *devices;
    xmlNode *iommu;

    if (!doc)
        return NULL;
    (void)cmdqvLiftDoc(doc);
    devices = xmlDocGetRootElement(doc)->children;
    for (; devices; devices = devices->next) {
        while (cmdqvXMLIs(devices, "devices") && (iommu = cmdqvXMLChild(devices, "iommu")))
            cmdqvXMLEditRemove(iommu);
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
