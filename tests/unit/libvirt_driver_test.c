/*
 * libvirt_driver_test.c: the folders of libvirt's QEMU driver, in small trees of files and in URIs
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>
#include <unistd.h>

#include "testutils.h"
#include "policy/settings.h"
#include "qemu/libvirt_driver.h"

#define NONE (-1)

/* A file that a process has open, and the driver whose lock it is. */
static const struct {
    const char *file;
    int kind;
    const char *stateDir;
} files[] = {
    { .file = "/run/libvirt/qemu/driver.pid", .kind = CMDQV_LIBVIRT_DRIVER_SYSTEM, .stateDir = "/run/libvirt/qemu" },
    { .file = "/usr/local/var/run/libvirt/qemu/driver.pid", .kind = CMDQV_LIBVIRT_DRIVER_SYSTEM,
      .stateDir = "/usr/local/var/run/libvirt/qemu" },
    { .file = "/run/libvirt/qemu/driver.pid (deleted)", .kind = CMDQV_LIBVIRT_DRIVER_SYSTEM, .stateDir = "/run/libvirt/qemu" },
    { .file = "/run/user/107/libvirt/qemu/run/driver.pid", .kind = CMDQV_LIBVIRT_DRIVER_SESSION,
      .stateDir = "/run/user/107/libvirt/qemu/run" },
    { .file = "/root/.cache/libvirt/qemu/run/driver.pid", .kind = CMDQV_LIBVIRT_DRIVER_SESSION,
      .stateDir = "/root/.cache/libvirt/qemu/run" },
    { .file = "/var/tmp/e/run/qemu/driver.pid", .kind = CMDQV_LIBVIRT_DRIVER_EMBED, .stateDir = "/var/tmp/e/run/qemu" },
    { .file = "/libvirt/qemu/run/qemu/driver.pid", .kind = CMDQV_LIBVIRT_DRIVER_EMBED, .stateDir = "/libvirt/qemu/run/qemu" },
    { .file = "/run/libvirt/network/driver.pid", .kind = NONE, .stateDir = NULL },
    { .file = "/run/user/107/libvirt/network/driver.pid", .kind = NONE, .stateDir = NULL },
    { .file = "/var/tmp/e/run/secrets/driver.pid", .kind = NONE, .stateDir = NULL },
    { .file = "/run/libvirt/qemu/g1.pid", .kind = NONE, .stateDir = NULL },
    { .file = "/run/libvirt/qemu/driver.pid.old", .kind = NONE, .stateDir = NULL },
    { .file = "socket:[1234]", .kind = NONE, .stateDir = NULL },
};


static void
cmdqvTestOpen(const cmdqvTestTree *tree, const char *fd, const char *file)
{
    g_autofree char *link = g_build_filename(tree->root, "proc/1/fd", fd, NULL);

    g_assert_cmpint(symlink(file, link), ==, 0);
}


static void
cmdqvTestFiles(void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(files); i++) {
        g_auto(cmdqvTestTree) tree = { NULL };
        g_auto(cmdqvLibvirtDriver) driver = { .stateDir = NULL };
        g_autofree char *process = NULL;
        bool found;

        cmdqvTestTreeInit(&tree);
        process = g_build_filename(tree.root, "proc/1", NULL);
        g_assert_false(cmdqvLibvirtDriverRead(process, &driver));
        cmdqvTestTreeAdd(&tree, "proc/1/fd/0", "", 0);
        cmdqvTestOpen(&tree, "3", "/run/libvirt/network/driver.pid");
        cmdqvTestOpen(&tree, "16", files[i].file);
        g_test_message("%s", files[i].file);
        found = cmdqvLibvirtDriverRead(process, &driver);
        g_assert_cmpint(found ? (int)driver.kind : NONE, ==, files[i].kind);
        g_assert_cmpstr(driver.stateDir, ==, files[i].stateDir);
    }
}


