/*
 * cmdqvdomainxml.c: domain XML becomes a topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads what libvirt reads and as libvirt does (src/conf/domain_conf.c),
 * so far as the policy needs it.  It fills in nothing that libvirt has still
 * to decide: an address that is not there stays unplaced.
 */

#include "conf/cmdqvdomainxml.h"

#include <string.h>

#include "conf/cmdqvxml.h"
#include "util/cmdqverror.h"
#include "util/cmdqvstring.h"

#define CMDQV_QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"


/* Letters can hide in another encoding: one that is declared, or one that shows in the first byte (EBCDIC). */
static bool
cmdqvDomainXMLMayHide(const char *xml)
{
    const char *at = g_str_has_prefix(xml, "\xef\xbb\xbf") ? xml + 3 : xml;
    const char *end = g_str_has_prefix(at, "<?xml") ? strstr(at, "?>") : NULL;
    const char *encoding = end ? g_strstr_len(at, end - at, "encoding") : NULL;

    if (*at != '<' && !g_ascii_isspace(*at))
        return true;
    return encoding && !g_strstr_len(encoding, end - encoding, "UTF-8");
}


/**
 * cmdqvDomainXMLMayHaveSmmu:
 * @xml: domain XML
 *
 * What a domain without an SMMUv3 pays, so it only searches text.  An SMMUv3
 * has "smmuv3" in its model or in a <qemu:arg>, unless it is spelled with
 * character references, in entities or in an encoding that hides it.
 *
 * Returns: false if the domain certainly has none, true if it must be read
 */
bool
cmdqvDomainXMLMayHaveSmmu(const char *xml)
{
    return strstr(xml, "smmuv3") || strstr(xml, "&#") || strstr(xml, "<!DOCTYPE") ||
        cmdqvDomainXMLMayHide(xml);
}


static char *
cmdqvDomainXMLAlias(const xmlNode *node)
{
    const xmlNode *alias = cmdqvXMLChild(node, "alias");

    return alias ? g_strdup(cmdqvXMLAttr(alias, "name")) : NULL;
}


static bool
cmdqvDomainXMLHasUsersAlias(const xmlNode *node)
{
    g_autofree char *alias = cmdqvDomainXMLAlias(node);

    return cmdqvAliasIsUsers(alias);
}


/* Where no rule hangs on it, a value that means nothing is none: libvirt refuses it, and in its own words. */
static cmdqvSwitch
cmdqvDomainXMLSwitch(const xmlNode *node, const char *name, const char *yes, const char *no)
{
    cmdqvSwitch value = CMDQV_SWITCH_ABSENT;

    (void)cmdqvXMLAttrYesNo(node, name, yes, no, &value, NULL);
    return value;
}


/* The same of a number. */
static unsigned int
cmdqvDomainXMLNumber(const xmlNode *node, const char *name, unsigned int base, unsigned int absent)
{
    unsigned int value = absent;

    (void)cmdqvXMLAttrUint(node, name, base, G_MAXINT, NULL, &value, NULL);
    return value;
}


static void
cmdqvDomainXMLReadSlot(const xmlNode *node, const cmdqvPCIAddress *guest, cmdqvSlot *slot)
{
    slot->slot = (int)guest->slot;
    slot->function = (int)guest->function;
    slot->multifunction = cmdqvDomainXMLSwitch(cmdqvXMLChild(node, "address"), "multifunction", "on", "off");
}


/* The guest's <address type='pci'>: what is on another kind of bus has none. */
static bool
cmdqvDomainXMLGuestAddress(const xmlNode *node, bool *isPCI, bool *present, cmdqvPCIAddress *address, GError **error)
{
    const xmlNode *element = cmdqvXMLChild(node, "address");
    const char *type = element ? cmdqvXMLAttr(element, "type") : NULL;

    *isPCI = g_strcmp0(type, "pci") == 0;
    *present = false;
    return !*isPCI || cmdqvXMLAddress(element, present, address, error);
}


static void
cmdqvDomainXMLReadTarget(cmdqvBus *bus, const xmlNode *target)
{
    const char *chassis = bus->model == CMDQV_BUS_PCI_BRIDGE ? "chassisNr" : "chassis";
    const xmlNode *node = cmdqvXMLChild(target, "node");
    const char *memReserve = cmdqvXMLAttr(target, "memReserve");
    g_autofree char *text = node ? g_strstrip(cmdqvXMLText(node)) : NULL;
    unsigned int numaNode;
    guint64 kibibytes;

    bus->chassis = (int)cmdqvDomainXMLNumber(target, chassis, 0, (unsigned int)CMDQV_NONE);
    bus->port = (int)cmdqvDomainXMLNumber(target, "port", 0, (unsigned int)CMDQV_NONE);
    bus->busNr = (int)cmdqvDomainXMLNumber(target, "busNr", 0, (unsigned int)CMDQV_NONE);
    bus->hotplug = cmdqvDomainXMLSwitch(target, "hotplug", "on", "off");
    if (memReserve && g_ascii_string_to_unsigned(memReserve, 10, 0, G_MAXUINT64 / 1024, &kibibytes, NULL))
        bus->memReserve = kibibytes * 1024;
    if (text && cmdqvStringToUint(text, 10, G_MAXINT, &numaNode))
        bus->numaNode = (int)numaNode;
}


