/*
 * layout.c: put host devices behind vSMMUs of their own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Changes domain XML, and the same XML always gives the same layout: a manager
 * that writes the XML of a domain again gets the same machine. A device that is
 * already behind an accelerated vSMMU stays there, so a second layout changes
 * nothing.
 *
 * libvirt puts a device without an address on the first free port by the index
 * of its controller.  So the first free port must not be behind a vSMMU: free
 * ports of the root complex have lower indexes.
 *
 * The shape for Nova has no free port behind a vSMMU, and a hard reboot defines
 * the instance anew, with the volumes and ports that a tenant has attached
 * since. Their number must not change the addresses of the flavor's devices, so
 * these have the lowest indexes. The ports of the root complex follow, so that
 * a port of the instance moves no other device; eight of them at a time, so
 * that few volumes move the ports behind a vSMMU. If such a port becomes free
 * later, the module gives the next device another address (plugin/api_attach.c).
 */

#include "layout/layout.h"

#include <string.h>

#include "conf/domain_edit.h"
#include "layout/layout_priv.h"
#include "layout/nova_request.h"
#include "policy/anchor_ports.h"
#include "qemu/own_arguments.h"
#include "util/error.h"


static xmlNode *
cmdqvLayoutIommu(const cmdqvLayout *layout, int smmu)
{
    xmlNode *node = NULL;
    int number = 0;

    while ((node = cmdqvXMLEditNextElement(layout->devices, node))) {
        if (cmdqvXMLReadIsOf(node, "iommu", "model", "smmuv3") && number++ == smmu)
            return node;
    }
    return NULL;
}


/*
 * Whether two devices share a vSMMU. In the shape for Nova a port shares none
 * with a device of the flavor, because it would anchor it: libvirt gives QEMU the
 * ports first.
 */
static bool
cmdqvLayoutIsTogether(const cmdqvLayout *layout, const cmdqvLayoutDevice *one, const cmdqvLayoutDevice *other)
{
    return layout->request->shape != CMDQV_LAYOUT_KUBEVIRT && strcmp(one->place.smmu, other->place.smmu) == 0 &&
        (layout->request->shape != CMDQV_LAYOUT_NOVA || cmdqvLayoutIsInterface(one) == cmdqvLayoutIsInterface(other));
}


/* The first device behind a vSMMU of the domain. */
static const cmdqvLayoutDevice *
cmdqvLayoutOwner(const cmdqvLayout *layout, int vsmmu)
{
    guint i;

    for (i = 0; i < layout->items->len; i++) {
        const cmdqvLayoutDevice *item = &g_array_index(layout->items, cmdqvLayoutDevice, i);

        if (item->vsmmu == vsmmu)
            return item;
    }
    return NULL;
}


/* Chooses a vSMMU of the domain for a device: one of devices that it may be with, or one without a device so far. */
static int
cmdqvLayoutChoose(const cmdqvLayout *layout, const cmdqvLayoutDevice *item)
{
    int count = (int)layout->topology->smmus->len;
    int i;

    for (i = 0; i < count; i++) {
        const cmdqvLayoutDevice *owner = cmdqvLayoutOwner(layout, i);

        if (owner && cmdqvLayoutIsTogether(layout, owner, item))
            return i;
    }
    for (i = 0; i < count; i++) {
        const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(layout->topology, i);

        if (!cmdqvLayoutOwner(layout, i) && smmu->accel == CMDQV_SWITCH_ON && smmu->bus != CMDQV_NONE)
            return i;
    }
    return CMDQV_NONE;
}


