/*
 * daemon/libvirt_headers.h: functions of libvirt that are newer than the oldest headers
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A module that was built with old headers may run in a newer daemon, and has to
 * guard that one's functions too.  So what libvirt 8.2 does not declare is
 * declared here; where the daemon's libvirt has no such function, nobody calls it.
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
