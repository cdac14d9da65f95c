/*
 * lower_test.c: domains for a libvirt that does not know CMDQV, and the way back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Of every domain, those of qemuxml2argvdata/ and some thousands that are made
 * here, four things have to hold: lifting is the exact inverse of lowering;
 * lowering a lowered domain changes nothing; the text that libvirt makes of the
 * lowered one lifts to the same model; and the machine is the one that was asked
 * for.
 */

#include <string.h>

#include "test_topology.h"
#include "testutils.h"
#include "conf/domain_xml.h"
#include "conf/topology_defaults.h"
#include "conf/xml_edit.h"
#include "lowering/lift.h"
#include "lowering/lower.h"
#include "lowering/record.h"
#include "policy/rule_table.h"
#include "qemu/argv_read.h"
#include "util/error.h"

#define DATA "qemuxml2argvdata"
#define GENERATED 2000


/* A text as it is once it has been read and written. */
static char *
format(const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), NULL, &error);

    g_assert_no_error(error);
    return cmdqvXMLEditFormat(doc, NULL);
}


/* Removes comments, and gives each element a line of its own. */
static void
formatNode(xmlNode *node, const char *indent)
{
    g_autofree char *deeper = g_strconcat(indent, "  ", NULL);
    xmlNode *child = node->children;

    while (child) {
        xmlNode *next = child->next;

        if (child->type == XML_COMMENT_NODE || xmlIsBlankNode(child)) {
            cmdqvXMLEditRemove(child);
        } else if (child->type == XML_ELEMENT_NODE) {
            (void)xmlAddPrevSibling(child, xmlNewDocText(node->doc, BAD_CAST deeper));
            formatNode(child, deeper);
        }
        child = next;
    }
    if (cmdqvXMLEditNextElement(node, NULL))
        (void)xmlAddChild(node, xmlNewDocText(node->doc, BAD_CAST indent));
}


/* The changes that every libvirt makes to a text, so far as they matter here: <metadata> is the first element, <iommu> the last device. */
static char *
throughLibvirt(const char *xml)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), NULL, NULL);
    xmlNode *devices = cmdqvXMLReadChild(xmlDocGetRootElement(doc), "devices");
    xmlNode *iommu = devices ? cmdqvXMLReadChild(devices, "iommu") : NULL;
    xmlNode *metadata = cmdqvXMLReadChild(xmlDocGetRootElement(doc), "metadata");
    xmlNode *first = cmdqvXMLEditNextElement(xmlDocGetRootElement(doc), NULL);

    if (iommu) {
        xmlUnlinkNode(iommu);
        (void)xmlAddChild(devices, iommu);
    }
    if (metadata && metadata != first)
        (void)xmlAddPrevSibling(first, metadata);
    formatNode(xmlDocGetRootElement(doc), "\n");
    return cmdqvXMLEditFormat(doc, NULL);
}


static char *
describe(const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, strlen(xml), &error);

    g_assert_no_error(error);
    return cmdqvTestDescribeTopology(topology);
}


static guint
troubles(const char *xml)
{
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, strlen(xml), NULL);
    g_autoptr(GPtrArray) findings = cmdqvRuleTableRun(topology, NULL, NULL);

    return findings->len;
}


static const char *
property(const xmlNode *domain, const char *alias, const char *name)
{
    const xmlNode *override = cmdqvXMLEditChildNs(domain, "override", CMDQV_XML_EDIT_QEMU_NAMESPACE);
    xmlNode *device;
    xmlNode *node;

    for (device = override ? cmdqvXMLEditNextElement(override, NULL) : NULL; device; device = cmdqvXMLEditNextElement(override, device)) {
        if (g_strcmp0(cmdqvXMLReadAttr(device, "alias"), alias) != 0)
            continue;
        device = cmdqvXMLEditNextElement(device, NULL);
        for (node = cmdqvXMLEditNextElement(device, NULL); node; node = cmdqvXMLEditNextElement(device, node)) {
            if (g_strcmp0(cmdqvXMLReadAttr(node, "name"), name) == 0)
                return cmdqvXMLReadAttr(node, "value");
        }
        return NULL;
    }
    return NULL;
}


/* libvirt's part of the command line: a bus is called by its alias, unless <qemu:override> says which it is. */
static void
addLibvirtsDevice(GPtrArray *argv, const xmlNode *domain, const cmdqvTopology *libvirts, guint endpoint)
{
    const cmdqvEndpoint *device = &g_array_index(libvirts->endpoints, cmdqvEndpoint, endpoint);
    const cmdqvBus *bus = cmdqvTopologyGetBus(libvirts, device->bus);
    const char *moved = device->id ? property(domain, device->id, "bus") : NULL;
    const char *iommufd = device->id ? property(domain, device->id, "iommufd") : NULL;
    const char *driver = device->kind == CMDQV_ENDPOINT_VFIO ? "vfio-pci"
        : device->kind == CMDQV_ENDPOINT_MDEV ? "vfio-pci,sysfsdev=/x" : "virtio-net-pci";

    if (!bus && !moved)
        return;
    g_ptr_array_add(argv, g_strdup("-device"));
    g_ptr_array_add(argv, g_strdup_printf("%s,id=d%u,bus=%s%s%s%s", driver, endpoint, moved ? moved : bus->name,
                                          iommufd ? ",iommufd=" : "", iommufd ? iommufd : "",
                                          device->failover ? ",failover_pair_id=x" : ""));
}


