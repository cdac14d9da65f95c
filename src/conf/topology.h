/*
 * topology.h: the one model of a domain that the policy sees
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Has the PCI buses and the devices on them, the SMMUs with their properties,
 * and the endpoints in the order in which QEMU creates them, each with its line
 * in the text. Both readers (domain XML, QEMU argv) fill it in and call
 * cmdqvTopologyResolve(); all other code takes it const.
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

#include "conf/pci_address.h"
#include "conf/smmu_attribute.h"

/** No index, no line, no bus. */
#define CMDQV_NONE (-1)

/** Names of OpenStack Nova in metadata begin with it; the version follows. */
#define CMDQV_TOPOLOGY_NOVA_NAMESPACE "http://openstack.org/xmlns/libvirt/nova/"

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

/** The slot of a device on its bus. */
typedef struct {
    int slot;               /* CMDQV_NONE if the text has none */
    int function;
    cmdqvSwitch multifunction;
} cmdqvSlot;

/** One PCI bus; both texts have the controller that provides it. */
typedef struct {
    const char *name;       /* QEMU's: pcie.0, pci.N, the alias or the id */
    int index;              /* libvirt's controller index, CMDQV_NONE in argv and if the XML has an invalid one */
    bool badIndex;          /* XML: it has an invalid one */
    cmdqvBusModel model;
    const char *parentName; /* argv: the bus that the controller is on; NULL for a root of its own */
    int parentIndex;        /* XML: the same as an index; CMDQV_NONE if it has no address */
    const char *driver;     /* QEMU's, if the text names it; NULL for the driver of the model */
    cmdqvSlot slot;         /* of the controller on its parent */
    cmdqvSwitch hotplug;    /* off: devices on it cannot be hot-plugged or unplugged */
    int chassis;            /* CMDQV_NONE if it is not given, as for the next three */
    int port;
    int busNr;              /* of a pxb: the number of its bus in the guest, and its NUMA node */
    int numaNode;
    guint64 memReserve;     /* bytes of memory space reserved for hot-plug; 0 if it is not given */
    bool overridden;        /* XML: a <qemu:override> sets or removes hotplug */
    bool bypass;            /* argv: bypass_iommu, devices on it bypass any SMMU */
    bool early;             /* argv: QEMU creates the controller before the bus that it is on */
    int line;               /* in the XML, CMDQV_NONE in argv */
    int place;              /* XML: how many controllers are before it in the text; CMDQV_NONE if it is not in the text */

    int parent;             /* resolved: index of the bus that the controller is on, CMDQV_NONE if that is unknown */
    int root;               /* resolved: index of the root above it, CMDQV_NONE if that is unknown */
    int smmu;               /* resolved, on a root: the first SMMU attached to it */
} cmdqvBus;

/** One SMMUv3. */
typedef struct {
    const char *id;         /* alias or id, NULL if there is none */
    const char *busName;    /* argv: primary-bus; NULL for the machine-wide SMMU */
    int busIndex;           /* XML: pciBus; CMDQV_NONE for the machine-wide SMMU */
    cmdqvSwitch accel;
    cmdqvSwitch cmdqv;
    const char *given[CMDQV_SMMU_ATTRIBUTE_LAST]; /* texts of the derived attributes; NULL: not given, as for all others */
    const char *stage;      /* argv: which stages of translation the guest gets, NULL for QEMU's default */
    const char *badBus;     /* XML: pciBus if it is no number */
    guint order;            /* how many endpoints QEMU creates before it */
    int virtioBefore;       /* XML: line of the last <iommu model='virtio'> before it, CMDQV_NONE if there is none */
    bool argument;          /* XML: a <qemu:arg> in that line makes it */
    bool early;             /* argv: QEMU creates it before the bus that it names */
    int line;

    int bus;                /* resolved: index of the bus it is attached to, CMDQV_NONE if there is none */
} cmdqvSmmu;

/** The kinds of words about an SMMU in the XML. */
typedef enum {
    CMDQV_SMMU_WORDS_BAD,       /* a message about an invalid value, with the remedy */
    CMDQV_SMMU_WORDS_FOREIGN,   /* the name, for messages, of a misspelt pciBus, accel or cmdqv, which libvirt drops */
    CMDQV_SMMU_WORDS_UNREAD     /* that of another attribute or element that no libvirt reads so far */
} cmdqvSmmuWordsKind;