static bool
cmdqvDomainXMLReadController(cmdqvTopology *topology, const xmlNode *node, GError **error)
{
    const char *modelName = cmdqvXMLAttr(node, "model");
    cmdqvBusModel model = cmdqvBusModelFromString(modelName);
    cmdqvPCIAddress address;
    unsigned int idx = 0;
    bool hasIndex;
    bool isPCI;
    bool hasAddress;
    const xmlNode *target = cmdqvXMLChild(node, "target");
    const xmlNode *implementation = cmdqvXMLChild(node, "model");
    cmdqvBus *bus;

    if (!cmdqvXMLAttrUint(node, "index", 10, G_MAXINT, &hasIndex, &idx, error) ||
        !cmdqvDomainXMLGuestAddress(node, &isPCI, &hasAddress, &address, error))
        return false;

    bus = cmdqvTopologyAddBus(topology, model);
    bus->line = cmdqvXMLLine(node);
    bus->place = (int)topology->buses->len - 1;
    bus->index = hasIndex ? (int)idx : CMDQV_NONE;
    if (model == CMDQV_BUS_PCIE_ROOT && !hasIndex)
        bus->index = 0;
    bus->name = cmdqvDomainXMLAlias(node);
    bus->driver = implementation ? g_strdup(cmdqvXMLAttr(implementation, "name")) : NULL;
    if (hasAddress) {
        bus->parentIndex = (int)address.bus;
        cmdqvDomainXMLReadSlot(node, &address, &bus->slot);
    }
    if (target)
        cmdqvDomainXMLReadTarget(bus, target);
    return true;
}


/* libvirt takes a negative number, and takes it for none (seen with 12.8). */
static void
cmdqvDomainXMLReadPciBus(cmdqvSmmu *smmu, const xmlNode *driver)
{
    const char *text = cmdqvXMLAttr(driver, "pciBus");
    int bus;

    if (!text)
        return;
    if (!cmdqvStringToInt(text, &bus))
        smmu->badBus = cmdqvStringShorten(text);
    else if (bus >= 0)
        smmu->busIndex = bus;
}


/* What is wrong with the value is said by a rule, beside what else is wrong. */
static cmdqvSwitch
cmdqvDomainXMLReadSwitch(const xmlNode *driver, const char *name, cmdqvSwitch bad, GPtrArray *words)
{
    cmdqvSwitch value = CMDQV_SWITCH_ABSENT;
    g_autofree char *quoted = NULL;

    if (cmdqvXMLAttrYesNo(driver, name, "on", "off", &value, NULL))
        return value;
    quoted = cmdqvStringShorten(cmdqvXMLAttr(driver, name));
    g_ptr_array_add(words, g_strdup_printf("%s='%s' is neither 'on' nor 'off'; write one of them", name, quoted));
    return bad;
}


/* As libvirt passes it on: it reads a number, and writes it without blanks, sign and zeros before it, or drops it if negative. */
static char *
cmdqvDomainXMLReadNumber(const xmlNode *driver, const char *name, GPtrArray *words)
{
    const char *text = cmdqvXMLAttr(driver, name);
    g_autofree char *quoted = NULL;
    int value;

    if (!text || !cmdqvStringToInt(text, &value))
        return g_strdup(text);
    if (value >= 0)
        return g_strdup_printf("%d", value);
    quoted = cmdqvStringShorten(text);
    g_ptr_array_add(words, g_strdup_printf("%s='%s' is negative, and libvirt drops it without a word; write a number of "
                                           "bits that QEMU knows", name, quoted));
    return NULL;
}


/* Whether it is a spelling of something that libvirt has or QEMU had, and not of what a later libvirt may have. */
static bool
cmdqvDomainXMLIsForeign(const char *name, bool isDriver)
{
    static const char *const known[] = { "pciBus", "accel", "cmdqv", "ats", "ril", "ssidsize", "oas" };
    static const char *const downstream[] = { "tegra241-cmdqv", "identifier", "pasid", "parentIdx" };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(known); i++) {
        if (strcmp(name, known[i]) == 0)
            return !isDriver;
    }
    for (i = 0; i < G_N_ELEMENTS(known); i++) {
        if (g_ascii_strcasecmp(name, known[i]) == 0)
            return true;
    }
    for (i = 0; i < G_N_ELEMENTS(downstream); i++) {
        if (g_ascii_strcasecmp(name, downstream[i]) == 0)
            return true;
    }
    return false;
}


