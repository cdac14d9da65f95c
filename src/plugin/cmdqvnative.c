/*
 * cmdqvnative.c: virConnectDomainXMLToNative
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The command line is that of the domain as libvirt would get it to define.
 */

#include "plugin/cmdqvraise.h"
#include "plugin/cmdqvtranslate.h"


CMDQV_EXPORT char *
virConnectDomainXMLToNative(virConnectPtr conn, const char *nativeFormat, const char *domainXml, unsigned int flags)
{
    g_autofree char *translated = NULL;
    g_autofree char *why = NULL;

    if (conn && domainXml && !cmdqvTranslateIn(conn, domainXml, &translated, &why) && !cmdqvConnectIsReadOnly(conn)) {
        cmdqvTranslateRaise(conn, __func__, why);
        return NULL;
    }
    return CMDQV_NEXT(virConnectDomainXMLToNative)(conn, nativeFormat, translated ? translated : domainXml, flags);
}
