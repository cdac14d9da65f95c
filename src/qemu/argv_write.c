/*
 * qemu/argv_write.c: a topology becomes QEMU's arguments
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * As libvirt 12.8 writes them (src/qemu/qemu_command.c), properties in its
 * order.  Two things differ: the host's device is named by its address, where
 * libvirt passes a descriptor that it has opened; and an emulator of a
 * downstream series gets its own spelling.
 */

#include "qemu/argv_write.h"

#include <string.h>

#include "util/error.h"

static const char *const cmdqvWriterDrivers[] = {
    [CMDQV_BUS_PCIE_ROOT] = NULL,
    [CMDQV_BUS_PCIE_EXPANDER] = "pxb-pcie",
    [CMDQV_BUS_ROOT_PORT] = "pcie-root-port",
    [CMDQV_BUS_SWITCH_UPSTREAM] = "x3130-upstream",
    [CMDQV_BUS_SWITCH_DOWNSTREAM] = "xio3130-downstream",
    [CMDQV_BUS_PCIE_TO_PCI] = "pcie-pci-bridge",
    [CMDQV_BUS_PCI_BRIDGE] = "pci-bridge",
    [CMDQV_BUS_OTHER] = NULL,
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvWriterDrivers) == CMDQV_BUS_LAST);


static void
cmdqvWriterAddNumber(cmdqvArgument *argument, const char *name, int value)
{
    if (value != CMDQV_NONE)
        cmdqvArgumentAddNumber(argument, name, (guint64)value);
}


static void
cmdqvWriterAddSwitch(cmdqvArgument *argument, const char *name, cmdqvSwitch value)
{
    if (value == CMDQV_SWITCH_ON || value == CMDQV_SWITCH_OFF)
        cmdqvArgumentAddBoolean(argument, name, value == CMDQV_SWITCH_ON);
}


/* Without a slot QEMU takes one that is free. */
static void
cmdqvWriterAddAddress(cmdqvArgument *argument, const char *bus, const cmdqvSlot *slot)
{
    g_autofree char *address = NULL;

    if (slot->slot != CMDQV_NONE && slot->function != 0)
        address = g_strdup_printf("0x%x.0x%x", (guint)slot->slot, (guint)slot->function);
    else if (slot->slot != CMDQV_NONE)
        address = g_strdup_printf("0x%x", (guint)slot->slot);

    cmdqvArgumentAddString(argument, "bus", bus);
    cmdqvWriterAddSwitch(argument, "multifunction", slot->multifunction);
    cmdqvArgumentAddString(argument, "addr", address);
}


/**
 * cmdqvWriterController:
 * @bus: a bus whose numbers are filled in
 * @parent: QEMU's name of the bus that its controller is on
 * @error: CMDQV_ERROR_INVALID where there is no driver for its model
 *
 * Returns: (transfer full): the -device that provides the bus: a pxb-pcie, a
 * root port, a port of a switch, a bridge.  NULL with @error set.
 */
cmdqvArgument *
cmdqvWriterController(const cmdqvBus *bus, const char *parent, GError **error)
{
    const char *driver = bus->driver ? bus->driver : cmdqvWriterDrivers[bus->model];
    cmdqvArgument *argument;

    if (!driver) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID,
                    "PCI controller '%s' in line %d is of a model that cannot be behind an SMMU", bus->name, bus->line);
        return NULL;
    }

    argument = cmdqvArgumentNew(CMDQV_ARGUMENT_DEVICE, driver);
    cmdqvWriterAddNumber(argument, "bus_nr", bus->busNr);
    cmdqvWriterAddNumber(argument, "port", bus->port);
    cmdqvWriterAddNumber(argument, bus->model == CMDQV_BUS_PCI_BRIDGE ? "chassis_nr" : "chassis", bus->chassis);
    cmdqvArgumentAddString(argument, "id", bus->name);
    cmdqvWriterAddNumber(argument, "numa_node", bus->numaNode);
    cmdqvWriterAddSwitch(argument, "hotplug", bus->hotplug);
    if (bus->memReserve)
        cmdqvArgumentAddNumber(argument, "mem-reserve", bus->memReserve);
    cmdqvWriterAddAddress(argument, parent, &bus->slot);
    return argument;
}