static void
cmdqvDomainXMLAddForeign(GPtrArray *names, const xmlNode *node, bool isDriver)
{
    const xmlAttr *attr;

    for (attr = node->properties; attr; attr = attr->next) {
        if (cmdqvDomainXMLIsForeign((const char *)attr->name, isDriver))
            g_ptr_array_add(names, g_strdup_printf("'%s' of <%s>", (const char *)attr->name, (const char *)node->name));
    }
}


static char **
cmdqvDomainXMLForeignAttributes(const xmlNode *iommu, const xmlNode *driver)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    cmdqvDomainXMLAddForeign(names, iommu, false);
    if (driver)
        cmdqvDomainXMLAddForeign(names, driver, true);
    if (names->len == 0)
        return NULL;
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}


static void
cmdqvDomainXMLReadIommu(cmdqvTopology *topology, const xmlNode *node)
{
    const xmlNode *driver = cmdqvXMLChild(node, "driver");
    g_autoptr(GPtrArray) bad = g_ptr_array_new();
    cmdqvSmmu *smmu;

    if (g_strcmp0(cmdqvXMLAttr(node, "model"), "smmuv3") != 0)
        return;

    smmu = cmdqvTopologyAddSmmu(topology);
    smmu->virtioBefore = topology->virtioIommu;
    smmu->foreign = cmdqvDomainXMLForeignAttributes(node, driver);
    smmu->order = 0;        /* wherever it stands in the XML, libvirt emits it before every device */
    smmu->line = cmdqvXMLLine(node);
    smmu->id = cmdqvDomainXMLAlias(node);
    if (!driver)
        return;

    cmdqvDomainXMLReadPciBus(smmu, driver);
    /* what is bad is not taken for what another rule would have a word about */
    smmu->accel = cmdqvDomainXMLReadSwitch(driver, "accel", CMDQV_SWITCH_ON, bad);
    smmu->cmdqv = cmdqvDomainXMLReadSwitch(driver, "cmdqv", CMDQV_SWITCH_ABSENT, bad);
    smmu->ats = g_strdup(cmdqvXMLAttr(driver, "ats"));
    smmu->ril = g_strdup(cmdqvXMLAttr(driver, "ril"));
    smmu->ssidsize = cmdqvDomainXMLReadNumber(driver, "ssidsize", bad);
    smmu->oas = cmdqvDomainXMLReadNumber(driver, "oas", bad);
    if (bad->len > 0) {
        g_ptr_array_add(bad, NULL);
        smmu->bad = (char **)g_ptr_array_free(g_steal_pointer(&bad), FALSE);
    }
}


static cmdqvEndpointKind
cmdqvDomainXMLEndpointKind(const xmlNode *node)
{
    const char *type = cmdqvXMLAttr(node, "type");

    if (cmdqvXMLIs(node, "hostdev"))
        return g_strcmp0(type, "mdev") == 0 ? CMDQV_ENDPOINT_MDEV : CMDQV_ENDPOINT_VFIO;
    if (cmdqvXMLIs(node, "interface") && g_strcmp0(type, "hostdev") == 0)
        return CMDQV_ENDPOINT_VFIO;
    if (cmdqvXMLIs(node, "interface") && g_strcmp0(type, "network") == 0)
        return CMDQV_ENDPOINT_POOLED;
    return CMDQV_ENDPOINT_EMULATED;
}


/* What else libvirt tells QEMU of it. */
static void
cmdqvDomainXMLReadFrontend(const xmlNode *node, cmdqvEndpoint *endpoint)
{
    const xmlNode *rom = cmdqvXMLChild(node, "rom");
    const xmlNode *boot = cmdqvXMLChild(node, "boot");
    const xmlNode *acpi = cmdqvXMLChild(node, "acpi");

    endpoint->bootIndex = boot ? cmdqvDomainXMLNumber(boot, "order", 10, 0) : 0;
    endpoint->acpiIndex = acpi ? cmdqvDomainXMLNumber(acpi, "index", 10, 0) : 0;
    endpoint->romBar = rom ? cmdqvDomainXMLSwitch(rom, "bar", "on", "off") : CMDQV_SWITCH_ABSENT;
    if (rom && cmdqvDomainXMLSwitch(rom, "enabled", "yes", "no") == CMDQV_SWITCH_OFF)
        endpoint->romFile = g_strdup("");
    else if (rom)
        endpoint->romFile = g_strdup(cmdqvXMLAttr(rom, "file"));
}


