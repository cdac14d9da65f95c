/*
 * libvirt_headers.h: declare functions of libvirt that are not in its headers,
 * or not in those of every supported version
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A module built with the headers of one version may run in a daemon of a later
 * version, and must guard its functions too. So this declares the functions
 * that libvirt 8.2 does not; if the daemon's libvirt has no such function, no
 * client calls it.
 */

#pragma once

#include <libvirt/libvirt.h>

#if !LIBVIR_CHECK_VERSION(8, 4, 0)
# define VIR_DOMAIN_SAVE_PARAM_FILE "file"
# define VIR_DOMAIN_SAVE_PARAM_DXML "dxml"

int virDomainSaveParams(virDomainPtr domain, virTypedParameterPtr params, int nparams, unsigned int flags);
int virDomainRestoreParams(virConnectPtr conn, virTypedParameterPtr params, int nparams, unsigned int flags);
#endif

#if !LIBVIR_CHECK_VERSION(8, 5, 0)
# define VIR_MIGRATE_POSTCOPY_RESUME (1 << 19)
#endif

#if !LIBVIR_CHECK_VERSION(11, 2, 0)
int virDomainSetThrottleGroup(virDomainPtr domain, const char *group, virTypedParameterPtr params, int nparams, unsigned int flags);
int virDomainDelThrottleGroup(virDomainPtr domain, const char *group, unsigned int flags);
#endif

/* libvirt.so exports these for its own daemons (src/libvirt_private.syms). */
void virReportErrorHelper(int domain, int code, const char *file, const char *function, size_t line, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
void virDispatchError(virConnectPtr conn);
int virUUIDParse(const char *text, unsigned char *uuid);
/* returns a handle even if there is no such snapshot */
virDomainSnapshotPtr virGetDomainSnapshot(virDomainPtr domain, const char *name);
void virObjectUnref(void *object);

/* And these (src/libvirt_internal.h). */
char *virDomainMigrateBegin3(virDomainPtr domain, const char *xmlin, char **cookieout, int *cookieoutlen, unsigned long flags,
                             const char *dname, unsigned long resource);
char *virDomainMigrateBegin3Params(virDomainPtr domain, virTypedParameterPtr params, int nparams, char **cookieout,
                                   int *cookieoutlen, unsigned int flags);
int virDomainMigrateConfirm3(virDomainPtr domain, const char *cookiein, int cookieinlen, unsigned long flags, int cancelled);
int virDomainMigrateConfirm3Params(virDomainPtr domain, virTypedParameterPtr params, int nparams, const char *cookiein,
                                   int cookieinlen, unsigned int flags, int cancelled);
virDomainPtr virDomainMigrateFinish2(virConnectPtr dconn, const char *dname, const char *cookie, int cookielen, const char *uri,
                                     unsigned long flags, int retcode);
virDomainPtr virDomainMigrateFinish3(virConnectPtr dconn, const char *dname, const char *cookiein, int cookieinlen,
                                     char **cookieout, int *cookieoutlen, const char *dconnuri, const char *uri,
                                     unsigned long flags, int cancelled);
virDomainPtr virDomainMigrateFinish3Params(virConnectPtr dconn, virTypedParameterPtr params, int nparams, const char *cookiein,
                                           int cookieinlen, char **cookieout, int *cookieoutlen, unsigned int flags,
                                           int cancelled);
int virDomainMigratePerform(virDomainPtr domain, const char *cookie, int cookielen, const char *uri, unsigned long flags,
                            const char *dname, unsigned long resource);
int virDomainMigratePerform3(virDomainPtr domain, const char *xmlin, const char *cookiein, int cookieinlen, char **cookieout,
                             int *cookieoutlen, const char *dconnuri, const char *uri, unsigned long flags, const char *dname,
                             unsigned long resource);
int virDomainMigratePerform3Params(virDomainPtr domain, const char *dconnuri, virTypedParameterPtr params, int nparams,
                                   const char *cookiein, int cookieinlen, char **cookieout, int *cookieoutlen,
                                   unsigned int flags);