typedef struct {
    guint smmu;             /* index of the SMMU */
    cmdqvSmmuWordsKind kind;
    const char *text;
} cmdqvSmmuWords;

/** One device that is no bridge. */
typedef struct {
    cmdqvEndpointKind kind;
    const char *element;    /* name of its element or its QEMU driver */
    const char *id;         /* alias or id, NULL if there is none */
    bool hasHost;
    cmdqvPCIAddress host;   /* the device on the host */
    bool hasGuest;
    cmdqvPCIAddress guest;  /* libvirt's address in the guest; its bus is a controller index */
    bool hasMac;
    guint8 mac[6];
    const char *busName;    /* argv: the bus it is on */
    bool early;             /* argv: QEMU creates it before that bus */
    bool iommufd;
    bool iommufdChild;      /* XML: <iommufd> is a child of its <driver>, which libvirt ignores */
    const char *iommufdId;  /* argv: id of that iommufd object */
    cmdqvSlot slot;
    const char *network;    /* XML: the network that it is on */
    bool hasNodeset;        /* XML: it has an <acpi nodeset=.../> */
    const char *failoverPair; /* id of the standby that it is the primary for */
    bool failover;          /* the primary of a failover pair: QEMU hides it until the guest asks */
    unsigned int bootIndex; /* 0 if it is not given, as for the next */
    unsigned int acpiIndex;
    cmdqvSwitch romBar;
    const char *romFile;    /* empty: no ROM at all */
    guint otherHostdevs;    /* XML: hostdevs before it that are not on PCI and have an alias from libvirt */
    bool conventional;      /* XML of a device to hot-plug: libvirt puts it on a conventional PCI bus */
    bool added;             /* XML: libvirt adds it, and the text has no element for it */
    const char *neededBy;   /* name of the element for which libvirt adds it, whose line is @line; NULL if libvirt always adds it */
    int scsi;               /* XML of a SCSI controller: its index, CMDQV_NONE if it has none; CMDQV_NONE for other devices */
    int line;

    int bus;                /* resolved: index of its bus, CMDQV_NONE if that is not known */
} cmdqvEndpoint;

/** XML: an invalid value, which counts as absent. */
typedef struct {
    int line;               /* of the element that has it */
    const char *message;    /* names the element, the attribute and the remedy */
} cmdqvBadValue;

typedef struct _cmdqvTopology cmdqvTopology;

/** A domain; its strings live as long as it does. */
struct _cmdqvTopology {
    gatomicrefcount owners;
    cmdqvTopology *original;        /* the domain that this is a copy of, and whose strings it has; NULL for no copy */
    const char *name;       /* of the domain, NULL if the text has none */
    const char *uuid;
    const char *type;       /* XML: kvm, qemu and so on */
    const char *emulator;   /* XML: path of the QEMU binary, NULL if libvirt chooses one */
    const char *arch;       /* XML: architecture of the guest, NULL if libvirt chooses it */
    const char *machine;    /* type of the machine, such as virt or virt-11.1 */
    cmdqvSwitch acpi;       /* absent if the text does not have it, here and below */
    cmdqvSwitch firmware;
    cmdqvSwitch hugepages;
    GStringChunk *strings;
    GArray *buses;          /* cmdqvBus */
    GArray *smmus;          /* cmdqvSmmu */
    GArray *endpoints;      /* cmdqvEndpoint, in the order of creation */
    GPtrArray *metadata;    /* XML: namespaces of the elements that managers keep in <metadata> */
    GArray *smmuWords;      /* XML: cmdqvSmmuWords */
    GArray *badValues;      /* XML: cmdqvBadValue, in the order in which they were read */
    GArray *hidden;         /* cmdqvBadValue: things given to QEMU that cannot be read here, so they may have an SMMU */
    const char *monitor;    /* XML: an option of <qemu:commandline> that opens a monitor of QEMU, NULL if none does */
    bool keyval;            /* XML: <qemu:capabilities> makes libvirt write its devices in keyval form */
    const char *idTwice;    /* XML: an option of <qemu:commandline> that has the id of another, NULL if none has */
    bool placesOpen;        /* XML: addresses that libvirt would assign are unknown, and a result depends on them */
    bool placesUntold;      /* XML: libvirt was asked for the addresses that it would assign, and did not answer */
    cmdqvSwitch iommufd;    /* XML: <iommufd enabled=.../> of the domain, for devices without their own */
    guint otherHostdevs;    /* XML: hostdevs that are not on PCI and have an alias from libvirt */
    int virtioIommu;        /* XML: line of the last <iommu model='virtio'>, CMDQV_NONE if there is none */
    bool onlyMigratable;    /* argv: QEMU refuses devices that prevent migration */
    bool lowered;           /* live XML: the libvirt that runs it certainly does not know its vSMMUs */
    bool passthroughArgs;   /* XML: <qemu:commandline> or <qemu:override> may add to or change all this */
    bool unplacedEmulated;  /* XML: an emulated device, in the text or added by libvirt, has no address yet */
    bool unplaced;          /* resolved: a device has no address from libvirt yet */
};