/* The parts that only a device of the host has. */
static bool
cmdqvDomainXMLReadHostPart(const cmdqvTopology *topology, const xmlNode *node, cmdqvEndpoint *endpoint, GError **error)
{
    const xmlNode *driver = cmdqvXMLChild(node, "driver");
    const xmlNode *source = cmdqvXMLChild(node, "source");
    const xmlNode *address = source ? cmdqvXMLChild(source, "address") : NULL;
    const xmlNode *teaming = cmdqvXMLChild(node, "teaming");
    cmdqvSwitch iommufd = CMDQV_SWITCH_ABSENT;

    if (driver && !cmdqvXMLAttrYesNo(driver, "iommufd", "yes", "no", &iommufd, error))
        return false;
    endpoint->iommufd = (iommufd == CMDQV_SWITCH_ABSENT ? topology->iommufd : iommufd) == CMDQV_SWITCH_ON;
    endpoint->failover = teaming && g_strcmp0(cmdqvXMLAttr(teaming, "type"), "transient") == 0;
    endpoint->failoverPair = endpoint->failover ? g_strdup(cmdqvXMLAttr(teaming, "persistent")) : NULL;
    endpoint->otherHostdevs = topology->otherHostdevs;
    cmdqvDomainXMLReadFrontend(node, endpoint);

    if (endpoint->kind == CMDQV_ENDPOINT_VFIO && address)
        return cmdqvXMLAddress(address, &endpoint->hasHost, &endpoint->host, error);
    return true;
}


static bool
cmdqvDomainXMLIsHostdev(const xmlNode *node)
{
    const char *mode = cmdqvXMLAttr(node, "mode");
    const char *type = cmdqvXMLAttr(node, "type");

    /* "subsystem" is the default (virDomainHostdevDefParseXML(), src/conf/domain_conf.c) */
    return cmdqvXMLIs(node, "hostdev") && (!mode || strcmp(mode, "subsystem") == 0) &&
        (g_strcmp0(type, "pci") == 0 || g_strcmp0(type, "mdev") == 0);
}


/* An emulated device that is there from the start only, and on PCI unless its model says otherwise. */
static bool
cmdqvDomainXMLIsFixedPCI(const xmlNode *node)
{
    static const char *const videos[] = { "none", "ramfb", NULL };
    static const char *const sounds[] = { "usb", "sb16", "pcspk", NULL };
    const xmlNode *model = cmdqvXMLChild(node, "model");
    const xmlNode *target = cmdqvXMLChild(node, "target");
    const char *type = model ? cmdqvXMLAttr(model, "type") : NULL;
    const char *own = cmdqvXMLAttr(node, "model");

    if (cmdqvXMLIs(node, "video"))
        return !type || !g_strv_contains(videos, type);
    if (cmdqvXMLIs(node, "sound"))
        return !own || !g_strv_contains(sounds, own);
    if (cmdqvXMLIs(node, "panic"))
        return g_strcmp0(own, "pvpanic") == 0;
    if (cmdqvXMLIs(node, "iommu"))
        return g_strcmp0(own, "virtio") == 0;
    return cmdqvXMLIs(node, "serial") && target && g_strcmp0(cmdqvXMLAttr(target, "type"), "pci-serial") == 0;
}


/**
 * cmdqvDomainXMLBrings:
 * @node: a child of <devices>
 *
 * Returns: what a device needs and libvirt adds, on PCI and where it likes,
 * unless it is there (seen with 12.8): the type of a controller, or the name
 * of an element; an empty string for nothing
 */
const char *
cmdqvDomainXMLBrings(const xmlNode *node)
{
    static const char *const buses[] = { "scsi", "sata", "usb", "nvme", NULL };
    const xmlNode *target = cmdqvXMLChild(node, "target");
    const char *type = cmdqvXMLAttr(node, "type");
    const char *bus = target ? cmdqvXMLAttr(target, "bus") : NULL;
    const char *dev = target ? cmdqvXMLAttr(target, "dev") : NULL;

    if (cmdqvXMLIs(node, "disk") && !bus)
        return dev && g_str_has_prefix(dev, "sd") ? "scsi" : "";
    if (cmdqvXMLIs(node, "disk"))
        return g_strv_contains(buses, bus) ? bus : "";
    if (cmdqvXMLIs(node, "channel") || cmdqvXMLIs(node, "console"))
        return target && g_strcmp0(cmdqvXMLAttr(target, "type"), "virtio") == 0 ? "virtio-serial" : "";
    if (cmdqvXMLIs(node, "hostdev"))
        return g_strcmp0(type, "scsi") == 0 || g_strcmp0(type, "usb") == 0 ? type : "";
    if (cmdqvXMLIs(node, "input"))
        return g_strcmp0(cmdqvXMLAttr(node, "bus"), "virtio") == 0 ? "" : "usb";
    if (cmdqvXMLIs(node, "redirdev") || cmdqvXMLIs(node, "smartcard") || cmdqvXMLIs(node, "hub"))
        return "usb";
    return cmdqvXMLIs(node, "graphics") ? "video" : "";
}