/* The command line of a lowered domain, read back. */
static cmdqvTopology *
machineOf(const char *lowered)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(lowered, strlen(lowered), NULL, NULL);
    const xmlNode *domain = xmlDocGetRootElement(doc);
    const xmlNode *commandline = cmdqvXMLEditChildNs(domain, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE);
    g_autoptr(cmdqvTopology) libvirts = cmdqvDomainXMLReadNode(domain, NULL);
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    cmdqvTopology *machine;
    xmlNode *arg;
    guint i;

    g_ptr_array_add(argv, g_strdup("qemu-system-aarch64"));
    for (arg = cmdqvXMLEditNextElement(commandline, NULL); arg; arg = cmdqvXMLEditNextElement(commandline, arg)) {
        /* a device of the user's own, which the XML's model has not: our arguments are in the other form */
        if (*cmdqvXMLReadAttr(arg, "value") == '{')
            g_ptr_array_remove_index(argv, argv->len - 1);
        else
            g_ptr_array_add(argv, g_strdup(cmdqvXMLReadAttr(arg, "value")));
    }
    for (i = 0; i < libvirts->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(libvirts->buses, cmdqvBus, i);
        const cmdqvBus *parent = cmdqvTopologyGetBus(libvirts, bus->parent);

        if (bus->index == 0)
            continue;
        g_ptr_array_add(argv, g_strdup("-device"));
        g_ptr_array_add(argv, g_strdup_printf("%s,id=%s,bus=%s", bus->model == CMDQV_BUS_PCIE_EXPANDER ? "pxb-pcie" : "pcie-root-port",
                                              bus->name, parent ? parent->name : "pcie.0"));
    }
    for (i = 0; i < libvirts->endpoints->len; i++)
        addLibvirtsDevice(argv, domain, libvirts, i);
    g_ptr_array_add(argv, NULL);
    machine = cmdqvArgvRead((const char *const *)argv->pdata, &error);
    g_assert_no_error(error);
    return machine;
}


/* The SMMUs and the devices behind them; libvirt's own names tell the devices elsewhere. */
static char *
behindSmmus(const cmdqvTopology *topology)
{
    g_autofree char *text = cmdqvTestDescribeTopology(topology);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *part = g_string_new(NULL);
    guint i;

    for (i = 0; lines[i]; i++) {
        if (*lines[i] && !strstr(lines[i], "behind none"))
            g_string_append_printf(part, "%s\n", lines[i]);
    }
    return g_string_free(part, FALSE);
}


static void
assertMachine(const char *xml, const char *lowered)
{
    g_autoptr(cmdqvTopology) asked = cmdqvDomainXMLRead(xml, strlen(xml), NULL);
    g_autoptr(cmdqvTopology) machine = machineOf(lowered);
    g_autofree char *expected = NULL;
    g_autofree char *actual = behindSmmus(machine);

    cmdqvTopologyDefaultsFill(asked);
    expected = behindSmmus(asked);
    g_assert_cmpstr(actual, ==, expected);
}


/* No two arguments, and no argument and controller of libvirt's, have a number in common. */
static void
assertNumbers(const char *lowered)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(lowered, strlen(lowered), NULL, NULL);
    const xmlNode *domain = xmlDocGetRootElement(doc);
    const xmlNode *commandline = cmdqvXMLEditChildNs(domain, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE);
    g_autoptr(cmdqvTopology) libvirts = cmdqvDomainXMLReadNode(domain, NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    xmlNode *arg;
    guint i;
    guint j;

    cmdqvTopologyDefaultsFill(libvirts);
    for (i = 0; i < libvirts->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(libvirts->buses, cmdqvBus, i);

        g_assert_true(g_hash_table_add(seen, g_strdup_printf("id=%s", bus->name)));
        if (bus->chassis != CMDQV_NONE)
            g_assert_true(g_hash_table_add(seen, g_strdup_printf("chassis=%d", bus->chassis)));
        if (bus->busNr != CMDQV_NONE)
            g_assert_true(g_hash_table_add(seen, g_strdup_printf("bus_nr=%d", bus->busNr)));
        if (bus->parentIndex == 0 && bus->slot.slot != CMDQV_NONE)
            (void)g_hash_table_add(seen, g_strdup_printf("slot=0x%x", (guint)bus->slot.slot));
    }
    for (arg = cmdqvXMLEditNextElement(commandline, NULL); arg; arg = cmdqvXMLEditNextElement(commandline, arg)) {
        g_auto(GStrv) parts = g_strsplit(cmdqvXMLReadAttr(arg, "value"), ",", -1);
        bool onRoot = g_str_has_prefix(parts[0], "pxb-pcie");

        for (j = 0; parts[j]; j++) {
            if (g_str_has_prefix(parts[j], "id=") || g_str_has_prefix(parts[j], "chassis=") || g_str_has_prefix(parts[j], "bus_nr="))
                g_assert_true(g_hash_table_add(seen, g_strdup(parts[j])));
            else if (onRoot && g_str_has_prefix(parts[j], "addr="))
                g_assert_true(g_hash_table_add(seen, g_strdup_printf("slot=%s", parts[j] + strlen("addr="))));
        }
    }
}


/* libvirt's controllers are those of the domain; one of which QEMU has two is a shadow. */
static void
assertShadows(const char *xml, const char *lowered)
{
    g_autoptr(cmdqvTopology) asked = cmdqvDomainXMLRead(xml, strlen(xml), NULL);
    g_autoptr(cmdqvTopology) libvirts = cmdqvDomainXMLRead(lowered, strlen(lowered), NULL);
    guint i;

    cmdqvTopologyDefaultsFill(asked);
    g_assert_cmpuint(libvirts->buses->len, ==, asked->buses->len);
    for (i = 0; i < asked->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(asked->buses, cmdqvBus, i);
        const cmdqvBus *kept = &g_array_index(libvirts->buses, cmdqvBus, i);
        const cmdqvBus *root = cmdqvTopologyGetBus(asked, bus->root);
        g_autofree char *alias = cmdqvRecordBusAlias(bus->index);
        bool shadow = root && root->model == CMDQV_BUS_PCIE_EXPANDER && root->smmu != CMDQV_NONE;

        g_assert_cmpint(kept->index, ==, bus->index);
        g_assert_cmpint(kept->model, ==, bus->model);
        g_assert_cmpint(kept->parentIndex, ==, bus->parentIndex);
        g_assert_cmpint(kept->hotplug, ==, bus->hotplug);
        g_assert_true((g_strcmp0(kept->name, alias) == 0) == shadow);
        if (!shadow && bus->model == CMDQV_BUS_PCIE_EXPANDER)
            g_assert_cmpint(kept->busNr, ==, bus->busNr);
    }
}


