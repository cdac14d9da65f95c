/*
 * layout_elements.c: write the elements of a layout
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "layout/layout_priv.h"

#include "util/error.h"

/*
 * The values of KubeVirt for Grace Blackwell and Vera Rubin, until the kernel
 * reports the properties of an SMMU (graceDefaultIOMMU... in
 * pkg/virt-launcher/virtwrap/converter/grace.go of KubeVirt).
 */
#define CMDQV_LAYOUT_GIVEN " ats='on' ril='off' ssidsize='20' oas='48'"


/**
 * cmdqvLayoutElement:
 * @layout: the layout
 * @format: XML of an element, with the indentation of a device, as of printf()
 * @...: arguments of the format
 *
 * Returns: (transfer full) (nullable): the element, in the layout's document;
 * without the memory for it, NULL, and the document is spoilt
 */
xmlNode *
cmdqvLayoutElement(const cmdqvLayout *layout, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    return cmdqvXMLEditParse(layout->root->doc, text);
}


/**
 * cmdqvLayoutAddController:
 * @layout: the layout
 * @controller: (transfer full) (nullable): a <controller>, of
 *   cmdqvLayoutElement()
 *
 * Adds it after the other controllers.
 */
void
cmdqvLayoutAddController(cmdqvLayout *layout, xmlNode *controller)
{
    xmlNode *after = layout->lastController ? layout->lastController->next : NULL;

    /* keep the white space after the last one with the next element */
    while (after && after->type != XML_ELEMENT_NODE)
        after = after->next;
    cmdqvXMLEditInsertLine(layout->devices, after, controller);
    if (controller)
        layout->lastController = controller;
}


static char *
cmdqvLayoutAlias(const cmdqvLayout *layout, const char *what, int index)
{
    return layout->request->shape == CMDQV_LAYOUT_KUBEVIRT
        ? g_strdup_printf("\n      <alias name='ua-cmdqv-%s%d'/>", what, index) : g_strdup("");
}


/**
 * cmdqvLayoutAddPort:
 * @layout: the layout
 * @parent: index of a PCI controller
 * @error: CMDQV_ERROR_INVALID if that has no slot left
 *
 * Returns: index of a new port on it, for one device; CMDQV_NONE with @error
 * set
 */
int
cmdqvLayoutAddPort(cmdqvLayout *layout, int parent, GError **error)
{
    g_autofree char *alias = NULL;
    unsigned int slot;
    int index;

    for (slot = parent == 0 ? 1 : 0; slot < CMDQV_LAYOUT_SLOTS && cmdqvLayoutIsUsed(layout, (unsigned int)parent, slot); slot++)
        continue;
    if (slot == CMDQV_LAYOUT_SLOTS) {
        cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "PCI controller %d has no slot left for another port; name fewer devices or "
                      "fewer spare ports", parent);
        return CMDQV_NONE;
    }
    index = cmdqvLayoutTakeIndex(layout, error);
    if (index == CMDQV_NONE)
        return CMDQV_NONE;
    alias = cmdqvLayoutAlias(layout, "port", index);
    cmdqvLayoutUse(layout, (unsigned int)parent, slot);
    cmdqvLayoutAddController(layout, cmdqvLayoutElement(layout, "<controller type='pci' index='%d' model='pcie-root-port'>%s\n"
                                                        "      <address type='pci' domain='0x0000' bus='0x%02x' slot='0x%02x' "
                                                        "function='0x0'/>\n    </controller>",
                                                        index, alias, (unsigned int)parent, slot));
    return index;
}


/**
 * cmdqvLayoutAddRoom:
 * @layout: the layout
 * @ports: how many
 * @error: CMDQV_ERROR_INVALID if the root complex has too few slots
 *
 * Adds ports to the root complex, eight in a slot; libvirt uses these first for
 * a device without an address.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvLayoutAddRoom(cmdqvLayout *layout, guint ports, GError **error)
{
    guint function = 0;
    int slot = CMDQV_LAYOUT_SLOTS;

    for (; ports > 0; ports--, function = (function + 1) % CMDQV_LAYOUT_FUNCTIONS) {
        int index = cmdqvLayoutTakeIndex(layout, error);

        if (index == CMDQV_NONE)
            return false;
        if (function == 0) {
            for (slot--; slot > 0 && cmdqvLayoutIsUsed(layout, 0, (unsigned int)slot); slot--)
                continue;
            if (slot <= 0)
                return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the root complex has no slot left for more ports; set "
                                     "--spare-ports to 0, or give the emulated devices addresses");
            cmdqvLayoutUse(layout, 0, (unsigned int)slot);
        }
        cmdqvLayoutAddController(layout, cmdqvLayoutElement(layout, "<controller type='pci' index='%d' model='pcie-root-port'>\n"
                                                            "      <address type='pci' domain='0x0000' bus='0x00' slot='0x%02x' "
                                                            "function='0x%x'%s/>\n    </controller>", index,
                                                            (unsigned int)slot, function,
                                                            function == 0 ? " multifunction='on'" : ""));
    }
    return true;
}


/**
 * cmdqvLayoutAddExpander:
 * @layout: the layout
 * @ports: number of ports below it
 * @cell: its NUMA cell in the guest, CMDQV_NONE for none
 * @error: CMDQV_ERROR_INVALID if there is no slot left, or too few bus numbers
 *
 * Returns: index of a new expander; CMDQV_NONE with @error set
 */