/* Does libvirt add a device on PCI that the text has no element for? */
static bool
cmdqvDomainXMLIsIncomplete(const xmlNode *devices)
{
    g_autoptr(GHashTable) brought = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) present = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iter;
    const xmlNode *node;
    gpointer what;

    for (node = devices->children; node; node = node->next) {
        const char *type;

        if (node->type != XML_ELEMENT_NODE || node->ns)
            continue;
        type = cmdqvXMLAttr(node, "type");
        (void)g_hash_table_add(brought, (gpointer)cmdqvDomainXMLBrings(node));
        if (cmdqvXMLIs(node, "controller") && type)
            (void)g_hash_table_add(present, (gpointer)type);
        else if (cmdqvXMLIs(node, "video"))
            (void)g_hash_table_add(present, (gpointer)"video");
    }

    (void)g_hash_table_remove(brought, "");
    g_hash_table_iter_init(&iter, brought);
    while (g_hash_table_iter_next(&iter, &what, NULL)) {
        if (!g_hash_table_contains(present, what))
            return true;
    }
    /* it adds a balloon where none is mentioned */
    return !cmdqvXMLChild(devices, "memballoon");
}


/* A device that libvirt gives a PCI address if it has none; the others go to USB, SCSI and their like. */
static bool
cmdqvDomainXMLIsPCI(const xmlNode *node)
{
    static const char *const always[] = { "interface", "rng", "shmem", "filesystem", "vsock", "crypto", "watchdog", "pstore",
        NULL };
    const xmlNode *address = cmdqvXMLChild(node, "address");
    const xmlNode *target = cmdqvXMLChild(node, "target");
    const char *type = cmdqvXMLAttr(node, "type");

    if (address && cmdqvXMLAttr(address, "type"))
        return strcmp(cmdqvXMLAttr(address, "type"), "pci") == 0;
    if (cmdqvXMLIs(node, "hostdev"))
        return cmdqvDomainXMLIsHostdev(node) || g_strcmp0(type, "scsi_host") == 0;
    if (cmdqvXMLIs(node, "disk")) {
        const char *bus = target ? cmdqvXMLAttr(target, "bus") : NULL;
        const char *dev = target ? cmdqvXMLAttr(target, "dev") : NULL;

        return bus ? strcmp(bus, "virtio") == 0 : dev && g_str_has_prefix(dev, "vd");
    }
    if (cmdqvXMLIs(node, "input"))
        return g_strcmp0(cmdqvXMLAttr(node, "bus"), "virtio") == 0;
    if (cmdqvXMLIs(node, "memory"))
        return cmdqvXMLAttr(node, "model") && g_str_has_prefix(cmdqvXMLAttr(node, "model"), "virtio-");
    if (cmdqvXMLIs(node, "memballoon"))
        return g_strcmp0(cmdqvXMLAttr(node, "model"), "none") != 0;
    if (cmdqvXMLIs(node, "controller"))
        return g_strcmp0(type, "pci") != 0 && g_strcmp0(type, "ccid") != 0 &&
            g_strcmp0(cmdqvXMLAttr(node, "model"), "none") != 0;
    return g_strv_contains(always, (const char *)node->name) || cmdqvDomainXMLIsFixedPCI(node);
}


/**
 * cmdqvDomainXMLAwaitsPlace:
 * @node: a child of <devices>
 *
 * Returns: true for a device that libvirt has still to give a PCI address, and
 * that is not certain to be one of the host's
 */
bool
cmdqvDomainXMLAwaitsPlace(const xmlNode *node)
{
    cmdqvPCIAddress guest;
    bool isPCI;
    bool hasGuest;

    if (node->type != XML_ELEMENT_NODE || node->ns || !cmdqvDomainXMLIsPCI(node) ||
        (cmdqvXMLIs(node, "hostdev") && cmdqvDomainXMLIsHostdev(node)) ||
        (cmdqvXMLIs(node, "interface") && g_strcmp0(cmdqvXMLAttr(node, "type"), "hostdev") == 0))
        return false;
    return cmdqvDomainXMLGuestAddress(node, &isPCI, &hasGuest, &guest, NULL) && !hasGuest;
}


