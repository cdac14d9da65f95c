/*
 * conf/topology.h: the one model of a domain that the policy sees
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * PCI buses and what hangs below them, the SMMUs with their properties and the
 * endpoints in the order in which QEMU creates them, each with where it came
 * from.  Both readers (domain XML, QEMU argv) fill this in and then call
 * cmdqvTopologyResolve(); everybody else takes it const.
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

#include "conf/pci_address.h"

/** Something that is not there: an index, a line, a bus. */
#define CMDQV_NONE (-1)

/** The name that QEMU gives to the root bus of the virt machine (hw/arm/virt.c). */
#define CMDQV_ROOT_BUS_NAME "pcie.0"

typedef enum {
    CMDQV_BUS_PCIE_ROOT,
    CMDQV_BUS_PCIE_EXPANDER,
    CMDQV_BUS_ROOT_PORT,
    CMDQV_BUS_SWITCH_UPSTREAM,
    CMDQV_BUS_SWITCH_DOWNSTREAM,
    CMDQV_BUS_PCIE_TO_PCI,
    CMDQV_BUS_PCI_BRIDGE,
    CMDQV_BUS_OTHER,

    CMDQV_BUS_LAST
} cmdqvBusModel;

typedef enum {
    CMDQV_SWITCH_ABSENT,
    CMDQV_SWITCH_AUTO,
    CMDQV_SWITCH_ON,
    CMDQV_SWITCH_OFF,

    CMDQV_SWITCH_LAST
} cmdqvSwitch;

typedef enum {
    CMDQV_ENDPOINT_VFIO,
    CMDQV_ENDPOINT_MDEV,
    /** An interface on a network: libvirt decides at start whether it becomes a hostdev. */
    CMDQV_ENDPOINT_POOLED,
    CMDQV_ENDPOINT_EMULATED,

    CMDQV_ENDPOINT_LAST
} cmdqvEndpointKind;

/** Where on its bus a device sits. */
typedef struct {
    int slot;               /* CMDQV_NONE where the text does not tell */
    int function;
    cmdqvSwitch multifunction;
} cmdqvSlot;

/** One PCI bus, which in both texts is the controller that provides it. */
typedef struct {
    char *name;             /* QEMU's: pcie.0, pci.N, the alias or the id */
    int index;              /* libvirt's controller index, CMDQV_NONE in argv and where the XML has a bad one */
    bool badIndex;          /* XML: it has one that means nothing */
    cmdqvBusModel model;
    char *parentName;       /* argv: the bus that the controller is on; NULL for a root of its own */
    int parentIndex;        /* XML: the same as an index; CMDQV_NONE where it has no address */
    char *driver;           /* QEMU's, where it is named; NULL for that of the model */
    cmdqvSlot slot;         /* of the controller on its parent */
    cmdqvSwitch hotplug;    /* off: nothing on it can be plugged or unplugged */
    int chassis;            /* CMDQV_NONE where it is not given, as for the next three */
    int port;
    int busNr;              /* of a pxb: the number of its bus in the guest, and its NUMA node */
    int numaNode;
    guint64 memReserve;     /* bytes of memory space that it keeps for hot-plug; 0 where it is not given */
    bool bypass;            /* argv: bypass_iommu, what is on it goes past any SMMU */
    bool early;             /* argv: QEMU creates the controller before the bus that it is on */
    int line;               /* in the XML, CMDQV_NONE in argv */
    int place;              /* XML: how many controllers stand before it in the text; CMDQV_NONE where it does not */

    int parent;             /* resolved: index of the bus that the controller is on, CMDQV_NONE where that is unknown */
    int root;               /* resolved: index of the root above it, CMDQV_NONE where that is unknown */
    int smmu;               /* resolved, on a root: the first SMMU attached to it */
} cmdqvBus;

