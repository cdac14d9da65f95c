/*
 * rule.h: the type of a rule, and its findings
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "conf/topology.h"
#include "host/cmdqv_support.h"
#include "host/dev_nodes.h"
#include "qemu/anchor.h"

typedef struct _cmdqvRule cmdqvRule;

typedef enum {
    CMDQV_RULE_ERROR,       /* the definition is refused */
    CMDQV_RULE_WARNING,     /* a message, and the definition passes */
    CMDQV_RULE_OFF,         /* not checked */

    CMDQV_RULE_LEVEL_LAST
} cmdqvRuleLevel;

/** A fault that a rule found. */
typedef struct {
    const cmdqvRule *rule;
    cmdqvRuleLevel level;
    int smmu;               /* index of its SMMU, CMDQV_NONE for none */
    int endpoint;           /* index of its device, CMDQV_NONE for none */
    int line;               /* of the element in the XML, CMDQV_NONE for argv */
    char *message;          /* names the element, the fault and the remedy */
} cmdqvFinding;

/** The first release of libvirt whose <driver> of an SMMU has cmdqv; assumed if libvirt cannot be queried. */
#define CMDQV_RULE_LIBVIRT_WITH_CMDQV 12007000

/** The first release of libvirt that may read attributes that are unknown here. */
#define CMDQV_RULE_LIBVIRT_NOT_SEEN 12010000

/**
 * Releases that crash when they open the device of a network for a domain on
 * iommufd (qemuProcessOpenVfioDeviceFd(), seen with 12.8.0 and 12.9.0); no
 * release with a fix is known.
 */
#define CMDQV_RULE_LIBVIRT_ENDS_AT_NETWORKS(version) ((version) >= 12008000)

/**
 * cmdqvRuleContext:
 * @levels: (nullable): identifier to cmdqvRuleLevel, for rules that are not at
 *   their default
 * @hostSmmu: (nullable): returns the host SMMU of a device
 * @data: for @hostSmmu
 * @support: whether any SMMU of the host has CMDQV
 * @withoutCmdqv: (nullable): the SMMUs of this host that certainly have no
 *   CMDQV, by the names from @hostSmmu
 * @libvirtVersion: of the libvirt that will get the definition, as from
 *   virConnectGetLibVersion(), or newer if the module lowers domains; 0 if it
 *   is unknown
 * @ownVersion: of that libvirt itself; 0 if it is unknown
 * @network: (nullable): returns whether a network gives host devices now
 * @networkData: for @network
 * @lowered: true if the definition is lowered for a libvirt that does not open
 *   the files of devices itself
 * @node: (nullable): returns the obstacle for QEMU at a file in /dev; set if
 *   @lowered and it is known
 * @nodeOf: (nullable): returns the file of a device; set if @node is
 * @nodeData: for these two
 *
 * Facts that are not in the text of a definition: cmdqvRuleContextBuild() makes
 * them.
 */
typedef struct {
    GHashTable *levels;
    cmdqvAnchorHostSmmuLookup hostSmmu;
    gpointer data;
    cmdqvSupport support;
    const char *const *withoutCmdqv;
    unsigned long libvirtVersion;
    unsigned long ownVersion;
    bool (*network)(const char *name, gpointer data);
    gpointer networkData;
    bool lowered;
    cmdqvDevNodesAccess (*node)(const char *node, gpointer data);
    char *(*nodeOf)(const char *device, gpointer data);
    gpointer nodeData;
} cmdqvRuleContext;

/**
 * cmdqvRuleRun:
 * @rule: the rule
 * @topology: the definition
 * @context: facts that are not in its text
 * @hostSmmus: index of a device to its host SMMU from @context, so each is
 *   looked up once
 * @findings: the list for new findings
 * @untold: the list of the rules that could not tell, or not for all of the
 *   domain
 *
 * The input and output of a check. A rule is kept if its check adds nothing to
 * either list.
 */
typedef struct {
    const cmdqvRule *rule;
    const cmdqvTopology *topology;
    const cmdqvRuleContext *context;
    GHashTable *hostSmmus;
    GPtrArray *findings;
    GPtrArray *untold;
} cmdqvRuleRun;

typedef void (*cmdqvRuleCheck)(const cmdqvRuleRun *run);

/** A check of one SMMU, or of one device, by its index. */
typedef void (*cmdqvRuleCheckOne)(const cmdqvRuleRun *run, guint at);

/**
 * cmdqvRule:
 * @identifier: its name in configuration and reports
 * @level: level of a breach unless the configuration sets another; a row without
 *   a level is an error
 * @summary: its demand, in one sentence
 * @reason: why
 * @fix: the remedy
 * @example: valid XML: elements of <devices> or <domain>, line by line
 * @needsPlaces: true if a check depends on the addresses of devices, or on the
 *   machine that libvirt chooses for a definition without one
 * @check: (nullable): adds a finding for each breach, and the rule to those that
 *   could not tell for each fact that it lacks
 * @checkSmmu: (nullable): the same for one SMMU
 * @checkEndpoint: (nullable): the same for one device
 *
 * A rule without any check is about changes of devices, and is always an error.
 */
