/*
 * policy/rule.h: a rule for definitions, and what it found
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "conf/topology.h"
#include "host/dev_nodes.h"

typedef struct _cmdqvRule cmdqvRule;

typedef enum {
    CMDQV_RULE_ERROR,       /* the definition is refused */
    CMDQV_RULE_WARNING,     /* it is said, and passes */
    CMDQV_RULE_OFF,         /* not checked */

    CMDQV_RULE_LEVEL_LAST
} cmdqvRuleLevel;

/** What a rule cannot do without; where it is missing the rule finds nothing. */
typedef enum {
    CMDQV_RULE_NEEDS_NOTHING,   /* but the text */
    CMDQV_RULE_NEEDS_ELEMENTS,  /* nothing but those that libvirt reads: no argument of the domain's own changes the answer */
    CMDQV_RULE_NEEDS_PLACES,    /* of the devices and, in a definition that leaves it open, the machine that libvirt chooses */
    CMDQV_RULE_NEEDS_HOST,      /* both, and the SMMUs of the host that has the devices */
    CMDQV_RULE_NEEDS_SUPPORT,   /* all that, and whether those have CMDQV */
    CMDQV_RULE_NEEDS_LIBVIRT,   /* the version of the libvirt that takes the definition */
    CMDQV_RULE_NEEDS_NETWORKS,  /* its version, and what its networks give */
    CMDQV_RULE_NEEDS_ACCESS,    /* where that is an older one: what it lets QEMU open */
} cmdqvRuleNeeds;

/** One thing that a rule found wrong. */
typedef struct {
    const cmdqvRule *rule;
    cmdqvRuleLevel level;
    int smmu;               /* index of the SMMU that it is about, CMDQV_NONE for none */
    int endpoint;           /* index of the device that it is about, CMDQV_NONE for none */
    int line;               /* of the element in the XML, CMDQV_NONE for argv */
    char *message;          /* names the element, what is wrong and what to do */
} cmdqvFinding;

/**
 * cmdqvHostSmmuLookup:
 * @device: PCI address of a device of the host, as sysfs has it
 * @data: the caller's
 *
 * Returns: (transfer full): the name of the host SMMU that it is behind, NULL
 * where that is not known
 */
typedef char *(*cmdqvHostSmmuLookup)(const char *device, gpointer data);

/**
 * cmdqvNodeLookup:
 * @node: a file in /dev, or CMDQV_NODE_VFIO_ANY
 * @data: the caller's
 *
 * Returns: what keeps QEMU from it
 */
typedef cmdqvNodeAccess (*cmdqvNodeLookup)(const char *node, gpointer data);

/**
 * cmdqvNodeOf:
 * @device: PCI address of a device of the host, as sysfs has it
 * @data: the caller's
 *
 * Returns: (transfer full): the file in /dev that QEMU opens for it,
 * CMDQV_NODE_VFIO_ANY where that is not known yet
 */
typedef char *(*cmdqvNodeOf)(const char *device, gpointer data);

/**
 * cmdqvNetworkLookup:
 * @name: of a network of libvirt
 * @data: the caller's
 *
 * Returns: true if what it gives now are devices of the host
 */
typedef bool (*cmdqvNetworkLookup)(const char *name, gpointer data);

/** The first release of libvirt whose <driver> of an SMMU has cmdqv; what counts where libvirt cannot be asked. */
#define CMDQV_LIBVIRT_WITH_CMDQV 12007000

/** The first release of libvirt of which it is not known what else it reads. */
#define CMDQV_LIBVIRT_NOT_SEEN 12009000

/** Those that end when they open what a network gives to a domain on iommufd (qemuProcessOpenVfioDeviceFd(), seen with 12.8.0). */
#define CMDQV_LIBVIRT_ENDS_AT_NETWORKS(version) ((version) / 1000 == 12008)

/**
 * cmdqvRuleContext:
 * @levels: (nullable): identifier to cmdqvRuleLevel, for those that are not at
 *   their default
 * @hostSmmu: (nullable): tells the host SMMU of a device
 * @data: for @hostSmmu
 * @libvirtVersion: of the libvirt that will take the definition, as
 *   virConnectGetLibVersion() has it; 0 where that is not known
 * @ownVersion: of that libvirt itself, whatever the module makes up for; 0
 *   where that is not known
 * @withoutCmdqv: (nullable): the SMMUs of this host that certainly have no CMDQV,
 *   by the names that @hostSmmu gives
 * @network: (nullable): tells what a network gives
 * @networkData: for @network
 * @endsAtNetworks: that libvirt is one of CMDQV_LIBVIRT_ENDS_AT_NETWORKS()
 * @node: (nullable): tells what keeps QEMU from a file, where the definition is
 *   lowered for a libvirt that does not open such files itself
 * @nodeOf: (nullable): tells which file is a device's; not without @node
 * @nodeData: for these two
 *
 * What the text of a definition does not say.
 */
