/*
 * attach_policy.c: decide whether a device may be attached
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On a port behind an accelerated vSMMU QEMU accepts only vfio-pci on iommufd
 * (smmuv3_accel_find_add_as(), hw/arm/smmuv3-accel.c). Behind a conventional
 * bridge it accepts emulated devices, whose mappings then become stale, and no
 * vfio-pci. The host accepts only devices behind the same host SMMU as the
 * anchor. QEMU and the kernel refuse the others themselves, but late and with
 * messages that do not help; and they accept them in a domain that runs without
 * an anchor although its definition has CMDQV.
 */

#include "policy/attach_policy.h"

#include <string.h>

#include "policy/rule_table.h"
#include "policy/rules_device.h"
#include "qemu/anchor.h"


/* Buses that accept a device while the domain runs (virDomainPCIControllerModelToConnectType(), libvirt). */
static bool
cmdqvAttachPolicyIsHotplugBus(const cmdqvBus *bus, bool conventional)
{
    if (conventional)
        return bus->model == CMDQV_BUS_PCIE_TO_PCI || bus->model == CMDQV_BUS_PCI_BRIDGE;
    return (bus->model == CMDQV_BUS_ROOT_PORT || bus->model == CMDQV_BUS_SWITCH_DOWNSTREAM) && bus->hotplug != CMDQV_SWITCH_OFF &&
        bus->index != CMDQV_NONE;
}


/* The buses (by index) with a device or a controller on them, except @endpoint. */
static GHashTable *
cmdqvAttachPolicyTaken(const cmdqvTopology *topology, int endpoint)
{
    GHashTable *taken = g_hash_table_new(NULL, NULL);
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        if ((int)i != endpoint)
            (void)g_hash_table_add(taken, GINT_TO_POINTER(g_array_index(topology->endpoints, cmdqvEndpoint, i).bus));
    }
    for (i = 0; i < topology->buses->len; i++)
        (void)g_hash_table_add(taken, GINT_TO_POINTER(g_array_index(topology->buses, cmdqvBus, i).parent));
    return taken;
}


/**
 * cmdqvAttachPolicyPlace:
 * @live: a running domain, with the new device among its endpoints
 * @endpoint: index of the new device
 *
 * For a device without an address libvirt chooses the first bus, in the order
 * of controller indexes, that allows hot-plug and has a free slot
 * (virDomainPCIAddressGetNextAddr(), src/conf/domain_addr.c): a port has one
 * slot, for a device or a bridge; a conventional bus has 31, assumed to be
 * enough.
 *
 * Returns: index of the bus that the device will be on, CMDQV_NONE if there is
 * none for it
 */
int
cmdqvAttachPolicyPlace(const cmdqvTopology *live, guint endpoint)
{
    const cmdqvEndpoint *device = &g_array_index(live->endpoints, cmdqvEndpoint, endpoint);
    g_autoptr(GHashTable) taken = NULL;
    int chosen = CMDQV_NONE;
    guint i;

    if (device->hasGuest)
        return device->bus;

    taken = cmdqvAttachPolicyTaken(live, (int)endpoint);
    for (i = 0; i < live->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(live->buses, cmdqvBus, i);

        if (cmdqvAttachPolicyIsHotplugBus(bus, device->conventional) &&
            (device->conventional || !g_hash_table_contains(taken, GINT_TO_POINTER((int)i))) &&
            (chosen == CMDQV_NONE || bus->index < g_array_index(live->buses, cmdqvBus, chosen).index))
            chosen = (int)i;
    }
    return chosen;
}


static bool
cmdqvAttachPolicyIsAccelerated(const cmdqvTopology *topology, int bus)
{
    const cmdqvSmmu *smmu = cmdqvTopologyGetSmmu(topology, cmdqvTopologyBusSmmu(topology, bus));

    return smmu && smmu->accel == CMDQV_SWITCH_ON;
}


/* Whether a definition has a free port of that controller index that is not behind an accelerated SMMU. */
static bool
cmdqvAttachPolicyIsFreeIn(const cmdqvTopology *definition, int controller)
{
    g_autoptr(GHashTable) taken = cmdqvAttachPolicyTaken(definition, CMDQV_NONE);
    guint i;

    for (i = 0; i < definition->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(definition->buses, cmdqvBus, i);

        if (bus->index == controller)
            return cmdqvAttachPolicyIsHotplugBus(bus, false) && !g_hash_table_contains(taken, GINT_TO_POINTER((int)i)) &&
                !cmdqvAttachPolicyIsAccelerated(definition, (int)i);
    }
    return false;
}


