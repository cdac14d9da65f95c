/*
 * cmdqvlayout.c: devices of the host, put behind vSMMUs of their own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Domain XML in, domain XML out, and the same XML gives the same layout each
 * time: a manager that writes its domains anew gets the same machine again.
 * What is behind an accelerated vSMMU already stays there, so that a domain
 * that is laid out stays as it is.
 *
 * libvirt puts a device without an address on the first free port by the
 * index of its controller.  A free port behind a vSMMU must therefore never be
 * the first, and has ports of the root complex before it.
 */

#include "qemu/cmdqvlayout.h"

#include <string.h>

#include "conf/cmdqvdomainedit.h"
#include "conf/cmdqvdomainxml.h"
#include "conf/cmdqvxmledit.h"
#include "qemu/cmdqvpin.h"
#include "util/cmdqverror.h"
#include "util/cmdqvstring.h"

#define CMDQV_LAYOUT_SLOTS 32
#define CMDQV_LAYOUT_FUNCTIONS 8
#define CMDQV_LAYOUT_BUSES 256

/* Bus numbers are given to an expander in steps, so that a device that is a bridge itself finds a few. */
#define CMDQV_LAYOUT_BUS_STEP 8

/* What libvirt takes for an expander that says nothing (qemuDomainAddressFindNewBusNr(), src/qemu/qemu_domain_address.c). */
#define CMDQV_LAYOUT_BUS_DEFAULT 2

/* Properties that a Grace host supports, for guests that are defined before any host is chosen. */
#define CMDQV_LAYOUT_GIVEN " ats='on' ril='off' ssidsize='20' oas='48'"

static const char *const cmdqvLayoutShapes[] = {
    [CMDQV_LAYOUT_LIBVIRT] = "libvirt",
    [CMDQV_LAYOUT_KUBEVIRT] = "kubevirt",
    [CMDQV_LAYOUT_NOVA] = "nova",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvLayoutShapes) == CMDQV_LAYOUT_LAST);

/** A device of the host that is laid out. */
typedef struct {
    cmdqvPCIAddress host;
    char name[CMDQV_PCI_ADDRESS_LEN];
    xmlNode *node;              /* in the domain, NULL if it has yet to come there */
    const char *smmu;           /* of the host */
    int numaNode;
    int vsmmu;                  /* index of the vSMMU that it is behind already, CMDQV_NONE where it is behind none */
} cmdqvLayoutDevice;

/** The domain, and what is free in it. */
typedef struct {
    const cmdqvLayoutRequest *request;
    xmlNode *root;
    xmlNode *devices;
    cmdqvTopology *topology;    /* as it was */
    GArray *items;              /* cmdqvLayoutDevice, those that were asked for first */
    const char **owners;        /* for each SMMU of the topology the one of the host that it stands for */
    xmlNode *lastController;    /* new ones come behind it */
    int nextIndex;
    guint lowestBusNr;
    GHashTable *used;           /* (bus << 5 | slot) of each guest address, and the buses alone as -1 - bus */
} cmdqvLayout;


const char *
cmdqvLayoutShapeToString(cmdqvLayoutShape shape)
{
    return cmdqvLayoutShapes[shape];
}


/* Returns CMDQV_LAYOUT_LAST where there is none of that name. */
cmdqvLayoutShape
cmdqvLayoutShapeFromString(const char *shape)
{
    guint i;

    for (i = 0; i < CMDQV_LAYOUT_LAST && strcmp(shape, cmdqvLayoutShapes[i]) != 0; i++)
        continue;
    return i;
}


/* Nova and KubeVirt plug devices in without an address, and a free port behind a vSMMU would take any of them. */
guint
cmdqvLayoutShapeSparePorts(cmdqvLayoutShape shape)
{
    return shape == CMDQV_LAYOUT_LIBVIRT ? 1 : 0;
}


static bool
cmdqvLayoutIsPCIController(const xmlNode *node)
{
    return cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "type"), "pci") == 0;
}


/* The controller of a bus: they are in the order of the text, in the document as in the topology. */
static xmlNode *
cmdqvLayoutController(const cmdqvLayout *layout, int bus)
{
    xmlNode *node = NULL;
    int number = 0;

    while ((node = cmdqvXMLNextElement(layout->devices, node))) {
        if (cmdqvLayoutIsPCIController(node) && number++ == bus)
            return node;
    }
    return NULL;
}