typedef struct {
    GHashTable *levels;
    cmdqvHostSmmuLookup hostSmmu;
    gpointer data;
    unsigned long libvirtVersion;
    unsigned long ownVersion;
    const char *const *withoutCmdqv;
    cmdqvNetworkLookup network;
    gpointer networkData;
    bool endsAtNetworks;
    cmdqvNodeLookup node;
    cmdqvNodeOf nodeOf;
    gpointer nodeData;
} cmdqvRuleContext;

/**
 * cmdqvRuleRun:
 * @rule: the one that is checked
 * @topology: the definition
 * @context: what its text does not say
 * @hostSmmus: index of a device to what @context says is its host SMMU, so that
 *   each is asked for once
 * @findings: is added to
 *
 * What a check works with.
 */
typedef struct {
    const cmdqvRule *rule;
    const cmdqvTopology *topology;
    const cmdqvRuleContext *context;
    GHashTable *hostSmmus;
    GPtrArray *findings;
} cmdqvRuleRun;

typedef void (*cmdqvRuleCheck)(const cmdqvRuleRun *run);

/**
 * cmdqvRule:
 * @identifier: its name in configuration and reports
 * @level: what a breach is unless the configuration says otherwise
 * @needs: what the text of a definition does not tell it
 * @summary: what it asks for, in one sentence
 * @reason: why
 * @fix: what to do about a breach
 * @example: XML that keeps it: elements of <devices> or <domain>, line by line
 * @check: adds a finding for each place where the definition breaks it
 */
struct _cmdqvRule {
    const char *identifier;
    cmdqvRuleLevel level;
    cmdqvRuleNeeds needs;
    const char *summary;
    const char *reason;
    const char *fix;
    const char *example;
    cmdqvRuleCheck check;
};

/**
 * CMDQV_VERSION_PARTS:
 * @version: of libvirt, as virConnectGetLibVersion() has it
 *
 * The three arguments of "%lu.%lu.%lu".
 */
#define CMDQV_VERSION_PARTS(version) (version) / 1000000, (version) / 1000 % 1000, (version) % 1000

/**
 * CMDQV_EXAMPLE_HOSTDEV:
 * @domain: of its address on the host, in quotes
 * @bus: of that, too
 * @guestBus: where it is in the guest
 *
 * The hostdev of an example: an iommufd one in slot 0 of a port.
 */
#define CMDQV_EXAMPLE_HOSTDEV(domain, bus, guestBus) \
    "<hostdev mode='subsystem' type='pci'>\n" \
    "  <driver iommufd='yes'/>\n" \
    "  <source>\n" \
    "    <address domain='" domain "' bus='" bus "' slot='0x00' function='0x0'/>\n" \
    "  </source>\n" \
    "  <address type='pci' bus='" guestBus "' slot='0'/>\n" \
    "</hostdev>"

/** The rule about values that mean nothing. */
#define CMDQV_RULE_BAD_VALUE "bad-value"

/** The one rule that a domain without an SMMU can break. */
#define CMDQV_RULE_DROPS_IOMMUFD "older-libvirt-drops-iommufd"

/** The rules that are about the shape of a domain and need no knowledge of QEMU; ends with an empty one. */
extern const cmdqvRule cmdqvShapeRules[];

const char *cmdqvRuleLevelToString(cmdqvRuleLevel level);
cmdqvRuleLevel cmdqvRuleLevelFromString(const char *level);

char *cmdqvEndpointDescribe(const cmdqvEndpoint *endpoint);

GPtrArray *cmdqvFindingsNew(void);
void cmdqvFindingAdd(const cmdqvRuleRun *run, guint smmu, const char *format, ...) G_GNUC_PRINTF(3, 4);
void cmdqvFindingAddBadValue(const cmdqvRuleRun *run, const cmdqvBadValue *value);
void cmdqvFindingAddEndpoint(const cmdqvRuleRun *run, guint endpoint, int smmu, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