static bool
cmdqvDomainXMLReadEndpoint(cmdqvTopology *topology, const xmlNode *node, bool addressed, GError **error)
{
    cmdqvEndpointKind kind = cmdqvDomainXMLEndpointKind(node);
    bool isPCI;
    bool hasGuest;
    cmdqvPCIAddress guest;
    cmdqvEndpoint *endpoint;

    if (!cmdqvDomainXMLGuestAddress(node, &isPCI, &hasGuest, &guest, error))
        return false;
    if (cmdqvXMLIs(node, "iommu"))
        topology->virtioIommu = cmdqvXMLLine(node);
    if (kind == CMDQV_ENDPOINT_EMULATED && !hasGuest && addressed) {
        topology->unplacedEmulated = topology->unplacedEmulated || cmdqvDomainXMLIsPCI(node);
        return true;
    }

    endpoint = cmdqvTopologyAddEndpoint(topology, kind, (const char *)node->name);
    endpoint->line = cmdqvXMLLine(node);
    endpoint->id = cmdqvDomainXMLAlias(node);
    endpoint->hasGuest = hasGuest;
    if (hasGuest) {
        endpoint->guest = guest;
        cmdqvDomainXMLReadSlot(node, &guest, &endpoint->slot);
    }
    if (cmdqvXMLIs(node, "interface") && !cmdqvXMLMac(node, &endpoint->hasMac, endpoint->mac, error))
        return false;
    return kind == CMDQV_ENDPOINT_EMULATED || cmdqvDomainXMLReadHostPart(topology, node, endpoint, error);
}


/*
 * Two rounds, for libvirt reads every <interface> before the first <hostdev> and
 * creates them in that order.  Where it puts an emulated device that has no
 * address is its own business, so those are left out.
 */
static bool
cmdqvDomainXMLReadDevices(cmdqvTopology *topology, const xmlNode *devices, bool hostdevs, GError **error)
{
    const xmlNode *node;

    for (node = devices->children; node; node = node->next) {
        bool ok = true;

        if (node->type != XML_ELEMENT_NODE || node->ns || cmdqvXMLIs(node, "hostdev") != hostdevs)
            continue;

        if (cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "type"), "pci") == 0)
            ok = cmdqvDomainXMLReadController(topology, node, error);
        else if (cmdqvXMLIs(node, "iommu") && g_strcmp0(cmdqvXMLAttr(node, "model"), "virtio") != 0)
            cmdqvDomainXMLReadIommu(topology, node);
        else if (!hostdevs || cmdqvDomainXMLIsHostdev(node))
            ok = cmdqvDomainXMLReadEndpoint(topology, node, true, error);
        else
            topology->otherHostdevs += !cmdqvDomainXMLHasUsersAlias(node);
        if (!ok)
            return false;
    }
    return true;
}


/* Where libvirt puts a controller: the index in front of which it stands, and its place in the text. */
typedef struct {
    int index;
    bool hasIndex;
    guint at;
} cmdqvBusPlace;


static gint
cmdqvDomainXMLComparePlaces(gconstpointer a, gconstpointer b)
{
    const cmdqvBusPlace *first = a;
    const cmdqvBusPlace *second = b;

    if (first->index != second->index)
        return first->index < second->index ? -1 : 1;
    if (first->hasIndex != second->hasIndex)
        return first->hasIndex ? -1 : 1;
    return first->at < second->at ? -1 : 1;
}


/*
 * libvirt puts a controller that has an index in front of the first that has a
 * greater one, and one that has none at the end
 * (virDomainControllerInsertPreAlloced(), src/conf/domain_conf.c): the latter
 * stays behind the greatest index before it, and what is less than that goes
 * to the front of it.
 */
static void
cmdqvDomainXMLOrderBuses(cmdqvTopology *topology)
{
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(cmdqvBusPlace));
    g_autoptr(GArray) text = g_array_new(FALSE, FALSE, sizeof(cmdqvBus));
    int greatest = CMDQV_NONE;
    guint i;

    g_array_append_vals(text, topology->buses->data, topology->buses->len);
    for (i = 0; i < text->len; i++) {
        int own = g_array_index(text, cmdqvBus, i).index;
        const cmdqvBusPlace place = { own == CMDQV_NONE ? greatest : own, own != CMDQV_NONE, i };

        greatest = MAX(greatest, place.index);
        g_array_append_val(places, place);
    }
    g_array_sort(places, cmdqvDomainXMLComparePlaces);
    for (i = 0; i < places->len; i++)
        g_array_index(topology->buses, cmdqvBus, i) = g_array_index(text, cmdqvBus, g_array_index(places, cmdqvBusPlace, i).at);
}


/*
 * What has no index gets the lowest that is free, in the order of the text
 * (virDomainAssignControllerIndexes(), src/conf/domain_postparse.c), and what
 * has no alias is called by its index (qemuAssignDeviceControllerAlias(),
 * src/qemu/qemu_alias.c).
 */
