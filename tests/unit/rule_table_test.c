/*
 * rule_table_test.c: is this definition valid, and if not, in which words
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whole domains with all their addresses are in argv_write_test.
 */

#include <string.h>

#include "testutils.h"
#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "policy/rule_table.h"
#include "qemu/argv_read.h"

#define MACHINE "<os firmware='efi'/><features><acpi/></features><memoryBacking><hugepages/></memoryBacking>"
#define BUSES \
    "<controller type='pci' index='0' model='pcie-root'/>\n" \
    "<controller type='pci' index='1' model='pcie-expander-bus'/>\n" \
    "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='1'/></controller>\n" \
    "<controller type='pci' index='3' model='pcie-root-port'><address type='pci' bus='0' slot='1'/></controller>\n"
#define ROOTS(first, second) \
    "<controller type='pci' index='0' model='pcie-root'/>\n" \
    "<controller type='pci' index='1' model='pcie-expander-bus'><target" first "/></controller>\n" \
    "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='1'/></controller>\n" \
    "<controller type='pci' index='3' model='pcie-root-port'><address type='pci' bus='1' slot='1'/></controller>\n" \
    "<controller type='pci' index='4' model='pcie-root-port'><address type='pci' bus='0' slot='1'/></controller>\n" \
    "<controller type='pci' index='5' model='pcie-expander-bus'><target" second "/></controller>\n"
#define BRIDGE "<controller type='pci' index='6' model='pcie-to-pci-bridge'><address type='pci' bus='2'/></controller>\n"
#define SMMU(attributes) "<iommu model='smmuv3'><driver " attributes "/></iommu>\n"
#define CMDQV SMMU("pciBus='1' accel='on' cmdqv='on'")
#define HOSTDEV(bus) "<hostdev type='pci'><driver iommufd='yes'/><source><address bus='1'/></source>" \
    "<address type='pci' bus='" bus "'/></hostdev>\n"

#define NO_ANCHOR_BUT(line, bus, hint, advice) "cmdqv-needs-anchor " line " <iommu> in line " line ": cmdqv='on' needs a " \
    "cold-plugged PCI hostdev with iommufd='yes' behind bus '" bus "' to anchor its command queues, and there is none" hint "; " \
    advice ", or remove this SMMU\n"
#define NO_ANCHOR(line, bus, hint) NO_ANCHOR_BUT(line, bus, hint, "place one there")
#define LACKS_IOMMUFD(element, line, more) NO_ANCHOR_BUT("5", "pci.1", " (<" element "> in line " line " does not count: on bus " \
    "'pci.2' it lacks iommufd='yes'" more ")", "add iommufd='yes' to the <" element "> in line " line ", on its <driver>")
#define POOLED(line, bus) "accel-endpoint-iommufd " line " <interface> in line " line ": a device behind an accelerated SMMU must be " \
    "on iommufd, and the one that a network gives this interface, on bus '" bus "', is not; change it to an <interface " \
    "type='hostdev'> with <driver name='vfio' iommufd='yes'/>, or give it an <address> on another PCIe root\n"
#define NO_ACCEL(line) "cmdqv-needs-accel " line " <iommu> in line " line ": cmdqv='on' needs an accelerated SMMU; set accel='on' in " \
    "the same <driver>\n"

#define PLAIN_BUT(line, bus, advice) "plain-smmu-vfio " line " <hostdev> in line " line ": a host device cannot be behind an SMMU " \
    "that is not accelerated, and this one is, on bus '" bus "'; " advice "\n"
#define PLAIN(line, bus) PLAIN_BUT(line, bus, "add accel='on' to the <driver> of the <iommu>, or give the device an <address> on " \
    "another PCIe root")
#define MACHINE_WIDE(line, bus) PLAIN_BUT(line, bus, "remove the <iommu>, or run 'virt-cmdqv layout', which puts the device behind " \
    "an accelerated one")
#define AUTO "accel-auto-needs-anchor 5 <iommu> in line 5: with accel='on' QEMU reads a property that is not set here (ats) from a " \
    "cold-plugged PCI hostdev with iommufd='yes' behind bus 'pci.1', and there is none; place one there, or set all of ats, ril, " \
    "ssidsize and oas\n"
#define FOREIGN(line, name) "unknown-attribute " line " <iommu> in line " line ": libvirt silently drops " name "; " \
    "remove it, or write it as an attribute of <driver>, as libvirt spells it (pciBus, accel, cmdqv)\n"
#define DROPPED(line, name) "attribute-is-dropped " line " <iommu> in line " line ": libvirt silently drops " name "; " \
    "remove it, or write it as an attribute of <driver>, as libvirt spells it (ats, ril, ssidsize, oas)\n"
#define WITHOUT_ACCEL(line, names) "smmu-property-needs-accel " line " <iommu> in line " line ": " names " cannot be set for an SMMU " \
    "that is not accelerated; set accel='on' in the same <driver>, or remove " names "\n"
#define BAD(line, what) "smmu-property-range " line " <iommu> in line " line ": " what "; write one of them, or leave it out\n"
#define NEGATIVE(what) "smmu-property-range 5 <iommu> in line 5: " what " is negative, and libvirt silently drops it; write a number " \
    "of bits that QEMU knows, or leave it out\n"
#define BAD_SWITCH(line, what) "bad-value " line " <driver> in line " line ": " what " is neither 'yes' nor 'no'; write one of " \
    "them, or leave it out\n"
#define BAD_NUMBER(line, element, what) "bad-value " line " <" element "> in line " line ": " what "; write one\n"
#define NO_NUMBER(line, value) "smmu-needs-root " line " <iommu> in line " line ": pciBus='" value "' is no decimal number; give pciBus " \
    "the index of a pcie-root or pcie-expander-bus controller\n"

