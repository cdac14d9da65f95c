/*
 * plugin/close_ports.c: definitions, completed on their way into libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Ports from which a guest could eject the anchor are closed to hot-plug, as
 * libvirt itself completes a definition with addresses.  Where libvirt has yet
 * to say on which port a device will be, that is done once it has.
 */

#include "plugin/close_ports.h"

#include <stdlib.h>
#include <string.h>

#include "conf/domain_edit.h"
#include "daemon/query_as_daemon.h"
#include "plugin/daemon_context.h"
#include "plugin/domain_facts.h"
#include "daemon/domain_job.h"
#include "policy/anchor_ports.h"
#include "util/log.h"


static void
cmdqvCompleteWarn(const cmdqvTopology *definition, const GArray *indexes)
{
    guint i;

    for (i = 0; i < indexes->len; i++)
        cmdqvLogFailure("domain '%s': the guest can eject a CMDQV anchor through PCI controller %d; add "
                        "<target hotplug='off'/> to it, or set anchor_port = pin", definition->name ? definition->name : "",
                        g_array_index(indexes, int, i));
}


/**
 * cmdqvCompleteXML:
 * @definition: a definition, judged and found sound
 *
 * Returns: (transfer full): its XML with its ports closed, NULL if it can stay
 * as it is, or libvirt has yet to say where things go
 */
char *
cmdqvCompleteXML(const cmdqvDefinition *definition)
{
    g_autoptr(GArray) indexes = NULL;

    /* what has no place yet may turn out to be the first */
    if (!definition->topology || definition->unplaced || cmdqvConfigGet()->anchorPort == CMDQV_ANCHOR_PORT_IGNORE)
        return NULL;

    indexes = cmdqvPinIndexes(definition->topology, cmdqvFactsHostSupport() == CMDQV_HOST_WITH);
    if (indexes->len == 0)
        return NULL;
    if (cmdqvConfigGet()->anchorPort == CMDQV_ANCHOR_PORT_PIN)
        return cmdqvDomainEditPinIn(definition->doc, definition->topology, indexes);
    cmdqvCompleteWarn(definition->topology, indexes);
    return NULL;
}


/**
 * cmdqvCompleteDefined:
 * @domain: a domain that has just been defined, a device of its definition
 *   changed, or the definition exchanged
 *
 * Closes the ports that could not be closed before, because libvirt had not
 * said yet where things go, or because another device was first.  A domain that
 * is only running has nothing to be completed.  It takes a turn of its own, as
 * it reads and writes.
 */
void
cmdqvCompleteDefined(virDomainPtr domain)
{
    g_auto(cmdqvTurn) turn = CMDQV_TURN_NONE;
    bool taken = cmdqvTurnTake(&turn, domain, VIR_DOMAIN_AFFECT_CONFIG, true);
    char *defined = taken && cmdqvAskIsPersistent(domain) == 1 ? cmdqvAskDomainXML(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE) : NULL;
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    bool read = defined && cmdqvDefinitionRead(defined, strlen(defined), &definition, NULL);
    g_autofree char *completed = read ? cmdqvCompleteXML(&definition) : NULL;
    virDomainPtr again = NULL;

    if (completed)
        again = CMDQV_REAL(virDomainDefineXML)(CMDQV_REAL(virDomainGetConnect)(domain), completed);
    if (again)
        (void)CMDQV_REAL(virDomainFree)(again);
    else if (completed || !taken)
        cmdqvLogFailure("domain '%s': the ports of its CMDQV anchors could not be closed to hot-plug: %s",
                        CMDQV_REAL(virDomainGetName)(domain), taken ? virGetLastErrorMessage() : "others have it for too long");
    virResetLastError();
    free(defined);
}
