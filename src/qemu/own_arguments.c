/*
 * own_arguments.c: apply the arguments of a definition to its topology
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Applies <qemu:commandline> and <qemu:override> to the topology of the XML.
 * The command line that libvirt makes has this and more. This is for cases
 * without one: in a hook, without a connection, and if libvirt refuses to make
 * one.
 */

#include "qemu/own_arguments.h"

#include <string.h>

#include "conf/device_origin.h"
#include "conf/smmu_hiding.h"
#include "conf/topology_defaults.h"
#include "conf/xml_edit.h"
#include "qemu/argv_read.h"
#include "qemu/argv_split.h"
#include "util/text.h"

/* Properties that a <qemu:override> may set without a change to the buses and SMMUs. */
static const char *const cmdqvOwnArgumentsOwnPlaces[] = { "driver", "bus", "primary-bus", "iommufd", "accel", "cmdqv", NULL };


static void
cmdqvOwnArgumentsReadEnv(cmdqvTopology *merged, const xmlNode *env)
{
    const char *name = cmdqvXMLReadAttr(env, "name");
    const char *value = cmdqvXMLReadAttr(env, "value");
    g_autofree char *quoted = name ? cmdqvTextShorten(name) : NULL;
    const char *message;
    bool isCode = name && cmdqvSmmuHidingIsCode(name);

    if (!isCode && !(name && value && merged->smmus->len > 0 && cmdqvSmmuHidingMayBeCode(name, value)))
        return;
    message = cmdqvTopologyFormat(merged, "<qemu:env> in line %d: for the variable '%s' QEMU %s code of the domain's own, and its effect "
                                  "is not known; remove it", cmdqvXMLReadLine(env), quoted,
                                  isCode ? "loads" : "may load, from the file in its value,");
    cmdqvTopologyAddHidden(merged, cmdqvXMLReadLine(env), message);
}


/* Sets the line of each entry that was added to @merged->hidden after the first @before. */
static void
cmdqvOwnArgumentsNoteHidden(cmdqvTopology *merged, guint before, const xmlNode *commandline)
{
    guint i;

    for (i = before; i < merged->hidden->len; i++) {
        cmdqvBadValue *value = &g_array_index(merged->hidden, cmdqvBadValue, i);

        value->line = cmdqvXMLReadLine(commandline);
        value->message = cmdqvTopologyFormat(merged, "<qemu:commandline> in line %d: %s", value->line, value->message);
    }
}


/*
 * The option that opens a monitor, or the like: NULL if it opens none. gdb can send commands of the monitor
 * (gdb_handle_query_rcmd(), gdbstub/system.c of QEMU), qtest reaches the registers of the guest's devices, and "mon:" puts a
 * monitor on a character device (qemu_chr_new_mux_mon(), chardev/char.c). The objects are those with which
 * cmdqvMonitorCommandsObjectTypes opens a monitor; one that cannot be read may be such an object.
 */
static const char *
cmdqvOwnArgumentsOpensMonitor(const cmdqvOption *option)
{
    static const char *const monitors[] = { "-gdb", "-mon", "-monitor", "-qmp", "-qmp-pretty", "-qtest", "-s" };
    static const char *const devices[] = { "-debugcon", "-parallel", "-serial" };
    static const char *const objects[] = { "monitor-hmp", "monitor-qmp", "qtest", NULL };
    bool isObject = strcmp(option->name, "object") == 0;
    g_autoptr(GHashTable) object = isObject ? cmdqvArgvSplitProperties(option->value, "qom-type", NULL) : NULL;
    const char *type = object ? g_hash_table_lookup(object, "qom-type") : NULL;
    gsize i;

    for (i = 0; i < G_N_ELEMENTS(monitors); i++) {
        if (strcmp(option->name, monitors[i] + 1) == 0)
            return g_strcmp0(option->value, "none") == 0 ? NULL : monitors[i];
    }
    for (i = 0; i < G_N_ELEMENTS(devices); i++) {
        if (strcmp(option->name, devices[i] + 1) == 0 && cmdqvTextStarts(option->value, "mon:"))
            return devices[i];
    }
    return isObject && (!object || (type && g_strv_contains(objects, type))) ? "-object" : NULL;
}