/* The content of <devices>, line 1 being its first, and all findings: rule, line, message. */
static const struct {
    const char *name;
    const char *devices;
    const char *expected;
} cases[] = {
    { .name = "sound", .devices = BUSES CMDQV HOSTDEV("2"), .expected = "" },
    { .name = "numbers-to-255", .devices = ROOTS(" busNr='253'", " busNr='251'") CMDQV HOSTDEV("2"), .expected = "" },
    { .name = "numbers-past-255", .devices = ROOTS(" busNr='254'", " busNr='0xf0'") CMDQV HOSTDEV("2"),
      .expected = "last-root-needs-bus-numbers 2 <controller> in line 2: with busNr 254 its own bus and the 2 behind it need the numbers 254 to "
        "256, but 255 is the last number: the guest's firmware gives up PCI, and the guest does not boot; write <target busNr='253'/> in "
        "it, or a lower number\n" },
    { .name = "numbers-chosen", .devices = ROOTS("", "") CMDQV HOSTDEV("2"),
      .expected = "last-root-needs-bus-numbers 2 <controller> in line 2: with busNr 254, which libvirt chooses, its own bus and the 2 behind it "
        "need the numbers 254 to 256, but 255 is the last number: the guest's firmware gives up PCI, and the guest does not boot; write "
        "<target busNr='253'/> in it, or a lower number\n" },
    { .name = "numbers-overlap", .devices = ROOTS(" busNr='4'", " busNr='6'") CMDQV HOSTDEV("2"),
      .expected = "root-wants-bus-numbers 2 <controller> in line 2: with busNr 4 its own bus and the 2 behind it need the numbers 4 to 6, but bus "
        "'pci.5' has number 6: the guest does not see the devices on the last of these buses, and its firmware may give up PCI; write "
        "<target busNr='3'/> in it, or a lower number\n" },
    { .name = "numbers-consecutive", .devices = ROOTS(" busNr='1'", " busNr='2'") CMDQV HOSTDEV("2"),
      .expected = "root-wants-bus-numbers 1 <controller> in line 1: with busNr 0 its own bus and the 1 behind it need the numbers 0 to 1, but bus "
        "'pci.1' has number 1: the guest does not see the devices on the last of these buses, and its firmware may give up PCI; give bus "
        "'pci.1' busNr='2', bus 'pci.5' busNr='5'\n"
        "root-wants-bus-numbers 2 <controller> in line 2: with busNr 1 its own bus and the 2 behind it need the numbers 1 to 3, but bus "
        "'pci.5' has number 2: the guest does not see the devices on the last of these buses, and its firmware may give up PCI; give bus "
        "'pci.5' busNr='5' or a higher number\n" },
    { .name = "numbers-as-advised", .devices = ROOTS(" busNr='2'", " busNr='5'") CMDQV HOSTDEV("2"), .expected = "" },
    { .name = "numbers-twice", .devices = ROOTS(" busNr='254'", " busNr='254'") CMDQV HOSTDEV("2"),
      .expected = "root-needs-own-bus-number 6 <controller> in line 6: bus 'pci.1' has busNr 254 too, and QEMU refuses a number twice; write "
        "<target busNr='252'/> in it\n"
        "last-root-needs-bus-numbers 2 <controller> in line 2: with busNr 254 its own bus and the 2 behind it need the numbers 254 to "
        "256, but 255 is the last number: the guest's firmware gives up PCI, and the guest does not boot; write <target busNr='253'/> in "
        "it, or a lower number\n" },
    { .name = "numbers-twice-and-full", .devices = ROOTS(" busNr='2'", " busNr='2'") CMDQV HOSTDEV("2"),
      .expected = "root-needs-own-bus-number 6 <controller> in line 6: bus 'pci.1' has busNr 2 too, and QEMU refuses a number twice; give it "
        "another number\n" },
    { .name = "numbers-as-advised-twice", .devices = ROOTS(" busNr='253'", " busNr='252'") CMDQV HOSTDEV("2"), .expected = "" },
    { .name = "numbers-out-of-range", .devices = ROOTS(" busNr='0'", " busNr='255'") CMDQV HOSTDEV("2"),
      .expected = "root-needs-own-bus-number 2 <controller> in line 2: libvirt refuses busNr 0, because it is not from 1 to 254; write <target "
        "busNr='252'/> in it\n"
        "root-needs-own-bus-number 6 <controller> in line 6: libvirt refuses busNr 255, because it is not from 1 to 254; write <target "
        "busNr='254'/> in it\n" },
    { .name = "numbers-twice-plain", .devices = ROOTS(" busNr='200'", " busNr='200'") SMMU("pciBus='1'"), .expected = "" },
    { .name = "numbers-past-255-plain", .devices = ROOTS(" busNr='254'", " busNr='2'") SMMU("pciBus='1'"), .expected = "" },
    { .name = "nobody", .devices = BUSES CMDQV, .expected = NO_ANCHOR("5", "pci.1", "") },
    { .name = "wrong-root", .devices = BUSES CMDQV HOSTDEV("3"),
      .expected = NO_ANCHOR("5", "pci.1", " (<hostdev> in line 6 does not count: it is on bus 'pci.3', not behind this SMMU)") },
    { .name = "without-iommufd", .devices = BUSES CMDQV "\n<hostdev type='pci'><address type='pci' bus='2'/></hostdev>",
      .expected = LACKS_IOMMUFD("hostdev", "7", "") },
    { .name = "iommufd-as-a-child",
      .devices = BUSES CMDQV "<hostdev type='pci'><driver><iommufd/></driver><address type='pci' bus='2'/></hostdev>",
      .expected = LACKS_IOMMUFD("hostdev", "6", ", and libvirt ignores the <iommufd> in its <driver>") },
    { .name = "without-iommufd-and-elsewhere",
      .devices = BUSES CMDQV HOSTDEV("3") "<hostdev type='pci'><address type='pci' bus='2'/></hostdev>",
      .expected = LACKS_IOMMUFD("hostdev", "7", "") },
    { .name = "interface-without-iommufd",
      .devices = BUSES CMDQV "<interface type='hostdev'><driver iommufd='no'/><address type='pci' bus='2'/>"
        "</interface>", .expected = LACKS_IOMMUFD("interface", "6", "") },
    { .name = "mediated", .devices = BUSES CMDQV "<hostdev mode='subsystem' type='mdev'><address type='pci' bus='2'/></hostdev>",
      .expected = NO_ANCHOR("5", "pci.1", " (<hostdev> in line 6 does not count: on bus 'pci.2' it is a mediated device)") },
    { .name = "held-back",
      .devices = BUSES CMDQV "<hostdev type='pci'><driver iommufd='yes'/><teaming type='transient'/><address type='pci' "
        "bus='2'/></hostdev>",
      .expected = NO_ANCHOR("5", "pci.1", " (<hostdev> in line 6 does not count: on bus 'pci.2' it is for failover "
        "(<teaming type='transient'>), and QEMU creates it later)") },
    { .name = "no-accel", .devices = BUSES SMMU("pciBus='1' cmdqv='on'") HOSTDEV("2"), .expected = NO_ACCEL("5") },
    { .name = "no-accel-and-nobody", .devices = BUSES SMMU("pciBus='1' cmdqv='on' accel='off'"),
      .expected = NO_ACCEL("5") NO_ANCHOR("5", "pci.1", "") },
    { .name = "machine-wide", .devices = BUSES SMMU("accel='on' cmdqv='on'") HOSTDEV("2"),
      .expected = "accel-needs-bus 5 <iommu> in line 5: cmdqv='on' without pciBus creates the machine-wide SMMU, which has no CMDQV; add "
        "pciBus='N' with the index of a pcie-root or pcie-expander-bus controller\n" },
    { .name = "no-such-bus", .devices = BUSES SMMU("pciBus='7' accel='on' cmdqv='on'") HOSTDEV("2"),
      .expected = "smmu-needs-root 5 <iommu> in line 5: pciBus='7' is the index of no PCI controller of the domain; give pciBus "
        "the index of a pcie-root or pcie-expander-bus controller\n" },
    { .name = "busnr-for-index", .devices = BUSES SMMU("pciBus='254' accel='on' cmdqv='on'") HOSTDEV("2"),
      .expected = "smmu-needs-root 5 <iommu> in line 5: pciBus='254' is the index of no PCI controller of the domain; write pciBus='1', "
        "the index of the controller with busNr 254\n" },
    { .name = "busnr-for-index-of-a-port",
      .devices = ROOTS(" busNr='3'", " busNr='9'") SMMU("pciBus='3' accel='on' cmdqv='on'") HOSTDEV("2"),
      .expected = "smmu-needs-root 7 <iommu> in line 7: bus 'pci.3' is a pcie-root-port and not the root of a PCIe tree; write pciBus='1', "
        "the index of the controller with busNr 3\n" },
    { .name = "hostdev-on-bridge", .devices = ROOTS(" busNr='32'", " busNr='64'") BRIDGE CMDQV HOSTDEV("6"),
      .expected = "accel-endpoint-bridge 9 <hostdev> in line 9: a host device cannot be behind a conventional PCI bridge that is behind an SMMU, "
        "and this one is on bus 'pci.6'; move it to a PCIe port\n" },
    { .name = "emulated-on-bridge",
      .devices = ROOTS(" busNr='32'", " busNr='64'") BRIDGE CMDQV "<rng model='virtio'><address type='pci' bus='6' slot='1'/></rng>"
        "<hostdev type='pci'><driver iommufd='yes'/><source><address bus='1'/></source><address type='pci' bus='1' slot='9'/></hostdev>",
      .expected = "accel-endpoint-emulated 9 <rng> in line 9: an emulated device cannot be behind an accelerated SMMU, and this one is on bus "
        "'pci.6': behind a conventional bridge QEMU starts it, but does not get the guest's invalidations, so the device uses stale "
        "mappings; give it an <address> on another PCIe root\n" },
    { .name = "root-port", .devices = BUSES SMMU("pciBus='2' accel='on' cmdqv='on'") HOSTDEV("2"),
      .expected = "smmu-needs-root 5 <iommu> in line 5: bus 'pci.2' is a pcie-root-port and not the root of a PCIe tree; write pciBus='1', "
        "the index of the root above it\n" },
    { .name = "virtio-before", .devices = BUSES "<iommu model='virtio'/>\n" CMDQV HOSTDEV("2"),
      .expected = "smmu-mixed-scope 6 <iommu> in line 6: QEMU does not start with this SMMU and the <iommu model='virtio'> in line 5; remove "
        "one of them\n" },
    { .name = "virtio-behind-it",
      .devices = BUSES CMDQV HOSTDEV("2") "<iommu model='virtio'><address type='pci' bus='0' slot='9'/></iommu>", .expected = "" },
    { .name = "virtio-behind-a-machine-wide-one", .devices = BUSES SMMU("") "<iommu model='virtio'/>",
      .expected = "smmu-mixed-scope 5 <iommu> in line 5: QEMU does not start with this SMMU and the <iommu model='virtio'> in line 6; remove "
        "one of them\n" },
    { .name = "virtio-before-a-machine-wide-one", .devices = BUSES "<iommu model='virtio'/>" SMMU(""), .expected = "" },
    { .name = "virtio-on-an-accelerated-root", .devices = BUSES SMMU("pciBus='0' accel='on' cmdqv='on'") HOSTDEV("3")
        "<iommu model='virtio'><address type='pci' bus='0' slot='9'/></iommu>",
      .expected = "accel-endpoint-emulated 7 <iommu> in line 7: an emulated device cannot be behind an accelerated SMMU, and this one is on "
        "bus 'pcie.0'; give it an <address> on another PCIe root\n" },
    { .name = "second-on-the-bus", .devices = BUSES CMDQV CMDQV HOSTDEV("2"),
      .expected = "smmu-needs-own-root 6 <iommu> in line 6: bus 'pci.1' has an SMMU already; remove this one, or give it a pcie-expander-bus of "
        "its own\n" },
    { .name = "plain-before-it", .devices = BUSES SMMU("pciBus='1'") CMDQV HOSTDEV("2"),
      .expected = "smmu-needs-own-root 6 <iommu> in line 6: bus 'pci.1' has an SMMU already; remove this one, or give it a pcie-expander-bus of "
        "its own\n" PLAIN("7", "pci.2") },
    { .name = "two-plain-ones", .devices = BUSES SMMU("pciBus='1'") SMMU("pciBus='1'"),
      .expected = "smmu-needs-own-root 6 <iommu> in line 6: bus 'pci.1' has an SMMU already; remove this one, or give it a pcie-expander-bus of "
        "its own\n" },
    { .name = "plain", .devices = BUSES SMMU("pciBus='1'") HOSTDEV("2"), .expected = PLAIN("6", "pci.2") },
    { .name = "plain-and-elsewhere", .devices = BUSES SMMU("pciBus='1'") HOSTDEV("3"), .expected = "" },
    { .name = "machine-wide-plain", .devices = BUSES SMMU("") HOSTDEV("3"), .expected = MACHINE_WIDE("6", "pci.3") },
    { .name = "machine-wide-and-another-root", .devices = BUSES SMMU("") HOSTDEV("2"), .expected = MACHINE_WIDE("6", "pci.2") },
    { .name = "accel-without-bus", .devices = BUSES SMMU("accel='on'"),
      .expected = "accel-needs-bus 5 <iommu> in line 5: accel='on' without pciBus creates the machine-wide SMMU, which is not accelerated; add "
        "pciBus='N' with the index of a pcie-root or pcie-expander-bus controller\n" },
    { .name = "mixed", .devices = BUSES SMMU("") CMDQV HOSTDEV("2"),
      .expected = "smmu-mixed-scope 5 <iommu> in line 5: a machine-wide SMMU and one with pciBus cannot be in one domain; give this one a "
        "pciBus too, or remove it\n" },
    { .name = "attribute-of-kubevirt", .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='on' ssidSize='20'") HOSTDEV("2"),
      .expected = DROPPED("5", "the attribute 'ssidSize' of <driver>") },
    { .name = "attributes-of-downstream",
      .devices = BUSES SMMU("pciBus='1' accel='on' tegra241-cmdqv='on' pasid='on'") HOSTDEV("2"),
      .expected = FOREIGN("5", "the attribute 'tegra241-cmdqv' of <driver>") DROPPED("5", "the attribute 'pasid' of <driver>") },
    { .name = "pcibus-misspelt", .devices = BUSES SMMU("pcibus='1' pci-bus='1' pciBux='1' pciBu='1' pciBsu='1' pciBusss='1'"),
      .expected = FOREIGN("5", "the attribute 'pcibus' of <driver>") FOREIGN("5", "the attribute 'pci-bus' of <driver>")
        FOREIGN("5", "the attribute 'pciBux' of <driver>")
        FOREIGN("5", "the attribute 'pciBu' of <driver>") FOREIGN("5", "the attribute 'pciBsu' of <driver>")
        DROPPED("5", "the attribute 'pciBusss' of <driver>") },
    { .name = "attributes-misspelt-too",
      .devices = BUSES SMMU("pciBus='1' accel='on' cmdQV='on' cmqdv='on' cmdvq='on' cmd='on' acel='on' accelerated='on' "
        "primary-bus='pci.1' ats2='on' ac='on'") HOSTDEV("2"),
      .expected = FOREIGN("5", "the attribute 'cmdQV' of <driver>") FOREIGN("5", "the attribute 'cmqdv' of <driver>")
        FOREIGN("5", "the attribute 'cmdvq' of <driver>")
        FOREIGN("5", "the attribute 'acel' of <driver>") FOREIGN("5", "the attribute 'accelerated' of <driver>")
        FOREIGN("5", "the attribute 'primary-bus' of <driver>")
        DROPPED("5", "the attribute 'cmd' of <driver>") DROPPED("5", "the attribute 'ats2' of <driver>")
        DROPPED("5", "the attribute 'ac' of <driver>") },
    { .name = "attributes-of-the-wrong-element",
      .devices = BUSES "<iommu model='smmuv3' cmdqv='on' hitless='on'><driver pciBus='1' accel='on' "
        "parentIdx='1'/></iommu>" HOSTDEV("2"), .expected = FOREIGN("5", "the attribute 'cmdqv' of <iommu>")
        DROPPED("5", "the attribute 'hitless' of <iommu>")
        DROPPED("5", "the attribute 'parentIdx' of <driver>") },
    { .name = "elements-in-place-of-attributes",
      .devices = BUSES "<iommu model='smmuv3'><accel/><driver pciBus='1' accel='on'><cmdqv>on</cmdqv><x:accel xmlns:x='u'/></driver>"
        "<alias name='ua-s'/><hitless/></iommu>" HOSTDEV("2"),
      .expected = FOREIGN("5", "the element <accel> in <iommu>") FOREIGN("5", "the element <cmdqv> in <driver>")
        DROPPED("5", "the element <hitless> in <iommu>") },
    { .name = "attribute-of-tomorrow", .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='on' hitless='on'") HOSTDEV("2"),
      .expected = DROPPED("5", "the attribute 'hitless' of <driver>") },
    { .name = "emulated", .devices = BUSES CMDQV HOSTDEV("2") "<disk><address type='pci' bus='2' slot='1'/></disk>",
      .expected = "accel-endpoint-emulated 7 <disk> in line 7: an emulated device cannot be behind an accelerated SMMU, and this one is on "
        "bus 'pci.2'; give it an <address> on another PCIe root\n" },
    { .name = "emulated-elsewhere", .devices = BUSES CMDQV HOSTDEV("2") "<disk><address type='pci' bus='3'/></disk>", .expected = "" },
    { .name = "emulated-behind-a-plain-one", .devices = BUSES SMMU("pciBus='1'") "<disk><address type='pci' bus='2'/></disk>",
      .expected = "" },
    { .name = "second-without-iommufd",
      .devices = BUSES CMDQV HOSTDEV("2") "<hostdev type='pci'><address type='pci' bus='2' slot='1'/></hostdev>",
      .expected = "accel-endpoint-iommufd 7 <hostdev> in line 7: a device behind an accelerated SMMU must be on iommufd, and this one, on bus "
        "'pci.2', is not; add iommufd='yes' to its <driver>\n" },
    { .name = "second-mediated",
      .devices = BUSES CMDQV HOSTDEV("2") "<hostdev mode='subsystem' type='mdev'><address type='pci' bus='2' slot='1'/>"
        "</hostdev>",
      .expected = "accel-endpoint-iommufd 7 <hostdev> in line 7: a mediated device cannot be behind an accelerated SMMU, and this one is on "
        "bus 'pci.2'; give it an <address> on another PCIe root\n" },
    { .name = "ranges",
      .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='on' ats='yes' ril='auto' ssidsize='21' oas='45'") HOSTDEV("2"),
      .expected = BAD("5", "ats='yes' is neither 'on' nor 'off'") BAD("5", "ril='auto' is neither 'on' nor 'off'")
        "smmu-property-range 5 <iommu> in line 5: ssidsize='21' is not a number of bits from 0 to 20; write one, or "
        "leave it out\n"
        "smmu-property-range 5 <iommu> in line 5: oas='45' is neither '44' nor '48', the only sizes that QEMU has; "
        "write one of them, or leave it out\n" },
    { .name = "ends-of-ranges",
      .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='on' ats='off' ril='on' ssidsize='20' oas='48'") HOSTDEV("2"),
      .expected = "" },
    { .name = "property-without-accel", .devices = BUSES SMMU("pciBus='1' ssidsize='4'"), .expected = WITHOUT_ACCEL("5", "ssidsize") },
    { .name = "properties-of-a-plain-one", .devices = BUSES SMMU("pciBus='1' ats='off' ril='on' ssidsize='0' oas='44'"),
      .expected = WITHOUT_ACCEL("5", "ats, ril, ssidsize, oas") },
    { .name = "cmdqv-off-of-a-plain-one", .devices = BUSES SMMU("pciBus='1' accel='off' cmdqv='off'"),
      .expected = WITHOUT_ACCEL("5", "cmdqv") },
    { .name = "words-of-libvirt-only",
      .devices = BUSES SMMU("pciBus='1' accel='yes' cmdqv='auto' ats='auto' ssidsize='auto' oas='auto'") HOSTDEV("2"),
      .expected = BAD("5", "accel='yes' is neither 'on' nor 'off'") BAD("5", "cmdqv='auto' is neither 'on' nor 'off'")
        BAD("5", "ats='auto' is neither 'on' nor 'off'")
        "smmu-property-range 5 <iommu> in line 5: ssidsize='auto' is not a number of bits from 0 to 20; write one, or "
        "leave it out\n"
        "smmu-property-range 5 <iommu> in line 5: oas='auto' is neither '44' nor '48', the only sizes that QEMU has; "
        "write one of them, or leave it out\n" },
    { .name = "bus-by-its-name", .devices = BUSES SMMU("pciBus='pci.1' accel='on' cmdqv='on'") HOSTDEV("2"),
      .expected = NO_NUMBER("5", "pci.1") },
    { .name = "bus-empty", .devices = BUSES SMMU("pciBus='' accel='on' cmdqv='1'") HOSTDEV("2"),
      .expected = NO_NUMBER("5", "") BAD("5", "cmdqv='1' is neither 'on' nor 'off'") },
    { .name = "numbers-as-libvirt-reads-them",
      .devices = BUSES SMMU("pciBus='+01' accel='on' cmdqv='on' ssidsize=' 020' oas='+048'") HOSTDEV("2"), .expected = "" },
    { .name = "mediated-behind-a-plain-one",
      .devices = BUSES SMMU("pciBus='1'") "<hostdev mode='subsystem' type='mdev'><address type='pci' bus='2'/>"
        "</hostdev>",
      .expected = "plain-smmu-vfio 6 <hostdev> in line 6: a mediated device cannot be behind an SMMU, and this one is, on bus "
        "'pci.2'; give it an <address> on another PCIe root\n" },
    { .name = "negative-numbers", .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='on' ssidsize='-1' oas=' -44'") HOSTDEV("2"),
      .expected = NEGATIVE("ssidsize='-1'") NEGATIVE("oas=' -44'") },
    { .name = "off", .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='off'"), .expected = AUTO },
    { .name = "off-with-device", .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='off'") HOSTDEV("2"), .expected = "" },
    { .name = "off-all-given", .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='off' ats='on' ril='on' ssidsize='0' oas='44'"),
      .expected = "" },
    { .name = "absent", .devices = BUSES SMMU("pciBus='1' accel='on' ats='on' ril='on' ssidsize='0' oas='44'"), .expected = "" },
    { .name = "nothing", .devices = "", .expected = "" },
    { .name = "address-to-come", .devices = BUSES CMDQV "<hostdev type='pci'><driver iommufd='yes'/></hostdev>", .expected = "" },
    { .name = "address-to-come-without-iommufd", .devices = BUSES CMDQV "<hostdev type='pci'/>",
      .expected = NO_ANCHOR("5", "pci.1", " (<hostdev> in line 6 does not count: it has no address behind this SMMU and "
        "lacks iommufd='yes')") },
    /* QEMU is not given it, so that it anchors nothing */
    { .name = "unassigned",
      .devices = BUSES CMDQV "<hostdev type='pci'><driver iommufd='yes'/><address type='unassigned'/></hostdev>",
      .expected = NO_ANCHOR("5", "pci.1", "") },
    { .name = "unassigned-beside-anchor",
      .devices = BUSES CMDQV "<hostdev type='pci'><driver iommufd='yes'/><address type='unassigned'/></hostdev>\n"
        HOSTDEV("2"), .expected = "" },
    { .name = "vhost",
      .devices = BUSES CMDQV HOSTDEV("2") "<hostdev type='scsi_host'><address type='pci' bus='2' slot='1'/></hostdev>",
      .expected = "accel-endpoint-emulated 7 <hostdev> in line 7: an emulated device cannot be behind an accelerated SMMU, and this one is on "
        "bus 'pci.2'; give it an <address> on another PCIe root\n" },
    { .name = "vhost-elsewhere",
      .devices = BUSES CMDQV HOSTDEV("2") "<hostdev type='scsi_host'><address type='pci' bus='3'/></hostdev>", .expected = "" },
    { .name = "network", .devices = BUSES CMDQV "<interface type='network'><address type='pci' bus='2'/></interface>",
      .expected = NO_ANCHOR("5", "pci.1", " (<interface> in line 6 does not count: a device that a network gives is not on iommufd)") },
    { .name = "network-beside-anchor",
      .devices = BUSES CMDQV HOSTDEV("2") "<interface type='network'><address type='pci' bus='2' slot='1'/></interface>",
      .expected = POOLED("7", "pci.2") },
    { .name = "network-without-cmdqv", .devices = BUSES SMMU("pciBus='1' accel='on' ats='on' ril='on' ssidsize='0' oas='44'")
        "<interface type='network'><address type='pci' bus='2'/></interface>", .expected = POOLED("6", "pci.2") },
    { .name = "network-and-iommufd",
      .devices = BUSES CMDQV "<interface type='network'><driver iommufd='yes'/><address type='pci' bus='2'/></interface>",
      .expected = "" },
    { .name = "network-transient",
      .devices = BUSES CMDQV HOSTDEV("2") "<interface type='network'><teaming type='transient' persistent='ua-n'/>"
        "<address type='pci' bus='2' slot='1'/></interface>", .expected = "" },
    /* the intended value is unknown, and nothing is made of that */
    { .name = "bad-iommufd",
      .devices = BUSES CMDQV "<hostdev type='pci'><driver iommufd='on'/><address type='pci' bus='2'/></hostdev>",
      .expected = BAD_SWITCH("6", "iommufd='on'") },
    { .name = "bad-address", .devices = BUSES CMDQV HOSTDEV("two"),
      .expected = BAD_NUMBER("6", "address", "bus='two' is not a number from 0 to 255") },
    { .name = "bad-address-of-emulated", .devices = BUSES CMDQV HOSTDEV("2") "<rng><address type='pci' bus='2' slot='32'/></rng>",
      .expected = BAD_NUMBER("7", "address", "slot='32' is not a number from 0 to 31") },
    { .name = "bad-index", .devices = "<controller type='pci' index='one' model='pcie-expander-bus'/>\n"
        "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='1'/></controller>\n" CMDQV HOSTDEV("2"),
      .expected = BAD_NUMBER("1", "controller", "index='one' is not a decimal number from 0 to 255") },
    { .name = "large-index", .devices = "<controller type='pci' index='1' model='pcie-expander-bus'/>\n"
        "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='1'/></controller>\n"
        "<controller type='pci' index='255' model='pcie-root-port'/>\n<controller type='pci' index='256' model='pcie-root-port'/>\n"
        CMDQV HOSTDEV("2"), .expected = BAD_NUMBER("4", "controller", "index='256' is not a decimal number from 0 to 255") },
    { .name = "bad-index-of-port", .devices = "<controller type='pci' index='1' model='pcie-expander-bus'/>\n"
        "<controller type='pci' index='0x2' model='pcie-root-port'><address type='pci' bus='1'/></controller>\n" CMDQV HOSTDEV("2"),
      .expected = BAD_NUMBER("2", "controller", "index='0x2' is not a decimal number from 0 to 255") },
    { .name = "bad-address-of-port", .devices = "<controller type='pci' index='1' model='pcie-expander-bus'/>\n"
        "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='-1'/></controller>\n" CMDQV HOSTDEV("2"),
      .expected = BAD_NUMBER("2", "address", "bus='-1' is not a number from 0 to 255") },
    { .name = "bad-values-and-more", .devices = BUSES CMDQV SMMU("pciBus='1'") "<hostdev type='pci'><driver iommufd='1'/>\n"
        "<source><address function='8'/></source><address type='pci' bus='3'/></hostdev>",
      .expected = BAD_SWITCH("7", "iommufd='1'") BAD_NUMBER("8", "address", "function='8' is not a number from 0 to 7")
        "smmu-needs-own-root 6 <iommu> in line 6: bus 'pci.1' has an SMMU already; remove this one, or give it a pcie-expander-bus of "
        "its own\n"
        NO_ANCHOR("5", "pci.1", " (<hostdev> in line 7 does not count: it is on bus 'pci.3', not behind this SMMU)") },
    { .name = "bad-value-without-smmu", .devices = "<hostdev type='pci'><driver iommufd='on'/></hostdev>",
      .expected = BAD_SWITCH("1", "iommufd='on'") },
    { .name = "network-on-another-root",
      .devices = BUSES CMDQV "<interface type='network'><address type='pci' bus='3'/></interface>",
      .expected = NO_ANCHOR("5", "pci.1", "") },
};


static char *
cmdqvTestFindings(const cmdqvTopology *topology, const cmdqvRuleContext *context)
{
    g_autoptr(GPtrArray) findings = cmdqvRuleTableRun(topology, context, NULL);
    GString *text = g_string_new(NULL);
    guint i;

    for (i = 0; i < findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(findings, i);

        g_assert_true(cmdqvTopologyGetSmmu(topology, finding->smmu) || strcmp(finding->rule->identifier, "bad-value") == 0 ||
                      strcmp(finding->rule->identifier, "arguments-can-be-read") == 0 ||
                      strcmp(finding->rule->identifier, "network-of-hostdevs") == 0 ||
                      strcmp(finding->rule->identifier, CMDQV_RULE_DROPS_IOMMUFD) == 0 ||
                      strcmp(finding->rule->identifier, "root-wants-bus-numbers") == 0 ||
                      strcmp(finding->rule->identifier, "root-needs-own-bus-number") == 0);
        g_string_append_printf(text, "%s %d %s\n", finding->rule->identifier, finding->line, finding->message);
    }
    return g_string_free(text, FALSE);
}


/* Compares the findings @text with row @row of the table @table in this file. */
static void
cmdqvTestExpect(const char *table, guint row, const char *text, const char *expected)
{
    if (strcmp(text, expected) != 0)
        g_test_message("tests/unit/rule_table_test.c: the rules find something else in row %u of '%s'; if that is right, write it there, or in "
                       "the macros that the row uses", row, table);
    g_assert_cmpstr(text, ==, expected);
}


static cmdqvTopology *
cmdqvTestDomain(const char *devices)
{
    g_autofree char *xml = g_strdup_printf("<domain type='kvm'><name>g1</name>" MACHINE "<devices>%s<memballoon model='none'/></devices></domain>", devices);
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), "domain", &error);

    g_assert_no_error(error);
    return cmdqvDomainXMLReadWhole(xmlDocGetRootElement(doc));
}


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(cmdqvTopology) topology = cmdqvTestDomain(cases[i].devices);
    g_autofree char *text = cmdqvTestFindings(topology, NULL);

    cmdqvTestExpect("cases", i, text, cases[i].expected);
}