static xmlNode *
cmdqvLayoutIommu(const cmdqvLayout *layout, int smmu)
{
    xmlNode *node = NULL;
    int number = 0;

    while ((node = cmdqvXMLNextElement(layout->devices, node))) {
        if (cmdqvXMLIs(node, "iommu") && g_strcmp0(cmdqvXMLAttr(node, "model"), "smmuv3") == 0 && number++ == smmu)
            return node;
    }
    return NULL;
}


/* An element written with the indentation of a device. */
G_GNUC_PRINTF(2, 3) static xmlNode *
cmdqvLayoutElement(const cmdqvLayout *layout, const char *format, ...)
{
    g_autofree char *text = NULL;
    g_autoptr(xmlDoc) doc = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    doc = cmdqvXMLParse(text, strlen(text), NULL, NULL);
    g_assert(doc);
    return xmlDocCopyNode(xmlDocGetRootElement(doc), layout->root->doc, 1);
}


static void
cmdqvLayoutUse(cmdqvLayout *layout, unsigned int bus, unsigned int slot)
{
    (void)g_hash_table_add(layout->used, GINT_TO_POINTER(bus << 5 | slot));
    (void)g_hash_table_add(layout->used, GINT_TO_POINTER(-1 - (int)bus));
}


static bool
cmdqvLayoutIsUsed(const cmdqvLayout *layout, unsigned int bus, unsigned int slot)
{
    return g_hash_table_contains(layout->used, GINT_TO_POINTER(bus << 5 | slot));
}


static unsigned int
cmdqvLayoutBusNr(const xmlNode *controller)
{
    const xmlNode *target = controller ? cmdqvXMLChild(controller, "target") : NULL;
    const char *text = target ? cmdqvXMLAttr(target, "busNr") : NULL;
    unsigned int number;

    return text && cmdqvStringToUint(text, 0, CMDQV_LAYOUT_BUSES - 1, &number) ? number : 0;
}


/* What the domain has: indexes, bus numbers and addresses. */
static bool
cmdqvLayoutSurvey(cmdqvLayout *layout, GError **error)
{
    xmlNode *node = NULL;
    guint i;

    while ((node = cmdqvXMLNextElement(layout->devices, node))) {
        const xmlNode *address = cmdqvXMLChild(node, "address");
        cmdqvPCIAddress guest;
        bool present;

        if (cmdqvXMLIs(node, "controller"))
            layout->lastController = node;
        if (!address || g_strcmp0(cmdqvXMLAttr(address, "type"), "pci") != 0)
            continue;
        if (!cmdqvXMLAddress(address, &present, &guest, error))
            return false;
        if (present)
            cmdqvLayoutUse(layout, guest.bus, guest.slot);
    }
    layout->lowestBusNr = CMDQV_LAYOUT_BUSES;
    for (i = 0; i < layout->topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(layout->topology->buses, cmdqvBus, i);
        unsigned int number = bus->line == CMDQV_NONE ? 0 : cmdqvLayoutBusNr(cmdqvLayoutController(layout, (int)i));

        layout->nextIndex = MAX(layout->nextIndex, bus->index + 1);
        if (number > 0)
            layout->lowestBusNr = MIN(layout->lowestBusNr, number);
    }
    return true;
}


/* A device of the host that can be behind a vSMMU: what is held back for failover cannot anchor one. */
static bool
cmdqvLayoutIsHostdev(const xmlNode *node)
{
    const char *mode = cmdqvXMLAttr(node, "mode");
    const xmlNode *teaming = cmdqvXMLChild(node, "teaming");

    if (teaming && g_strcmp0(cmdqvXMLAttr(teaming, "type"), "transient") == 0)
        return false;
    if (cmdqvXMLIs(node, "interface"))
        return g_strcmp0(cmdqvXMLAttr(node, "type"), "hostdev") == 0;
    return cmdqvXMLIs(node, "hostdev") && (!mode || strcmp(mode, "subsystem") == 0) &&
        g_strcmp0(cmdqvXMLAttr(node, "type"), "pci") == 0;
}


