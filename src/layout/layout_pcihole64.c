/*
 * layout/layout_pcihole64.c: address space for the BARs of what is laid out
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * QEMU's virt machine keeps 512 GiB for the 64-bit BARs of all its devices.  A
 * few GPUs have more, and firmware then leaves some without.  libvirt's
 * <pcihole64> makes it larger (highmem-mmio-size of the machine, which has to be
 * a power of two and cannot be below the default: hw/arm/virt.c of QEMU).
 */

#include "layout/layout_priv.h"

#include <string.h>

#define CMDQV_LAYOUT_GIB (G_GUINT64_CONSTANT(1) << 30)
#define CMDQV_LAYOUT_HOLE_DEFAULT (512 * CMDQV_LAYOUT_GIB)

/* For what else has 64-bit BARs; KubeVirt has it so too (gracePCIHole64MarginKiB). */
#define CMDQV_LAYOUT_HOLE_MARGIN CMDQV_LAYOUT_GIB


/* KiB of what an element says, in libvirt's binary units; false where it says something else. */
static bool
cmdqvLayoutReadHole(const xmlNode *hole, guint64 *size)
{
    static const char letters[] = "kmgt";
    g_autofree char *text = cmdqvXMLText(hole);
    const char *unit = cmdqvXMLAttr(hole, "unit");
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

    while ((node = cmdqvXMLNextElement(layout->devices, node))) {
        if (cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "model"), "pcie-root") == 0)
            return node;
    }
    return NULL;
}


/* A controller that had nothing in it is written anew, on lines of its own. */
static void
cmdqvLayoutPutHole(cmdqvLayout *layout, xmlNode *controller, xmlNode *hole)
{
    xmlNode *first = cmdqvXMLNextElement(controller, NULL);
    xmlNode *after = cmdqvXMLNextElement(layout->devices, controller);

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
 * @layout: what is laid out
 *
 * Makes the machine's address space for 64-bit BARs as large as the devices
 * need it, where that is more than it has; it never gets smaller.
 */
void
cmdqvLayoutWidenHole(cmdqvLayout *layout)
{
    xmlNode *controller = cmdqvLayoutRootController(layout);
    xmlNode *old = controller ? cmdqvXMLChild(controller, "pcihole64") : NULL;
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
