/*
 * argv_write.c: write QEMU's arguments of a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Writes them as libvirt 12.8 does (src/qemu/qemu_command.c), with properties
 * in its order. Two things differ: an argument has the address of the host
 * device, and libvirt passes a descriptor that it has opened; and an emulator
 * of a downstream series gets its own spelling.
 */

#include "qemu/argv_write.h"

#include <string.h>

#include "util/error.h"

static const char *const cmdqvArgvWriteDrivers[] = {
    [CMDQV_BUS_PCIE_ROOT] = NULL,
    [CMDQV_BUS_PCIE_EXPANDER] = "pxb-pcie",
    [CMDQV_BUS_ROOT_PORT] = "pcie-root-port",
    [CMDQV_BUS_SWITCH_UPSTREAM] = "x3130-upstream",
    [CMDQV_BUS_SWITCH_DOWNSTREAM] = "xio3130-downstream",
    [CMDQV_BUS_PCIE_TO_PCI] = "pcie-pci-bridge",
    [CMDQV_BUS_PCI_BRIDGE] = "pci-bridge",
    [CMDQV_BUS_OTHER] = NULL,
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvArgvWriteDrivers) == CMDQV_BUS_LAST);


static void
cmdqvArgvWriteAddNumber(cmdqvArgument *argument, const char *name, int value)
{
    if (value != CMDQV_NONE)
        cmdqvArgumentAddNumber(argument, name, (guint64)value);
}


static void
cmdqvArgvWriteAddSwitch(cmdqvArgument *argument, const char *name, cmdqvSwitch value)
{
    if (value == CMDQV_SWITCH_ON || value == CMDQV_SWITCH_OFF)
        cmdqvArgumentAddBoolean(argument, name, value == CMDQV_SWITCH_ON);
}


/* Without a slot QEMU chooses a free one. */
static void
cmdqvArgvWriteAddAddress(cmdqvArgument *argument, const char *bus, const cmdqvSlot *slot)
{
    g_autofree char *address = NULL;

    if (slot->slot != CMDQV_NONE && slot->function != 0)
        address = g_strdup_printf("0x%x.0x%x", (guint)slot->slot, (guint)slot->function);
    else if (slot->slot != CMDQV_NONE)
        address = g_strdup_printf("0x%x", (guint)slot->slot);

    cmdqvArgumentAddString(argument, "bus", bus);
    cmdqvArgvWriteAddSwitch(argument, "multifunction", slot->multifunction);
    cmdqvArgumentAddString(argument, "addr", address);
}


/**
 * cmdqvArgvWriteController:
 * @bus: a bus whose numbers are filled in
 * @parent: QEMU's name of its parent bus
 * @error: CMDQV_ERROR_INVALID if there is no driver for its model
 *
 * Returns: (transfer full): the -device that provides the bus: a pxb-pcie, a
 * root port, a port of a switch, or a bridge; NULL with @error set
 */
cmdqvArgument *
cmdqvArgvWriteController(const cmdqvBus *bus, const char *parent, GError **error)
{
    const char *driver = bus->driver ? bus->driver : cmdqvArgvWriteDrivers[bus->model];
    cmdqvArgument *argument;

    if (!driver)
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "PCI controller '%s' in line %d is of a model that cannot be behind "
                             "an SMMU", bus->name, bus->line);

    argument = cmdqvArgumentNew(CMDQV_ARGUMENT_DEVICE, driver);
    cmdqvArgvWriteAddNumber(argument, "bus_nr", bus->busNr);
    cmdqvArgvWriteAddNumber(argument, "port", bus->port);
    cmdqvArgvWriteAddNumber(argument, bus->model == CMDQV_BUS_PCI_BRIDGE ? "chassis_nr" : "chassis", bus->chassis);
    cmdqvArgumentAddString(argument, "id", bus->name);
    cmdqvArgvWriteAddNumber(argument, "numa_node", bus->numaNode);
    cmdqvArgvWriteAddSwitch(argument, "hotplug", bus->hotplug);
    if (bus->memReserve)
        cmdqvArgumentAddNumber(argument, "mem-reserve", bus->memReserve);
    cmdqvArgvWriteAddAddress(argument, parent, &bus->slot);
    return argument;
}


static bool
cmdqvArgvWriteUnknown(guint property, const char *value, GError **error)
{
    return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the emulator's arm-smmuv3 has no property '%s': it cannot be given "
                         "%s='%s'", cmdqvSmmuPropertyToString(property), cmdqvSmmuPropertyToString(property), value);
}


