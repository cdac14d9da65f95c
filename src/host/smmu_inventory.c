/*
 * host/smmu_inventory.c: the SMMUs of the host and the devices behind them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * sysfs is the kernel's, but a tree of files is only as good as what is in it:
 * a name that no kernel gives is left out, a link that leads nowhere still has
 * its name, and a file that cannot be read says nothing.
 */

#include "host/smmu_inventory.h"

#include <stdbool.h>
#include <string.h>

#include "host/acpi_iort.h"
#include "host/device_needs_read.h"
#include "util/file.h"
#include "util/text.h"

#define CMDQV_HOST_SMMU_PREFIX "smmu3."
#define CMDQV_HOST_NAME_MAX 64
#define CMDQV_HOST_VALUE_MAX 64
#define CMDQV_HOST_NODE_MAX 65535

/* PCI_CLASS_BRIDGE_PCI (include/linux/pci_ids.h of Linux), behind which the interface of the class stands in sysfs. */
#define CMDQV_HOST_CLASS_BRIDGE "0x0604"


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


/* What the kernel calls devices and drivers; nothing that a terminal or another language would read as its own. */
static bool
cmdqvHostIsName(const char *name)
{
    gsize len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:+-");

    return len > 0 && len <= CMDQV_HOST_NAME_MAX && name[len] == '\0';
}


/* DOMAIN:BUS:SLOT.FUNCTION in lower case, as the kernel writes it. */
static bool
cmdqvHostIsAddress(const char *name)
{
    static const char digits[] = "0123456789abcdef";
    gsize domain = strspn(name, digits);
    const char *rest = name + domain;

    return domain >= 4 && domain <= 8 && rest[0] == ':' && strspn(rest + 1, digits) == 2 && rest[3] == ':' &&
        strspn(rest + 4, digits) == 2 && rest[6] == '.' && strspn(rest + 7, "01234567") == 1 && rest[8] == '\0';
}


/* The last part of where a link leads. */
static char *
cmdqvHostLink(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *target = g_file_read_link(path, NULL);
    g_autofree char *base = target ? g_path_get_basename(target) : NULL;

    return base && cmdqvHostIsName(base) ? g_steal_pointer(&base) : NULL;
}


static char *
cmdqvHostValue(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *value = NULL;
    gsize len;

    if (!cmdqvFileRead(path, CMDQV_HOST_VALUE_MAX, &value, &len, NULL))
        return NULL;
    return cmdqvHostIsName(g_strstrip(value)) ? g_steal_pointer(&value) : NULL;
}


static int
cmdqvHostNode(const char *folder)
{
    g_autofree char *value = cmdqvHostValue(folder, "numa_node");
    unsigned int node;

    return value && cmdqvStringToUint(value, 10, CMDQV_HOST_NODE_MAX, &node) ? (int)node : CMDQV_HOST_NO_NODE;
}


static int
cmdqvHostCompare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}


/* The names in a folder that are wanted, in order; none where it cannot be read. */
static GPtrArray *
cmdqvHostList(const char *folder, bool (*wanted)(const char *name))
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        if (wanted(name))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, cmdqvHostCompare);
    return names;
}


static bool
cmdqvHostIsSmmu(const char *name)
{
    return g_str_has_prefix(name, CMDQV_HOST_SMMU_PREFIX) && cmdqvHostIsName(name);
}


static cmdqvHostDevice *
cmdqvHostDeviceRead(const char *folder, const char *address)
{
    g_autofree char *vfio = g_build_filename(folder, "vfio-dev", NULL);
    g_autoptr(GPtrArray) cdevs = cmdqvHostList(vfio, cmdqvHostIsName);
    cmdqvHostDevice *device = g_new0(cmdqvHostDevice, 1);

    device->address = g_strdup(address);
    device->vendor = cmdqvHostValue(folder, "vendor");
    device->device = cmdqvHostValue(folder, "device");
    device->class = cmdqvHostValue(folder, "class");
    device->driver = cmdqvHostLink(folder, "driver");
    device->group = cmdqvHostLink(folder, "iommu_group");
    device->vfio = cdevs->len > 0 ? g_strdup(g_ptr_array_index(cdevs, 0)) : NULL;
    device->node = cmdqvHostNode(folder);
    device->needs = cmdqvNeedsRead(folder, device->vendor, device->device, device->class);
    return device;
}


/* What names the SMMUs that have a CMDQV: ACPI's table and the _UID of each CMDQV that ACPI declares. */
typedef struct {
    cmdqvHostSupport any;
    char *iort;
    gsize len;
    GHashTable *uids;       /* guint32 as a pointer; NULL where one of them does not tell */
} cmdqvHostAcpi;


static bool
cmdqvHostIsAcpiCmdqv(const char *name)
{
    return g_str_has_prefix(name, CMDQV_HOST_ACPI_HID ":") && cmdqvHostIsName(name);
}


