/*
 * module.c: set up the module when it is loaded
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>

#include "daemon/next_call.h"
#include "plugin/definition_lock.h"
#include "plugin/lowering_calls.h"
#include "util/log.h"
#include "util/preload_list.h"


/* Daemons that run the QEMU driver, by the names of their files. */
static const char *const cmdqvModuleDaemons[] = { "libvirtd", "virtqemud" };


/*
 * Whether this process is such a daemon, and not a program that starts one
 * (env, setpriv, start-stop-daemon); true if that is unknown.
 */
static bool
cmdqvModuleIsInDaemon(void)
{
    g_autofree char *path = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *name = path ? g_path_get_basename(path) : NULL;
    gsize i;

    for (i = 0; name && i < G_N_ELEMENTS(cmdqvModuleDaemons); i++) {
        if (g_str_has_prefix(name, cmdqvModuleDaemons[i]))
            return true;
    }
    return !name;
}


/*
 * libvirt passes LD_PRELOAD to QEMU, to hooks and to its other children, which
 * must not have the module, so this removes it from the variable; other
 * libraries stay. The process has only one thread now.
 */
static void
cmdqvModuleLeavePreload(void)
{
    const char *preload = g_getenv("LD_PRELOAD");
    g_autofree char *others = NULL;
    Dl_info self;

    if (!preload || dladdr((void *)cmdqvModuleLeavePreload, &self) == 0 ||
        !self.dli_fname)
        return;

    others = cmdqvPreloadListWithout(preload, self.dli_fname);
    if (others)
        (void)g_setenv("LD_PRELOAD", others, TRUE);
    else
        g_unsetenv("LD_PRELOAD");
}


__attribute__((constructor)) static void
cmdqvModuleStart(void)
{
    cmdqvNextCallPutBetween(cmdqvLoweringFind, cmdqvDefinitionLockFind);
    if (!cmdqvModuleIsInDaemon())
        return;
    cmdqvModuleLeavePreload();
    cmdqvLogToLibvirt();
}
