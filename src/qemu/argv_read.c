/*
 * argv_read.c: read the argv of QEMU into a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads command lines of libvirt and hand-written ones, with upstream's
 * property names and those of earlier downstream series.
 */

#include "qemu/argv_read.h"

#include <string.h>

#include "qemu/argv_split.h"
#include "util/error.h"
#include "util/text.h"

#define CMDQV_ARGV_READ_SMMU_DRIVER "arm-smmuv3"

/* The types to which -global can set a property of such a device, its own and its parents (qom-list-types of QEMU 11.1). */
static const char *const cmdqvArgvReadSmmuTypes[] = { CMDQV_ARGV_READ_SMMU_DRIVER, "arm-smmu", NULL };
static const char *const cmdqvArgvReadExpanderTypes[] = { "pxb-pcie", "pxb", NULL };
static const char *const cmdqvArgvReadVfioTypes[] = { "vfio-pci", "vfio-pci-nohotplug", "vfio-pci-device", NULL };

/* Every driver that provides a PCI bus named by its id (hw/pci-bridge/ of QEMU). */
static const struct {
    const char *driver;
    cmdqvBusModel model;
} cmdqvArgvReadBridges[] = {
    { .driver = "pxb-pcie", .model = CMDQV_BUS_PCIE_EXPANDER },
    { .driver = "pxb-cxl", .model = CMDQV_BUS_OTHER },
    { .driver = "pxb", .model = CMDQV_BUS_OTHER },
    { .driver = "pcie-root-port", .model = CMDQV_BUS_ROOT_PORT },
    { .driver = "ioh3420", .model = CMDQV_BUS_ROOT_PORT },
    { .driver = "aspeed.pcie-root-port", .model = CMDQV_BUS_ROOT_PORT },
    { .driver = "cxl-rp", .model = CMDQV_BUS_OTHER },
    { .driver = "cxl-upstream", .model = CMDQV_BUS_OTHER },
    { .driver = "cxl-downstream", .model = CMDQV_BUS_OTHER },
    { .driver = "x3130-upstream", .model = CMDQV_BUS_SWITCH_UPSTREAM },
    { .driver = "xio3130-downstream", .model = CMDQV_BUS_SWITCH_DOWNSTREAM },
    { .driver = "pcie-pci-bridge", .model = CMDQV_BUS_PCIE_TO_PCI },
    { .driver = "pci-bridge", .model = CMDQV_BUS_PCI_BRIDGE },
    { .driver = "pci-bridge-seat", .model = CMDQV_BUS_PCI_BRIDGE },
    { .driver = "i82801b11-bridge", .model = CMDQV_BUS_OTHER },
};

/*
 * Patterns of the types of PCI devices, and their other names ("bus PCI" in
 * "-device help" of QEMU 11.1). QEMU puts one without a bus on the machine's
 * own root. Those that an option makes have the name of that option.
 */
static const char *const cmdqvArgvReadPciTypes[] = {
    "-*", "*-pci", "*_pci", "*-pci-transitional", "*-pci-non-transitional", "pci-*", "virtio-9p", "virtio-balloon", "virtio-blk", "virtio-gpu",
    "virtio-input-host", "virtio-iommu", "virtio-keyboard", "virtio-mouse", "virtio-net", "virtio-rng", "virtio-scsi", "virtio-serial",
    "virtio-sound", "virtio-tablet", "virtio-vga*", "AC97", "ac97", "ES1370", "es1370", "VGA", "acpi-erst", "ahci", "am53c974", "ati-vga",
    "bochs-display", "cirrus-vga", "cxl-switch-mailbox-cci", "cxl-type3", "dc390", "e1000*", "edu", "i6300esb", "i825??*", "i82801", "ich9-ahci",
    "ich9-intel-hda", "ich9-usb-?hci?", "igb", "intel-hda", "iommu-testdev", "ivshmem-*", "lsi", "lsi53c*", "megasas*", "mptsas1068",
    "nec-usb-xhci", "nvme", "pcnet", "piix?-usb-uhci", "pvscsi", "qemu-xhci", "qxl*", "rocker", "rtl8139", "secondary-vga", "tpci200", "tulip",
    "ufs", "usb-ehci", "vmxnet3",
};