/* Options that give something an id; those of one kind share their ids. */
static const struct {
    const char *option;
    const char *implied;    /* the key that the first item may leave out */
    const char *key;
    const char *kind;
} cmdqvOwnArgumentsIds[] = {
    { .option = "audiodev", .implied = "driver", .key = "id", .kind = "audiodev" },
    { .option = "blockdev", .implied = "driver", .key = "node-name", .kind = "drive" },
    { .option = "chardev", .implied = "backend", .key = "id", .kind = "chardev" },
    { .option = "device", .implied = "driver", .key = "id", .kind = "device" },
    { .option = "drive", .implied = NULL, .key = "id", .kind = "drive" },
    { .option = "netdev", .implied = "type", .key = "id", .kind = "netdev" },
    { .option = "nic", .implied = "type", .key = "id", .kind = "netdev" },
    { .option = "object", .implied = "qom-type", .key = "id", .kind = "object" },
    { .option = "tpmdev", .implied = "type", .key = "id", .kind = "tpmdev" },
};


/* Adds an id; false if another thing of that kind has it. The question for a command line has stand-ins with ids such as fs0. */
static bool
cmdqvOwnArgumentsAddId(GHashTable *ids, const char *kind, const char *id)
{
    return !id || cmdqvTextStarts(id, "fs") || g_hash_table_add(ids, g_strconcat(kind, " ", id, NULL));
}


/* Adds the ids that libvirt gives interfaces; the question for a command line has none of these. */
static void
cmdqvOwnArgumentsAddInterfaceIds(GHashTable *ids, const xmlNode *root)
{
    const xmlNode *devices = cmdqvXMLReadChild(root, "devices");
    const xmlNode *node;
    guint number = 0;

    for (node = devices ? devices->children : NULL; node; node = node->next) {
        const char *alias = cmdqvXMLReadIs(node, "interface") ? cmdqvXMLReadAttr(cmdqvXMLReadChild(node, "alias"), "name") : NULL;
        g_autofree char *device = NULL;
        g_autofree char *backend = NULL;

        if (!cmdqvXMLReadIs(node, "interface") || g_strcmp0(cmdqvXMLReadAttr(node, "type"), "hostdev") == 0)
            continue;
        device = cmdqvAliasIsUsers(alias) ? g_strdup(alias) : g_strdup_printf("net%u", number++);
        backend = g_strconcat("host", device, NULL);
        (void)cmdqvOwnArgumentsAddId(ids, "device", device);
        (void)cmdqvOwnArgumentsAddId(ids, "netdev", backend);
    }
}


/* Adds the other ids that libvirt gives, as far as the XML shows them. */
static void
cmdqvOwnArgumentsAddKnownIds(GHashTable *ids, const cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->buses->len; i++) {
        const cmdqvBus *bus = &g_array_index(topology->buses, cmdqvBus, i);

        if (bus->model != CMDQV_BUS_PCIE_ROOT)
            (void)cmdqvOwnArgumentsAddId(ids, "device", bus->name);
    }
    for (i = 0; i < topology->smmus->len; i++)
        (void)cmdqvOwnArgumentsAddId(ids, "device", g_array_index(topology->smmus, cmdqvSmmu, i).id);
    for (i = 0; i < topology->endpoints->len; i++) {
        (void)cmdqvOwnArgumentsAddId(ids, "device", g_array_index(topology->endpoints, cmdqvEndpoint, i).id);
        (void)cmdqvOwnArgumentsAddId(ids, "object", g_array_index(topology->endpoints, cmdqvEndpoint, i).iommufdId);
    }
}


/* Adds the id of an option; false if another has it, with that in the topology. */
static bool
cmdqvOwnArgumentsAddOptionId(cmdqvTopology *topology, GHashTable *ids, const cmdqvOption *option)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvOwnArgumentsIds); i++) {
        g_autoptr(GHashTable) properties = strcmp(option->name, cmdqvOwnArgumentsIds[i].option) == 0
            ? cmdqvArgvSplitProperties(option->value, cmdqvOwnArgumentsIds[i].implied, NULL) : NULL;
        const char *id = properties ? g_hash_table_lookup(properties, cmdqvOwnArgumentsIds[i].key) : NULL;
        g_autofree char *quoted = id ? cmdqvTextShorten(id) : NULL;

        if (cmdqvOwnArgumentsAddId(ids, cmdqvOwnArgumentsIds[i].kind, id))
            continue;
        topology->idTwice = cmdqvTopologyFormat(topology, "'-%s' in <qemu:commandline> has the %s '%s'", option->name,
                                                cmdqvOwnArgumentsIds[i].key, quoted);
        return false;
    }
    return true;
}


