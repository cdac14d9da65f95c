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
    guint before = merged->hidden->len;
    g_autoptr(GError) error = NULL;
    const xmlNode *node;

    for (node = commandline->children; node; node = node->next) {
        const char *value = cmdqvXMLEditIsNs(node, "arg", CMDQV_XML_EDIT_QEMU_NAMESPACE) ? cmdqvXMLReadAttr(node, "value") : NULL;

        if (value)
            g_ptr_array_add(argv, (gpointer)value);
    }
    g_ptr_array_add(argv, NULL);
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


/* The module closes the anchor's port in the XML, and an override would open it. */
static bool
cmdqvOwnArgumentsOpensPort(const cmdqvTopology *merged, int bus, const char *name, const char *value)
{
    return bus != CMDQV_NONE && merged->smmus->len > 0 && strcmp(name, "hotplug") == 0 &&
        cmdqvArgvReadSwitch(value) != CMDQV_SWITCH_OFF;
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
    if (strcmp(name, "driver") == 0 || !value || cmdqvOwnArgumentsOpensPort(merged, bus, name, value))
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
