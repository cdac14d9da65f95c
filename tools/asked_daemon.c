/*
 * asked_daemon.c: find out how the daemon of a connection handles CMDQV, and
 * check definitions for it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A libvirt before 12.7 drops CMDQV from a definition. If its daemon has the
 * module, and the emulator has cmdqv, the module lowers the definition instead.
 */

#include "asked_daemon.h"

#include <stdlib.h>
#include <string.h>

#include <libvirt/virterror.h>

#include "conf/fatal_values.h"
#include "conf/native_question.h"
#include "conf/xml_edit.h"
#include "lowering/lower.h"
#include "policy/rule_table.h"
#include "qemu/anchor_xml.h"
#include "qemu/emulator_probe.h"
#include "qemu/libvirt_driver.h"
#include "qemu/libvirt_networks.h"
#include "util/error.h"
#include "util/text.h"

#define CMDQV_ASKED_DAEMON_EMULATOR "qemu-system-aarch64"

/* It is never defined: the tool only reads its command line. */
#define CMDQV_ASKED_DAEMON_QUESTION \
    "<domain type='qemu'><name>question</name><memory>65536</memory><os><type arch='aarch64' machine='virt'>hvm</type></os>" \
    "<devices><iommu model='smmuv3'><driver pciBus='0' accel='on' cmdqv='on'/></iommu></devices></domain>"


/* libvirt has no such architecture, so only the module answers, with its version, the number of its refusals, and a setting. */
static void
cmdqvAskedDaemonReadModule(cmdqvAskedDaemon *asked, virConnectPtr conn)
{
    char **answer = NULL;
    int count = virConnectGetCPUModelNames(conn, CMDQV_ANCHOR_XML_VERSION_ARCHITECTURE, &answer, 0);
    int i;

    if (count > 0)
        asked->module = g_strdup(answer[0]);
    if (count > 1 && cmdqvTextStarts(answer[1], CMDQV_ANCHOR_XML_REFUSALS))
        asked->refusals = g_ascii_strtoll(answer[1] + strlen(CMDQV_ANCHOR_XML_REFUSALS), NULL, 10);
    asked->lacksNovaLayout = count > 2 && strcmp(answer[2], CMDQV_ANCHOR_XML_NOVA_LAYOUT "off") == 0;
    for (i = 0; i < count; i++)
        free(answer[i]);
    free(answer);
}


/**
 * cmdqvAskedDaemonIsRemote:
 * @uri: (nullable): of a connection
 *
 * Returns: true if it names another host
 */
bool
cmdqvAskedDaemonIsRemote(const char *uri)
{
    return uri && cmdqvLibvirtDriverIsElsewhere(uri);
}


/* Whether the host of a daemon has the name of this one; the rest of a full name depends on the resolver. */
static bool
cmdqvAskedDaemonHasHostName(virConnectPtr conn, const char *own)
{
    g_autoptr(cmdqvTextMalloced) name = virConnectGetHostname(conn);
    gsize len = strcspn(own, ".");

    return name && strncmp(name, own, len) == 0 && (name[len] == '\0' || name[len] == '.');
}


/**
 * cmdqvAskedDaemonIsElsewhere:
 * @conn: a connection
 *
 * A socket or port that the URI names may be forwarded to another host; then
 * the name of that host decides.
 *
 * Returns: true if its daemon may be on another host, so files of this host do
 * not count
 */
bool
cmdqvAskedDaemonIsElsewhere(virConnectPtr conn)
{
    g_autoptr(cmdqvTextMalloced) uri = virConnectGetURI(conn);

    return !uri || cmdqvAskedDaemonIsRemote(uri) ||
        (cmdqvLibvirtDriverMayBeForwarded(uri) && !cmdqvAskedDaemonHasHostName(conn, g_get_host_name()));
}


/**
 * cmdqvAskedDaemonHost:
 * @conn: a connection to a daemon
 * @root: prefix of the paths of this host's files
 * @host: (out): the SMMUs of its host, unknown if that is another one;
 *   cmdqvRuleContextHostClear() it
 */
void
cmdqvAskedDaemonHost(virConnectPtr conn, const char *root, cmdqvRuleContextHost *host)
{
    cmdqvRuleContextHostRead(host, cmdqvAskedDaemonIsElsewhere(conn) ? NULL : root);
}