/* The type of the property in the emulator decides how to write the value. */
static bool
cmdqvArgvWriteAddProperty(cmdqvArgument *argument, const cmdqvEmulatorCaps *target, guint property, const char *value, GError **error)
{
    const cmdqvEmulatorCapsProperty *known = &target->smmu[property];
    const char *name = cmdqvSmmuPropertyToString(property);
    guint64 number;

    if (!value)
        return true;
    if (!known->known)
        return cmdqvArgvWriteUnknown(property, value, error);

    if (known->type == CMDQV_VALUE_BOOLEAN)
        cmdqvArgumentAddBoolean(argument, name, strcmp(value, "on") == 0);
    else if (known->type == CMDQV_VALUE_NUMBER && g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT64, &number, NULL))
        cmdqvArgumentAddNumber(argument, name, number);
    else
        cmdqvArgumentAddString(argument, name, value);
    return true;
}


/* The series before ssidsize could only switch PASID on or off, and choose its size themselves. */
static bool
cmdqvArgvWriteAddGiven(cmdqvArgument *argument, const cmdqvEmulatorCaps *target, guint attribute, const char *value, GError **error)
{
    if (attribute == CMDQV_SMMU_ATTRIBUTE_SSIDSIZE && value && !target->smmu[attribute].known && target->smmu[CMDQV_SMMU_PROPERTY_PASID].known)
        return cmdqvArgvWriteAddProperty(argument, target, CMDQV_SMMU_PROPERTY_PASID, strcmp(value, "0") == 0 ? "off" : "on",
                                         error);
    return cmdqvArgvWriteAddProperty(argument, target, attribute, value, error);
}


/* An emulator without CMDQV does not need cmdqv=off. */
static bool
cmdqvArgvWriteAddCmdqv(cmdqvArgument *argument, const cmdqvEmulatorCaps *target, cmdqvSwitch value, GError **error)
{
    guint property = CMDQV_SMMU_ATTRIBUTE_CMDQV;

    if (!target->smmu[property].known && target->smmu[CMDQV_SMMU_PROPERTY_TEGRA241_CMDQV].known)
        property = CMDQV_SMMU_PROPERTY_TEGRA241_CMDQV;
    if (value == CMDQV_SWITCH_ABSENT || (value == CMDQV_SWITCH_OFF && !target->smmu[property].known))
        return true;
    return cmdqvArgvWriteAddProperty(argument, target, property, cmdqvSwitchToString(value), error);
}


/**
 * cmdqvArgvWriteSmmu:
 * @smmu: an SMMU on a bus of its own, its id filled in
 * @bus: QEMU's name of that bus
 * @target: the emulator
 * @error: CMDQV_ERROR_INVALID if the emulator lacks a device or property that the
 *   domain needs
 *
 * Returns: (transfer full): its -device, NULL with @error set
 */
cmdqvArgument *
cmdqvArgvWriteSmmu(const cmdqvSmmu *smmu, const char *bus, const cmdqvEmulatorCaps *target, GError **error)
{
    g_autoptr(cmdqvArgument) argument = cmdqvArgumentNew(CMDQV_ARGUMENT_DEVICE, cmdqvEmulatorCapsDeviceToString(CMDQV_EMULATOR_CAPS_SMMU));
    const char *accel = smmu->accel == CMDQV_SWITCH_ABSENT ? NULL : cmdqvSwitchToString(smmu->accel);
    bool added;
    guint i;

    if (!target->has[CMDQV_EMULATOR_CAPS_SMMU])
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the emulator has no device arm-smmuv3");
    cmdqvArgumentAddString(argument, "primary-bus", bus);
    cmdqvArgumentAddString(argument, "id", smmu->id);
    added = cmdqvArgvWriteAddProperty(argument, target, CMDQV_SMMU_ATTRIBUTE_ACCEL, accel, error);
    for (i = 0; i < CMDQV_SMMU_ATTRIBUTE_LAST && added; i++)
        added = cmdqvArgvWriteAddGiven(argument, target, i, smmu->given[i], error);
    added = added && cmdqvArgvWriteAddCmdqv(argument, target, smmu->cmdqv, error);
    return added ? g_steal_pointer(&argument) : NULL;
}