/* The parts that a libvirt without CMDQV would drop are in the record alone. */
static void
assertPlain(const char *lowered)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(lowered, strlen(lowered), NULL, NULL);
    g_autofree char *rest = NULL;

    cmdqvXMLEditRemove(cmdqvRecordFind(xmlDocGetRootElement(doc)));
    rest = cmdqvXMLEditFormat(doc, NULL);
    g_assert_null(strstr(rest, "pciBus"));
    g_assert_null(strstr(rest, "accel='"));
    g_assert_null(strstr(rest, "iommufd='yes'"));
}


/* The lowered domain; NULL if it stays as it is, or with @error set. */
static char *
lower(const char *xml, GError **error)
{
    g_autoptr(GError) reason = NULL;
    char *lowered = NULL;
    bool ok = cmdqvTestLowerText(xml, &cmdqvEmulatorCapsUpstream, &lowered, &reason);

    g_assert_true(ok == !reason && (ok || !lowered));
    if (reason)
        g_propagate_error(error, g_steal_pointer(&reason));
    return lowered;
}


static char *
lift(const char *xml, GError **error)
{
    g_autoptr(GError) reason = NULL;
    char *lifted = NULL;
    bool ok = cmdqvLiftXML(xml, &lifted, &reason);

    g_assert_true(ok == !reason && (ok || !lifted));
    if (reason)
        g_propagate_error(error, g_steal_pointer(&reason));
    return lifted;
}