static cmdqvLayoutDevice *
cmdqvLayoutFind(const cmdqvLayout *layout, const cmdqvPCIAddress *host)
{
    guint i;

    for (i = 0; i < layout->items->len; i++) {
        cmdqvLayoutDevice *item = &g_array_index(layout->items, cmdqvLayoutDevice, i);

        if (cmdqvPCIAddressEqual(&item->host, host))
            return item;
    }
    return NULL;
}


/* Asks the host about a device; false with @error set where that has to be an error. */
static bool
cmdqvLayoutLookup(const cmdqvLayout *layout, cmdqvLayoutDevice *item, bool *mayHaveCmdqv, GError **error)
{
    const cmdqvLayoutRequest *request = layout->request;

    (void)cmdqvPCIAddressFormat(&item->host, item->name);
    if (request->ask(item->name, &item->smmu, mayHaveCmdqv, &item->numaNode, request->data))
        return true;
    g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "device '%s': this host has no such PCI device behind an SMMUv3; "
                "'virt-cmdqv host' lists those that it has", item->name);
    return false;
}


static bool
cmdqvLayoutAddWanted(cmdqvLayout *layout, const char *text, GError **error)
{
    cmdqvLayoutDevice item = { .vsmmu = CMDQV_NONE };
    bool mayHaveCmdqv;

    if (!cmdqvPCIAddressParse(text, &item.host)) {
        g_autofree char *quoted = cmdqvStringShorten(text);

        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "'%s' is not the address of a PCI device, such as 0009:01:00.0",
                    quoted);
        return false;
    }
    if (!cmdqvLayoutLookup(layout, &item, &mayHaveCmdqv, error))
        return false;
    if (!mayHaveCmdqv) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "device '%s': it is behind host SMMU '%s', which has no CMDQV; "
                    "'virt-cmdqv host' lists those that have", item.name, item.smmu);
        return false;
    }
    if (cmdqvLayoutFind(layout, &item.host)) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "device '%s' is given twice", item.name);
        return false;
    }
    g_array_append_val(layout->items, item);
    return true;
}


/* The accelerated vSMMU that a device of the domain is behind. */
static int
cmdqvLayoutVsmmuOf(const cmdqvLayout *layout, const xmlNode *node, GError **error)
{
    const xmlNode *element = cmdqvXMLChild(node, "address");
    cmdqvPCIAddress guest = { 0, 0, 0, 0 };
    bool present = false;
    guint i;

    if (!element || g_strcmp0(cmdqvXMLAttr(element, "type"), "pci") != 0 ||
        !cmdqvXMLAddress(element, &present, &guest, error) || !present)
        return CMDQV_NONE;
    for (i = 0; i < layout->topology->buses->len; i++) {
        int smmu = g_array_index(layout->topology->buses, cmdqvBus, i).index == (int)guest.bus
            ? cmdqvTopologyBusSmmu(layout->topology, (int)i) : CMDQV_NONE;

        if (smmu != CMDQV_NONE && cmdqvTopologyGetSmmu(layout->topology, smmu)->accel == CMDQV_SWITCH_ON)
            return smmu;
    }
    return CMDQV_NONE;
}


/* A device that the domain has: laid out where its SMMU has CMDQV, and left alone where it has none. */
static bool
cmdqvLayoutAddPresent(cmdqvLayout *layout, xmlNode *node, GError **error)
{
    const xmlNode *source = cmdqvXMLChild(node, "source");
    const xmlNode *address = source ? cmdqvXMLChild(source, "address") : NULL;
    cmdqvLayoutDevice found = { .vsmmu = CMDQV_NONE };
    cmdqvLayoutDevice *item;
    bool mayHaveCmdqv;
    bool present = false;

    if (!address)
        return true;
    if (!cmdqvXMLAddress(address, &present, &found.host, error))
        return false;
    if (!present)
        return true;
    item = cmdqvLayoutFind(layout, &found.host);
    if (!item) {
        if (!cmdqvLayoutLookup(layout, &found, &mayHaveCmdqv, error))
            return false;
        if (!mayHaveCmdqv)
            return true;
        g_array_append_val(layout->items, found);
        item = &g_array_index(layout->items, cmdqvLayoutDevice, layout->items->len - 1);
    }
    item->node = node;
    item->vsmmu = cmdqvLayoutVsmmuOf(layout, node, NULL);
    if (item->vsmmu != CMDQV_NONE && !layout->owners[item->vsmmu])
        layout->owners[item->vsmmu] = item->smmu;
    return true;
}