/**
 * cmdqvArgvWriteIommufd:
 * @id: id of the object
 *
 * Returns: (transfer full): its -object
 */
cmdqvArgument *
cmdqvArgvWriteIommufd(const char *id)
{
    cmdqvArgument *argument = cmdqvArgumentNew(CMDQV_ARGUMENT_OBJECT, "iommufd");

    cmdqvArgumentAddString(argument, "id", id);
    return argument;
}


/**
 * cmdqvArgvWriteHostdev:
 * @endpoint: a PCI host device, its id filled in
 * @bus: QEMU's name of the bus that it is on
 * @target: the emulator
 * @error: CMDQV_ERROR_INVALID if the emulator lacks a device or property that the
 *   domain needs
 *
 * Returns: (transfer full): its -device, NULL with @error set
 */
cmdqvArgument *
cmdqvArgvWriteHostdev(const cmdqvEndpoint *endpoint, const char *bus, const cmdqvEmulatorCaps *target, GError **error)
{
    bool only = !target->has[CMDQV_EMULATOR_CAPS_VFIO] && target->has[CMDQV_EMULATOR_CAPS_VFIO_NO_HOTPLUG];
    const char *driver = cmdqvEmulatorCapsDeviceToString(only ? CMDQV_EMULATOR_CAPS_VFIO_NO_HOTPLUG : CMDQV_EMULATOR_CAPS_VFIO);
    char host[CMDQV_PCI_ADDRESS_LEN];
    cmdqvArgument *argument;

    if (endpoint->iommufd && !target->vfioIommufd)
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "the emulator's vfio-pci takes no iommufd, which '%s' is to use",
                             endpoint->id ? endpoint->id : endpoint->element);

    argument = cmdqvArgumentNew(CMDQV_ARGUMENT_DEVICE, driver);
    cmdqvArgumentAddString(argument, "host", endpoint->hasHost ? cmdqvPCIAddressFormat(&endpoint->host, host) : NULL);
    cmdqvArgumentAddString(argument, "id", endpoint->id);
    if (endpoint->bootIndex)
        cmdqvArgumentAddNumber(argument, "bootindex", endpoint->bootIndex);
    cmdqvArgumentAddString(argument, "failover_pair_id", endpoint->failoverPair);
    cmdqvArgumentAddString(argument, "iommufd", endpoint->iommufdId);
    cmdqvArgvWriteAddAddress(argument, bus, &endpoint->slot);
    if (endpoint->acpiIndex)
        cmdqvArgumentAddNumber(argument, "acpi-index", endpoint->acpiIndex);
    if (endpoint->romBar != CMDQV_SWITCH_ABSENT)
        cmdqvArgumentAddNumber(argument, "rombar", endpoint->romBar == CMDQV_SWITCH_ON);
    cmdqvArgumentAddString(argument, "romfile", endpoint->romFile);
    return argument;
}


/* Takes over @argument; false if there is none. */
static bool
cmdqvArgvWriteTake(GPtrArray *arguments, cmdqvArgument *argument)
{
    if (argument)
        g_ptr_array_add(arguments, argument);
    return argument != NULL;
}


static const char *
cmdqvArgvWriteBusName(const cmdqvTopology *topology, int bus)
{
    return g_array_index(topology->buses, cmdqvBus, bus).name;
}


/* Writes the controllers below a root with an SMMU, and that root. */
static bool
cmdqvArgvWriteAllControllers(const cmdqvTopology *topology, GPtrArray *arguments, GError **error)
{
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);
        /* a pxb is always on the root, even if its slot is unknown */
        const char *parent = bus->parent == CMDQV_NONE ? CMDQV_ROOT_BUS_NAME : cmdqvArgvWriteBusName(topology, bus->parent);

        if (bus->model != CMDQV_BUS_PCIE_ROOT && cmdqvTopologyBusSmmu(topology, (int)i) != CMDQV_NONE &&
            !cmdqvArgvWriteTake(arguments, cmdqvArgvWriteController(bus, parent, error)))
            return false;
    }
    return true;
}


static bool
cmdqvArgvWriteAllSmmus(const cmdqvTopology *topology, const cmdqvEmulatorCaps *target, GPtrArray *arguments, GError **error)
{
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        if (smmu->bus != CMDQV_NONE &&
            !cmdqvArgvWriteTake(arguments, cmdqvArgvWriteSmmu(smmu, cmdqvArgvWriteBusName(topology, smmu->bus), target, error)))
            return false;
    }
    return true;
}


