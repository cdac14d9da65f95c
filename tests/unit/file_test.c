/*
 * file_test.c: files that other programs write
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "testutils.h"
#include "util/error.h"
#include "util/file.h"

#define BYTES(text) .data = text, .len = sizeof(text) - 1

/* A file, a limit, and whether it is read. */
static const struct {
    const char *name;
    const char *data;
    gsize len;
    gsize limit;
    bool ok;
} cases[] = {
    { .name = "empty", BYTES(""), .limit = 10, .ok = true },
    { .name = "empty-limit-0", BYTES(""), .limit = 0, .ok = true },
    { .name = "text", BYTES("abc\n"), .limit = 10, .ok = true },
    { .name = "limit", BYTES("abcd"), .limit = 4, .ok = true },
    { .name = "over-limit", BYTES("abcde"), .limit = 4, .ok = false },
    { .name = "limit-0", BYTES("a"), .limit = 0, .ok = false },
    { .name = "nul", BYTES("a\0b"), .limit = 3, .ok = true },
    { .name = "bytes", BYTES("\xff\xfe\x80"), .limit = 3, .ok = true },
};

/* Around the size in which it is read. */
static const gsize sizes[] = { 16383, 16384, 16385, 32767, 32768, 32769, 1000000 };


static void
cmdqvTestFails(const char *path, gsize limit, const char *format)
{
    g_autoptr(GString) message = g_string_new(format);
    g_autoptr(GError) error = NULL;
    char *data = (char *)path;
    gsize len = 77;

    (void)g_string_replace(message, "%s", path, 1);
    g_assert_false(cmdqvFileRead(path, limit, &data, &len, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM);
    g_assert_cmpstr(error ? error->message : NULL, ==, message->str);
    g_assert_true(data == path);
    g_assert_cmpuint(len, ==, 77);
}


static void
cmdqvTestReads(const char *path, gsize limit, const char *expected, gsize expectedLen)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *data = NULL;
    gsize len = 0;

    g_assert_true(cmdqvFileRead(path, limit, &data, &len, &error));
    g_assert_no_error(error);
    g_assert_cmpmem(data, len, expected, expectedLen);
    if (data)
        g_assert_cmpint(data[len], ==, 0);
}


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autofree char *path = NULL;
    g_autofree char *refusal = g_strdup_printf("cannot read '%%s': it is larger than %" G_GSIZE_FORMAT " bytes", cases[i].limit);

    cmdqvTestTreeInit(&tree);
    path = g_build_filename(tree.root, "f", NULL);
    cmdqvTestTreeAdd(&tree, "f", cases[i].data, (gssize)cases[i].len);
    if (cases[i].ok)
        cmdqvTestReads(path, cases[i].limit, cases[i].data, cases[i].len);
    else
        cmdqvTestFails(path, cases[i].limit, refusal);
}


static void
cmdqvTestSizes(void)
{
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autofree char *path = NULL;
    guint i;

    cmdqvTestTreeInit(&tree);
    path = g_build_filename(tree.root, "f", NULL);
    for (i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *text = g_strnfill(sizes[i], 'x');
        g_autofree char *refusal = g_strdup_printf("cannot read '%%s': it is larger than %" G_GSIZE_FORMAT " bytes", sizes[i] - 1);

        cmdqvTestTreeAdd(&tree, "f", text, -1);
        cmdqvTestReads(path, sizes[i], text, sizes[i]);
        cmdqvTestFails(path, sizes[i] - 1, refusal);
    }
}


static void
cmdqvTestOdd(void)
{
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autofree char *missing = NULL;
    g_autofree char *folder = NULL;
    g_autofree char *link = NULL;
    g_autofree char *loop = NULL;
    g_autofree char *below = NULL;
    g_autofree char *fifo = NULL;

    cmdqvTestTreeInit(&tree);
    cmdqvTestTreeAdd(&tree, "folder", NULL, 0);
    cmdqvTestTreeAdd(&tree, "file", "x", -1);
    missing = g_build_filename(tree.root, "missing", NULL);
    folder = g_build_filename(tree.root, "folder", NULL);
    link = g_build_filename(tree.root, "link", NULL);
    loop = g_build_filename(tree.root, "loop", NULL);
    below = g_build_filename(tree.root, "file", "x", NULL);
    fifo = g_build_filename(tree.root, "fifo", NULL);
    g_assert_cmpint(symlink("missing", link), ==, 0);
    g_assert_cmpint(symlink("loop", loop), ==, 0);
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);

    cmdqvTestFails(missing, 9, "cannot open '%s': No such file or directory");
    cmdqvTestFails("", 9, "cannot open '%s': No such file or directory");
    cmdqvTestFails(link, 9, "cannot open '%s': No such file or directory");
    cmdqvTestFails(loop, 9, "cannot open '%s': Too many levels of symbolic links");
    cmdqvTestFails(below, 9, "cannot open '%s': Not a directory");
    cmdqvTestFails(folder, 9, "cannot read '%s': Is a directory");
    cmdqvTestFails("/proc/self/mem", 9, "cannot read '%s': Input/output error");
    cmdqvTestFails("/dev/zero", 1000000, "cannot read '%s': it is larger than 1000000 bytes");
    cmdqvTestReads("/dev/null", 0, "", 0);
    /* no process writes into it, and the read does not wait */
    cmdqvTestReads(fifo, 9, "", 0);
}