static bool
cmdqvLayoutCollect(cmdqvLayout *layout, GError **error)
{
    const char *const *wanted;
    xmlNode *node = NULL;

    for (wanted = layout->request->hostdevs; wanted && *wanted; wanted++) {
        if (!cmdqvLayoutAddWanted(layout, *wanted, error))
            return false;
    }
    while ((node = cmdqvXMLNextElement(layout->devices, node))) {
        if (cmdqvLayoutIsHostdev(node) && !cmdqvLayoutAddPresent(layout, node, error))
            return false;
    }
    if (layout->items->len == 0) {
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the domain has no PCI hostdev that is behind a host SMMU "
                            "with CMDQV, so nothing could anchor it; 'virt-cmdqv host' lists what the host has");
        return false;
    }
    return true;
}


/* Whether a nodeset such as 0,2-3 is that one node. */
static bool
cmdqvLayoutIsNode(const char *nodeset, int node)
{
    unsigned int number;

    return nodeset && cmdqvStringToUint(nodeset, 10, G_MAXINT, &number) && (int)number == node;
}


static bool
cmdqvLayoutHasCell(const xmlNode *root, unsigned int wanted)
{
    const xmlNode *cpu = cmdqvXMLChild(root, "cpu");
    const xmlNode *numa = cpu ? cmdqvXMLChild(cpu, "numa") : NULL;
    unsigned int number = 0;
    xmlNode *cell = NULL;

    while (numa && (cell = cmdqvXMLNextElement(numa, cell))) {
        unsigned int id = number++;

        if (cmdqvXMLIs(cell, "cell") && cmdqvXMLAttrUint(cell, "id", 10, G_MAXINT, NULL, &id, NULL) && id == wanted)
            return true;
    }
    return false;
}


/*
 * The guest's NUMA cell that stands for a node of the host: the one whose
 * memory is bound to that node or, where the domain binds no cell, the one of
 * that number.
 */
static int
cmdqvLayoutCell(const xmlNode *root, int node)
{
    const xmlNode *tune = cmdqvXMLChild(root, "numatune");
    bool bound = false;
    xmlNode *memnode = NULL;

    while (tune && (memnode = cmdqvXMLNextElement(tune, memnode))) {
        unsigned int cell = 0;
        bool present = false;

        if (!cmdqvXMLIs(memnode, "memnode"))
            continue;
        bound = true;
        if (cmdqvLayoutIsNode(cmdqvXMLAttr(memnode, "nodeset"), node) &&
            cmdqvXMLAttrUint(memnode, "cellid", 10, G_MAXINT, &present, &cell, NULL) && present && cmdqvLayoutHasCell(root, cell))
            return (int)cell;
    }
    return !bound && node >= 0 && cmdqvLayoutHasCell(root, (unsigned int)node) ? node : CMDQV_NONE;
}


static void
cmdqvLayoutAddController(cmdqvLayout *layout, xmlNode *controller)
{
    xmlNode *after = layout->lastController ? layout->lastController->next : NULL;

    /* the white space behind the last one stays with what follows */
    while (after && after->type != XML_ELEMENT_NODE)
        after = after->next;
    cmdqvXMLEditInsertLine(layout->devices, after, controller);
    layout->lastController = controller;
}


static char *
cmdqvLayoutAlias(const cmdqvLayout *layout, const char *what, int index)
{
    return layout->request->shape == CMDQV_LAYOUT_KUBEVIRT
        ? g_strdup_printf("\n      <alias name='ua-cmdqv-%s%d'/>", what, index) : g_strdup("");
}


