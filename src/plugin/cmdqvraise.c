/*
 * cmdqvraise.c: errors raised as libvirt's own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/cmdqvraise.h"

#include <dlfcn.h>

#include "util/cmdqvlog.h"

/* Both are exported by libvirt.so for its own daemons (src/libvirt_private.syms). */
typedef void (*cmdqvReportErrorHelper)(int domain, int code, const char *file, const char *function, size_t line,
                                       const char *format, ...) G_GNUC_PRINTF(6, 7);
typedef void (*cmdqvDispatchError)(virConnectPtr conn);


/**
 * cmdqvRaise:
 * @conn: the connection of the call that is refused
 * @code: which error
 * @function: the public function that is refused, as errors name it
 * @message: the words
 *
 * Makes this the calling thread's last error, prefixed with libvirt's words
 * for @code, and hands it to the callbacks of the connection as every public
 * function does when it fails.
 */
void
cmdqvRaise(virConnectPtr conn, virErrorNumber code, const char *function, const char *message)
{
    static gpointer reportSlot;
    static gpointer dispatchSlot;
    cmdqvReportErrorHelper report = (cmdqvReportErrorHelper)cmdqvRealFind(&reportSlot, "virReportErrorHelper");
    cmdqvDispatchError dispatch = (cmdqvDispatchError)cmdqvRealFind(&dispatchSlot, "virDispatchError");

    virResetLastError();
    if (!report) {
        cmdqvLogFailure("libvirt does not export virReportErrorHelper; refused without words: %s", message);
        return;
    }
    report(VIR_FROM_QEMU, code, __FILE__, function, __LINE__, "%s", message);
    if (dispatch)
        dispatch(conn);
}


/**
 * cmdqvLastErrorIsOneOf:
 * @codes: some error codes
 * @count: how many
 *
 * Returns: true if the calling thread's last libvirt error is one of them
 */
bool
cmdqvLastErrorIsOneOf(const virErrorNumber *codes, gsize count)
{
    int code = virGetLastErrorCode();
    gsize i;

    for (i = 0; i < count; i++) {
        if (code == (int)codes[i])
            return true;
    }
    return false;
}