/** One SMMUv3. */
typedef struct {
    char *id;               /* alias or id, NULL where there is none */
    char *busName;          /* argv: primary-bus; NULL for the machine-wide SMMU */
    int busIndex;           /* XML: pciBus; CMDQV_NONE for the machine-wide SMMU */
    cmdqvSwitch accel;
    cmdqvSwitch cmdqv;
    char *ats;              /* the four that QEMU may derive from the first device, as given; NULL: not given */
    char *ril;
    char *ssidsize;
    char *oas;
    char *stage;            /* argv: which stages of translation the guest gets, NULL for QEMU's default */
    char *badBus;           /* XML: pciBus where it is no number */
    char **bad;             /* XML: what is wrong with values that cannot be kept, and what to write; NULL for nothing */
    char **foreign;         /* XML: attributes that libvirt would drop, as 'NAME' of <ELEMENT>; NULL where there is none */
    char **unread;          /* XML: others that no libvirt so far reads, in the same form */
    guint order;            /* how many endpoints QEMU creates before it */
    int virtioBefore;       /* XML: line of the last <iommu model='virtio'> before it, CMDQV_NONE if there is none */
    bool argument;          /* XML: it comes from a <qemu:arg>, in that line */
    bool early;             /* argv: QEMU creates it before the bus that it names */
    int line;

    int bus;                /* resolved: index of the bus it is attached to, CMDQV_NONE where there is none */
} cmdqvSmmu;

/** One device that is no bridge. */
typedef struct {
    cmdqvEndpointKind kind;
    const char *element;    /* the element's name or the QEMU driver; lives as long as the topology */
    char *id;               /* alias or id, NULL where there is none */
    bool hasHost;
    cmdqvPCIAddress host;   /* the device on the host */
    bool hasGuest;
    cmdqvPCIAddress guest;  /* libvirt's address in the guest; its bus is a controller index */
    bool hasMac;
    guint8 mac[6];
    char *busName;          /* argv: the bus it is on */
    bool early;             /* argv: QEMU creates it before that bus */
    bool iommufd;
    char *iommufdId;        /* argv: id of that iommufd object */
    cmdqvSlot slot;
    char *network;          /* XML: the network that it is on */
    bool hasNodeset;        /* XML: it says which NUMA nodes of the guest are its own */
    char *failoverPair;     /* id of the standby that it is the primary for */
    bool failover;          /* the primary of a failover pair: QEMU hides it until the guest asks */
    unsigned int bootIndex; /* 0 where it is not given, as for the next */
    unsigned int acpiIndex;
    cmdqvSwitch romBar;
    char *romFile;          /* empty: no ROM at all */
    guint otherHostdevs;    /* XML: hostdevs before it that are none on PCI and have libvirt's alias */
    bool conventional;      /* XML of a device that is to be plugged in: libvirt looks for a conventional PCI bus for it */
    bool added;             /* XML: libvirt adds it, and the text has no element for it */
    const char *neededBy;   /* name of the element for which it adds it, and which @line is of; NULL where it always does */
    int scsi;               /* XML of a SCSI controller: its index, CMDQV_NONE where it does not say; of all others CMDQV_NONE */
    int line;

    int bus;                /* resolved: index of its bus, CMDQV_NONE where that is not known */
} cmdqvEndpoint;

/** XML: a value that means nothing, and is taken for none. */
typedef struct {
    int line;               /* of the element that has it */
    char *message;          /* names the element, the attribute and what belongs there */
} cmdqvBadValue;

