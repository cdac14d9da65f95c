/*
 * native_question.c: the XML of a question to libvirt: which command line would
 * a domain have
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/native_question.h"

#include <string.h>

#include "conf/fatal_values.h"
#include "conf/xml_edit.h"
#include "conf/xml_read.h"


/*
 * To make the command line of a domain, libvirt removes the addresses of its
 * interfaces and assigns new ones, and with <interface type='hostdev'> it reads
 * memory that it has freed (qemuConnectDomainXMLToNative(),
 * src/qemu/qemu_driver.c of 12.8): an error, or a crash of the daemon. So the question has the same domain without interfaces. Stand-ins
 * take the addresses that the interfaces would have: a hostdev for an interface
 * that is a host device, and for an emulated one a 9p filesystem, which needs
 * the same kind of slot and gets its address right before interfaces
 * (qemuDomainAssignDevicePCISlots(), src/qemu/qemu_domain_address.c).
 */
static xmlNode *
cmdqvNativeQuestionStandInEmulated(xmlDoc *doc, guint number, bool conventional)
{
    g_autofree char *tag = g_strdup_printf("cmdqv%u", number);
    xmlNode *node = xmlNewDocNode(doc, NULL, BAD_CAST "filesystem", NULL);
    xmlNode *source = xmlNewChild(node, NULL, BAD_CAST "source", NULL);
    xmlNode *target = xmlNewChild(node, NULL, BAD_CAST "target", NULL);

    if (cmdqvXMLEditTrySet(node, "type", "mount") && cmdqvXMLEditTrySet(node, "accessmode", "passthrough") &&
        cmdqvXMLEditTrySet(source, "dir", "/") && cmdqvXMLEditTrySet(target, "dir", tag) &&
        (!conventional || cmdqvXMLEditTrySet(node, "model", "virtio-transitional")))
        return node;
    xmlFreeNode(node);
    return NULL;
}


/* Copies the child of that name, if there is one; false without the memory for it. */
static bool
cmdqvNativeQuestionCopyChild(xmlNode *to, const xmlNode *from, const char *name)
{
    xmlNode *child = cmdqvXMLReadChild(from, name);

    return !child || xmlAddChild(to, xmlDocCopyNode(child, to->doc, 1));
}


static xmlNode *
cmdqvNativeQuestionStandInHostdev(xmlDoc *doc, const xmlNode *interface)
{
    xmlNode *node = xmlNewDocNode(doc, NULL, BAD_CAST "hostdev", NULL);

    if (!cmdqvXMLEditTrySet(node, "mode", "subsystem") || !cmdqvXMLEditTrySet(node, "type", "pci") ||
        !cmdqvXMLEditTrySet(node, "managed", "no") || !cmdqvNativeQuestionCopyChild(node, interface, "driver") ||
        !cmdqvNativeQuestionCopyChild(node, interface, "source") || !cmdqvNativeQuestionCopyChild(node, interface, "teaming")) {
        xmlFreeNode(node);
        return NULL;
    }
    return node;
}


/*
 * Whether libvirt puts an emulated interface in a conventional slot
 * (qemuDomainDeviceCalculatePCIConnectFlags(), as above): it puts models that
 * it knows as PCI Express in a slot of that kind, virtio too, which is the
 * default, and all others, unknown models included, in a conventional one. It
 * ignores case (virDomainNetSetModelString(), src/conf/domain_conf.c).
 */
static bool
cmdqvNativeQuestionIsConventional(const char *model)
{
    static const char *const express[] = { "virtio", "virtio-non-transitional", "e1000e", "igb" };
    guint i;

    for (i = 0; model && i < G_N_ELEMENTS(express); i++) {
        if (g_ascii_strcasecmp(model, express[i]) == 0)
            return false;
    }
    return model != NULL;
}


/* The stand-in for an interface; NULL without the memory for it. */
static xmlNode *
cmdqvNativeQuestionStandIn(xmlDoc *doc, const xmlNode *interface, const char *model, guint number)
{
    xmlNode *node = g_strcmp0(cmdqvXMLReadAttr(interface, "type"), "hostdev") == 0
        ? cmdqvNativeQuestionStandInHostdev(doc, interface)
        : cmdqvNativeQuestionStandInEmulated(doc, number, cmdqvNativeQuestionIsConventional(model));

    if (node && cmdqvNativeQuestionCopyChild(node, interface, "address") && cmdqvNativeQuestionCopyChild(node, interface, "alias"))
        return node;
    xmlFreeNode(node);
    return NULL;
}


/*
 * An emulated interface that stays in the question. Of a network of host devices
 * libvirt gives it no model, as it needs none, and then makes a command line as
 * if it were emulated, which fails without one
 * (qemuDomainDeviceNetDefPostParse(), src/qemu/qemu_postparse.c). False without
 * the memory for it.
 */
