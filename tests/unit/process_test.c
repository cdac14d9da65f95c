/*
 * process_test.c: the QEMU process of a domain, found in small trees of files
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "testutils.h"
#include "qemu/process.h"
#include "util/error.h"

#define UUID "c7a5fdbd-edaf-9455-926a-d65c16db1809"
#define QEMU "qemu-system-aarch64\0-uuid\0" UUID "\0-device\0arm-smmuv3,primary-bus=pcie.0\0"
#define BYTES(text) text, sizeof(text) - 1
#define NONE NULL, 0

/* Content of the pid file and of the command line of process 1234, and the error if any; %s is the root of the tree. */
static const struct {
    const char *name;
    const char *pidfile;
    gsize pidfileLen;
    const char *cmdline;
    gsize cmdlineLen;
    int code;
    const char *message;
} cases[] = {
    { "found", BYTES("1234"), BYTES(QEMU), 0, NULL },
    { "newline", BYTES("1234\n"), BYTES(QEMU), 0, NULL },
    { "uuid-in-capitals", BYTES("1234"), BYTES("q\0-uuid\0C7A5FDBD-EDAF-9455-926A-D65C16DB1809\0"), 0, NULL },
    { "no-pid-file", NONE, BYTES(QEMU), CMDQV_ERROR_SYSTEM,
      "cannot open '%s/run/g1.pid': No such file or directory" },
    { "empty-pid-file", BYTES(""), BYTES(QEMU), CMDQV_ERROR_PROCESS,
      "'%s/run/g1.pid' does not hold the number of a process" },
    { "newline-alone", BYTES("\n"), BYTES(QEMU), CMDQV_ERROR_PROCESS,
      "'%s/run/g1.pid' does not hold the number of a process" },
    { "words", BYTES("none"), BYTES(QEMU), CMDQV_ERROR_PROCESS,
      "'%s/run/g1.pid' does not hold the number of a process" },
    { "words-behind", BYTES("1234 5"), BYTES(QEMU), CMDQV_ERROR_PROCESS,
      "'%s/run/g1.pid' does not hold the number of a process" },
    { "hexadecimal", BYTES("0x4d2"), BYTES(QEMU), CMDQV_ERROR_PROCESS,
      "'%s/run/g1.pid' does not hold the number of a process" },
    { "zero", BYTES("0"), BYTES(QEMU), CMDQV_ERROR_PROCESS,
      "'%s/run/g1.pid' does not hold the number of a process" },
    { "negative", BYTES("-1234"), BYTES(QEMU), CMDQV_ERROR_PROCESS,
      "'%s/run/g1.pid' does not hold the number of a process" },
    { "too-large", BYTES("99999999999999999999"), BYTES(QEMU), CMDQV_ERROR_PROCESS,
      "'%s/run/g1.pid' does not hold the number of a process" },
    { "nul", BYTES("1234\0garbage"), BYTES(QEMU), CMDQV_ERROR_PROCESS,
      "'%s/run/g1.pid' does not hold the number of a process" },
    { "path", BYTES("../1234"), BYTES(QEMU), CMDQV_ERROR_PROCESS,
      "'%s/run/g1.pid' does not hold the number of a process" },
    { "long-pid-file", BYTES("1234                                                                         "), BYTES(QEMU),
      CMDQV_ERROR_SYSTEM, "cannot read '%s/run/g1.pid': it is larger than 64 bytes" },
    { "process-gone", BYTES("77"), BYTES(QEMU), CMDQV_ERROR_SYSTEM,
      "cannot open '%s/proc/77/cmdline': No such file or directory" },
    { "process-dying", BYTES("1234"), BYTES(""), CMDQV_ERROR_PROCESS,
      "process 1234: its command line is empty" },
    { "cut-off", BYTES("1234"), BYTES(QEMU "-dev"), CMDQV_ERROR_PROCESS,
      "process 1234: its command line is cut off" },
    { "cut-off-between", BYTES("1234"), BYTES(QEMU "-device\0"), CMDQV_ERROR_PROCESS,
      "process 1234: its command line ends within the option '-device'" },
    { "other-process", BYTES("1234"), BYTES("/usr/sbin/sshd\0-D\0x\0"), CMDQV_ERROR_PROCESS,
      "process 1234 is not the domain's QEMU: its command line has no '-uuid " UUID "'" },
    { "other-domain", BYTES("1234"), BYTES("qemu\0-uuid\0" "11111111-edaf-9455-926a-d65c16db1809\0"), CMDQV_ERROR_PROCESS,
      "process 1234 is not the domain's QEMU: its command line has no '-uuid " UUID "'" },
    { "uuid-in-another-option", BYTES("1234"), BYTES("vi\0-name\0" "-uuid\0" UUID "\0"), CMDQV_ERROR_PROCESS,
      "process 1234 is not the domain's QEMU: its command line has no '-uuid " UUID "'" },
    { "last-uuid-counts", BYTES("1234"), BYTES("qemu\0-uuid\0" UUID "\0-uuid\0x\0"), CMDQV_ERROR_PROCESS,
      "process 1234 is not the domain's QEMU: its command line has no '-uuid " UUID "'" },
};


