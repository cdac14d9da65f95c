/*
 * smmu_inventory.c: list the SMMUs of the host and the devices behind them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads sysfs without trusting it: skips a name that no kernel gives, takes the
 * name of a link even if its target is missing, and treats a file that cannot
 * be read as unknown.
 */

#include "host/smmu_inventory.h"

#include <stdbool.h>
#include <string.h>

#include "host/acpi_iort.h"
#include "host/device_needs.h"
#include "util/file.h"
#include "util/text.h"

#define CMDQV_HOST_SMMU_PREFIX "smmu3."
#define CMDQV_SMMU_INVENTORY_NAME_MAX 64
#define CMDQV_SMMU_INVENTORY_VALUE_MAX 64
#define CMDQV_SMMU_INVENTORY_NODE_MAX 65535

/* PCI_CLASS_BRIDGE_PCI (include/linux/pci_ids.h of Linux), followed in sysfs by the interface of the class. */
#define CMDQV_SMMU_INVENTORY_CLASS_BRIDGE "0x0604"
/* PCI_BASE_CLASS_DISPLAY */
#define CMDQV_SMMU_INVENTORY_CLASS_DISPLAY "0x03"


static void
cmdqvHostDeviceFree(gpointer data)
{
    cmdqvHostDevice *device = data;

    g_free(device->address);
    g_free(device->vendor);
    g_free(device->device);
    g_free(device->class);
    g_free(device->driver);
    g_free(device->group);
    g_free(device->vfio);
    g_free(device);
}


static void
cmdqvHostSmmuFree(gpointer data)
{
    cmdqvHostSmmu *smmu = data;

    g_free(smmu->name);
    g_ptr_array_unref(smmu->devices);
    g_free(smmu);
}


/*
 * Whether a name is like the kernel's names of devices and drivers, without
 * characters that a terminal or another language would interpret.
 */
static bool
cmdqvSmmuInventoryIsName(const char *name)
{
    gsize len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:+-");

    return len > 0 && len <= CMDQV_SMMU_INVENTORY_NAME_MAX && name[len] == '\0';
}


/* DOMAIN:BUS:SLOT.FUNCTION in lower case, as the kernel writes it. */
static bool
cmdqvSmmuInventoryIsAddress(const char *name)
{
    static const char digits[] = "0123456789abcdef";
    gsize domain = strspn(name, digits);
    const char *rest = name + domain;

    return domain >= 4 && domain <= 8 && rest[0] == ':' && strspn(rest + 1, digits) == 2 && rest[3] == ':' &&
        strspn(rest + 4, digits) == 2 && rest[6] == '.' && strspn(rest + 7, "01234567") == 1 && rest[8] == '\0';
}


/* The last part of a link's target. */
static char *
cmdqvSmmuInventoryLink(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *target = g_file_read_link(path, NULL);
    g_autofree char *base = target ? g_path_get_basename(target) : NULL;

    return base && cmdqvSmmuInventoryIsName(base) ? g_steal_pointer(&base) : NULL;
}


static char *
cmdqvSmmuInventoryValue(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *value = NULL;
    gsize len;

    if (!cmdqvFileRead(path, CMDQV_SMMU_INVENTORY_VALUE_MAX, &value, &len, NULL))
        return NULL;
    return cmdqvSmmuInventoryIsName(g_strstrip(value)) ? g_steal_pointer(&value) : NULL;
}


static int
cmdqvSmmuInventoryNode(const char *folder)
{
    g_autofree char *value = cmdqvSmmuInventoryValue(folder, "numa_node");
    unsigned int node;

    return value && cmdqvTextToUnsigned(value, 10, CMDQV_SMMU_INVENTORY_NODE_MAX, &node) ? (int)node : CMDQV_SMMU_INVENTORY_NO_NODE;
}


/* As libvirt finds it (virPCIGetVirtualFunctions(), src/util/virpci.c). */
static bool
cmdqvSmmuInventoryIsPhysicalFunction(const char *folder)
{
    g_autofree char *value = cmdqvSmmuInventoryValue(folder, "sriov_totalvfs");
    unsigned int functions;

    return value && cmdqvTextToUnsigned(value, 10, G_MAXUINT16, &functions) && functions > 0;
}


/* The wanted names in a folder, sorted; none if it cannot be read. */
static GPtrArray *
cmdqvSmmuInventoryList(const char *folder, bool (*wanted)(const char *name))
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        if (wanted(name))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, cmdqvTextCompare);
    return names;
}


static bool
cmdqvSmmuInventoryIsSmmu(const char *name)
{
    return g_str_has_prefix(name, CMDQV_HOST_SMMU_PREFIX) && cmdqvSmmuInventoryIsName(name);
}