static const char *
cmdqvArgvReadDriver(GHashTable *device)
{
    return g_hash_table_lookup(device, "driver");
}


/**
 * cmdqvArgvReadSwitch:
 * @value: (nullable): of a boolean or OnOffAuto property
 *
 * Returns: its meaning for QEMU; CMDQV_SWITCH_AUTO for any other word
 */
cmdqvSwitch
cmdqvArgvReadSwitch(const char *value)
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

    slot->multifunction = cmdqvArgvReadSwitch(g_hash_table_lookup(device, "multifunction"));
    if (!parts || !parts[0] || !cmdqvTextToUnsigned(parts[0], 16, 0x1f, &number) ||
        (parts[1] && !cmdqvTextToUnsigned(parts[1], 16, 7, &function)))
        return;
    slot->slot = (int)number;
    slot->function = (int)function;
}


static int
cmdqvArgvReadNumber(GHashTable *device, const char *name)
{
    const char *text = g_hash_table_lookup(device, name);
    unsigned int value;

    return text && cmdqvTextToUnsigned(text, 0, G_MAXINT, &value) ? (int)value : CMDQV_NONE;
}


static void
cmdqvArgvReadAddBus(cmdqvTopology *topology, cmdqvBusModel model, GHashTable *device)
{
    const char *parent = g_hash_table_lookup(device, "bus");
    cmdqvBus *bus = cmdqvTopologyAddBus(topology, model);

    bus->name = cmdqvTopologyKeep(topology, g_hash_table_lookup(device, "id"));
    bus->driver = cmdqvTopologyKeep(topology, cmdqvArgvReadDriver(device));
    cmdqvArgvReadSlot(&bus->slot, device);
    bus->hotplug = cmdqvArgvReadSwitch(g_hash_table_lookup(device, "hotplug"));
    bus->chassis = cmdqvArgvReadNumber(device, model == CMDQV_BUS_PCI_BRIDGE ? "chassis_nr" : "chassis");
    bus->port = cmdqvArgvReadNumber(device, "port");
    bus->busNr = cmdqvArgvReadNumber(device, "bus_nr");
    bus->numaNode = cmdqvArgvReadNumber(device, "numa_node");
    bus->bypass = cmdqvArgvReadSwitch(g_hash_table_lookup(device, "bypass_iommu")) == CMDQV_SWITCH_ON;
    if (model != CMDQV_BUS_PCIE_EXPANDER)
        bus->parentName = cmdqvTopologyKeep(topology, parent ? parent : CMDQV_ROOT_BUS_NAME);
}


/** Values of -global for all devices of a kind. */
typedef struct {
    GHashTable *ofSmmus;
    GHashTable *ofExpanders;
    GHashTable *ofVfio;
} cmdqvArgvReadGlobals;


/* Returns the values for devices of the type; NULL if no reader needs them. */
static GHashTable *
cmdqvArgvReadGlobalsOf(const cmdqvArgvReadGlobals *globals, const char *type)
{
    if (g_strv_contains(cmdqvArgvReadSmmuTypes, type))
        return globals->ofSmmus;
    if (g_strv_contains(cmdqvArgvReadExpanderTypes, type))
        return globals->ofExpanders;
    return g_strv_contains(cmdqvArgvReadVfioTypes, type) ? globals->ofVfio : NULL;
}


/* A device has the values of its type unless it sets the property itself. */
static void
cmdqvArgvReadInherit(GHashTable *device, const cmdqvArgvReadGlobals *globals)
{
    GHashTable *of = cmdqvArgvReadGlobalsOf(globals, cmdqvArgvReadDriver(device));
    GHashTableIter iter;
    gpointer name;
    gpointer value;

    if (!of)
        return;
    g_hash_table_iter_init(&iter, of);
    while (g_hash_table_iter_next(&iter, &name, &value)) {
        if (!g_hash_table_contains(device, name))
            (void)g_hash_table_insert(device, g_strdup(name), g_strdup(value));
    }
}


