/*
 * smmu_hiding.c: find whether a text may have an SMMUv3, by its name or hidden
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The one list of ways in which a text can have an SMMUv3 without its name in
 * plain letters. Every reader calls this first: for XML from clients and from
 * libvirt, for metadata, snapshots and migration cookies, and for the argv of a
 * running domain. "No" is certain; "yes" only means that the text must be read.
 *
 *   by its name         smmuv3, in XML or in an argument
 *   in an argument      an escape of JSON; a file of options; code that QEMU
 *                       loads, as a plugin or for a variable of <qemu:env>
 *   in XML              a character reference; an entity, or an attribute that
 *                       a DOCTYPE adds; another encoding than UTF-8
 *
 * The readers of arguments name a remedy for each way (qemu/argv_read.c).
 */

#include "conf/smmu_hiding.h"

#include <string.h>

#include <libxml/parser.h>

#include "conf/xml_edit.h"
#include "conf/xml_read.h"
#include "util/text.h"

#define CMDQV_SMMU_HIDING_NAME "smmuv3"

/* Ways that only an argument has. */
static const char *const cmdqvSmmuHidingWays[] = { "\\", "-readconfig", "-plugin" };

/*
 * Beginnings of the names of variables that make the loader, QEMU, one of its
 * libraries, or the interpreter of a script that runs it, load code from a
 * file, or read a configuration that names one.
 */
static const char *const cmdqvSmmuHidingCode[] = {
    "LD_", "QEMU_MODULE_DIR",
    /* glibc, GLib, GTK, OpenSSL and SASL */
    "GCONV_PATH", "GIO_EXTRA_MODULES", "GIO_MODULE_DIR", "GTK_MODULES", "GTK_IM_MODULE_FILE", "GTK_PATH", "GTK_EXE_PREFIX",
    "GDK_PIXBUF_MODULE", "OPENSSL_CONF", "OPENSSL_ENGINES", "OPENSSL_MODULES", "SASL_PATH", "SASL_CONF_PATH", "KRB5_CONFIG",
    "GSS_MECH_CONFIG", "GSSAPI_MECH_CONF",
    /* display, audio and storage */
    "SDL_DYNAMIC_API", "LIBGL_DRIVERS_PATH", "GBM_BACKEND", "MESA_LOADER_DRIVER_OVERRIDE", "VDPAU_DRIVER", "CUDA_INJECTION", "VK_ICD_FILENAMES", "VK_DRIVER_FILES", "VK_ADD_", "VK_LAYER_PATH",
    "__EGL_", "__GLX_", "LIBVA_DRIVER", "SPA_PLUGIN_DIR", "SPA_DATA_DIR", "PIPEWIRE_MODULE_DIR", "PIPEWIRE_CONFIG_",
    "ALSA_CONFIG_", "ALSA_PLUGIN_DIR", "GST_PLUGIN_", "CEPH_", "RDMAV_DRIVERS", "IBV_DRIVERS",
    /* interpreters */
    "PATH", "BASH_ENV", "BASH_FUNC_", "BASHOPTS", "SHELLOPTS", "PS4", "ENV", "ZDOTDIR", "PYTHON", "PERL", "RUBY", "LUA_", "NODE_OPTIONS", "NODE_PATH",
};

/* Beginnings of the names of variables with a path from which nothing loads code. */
static const char *const cmdqvSmmuHidingPaths[] = {
    "QEMU_AUDIO_", "QEMU_PA_", "PULSE_SERVER", "PULSE_COOKIE", "PIPEWIRE_LATENCY", "PIPEWIRE_REMOTE", "PIPEWIRE_RUNTIME_DIR",
    "XDG_RUNTIME_DIR", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_", "SSH_AUTH_SOCK", "SSL_CERT_", "KRB5_KTNAME", "KRB5CCNAME",
    "TMPDIR", "TZ",
};


static bool
cmdqvSmmuHidingIsOneOf(const char *const *beginnings, guint count, const char *variable)
{
    guint i;

    for (i = 0; i < count; i++) {
        if (g_str_has_prefix(variable, beginnings[i]))
            return true;
    }
    return false;
}


/**
 * cmdqvSmmuHidingInArguments:
 * @data: the argv of a process, or arguments in XML for QEMU
 * @len: its length in bytes
 *
 * Returns: false if there is certainly no SMMUv3 in it, true if it must be read
 */
bool
cmdqvSmmuHidingInArguments(const char *data, gsize len)
{
    guint i;

    if (memmem(data, len, CMDQV_SMMU_HIDING_NAME, strlen(CMDQV_SMMU_HIDING_NAME)))
        return true;
    for (i = 0; i < G_N_ELEMENTS(cmdqvSmmuHidingWays); i++) {
        if (memmem(data, len, cmdqvSmmuHidingWays[i], strlen(cmdqvSmmuHidingWays[i])))
            return true;
    }
    return false;
}


/**
 * cmdqvSmmuHidingIsCode:
 * @variable: name of a variable of <qemu:env>
 *
 * Returns: true if QEMU, or a program that runs it, loads code because of it
 */
bool
cmdqvSmmuHidingIsCode(const char *variable)
{
    return cmdqvSmmuHidingIsOneOf(cmdqvSmmuHidingCode, G_N_ELEMENTS(cmdqvSmmuHidingCode), variable);
}


/**
 * cmdqvSmmuHidingMayBeCode:
 * @variable: name of a variable of <qemu:env>
 * @value: its value
 *
 * No list of such variables is complete. This is for a domain with an SMMUv3; for
 * others cmdqvSmmuHidingIsCode() decides.
 *
 * Returns: true if the value may name a file from which QEMU, or a program that
 * runs it, loads code
 */