static bool
cmdqvNativeQuestionGiveModel(xmlNode *interface, xmlNode *model, const char *type)
{
    if (type || g_strcmp0(cmdqvXMLReadAttr(interface, "type"), "network") != 0)
        return true;
    if (!model)
        model = xmlNewChild(interface, NULL, BAD_CAST "model", NULL);
    return cmdqvXMLEditTrySet(model, "type", "virtio");
}


/* libvirt reads the devices of every <devices> alike, in their order. */
static void
cmdqvNativeQuestionJoinDevices(xmlNode *devices)
{
    xmlNode *other;

    for (other = devices->next; other; other = other->next) {
        while (cmdqvXMLReadIs(other, "devices") && other->children) {
            xmlNode *child = other->children;

            xmlUnlinkNode(child);
            (void)xmlAddChild(devices, child);
        }
    }
}


/*
 * Replaces the interfaces that are host devices, and the @emulated ones if
 * asked to; false without the memory for it.
 */
static bool
cmdqvNativeQuestionReplace(xmlNode *devices, bool emulated)
{
    xmlNode *firstHostdev = cmdqvXMLReadChild(devices, "hostdev");
    xmlNode *interface = NULL;
    xmlNode *next;
    guint number = 0;

    for (next = cmdqvXMLEditNextElement(devices, NULL); (interface = next);) {
        xmlNode *model = cmdqvXMLReadChild(interface, "model");
        const char *type = cmdqvXMLReadAttr(model, "type");
        bool hostdev = g_strcmp0(cmdqvXMLReadAttr(interface, "type"), "hostdev") == 0;
        bool onUsb = !hostdev && type && g_ascii_strcasecmp(type, "usb-net") == 0;
        xmlNode *node;

        next = cmdqvXMLEditNextElement(devices, interface);
        if (!cmdqvXMLReadIs(interface, "interface"))
            continue;
        if (!hostdev && !emulated) {
            if (!cmdqvNativeQuestionGiveModel(interface, model, type))
                return false;
            continue;
        }
        node = onUsb ? NULL : cmdqvNativeQuestionStandIn(devices->doc, interface, type, number);
        if (!node && !onUsb)
            return false;
        number += !hostdev;
        /* libvirt creates interfaces before every <hostdev>, whatever their position */
        if (hostdev && firstHostdev)
            (void)xmlAddPrevSibling(firstHostdev, node);
        else if (node)
            (void)xmlAddChild(devices, node);
        xmlUnlinkNode(interface);
        xmlFreeNode(interface);
    }
    return true;
}


/* Both questions; that with the @emulated interfaces replaced has the addresses of a start. */
static char *
cmdqvNativeQuestionWrite(xmlDoc *doc, bool emulated)
{
    g_autofree char *fatal = cmdqvFatalValuesFind(xmlDocGetRootElement(doc), NULL);
    xmlNode *devices = cmdqvXMLReadChild(xmlDocGetRootElement(doc), "devices");

    if (fatal)
        return NULL;
    if (devices)
        cmdqvNativeQuestionJoinDevices(devices);
    return !devices || cmdqvNativeQuestionReplace(devices, emulated) ? cmdqvXMLEditDump(doc, NULL) : NULL;
}


/**
 * cmdqvNativeQuestionOf:
 * @doc: a domain; becomes the one to ask libvirt about
 *
 * Returns: (transfer full) (nullable): as cmdqvNativeQuestion()
 */
char *
cmdqvNativeQuestionOf(xmlDoc *doc)
{
    return cmdqvXMLReadChild(xmlDocGetRootElement(doc), "devices") ? cmdqvNativeQuestionWrite(doc, true) : NULL;
}


/**
 * cmdqvNativeQuestionToRead:
 * @doc: a domain; becomes the one to ask libvirt about
 *
 * As cmdqvNativeQuestionOf(), but with the emulated interfaces, so libvirt reads
 * them; their addresses in its answer are not those of a start.
 *
 * Returns: (transfer full) (nullable): the XML to ask libvirt about, NULL if the
 * question is not safe
 */
char *
cmdqvNativeQuestionToRead(xmlDoc *doc)
{
    return cmdqvNativeQuestionWrite(doc, false);
}


/**
 * cmdqvNativeQuestion:
 * @domain: domain XML
 *
 * Returns: (transfer full) (nullable): the XML to ask libvirt about, NULL if
 * the question is not safe, or its answer would not help
 */
char *
cmdqvNativeQuestion(const char *domain)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(domain, strlen(domain), "domain", NULL);

    return doc ? cmdqvNativeQuestionOf(doc) : NULL;
}