struct _cmdqvRule {
    const char *identifier;
    cmdqvRuleLevel level;
    const char *summary;
    const char *reason;
    const char *fix;
    const char *example;
    bool needsPlaces;
    cmdqvRuleCheck check;
    cmdqvRuleCheckOne checkSmmu;
    cmdqvRuleCheckOne checkEndpoint;
};

/**
 * CMDQV_RULE_VERSION_PARTS:
 * @version: of libvirt, as from virConnectGetLibVersion()
 *
 * The three arguments of "%lu.%lu.%lu".
 */
#define CMDQV_RULE_VERSION_PARTS(version) (version) / 1000000, (version) / 1000 % 1000, (version) % 1000

/**
 * CMDQV_RULE_EXAMPLE_HOSTDEV:
 * @domain: PCI domain of its host address, in quotes
 * @bus: bus of its host address, in quotes
 * @guestBus: bus of its guest address
 *
 * The hostdev of an example: an iommufd one in slot 0 of a port.
 */
#define CMDQV_RULE_EXAMPLE_HOSTDEV(domain, bus, guestBus) \
    "<hostdev mode='subsystem' type='pci'>\n" \
    "  <driver iommufd='yes'/>\n" \
    "  <source>\n" \
    "    <address domain='" domain "' bus='" bus "' slot='0x00' function='0x0'/>\n" \
    "  </source>\n" \
    "  <address type='pci' bus='" guestBus "' slot='0'/>\n" \
    "</hostdev>"

/**
 * CMDQV_RULE_EXAMPLE_IOMMU:
 * @attributes: of its <driver>, in quotes
 *
 * The vSMMU of an example.
 */
#define CMDQV_RULE_EXAMPLE_IOMMU(attributes) \
    "<iommu model='smmuv3'>\n" \
    "  <driver " attributes "/>\n" \
    "</iommu>"

/**
 * CMDQV_RULE_EXAMPLE_EXPANDER:
 * @index: of the controller, in quotes, as for all that follow
 * @busNr: number of its bus
 *
 * The PCIe root of an example.
 */
#define CMDQV_RULE_EXAMPLE_EXPANDER(index, busNr) \
    "<controller type='pci' index='" index "' model='pcie-expander-bus'>\n" \
    "  <target busNr='" busNr "'/>\n" \
    "</controller>"

/**
 * CMDQV_RULE_EXAMPLE_PORT:
 * @index: of the controller
 * @bus: index of the controller above it
 * @slot: on that bus
 *
 * The port of an example.
 */
#define CMDQV_RULE_EXAMPLE_PORT(index, bus, slot) \
    "<controller type='pci' index='" index "' model='pcie-root-port'>\n" \
    "  <address type='pci' bus='" bus "' slot='" slot "'/>\n" \
    "</controller>"

/** The rule about invalid values. */
#define CMDQV_RULE_BAD_VALUE "bad-value"

/** The one rule that a domain without an SMMU can break. */
#define CMDQV_RULE_DROPS_IOMMUFD "libvirt-drops-iommufd"

/** The rules about the shape of a domain, which need no knowledge of QEMU; an empty rule ends the list. */
extern const cmdqvRule cmdqvRulesShape[];

/** The rules about the numbers of PCI buses; an empty rule ends the list. */
extern const cmdqvRule cmdqvRulesBusNumbers[];

const char *cmdqvRuleLevelToString(cmdqvRuleLevel level);
cmdqvRuleLevel cmdqvRuleLevelFromString(const char *level);

void cmdqvRuleUntold(const cmdqvRuleRun *run);
const cmdqvSmmu *cmdqvRuleSmmu(const cmdqvRuleRun *run, guint smmu);
int cmdqvRuleFirstAccel(const cmdqvRuleRun *run);
const cmdqvEndpoint *cmdqvRuleEndpoint(const cmdqvRuleRun *run, guint endpoint);
const char *cmdqvRuleBusName(const cmdqvRuleRun *run, int bus);
char *cmdqvRuleDescribeEndpoint(const cmdqvEndpoint *endpoint);

GPtrArray *cmdqvFindingsNew(void);
void cmdqvFindingAdd(const cmdqvRuleRun *run, guint smmu, const char *format, ...) G_GNUC_PRINTF(3, 4);
void cmdqvFindingAddBadValue(const cmdqvRuleRun *run, const cmdqvBadValue *value);
void cmdqvFindingAddEndpoint(const cmdqvRuleRun *run, guint endpoint, int smmu, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
void cmdqvFindingAddBus(const cmdqvRuleRun *run, guint bus, const char *format, ...) G_GNUC_PRINTF(3, 4);
