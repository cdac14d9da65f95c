/*
 * qemu_access_test.c: the files of /dev that a libvirt without CMDQV lets QEMU
 * open, in small trees of files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test_host_tree.h"
#include "host/qemu_access.h"
#include "util/error.h"
#include "util/virconf.h"

#define CONF "etc/libvirt/qemu.conf"
#define LISTED "cgroup_device_acl = [ \"/dev/null\",\n \"/dev/iommu\", '/dev/vfio/devices/vfio3',\n]\n"
#define SHARED "namespaces = []\n"

/* A text, and its settings as NAME=VALUE|VALUE; or the error about it. */
static const struct {
    const char *name;
    const char *text;
    const char *expected;
} texts[] = {
    { "empty", "", "" },
    { "blank", " \n\t\r\n", "" },
    { "comments", "# user = \"root\"\n  # [\n", "" },
    { "comment-without-an-end", "#", "" },
    { "string", "user = \"root\"", "user=root " },
    { "single-quotes", "user='a\"b' # '\n", "user=a\"b " },
    { "three-quotes", "user=\"\"\"a\n\"b\"\n\"\"\"\n", "user=a\n\"b\"\n " },
    { "number", "remember_owner = 0\nport=-5\nother=+7", "other=+7 port=-5 remember_owner=0 " },
    { "semicolon", "a = 1; b = 2", "a=1 b=2 " },
    { "list", "a = [ \"x\", 'y', 3 ]", "a=x|y|3 " },
    { "empty-list", "a=[]\nb = [ \n ]\n", "a= b= " },
    { "lines-of-a-list", "a = [\n    \"x\", \"y\",\n    \"z\"\n]\n", "a=x|y|z " },
    { "comma-at-the-end", "a = [ \"x\",\n ]", "a=x " },
    { "first-of-two-counts", "a = 1\na = 2\n", "a=1 " },
    { "no-value", "a =\n", "f: line 1: there is no value" },
    { "no-assignment", "a 1", "f: line 1: there is no '='" },
    { "no-name", "\n= 1", "f: line 2: there is no name of a setting" },
    { "sign-alone", "a = -", "f: line 1: there is no value" },
    { "word", "a = yes", "f: line 1: there is no value" },
    { "string-over-the-end", "a = \"x\n\"", "f: line 1: there is no end of a string" },
    { "string-without-an-end", "a = 'x", "f: line 1: there is no end of a string" },
    { "three-quotes-without-an-end", "a = \"\"\"x\"\"", "f: line 1: there is no end of a string" },
    { "list-without-an-end", "a = [ 1, 2\n", "f: line 2: there is no ',' or ']' in a list" },
    { "list-without-commas", "a = [\n\"x\" \"y\" ]", "f: line 2: there is no ',' or ']' in a list" },
    { "comment-in-a-list", "a = [ # no\n ]", "f: line 1: there is no value" },
    { "list-in-a-list", "a = [ [ 1 ] ]", "f: line 1: there is no value" },
    { "two-on-a-line", "a = 1 b = 2", "f: line 1: there is no end of a line" },
};

