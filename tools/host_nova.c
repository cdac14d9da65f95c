/*
 * host_nova.c: devices of the host that can anchor, as OpenStack Nova's configuration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The options and their fields are those of nova/conf/pci.py of Nova 34.
 */

#include "host_nova.h"

#include <stdio.h>
#include <string.h>

#include "virt_cmdqv.h"
#include "host/device_use.h"
#include "host/smmu_inventory.h"

/** A device that a guest can have. */
typedef struct {
    const cmdqvHostDevice *device;
    char *class;                /* its resource class */
    char *reason;               /* why it is left out, NULL if it is offered */
} cmdqvHostNovaOffer;

/** The devices of a host; @parents is a set. */
typedef struct {
    const GPtrArray *inventory;
    const char *root;
    GHashTable *parents;        /* addresses of physical functions with virtual functions behind such an SMMU */
    GArray *offers;             /* cmdqvHostNovaOffer */
    GHashTable *kinds;          /* a device of each vendor and product, by resource class, which is that of an offer */
} cmdqvHostNova;


/* An identifier of sysfs, 0x10de, in capitals as in a resource class. */
static char *
cmdqvHostNovaIdentifier(const char *identifier)
{
    return g_ascii_strup(identifier + strlen("0x"), -1);
}


/* The resource class that Nova makes of vendor and product if none is given; NULL if no guest can have the device. */
static char *
cmdqvHostNovaClassOfGuestDevice(const cmdqvHostNova *nova, const cmdqvHostDevice *device)
{
    g_autofree char *vendor = NULL;
    g_autofree char *product = NULL;
    cmdqvDeviceNeedsPlace place;

    if (!device->vendor || !device->device || !g_str_has_prefix(device->vendor, "0x") || !g_str_has_prefix(device->device, "0x"))
        return NULL;
    if (!cmdqvSmmuInventoryTell(device->address, &place, (gpointer)nova->inventory) || place.isBridge)
        return NULL;
    vendor = cmdqvHostNovaIdentifier(device->vendor);
    product = cmdqvHostNovaIdentifier(device->device);
    return g_strdup_printf("CUSTOM_PCI_%s_%s", vendor, product);
}


/* Why a device is not offered; NULL if it is. */
static char *
cmdqvHostNovaReason(const cmdqvHostNova *nova, const cmdqvHostDevice *device)
{
    g_autofree char *use = cmdqvDeviceUseFind(nova->root, device->address);

    if (use)
        return g_strdup_printf("the host uses it: %s", use);
    /* Nova refuses a host that offers both: PlacementPciDependentDeviceException */
    if (g_hash_table_contains(nova->parents, device->address))
        return g_strdup("its virtual functions are offered");
    return NULL;
}


/* An offer of a device that a guest can have, or the reason why there is none. */
static void
cmdqvHostNovaAddOffer(cmdqvHostNova *nova, const cmdqvHostDevice *device)
{
    cmdqvHostNovaOffer offer = { .device = device, .class = cmdqvHostNovaClassOfGuestDevice(nova, device) };

    if (!offer.class)
        return;
    offer.reason = cmdqvHostNovaReason(nova, device);
    g_array_append_val(nova->offers, offer);
    if (!offer.reason)
        (void)g_hash_table_insert(nova->kinds, offer.class, (gpointer)device);
}


static void
cmdqvHostNovaOfferClear(gpointer data)
{
    cmdqvHostNovaOffer *offer = data;

    g_free(offer->class);
    g_free(offer->reason);
}


/* Calls @visit with each device behind an SMMU that has CMDQV. */
static void
cmdqvHostNovaForEach(cmdqvHostNova *nova, void (*visit)(cmdqvHostNova *nova, const cmdqvHostDevice *device))
{
    guint i;
    guint j;

    for (i = 0; i < nova->inventory->len; i++) {
        const cmdqvHostSmmu *smmu = g_ptr_array_index(nova->inventory, i);

        for (j = 0; smmu->cmdqv == CMDQV_SUPPORT_WITH && j < smmu->devices->len; j++)
            visit(nova, g_ptr_array_index(smmu->devices, j));
    }
}


