/*
 * lowering/lower_arguments.c: what QEMU is given past a libvirt that does not know CMDQV
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "lowering/record.h"
#include "lowering/lower_priv.h"
#include "qemu/argv_write.h"
#include "util/error.h"


/* Takes over @argument. */
static bool
cmdqvLowerTake(cmdqvLowering *lowering, cmdqvArgument *argument)
{
    if (argument)
        g_ptr_array_add(lowering->arguments, argument);
    return argument != NULL;
}


static bool
cmdqvLowerAddController(cmdqvLowering *lowering, guint bus, GError **error)
{
    cmdqvBus meant = *cmdqvLowerBus(lowering, bus);
    const cmdqvBus *parent = cmdqvTopologyGetBus(lowering->topology, meant.parent);

    if (meant.model == CMDQV_BUS_PCIE_EXPANDER)
        meant.slot = (cmdqvSlot){ g_array_index(lowering->numbers.slot, int, bus), 0, CMDQV_SWITCH_ABSENT };
    return cmdqvLowerTake(lowering, cmdqvWriterController(&meant, meant.model == CMDQV_BUS_PCIE_EXPANDER || !parent
                                                          ? CMDQV_ROOT_BUS_NAME : parent->name, error));
}


/* Above a bus are its ancestors, so that QEMU knows them when it comes to it, whatever the order of their indexes. */
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
cmdqvLowerAddControllers(cmdqvLowering *lowering, GError **error)
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
cmdqvLowerAddSmmus(cmdqvLowering *lowering, GError **error)
{
    const cmdqvTopology *topology = lowering->topology;
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);
        const cmdqvBus *bus = cmdqvTopologyGetBus(topology, smmu->bus);

        if (smmu->busIndex == CMDQV_NONE)
            continue;
        if (!bus || bus->root != smmu->bus) {
            g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID,
                        "<iommu> in line %d: pciBus='%d' is not the root of a PCIe tree; give it the index of a pcie-root or "
                        "pcie-expander-bus controller", smmu->line, smmu->busIndex);
            return false;
        }
        if (!cmdqvLowerTake(lowering, cmdqvWriterSmmu(smmu, bus->name, lowering->target, error)))
            return false;
    }
    return true;
}


/**
 * cmdqvLowerMakeArguments:
 * @lowering: a domain on its way
 * @error: where there is something that QEMU cannot be given
 *
 * Returns: false with @error set
 */
bool
cmdqvLowerMakeArguments(cmdqvLowering *lowering, GError **error)
{
    g_ptr_array_add(lowering->arguments, cmdqvWriterIommufd(lowering->iommufd));
    return cmdqvLowerAddControllers(lowering, error) && cmdqvLowerAddSmmus(lowering, error);
}


/**
 * cmdqvLowerWriteArguments:
 * @lowering: a domain on its way
 *
 * Before the users' own, which may name what these make.
 */
void
cmdqvLowerWriteArguments(cmdqvLowering *lowering)
{
    g_auto(GStrv) argv = cmdqvWriterFormat(lowering->arguments, CMDQV_FORM_KEYVAL);
    xmlNode *commandline = cmdqvXMLChildNs(lowering->domain, "commandline", CMDQV_XML_QEMU_NAMESPACE);
    xmlNode *first;
    guint i;

    if (!commandline)
        commandline = cmdqvXMLEditAddNs(lowering->domain, "commandline", CMDQV_XML_QEMU_NAMESPACE, CMDQV_QEMU_PREFIX);
    first = commandline->children;
    for (i = 0; argv[i]; i++) {
        xmlNode *arg = cmdqvXMLEditAddNs(commandline, "arg", CMDQV_XML_QEMU_NAMESPACE, CMDQV_QEMU_PREFIX);

        cmdqvXMLEditSet(arg, "value", argv[i]);
        if (first)
            cmdqvXMLEditMoveBefore(first, arg);
    }
}