/* A host on which /dev/iommu and vfio3 are 0660, of the group that the tests run in, and QEMU's access to each. */
static const struct {
    const char *name;
    const char *conf;       /* NULL for none */
    bool groups;            /* the host has control groups */
    cmdqvDevNodesAccess iommu;
    cmdqvDevNodesAccess three;
    cmdqvDevNodesAccess four;  /* of which there is no file */
    cmdqvDevNodesAccess any;
} hosts[] = {
    { "no-file", NULL, false, CMDQV_DEV_NODES_HIDDEN, CMDQV_DEV_NODES_HIDDEN, CMDQV_DEV_NODES_HIDDEN, CMDQV_DEV_NODES_HIDDEN },
    { "nothing-set", "", false, CMDQV_DEV_NODES_HIDDEN, CMDQV_DEV_NODES_HIDDEN, CMDQV_DEV_NODES_HIDDEN, CMDQV_DEV_NODES_HIDDEN },
    { "own-dev", "namespaces = [ \"mount\" ]\n", true, CMDQV_DEV_NODES_HIDDEN, CMDQV_DEV_NODES_HIDDEN, CMDQV_DEV_NODES_HIDDEN, CMDQV_DEV_NODES_HIDDEN },
    { "listed", LISTED, true, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_HIDDEN, CMDQV_DEV_NODES_OPEN },
    { "one-listed", "cgroup_device_acl = [ \"/dev/iommu\" ]", false, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_HIDDEN, CMDQV_DEV_NODES_HIDDEN,
      CMDQV_DEV_NODES_HIDDEN },
    /* libvirt does not start a domain with that */
    { "folder-listed", "cgroup_device_acl = [ \"/dev/iommu\", \"/dev/vfio/devices\" ]", false, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_HIDDEN,
      CMDQV_DEV_NODES_HIDDEN, CMDQV_DEV_NODES_HIDDEN },
    { "listed-and-missing", "cgroup_device_acl = [ \"/dev/iommu\", \"/dev/vfio/devices/vfio4\" ]", false, CMDQV_DEV_NODES_OPEN,
      CMDQV_DEV_NODES_HIDDEN, CMDQV_DEV_NODES_MISSING, CMDQV_DEV_NODES_OPEN },
    { "shared-dev", SHARED, false, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_MISSING, CMDQV_DEV_NODES_OPEN },
    { "control-groups", SHARED, true, CMDQV_DEV_NODES_BARRED, CMDQV_DEV_NODES_BARRED, CMDQV_DEV_NODES_BARRED, CMDQV_DEV_NODES_BARRED },
    { "control-groups-and-listed", SHARED LISTED, true, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_BARRED, CMDQV_DEV_NODES_OPEN },
    { "other-control-groups", SHARED "cgroup_controllers = [ \"cpu\" ]", true, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_OPEN,
      CMDQV_DEV_NODES_MISSING, CMDQV_DEV_NODES_OPEN },
    { "nobody", SHARED "user = \"nobody\"", false, CMDQV_DEV_NODES_FOREIGN, CMDQV_DEV_NODES_FOREIGN, CMDQV_DEV_NODES_MISSING, CMDQV_DEV_NODES_OPEN },
    { "number-of-a-user", SHARED "user = \"+65534\"", false, CMDQV_DEV_NODES_FOREIGN, CMDQV_DEV_NODES_FOREIGN, CMDQV_DEV_NODES_MISSING,
      CMDQV_DEV_NODES_OPEN },
    { "group", SHARED "user = \"nobody\"\ngroup = \"ours\"", false, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_MISSING,
      CMDQV_DEV_NODES_OPEN },
    { "member-of-the-group", SHARED "user = \"member\"", false, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_MISSING,
      CMDQV_DEV_NODES_OPEN },
    { "root", SHARED "user = \"root\"", false, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_MISSING, CMDQV_DEV_NODES_OPEN },
    /* a user that is not in /etc/passwd */
    { "unknown-user", SHARED "user = \"someone\"", false, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_OPEN, CMDQV_DEV_NODES_MISSING, CMDQV_DEV_NODES_OPEN },
};


static void
cmdqvTestText(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(GHashTable) settings = cmdqvVirConfParse(texts[i].text, "f", &error);
    g_autoptr(GList) names = settings ? g_list_sort(g_hash_table_get_keys(settings), (GCompareFunc)strcmp) : NULL;
    g_autoptr(GString) all = g_string_new(error ? error->message : NULL);
    GList *at;

    for (at = names; at; at = at->next) {
        g_autofree char *values = g_strjoinv("|", g_hash_table_lookup(settings, at->data));

        g_string_append_printf(all, "%s=%s ", (const char *)at->data, values);
    }
    g_assert_cmpstr(all->str, ==, texts[i].expected);
    g_assert_true(settings || g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_INVALID));
}


