/*
 * rule_context.c: build the facts for the rules from a host and a libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The one place for this: module, hook and tool know a host and a libvirt by
 * different means, and must not differ in the findings of a rule.
 */

#include "policy/rule_context.h"

#include <unistd.h>

#include "host/smmu_inventory.h"
#include "qemu/anchor.h"
#include "qemu/libvirt_networks.h"


/**
 * cmdqvRuleContextHostRead:
 * @host: (out): the SMMUs; cmdqvRuleContextHostClear() it
 * @root: (nullable): prefix of the paths of its files, "" for this host; NULL
 *   for another one, of which nothing is known
 *
 * Firmware declares them once, so a daemon may keep the result.
 */
void
cmdqvRuleContextHostRead(cmdqvRuleContextHost *host, const char *root)
{
    *host = (cmdqvRuleContextHost){
        .root = root,
        .support = root ? cmdqvSupportProbe(root) : CMDQV_SUPPORT_UNKNOWN,
        .withoutCmdqv = root ? cmdqvSmmuInventoryWithoutCmdqv(root) : NULL,
    };
}


/**
 * cmdqvRuleContextHostClear:
 * @host: a host
 *
 * Frees the members, not @host itself; may be called again.
 */
void
cmdqvRuleContextHostClear(cmdqvRuleContextHost *host)
{
    g_clear_pointer(&host->withoutCmdqv, g_strfreev);
}


/**
 * cmdqvRuleContextHostSettle:
 * @host: of the domain
 * @anchors: (element-type cmdqvAnchor): its anchors
 * @topology: the live XML or the definition that has their endpoints
 *
 * Calls cmdqvAnchorSettleHost() if the SMMUs of the host are known.
 */
void
cmdqvRuleContextHostSettle(const cmdqvRuleContextHost *host, GPtrArray *anchors, const cmdqvTopology *topology)
{
    if (host->root)
        cmdqvAnchorSettleHost(anchors, topology, cmdqvSupportSmmuOf, (gpointer)host->root, (const char *const *)host->withoutCmdqv);
}


/**
 * cmdqvRuleContextOwnLibvirt:
 * @version: of libvirt, 0 if it is unknown
 *
 * Returns: the libvirt of this host that runs this process and has the
 * definition; only root may read its networks
 */
cmdqvRuleContextLibvirt
cmdqvRuleContextOwnLibvirt(unsigned long version)
{
    return (cmdqvRuleContextLibvirt){
        .version = version,
        .takesCmdqv = true,
        .network = geteuid() == 0 ? cmdqvLibvirtNetworksGivesHostdevs : NULL,
        .networkData = (gpointer)CMDQV_LIBVIRT_NETWORKS_STATE_DIR,
    };
}


/**
 * cmdqvRuleContextBuild:
 * @levels: (nullable): of the rules, from the configuration
 * @host: that runs the domain
 * @libvirt: that gets the definition
 *
 * Returns: the facts for the rules, which borrow everything from the arguments
 */
cmdqvRuleContext
cmdqvRuleContextBuild(GHashTable *levels, const cmdqvRuleContextHost *host, const cmdqvRuleContextLibvirt *libvirt)
{
    bool served = libvirt->takesCmdqv && libvirt->version > 0 && libvirt->version < CMDQV_RULE_LIBVIRT_WITH_CMDQV;

    return (cmdqvRuleContext){
        .levels = levels,
        .hostSmmu = host->root ? cmdqvSupportSmmuOf : NULL,
        .data = (gpointer)host->root,
        .support = host->support,
        .withoutCmdqv = (const char *const *)host->withoutCmdqv,
        .ownVersion = libvirt->version,
        .libvirtVersion = served ? CMDQV_RULE_LIBVIRT_WITH_CMDQV : libvirt->version,
        .network = libvirt->network,
        .networkData = libvirt->networkData,
        .lowered = libvirt->lowered,
        .node = libvirt->lowered && libvirt->access ? cmdqvQemuAccessToNode : NULL,
        .nodeOf = cmdqvQemuAccessNodeOf,
        .nodeData = libvirt->access,
    };
}
