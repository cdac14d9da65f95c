/*
 * lower_arguments.c: write the arguments of a lowered domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "lowering/lower.h"
#include "lowering/lower_priv.h"
#include "lowering/record.h"
#include "qemu/argv_write.h"
#include "util/error.h"


static bool
cmdqvLowerCarryProperties(cmdqvArgument *argument, const xmlNode *frontend, const char *alias, GError **error)
{
    xmlNode *property;

    for (property = cmdqvXMLEditNextElement(frontend, NULL); property; property = cmdqvXMLEditNextElement(frontend, property)) {
        const char *name = cmdqvXMLReadAttr(property, "name");
        const char *value = cmdqvXMLReadAttr(property, "value");

        if (!name || !value)
            return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "<qemu:property> in line %d sets no value of '%s', which the "
                                 "module gives to QEMU; write it as XML", cmdqvXMLReadLine(property), alias);
        cmdqvArgumentAddString(argument, name, value);
    }
    return true;
}


/*
 * libvirt ignores the overrides of a device that it does not write, so its argument gets the properties: those of each
 * <qemu:device> of that alias, as libvirt sets them (qemuBuildDeviceCommandlineHandleOverrides(), src/qemu/qemu_command.c).
 */
static bool
cmdqvLowerCarryOverrides(const cmdqvLowerWork *lowering, cmdqvArgument *argument, const char *alias, GError **error)
{
    const xmlNode *override;
    xmlNode *device;

    for (override = lowering->domain->children; override; override = override->next) {
        if (!cmdqvXMLEditIsNs(override, "override", CMDQV_XML_EDIT_QEMU_NAMESPACE))
            continue;
        for (device = cmdqvXMLEditNextElement(override, NULL); device; device = cmdqvXMLEditNextElement(override, device)) {
            const xmlNode *frontend = cmdqvXMLEditChildNs(device, "frontend", CMDQV_XML_EDIT_QEMU_NAMESPACE);

            if (frontend && g_strcmp0(cmdqvXMLReadAttr(device, "alias"), alias) == 0 &&
                !cmdqvLowerCarryProperties(argument, frontend, alias, error))
                return false;
        }
    }
    return true;
}


/* Takes over @argument, of the device with that alias. */
static bool
cmdqvLowerTake(cmdqvLowerWork *lowering, cmdqvArgument *argument, const char *alias, GError **error)
{
    if (!argument)
        return false;
    g_ptr_array_add(lowering->arguments, argument);
    return cmdqvLowerCarryOverrides(lowering, argument, alias, error);
}


static bool
cmdqvLowerAddController(cmdqvLowerWork *lowering, guint bus, GError **error)
{
    cmdqvBus meant = *cmdqvLowerBus(lowering, bus);
    const cmdqvBus *parent = cmdqvTopologyGetBus(lowering->topology, meant.parent);

    if (meant.model == CMDQV_BUS_PCIE_EXPANDER)
        meant.slot = (cmdqvSlot){
            .slot = g_array_index(lowering->numbers.slot, int, bus),
            .multifunction = CMDQV_SWITCH_ABSENT,
        };
    return cmdqvLowerTake(lowering, cmdqvArgvWriteController(&meant, meant.model == CMDQV_BUS_PCIE_EXPANDER || !parent
                                                             ? CMDQV_ROOT_BUS_NAME : parent->name, error), meant.name, error);
}


/*
 * The number of ancestors of a bus; arguments are sorted by it, because QEMU
 * needs the parent of a bus first, whatever the indexes are.
 */
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
cmdqvLowerAddAllControllers(cmdqvLowerWork *lowering, GError **error)
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
cmdqvLowerAddSmmus(cmdqvLowerWork *lowering, GError **error)
{
    const cmdqvTopology *topology = lowering->topology;
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, smmu->bus);

        if (smmu->busIndex == CMDQV_NONE)
            continue;
        if (!bus || bus->root != smmu->bus)
            return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "<iommu> in line %d: pciBus='%d' is not the root of a PCIe tree; "
                                 "give it the index of a pcie-root or pcie-expander-bus controller", smmu->line,
                                 smmu->busIndex);
        if (!cmdqvLowerTake(lowering, cmdqvArgvWriteSmmu(smmu, bus->name, lowering->target, error), smmu->id, error))
            return false;
    }
    return true;
}


/**
 * cmdqvLowerMakeArguments:
 * @lowering: a domain to lower
 * @error: if QEMU lacks a property that the domain needs
 *
 * Returns: false with @error set
 */
bool
cmdqvLowerMakeArguments(cmdqvLowerWork *lowering, GError **error)
{
    g_ptr_array_add(lowering->arguments, cmdqvArgvWriteIommufd(lowering->iommufd));
    return cmdqvLowerAddAllControllers(lowering, error) && cmdqvLowerAddSmmus(lowering, error);
}


/**
 * cmdqvLowerJoinCommandlines:
 * @domain: a domain
 *
 * Puts the arguments of all <qemu:commandline> into the first, and removes it if
 * there are none, as libvirt reads and writes them
 * (qemuDomainDefNamespaceParse() and qemuDomainDefNamespaceFormatXML(),
 * src/qemu/qemu_domain.c).
 */
void
cmdqvLowerJoinCommandlines(xmlNode *domain)
{
    xmlNode *first = cmdqvXMLEditChildNs(domain, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE);
    xmlNode *node;
    xmlNode *next;
    xmlNode *child;

    for (node = first ? first->next : NULL; node; node = next) {
        next = node->next;
        if (!cmdqvXMLEditIsNs(node, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE))
            continue;
        while ((child = cmdqvXMLEditNextElement(node, NULL))) {
            xmlUnlinkNode(child);
            (void)xmlAddChild(first, child);
        }
        /* the element that is removed may declare their namespace */
        if (xmlReconciliateNs(domain->doc, first) < 0)
            cmdqvXMLEditSpoil(domain->doc);
        cmdqvXMLEditRemove(node);
    }
    if (first && !cmdqvXMLEditNextElement(first, NULL))
        cmdqvXMLEditRemove(first);
}


/**
 * cmdqvLowerWriteArguments:
 * @lowering: a domain to lower
 *
 * Writes them before the user's own, which may refer to these devices.
 */
void
cmdqvLowerWriteArguments(cmdqvLowerWork *lowering)
{
    g_auto(GStrv) argv = cmdqvArgvWriteFormat(lowering->arguments, CMDQV_ARGV_WRITE_FORM_KEYVAL);
    xmlNode *commandline = cmdqvXMLEditChildNs(lowering->domain, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE);
    xmlNode *first;
    guint i;

    if (!commandline)
        commandline = cmdqvXMLEditAddNs(lowering->domain, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE, CMDQV_LOWER_QEMU_PREFIX);
    first = commandline->children;
    for (i = 0; argv[i]; i++) {
        xmlNode *arg = cmdqvXMLEditAddNs(commandline, "arg", CMDQV_XML_EDIT_QEMU_NAMESPACE, CMDQV_LOWER_QEMU_PREFIX);

        cmdqvXMLEditSet(arg, "value", argv[i]);
        if (first)
            cmdqvXMLEditMoveBefore(first, arg);
    }
}
