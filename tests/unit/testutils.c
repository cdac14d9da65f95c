/*
 * testutils.c: functions that the unit tests share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "testutils.h"

#include <locale.h>
#include <string.h>
#include <time.h>

#include <glib/gstdio.h>


/* A locale and a time zone that no developer has, so that no test depends on the developer's. */
void
cmdqvTestInit(int *argc, char ***argv)
{
    (void)g_setenv("LC_ALL", "C", TRUE);
    (void)g_setenv("TZ", "VIR00:30", TRUE);
    (void)setlocale(LC_ALL, "");
    g_test_init(argc, argv, NULL);
    g_test_set_nonfatal_assertions();
    (void)g_log_set_always_fatal(G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
}


char *
cmdqvTestDataPath(const char *folder, const char *name, const char *suffix)
{
    g_autofree char *base = g_strconcat(name, suffix, NULL);

    return g_build_filename(CMDQV_TEST_DIR, folder, base, NULL);
}


/* The test fails in words, and continues. */
void
cmdqvTestFail(const char *format, ...)
{
    g_autofree char *words = NULL;
    va_list args;

    va_start(args, format);
    words = g_strdup_vprintf(format, args);
    va_end(args);
    g_test_message("%s", words);
    g_test_fail();
}


/* Returns an empty text if it cannot be read: the test has failed then. */
char *
cmdqvTestRead(const char *path)
{
    g_autoptr(GError) error = NULL;
    char *data = NULL;

    if (g_file_get_contents(path, &data, NULL, &error))
        return data;
    cmdqvTestFail("%s; " CMDQV_TEST_HOW, error->message);
    return g_strdup("");
}


static gint
cmdqvTestCompareNames(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}


/**
 * cmdqvTestFindNames:
 * @folder: name of a folder of golden files
 * @suffix: of the file that makes a case
 *
 * Returns: (transfer full): the names of its cases, in order
 */
GPtrArray *
cmdqvTestFindNames(const char *folder, const char *suffix)
{
    g_autoptr(GHashTable) files = cmdqvTestListFolder(folder);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer file;

    g_hash_table_iter_init(&iter, files);
    while (g_hash_table_iter_next(&iter, &file, NULL)) {
        if (g_str_has_suffix(file, suffix))
            g_ptr_array_add(names, g_strndup(file, strlen(file) - strlen(suffix)));
    }
    g_ptr_array_sort(names, cmdqvTestCompareNames);
    return names;
}


/**
 * cmdqvTestListFolder:
 * @folder: name of a folder of golden files
 *
 * Returns: (transfer full): the names of its files; each case strikes off its
 * own, and a file that is left belongs to none
 */
GHashTable *
cmdqvTestListFolder(const char *folder)
{
    g_autofree char *path = g_build_filename(CMDQV_TEST_DIR, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    GHashTable *files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)))
        (void)g_hash_table_add(files, g_strdup(name));
    return files;
}


/**
 * cmdqvTestAssertNoLeftovers:
 * @files: those that no case has struck off
 * @missing: for the message: the file that makes each a case
 */
void
cmdqvTestAssertNoLeftovers(GHashTable *files, const char *missing)
{
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, files);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        cmdqvTestFail("no case uses '%s': remove it, or add the %s that it belongs to", (const char *)name, missing);
}


/**
 * cmdqvTestAssertGolden:
 * @path: a golden file
 * @actual: the output
 *
 * With CMDQV_TEST_REGENERATE set, a file that differs is rewritten, and the
 * test fails all the same: read the difference and run it again.
 */
void
cmdqvTestAssertGolden(const char *path, const char *actual)
{
    g_autofree char *expected = NULL;

    if (g_getenv(CMDQV_TEST_REGENERATE)) {
        bool same = g_file_get_contents(path, &expected, NULL, NULL) && strcmp(expected, actual) == 0;

        if (!same && g_file_set_contents(path, actual, -1, NULL))
            g_test_message("rewritten: '%s'", path);
        g_assert_true(same);
        return;
    }
    expected = cmdqvTestRead(path);
    if (strcmp(actual, expected) != 0)
        g_test_message("'%s' differs; " CMDQV_TEST_HOW, path);
    g_assert_cmpstr(actual, ==, expected);
}