/* The text around <devices>, and facts that the text does not have: the host, and the version of libvirt. */
#define SOUND BUSES CMDQV HOSTDEV("2")
#define TWO BUSES CMDQV HOSTDEV("2") "<hostdev type='pci'><driver iommufd='yes'/><source><address bus='2'/></source><address " \
    "type='pci' bus='2' slot='1'/></hostdev>\n"
#define SPREAD BUSES CMDQV HOSTDEV("2") SMMU("pciBus='0' accel='on'") HOSTDEV("3")
#define NOVA MACHINE "<metadata><n:instance xmlns:n='http://openstack.org/xmlns/libvirt/nova/1.1'/></metadata>"
#define SPREAD_PORT BUSES CMDQV HOSTDEV("2") SMMU("pciBus='0' accel='on'") "<interface type='hostdev'><driver name='vfio' iommufd='yes'/>" \
    "<source><address type='pci' bus='1'/></source><address type='pci' bus='3'/></interface>\n"
#define SPREAD_WORDS " it is behind host SMMU 'smmu-of-bus-01', which another vSMMU of the domain represents already; put the devices of " \
    "one host SMMU behind one vSMMU\n"

static const struct {
    const char *name;
    const char *type;
    const char *machine;
    const char *devices;
    bool host;
    unsigned long version;
    const char *expected;
} machines[] = {
    { .name = "qemu", .type = "qemu", .machine = MACHINE, .devices = SOUND, .host = false, .version = 0,
      .expected = "accel-needs-kvm 5 <iommu> in line 5: accel='on' needs KVM, and the domain is of type 'qemu'; make it "
        "<domain type='kvm'>\n" },
    { .name = "qemu-plain", .type = "qemu", .machine = MACHINE, .devices = BUSES SMMU("pciBus='1'"), .host = false, .version = 0,
      .expected = "" },
    { .name = "no-acpi", .type = "kvm", .machine = "<os firmware='efi'/><memoryBacking><hugepages/></memoryBacking>",
      .devices = SOUND, .host = false, .version = 0,
      .expected = "accel-needs-acpi 5 <iommu> in line 5: accel='on' needs ACPI, which describes the SMMU to the guest; add <acpi/> to "
        "<features>\n" },
    { .name = "no-firmware", .type = "kvm",
      .machine = "<os/><features><acpi/></features><memoryBacking><hugepages/></memoryBacking>", .devices = SOUND, .host = false,
      .version = 0,
      .expected = "accel-needs-firmware 5 <iommu> in line 5: accel='on' needs firmware: without it the guest gets a device tree and no ACPI; add "
        "firmware='efi' to <os>, or a <loader>\n" },
    { .name = "loader", .type = "kvm",
      .machine = "<os><loader>/f</loader></os><features><acpi/></features><memoryBacking><hugepages/></memoryBacking>",
      .devices = SOUND, .host = false, .version = 0, .expected = "" },
    { .name = "loader-of-no-file", .type = "kvm",
      .machine = "<os><loader readonly='yes'>\n</loader></os><features><acpi/></features><memoryBacking><hugepages/>"
        "</memoryBacking>", .devices = SOUND, .host = false, .version = 0,
      .expected = "accel-needs-firmware 6 <iommu> in line 6: accel='on' needs firmware: without it the guest gets a device tree and no ACPI; add "
        "firmware='efi' to <os>, or a <loader>\n" },
    { .name = "loader-of-kind", .type = "kvm",
      .machine = "<os firmware='efi'><loader secure='no'/></os><features><acpi/></features><memoryBacking><hugepages/>"
        "</memoryBacking>", .devices = SOUND, .host = false, .version = 0, .expected = "" },
    { .name = "no-hugepages", .type = "kvm", .machine = "<os firmware='efi'/><features><acpi/></features>", .devices = SOUND,
      .host = false, .version = 0,
      .expected = "queues-want-hugepages 5 <iommu> in line 5: the host reads the guest's command queues by physical address, so a queue "
        "larger than a page of the host needs contiguous memory; add <memoryBacking><hugepages/></memoryBacking>\n" },
    { .name = "memory-of-a-gpu", .type = "kvm",
      .machine = "<os firmware='efi'/><features><acpi/></features><memoryBacking><source type='file'/></memoryBacking>",
      .devices = SOUND "<memory model='egm'><source><path>/dev/egm4</path></source></memory>", .host = false, .version = 0,
      .expected = "" },
    { .name = "memory-of-a-file", .type = "kvm",
      .machine = "<os firmware='efi'/><features><acpi/></features><memoryBacking><source type='file'/></memoryBacking>",
      .devices = SOUND, .host = false, .version = 0,
      .expected = "queues-want-hugepages 5 <iommu> in line 5: the host reads the guest's command queues by physical address, so a queue "
        "larger than a page of the host needs contiguous memory; add <memoryBacking><hugepages/></memoryBacking>\n" },
    { .name = "auto", .type = "kvm", .machine = "<os firmware='efi'><type machine='virt-11.1'/></os><features><acpi/></features>",
      .devices = BUSES SMMU("pciBus='1' accel='on'"), .host = false, .version = 0, .expected = AUTO },
    { .name = "auto-newest", .type = "kvm", .machine = "<os firmware='efi'><type machine='virt'/></os><features><acpi/></features>",
      .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='off'"), .host = false, .version = 0, .expected = AUTO },
    { .name = "auto-newest-of-what", .type = "kvm",
      .machine = "<os firmware='efi'><type machine='virt'/></os><features><acpi/></features>",
      .devices = BUSES SMMU("pciBus='1' accel='on'"), .host = false, .version = 0, .expected = "" },
    { .name = "auto-with-device", .type = "kvm",
      .machine = "<os firmware='efi'><type machine='virt-11.1'/></os><features><acpi/></features>",
      .devices = BUSES SMMU("pciBus='1' accel='on'") HOSTDEV("2"), .host = false, .version = 0, .expected = "" },
    { .name = "auto-before-there-was", .type = "kvm",
      .machine = "<os firmware='efi'><type machine='virt-11.0'/></os><features><acpi/></features>",
      .devices = BUSES SMMU("pciBus='1' accel='on'"), .host = false, .version = 0, .expected = "" },
    { .name = "two-host-smmus", .type = "kvm", .machine = MACHINE, .devices = TWO, .host = true, .version = 0,
      .expected = "one-host-smmu 7 <hostdev> in line 7: it is behind host SMMU 'smmu-of-bus-02', and another device behind the same vSMMU is "
        "behind 'smmu-of-bus-01'; give each host SMMU a vSMMU of its own\n" },
    { .name = "host-not-read", .type = "kvm", .machine = MACHINE, .devices = TWO, .host = false, .version = 0, .expected = "" },
    { .name = "spread", .type = "kvm", .machine = MACHINE, .devices = SPREAD, .host = true, .version = 0,
      .expected = "host-smmu-spread 8 <hostdev> in line 8:" SPREAD_WORDS },
    { .name = "spread-of-nova", .type = "kvm", .machine = NOVA, .devices = SPREAD, .host = true, .version = 0,
      .expected = "host-smmu-spread 8 <hostdev> in line 8:" SPREAD_WORDS },
    { .name = "port-apart", .type = "kvm", .machine = MACHINE, .devices = SPREAD_PORT, .host = true, .version = 0,
      .expected = "host-smmu-spread 6 <hostdev> in line 6:" SPREAD_WORDS },
    { .name = "port-of-nova-apart", .type = "kvm", .machine = NOVA, .devices = SPREAD_PORT, .host = true, .version = 0,
      .expected = "" },
    { .name = "old-libvirt", .type = "kvm", .machine = MACHINE, .devices = SOUND, .host = false, .version = 11003000,
      .expected = "libvirt-drops-cmdqv 5 <iommu> in line 5: this libvirt (11.3.0) silently drops cmdqv; use libvirt 12.7.0 and QEMU 11.1, or "
        "newer\n" },
    { .name = "new-libvirt", .type = "kvm", .machine = MACHINE, .devices = SOUND, .host = false, .version = 12007000, .expected = "" },
    { .name = "old-libvirt-without-cmdqv", .type = "kvm", .machine = MACHINE,
      .devices = BUSES SMMU("pciBus='1' accel='on'") HOSTDEV("2"), .host = false, .version = 11003000,
      .expected = "libvirt-drops-cmdqv 5 <iommu> in line 5: this libvirt (11.3.0) silently drops pciBus='1' and accel, and creates the "
        "machine-wide SMMU; use libvirt 11.10.0 or newer\n" },
    { .name = "libvirt-with-pcibus", .type = "kvm", .machine = MACHINE, .devices = BUSES SMMU("pciBus='1' accel='on'") HOSTDEV("2"),
      .host = false, .version = 11010000, .expected = "" },
    { .name = "attribute-that-nobody-reads", .type = "kvm", .machine = MACHINE,
      .devices = BUSES "<iommu model='smmuv3' stage='nested'><driver pciBus='1' accel='on' "
        "cmdqv='on' vcmdq='on' x:pid='1' xmlns:x='u'/><driver ats='on'/></iommu>\n" HOSTDEV("2"), .host = false,
      .version = 12008000,
      .expected = FOREIGN("5", "the attribute 'vcmdq' of <driver>") DROPPED("5", "the attribute 'stage' of <iommu>")
        DROPPED("5", "the attribute 'ats' of a second <driver>") },
    { .name = "attribute-that-a-later-one-may-read", .type = "kvm", .machine = MACHINE,
      .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='on' hitless='on'") HOSTDEV("2"), .host = false, .version = 12010000,
      .expected = "" },
    { .name = "lines-in-a-value", .type = "kvm", .machine = MACHINE,
      .devices = BUSES SMMU("pciBus='1' accel='on&#10;2' cmdqv='on&#155;'") HOSTDEV("2"), .host = false, .version = 0,
      .expected = "smmu-property-range 5 <iommu> in line 5: accel='on 2' is neither 'on' nor 'off'; write one of them, or leave it out\n"
        "smmu-property-range 5 <iommu> in line 5: cmdqv='on\\u009b' is neither 'on' nor 'off'; write one of them, or leave it out\n" },
    { .name = "attribute-and-no-libvirt", .type = "kvm", .machine = MACHINE,
      .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='on' hitless='on'") HOSTDEV("2"), .host = false, .version = 0,
      .expected = DROPPED("5", "the attribute 'hitless' of <driver>") },
    { .name = "attribute-that-libvirt-refuses", .type = "kvm", .machine = MACHINE,
      .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='on' aw_bits='48'") HOSTDEV("2"), .host = false, .version = 12008000,
      .expected = "" },
    { .name = "old-libvirt-machine-wide", .type = "kvm", .machine = MACHINE, .devices = BUSES SMMU(""), .host = false,
      .version = 11003000, .expected = "" },
};

/* The same for settings that only a command line has. */
#define ARGV(smmu, rest) "qemu -machine virt-11.1,acpi=on,pflash0=f -device pxb-pcie,id=pxb -device pcie-root-port,id=rp,bus=pxb " \
    "-device arm-smmuv3,id=s0,primary-bus=pxb,accel=on,cmdqv=on" smmu " -device vfio-pci,id=a,iommufd=i0,bus=rp" rest
#define EARLY(BUS) "QEMU creates it before bus '" BUS "', which it needs; replace the <qemu:arg> by an XML element"

static const struct {
    const char *name;
    const char *argv;
    const char *expected;
} arguments[] = {
    { .name = "sound", .argv = ARGV("", ""), .expected = "" },
    { .name = "bypass",
      .argv = "qemu -machine virt-11.1,pflash0=f -device pxb-pcie,id=pxb,bypass_iommu=on -device pcie-root-port,id=rp,bus=pxb "
        "-device arm-smmuv3,id=s0,primary-bus=pxb,accel=on,cmdqv=on -device vfio-pci,id=a,iommufd=i0,bus=rp",
      .expected = "smmu-bus-bypassed -1 arm-smmuv3 's0': bus 'pxb' has bypass_iommu=on, and no SMMU can be attached to it; remove "
        "bypass_iommu\n" },
    { .name = "bypass-global", .argv = ARGV("", " -global pxb.bypass_iommu=on"),
      .expected = "smmu-bus-bypassed -1 arm-smmuv3 's0': bus 'pxb' has bypass_iommu=on, and no SMMU can be attached to it; remove "
        "bypass_iommu\n" },
    { .name = "bypass-global-and-own",
      .argv = "qemu -machine virt-11.1,pflash0=f -device pxb-pcie,id=pxb,bypass_iommu=off -device pcie-root-port,id=rp,bus=pxb "
        "-device arm-smmuv3,id=s0,primary-bus=pxb,accel=on,cmdqv=on -device vfio-pci,id=a,iommufd=i0,bus=rp "
        "-global driver=pxb-pcie,property=bypass_iommu,value=on", .expected = "" },
    { .name = "bypass-of-the-machine", .argv = "qemu -machine virt-11.1,default_bus_bypass_iommu=true -device arm-smmuv3,id=s0,primary-bus=pcie.0",
      .expected = "smmu-bus-bypassed -1 arm-smmuv3 's0': bus 'pcie.0' has bypass_iommu=on, and no SMMU can be attached to it; remove "
        "bypass_iommu\n" },
    { .name = "bypass-of-another", .argv = ARGV("", " -device pxb-pcie,id=pxb2,bypass_iommu=on"), .expected = "" },
    { .name = "no-bypass",
      .argv = "qemu -machine virt-11.1,pflash0=f -device pxb-pcie,id=pxb,bypass_iommu=off -device pcie-root-port,id=rp,bus=pxb "
        "-device arm-smmuv3,id=s0,primary-bus=pxb,accel=on,cmdqv=on -device vfio-pci,id=a,iommufd=i0,bus=rp", .expected = "" },
    { .name = "stage-one", .argv = ARGV(",stage=1", ""), .expected = "" },
    { .name = "stage-two", .argv = ARGV(",stage=2", ""),
      .expected = "accel-stage-one -1 arm-smmuv3 's0': stage='2' cannot be accelerated; write stage=1, or remove it\n" },
    { .name = "stage-nested-global", .argv = ARGV("", " -global arm-smmuv3.stage=nested"),
      .expected = "accel-stage-one -1 arm-smmuv3 's0': stage='nested' cannot be accelerated; write stage=1, or remove it\n" },
    { .name = "plain-stage-two", .argv = "qemu -machine virt-11.1 -device arm-smmuv3,primary-bus=pcie.0,stage=2", .expected = "" },
    { .name = "one-iommufd", .argv = ARGV("", " -device pcie-root-port,id=rp2,bus=pxb -device vfio-pci,id=b,iommufd=i0,bus=rp2"),
      .expected = "" },
    { .name = "two-iommufds", .argv = ARGV("", " -device pcie-root-port,id=rp2,bus=pxb -device vfio-pci,id=b,iommufd=i1,bus=rp2"),
      .expected = "accel-one-iommufd -1 vfio-pci 'b': it is on iommufd object 'i1', and another device behind the same vSMMU on 'i0'; put both on "
        "one object\n" },
    { .name = "bus-later", .argv = "qemu -machine virt-11.1,pflash0=f -device {\"driver\":\"pxb-pcie\",\"id\":\"pxb\"} "
        "-device pcie-root-port,id=rp,bus=pxb -device arm-smmuv3,id=s0,primary-bus=pxb,accel=on,cmdqv=on "
        "-device vfio-pci,id=a,iommufd=i0,bus=rp -device vfio-pci,id=b,iommufd=i0,bus=rp2 "
        "-device {\"driver\":\"pcie-root-port\",\"id\":\"rp2\",\"bus\":\"pxb\"}",
      .expected = "bus-created-first -1 arm-smmuv3 's0': " EARLY("pxb") "\n"
        "bus-created-first -1 arm-smmuv3 's0': bus 'rp' is behind it: " EARLY("pxb") "\n"
        "bus-created-first -1 vfio-pci 'b': " EARLY("rp2") "\n" },
    { .name = "bus-later-elsewhere",
      .argv = ARGV("", " -device vfio-pci,id=b,bus=rp2 -device {\"driver\":\"pcie-root-port\",\"id\":\"rp2\",\"bus\":\"pcie.0\"}"), .expected = "" },
    { .name = "bus-first-in-json", .argv = "qemu -machine virt-11.1,pflash0=f -device {\"driver\":\"pxb-pcie\",\"id\":\"pxb\"} "
        "-device {\"driver\":\"pcie-root-port\",\"id\":\"rp\",\"bus\":\"pxb\"} "
        "-device {\"driver\":\"arm-smmuv3\",\"id\":\"s0\",\"primary-bus\":\"pxb\",\"accel\":\"on\",\"cmdqv\":\"on\"} "
        "-device {\"driver\":\"vfio-pci\",\"id\":\"a\",\"iommufd\":\"i0\",\"bus\":\"rp\"}", .expected = "" },
    { .name = "two-iommufds-elsewhere", .argv = ARGV("", " -device vfio-pci,id=b,iommufd=i1"), .expected = "" },
    { .name = "only-migratable", .argv = ARGV("", " -only-migratable"),
      .expected = "accel-not-migratable -1 arm-smmuv3 's0': a guest with accel='on' cannot be migrated; remove -only-migratable\n" },
    { .name = "file-of-options", .argv = "qemu -readconfig f",
      .expected = "arguments-can-be-read -1 '-readconfig' gives QEMU the options of a file, and its content is not known; write them as arguments\n" },
    { .name = "code-of-its-own", .argv = "qemu --plugin file=f",
      .expected = "arguments-can-be-read -1 '-plugin' makes QEMU load code of the domain's own, and its effect is not known; remove it\n" },
    { .name = "unknown-option", .argv = "qemu -of-tomorrow -device arm-smmuv3",
      .expected = "arguments-can-be-read -1 an option is followed by another, and is none of those that are known to take no value, so its effect "
        "is not known; remove it\n" },
    { .name = "unknown-option-with-a-value", .argv = "qemu -of-tomorrow x -append -device", .expected = "" },
    { .name = "set", .argv = ARGV("", " -device pcie-root-port,id=rp2,bus=pcie.0 -set device.rp2.bus=pxb -device virtio-rng-pci,bus=rp2"),
      .expected = "accel-endpoint-emulated -1 virtio-rng-pci without an id: an emulated device cannot be behind an accelerated SMMU, and this one is on bus "
        "'rp2'; give it an <address> on another PCIe root\n" },
    { .name = "set-of-the-smmu", .argv = ARGV("", " -set device.s0.stage=2"),
      .expected = "accel-stage-one -1 arm-smmuv3 's0': stage='2' cannot be accelerated; write stage=1, or remove it\n" },
    { .name = "set-of-another", .argv = ARGV("", " -set device.s1.stage=2 -set drive.s0.stage=2 -set device.s0"), .expected = "" },
    { .name = "plain-only-migratable", .argv = "qemu -machine virt-11.1 -device arm-smmuv3,primary-bus=pcie.0 -only-migratable",
      .expected = "" },
};


static char *
cmdqvTestHostSmmu(const char *device, gpointer data G_GNUC_UNUSED)
{
    return g_strdup_printf("smmu-of-bus-%.2s", strchr(device, ':') + 1);
}


static void
cmdqvTestMachine(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autofree char *xml = g_strdup_printf("<domain type='%s'><name>g1</name>%s<devices>%s<memballoon model='none'/></devices></domain>",
                                           machines[i].type, machines[i].machine, machines[i].devices);
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, strlen(xml), NULL);
    const cmdqvRuleContext context = {
        .hostSmmu = machines[i].host ? cmdqvTestHostSmmu : NULL, .libvirtVersion = machines[i].version
    };
    g_autofree char *text = cmdqvTestFindings(topology, &context);

    cmdqvTestExpect("machines", i, text, machines[i].expected);
}


