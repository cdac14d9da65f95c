/*
 * qemu/argv_read.c: the argv of QEMU becomes a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt's command lines and hand-written ones, upstream's property names and
 * those of the downstream series that came before.
 */

#include "qemu/argv_read.h"

#include <string.h>

#include "qemu/argv_split.h"
#include "util/error.h"
#include "util/text.h"

#define CMDQV_SMMU_DRIVER "arm-smmuv3"

/* Every driver that provides a PCI bus named by its id (hw/pci-bridge/ of QEMU). */
static const struct {
    const char *driver;
    cmdqvBusModel model;
} cmdqvArgvBridges[] = {
    { "pxb-pcie", CMDQV_BUS_PCIE_EXPANDER },
    { "pxb-cxl", CMDQV_BUS_OTHER },
    { "pxb", CMDQV_BUS_OTHER },
    { "pcie-root-port", CMDQV_BUS_ROOT_PORT },
    { "ioh3420", CMDQV_BUS_ROOT_PORT },
    { "cxl-rp", CMDQV_BUS_OTHER },
    { "x3130-upstream", CMDQV_BUS_SWITCH_UPSTREAM },
    { "xio3130-downstream", CMDQV_BUS_SWITCH_DOWNSTREAM },
    { "pcie-pci-bridge", CMDQV_BUS_PCIE_TO_PCI },
    { "pci-bridge", CMDQV_BUS_PCI_BRIDGE },
    { "i82801b11-bridge", CMDQV_BUS_OTHER },
};


static const char *
cmdqvArgvDriver(GHashTable *device)
{
    return g_hash_table_lookup(device, "driver");
}


static cmdqvSwitch
cmdqvArgvSwitch(const char *value)
{
    static const char *const on[] = { "on", "true", "yes", "y", NULL };
    static const char *const off[] = { "off", "false", "no", "n", NULL };

    if (!value)
        return CMDQV_SWITCH_ABSENT;
    if (g_strv_contains(on, value))
        return CMDQV_SWITCH_ON;
    if (g_strv_contains(off, value))
        return CMDQV_SWITCH_OFF;
    return CMDQV_SWITCH_AUTO;
}


/* "1e.7", with 0x or without, and always hexadecimal (hw/core/qdev-properties-system.c of QEMU). */
static void
cmdqvArgvReadSlot(cmdqvSlot *slot, GHashTable *device)
{
    const char *address = g_hash_table_lookup(device, "addr");
    g_auto(GStrv) parts = address ? g_strsplit(address, ".", 2) : NULL;
    unsigned int number;
    unsigned int function = 0;

    slot->multifunction = cmdqvArgvSwitch(g_hash_table_lookup(device, "multifunction"));
    if (!parts || !parts[0] || !cmdqvStringToUint(parts[0], 16, 0x1f, &number) ||
        (parts[1] && !cmdqvStringToUint(parts[1], 16, 7, &function)))
        return;
    slot->slot = (int)number;
    slot->function = (int)function;
}


static int
cmdqvArgvNumber(GHashTable *device, const char *name)
{
    const char *text = g_hash_table_lookup(device, name);
    unsigned int value;

    return text && cmdqvStringToUint(text, 0, G_MAXINT, &value) ? (int)value : CMDQV_NONE;
}


static void
cmdqvArgvAddBus(cmdqvTopology *topology, cmdqvBusModel model, GHashTable *device)
{
    const char *parent = g_hash_table_lookup(device, "bus");
    cmdqvBus *bus = cmdqvTopologyAddBus(topology, model);

    bus->name = g_strdup(g_hash_table_lookup(device, "id"));
    bus->driver = g_strdup(cmdqvArgvDriver(device));
    cmdqvArgvReadSlot(&bus->slot, device);
    bus->hotplug = cmdqvArgvSwitch(g_hash_table_lookup(device, "hotplug"));
    bus->chassis = cmdqvArgvNumber(device, model == CMDQV_BUS_PCI_BRIDGE ? "chassis_nr" : "chassis");
    bus->port = cmdqvArgvNumber(device, "port");
    bus->busNr = cmdqvArgvNumber(device, "bus_nr");
    bus->numaNode = cmdqvArgvNumber(device, "numa_node");
    bus->bypass = cmdqvArgvSwitch(g_hash_table_lookup(device, "bypass_iommu")) == CMDQV_SWITCH_ON;
    if (model != CMDQV_BUS_PCIE_EXPANDER)
        bus->parentName = g_strdup(parent ? parent : CMDQV_ROOT_BUS_NAME);
}