/**
 * cmdqvTestRemoveGolden:
 * @path: a golden file for which there is no output any more
 *
 * Fails. With CMDQV_TEST_REGENERATE set, also removes the file.
 */
void
cmdqvTestRemoveGolden(const char *path)
{
    if (g_getenv(CMDQV_TEST_REGENERATE) && g_unlink(path) == 0)
        cmdqvTestFail("removed: '%s'", path);
    else
        cmdqvTestFail("'%s' is there, and there is nothing to say any more; remove it, or let tests/goldens --words do that", path);
}


/* A command line in libvirt's golden style: shell quoting, continued lines. */
char **
cmdqvTestReadArgs(const char *path)
{
    g_autofree char *text = cmdqvTestRead(path);
    g_autoptr(GError) error = NULL;
    char **argv = NULL;

    if (!*text)
        return g_new0(char *, 1);
    (void)g_shell_parse_argv(text, NULL, &argv, &error);
    g_assert_no_error(error);
    return argv;
}


void
cmdqvTestTreeInit(cmdqvTestTree *tree)
{
    tree->root = g_dir_make_tmp("testutils-XXXXXX", NULL);
    g_assert_nonnull(tree->root);
}


/**
 * cmdqvTestTreeAdd:
 * @tree: a tree
 * @path: path of a file in it
 * @data: (nullable): its content; NULL for a folder
 * @len: length of @data, -1 for a string
 */
void
cmdqvTestTreeAdd(const cmdqvTestTree *tree, const char *path, const char *data, gssize len)
{
    g_autofree char *full = g_build_filename(tree->root, path, NULL);
    g_autofree char *folder = data ? g_path_get_dirname(full) : g_strdup(full);

    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    if (data)
        g_assert_true(g_file_set_contents(full, data, len, NULL));
}


static void
cmdqvTestRemove(const char *path)
{
    if (g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK)) {
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
        const char *name;

        while (dir && (name = g_dir_read_name(dir))) {
            g_autofree char *child = g_build_filename(path, name, NULL);

            cmdqvTestRemove(child);
        }
    }
    (void)g_remove(path);
}


void
cmdqvTestTreeClear(cmdqvTestTree *tree)
{
    cmdqvTestRemove(tree->root);
    g_clear_pointer(&tree->root, g_free);
}


#define CMDQV_TEST_LINEAR_TRIES 4


static double
cmdqvTestProcessorTime(void (*work)(gconstpointer input), gconstpointer input)
{
    double best = G_MAXDOUBLE;
    guint i;

    for (i = 0; i < 5; i++) {
        struct timespec begin;
        struct timespec end;

        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
        work(input);
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
        best = MIN(best, (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
    }
    return best;
}


/**
 * cmdqvTestAssertLinear:
 * @work: the function to measure
 * @small: an input
 * @large: one that is @factor times as large
 * @factor: eight or more, to tell a square from a line
 *
 * Processor time, the best of several, and half way between the line and the
 * square on a logarithmic scale. It is measured again if it is too much: on a
 * busy virtual machine new memory, which only the large input needs, can cost
 * many times as much for a while.
 */
void
cmdqvTestAssertLinear(void (*work)(gconstpointer input), gconstpointer small, gconstpointer large, double factor)
{
    double one;
    double other = G_MAXDOUBLE;
    double most;
    guint i;

    for (i = 0; i < CMDQV_TEST_LINEAR_TRIES; i++) {
        one = cmdqvTestProcessorTime(work, small);
        other = MIN(other, cmdqvTestProcessorTime(work, large));
        g_test_message("%.0f us, and for %.0f times as much %.0f us", one * 1e6, factor, other * 1e6);
        /* factor to the power of 1.5, without libm */
        most = one * one * factor * factor * factor;
        if (other * other < most)
            return;
    }
    g_assert_cmpfloat(other * other, <, most);
}