static void
cmdqvHostAcpiRead(const char *root, cmdqvHostAcpi *acpi)
{
    g_autofree char *table = g_build_filename(root, "sys/firmware/acpi/tables/IORT", NULL);
    g_autofree char *folder = g_build_filename(root, "sys/bus/acpi/devices", NULL);
    g_autoptr(GPtrArray) names = cmdqvHostList(folder, cmdqvHostIsAcpiCmdqv);
    guint i;

    *acpi = (cmdqvHostAcpi){ cmdqvHostSupportProbe(root), NULL, 0, g_hash_table_new(NULL, NULL) };
    (void)cmdqvFileRead(table, CMDQV_IORT_MAX_BYTES, &acpi->iort, &acpi->len, NULL);
    for (i = 0; i < names->len && acpi->uids; i++) {
        g_autofree char *device = g_build_filename(folder, g_ptr_array_index(names, i), NULL);
        g_autofree char *uid = cmdqvHostValue(device, "uid");
        unsigned int number;

        if (uid && cmdqvStringToUint(uid, 10, G_MAXUINT32, &number))
            (void)g_hash_table_add(acpi->uids, GUINT_TO_POINTER(number));
        else
            g_clear_pointer(&acpi->uids, g_hash_table_unref);
    }
}


static void
cmdqvHostAcpiClear(cmdqvHostAcpi *acpi)
{
    g_free(acpi->iort);
    g_clear_pointer(&acpi->uids, g_hash_table_unref);
}


/*
 * As the kernel finds it out: the node of an SMMU in the device tree points to
 * its CMDQV, and in ACPI the _UID of a CMDQV is the identifier of its SMMU in
 * the IORT (drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c of Linux).
 */
static cmdqvHostSupport
cmdqvHostSmmuSupport(const char *folder, const char *name, const cmdqvHostAcpi *acpi)
{
    g_autofree char *node = g_build_filename(folder, "device", "of_node", NULL);
    g_autofree char *property = g_build_filename(node, "nvidia,cmdqv", NULL);
    guint32 identifier = 0;
    guint64 base;

    if (acpi->any != CMDQV_HOST_WITH)
        return acpi->any;
    if (g_file_test(node, G_FILE_TEST_IS_DIR))
        return g_file_test(property, G_FILE_TEST_EXISTS) ? CMDQV_HOST_WITH : CMDQV_HOST_WITHOUT;
    base = g_ascii_strtoull(name + strlen(CMDQV_HOST_SMMU_PREFIX), NULL, 16);
    if (!acpi->uids || !acpi->iort || !cmdqvIortSmmuIdentifier(acpi->iort, acpi->len, base, &identifier))
        return CMDQV_HOST_UNKNOWN;
    return g_hash_table_contains(acpi->uids, GUINT_TO_POINTER(identifier)) ? CMDQV_HOST_WITH : CMDQV_HOST_WITHOUT;
}


static cmdqvHostSmmu *
cmdqvInventoryFindSmmu(const GPtrArray *inventory, const char *name)
{
    guint i;

    for (i = 0; name && i < inventory->len; i++) {
        cmdqvHostSmmu *smmu = g_ptr_array_index(inventory, i);

        if (strcmp(smmu->name, name) == 0)
            return smmu;
    }
    return NULL;
}


/* An SMMU that does not tell its own node has that of its devices, if they agree. */
static int
cmdqvHostSmmuNode(const cmdqvHostSmmu *smmu)
{
    int node = CMDQV_HOST_NO_NODE;
    guint i;

    for (i = 0; i < smmu->devices->len; i++) {
        const cmdqvHostDevice *device = g_ptr_array_index(smmu->devices, i);

        if (device->node != CMDQV_HOST_NO_NODE && node != CMDQV_HOST_NO_NODE && device->node != node)
            return CMDQV_HOST_NO_NODE;
        node = device->node != CMDQV_HOST_NO_NODE ? device->node : node;
    }
    return node;
}


static void
cmdqvInventoryAddDevices(GPtrArray *inventory, const char *root)
{
    g_autofree char *folder = g_build_filename(root, "sys/bus/pci/devices", NULL);
    g_autoptr(GPtrArray) addresses = cmdqvHostList(folder, cmdqvHostIsAddress);
    guint i;

    for (i = 0; i < addresses->len; i++) {
        const char *address = g_ptr_array_index(addresses, i);
        g_autofree char *device = g_build_filename(folder, address, NULL);
        g_autofree char *name = cmdqvHostLink(device, "iommu");
        cmdqvHostSmmu *smmu = cmdqvInventoryFindSmmu(inventory, name);

        if (smmu)
            g_ptr_array_add(smmu->devices, cmdqvHostDeviceRead(device, address));
    }
}


/**
 * cmdqvInventoryRead:
 * @root: what to put before every path, "" for the host itself
 *
 * Returns: (transfer full) (element-type cmdqvHostSmmu): the SMMUv3s of the
 * host, by name, each with the PCI devices behind it; empty where the host has
 * none or does not tell
 */