bool
cmdqvSmmuHidingMayBeCode(const char *variable, const char *value)
{
    return strchr(value, '/') && !cmdqvSmmuHidingIsOneOf(cmdqvSmmuHidingPaths, G_N_ELEMENTS(cmdqvSmmuHidingPaths), variable);
}


/* Whether each letter of the text means itself: UTF-8, without declarations that could replace letters. */
static bool
cmdqvSmmuHidingIsPlain(const char *xml)
{
    const char *at = cmdqvTextStarts(xml, "\xef\xbb\xbf") ? xml + 3 : xml;
    const char *end;
    const char *encoding;
    const char *name;

    if ((*at != '<' && !g_ascii_isspace(*at)) || strstr(at, "<!DOCTYPE"))
        return false;
    if (!cmdqvTextStarts(at, "<?xml"))
        return true;
    end = strstr(at, "?>");
    if (!end)
        return true;
    encoding = g_strstr_len(at, end - at, "encoding");
    if (!encoding)
        return true;
    name = strpbrk(encoding, "'\"");
    return name && g_ascii_strncasecmp(name + 1, "utf-8", 5) == 0 && name[6] == *name;
}


/**
 * cmdqvSmmuHidingMayHave:
 * @xml: any XML
 * @name: a name, such as that of a namespace
 *
 * Only searches the text; reads nothing.
 *
 * Returns: false if the name is certainly not in it, true if the XML must be
 * read: the name is there, or may be spelled in another way
 */
bool
cmdqvSmmuHidingMayHave(const char *xml, const char *name)
{
    return !cmdqvSmmuHidingIsPlain(xml) || strstr(xml, name) || strstr(xml, "&#");
}


/* Searches a plain text. */
static bool
cmdqvSmmuHidingInText(const char *xml)
{
    if (strstr(xml, CMDQV_SMMU_HIDING_NAME) || strstr(xml, "&#"))
        return true;
    return strstr(xml, CMDQV_XML_EDIT_QEMU_NAMESPACE) && (cmdqvSmmuHidingInArguments(xml, strlen(xml)) || strstr(xml, "env"));
}


/* Whether an element makes, or may make, an SMMUv3; reads attributes as libvirt does. */
static bool
cmdqvSmmuHidingInElement(const xmlNode *node)
{
    bool ofQemu = node->ns && strcmp((const char *)node->ns->href, CMDQV_XML_EDIT_QEMU_NAMESPACE) == 0;
    const xmlAttr *attr;

    if (!ofQemu && strcmp((const char *)node->name, "iommu") != 0)
        return node->ns && g_str_has_prefix((const char *)node->ns->href, "urn:libvirt-cmdqv:");
    if (strcmp((const char *)node->name, "env") == 0)
        return true;
    for (attr = node->properties; attr; attr = attr->next) {
        const char *value = cmdqvXMLReadAttr(node, (const char *)attr->name);

        if (value && cmdqvSmmuHidingInArguments(value, strlen(value)))
            return true;
    }
    return false;
}


/* libvirt does not see an element in the text of an entity; with a later libxml2 it might. */
static bool
cmdqvSmmuHidingInEntity(const char *text)
{
    static const char *const elements[] = { "iommu", "commandline", "override", "urn:libvirt-cmdqv:" };
    guint i;

    for (i = 0; text && strchr(text, '<') && i < G_N_ELEMENTS(elements); i++) {
        if (strstr(text, elements[i]))
            return true;
    }
    return false;
}


/*
 * Searches the declarations of a DOCTYPE: for libvirt, an attribute that is not
 * in the tree has its default value from there (xmlGetProp()).
 */
static bool
cmdqvSmmuHidingInDeclarations(const xmlDoc *doc)
{
    const xmlNode *node;

    for (node = doc->intSubset ? doc->intSubset->children : NULL; node; node = node->next) {
        const char *value = node->type == XML_ATTRIBUTE_DECL ? (const char *)((const xmlAttribute *)node)->defaultValue : NULL;

        if (value && (strchr(value, '&') || cmdqvSmmuHidingInArguments(value, strlen(value))))
            return true;
        if (node->type == XML_ENTITY_DECL && cmdqvSmmuHidingInEntity((const char *)((const xmlEntity *)node)->content))
            return true;
    }
    return false;
}


/* Searches any other text, read as libvirt reads it: a text that libvirt does not see does not count. */
static bool
cmdqvSmmuHidingInDocument(const char *xml)
{
    g_autoptr(xmlDoc) doc = NULL;
    const xmlNode *root;
    const xmlNode *node;
    bool wanting;

    if (strlen(xml) > CMDQV_XML_READ_MAX_BYTES)
        return true;
    doc = cmdqvXMLReadAsLibvirt(xml, &wanting);
    root = xmlDocGetRootElement(doc);
    if (!root || wanting || cmdqvSmmuHidingInDeclarations(doc))
        return true;
    for (node = root; node; node = cmdqvXMLReadFollowing(node, root, true)) {
        if (node->type == XML_ELEMENT_NODE && cmdqvSmmuHidingInElement(node))
            return true;
    }
    return false;
}


/**
 * cmdqvSmmuHidingInXML:
 * @xml: XML of a domain or a device, or XML that holds one
 *
 * The only cost for a domain without an SMMUv3. Searches a plain text; reads a
 * text in another encoding, or with declarations of its own, as libvirt does.
 *
 * Returns: false if there is certainly no SMMUv3 in it, true if it must be read
 */
bool
cmdqvSmmuHidingInXML(const char *xml)
{
    return cmdqvSmmuHidingIsPlain(xml) ? cmdqvSmmuHidingInText(xml) : cmdqvSmmuHidingInDocument(xml);
}