/* Of a command line there are no lines, but ids. */
static void
cmdqvTestArgv(gconstpointer data G_GNUC_UNUSED)
{
    static const char *const argv[] = {
        "qemu", "-device", "pxb-pcie,id=pxb", "-device", "arm-smmuv3,id=s0,primary-bus=pxb,accel=on,cmdqv=on",
        "-device", "vfio-pci,id=gpu", "-device", "arm-smmuv3,id=s1,primary-bus=nowhere,accel=on,cmdqv=on",
        "-device", "arm-smmuv3,accel=on,cmdqv=on", "-device", "virtio-net-pci,bus=pxb", NULL,
    };
    g_autoptr(cmdqvTopology) topology = cmdqvArgvRead(argv, NULL);
    g_autofree char *text = cmdqvTestFindings(topology, NULL);

    g_assert_cmpstr(text, ==,
                    "accel-needs-bus -1 arm-smmuv3 without an id: cmdqv='on' without pciBus creates the machine-wide SMMU, which has "
                    "no CMDQV; add pciBus='N' with the index of a pcie-root or pcie-expander-bus controller\n"
                    "smmu-needs-root -1 arm-smmuv3 's1': primary-bus 'nowhere' is no PCI bus of the machine; name the root of a PCIe tree\n"
                    "smmu-mixed-scope -1 arm-smmuv3 without an id: a machine-wide SMMU and one with pciBus cannot be in one domain; "
                    "give this one a pciBus too, or remove it\n"
                    "cmdqv-needs-anchor -1 arm-smmuv3 's0': cmdqv='on' needs a cold-plugged PCI hostdev with iommufd='yes' behind bus "
                    "'pxb' to anchor its command queues, and there is none (vfio-pci 'gpu' does not count: it is on bus 'pcie.0', not "
                    "behind this SMMU); place one there, or remove this SMMU\n"
                    "accel-endpoint-emulated -1 virtio-net-pci without an id: an emulated device cannot be behind an accelerated SMMU, "
                    "and this one is on bus 'pxb'; give it an <address> on another PCIe root\n");
}


