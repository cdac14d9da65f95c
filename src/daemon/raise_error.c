/*
 * raise_error.c: raise errors as libvirt does
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "daemon/raise_error.h"

#include <dlfcn.h>

#include "daemon/client_identity.h"
#include "daemon/quiet_log.h"
#include "util/log.h"
#include "util/text.h"


/* Whether libvirt could not check the rights for the calling thread's call. */
static _Thread_local bool cmdqvRaiseErrorUnasked;


/**
 * cmdqvRaiseError:
 * @code: the error code
 * @function: the public function that is refused, as errors name it
 * @message: why
 *
 * Makes this the calling thread's last error, prefixed with libvirt's words for
 * the code.  A time-out has no driver, as libvirt's own one
 * (src/conf/virdomainjob.c).
 */
void
cmdqvRaiseError(virErrorNumber code, const char *function, const char *message)
{
    cmdqvRaiseErrorFrom(code == VIR_ERR_OPERATION_TIMEOUT ? VIR_FROM_NONE : VIR_FROM_QEMU, code, function, message);
}


/**
 * cmdqvRaiseErrorFrom:
 * @from: the part of libvirt that the error names
 * @code: the error code
 * @function: the public function that is refused, as errors name it
 * @message: why
 *
 * As cmdqvRaiseError(), for a refusal that another version of libvirt has
 * itself.
 */
void
cmdqvRaiseErrorFrom(virErrorDomain from, virErrorNumber code, const char *function, const char *message)
{
    __typeof__(&virReportErrorHelper) report = CMDQV_LIBVIRT(virReportErrorHelper);
    g_autofree char *shown = cmdqvTextOneLine(message);
    g_autofree char *line = cmdqvTextUnmistaken(shown);

    virResetLastError();
    if (report)
        report((int)from, code, __FILE__, function, __LINE__, "%s", line);
    else
        cmdqvLogFailure("libvirt does not export virReportErrorHelper; refused without words: %s", line);
}


/**
 * cmdqvRaiseErrorDispatch:
 * @conn: the caller's connection
 *
 * Passes the last error to the callbacks of the connection, as every public
 * function does on failure.
 */
void
cmdqvRaiseErrorDispatch(virConnectPtr conn)
{
    __typeof__(&virDispatchError) dispatch = CMDQV_LIBVIRT(virDispatchError);

    if (dispatch)
        dispatch(conn);
}


/**
 * cmdqvRaiseErrorAbout:
 * @verdict: gets the name and UUID of the domain
 * @domain: the domain of the verdict
 */
void
cmdqvRaiseErrorAbout(cmdqvVerdict *verdict, virDomainPtr domain)
{
    char uuid[VIR_UUID_STRING_BUFLEN] = "";

    (void)CMDQV_REAL(virDomainGetUUIDString)(domain, uuid);
    g_free(verdict->domain);
    g_free(verdict->uuid);
    verdict->domain = g_strdup(CMDQV_REAL(virDomainGetName)(domain));
    verdict->uuid = g_strdup(uuid);
}


/**
 * cmdqvRaiseErrorLastErrorIsOneOf:
 * @codes: some error codes
 * @count: their number
 *
 * Returns: true if the calling thread's last libvirt error is one of them
 */
bool
cmdqvRaiseErrorLastErrorIsOneOf(const virErrorNumber *codes, gsize count)
{
    int code = virGetLastErrorCode();
    gsize i;

    for (i = 0; i < count; i++) {
        if (code == (int)codes[i])
            return true;
    }
    return false;
}


/*
 * libvirt checks that before its arguments, so a call that cannot have an
 * effect shows it.
 */
static bool
cmdqvRaiseErrorIsReadOnly(virConnectPtr conn)
{
    static const virErrorNumber denied[] = { VIR_ERR_OPERATION_DENIED };
    g_auto(cmdqvQuietLog) quiet G_GNUC_UNUSED = cmdqvQuietLogBegin(TRUE);
    bool readOnly = !CMDQV_REAL(virDomainDefineXML)(conn, NULL) && cmdqvRaiseErrorLastErrorIsOneOf(denied, G_N_ELEMENTS(denied));

    virResetLastError();
    return readOnly;
}


/* Raises libvirt's error for a read-only connection (virCheckReadOnlyGoto(), src/internal.h). */
static void
cmdqvRaiseErrorReadOnly(virConnectPtr conn, const char *function)
{
    g_autofree char *words = g_strdup_printf("read only access prevents %s", function);

    cmdqvRaiseErrorFrom(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_DENIED, function, words);
    cmdqvRaiseErrorDispatch(conn);
}


/**
 * cmdqvRaiseErrorSetAsked:
 * @asked: whether libvirt could check the rights of the caller for this
 *   thread's call
 */
void
cmdqvRaiseErrorSetAsked(bool asked)
{
    cmdqvRaiseErrorUnasked = !asked;
}


/**
 * cmdqvRaiseErrorRefusal:
 * @conn: the caller's connection
 * @domain: (nullable): the domain of the call, if it has one
 * @code: the error code
 * @function: the public function that is refused, as errors name it
 * @verdict: the refusal; gets the name and UUID of @domain
 *
 * Raises the error, and logs it with its client. If libvirt could not check the
 * caller's rights, a read-only connection gets libvirt's own error.
 */
void
cmdqvRaiseErrorRefusal(virConnectPtr conn, virDomainPtr domain, virErrorNumber code, const char *function, cmdqvVerdict *verdict)
{
    g_autofree char *client = NULL;
    g_autofree char *text = cmdqvVerdictFormat(verdict);

    if (cmdqvRaiseErrorUnasked && cmdqvRaiseErrorIsReadOnly(conn)) {
        cmdqvRaiseErrorReadOnly(conn, function);
        return;
    }
    client = cmdqvClientIdentityDescribe();
    /* every public function resets the last error */
    if (domain)
        cmdqvRaiseErrorAbout(verdict, domain);
    cmdqvVerdictLog(verdict, function, client);
    cmdqvRaiseError(code, function, text);
    cmdqvRaiseErrorDispatch(conn);
}
