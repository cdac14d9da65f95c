/*
 * attach_policy_test.c: may this device be attached, and at which address
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "test_devices.h"
#include "testutils.h"
#include "conf/domain_xml.h"
#include "policy/attach_policy.h"
#include "policy/rule_table.h"
#include "qemu/anchor.h"

#define NONE CMDQV_NONE
#define ALIAS(name) "<alias name='" name "'/>"
#define CONTROLLER(index, model, alias, rest) \
    "<controller type='pci' index='" index "' model='" model "'>" ALIAS(alias) rest "</controller>"
#define AT(bus, slot) "<address type='pci' bus='" bus "' slot='" slot "'/>"
#define PORT(index, bus, slot) CONTROLLER(index, "pcie-root-port", "pci." index, AT(bus, slot))
#define OFF "<target hotplug='off'/>"
#define CLOSED(index, bus, slot) CONTROLLER(index, "pcie-root-port", "pci." index, OFF AT(bus, slot))
#define BUSES CONTROLLER("0", "pcie-root", "pcie.0", "") CONTROLLER("1", "pcie-expander-bus", "pci.1", AT("0", "1"))
#define SMMU(attributes) "<iommu model='smmuv3'><driver pciBus='1'" attributes "/>" ALIAS("iommu0") "</iommu>"
#define ON " accel='on' cmdqv='on'"
#define SOURCE(host) "<source><address type='pci' domain='9' bus='" host "'/></source>"
#define YES "<driver iommufd='yes'/>"
#define HOSTDEV(host, alias, bus) "<hostdev mode='subsystem' type='pci'>" YES SOURCE(host) ALIAS(alias) AT(bus, "0") "</hostdev>"
#define EMULATED(bus) "<interface type='user'>" ALIAS("net0") AT(bus, "0") "</interface>"

#define NEW(host, rest) "<hostdev mode='subsystem' type='pci'>" YES SOURCE(host) rest "</hostdev>"
#define NEW_NET(rest) "<interface type='user'>" rest "</interface>"

/* <devices>, a device without an address, and the index of the controller that it is put on. */
static const struct {
    const char *name;
    const char *devices;
    const char *device;
    int index;
} places[] = {
    { "free-port", BUSES PORT("2", "1", "0"), NEW("5", ""), 2 },
    { "no-port", BUSES, NEW("5", ""), NONE },
    { "taken", BUSES PORT("2", "1", "0") HOSTDEV("1", "hostdev0", "2"), NEW("5", ""), NONE },
    { "next-after-taken", BUSES PORT("2", "1", "0") PORT("3", "1", "1") HOSTDEV("1", "hostdev0", "2"), NEW("5", ""), 3 },
    { "lowest-index", BUSES PORT("7", "1", "0") PORT("3", "1", "1") PORT("5", "1", "2"), NEW("5", ""), 3 },
    { "lowest-index-on-another-root", BUSES PORT("7", "1", "0") PORT("3", "0", "5"), NEW("5", ""), 3 },
    { "closed", BUSES CLOSED("2", "1", "0"), NEW("5", ""), NONE },
    { "next-after-closed", BUSES CLOSED("2", "1", "0") PORT("3", "1", "1"), NEW("5", ""), 3 },
    { "below-a-closed-one", BUSES CLOSED("2", "1", "0") CONTROLLER("3", "pcie-switch-upstream-port", "pci.3", AT("2", "0"))
      CONTROLLER("4", "pcie-switch-downstream-port", "pci.4", AT("3", "0")), NEW("5", ""), 4 },
    { "switch", BUSES PORT("2", "1", "0") CONTROLLER("3", "pcie-switch-upstream-port", "pci.3", AT("2", "0"))
      CONTROLLER("4", "pcie-switch-downstream-port", "pci.4", AT("3", "0")), NEW("5", ""), 4 },
    { "upstream-port-alone", BUSES PORT("2", "1", "0") CONTROLLER("3", "pcie-switch-upstream-port", "pci.3", AT("2", "0")),
      NEW("5", ""), NONE },
    { "taken-by-an-emulated-one", BUSES PORT("2", "1", "0") PORT("3", "1", "1") EMULATED("2"), NEW("5", ""), 3 },
    { "emulated-goes-there-too", BUSES PORT("2", "1", "0") PORT("3", "0", "5"), NEW_NET("<model type='virtio'/>"), 2 },
    { "e1000e-is-express", BUSES PORT("2", "1", "0"), NEW_NET("<model type='e1000e'/>"), 2 },
    { "no-bridge-for-express", BUSES CONTROLLER("2", "pcie-to-pci-bridge", "pci.2", AT("1", "0")), NEW("5", ""), NONE },
    { "e1000-wants-a-bridge", BUSES PORT("2", "1", "0") CONTROLLER("3", "pcie-to-pci-bridge", "pci.3", AT("1", "1")),
      NEW_NET("<model type='e1000'/>"), 3 },
    { "e1000-without-a-bridge", BUSES PORT("2", "1", "0"), NEW_NET("<model type='e1000'/>"), NONE },
    { "bridge-has-room", BUSES CONTROLLER("3", "pcie-to-pci-bridge", "pci.3", AT("1", "1")) "<interface type='user'>"
      ALIAS("net0") AT("3", "1") "</interface>", NEW_NET("<model type='e1000'/>"), 3 },
    { "bridge-below-a-bridge", BUSES CONTROLLER("3", "pcie-to-pci-bridge", "pci.3", AT("1", "1"))
      CONTROLLER("4", "pci-bridge", "pci.4", AT("3", "1")), NEW_NET("<model type='rtl8139'/>"), 3 },
    { "transitional", BUSES PORT("2", "1", "0") CONTROLLER("3", "pcie-to-pci-bridge", "pci.3", AT("1", "1")),
      NEW_NET("<model type='virtio-transitional'/>"), 3 },
    { "non-transitional", BUSES PORT("2", "1", "0") CONTROLLER("3", "pcie-to-pci-bridge", "pci.3", AT("1", "1")),
      NEW_NET("<model type='virtio-non-transitional'/>"), 2 },
    { "given", BUSES PORT("2", "1", "0") PORT("3", "1", "1"), NEW("5", AT("3", "0")), 3 },
    { "given-though-taken", BUSES PORT("2", "1", "0") PORT("3", "1", "1") HOSTDEV("1", "hostdev0", "3"), NEW("5", AT("3", "0")), 3 },
    { "given-though-closed", BUSES CLOSED("2", "1", "0") PORT("3", "1", "1"), NEW("5", AT("2", "0")), 2 },
    { "given-nowhere", BUSES PORT("2", "1", "0"), NEW("5", AT("9", "0")), NONE },
    { "address-that-is-none", BUSES PORT("2", "1", "0"), NEW("5", "<address type='pci' bus='0' slot='0'/>"), 2 },
};

