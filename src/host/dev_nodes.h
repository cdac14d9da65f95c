/*
 * host/dev_nodes.h: files in /dev that QEMU opens by itself
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

/** What QEMU opens for an iommufd object. */
#define CMDQV_NODE_IOMMU "/dev/iommu"

/** Where the files are that it opens for devices on iommufd, and how one is called whose number is not known yet. */
#define CMDQV_NODE_VFIO "/dev/vfio/devices/"
#define CMDQV_NODE_VFIO_ANY CMDQV_NODE_VFIO "vfioN"

/** Where libvirt is told which of them QEMU gets. */
#define CMDQV_NODE_SETTINGS "/etc/libvirt/qemu.conf"

/** What keeps QEMU from one of them. */
typedef enum {
    CMDQV_NODE_OPEN,        /* nothing that is known */
    CMDQV_NODE_HIDDEN,      /* QEMU has a /dev of its own, and it is not there */
    CMDQV_NODE_BARRED,      /* QEMU's control group */
    CMDQV_NODE_FOREIGN,     /* its owner and mode */
    CMDQV_NODE_MISSING,     /* the host has none */

    CMDQV_NODE_LAST
} cmdqvNodeAccess;
