/*
 * layout/layout_priv.h: a domain while devices are laid out in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For the files of the layout alone: layout/layout.c decides who comes where,
 * layout/layout_devices.c knows the devices, layout/layout_free.c what is free,
 * layout/layout_pcihole64.c how much the BARs take, layout/layout_numa.c the NUMA cells, and
 * layout/layout_elements.c the elements.
 */

#pragma once

#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "layout/layout.h"

/** A PCI bus has so many slots, and each so many functions. */
#define CMDQV_LAYOUT_SLOTS 32
#define CMDQV_LAYOUT_FUNCTIONS 8

/** A device of the host that is laid out. */
typedef struct {
    cmdqvPCIAddress host;
    char name[CMDQV_PCI_ADDRESS_LEN];
    xmlNode *node;              /* in the domain, NULL if it has yet to come there */
    cmdqvHostPlace place;
    int vsmmu;                  /* index of the vSMMU that it is behind already, CMDQV_NONE where it is behind none */
} cmdqvLayoutDevice;

/** The domain, and what is free in it. */
typedef struct {
    const cmdqvLayoutRequest *request;
    xmlNode *root;
    xmlNode *devices;
    cmdqvTopology *topology;    /* as it was */
    GArray *items;              /* cmdqvLayoutDevice, those that were asked for first */
    const char **owners;        /* for each SMMU of the topology the one of the host that it stands for */
    xmlNode *lastController;    /* new ones come behind it */
    int nextIndex;
    guint lowestBusNr;
    guint64 window;             /* bytes that the 64-bit BARs of all devices of the host take that the domain will have */
    GHashTable *used;           /* (bus << 5 | slot) of each guest address, and the buses alone as -1 - bus */
} cmdqvLayout;

bool cmdqvLayoutCollect(cmdqvLayout *layout, GError **error);

bool cmdqvLayoutSurvey(cmdqvLayout *layout, GError **error);
void cmdqvLayoutUse(cmdqvLayout *layout, unsigned int bus, unsigned int slot);
bool cmdqvLayoutIsUsed(const cmdqvLayout *layout, unsigned int bus, unsigned int slot);
int cmdqvLayoutTakeIndex(cmdqvLayout *layout, GError **error);
guint cmdqvLayoutTakeBusNr(cmdqvLayout *layout, guint ports, GError **error);
bool cmdqvLayoutTakeRootSlot(const cmdqvLayout *layout, GError **error);
int cmdqvLayoutFreePort(const cmdqvLayout *layout, int bus);
bool cmdqvLayoutHasBusNr(const cmdqvLayout *layout, int expander, guint more);

xmlNode *cmdqvLayoutElement(const cmdqvLayout *layout, const char *format, ...) G_GNUC_PRINTF(2, 3);
void cmdqvLayoutAddController(cmdqvLayout *layout, xmlNode *controller);
int cmdqvLayoutAddPort(cmdqvLayout *layout, int parent, GError **error);
bool cmdqvLayoutAddRoom(cmdqvLayout *layout, guint ports, GError **error);
int cmdqvLayoutAddExpander(cmdqvLayout *layout, guint ports, int numaNode, GError **error);
void cmdqvLayoutAddIommu(cmdqvLayout *layout, int expander);
void cmdqvLayoutPlace(cmdqvLayout *layout, cmdqvLayoutDevice *item, int port);

void cmdqvLayoutWidenHole(cmdqvLayout *layout);

int cmdqvLayoutCell(const xmlNode *root, int node);
bool cmdqvLayoutAddCells(cmdqvLayout *layout, const cmdqvLayoutDevice *item, GError **error);