/* A device that is to be elsewhere than behind the vSMMU: the running domain, the definition, the index of the controller. */
static const struct {
    const char *name;
    const char *live;
    const char *definition;
    int index;
} elsewhere[] = {
    { "root-complex", BUSES PORT("2", "1", "0") PORT("3", "0", "5") SMMU(ON), NULL, 3 },
    { "lowest-index", BUSES PORT("2", "1", "0") PORT("5", "0", "5") PORT("4", "0", "6") SMMU(ON), NULL, 4 },
    { "none", BUSES PORT("2", "1", "0") SMMU(ON), NULL, NONE },
    { "taken", BUSES PORT("2", "1", "0") PORT("3", "0", "5") SMMU(ON) EMULATED("3"), NULL, NONE },
    { "closed", BUSES PORT("2", "1", "0") CLOSED("3", "0", "5") SMMU(ON), NULL, NONE },
    { "in-both", BUSES PORT("3", "0", "5") SMMU(ON), BUSES PORT("3", "0", "5") SMMU(ON), 3 },
    { "taken-in-the-definition", BUSES PORT("3", "0", "5") PORT("4", "0", "6") SMMU(ON),
      BUSES PORT("3", "0", "5") PORT("4", "0", "6") SMMU(ON) EMULATED("3"), 4 },
    { "behind-it-in-the-definition", BUSES PORT("3", "0", "5") SMMU(ON), BUSES PORT("3", "1", "0") SMMU(ON), NONE },
    { "not-in-the-definition", BUSES PORT("3", "0", "5") SMMU(ON), BUSES SMMU(ON), NONE },
};