/* Returns false if the domain stays as it is. */
static bool
checkDomain(const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *lowered = lower(xml, &error);
    g_autofree char *expected = format(xml);
    g_autofree char *lifted = NULL;
    g_autofree char *again = NULL;
    g_autofree char *twice = NULL;
    g_autofree char *kept = NULL;
    g_autofree char *shown = NULL;
    g_autofree char *redefined = NULL;
    g_autofree char *keptAgain = NULL;
    g_autofree char *shownAgain = NULL;
    g_autofree char *modelAsked = NULL;
    g_autofree char *modelShown = NULL;

    g_assert_no_error(error);
    if (!lowered)
        return false;

    lifted = lift(lowered, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(lifted, ==, expected);
    again = lower(lifted, &error);
    g_assert_cmpstr(again, ==, lowered);
    twice = lower(lowered, &error);
    g_assert_cmpstr(twice, ==, lowered);

    kept = throughLibvirt(lowered);
    shown = lift(kept, &error);
    g_assert_no_error(error);
    modelAsked = describe(xml);
    modelShown = describe(shown);
    g_assert_cmpstr(modelShown, ==, modelAsked);
    g_assert_null(strstr(shown, CMDQV_RECORD_ALIAS_PREFIX));
    g_assert_cmpuint(troubles(shown), ==, troubles(xml));
    g_assert_false(strstr(shown, "<iommufd ") && strstr(shown, "<iommufd ") > strstr(shown, "<os"));
    redefined = lower(shown, &error);
    g_assert_no_error(error);
    keptAgain = throughLibvirt(redefined);
    shownAgain = lift(keptAgain, &error);
    g_assert_cmpstr(shownAgain, ==, shown);

    assertPlain(lowered);
    assertShadows(xml, lowered);
    assertMachine(xml, lowered);
    assertNumbers(lowered);
    return true;
}


/* Every golden case that we accept and libvirt makes a command line of. */
static void
testCases(void)
{
    g_autoptr(GHashTable) files = cmdqvTestListFolder(DATA);
    GHashTableIter each;
    gpointer file;
    guint lowered = 0;

    g_hash_table_iter_init(&each, files);
    while (g_hash_table_iter_next(&each, &file, NULL)) {
        g_autofree char *name = g_strndup(file, strlen(file) - strlen(".xml"));
        g_autofree char *errName = g_strconcat(name, ".err", NULL);
        g_autofree char *argsName = g_strconcat(name, ".args", NULL);
        g_autofree char *path = cmdqvTestDataPath(DATA, name, ".xml");
        g_autofree char *xml = NULL;

        if (!g_str_has_suffix(file, ".xml") || g_hash_table_contains(files, errName) || !g_hash_table_contains(files, argsName))
            continue;
        g_test_message("%s", name);
        xml = cmdqvTestRead(path);
        lowered += checkDomain(xml);
    }
    g_assert_cmpuint(lowered, >, 30);
}


static const char *
choose(GRand *dice, const char *const *words)
{
    return words[g_rand_int_range(dice, 0, (gint32)g_strv_length((char **)words))];
}


static bool
chance(GRand *dice, double of)
{
    return g_rand_double(dice) < of;
}


/* Before or behind the others: libvirt takes controllers in any order. */
static void
addController(GRand *dice, GString *controllers, GString *controller)
{
    if (chance(dice, 0.8))
        g_string_append(controllers, controller->str);
    else
        g_string_prepend(controllers, controller->str);
    (void)g_string_free(controller, TRUE);
}


/* A domain with expanders, ports below them, SMMUs and devices, spelled in many ways. */
static char *
generate(GRand *dice)
{
    static const char *const blanks[] = { "", "\n    ", " <!-- a comment -->", "\n\t", NULL };
    static const char *const given[] = { "", " ats='on' ril='off' ssidsize='20' oas='48'", " ssidsize='0'", " oas='44' ats='off'", NULL };
    static const char *const cmdqvs[] = { " cmdqv='on'", " cmdqv='off'", "", NULL };
    static const char *const targets[] = { "", "<target chassis='%d'/>", "<target hotplug='off'/>", "<target port='0x8'/>",
                                           "<model name='pcie-root-port'/>", NULL };
    static const char *const drivers[] = { "<driver name='vfio' iommufd='yes'/>", "<driver iommufd='yes' name='vfio'/>",
                                           "<driver iommufd='yes'/>", NULL };
    GString *controllers = g_string_new("<controller type='pci' index='0' model='pcie-root'/>");
    GString *devices = g_string_new(NULL);
    bool domainWide = chance(dice, 0.2);
    bool metadata = chance(dice, 0.3);
    bool own = chance(dice, 0.3);
    gint32 roots = g_rand_int_range(dice, 1, 5);
    int idx = 1;
    int host = 0;
    char *xml;

    while (roots-- > 0) {
        gint32 ports = g_rand_int_range(dice, 1, 5);
        GString *controller = g_string_new(NULL);
        bool hasSmmu = chance(dice, 0.8);
        int root = idx++;
        gint32 slot;

        g_string_append_printf(controller, "%s<controller type='pci' index='%d' model='pcie-expander-bus'>", choose(dice, blanks), root);
        if (chance(dice, 0.7))
            g_string_append_printf(controller, "<target busNr='%d'/>", 250 - root * 6);
        if (chance(dice, 0.2))
            g_string_append_printf(controller, "<alias name='ua-root%d'/>", root);
        if (chance(dice, 0.5))
            g_string_append_printf(controller, "<address type='pci' bus='0' slot='%d'/>", 2 + roots);
        g_string_append(controller, "</controller>");
        addController(dice, controllers, controller);
        if (hasSmmu)
            g_string_append_printf(devices, "%s<iommu model='smmuv3'><driver pciBus='%d' accel='on'%s%s/></iommu>",
                                   choose(dice, blanks), root, choose(dice, cmdqvs), choose(dice, given));
        for (slot = 0; slot < ports; slot++) {
            int port = idx++;
            g_autofree char *target = g_strdup(choose(dice, targets));

            if (strchr(target, '%')) {
                g_free(target);
                target = g_strdup_printf("<target chassis='%d'/>", 100 + port);
            }
            controller = g_string_new(NULL);
            g_string_append_printf(controller, "%s<controller type='pci' index='%d' model='pcie-root-port'>%s"
                                   "<address type='pci' domain='0' bus='0x%x' slot='%d' function='0'/></controller>",
                                   choose(dice, blanks), port, target, root, slot);
            addController(dice, controllers, controller);
            if (chance(dice, 0.4))
                continue;
            g_string_append_printf(devices, "%s<hostdev mode='subsystem' type='pci'%s>%s<source><address domain='9' bus='%d' slot='0' "
                                   "function='0'/></source>", choose(dice, blanks), chance(dice, 0.5) ? " managed='no'" : "",
                                   domainWide && chance(dice, 0.5) ? "" : choose(dice, drivers), ++host);
            if (own && chance(dice, 0.5))
                g_string_append_printf(devices, "<alias name='ua-gpu%d'/>", host);
            else if (chance(dice, 0.1))
                g_string_append_printf(devices, "<alias name='hostdev%d'/>", host);
            g_string_append_printf(devices, "<address type='pci' bus='0x%02x' slot='0'/></hostdev>", port);
        }
    }
    if (chance(dice, 0.2))
        g_string_append(devices, "<iommu model='virtio'/>");
    if (chance(dice, 0.5))
        g_string_append_printf(devices, "<interface type='user'><model type='virtio'/>%s</interface>",
                               chance(dice, 0.5) ? "<address type='pci' bus='0' slot='0x1d'/>" : "");

    xml = g_strdup_printf("<domain type='kvm'%s>%s<name>g</name>%s%s<memory>1</memory><os><type machine='virt'>hvm</type></os>"
                          "<devices>%s%s\n  </devices>%s%s</domain>",
                          own ? " xmlns:qemu='" CMDQV_XML_EDIT_QEMU_NAMESPACE "'" : "", choose(dice, blanks),
                          metadata ? "<metadata><nova:instance xmlns:nova='http://openstack.org/xmlns/libvirt/nova/1.1'/></metadata>" : "",
                          domainWide ? "<iommufd enabled='yes'/>" : "", controllers->str, devices->str,
                          own ? "<qemu:commandline><qemu:arg value='-s'/>\n<qemu:env name='A' value='b'/></qemu:commandline>" : "",
                          own ? "\n<qemu:override><qemu:device alias='ua-gpu1'><qemu:frontend><qemu:property name='x-no-mmap' "
                                "type='bool' value='true'/></qemu:frontend></qemu:device></qemu:override>" : "");
    (void)g_string_free(controllers, TRUE);
    (void)g_string_free(devices, TRUE);
    return xml;
}


static void
testGenerated(void)
{
    g_autoptr(GRand) dice = g_rand_new_with_seed(241);
    guint lowered = 0;
    guint i;

    for (i = 0; i < GENERATED; i++) {
        g_autofree char *xml = generate(dice);

        lowered += checkDomain(xml);
    }
    g_assert_cmpuint(lowered, >, GENERATED * 3 / 4);
}


#define D(devices, rest) "<domain><devices><controller type='pci' index='0' model='pcie-root'/>" devices "</devices>" rest "</domain>"
#define PXB "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='252'/></controller>"
#define PORT "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='1'/></controller>"
#define SMMU "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/></iommu>"
#define GPU "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address domain='9' bus='1'/></source>" \
    "<alias name='ua-gpu'/><address type='pci' bus='2'/></hostdev>"
#define OVERRIDE(name) "<q:override xmlns:q='" CMDQV_XML_EDIT_QEMU_NAMESPACE "'><q:device alias='ua-gpu'><q:frontend><q:property name='" name \
    "' type='string' value='x'/></q:frontend></q:device></q:override>"

#define ARGS(args) "<qemu:commandline xmlns:qemu='" CMDQV_XML_EDIT_QEMU_NAMESPACE "'>" args "</qemu:commandline>"
#define ARG(value) "<qemu:arg value='" value "'/>"
#define UNNAMED "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address domain='9' bus='1'/></source>" \
    "<address type='pci' bus='2'/></hostdev>"

#define ELSEWHERE(iommufd) "<hostdev mode='subsystem' type='pci'><driver iommufd='" iommufd "'/><source><address domain='9' bus='2'/>" \
    "</source><alias name='ua-gpu'/><address type='pci' bus='0' slot='3'/></hostdev>"

/* Parts that look like ours and are the user's. */
static const struct {
    const char *name;
    const char *xml;
} alike[] = {
    { .name = "id-of-the-smmu", .xml = D(PXB PORT SMMU GPU, ARGS(ARG("-device") ARG("edu,id=iommu0"))) },
    { .name = "id-of-a-port", .xml = D(PXB PORT SMMU GPU, ARGS(ARG("-object") ARG("rng-random,id=pci.2") ARG("-S"))) },
    { .name = "value-of-another-option", .xml = D(PXB PORT SMMU GPU, ARGS(ARG("-append") ARG("-device") ARG("edu,id=pci.1"))) },
    { .name = "iommufd-object",
      .xml = D(PXB PORT SMMU GPU, ARGS(ARG("-object") ARG("iommufd,id=iommufd0") ARG("-object") ARG("iommufd,id=iommufd1"))) },
    { .name = "device-on-the-iommufd-object",
      .xml = D(PXB PORT SMMU GPU, ARGS(ARG("-device") ARG("vfio-pci,host=0009:02:00.0,iommufd=iommufd0,bus=pci.3"))) },
    { .name = "override-of-another-root", .xml = D(PXB PORT SMMU UNNAMED ELSEWHERE("yes"), OVERRIDE("bus")) },
    { .name = "override-without-iommufd", .xml = D(PXB PORT SMMU UNNAMED ELSEWHERE("no"), OVERRIDE("iommufd")) },
    { .name = "alias-of-another", .xml = D(PXB PORT SMMU UNNAMED "<disk><alias name='ua-cmdqv-0009-01-00-0'/></disk>", "") },
    { .name = "expanders-without-index",
      .xml = D("<controller type='pci' model='pcie-expander-bus'/><controller type='pci' model='pcie-expander-bus'/>" SMMU, "") },
};


static guint
count(const char *text, const char *what)
{
    g_auto(GStrv) parts = g_strsplit(text, what, -1);

    return g_strv_length(parts) - 1;
}


static void
testAlike(gconstpointer data)
{
    const char *xml = alike[GPOINTER_TO_UINT(data)].xml;
    g_autofree char *before = format(xml);
    g_autofree char *lowered = lower(xml, NULL);
    g_autofree char *lifted = lift(lowered, NULL);
    g_autofree char *again = lower(lowered, NULL);
    g_autofree char *kept = throughLibvirt(lowered);
    g_autofree char *shown = lift(kept, NULL);

    g_assert_cmpstr(lifted, ==, before);
    g_assert_cmpstr(again, ==, lowered);
    g_assert_cmpuint(count(shown, "qemu:arg "), ==, count(xml, "qemu:arg "));
    g_assert_cmpuint(count(shown, "<alias "), ==, count(xml, "<alias "));
    g_assert_cmpuint(count(shown, "iommufd='yes'"), ==, count(xml, "iommufd='yes'"));
}


/* An element of the record has the namespaces that it had, whether it or an ancestor declares them. */
static void
testDeclarations(void)
{
#define DECLARED "xmlns:qemu='" CMDQV_XML_EDIT_QEMU_NAMESPACE "'"
#define IN_PORT(declared) D(PXB "<controller type='pci' index='2' model='pcie-root-port'" declared "><address type='pci' bus='1'/>" \
        "<qemu:device alias='a' qemu:b='c'><qemu:frontend/></qemu:device></controller>" SMMU GPU, "")
    static const char *const domains[] = { IN_PORT(""), IN_PORT(" " DECLARED) };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(domains); i++) {
        g_autofree char *xml = g_strconcat("<domain " DECLARED, domains[i] + strlen("<domain"), NULL);
        g_autofree char *before = format(xml);
        g_autofree char *lowered = lower(xml, NULL);
        g_autofree char *lifted = lift(lowered, NULL);
        g_autofree char *again = lower(lowered, NULL);

        g_assert_nonnull(lowered);
        g_assert_cmpstr(lifted, ==, before);
        g_assert_cmpstr(again, ==, lowered);
    }
}