/**
 * cmdqvAttachPolicyElsewhere:
 * @live: a running domain, with the new device among its endpoints
 * @endpoint: index of the new device, which has no address and belongs on PCIe
 * @definition: (nullable): the definition, if it gets the device too
 *
 * For a manager that gives devices no addresses, if libvirt would put the
 * device behind an accelerated SMMU that does not accept it.
 *
 * Returns: index of the PCI controller of the first free port that is not
 * behind such an SMMU, CMDQV_NONE if there is none
 */
int
cmdqvAttachPolicyElsewhere(const cmdqvTopology *live, guint endpoint, const cmdqvTopology *definition)
{
    g_autoptr(GHashTable) taken = cmdqvAttachPolicyTaken(live, (int)endpoint);
    int chosen = CMDQV_NONE;
    guint i;

    for (i = 0; i < live->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(live->buses, cmdqvBus, i);

        if (cmdqvAttachPolicyIsHotplugBus(bus, false) && !g_hash_table_contains(taken, GINT_TO_POINTER((int)i)) &&
            !cmdqvAttachPolicyIsAccelerated(live, (int)i) && (!definition || cmdqvAttachPolicyIsFreeIn(definition, bus->index)) &&
            (chosen == CMDQV_NONE || bus->index < chosen))
            chosen = bus->index;
    }
    return chosen;
}


/**
 * cmdqvAttachPolicyNoteCrowded:
 * @verdict: the refusal to attach a device
 * @domain: name of the domain, an instance of Nova
 *
 * Changes the message for an instance whose only free ports are behind vSMMUs:
 * its tenant cannot give the device an address.
 */
void
cmdqvAttachPolicyNoteCrowded(cmdqvVerdict *verdict, const char *domain)
{
    g_free(verdict->message);
    verdict->message = g_strdup_printf("cannot attach device %s to running domain '%s': its only free PCIe port is behind %s, and the "
                                       "device cannot be there; raise num_pcie_ports in nova.conf and reboot the instance hard, or stop it "
                                       "first", verdict->device, domain, verdict->smmu);
}


static cmdqvVerdict *
cmdqvAttachPolicyRefuse(const char *rule, const char *domain, const cmdqvEndpoint *device, const cmdqvAnchor *anchor,
                        const char *format, ...) G_GNUC_PRINTF(5, 6);

static cmdqvVerdict *
cmdqvAttachPolicyRefuse(const char *rule, const char *domain, const cmdqvEndpoint *device, const cmdqvAnchor *anchor,
                        const char *format, ...)
{
    cmdqvVerdict *verdict = cmdqvVerdictNewOf(rule, &anchor->smmu, anchor->busName, device);
    g_autofree char *why = NULL;
    va_list args;

    va_start(args, format);
    why = g_strdup_vprintf(format, args);
    va_end(args);

    verdict->message = g_strdup_printf("cannot attach device %s to running domain '%s' behind %s: %s", verdict->device,
                                       domain, verdict->smmu, why);
    return verdict;
}


/* The device and all candidates for the anchor must be behind one host SMMU; an unknown SMMU is no reason to refuse. */
static cmdqvVerdict *
cmdqvAttachPolicyCheckHostSmmu(const char *domain, const cmdqvRunningDomain *live, const cmdqvEndpoint *device, const cmdqvAnchor *anchor,
                               const cmdqvRuleContext *context)
{
    char address[CMDQV_PCI_ADDRESS_LEN];
    g_autofree char *own = device->hasHost ? context->hostSmmu(cmdqvPCIAddressFormat(&device->host, address), context->data) : NULL;
    guint i;

    for (i = 0; own && i < anchor->endpoints->len; i++) {
        const cmdqvEndpoint *other = &g_array_index(live->topology->endpoints, cmdqvEndpoint,
                                                    g_array_index(anchor->endpoints, guint, i));
        g_autofree char *its = other->hasHost ? context->hostSmmu(cmdqvPCIAddressFormat(&other->host, address), context->data) : NULL;
        g_autofree char *name = its ? cmdqvTopologyNameEndpoint(other) : NULL;

        if (its && strcmp(own, its) != 0)
            return cmdqvAttachPolicyRefuse(CMDQV_RULES_DEVICE_ATTACH_HOST_SMMU, domain, device, anchor,
                                           "it is behind host SMMU '%s', and the anchor %s behind '%s'; attach it behind a vSMMU "
                                           "for its own host SMMU", own, name, its);
    }
    return NULL;
}


