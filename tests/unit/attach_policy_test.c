/*
 * attach_policy_test.c: may this device be attached, and at which address
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "test_devices.h"
#include "testutils.h"
#include "conf/domain_xml.h"
#include "conf/xml_read.h"
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
    { .name = "free-port", .devices = BUSES PORT("2", "1", "0"), .device = NEW("5", ""), .index = 2 },
    { .name = "no-port", .devices = BUSES, .device = NEW("5", ""), .index = NONE },
    { .name = "taken", .devices = BUSES PORT("2", "1", "0") HOSTDEV("1", "hostdev0", "2"), .device = NEW("5", ""), .index = NONE },
    { .name = "next-after-taken", .devices = BUSES PORT("2", "1", "0") PORT("3", "1", "1") HOSTDEV("1", "hostdev0", "2"),
      .device = NEW("5", ""), .index = 3 },
    { .name = "lowest-index", .devices = BUSES PORT("7", "1", "0") PORT("3", "1", "1") PORT("5", "1", "2"), .device = NEW("5", ""),
      .index = 3 },
    { .name = "lowest-index-on-another-root", .devices = BUSES PORT("7", "1", "0") PORT("3", "0", "5"), .device = NEW("5", ""),
      .index = 3 },
    { .name = "closed", .devices = BUSES CLOSED("2", "1", "0"), .device = NEW("5", ""), .index = NONE },
    { .name = "next-after-closed", .devices = BUSES CLOSED("2", "1", "0") PORT("3", "1", "1"), .device = NEW("5", ""), .index = 3 },
    { .name = "below-a-closed-one",
      .devices = BUSES CLOSED("2", "1", "0") CONTROLLER("3", "pcie-switch-upstream-port", "pci.3", AT("2", "0"))
        CONTROLLER("4", "pcie-switch-downstream-port", "pci.4", AT("3", "0")), .device = NEW("5", ""), .index = 4 },
    { .name = "switch", .devices = BUSES PORT("2", "1", "0") CONTROLLER("3", "pcie-switch-upstream-port", "pci.3", AT("2", "0"))
        CONTROLLER("4", "pcie-switch-downstream-port", "pci.4", AT("3", "0")), .device = NEW("5", ""), .index = 4 },
    { .name = "upstream-port-alone",
      .devices = BUSES PORT("2", "1", "0") CONTROLLER("3", "pcie-switch-upstream-port", "pci.3", AT("2", "0")),
      .device = NEW("5", ""), .index = NONE },
    { .name = "taken-by-an-emulated-one", .devices = BUSES PORT("2", "1", "0") PORT("3", "1", "1") EMULATED("2"),
      .device = NEW("5", ""), .index = 3 },
    { .name = "emulated-goes-there-too", .devices = BUSES PORT("2", "1", "0") PORT("3", "0", "5"),
      .device = NEW_NET("<model type='virtio'/>"), .index = 2 },
    { .name = "e1000e-is-express", .devices = BUSES PORT("2", "1", "0"), .device = NEW_NET("<model type='e1000e'/>"), .index = 2 },
    { .name = "no-bridge-for-express", .devices = BUSES CONTROLLER("2", "pcie-to-pci-bridge", "pci.2", AT("1", "0")),
      .device = NEW("5", ""), .index = NONE },
    { .name = "e1000-wants-a-bridge",
      .devices = BUSES PORT("2", "1", "0") CONTROLLER("3", "pcie-to-pci-bridge", "pci.3", AT("1", "1")),
      .device = NEW_NET("<model type='e1000'/>"), .index = 3 },
    { .name = "e1000-without-a-bridge", .devices = BUSES PORT("2", "1", "0"), .device = NEW_NET("<model type='e1000'/>"),
      .index = NONE },
    { .name = "bridge-has-room",
      .devices = BUSES CONTROLLER("3", "pcie-to-pci-bridge", "pci.3", AT("1", "1")) "<interface type='user'>"
        ALIAS("net0") AT("3", "1") "</interface>", .device = NEW_NET("<model type='e1000'/>"), .index = 3 },
    { .name = "bridge-below-a-bridge", .devices = BUSES CONTROLLER("3", "pcie-to-pci-bridge", "pci.3", AT("1", "1"))
        CONTROLLER("4", "pci-bridge", "pci.4", AT("3", "1")), .device = NEW_NET("<model type='rtl8139'/>"), .index = 3 },
    { .name = "transitional", .devices = BUSES PORT("2", "1", "0") CONTROLLER("3", "pcie-to-pci-bridge", "pci.3", AT("1", "1")),
      .device = NEW_NET("<model type='virtio-transitional'/>"), .index = 3 },
    { .name = "non-transitional", .devices = BUSES PORT("2", "1", "0") CONTROLLER("3", "pcie-to-pci-bridge", "pci.3", AT("1", "1")),
      .device = NEW_NET("<model type='virtio-non-transitional'/>"), .index = 2 },
    { .name = "given", .devices = BUSES PORT("2", "1", "0") PORT("3", "1", "1"), .device = NEW("5", AT("3", "0")), .index = 3 },
    { .name = "given-though-taken", .devices = BUSES PORT("2", "1", "0") PORT("3", "1", "1") HOSTDEV("1", "hostdev0", "3"),
      .device = NEW("5", AT("3", "0")), .index = 3 },
    { .name = "given-though-closed", .devices = BUSES CLOSED("2", "1", "0") PORT("3", "1", "1"), .device = NEW("5", AT("2", "0")),
      .index = 2 },
    { .name = "given-nowhere", .devices = BUSES PORT("2", "1", "0"), .device = NEW("5", AT("9", "0")), .index = NONE },
    { .name = "address-that-is-none", .devices = BUSES PORT("2", "1", "0"),
      .device = NEW("5", "<address type='pci' bus='0' slot='0'/>"), .index = 2 },
};

/* A device that is to be elsewhere than behind the vSMMU: the running domain, the definition, the index of the controller. */
static const struct {
    const char *name;
    const char *live;
    const char *definition;
    int index;
} elsewhere[] = {
    { .name = "root-complex", .live = BUSES PORT("2", "1", "0") PORT("3", "0", "5") SMMU(ON), .definition = NULL, .index = 3 },
    { .name = "lowest-index", .live = BUSES PORT("2", "1", "0") PORT("5", "0", "5") PORT("4", "0", "6") SMMU(ON),
      .definition = NULL, .index = 4 },
    { .name = "none", .live = BUSES PORT("2", "1", "0") SMMU(ON), .definition = NULL, .index = NONE },
    { .name = "taken", .live = BUSES PORT("2", "1", "0") PORT("3", "0", "5") SMMU(ON) EMULATED("3"), .definition = NULL,
      .index = NONE },
    { .name = "closed", .live = BUSES PORT("2", "1", "0") CLOSED("3", "0", "5") SMMU(ON), .definition = NULL, .index = NONE },
    { .name = "in-both", .live = BUSES PORT("3", "0", "5") SMMU(ON), .definition = BUSES PORT("3", "0", "5") SMMU(ON), .index = 3 },
    { .name = "taken-in-the-definition", .live = BUSES PORT("3", "0", "5") PORT("4", "0", "6") SMMU(ON),
      .definition = BUSES PORT("3", "0", "5") PORT("4", "0", "6") SMMU(ON) EMULATED("3"), .index = 4 },
    { .name = "behind-it-in-the-definition", .live = BUSES PORT("3", "0", "5") SMMU(ON),
      .definition = BUSES PORT("3", "1", "0") SMMU(ON), .index = NONE },
    { .name = "not-in-the-definition", .live = BUSES PORT("3", "0", "5") SMMU(ON), .definition = BUSES SMMU(ON), .index = NONE },
};

