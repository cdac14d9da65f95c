/*
 * record_check.c: whether the record of a lowered domain is true
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A client that can write metadata can write a record, and a record says which
 * parts of a domain are not shown. It is true only if lowering the lifted domain
 * gives the same domain again; any other record is only metadata.
 *
 * libvirt drops comments, adds defaults and sorts elements, and a running domain
 * may lack devices. So two domains are the same if they have the same arguments,
 * in any order and with any slots; the same overrides of the devices that they
 * have; and the same elements, except the numbers of shadows, which depend on all
 * other numbers.
 */

#include "lowering/record_check.h"

#include <string.h>

#include "conf/xml_edit.h"
#include "lowering/lift_domain.h"
#include "lowering/lower_domain.h"
#include "lowering/record.h"
#include "util/text.h"

/* A byte that no XML can have in it, so that each text is of one domain. */
#define CMDQV_RECORD_CHECK_ELEMENT '\1'
#define CMDQV_RECORD_CHECK_END '\2'


/* Nothing in it that libvirt would keep. */
static bool
cmdqvRecordCheckIsEmpty(const xmlNode *node)
{
    return !node->properties && !cmdqvXMLEditNextElement(node, NULL);
}


static const char *
cmdqvRecordCheckAlias(const xmlNode *node)
{
    return cmdqvXMLReadAttr(cmdqvXMLReadChild(node, "alias"), "name");
}


/* The number that a shadow has instead of its own; NULL if @node is not the <target> of one. */
static const char *
cmdqvRecordCheckShadowNumber(const xmlNode *node)
{
    const char *alias = cmdqvXMLReadIs(node, "target") && cmdqvXMLReadIs(node->parent, "controller") ? cmdqvRecordCheckAlias(node->parent) : NULL;

    return alias && cmdqvTextStarts(alias, CMDQV_RECORD_ALIAS_PREFIX)
        ? cmdqvRecordNumberName(cmdqvXMLReadAttr(node->parent, "model")) : NULL;
}


/* NULL is nothing, or a text for which there was no memory. */
static void
cmdqvRecordCheckWriteText(GString *text, const xmlChar *part)
{
    g_string_append(text, part ? (const char *)part : "");
}


static void
cmdqvRecordCheckWriteName(GString *text, const xmlNs *ns, const xmlChar *name)
{
    cmdqvRecordCheckWriteText(text, ns ? ns->href : NULL);
    g_string_append_c(text, ' ');
    cmdqvRecordCheckWriteText(text, name);
}


static void
cmdqvRecordCheckWriteAttributes(GString *text, const xmlNode *node)
{
    const char *number = cmdqvRecordCheckShadowNumber(node);
    const xmlAttr *attribute;

    for (attribute = node->properties; attribute; attribute = attribute->next) {
        xmlChar *value = NULL;

        if (g_strcmp0((const char *)attribute->name, number) == 0)
            continue;
        value = xmlNodeListGetString(node->doc, attribute->children, 1);
        cmdqvRecordCheckWriteName(text, attribute->ns, attribute->name);
        g_string_append_c(text, '=');
        cmdqvRecordCheckWriteText(text, value);
        if (!value && attribute->children)
            cmdqvXMLEditSpoil(node->doc);
        g_string_append_c(text, CMDQV_RECORD_CHECK_END);
        xmlFree(value);
    }
}


static void
cmdqvRecordCheckWrite(GString *text, const xmlNode *node)
{
    const xmlNode *alias = cmdqvXMLReadChild(node, "alias");
    const xmlNode *child;

    g_string_append_c(text, CMDQV_RECORD_CHECK_ELEMENT);
    cmdqvRecordCheckWriteName(text, node->ns, node->name);
    g_string_append_c(text, CMDQV_RECORD_CHECK_END);
    cmdqvRecordCheckWriteAttributes(text, node);
    /* at any position */
    if (alias)
        cmdqvRecordCheckWrite(text, alias);
    for (child = node->children; child; child = child->next) {
        if (child->type == XML_TEXT_NODE && !xmlIsBlankNode(child))
            cmdqvRecordCheckWriteText(text, child->content);
        else if (child->type == XML_ELEMENT_NODE && child != alias && !(cmdqvXMLReadIs(child, "driver") && cmdqvRecordCheckIsEmpty(child)))
            cmdqvRecordCheckWrite(text, child);
    }
    g_string_append_c(text, CMDQV_RECORD_CHECK_END);
}


/* The place of a device among others, and its consequences, are not of the record. */
static bool
cmdqvRecordCheckIsPlacing(const char *property)
{
    return cmdqvTextStarts(property, "addr=") || cmdqvTextStarts(property, "multifunction=") || cmdqvTextStarts(property, "port=");
}


static void
cmdqvRecordCheckWriteArgument(GString *text, const char *value)
{
    const char *at = value;

    while (at && *at) {
        gsize len = strcspn(at, ",");

        if (!cmdqvRecordCheckIsPlacing(at)) {
            g_string_append_len(text, at, (gssize)len);
            g_string_append_c(text, ',');
        }
        at += len + (at[len] == ',');
    }
}


static void
cmdqvRecordCheckTakeArguments(GPtrArray *lines, const xmlNode *commandline)
{
    xmlNode *node;

    for (node = cmdqvXMLEditNextElement(commandline, NULL); node; node = cmdqvXMLEditNextElement(commandline, node)) {
        GString *line = g_string_new(NULL);

        if (cmdqvXMLEditIsNs(node, "arg", CMDQV_XML_EDIT_QEMU_NAMESPACE))
            cmdqvRecordCheckWriteArgument(line, cmdqvXMLReadAttr(node, "value"));
        else
            cmdqvRecordCheckWrite(line, node);
        g_ptr_array_add(lines, g_string_free(line, FALSE));
    }
}


