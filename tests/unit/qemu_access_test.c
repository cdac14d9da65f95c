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
    { .name = "empty", .text = "", .expected = "" },
    { .name = "blank", .text = " \n\t\r\n", .expected = "" },
    { .name = "comments", .text = "# user = \"root\"\n  # [\n", .expected = "" },
    { .name = "comment-without-an-end", .text = "#", .expected = "" },
    { .name = "string", .text = "user = \"root\"", .expected = "user=root " },
    { .name = "single-quotes", .text = "user='a\"b' # '\n", .expected = "user=a\"b " },
    { .name = "three-quotes", .text = "user=\"\"\"a\n\"b\"\n\"\"\"\n", .expected = "user=a\n\"b\"\n " },
    { .name = "number", .text = "remember_owner = 0\nport=-5\nother=+7", .expected = "other=+7 port=-5 remember_owner=0 " },
    { .name = "semicolon", .text = "a = 1; b = 2", .expected = "a=1 b=2 " },
    { .name = "list", .text = "a = [ \"x\", 'y', 3 ]", .expected = "a=x|y|3 " },
    { .name = "empty-list", .text = "a=[]\nb = [ \n ]\n", .expected = "a= b= " },
    { .name = "lines-of-a-list", .text = "a = [\n    \"x\", \"y\",\n    \"z\"\n]\n", .expected = "a=x|y|z " },
    { .name = "comma-at-the-end", .text = "a = [ \"x\",\n ]", .expected = "a=x " },
    { .name = "first-of-two-counts", .text = "a = 1\na = 2\n", .expected = "a=1 " },
    { .name = "no-value", .text = "a =\n", .expected = "f: line 1: there is no value" },
    { .name = "no-assignment", .text = "a 1", .expected = "f: line 1: there is no '='" },
    { .name = "no-name", .text = "\n= 1", .expected = "f: line 2: there is no name of a setting" },
    { .name = "sign-alone", .text = "a = -", .expected = "f: line 1: there is no value" },
    { .name = "word", .text = "a = yes", .expected = "f: line 1: there is no value" },
    { .name = "string-over-the-end", .text = "a = \"x\n\"", .expected = "f: line 1: there is no end of a string" },
    { .name = "string-without-an-end", .text = "a = 'x", .expected = "f: line 1: there is no end of a string" },
    { .name = "three-quotes-without-an-end", .text = "a = \"\"\"x\"\"", .expected = "f: line 1: there is no end of a string" },
    { .name = "list-without-an-end", .text = "a = [ 1, 2\n", .expected = "f: line 2: there is no ',' or ']' in a list" },
    { .name = "list-without-commas", .text = "a = [\n\"x\" \"y\" ]", .expected = "f: line 2: there is no ',' or ']' in a list" },
    { .name = "comment-in-a-list", .text = "a = [ # no\n ]", .expected = "f: line 1: there is no value" },
    { .name = "list-in-a-list", .text = "a = [ [ 1 ] ]", .expected = "f: line 1: there is no value" },
    { .name = "two-on-a-line", .text = "a = 1 b = 2", .expected = "f: line 1: there is no end of a line" },
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
    { .name = "no-file", .conf = NULL, .groups = false, .iommu = CMDQV_DEV_NODES_HIDDEN, .three = CMDQV_DEV_NODES_HIDDEN,
      .four = CMDQV_DEV_NODES_HIDDEN, .any = CMDQV_DEV_NODES_HIDDEN },
    { .name = "nothing-set", .conf = "", .groups = false, .iommu = CMDQV_DEV_NODES_HIDDEN, .three = CMDQV_DEV_NODES_HIDDEN,
      .four = CMDQV_DEV_NODES_HIDDEN, .any = CMDQV_DEV_NODES_HIDDEN },
    { .name = "own-dev", .conf = "namespaces = [ \"mount\" ]\n", .groups = true, .iommu = CMDQV_DEV_NODES_HIDDEN,
      .three = CMDQV_DEV_NODES_HIDDEN, .four = CMDQV_DEV_NODES_HIDDEN, .any = CMDQV_DEV_NODES_HIDDEN },
    { .name = "listed", .conf = LISTED, .groups = true, .iommu = CMDQV_DEV_NODES_OPEN, .three = CMDQV_DEV_NODES_OPEN,
      .four = CMDQV_DEV_NODES_HIDDEN, .any = CMDQV_DEV_NODES_OPEN },
    { .name = "one-listed", .conf = "cgroup_device_acl = [ \"/dev/iommu\" ]", .groups = false, .iommu = CMDQV_DEV_NODES_OPEN,
      .three = CMDQV_DEV_NODES_HIDDEN, .four = CMDQV_DEV_NODES_HIDDEN, .any = CMDQV_DEV_NODES_HIDDEN },
    /* libvirt does not start a domain with that */
    { .name = "folder-listed", .conf = "cgroup_device_acl = [ \"/dev/iommu\", \"/dev/vfio/devices\" ]", .groups = false,
      .iommu = CMDQV_DEV_NODES_OPEN, .three = CMDQV_DEV_NODES_HIDDEN, .four = CMDQV_DEV_NODES_HIDDEN,
      .any = CMDQV_DEV_NODES_HIDDEN },
    { .name = "listed-and-missing", .conf = "cgroup_device_acl = [ \"/dev/iommu\", \"/dev/vfio/devices/vfio4\" ]",
      .groups = false, .iommu = CMDQV_DEV_NODES_OPEN, .three = CMDQV_DEV_NODES_HIDDEN, .four = CMDQV_DEV_NODES_MISSING,
      .any = CMDQV_DEV_NODES_OPEN },
    { .name = "shared-dev", .conf = SHARED, .groups = false, .iommu = CMDQV_DEV_NODES_OPEN, .three = CMDQV_DEV_NODES_OPEN,
      .four = CMDQV_DEV_NODES_MISSING, .any = CMDQV_DEV_NODES_OPEN },
    { .name = "control-groups", .conf = SHARED, .groups = true, .iommu = CMDQV_DEV_NODES_BARRED, .three = CMDQV_DEV_NODES_BARRED,
      .four = CMDQV_DEV_NODES_BARRED, .any = CMDQV_DEV_NODES_BARRED },
    { .name = "control-groups-and-listed", .conf = SHARED LISTED, .groups = true, .iommu = CMDQV_DEV_NODES_OPEN,
      .three = CMDQV_DEV_NODES_OPEN, .four = CMDQV_DEV_NODES_BARRED, .any = CMDQV_DEV_NODES_OPEN },
    { .name = "other-control-groups", .conf = SHARED "cgroup_controllers = [ \"cpu\" ]", .groups = true,
      .iommu = CMDQV_DEV_NODES_OPEN, .three = CMDQV_DEV_NODES_OPEN, .four = CMDQV_DEV_NODES_MISSING,
      .any = CMDQV_DEV_NODES_OPEN },
    { .name = "nobody", .conf = SHARED "user = \"nobody\"", .groups = false, .iommu = CMDQV_DEV_NODES_FOREIGN,
      .three = CMDQV_DEV_NODES_FOREIGN, .four = CMDQV_DEV_NODES_MISSING, .any = CMDQV_DEV_NODES_OPEN },
    { .name = "number-of-a-user", .conf = SHARED "user = \"+65534\"", .groups = false, .iommu = CMDQV_DEV_NODES_FOREIGN,
      .three = CMDQV_DEV_NODES_FOREIGN, .four = CMDQV_DEV_NODES_MISSING, .any = CMDQV_DEV_NODES_OPEN },
    { .name = "group", .conf = SHARED "user = \"nobody\"\ngroup = \"ours\"", .groups = false, .iommu = CMDQV_DEV_NODES_OPEN,
      .three = CMDQV_DEV_NODES_OPEN, .four = CMDQV_DEV_NODES_MISSING, .any = CMDQV_DEV_NODES_OPEN },
    { .name = "member-of-the-group", .conf = SHARED "user = \"member\"", .groups = false, .iommu = CMDQV_DEV_NODES_OPEN,
      .three = CMDQV_DEV_NODES_OPEN, .four = CMDQV_DEV_NODES_MISSING, .any = CMDQV_DEV_NODES_OPEN },
    { .name = "root", .conf = SHARED "user = \"root\"", .groups = false, .iommu = CMDQV_DEV_NODES_OPEN,
      .three = CMDQV_DEV_NODES_OPEN, .four = CMDQV_DEV_NODES_MISSING, .any = CMDQV_DEV_NODES_OPEN },
    /* a user that is not in /etc/passwd */
    { .name = "unknown-user", .conf = SHARED "user = \"someone\"", .groups = false, .iommu = CMDQV_DEV_NODES_OPEN,
      .three = CMDQV_DEV_NODES_OPEN, .four = CMDQV_DEV_NODES_MISSING, .any = CMDQV_DEV_NODES_OPEN },
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
