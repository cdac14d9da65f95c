/*
 * layout_numa.c: find and add NUMA cells of the guest
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A cell may represent a node of the host; an expander is on such a cell. A GPU
 * of Grace has cells of its own without CPUs and memory, which firmware
 * declares as ACPI's Generic Initiators.
 */

#include "layout/layout_priv.h"

#include "util/error.h"
#include "util/text.h"

/* QEMU's limit (MAX_NODES, include/system/numa.h). */
#define CMDQV_LAYOUT_CELLS 128


/* Whether a nodeset such as 0,2-3 is that one node. */
static bool
cmdqvLayoutIsNode(const char *nodeset, int node)
{
    unsigned int number;

    return nodeset && cmdqvTextToUnsigned(nodeset, 10, G_MAXINT, &number) && (int)number == node;
}


static const xmlNode *
cmdqvLayoutNuma(const xmlNode *root)
{
    const xmlNode *cpu = cmdqvXMLReadChild(root, "cpu");

    return cmdqvXMLReadChild(cpu, "numa");
}


/* The next cell and its number; libvirt numbers a cell without one by its position. */
static xmlNode *
cmdqvLayoutNextCell(const xmlNode *numa, xmlNode *cell, unsigned int *ordinal, unsigned int *id)
{
    while (numa && (cell = cmdqvXMLEditNextElement(numa, cell)) && !cmdqvXMLReadIs(cell, "cell"))
        continue;
    if (!numa || !cell)
        return NULL;
    *id = (*ordinal)++;
    (void)cmdqvXMLReadAttrUint(cell, "id", 10, G_MAXINT, NULL, id, NULL);
    return cell;
}


/* Whether the cell exists, and has CPUs or memory. */
static bool
cmdqvLayoutHasCell(const xmlNode *root, unsigned int wanted)
{
    const xmlNode *numa = cmdqvLayoutNuma(root);
    unsigned int ordinal = 0;
    unsigned int id = 0;
    xmlNode *cell = NULL;

    while ((cell = cmdqvLayoutNextCell(numa, cell, &ordinal, &id))) {
        if (id == wanted)
            return cmdqvXMLReadAttr(cell, "cpus") || g_strcmp0(cmdqvXMLReadAttr(cell, "memory"), "0") != 0;
    }
    return false;
}


/**
 * cmdqvLayoutCell:
 * @root: a domain
 * @node: node of the host, negative if it is unknown
 *
 * Finds the guest's cell of the node: the one whose memory is bound to it, or,
 * if the domain binds no cell, the one of that number.
 *
 * Returns: number of the cell, CMDQV_NONE if there is none
 */
int
cmdqvLayoutCell(const xmlNode *root, int node)
{
    const xmlNode *tune = cmdqvXMLReadChild(root, "numatune");
    bool bound = false;
    xmlNode *memnode = NULL;

    while (tune && (memnode = cmdqvXMLEditNextElement(tune, memnode))) {
        unsigned int cell = 0;
        bool present = false;

        if (!cmdqvXMLReadIs(memnode, "memnode"))
            continue;
        bound = true;
        if (cmdqvLayoutIsNode(cmdqvXMLReadAttr(memnode, "nodeset"), node) &&
            cmdqvXMLReadAttrUint(memnode, "cellid", 10, G_MAXINT, &present, &cell, NULL) && present && cmdqvLayoutHasCell(root, cell))
            return (int)cell;
    }
    return !bound && node >= 0 && cmdqvLayoutHasCell(root, (unsigned int)node) ? node : CMDQV_NONE;
}


/**
 * cmdqvLayoutAddCells:
 * @layout: the layout
 * @item: a device of the layout
 * @error: CMDQV_ERROR_INVALID if the domain has too many cells
 *
 * Gives the device cells of its own, if it needs some and has none. Does not
 * add cells to a domain without any, because that would divide its CPUs and
 * memory.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvLayoutAddCells(cmdqvLayout *layout, const cmdqvLayoutDevice *item, GError **error)
{
    const xmlNode *numa = cmdqvLayoutNuma(layout->root);
    xmlNode *acpi = item->node ? cmdqvXMLReadChild(item->node, "acpi") : NULL;
    g_autofree char *nodeset = NULL;
    unsigned int ordinal = 0;
    unsigned int first = 0;
    unsigned int id = 0;
    xmlNode *cell = NULL;
    guint i;

    while ((cell = cmdqvLayoutNextCell(numa, cell, &ordinal, &id)))
        first = MAX(first, id + 1);
    if (first == 0 || !item->node || item->place.needs.cells == 0 || (acpi && cmdqvXMLReadAttr(acpi, "nodeset")))
        return true;
    if (first + item->place.needs.cells > CMDQV_LAYOUT_CELLS)
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "device '%s' needs %u NUMA cells of its own, and the domain has too "
                             "many to get them: QEMU has %d", item->name, item->place.needs.cells, CMDQV_LAYOUT_CELLS);

    for (i = 0; i < item->place.needs.cells; i++)
        cmdqvXMLEditInsertLine((xmlNode *)numa, NULL, cmdqvLayoutElement(layout, "<cell id='%u' memory='0' unit='KiB'/>", first + i));
    nodeset = g_strdup_printf("%u-%u", first, first + item->place.needs.cells - 1);
    if (acpi)
        cmdqvXMLEditSet(acpi, "nodeset", nodeset);
    else
        cmdqvXMLEditInsertLine(item->node, NULL, cmdqvLayoutElement(layout, "<acpi nodeset='%s'/>", nodeset));
    return true;
}