static bool
cmdqvWriterUnknown(cmdqvSmmuProperty property, const char *value, GError **error)
{
    g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the emulator's arm-smmuv3 has no property '%s': it cannot be given %s='%s'",
                cmdqvSmmuPropertyToString(property), cmdqvSmmuPropertyToString(property), value);
    return false;
}


/* Each emulator's type decides how the same value is written. */
static bool
cmdqvWriterAddProperty(cmdqvArgument *argument, const cmdqvTarget *target, cmdqvSmmuProperty property, const char *value,
                       GError **error)
{
    const cmdqvTargetProperty *known = &target->smmu[property];
    const char *name = cmdqvSmmuPropertyToString(property);
    guint64 number;

    if (!value)
        return true;
    if (!known->known)
        return cmdqvWriterUnknown(property, value, error);

    if (known->type == CMDQV_VALUE_BOOLEAN)
        cmdqvArgumentAddBoolean(argument, name, strcmp(value, "on") == 0);
    else if (known->type == CMDQV_VALUE_NUMBER && g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT64, &number, NULL))
        cmdqvArgumentAddNumber(argument, name, number);
    else
        cmdqvArgumentAddString(argument, name, value);
    return true;
}


/* The series before ssidsize had only PASID or none; how many bits that is, they decide. */
static bool
cmdqvWriterAddSsidsize(cmdqvArgument *argument, const cmdqvTarget *target, const char *value, GError **error)
{
    if (value && !target->smmu[CMDQV_SMMU_PROPERTY_SSIDSIZE].known && target->smmu[CMDQV_SMMU_PROPERTY_PASID].known)
        return cmdqvWriterAddProperty(argument, target, CMDQV_SMMU_PROPERTY_PASID, strcmp(value, "0") == 0 ? "off" : "on",
                                      error);
    return cmdqvWriterAddProperty(argument, target, CMDQV_SMMU_PROPERTY_SSIDSIZE, value, error);
}


/* What an emulator without CMDQV does anyway need not be said to it. */
static bool
cmdqvWriterAddCmdqv(cmdqvArgument *argument, const cmdqvTarget *target, cmdqvSwitch value, GError **error)
{
    cmdqvSmmuProperty property = CMDQV_SMMU_PROPERTY_CMDQV;

    if (!target->smmu[property].known && target->smmu[CMDQV_SMMU_PROPERTY_TEGRA241_CMDQV].known)
        property = CMDQV_SMMU_PROPERTY_TEGRA241_CMDQV;
    if (value == CMDQV_SWITCH_ABSENT || (value == CMDQV_SWITCH_OFF && !target->smmu[property].known))
        return true;
    return cmdqvWriterAddProperty(argument, target, property, cmdqvSwitchToString(value), error);
}


/**
 * cmdqvWriterSmmu:
 * @smmu: an SMMU on a bus of its own, its id filled in
 * @bus: QEMU's name of that bus
 * @target: the emulator
 * @error: CMDQV_ERROR_INVALID where the emulator cannot be given what is asked
 *
 * Returns: (transfer full): its -device, NULL with @error set
 */
cmdqvArgument *
cmdqvWriterSmmu(const cmdqvSmmu *smmu, const char *bus, const cmdqvTarget *target, GError **error)
{
    g_autoptr(cmdqvArgument) argument = cmdqvArgumentNew(CMDQV_ARGUMENT_DEVICE, cmdqvTargetDeviceToString(CMDQV_TARGET_SMMU));
    const char *accel = smmu->accel == CMDQV_SWITCH_ABSENT ? NULL : cmdqvSwitchToString(smmu->accel);

    if (!target->has[CMDQV_TARGET_SMMU]) {
        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the emulator has no device arm-smmuv3");
        return NULL;
    }
    cmdqvArgumentAddString(argument, "primary-bus", bus);
    cmdqvArgumentAddString(argument, "id", smmu->id);
    if (!cmdqvWriterAddProperty(argument, target, CMDQV_SMMU_PROPERTY_ACCEL, accel, error) ||
        !cmdqvWriterAddProperty(argument, target, CMDQV_SMMU_PROPERTY_ATS, smmu->ats, error) ||
        !cmdqvWriterAddProperty(argument, target, CMDQV_SMMU_PROPERTY_RIL, smmu->ril, error) ||
        !cmdqvWriterAddSsidsize(argument, target, smmu->ssidsize, error) ||
        !cmdqvWriterAddProperty(argument, target, CMDQV_SMMU_PROPERTY_OAS, smmu->oas, error) ||
        !cmdqvWriterAddCmdqv(argument, target, smmu->cmdqv, error))
        return NULL;
    return g_steal_pointer(&argument);
}


