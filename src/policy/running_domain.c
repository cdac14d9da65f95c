/*
 * policy/running_domain.c: a running domain, its process and its anchors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "policy/running_domain.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "qemu/anchor.h"
#include "lowering/lift.h"


/**
 * cmdqvLiveClear:
 * @live: what was read of a running domain
 *
 * Frees what is in it, not @live itself.
 */
void
cmdqvLiveClear(cmdqvLive *live)
{
    g_clear_pointer(&live->anchors, g_ptr_array_unref);
    g_clear_pointer(&live->process, cmdqvTopologyFree);
    g_clear_pointer(&live->topology, cmdqvTopologyFree);
}


/**
 * cmdqvLiveRead:
 * @xml: the live XML of a running domain
 * @name: its name
 * @uuid: its UUID
 * @paths: where its process is found
 * @hostMayHaveCmdqv: false where the host certainly has no CMDQV
 * @live: (out): what is known of it; cmdqvLiveClear() it
 * @error: where the XML cannot be read
 *
 * A process that cannot be told is no error: the anchors say so.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvLiveRead(const char *xml, const char *name, const char *uuid, const cmdqvProcessPaths *paths,
              bool hostMayHaveCmdqv, cmdqvLive *live, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autofree char *lifted = NULL;

    *live = (cmdqvLive){ NULL, NULL, 0, NULL };
    if (!cmdqvDomainXMLMayHaveSmmu(xml))
        return true;

    lifted = cmdqvLiftXML(xml, &reason);
    if (reason) {
        g_propagate_error(error, g_steal_pointer(&reason));
        return false;
    }
    xml = lifted ? lifted : xml;
    live->topology = cmdqvDomainXMLRead(xml, strlen(xml), error);
    if (!live->topology)
        return false;
    /* the name by which a client found it may have been changed since */
    if (live->topology->name)
        name = live->topology->name;
    live->process = cmdqvProcessRead(paths, name, uuid, &live->pid, &reason);
    live->anchors = cmdqvAnchorTrackLive(live->topology, live->process, reason ? reason->message : NULL,
                                         hostMayHaveCmdqv);
    return true;
}
