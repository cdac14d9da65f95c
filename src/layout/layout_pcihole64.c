/*
 * layout_pcihole64.c: make room for the BARs of a layout
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * QEMU's virt machine reserves 512 GiB for the 64-bit BARs of all devices. A
 * few GPUs need more, and then firmware assigns no address to some BARs.
 * libvirt's <pcihole64> enlarges it (highmem-mmio-size of the machine, a power
 * of two and not below the default: hw/arm/virt.c of QEMU).
 */

#include "layout/layout_priv.h"

#include <string.h>

#define CMDQV_LAYOUT_GIB (G_GUINT64_CONSTANT(1) << 30)
#define CMDQV_LAYOUT_HOLE_DEFAULT (512 * CMDQV_LAYOUT_GIB)

/* For other devices with 64-bit BARs, as in KubeVirt (gracePCIHole64MarginKiB). */
#define CMDQV_LAYOUT_HOLE_MARGIN CMDQV_LAYOUT_GIB


/* Reads the size of an element in KiB, in libvirt's binary units; false if it is invalid. */
static bool
cmdqvLayoutReadHole(const xmlNode *hole, guint64 *size)
{
    static const char letters[] = "kmgt";
    g_autofree char *text = cmdqvXMLReadText(hole);
    const char *unit = cmdqvXMLReadAttr(hole, "unit");
    const char *letter = unit && *unit ? strchr(letters, g_ascii_tolower(*unit)) : letters;
    guint shift = letter ? 10 * (guint)(letter - letters) : 0;
    guint64 number;

    if (!letter || (unit && *unit && unit[1] != '\0' && g_ascii_strcasecmp(unit + 1, "iB") != 0) ||
        !g_ascii_string_to_unsigned(g_strstrip(text), 10, 0, G_MAXUINT64 >> shift, &number, NULL))
        return false;
    *size = number << shift;
    return true;
}


static xmlNode *
cmdqvLayoutRootController(const cmdqvLayout *layout)
{
    xmlNode *node = NULL;

    while ((node = cmdqvXMLEditNextElement(layout->devices, node))) {
        if (cmdqvXMLReadIsOf(node, "controller", "model", "pcie-root"))
            return node;
    }
    return NULL;
}


/* Replaces an empty controller by one with child elements on lines of their own. */
static void
cmdqvLayoutPutHole(cmdqvLayout *layout, xmlNode *controller, xmlNode *hole)
{
    xmlNode *first = cmdqvXMLEditNextElement(controller, NULL);
    xmlNode *after = cmdqvXMLEditNextElement(layout->devices, controller);

    if (first || !hole) {
        cmdqvXMLEditInsertLine(controller, first, hole);
        return;
    }
    (void)xmlAddChild(controller, hole);
    if (controller->prev && xmlIsBlankNode(controller->prev))
        cmdqvXMLEditRemove(controller->prev);
    xmlUnlinkNode(controller);
    cmdqvXMLEditInsertLine(layout->devices, after, controller);
}


/**
 * cmdqvLayoutWidenHole:
 * @layout: the layout
 *
 * Enlarges the machine's address space for 64-bit BARs if the devices need
 * more; never reduces it.
 */
void
cmdqvLayoutWidenHole(cmdqvLayout *layout)
{
    xmlNode *controller = cmdqvLayoutRootController(layout);
    xmlNode *old = cmdqvXMLReadChild(controller, "pcihole64");
    guint64 size = CMDQV_LAYOUT_HOLE_DEFAULT;
    guint64 given = 0;
    xmlNode *hole;

    while (size < layout->window + CMDQV_LAYOUT_HOLE_MARGIN)
        size *= 2;
    if (size == CMDQV_LAYOUT_HOLE_DEFAULT || !layout->request->knowsGrace)
        return;
    size /= 1024;
    if (old && (!cmdqvLayoutReadHole(old, &given) || given >= size))
        return;

    if (!controller) {
        cmdqvLayoutAddController(layout, cmdqvLayoutElement(layout, "<controller type='pci' index='0' model='pcie-root'>\n"
                                                            "      <pcihole64 unit='KiB'>%" G_GUINT64_FORMAT "</pcihole64>\n"
                                                            "    </controller>", size));
        return;
    }
    hole = cmdqvLayoutElement(layout, "<pcihole64 unit='KiB'>%" G_GUINT64_FORMAT "</pcihole64>", size);
    if (!old) {
        cmdqvLayoutPutHole(layout, controller, hole);
        return;
    }
    if (hole)
        cmdqvXMLEditReplace(old, hole);
    xmlFreeNode(hole);
}