static cmdqvSmmu *
cmdqvArgvAddSmmu(cmdqvTopology *topology, GHashTable *device, GHashTable *globals)
{
    cmdqvSmmu *smmu = cmdqvTopologyAddSmmu(topology);
    const char *cmdqv;
    GHashTableIter iter;
    gpointer name;
    gpointer value;

    g_hash_table_iter_init(&iter, globals);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        if (!g_hash_table_contains(device, name))
            (void)g_hash_table_insert(device, g_strdup(name), g_strdup(value));
    }

    cmdqv = g_hash_table_lookup(device, "cmdqv");
    if (!cmdqv)
        cmdqv = g_hash_table_lookup(device, "tegra241-cmdqv");

    smmu->id = g_strdup(g_hash_table_lookup(device, "id"));
    smmu->busName = g_strdup(g_hash_table_lookup(device, "primary-bus"));
    smmu->accel = cmdqvArgvSwitch(g_hash_table_lookup(device, "accel"));
    smmu->cmdqv = cmdqvArgvSwitch(cmdqv);
    smmu->ats = g_strdup(g_hash_table_lookup(device, "ats"));
    smmu->ril = g_strdup(g_hash_table_lookup(device, "ril"));
    smmu->ssidsize = g_strdup(g_hash_table_lookup(device, "ssidsize"));
    smmu->oas = g_strdup(g_hash_table_lookup(device, "oas"));
    smmu->stage = g_strdup(g_hash_table_lookup(device, "stage"));
    return smmu;
}


/* libvirt gives "host", or neither where it passes an open descriptor. */
static void
cmdqvArgvReadHost(cmdqvEndpoint *endpoint, GHashTable *device)
{
    const char *host = g_hash_table_lookup(device, "host");
    const char *sysfsdev = g_hash_table_lookup(device, "sysfsdev");

    if (host)
        endpoint->hasHost = cmdqvPCIAddressParse(host, &endpoint->host);
    if (!sysfsdev)
        return;

    g_autofree char *name = g_path_get_basename(sysfsdev);

    endpoint->hasHost = cmdqvPCIAddressParse(name, &endpoint->host);
    if (!endpoint->hasHost)
        endpoint->kind = CMDQV_ENDPOINT_MDEV;
}


static bool
cmdqvArgvIsVfio(const char *driver)
{
    return strcmp(driver, "vfio-pci") == 0 || strcmp(driver, "vfio-pci-nohotplug") == 0;
}


static cmdqvEndpoint *
cmdqvArgvAddEndpoint(cmdqvTopology *topology, const char *driver, GHashTable *device)
{
    cmdqvEndpointKind kind = cmdqvArgvIsVfio(driver) ? CMDQV_ENDPOINT_VFIO : CMDQV_ENDPOINT_EMULATED;
    const char *bus = g_hash_table_lookup(device, "bus");
    cmdqvEndpoint *endpoint = cmdqvTopologyAddEndpoint(topology, kind, driver);

    endpoint->id = g_strdup(g_hash_table_lookup(device, "id"));
    endpoint->busName = g_strdup(bus ? bus : CMDQV_ROOT_BUS_NAME);
    cmdqvArgvReadSlot(&endpoint->slot, device);
    endpoint->iommufdId = g_strdup(g_hash_table_lookup(device, "iommufd"));
    endpoint->iommufd = endpoint->iommufdId != NULL;
    endpoint->failover = g_hash_table_contains(device, "failover_pair_id");
    if (kind == CMDQV_ENDPOINT_VFIO)
        cmdqvArgvReadHost(endpoint, device);
    return endpoint;
}


/* Returns an index into the table of bridges, CMDQV_NONE for any other device. */
static int
cmdqvArgvFindBridge(const char *driver)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvArgvBridges); i++) {
        if (strcmp(driver, cmdqvArgvBridges[i].driver) == 0)
            return (int)i;
    }
    return CMDQV_NONE;
}


/* Returns true where the device provides a bus. */
static bool
cmdqvArgvAddBridge(cmdqvTopology *topology, GHashTable *device)
{
    int bridge = cmdqvArgvFindBridge(cmdqvArgvDriver(device));

    if (bridge == CMDQV_NONE)
        return false;
    cmdqvArgvAddBus(topology, cmdqvArgvBridges[bridge].model, device);
    return true;
}