static cmdqvHostDevice *
cmdqvHostDeviceRead(const char *folder, const char *address)
{
    g_autofree char *vfio = g_build_filename(folder, "vfio-dev", NULL);
    g_autoptr(GPtrArray) cdevs = cmdqvSmmuInventoryList(vfio, cmdqvSmmuInventoryIsName);
    cmdqvHostDevice *device = g_new0(cmdqvHostDevice, 1);

    device->address = g_strdup(address);
    device->vendor = cmdqvSmmuInventoryValue(folder, "vendor");
    device->device = cmdqvSmmuInventoryValue(folder, "device");
    device->class = cmdqvSmmuInventoryValue(folder, "class");
    device->driver = cmdqvSmmuInventoryLink(folder, "driver");
    device->group = cmdqvSmmuInventoryLink(folder, "iommu_group");
    device->vfio = cdevs->len > 0 ? g_strdup(g_ptr_array_index(cdevs, 0)) : NULL;
    device->node = cmdqvSmmuInventoryNode(folder);
    device->isPhysicalFunction = cmdqvSmmuInventoryIsPhysicalFunction(folder);
    device->needs = cmdqvDeviceNeedsRead(folder, device->vendor, device->device, device->class);
    return device;
}


/* How ACPI declares the SMMUs with a CMDQV: the IORT and the _UID of each CMDQV. */
typedef struct {
    cmdqvSupport any;
    char *iort;
    gsize len;
    GHashTable *uids;       /* guint32 as a pointer; NULL if one of them cannot be read */
} cmdqvSmmuInventoryAcpi;


static bool
cmdqvSmmuInventoryIsAcpiCmdqv(const char *name)
{
    return g_str_has_prefix(name, CMDQV_SUPPORT_ACPI_HID ":") && cmdqvSmmuInventoryIsName(name);
}


static void
cmdqvSmmuInventoryAcpiRead(const char *root, cmdqvSmmuInventoryAcpi *acpi)
{
    g_autofree char *table = g_build_filename(root, "sys/firmware/acpi/tables/IORT", NULL);
    g_autofree char *folder = g_build_filename(root, "sys/bus/acpi/devices", NULL);
    g_autoptr(GPtrArray) names = cmdqvSmmuInventoryList(folder, cmdqvSmmuInventoryIsAcpiCmdqv);
    guint i;

    *acpi = (cmdqvSmmuInventoryAcpi){ .any = cmdqvSupportProbe(root), .uids = g_hash_table_new(NULL, NULL) };
    (void)cmdqvFileRead(table, CMDQV_ACPI_IORT_MAX_BYTES, &acpi->iort, &acpi->len, NULL);
    for (i = 0; i < names->len && acpi->uids; i++) {
        g_autofree char *device = g_build_filename(folder, g_ptr_array_index(names, i), NULL);
        g_autofree char *uid = cmdqvSmmuInventoryValue(device, "uid");
        unsigned int number;

        if (uid && cmdqvTextToUnsigned(uid, 10, G_MAXUINT32, &number))
            (void)g_hash_table_add(acpi->uids, GUINT_TO_POINTER(number));
        else
            g_clear_pointer(&acpi->uids, g_hash_table_unref);
    }
}


static void
cmdqvSmmuInventoryAcpiClear(cmdqvSmmuInventoryAcpi *acpi)
{
    g_free(acpi->iort);
    g_clear_pointer(&acpi->uids, g_hash_table_unref);
}


/*
 * Finds the CMDQV of an SMMU as the kernel does: in a device tree the node of
 * the SMMU points to it, and in ACPI the _UID of a CMDQV is the identifier of
 * its SMMU in the IORT (drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c of Linux).
 */
static cmdqvSupport
cmdqvHostSmmuSupport(const char *folder, const char *name, const cmdqvSmmuInventoryAcpi *acpi)
{
    g_autofree char *node = g_build_filename(folder, "device", "of_node", NULL);
    g_autofree char *property = g_build_filename(node, "nvidia,cmdqv", NULL);
    guint32 identifier = 0;
    guint64 base;

    if (acpi->any != CMDQV_SUPPORT_WITH)
        return acpi->any;
    if (g_file_test(node, G_FILE_TEST_IS_DIR))
        return g_file_test(property, G_FILE_TEST_EXISTS) ? CMDQV_SUPPORT_WITH : CMDQV_SUPPORT_WITHOUT;
    base = g_ascii_strtoull(name + strlen(CMDQV_HOST_SMMU_PREFIX), NULL, 16);
    if (!acpi->uids || !acpi->iort || !cmdqvAcpiIortSmmuIdentifier(acpi->iort, acpi->len, base, &identifier))
        return CMDQV_SUPPORT_UNKNOWN;
    return g_hash_table_contains(acpi->uids, GUINT_TO_POINTER(identifier)) ? CMDQV_SUPPORT_WITH : CMDQV_SUPPORT_WITHOUT;
}


