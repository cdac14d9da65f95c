/*
 * daemon/raise_error.c: errors raised as libvirt's own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "daemon/raise_error.h"

#include <dlfcn.h>

#include "daemon/client_identity.h"
#include "util/log.h"
#include "util/text.h"

/* Both are exported by libvirt.so for its own daemons (src/libvirt_private.syms). */
typedef void (*cmdqvReportErrorHelper)(int domain, int code, const char *file, const char *function, size_t line,
                                       const char *format, ...) G_GNUC_PRINTF(6, 7);
typedef void (*cmdqvDispatchError)(virConnectPtr conn);


/**
 * cmdqvRaiseError:
 * @code: which error
 * @function: the public function that is refused, as errors name it
 * @message: why
 *
 * Makes this the calling thread's last error, prefixed with libvirt's words for
 * the code.  A time-out is of no driver, like that of libvirt's own lock of a
 * domain (src/conf/virdomainjob.c).
 */
void
cmdqvRaiseError(virErrorNumber code, const char *function, const char *message)
{
    cmdqvRaiseErrorFrom(code == VIR_ERR_OPERATION_TIMEOUT ? VIR_FROM_NONE : VIR_FROM_QEMU, code, function, message);
}


/**
 * cmdqvRaiseErrorFrom:
 * @from: which part of libvirt would have said so
 * @code: which error
 * @function: the public function that is refused, as errors name it
 * @message: why
 *
 * As cmdqvRaiseError(), for what another libvirt itself refuses.
 */
void
cmdqvRaiseErrorFrom(virErrorDomain from, virErrorNumber code, const char *function, const char *message)
{
    static gpointer slot;
    cmdqvReportErrorHelper report = (cmdqvReportErrorHelper)cmdqvRealFind(&slot, "virReportErrorHelper");

    g_autofree char *line = cmdqvStringOneLine(message);

    virResetLastError();
    if (report)
        report((int)from, code, __FILE__, function, __LINE__, "%s", line);
    else
        cmdqvLogFailure("libvirt does not export virReportErrorHelper; refused without words: %s", line);
}


/**
 * cmdqvRaiseDispatch:
 * @conn: the caller's connection
 *
 * Hands the last error to the callbacks of the connection, as every public
 * function does when it fails.
 */
void
cmdqvRaiseDispatch(virConnectPtr conn)
{
    static gpointer slot;
    cmdqvDispatchError dispatch = (cmdqvDispatchError)cmdqvRealFind(&slot, "virDispatchError");

    if (dispatch)
        dispatch(conn);
}


/**
 * cmdqvRaiseLog:
 * @function: the public function that is refused
 * @client: (nullable): from cmdqvClientDescribe()
 * @verdict: why, and which domain it is about
 *
 * To be done once for each refusal.  Asks libvirt for nothing, and so leaves
 * the last error alone.
 */
void
cmdqvRaiseLog(const char *function, const char *client, const cmdqvVerdict *verdict)
{
    cmdqvLogRefusal(&(cmdqvRefusal){
        .call = function,
        .domain = verdict->domain,
        .uuid = verdict->uuid,
        .smmu = verdict->smmu,
        .device = verdict->device,
        .rule = verdict->rule,
        .client = client,
        .message = verdict->message,
    });
}


/**
 * cmdqvRaiseAbout:
 * @verdict: gets the name and UUID of the domain
 * @domain: the domain that was judged
 */
void
cmdqvRaiseAbout(cmdqvVerdict *verdict, virDomainPtr domain)
{
    char uuid[VIR_UUID_STRING_BUFLEN] = "";

    (void)CMDQV_REAL(virDomainGetUUIDString)(domain, uuid);
    g_free(verdict->domain);
    g_free(verdict->uuid);
    verdict->domain = g_strdup(CMDQV_REAL(virDomainGetName)(domain));
    verdict->uuid = g_strdup(uuid);
}


/**
 * cmdqvRaiseVerdict:
 * @domain: the domain of the call that is refused
 * @code: which error
 * @function: the public function that is refused, as errors name it
 * @verdict: why; gets the name and UUID of the domain
 *
 * Raises the error, and logs it with the client it was raised for.
 */
void
cmdqvRaiseVerdict(virDomainPtr domain, virErrorNumber code, const char *function, cmdqvVerdict *verdict)
{
    /* every public function resets the last error */
    virConnectPtr conn = CMDQV_REAL(virDomainGetConnect)(domain);
    g_autofree char *client = cmdqvClientDescribe();

    cmdqvRaiseAbout(verdict, domain);
    cmdqvRaiseLog(function, client, verdict);
    cmdqvRaiseError(code, function, verdict->message);
    cmdqvRaiseDispatch(conn);
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