static cmdqvSmmu *
cmdqvArgvReadAddSmmu(cmdqvTopology *topology, GHashTable *device)
{
    cmdqvSmmu *smmu = cmdqvTopologyAddSmmu(topology);
    const char *cmdqv;
    guint i;

    cmdqv = g_hash_table_lookup(device, "cmdqv");
    if (!cmdqv)
        cmdqv = g_hash_table_lookup(device, "tegra241-cmdqv");

    smmu->id = cmdqvTopologyKeep(topology, g_hash_table_lookup(device, "id"));
    smmu->busName = cmdqvTopologyKeep(topology, g_hash_table_lookup(device, "primary-bus"));
    smmu->accel = cmdqvArgvReadSwitch(g_hash_table_lookup(device, "accel"));
    smmu->cmdqv = cmdqvArgvReadSwitch(cmdqv);
    for (i = 0; i < CMDQV_SMMU_ATTRIBUTE_LAST; i++) {
        if (cmdqvSmmuAttributeRows[i].isDerived)
            smmu->given[i] = cmdqvTopologyKeep(topology, g_hash_table_lookup(device, cmdqvSmmuAttributeRows[i].property));
    }
    smmu->stage = cmdqvTopologyKeep(topology, g_hash_table_lookup(device, "stage"));
    return smmu;
}


/* libvirt writes "host", or neither if it passes an open descriptor. */
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
cmdqvArgvReadIsVfio(const char *driver)
{
    return strcmp(driver, "vfio-pci") == 0 || strcmp(driver, "vfio-pci-nohotplug") == 0;
}


static bool
cmdqvArgvReadIsPci(const char *driver)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvArgvReadPciTypes); i++) {
        if (g_pattern_match_simple(cmdqvArgvReadPciTypes[i], driver))
            return true;
    }
    return false;
}


static cmdqvEndpoint *
cmdqvArgvReadAddEndpoint(cmdqvTopology *topology, const char *driver, GHashTable *device)
{
    cmdqvEndpointKind kind = cmdqvArgvReadIsVfio(driver) ? CMDQV_ENDPOINT_VFIO : CMDQV_ENDPOINT_EMULATED;
    const char *bus = g_hash_table_lookup(device, "bus");
    cmdqvEndpoint *endpoint = cmdqvTopologyAddEndpoint(topology, kind, driver);

    endpoint->id = cmdqvTopologyKeep(topology, g_hash_table_lookup(device, "id"));
    endpoint->busName = cmdqvTopologyKeep(topology, bus ? bus : CMDQV_ROOT_BUS_NAME);
    cmdqvArgvReadSlot(&endpoint->slot, device);
    endpoint->iommufdId = cmdqvTopologyKeep(topology, g_hash_table_lookup(device, "iommufd"));
    endpoint->iommufd = endpoint->iommufdId != NULL;
    endpoint->failover = g_hash_table_contains(device, "failover_pair_id");
    if (kind == CMDQV_ENDPOINT_VFIO)
        cmdqvArgvReadHost(endpoint, device);
    return endpoint;
}


/* Returns an index into the table of bridges, CMDQV_NONE for any other device. */
static int
cmdqvArgvReadFindBridge(const char *driver)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvArgvReadBridges); i++) {
        if (strcmp(driver, cmdqvArgvReadBridges[i].driver) == 0)
            return (int)i;
    }
    return CMDQV_NONE;
}


/** State while devices of arguments are added to a topology. */
typedef struct {
    cmdqvTopology *topology;
    const cmdqvArgvReadGlobals *globals;
    GHashTable *buses;      /* id of a bridge to its number among the devices, from 1 */
    GHashTable *own;        /* names of the buses that the topology had before */
    guint keyval;           /* how many devices are in key=value form; they are first */
} cmdqvArgvReadAdding;


/*
 * Whether device number @at names a bus that does not exist yet: a later one,
 * or one of the domain itself, which libvirt writes in JSON form. The root
 * belongs to QEMU and always exists.
 */