/* This program has no driver. */
static void
cmdqvTestOwn(void)
{
    g_assert_null(cmdqvLibvirtDriverOwn());
    g_assert_null(cmdqvLibvirtDriverOwnOf("qemu:///system"));
}


#define SYSTEM (1 << CMDQV_LIBVIRT_DRIVER_SYSTEM)
#define SESSION (1 << CMDQV_LIBVIRT_DRIVER_SESSION)
#define EMBED (1 << CMDQV_LIBVIRT_DRIVER_EMBED)
#define OWN "own"

/* Which drivers serve a URI, and the folder that it tells to root and to a user; OWN is that user's. */
static const struct {
    const char *uri;
    unsigned int served;
    const char *root;
    const char *user;
} uris[] = {
    { .uri = "qemu:///system", .served = SYSTEM, .root = "/run/libvirt/qemu", .user = "/run/libvirt/qemu" },
    { .uri = "qemu:///session", .served = SYSTEM | SESSION, .root = "/run/libvirt/qemu", .user = OWN },
    { .uri = "qemu+unix:///session", .served = 0, .root = "/run/libvirt/qemu", .user = OWN },
    { .uri = "qemu+unix:///session?socket=/run/libvirt/libvirt-sock", .served = 0, .root = "/run/libvirt/qemu", .user = OWN },
    { .uri = "qemu+unix:///system?socket=/tmp/x/session", .served = 0, .root = "/run/libvirt/qemu", .user = "/run/libvirt/qemu" },
    { .uri = "qemu:///system?name=/session", .served = SYSTEM, .root = "/run/libvirt/qemu", .user = "/run/libvirt/qemu" },
    { .uri = "qemu:///embed?root=/var/tmp/e", .served = EMBED, .root = "/var/tmp/e/run/qemu", .user = "/var/tmp/e/run/qemu" },
    { .uri = "qemu:///embed?root=/a%20b/session", .served = EMBED, .root = "/a b/session/run/qemu",
      .user = "/a b/session/run/qemu" },
    { .uri = "qemu:///embed", .served = EMBED, .root = NULL, .user = NULL },
    { .uri = "qemu://host/system", .served = 0, .root = NULL, .user = NULL },
    { .uri = "qemu+ssh://root@host/session", .served = 0, .root = NULL, .user = NULL },
    { .uri = "qemu+ssh:///session", .served = 0, .root = "/run/libvirt/qemu", .user = OWN },
    { .uri = "qemu:///system?mode=direct", .served = SYSTEM, .root = "/run/libvirt/qemu", .user = "/run/libvirt/qemu" },
    { .uri = "qemu:///%73ystem", .served = SYSTEM, .root = "/run/libvirt/qemu", .user = "/run/libvirt/qemu" },
    { .uri = "qemu:///system/", .served = 0, .root = NULL, .user = NULL },
    { .uri = "qemux:///system", .served = 0, .root = NULL, .user = NULL },
    { .uri = "ch:///system", .served = 0, .root = NULL, .user = NULL },
    { .uri = "qemu+ssh://host/x/session", .served = 0, .root = NULL, .user = NULL },
    { .uri = "test:///default", .served = 0, .root = NULL, .user = NULL },
    { .uri = "lxc:///system", .served = 0, .root = NULL, .user = NULL },
    { .uri = "::", .served = 0, .root = NULL, .user = NULL },
    { .uri = "", .served = 0, .root = NULL, .user = NULL },
    { .uri = NULL, .served = 0, .root = NULL, .user = NULL },
};


