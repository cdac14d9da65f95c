/*
 * host_nova.c: devices of the host that can anchor, as OpenStack Nova's configuration
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The options and their fields are those of nova/conf/pci.py of Nova 33. Nova
 * gives a physical function only to an alias with its type
 * (_filter_pools_for_unrequested_pfs(), nova/pci/stats.py), whether or not it
 * has virtual functions. It refuses two aliases of one name with other types.
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
    char *alias;                /* name of the alias of its kind */
    char *reason;               /* why it is left out, NULL if it is offered */
} cmdqvHostNovaOffer;

/** The devices of a host; @parents is a set. */
typedef struct {
    const GPtrArray *inventory;
    const char *root;
    GHashTable *parents;        /* addresses of physical functions with virtual functions behind such an SMMU */
    GPtrArray *offers;          /* cmdqvHostNovaOffer */
    GHashTable *kinds;          /* an offer of each kind, by the name of its alias */
} cmdqvHostNova;


/* An identifier of sysfs, 0x10de, in capitals as in a resource class. */
static char *
cmdqvHostNovaIdentifier(const char *identifier)
{
    return g_ascii_strup(identifier + strlen("0x"), -1);
}


static bool
cmdqvHostNovaIsGuestDevice(const cmdqvHostNova *nova, const cmdqvHostDevice *device)
{
    cmdqvDeviceNeedsPlace place;

    return device->vendor && device->device && g_str_has_prefix(device->vendor, "0x") && g_str_has_prefix(device->device, "0x") &&
        cmdqvSmmuInventoryTell(device->address, &place, (gpointer)nova->inventory) && !place.isBridge;
}


/* The resource class that Nova makes of vendor and product if none is given. */
static char *
cmdqvHostNovaClass(const cmdqvHostDevice *device)
{
    g_autofree char *vendor = cmdqvHostNovaIdentifier(device->vendor);
    g_autofree char *product = cmdqvHostNovaIdentifier(device->device);

    return g_strdup_printf("CUSTOM_PCI_%s_%s", vendor, product);
}


static char *
cmdqvHostNovaAlias(const cmdqvHostDevice *device)
{
    return g_strdup_printf("cmdqv-%s-%s%s", device->vendor + strlen("0x"), device->device + strlen("0x"),
                           device->isPhysicalFunction ? "-pf" : "");
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
    cmdqvHostNovaOffer *offer;

    if (!cmdqvHostNovaIsGuestDevice(nova, device))
        return;
    offer = g_new0(cmdqvHostNovaOffer, 1);
    offer->device = device;
    offer->class = cmdqvHostNovaClass(device);
    offer->alias = cmdqvHostNovaAlias(device);
    offer->reason = cmdqvHostNovaReason(nova, device);
    g_ptr_array_add(nova->offers, offer);
    if (!offer->reason)
        (void)g_hash_table_insert(nova->kinds, offer->alias, offer);
}


static void
cmdqvHostNovaOfferFree(gpointer data)
{
    cmdqvHostNovaOffer *offer = data;

    g_free(offer->class);
    g_free(offer->alias);
    g_free(offer->reason);
    g_free(offer);
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
    g_ptr_array_unref(nova->offers);
}


G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvHostNova, cmdqvHostNovaClear)


static cmdqvHostNova
cmdqvHostNovaCollect(const GPtrArray *inventory, const char *root)
{
    cmdqvHostNova nova = {
        .inventory = inventory,
        .root = root,
        .parents = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .offers = g_ptr_array_new_with_free_func(cmdqvHostNovaOfferFree),
        .kinds = g_hash_table_new(g_str_hash, g_str_equal),
    };

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


static void
cmdqvHostNovaPrintAlias(const cmdqvHostNovaOffer *offer)
{
    cmdqvToolPrintLine("alias = { \"name\": \"%s\"%s, \"resource_class\": \"%s\", \"traits\": \"" CMDQV_HOST_NOVA_TRAIT "\" }",
                       offer->alias, offer->device->isPhysicalFunction ? ", \"device_type\": \"type-PF\"" : "", offer->class);
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
    g_autoptr(GList) aliases = g_list_sort(g_hash_table_get_keys(nova.kinds), (GCompareFunc)strcmp);
    GList *one;
    guint i;

    (void)printf("# nova.conf of this compute host: devices behind an SMMU with CMDQV\n[pci]\nreport_in_placement = true\n");
    for (i = 0; i < nova.offers->len; i++)
        cmdqvHostNovaPrintOffer(g_ptr_array_index(nova.offers, i));

    (void)printf("\n# nova.conf of each API, scheduler, conductor and compute host\n[filter_scheduler]\npci_in_placement = true\n[pci]\n");
    for (one = aliases; one; one = one->next)
        cmdqvHostNovaPrintAlias(g_hash_table_lookup(nova.kinds, one->data));
}