static bool
cmdqvArgvReadIsTooEarly(const cmdqvArgvReadAdding *adding, guint at, const char *bus)
{
    return bus && (GPOINTER_TO_UINT(g_hash_table_lookup(adding->buses, bus)) > at + 1 ||
                   (!adding->topology->keyval && at < adding->keyval && strcmp(bus, CMDQV_ROOT_BUS_NAME) != 0 &&
                    g_hash_table_contains(adding->own, bus)));
}


/*
 * Moves the added devices, which are in key=value form, before the @endpoints
 * and @smmus of the domain, because QEMU creates them first, unless those are in
 * that form too.
 */
static void
cmdqvArgvReadPutFirst(cmdqvTopology *topology, guint endpoints, guint smmus)
{
    const guint added = topology->endpoints->len - endpoints;
    g_autofree cmdqvEndpoint *before = NULL;
    guint i;

    if (topology->keyval)
        return;
    for (i = 0; i < topology->smmus->len; i++) {
        cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        smmu->order = i < smmus ? smmu->order + added : smmu->order - endpoints;
    }
    if (added == 0 || endpoints == 0)
        return;
    before = g_memdup2(topology->endpoints->data, endpoints * sizeof(cmdqvEndpoint));
    memmove(topology->endpoints->data, &g_array_index(topology->endpoints, cmdqvEndpoint, endpoints), added * sizeof(cmdqvEndpoint));
    memcpy(&g_array_index(topology->endpoints, cmdqvEndpoint, added), before, endpoints * sizeof(cmdqvEndpoint));
}


/*
 * Writes the name of the bus instead of a path of buses and devices, which may
 * have a slash at its end (qbus_find(), system/qdev-monitor.c). QEMU puts a
 * bridge without a bus on the root that it created last, and no other device.
 */
static void
cmdqvArgvReadNameBus(const cmdqvArgvReadAdding *adding, GHashTable *device, const char *property, const char *instead)
{
    const char *path = g_hash_table_lookup(device, property);
    g_auto(GStrv) names = g_strsplit(path ? path : "", "/", -1);
    guint i;

    for (i = g_strv_length(names); i > 0; i--) {
        if (g_hash_table_contains(adding->buses, names[i - 1]) || g_hash_table_contains(adding->own, names[i - 1])) {
            (void)g_hash_table_insert(device, g_strdup(property), g_strdup(names[i - 1]));
            return;
        }
    }
    if (!path && instead)
        (void)g_hash_table_insert(device, g_strdup(property), g_strdup(instead));
}


/* The last expander of the topology to which the arguments are added: libvirt's, in JSON form. */
static const char *
cmdqvArgvReadLastExpander(const cmdqvTopology *topology)
{
    const char *last = NULL;
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        last = bus->model == CMDQV_BUS_PCIE_EXPANDER && bus->name ? bus->name : last;
    }
    return last;
}


/* Names the bus of each device, in the order in which QEMU creates them. */
static void
cmdqvArgvReadNameBuses(const cmdqvArgvReadAdding *adding, const GPtrArray *devices)
{
    const char *newest = NULL;
    guint i;

    for (i = 0; i < devices->len; i++) {
        GHashTable *device = g_ptr_array_index(devices, i);
        int bridge = cmdqvArgvReadFindBridge(cmdqvArgvReadDriver(device));
        const char *id = g_hash_table_lookup(device, "id");

        if (i == (adding->topology->keyval ? 0 : adding->keyval))
            newest = cmdqvArgvReadLastExpander(adding->topology) ? cmdqvArgvReadLastExpander(adding->topology) : newest;
        if (bridge != CMDQV_NONE && cmdqvArgvReadBridges[bridge].model == CMDQV_BUS_PCIE_EXPANDER) {
            newest = id;
            continue;
        }
        cmdqvArgvReadNameBus(adding, device, "bus", bridge != CMDQV_NONE ? newest : NULL);
        cmdqvArgvReadNameBus(adding, device, "primary-bus", NULL);
    }
}


/*
 * Adds buses first: a device on a bus that is none of them is not on PCI (USB,
 * SCSI, virtio-serial).
 */