/*
 * Adds the ids of all options; ends at the first that is there already. libvirt
 * does not compare the ids in <qemu:commandline> with those that it gives, and
 * QEMU refuses an id twice ("Duplicate device ID", "Duplicate ID", "attempt to
 * add duplicate property", seen with 11.1).
 */
static void
cmdqvOwnArgumentsReadIds(cmdqvTopology *topology, GHashTable *ids, const char *const *argv)
{
    g_autoptr(GArray) options = cmdqvArgvSplitOptions(argv, NULL);
    guint i;

    for (i = 0; options && i < options->len; i++) {
        if (!cmdqvOwnArgumentsAddOptionId(topology, ids, &g_array_index(options, cmdqvOption, i)))
            return;
    }
}


/**
 * cmdqvOwnArgumentsFindIdTwice:
 * @native: a domain with arguments of its own, from the command line that
 *   libvirt makes of it
 * @root: its <domain>
 * @argv: that command line
 *
 * Names the first id that is there twice, in @native.
 */
void
cmdqvOwnArgumentsFindIdTwice(cmdqvTopology *native, const xmlNode *root, const char *const *argv)
{
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    cmdqvOwnArgumentsAddInterfaceIds(ids, root);
    cmdqvOwnArgumentsReadIds(native, ids, argv);
}


static void
cmdqvOwnArgumentsFindMonitor(cmdqvTopology *merged, const char *const *argv)
{
    g_autoptr(GArray) options = cmdqvArgvSplitOptions(argv, NULL);
    guint i;

    for (i = 0; options && i < options->len && !merged->monitor; i++)
        merged->monitor = cmdqvOwnArgumentsOpensMonitor(&g_array_index(options, cmdqvOption, i));
}


/* libvirt puts the values of <qemu:arg> at the end of the command line (qemuBuildCommandLine() of libvirt). */
static void
cmdqvOwnArgumentsAddCommandline(cmdqvTopology *merged, const xmlNode *commandline)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint before = merged->hidden->len;
    g_autoptr(GError) error = NULL;
    const xmlNode *node;

    for (node = commandline->children; node; node = node->next) {
        const char *value = cmdqvXMLEditIsNs(node, "arg", CMDQV_XML_EDIT_QEMU_NAMESPACE) ? cmdqvXMLReadAttr(node, "value") : NULL;

        if (value)
            g_ptr_array_add(argv, (gpointer)value);
    }
    g_ptr_array_add(argv, NULL);
    cmdqvOwnArgumentsAddInterfaceIds(ids, commandline->parent);
    cmdqvOwnArgumentsAddKnownIds(ids, merged);
    cmdqvOwnArgumentsReadIds(merged, ids, (const char *const *)argv->pdata);
    if (!cmdqvArgvReadAddArguments(merged, (const char *const *)argv->pdata, &error)) {
        const char *message = cmdqvTopologyFormat(merged, "%s, so its effect is not known; correct it", error->message);

        cmdqvTopologyAddHidden(merged, CMDQV_NONE, message);
    }
    cmdqvOwnArgumentsFindMonitor(merged, (const char *const *)argv->pdata);
    cmdqvOwnArgumentsNoteHidden(merged, before, commandline);
}


/* After all arguments, which may have an SMMU. */
static void
cmdqvOwnArgumentsAddEnvs(cmdqvTopology *merged, const xmlNode *commandline)
{
    const xmlNode *node;

    for (node = commandline->children; node; node = node->next) {
        if (cmdqvXMLEditIsNs(node, "env", CMDQV_XML_EDIT_QEMU_NAMESPACE))
            cmdqvOwnArgumentsReadEnv(merged, node);
    }
}


static void
cmdqvOwnArgumentsSetOfSmmu(cmdqvTopology *merged, cmdqvSmmu *smmu, const char *name, const char *value)
{
    if (strcmp(name, "primary-bus") == 0)
        smmu->busName = cmdqvTopologyKeep(merged, value);
    else if (strcmp(name, "accel") == 0)
        smmu->accel = cmdqvArgvReadSwitch(value);
    else if (strcmp(name, "cmdqv") == 0)
        smmu->cmdqv = cmdqvArgvReadSwitch(value);
    else if (strcmp(name, "stage") == 0)
        smmu->stage = cmdqvTopologyKeep(merged, value);
}


