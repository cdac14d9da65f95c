/*
 * close_ports.c: close ports to hot-plug in definitions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The module closes the ports from which a guest could eject the anchor to
 * hot-plug, as libvirt itself adds addresses to a definition. It does so before
 * libvirt defines the domain; if addresses are missing, it takes them from the
 * command line that libvirt would run.
 *
 * After libvirt has changed a definition itself (a device, a revert, the end of
 * a migration), another device may be the future anchor. Then the module reads
 * the definition, and writes it if a port is open, under the lock of the
 * definition (plugin/definition_lock.c).
 */

#include "plugin/close_ports.h"

#include <string.h>

#include "conf/domain_edit.h"
#include "conf/fill_addresses.h"
#include "conf/xml_edit.h"
#include "daemon/query_as_daemon.h"
#include "layout/nova_names.h"
#include "plugin/check_definition.h"
#include "plugin/daemon_context.h"
#include "plugin/definition_lock.h"
#include "plugin/domain_facts.h"
#include "plugin/nova_layout.h"
#include "plugin/nova_refusal.h"
#include "policy/anchor_ports.h"
#include "qemu/own_arguments.h"
#include "util/text.h"

/* Shorter than libvirt's own limit, because the client's change has already been made. */
#define CMDQV_CLOSE_PORTS_SECONDS 2


static void
cmdqvClosePortsWarn(const cmdqvDefinition *definition, const GArray *indexes)
{
    const char *name = definition->topology->name ? definition->topology->name : "";
    guint i;

    for (i = 0; i < indexes->len; i++) {
        g_autoptr(cmdqvVerdict) warning = cmdqvVerdictNew(g_strdup_printf(
            "domain '%s': the guest can eject a CMDQV anchor through PCI controller %d; add <target hotplug='off'/> to it, or set "
            "anchor_port = pin", name, g_array_index(indexes, int, i)));

        warning->domain = g_strdup(name);
        warning->uuid = g_strdup(definition->topology->uuid);
        cmdqvNovaNamesAddNode(warning, xmlDocGetRootElement(definition->doc));
        cmdqvVerdictWarn(warning, CMDQV_NOVA_NAMES_FAILURE);
    }
}


static bool
cmdqvClosePortsIsPlaced(virConnectPtr conn, cmdqvDefinition *definition)
{
    bool placed = cmdqvDefinitionPlace(definition, cmdqvCheckDefinitionToNative, conn);

    virResetLastError();
    return placed;
}


/**
 * cmdqvClosePortsIn:
 * @conn: the caller's connection
 * @definition: a definition that breaks no rule; the function changes its
 *   document
 *
 * Returns: true if the document has closed ports now, and the addresses that
 * this needs; false if no port must be closed, or addresses from libvirt are
 * missing
 */
bool
cmdqvClosePortsIn(virConnectPtr conn, cmdqvDefinition *definition)
{
    g_autoptr(cmdqvTopology) own = NULL;
    g_autoptr(GArray) indexes = NULL;

    /* a device without an address may become the anchor */
    if (!definition->hasSmmu || cmdqvDaemonContextSettings()->anchorPort == CMDQV_SETTINGS_ANCHOR_PORT_IGNORE || !cmdqvClosePortsIsPlaced(conn, definition))
        return false;

    if (definition->topology->passthroughArgs)
        own = cmdqvOwnArgumentsMerge(definition->topology, xmlDocGetRootElement(definition->doc));
    indexes = cmdqvAnchorPortsIndexes(own ? own : definition->topology, cmdqvDaemonContextHost()->support == CMDQV_SUPPORT_WITH);
    if (indexes->len == 0)
        return false;
    if (cmdqvDaemonContextSettings()->anchorPort != CMDQV_SETTINGS_ANCHOR_PORT_PIN) {
        cmdqvClosePortsWarn(definition, indexes);
        return false;
    }
    if (definition->unplaced)
        cmdqvFillAddressesAndClose(definition->doc, definition->topology, definition->placed, indexes);
    else
        cmdqvDomainEditClosePorts(definition->doc, definition->topology, indexes);
    return true;
}


/* The XML to define; NULL if no port must be closed, or the domain is not persistent. */
static char *
cmdqvClosePortsRead(virDomainPtr domain)
{
    g_autoptr(cmdqvTextMalloced) defined = cmdqvQueryAsDaemonIsPersistent(domain) == 1
        ? cmdqvQueryAsDaemonDomainXML(domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE) : NULL;
    g_autofree char *used = defined ? cmdqvNovaLayoutRemoveUnused(defined) : NULL;
    const char *xml = used ? used : defined;
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    bool read = xml && cmdqvDefinitionRead(xml, strlen(xml), &definition, NULL);
    bool isClosed = read && cmdqvClosePortsIn(CMDQV_REAL(virDomainGetConnect)(domain), &definition);
    char *closed = isClosed ? cmdqvXMLEditDump(definition.doc, NULL) : NULL;

    return closed ? closed : g_steal_pointer(&used);
}


static void
cmdqvClosePortsLogOpen(virDomainPtr domain, const char *why)
{
    g_autoptr(cmdqvVerdict) failure = cmdqvVerdictNew(g_strdup_printf(
        "domain '%s': the ports of its CMDQV anchors could not be closed to hot-plug: %s; define it again",
        CMDQV_REAL(virDomainGetName)(domain), why));

    cmdqvNovaRefusalWarn(failure, domain);
}


/* Reads the definition again under the lock, because another client may have changed it since. */
static void
cmdqvClosePortsWrite(virDomainPtr domain)
{
    g_autofree char *completed = cmdqvClosePortsRead(domain);
    virDomainPtr again = completed ? CMDQV_REAL(virDomainDefineXML)(CMDQV_REAL(virDomainGetConnect)(domain), completed) : NULL;

    if (again)
        (void)CMDQV_REAL(virDomainFree)(again);
    else if (completed)
        cmdqvClosePortsLogOpen(domain, virGetLastErrorMessage());
}


/**
 * cmdqvClosePortsDefined:
 * @domain: a domain, after a change of its definition
 *
 * Closes ports that need it because of the change. Does nothing for a transient
 * domain.
 */
void
cmdqvClosePortsDefined(virDomainPtr domain)
{
    g_auto(cmdqvDefinitionLock) lock = CMDQV_DEFINITION_LOCK_NONE;
    g_autofree char *completed = cmdqvClosePortsRead(domain);

    if (completed && cmdqvDefinitionLockAlone(&lock, domain, CMDQV_CLOSE_PORTS_SECONDS))
        cmdqvClosePortsWrite(domain);
    else if (completed)
        cmdqvClosePortsLogOpen(domain, "others are changing its definition");
    virResetLastError();
}