static void
cmdqvArgvReadAddAll(cmdqvArgvReadAdding *adding, const GPtrArray *devices)
{
    cmdqvTopology *topology = adding->topology;
    guint bridge = topology->buses->len;
    const guint endpoints = topology->endpoints->len;
    const guint smmus = topology->smmus->len;
    guint i;

    for (i = 0; i < devices->len; i++) {
        GHashTable *device = g_ptr_array_index(devices, i);
        char *id;

        cmdqvArgvReadInherit(device, adding->globals);
        id = g_hash_table_lookup(device, "id");
        if (id && cmdqvArgvReadFindBridge(cmdqvArgvReadDriver(device)) != CMDQV_NONE)
            (void)g_hash_table_insert(adding->buses, id, GUINT_TO_POINTER(i + 1));
    }
    cmdqvArgvReadNameBuses(adding, devices);
    for (i = 0; i < devices->len; i++) {
        GHashTable *device = g_ptr_array_index(devices, i);
        int known = cmdqvArgvReadFindBridge(cmdqvArgvReadDriver(device));

        if (known != CMDQV_NONE)
            cmdqvArgvReadAddBus(topology, cmdqvArgvReadBridges[known].model, device);
    }

    for (i = 0; i < devices->len; i++) {
        GHashTable *device = g_ptr_array_index(devices, i);
        const char *driver = cmdqvArgvReadDriver(device);
        const char *bus = g_hash_table_lookup(device, "bus");
        const char *primary = g_hash_table_lookup(device, "primary-bus");

        if (i == adding->keyval)
            cmdqvArgvReadPutFirst(topology, endpoints, smmus);
        if (strcmp(driver, CMDQV_ARGV_READ_SMMU_DRIVER) == 0)
            cmdqvArgvReadAddSmmu(topology, device)->early = cmdqvArgvReadIsTooEarly(adding, i, primary);
        else if (cmdqvArgvReadFindBridge(driver) != CMDQV_NONE)
            g_array_index(topology->buses, cmdqvBus, bridge++).early = cmdqvArgvReadIsTooEarly(adding, i, bus);
        else if (bus ? g_hash_table_contains(adding->buses, bus) || g_hash_table_contains(adding->own, bus) || cmdqvArgvReadIsVfio(driver)
                 : cmdqvArgvReadIsPci(driver))
            cmdqvArgvReadAddEndpoint(topology, driver, device)->early = cmdqvArgvReadIsTooEarly(adding, i, bus);
    }
    if (devices->len == adding->keyval)
        cmdqvArgvReadPutFirst(topology, endpoints, smmus);
}


/*
 * -set device.ID.PROPERTY=VALUE changes a device in key=value form before it
 * (qemu_set_option(), system/vl.c). If @topology has an SMMU, a device that is
 * not among these arguments may be one of lowering, which are in that form.
 */
static void
cmdqvArgvReadSet(cmdqvTopology *topology, const GPtrArray *devices, const char *value)
{
    g_auto(GStrv) path = g_strsplit(value, ".", 3);
    g_auto(GStrv) pair = g_strv_length(path) == 3 ? g_strsplit(path[2], "=", 2) : NULL;
    g_autofree char *quoted = cmdqvTextShorten(value);
    bool found = false;
    guint i;

    if (!pair || g_strv_length(pair) != 2 || strcmp(path[0], "device") != 0)
        return;
    for (i = 0; i < devices->len; i++) {
        GHashTable *device = g_ptr_array_index(devices, i);

        if (g_strcmp0(g_hash_table_lookup(device, "id"), path[1]) != 0)
            continue;
        (void)g_hash_table_insert(device, g_strdup(pair[0]), g_strdup(pair[1]));
        found = true;
    }
    if (found || topology->smmus->len == 0)
        return;
    cmdqvTopologyAddHidden(topology, CMDQV_NONE,
                           cmdqvTopologyFormat(topology, "'-set %s' changes a device that is not in the arguments before it, and its "
                                               "effect is not known; set the property in the argument of that device", quoted));
}