#define VFIO(id, bus) "vfio-pci,id=" id ",bus=pci." bus ",iommufd=iommufd0\n"
#define PROCESS(properties) "pxb-pcie,id=pci.1\npcie-root-port,id=pci.2,bus=pci.1\npcie-root-port,id=pci.3,bus=pci.1\n" \
    "pcie-root-port,id=pci.4\narm-smmuv3,id=iommu0,primary-bus=pci.1" properties "\n"
#define ALL_ON ",accel=on,cmdqv=on"
#define PORTS BUSES PORT("2", "1", "0") PORT("3", "1", "1") PORT("4", "0", "5")
#define LIVE PORTS SMMU(ON) HOSTDEV("1", "hostdev0", "2")
#define COLD PROCESS(ALL_ON) VFIO("hostdev0", "2")

#define BEHIND "vSMMU 'iommu0' on bus 'pci.1'"
#define REFUSED(device, why) "cannot attach device " device " to running domain 'g1' behind " BEHIND ": " why
#define IS_EMULATED(device) REFUSED(device, "an emulated device cannot be behind an accelerated SMMU; give it an <address> on " \
    "another PCIe root")
#define IS_ADDED(device) REFUSED("'controller' that libvirt adds for <" device ">", "an emulated device cannot be behind an " \
    "accelerated SMMU; attach it first, with an <address> on another PCIe root")
#define SCSI(index, bus) "<controller type='scsi' index='" index "' model='virtio-scsi'>" ALIAS("ua-s" index) AT(bus, "0") "</controller>"
#define DISK(target, rest) "<disk type='file'><target " target "/>" rest "</disk>"
#define DRIVE(controller) "<address type='drive' controller='" controller "'/>"
#define POOLED(rest) "<interface type='network'><source network='n'/>" rest "</interface>"
#define IS_POOLED REFUSED("'interface'", "the device that a network gives is not on iommufd; attach an <interface type='hostdev'> " \
    "with <driver name='vfio' iommufd='yes'/>, or give it an <address> on another PCIe root")
#define WIDE "</devices><iommufd enabled='yes'/><devices>"
#define ON_VFS(rest) "<interface type='network'><source network='vfs'/>" rest "</interface>"
#define ENDS "cannot attach device 'interface' to running domain 'g1': network 'vfs' gives it a host device, and this libvirt " \
    "crashes when it opens one in a domain with <iommufd enabled='yes'/>; attach an <interface type='hostdev'>"
#define NO_IOMMUFD(device) REFUSED(device, "it is not on iommufd; add iommufd='yes' to its <driver>")
#define NO_ANCHOR(device) REFUSED(device, "cmdqv='on' had no hostdev to anchor it when the domain started, so its guest booted " \
    "without CMDQV; add the device to the definition and start the domain again")
#define OTHER_SMMU(device, its, anchor, anchors) REFUSED(device, "it is behind host SMMU '" its "', and the anchor " anchor \
    " behind '" anchors "'; attach it behind a vSMMU for its own host SMMU")
#define SHADOW "pcie-root-port,id=ua-cmdqv-pci-2\n"
#define IS_LOWERED(device) REFUSED(device, "this libvirt does not know the SMMU, which the module gives to QEMU itself, and would " \
    "attach the device on another bus and not on iommufd; add the device to the definition and start the domain again, or use " \
    "libvirt 12.7.0 or newer")
#define OLD(host, rest) "<hostdev mode='subsystem' type='pci'>" SOURCE(host) rest "</hostdev>"

