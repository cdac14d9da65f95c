/*
 * hook_file.c: find out whether libvirt can run the hook
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "hook_file.h"

#include <string.h>

#include "virt_cmdqv.h"
#include "policy/settings.h"
#include "util/file.h"
#include "util/run_program.h"

/* A working hook answers at once, with a few lines. */
#define CMDQV_HOOK_FILE_MILLISECONDS 5000
#define CMDQV_HOOK_FILE_MAX_BYTES 65536


static const char cmdqvHookFileConsequence[] = "starts that no client asks for are not checked";


/* Why libvirt, or the hook, cannot execute a file; NULL if it can. */
static char *
cmdqvHookFileUnusable(const char *path)
{
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return g_strdup_printf("'%s' is not there, so %s; install it and restart the daemon", path, cmdqvHookFileConsequence);
    if (!g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
        return g_strdup_printf("'%s' is not executable, so %s; run 'chmod 755 %s'", path, cmdqvHookFileConsequence, path);
    return NULL;
}


/*
 * Whether the hook file is the installed one, and can run its program. Does not
 * run any other file, because it could do anything.
 */
static cmdqvHookFileState
cmdqvHookFileRun(const char *path, char **advice)
{
    const char *const argv[] = { path, "--version", NULL };
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    g_autofree char *answer = NULL;
    gsize len;

    if (!cmdqvFileRead(path, CMDQV_HOOK_FILE_MAX_BYTES, &text, &len, &error)) {
        *advice = g_strdup(error->message);
        return CMDQV_HOOK_FILE_BROKEN;
    }
    if (!strstr(text, CMDQV_HOOK_PROGRAM)) {
        *advice = g_strdup_printf("'%s' does not start '" CMDQV_HOOK_PROGRAM "'; install it anew", path);
        return CMDQV_HOOK_FILE_BROKEN;
    }
    if (!cmdqvRunProgram(argv, "", CMDQV_HOOK_FILE_MILLISECONDS, CMDQV_HOOK_FILE_MAX_BYTES, &answer, &error)) {
        *advice = g_strdup_printf("%s; install it anew", error->message);
        return CMDQV_HOOK_FILE_BROKEN;
    }
    if (!g_ascii_isdigit(*g_strstrip(answer))) {
        *advice = g_strdup_printf("'%s' does not answer as the hook does; install it anew", path);
        return CMDQV_HOOK_FILE_BROKEN;
    }
    if (strcmp(answer, CMDQV_VERSION) == 0)
        return CMDQV_HOOK_FILE_WORKS;
    *advice = g_strdup_printf("it has version %.32s, and this is " CMDQV_VERSION "; install both of one release", answer);
    return CMDQV_HOOK_FILE_OTHER_VERSION;
}


/**
 * cmdqvHookFileProbe:
 * @root: prefix of the paths of the host's files
 * @own: whether the daemon runs as this user
 * @advice: (out) (transfer full): the remedy; NULL if it works
 *
 * Checks the hook file of libvirt, and its program. Runs them if they are those
 * that were installed.
 *
 * Returns: the state of both
 */
cmdqvHookFileState
cmdqvHookFileProbe(const char *root, bool own, char **advice)
{
    g_autofree char *file = g_strconcat(root, CMDQV_SETTINGS_HOOK_FILE, NULL);
    g_autofree char *program = g_strconcat(root, CMDQV_HOOK_PROGRAM, NULL);

    *advice = NULL;
    if (cmdqvToolIsForbidden(file) && own) {
        *advice = g_strdup_printf("'%s' is not for this user to read, so %s; let the user read it", file, cmdqvHookFileConsequence);
        return CMDQV_HOOK_FILE_BROKEN;
    }
    if (cmdqvToolIsForbidden(file)) {
        *advice = g_strdup_printf("'%s' is not for this user to read; " CMDQV_HOOK_FILE_AS_ROOT, file);
        return CMDQV_HOOK_FILE_FORBIDDEN;
    }
    *advice = cmdqvHookFileUnusable(file);
    if (!*advice)
        *advice = cmdqvHookFileUnusable(program);
    return *advice ? CMDQV_HOOK_FILE_BROKEN : cmdqvHookFileRun(file, advice);
}