static void
cmdqvTestSummary(gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(cmdqvTopology) one = cmdqvTestDomain(BUSES SMMU("pciBus='1' cmdqv='on'") HOSTDEV("2"));
    g_autoptr(cmdqvTopology) three = cmdqvTestDomain(BUSES SMMU("pciBus='1' cmdqv='on'") SMMU("accel='on' cmdqv='on'"));
    g_autoptr(cmdqvVerdict) plain = cmdqvVerdictNew(g_strdup("cannot acquire state change lock"));
    g_autoptr(cmdqvVerdict) quoting = cmdqvVerdictNew(g_strdup("cannot attach device 'vfio-\n\n\033[2Jpci'"));
    g_autoptr(GPtrArray) single = cmdqvRuleTableRun(one, NULL, NULL);
    g_autoptr(GPtrArray) several = cmdqvRuleTableRun(three, NULL, NULL);
    g_autoptr(cmdqvVerdict) ofOne = cmdqvRuleTableVerdict(one, single);
    g_autoptr(cmdqvVerdict) ofThree = cmdqvRuleTableVerdict(three, several);
    g_autofree char *first = cmdqvVerdictFormat(ofOne);
    g_autofree char *second = cmdqvVerdictFormat(ofThree);
    g_autofree char *without = cmdqvVerdictFormat(plain);
    g_autofree char *quoted = cmdqvVerdictFormat(quoting);
    g_autofree char *noted = NULL;

    g_assert_cmpstr(first, ==, "domain 'g1': <iommu> in line 5: cmdqv='on' needs an accelerated SMMU; set accel='on' in the same "
                    "<driver> [cmdqv-needs-accel]");
    g_assert_cmpstr(second, ==, "domain 'g1': <iommu> in line 5: cmdqv='on' needs an accelerated SMMU; set accel='on' in the same "
                    "<driver> [cmdqv-needs-accel] (and 3 more, see 'virt-cmdqv validate')");
    g_assert_cmpstr(without, ==, "cannot acquire state change lock");
    g_assert_cmpstr(quoted, ==, "cannot attach device 'vfio-  \\x1b[2Jpci'");

    cmdqvVerdictNote(ofOne, "stop the %s first", "instance");
    ofOne->names = g_strdup("instance 'training'");
    noted = cmdqvVerdictFormat(ofOne);
    g_assert_cmpstr(noted, ==, "domain 'g1': <iommu> in line 5: cmdqv='on' needs an accelerated SMMU; set accel='on' in the same "
                    "<driver>; stop the instance first [cmdqv-needs-accel] (instance 'training')");
}