/* <devices> of the running domain, its process (NULL: unknown), the new device, and the refusal with its rule. */
static const struct {
    const char *name;
    const char *live;
    const char *process;
    const char *device;
    const char *rule;
    const char *refusal;
} cases[] = {
    { "hostdev", LIVE, COLD, NEW("2", AT("3", "0")), NULL, NULL },
    { "hostdev-placed", LIVE, COLD, NEW("2", ""), NULL, NULL },
    { "interface", LIVE, COLD, "<interface type='hostdev'>" YES SOURCE("2") AT("3", "0") "</interface>", NULL, NULL },
    { "emulated", LIVE, COLD, NEW_NET(ALIAS("ua-n") AT("3", "0")), "attach-emulated", IS_EMULATED("'ua-n'") },
    { "emulated-without-alias", LIVE, COLD, NEW_NET(AT("3", "0")), "attach-emulated", IS_EMULATED("'interface'") },
    { "emulated-placed", LIVE, COLD, NEW_NET(""), "attach-emulated", IS_EMULATED("'interface'") },
    { "emulated-elsewhere", LIVE, COLD, NEW_NET(AT("4", "0")), NULL, NULL },
    { "emulated-placed-elsewhere", LIVE HOSTDEV("2", "hostdev1", "3"), COLD, NEW_NET(""), NULL, NULL },
    { "emulated-behind-a-plain-one", PORTS SMMU("") , PROCESS(""), NEW_NET(AT("3", "0")), NULL, NULL },
    { "emulated-behind-cmdqv-off", PORTS SMMU(" accel='on' cmdqv='off'"), PROCESS(",accel=on,cmdqv=off"), NEW_NET(AT("3", "0")),
      "attach-emulated", IS_EMULATED("'interface'") },
    { "disk", LIVE, COLD, "<disk type='file'><target dev='vda' bus='virtio'/></disk>", "attach-emulated", IS_EMULATED("'disk'") },
    { "behind-bridge", LIVE CONTROLLER("9", "pcie-to-pci-bridge", "pci.9", AT("3", "0")), COLD "pcie-pci-bridge,id=pci.9,bus=pci.3\n",
      NEW("2", AT("9", "1")), "attach-behind-bridge", REFUSED("(host 0009:02:00.0)", "QEMU refuses a host device behind a conventional "
      "PCI bridge there; give it an <address> on a PCIe port") },
    { "iommufd-as-a-child", LIVE, COLD, "<hostdev mode='subsystem' type='pci'><driver><iommufd/></driver>" SOURCE("2") AT("3", "0")
      "</hostdev>", "attach-needs-iommufd",
      REFUSED("(host 0009:02:00.0)", "it is not on iommufd; add iommufd='yes' to its <driver> (libvirt ignores an <iommufd> in it)") },
    { "mdev", LIVE, COLD, "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source>"
      "<address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source>" AT("3", "0") "</hostdev>", "attach-needs-iommufd",
      NO_IOMMUFD("'hostdev'") },
    { "pooled", LIVE, COLD, POOLED(AT("3", "0")), "attach-needs-iommufd", IS_POOLED },
    { "pooled-placed", LIVE, COLD, POOLED(""), "attach-needs-iommufd", IS_POOLED },
    { "pooled-elsewhere", LIVE, COLD, POOLED(AT("4", "0")), NULL, NULL },
    { "pooled-ending-libvirt", LIVE WIDE, COLD, ON_VFS(AT("4", "0")), "attach-network-of-hostdevs", ENDS },
    { "pooled-ending-libvirt-placed", LIVE WIDE, COLD, ON_VFS(""), "attach-network-of-hostdevs", ENDS },
    { "pooled-on-a-plain-network", LIVE WIDE, COLD, POOLED(AT("4", "0")), NULL, NULL },
    { "pooled-not-domain-wide", LIVE, COLD, ON_VFS(AT("4", "0")), NULL, NULL },
    { "pooled-on-iommufd", LIVE, COLD, POOLED("<driver iommufd='yes'/>" AT("3", "0")), NULL, NULL },
    { "not-iommufd", LIVE, COLD, OLD("2", AT("3", "0")), "attach-needs-iommufd", NO_IOMMUFD("(host 0009:02:00.0)") },
    { "not-iommufd-with-alias", LIVE, COLD, OLD("2", ALIAS("ua-g") AT("3", "0")), "attach-needs-iommufd",
      NO_IOMMUFD("'ua-g' (host 0009:02:00.0)") },
    { "not-iommufd-placed", LIVE, COLD, OLD("2", ""), "attach-needs-iommufd", NO_IOMMUFD("(host 0009:02:00.0)") },
    { "not-iommufd-elsewhere", LIVE, COLD, OLD("2", AT("4", "0")), NULL, NULL },
    { "iommufd-no", LIVE, COLD, "<hostdev type='pci'><driver iommufd='no'/>" SOURCE("2") AT("3", "0") "</hostdev>",
      "attach-needs-iommufd", NO_IOMMUFD("(host 0009:02:00.0)") },
    { "without-anchor", PORTS SMMU(ON), PROCESS(ALL_ON), NEW("2", AT("3", "0")), "attach-without-anchor",
      NO_ANCHOR("(host 0009:02:00.0)") },
    { "without-anchor-placed", PORTS SMMU(ON), PROCESS(ALL_ON), NEW("2", ""), "attach-without-anchor",
      NO_ANCHOR("(host 0009:02:00.0)") },
    { "without-anchor-elsewhere", PORTS SMMU(ON), PROCESS(ALL_ON), NEW("2", AT("4", "0")), NULL, NULL },
    { "without-anchor-auto", PORTS SMMU(" accel='on'"), PROCESS(",accel=on"), NEW("2", AT("3", "0")), NULL, NULL },
    { "without-anchor-off", PORTS SMMU(" accel='on' cmdqv='off'"), PROCESS(",accel=on,cmdqv=off"), NEW("2", AT("3", "0")), NULL,
      NULL },
    { "anchor-was-hot-plugged", PORTS SMMU(ON) HOSTDEV("1", "hostdev0", "2"), PROCESS(ALL_ON), NEW("2", AT("3", "0")), NULL, NULL },
    { "anchor-ejected-by-the-guest", PORTS SMMU(ON), COLD, NEW("2", AT("3", "0")), NULL, NULL },
    { "process-unknown", LIVE, NULL, NEW("2", AT("3", "0")), NULL, NULL },
    { "process-unknown-emulated", LIVE, NULL, NEW_NET(AT("3", "0")), "attach-emulated", IS_EMULATED("'interface'") },
    { "process-unknown-nobody", PORTS SMMU(ON), NULL, NEW("2", AT("3", "0")), NULL, NULL },
    { "other-host-smmu", LIVE, COLD, NEW("0x82", AT("3", "0")), "attach-other-host-smmu",
      OTHER_SMMU("(host 0009:82:00.0)", "smmu3.b", "'hostdev0' (host 0009:01:00.0)", "smmu3.a") },
    { "other-host-smmu-placed", LIVE, COLD, NEW("0x82", ""), "attach-other-host-smmu",
      OTHER_SMMU("(host 0009:82:00.0)", "smmu3.b", "'hostdev0' (host 0009:01:00.0)", "smmu3.a") },
    { "other-host-smmu-elsewhere", LIVE, COLD, NEW("0x82", AT("4", "0")), NULL, NULL },
    { "host-smmu-of-the-device-unknown", LIVE, COLD, NEW("0xf2", AT("3", "0")), NULL, NULL },
    { "host-smmu-of-the-anchor-unknown", PORTS SMMU(ON) HOSTDEV("0xf1", "hostdev0", "2"), COLD, NEW("0x82", AT("3", "0")), NULL,
      NULL },
    { "other-host-smmu-of-one-that-may-be-it", PORTS SMMU(ON) HOSTDEV("0xf1", "hostdev0", "2") HOSTDEV("0x81", "hostdev1", "3"),
      NULL, NEW("3", AT("2", "0")), "attach-other-host-smmu",
      OTHER_SMMU("(host 0009:03:00.0)", "smmu3.a", "'hostdev1' (host 0009:81:00.0)", "smmu3.b") },
    { "lowered", LIVE, SHADOW COLD, NEW("2", AT("3", "0")), "attach-lowered", IS_LOWERED("(host 0009:02:00.0)") },
    { "lowered-elsewhere", LIVE, SHADOW COLD, NEW("2", AT("4", "0")), NULL, NULL },
    { "lowered-other-host-smmu", LIVE, SHADOW COLD, NEW("0x82", AT("3", "0")), "attach-other-host-smmu",
      OTHER_SMMU("(host 0009:82:00.0)", "smmu3.b", "'hostdev0' (host 0009:01:00.0)", "smmu3.a") },
    { "lowered-without-anchor", PORTS SMMU(ON), SHADOW PROCESS(ALL_ON), NEW("2", AT("3", "0")), "attach-without-anchor",
      NO_ANCHOR("(host 0009:02:00.0)") },
    { "alias-like-ours", LIVE, SHADOW COLD, NEW("2", AT("3", "0")), NULL, NULL },
    { "old-libvirt-process-unknown", LIVE, NULL, NEW("2", AT("3", "0")), "attach-lowered", IS_LOWERED("(host 0009:02:00.0)") },
    { "old-libvirt-elsewhere", LIVE, NULL, NEW("2", AT("4", "0")), NULL, NULL },
    { "usb", LIVE, COLD, "<hostdev mode='subsystem' type='usb'/>", NULL, NULL },
    { "disk-on-scsi", LIVE, COLD, DISK("dev='sda' bus='scsi'", ""), "attach-emulated", IS_ADDED("disk") },
    { "disk-on-scsi-by-name", LIVE, COLD, DISK("dev='sdb'", ""), "attach-emulated", IS_ADDED("disk") },
    { "scsi-hostdev", LIVE, COLD, "<hostdev mode='subsystem' type='scsi'/>", "attach-emulated", IS_ADDED("hostdev") },
    { "scsi-there", LIVE SCSI("0", "4"), COLD, DISK("dev='sdg' bus='scsi'", ""), NULL, NULL },
    { "scsi-hostdev-there", LIVE SCSI("0", "4"), COLD, "<hostdev mode='subsystem' type='scsi'/>", NULL, NULL },
    { "scsi-full", LIVE SCSI("0", "4"), COLD, DISK("dev='sdh' bus='scsi'", ""), "attach-emulated", IS_ADDED("disk") },
    { "scsi-second", LIVE SCSI("0", "4"), COLD, DISK("dev='sda' bus='scsi'", DRIVE("1")), "attach-emulated", IS_ADDED("disk") },
    { "scsi-first-lacks", LIVE SCSI("1", "4"), COLD, DISK("dev='sda' bus='scsi'", DRIVE("1")), "attach-emulated", IS_ADDED("disk") },
    { "scsi-far", LIVE SCSI("0", "4"), COLD, DISK("dev='sdzzzzzz' bus='scsi'", ""), "attach-emulated", IS_ADDED("disk") },
    { "scsi-elsewhere", LIVE HOSTDEV("2", "hostdev1", "3"), COLD, DISK("dev='sda' bus='scsi'", ""), NULL, NULL },
    { "disk-on-usb", LIVE, COLD, DISK("dev='sda' bus='usb'", ""), NULL, NULL },
    { "no-smmu-there", PORTS, "pxb-pcie,id=pci.1\npcie-root-port,id=pci.3,bus=pci.1\n", NEW_NET(AT("3", "0")), NULL, NULL },
};