static void
cmdqvOwnArgumentsSetOfEndpoint(cmdqvTopology *merged, cmdqvEndpoint *endpoint, const char *name, const char *value)
{
    if (strcmp(name, "bus") == 0) {
        endpoint->busName = cmdqvTopologyKeep(merged, value);
    } else if (strcmp(name, "iommufd") == 0) {
        endpoint->iommufdId = cmdqvTopologyKeep(merged, value);
        endpoint->iommufd = true;
    }
}


static void
cmdqvOwnArgumentsSetOfBus(cmdqvTopology *merged, cmdqvBus *bus, const char *name, const char *value)
{
    if (strcmp(name, "bus") == 0)
        bus->parentName = cmdqvTopologyKeep(merged, value);
    else if (strcmp(name, "bypass_iommu") == 0)
        bus->bypass = cmdqvArgvReadSwitch(value) == CMDQV_SWITCH_ON;
}


/*
 * The module closes the anchor's port in the XML, and an override would open it.
 * @value: NULL to remove the property. Returns false if the port is open then,
 * and the domain has an SMMU.
 */
static bool
cmdqvOwnArgumentsSetHotplug(const cmdqvTopology *merged, cmdqvBus *bus, const char *value)
{
    bus->hotplug = cmdqvArgvReadSwitch(value);
    bus->overridden = true;
    return bus->hotplug == CMDQV_SWITCH_OFF || merged->smmus->len == 0;
}


/* @value: NULL to remove the property. Returns false if the device, or the effect, is unknown. */
static bool
cmdqvOwnArgumentsOverride(cmdqvTopology *merged, const char *alias, const char *name, const char *value)
{
    int smmu = cmdqvTopologyFindSmmuId(merged, alias);
    int endpoint = cmdqvTopologyFindEndpointId(merged, alias);
    int bus = cmdqvTopologyFindBusName(merged, alias);

    /* every property of a controller or an SMMU may matter */
    if (!g_strv_contains(cmdqvOwnArgumentsOwnPlaces, name) && bus == CMDQV_NONE && smmu == CMDQV_NONE)
        return true;
    if (bus != CMDQV_NONE && strcmp(name, "hotplug") == 0)
        return cmdqvOwnArgumentsSetHotplug(merged, &g_array_index(merged->buses, cmdqvBus, bus), value);
    if (strcmp(name, "driver") == 0 || !value)
        return false;
    if (smmu != CMDQV_NONE)
        cmdqvOwnArgumentsSetOfSmmu(merged, &g_array_index(merged->smmus, cmdqvSmmu, smmu), name, value);
    else if (endpoint != CMDQV_NONE)
        cmdqvOwnArgumentsSetOfEndpoint(merged, &g_array_index(merged->endpoints, cmdqvEndpoint, endpoint), name, value);
    else if (bus != CMDQV_NONE)
        cmdqvOwnArgumentsSetOfBus(merged, &g_array_index(merged->buses, cmdqvBus, bus), name, value);
    else
        return false;
    return true;
}


static void
cmdqvOwnArgumentsAddProperty(cmdqvTopology *merged, const char *alias, const xmlNode *property)
{
    const char *name = cmdqvXMLReadAttr(property, "name");
    const char *value = cmdqvXMLReadAttr(property, "value");
    const char *message;
    g_autofree char *quoted = NULL;

    if (!name || !alias || cmdqvOwnArgumentsOverride(merged, alias, name, value))
        return;
    quoted = cmdqvTextShorten(alias);
    message = cmdqvTopologyFormat(merged, "<qemu:property> in line %d: the effect of '%s' on device '%s' is not known; write it as XML",
                                  cmdqvXMLReadLine(property), name, quoted);
    cmdqvTopologyAddHidden(merged, cmdqvXMLReadLine(property), message);
}