static bool
cmdqvTestIsOfDevices(const cmdqvRule *rule)
{
    const cmdqvRule *at;

    for (at = cmdqvRulesDevice; at->identifier; at++) {
        if (at == rule)
            return true;
    }
    return false;
}


static void
cmdqvTestCollect(const cmdqvRule *rule, gpointer data)
{
    GHashTable *seen = data;

    if (!g_hash_table_add(seen, (gpointer)rule->identifier))
        cmdqvTestFail("two rules in src/policy are named '%s'", rule->identifier);
    if (!g_regex_match_simple("^[a-z]+(-[a-z]+)+$", rule->identifier, 0, 0))
        cmdqvTestFail("the rule '%s' in src/policy: name it in two or more words of small letters", rule->identifier);
    if (!rule->summary || !rule->reason || !rule->fix || !rule->example || cmdqvTestIsOfDevices(rule) != cmdqvRuleTableIsFixed(rule))
        cmdqvTestFail("the rule '%s' in src/policy: give it a summary, a reason, a fix, an example and, unless it is in rules_device.c, a check", rule->identifier);
}


static void
cmdqvTestArguments(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_auto(GStrv) argv = g_strsplit(arguments[i].argv, " ", -1);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = cmdqvArgvRead((const char *const *)argv, &error);
    g_autofree char *text = NULL;

    g_assert_no_error(error);
    if (!topology)
        return;
    text = cmdqvTestFindings(topology, NULL);
    cmdqvTestExpect("arguments", i, text, arguments[i].expected);
}


/* iommufd of a domain with a vSMMU is kept by lowering it; of any domain without one nothing else is judged. */
static void
cmdqvTestDrops(gconstpointer data G_GNUC_UNUSED)
{
#define NODES "<hostdev type='pci'><driver iommufd='yes'/><acpi nodeset='1-8'/><source><address bus='1'/></source>" \
              "<address type='pci' bus='2'/></hostdev>\n"
#define DROPS_IOMMUFD "libvirt-drops-iommufd 5 <hostdev> in line 5: this libvirt (11.3.0) silently drops iommufd in a domain without " \
                      "a vSMMU, so QEMU uses VFIO's older interface for the device; use libvirt 12.1.0 or newer, or remove iommufd\n"
#define DROPS_NODESET "libvirt-drops-nodeset 6 <hostdev> in line 6: this libvirt (11.3.0) silently drops the nodeset of its <acpi>, " \
                      "so the device has no NUMA node of its own in the guest; use libvirt 11.8.0 or newer, or remove nodeset\n"
    static const struct {
        const char *devices;
        unsigned long version;
        const char *expected;
    } domains[] = {
        { .devices = BUSES HOSTDEV("2"), .version = 11003000, .expected = DROPS_IOMMUFD },
        { .devices = BUSES HOSTDEV("2"), .version = 12000000, .expected = NULL },
        { .devices = BUSES HOSTDEV("2"), .version = 12001000, .expected = "" },
        { .devices = BUSES HOSTDEV("2"), .version = 0, .expected = "" },
        { .devices = BUSES, .version = 11003000, .expected = "" },
        { .devices = SOUND, .version = 11003000, .expected = "" },
        { .devices = BUSES CMDQV NODES, .version = 11003000, .expected = DROPS_NODESET },
        { .devices = BUSES CMDQV NODES, .version = 11008000, .expected = "" },
        { .devices = BUSES CMDQV NODES, .version = 0, .expected = "" },
        { .devices = BUSES NODES, .version = 11003000, .expected = DROPS_IOMMUFD },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(domains); i++) {
        const cmdqvRuleContext context = { .ownVersion = domains[i].version };
        g_autoptr(cmdqvTopology) topology = cmdqvTestDomain(domains[i].devices);
        g_autofree char *text = cmdqvTestFindings(topology, &context);

        if (domains[i].expected)
            cmdqvTestExpect("domains", i, text, domains[i].expected);
        else
            g_assert_nonnull(strstr(text, "(12.0.0)"));
    }
}


