/*
 * rules_device.c: rules about changes of devices
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A definition alone cannot break them, so they have no check here: policies
 * (src/policy/detach_policy.c, attach_policy.c, monitor_policy.c) check a call,
 * and the module a layout. They always refuse.
 */

#include "policy/rule_table.h"
#include "policy/rules_device.h"


const cmdqvRule cmdqvRulesDevice[] = {
    {
        .identifier = CMDQV_RULES_DEVICE_KEEP_ANCHOR,
        .summary = "the anchor of a CMDQV stays in a running domain",
        .reason = "QEMU ties the command queues of a vSMMU to its first device on iommufd. Without that device the guest loses its queues, "
                  "and QEMU may abort. A detach, a monitor command and a change of the definition that a manager would follow by such a "
                  "detach are refused; so is each device that may be the anchor, if the anchor is unknown.",
        .fix = "Shut the domain down to remove the device; 'virt-cmdqv anchors' lists the anchors.",
        .example = "virsh shutdown guest1",
    },
    {
        .identifier = CMDQV_RULES_DEVICE_KEEP_CANDIDATE,
        .summary = "a change of a definition leaves a device that can anchor each CMDQV",
        .reason = "A domain with cmdqv='on' does not start without a PCI hostdev on iommufd behind the vSMMU.",
        .fix = "Add another such device behind the vSMMU first, or remove cmdqv='on'.",
        .example = CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x02", "2"),
    },
    {
        .identifier = CMDQV_RULES_DEVICE_ATTACH_EMULATED,
        .summary = "no emulated device is attached behind an accelerated vSMMU",
        .reason = "QEMU refuses it there, or the guest's invalidations pass QEMU by, so that the device works with stale mappings. libvirt "
                  "gives a device without an address the first free port, which may be behind a vSMMU.",
        .fix = "Give the device an address on another PCIe root; ports there are free for it if the domain has spare ones.",
        .example = "<rng model='virtio'>\n"
                   "  <backend model='random'>/dev/urandom</backend>\n"
                   "  <address type='pci' bus='3' slot='0'/>\n"
                   "</rng>",
    },
    {
        .identifier = CMDQV_RULES_DEVICE_ATTACH_IOMMUFD,
        .summary = "a device that is attached behind an accelerated vSMMU is on iommufd",
        .reason = "QEMU accelerates an SMMU for devices on iommufd only, and refuses others behind it, late and in words that do not help. "
                  "The device of a network is on iommufd in no release of libvirt so far.",
        .fix = "Add iommufd='yes' to the <driver> of the device.",
        .example = CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x02", "2"),
    },
    {
        .identifier = CMDQV_RULES_DEVICE_ATTACH_BRIDGE,
        .summary = "no device of the host is attached behind a conventional PCI bridge that is behind a vSMMU",
        .reason = "QEMU gives VFIO the address space of the bridge, which is not accelerated, and refuses the device.",
        .fix = "Give the device an address on a PCIe port.",
        .example = CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x02", "2"),
    },
    {
        .identifier = CMDQV_RULES_DEVICE_ATTACH_HOST_SMMU,
        .summary = "a device that is attached behind a vSMMU is behind the host SMMU of the anchor",
        .reason = "A vSMMU stands for the host SMMU of its first device; the kernel cannot attach a device of another to it. Checked if the "
                  "host's sysfs can be read.",
        .fix = "Attach the device behind the vSMMU for its own host SMMU; 'virt-cmdqv host' lists the devices of each.",
        .example = CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x02", "2"),
    },
    {
        .identifier = CMDQV_RULES_DEVICE_ATTACH_NO_ANCHOR,
        .summary = "no device is attached behind a vSMMU whose cmdqv='on' had no anchor at the start",
        .reason = "The guest has booted without command queues. A device that is attached later does not give it any.",
        .fix = "Add the device to the definition, and start the domain again.",
        .example = "virsh attach-device guest1 device.xml --config",
    },
    {
        .identifier = CMDQV_RULES_DEVICE_ATTACH_LOWERED,
        .summary = "no device is attached behind a vSMMU that libvirt does not know",
        .reason = "A libvirt before 12.7 does not know the SMMU, which the module gives to QEMU past it. It would attach the device on "
                  "another bus, and not on iommufd.",
        .fix = "Add the device to the definition, and start the domain again; libvirt 12.7.0 or newer can attach it later.",
        .example = "virsh attach-device guest1 device.xml --config",
    },
    {
        .identifier = CMDQV_RULES_DEVICE_ATTACH_NETWORK,
        .summary = "no interface on a network of hostdevs is attached to a domain on iommufd as a whole",
        .reason = "libvirt 12.8 and newer crash when they attach such an interface: they read the device of the network as a hostdev of the "
                  "definition. All clients lose their connection; guests continue.",
        .fix = "Attach an <interface type='hostdev'>.",
        .example = "<interface type='hostdev' managed='yes'>\n"
                   "  <driver name='vfio' iommufd='yes'/>\n"
                   "  <source>\n"
                   "    <address type='pci' domain='0x0009' bus='0x03' slot='0x00' function='0x1'/>\n"
                   "  </source>\n"
                   "</interface>",
    },
    {
        .identifier = CMDQV_RULES_DEVICE_NOVA_LAYOUT,
        .summary = "a layout that a flavor of Nova requests can be made",
        .reason = "With nova_layout = on in cmdqv.conf the module adds the vSMMUs that a flavor with the extra spec cmdqv:mode=on requests. "
                  "If that cannot be done, the instance would start without CMDQV.",
        .fix = "Correct the reason in the message, or remove the extra spec from the flavor.",
        .example = "openstack flavor unset gpu.large --property cmdqv:mode",
    },
    { .identifier = NULL },
};