/* Writes the hostdevs behind an SMMU, after the iommufd object that they share. */
static bool
cmdqvArgvWriteAllHostdevs(const cmdqvTopology *topology, const cmdqvEmulatorCaps *target, GPtrArray *arguments, GError **error)
{
    bool hasIommufd = false;
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->kind != CMDQV_ENDPOINT_VFIO || cmdqvTopologyEndpointSmmu(topology, i) == CMDQV_NONE)
            continue;
        if (endpoint->iommufd && !hasIommufd)
            g_ptr_array_add(arguments, cmdqvArgvWriteIommufd(endpoint->iommufdId));
        hasIommufd = hasIommufd || endpoint->iommufd;
        if (!cmdqvArgvWriteTake(arguments, cmdqvArgvWriteHostdev(endpoint, cmdqvArgvWriteBusName(topology, endpoint->bus), target, error)))
            return false;
    }
    return true;
}


static bool
cmdqvArgvWriteHasSmmu(const cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        if (g_array_index(topology->smmus, cmdqvSmmu, i).bus != CMDQV_NONE)
            return true;
    }
    return false;
}


static bool
cmdqvArgvWriteUnplaced(const char *element, int line, GError **error)
{
    return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "<%s> in line %d has no guest address, and only libvirt can choose one",
                         element, line);
}


/* Whether everything that may be behind an SMMU has an address; a controller without an address is on the root. */
static bool
cmdqvArgvWriteIsPlaced(const cmdqvTopology *topology, GError **error)
{
    int rootSmmu = cmdqvTopologyBusSmmu(topology, cmdqvTopologyFindBusName(topology, CMDQV_ROOT_BUS_NAME));
    guint i;

    for (i = 0; rootSmmu != CMDQV_NONE && i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        if (bus->root == CMDQV_NONE)
            return cmdqvArgvWriteUnplaced("controller", bus->line, error);
    }
    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->kind == CMDQV_ENDPOINT_VFIO && !cmdqvTopologyIsPlaced(topology, i))
            return cmdqvArgvWriteUnplaced(endpoint->element, endpoint->line, error);
    }
    return true;
}


/**
 * cmdqvArgvWriteArguments:
 * @topology: a domain after cmdqvTopologyDefaultsFill()
 * @target: the emulator
 * @error: CMDQV_ERROR_INVALID if it cannot be written
 *
 * Writes the CMDQV part of a domain's command line: each SMMUv3 of a bus, the
 * controllers of the PCIe tree below that bus, the host devices there and their
 * iommufd object, in libvirt's order.
 *
 * Returns: (transfer full) (element-type cmdqvArgument): the arguments, empty
 * for a domain without an SMMUv3; NULL with @error set
 */
GPtrArray *
cmdqvArgvWriteArguments(const cmdqvTopology *topology, const cmdqvEmulatorCaps *target, GError **error)
{
    g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func((GDestroyNotify)cmdqvArgumentFree);

    if (!cmdqvArgvWriteHasSmmu(topology))
        return g_steal_pointer(&arguments);
    if (!cmdqvArgvWriteIsPlaced(topology, error))
        return NULL;
    if (!cmdqvArgvWriteAllControllers(topology, arguments, error) || !cmdqvArgvWriteAllSmmus(topology, target, arguments, error) ||
        !cmdqvArgvWriteAllHostdevs(topology, target, arguments, error))
        return NULL;
    return g_steal_pointer(&arguments);
}


/**
 * cmdqvArgvWriteFormat:
 * @arguments: (element-type cmdqvArgument): arguments
 * @form: JSON or keyval
 *
 * Returns: (transfer full): each option, followed by its value; g_strfreev() it
 */
char **
cmdqvArgvWriteFormat(const GPtrArray *arguments, cmdqvArgvWriteForm form)
{
    GPtrArray *argv = g_ptr_array_new();
    guint i;

    for (i = 0; i < arguments->len; i++) {
        const cmdqvArgument *argument = g_ptr_array_index(arguments, i);

        g_ptr_array_add(argv, g_strdup(cmdqvArgumentOption(argument)));
        g_ptr_array_add(argv, form == CMDQV_ARGV_WRITE_FORM_JSON ? cmdqvArgumentFormatJson(argument)
                                                      : cmdqvArgumentFormatKeyval(argument));
    }
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(argv, FALSE);
}
