/*
 * libvirt_driver.c: find the folders of libvirt's QEMU driver
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A URI does not name them: root's qemu:///session is root's daemon, and a
 * socket in the URI may be that of any daemon. The process does: while the
 * driver runs, it holds the lock of driver.pid in its folder
 * (qemuStateInitialize(), src/qemu/qemu_driver.c of libvirt).
 */

#include "qemu/libvirt_driver.h"

#include <string.h>
#include <unistd.h>

#include <libxml/uri.h>


G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlURI, xmlFreeURI)

#define CMDQV_LIBVIRT_DRIVER_LOCK "/driver.pid"

/* The kernel's suffix for the name of a removed file. */
#define CMDQV_LIBVIRT_DRIVER_REMOVED " (deleted)"

/* Folders of packaged builds of libvirt (-Dsystem=true). */
#define CMDQV_LIBVIRT_DRIVER_SYSTEM_STATE "/run/libvirt/qemu"
#define CMDQV_LIBVIRT_DRIVER_SYSTEM_CONFIG "/etc/libvirt/qemu"
#define CMDQV_LIBVIRT_DRIVER_SYSTEM_SAVE "/var/lib/libvirt/qemu/save"

/* Ends of the folders (virQEMUDriverConfigNew(), src/qemu/qemu_conf.c of libvirt). */
static const struct {
    const char *end;
    cmdqvLibvirtDriverKind kind;
} cmdqvLibvirtDriverFolders[] = {
    { .end = "/libvirt/qemu", .kind = CMDQV_LIBVIRT_DRIVER_SYSTEM },
    { .end = "/libvirt/qemu/run", .kind = CMDQV_LIBVIRT_DRIVER_SESSION },
    { .end = "/run/qemu", .kind = CMDQV_LIBVIRT_DRIVER_EMBED },
};


/* Reads the driver from an open file, if that is the lock of one. */
static bool
cmdqvLibvirtDriverReadFile(const char *file, cmdqvLibvirtDriver *driver)
{
    g_autofree char *path = g_strdup(file);
    gsize i;

    if (g_str_has_suffix(path, CMDQV_LIBVIRT_DRIVER_REMOVED))
        path[strlen(path) - strlen(CMDQV_LIBVIRT_DRIVER_REMOVED)] = '\0';
    if (!g_str_has_suffix(path, CMDQV_LIBVIRT_DRIVER_LOCK))
        return false;
    path[strlen(path) - strlen(CMDQV_LIBVIRT_DRIVER_LOCK)] = '\0';
    for (i = 0; i < G_N_ELEMENTS(cmdqvLibvirtDriverFolders); i++) {
        if (g_str_has_suffix(path, cmdqvLibvirtDriverFolders[i].end)) {
            *driver = (cmdqvLibvirtDriver){ .kind = cmdqvLibvirtDriverFolders[i].kind, .stateDir = g_steal_pointer(&path) };
            return true;
        }
    }
    return false;
}


/**
 * cmdqvLibvirtDriverRead:
 * @process: its folder in /proc
 * @driver: (out): its driver; cmdqvLibvirtDriverClear() it
 *
 * The lock is one of the first files that a daemon opens, and Linux lists files
 * by their numbers.
 *
 * Returns: false if it has no QEMU driver, or that is unknown
 */
bool
cmdqvLibvirtDriverRead(const char *process, cmdqvLibvirtDriver *driver)
{
    g_autofree char *folder = g_build_filename(process, "fd", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    *driver = (cmdqvLibvirtDriver){ .stateDir = NULL };
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *file = g_file_read_link(path, NULL);

        if (file && cmdqvLibvirtDriverReadFile(file, driver))
            return true;
    }
    return false;
}


/**
 * cmdqvLibvirtDriverClear:
 * @driver: a driver, or zeros
 */
void
cmdqvLibvirtDriverClear(cmdqvLibvirtDriver *driver)
{
    g_clear_pointer(&driver->stateDir, g_free);
}