/* Its firmware says that one of its SMMUs has none; a device that it does not know is of another host. */
static void
cmdqvTestHostWithout(gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        const char *devices;
        const char *without;
        bool known;
        const char *expected;
    } hosts[] = {
        { .devices = SOUND, .without = NULL, .known = true, .expected = "" },
        { .devices = SOUND, .without = "smmu-of-bus-01", .known = false, .expected = "" },
        { .devices = SOUND, .without = "smmu-of-bus-01", .known = true,
          .expected = "host-has-cmdqv 6 <hostdev> in line 6: it is behind host SMMU 'smmu-of-bus-01', which has "
            "no CMDQV; remove cmdqv='on' from the <iommu>\n" },
        { .devices = SOUND, .without = "smmu-of-bus-02", .known = true, .expected = "" },
        { .devices = BUSES SMMU("pciBus='1' accel='on'") HOSTDEV("2"), .without = "smmu-of-bus-01", .known = true, .expected = "" },
        { .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='off'") HOSTDEV("2"), .without = "smmu-of-bus-01", .known = true,
          .expected = "" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(hosts); i++) {
        const char *const without[] = { hosts[i].without, NULL };
        const cmdqvRuleContext context = {
            .hostSmmu = hosts[i].known ? cmdqvTestHostSmmu : NULL, .withoutCmdqv = without
        };
        g_autoptr(cmdqvTopology) topology = cmdqvTestDomain(hosts[i].devices);
        g_autofree char *text = cmdqvTestFindings(topology, &context);

        cmdqvTestExpect("hosts", i, text, hosts[i].expected);
    }
}


static bool
cmdqvTestNetwork(const char *name, gpointer data G_GNUC_UNUSED)
{
    return strcmp(name, "vfs") == 0;
}


#define ON_NETWORK(name, more) "<interface type='network'><source network='" name "'/>" more "</interface>"
#define AT_BUS(bus) "<address type='pci' bus='" bus "'/>"
#define WIDE "</devices><iommufd enabled='yes'/><devices>"
#define GIVEN_PLAIN_BUT(advice) "plain-smmu-vfio 6 <interface> in line 6: network 'vfs' gives it a host device, and on bus 'pci.2' " \
    "it is behind an SMMU that is not accelerated; " advice "\n"
#define GIVEN_PLAIN GIVEN_PLAIN_BUT("give it an <address> on another PCIe root")
#define ENDS "network-of-hostdevs 6 <interface> in line 6: network 'vfs' gives it a host device, and this libvirt crashes when it " \
    "opens one in a domain with <iommufd enabled='yes'/>; remove that and give each hostdev <driver iommufd='yes'/>, or change this to an " \
    "<interface type='hostdev'>\n"

static void
cmdqvTestNetworksOfHostdevs(gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        const char *devices;
        unsigned long version;
        bool ends;
        const char *expected;
    } networks[] = {
        { .devices = BUSES CMDQV ON_NETWORK("vfs", AT_BUS("3")) HOSTDEV("2") WIDE, .version = 12008000, .ends = true,
          .expected = ENDS },
        { .devices = BUSES CMDQV ON_NETWORK("vfs", AT_BUS("3")) HOSTDEV("2") WIDE, .version = 12009000, .ends = true,
          .expected = ENDS },
        { .devices = BUSES CMDQV ON_NETWORK("vfs", "") HOSTDEV("2") WIDE, .version = 0, .ends = true, .expected = ENDS },
        { .devices = BUSES CMDQV ON_NETWORK("vfs", "<driver iommufd='no'/>" AT_BUS("3")) HOSTDEV("2") WIDE, .version = 12008000,
          .ends = true, .expected = ENDS },
        { .devices = BUSES CMDQV ON_NETWORK("vfs", AT_BUS("2")) HOSTDEV("2") WIDE, .version = 12008000, .ends = true,
          .expected = POOLED("6", "pci.2") ENDS },
        { .devices = BUSES CMDQV ON_NETWORK("vfs", AT_BUS("2")) HOSTDEV("2") WIDE, .version = 12010000, .ends = false,
          .expected = "" },
        { .devices = BUSES CMDQV ON_NETWORK("vfs", AT_BUS("2") "<driver iommufd='yes'/>") HOSTDEV("2"), .version = 12008000,
          .ends = true, .expected = POOLED("6", "pci.2") },
        { .devices = BUSES CMDQV ON_NETWORK("vfs", AT_BUS("3")) HOSTDEV("2"), .version = 12008000, .ends = true, .expected = "" },
        { .devices = BUSES CMDQV ON_NETWORK("vfs", AT_BUS("3")) HOSTDEV("2") WIDE, .version = 12008000, .ends = false,
          .expected = "" },
        { .devices = BUSES CMDQV ON_NETWORK("default", AT_BUS("3")) HOSTDEV("2") WIDE, .version = 12008000, .ends = true,
          .expected = "" },
        { .devices = BUSES SMMU("pciBus='1'") ON_NETWORK("vfs", AT_BUS("2")), .version = 12008000, .ends = true,
          .expected = GIVEN_PLAIN },
        { .devices = BUSES SMMU("") ON_NETWORK("vfs", AT_BUS("2")), .version = 0, .ends = false,
          .expected = GIVEN_PLAIN_BUT("remove the <iommu>") },
        { .devices = BUSES SMMU("pciBus='1'") ON_NETWORK("vfs", AT_BUS("3")), .version = 12008000, .ends = true, .expected = "" },
        { .devices = BUSES SMMU("pciBus='1'") ON_NETWORK("vfs", ""), .version = 12008000, .ends = true, .expected = "" },
        { .devices = BUSES SMMU("pciBus='1'") ON_NETWORK("default", AT_BUS("2")), .version = 12008000, .ends = true, .expected = "" },
        { .devices = BUSES CMDQV "<interface type='network'>" AT_BUS("3") "</interface>" HOSTDEV("2") WIDE, .version = 12008000,
          .ends = true, .expected = "" },
        { .devices = BUSES CMDQV "<interface type='hostdev'><source network='vfs'/>" AT_BUS("3") "</interface>" HOSTDEV("2") WIDE,
          .version = 12008000, .ends = true, .expected = "" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(networks); i++) {
        const cmdqvRuleContext context = {
            .libvirtVersion = networks[i].version, .ownVersion = networks[i].ends ? 12008000 : 0, .network = cmdqvTestNetwork
        };
        g_autoptr(cmdqvTopology) topology = cmdqvTestDomain(networks[i].devices);
        g_autofree char *text = cmdqvTestFindings(topology, &context);

        cmdqvTestExpect("networks", i, text, networks[i].expected);
    }
}


#define KEPT_FROM "libvirt-bars-devices 5 <iommu> in line 5: "

/* A libvirt for which a definition is lowered: files that it does not let QEMU open. */
static const struct {
    const char *states;     /* 'h'idden and so on: of /dev/iommu, of the first device, of the second */
    const char *devices;
    const char *expected;
} nodes[] = {
    { .states = "ooo", .devices = TWO, .expected = "" },
    { .states = "hoo", .devices = TWO,
      .expected = "libvirt-hides-devices 5 <iommu> in line 5: this libvirt gives QEMU a private /dev without '/dev/iommu'; add the "
        "missing files to cgroup_device_acl in /etc/libvirt/qemu.conf, beside the files of its default, and restart the daemon\n" },
    { .states = "hhh", .devices = TWO,
      .expected = "libvirt-hides-devices 5 <iommu> in line 5: this libvirt gives QEMU a private /dev without '/dev/iommu', "
        "'/dev/vfio/devices/vfio1', '/dev/vfio/devices/vfio2'; add the missing files to cgroup_device_acl in /etc/libvirt/qemu.conf, "
        "beside the files of its default, and restart the daemon\n" },
    { .states = "obo", .devices = TWO,
      .expected = KEPT_FROM "the control group that this libvirt makes for QEMU does not let it open '/dev/vfio/devices/vfio1'; add "
        "the missing files to cgroup_device_acl in /etc/libvirt/qemu.conf, beside the files of its default, and restart the daemon\n" },
    { .states = "fom", .devices = TWO,
      .expected = KEPT_FROM "QEMU's user may not read and write '/dev/iommu', and this libvirt does not change the owner; set GROUP "
        "and MODE in a rule in /etc/udev/rules.d, or user and group in /etc/libvirt/qemu.conf\n"
        KEPT_FROM "this host has no '/dev/vfio/devices/vfio2'; name iommufd in a file in /etc/modules-load.d, and load it\n" },
    /* it is libvirt's own then, or nothing is lowered */
    { .states = "hhh", .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='on'"), .expected = NO_ANCHOR("5", "pci.1", "") },
    { .states = "hhh", .devices = BUSES SMMU(""), .expected = "" },
};


static cmdqvDevNodesAccess
cmdqvTestNode(const char *node, gpointer data)
{
    const char *states = data;
    guint number = strcmp(node, CMDQV_DEV_NODES_IOMMU) == 0 ? 0 : (guint)(node[strlen(node) - 1] - '0');

    switch (states[number]) {
    case 'h':
        return CMDQV_DEV_NODES_HIDDEN;
    case 'b':
        return CMDQV_DEV_NODES_BARRED;
    case 'f':
        return CMDQV_DEV_NODES_FOREIGN;
    case 'm':
        return CMDQV_DEV_NODES_MISSING;
    default:
        return CMDQV_DEV_NODES_OPEN;
    }
}


static char *
cmdqvTestNodeOf(const char *device, gpointer data G_GNUC_UNUSED)
{
    return g_strdup_printf(CMDQV_DEV_NODES_VFIO "vfio%c", strchr(device, ':')[2]);
}


static void
cmdqvTestDevNodes(gconstpointer data G_GNUC_UNUSED)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(nodes); i++) {
        const cmdqvRuleContext context = {
            .lowered = true, .node = cmdqvTestNode, .nodeOf = cmdqvTestNodeOf, .nodeData = (gpointer)nodes[i].states
        };
        g_autoptr(cmdqvTopology) topology = cmdqvTestDomain(nodes[i].devices);
        g_autofree char *text = cmdqvTestFindings(topology, &context);

        cmdqvTestExpect("nodes", i, text, nodes[i].expected);
    }
}


/* These have a test of their own: above, and in definition_test.c. */
static const char *const testedAlone[] = {
    "host-has-cmdqv", "network-of-hostdevs", "libvirt-drops-iommufd", "libvirt-drops-nodeset", "places-can-be-told",
    "arguments-open-no-monitor", "arguments-need-own-ids",
};


/* The rules that a golden case breaks by its text alone. */
static void
cmdqvTestStrikeGolden(GHashTable *unbroken)
{
    g_autoptr(GPtrArray) names = cmdqvTestFindNames("qemuxml2argvdata", ".xml");
    guint i;
    guint j;

    for (i = 0; i < names->len; i++) {
        g_autofree char *path = cmdqvTestDataPath("qemuxml2argvdata", g_ptr_array_index(names, i), ".xml");
        g_autofree char *xml = cmdqvTestRead(path);
        g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(xml, strlen(xml), NULL);
        g_autoptr(GPtrArray) findings = topology ? cmdqvRuleTableRun(topology, NULL, NULL) : NULL;

        for (j = 0; findings && j < findings->len; j++)
            (void)g_hash_table_remove(unbroken, ((const cmdqvFinding *)g_ptr_array_index(findings, j))->rule->identifier);
    }
}