/* <qemu:device alias=''><qemu:frontend><qemu:property/>: changes properties of a device that libvirt writes. */
static void
cmdqvOwnArgumentsAddOverride(cmdqvTopology *merged, const xmlNode *override)
{
    const xmlNode *device;
    const xmlNode *frontend;
    const xmlNode *property;

    for (device = override->children; device; device = device->next) {
        frontend = cmdqvXMLEditIsNs(device, "device", CMDQV_XML_EDIT_QEMU_NAMESPACE)
            ? cmdqvXMLEditChildNs(device, "frontend", CMDQV_XML_EDIT_QEMU_NAMESPACE) : NULL;
        for (property = frontend ? frontend->children : NULL; property; property = property->next) {
            if (cmdqvXMLEditIsNs(property, "property", CMDQV_XML_EDIT_QEMU_NAMESPACE))
                cmdqvOwnArgumentsAddProperty(merged, cmdqvXMLReadAttr(device, "alias"), property);
        }
    }
}


/* Properties that give no device another place; those with x- are experimental ones of QEMU (link speed and width, ...). */
static bool
cmdqvOwnArgumentsIsHarmlessProperty(const char *name)
{
    return name && (cmdqvTextStarts(name, "x-") || strcmp(name, "romfile") == 0 || strcmp(name, "rombar") == 0);
}


/* Checks all properties below a node. */
static bool
cmdqvOwnArgumentsAreHarmless(const xmlNode *parent)
{
    const xmlNode *node;

    for (node = parent->children; node; node = node->next) {
        if (cmdqvXMLEditIsNs(node, "property", CMDQV_XML_EDIT_QEMU_NAMESPACE)
            ? !cmdqvOwnArgumentsIsHarmlessProperty(cmdqvXMLReadAttr(node, "name"))
            : node->type == XML_ELEMENT_NODE && !cmdqvOwnArgumentsAreHarmless(node))
            return false;
    }
    return true;
}


/**
 * cmdqvOwnArgumentsMoveNothing:
 * @root: a <domain>
 *
 * Returns: true if it has no <qemu:commandline>, and each <qemu:override>
 * certainly leaves all devices in their places
 */
bool
cmdqvOwnArgumentsMoveNothing(const xmlNode *root)
{
    const xmlNode *node;

    for (node = root->children; node; node = node->next) {
        if (cmdqvXMLEditIsNs(node, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE) ||
            (cmdqvXMLEditIsNs(node, "override", CMDQV_XML_EDIT_QEMU_NAMESPACE) && !cmdqvOwnArgumentsAreHarmless(node)))
            return false;
    }
    return true;
}


/* Whether libvirt writes its devices in keyval form: the domain takes the capability for JSON from QEMU. */
static bool
cmdqvOwnArgumentsTakesJson(const xmlNode *root)
{
    const xmlNode *capabilities;
    const xmlNode *node;

    for (capabilities = root->children; capabilities; capabilities = capabilities->next) {
        bool changes = cmdqvXMLEditIsNs(capabilities, "capabilities", CMDQV_XML_EDIT_QEMU_NAMESPACE);

        for (node = changes ? capabilities->children : NULL; node; node = node->next) {
            const char *name = cmdqvXMLEditIsNs(node, "del", CMDQV_XML_EDIT_QEMU_NAMESPACE) ? cmdqvXMLReadAttr(node, "capability") : NULL;

            if (name && cmdqvTextStarts(name, "device.json"))
                return true;
        }
    }
    return false;
}


/**
 * cmdqvOwnArgumentsMerge:
 * @definition: a domain's definition, from its XML
 * @root: its <domain>
 *
 * Lists unreadable arguments in the result's @hidden.
 *
 * Returns: (transfer full): the definition with the effects of its arguments,
 * resolved
 */
cmdqvTopology *
cmdqvOwnArgumentsMerge(const cmdqvTopology *definition, const xmlNode *root)
{
    cmdqvTopology *merged = cmdqvTopologyCopy(definition);
    const xmlNode *node;

    cmdqvTopologyDefaultsFill(merged);
    merged->keyval = cmdqvOwnArgumentsTakesJson(root);
    for (node = root->children; node; node = node->next) {
        if (cmdqvXMLEditIsNs(node, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE))
            cmdqvOwnArgumentsAddCommandline(merged, node);
    }
    for (node = root->children; node; node = node->next) {
        if (cmdqvXMLEditIsNs(node, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE))
            cmdqvOwnArgumentsAddEnvs(merged, node);
        else if (cmdqvXMLEditIsNs(node, "override", CMDQV_XML_EDIT_QEMU_NAMESPACE))
            cmdqvOwnArgumentsAddOverride(merged, node);
    }
    cmdqvTopologyResolve(merged);
    cmdqvDeviceOriginNative(merged, definition, root);
    return merged;
}