/* Whether an option makes a PCI device in the machine virt: seen with QEMU 11.1, which refuses -sd and -fda, and ignores -vga and -usb. */
static bool
cmdqvArgvReadMakesDevice(const cmdqvOption *option)
{
    static const char *const always[] = { "cdrom", "hda", "hdb", "hdc", "hdd", "virtfs", NULL };
    static const struct {
        const char *option;
        const char *implied;
        const char *key;
        const char *value;
        bool makes;         /* whether it makes one with that value, or with any other and without one */
    } rows[] = {
        { .option = "audio", .implied = "driver", .key = "model", .value = NULL, .makes = false },
        { .option = "drive", .implied = NULL, .key = "if", .value = "virtio", .makes = true },
        { .option = "drive", .implied = NULL, .key = "if", .value = NULL, .makes = true },
        { .option = "net", .implied = "type", .key = "type", .value = "nic", .makes = true },
        { .option = "nic", .implied = "type", .key = "type", .value = "none", .makes = false },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GHashTable) properties = strcmp(option->name, rows[i].option) == 0
            ? cmdqvArgvSplitProperties(option->value, rows[i].implied, NULL) : NULL;

        if (properties && (g_strcmp0(g_hash_table_lookup(properties, rows[i].key), rows[i].value) == 0) == rows[i].makes)
            return true;
    }
    return g_strv_contains(always, option->name);
}


/* The device that QEMU makes of such an option: its type is the name of the option. */
static GHashTable *
cmdqvArgvReadMadeDevice(const cmdqvOption *option)
{
    GHashTable *device = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    (void)g_hash_table_insert(device, g_strdup("driver"), g_strconcat("-", option->name, NULL));
    return device;
}


/* Appends the devices of one form; QEMU reads its command line once for each. */
static bool
cmdqvArgvReadDevices(cmdqvTopology *topology, const GArray *options, bool json, GPtrArray *devices, GError **error)
{
    guint i;

    for (i = 0; i < options->len; i++) {
        const cmdqvOption *option = &g_array_index(options, cmdqvOption, i);
        GHashTable *device;

        if (!json && strcmp(option->name, "set") == 0)
            cmdqvArgvReadSet(topology, devices, option->value);
        if (!json && cmdqvArgvReadMakesDevice(option))
            g_ptr_array_add(devices, cmdqvArgvReadMadeDevice(option));
        if (strcmp(option->name, "device") != 0 || (*option->value == '{') != json)
            continue;

        device = cmdqvArgvSplitProperties(option->value, "driver", error);
        if (!device)
            return false;
        g_ptr_array_add(devices, device);
        if (!cmdqvArgvReadDriver(device))
            return cmdqvErrorSet(error, CMDQV_ERROR_PROCESS, "'%.60s' on its command line names no driver", option->value);
    }
    return true;
}


/* -global DRIVER.PROPERTY=VALUE, or driver=,property=,value= (qemu_global_option(), util/qemu-config.c) */
static bool
cmdqvArgvReadAddGlobal(const cmdqvArgvReadGlobals *globals, const char *value, GError **error)
{
    g_autoptr(GHashTable) items = NULL;
    g_auto(GStrv) path = g_strsplit(value, ".", 2);
    g_auto(GStrv) pair = g_strsplit(path[0] && path[1] ? path[1] : "", "=", 2);
    GHashTable *of = path[0] ? cmdqvArgvReadGlobalsOf(globals, path[0]) : NULL;

    if (of && pair[0] && pair[1]) {
        (void)g_hash_table_insert(of, g_strdup(pair[0]), g_strdup(pair[1]));
        return true;
    }

    items = cmdqvArgvSplitProperties(value, NULL, error);
    if (!items)
        return false;
    if (g_hash_table_contains(items, "driver") && g_hash_table_contains(items, "property") && g_hash_table_contains(items, "value"))
        of = cmdqvArgvReadGlobalsOf(globals, g_hash_table_lookup(items, "driver"));
    if (of)
        (void)g_hash_table_insert(of, g_strdup(g_hash_table_lookup(items, "property")), g_strdup(g_hash_table_lookup(items, "value")));
    return true;
}