/**
 * cmdqvLibvirtDriverOwn:
 *
 * Stores the driver once it exists, because it lasts as long as its process.
 *
 * Returns: (transfer none) (nullable): the QEMU driver of this process
 */
const cmdqvLibvirtDriver *
cmdqvLibvirtDriverOwn(void)
{
    static cmdqvLibvirtDriver *own;
    cmdqvLibvirtDriver *known = g_atomic_pointer_get(&own);
    cmdqvLibvirtDriver found;

    if (known || !cmdqvLibvirtDriverRead("/proc/self", &found))
        return known;
    known = g_memdup2(&found, sizeof(found));
    if (g_atomic_pointer_compare_and_exchange(&own, NULL, known))
        return known;
    cmdqvLibvirtDriverClear(known);
    g_free(known);
    return g_atomic_pointer_get(&own);
}


/**
 * cmdqvLibvirtDriverServes:
 * @driver: the driver of a process
 * @uri: (nullable): of a connection in that process
 *
 * virConnectValidateURIPath(), src/driver.c of libvirt, has the URIs of each
 * driver. Another process serves a URI with a host or a transport.
 *
 * Returns: true if the connection is to that driver
 */
bool
cmdqvLibvirtDriverServes(const cmdqvLibvirtDriver *driver, const char *uri)
{
    g_autoptr(xmlURI) parsed = uri ? xmlParseURI(uri) : NULL;
    const char *path = parsed && parsed->path ? parsed->path : "";

    if (!parsed || g_strcmp0(parsed->scheme, "qemu") != 0 || (parsed->server && *parsed->server))
        return false;
    if (driver->kind == CMDQV_LIBVIRT_DRIVER_EMBED)
        return strcmp(path, "/embed") == 0;
    return strcmp(path, "/session") == 0 || (driver->kind == CMDQV_LIBVIRT_DRIVER_SYSTEM && strcmp(path, "/system") == 0);
}


/**
 * cmdqvLibvirtDriverOwnOf:
 * @uri: (nullable): of a connection of this process
 *
 * Returns: (transfer none) (nullable): the driver of this process, if the
 * connection is to it
 */
const cmdqvLibvirtDriver *
cmdqvLibvirtDriverOwnOf(const char *uri)
{
    const cmdqvLibvirtDriver *own = cmdqvLibvirtDriverOwn();

    return own && cmdqvLibvirtDriverServes(own, uri) ? own : NULL;
}


/**
 * cmdqvLibvirtDriverDomainFile:
 * @folder: (nullable): one of its folders
 * @name: (nullable): the name of a domain, perhaps from a client's handle
 * @suffix: of the files in that folder
 *
 * libvirt accepts no domain with a slash in its name, so such a name would lead
 * to a file outside of the folder.
 *
 * Returns: (transfer full) (nullable): the domain's file; NULL if there is none
 */
char *
cmdqvLibvirtDriverDomainFile(const char *folder, const char *name, const char *suffix)
{
    return folder && name && *name && !strchr(name, '/') ? g_strconcat(folder, "/", name, suffix, NULL) : NULL;
}


/* State folder of an embedded driver below its root. */
static const char cmdqvLibvirtDriverEmbedState[] = "/run/qemu";


/* Root folder of an embedded driver. */
static char *
cmdqvLibvirtDriverRoot(const cmdqvLibvirtDriver *driver)
{
    return g_strndup(driver->stateDir, strlen(driver->stateDir) - strlen(cmdqvLibvirtDriverEmbedState));
}


