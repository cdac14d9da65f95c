/*
 * hook_file.h: find out whether libvirt can run the hook
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** The advice if this user may not read a file of the host. */
#define CMDQV_HOOK_FILE_AS_ROOT "run 'virt-cmdqv doctor' as root"

typedef enum {
    CMDQV_HOOK_FILE_WORKS,
    CMDQV_HOOK_FILE_OTHER_VERSION,
    CMDQV_HOOK_FILE_FORBIDDEN,      /* this user may not read it, so its state is unknown */
    CMDQV_HOOK_FILE_BROKEN,

    CMDQV_HOOK_FILE_LAST
} cmdqvHookFileState;

cmdqvHookFileState cmdqvHookFileProbe(const char *root, bool own, char **advice);