/**
 * cmdqvWriterIommufd:
 * @id: id of the object
 *
 * Returns: (transfer full): its -object
 */
cmdqvArgument *
cmdqvWriterIommufd(const char *id)
{
    cmdqvArgument *argument = cmdqvArgumentNew(CMDQV_ARGUMENT_OBJECT, "iommufd");

    cmdqvArgumentAddString(argument, "id", id);
    return argument;
}


/**
 * cmdqvWriterHostdev:
 * @endpoint: a PCI device of the host, its id filled in
 * @bus: QEMU's name of the bus that it is on
 * @target: the emulator
 * @error: CMDQV_ERROR_INVALID where the emulator cannot be given what is asked
 *
 * Returns: (transfer full): its -device, NULL with @error set
 */
cmdqvArgument *
cmdqvWriterHostdev(const cmdqvEndpoint *endpoint, const char *bus, const cmdqvTarget *target, GError **error)
{
    bool only = !target->has[CMDQV_TARGET_VFIO] && target->has[CMDQV_TARGET_VFIO_NO_HOTPLUG];
    const char *driver = cmdqvTargetDeviceToString(only ? CMDQV_TARGET_VFIO_NO_HOTPLUG : CMDQV_TARGET_VFIO);
    char host[CMDQV_PCI_ADDRESS_LEN];
    cmdqvArgument *argument;

    if (endpoint->iommufd && !target->vfioIommufd) {
        g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID, "the emulator's vfio-pci takes no iommufd, which '%s' is to use",
                    endpoint->id);
        return NULL;
    }

    argument = cmdqvArgumentNew(CMDQV_ARGUMENT_DEVICE, driver);
    cmdqvArgumentAddString(argument, "host", endpoint->hasHost ? cmdqvPCIAddressFormat(&endpoint->host, host) : NULL);
    cmdqvArgumentAddString(argument, "id", endpoint->id);
    if (endpoint->bootIndex)
        cmdqvArgumentAddNumber(argument, "bootindex", endpoint->bootIndex);
    cmdqvArgumentAddString(argument, "failover_pair_id", endpoint->failoverPair);
    cmdqvArgumentAddString(argument, "iommufd", endpoint->iommufdId);
    cmdqvWriterAddAddress(argument, bus, &endpoint->slot);
    if (endpoint->acpiIndex)
        cmdqvArgumentAddNumber(argument, "acpi-index", endpoint->acpiIndex);
    if (endpoint->romBar != CMDQV_SWITCH_ABSENT)
        cmdqvArgumentAddNumber(argument, "rombar", endpoint->romBar == CMDQV_SWITCH_ON);
    cmdqvArgumentAddString(argument, "romfile", endpoint->romFile);
    return argument;
}


/* Takes over @argument; false where there is none. */
static bool
cmdqvWriterTake(GPtrArray *arguments, cmdqvArgument *argument)
{
    if (argument)
        g_ptr_array_add(arguments, argument);
    return argument != NULL;
}


static const char *
cmdqvWriterBusName(const cmdqvTopology *topology, int bus)
{
    return g_array_index(topology->buses, cmdqvBus, bus).name;
}


/* Those at the root of which an SMMU sits, that root included. */
static bool
cmdqvWriterControllers(const cmdqvTopology *topology, GPtrArray *arguments, GError **error)
{
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);
        /* a pxb is nowhere but on the root, also where its slot is not known yet */
        const char *parent = bus->parent == CMDQV_NONE ? CMDQV_ROOT_BUS_NAME : cmdqvWriterBusName(topology, bus->parent);

        if (bus->model != CMDQV_BUS_PCIE_ROOT && cmdqvTopologyBusSmmu(topology, (int)i) != CMDQV_NONE &&
            !cmdqvWriterTake(arguments, cmdqvWriterController(bus, parent, error)))
            return false;
    }
    return true;
}


static bool
cmdqvWriterSmmus(const cmdqvTopology *topology, const cmdqvTarget *target, GPtrArray *arguments, GError **error)
{
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        const cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        if (smmu->bus != CMDQV_NONE &&
            !cmdqvWriterTake(arguments, cmdqvWriterSmmu(smmu, cmdqvWriterBusName(topology, smmu->bus), target, error)))
            return false;
    }
    return true;
}