/* One of its folders: that of packages, or one below $XDG_CONFIG_HOME or its root; NULL if its libvirt was built with others. */
static char *
cmdqvLibvirtDriverDir(const cmdqvLibvirtDriver *driver, const char *configHome, const char *packaged, const char *ofSession,
                      const char *ofEmbed)
{
    g_autofree char *root = NULL;

    switch (driver->kind) {
    case CMDQV_LIBVIRT_DRIVER_SYSTEM:
        return strcmp(driver->stateDir, CMDQV_LIBVIRT_DRIVER_SYSTEM_STATE) == 0 ? g_strdup(packaged) : NULL;
    case CMDQV_LIBVIRT_DRIVER_SESSION:
        return g_build_filename(configHome, ofSession, NULL);
    case CMDQV_LIBVIRT_DRIVER_EMBED:
        root = cmdqvLibvirtDriverRoot(driver);
        return g_strconcat(root, ofEmbed, NULL);
    }
    return NULL;
}


/**
 * cmdqvLibvirtDriverConfigDir:
 * @driver: a driver
 * @configHome: $XDG_CONFIG_HOME of its process
 *
 * Returns: (transfer full) (nullable): its folder of definitions; NULL if its
 * libvirt was built with other folders than packages have
 */
char *
cmdqvLibvirtDriverConfigDir(const cmdqvLibvirtDriver *driver, const char *configHome)
{
    return cmdqvLibvirtDriverDir(driver, configHome, CMDQV_LIBVIRT_DRIVER_SYSTEM_CONFIG, "libvirt/qemu", "/etc/qemu");
}


/**
 * cmdqvLibvirtDriverSaveDir:
 * @driver: a driver
 * @configHome: $XDG_CONFIG_HOME of its process
 *
 * Returns: (transfer full) (nullable): its folder of managed saves; NULL as for
 * cmdqvLibvirtDriverConfigDir()
 */
char *
cmdqvLibvirtDriverSaveDir(const cmdqvLibvirtDriver *driver, const char *configHome)
{
    return cmdqvLibvirtDriverDir(driver, configHome, CMDQV_LIBVIRT_DRIVER_SYSTEM_SAVE, "libvirt/qemu/save", "/lib/qemu/save");
}


/**
 * cmdqvLibvirtDriverSettingsFile:
 * @driver: (nullable): a driver, NULL if it is not known
 * @configHome: $XDG_CONFIG_HOME of its process
 *
 * A user's daemon and an embedded driver may have a file of their own next to
 * their qemu.conf; otherwise the host's file applies.
 *
 * Returns: (transfer full): the file with the module's settings
 */