/* Puts a device behind a vSMMU of the domain: on a free port, or on a new one. */
static bool
cmdqvLayoutJoin(cmdqvLayout *layout, cmdqvLayoutDevice *item, int vsmmu, guint *added, GError **error)
{
    const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(layout->topology, vsmmu);
    xmlNode *driver = cmdqvXMLReadChild(cmdqvLayoutIommu(layout, vsmmu), "driver");
    const cmdqvBus *bus = cmdqvTopologyGetBus(layout->topology, smmu->bus);
    int port = cmdqvLayoutFreePort(layout, bus->index);

    if (smmu->cmdqv == CMDQV_SWITCH_OFF)
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "device '%s' would be behind the <iommu> in line %d, which has "
                             "cmdqv='off'; remove that", item->name, smmu->line);
    cmdqvXMLEditSet(driver, "cmdqv", "on");
    if (port == CMDQV_NONE) {
        if (!cmdqvLayoutHasBusNr(layout, smmu->bus, ++*added))
            return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "device '%s' belongs behind PCI controller %d, which has no bus "
                                 "number left for another port; give its <target> a lower busNr", item->name, bus->index);
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


/* Puts the device on a new port of its new expander. */
static bool
cmdqvLayoutAddBehind(cmdqvLayout *layout, cmdqvLayoutDevice *item, GError **error)
{
    int port = cmdqvLayoutAddPort(layout, item->expander, error);

    if (port == CMDQV_NONE)
        return false;
    cmdqvLayoutPlace(layout, item, port);
    item->vsmmu = (int)layout->topology->smmus->len;     /* a new one */
    return true;
}


/*
 * Adds an expander with a vSMMU for the device and all others of its host SMMU.
 * In the shape for Nova only the device itself gets its port now: the indexes of
 * the GPUs behind other SMMUs must not depend on the number of ports.
 */
static bool
cmdqvLayoutFound(cmdqvLayout *layout, guint first, GError **error)
{
    const cmdqvLayoutDevice *leader = &g_array_index(layout->items, cmdqvLayoutDevice, first);
    g_autoptr(GPtrArray) members = g_ptr_array_new();
    int expander;
    guint i;

    for (i = first; i < layout->items->len; i++) {
        cmdqvLayoutDevice *item = &g_array_index(layout->items, cmdqvLayoutDevice, i);

        if (item == leader || (cmdqvLayoutIsOpen(item) && cmdqvLayoutIsTogether(layout, leader, item)))
            g_ptr_array_add(members, item);
    }
    expander = cmdqvLayoutAddExpander(layout, members->len + layout->request->sparePorts,
                                      cmdqvLayoutCell(layout->root, leader->place.node), error);
    if (expander == CMDQV_NONE)
        return false;
    cmdqvLayoutAddIommu(layout, expander);
    for (i = 0; i < members->len; i++) {
        cmdqvLayoutDevice *item = g_ptr_array_index(members, i);

        item->expander = expander;
        if ((i == 0 || layout->request->shape != CMDQV_LAYOUT_NOVA) && !cmdqvLayoutAddBehind(layout, item, error))
            return false;
    }
    for (i = 0; i < layout->request->sparePorts; i++) {
        if (cmdqvLayoutAddPort(layout, expander, error) == CMDQV_NONE)
            return false;
    }
    return true;
}


/* A machine-wide SMMU cannot have CMDQV, and a domain cannot have both kinds; a rule reports a pciBus that is no number. */
static void
cmdqvLayoutRemoveMachineWide(cmdqvLayout *layout)
{
    int i;

    for (i = (int)layout->topology->smmus->len - 1; i >= 0; i--) {
        const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(layout->topology, i);

        if (smmu->busIndex == CMDQV_NONE && !smmu->badBus)
            cmdqvXMLEditRemoveLine(cmdqvLayoutIommu(layout, i));
    }
}


/*
 * Ports of the root complex that are to stay free for devices plugged in later.
 * libvirt leaves one (qemuDomainAssignPCIAddresses(), src/qemu/qemu_domain_address.c),
 * but none in a definition with controllers, such as those of a layout; Nova
 * writes as many as its option num_pcie_ports says, by default none.
 */