/* libvirt reads several <qemu:commandline>, and keeps none that is empty. */
static void
testCommandlines(void)
{
#define SECOND "<q:commandline xmlns:q='" CMDQV_XML_EDIT_QEMU_NAMESPACE "'><q:arg value='-device'/><q:arg value='edu,bus=pcie.0,addr=0x1e'/>" \
        "</q:commandline>"
    static const struct {
        const char *xml;
        const char *one;
    } cases[] = {
        { .xml = D(PXB PORT SMMU GPU, ARGS("")), .one = D(PXB PORT SMMU GPU, "") },
        { .xml = D(PXB PORT SMMU GPU, ARGS("") SECOND), .one = D(PXB PORT SMMU GPU, ARGS(ARG("-device") ARG("edu,bus=pcie.0,addr=0x1e"))) },
        { .xml = D(PXB PORT SMMU GPU, ARGS(ARG("-S")) "<title>t</title>" SECOND ARGS(ARG("-s"))),
          .one = D(PXB PORT SMMU GPU, ARGS(ARG("-S") ARG("-device") ARG("edu,bus=pcie.0,addr=0x1e") ARG("-s")) "<title>t</title>") },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *one = format(cases[i].one);
        g_autofree char *lowered = lower(cases[i].xml, NULL);
        g_autofree char *lifted = lift(lowered, NULL);
        g_autofree char *again = lower(lowered, NULL);
        g_autofree char *alone = lower(one, NULL);

        g_assert_cmpuint(count(lowered, "commandline>"), ==, 1);
        g_assert_cmpstr(lifted, ==, one);
        g_assert_cmpstr(again, ==, lowered);
        g_assert_cmpstr(alone, ==, lowered);
    }
}