/* The hostdevs behind an SMMU, and before them the iommufd object that they share. */
static bool
cmdqvWriterHostdevs(const cmdqvTopology *topology, const cmdqvTarget *target, GPtrArray *arguments, GError **error)
{
    bool hasIommufd = false;
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->kind != CMDQV_ENDPOINT_VFIO || cmdqvTopologyEndpointSmmu(topology, i) == CMDQV_NONE)
            continue;
        if (endpoint->iommufd && !hasIommufd)
            g_ptr_array_add(arguments, cmdqvWriterIommufd(endpoint->iommufdId));
        hasIommufd = hasIommufd || endpoint->iommufd;
        if (!cmdqvWriterTake(arguments, cmdqvWriterHostdev(endpoint, cmdqvWriterBusName(topology, endpoint->bus), target, error)))
            return false;
    }
    return true;
}


static bool
cmdqvWriterHasSmmu(const cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        if (g_array_index(topology->smmus, cmdqvSmmu, i).bus != CMDQV_NONE)
            return true;
    }
    return false;
}


static bool
cmdqvWriterUnplaced(const char *element, int line, GError **error)
{
    g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID,
                "<%s> in line %d has no address in the guest, and where it goes is for libvirt to say", element, line);
    return false;
}


/* What may belong to it has to be where that can be told; a controller without address goes to the machine's root. */
static bool
cmdqvWriterIsPlaced(const cmdqvTopology *topology, GError **error)
{
    int rootSmmu = cmdqvTopologyBusSmmu(topology, cmdqvTopologyFindBusName(topology, CMDQV_ROOT_BUS_NAME));
    guint i;

    for (i = 0; rootSmmu != CMDQV_NONE && i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        if (bus->root == CMDQV_NONE)
            return cmdqvWriterUnplaced("controller", bus->line, error);
    }
    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->kind == CMDQV_ENDPOINT_VFIO && !cmdqvTopologyIsPlaced(topology, i))
            return cmdqvWriterUnplaced(endpoint->element, endpoint->line, error);
    }
    return true;
}


/**
 * cmdqvWriterArguments:
 * @topology: a domain after cmdqvDefaultsFill()
 * @target: the emulator
 * @error: CMDQV_ERROR_INVALID where it cannot be written
 *
 * The CMDQV part of a domain's command line: each SMMUv3 that sits on a bus,
 * the controllers of the PCIe tree below that bus, the host's devices there
 * and their iommufd object, in libvirt's order.
 *
 * Returns: (transfer full) (element-type cmdqvArgument): the arguments, empty
 * for a domain without one; NULL with @error set
 */
GPtrArray *
cmdqvWriterArguments(const cmdqvTopology *topology, const cmdqvTarget *target, GError **error)
{
    g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func((GDestroyNotify)cmdqvArgumentFree);

    if (!cmdqvWriterHasSmmu(topology))
        return g_steal_pointer(&arguments);
    if (!cmdqvWriterIsPlaced(topology, error))
        return NULL;
    if (!cmdqvWriterControllers(topology, arguments, error) || !cmdqvWriterSmmus(topology, target, arguments, error) ||
        !cmdqvWriterHostdevs(topology, target, arguments, error))
        return NULL;
    return g_steal_pointer(&arguments);
}


/**
 * cmdqvWriterFormat:
 * @arguments: (element-type cmdqvArgument): arguments
 * @form: JSON or keyval
 *
 * Returns: (transfer full): options and values in turn; g_strfreev() it
 */
char **
cmdqvWriterFormat(const GPtrArray *arguments, cmdqvForm form)
{
    GPtrArray *argv = g_ptr_array_new();
    guint i;

    for (i = 0; i < arguments->len; i++) {
        const cmdqvArgument *argument = g_ptr_array_index(arguments, i);

        g_ptr_array_add(argv, g_strdup(cmdqvArgumentOption(argument)));
        g_ptr_array_add(argv, form == CMDQV_FORM_JSON ? cmdqvArgumentFormatJson(argument)
                                                      : cmdqvArgumentFormatKeyval(argument));
    }
    g_ptr_array_add(argv, NULL);
    return (char **)g_ptr_array_free(argv, FALSE);
}