/* Whether the bus that device number @at names is one that QEMU creates after it; @buses has their numbers, from 1. */
static bool
cmdqvArgvIsEarly(GHashTable *buses, guint at, const char *bus)
{
    return bus && GPOINTER_TO_UINT(g_hash_table_lookup(buses, bus)) > at + 1;
}


/*
 * Buses first, for a device on a bus that is not PCI (USB, SCSI, virtio-serial)
 * is told by that bus being none of them.
 */
static void
cmdqvArgvAddDevices(cmdqvTopology *topology, const GPtrArray *devices, GHashTable *globals)
{
    g_autoptr(GHashTable) foreign = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) buses = g_hash_table_new(g_str_hash, g_str_equal);
    guint bridge = topology->buses->len;
    guint i;

    for (i = 0; i < devices->len; i++) {
        GHashTable *device = g_ptr_array_index(devices, i);
        char *id = g_hash_table_lookup(device, "id");

        if (cmdqvArgvAddBridge(topology, device)) {
            (void)g_hash_table_add(foreign, device);
            if (id)
                (void)g_hash_table_insert(buses, id, GUINT_TO_POINTER(i + 1));
        }
    }

    for (i = 0; i < devices->len; i++) {
        GHashTable *device = g_ptr_array_index(devices, i);
        const char *driver = cmdqvArgvDriver(device);
        const char *bus = g_hash_table_lookup(device, "bus");

        if (strcmp(driver, CMDQV_SMMU_DRIVER) == 0)
            cmdqvArgvAddSmmu(topology, device, globals)->early =
                cmdqvArgvIsEarly(buses, i, g_hash_table_lookup(device, "primary-bus"));
        else if (g_hash_table_contains(foreign, device))
            g_array_index(topology->buses, cmdqvBus, bridge++).early = cmdqvArgvIsEarly(buses, i, bus);
        else if (cmdqvArgvIsVfio(driver) || (bus && (g_hash_table_contains(buses, bus) || strcmp(bus, CMDQV_ROOT_BUS_NAME) == 0)))
            cmdqvArgvAddEndpoint(topology, driver, device)->early = cmdqvArgvIsEarly(buses, i, bus);
    }
}


/* Appends the devices of one form, for one round of QEMU over its command line. */
static bool
cmdqvArgvReadDevices(const GArray *options, bool json, GPtrArray *devices, GError **error)
{
    guint i;

    for (i = 0; i < options->len; i++) {
        const cmdqvOption *option = &g_array_index(options, cmdqvOption, i);
        GHashTable *device;

        if (strcmp(option->name, "device") != 0 || (*option->value == '{') != json)
            continue;

        device = cmdqvCommandLineProperties(option->value, "driver", error);
        if (!device)
            return false;
        g_ptr_array_add(devices, device);
        if (!cmdqvArgvDriver(device)) {
            g_set_error(error, CMDQV_ERROR, CMDQV_ERROR_PROCESS, "'%.60s' on its command line names no driver",
                        option->value);
            return false;
        }
    }
    return true;
}


/* -global DRIVER.PROPERTY=VALUE, or driver=,property=,value= */
static bool
cmdqvArgvAddGlobal(GHashTable *globals, const char *value, GError **error)
{
    g_autoptr(GHashTable) items = NULL;
    const char *property;
    const char *setting;

    if (g_str_has_prefix(value, CMDQV_SMMU_DRIVER ".")) {
        g_auto(GStrv) pair = g_strsplit(value + strlen(CMDQV_SMMU_DRIVER "."), "=", 2);

        if (pair[0] && pair[1])
            (void)g_hash_table_insert(globals, g_strdup(pair[0]), g_strdup(pair[1]));
        return true;
    }

    items = cmdqvCommandLineProperties(value, NULL, error);
    if (!items)
        return false;
    property = g_hash_table_lookup(items, "property");
    setting = g_hash_table_lookup(items, "value");
    if (g_strcmp0(g_hash_table_lookup(items, "driver"), CMDQV_SMMU_DRIVER) == 0 && property && setting)
        (void)g_hash_table_insert(globals, g_strdup(property), g_strdup(setting));
    return true;
}