static void
cmdqvTestNode(const cmdqvTestTree *tree, const char *path)
{
    g_autofree char *full = g_build_filename(tree->root, path, NULL);

    cmdqvTestTreeAdd(tree, path, "", 0);
    g_assert_cmpint(chmod(full, 0660), ==, 0);
}


static void
cmdqvTestHost(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvQemuAccess) access = NULL;
    g_autofree char *groups = g_strdup_printf("broken\nours:x:%d:other,member\n", (int)getgid());

    cmdqvTestTreeInit(&tree);
    cmdqvTestNode(&tree, "dev/iommu");
    cmdqvTestNode(&tree, "dev/vfio/devices/vfio3");
    cmdqvTestTreeAdd(&tree, "etc/passwd", "root:x:0:0::/:\nbroken\nnobody:x:65534:65534::/:\nmember:x:1234567:1234567::/:\n", -1);
    cmdqvTestTreeAdd(&tree, "etc/group", groups, -1);
    if (hosts[i].conf)
        cmdqvTestTreeAdd(&tree, CONF, hosts[i].conf, -1);
    if (hosts[i].groups)
        cmdqvTestTreeAdd(&tree, "sys/fs/cgroup/cgroup.controllers", "cpu\n", -1);

    access = cmdqvQemuAccessRead(tree.root, CONF, &error);
    g_assert_no_error(error);
    g_assert_cmpint(cmdqvQemuAccessToNode(CMDQV_DEV_NODES_IOMMU, access), ==, hosts[i].iommu);
    g_assert_cmpint(cmdqvQemuAccessToNode("/dev/vfio/devices/vfio3", access), ==, hosts[i].three);
    g_assert_cmpint(cmdqvQemuAccessToNode("/dev/vfio/devices/vfio4", access), ==, hosts[i].four);
    g_assert_cmpint(cmdqvQemuAccessToNode(CMDQV_DEV_NODES_VFIO_ANY, access), ==, hosts[i].any);
}


/* The file of a device is known when it is bound. */
static void
cmdqvTestDevice(gconstpointer data G_GNUC_UNUSED)
{
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autoptr(cmdqvQemuAccess) access = NULL;
    g_autofree char *bound = NULL;
    g_autofree char *unbound = NULL;

    cmdqvTestTreeInit(&tree);
    cmdqvTestTreeAdd(&tree, "sys/bus/pci/devices/0009:01:00.0/vfio-dev/vfio7/dev", "241:7\n", -1);
    cmdqvTestTreeAdd(&tree, "sys/bus/pci/devices/0009:02:00.0/vendor", "0x10de\n", -1);
    access = cmdqvQemuAccessRead(tree.root, CONF, NULL);
    bound = cmdqvQemuAccessNodeOf("0009:01:00.0", access);
    unbound = cmdqvQemuAccessNodeOf("0009:02:00.0", access);
    g_assert_cmpstr(bound, ==, "/dev/vfio/devices/vfio7");
    g_assert_cmpstr(unbound, ==, CMDQV_DEV_NODES_VFIO_ANY);
}


static void
cmdqvTestBroken(gconstpointer data G_GNUC_UNUSED)
{
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autoptr(GError) error = NULL;

    cmdqvTestTreeInit(&tree);
    cmdqvTestTreeAdd(&tree, CONF, "namespaces = [\n", -1);
    g_assert_null(cmdqvQemuAccessRead(tree.root, CONF, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_INVALID);
    g_assert_cmpstr(error->message, ==, CONF ": line 2: there is no value");
    cmdqvQemuAccessFree(NULL);
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *path = g_strconcat("/access/text/", texts[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestText);
    }
    for (i = 0; i < G_N_ELEMENTS(hosts); i++) {
        g_autofree char *path = g_strconcat("/access/host/", hosts[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestHost);
    }
    g_test_add_data_func("/access/device", NULL, cmdqvTestDevice);
    g_test_add_data_func("/access/broken", NULL, cmdqvTestBroken);
    return g_test_run();
}
