/*
 * quiet_log.h: keep errors of the module's own queries out of the daemon's log
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/** While it is in scope, queries of the calling thread are the module's own. */
typedef struct {
    gboolean before;
} cmdqvQuietLog;

cmdqvQuietLog cmdqvQuietLogBegin(gboolean ours);
void cmdqvQuietLogEnd(cmdqvQuietLog *quiet);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvQuietLog, cmdqvQuietLogEnd)