/* The buses that are on the root complex itself, with what libvirt may add there: below the expanders' numbers there has to be room. */
static guint
cmdqvLayoutBelow(const cmdqvLayout *layout)
{
    guint count = 1 + layout->request->sparePorts;
    guint i;

    for (i = 0; i < layout->topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(layout->topology->buses, cmdqvBus, i);
        const cmdqvBus *root = cmdqvTopologyGetBus(layout->topology, bus->root);

        if (!root || root->model != CMDQV_BUS_PCIE_EXPANDER)
            count++;
        else if (bus == root && bus->line != CMDQV_NONE && cmdqvLayoutBusNr(cmdqvLayoutController(layout, (int)i)) == 0)
            count += CMDQV_LAYOUT_BUS_DEFAULT;
    }
    return count + cmdqvDomainXMLCountUnplaced(layout->root);
}


/* The lowest of as many bus numbers as an expander with @ports ports needs; 0 with @error set where there are too few. */
static guint
cmdqvLayoutTakeBusNr(cmdqvLayout *layout, guint ports, GError **error)
{
    guint need = (ports + 1 + CMDQV_LAYOUT_BUS_STEP - 1) / CMDQV_LAYOUT_BUS_STEP * CMDQV_LAYOUT_BUS_STEP;

    if (layout->lowestBusNr < need + cmdqvLayoutBelow(layout)) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the domain has no %u bus numbers left for another PCIe expander bus "
                    "below %u; lay out fewer devices or spare ports", need, layout->lowestBusNr);
        return 0;
    }
    layout->lowestBusNr -= need;
    return layout->lowestBusNr;
}


/* A port below @parent, for one device. */
static int
cmdqvLayoutAddPort(cmdqvLayout *layout, int parent, GError **error)
{
    g_autofree char *alias = cmdqvLayoutAlias(layout, "port", layout->nextIndex);
    unsigned int slot;

    for (slot = parent == 0 ? 1 : 0; slot < CMDQV_LAYOUT_SLOTS && cmdqvLayoutIsUsed(layout, (unsigned int)parent, slot); slot++)
        continue;
    if (slot == CMDQV_LAYOUT_SLOTS) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "PCI controller %d has no slot left for another port", parent);
        return CMDQV_NONE;
    }
    cmdqvLayoutUse(layout, (unsigned int)parent, slot);
    cmdqvLayoutAddController(layout, cmdqvLayoutElement(layout, "<controller type='pci' index='%d' model='pcie-root-port'>%s\n"
                                                        "      <address type='pci' domain='0x0000' bus='0x%02x' slot='0x%02x' "
                                                        "function='0x0'/>\n    </controller>",
                                                        layout->nextIndex, alias, (unsigned int)parent, slot));
    return layout->nextIndex++;
}


/* Ports of the root complex, all in one slot of it, which are the first that libvirt finds free. */
static bool
cmdqvLayoutAddRoom(cmdqvLayout *layout, guint ports, GError **error)
{
    guint function = 0;
    int slot = CMDQV_LAYOUT_SLOTS;

    for (; ports > 0; ports--, function = (function + 1) % CMDQV_LAYOUT_FUNCTIONS) {
        if (function == 0) {
            for (slot--; slot > 0 && cmdqvLayoutIsUsed(layout, 0, (unsigned int)slot); slot--)
                continue;
            if (slot <= 0) {
                g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the root complex has no slot left for more ports; lay "
                                    "out no spare ports, or give the emulated devices addresses");
                return false;
            }
            cmdqvLayoutUse(layout, 0, (unsigned int)slot);
        }
        cmdqvLayoutAddController(layout, cmdqvLayoutElement(layout, "<controller type='pci' index='%d' model='pcie-root-port'>\n"
                                                            "      <address type='pci' domain='0x0000' bus='0x00' slot='0x%02x' "
                                                            "function='0x%x'%s/>\n    </controller>", layout->nextIndex++,
                                                            (unsigned int)slot, function,
                                                            function == 0 ? " multifunction='on'" : ""));
    }
    return true;
}