static guint
cmdqvLayoutRootPorts(const cmdqvLayout *layout)
{
    guint i;

    if (layout->request->shape != CMDQV_LAYOUT_NOVA)
        return layout->request->sparePorts;
    for (i = 0; i < layout->topology->buses->len; i++) {
        if (g_array_index(layout->topology->buses, cmdqvBus, i).model == CMDQV_BUS_ROOT_PORT)
            return layout->request->sparePorts;
    }
    return MAX(layout->request->sparePorts, 1);
}


/* Adds the room once. */
static bool
cmdqvLayoutLeaveRoom(cmdqvLayout *layout, guint *room, GError **error)
{
    guint ports = *room;

    *room = 0;
    return ports == 0 || cmdqvLayoutAddRoom(layout, ports, error);
}


/* Whether the device gets a port with a higher index than those of the root complex. */
static bool
cmdqvLayoutIsAfterRoom(const cmdqvLayout *layout, const cmdqvLayoutDevice *item)
{
    return layout->request->shape != CMDQV_LAYOUT_NOVA || cmdqvLayoutIsPort(item);
}


/* The number of ports that the root complex gets. */
static guint
cmdqvLayoutRoom(const cmdqvLayout *layout)
{
    guint free = cmdqvLayoutRootPorts(layout);
    guint ports = free > 0 ? cmdqvDomainXMLCountUnplaced(layout->root) + free : 0;
    guint i;

    for (i = 0; i < layout->items->len; i++) {
        const cmdqvLayoutDevice *item = &g_array_index(layout->items, cmdqvLayoutDevice, i);

        if (layout->request->shape == CMDQV_LAYOUT_NOVA && cmdqvLayoutIsPort(item))
            return (ports + CMDQV_LAYOUT_FUNCTIONS - 1) / CMDQV_LAYOUT_FUNCTIONS * CMDQV_LAYOUT_FUNCTIONS;
    }
    return ports;
}


static bool
cmdqvLayoutRun(cmdqvLayout *layout, GError **error)
{
    g_autofree guint *added = g_new0(guint, layout->topology->smmus->len + 1);
    guint room = cmdqvLayoutRoom(layout);
    bool found = false;
    guint i;

    for (i = 0; i < layout->items->len; i++) {
        cmdqvLayoutDevice *item = &g_array_index(layout->items, cmdqvLayoutDevice, i);
        int vsmmu = cmdqvLayoutIsOpen(item) && item->expander == CMDQV_NONE ? cmdqvLayoutChoose(layout, item) : CMDQV_NONE;

        if (!cmdqvLayoutIsOpen(item))
            continue;
        if (item->expander != CMDQV_NONE) {
            if (cmdqvLayoutIsAfterRoom(layout, item) && !cmdqvLayoutLeaveRoom(layout, &room, error))
                return false;
            if (!cmdqvLayoutAddBehind(layout, item, error))
                return false;
            continue;
        }
        if (vsmmu != CMDQV_NONE) {
            if (!cmdqvLayoutJoin(layout, item, vsmmu, &added[vsmmu], error))
                return false;
            item->vsmmu = vsmmu;
            continue;
        }
        if (cmdqvLayoutIsAfterRoom(layout, item) && !cmdqvLayoutLeaveRoom(layout, &room, error))
            return false;
        if (!cmdqvLayoutFound(layout, i, error))
            return false;
        found = true;
    }
    if (found && !cmdqvLayoutLeaveRoom(layout, &room, error))
        return false;
    for (i = 0; i < layout->items->len && layout->request->knowsGrace; i++) {
        if (!cmdqvLayoutAddCells(layout, &g_array_index(layout->items, cmdqvLayoutDevice, i), error))
            return false;
    }
    cmdqvLayoutRemoveMachineWide(layout);
    cmdqvLayoutWidenHole(layout);
    return true;
}


/* Closes the ports of all anchors of the layout to hot-plug. */
static bool
cmdqvLayoutPin(xmlDoc *doc, GError **error)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), error);
    g_autoptr(GArray) indexes = topology ? cmdqvAnchorPortsIndexes(topology, true) : NULL;

    if (topology)
        cmdqvDomainEditClosePorts(doc, topology, indexes);
    return topology;
}


