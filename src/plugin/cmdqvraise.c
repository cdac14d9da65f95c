/*
 * cmdqvraise.c: errors raised as libvirt's own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/cmdqvraise.h"

#include <dlfcn.h>

#include "plugin/cmdqvclient.h"
#include "util/cmdqvlog.h"

/* Both are exported by libvirt.so for its own daemons (src/libvirt_private.syms). */
typedef void (*cmdqvReportErrorHelper)(int domain, int code, const char *file, const char *function, size_t line,
                                       const char *format, ...) G_GNUC_PRINTF(6, 7);
typedef void (*cmdqvDispatchError)(virConnectPtr conn);


/*
 * Makes this the calling thread's last error, prefixed with libvirt's words for
 * the code, and hands it to the callbacks of the connection as every public
 * function does when it fails.
 */
static void
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
 * cmdqvRaiseVerdict:
 * @domain: the domain of the call that is refused
 * @code: which error
 * @function: the public function that is refused, as errors name it
 * @verdict: why
 *
 * Raises the error, and logs it once with the client it was raised for.
 */
void
cmdqvRaiseVerdict(virDomainPtr domain, virErrorNumber code, const char *function, const cmdqvVerdict *verdict)
{
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    g_autofree char *client = cmdqvClientDescribe();

    (void)CMDQV_REAL(virDomainGetUUIDString)(domain, uuid);
    cmdqvLogRefusal(&(cmdqvRefusal){
        .call = function,
        .domain = CMDQV_REAL(virDomainGetName)(domain),
        .uuid = uuid,
        .smmu = verdict->smmu,
        .device = verdict->device,
        .rule = verdict->rule,
        .client = client,
        .message = verdict->message,
    });
    cmdqvRaise(CMDQV_REAL(virDomainGetConnect)(domain), code, function, verdict->message);
}


/**
 * cmdqvRaiseDefinition:
 * @conn: the connection of the call that is refused
 * @function: the public function that is refused, as errors name it
 * @message: why, naming the domain
 *
 * The same for a definition, which need not be a domain yet.
 */
void
cmdqvRaiseDefinition(virConnectPtr conn, const char *function, const char *message)
{
    g_autofree char *client = cmdqvClientDescribe();

    cmdqvLogRefusal(&(cmdqvRefusal){ .call = function, .client = client, .message = message });
    cmdqvRaise(conn, VIR_ERR_CONFIG_UNSUPPORTED, function, message);
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


/**
 * cmdqvConnectIsReadOnly:
 * @conn: a connection
 *
 * libvirt looks at that before it looks at arguments, so the answer costs a
 * call that cannot do anything.  Whatever would change something is then
 * libvirt's to refuse.
 *
 * Returns: true if it is read-only
 */
bool
cmdqvConnectIsReadOnly(virConnectPtr conn)
{
    static const virErrorNumber denied[] = { VIR_ERR_OPERATION_DENIED };
    bool readOnly = !CMDQV_REAL(virDomainDefineXML)(conn, NULL) && cmdqvLastErrorIsOneOf(denied, G_N_ELEMENTS(denied));

    virResetLastError();
    return readOnly;
}