/* "_" is "-" in a name (keyval_dashify(), system/vl.c of QEMU). */
static void
cmdqvArgvReadMachineBypass(cmdqvTopology *topology, GHashTable *machine)
{
    int root = cmdqvTopologyFindBusName(topology, CMDQV_ROOT_BUS_NAME);
    GHashTableIter iter;
    gpointer name;
    gpointer value;

    g_hash_table_iter_init(&iter, machine);
    while (root != CMDQV_NONE && g_hash_table_iter_next(&iter, &name, &value)) {
        g_autofree char *dashed = g_strdelimit(g_strdup(name), "_", '-');

        if (strcmp(dashed, "default-bus-bypass-iommu") == 0)
            g_array_index(topology->buses, cmdqvBus, root).bypass = cmdqvArgvReadSwitch(value) == CMDQV_SWITCH_ON;
    }
}


static void
cmdqvArgvReadMachine(cmdqvTopology *topology, const char *value)
{
    g_autoptr(GHashTable) machine = cmdqvArgvSplitProperties(value, "type", NULL);

    if (!machine)
        return;
    if (g_hash_table_contains(machine, "type"))
        topology->machine = cmdqvTopologyKeep(topology, g_hash_table_lookup(machine, "type"));
    if (g_hash_table_contains(machine, "pflash0"))
        topology->firmware = CMDQV_SWITCH_ON;
    if (g_hash_table_contains(machine, "acpi"))
        topology->acpi = cmdqvArgvReadSwitch(g_hash_table_lookup(machine, "acpi")) == CMDQV_SWITCH_OFF ? CMDQV_SWITCH_OFF : CMDQV_SWITCH_ON;
    else if (topology->acpi == CMDQV_SWITCH_ABSENT)
        topology->acpi = CMDQV_SWITCH_ON;
    if (g_strcmp0(g_hash_table_lookup(machine, "iommu"), "smmuv3") == 0)
        (void)cmdqvTopologyAddSmmu(topology);
    cmdqvArgvReadMachineBypass(topology, machine);
}


/* -global sets a property of an existing device that its own element does not set. */
static void
cmdqvArgvReadApplyGlobals(cmdqvTopology *topology, const cmdqvArgvReadGlobals *globals)
{
    const char *iommufd = g_hash_table_lookup(globals->ofVfio, "iommufd");
    bool bypass = cmdqvArgvReadSwitch(g_hash_table_lookup(globals->ofExpanders, "bypass_iommu")) == CMDQV_SWITCH_ON;
    guint i;

    for (i = 0; i < topology->smmus->len; i++) {
        cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        if (smmu->accel == CMDQV_SWITCH_ABSENT)
            smmu->accel = cmdqvArgvReadSwitch(g_hash_table_lookup(globals->ofSmmus, "accel"));
        if (smmu->cmdqv == CMDQV_SWITCH_ABSENT)
            smmu->cmdqv = cmdqvArgvReadSwitch(g_hash_table_lookup(globals->ofSmmus, "cmdqv"));
        if (!smmu->stage)
            smmu->stage = cmdqvTopologyKeep(topology, g_hash_table_lookup(globals->ofSmmus, "stage"));
    }
    for (i = 0; bypass && i < topology->buses->len; i++) {
        cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        if (bus->model == CMDQV_BUS_PCIE_EXPANDER)
            bus->bypass = true;
    }
    for (i = 0; iommufd && i < topology->endpoints->len; i++) {
        cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->kind != CMDQV_ENDPOINT_VFIO || endpoint->iommufd)
            continue;
        endpoint->iommufdId = cmdqvTopologyKeep(topology, iommufd);
        endpoint->iommufd = true;
    }
}


/**
 * cmdqvArgvReadAddArguments:
 * @topology: a domain, or a new one with QEMU's own root only
 * @argv: additional arguments of QEMU; those of the devices in @topology are in
 *   JSON form, unless it says keyval
 * @error: CMDQV_ERROR_PROCESS
 *
 * QEMU creates every -device in keyval form first, in order, and then every
 * one in JSON form, in order (qemu_create_cli_devices(), system/vl.c).
 *
 * Returns: true, with @topology resolved, or false with @error set
 */