/* libvirt reads several <devices>; a layout needs exactly one. */
static bool
cmdqvLayoutFindDevices(cmdqvLayout *layout, GError **error)
{
    xmlNode *node;

    layout->devices = cmdqvXMLReadChild(layout->root, "devices");
    if (!layout->devices)
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the domain has no <devices>");
    for (node = layout->devices->next; node; node = node->next) {
        if (cmdqvXMLReadIs(node, "devices"))
            return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the domain has another <devices> in line %d; put all of its "
                                 "devices into one", cmdqvXMLReadLine(node));
    }
    return true;
}


/*
 * libvirt accepts an SMMUv3 only for this machine (qemuDomainIsARMVirt(),
 * src/qemu/qemu_domain.c); the defaults for a domain without a type depend on
 * the host.
 */
static bool
cmdqvLayoutIsVirt(xmlNode *root, GError **error)
{
    const xmlNode *type = cmdqvXMLReadChild(cmdqvXMLReadChild(root, "os"), "type");
    const char *arch = cmdqvXMLReadAttr(type, "arch");
    const char *machine = cmdqvXMLReadAttr(type, "machine");

    if ((!arch || strcmp(arch, "aarch64") == 0) &&
        (!machine || strcmp(machine, "virt") == 0 || g_str_has_prefix(machine, "virt-")))
        return true;
    return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the domain is not of arch='aarch64' and machine='virt', and no other can "
                         "have an SMMUv3");
}


/**
 * cmdqvLayoutDomain:
 * @domain: domain XML
 * @request: the devices and the shape
 * @error: CMDQV_ERROR_INVALID if the layout is impossible;
 *   CMDQV_ERROR_MALFORMED, CMDQV_ERROR_FORBIDDEN or CMDQV_ERROR_MEMORY if
 *   @domain cannot be read
 *
 * Moves devices of the domain behind vSMMUs if their host SMMU has CMDQV; the
 * others stay.  In the shape for Nova its ports (<interface>) stay too, unless
 * the flavor asks for them, because a tenant attaches and detaches them.
 *
 * Returns: (transfer full): the domain with the layout; NULL with @error set
 */
char *
cmdqvLayoutDomain(const char *domain, const cmdqvLayoutRequest *request, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(domain, strlen(domain), "domain", error);
    xmlNode *root = xmlDocGetRootElement(doc);
    g_autoptr(cmdqvTopology) topology = root ? cmdqvDomainXMLReadNode(root, error) : NULL;
    g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(cmdqvLayoutDevice));
    g_autoptr(GHashTable) used = g_hash_table_new(NULL, NULL);
    cmdqvLayout layout = { .request = request, .root = root, .topology = topology, .items = items, .used = used };
    g_auto(cmdqvNovaRequest) nova = { .asks = false };

    if (!topology)
        return NULL;
    if (request->shape == CMDQV_LAYOUT_NOVA && !cmdqvNovaRequestReadNode(root, &nova, error))
        return NULL;
    layout.takesInterfaces = request->shape != CMDQV_LAYOUT_NOVA || nova.takesPorts;
    if (!cmdqvLayoutFindDevices(&layout, error) || !cmdqvLayoutIsVirt(root, error))
        return NULL;
    if (!cmdqvOwnArgumentsMoveNothing(root))
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the domain has a <qemu:commandline>, or a <qemu:override> of more "
                             "than x-... properties, romfile and rombar, so its XML does not show the free addresses; remove "
                             "these");
    if (!cmdqvLayoutSurvey(&layout, error) || !cmdqvLayoutCollect(&layout, error) || !cmdqvLayoutRun(&layout, error) ||
        !cmdqvXMLEditIsWhole(doc, error) || !cmdqvLayoutPin(doc, error))
        return NULL;
    return cmdqvXMLEditFormat(doc, error);
}