/* Of a device that has left a running domain libvirt keeps the overrides. */
static void
cmdqvRecordCheckTakeOverrides(GPtrArray *lines, const xmlNode *override, GHashTable *aliases)
{
    xmlNode *node;

    for (node = cmdqvXMLEditNextElement(override, NULL); node; node = cmdqvXMLEditNextElement(override, node)) {
        const char *alias = cmdqvXMLReadAttr(node, "alias");
        GString *line;

        if (alias && !g_hash_table_contains(aliases, alias))
            continue;
        line = g_string_new(NULL);
        cmdqvRecordCheckWrite(line, node);
        g_ptr_array_add(lines, g_string_free(line, FALSE));
    }
}


static GHashTable *
cmdqvRecordCheckAliases(const xmlNode *domain)
{
    GHashTable *aliases = g_hash_table_new(g_str_hash, g_str_equal);
    const xmlNode *node = NULL;

    while ((node = cmdqvXMLReadNextDevice(domain, node))) {
        const char *alias = cmdqvRecordCheckAlias(node);

        if (alias)
            (void)g_hash_table_add(aliases, (gpointer)alias);
    }
    return aliases;
}


/* All of a lowered domain that its record does not have, as lines that can be compared. */
static char *
cmdqvRecordCheckOutside(xmlNode *domain)
{
    const xmlNode *record = cmdqvRecordFind(domain);
    g_autoptr(GHashTable) aliases = cmdqvRecordCheckAliases(domain);
    g_autoptr(GPtrArray) sorted = g_ptr_array_new_with_free_func(g_free);
    GString *text = g_string_new(NULL);
    xmlNode *node;
    xmlNode *child;
    guint i;

    cmdqvRecordCheckWriteAttributes(text, domain);
    for (node = cmdqvXMLEditNextElement(domain, NULL); node; node = cmdqvXMLEditNextElement(domain, node)) {
        if (cmdqvXMLEditIsNs(node, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE)) {
            cmdqvRecordCheckTakeArguments(sorted, node);
        } else if (cmdqvXMLEditIsNs(node, "override", CMDQV_XML_EDIT_QEMU_NAMESPACE)) {
            cmdqvRecordCheckTakeOverrides(sorted, node, aliases);
        } else if (cmdqvXMLReadIs(node, "metadata")) {
            for (child = cmdqvXMLEditNextElement(node, NULL); child; child = cmdqvXMLEditNextElement(node, child)) {
                if (child != record)
                    cmdqvRecordCheckWrite(text, child);
            }
        } else {
            cmdqvRecordCheckWrite(text, node);
        }
    }
    g_ptr_array_sort(sorted, cmdqvTextCompare);
    for (i = 0; i < sorted->len; i++) {
        g_string_append(text, g_ptr_array_index(sorted, i));
        g_string_append_c(text, CMDQV_RECORD_CHECK_END);
    }
    return g_string_free(text, FALSE);
}


/* The properties of the emulator that the domain was lowered for, as its arguments show them. */
static cmdqvEmulatorCaps
cmdqvRecordCheckTarget(const xmlNode *domain)
{
    static const guint told[] = { CMDQV_SMMU_ATTRIBUTE_CMDQV, CMDQV_SMMU_PROPERTY_TEGRA241_CMDQV, CMDQV_SMMU_PROPERTY_PASID };
    const xmlNode *commandline = cmdqvXMLEditChildNs(domain, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE);
    cmdqvEmulatorCaps target = cmdqvEmulatorCapsUpstream;
    xmlNode *arg;
    guint i;

    for (i = 0; i < G_N_ELEMENTS(told); i++) {
        g_autofree char *named = g_strdup_printf(",%s=", cmdqvSmmuPropertyToString(told[i]));

        target.smmu[told[i]] = (cmdqvEmulatorCapsProperty){ .type = CMDQV_VALUE_STRING };
        for (arg = commandline ? cmdqvXMLEditNextElement(commandline, NULL) : NULL; arg; arg = cmdqvXMLEditNextElement(commandline, arg)) {
            const char *value = cmdqvXMLReadAttr(arg, "value");

            if (value && g_str_has_prefix(value, cmdqvEmulatorCapsDeviceToString(CMDQV_EMULATOR_CAPS_SMMU)) && strstr(value, named))
                target.smmu[told[i]].known = true;
        }
    }
    target.smmu[CMDQV_SMMU_ATTRIBUTE_SSIDSIZE].known = !target.smmu[CMDQV_SMMU_PROPERTY_PASID].known;
    return target;
}


/**
 * cmdqvRecordCheckIsTrue:
 * @domain: a <domain> that has a record
 *
 * Its document is spoilt without the memory to find out.
 *
 * Returns: true if lowering the domain that its record describes makes it again
 */
bool
cmdqvRecordCheckIsTrue(xmlNode *domain)
{
    const cmdqvEmulatorCaps target = cmdqvRecordCheckTarget(domain);
    g_autoptr(xmlDoc) trial = cmdqvXMLEditAlone(domain);
    xmlNode *root = trial ? xmlDocGetRootElement(trial) : NULL;
    g_autofree char *given = NULL;
    g_autofree char *made = NULL;
    bool lowered = false;

    if (!root)
        return false;
    cmdqvLiftDomain(root);
    /* lowering makes one record of a domain and no more */
    if (!cmdqvRecordFind(root) && cmdqvLowerDomain(root, &target, true, &lowered, NULL) && lowered) {
        given = cmdqvRecordCheckOutside(domain);
        made = cmdqvRecordCheckOutside(root);
    }
    if (!cmdqvXMLEditIsWhole(trial, NULL))
        cmdqvXMLEditSpoil(domain->doc);
    return g_strcmp0(given, made) == 0 && given;
}
