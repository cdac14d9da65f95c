/*
 * fatal_values.c: find numbers and devices that libvirt does not survive
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libvirt allocates arrays of the length that a number says, one object for
 * each, or all controllers up to an index. With a large number it ends by a
 * signal, or computes for hours and blocks all its workers. Each row was seen
 * with 12.8, or as its comment says; the table holds for every version.
 */

#include "conf/fatal_values.h"

#include <string.h>

#include "conf/smmu_hiding.h"
#include "conf/xml_read.h"
#include "util/error.h"
#include "util/text.h"

/*
 * libvirt refuses a PCI controller above 255, but only after it has read them
 * all (qemuValidateDomainDeviceDefControllerPCI()).
 */
#define CMDQV_FATAL_VALUES_CONTROLLER 65535
/* libvirt walks all controllers for each of them. */
#define CMDQV_FATAL_VALUES_DRIVE 2047
/* No machine of QEMU has as many, and libvirt survives it. */
#define CMDQV_FATAL_VALUES_THREAD 65535
/* Firmware chooses the numbers of caches, and libvirt survives an array of this length. */
#define CMDQV_FATAL_VALUES_CACHE 1048575

/* Letters of a disk name: more than 18,000 disks. */
#define CMDQV_FATAL_VALUES_DISK_LETTERS 3

/* The only disk names with numbers in them, of a controller and of a disk (virDiskNameParse(), src/util/virutil.c). */
#define CMDQV_FATAL_VALUES_NVME "nvme"

static const struct {
    const char *element;
    const char *parent;     /* NULL: any */
    const char *type;       /* of the element; NULL: any */
    const char *attribute;  /* NULL: the number is the element's text */
    unsigned int max;
} cmdqvFatalValuesNumbers[] = {
    /* virDomainPCIAddressSetGrow(), src/conf/domain_addr.c */
    { .element = "controller", .type = "pci", .attribute = "index", .max = CMDQV_FATAL_VALUES_CONTROLLER },
    /* virDomainUSBAddressSetAddController(), src/conf/domain_addr.c */
    { .element = "controller", .type = "usb", .attribute = "index", .max = CMDQV_FATAL_VALUES_CONTROLLER },
    /* before 12.8 libvirt ends at the largest number in a controller of any type */
    { .element = "controller", .attribute = "index", .max = G_MAXINT - 1 },
    /* virDomainDefAddDiskControllersForType(), src/conf/domain_conf.c */
    { .element = "address", .type = "drive", .attribute = "controller", .max = CMDQV_FATAL_VALUES_DRIVE },
    /* virDomainDefSetVcpusMax(), src/conf/domain_conf.c */
    { .element = "vcpu", .max = CMDQV_FATAL_VALUES_THREAD },
    /* virDomainIOThreadIDDefArrayInit(), src/conf/domain_conf.c */
    { .element = "iothreads", .max = CMDQV_FATAL_VALUES_THREAD },
    /* virResctrlAllocGetType() and similar functions, src/util/virresctrl.c */
    { .element = "cache", .parent = "cachetune", .attribute = "level", .max = CMDQV_FATAL_VALUES_CACHE },
    { .element = "cache", .parent = "cachetune", .attribute = "id", .max = CMDQV_FATAL_VALUES_CACHE },
    { .element = "node", .parent = "memorytune", .attribute = "id", .max = CMDQV_FATAL_VALUES_CACHE },
};


/* libvirt ignores the namespace of some elements (virXMLNodeNameEqual(), src/util/virxml.c). */
static bool
cmdqvFatalValuesIs(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && cmdqvXMLReadSameName(node->name, name);
}


/*
 * Reads it as strtoul() does; libvirt refuses a number followed by other text.
 * It refuses a negative number in an attribute, but takes one in the text of an
 * element as 4294967296 more (virStrToLong_ui(), src/util/virstring.c).
 */
static bool
cmdqvFatalValuesExceeds(const char *text, bool isAttribute, unsigned int max)
{
    guint64 value = text ? g_ascii_strtoull(text, NULL, 10) : 0;

    if (!text || !strchr(text, '-'))
        return value > max;
    return !isAttribute && (guint32)value > max;
}