static int
cmdqvLayoutAddExpander(cmdqvLayout *layout, guint ports, int numaNode, GError **error)
{
    guint busNr = cmdqvLayoutTakeBusNr(layout, ports, error);
    g_autofree char *alias = cmdqvLayoutAlias(layout, "pxb", layout->nextIndex);
    int cell = cmdqvLayoutCell(layout->root, numaNode);
    g_autofree char *node = cell == CMDQV_NONE ? g_strdup_printf("<target busNr='%u'/>", busNr)
        : g_strdup_printf("<target busNr='%u'>\n        <node>%d</node>\n      </target>", busNr, cell);

    if (busNr == 0)
        return CMDQV_NONE;
    cmdqvLayoutAddController(layout, cmdqvLayoutElement(layout, "<controller type='pci' index='%d' model='pcie-expander-bus'>\n"
                                                        "      %s%s\n    </controller>", layout->nextIndex, node, alias));
    return layout->nextIndex++;
}


static void
cmdqvLayoutAddIommu(cmdqvLayout *layout, int expander)
{
    g_autofree char *alias = cmdqvLayoutAlias(layout, "iommu", expander);

    cmdqvXMLEditInsertLine(layout->devices, NULL,
                           cmdqvLayoutElement(layout, "<iommu model='smmuv3'>\n      <driver pciBus='%d' accel='on' cmdqv='on'%s/>%s\n"
                                              "    </iommu>", expander,
                                              layout->request->shape == CMDQV_LAYOUT_KUBEVIRT ? CMDQV_LAYOUT_GIVEN : "", alias));
}


/* Puts a device on the port with that index, on iommufd, behind all hostdevs that stand in the domain by now. */
static void
cmdqvLayoutPlace(cmdqvLayout *layout, const cmdqvLayoutDevice *item, int port)
{
    xmlNode *node = item->node;
    xmlNode *driver;
    xmlNode *old;

    if (!node) {
        g_autofree char *alias = cmdqvLayoutAlias(layout, "hostdev", port);

        node = cmdqvLayoutElement(layout, "<hostdev mode='subsystem' type='pci' managed='yes'>\n      <source>\n        <address "
                                  "domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>\n      </source>%s\n    </hostdev>",
                                  item->host.domain, item->host.bus, item->host.slot, item->host.function, alias);
        cmdqvXMLEditInsertLine(layout->devices, NULL, node);
    } else if (cmdqvXMLIs(node, "hostdev")) {
        /* QEMU creates them in the order of the text */
        if (node->prev && xmlIsBlankNode(node->prev))
            cmdqvXMLEditRemove(node->prev);
        xmlUnlinkNode(node);
        cmdqvXMLEditInsertLine(layout->devices, NULL, node);
    }

    driver = cmdqvXMLChild(node, "driver");
    if (!driver) {
        driver = cmdqvLayoutElement(layout, "<driver name='vfio'/>");
        cmdqvXMLEditInsertLine(node, cmdqvXMLNextElement(node, NULL), driver);
    }
    cmdqvXMLEditSet(driver, "iommufd", "yes");
    old = cmdqvXMLChild(node, "address");
    if (old)
        cmdqvXMLEditRemoveLine(old);
    cmdqvXMLEditInsertLine(node, NULL, cmdqvLayoutElement(layout, "<address type='pci' domain='0x0000' bus='0x%02x' slot='0x00' "
                                                          "function='0x0'/>", (unsigned int)port));
    cmdqvLayoutUse(layout, (unsigned int)port, 0);
}


/* A port below a bus that the domain has, with nothing on it; CMDQV_NONE where there is none. */
static int
cmdqvLayoutFreePort(const cmdqvLayout *layout, int bus)
{
    guint i;

    for (i = 0; i < layout->topology->buses->len; i++) {
        const cmdqvBus *port = &g_array_index(layout->topology->buses, cmdqvBus, i);

        if (port->model == CMDQV_BUS_ROOT_PORT && port->parentIndex == bus &&
            !g_hash_table_contains(layout->used, GINT_TO_POINTER(-1 - port->index)))
            return port->index;
    }
    return CMDQV_NONE;
}


/* Whether an expander that the domain has may get one more bus below it without running into the next one. */
static bool
cmdqvLayoutHasBusNr(const cmdqvLayout *layout, int expander, guint more)
{
    unsigned int first = cmdqvLayoutBusNr(cmdqvLayoutController(layout, expander));
    unsigned int next = CMDQV_LAYOUT_BUSES;
    guint buses = more;
    guint i;

    if (cmdqvTopologyGetBus(layout->topology, expander)->model != CMDQV_BUS_PCIE_EXPANDER)
        return true;
    for (i = 0; i < layout->topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(layout->topology->buses, cmdqvBus, i);
        unsigned int number = bus->line == CMDQV_NONE ? 0 : cmdqvLayoutBusNr(cmdqvLayoutController(layout, (int)i));

        buses += bus->root == expander;
        if (number > first)
            next = MIN(next, number);
    }
    return first > 0 && buses <= next - first;
}