/* Only that of this host's system daemon is known, which is also root's session. */
static cmdqvQemuAccess *
cmdqvAskedDaemonAccess(const cmdqvAskedDaemon *asked, const char *root)
{
    g_autoptr(cmdqvTextMalloced) uri = virConnectGetURI(asked->conn);
    g_auto(cmdqvLibvirtDriver) driver = { .stateDir = NULL };
    bool isSystem = cmdqvLibvirtDriverOfURI(uri, &driver) && driver.kind == CMDQV_LIBVIRT_DRIVER_SYSTEM;

    return isSystem ? cmdqvQemuAccessRead(root, CMDQV_DEV_NODES_SETTINGS, NULL) : NULL;
}


/* Whether libvirt gives QEMU the cmdqv of a domain; false if it makes no command line, for example on a read-only connection. */
static bool
cmdqvAskedDaemonKeepsCmdqv(virConnectPtr conn)
{
    g_autoptr(cmdqvTextMalloced) native = virConnectDomainXMLToNative(conn, "qemu-argv", CMDQV_ASKED_DAEMON_QUESTION, 0);

    return native && strstr(native, "cmdqv");
}


/**
 * cmdqvAskedDaemonRead:
 * @asked: (out): the daemon; cmdqvAskedDaemonClear() it
 * @options: of the command
 * @conn: (nullable): a connection to it
 *
 * Without a connection, this host's libvirt counts if it has CMDQV, because the
 * daemon's is most likely the same. If it has none, the module in its daemon may
 * lower domains.
 */
void
cmdqvAskedDaemonRead(cmdqvAskedDaemon *asked, const cmdqvToolOptions *options, virConnectPtr conn)
{
    *asked = (cmdqvAskedDaemon){ .conn = conn, .refusals = -1, .levels = options->settings->levels };
    if (!conn) {
        cmdqvRuleContextHostRead(&asked->host, options->root);
        asked->version = *options->root ? 0 : cmdqvLazyLibvirtVersion();
        if (asked->version < CMDQV_RULE_LIBVIRT_WITH_CMDQV)
            asked->version = 0;
        return;
    }
    cmdqvAskedDaemonHost(conn, options->root, &asked->host);
    asked->remote = !asked->host.root;
    (void)virConnectGetLibVersion(conn, &asked->version);
    cmdqvAskedDaemonReadModule(asked, conn);
    asked->keepsCmdqv = asked->version >= CMDQV_RULE_LIBVIRT_WITH_CMDQV || (!asked->module && cmdqvAskedDaemonKeepsCmdqv(conn));
    if (asked->module && !asked->remote && asked->version < CMDQV_RULE_LIBVIRT_WITH_CMDQV)
        asked->access = cmdqvAskedDaemonAccess(asked, options->root);
}


/* Frees the members that cmdqvAskedDaemonRead() has set; @asked may be zero. */
void
cmdqvAskedDaemonClear(cmdqvAskedDaemon *asked)
{
    g_clear_pointer(&asked->module, g_free);
    g_clear_pointer(&asked->access, cmdqvQemuAccessFree);
    cmdqvRuleContextHostClear(&asked->host);
}


/*
 * Whether the emulator lacks a property that lowering the domain needs. Runs
 * only an emulator on this host that is safe to run.
 */
static bool
cmdqvAskedDaemonEmulatorLacks(const cmdqvDefinition *definition)
{
    const char *emulator = definition->topology->emulator;
    g_autofree char *found = emulator ? NULL : g_find_program_in_path(CMDQV_ASKED_DAEMON_EMULATOR);
    const char *path = emulator ? emulator : found;
    g_autoptr(xmlDoc) doc = NULL;
    cmdqvEmulatorCaps target;
    bool lowered;

    if (!path || !cmdqvEmulatorProbeIsAllowed(path) || !cmdqvEmulatorProbe(path, &target, NULL))
        return false;
    if (!target.has[CMDQV_EMULATOR_CAPS_SMMU] || !target.vfioIommufd)
        return true;
    doc = xmlCopyDoc(definition->doc, 1);
    return !doc || !cmdqvLowerDoc(doc, &target, &lowered, NULL);
}


/* Whether the module lowers a domain for the daemon's libvirt. */
static bool
cmdqvAskedDaemonLowers(const cmdqvAskedDaemon *asked, const cmdqvDefinition *definition)
{
    return asked->module && asked->version != 0 && asked->version < CMDQV_RULE_LIBVIRT_WITH_CMDQV &&
        (asked->remote || !definition->hasSmmu || !cmdqvAskedDaemonEmulatorLacks(definition));
}