GPtrArray *
cmdqvInventoryRead(const char *root)
{
    const char *prefix = *root ? root : "/";
    g_autofree char *folder = g_build_filename(prefix, "sys/class/iommu", NULL);
    g_autoptr(GPtrArray) names = cmdqvHostList(folder, cmdqvHostIsSmmu);
    GPtrArray *inventory = g_ptr_array_new_with_free_func(cmdqvHostSmmuFree);
    cmdqvHostAcpi acpi;
    guint i;

    cmdqvHostAcpiRead(prefix, &acpi);
    for (i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *parent = g_build_filename(path, "device", NULL);
        cmdqvHostSmmu *smmu = g_new0(cmdqvHostSmmu, 1);

        smmu->name = g_strdup(name);
        smmu->cmdqv = cmdqvHostSmmuSupport(path, name, &acpi);
        smmu->node = cmdqvHostNode(parent);
        smmu->devices = g_ptr_array_new_with_free_func(cmdqvHostDeviceFree);
        g_ptr_array_add(inventory, smmu);
    }
    cmdqvHostAcpiClear(&acpi);

    cmdqvInventoryAddDevices(inventory, prefix);
    for (i = 0; i < inventory->len; i++) {
        cmdqvHostSmmu *smmu = g_ptr_array_index(inventory, i);

        if (smmu->node == CMDQV_HOST_NO_NODE)
            smmu->node = cmdqvHostSmmuNode(smmu);
    }
    return inventory;
}


/**
 * cmdqvInventoryWithoutCmdqv:
 * @root: what to put before every path, "" for the host itself
 *
 * Looks at SMMUs only, not at the devices behind them.
 *
 * Returns: (transfer full): the names of the SMMUs that certainly have no CMDQV
 */
char **
cmdqvInventoryWithoutCmdqv(const char *root)
{
    const char *prefix = *root ? root : "/";
    g_autofree char *folder = g_build_filename(prefix, "sys/class/iommu", NULL);
    g_autoptr(GPtrArray) names = cmdqvHostList(folder, cmdqvHostIsSmmu);
    GPtrArray *without = g_ptr_array_new();
    cmdqvHostAcpi acpi;
    guint i;

    cmdqvHostAcpiRead(prefix, &acpi);
    for (i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (cmdqvHostSmmuSupport(path, name, &acpi) == CMDQV_HOST_WITHOUT)
            g_ptr_array_add(without, g_strdup(name));
    }
    cmdqvHostAcpiClear(&acpi);
    g_ptr_array_add(without, NULL);
    return (char **)g_ptr_array_free(without, FALSE);
}


/**
 * cmdqvInventoryFind:
 * @inventory: (element-type cmdqvHostSmmu): the host
 * @address: a PCI address, as sysfs has it
 * @smmu: (out) (optional): the SMMU that it is behind
 *
 * Returns: (transfer none): the device, NULL with @smmu untouched where none of
 * the SMMUs has it
 */
const cmdqvHostDevice *
cmdqvInventoryFind(const GPtrArray *inventory, const char *address, const cmdqvHostSmmu **smmu)
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


/* Whether a driver of the host does DMA with it; these leave that to others (driver_managed_dma of Linux). */
static bool
cmdqvHostDeviceIsHeld(const cmdqvHostDevice *device)
{
    static const char *const harmless[] = { "pcieport", "pci-stub", NULL };

    return device->driver && !device->vfio && !strstr(device->driver, "vfio") && !g_strv_contains(harmless, device->driver);
}


/**
 * cmdqvInventoryRival:
 * @inventory: from cmdqvInventoryRead()
 * @device: one of its devices
 *
 * VFIO gives a device to nobody as long as a driver of the host has another one
 * of its IOMMU group (Linux, Documentation/driver-api/vfio.rst).
 *
 * Returns: (transfer none): the first such other device behind the SMMUs, NULL if
 * there is none
 */
const cmdqvHostDevice *
cmdqvInventoryRival(const GPtrArray *inventory, const cmdqvHostDevice *device)
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
 * cmdqvInventoryTell:
 * @device: a PCI address, as sysfs has it
 * @place: (out): where it is, valid as long as @inventory
 * @inventory: (type GPtrArray): the host
 *
 * Returns: false, with nothing else touched, where no SMMUv3 of the host has it
 */
bool
cmdqvInventoryTell(const char *device, cmdqvHostPlace *place, gpointer inventory)
{
    const cmdqvHostSmmu *behind = NULL;
    const cmdqvHostDevice *found = cmdqvInventoryFind(inventory, device, &behind);

    if (!found)
        return false;
    *place = (cmdqvHostPlace){
        .smmu = behind->name,
        .mayHaveCmdqv = behind->cmdqv != CMDQV_HOST_WITHOUT,
        .isBridge = found->class && g_str_has_prefix(found->class, CMDQV_HOST_CLASS_BRIDGE),
        .node = found->node,
        .needs = found->needs,
    };
    return true;
}