/* The vSMMU of the domain that a device joins: the one that stands for its host SMMU, or one that stands for none yet. */
static int
cmdqvLayoutChoose(cmdqvLayout *layout, const cmdqvLayoutDevice *item)
{
    guint i;

    for (i = 0; i < layout->topology->smmus->len; i++) {
        if (layout->request->shape != CMDQV_LAYOUT_KUBEVIRT && g_strcmp0(layout->owners[i], item->smmu) == 0)
            return (int)i;
    }
    for (i = 0; i < layout->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(layout->topology, (int)i);

        if (!layout->owners[i] && smmu->accel == CMDQV_SWITCH_ON && smmu->bus != CMDQV_NONE) {
            layout->owners[i] = item->smmu;
            return (int)i;
        }
    }
    return CMDQV_NONE;
}


/* Behind a vSMMU that the domain has: on a free port of it, or on a new one. */
static bool
cmdqvLayoutJoin(cmdqvLayout *layout, const cmdqvLayoutDevice *item, int vsmmu, guint *added, GError **error)
{
    const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(layout->topology, vsmmu);
    xmlNode *driver = cmdqvXMLChild(cmdqvLayoutIommu(layout, vsmmu), "driver");
    const cmdqvBus *bus = cmdqvTopologyGetBus(layout->topology, smmu->bus);
    int port = cmdqvLayoutFreePort(layout, bus->index);

    if (smmu->cmdqv == CMDQV_SWITCH_OFF) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "device '%s' would be behind the <iommu> in line %d, which has "
                    "cmdqv='off'; remove that", item->name, smmu->line);
        return false;
    }
    cmdqvXMLEditSet(driver, "cmdqv", "on");
    if (port == CMDQV_NONE) {
        if (!cmdqvLayoutHasBusNr(layout, smmu->bus, ++*added)) {
            g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "device '%s' belongs behind PCI controller %d, which has no bus "
                        "number left for another port; give its <target> a lower busNr", item->name, bus->index);
            return false;
        }
        port = cmdqvLayoutAddPort(layout, bus->index, error);
    }
    if (port == CMDQV_NONE)
        return false;
    cmdqvLayoutPlace(layout, item, port);
    return true;
}


static bool
cmdqvLayoutIsOpen(const cmdqvLayoutDevice *item)
{
    return item->vsmmu == CMDQV_NONE;
}


/* An expander of its own, with a vSMMU, for the device and all others of its host SMMU. */
static bool
cmdqvLayoutFound(cmdqvLayout *layout, guint first, GError **error)
{
    const cmdqvLayoutDevice *leader = &g_array_index(layout->items, cmdqvLayoutDevice, first);
    bool alone = layout->request->shape == CMDQV_LAYOUT_KUBEVIRT;
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(guint));
    int expander;
    guint i;

    for (i = first; i < layout->items->len; i++) {
        cmdqvLayoutDevice *item = &g_array_index(layout->items, cmdqvLayoutDevice, i);

        if (i == first || (!alone && cmdqvLayoutIsOpen(item) && strcmp(item->smmu, leader->smmu) == 0))
            g_array_append_val(members, i);
    }
    expander = cmdqvLayoutAddExpander(layout, members->len + layout->request->sparePorts, leader->numaNode, error);
    if (expander == CMDQV_NONE)
        return false;
    cmdqvLayoutAddIommu(layout, expander);
    for (i = 0; i < members->len + layout->request->sparePorts; i++) {
        int port = cmdqvLayoutAddPort(layout, expander, error);
        cmdqvLayoutDevice *item = i < members->len
            ? &g_array_index(layout->items, cmdqvLayoutDevice, g_array_index(members, guint, i)) : NULL;

        if (port == CMDQV_NONE)
            return false;
        if (item) {
            cmdqvLayoutPlace(layout, item, port);
            item->vsmmu = (int)layout->topology->smmus->len;     /* one that was not there before */
        }
    }
    return true;
}


