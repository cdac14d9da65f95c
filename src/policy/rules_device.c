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
        .reason = "QEMU ties the command queues of a vSMMU to its first device on iommufd, the anchor. Without that device the guest loses "
                  "its queues, and QEMU may abort. A detach, a monitor command that removes the anchor, and a change of the definition that a "
                  "manager would follow by such a detach are refused. If the anchor is unknown, this protects each device that may be the "
                  "anchor.",
        .fix = "Shut the domain down to remove the device. 'virt-cmdqv anchors' lists the anchors.",
        .example = "virsh shutdown guest1",
    },
    {
        .identifier = CMDQV_RULES_DEVICE_KEEP_CANDIDATE,
        .summary = "a change of a definition must leave a device that can anchor each CMDQV",
        .reason = "A domain with cmdqv='on' does not start without a PCI hostdev on iommufd behind the vSMMU.",
        .fix = "Add another such device behind the vSMMU first, or remove cmdqv='on'.",
        .example = CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x02", "2"),
    },
    {
        .identifier = CMDQV_RULES_DEVICE_ATTACH_EMULATED,
        .summary = "an emulated device must not be attached behind an accelerated vSMMU",
        .reason = "QEMU refuses the device there, or the hardware gets the guest's invalidations and QEMU does not, so the device uses stale "
                  "mappings. libvirt gives a device without an address the first free port, which may be behind a vSMMU.",
        .fix = "Give the device an <address> on a free port of another PCIe root.",
        .example = "<rng model='virtio'>\n"
                   "  <backend model='random'>/dev/urandom</backend>\n"
                   "  <address type='pci' bus='3' slot='0'/>\n"
                   "</rng>",
    },
    {
        .identifier = CMDQV_RULES_DEVICE_ATTACH_IOMMUFD,
        .summary = "a device that is attached behind an accelerated vSMMU must be on iommufd",
        .reason = "QEMU accelerates an SMMU only for devices on iommufd. It refuses other devices behind it late, and with a message that "
                  "does not help. No release of libvirt so far puts the device of a network on iommufd.",
        .fix = "Add iommufd='yes' to the <driver> of the device. In place of an <interface type='network'>, attach an <interface "
               "type='hostdev'>.",
        .example = CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x02", "2"),
    },
    {
        .identifier = CMDQV_RULES_DEVICE_ATTACH_BRIDGE,
        .summary = "a device of the host must not be attached behind a conventional PCI bridge that is behind a vSMMU",
        .reason = "QEMU gives VFIO the address space of the bridge, which is not accelerated, and refuses the device.",
        .fix = "Give the device an <address> on a PCIe port.",
        .example = CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x02", "2"),
    },
    {
        .identifier = CMDQV_RULES_DEVICE_ATTACH_HOST_SMMU,
        .summary = "a device that is attached behind a vSMMU must be behind the host SMMU of the anchor",
        .reason = "A vSMMU represents the host SMMU of its first device. The kernel cannot attach a device behind another host SMMU to it. "
                  "The rule is checked if the host's sysfs can be read.",
        .fix = "Attach the device behind the vSMMU for its own host SMMU. 'virt-cmdqv host' lists the devices behind each host SMMU.",
        .example = CMDQV_RULE_EXAMPLE_HOSTDEV("0x0009", "0x02", "2"),
    },
    {
        .identifier = CMDQV_RULES_DEVICE_ATTACH_NO_ANCHOR,
        .summary = "a device must not be attached behind a vSMMU with cmdqv='on' that had no anchor at the start",
        .reason = "The guest has booted without command queues. A device that you attach later does not give it any.",
        .fix = "Add the device to the definition, shut the domain down and start it again.",
        .example = "virsh attach-device guest1 device.xml --config",
    },
    {
        .identifier = CMDQV_RULES_DEVICE_ATTACH_LOWERED,
        .summary = "a device must not be attached behind a vSMMU that libvirt does not know",
        .reason = "A libvirt before 12.7 does not know the SMMU, because the module gives it to QEMU without libvirt. It would attach the "
                  "device on another bus, and not on iommufd.",
        .fix = "Add the device to the definition, shut the domain down and start it again. libvirt 12.7.0 or newer can attach it to the "
               "running domain.",
        .example = "virsh attach-device guest1 device.xml --config",
    },
    {
        .identifier = CMDQV_RULES_DEVICE_ATTACH_NETWORK,
        .summary = "an interface on a network of hostdevs must not be attached to a domain with <iommufd enabled='yes'/>",
        .reason = "libvirt 12.8 and newer crash when they attach such an interface: they read the device of the network as a hostdev of the "
                  "definition. All clients lose their connection; guests continue.",
        .fix = "Attach an <interface type='hostdev'> instead.",
        .example = "<interface type='hostdev' managed='yes'>\n"
                   "  <driver name='vfio' iommufd='yes'/>\n"
                   "  <source>\n"
                   "    <address type='pci' domain='0x0009' bus='0x03' slot='0x00' function='0x1'/>\n"
                   "  </source>\n"
                   "</interface>",
    },
    {
        .identifier = CMDQV_RULES_DEVICE_NOVA_LAYOUT,
        .summary = "the layout that a flavor of Nova requests must be possible",
        .reason = "With nova_layout = on in cmdqv.conf, the module adds the vSMMUs that a flavor with the extra spec cmdqv:mode=on requests. "
                  "If it cannot add them, the instance would start without CMDQV.",
        .fix = "Correct the fault that the message names, or remove the extra spec from the flavor.",
        .example = "openstack flavor unset gpu.large --property cmdqv:mode",
    },
    { .identifier = NULL },
};