typedef struct {
    char *name;             /* of the domain, NULL where the text has none */
    char *uuid;
    char *type;             /* XML: kvm, qemu and so on */
    char *emulator;         /* XML: path of the QEMU binary, NULL where libvirt chooses one */
    char *machine;          /* type of the machine, such as virt or virt-11.1 */
    cmdqvSwitch acpi;       /* absent where the text does not tell, here and below */
    cmdqvSwitch firmware;
    cmdqvSwitch hugepages;
    GStringChunk *strings;  /* element and driver names */
    GArray *buses;          /* cmdqvBus */
    GArray *smmus;          /* cmdqvSmmu */
    GArray *endpoints;      /* cmdqvEndpoint, in the order of creation */
    GPtrArray *metadata;    /* XML: namespaces of what managers keep in <metadata> */
    GPtrArray *badValues;   /* XML: cmdqvBadValue, in the order in which they were read */
    cmdqvSwitch iommufd;    /* XML: <iommufd enabled=.../> of the domain, for devices that do not say */
    guint otherHostdevs;    /* XML: hostdevs that are none on PCI and have libvirt's alias */
    int virtioIommu;        /* XML: line of the last <iommu model='virtio'>, CMDQV_NONE if there is none */
    bool onlyMigratable;    /* argv: QEMU shall refuse whatever keeps the guest from migrating */
    bool lowered;           /* live XML: its vSMMUs are certainly unknown to the libvirt that runs it */
    bool passthroughArgs;   /* XML: <qemu:commandline> or <qemu:override> may add to or change all this */
    bool unplacedEmulated;  /* XML: an emulated device, written or added by libvirt, waits for libvirt to place it */
    bool unplaced;          /* resolved: libvirt has still to say where something goes */
} cmdqvTopology;

cmdqvTopology *cmdqvTopologyNew(void);
void cmdqvTopologyFree(cmdqvTopology *topology);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmdqvTopology, cmdqvTopologyFree)

cmdqvBus *cmdqvTopologyAddBus(cmdqvTopology *topology, cmdqvBusModel model);
cmdqvSmmu *cmdqvTopologyAddSmmu(cmdqvTopology *topology);
cmdqvEndpoint *cmdqvTopologyAddEndpoint(cmdqvTopology *topology, cmdqvEndpointKind kind, const char *element);
void cmdqvTopologyAddBadValue(cmdqvTopology *topology, int line, const char *message);
void cmdqvTopologyAddBadValues(cmdqvTopology *topology, const cmdqvTopology *from);
void cmdqvTopologyResolve(cmdqvTopology *topology);

cmdqvTopology *cmdqvTopologyCopy(const cmdqvTopology *topology);
void cmdqvTopologyPlace(cmdqvTopology *topology, const cmdqvTopology *placed);
void cmdqvTopologySettlePooled(cmdqvTopology *topology);
void cmdqvTopologyRemoveEndpoint(cmdqvTopology *topology, guint endpoint);
void cmdqvTopologyRemoveBus(cmdqvTopology *topology, guint bus);
void cmdqvTopologyRemoveSmmu(cmdqvTopology *topology, guint smmu);

const cmdqvBus *cmdqvTopologyGetBus(const cmdqvTopology *topology, int bus);
const cmdqvSmmu *cmdqvTopologyGetSmmu(const cmdqvTopology *topology, int smmu);
const cmdqvEndpoint *cmdqvTopologyGetEndpoint(const cmdqvTopology *topology, int endpoint);
int cmdqvTopologyFindBusPlace(const cmdqvTopology *topology, guint place);
int cmdqvTopologyFindBusName(const cmdqvTopology *topology, const char *name);
int cmdqvTopologyFindEndpointId(const cmdqvTopology *topology, const char *id);
int cmdqvTopologyEndpointSmmu(const cmdqvTopology *topology, guint endpoint);

bool cmdqvAliasIsUsers(const char *alias);
bool cmdqvEndpointMayAnchor(const cmdqvEndpoint *endpoint);

int cmdqvTopologyBusSmmu(const cmdqvTopology *topology, int bus);
bool cmdqvTopologyIsPlaced(const cmdqvTopology *topology, guint endpoint);

const char *cmdqvBusModelToString(cmdqvBusModel model);
cmdqvBusModel cmdqvBusModelFromString(const char *model);
const char *cmdqvSwitchToString(cmdqvSwitch value);
char *cmdqvTopologyDescribe(const cmdqvTopology *topology);
