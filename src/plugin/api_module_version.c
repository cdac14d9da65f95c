/*
 * plugin/api_module_version.c: is the module there, and which
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A question that every client may ask, on a connection that may only read,
 * and without a domain: the models of a processor whose architecture has the
 * project's name.  libvirt knows none of that name, and nothing is changed by
 * asking.
 */

#include "daemon/next_call.h"
#include "qemu/anchor_xml.h"


CMDQV_EXPORT int
virConnectGetCPUModelNames(virConnectPtr conn, const char *arch, char ***models, unsigned int flags)
{
    int count = CMDQV_REAL(virConnectGetCPUModelNames)(conn, arch, models, flags);

    /* libvirt has looked at the caller's rights, and says that it has no such thing: so it is ours to say */
    if (count >= 0 || flags != 0 || g_strcmp0(arch, CMDQV_PRESENCE_ARCHITECTURE) != 0 ||
        virGetLastErrorCode() != VIR_ERR_INVALID_ARG)
        return count;

    virResetLastError();
    if (models) {
        *models = g_new0(char *, 2);
        (*models)[0] = g_strdup(CMDQV_VERSION);
    }
    return 1;
}
