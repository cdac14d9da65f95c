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
#define PIDFILE(text) .pidfile = text, .pidfileLen = sizeof(text) - 1
#define CMDLINE(text) .cmdline = text, .cmdlineLen = sizeof(text) - 1

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
    { .name = "found", PIDFILE("1234"), CMDLINE(QEMU) },
    { .name = "newline", PIDFILE("1234\n"), CMDLINE(QEMU) },
    { .name = "uuid-in-capitals", PIDFILE("1234"), CMDLINE("q\0-uuid\0C7A5FDBD-EDAF-9455-926A-D65C16DB1809\0") },
    { .name = "no-pid-file", CMDLINE(QEMU), .code = CMDQV_ERROR_SYSTEM,
      .message = "cannot open '%s/run/g1.pid': No such file or directory" },
    { .name = "empty-pid-file", PIDFILE(""), CMDLINE(QEMU), .code = CMDQV_ERROR_PROCESS,
      .message = "'%s/run/g1.pid' does not hold the number of a process" },
    { .name = "newline-alone", PIDFILE("\n"), CMDLINE(QEMU), .code = CMDQV_ERROR_PROCESS,
      .message = "'%s/run/g1.pid' does not hold the number of a process" },
    { .name = "words", PIDFILE("none"), CMDLINE(QEMU), .code = CMDQV_ERROR_PROCESS,
      .message = "'%s/run/g1.pid' does not hold the number of a process" },
    { .name = "words-behind", PIDFILE("1234 5"), CMDLINE(QEMU), .code = CMDQV_ERROR_PROCESS,
      .message = "'%s/run/g1.pid' does not hold the number of a process" },
    { .name = "hexadecimal", PIDFILE("0x4d2"), CMDLINE(QEMU), .code = CMDQV_ERROR_PROCESS,
      .message = "'%s/run/g1.pid' does not hold the number of a process" },
    { .name = "zero", PIDFILE("0"), CMDLINE(QEMU), .code = CMDQV_ERROR_PROCESS,
      .message = "'%s/run/g1.pid' does not hold the number of a process" },
    { .name = "negative", PIDFILE("-1234"), CMDLINE(QEMU), .code = CMDQV_ERROR_PROCESS,
      .message = "'%s/run/g1.pid' does not hold the number of a process" },
    { .name = "too-large", PIDFILE("99999999999999999999"), CMDLINE(QEMU), .code = CMDQV_ERROR_PROCESS,
      .message = "'%s/run/g1.pid' does not hold the number of a process" },
    { .name = "nul", PIDFILE("1234\0garbage"), CMDLINE(QEMU), .code = CMDQV_ERROR_PROCESS,
      .message = "'%s/run/g1.pid' does not hold the number of a process" },
    { .name = "path", PIDFILE("../1234"), CMDLINE(QEMU), .code = CMDQV_ERROR_PROCESS,
      .message = "'%s/run/g1.pid' does not hold the number of a process" },
    { .name = "long-pid-file", PIDFILE("1234                                                                         "),
      CMDLINE(QEMU), .code = CMDQV_ERROR_SYSTEM, .message = "cannot read '%s/run/g1.pid': it is larger than 64 bytes" },
    { .name = "process-gone", PIDFILE("77"), CMDLINE(QEMU), .code = CMDQV_ERROR_SYSTEM,
      .message = "cannot open '%s/proc/77/cmdline': No such file or directory" },
    { .name = "process-dying", PIDFILE("1234"), CMDLINE(""), .code = CMDQV_ERROR_PROCESS,
      .message = "process 1234: its command line is empty" },
    { .name = "cut-off", PIDFILE("1234"), CMDLINE(QEMU "-dev"), .code = CMDQV_ERROR_PROCESS,
      .message = "process 1234: its command line is cut off" },
    { .name = "cut-off-between", PIDFILE("1234"), CMDLINE(QEMU "-device\0"), .code = CMDQV_ERROR_PROCESS,
      .message = "process 1234: its command line ends within the option '-device'" },
    { .name = "other-process", PIDFILE("1234"), CMDLINE("/usr/sbin/sshd\0-D\0x\0"), .code = CMDQV_ERROR_PROCESS,
      .message = "process 1234 is not the domain's QEMU: its command line has no '-uuid " UUID "'" },
    { .name = "other-domain", PIDFILE("1234"), CMDLINE("qemu\0-uuid\0" "11111111-edaf-9455-926a-d65c16db1809\0"),
      .code = CMDQV_ERROR_PROCESS, .message = "process 1234 is not the domain's QEMU: its command line has no '-uuid " UUID "'" },
    { .name = "uuid-in-another-option", PIDFILE("1234"), CMDLINE("vi\0-name\0" "-uuid\0" UUID "\0"), .code = CMDQV_ERROR_PROCESS,
      .message = "process 1234 is not the domain's QEMU: its command line has no '-uuid " UUID "'" },
    { .name = "last-uuid-counts", PIDFILE("1234"), CMDLINE("qemu\0-uuid\0" UUID "\0-uuid\0x\0"), .code = CMDQV_ERROR_PROCESS,
      .message = "process 1234 is not the domain's QEMU: its command line has no '-uuid " UUID "'" },
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
    { .name = "g1", .file = "/run/g1.pid" },
    { .name = "a'b\"c<d>e&f", .file = "/run/a&apos;b&quot;c&lt;d&gt;e&amp;f.pid" },
    { .name = "&amp;", .file = "/run/&amp;amp;.pid" },
    { .name = "del\177", .file = "/run/del\177.pid" },
    { .name = "c1\302\205\302\233", .file = "/run/c1\302\205\302\233.pid" },
    { .name = "tab\tcr\r %41 .. *", .file = "/run/tab\tcr\r %41 .. *.pid" },
    { .name = "bidi\342\200\256", .file = "/run/bidi\342\200\256.pid" },
    { .name = "../tmp/g1", .file = NULL },
    { .name = "", .file = NULL },
    { .name = NULL, .file = NULL },
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