bool
cmdqvArgvReadAddArguments(cmdqvTopology *topology, const char *const *argv, GError **error)
{
    g_autoptr(GArray) options = cmdqvArgvSplitOptions(argv, error);
    g_autoptr(GHashTable) ofSmmus = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GHashTable) ofVfio = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GHashTable) ofExpanders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    const cmdqvArgvReadGlobals globals = { .ofSmmus = ofSmmus, .ofExpanders = ofExpanders, .ofVfio = ofVfio };
    g_autoptr(GHashTable) buses = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) own = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) devices = g_ptr_array_new_with_free_func((GDestroyNotify)g_hash_table_unref);
    cmdqvArgvReadAdding adding = { .topology = topology, .globals = &globals, .buses = buses, .own = own };
    guint i;

    if (!options)
        return false;

    for (i = 0; i < topology->buses->len; i++) {
        const char *name = g_array_index(topology->buses, cmdqvBus, i).name;

        if (name)
            (void)g_hash_table_add(own, g_strdup(name));
    }
    for (i = 0; i < options->len; i++) {
        const cmdqvOption *option = &g_array_index(options, cmdqvOption, i);

        if (option->hides)
            cmdqvTopologyAddHidden(topology, CMDQV_NONE, option->hides);
        if (strcmp(option->name, "bios") == 0) {
            topology->firmware = CMDQV_SWITCH_ON;
        } else if (strcmp(option->name, "only-migratable") == 0) {
            topology->onlyMigratable = true;
        } else if (strcmp(option->name, "uuid") == 0) {
            topology->uuid = cmdqvTopologyKeep(topology, option->value);
        } else if (strcmp(option->name, "machine") == 0 || strcmp(option->name, "M") == 0) {
            cmdqvArgvReadMachine(topology, option->value);
        } else if (strcmp(option->name, "global") == 0 && !cmdqvArgvReadAddGlobal(&globals, option->value, error)) {
            return false;
        }
    }

    if (!cmdqvArgvReadDevices(topology, options, false, devices, error))
        return false;
    adding.keyval = devices->len;
    if (!cmdqvArgvReadDevices(topology, options, true, devices, error))
        return false;
    cmdqvArgvReadApplyGlobals(topology, &globals);
    cmdqvArgvReadAddAll(&adding, devices);
    cmdqvTopologyResolve(topology);
    return true;
}


/**
 * cmdqvArgvRead:
 * @argv: the argument vector of a QEMU process, or one that libvirt would run;
 *   environment, interpreter and binary may be before its options
 * @error: CMDQV_ERROR_PROCESS
 *
 * Returns: (transfer full): the resolved topology, NULL with @error set
 */
cmdqvTopology *
cmdqvArgvRead(const char *const *argv, GError **error)
{
    g_autoptr(cmdqvTopology) topology = cmdqvTopologyNew();
    cmdqvBus *root = cmdqvTopologyAddBus(topology, CMDQV_BUS_PCIE_ROOT);

    root->name = CMDQV_ROOT_BUS_NAME;
    return cmdqvArgvReadAddArguments(topology, argv, error) ? g_steal_pointer(&topology) : NULL;
}


/* "pci.2", or a path of buses and devices whose last part counts (qbus_find(), system/qdev-monitor.c of QEMU). */
static int
cmdqvArgvReadFindBus(const cmdqvTopology *topology, const char *path)
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
 * cmdqvArgvReadAddDevice:
 * @topology: a running domain; gets one more endpoint
 * @device: properties of a device to hot-plug
 *
 * Returns: index of the new endpoint, CMDQV_NONE for a bridge, and for a device
 * on no PCI bus of the domain
 */
int
cmdqvArgvReadAddDevice(cmdqvTopology *topology, GHashTable *device)
{
    const char *driver = cmdqvArgvReadDriver(device);
    const char *path = g_hash_table_lookup(device, "bus");
    int bus = driver && path ? cmdqvArgvReadFindBus(topology, path) : CMDQV_NONE;
    cmdqvEndpoint *endpoint;

    if (bus == CMDQV_NONE || cmdqvArgvReadFindBridge(driver) != CMDQV_NONE)
        return CMDQV_NONE;
    endpoint = cmdqvArgvReadAddEndpoint(topology, driver, device);
    endpoint->bus = bus;
    endpoint->hasGuest = true;
    return (int)topology->endpoints->len - 1;
}
