/*
 * cmdqvcomplete.c: definitions, completed on their way into libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Ports from which a guest could eject the anchor are closed to hot-plug, as
 * libvirt itself completes a definition with addresses.  Where libvirt has yet
 * to say on which port a device will be, that is done once it has.
 */

#include "plugin/cmdqvcomplete.h"

#include <stdlib.h>
#include <string.h>

#include "conf/cmdqvdomainedit.h"
#include "conf/cmdqvdomainxml.h"
#include "host/cmdqvhost.h"
#include "plugin/cmdqvconfig.h"
#include "qemu/cmdqvpin.h"
#include "util/cmdqvlog.h"


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
 * @xml: domain XML, judged and found sound
 * @later: (out): whether it has to be looked at again once libvirt has said
 *   where things go
 *
 * Returns: (transfer full): the XML with its ports closed, NULL if it can stay
 * as it is
 */
char *
cmdqvCompleteXML(const char *xml, bool *later)
{
    g_autoptr(cmdqvTopology) definition = NULL;
    g_autoptr(GArray) indexes = NULL;

    *later = false;
    if (!cmdqvDomainXMLMayHaveSmmu(xml) || cmdqvConfigGet()->anchorPort == CMDQV_ANCHOR_PORT_IGNORE)
        return NULL;

    definition = cmdqvDomainXMLRead(xml, strlen(xml), NULL);
    /* what has no place yet may turn out to be the first */
    *later = definition && definition->unplaced;
    if (!definition || *later)
        return NULL;
    indexes = cmdqvPinIndexes(definition, cmdqvHostSupportProbe("") == CMDQV_HOST_WITH);
    if (indexes->len == 0)
        return NULL;
    if (cmdqvConfigGet()->anchorPort == CMDQV_ANCHOR_PORT_PIN)
        return cmdqvDomainEditPin(xml, indexes, NULL);
    cmdqvCompleteWarn(definition, indexes);
    return NULL;
}


/**
 * cmdqvCompleteDefined:
 * @domain: a domain that has just been defined
 *
 * Closes the ports that could not be closed before, because libvirt had not
 * said yet where things go.
 */
void
cmdqvCompleteDefined(virDomainPtr domain)
{
    char *defined = CMDQV_REAL(virDomainGetXMLDesc)(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
    bool later;
    g_autofree char *completed = defined ? cmdqvCompleteXML(defined, &later) : NULL;
    virDomainPtr again = NULL;

    if (completed)
        again = CMDQV_REAL(virDomainDefineXML)(CMDQV_REAL(virDomainGetConnect)(domain), completed);
    if (again)
        (void)CMDQV_REAL(virDomainFree)(again);
    else if (completed || !defined)
        cmdqvLogFailure("domain '%s': the ports of its CMDQV anchors could not be closed to hot-plug: %s",
                        CMDQV_REAL(virDomainGetName)(domain), virGetLastErrorMessage());
    virResetLastError();
    free(defined);
}