/* Files below /proc claim to be empty. */
static void
cmdqvTestProc(void)
{
    g_autofree char *data = NULL;
    g_autoptr(GError) error = NULL;
    gsize len = 0;

    g_assert_true(cmdqvFileRead("/proc/self/status", 100000, &data, &len, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(len, >, 100);
    g_assert_true(data && g_str_has_prefix(data, "Name:"));
}


static void
cmdqvTestDescriptor(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *data = NULL;
    char *untouched = NULL;
    gsize len = 0;
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    g_assert_cmpint((int)write(ends[1], "abc", 3), ==, 3);
    (void)close(ends[1]);
    g_assert_true(cmdqvFileReadFd(ends[0], "the pipe", 3, &data, &len, &error));
    g_assert_no_error(error);
    g_assert_cmpmem(data, len, "abc", 3);
    /* it is still open */
    g_assert_cmpint(fcntl(ends[0], F_GETFD), >=, 0);
    (void)close(ends[0]);

    g_assert_false(cmdqvFileReadFd(ends[0], "the pipe", 3, &untouched, &len, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM);
    g_assert_cmpstr(error ? error->message : NULL, ==, "cannot read 'the pipe': Bad file descriptor");
    g_assert_null(untouched);
}


/* The stamp of a file stays the same until the file is written, replaced or removed. */
static void
cmdqvTestStamp(void)
{
    g_autofree char *dir = g_dir_make_tmp("file_test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "file", NULL);
    g_autofree char *other = g_build_filename(dir, "other", NULL);
    g_autofree char *text = NULL;
    cmdqvFileStamp first;
    cmdqvFileStamp again;
    gsize len;

    g_assert_false(cmdqvFileStampGet(path, &first));
    g_assert_false(cmdqvFileReadStamped(path, 1, &text, &len, &first));
    g_assert_true(g_file_set_contents(path, "a", 1, NULL));
    g_assert_true(cmdqvFileStampGet(path, &first));
    g_assert_true(cmdqvFileStampGet(path, &again));
    g_assert_true(cmdqvFileStampEqual(&first, &again));
    g_assert_true(cmdqvFileReadStamped(path, 1, &text, &len, &again));
    g_assert_cmpstr(text, ==, "a");
    g_assert_cmpuint(len, ==, 1);
    g_assert_true(cmdqvFileStampEqual(&first, &again));

    g_assert_true(g_file_set_contents(other, "a", 1, NULL));
    g_assert_true(cmdqvFileStampGet(other, &again));
    g_assert_false(cmdqvFileStampEqual(&first, &again));

    g_assert_true(g_file_set_contents(path, "ab", 2, NULL));
    g_assert_true(cmdqvFileStampGet(path, &again));
    g_assert_false(cmdqvFileStampEqual(&first, &again));
    /* larger than is accepted */
    g_assert_false(cmdqvFileReadStamped(path, 1, &text, &len, &first));
    g_assert_cmpstr(text, ==, "a");

    g_assert_cmpint(g_rename(other, path), ==, 0);
    g_assert_true(cmdqvFileStampGet(path, &again));
    g_assert_false(cmdqvFileStampEqual(&first, &again));

    g_assert_cmpint(g_unlink(path), ==, 0);
    g_assert_cmpint(g_rmdir(dir), ==, 0);
    first = again;
    g_assert_false(cmdqvFileStampGet(path, &again));
    g_assert_true(cmdqvFileStampEqual(&first, &again));
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/file/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    g_test_add_func("/file/sizes", cmdqvTestSizes);
    g_test_add_func("/file/odd", cmdqvTestOdd);
    g_test_add_func("/file/proc", cmdqvTestProc);
    g_test_add_func("/file/descriptor", cmdqvTestDescriptor);
    g_test_add_func("/file/stamp", cmdqvTestStamp);
    return g_test_run();
}
