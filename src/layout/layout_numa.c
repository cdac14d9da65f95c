/*
 * layout/layout_numa.c: the guest's NUMA cells
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Some stand for a node of the host, and the expanders are there.  A GPU of Grace
 * has others of its own, with neither CPUs nor memory: firmware names them as
 * ACPI's Generic Initiators.
 */

#include "layout/layout_priv.h"

#include "util/error.h"
#include "util/text.h"

/* QEMU has no more (MAX_NODES, include/system/numa.h). */
#define CMDQV_LAYOUT_CELLS 128


/* Whether a nodeset such as 0,2-3 is that one node. */
static bool
cmdqvLayoutIsNode(const char *nodeset, int node)
{
    unsigned int number;

    return nodeset && cmdqvStringToUint(nodeset, 10, G_MAXINT, &number) && (int)number == node;
}


static const xmlNode *
cmdqvLayoutNuma(const xmlNode *root)
{
    const xmlNode *cpu = cmdqvXMLChild(root, "cpu");

    return cpu ? cmdqvXMLChild(cpu, "numa") : NULL;
}


/* The next cell and its number, which libvirt gives it by its place if it has none. */
static xmlNode *
cmdqvLayoutNextCell(const xmlNode *numa, xmlNode *cell, unsigned int *ordinal, unsigned int *id)
{
    while (numa && (cell = cmdqvXMLNextElement(numa, cell)) && !cmdqvXMLIs(cell, "cell"))
        continue;
    if (!numa || !cell)
        return NULL;
    *id = (*ordinal)++;
    (void)cmdqvXMLAttrUint(cell, "id", 10, G_MAXINT, NULL, id, NULL);
    return cell;
}


/* Whether there is that cell, with something in it. */
static bool
cmdqvLayoutHasCell(const xmlNode *root, unsigned int wanted)
{
    const xmlNode *numa = cmdqvLayoutNuma(root);
    unsigned int ordinal = 0;
    unsigned int id = 0;
    xmlNode *cell = NULL;

    while ((cell = cmdqvLayoutNextCell(numa, cell, &ordinal, &id))) {
        if (id == wanted)
            return cmdqvXMLAttr(cell, "cpus") || g_strcmp0(cmdqvXMLAttr(cell, "memory"), "0") != 0;
    }
    return false;
}


/**
 * cmdqvLayoutCell:
 * @root: a domain
 * @node: of the host, negative where it does not tell
 *
 * The guest's NUMA cell that stands for it: the one whose memory is bound to
 * that node or, where the domain binds no cell, the one of that number.
 *
 * Returns: number of the cell, CMDQV_NONE where there is none
 */
int
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


/**
 * cmdqvLayoutAddCells:
 * @layout: what is laid out
 * @item: a device in it
 * @error: CMDQV_ERROR_INVALID where the domain has too many cells
 *
 * Gives the device cells of its own, if it needs some and has none yet.  A domain
 * without any cell stays one: how its CPUs and memory are divided is not ours
 * to say.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvLayoutAddCells(cmdqvLayout *layout, const cmdqvLayoutDevice *item, GError **error)
{
    const xmlNode *numa = cmdqvLayoutNuma(layout->root);
    xmlNode *acpi = item->node ? cmdqvXMLChild(item->node, "acpi") : NULL;
    g_autofree char *nodeset = NULL;
    unsigned int ordinal = 0;
    unsigned int first = 0;
    unsigned int id = 0;
    xmlNode *cell = NULL;
    guint i;

    while ((cell = cmdqvLayoutNextCell(numa, cell, &ordinal, &id)))
        first = MAX(first, id + 1);
    if (first == 0 || !item->node || item->place.needs.cells == 0 || (acpi && cmdqvXMLAttr(acpi, "nodeset")))
        return true;
    if (first + item->place.needs.cells > CMDQV_LAYOUT_CELLS) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "device '%s' needs %u NUMA cells of its own, and the domain has too many "
                    "to get them: QEMU has %d", item->name, item->place.needs.cells, CMDQV_LAYOUT_CELLS);
        return false;
    }

    for (i = 0; i < item->place.needs.cells; i++)
        cmdqvXMLEditInsertLine((xmlNode *)numa, NULL, cmdqvLayoutElement(layout, "<cell id='%u' memory='0' unit='KiB'/>", first + i));
    nodeset = g_strdup_printf("%u-%u", first, first + item->place.needs.cells - 1);
    if (acpi)
        cmdqvXMLEditSet(acpi, "nodeset", nodeset);
    else
        cmdqvXMLEditInsertLine(item->node, NULL, cmdqvLayoutElement(layout, "<acpi nodeset='%s'/>", nodeset));
    return true;
}