static cmdqvTopology *
cmdqvTestProcess(const cmdqvTestTree *tree, unsigned int *pid, GError **error)
{
    g_autofree char *state = g_build_filename(tree->root, "run", NULL);
    g_autofree char *proc = g_build_filename(tree->root, "proc", NULL);
    const cmdqvProcessPaths paths = { state, proc };

    return cmdqvProcessRead(&paths, "g1", UUID, pid, error);
}


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvTopology) topology = NULL;
    g_autoptr(GString) message = NULL;
    unsigned int pid = 0;

    cmdqvTestTreeInit(&tree);
    if (cases[i].pidfile)
        cmdqvTestTreeAdd(&tree, "run/g1.pid", cases[i].pidfile, (gssize)cases[i].pidfileLen);
    cmdqvTestTreeAdd(&tree, "proc/1234/cmdline", cases[i].cmdline, (gssize)cases[i].cmdlineLen);

    topology = cmdqvTestProcess(&tree, &pid, &error);
    if (!cases[i].message) {
        g_assert_no_error(error);
        g_assert_cmpuint(pid, ==, 1234);
        g_assert_cmpstr(topology->name, ==, "g1");
        return;
    }
    message = g_string_new(cases[i].message);
    (void)g_string_replace(message, "%s", tree.root, 1);
    g_assert_null(topology);
    g_assert_cmpuint(pid, ==, 0);
    g_assert_error(error, CMDQV_ERROR, cases[i].code);
    g_assert_cmpstr(error ? error->message : NULL, ==, message->str);
}


static void
cmdqvTestUnreadable(gconstpointer data G_GNUC_UNUSED)
{
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autoptr(GError) folder = NULL;
    g_autoptr(GError) missing = NULL;

    cmdqvTestTreeInit(&tree);
    g_assert_null(cmdqvTestProcess(&tree, NULL, &missing));
    g_assert_error(missing, CMDQV_ERROR, CMDQV_ERROR_SYSTEM);
    cmdqvTestTreeAdd(&tree, "run/g1.pid", NULL, 0);
    g_assert_null(cmdqvTestProcess(&tree, NULL, &folder));
    g_assert_error(folder, CMDQV_ERROR, CMDQV_ERROR_SYSTEM);
}


/* Any text that calls itself a process: 32 MiB of it are not read. */
static void
cmdqvTestHuge(gconstpointer data G_GNUC_UNUSED)
{
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autofree char *content = g_strnfill(32 * 1024 * 1024, 'x');
    g_autoptr(GError) error = NULL;

    cmdqvTestTreeInit(&tree);
    cmdqvTestTreeAdd(&tree, "run/g1.pid", "1234", -1);
    cmdqvTestTreeAdd(&tree, "proc/1234/cmdline", content, -1);
    g_assert_null(cmdqvTestProcess(&tree, NULL, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM);
}


/* As libvirt has them: its five characters, and everything else as it is. */
static const struct {
    const char *name;
    const char *file;
} names[] = {
    { "g1", "/run/g1.pid" },
    { "a'b\"c<d>e&f", "/run/a&apos;b&quot;c&lt;d&gt;e&amp;f.pid" },
    { "&amp;", "/run/&amp;amp;.pid" },
    { "del\177", "/run/del\177.pid" },
    { "c1\302\205\302\233", "/run/c1\302\205\302\233.pid" },
    { "tab\tcr\r %41 .. *", "/run/tab\tcr\r %41 .. *.pid" },
    { "bidi\342\200\256", "/run/bidi\342\200\256.pid" },
};


static void
cmdqvTestNames(gconstpointer data G_GNUC_UNUSED)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *file = cmdqvProcessPidFile("/run", names[i].name);

        g_assert_cmpstr(file, ==, names[i].file);
    }
}


static void
cmdqvTestNoFolder(gconstpointer data G_GNUC_UNUSED)
{
    const cmdqvProcessPaths paths = { NULL, "/proc" };
    g_autoptr(GError) error = NULL;

    g_assert_null(cmdqvProcessRead(&paths, "g1", UUID, NULL, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_PROCESS);
    g_assert_cmpstr(error->message, ==, "the folder of libvirt's pid files is not known");
    g_assert_true(cmdqvProcessMayHaveSmmu(&paths, "g1", UUID));
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/process/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    g_test_add_data_func("/process/unreadable", NULL, cmdqvTestUnreadable);
    g_test_add_data_func("/process/huge", NULL, cmdqvTestHuge);
    g_test_add_data_func("/process/names", NULL, cmdqvTestNames);
    g_test_add_data_func("/process/no-folder", NULL, cmdqvTestNoFolder);
    return g_test_run();
}
