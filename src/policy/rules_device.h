/*
 * rules_device.h: names of the rules about changes of devices
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#define CMDQV_RULES_DEVICE_KEEP_ANCHOR "keep-anchor"
#define CMDQV_RULES_DEVICE_KEEP_CANDIDATE "keep-candidate"
#define CMDQV_RULES_DEVICE_ATTACH_EMULATED "attach-emulated"
#define CMDQV_RULES_DEVICE_ATTACH_IOMMUFD "attach-needs-iommufd"
#define CMDQV_RULES_DEVICE_ATTACH_BRIDGE "attach-behind-bridge"
#define CMDQV_RULES_DEVICE_ATTACH_HOST_SMMU "attach-other-host-smmu"
#define CMDQV_RULES_DEVICE_ATTACH_NO_ANCHOR "attach-without-anchor"
#define CMDQV_RULES_DEVICE_ATTACH_LOWERED "attach-lowered"
#define CMDQV_RULES_DEVICE_ATTACH_NETWORK "attach-network-of-hostdevs"
#define CMDQV_RULES_DEVICE_NOVA_LAYOUT "nova-layout"
