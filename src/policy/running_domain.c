/*
 * running_domain.c: read a running domain, its process and its anchors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "policy/running_domain.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "lowering/lift.h"
#include "qemu/anchor.h"


/**
 * cmdqvRunningDomainClear:
 * @live: a running domain
 *
 * Frees the members, not @live itself.
 */
void
cmdqvRunningDomainClear(cmdqvRunningDomain *live)
{
    g_clear_pointer(&live->anchors, g_ptr_array_unref);
    g_clear_pointer(&live->process, cmdqvTopologyFree);
    g_clear_pointer(&live->topology, cmdqvTopologyFree);
}


static void
cmdqvRunningDomainCopyOwn(cmdqvTopology *live, const cmdqvEndpoint *cold)
{
    cmdqvEndpoint *own = cmdqvTopologyAddEndpoint(live, cold->kind, cold->element);

    own->id = cmdqvTopologyKeep(live, cold->id);
    own->hasHost = cold->hasHost;
    own->host = cold->host;
    own->iommufd = cold->iommufd;
    own->failover = cold->failover;
}


/* Adds host devices from the domain's own arguments, which are in no live XML; only a monitor command can name them. */
static void
cmdqvRunningDomainAddOwn(cmdqvTopology *live, const cmdqvTopology *process)
{
    guint i;

    for (i = 0; i < process->endpoints->len; i++) {
        const cmdqvEndpoint *cold = &g_array_index(process->endpoints, cmdqvEndpoint, i);

        if (cold->kind == CMDQV_ENDPOINT_VFIO && (!cold->id || cmdqvTopologyFindEndpointId(live, cold->id) == CMDQV_NONE))
            cmdqvRunningDomainCopyOwn(live, cold);
    }
}


/**
 * cmdqvRunningDomainRead:
 * @xml: the live XML of a running domain
 * @name: its name
 * @uuid: its UUID
 * @paths: folders to find its process in
 * @hostMayHaveCmdqv: false if the host certainly has no CMDQV
 * @live: (out): the running domain; cmdqvRunningDomainClear() it
 * @error: if the XML cannot be read
 *
 * An unknown process is no error: then the anchors are unknown.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvRunningDomainRead(const char *xml, const char *name, const char *uuid, const cmdqvProcessPaths *paths,
                       bool hostMayHaveCmdqv, cmdqvRunningDomain *live, GError **error)
{
    g_autoptr(cmdqvTopology) topology = NULL;
    g_autoptr(cmdqvTopology) process = NULL;
    g_autoptr(GError) reason = NULL;
    g_autoptr(GError) unread = NULL;
    g_autoptr(xmlDoc) doc = NULL;
    bool lifted;
    bool shown;

    *live = (cmdqvRunningDomain){ .topology = NULL };
    if (!cmdqvDomainXMLMayHaveSmmu(xml) && !cmdqvProcessMayHaveSmmu(paths, name, uuid))
        return true;

    doc = cmdqvLiftParse(xml, strlen(xml), "domain", &lifted, &unread);
    if (doc)
        topology = cmdqvDomainXMLReadNode(xmlDocGetRootElement(doc), &unread);
    if (topology)
        topology->lowered = lifted;
    /* a domain without an SMMUv3 and without arguments of its own may have one in its process, if its <emulator> is a program that adds one */
    shown = topology ? topology->smmus->len > 0 || topology->passthroughArgs : cmdqvDomainXMLMayHaveSmmu(xml);
    /* the domain may have been renamed since the client looked it up */
    process = cmdqvProcessRead(paths, topology && topology->name ? topology->name : name, uuid, &live->pid, &reason);
    if (process && topology)
        process->arch = cmdqvTopologyKeep(process, topology->arch);
    if (!shown && !(process && (process->smmus->len > 0 || cmdqvTopologyMayHide(process))))
        return true;
    if (!topology) {
        g_propagate_error(error, g_steal_pointer(&unread));
        return false;
    }

    /* QEMU has SMMUs that are not in the XML */
    if (process && process->smmus->len != topology->smmus->len)
        topology->passthroughArgs = true;
    if (process && topology->passthroughArgs)
        cmdqvRunningDomainAddOwn(topology, process);
    live->anchors = cmdqvAnchorTrackLive(topology, process, reason ? reason->message : NULL, hostMayHaveCmdqv);
    live->topology = g_steal_pointer(&topology);
    live->process = g_steal_pointer(&process);
    return true;
}
