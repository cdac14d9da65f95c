/*
 * run_program_test.c: programs that answer, and those that do not
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include <glib/gstdio.h>

#include "testutils.h"
#include "qemu/emulator_probe.h"
#include "util/error.h"
#include "util/run_program.h"

#define LIMIT 4096
#define MANY 100000

/* A script, the time that it may take, and its answer or the reason why there is none. */
static const struct {
    const char *name;
    const char *script;
    const char *question;
    guint milliseconds;
    const char *answer;
    const char *reason;
} cases[] = {
    { .name = "answer", .script = "cat", .question = "a\nb\n", .milliseconds = 60000, .answer = "a\nb\n", .reason = NULL },
    { .name = "nothing-read", .script = "echo yes", .question = "a\n", .milliseconds = 60000, .answer = "yes\n", .reason = NULL },
    { .name = "nothing-said", .script = "true", .question = "a", .milliseconds = 60000, .answer = "", .reason = NULL },
    { .name = "failure", .script = "echo no; exit 3", .question = "", .milliseconds = 60000, .answer = "no\n", .reason = NULL },
    { .name = "signal", .script = "echo x; kill -9 $$", .question = "", .milliseconds = 60000, .answer = "x\n", .reason = NULL },
    { .name = "standard-error", .script = "echo no >&2", .question = "", .milliseconds = 60000, .answer = "", .reason = NULL },
    { .name = "end-of-input", .script = "cat; echo end", .question = "", .milliseconds = 60000, .answer = "end\n",
      .reason = NULL },
    { .name = "too-long", .script = "sleep 600", .question = "", .milliseconds = 50, .answer = NULL,
      .reason = "'/bin/sh' did not answer in 50 ms, or printed too much" },
    { .name = "child-stays", .script = "sleep 600 & echo x", .question = "", .milliseconds = 50, .answer = NULL,
      .reason = "'/bin/sh' did not answer in 50 ms, or printed too much" },
    { .name = "too-much", .script = "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done", .question = "",
      .milliseconds = 60000, .answer = NULL, .reason = "'/bin/sh' did not answer in 60000 ms, or printed too much" },
};


static void
cmdqvTestRun(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    const char *const argv[] = { "/bin/sh", "-c", cases[i].script, NULL };
    g_autofree char *answer = NULL;
    g_autoptr(GError) error = NULL;
    bool ok = cmdqvRunProgram(argv, cases[i].question, cases[i].milliseconds, LIMIT, &answer, &error);

    g_assert_cmpint(ok, ==, cases[i].answer != NULL);
    g_assert_cmpstr(answer, ==, cases[i].answer);
    g_assert_cmpstr(error ? error->message : NULL, ==, cases[i].reason);
}


/* The processes that it has started end with it. */
static void
cmdqvTestNothingLeft(void)
{
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autofree char *alive = NULL;
    g_autofree char *script = NULL;
    g_autofree char *answer = NULL;

    cmdqvTestTreeInit(&tree);
    alive = g_build_filename(tree.root, "alive", NULL);
    script = g_strdup_printf("(sleep 0.5; touch '%s') & sleep 600", alive);
    const char *const argv[] = { "/bin/sh", "-c", script, NULL };

    g_assert_false(cmdqvRunProgram(argv, "", 100, LIMIT, &answer, NULL));
    g_usleep(G_USEC_PER_SEC);
    g_assert_false(g_file_test(alive, G_FILE_TEST_EXISTS));
}