static char *
cmdqvFatalValuesDescribe(const xmlNode *node, const char *attribute, const char *value, unsigned int max)
{
    g_autofree char *quoted = cmdqvTextShorten(value);
    g_autofree char *wrapped = attribute || !strchr(value, '-') ? NULL
        : g_strdup_printf(" read as '%" G_GUINT32_FORMAT "'", (guint32)g_ascii_strtoull(value, NULL, 10));
    char *message;

    message = g_strdup_printf("<%s> in line %d: %s '%s'%s is greater than %u, and libvirt crashes or hangs with such numbers; write a "
                              "smaller one",
                              (const char *)node->name, cmdqvXMLReadLine(node), attribute ? attribute : "the number", quoted,
                              wrapped ? wrapped : "", max);
    return message;
}


static char *
cmdqvFatalValuesNumber(const xmlNode *node)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvFatalValuesNumbers); i++) {
        const char *attribute = cmdqvFatalValuesNumbers[i].attribute;
        g_autofree char *text = NULL;
        const char *value;

        if (!cmdqvFatalValuesIs(node, cmdqvFatalValuesNumbers[i].element) ||
            (cmdqvFatalValuesNumbers[i].parent && !cmdqvFatalValuesIs(node->parent, cmdqvFatalValuesNumbers[i].parent)) ||
            (cmdqvFatalValuesNumbers[i].type && g_strcmp0(cmdqvXMLReadAttr(node, "type"), cmdqvFatalValuesNumbers[i].type) != 0))
            continue;
        if (!attribute)
            text = cmdqvXMLReadText(node);
        value = attribute ? cmdqvXMLReadAttr(node, attribute) : text;
        if (cmdqvFatalValuesExceeds(value, attribute, cmdqvFatalValuesNumbers[i].max))
            return cmdqvFatalValuesDescribe(node, attribute, value, cmdqvFatalValuesNumbers[i].max);
    }
    return NULL;
}


static bool
cmdqvFatalValuesHasLargeNumber(const char *text, unsigned int max)
{
    gsize digits;

    for (; *text; text += digits > 0 ? digits : 1) {
        digits = strspn(text, "0123456789");
        if (digits > 0 && g_ascii_strtoull(text, NULL, 10) > max)
            return true;
    }
    return false;
}


/* The letters after the prefix of a disk's name are its number among those of its bus (virDomainDiskDefAssignAddress()). */
static bool
cmdqvFatalValuesIsLargeName(const char *dev)
{
    static const char *const prefixes[] = { "fd", "hd", "sd", "ubd", "vd", "xvd", NULL };
    gsize prefix;
    guint i;

    if (g_str_has_prefix(dev, CMDQV_FATAL_VALUES_NVME))
        return cmdqvFatalValuesHasLargeNumber(dev, CMDQV_FATAL_VALUES_DRIVE);
    for (i = 0; prefixes[i] && !g_str_has_prefix(dev, prefixes[i]); i++)
        continue;
    prefix = prefixes[i] ? strlen(prefixes[i]) : 0;
    return strspn(dev + prefix, "abcdefghijklmnopqrstuvwxyz") > CMDQV_FATAL_VALUES_DISK_LETTERS && prefixes[i];
}


static char *
cmdqvFatalValuesDisk(const xmlNode *target)
{
    static const char *const counted[] = { "fdc", "ide", "nvme", "sata", "scsi", NULL };
    const char *dev = cmdqvXMLReadAttr(target, "dev");
    const char *bus = cmdqvXMLReadAttr(target, "bus");
    g_autofree char *quoted = NULL;
    char *message;

    if (!dev || !cmdqvFatalValuesIs(target, "target") || !cmdqvFatalValuesIs(target->parent, "disk") ||
        (bus && !g_strv_contains(counted, bus)) || !cmdqvFatalValuesIsLargeName(dev))
        return NULL;
    quoted = cmdqvTextShorten(dev);
    message = g_strdup_printf("<target> in line %d: dev '%s' is a disk with a very large number, and libvirt crashes or hangs with "
                              "such numbers; write a shorter name", cmdqvXMLReadLine(target), quoted);
    return message;
}


/*
 * libvirt takes the first number in any address of a SCSI host device for that of
 * a controller (virDomainDefMaybeAddHostdevSCSIcontroller(), src/conf/domain_conf.c).
 */
static char *
cmdqvFatalValuesScsiAddress(const xmlNode *node)
{
    const xmlAttr *attr;

    if (!cmdqvFatalValuesIs(node, "address") || !cmdqvFatalValuesIs(node->parent, "hostdev") ||
        g_strcmp0(cmdqvXMLReadAttr(node->parent, "type"), "scsi") != 0)
        return NULL;
    for (attr = node->properties; attr; attr = attr->next) {
        const char *name = (const char *)attr->name;
        const char *value = cmdqvXMLReadAttr(node, name);

        if (value && g_ascii_strtoull(value, NULL, 0) > CMDQV_FATAL_VALUES_DRIVE)
            return cmdqvFatalValuesDescribe(node, name, value, CMDQV_FATAL_VALUES_DRIVE);
    }
    return NULL;
}


