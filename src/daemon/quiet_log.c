/*
 * quiet_log.c: keep errors of the module's own queries out of the daemon's log
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * If libvirt refuses a query of the module, that is an answer and no fault, but
 * operators count lines of level error. libvirt calls a function of the daemon
 * for the level of each error that it logs (virSetErrorLogPriorityFunc(),
 * src/util/virerror.h). The daemon sets that function at its start, and the
 * module sets its own, which calls the daemon's: while a thread makes a query
 * of the module, its errors have the level debug, and so has the error about a
 * root that the module wrote. If libvirt has no such function, the lines stay.
 */

#include "daemon/quiet_log.h"

#include <string.h>

#include "daemon/next_call.h"

/* In place of a text that libvirt must not get, the module passes XML with this root, and raises the reason itself. */
#define CMDQV_QUIET_LOG_ROOT "libvirt-cmdqv-access-check"

/* VIR_LOG_DEBUG, src/util/virlog.h */
#define CMDQV_QUIET_LOG_LEVEL 1

typedef int (*cmdqvQuietLogLevel)(virErrorPtr error, int level);

CMDQV_EXPORT void virSetErrorLogPriorityFunc(cmdqvQuietLogLevel level);

static cmdqvQuietLogLevel cmdqvQuietLogOfDaemon;
static _Thread_local gboolean cmdqvQuietLogNow;


/**
 * cmdqvQuietLogBegin:
 * @ours: whether the next queries of the calling thread are the module's own
 *
 * Returns: the state that cmdqvQuietLogEnd() restores
 */
cmdqvQuietLog
cmdqvQuietLogBegin(gboolean ours)
{
    cmdqvQuietLog quiet = { .before = cmdqvQuietLogNow };

    cmdqvQuietLogNow = cmdqvQuietLogNow || ours;
    return quiet;
}


/**
 * cmdqvQuietLogEnd:
 * @quiet: from cmdqvQuietLogBegin()
 */
void
cmdqvQuietLogEnd(cmdqvQuietLog *quiet)
{
    cmdqvQuietLogNow = quiet->before;
}


static int
cmdqvQuietLogLevelOf(virErrorPtr error, int level)
{
    if (cmdqvQuietLogNow || (error->code == VIR_ERR_XML_ERROR && error->message && strstr(error->message, CMDQV_QUIET_LOG_ROOT)))
        return CMDQV_QUIET_LOG_LEVEL;
    return cmdqvQuietLogOfDaemon ? cmdqvQuietLogOfDaemon(error, level) : level;
}


CMDQV_EXPORT void
virSetErrorLogPriorityFunc(cmdqvQuietLogLevel level)
{
    cmdqvQuietLogOfDaemon = level;
    CMDQV_NEXT(virSetErrorLogPriorityFunc)(cmdqvQuietLogLevelOf);
}
