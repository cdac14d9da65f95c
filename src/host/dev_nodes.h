/*
 * dev_nodes.h: names of files in /dev that QEMU opens itself
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

/** The file that QEMU opens for an iommufd object. */
#define CMDQV_DEV_NODES_IOMMU "/dev/iommu"

/** The folder of the files that QEMU opens for devices on iommufd, and the name of one whose number is not known yet. */
#define CMDQV_DEV_NODES_VFIO "/dev/vfio/devices/"
#define CMDQV_DEV_NODES_VFIO_ANY CMDQV_DEV_NODES_VFIO "vfioN"

/** The file with libvirt's setting for these files. */
#define CMDQV_DEV_NODES_SETTINGS "/etc/libvirt/qemu.conf"

/** The obstacle that prevents QEMU from opening one of them. */
typedef enum {
    CMDQV_DEV_NODES_OPEN,   /* nothing known */
    CMDQV_DEV_NODES_HIDDEN,  /* QEMU has a /dev of its own, without the file */
    CMDQV_DEV_NODES_BARRED,  /* QEMU's control group */
    CMDQV_DEV_NODES_FOREIGN,  /* its owner and mode */
    CMDQV_DEV_NODES_MISSING,  /* the host has no such file */

    CMDQV_DEV_NODES_LAST
} cmdqvDevNodesAccess;
