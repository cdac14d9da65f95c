/*
 * cmdqvnative.c: virConnectDomainXMLToNative
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The command line is that of the domain as libvirt would get it to define.
 */

#include "plugin/cmdqvolder.h"


CMDQV_EXPORT char *
virConnectDomainXMLToNative(virConnectPtr conn, const char *nativeFormat, const char *domainXml, unsigned int flags)
{
    return cmdqvOlderNative(conn, nativeFormat, domainXml, flags);
}
