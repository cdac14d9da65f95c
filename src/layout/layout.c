/*
 * layout/layout.c: devices of the host, put behind vSMMUs of their own
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

#include "layout/layout.h"

#include <string.h>

#include "conf/domain_edit.h"
#include "layout/layout_priv.h"
#include "policy/anchor_ports.h"
#include "util/error.h"

static const char *const cmdqvLayoutShapes[] = {
    [CMDQV_LAYOUT_LIBVIRT] = "libvirt",
    [CMDQV_LAYOUT_KUBEVIRT] = "kubevirt",
    [CMDQV_LAYOUT_NOVA] = "nova",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvLayoutShapes) == CMDQV_LAYOUT_LAST);


/**
 * cmdqvLayoutShapeToString:
 * @shape: whose kind of definition
 *
 * Returns: (transfer none): its name, as ``virt-cmdqv layout --shape`` takes
 * it
 */
const char *
cmdqvLayoutShapeToString(cmdqvLayoutShape shape)
{
    return cmdqvLayoutShapes[shape];
}


/**
 * cmdqvLayoutShapeFromString:
 * @shape: (nullable): a name
 *
 * Returns: the shape, CMDQV_LAYOUT_LAST where there is none of that name
 */
cmdqvLayoutShape
cmdqvLayoutShapeFromString(const char *shape)
{
    guint i;

    for (i = 0; i < CMDQV_LAYOUT_LAST && strcmp(shape, cmdqvLayoutShapes[i]) != 0; i++)
        continue;
    return i;
}


/**
 * cmdqvLayoutShapeSparePorts:
 * @shape: whose kind of definition
 *
 * Nova and KubeVirt plug devices in without an address, and a free port behind
 * a vSMMU would take any of them.
 *
 * Returns: how many free ports each vSMMU gets where nobody says how many
 */
guint
cmdqvLayoutShapeSparePorts(cmdqvLayoutShape shape)
{
    return shape == CMDQV_LAYOUT_LIBVIRT ? 1 : 0;
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


/* The vSMMU of the domain that a device joins: the one that stands for its host SMMU, or one that stands for none yet. */
static int
cmdqvLayoutChoose(cmdqvLayout *layout, const cmdqvLayoutDevice *item)
{
    guint i;

    for (i = 0; i < layout->topology->smmus->len; i++) {
        if (layout->request->shape != CMDQV_LAYOUT_KUBEVIRT && g_strcmp0(layout->owners[i], item->place.smmu) == 0)
            return (int)i;
    }
    for (i = 0; i < layout->topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(layout->topology, (int)i);

        if (!layout->owners[i] && smmu->accel == CMDQV_SWITCH_ON && smmu->bus != CMDQV_NONE) {
            layout->owners[i] = item->place.smmu;
            return (int)i;
        }
    }
    return CMDQV_NONE;
}


/* Behind a vSMMU that the domain has: on a free port of it, or on a new one. */
static bool
cmdqvLayoutJoin(cmdqvLayout *layout, cmdqvLayoutDevice *item, int vsmmu, guint *added, GError **error)
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

        if (i == first || (!alone && cmdqvLayoutIsOpen(item) && strcmp(item->place.smmu, leader->place.smmu) == 0))
            g_array_append_val(members, i);
    }
    expander = cmdqvLayoutAddExpander(layout, members->len + layout->request->sparePorts, leader->place.node, error);
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
    for (i = 0; i < layout->items->len && layout->request->knowsGrace; i++) {
        if (!cmdqvLayoutAddCells(layout, &g_array_index(layout->items, cmdqvLayoutDevice, i), error))
            return false;
    }
    cmdqvLayoutRemoveMachineWide(layout);
    cmdqvLayoutWidenHole(layout);
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
    g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_MEMORY, "there is not enough memory to close the anchors' ports");
    return false;
}


/* libvirt reads what is in any of several; here it has to be in one. */
static bool
cmdqvLayoutFindDevices(cmdqvLayout *layout, GError **error)
{
    xmlNode *node;

    layout->devices = cmdqvXMLChild(layout->root, "devices");
    if (!layout->devices) {
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the domain has no <devices>");
        return false;
    }
    for (node = layout->devices->next; node; node = node->next) {
        if (cmdqvXMLIs(node, "devices")) {
            g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the domain has another <devices> in line %d; put all of its devices "
                        "into one", cmdqvXMLLine(node));
            return false;
        }
    }
    return true;
}


/*
 * The one machine for which libvirt takes an SMMUv3 (qemuDomainIsARMVirt(), src/qemu/qemu_domain.c); what a domain
 * leaves out libvirt gives it, as its host is.
 */
static bool
cmdqvLayoutIsVirt(xmlNode *root, GError **error)
{
    const xmlNode *os = cmdqvXMLChild(root, "os");
    const xmlNode *type = os ? cmdqvXMLChild(os, "type") : NULL;
    const char *arch = type ? cmdqvXMLAttr(type, "arch") : NULL;
    const char *machine = type ? cmdqvXMLAttr(type, "machine") : NULL;

    if ((!arch || strcmp(arch, "aarch64") == 0) &&
        (!machine || strcmp(machine, "virt") == 0 || g_str_has_prefix(machine, "virt-")))
        return true;
    g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the domain is none of arch='aarch64' and machine='virt', which alone "
                        "can have an SMMUv3");
    return false;
}


/**
 * cmdqvLayoutDomain:
 * @domain: domain XML
 * @request: what is to be laid out, and how
 * @error: CMDQV_ERROR_INVALID where that cannot be, CMDQV_ERROR_MALFORMED or
 *   CMDQV_ERROR_FORBIDDEN or _MEMORY where @domain cannot be read
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
    if (!cmdqvLayoutFindDevices(&layout, error) || !cmdqvLayoutIsVirt(root, error))
        return NULL;
    if (topology->passthroughArgs) {
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the domain has a <qemu:commandline> or a <qemu:override>, so "
                            "that its XML does not tell what is free; remove that");
        return NULL;
    }
    if (!cmdqvLayoutSurvey(&layout, error) || !cmdqvLayoutCollect(&layout, error) || !cmdqvLayoutRun(&layout, error) ||
        !cmdqvXMLEditIsWhole(doc, error) || !cmdqvLayoutPin(doc, error))
        return NULL;
    return cmdqvXMLEditFormat(doc, error);
}
