/*
 * layout_shape.c: the shapes of layouts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "layout/layout.h"

#include "util/text.h"


static const char *const cmdqvLayoutShapes[] = {
    [CMDQV_LAYOUT_LIBVIRT] = "libvirt",
    [CMDQV_LAYOUT_KUBEVIRT] = "kubevirt",
    [CMDQV_LAYOUT_NOVA] = "nova",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvLayoutShapes) == CMDQV_LAYOUT_LAST);


/**
 * cmdqvLayoutShapeToString:
 * @shape: a shape
 *
 * Returns: (transfer none): its name, as for ``virt-cmdqv layout --shape``
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
 * Returns: the shape, CMDQV_LAYOUT_LAST if there is none of that name
 */
cmdqvLayoutShape
cmdqvLayoutShapeFromString(const char *shape)
{
    return cmdqvTextFind(cmdqvLayoutShapes, CMDQV_LAYOUT_LAST, shape);
}


/**
 * cmdqvLayoutShapeSparePorts:
 * @shape: a shape
 *
 * Nova and KubeVirt hot-plug devices without an address, and libvirt might put
 * any of them on a free port behind a vSMMU.
 *
 * Returns: the default number of free ports for each vSMMU
 */
guint
cmdqvLayoutShapeSparePorts(cmdqvLayoutShape shape)
{
    return shape == CMDQV_LAYOUT_LIBVIRT ? 1 : 0;
}