/* Whether a network gives host devices now. */
static bool
cmdqvAskedDaemonNetworkGivesHostdevs(const char *name, gpointer conn)
{
    virNetworkPtr network = virNetworkLookupByName(conn, name);
    g_autoptr(cmdqvTextMalloced) xml = network && virNetworkIsActive(network) == 1 ? virNetworkGetXMLDesc(network, 0) : NULL;
    bool gives = xml && cmdqvLibvirtNetworksIsOfHostdevs(xml, strlen(xml));

    if (network)
        virNetworkFree(network);
    return gives;
}


/* Whether the answers so far are complete. */
static bool
cmdqvAskedDaemonIsAlive(const cmdqvAskedDaemon *asked, GError **error)
{
    if (!asked->conn || virConnectIsAlive(asked->conn) == 1)
        return true;
    return cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "the connection to libvirt was lost before it was judged; read the log of "
                         "the daemon");
}


/**
 * cmdqvAskedDaemonJudge:
 * @asked: a daemon
 * @places: whether to ask it for the addresses of devices
 * @xml: XML of the domain to check, which ends with a NUL byte
 * @len: its length in bytes
 * @definition: (out): the definition and its findings; cmdqvDefinitionClear()
 *   it
 * @error: if the XML cannot be read, or the connection is lost
 *
 * The one check of all commands. A libvirt for which the module lowers the
 * domain counts as one that supports CMDQV.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvAskedDaemonJudge(const cmdqvAskedDaemon *asked, bool places, const char *xml, gsize len, cmdqvDefinition *definition, GError **error)
{
    cmdqvRuleContextLibvirt libvirt = {
        .version = asked->version,
        .access = asked->access,
        .network = asked->conn ? cmdqvAskedDaemonNetworkGivesHostdevs : NULL,
        .networkData = asked->conn,
    };
    cmdqvRuleContext context;

    if (!cmdqvDefinitionRead(xml, len, definition, error))
        return false;
    libvirt.lowered = cmdqvAskedDaemonLowers(asked, definition);
    libvirt.takesCmdqv = libvirt.lowered || asked->keepsCmdqv;
    context = cmdqvRuleContextBuild(asked->levels, &asked->host, &libvirt);
    cmdqvDefinitionCheck(definition, asked->conn && places ? cmdqvToolToNative : NULL, asked->conn, &context);
    return cmdqvAskedDaemonIsAlive(asked, error);
}


/**
 * cmdqvAskedDaemonAccepts:
 * @asked: a daemon
 * @definition: from cmdqvAskedDaemonJudge(), of XML that no daemon has read yet
 * @error: CMDQV_ERROR_INVALID if libvirt refuses the domain, and another code
 *   if it does not answer
 *
 * The rules check CMDQV alone. libvirt checks the other values, and whether two
 * devices have one address.
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvAskedDaemonAccepts(const cmdqvAskedDaemon *asked, const cmdqvDefinition *definition, GError **error)
{
    g_autofree char *fatal = asked->conn ? cmdqvFatalValuesFind(xmlDocGetRootElement(definition->doc), NULL) : NULL;
    g_autoptr(xmlDoc) doc = NULL;
    g_autofree char *question = NULL;
    g_autofree char *native = NULL;
    g_autofree char *reason = NULL;
    int code;

    /* the rule bad-value names a fatal value too, unless it is off */
    if (!asked->conn || (fatal && cmdqvRuleTableErrors(definition->findings) > 0))
        return true;
    if (fatal)
        return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "%s", fatal);
    doc = cmdqvXMLEditAlone(xmlDocGetRootElement(definition->doc));
    question = doc ? cmdqvNativeQuestionToRead(doc) : NULL;
    if (!question)
        return cmdqvErrorSet(error, CMDQV_ERROR_MEMORY, "there is not enough memory to ask libvirt");
    native = cmdqvToolToNative(question, asked->conn);
    code = native ? VIR_ERR_OK : virGetLastErrorCode();
    /* a driver that is not QEMU's */
    if (code == VIR_ERR_OK || code == VIR_ERR_NO_SUPPORT)
        return true;
    reason = g_strdup(cmdqvToolLastError());
    if (!cmdqvAskedDaemonIsAlive(asked, error))
        return false;
    if (code == VIR_ERR_ACCESS_DENIED || code == VIR_ERR_OPERATION_DENIED)
        cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "libvirt does not say whether it accepts the domain: %s", reason);
    else
        cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "libvirt makes no command line of the domain: %s", reason);
    return false;
}