char *
cmdqvLibvirtDriverSettingsFile(const cmdqvLibvirtDriver *driver, const char *configHome)
{
    g_autofree char *configDir = NULL;

    if (driver && driver->kind != CMDQV_LIBVIRT_DRIVER_SYSTEM)
        configDir = cmdqvLibvirtDriverConfigDir(driver, configHome);
    if (configDir) {
        g_autofree char *folder = g_path_get_dirname(configDir);
        g_autofree char *file = g_build_filename(folder, "cmdqv.conf", NULL);

        if (g_file_test(file, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&file);
    }
    return g_strdup(CMDQV_LIBVIRT_DRIVER_SETTINGS);
}


static bool
cmdqvLibvirtDriverNamesHost(const xmlURI *uri)
{
    return uri->server && *uri->server;
}


/**
 * cmdqvLibvirtDriverIsElsewhere:
 * @uri: (nullable): of a connection
 *
 * Returns: true if its daemon may be on another host: the URI names a host, or
 * cannot be read
 */
bool
cmdqvLibvirtDriverIsElsewhere(const char *uri)
{
    g_autoptr(xmlURI) parsed = uri ? xmlParseURI(uri) : NULL;

    return !parsed || cmdqvLibvirtDriverNamesHost(parsed);
}


/* The value of a parameter of a URI. */
static char *
cmdqvLibvirtDriverParameter(const xmlURI *uri, const char *name)
{
    g_autoptr(GHashTable) parameters = uri->query_raw
        ? g_uri_parse_params(uri->query_raw, -1, "&;", G_URI_PARAMS_NONE, NULL) : NULL;

    return parameters ? g_strdup(g_hash_table_lookup(parameters, name)) : NULL;
}


/**
 * cmdqvLibvirtDriverMayBeForwarded:
 * @uri: (nullable): of a connection
 *
 * Returns: true if the URI names no host, but a socket, a command or a
 * transport that may lead to a daemon on another host
 */
bool
cmdqvLibvirtDriverMayBeForwarded(const char *uri)
{
    static const char *const transports[] = { "+ext", "+tcp", "+tls" };
    g_autoptr(xmlURI) parsed = uri ? xmlParseURI(uri) : NULL;
    g_autofree char *socket = parsed ? cmdqvLibvirtDriverParameter(parsed, "socket") : NULL;
    g_autofree char *command = parsed ? cmdqvLibvirtDriverParameter(parsed, "command") : NULL;
    guint i;

    for (i = 0; i < G_N_ELEMENTS(transports); i++) {
        if (parsed && parsed->scheme && g_str_has_suffix(parsed->scheme, transports[i]))
            return true;
    }
    return socket || command;
}


/* Whether a URI is for the QEMU driver, by any transport, such as qemu+unix. */
static bool
cmdqvLibvirtDriverIsQemu(const char *scheme)
{
    return scheme && (strcmp(scheme, "qemu") == 0 || g_str_has_prefix(scheme, "qemu+"));
}


/**
 * cmdqvLibvirtDriverOfURI:
 * @uri: (nullable): of a connection
 * @driver: (out): the driver of a packaged libvirt for it;
 *   cmdqvLibvirtDriverClear() it
 *
 * root's session is the system daemon of root (doRemoteOpen(),
 * src/remote/remote_driver.c of libvirt).
 *
 * Returns: false if the URI names none, or one on another host
 */
bool
cmdqvLibvirtDriverOfURI(const char *uri, cmdqvLibvirtDriver *driver)
{
    g_autoptr(xmlURI) parsed = uri ? xmlParseURI(uri) : NULL;
    bool isHere = parsed && cmdqvLibvirtDriverIsQemu(parsed->scheme) && !cmdqvLibvirtDriverNamesHost(parsed);
    const char *path = isHere && parsed->path ? parsed->path : "";
    g_autofree char *root = NULL;

    *driver = (cmdqvLibvirtDriver){ .stateDir = NULL };
    if (strcmp(path, "/system") == 0 || (strcmp(path, "/session") == 0 && geteuid() == 0)) {
        *driver = (cmdqvLibvirtDriver){
            .kind = CMDQV_LIBVIRT_DRIVER_SYSTEM,
            .stateDir = g_strdup(CMDQV_LIBVIRT_DRIVER_SYSTEM_STATE),
        };
    } else if (strcmp(path, "/session") == 0) {
        *driver = (cmdqvLibvirtDriver){
            .kind = CMDQV_LIBVIRT_DRIVER_SESSION,
            .stateDir = g_build_filename(g_get_user_runtime_dir(), "libvirt", "qemu", "run", NULL),
        };
    } else if (strcmp(path, "/embed") == 0) {
        root = cmdqvLibvirtDriverParameter(parsed, "root");
        if (root)
            *driver = (cmdqvLibvirtDriver){
                .kind = CMDQV_LIBVIRT_DRIVER_EMBED,
                .stateDir = g_strconcat(root, cmdqvLibvirtDriverEmbedState, NULL),
            };
    }
    return driver->stateDir != NULL;
}


/**
 * cmdqvLibvirtDriverStateDir:
 * @uri: (nullable): of a connection
 *
 * Returns: (transfer full) (nullable): the folder of pid files of its driver;
 * NULL if that is unknown
 */
char *
cmdqvLibvirtDriverStateDir(const char *uri)
{
    const cmdqvLibvirtDriver *own = cmdqvLibvirtDriverOwnOf(uri);
    g_auto(cmdqvLibvirtDriver) other = { .stateDir = NULL };

    if (own)
        return g_strdup(own->stateDir);
    return cmdqvLibvirtDriverOfURI(uri, &other) ? g_steal_pointer(&other.stateDir) : NULL;
}