static cmdqvHostSmmu *
cmdqvSmmuInventoryFindSmmu(const GPtrArray *inventory, const char *name)
{
    guint i;

    for (i = 0; name && i < inventory->len; i++) {
        cmdqvHostSmmu *smmu = g_ptr_array_index(inventory, i);

        if (strcmp(smmu->name, name) == 0)
            return smmu;
    }
    return NULL;
}


/* An SMMU without a NUMA node of its own has that of its devices, if they agree. */
static int
cmdqvHostSmmuNode(const cmdqvHostSmmu *smmu)
{
    int node = CMDQV_SMMU_INVENTORY_NO_NODE;
    guint i;

    for (i = 0; i < smmu->devices->len; i++) {
        const cmdqvHostDevice *device = g_ptr_array_index(smmu->devices, i);

        if (device->node != CMDQV_SMMU_INVENTORY_NO_NODE && node != CMDQV_SMMU_INVENTORY_NO_NODE && device->node != node)
            return CMDQV_SMMU_INVENTORY_NO_NODE;
        node = device->node != CMDQV_SMMU_INVENTORY_NO_NODE ? device->node : node;
    }
    return node;
}


static void
cmdqvSmmuInventoryAddDevices(GPtrArray *inventory, const char *root)
{
    g_autofree char *folder = g_build_filename(root, "sys/bus/pci/devices", NULL);
    g_autoptr(GPtrArray) addresses = cmdqvSmmuInventoryList(folder, cmdqvSmmuInventoryIsAddress);
    guint i;

    for (i = 0; i < addresses->len; i++) {
        const char *address = g_ptr_array_index(addresses, i);
        g_autofree char *device = g_build_filename(folder, address, NULL);
        g_autofree char *name = cmdqvSmmuInventoryLink(device, "iommu");
        cmdqvHostSmmu *smmu = cmdqvSmmuInventoryFindSmmu(inventory, name);

        if (smmu)
            g_ptr_array_add(smmu->devices, cmdqvHostDeviceRead(device, address));
    }
}


/* The SMMUs, without the devices behind them. */
static GPtrArray *
cmdqvSmmuInventoryReadSmmus(const char *prefix)
{
    g_autofree char *folder = g_build_filename(prefix, "sys/class/iommu", NULL);
    g_autoptr(GPtrArray) names = cmdqvSmmuInventoryList(folder, cmdqvSmmuInventoryIsSmmu);
    GPtrArray *smmus = g_ptr_array_new_with_free_func(cmdqvHostSmmuFree);
    cmdqvSmmuInventoryAcpi acpi;
    guint i;

    cmdqvSmmuInventoryAcpiRead(prefix, &acpi);
    for (i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *parent = g_build_filename(path, "device", NULL);
        cmdqvHostSmmu *smmu = g_new0(cmdqvHostSmmu, 1);

        smmu->name = g_strdup(name);
        smmu->cmdqv = cmdqvHostSmmuSupport(path, name, &acpi);
        smmu->node = cmdqvSmmuInventoryNode(parent);
        smmu->devices = g_ptr_array_new_with_free_func(cmdqvHostDeviceFree);
        g_ptr_array_add(smmus, smmu);
    }
    cmdqvSmmuInventoryAcpiClear(&acpi);
    return smmus;
}


/**
 * cmdqvSmmuInventoryRead:
 * @root: prefix of every path, "" for the host itself
 *
 * Returns: (transfer full) (element-type cmdqvHostSmmu): the SMMUv3s of the
 * host, by name, each with the PCI devices behind it; empty if the host has
 * none or that is unknown
 */
GPtrArray *
cmdqvSmmuInventoryRead(const char *root)
{
    const char *prefix = *root ? root : "/";
    GPtrArray *inventory = cmdqvSmmuInventoryReadSmmus(prefix);
    guint i;

    cmdqvSmmuInventoryAddDevices(inventory, prefix);
    for (i = 0; i < inventory->len; i++) {
        cmdqvHostSmmu *smmu = g_ptr_array_index(inventory, i);

        if (smmu->node == CMDQV_SMMU_INVENTORY_NO_NODE)
            smmu->node = cmdqvHostSmmuNode(smmu);
    }
    return inventory;
}