/* Devices on bus 0x80 and above are behind another SMMU; for 0xf0 and above the SMMU is unknown. */
static char *
cmdqvTestHostSmmu(const char *device, gpointer data)
{
    guint *asked = data;
    char bus = device[strlen("0009:")];

    (*asked)++;
    return bus == 'f' ? NULL : g_strdup(bus == '8' ? "smmu3.b" : "smmu3.a");
}


static void
cmdqvTestPlace(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(cmdqvTopology) after = cmdqvTestDomain(places[i].devices);
    g_autoptr(GError) error = NULL;
    const cmdqvBus *bus;
    int endpoint = NONE;

    g_assert_true(cmdqvDomainXMLAddDevice(after, places[i].device, strlen(places[i].device), &endpoint, &error));
    g_assert_no_error(error);
    g_assert_cmpint(endpoint, !=, NONE);
    bus = cmdqvTopologyGetBus(after, cmdqvAttachPolicyPlace(after, (guint)endpoint));
    g_assert_cmpint(bus ? bus->index : NONE, ==, places[i].index);
}


static void
cmdqvTestElsewhere(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(cmdqvTopology) after = cmdqvTestDomain(elsewhere[i].live);
    g_autoptr(cmdqvTopology) definition = elsewhere[i].definition ? cmdqvTestDomain(elsewhere[i].definition) : NULL;
    const char *device = NEW_NET("");
    g_autoptr(GError) error = NULL;
    int endpoint = NONE;

    g_assert_true(cmdqvDomainXMLAddDevice(after, device, strlen(device), &endpoint, &error));
    g_assert_no_error(error);
    g_assert_cmpint(cmdqvAttachPolicyElsewhere(after, (guint)endpoint, definition), ==, elsewhere[i].index);
}


