/*
 * plugin/module.c: what happens when the module is loaded
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <dlfcn.h>
#include <stdlib.h>

#include "daemon/next_call.h"
#include "util/preload_list.h"


/*
 * libvirt hands LD_PRELOAD on to QEMU, to hooks and to its other children.
 * They are not what this module is for, so it takes itself out; what else is
 * preloaded stays.  At this time the process has one thread.
 */
__attribute__((constructor)) static void
cmdqvModuleLeavePreload(void)
{
    const char *preload = g_getenv("LD_PRELOAD");
    g_autofree char *others = NULL;
    Dl_info self;

    if (!preload || dladdr((void *)cmdqvModuleLeavePreload, &self) == 0 ||
        !self.dli_fname)
        return;

    others = cmdqvPreloadWithout(preload, self.dli_fname);
    if (others)
        (void)g_setenv("LD_PRELOAD", others, TRUE);
    else
        g_unsetenv("LD_PRELOAD");
}