static void
cmdqvTestURIs(void)
{
    g_autofree char *own = g_build_filename(g_get_user_runtime_dir(), "libvirt", "qemu", "run", NULL);
    guint i;
    unsigned int kind;

    for (i = 0; i < G_N_ELEMENTS(uris); i++) {
        g_autofree char *stateDir = cmdqvLibvirtDriverStateDir(uris[i].uri);
        const char *expected = geteuid() == 0 ? uris[i].root : uris[i].user;

        g_test_message("%s", uris[i].uri ? uris[i].uri : "none");
        g_assert_cmpstr(stateDir, ==, expected && strcmp(expected, OWN) == 0 ? own : expected);
        for (kind = CMDQV_LIBVIRT_DRIVER_SYSTEM; kind <= CMDQV_LIBVIRT_DRIVER_EMBED; kind++) {
            const cmdqvLibvirtDriver driver = { (cmdqvLibvirtDriverKind)kind, NULL };

            g_assert_cmpint(cmdqvLibvirtDriverServes(&driver, uris[i].uri), ==, (uris[i].served & (1U << kind)) != 0);
        }
    }
}


/* URIs without a host, and whether the daemon may be on another one all the same. */
static const struct {
    const char *uri;
    bool forwarded;
} forwards[] = {
    { .uri = "qemu:///system", .forwarded = false },
    { .uri = "qemu+unix:///system", .forwarded = false },
    { .uri = "qemu+unix:///system?mode=direct", .forwarded = false },
    { .uri = "qemu+unix:///system?mode=direct&socket=/tmp/x", .forwarded = true },
    { .uri = "qemu+unix:///system?socket=/run/libvirt/libvirt-sock", .forwarded = true },
    { .uri = "qemu+ssh:///system", .forwarded = false },
    { .uri = "qemu+ssh:///system?command=/tmp/ssh", .forwarded = true },
    { .uri = "qemu+ext:///system", .forwarded = true },
    { .uri = "qemu+tcp:///system", .forwarded = true },
    { .uri = "qemu+tls:///system", .forwarded = true },
    { .uri = "::", .forwarded = false },
    { .uri = NULL, .forwarded = false },
};


static void
cmdqvTestForwards(void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(forwards); i++) {
        g_test_message("%s", forwards[i].uri ? forwards[i].uri : "none");
        g_assert_cmpint(cmdqvLibvirtDriverMayBeForwarded(forwards[i].uri), ==, forwards[i].forwarded);
    }
}


/* A driver, and the folder of its definitions. */
static const struct {
    cmdqvLibvirtDriver driver;
    const char *configDir;
    const char *saveDir;
} configs[] = {
    { .driver = { .kind = CMDQV_LIBVIRT_DRIVER_SYSTEM, .stateDir = (char *)"/run/libvirt/qemu" },
      .configDir = "/etc/libvirt/qemu", .saveDir = "/var/lib/libvirt/qemu/save" },
    { .driver = { .kind = CMDQV_LIBVIRT_DRIVER_SYSTEM, .stateDir = (char *)"/usr/local/var/run/libvirt/qemu" },
      .configDir = NULL, .saveDir = NULL },
    { .driver = { .kind = CMDQV_LIBVIRT_DRIVER_SESSION, .stateDir = (char *)"/run/user/107/libvirt/qemu/run" },
      .configDir = "/home/x/.config/libvirt/qemu", .saveDir = "/home/x/.config/libvirt/qemu/save" },
    { .driver = { .kind = CMDQV_LIBVIRT_DRIVER_EMBED, .stateDir = (char *)"/var/tmp/e/run/qemu" },
      .configDir = "/var/tmp/e/etc/qemu", .saveDir = "/var/tmp/e/lib/qemu/save" },
};


static void
cmdqvTestConfigDir(void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(configs); i++) {
        g_autofree char *configDir = cmdqvLibvirtDriverConfigDir(&configs[i].driver, "/home/x/.config");
        g_autofree char *saveDir = cmdqvLibvirtDriverSaveDir(&configs[i].driver, "/home/x/.config");

        g_assert_cmpstr(configDir, ==, configs[i].configDir);
        g_assert_cmpstr(saveDir, ==, configs[i].saveDir);
    }
}