static bool
cmdqvTestNetwork(const char *name, gpointer data G_GNUC_UNUSED)
{
    return strcmp(name, "vfs") == 0;
}


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_auto(cmdqvRunningDomain) live = { NULL, NULL, 0, NULL };
    g_autoptr(cmdqvTopology) after = NULL;
    g_autoptr(cmdqvVerdict) verdict = NULL;
    g_autoptr(GError) error = NULL;
    guint asked = 0;
    const cmdqvRuleContext context = { .hostSmmu = cmdqvTestHostSmmu, .data = &asked, .network = cmdqvTestNetwork,
        .ownVersion = 12008000 };
    int endpoint;

    live.topology = cmdqvTestDomain(cases[i].live);
    live.topology->lowered = g_str_has_prefix(cases[i].name, "old-libvirt") || g_str_has_prefix(cases[i].name, "lowered");
    live.process = cases[i].process ? cmdqvTestProcess(cases[i].process) : NULL;
    live.anchors = cmdqvAnchorTrackLive(live.topology, live.process, live.process ? NULL : "why", true);
    after = cmdqvTopologyCopy(live.topology);
    g_assert_true(cmdqvDomainXMLAddDevice(after, cases[i].device, strlen(cases[i].device), &endpoint, &error));
    g_assert_no_error(error);

    if (endpoint != NONE)
        verdict = cmdqvAttachPolicyLive("g1", &live, after, (guint)endpoint, &context);
    g_assert_cmpstr(verdict ? verdict->message : NULL, ==, cases[i].refusal);
    g_assert_cmpstr(verdict ? verdict->rule : NULL, ==, cases[i].rule);
    g_assert_true(!verdict || cmdqvRuleTableIsFixed(cmdqvRuleTableFind(verdict->rule)));
    if (!verdict)
        return;
    g_assert_cmpstr(verdict->smmu, ==, strcmp(verdict->rule, "attach-network-of-hostdevs") == 0 ? NULL : BEHIND);
    g_assert_nonnull(strstr(verdict->message, verdict->device));
    g_assert_null(strstr(verdict->message, "not found"));
    g_assert_null(strstr(verdict->message, "already in the process of unplug"));
    g_assert_true((asked > 0) == (strcmp(verdict->rule, "attach-other-host-smmu") == 0 || strcmp(verdict->rule, "attach-lowered") == 0));
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path = g_strconcat("/attach/place/", places[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestPlace);
    }
    for (i = 0; i < G_N_ELEMENTS(elsewhere); i++) {
        g_autofree char *path = g_strconcat("/attach/elsewhere/", elsewhere[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestElsewhere);
    }
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/attach/live/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    return g_test_run();
}