static void
cmdqvHostNovaAddParent(cmdqvHostNova *nova, const cmdqvHostDevice *device)
{
    char *parent = cmdqvDeviceUseParent(nova->root, device->address);

    if (parent)
        g_hash_table_add(nova->parents, parent);
}


static void
cmdqvHostNovaClear(cmdqvHostNova *nova)
{
    g_hash_table_destroy(nova->parents);
    g_hash_table_destroy(nova->kinds);
    g_array_unref(nova->offers);
}


G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvHostNova, cmdqvHostNovaClear)


static cmdqvHostNova
cmdqvHostNovaCollect(const GPtrArray *inventory, const char *root)
{
    cmdqvHostNova nova = {
        .inventory = inventory,
        .root = root,
        .parents = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .offers = g_array_new(FALSE, FALSE, sizeof(cmdqvHostNovaOffer)),
        .kinds = g_hash_table_new(g_str_hash, g_str_equal),
    };

    g_array_set_clear_func(nova.offers, cmdqvHostNovaOfferClear);

    cmdqvHostNovaForEach(&nova, cmdqvHostNovaAddParent);
    cmdqvHostNovaForEach(&nova, cmdqvHostNovaAddOffer);
    return nova;
}


/**
 * cmdqvHostNovaHasDevices:
 * @inventory: SMMUs of the host (cmdqvHostSmmu)
 * @root: prefix of the paths of the host's files, "" for the host itself
 *
 * Returns: true if the host has a device behind an SMMU with CMDQV that a guest
 * can have.
 */
bool
cmdqvHostNovaHasDevices(const GPtrArray *inventory, const char *root)
{
    g_auto(cmdqvHostNova) nova = cmdqvHostNovaCollect(inventory, root);

    return g_hash_table_size(nova.kinds) > 0;
}


static void
cmdqvHostNovaPrintOffer(const cmdqvHostNovaOffer *offer)
{
    if (offer->reason)
        cmdqvToolPrintLine("# %s is left out: %s", offer->device->address, offer->reason);
    else
        cmdqvToolPrintLine("device_spec = { \"address\": \"%s\", \"resource_class\": \"%s\", \"traits\": \"" CMDQV_HOST_NOVA_TRAIT "\" }",
                           offer->device->address, offer->class);
}


/**
 * cmdqvHostNovaPrint:
 * @inventory: SMMUs of the host (cmdqvHostSmmu)
 * @root: prefix of the paths of the host's files, "" for the host itself
 *
 * Prints a part of nova.conf: device_spec for each device behind an SMMU with
 * CMDQV that a guest can have, and an alias for each of their kinds.
 */
void
cmdqvHostNovaPrint(const GPtrArray *inventory, const char *root)
{
    g_auto(cmdqvHostNova) nova = cmdqvHostNovaCollect(inventory, root);
    g_autoptr(GList) classes = g_list_sort(g_hash_table_get_keys(nova.kinds), (GCompareFunc)strcmp);
    GList *one;
    guint i;

    (void)printf("# nova.conf of this compute host: devices behind an SMMU with CMDQV\n[pci]\nreport_in_placement = true\n");
    for (i = 0; i < nova.offers->len; i++)
        cmdqvHostNovaPrintOffer(&g_array_index(nova.offers, cmdqvHostNovaOffer, i));

    (void)printf("\n# nova.conf of each API, scheduler, conductor and compute host\n[filter_scheduler]\npci_in_placement = true\n[pci]\n");
    for (one = classes; one; one = one->next) {
        const cmdqvHostDevice *device = g_hash_table_lookup(nova.kinds, one->data);

        cmdqvToolPrintLine("alias = { \"name\": \"cmdqv-%s-%s\", \"resource_class\": \"%s\", \"traits\": \"" CMDQV_HOST_NOVA_TRAIT "\" }",
                           device->vendor + strlen("0x"), device->device + strlen("0x"), (const char *)one->data);
    }
}