static void
cmdqvDomainXMLNameBuses(cmdqvTopology *topology)
{
    g_autoptr(GHashTable) used = g_hash_table_new(NULL, NULL);
    int lowest = 0;
    guint i;

    for (i = 0; i < topology->buses->len; i++)
        (void)g_hash_table_add(used, GINT_TO_POINTER(g_array_index(topology->buses, cmdqvBus, i).index));

    for (i = 0; i < topology->buses->len; i++) {
        cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        if (bus->index == CMDQV_NONE) {
            while (g_hash_table_contains(used, GINT_TO_POINTER(lowest)))
                lowest++;
            bus->index = lowest++;
        }
        if (!bus->name)
            bus->name = g_strdup_printf(bus->model == CMDQV_BUS_PCIE_ROOT ? "pcie.%d" : "pci.%d", bus->index);
    }
}


/* Every machine with PCIe has its root, whether the text says so or not. */
static void
cmdqvDomainXMLAddImplicitRoot(cmdqvTopology *topology)
{
    cmdqvBus *root;
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        if (g_array_index(topology->buses, cmdqvBus, i).index == 0)
            return;
    }
    root = cmdqvTopologyAddBus(topology, CMDQV_BUS_PCIE_ROOT);
    root->index = 0;
    root->name = g_strdup(CMDQV_ROOT_BUS_NAME);
}


static bool
cmdqvDomainXMLIsPassthrough(const xmlNode *node)
{
    return node->type == XML_ELEMENT_NODE && node->ns && strcmp((const char *)node->ns->href, CMDQV_QEMU_NAMESPACE) == 0 &&
        (strcmp((const char *)node->name, "commandline") == 0 || strcmp((const char *)node->name, "override") == 0);
}


static cmdqvSwitch
cmdqvDomainXMLOnIf(bool on)
{
    return on ? CMDQV_SWITCH_ON : CMDQV_SWITCH_OFF;
}


/* The first "./parent/name", whichever of several parents it is in, as virXPathNode() has it. */
static xmlNode *
cmdqvDomainXMLFind(const xmlNode *root, const char *parent, const char *name)
{
    const xmlNode *node;
    xmlNode *found = NULL;

    for (node = root->children; node && !found; node = node->next)
        found = cmdqvXMLIs(node, parent) ? cmdqvXMLChild(node, name) : NULL;
    return found;
}


static bool
cmdqvDomainXMLHasFirmware(const xmlNode *root)
{
    const xmlNode *node;

    for (node = root->children; node; node = node->next) {
        if (cmdqvXMLIs(node, "os") && (cmdqvXMLAttr(node, "firmware") || cmdqvXMLChild(node, "loader")))
            return true;
    }
    return false;
}


/* What the whole machine has: type, ACPI, firmware, memory. */
static void
cmdqvDomainXMLReadMachine(cmdqvTopology *topology, const xmlNode *root)
{
    const xmlNode *type = cmdqvDomainXMLFind(root, "os", "type");
    const xmlNode *emulator = cmdqvDomainXMLFind(root, "devices", "emulator");

    topology->type = g_strdup(cmdqvXMLAttr(root, "type"));
    topology->emulator = emulator ? cmdqvXMLText(emulator) : NULL;
    topology->machine = type ? g_strdup(cmdqvXMLAttr(type, "machine")) : NULL;
    topology->acpi = cmdqvDomainXMLOnIf(cmdqvDomainXMLFind(root, "features", "acpi") != NULL);
    topology->firmware = cmdqvDomainXMLOnIf(cmdqvDomainXMLHasFirmware(root));
    topology->hugepages = cmdqvDomainXMLOnIf(cmdqvDomainXMLFind(root, "memoryBacking", "hugepages") != NULL);
}


/* Managers mark their domains with an element of their own namespace. */
static void
cmdqvDomainXMLReadMetadata(cmdqvTopology *topology, const xmlNode *metadata)
{
    const xmlNode *node;

    for (node = metadata->children; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && node->ns && node->ns->href)
            g_ptr_array_add(topology->metadata, g_strdup((const char *)node->ns->href));
    }
}


/**
 * cmdqvDomainXMLCountUnplaced:
 * @root: a <domain> element
 *
 * Returns: for how many devices libvirt has still to find a place on PCI, the
 * balloon that it adds included; it may add controllers for some of them
 */
guint
cmdqvDomainXMLCountUnplaced(const xmlNode *root)
{
    const xmlNode *devices = cmdqvXMLChild(root, "devices");
    const xmlNode *node;
    guint count = devices && !cmdqvXMLChild(devices, "memballoon");

    for (node = devices ? devices->children : NULL; node; node = node->next) {
        const xmlNode *address = node->type == XML_ELEMENT_NODE ? cmdqvXMLChild(node, "address") : NULL;

        if (node->type != XML_ELEMENT_NODE || node->ns || (address && g_strcmp0(cmdqvXMLAttr(address, "type"), "pci") == 0))
            continue;
        count += cmdqvDomainXMLIsPCI(node);
    }
    return count;
}