/* Domains that cannot be lowered. */
static const struct {
    const char *name;
    const char *xml;
    const char *message;
} refused[] = {
    { .name = "root-port",
      .xml = D("<controller type='pci' index='2' model='pcie-root-port'><address type='pci' slot='2'/></controller>"
        "<iommu model='smmuv3'><driver pciBus='2' accel='on'/></iommu>", ""),
      .message = "<iommu> in line 1: pciBus='2' is not the root of a PCIe tree; give it the index of a pcie-root or pcie-expander-bus controller" },
    { .name = "nothing", .xml = D("<iommu model='smmuv3'><driver pciBus='7' accel='on'/></iommu>", ""),
      .message = "<iommu> in line 1: pciBus='7' is not the root of a PCIe tree; give it the index of a pcie-root or pcie-expander-bus controller" },
    { .name = "own-bus", .xml = D(PXB PORT SMMU GPU, OVERRIDE("bus")),
      .message = "<qemu:property> in line 1 sets 'bus' of device 'ua-gpu', which is behind a vSMMU and gets it from there; remove it" },
    { .name = "own-iommufd", .xml = D(PXB PORT SMMU GPU, OVERRIDE("iommufd")),
      .message = "<qemu:property> in line 1 sets 'iommufd' of device 'ua-gpu', which is behind a vSMMU and gets it from there; remove it" },
    { .name = "alias-of-another-device",
      .xml = D(PXB PORT "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/><alias name='ua-gpu'/></iommu>" GPU, ""),
      .message = "two devices have the alias 'ua-gpu'; give one of them another" },
    { .name = "alias-of-another-controller",
      .xml = D("<controller type='pci' index='1' model='pcie-expander-bus'><alias name='ua-cmdqv-pci-2'/></controller>" PORT SMMU GPU, ""),
      .message = "PCI controller 1 has the alias 'ua-cmdqv-pci-2', which libvirt-cmdqv gives to PCI controller 2; give it another alias" },
    { .name = "override-that-removes",
      .xml = D(PXB PORT "<iommu model='smmuv3'><driver pciBus='1' accel='on'/><alias name='ua-gpu'/></iommu>",
               "<q:override xmlns:q='" CMDQV_XML_EDIT_QEMU_NAMESPACE "'><q:device alias='ua-gpu'><q:frontend><q:property name='stage' "
               "type='remove'/></q:frontend></q:device></q:override>"),
      .message = "<qemu:property> in line 1 sets no value of 'ua-gpu', which the module gives to QEMU; write it as XML" },
    { .name = "index-twice", .xml = D(PXB PORT PORT SMMU GPU, ""),
      .message = "two PCI controllers have the index 2; give one of them another" },
    { .name = "bus-numbers",
      .xml = D("<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='3'/></controller>" PORT SMMU GPU, ""),
      .message = "the PCI controllers of the domain leave no bus number free for those that take the place of its pcie-expander-bus; use "
        "higher busNr or fewer controllers" },
};


static void
testCarried(void)
{
    g_autofree char *xml = format(D(PXB PORT "<iommu model='smmuv3'><driver pciBus='1' accel='on'/><alias name='ua-gpu'/></iommu>", OVERRIDE("stage")));
    g_autofree char *lowered = lower(xml, NULL);
    g_autofree char *lifted = lift(lowered, NULL);

    g_assert_nonnull(strstr(lowered, "id=ua-gpu,accel=on,stage=x'"));
    g_assert_cmpstr(lifted, ==, xml);
}


/* libvirt sets the properties of each element for a device. */
static void
testCarriedAll(void)
{
    g_autofree char *lowered = lower(D(PXB PORT "<iommu model='smmuv3'><driver pciBus='1' accel='on'/><alias name='ua-gpu'/></iommu>",
                                       OVERRIDE("x-a' type='string' value='1'/><q:property name='x-b") OVERRIDE("stage")), NULL);

    g_assert_nonnull(strstr(lowered, "id=ua-gpu,accel=on,x-a=1,x-b=x,stage=x'"));
}


