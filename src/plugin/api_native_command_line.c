/*
 * plugin/api_native_command_line.c: virConnectDomainXMLToNative
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The command line is that of the domain as libvirt would get it to define.
 */

#include "plugin/lowering_calls.h"


CMDQV_EXPORT char *
virConnectDomainXMLToNative(virConnectPtr conn, const char *nativeFormat, const char *domainXml, unsigned int flags)
{
    return cmdqvOlderNative(conn, nativeFormat, domainXml, flags);
}