static void
cmdqvTestNotThere(void)
{
    const char *const argv[] = { "/nonexistent/qemu", NULL };
    g_autofree char *answer = NULL;
    g_autofree char *long_question = g_strnfill(MANY, 'x');
    const char *const cat[] = { "/bin/cat", NULL };
    g_autoptr(GError) error = NULL;

    g_assert_false(cmdqvRunProgram(argv, "", 1000, LIMIT, &answer, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM);
    g_assert_true(error && g_str_has_prefix(error->message, "cannot run '/nonexistent/qemu': "));
    g_assert_false(cmdqvRunProgram(cat, long_question, 1000, LIMIT, &answer, NULL));
    g_assert_null(answer);
}


static char *
cmdqvTestEmulator(const cmdqvTestTree *tree, const char *name, const char *script)
{
    char *path = g_build_filename(tree->root, name, NULL);

    cmdqvTestTreeAdd(tree, name, script, -1);
    g_assert_cmpint(g_chmod(path, 0755), ==, 0);
    return path;
}


/* One that speaks QMP, and one that is none. */
static void
cmdqvTestEachEmulator(void)
{
    g_autofree char *qmp = cmdqvTestDataPath("qemutargetdata", "downstream-boolean", ".qmp");
    g_autofree char *qmpScript = g_strdup_printf("#!/bin/sh\n[ \"$1\" = -S ] && cat >/dev/null && cat '%s'\n", qmp);
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autofree char *first = NULL;
    g_autofree char *second = NULL;
    g_autoptr(GError) error = NULL;
    cmdqvEmulatorCaps target = cmdqvEmulatorCapsUpstream;

    cmdqvTestTreeInit(&tree);
    first = cmdqvTestEmulator(&tree, "qemu-qmp", qmpScript);
    second = cmdqvTestEmulator(&tree, "qemu-none", "#!/bin/sh\necho hello\n");

    g_assert_false(cmdqvEmulatorProbe(second, &target, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM);
    g_assert_cmpmem(&target, sizeof(target), &cmdqvEmulatorCapsUpstream, sizeof(target));
    g_assert_true(cmdqvEmulatorProbe(first, &target, NULL));
    g_assert_true(target.smmu[CMDQV_SMMU_PROPERTY_PASID].known);
    g_assert_false(target.smmu[CMDQV_SMMU_PROPERTY_TEGRA241_CMDQV].known);
    g_assert_cmpuint(target.major, ==, 10);
    g_assert_cmpuint(target.minor, ==, 1);
    g_assert_false(cmdqvEmulatorCapsHasBlocker(&target));
}


/* A program that other users can write is not run because domain XML names it. */
static void
cmdqvTestMayBeRun(void)
{
    static const char *const no[] = { "", "qemu", "/bin/sh", "/nonexistent/qemu-system-aarch64", "./qemu", "/tmp/../bin/sh" };
    g_auto(cmdqvTestTree) tree = { NULL };
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    cmdqvEmulatorCaps target;
    guint i;

    for (i = 0; i < G_N_ELEMENTS(no); i++)
        g_assert_false(cmdqvEmulatorProbeIsAllowed(no[i]));
    g_assert_false(cmdqvEmulatorProbeOwn("/nonexistent/qemu-system-aarch64", &target, &error));
    g_assert_cmpstr(error->message, ==, "emulator '/nonexistent/qemu-system-aarch64' cannot be queried: there is no such file");
    g_clear_error(&error);

    cmdqvTestTreeInit(&tree);
    path = cmdqvTestEmulator(&tree, "qemu", "#!/bin/sh\n");
    g_assert_cmpint(g_chmod(tree.root, 0777), ==, 0);
    g_assert_false(cmdqvEmulatorProbeIsAllowed(path));
    g_assert_false(cmdqvEmulatorProbeOwn(path, &target, &error));
    g_assert_error(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM);
    g_assert_true(g_str_has_suffix(error->message, "is not queried: it and its folder must belong to root, be writable by root "
        "alone, and be named after qemu or kvm"));
    g_assert_cmpint(g_chmod(tree.root, 0700), ==, 0);
    g_assert_cmpint(g_chmod(path, 0722), ==, 0);
    g_assert_false(cmdqvEmulatorProbeIsAllowed(path));
}


int
main(int argc, char **argv)
{
    guint i;

    cmdqvTestInit(&argc, &argv);
    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/program/", cases[i].name, NULL);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), cmdqvTestRun);
    }
    g_test_add_func("/program/nothing-left", cmdqvTestNothingLeft);
    g_test_add_func("/program/not-there", cmdqvTestNotThere);
    g_test_add_func("/program/emulators", cmdqvTestEachEmulator);
    g_test_add_func("/program/may-be-run", cmdqvTestMayBeRun);
    return g_test_run();
}