static void
testRefused(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;

    g_assert_null(lower(refused[i].xml, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID);
    g_assert_cmpstr(error->message, ==, refused[i].message);
}


#define RECORD(rows) "<metadata><c:lowered xmlns:c='" CMDQV_RECORD_NAMESPACE "'>" rows "</c:lowered></metadata>"

/* Records that the module never writes: nothing is lifted by them. */
static const struct {
    const char *name;
    const char *xml;
} forged[] = {
    { .name = "empty", .xml = "<domain>" RECORD("") "<devices/></domain>" },
    { .name = "no-devices", .xml = "<domain>" RECORD("<c:smmu><iommu/></c:smmu><c:bus index='1'/>") "</domain>" },
    { .name = "no-originals",
      .xml = "<domain>" RECORD("<c:smmu/><c:machine/><c:bus/><c:bus index='x'/><c:device/><c:device alias='a'/><other/>")
        "<devices><hostdev><alias name='a'/></hostdev></devices></domain>" },
    { .name = "metadata-of-others",
      .xml = "<domain><metadata><n:a xmlns:n='urn:n'/><c:lowered xmlns:c='" CMDQV_RECORD_NAMESPACE "'/></metadata></domain>" },
    { .name = "numbers-of-nothing",
      .xml = "<domain>" RECORD("<c:bus index='1' number='7' id='pci.1'/>") "<devices><controller model='pcie-root-port'>"
        "<alias name='ua-cmdqv-pci-1'/></controller></devices></domain>" },
    { .name = "shadow-gone",
      .xml = "<domain>" RECORD("<c:bus index='1' number='7' id='pci.1'><controller index='1'/></c:bus>") "<devices/></domain>" },
    { .name = "nested-record", .xml = "<domain>" RECORD("<c:lowered/><c:smmu id='a'><domain/></c:smmu>") "</domain>" },
    { .name = "other-namespace", .xml = "<domain><metadata><lowered>" CMDQV_RECORD_NAMESPACE "</lowered></metadata></domain>" },
    { .name = "of-a-vsmmu", .xml = D(PXB PORT SMMU GPU, RECORD("<c:smmu/>")) },
    { .name = "of-arguments", .xml = D(PXB PORT GPU, ARGS(ARG("-device") ARG("arm-smmuv3,primary-bus=pci.1,id=s,accel=on,cmdqv=on"))
        RECORD("<c:smmu id='s'/>")) },
    { .name = "of-other-arguments", .xml = D(PXB PORT SMMU GPU, ARGS(ARG("-device") ARG("virtio-rng-pci,id=r"))
        "<metadata><c:lowered xmlns:c='" CMDQV_RECORD_NAMESPACE "' arguments='1' iommufd='r'/></metadata>") },
    { .name = "snapshot",
      .xml = "<domainsnapshot><domain>" RECORD("") "</domain><inactiveDomain>" RECORD("") "</inactiveDomain></domainsnapshot>" },
#define QEMU(prefix) " xmlns:" prefix "='" CMDQV_XML_EDIT_QEMU_NAMESPACE "'"
    { .name = "namespace-of-a-child", .xml = "<domain" QEMU("qemu") ">" RECORD("") "<qemu:commandline/></domain>" },
    { .name = "namespace-deeper", .xml = "<domain" QEMU("qemu") ">" RECORD("") "<devices><qemu:arg value='1'/></devices></domain>" },
    { .name = "namespace-of-an-attribute",
      .xml = "<domain" QEMU("qemu") ">" RECORD("") "<devices><disk a='1' qemu:b='2'/></devices></domain>" },
    { .name = "namespace-by-default",
      .xml = "<domain xmlns='" CMDQV_XML_EDIT_QEMU_NAMESPACE "'><metadata xmlns=''><c:lowered xmlns:c='" CMDQV_RECORD_NAMESPACE
        "'/></metadata><devices><arg/></devices></domain>" },
};


static void
testForged(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_autofree char *lifted = lift(forged[i].xml, &error);

    g_assert_no_error(error);
    g_assert_null(lifted);
}


/* @text with the first @old in it replaced; it must be there. */
static char *
replaced(const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);

    g_assert_nonnull(at);
    return g_strdup_printf("%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
}


/* Changes that a client or an editor may make in a lowered domain: nothing is lifted then. */
static const struct {
    const char *name;
    const char *old;
    const char *new;
} changed[] = {
    { .name = "smmu-without-cmdqv", .old = "cmdqv=\"on\"", .new = "cmdqv=\"off\"" },
    { .name = "smmu-on-another-bus", .old = "pciBus=\"1\"", .new = "pciBus=\"0\"" },
    { .name = "argument-without-cmdqv", .old = ",cmdqv=on", .new = ",cmdqv=off" },
    { .name = "argument-with-more", .old = ",cmdqv=on", .new = ",cmdqv=on,x-more=1" },
    { .name = "argument-of-its-own", .old = "value='-object'/>",
      .new = "value='-object'/><qemu:arg value='rng-builtin,id=iommufd0'/><qemu:arg value='-object'/>" },
    { .name = "device-not-moved", .old = "name='bus' type='string' value='pci.2'", .new = "name='bus' type='string' value='pci.0'" },
    { .name = "device-not-on-iommufd", .old = "name='iommufd' type='string' value='iommufd0'",
      .new = "name='iommufd' type='string' value='iommufd1'" },
    { .name = "override-gone", .old = "alias='ua-gpu'>", .new = "alias='ua-other'>" },
    { .name = "shadow-elsewhere", .old = "<address type='pci' bus='1'/>", .new = "<address type='pci' bus='0'/>" },
};


static char *
claim(const char *xml)
{
    g_autoptr(GError) error = NULL;
    char *claimed = NULL;

    g_assert_true(cmdqvLiftXMLClaimed(xml, &claimed, &error));
    g_assert_no_error(error);
    return claimed;
}


static void
testChanged(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autofree char *lowered = lower(D(PXB PORT SMMU GPU, ""), NULL);
    g_autofree char *kept = throughLibvirt(lowered);
    g_autofree char *other = replaced(kept, changed[i].old, changed[i].new);
    g_autofree char *asIs = lift(kept, NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *lifted = lift(other, &error);
    g_autofree char *claimed = NULL;

    g_assert_no_error(error);
    g_assert_nonnull(asIs);
    g_assert_null(lifted);
    /* the record is not believed, but judged all the same */
    claimed = claim(other);
    g_assert_nonnull(claimed);
    g_assert_null(claim(kept));
}


/* A true record, and somewhere else in the domain an element or attribute of QEMU's namespace: its declaration is kept. */
static const char *const ofQemu[] = {
    "<os><qemu:a/></os>", "<os><a><b><c/><qemu:d/></b></a></os>", "<os qemu:b='2'/>", "<os><a><b qemu:c='1'/></a></os>", "<qemu:a/>",
    "<os xmlns:x='" CMDQV_XML_EDIT_QEMU_NAMESPACE "'><x:a/><qemu:b x:c='1'/></os>", "<os" QEMU("qemu") "><qemu:a/></os>",
    "<os xmlns='" CMDQV_XML_EDIT_QEMU_NAMESPACE "'><a/><b qemu:c='1'/></os>",
};


static void
testNamespaces(void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(ofQemu); i++) {
        g_autofree char *lowered = lower(D(PXB PORT SMMU GPU, ""), NULL);
        g_autofree char *declared = replaced(lowered, "<domain>", "<domain" QEMU("qemu") ">");
        g_autofree char *more = replaced(declared, "<devices>", "<os/><devices>");
        g_autofree char *other = replaced(more, "<os/>", ofQemu[i]);
        g_autofree char *kept = throughLibvirt(other);
        g_autofree char *lifted = lift(kept, NULL);
        g_autofree char *without = lift(declared, NULL);

        g_assert_nonnull(lifted);
        g_assert_null(strstr(lifted, CMDQV_RECORD_NAMESPACE));
        g_free(format(lifted));
        g_assert_nonnull(without);
        g_assert_null(strstr(without, CMDQV_XML_EDIT_QEMU_NAMESPACE));
    }
}


/* Cut anywhere, and with any byte of the record changed, it is refused or lifts to XML that can be read. */
static void
testDamaged(void)
{
    const char *xml = D(PXB PORT SMMU GPU, "");
    g_autofree char *lowered = lower(xml, NULL);
    g_autoptr(GRand) dice = g_rand_new_with_seed(3);
    guint i;

    for (i = 0; i < 2000; i++) {
        g_autofree char *damaged = g_strdup(lowered);
        g_autofree char *lifted = NULL;
        g_autofree char *again = NULL;
        gint32 at = g_rand_int_range(dice, 0, (gint32)strlen(damaged));

        damaged[at] = (char)g_rand_int_range(dice, chance(dice, 0.2) ? 0 : 32, 127);
        lifted = lift(damaged, NULL);
        if (lifted)
            g_free(format(lifted));
        again = lower(damaged, NULL);
    }
}


/* Slots of pcie.0 are kept free for devices that libvirt will put there, and for nothing else. */
static void
testSlots(void)
{
    static const struct {
        const char *device;
        bool fits;
    } many[] = {
        { .device = "<audio/>", .fits = true },
        { .device = "<serial type='pty'/>", .fits = true },
        { .device = "<interface type='user'/>", .fits = false },
    };
    guint i;
    guint j;

    for (i = 0; i < G_N_ELEMENTS(many); i++) {
        g_autoptr(GString) xml = g_string_new("<domain><devices><controller type='pci' index='0' model='pcie-root'/>" PXB PORT SMMU GPU);
        g_autofree char *lowered = NULL;
        g_autoptr(GError) error = NULL;

        for (j = 0; j < 1000; j++)
            g_string_append(xml, many[i].device);
        g_string_append(xml, "</devices></domain>");
        lowered = lower(xml->str, &error);
        g_assert_cmpint(lowered != NULL, ==, many[i].fits);
        g_assert_cmpstr(error ? error->message : NULL, ==, many[i].fits ? NULL :
                        "the root bus pcie.0 has no slot left for another pxb-pcie beside each pcie-expander-bus of a vSMMU; "
                        "move devices from bus 0 to root ports");
    }
}


/* Numbers that the user's own arguments name, in any form, are taken. */
static void
testOwnNumbers(void)
{
    static const char xml[] = "<domain><devices><controller type='pci' index='0' model='pcie-root'/>" PXB PORT SMMU GPU "</devices>"
        ARGS(ARG("-device") ARG("pcie-root-port,id=a,chassis=255,bus=pcie.0,addr=1e.0") ARG("-device")
             ARG("{&quot;driver&quot;:&quot;pcie-root-port&quot;,&quot;chassis&quot;: 0xfe,&quot;addr&quot;:&quot;0x1d&quot;}") ARG("-device")
             ARG("pxb-pcie,bus_nr=40,addr=,chassis=,chassis=99999999999999999999,addr")) "</domain>";
    g_autofree char *lowered = lower(xml, NULL);
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(lowered, strlen(lowered), NULL, NULL);
    g_autoptr(cmdqvTopology) kept = cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), NULL);
    guint i;

    g_assert_nonnull(strstr(lowered, ",addr=0x1c"));
    g_assert_null(strstr(lowered, ",addr=0x1e\""));
    for (i = 0; i < kept->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(kept->buses, cmdqvBus, i);

        if (bus->model == CMDQV_BUS_ROOT_PORT)
            g_assert_cmpint(bus->chassis, ==, 253);
        if (bus->model == CMDQV_BUS_PCIE_EXPANDER)
            g_assert_cmpint(bus->busNr, <, 40);
    }
}