/* Refuses it on any bus. */
static cmdqvVerdict *
cmdqvAttachPolicyRefuseNetwork(const char *domain, const cmdqvEndpoint *device)
{
    cmdqvVerdict *verdict = cmdqvVerdictNewOf(CMDQV_RULES_DEVICE_ATTACH_NETWORK, NULL, NULL, device);

    verdict->message = g_strdup_printf("cannot attach device %s to running domain '%s': network '%.64s' gives it a host device, and "
                                       "this libvirt crashes when it opens one in a domain with <iommufd enabled='yes'/>; attach an "
                                       "<interface type='hostdev'>", verdict->device, domain, device->network);
    return verdict;
}


/**
 * cmdqvAttachPolicyLive:
 * @domain: name of the domain
 * @live: the running domain
 * @after: its live XML with the new device
 * @endpoint: index of the new device in @after
 * @context: facts that are not in the domain: about the host, and libvirt's
 *   networks
 *
 * Returns: (transfer full): a refusal, NULL if the device may be attached
 */
cmdqvVerdict *
cmdqvAttachPolicyLive(const char *domain, const cmdqvRunningDomain *live, const cmdqvTopology *after, guint endpoint,
                      const cmdqvRuleContext *context)
{
    const cmdqvTopology *truth = live->process ? live->process : live->topology;
    const cmdqvEndpoint *device = &g_array_index(after->endpoints, cmdqvEndpoint, endpoint);
    const cmdqvBus *bus = cmdqvTopologyGetBus(after, cmdqvAttachPolicyPlace(after, endpoint));
    int smmu = bus ? cmdqvTopologyBusSmmu(truth, cmdqvTopologyFindBusName(truth, bus->name)) : CMDQV_NONE;
    const cmdqvAnchor *anchor;
    cmdqvVerdict *verdict;

    if (cmdqvRulesHostEndsLibvirt(after, endpoint, context))
        return cmdqvAttachPolicyRefuseNetwork(domain, device);
    if (smmu == CMDQV_NONE || g_array_index(truth->smmus, cmdqvSmmu, smmu).accel != CMDQV_SWITCH_ON)
        return NULL;
    anchor = g_ptr_array_index(live->anchors, smmu);

    if (device->kind == CMDQV_ENDPOINT_EMULATED)
        return cmdqvAttachPolicyRefuse(CMDQV_RULES_DEVICE_ATTACH_EMULATED, domain, device, anchor,
                                       "an emulated device cannot be behind an accelerated SMMU; %s an <address> on another "
                                       "PCIe root", device->added ? "attach it first, with" : "give it");
    if (device->kind == CMDQV_ENDPOINT_POOLED)
        return device->iommufd ? NULL
            : cmdqvAttachPolicyRefuse(CMDQV_RULES_DEVICE_ATTACH_IOMMUFD, domain, device, anchor,
                                      "the device that a network gives is not on iommufd; attach an <interface type='hostdev'> with "
                                      "<driver name='vfio' iommufd='yes'/>, or give it an <address> on another PCIe root");
    if (!device->iommufd)
        return cmdqvAttachPolicyRefuse(CMDQV_RULES_DEVICE_ATTACH_IOMMUFD, domain, device, anchor,
                                       "it is not on iommufd; add iommufd='yes' to its <driver>%s",
                                       device->iommufdChild ? " (libvirt ignores an <iommufd> in it)" : "");
    if (cmdqvBusIsConventional(bus))
        return cmdqvAttachPolicyRefuse(CMDQV_RULES_DEVICE_ATTACH_BRIDGE, domain, device, anchor,
                                       "QEMU refuses a host device behind a conventional PCI bridge there; give it an <address> on a "
                                       "PCIe port");
    if (anchor->smmu.cmdqv == CMDQV_SWITCH_ON && anchor->source == CMDQV_ANCHOR_NOBODY)
        return cmdqvAttachPolicyRefuse(CMDQV_RULES_DEVICE_ATTACH_NO_ANCHOR, domain, device, anchor,
                                       "cmdqv='on' had no hostdev to anchor it when the domain started, so its guest booted "
                                       "without CMDQV; add the device to the definition and start the domain again");
    verdict = cmdqvAttachPolicyCheckHostSmmu(domain, live, device, anchor, context);
    if (verdict || !live->topology->lowered)
        return verdict;
    return cmdqvAttachPolicyRefuse(CMDQV_RULES_DEVICE_ATTACH_LOWERED, domain, device, anchor,
                                   "this libvirt does not know the SMMU, which the module gives to QEMU itself, and would attach the "
                                   "device on another bus and not on iommufd; add the device to the definition and start the domain "
                                   "again, or use libvirt 12.7.0 or newer");
}