static void
cmdqvArgvReadMachine(cmdqvTopology *topology, const char *value)
{
    g_autoptr(GHashTable) machine = cmdqvCommandLineProperties(value, "type", NULL);

    if (!machine)
        return;
    if (g_hash_table_contains(machine, "type")) {
        g_free(topology->machine);
        topology->machine = g_strdup(g_hash_table_lookup(machine, "type"));
    }
    if (g_hash_table_contains(machine, "pflash0"))
        topology->firmware = CMDQV_SWITCH_ON;
    topology->acpi = cmdqvArgvSwitch(g_hash_table_lookup(machine, "acpi"));
    if (topology->acpi != CMDQV_SWITCH_OFF)
        topology->acpi = CMDQV_SWITCH_ON;
    if (g_strcmp0(g_hash_table_lookup(machine, "iommu"), "smmuv3") == 0)
        (void)cmdqvTopologyAddSmmu(topology);
}


/**
 * cmdqvArgvRead:
 * @argv: the argument vector of a QEMU process, or one that libvirt would run;
 *   environment, interpreter and binary may stand in front
 * @error: CMDQV_ERROR_PROCESS
 *
 * QEMU creates every -device in keyval form first, in order, and then every
 * one in JSON form, in order (qemu_create_cli_devices(), system/vl.c).
 *
 * Returns: (transfer full): the resolved topology, NULL with @error set
 */
cmdqvTopology *
cmdqvArgvRead(const char *const *argv, GError **error)
{
    g_autoptr(GArray) options = cmdqvCommandLineOptions(argv, error);
    g_autoptr(GHashTable) globals = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(cmdqvTopology) topology = NULL;
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func((GDestroyNotify)g_hash_table_unref);
    cmdqvBus *root;
    guint i;

    if (!options)
        return NULL;

    topology = cmdqvTopologyNew();
    root = cmdqvTopologyAddBus(topology, CMDQV_BUS_PCIE_ROOT);
    root->name = g_strdup(CMDQV_ROOT_BUS_NAME);

    for (i = 0; i < options->len; i++) {
        const cmdqvOption *option = &g_array_index(options, cmdqvOption, i);

        if (strcmp(option->name, "bios") == 0) {
            topology->firmware = CMDQV_SWITCH_ON;
        } else if (strcmp(option->name, "only-migratable") == 0) {
            topology->onlyMigratable = true;
        } else if (strcmp(option->name, "uuid") == 0) {
            g_free(topology->uuid);
            topology->uuid = g_strdup(option->value);
        } else if (strcmp(option->name, "machine") == 0 || strcmp(option->name, "M") == 0) {
            cmdqvArgvReadMachine(topology, option->value);
        } else if (strcmp(option->name, "global") == 0 && !cmdqvArgvAddGlobal(globals, option->value, error)) {
            return NULL;
        }
    }

    if (!cmdqvArgvReadDevices(options, false, devices, error) || !cmdqvArgvReadDevices(options, true, devices, error))
        return NULL;
    cmdqvArgvAddDevices(topology, devices, globals);
    cmdqvTopologyResolve(topology);
    return g_steal_pointer(&topology);
}


/* "pci.2", or a path through buses and devices, of which the last is meant (qbus_find(), system/qdev-monitor.c of QEMU). */
static int
cmdqvArgvFindBus(const cmdqvTopology *topology, const char *path)
{
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    guint i;
    int bus = CMDQV_NONE;

    for (i = g_strv_length(names); i > 0 && bus == CMDQV_NONE; i--) {
        if (*names[i - 1] != '\0')
            bus = cmdqvTopologyFindBusName(topology, names[i - 1]);
    }
    return bus;
}


/**
 * cmdqvArgvAddDevice:
 * @topology: a running domain; gets one more endpoint
 * @device: properties of a device that is to be plugged in
 *
 * Returns: index of the new endpoint, CMDQV_NONE for a bridge, and for what
 * names no bus of the domain's PCI
 */
int
cmdqvArgvAddDevice(cmdqvTopology *topology, GHashTable *device)
{
    const char *driver = cmdqvArgvDriver(device);
    const char *path = g_hash_table_lookup(device, "bus");
    int bus = driver && path ? cmdqvArgvFindBus(topology, path) : CMDQV_NONE;
    cmdqvEndpoint *endpoint;

    if (bus == CMDQV_NONE || cmdqvArgvFindBridge(driver) != CMDQV_NONE)
        return CMDQV_NONE;
    endpoint = cmdqvArgvAddEndpoint(topology, driver, device);
    endpoint->bus = bus;
    endpoint->hasGuest = true;
    return (int)topology->endpoints->len - 1;
}