/**
 * cmdqvDomainXMLReadNode:
 * @root: a <domain> element, or what a snapshot has in its place
 * @error: CMDQV_ERROR_INVALID where a value means nothing
 *
 * Returns: (transfer full): the resolved topology, NULL with @error set
 */
cmdqvTopology *
cmdqvDomainXMLReadNode(const xmlNode *root, GError **error)
{
    g_autoptr(cmdqvTopology) topology = cmdqvTopologyNew();
    const xmlNode *node;
    int hostdevs;

    cmdqvDomainXMLReadMachine(topology, root);
    for (node = root->children; node; node = node->next) {
        if (cmdqvXMLIs(node, "name") && !topology->name)
            topology->name = cmdqvXMLText(node);
        else if (cmdqvXMLIs(node, "uuid") && !topology->uuid)
            topology->uuid = g_strstrip(cmdqvXMLText(node));
        else if (cmdqvXMLIs(node, "metadata"))
            cmdqvDomainXMLReadMetadata(topology, node);
        else if (cmdqvXMLIs(node, "iommufd") &&
                 !cmdqvXMLAttrYesNo(node, "enabled", "yes", "no", &topology->iommufd, error))
            return NULL;
        else if (cmdqvDomainXMLIsPassthrough(node))
            topology->passthroughArgs = true;
    }

    for (hostdevs = 0; hostdevs <= 1; hostdevs++) {
        for (node = root->children; node; node = node->next) {
            if (cmdqvXMLIs(node, "devices") && !cmdqvDomainXMLReadDevices(topology, node, hostdevs, error))
                return NULL;
        }
    }
    node = cmdqvXMLChild(root, "devices");
    topology->unplacedEmulated = topology->unplacedEmulated || (node && cmdqvDomainXMLIsIncomplete(node));

    cmdqvDomainXMLOrderBuses(topology);
    cmdqvDomainXMLNameBuses(topology);
    cmdqvDomainXMLAddImplicitRoot(topology);
    cmdqvTopologyResolve(topology);
    return g_steal_pointer(&topology);
}


/**
 * cmdqvDomainXMLRead:
 * @xml: domain XML, live or inactive, from a client or from libvirt
 * @len: its length in bytes
 * @error: CMDQV_ERROR_MALFORMED, CMDQV_ERROR_FORBIDDEN, or CMDQV_ERROR_INVALID
 *   where a value means nothing
 *
 * Returns: (transfer full): the resolved topology, NULL with @error set
 */
cmdqvTopology *
cmdqvDomainXMLRead(const char *xml, gsize len, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(xml, len, "domain", error);

    return doc ? cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), error) : NULL;
}


/* What libvirt does not take for PCI Express (qemuDomainDeviceCalculatePCIConnectFlags(), src/qemu/qemu_domain_address.c). */
static bool
cmdqvDomainXMLIsConventional(const xmlNode *node)
{
    static const char *const express[] = { "virtio", "virtio-non-transitional", "e1000e", "igb", NULL };
    const xmlNode *child = cmdqvXMLChild(node, "model");
    const char *model = child ? cmdqvXMLAttr(child, "type") : cmdqvXMLAttr(node, "model");

    if (cmdqvXMLIs(node, "shmem") || cmdqvXMLIs(node, "watchdog"))
        return true;
    if (!model)
        return false;
    if (cmdqvXMLIs(node, "interface"))
        return g_strcmp0(cmdqvXMLAttr(node, "type"), "hostdev") != 0 && !g_strv_contains(express, model);
    if (cmdqvXMLIs(node, "controller") && g_strcmp0(cmdqvXMLAttr(node, "type"), "scsi") == 0 &&
        !g_str_has_prefix(model, "virtio-"))
        return true;
    return g_str_has_suffix(model, "-transitional") && !g_str_has_suffix(model, "-non-transitional");
}


/**
 * cmdqvDomainXMLAddDevice:
 * @topology: a running domain; gets one more endpoint
 * @xml: the XML of a device
 * @len: its length in bytes
 * @endpoint: (out): index of the new endpoint, CMDQV_NONE where the device is
 *   none on PCI
 * @error: as cmdqvDomainXMLRead()
 *
 * The endpoint stays unplaced if the XML does not say where it goes.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvDomainXMLAddDevice(cmdqvTopology *topology, const char *xml, gsize len, int *endpoint, GError **error)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLParse(xml, len, NULL, error);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;

    *endpoint = CMDQV_NONE;
    if (!root)
        return false;
    if (!cmdqvDomainXMLIsPCI(root))
        return true;
    if (!cmdqvDomainXMLReadEndpoint(topology, root, false, error))
        return false;

    *endpoint = (int)topology->endpoints->len - 1;
    g_array_index(topology->endpoints, cmdqvEndpoint, *endpoint).conventional = cmdqvDomainXMLIsConventional(root);
    cmdqvTopologyResolve(topology);
    return true;
}