/* A device by itself: libvirt 12.8 completes it by the domain's first one, before it refuses its kind. */
static char *
cmdqvFatalValuesVideo(const xmlNode *root)
{
    char *message;

    if (!cmdqvFatalValuesIs(root, "video"))
        return NULL;
    message = g_strdup_printf("<video> in line %d: libvirt can attach, update or detach none, and crashes if the domain has none; edit the "
                              "definition", cmdqvXMLReadLine(root));
    return message;
}


/**
 * cmdqvFatalValuesFind:
 * @root: an element
 * @line: (out) (optional): its line, untouched if there is none
 *
 * Returns: (transfer full) (nullable): a message about the first number or
 * device in it that libvirt does not survive; NULL if there is none
 */
char *
cmdqvFatalValuesFind(const xmlNode *root, int *line)
{
    const xmlNode *node;

    for (node = root; node; node = cmdqvXMLReadFollowing(node, root, !cmdqvFatalValuesIs(node, "metadata"))) {
        char *found = node == root ? cmdqvFatalValuesVideo(node) : NULL;

        if (node->type != XML_ELEMENT_NODE)
            continue;
        if (!found)
            found = cmdqvFatalValuesNumber(node);
        if (!found)
            found = cmdqvFatalValuesDisk(node);
        if (!found)
            found = cmdqvFatalValuesScsiAddress(node);
        if (found && line)
            *line = cmdqvXMLReadLine(node);
        if (found)
            return found;
    }
    return NULL;
}


/**
 * cmdqvFatalValuesFindRead:
 * @doc: (nullable): the result of cmdqvXMLReadParse() for @xml
 * @error: (nullable): its error
 * @xml: XML as for cmdqvFatalValuesFindXML()
 * @what: (nullable): as there
 *
 * Returns: (transfer full) (nullable): as cmdqvFatalValuesFindXML()
 */
char *
cmdqvFatalValuesFindRead(const xmlDoc *doc, const GError *error, const char *xml, const char *what)
{
    if (doc)
        return cmdqvFatalValuesFind(xmlDocGetRootElement(doc), NULL);
    if (!what || cmdqvXMLReadIsMalformed(xml, error))
        return NULL;
    return g_strdup_printf("%s: %s", what, error->message);
}


/**
 * cmdqvFatalValuesFindXML:
 * @xml: XML of a domain, of a snapshot or another document with domains in it,
 *   or of a device
 * @what: (nullable): a name for @xml in the message if it cannot be read here
 *
 * Returns: (transfer full) (nullable): as cmdqvFatalValuesFind(); with @what
 * also why it cannot be read here, unless it is no XML, which libvirt cannot
 * read either
 */
char *
cmdqvFatalValuesFindXML(const char *xml, const char *what)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), NULL, &error);

    return cmdqvFatalValuesFindRead(doc, error, xml, what);
}


/**
 * cmdqvFatalValuesFindQuestion:
 * @domain: domain XML from a client that asks libvirt for its command line
 *
 * Returns: (transfer full) (nullable): a message if libvirt does not survive the
 * question, or the XML cannot be read here
 */
char *
cmdqvFatalValuesFindQuestion(const char *domain)
{
    bool may = cmdqvSmmuHidingMayHave(domain, "interface");
    g_autoptr(GError) error = NULL;
    g_autoptr(xmlDoc) doc = may ? cmdqvXMLReadParse(domain, strlen(domain), NULL, &error) : NULL;
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    const xmlNode *node;
    char *message;

    if (may && !doc)
        return cmdqvFatalValuesFindRead(NULL, error, domain, "domain XML");
    for (node = root && cmdqvXMLReadIs(root, "domain") ? root : NULL; node; node = cmdqvXMLReadFollowing(node, root, true)) {
        if (!cmdqvXMLReadIs(node, "interface") || !cmdqvXMLReadIs(node->parent, "devices") ||
            g_strcmp0(cmdqvXMLReadAttr(node, "type"), "hostdev") != 0)
            continue;
        message = g_strdup_printf("<interface> in line %d: libvirt makes no command line of a domain with type='hostdev', and mostly crashes; "
                                  "write it as <hostdev>, or use 'virt-cmdqv argv'", cmdqvXMLReadLine(node));
        return message;
    }
    return NULL;
}