#define RUNNING(alias) "<domain id='1'><devices><controller type='pci' index='0' model='pcie-root'>" alias "</controller>" PXB PORT SMMU \
    "<hostdev mode='subsystem' type='pci'><driver iommufd='yes'/><source><address domain='9' bus='1'/></source>" \
    "<address type='pci' bus='2'/></hostdev></devices></domain>"

/* As libvirt shows a running domain: its own aliases are back, a given one stays, for QEMU knows the device by it. */
static void
testLive(void)
{
    g_autofree char *lowered = lower(RUNNING("<alias name='pcie.0'/>"), NULL);
    g_autofree char *kept = throughLibvirt(lowered);
    g_autofree char *shown = lift(kept, NULL);

    g_assert_nonnull(strstr(shown, "<alias name='pci.1'/>"));
    g_assert_nonnull(strstr(shown, "<alias name='pci.2'/>"));
    g_assert_nonnull(strstr(shown, "<alias name='iommu0'/>"));
    g_assert_nonnull(strstr(shown, "<alias name='ua-cmdqv-0009-01-00-0'/>"));
    g_assert_null(strstr(shown, "urn:libvirt-cmdqv"));
}


/* As the hook sees one that is about to start. */
static void
testAboutToStart(void)
{
    g_autofree char *lowered = lower(RUNNING(""), NULL);
    g_autofree char *kept = throughLibvirt(lowered);
    g_autofree char *shown = lift(kept, NULL);

    g_assert_null(strstr(shown, "<alias"));
    g_assert_null(strstr(shown, "urn:libvirt-cmdqv"));
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    g_test_add_func("/lower/cases", testCases);
    g_test_add_func("/lower/generated", testGenerated);
    g_test_add_func("/lower/live", testLive);
    g_test_add_func("/lower/about-to-start", testAboutToStart);
    g_test_add_func("/lower/damaged", testDamaged);
    g_test_add_func("/lower/slots", testSlots);
    g_test_add_func("/lower/own-numbers", testOwnNumbers);
    g_test_add_func("/lower/declarations", testDeclarations);
    g_test_add_func("/lower/commandlines", testCommandlines);
    g_test_add_func("/lift/namespaces", testNamespaces);
    g_test_add_func("/lower/carried-override", testCarried);
    g_test_add_func("/lower/carried-overrides", testCarriedAll);
    for (i = 0; i < G_N_ELEMENTS(alike); i++) {
        g_autofree char *path = g_strdup_printf("/lower/alike/%s", alike[i].name);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), testAlike);
    }
    for (i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *path = g_strdup_printf("/lower/refused/%s", refused[i].name);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), testRefused);
    }
    for (i = 0; i < G_N_ELEMENTS(forged); i++) {
        g_autofree char *path = g_strdup_printf("/lift/forged/%s", forged[i].name);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), testForged);
    }
    for (i = 0; i < G_N_ELEMENTS(changed); i++) {
        g_autofree char *path = g_strdup_printf("/lift/changed/%s", changed[i].name);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), testChanged);
    }
    return g_test_run();
}