/**
 * cmdqvSmmuInventoryWithoutCmdqv:
 * @root: prefix of every path, "" for the host itself
 *
 * Looks at SMMUs only, not at the devices behind them.
 *
 * Returns: (transfer full): the names of the SMMUs that certainly have no CMDQV
 */
char **
cmdqvSmmuInventoryWithoutCmdqv(const char *root)
{
    g_autoptr(GPtrArray) smmus = cmdqvSmmuInventoryReadSmmus(*root ? root : "/");
    GPtrArray *without = g_ptr_array_new();
    guint i;

    for (i = 0; i < smmus->len; i++) {
        const cmdqvHostSmmu *smmu = g_ptr_array_index(smmus, i);

        if (smmu->cmdqv == CMDQV_SUPPORT_WITHOUT)
            g_ptr_array_add(without, g_strdup(smmu->name));
    }
    g_ptr_array_add(without, NULL);
    return (char **)g_ptr_array_free(without, FALSE);
}


/**
 * cmdqvSmmuInventoryFind:
 * @inventory: (element-type cmdqvHostSmmu): the host
 * @address: a PCI address, as in sysfs
 * @smmu: (out) (optional): its SMMU
 *
 * Returns: (transfer none): the device, NULL with @smmu untouched if no SMMU
 * has it
 */
const cmdqvHostDevice *
cmdqvSmmuInventoryFind(const GPtrArray *inventory, const char *address, const cmdqvHostSmmu **smmu)
{
    guint i;
    guint j;

    for (i = 0; i < inventory->len; i++) {
        const cmdqvHostSmmu *one = g_ptr_array_index(inventory, i);

        for (j = 0; j < one->devices->len; j++) {
            const cmdqvHostDevice *device = g_ptr_array_index(one->devices, j);

            if (strcmp(device->address, address) == 0) {
                if (smmu)
                    *smmu = one;
                return device;
            }
        }
    }
    return NULL;
}


/* Whether a driver of the host does DMA with it; drivers of these names leave DMA to others (driver_managed_dma of Linux). */
static bool
cmdqvHostDeviceIsHeld(const cmdqvHostDevice *device)
{
    static const char *const harmless[] = { "pcieport", "pci-stub", NULL };

    return device->driver && !device->vfio && !strstr(device->driver, "vfio") && !g_strv_contains(harmless, device->driver);
}


/**
 * cmdqvSmmuInventoryRival:
 * @inventory: from cmdqvSmmuInventoryRead()
 * @device: one of its devices
 *
 * VFIO refuses a device while a driver of the host uses another device of its
 * IOMMU group (Linux, Documentation/driver-api/vfio.rst).
 *
 * Returns: (transfer none): the first such device behind the SMMUs, NULL if
 * there is none
 */
const cmdqvHostDevice *
cmdqvSmmuInventoryRival(const GPtrArray *inventory, const cmdqvHostDevice *device)
{
    guint i;
    guint j;

    for (i = 0; device->group && i < inventory->len; i++) {
        const cmdqvHostSmmu *smmu = g_ptr_array_index(inventory, i);

        for (j = 0; j < smmu->devices->len; j++) {
            const cmdqvHostDevice *other = g_ptr_array_index(smmu->devices, j);

            if (other != device && g_strcmp0(other->group, device->group) == 0 && cmdqvHostDeviceIsHeld(other))
                return other;
        }
    }
    return NULL;
}


/**
 * cmdqvSmmuInventoryTell:
 * @device: a PCI address, as in sysfs
 * @place: (out): its position, valid as long as @inventory
 * @inventory: (type GPtrArray): the host
 *
 * Returns: false, with nothing touched, if no SMMUv3 of the host has it
 */
bool
cmdqvSmmuInventoryTell(const char *device, cmdqvDeviceNeedsPlace *place, gpointer inventory)
{
    const cmdqvHostSmmu *behind = NULL;
    const cmdqvHostDevice *found = cmdqvSmmuInventoryFind(inventory, device, &behind);

    if (!found)
        return false;
    *place = (cmdqvDeviceNeedsPlace){
        .smmu = behind->name,
        .mayHaveCmdqv = behind->cmdqv != CMDQV_SUPPORT_WITHOUT,
        .isBridge = found->class && g_str_has_prefix(found->class, CMDQV_SMMU_INVENTORY_CLASS_BRIDGE),
        .isDisplay = found->class && g_str_has_prefix(found->class, CMDQV_SMMU_INVENTORY_CLASS_DISPLAY),
        .node = found->node,
        .needs = found->needs,
    };
    return true;
}
