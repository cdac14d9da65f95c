/*
 * device_xml.h: read device XML, and find the device of a domain that it
 * designates
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "conf/topology.h"
#include "conf/xml_read.h"

/** The kinds of device XML that can designate an anchor, or hold one behind them. */
typedef enum {
    CMDQV_DEVICE_HOSTDEV,
    CMDQV_DEVICE_INTERFACE,
    CMDQV_DEVICE_CONTROLLER,
    CMDQV_DEVICE_IOMMU,
    CMDQV_DEVICE_OTHER,

    CMDQV_DEVICE_LAST
} cmdqvDeviceKind;

typedef struct {
    xmlDoc *doc;            /* its XML, NULL for an alias alone */
    cmdqvDeviceKind kind;
    char *element;          /* the name of the root element */
    char *alias;
    bool hasHost;           /* hostdev: the device on the host */
    cmdqvPCIAddress host;
    bool hasGuest;
    cmdqvPCIAddress guest;
    bool hasCcw;            /* interface: an address on the CCW bus, its parts in the first three of a PCI address */
    cmdqvPCIAddress ccw;
    bool hasMac;
    guint8 mac[6];
    int index;              /* controller: its index; iommu: its pciBus; CMDQV_NONE if there is none */
} cmdqvDevice;

cmdqvDevice *cmdqvDeviceXMLParse(const char *xml, gsize len, GError **error);
cmdqvDevice *cmdqvDeviceXMLRead(const char *xml, gsize len, GError **error);
cmdqvDevice *cmdqvDeviceNewAlias(const char *alias);
void cmdqvDeviceFree(cmdqvDevice *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmdqvDevice, cmdqvDeviceFree)

bool cmdqvDeviceDesignates(const cmdqvDevice *device, const cmdqvEndpoint *endpoint, bool live);
bool cmdqvDeviceDesignatesBus(const cmdqvDevice *device, const cmdqvBus *bus);
int cmdqvDeviceFind(const cmdqvDevice *device, const cmdqvTopology *topology, bool live);