#define VFIO(id, bus) "vfio-pci,id=" id ",bus=pci." bus ",iommufd=iommufd0\n"
#define PROCESS(properties) "pxb-pcie,id=pci.1\npcie-root-port,id=pci.2,bus=pci.1\npcie-root-port,id=pci.3,bus=pci.1\n" \
    "pcie-root-port,id=pci.4,bus=pcie.0\narm-smmuv3,id=iommu0,primary-bus=pci.1" properties "\n"
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
#define SHADOW "pcie-root-port,id=ua-cmdqv-pci-2,bus=pcie.0\n"
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
    { .name = "hostdev", .live = LIVE, .process = COLD, .device = NEW("2", AT("3", "0")), .rule = NULL, .refusal = NULL },
    { .name = "hostdev-placed", .live = LIVE, .process = COLD, .device = NEW("2", ""), .rule = NULL, .refusal = NULL },
    { .name = "interface", .live = LIVE, .process = COLD,
      .device = "<interface type='hostdev'>" YES SOURCE("2") AT("3", "0") "</interface>", .rule = NULL, .refusal = NULL },
    { .name = "emulated", .live = LIVE, .process = COLD, .device = NEW_NET(ALIAS("ua-n") AT("3", "0")), .rule = "attach-emulated",
      .refusal = IS_EMULATED("'ua-n'") },
    { .name = "emulated-without-alias", .live = LIVE, .process = COLD, .device = NEW_NET(AT("3", "0")), .rule = "attach-emulated",
      .refusal = IS_EMULATED("'interface'") },
    { .name = "emulated-placed", .live = LIVE, .process = COLD, .device = NEW_NET(""), .rule = "attach-emulated",
      .refusal = IS_EMULATED("'interface'") },
    { .name = "emulated-elsewhere", .live = LIVE, .process = COLD, .device = NEW_NET(AT("4", "0")), .rule = NULL, .refusal = NULL },
    { .name = "emulated-placed-elsewhere", .live = LIVE HOSTDEV("2", "hostdev1", "3"), .process = COLD, .device = NEW_NET(""),
      .rule = NULL, .refusal = NULL },
    { .name = "emulated-behind-a-plain-one", .live = PORTS SMMU(""), .process = PROCESS(""), .device = NEW_NET(AT("3", "0")),
      .rule = NULL, .refusal = NULL },
    { .name = "emulated-behind-cmdqv-off", .live = PORTS SMMU(" accel='on' cmdqv='off'"), .process = PROCESS(",accel=on,cmdqv=off"),
      .device = NEW_NET(AT("3", "0")), .rule = "attach-emulated", .refusal = IS_EMULATED("'interface'") },
    { .name = "disk", .live = LIVE, .process = COLD, .device = "<disk type='file'><target dev='vda' bus='virtio'/></disk>",
      .rule = "attach-emulated", .refusal = IS_EMULATED("'disk'") },
    { .name = "behind-bridge", .live = LIVE CONTROLLER("9", "pcie-to-pci-bridge", "pci.9", AT("3", "0")),
      .process = COLD "pcie-pci-bridge,id=pci.9,bus=pci.3\n", .device = NEW("2", AT("9", "1")), .rule = "attach-behind-bridge",
      .refusal = REFUSED("(host 0009:02:00.0)", "QEMU refuses a host device behind a conventional "
        "PCI bridge there; give it an <address> on a PCIe port") },
    { .name = "iommufd-as-a-child", .live = LIVE, .process = COLD,
      .device = "<hostdev mode='subsystem' type='pci'><driver><iommufd/></driver>" SOURCE("2") AT("3", "0")
        "</hostdev>", .rule = "attach-needs-iommufd",
      .refusal = REFUSED("(host 0009:02:00.0)", "it is not on iommufd; add iommufd='yes' to its <driver> (libvirt ignores an <iommufd> in it)") },
    { .name = "mdev", .live = LIVE, .process = COLD, .device = "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source>"
        "<address uuid='53764d0e-85a0-42b4-af5c-2046b460b1dc'/></source>" AT("3", "0") "</hostdev>", .rule = "attach-needs-iommufd",
      .refusal = NO_IOMMUFD("'hostdev'") },
    { .name = "pooled", .live = LIVE, .process = COLD, .device = POOLED(AT("3", "0")), .rule = "attach-needs-iommufd",
      .refusal = IS_POOLED },
    { .name = "pooled-placed", .live = LIVE, .process = COLD, .device = POOLED(""), .rule = "attach-needs-iommufd",
      .refusal = IS_POOLED },
    { .name = "pooled-elsewhere", .live = LIVE, .process = COLD, .device = POOLED(AT("4", "0")), .rule = NULL, .refusal = NULL },
    { .name = "pooled-ending-libvirt", .live = LIVE WIDE, .process = COLD, .device = ON_VFS(AT("4", "0")),
      .rule = "attach-network-of-hostdevs", .refusal = ENDS },
    { .name = "pooled-ending-libvirt-placed", .live = LIVE WIDE, .process = COLD, .device = ON_VFS(""),
      .rule = "attach-network-of-hostdevs", .refusal = ENDS },
    { .name = "pooled-on-a-plain-network", .live = LIVE WIDE, .process = COLD, .device = POOLED(AT("4", "0")), .rule = NULL,
      .refusal = NULL },
    { .name = "pooled-not-domain-wide", .live = LIVE, .process = COLD, .device = ON_VFS(AT("4", "0")), .rule = NULL, .refusal = NULL },
    { .name = "pooled-on-iommufd", .live = LIVE, .process = COLD, .device = POOLED("<driver iommufd='yes'/>" AT("3", "0")),
      .rule = NULL, .refusal = NULL },
    { .name = "not-iommufd", .live = LIVE, .process = COLD, .device = OLD("2", AT("3", "0")), .rule = "attach-needs-iommufd",
      .refusal = NO_IOMMUFD("(host 0009:02:00.0)") },
    { .name = "not-iommufd-with-alias", .live = LIVE, .process = COLD, .device = OLD("2", ALIAS("ua-g") AT("3", "0")),
      .rule = "attach-needs-iommufd", .refusal = NO_IOMMUFD("'ua-g' (host 0009:02:00.0)") },
    { .name = "not-iommufd-placed", .live = LIVE, .process = COLD, .device = OLD("2", ""), .rule = "attach-needs-iommufd",
      .refusal = NO_IOMMUFD("(host 0009:02:00.0)") },
    { .name = "not-iommufd-elsewhere", .live = LIVE, .process = COLD, .device = OLD("2", AT("4", "0")), .rule = NULL,
      .refusal = NULL },
    { .name = "iommufd-no", .live = LIVE, .process = COLD,
      .device = "<hostdev type='pci'><driver iommufd='no'/>" SOURCE("2") AT("3", "0") "</hostdev>", .rule = "attach-needs-iommufd",
      .refusal = NO_IOMMUFD("(host 0009:02:00.0)") },
    { .name = "without-anchor", .live = PORTS SMMU(ON), .process = PROCESS(ALL_ON), .device = NEW("2", AT("3", "0")),
      .rule = "attach-without-anchor", .refusal = NO_ANCHOR("(host 0009:02:00.0)") },
    { .name = "without-anchor-placed", .live = PORTS SMMU(ON), .process = PROCESS(ALL_ON), .device = NEW("2", ""),
      .rule = "attach-without-anchor", .refusal = NO_ANCHOR("(host 0009:02:00.0)") },
    { .name = "without-anchor-elsewhere", .live = PORTS SMMU(ON), .process = PROCESS(ALL_ON), .device = NEW("2", AT("4", "0")),
      .rule = NULL, .refusal = NULL },
    { .name = "without-anchor-auto", .live = PORTS SMMU(" accel='on'"), .process = PROCESS(",accel=on"),
      .device = NEW("2", AT("3", "0")), .rule = NULL, .refusal = NULL },
    { .name = "without-anchor-off", .live = PORTS SMMU(" accel='on' cmdqv='off'"), .process = PROCESS(",accel=on,cmdqv=off"),
      .device = NEW("2", AT("3", "0")), .rule = NULL, .refusal = NULL },
    { .name = "anchor-was-hot-plugged", .live = PORTS SMMU(ON) HOSTDEV("1", "hostdev0", "2"), .process = PROCESS(ALL_ON),
      .device = NEW("2", AT("3", "0")), .rule = NULL, .refusal = NULL },
    { .name = "anchor-ejected-by-the-guest", .live = PORTS SMMU(ON), .process = COLD, .device = NEW("2", AT("3", "0")),
      .rule = NULL, .refusal = NULL },
    { .name = "process-unknown", .live = LIVE, .process = NULL, .device = NEW("2", AT("3", "0")), .rule = NULL, .refusal = NULL },
    { .name = "process-unknown-emulated", .live = LIVE, .process = NULL, .device = NEW_NET(AT("3", "0")), .rule = "attach-emulated",
      .refusal = IS_EMULATED("'interface'") },
    { .name = "process-unknown-nobody", .live = PORTS SMMU(ON), .process = NULL, .device = NEW("2", AT("3", "0")), .rule = NULL,
      .refusal = NULL },
    { .name = "other-host-smmu", .live = LIVE, .process = COLD, .device = NEW("0x82", AT("3", "0")),
      .rule = "attach-other-host-smmu",
      .refusal = OTHER_SMMU("(host 0009:82:00.0)", "smmu3.b", "'hostdev0' (host 0009:01:00.0)", "smmu3.a") },
    { .name = "other-host-smmu-placed", .live = LIVE, .process = COLD, .device = NEW("0x82", ""), .rule = "attach-other-host-smmu",
      .refusal = OTHER_SMMU("(host 0009:82:00.0)", "smmu3.b", "'hostdev0' (host 0009:01:00.0)", "smmu3.a") },
    { .name = "other-host-smmu-elsewhere", .live = LIVE, .process = COLD, .device = NEW("0x82", AT("4", "0")), .rule = NULL,
      .refusal = NULL },
    { .name = "host-smmu-of-the-device-unknown", .live = LIVE, .process = COLD, .device = NEW("0xf2", AT("3", "0")), .rule = NULL,
      .refusal = NULL },
    { .name = "host-smmu-of-the-anchor-unknown", .live = PORTS SMMU(ON) HOSTDEV("0xf1", "hostdev0", "2"), .process = COLD,
      .device = NEW("0x82", AT("3", "0")), .rule = NULL, .refusal = NULL },
    { .name = "other-host-smmu-of-one-that-may-be-it",
      .live = PORTS SMMU(ON) HOSTDEV("0xf1", "hostdev0", "2") HOSTDEV("0x81", "hostdev1", "3"), .process = NULL,
      .device = NEW("3", AT("2", "0")), .rule = "attach-other-host-smmu",
      .refusal = OTHER_SMMU("(host 0009:03:00.0)", "smmu3.a", "'hostdev1' (host 0009:81:00.0)", "smmu3.b") },
    { .name = "lowered", .live = LIVE, .process = SHADOW COLD, .device = NEW("2", AT("3", "0")), .rule = "attach-lowered",
      .refusal = IS_LOWERED("(host 0009:02:00.0)") },
    { .name = "lowered-elsewhere", .live = LIVE, .process = SHADOW COLD, .device = NEW("2", AT("4", "0")), .rule = NULL,
      .refusal = NULL },
    { .name = "lowered-other-host-smmu", .live = LIVE, .process = SHADOW COLD, .device = NEW("0x82", AT("3", "0")),
      .rule = "attach-other-host-smmu",
      .refusal = OTHER_SMMU("(host 0009:82:00.0)", "smmu3.b", "'hostdev0' (host 0009:01:00.0)", "smmu3.a") },
    { .name = "lowered-without-anchor", .live = PORTS SMMU(ON), .process = SHADOW PROCESS(ALL_ON), .device = NEW("2", AT("3", "0")),
      .rule = "attach-without-anchor", .refusal = NO_ANCHOR("(host 0009:02:00.0)") },
    { .name = "alias-like-ours", .live = LIVE, .process = SHADOW COLD, .device = NEW("2", AT("3", "0")), .rule = NULL,
      .refusal = NULL },
    { .name = "old-libvirt-process-unknown", .live = LIVE, .process = NULL, .device = NEW("2", AT("3", "0")),
      .rule = "attach-lowered", .refusal = IS_LOWERED("(host 0009:02:00.0)") },
    { .name = "old-libvirt-elsewhere", .live = LIVE, .process = NULL, .device = NEW("2", AT("4", "0")), .rule = NULL,
      .refusal = NULL },
    { .name = "usb", .live = LIVE, .process = COLD, .device = "<hostdev mode='subsystem' type='usb'/>", .rule = NULL,
      .refusal = NULL },
    { .name = "disk-on-scsi", .live = LIVE, .process = COLD, .device = DISK("dev='sda' bus='scsi'", ""), .rule = "attach-emulated",
      .refusal = IS_ADDED("disk") },
    { .name = "disk-on-scsi-by-name", .live = LIVE, .process = COLD, .device = DISK("dev='sdb'", ""), .rule = "attach-emulated",
      .refusal = IS_ADDED("disk") },
    { .name = "scsi-hostdev", .live = LIVE, .process = COLD, .device = "<hostdev mode='subsystem' type='scsi'/>",
      .rule = "attach-emulated", .refusal = IS_ADDED("hostdev") },
    { .name = "scsi-there", .live = LIVE SCSI("0", "4"), .process = COLD, .device = DISK("dev='sdg' bus='scsi'", ""), .rule = NULL,
      .refusal = NULL },
    { .name = "scsi-hostdev-there", .live = LIVE SCSI("0", "4"), .process = COLD,
      .device = "<hostdev mode='subsystem' type='scsi'/>", .rule = NULL, .refusal = NULL },
    { .name = "scsi-full", .live = LIVE SCSI("0", "4"), .process = COLD, .device = DISK("dev='sdh' bus='scsi'", ""),
      .rule = "attach-emulated", .refusal = IS_ADDED("disk") },
    { .name = "scsi-second", .live = LIVE SCSI("0", "4"), .process = COLD, .device = DISK("dev='sda' bus='scsi'", DRIVE("1")),
      .rule = "attach-emulated", .refusal = IS_ADDED("disk") },
    { .name = "scsi-first-lacks", .live = LIVE SCSI("1", "4"), .process = COLD, .device = DISK("dev='sda' bus='scsi'", DRIVE("1")),
      .rule = "attach-emulated", .refusal = IS_ADDED("disk") },
    { .name = "scsi-far", .live = LIVE SCSI("0", "4"), .process = COLD, .device = DISK("dev='sdzzzzzz' bus='scsi'", ""),
      .rule = "attach-emulated", .refusal = IS_ADDED("disk") },
    { .name = "scsi-elsewhere", .live = LIVE HOSTDEV("2", "hostdev1", "3"), .process = COLD,
      .device = DISK("dev='sda' bus='scsi'", ""), .rule = NULL, .refusal = NULL },
    { .name = "disk-on-usb", .live = LIVE, .process = COLD, .device = DISK("dev='sda' bus='usb'", ""), .rule = NULL, .refusal = NULL },
    { .name = "no-smmu-there", .live = PORTS, .process = "pxb-pcie,id=pci.1\npcie-root-port,id=pci.3,bus=pci.1\n",
      .device = NEW_NET(AT("3", "0")), .rule = NULL, .refusal = NULL },
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
    g_autoptr(xmlDoc) device = cmdqvXMLReadParse(places[i].device, strlen(places[i].device), NULL, NULL);
    const cmdqvBus *bus;
    int endpoint = NONE;

    g_assert_true(cmdqvDomainXMLAddDevice(after, xmlDocGetRootElement(device), &endpoint, &error));
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
    static const char xml[] = NEW_NET("");
    g_autoptr(xmlDoc) device = cmdqvXMLReadParse(xml, strlen(xml), NULL, NULL);
    g_autoptr(GError) error = NULL;
    int endpoint = NONE;

    g_assert_true(cmdqvDomainXMLAddDevice(after, xmlDocGetRootElement(device), &endpoint, &error));
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
    g_autoptr(xmlDoc) device = cmdqvXMLReadParse(cases[i].device, strlen(cases[i].device), NULL, NULL);
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
    g_assert_true(cmdqvDomainXMLAddDevice(after, xmlDocGetRootElement(device), &endpoint, &error));
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