/* Names of domains, which a client's handle may have, and the file of each below "/f"; NULL if there is none. */
static const struct {
    const char *name;
    const char *file;
} domainFiles[] = {
    { .name = "g1", .file = "/f/g1.xml" },
    { .name = "..", .file = "/f/...xml" },
    { .name = "g1.xml", .file = "/f/g1.xml.xml" },
    { .name = "../g1", .file = NULL },
    { .name = "/g1", .file = NULL },
    { .name = "g1/", .file = NULL },
    { .name = "/", .file = NULL },
    { .name = "", .file = NULL },
    { .name = NULL, .file = NULL },
};


/* No name leads to a file outside of the folder. */
static void
cmdqvTestDomainFile(void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(domainFiles); i++) {
        g_autofree char *file = cmdqvLibvirtDriverDomainFile("/f", domainFiles[i].name, ".xml");

        g_assert_cmpstr(file, ==, domainFiles[i].file);
    }
    g_assert_null(cmdqvLibvirtDriverDomainFile(NULL, "g1", ".xml"));
}


static void
cmdqvTestAssertSettings(const cmdqvLibvirtDriver *driver, const char *configHome, const char *expected)
{
    g_autofree char *file = cmdqvLibvirtDriverSettingsFile(driver, configHome);

    g_assert_cmpstr(file, ==, expected);
}


/* The user's own file, or the host's; root's daemon has the host's alone. */
static void
cmdqvTestSettingsFile(void)
{
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autofree char *home = NULL;
    g_autofree char *state = NULL;
    g_autofree char *user = NULL;
    g_autofree char *embed = NULL;

    cmdqvTestTreeInit(&tree);
    home = g_build_filename(tree.root, "home", NULL);
    state = g_build_filename(tree.root, "e/run/qemu", NULL);
    user = g_build_filename(home, "libvirt/cmdqv.conf", NULL);
    embed = g_build_filename(tree.root, "e/etc/cmdqv.conf", NULL);

    const cmdqvLibvirtDriver system = { CMDQV_LIBVIRT_DRIVER_SYSTEM, (char *)"/run/libvirt/qemu" };
    const cmdqvLibvirtDriver session = { CMDQV_LIBVIRT_DRIVER_SESSION, (char *)"/run/user/1/libvirt/qemu/run" };
    const cmdqvLibvirtDriver embedded = { CMDQV_LIBVIRT_DRIVER_EMBED, state };

    cmdqvTestAssertSettings(&session, home, CMDQV_LIBVIRT_DRIVER_SETTINGS);
    cmdqvTestAssertSettings(&embedded, home, CMDQV_LIBVIRT_DRIVER_SETTINGS);
    cmdqvTestTreeAdd(&tree, "home/libvirt/cmdqv.conf", "", 0);
    cmdqvTestTreeAdd(&tree, "e/etc/cmdqv.conf", "", 0);
    cmdqvTestAssertSettings(&session, home, user);
    cmdqvTestAssertSettings(&embedded, home, embed);
    cmdqvTestAssertSettings(&system, home, CMDQV_LIBVIRT_DRIVER_SETTINGS);
    cmdqvTestAssertSettings(NULL, home, CMDQV_LIBVIRT_DRIVER_SETTINGS);
}


int
main(int argc, char **argv)
{
    cmdqvTestInit(&argc, &argv);
    g_test_add_func("/driver/files", cmdqvTestFiles);
    g_test_add_func("/driver/own", cmdqvTestOwn);
    g_test_add_func("/driver/uris", cmdqvTestURIs);
    g_test_add_func("/driver/forwards", cmdqvTestForwards);
    g_test_add_func("/driver/config-dir", cmdqvTestConfigDir);
    g_test_add_func("/driver/domain-file", cmdqvTestDomainFile);
    g_test_add_func("/driver/settings-file", cmdqvTestSettingsFile);
    return g_test_run();
}
