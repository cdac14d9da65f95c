/*
 * layout_priv.h: shared parts of a layout
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For the files of the layout only: layout.c decides the position of each
 * device, layout_devices.c finds the devices, layout_free.c free slots and
 * numbers, layout_pcihole64.c makes room for the BARs, layout_numa.c adds NUMA
 * cells, and layout_elements.c writes the elements.
 */

#pragma once

#include "conf/domain_xml.h"
#include "conf/xml_edit.h"
#include "layout/layout.h"

/** Slots of a PCI bus, and functions of a slot. */
#define CMDQV_LAYOUT_SLOTS 32
#define CMDQV_LAYOUT_FUNCTIONS 8

/** A host device of the layout. */
typedef struct {
    cmdqvPCIAddress host;
    char name[CMDQV_PCI_ADDRESS_LEN];
    xmlNode *node;              /* its element in the domain, NULL if it is not there yet */
    cmdqvDeviceNeedsPlace place;
    int vsmmu;                  /* index of its present vSMMU, CMDQV_NONE if it has none */
    int expander;               /* index of the controller with its new vSMMU, CMDQV_NONE if it has none */
} cmdqvLayoutDevice;

/** The domain, with its used numbers and slots. */
typedef struct {
    const cmdqvLayoutRequest *request;
    bool takesInterfaces;       /* <interface type='hostdev'> is moved too */
    xmlNode *root;
    xmlNode *devices;
    cmdqvTopology *topology;    /* before the layout */
    GArray *items;              /* cmdqvLayoutDevice, requested ones first */
    xmlNode *lastController;    /* new controllers follow it */
    int nextIndex;
    guint lowestBusNr;
    guint64 window;             /* bytes of the 64-bit BARs of all host devices of the future domain */
    GHashTable *used;           /* (bus << 5 | slot) of each guest address, and the buses alone as -1 - bus */
} cmdqvLayout;

bool cmdqvLayoutIsInterface(const cmdqvLayoutDevice *item);
bool cmdqvLayoutIsPort(const cmdqvLayoutDevice *item);
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
int cmdqvLayoutAddExpander(cmdqvLayout *layout, guint ports, int cell, GError **error);
void cmdqvLayoutAddIommu(cmdqvLayout *layout, int expander);
void cmdqvLayoutPlace(cmdqvLayout *layout, cmdqvLayoutDevice *item, int port);

void cmdqvLayoutWidenHole(cmdqvLayout *layout);

int cmdqvLayoutCell(const xmlNode *root, int node);
bool cmdqvLayoutAddCells(cmdqvLayout *layout, const cmdqvLayoutDevice *item, GError **error);