static void
cmdqvTestStrikeRow(GHashTable *unbroken, const char *expected)
{
    g_autofree char *identifier = g_strndup(expected, strcspn(expected, " "));

    (void)g_hash_table_remove(unbroken, identifier);
}


static gboolean
cmdqvTestIsTestedAlone(gpointer identifier, gpointer value G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(testedAlone); i++) {
        if (g_pattern_match_simple(testedAlone[i], identifier))
            return true;
    }
    return false;
}


/* Rules about calls: attach_policy_test.c and detach_policy_test.c break them. */
static gboolean
cmdqvTestIsFixed(gpointer identifier, gpointer value G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
    const cmdqvRule *rule = cmdqvRuleTableFind(identifier);

    return cmdqvRuleTableIsFixed(rule) && rule->level == CMDQV_RULE_ERROR;
}


/* Each rule of the table has a case that breaks it: a row above, or a golden one. */
static void
cmdqvTestTable(gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GHashTable) unbroken = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter iter;
    gpointer identifier;
    guint i;

    cmdqvRuleTableForeach(cmdqvTestCollect, unbroken);
    (void)g_hash_table_foreach_remove(unbroken, cmdqvTestIsTestedAlone, NULL);
    (void)g_hash_table_foreach_remove(unbroken, cmdqvTestIsFixed, NULL);
    for (i = 0; i < G_N_ELEMENTS(cases); i++)
        cmdqvTestStrikeRow(unbroken, cases[i].expected);
    for (i = 0; i < G_N_ELEMENTS(machines); i++)
        cmdqvTestStrikeRow(unbroken, machines[i].expected);
    for (i = 0; i < G_N_ELEMENTS(arguments); i++)
        cmdqvTestStrikeRow(unbroken, arguments[i].expected);
    for (i = 0; i < G_N_ELEMENTS(nodes); i++)
        cmdqvTestStrikeRow(unbroken, nodes[i].expected);
    cmdqvTestStrikeGolden(unbroken);
    g_hash_table_iter_init(&iter, unbroken);
    while (g_hash_table_iter_next(&iter, &identifier, NULL))
        cmdqvTestFail("no case breaks the rule '%s': add one as tests/qemuxml2argvdata/NAME.xml and run tests/goldens NAME, or a row "
                      "to 'cases' in tests/unit/rule_table_test.c", (const char *)identifier);
}


/* The parts of @example are in their places, the rest is that of a valid domain. */
static char *
cmdqvTestDomainAround(const char *example)
{
    static const char *const parts[] = {
        "<os firmware='efi'>", "<os firmware='efi'/>", "<features>", "<features><acpi/></features>",
        "<memoryBacking>", "<memoryBacking><hugepages/></memoryBacking>",
    };
    static const char *const devices[] = {
        "index='0'", "<controller type='pci' index='0' model='pcie-root'/>",
        "index='1'", "<controller type='pci' index='1' model='pcie-expander-bus'/>",
        "index='2'", "<controller type='pci' index='2' model='pcie-root-port'><address type='pci' bus='1'/></controller>",
        "index='3'", "<controller type='pci' index='3' model='pcie-root-port'><address type='pci' bus='0' slot='1'/></controller>",
        "<iommu", CMDQV, "<hostdev", HOSTDEV("2"), "<memballoon", "<memballoon model='none'/>",
    };
    bool isDevice = g_regex_match_simple("^<(controller|iommu|hostdev|rng)", example, 0, 0);
    bool isDomain = g_str_has_prefix(example, "<domain");
    GString *xml = g_string_new("<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>g1</name>");
    guint i;

    for (i = 0; i < G_N_ELEMENTS(parts); i += 2)
        g_string_append(xml, strstr(example, parts[i]) ? "" : parts[i + 1]);
    g_string_append(xml, isDevice || isDomain ? "" : example);
    g_string_append(xml, "<devices>");
    for (i = 0; i < G_N_ELEMENTS(devices); i += 2)
        g_string_append(xml, strstr(example, devices[i]) ? "" : devices[i + 1]);
    g_string_append(xml, isDevice ? example : "");
    g_string_append(xml, "</devices></domain>");
    return g_string_free(xml, FALSE);
}


static char *
cmdqvTestHostOfExample(const char *device, gpointer data G_GNUC_UNUSED)
{
    return g_strndup(device, strlen("0009"));
}


/* The example of a rule is XML, and a domain with it is valid. */
static void
cmdqvTestExample(const cmdqvRule *rule, gpointer data G_GNUC_UNUSED)
{
    const cmdqvRuleContext context = { .hostSmmu = cmdqvTestHostOfExample };
    g_autofree char *alone = g_strdup_printf("<x xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>%s</x>", rule->example);
    g_autofree char *xml = cmdqvTestDomainAround(rule->example);
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(alone, strlen(alone), "x", &error);
    g_autoptr(cmdqvTopology) topology = doc ? cmdqvDomainXMLRead(xml, strlen(xml), &error) : NULL;
    g_autofree char *text = NULL;

    g_test_message("%s", rule->identifier);
    /* a change on the host is written in files of the host */
    if (*rule->example != '<')
        return;
    if (!topology) {
        cmdqvTestFail("the example of the rule '%s' in src/policy cannot be read: %s", rule->identifier, error->message);
        return;
    }
    text = cmdqvTestFindings(topology, &context);
    if (*text)
        cmdqvTestFail("the example of the rule '%s' in src/policy breaks a rule: %s", rule->identifier, text);
}


static void
cmdqvTestEachExample(gconstpointer data G_GNUC_UNUSED)
{
    cmdqvRuleTableForeach(cmdqvTestExample, NULL);
}


static void
cmdqvTestNeedPlacement(gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        const char *devices;
        bool needed;
    } placements[] = {
        { .devices = BUSES CMDQV HOSTDEV("2"), .needed = false },
        { .devices = BUSES CMDQV, .needed = false },
        { .devices = BUSES CMDQV "<hostdev type='pci'><driver iommufd='yes'/></hostdev>", .needed = true },
        /* there is an anchor, and the next device may be one that cannot be with it */
        { .devices = BUSES CMDQV HOSTDEV("2") "<hostdev type='pci'><driver iommufd='yes'/></hostdev>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<hostdev type='pci'/>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<hostdev type='mdev'/>", .needed = true },
        { .devices = BUSES SMMU("pciBus='1' accel='on'") "<hostdev type='pci'><driver iommufd='yes'/></hostdev>", .needed = true },
        { .devices = BUSES SMMU("pciBus='1'") "<hostdev type='pci'><driver iommufd='yes'/></hostdev>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<interface type='user'/>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<hostdev type='scsi_host'/>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<hostdev type='scsi_host'><address type='pci' bus='3'/></hostdev>", .needed = false },
        { .devices = BUSES CMDQV "<hostdev type='pci'><driver iommufd='yes'/><address type='unassigned'/></hostdev>",
          .needed = false },
        /* elements for which libvirt adds a device */
        { .devices = BUSES CMDQV HOSTDEV("2") "<disk><target dev='sda' bus='scsi'/></disk>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<disk><target dev='sda'/></disk>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<disk><target dev='sda' bus='scsi'/></disk><controller type='scsi'><address type='pci' "
            "bus='3'/></controller>", .needed = false },
        { .devices = BUSES CMDQV HOSTDEV("2") "<disk><target dev='sda' bus='scsi'/></disk><controller type='scsi'/>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<disk><target dev='nvme0n1' bus='nvme'/></disk>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<pstore backend='acpi-erst'/>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<channel type='unix'><target type='virtio'/></channel>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<console type='pty'><target type='serial'/></console>", .needed = false },
        { .devices = BUSES CMDQV HOSTDEV("2") "<input type='tablet'/>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<input type='tablet' bus='virtio'><address type='pci' bus='3'/></input>",
          .needed = false },
        { .devices = BUSES CMDQV HOSTDEV("2") "<graphics type='vnc'/>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<graphics type='vnc'/><video><model type='virtio'/></video>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<graphics type='vnc'/><video><model type='none'/></video>", .needed = false },
        { .devices = BUSES CMDQV HOSTDEV("2") "<graphics type='vnc'/><video><address type='pci' bus='3'/></video>", .needed = false },
        { .devices = BUSES CMDQV HOSTDEV("2") "<sound model='ich9'/>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<panic model='pvpanic'/>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<serial><target type='pci-serial'/></serial>", .needed = true },
        { .devices = BUSES CMDQV HOSTDEV("2") "<serial><target type='system-serial'/></serial>", .needed = false },
        { .devices = BUSES SMMU("pciBus='1'") "<graphics type='vnc'/>", .needed = false },
        /* which machine it is */
        { .devices = BUSES SMMU("pciBus='1' accel='on'"), .needed = true },
        { .devices = BUSES SMMU("pciBus='1' accel='on' ats='off' ril='on' ssidsize='0' oas='44'"), .needed = false },
        { .devices = BUSES SMMU("pciBus='1' accel='on' cmdqv='off'"), .needed = false },
        { .devices = BUSES SMMU("pciBus='1'") "<interface type='user'/>", .needed = false },
        { .devices = BUSES "<hostdev type='pci'><driver iommufd='yes'/></hostdev>", .needed = false },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(placements); i++) {
        g_autoptr(cmdqvTopology) topology = cmdqvTestDomain(placements[i].devices);

        g_test_message("%u", i);
        g_assert_cmpint(cmdqvRuleTableNeedPlacement(topology), ==, placements[i].needed);
    }
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(machines); i++) {
        g_autofree char *path = g_strconcat("/rules/machine/", machines[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestMachine);
    }
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/rules/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    for (i = 0; i < G_N_ELEMENTS(arguments); i++) {
        g_autofree char *path = g_strconcat("/rules/arguments/", arguments[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestArguments);
    }
    g_test_add_data_func("/rules/libvirt-drops", NULL, cmdqvTestDrops);
    g_test_add_data_func("/rules/host-has-cmdqv", NULL, cmdqvTestHostWithout);
    g_test_add_data_func("/rules/network-of-hostdevs", NULL, cmdqvTestNetworksOfHostdevs);
    g_test_add_data_func("/rules/nodes", NULL, cmdqvTestDevNodes);
    g_test_add_data_func("/rules/argv", NULL, cmdqvTestArgv);
    g_test_add_data_func("/rules/summary", NULL, cmdqvTestSummary);
    g_test_add_data_func("/rules/table", NULL, cmdqvTestTable);
    g_test_add_data_func("/rules/examples", NULL, cmdqvTestEachExample);
    g_test_add_data_func("/rules/need-placement", NULL, cmdqvTestNeedPlacement);
    return g_test_run();
}