/* A machine-wide SMMU is none of those that can have CMDQV, and cannot be beside them. */
static void
cmdqvLayoutRemoveMachineWide(cmdqvLayout *layout)
{
    int i;

    for (i = (int)layout->topology->smmus->len - 1; i >= 0; i--) {
        if (cmdqvTopologyGetSmmu(layout->topology, i)->busIndex == CMDQV_NONE)
            cmdqvXMLEditRemoveLine(cmdqvLayoutIommu(layout, i));
    }
}


static bool
cmdqvLayoutRun(cmdqvLayout *layout, GError **error)
{
    g_autofree guint *added = g_new0(guint, layout->topology->smmus->len + 1);
    bool room = false;
    guint i;

    for (i = 0; i < layout->items->len; i++) {
        cmdqvLayoutDevice *item = &g_array_index(layout->items, cmdqvLayoutDevice, i);
        int vsmmu = cmdqvLayoutIsOpen(item) ? cmdqvLayoutChoose(layout, item) : CMDQV_NONE;

        if (!cmdqvLayoutIsOpen(item))
            continue;
        if (vsmmu != CMDQV_NONE) {
            if (!cmdqvLayoutJoin(layout, item, vsmmu, &added[vsmmu], error))
                return false;
            item->vsmmu = vsmmu;
            continue;
        }
        if (!room && layout->request->sparePorts > 0 &&
            !cmdqvLayoutAddRoom(layout, cmdqvDomainXMLCountUnplaced(layout->root) + layout->request->sparePorts, error))
            return false;
        room = true;
        if (!cmdqvLayoutFound(layout, i, error))
            return false;
    }
    cmdqvLayoutRemoveMachineWide(layout);
    return true;
}


/* The ports of the anchors, whoever is one by now, are closed to hot-plug. */
static bool
cmdqvLayoutPin(xmlDoc *doc, GError **error)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), error);
    g_autoptr(GArray) indexes = topology ? cmdqvPinIndexes(topology, true) : NULL;

    if (!topology)
        return false;
    if (cmdqvDomainEditClosePorts(doc, topology, indexes))
        return true;
    g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_FORBIDDEN, "there is not enough memory to close the anchors' ports");
    return false;
}


/**
 * cmdqvLayoutDomain:
 * @domain: domain XML
 * @request: what is to be laid out, and how
 * @error: CMDQV_ERROR_INVALID where that cannot be, CMDQV_ERROR_MALFORMED or
 *   CMDQV_ERROR_FORBIDDEN where @domain cannot be read
 *
 * Devices that the domain has are moved behind the vSMMUs, where the host's
 * SMMU has CMDQV, and the others stay.
 *
 * Returns: (transfer full): the domain, laid out; NULL with @error set
 */
char *
cmdqvLayoutDomain(const char *domain, const cmdqvLayoutRequest *request, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(domain, strlen(domain), "domain", error);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    g_autoptr(cmdqvTopology) topology = root ? cmdqvDomainXMLReadNode(root, error) : NULL;
    g_autofree const char **owners = topology ? g_new0(const char *, topology->smmus->len + 1) : NULL;
    g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(cmdqvLayoutDevice));
    g_autoptr(GHashTable) used = g_hash_table_new(NULL, NULL);
    cmdqvLayout layout = { .request = request, .root = root, .topology = topology, .items = items, .owners = owners, .used = used };

    if (!topology)
        return NULL;
    layout.devices = cmdqvXMLChild(root, "devices");
    if (!layout.devices) {
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the domain has no <devices>");
        return NULL;
    }
    if (topology->passthroughArgs) {
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the domain has a <qemu:commandline> or a <qemu:override>, so "
                            "that its XML does not tell what is free; remove that");
        return NULL;
    }
    if (!cmdqvLayoutSurvey(&layout, error) || !cmdqvLayoutCollect(&layout, error) || !cmdqvLayoutRun(&layout, error) ||
        !cmdqvLayoutPin(doc, error))
        return NULL;
    return cmdqvXMLEditFormat(doc);
}