int
cmdqvLayoutAddExpander(cmdqvLayout *layout, guint ports, int cell, GError **error)
{
    g_autofree char *alias = NULL;
    g_autofree char *node = NULL;
    guint busNr;
    int index;

    if (!cmdqvLayoutTakeRootSlot(layout, error))
        return CMDQV_NONE;
    busNr = cmdqvLayoutTakeBusNr(layout, ports, error);
    if (busNr == 0)
        return CMDQV_NONE;
    index = cmdqvLayoutTakeIndex(layout, error);
    if (index == CMDQV_NONE)
        return CMDQV_NONE;
    alias = cmdqvLayoutAlias(layout, "pxb", index);
    if (cell == CMDQV_NONE)
        node = g_strdup_printf("<target busNr='%u'/>", busNr);
    else
        node = g_strdup_printf("<target busNr='%u'>\n        <node>%d</node>\n      </target>", busNr, cell);
    cmdqvLayoutAddController(layout, cmdqvLayoutElement(layout, "<controller type='pci' index='%d' model='pcie-expander-bus'>\n"
                                                        "      %s%s\n    </controller>", index, node, alias));
    return index;
}


/**
 * cmdqvLayoutAddIommu:
 * @layout: the layout
 * @expander: index of an expander without a vSMMU
 */
void
cmdqvLayoutAddIommu(cmdqvLayout *layout, int expander)
{
    g_autofree char *alias = cmdqvLayoutAlias(layout, "iommu", expander);

    cmdqvXMLEditInsertLine(layout->devices, NULL,
                           cmdqvLayoutElement(layout, "<iommu model='smmuv3'>\n      <driver pciBus='%d' accel='on' cmdqv='on'%s/>%s\n"
                                              "    </iommu>", expander,
                                              layout->request->shape == CMDQV_LAYOUT_KUBEVIRT ? CMDQV_LAYOUT_GIVEN : "", alias));
}


/**
 * cmdqvLayoutPlace:
 * @layout: the layout
 * @item: a device
 * @port: index of its port
 *
 * Adds the device with iommufd, after all hostdevs of the domain.
 */
void
cmdqvLayoutPlace(cmdqvLayout *layout, cmdqvLayoutDevice *item, int port)
{
    xmlNode *node = item->node;
    xmlNode *driver;
    xmlNode *old;

    if (!node) {
        g_autofree char *alias = cmdqvLayoutAlias(layout, "hostdev", port);
        /* libvirt must not bind a driver in a pod: the device plugin has bound it */
        const char *managed = layout->request->shape == CMDQV_LAYOUT_KUBEVIRT ? "no" : "yes";

        node = cmdqvLayoutElement(layout, "<hostdev mode='subsystem' type='pci' managed='%s'>\n      <source>\n        <address "
                                  "domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>\n      </source>%s\n    </hostdev>",
                                  managed, item->host.domain, item->host.bus, item->host.slot, item->host.function, alias);
        cmdqvXMLEditInsertLine(layout->devices, NULL, node);
    } else if (cmdqvXMLReadIs(node, "hostdev")) {
        /* QEMU creates them in the order of the text */
        if (node->prev && xmlIsBlankNode(node->prev))
            cmdqvXMLEditRemove(node->prev);
        xmlUnlinkNode(node);
        cmdqvXMLEditInsertLine(layout->devices, NULL, node);
    }

    if (!node)
        return;
    item->node = node;
    driver = cmdqvXMLReadChild(node, "driver");
    if (!driver) {
        driver = cmdqvLayoutElement(layout, "<driver name='vfio'/>");
        cmdqvXMLEditInsertLine(node, cmdqvXMLEditNextElement(node, NULL), driver);
    }
    if (driver)
        cmdqvXMLEditSet(driver, "iommufd", "yes");
    while ((old = cmdqvXMLReadChild(node, "address")))
        cmdqvXMLEditRemoveLine(old);
    cmdqvXMLEditInsertLine(node, NULL, cmdqvLayoutElement(layout, "<address type='pci' domain='0x0000' bus='0x%02x' slot='0x00' "
                                                          "function='0x0'/>", (unsigned int)port));
    cmdqvLayoutUse(layout, (unsigned int)port, 0);
}