cmdqvTopology *cmdqvTopologyNew(void);
void cmdqvTopologyFree(cmdqvTopology *topology);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmdqvTopology, cmdqvTopologyFree)

cmdqvBus *cmdqvTopologyAddBus(cmdqvTopology *topology, cmdqvBusModel model);
cmdqvSmmu *cmdqvTopologyAddSmmu(cmdqvTopology *topology);
cmdqvEndpoint *cmdqvTopologyAddEndpoint(cmdqvTopology *topology, cmdqvEndpointKind kind, const char *element);
const char *cmdqvTopologyKeep(cmdqvTopology *topology, const char *text);
const char *cmdqvTopologyTake(cmdqvTopology *topology, char *text);
const char *cmdqvTopologyFormat(cmdqvTopology *topology, const char *format, ...) G_GNUC_PRINTF(2, 3);
void cmdqvTopologyAddSmmuWords(cmdqvTopology *topology, cmdqvSmmuWordsKind kind, const char *text);
void cmdqvTopologyAddBadValue(cmdqvTopology *topology, int line, const char *message);
void cmdqvTopologyAddHidden(cmdqvTopology *topology, int line, const char *message);
void cmdqvTopologyResolve(cmdqvTopology *topology);

cmdqvTopology *cmdqvTopologyCopy(const cmdqvTopology *topology);
void cmdqvTopologyPlace(cmdqvTopology *topology, const cmdqvTopology *placed);
void cmdqvTopologySettlePooled(cmdqvTopology *topology);
void cmdqvTopologyRemoveEndpoint(cmdqvTopology *topology, guint endpoint);
void cmdqvTopologyRemoveBus(cmdqvTopology *topology, guint bus);

const cmdqvBus *cmdqvTopologyGetBus(const cmdqvTopology *topology, int bus);
const cmdqvSmmu *cmdqvTopologyGetSmmu(const cmdqvTopology *topology, int smmu);
const cmdqvEndpoint *cmdqvTopologyGetEndpoint(const cmdqvTopology *topology, int endpoint);
int cmdqvTopologyFindBusPlace(const cmdqvTopology *topology, guint place);
int cmdqvTopologyFindBusName(const cmdqvTopology *topology, const char *name);
int cmdqvTopologyFindEndpointId(const cmdqvTopology *topology, const char *id);
int cmdqvTopologyFindSmmuId(const cmdqvTopology *topology, const char *id);
int cmdqvTopologyEndpointSmmu(const cmdqvTopology *topology, guint endpoint);

bool cmdqvAliasIsUsers(const char *alias);
bool cmdqvEndpointMayAnchor(const cmdqvEndpoint *endpoint);

int cmdqvTopologyBusSmmu(const cmdqvTopology *topology, int bus);
bool cmdqvTopologyMayHide(const cmdqvTopology *topology);
bool cmdqvTopologyHasSmmuBus(const cmdqvTopology *topology);
bool cmdqvTopologyIsOfNova(const cmdqvTopology *topology);
bool cmdqvBusIsConventional(const cmdqvBus *bus);
bool cmdqvTopologyIsPlaced(const cmdqvTopology *topology, guint endpoint);

const char *cmdqvBusModelToString(cmdqvBusModel model);
cmdqvBusModel cmdqvBusModelFromString(const char *model);
const char *cmdqvSwitchToString(cmdqvSwitch value);
char *cmdqvTopologyNameEndpoint(const cmdqvEndpoint *endpoint);
