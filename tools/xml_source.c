/*
 * xml_source.c: read domain XML from a file or a daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "xml_source.h"

#include <string.h>
#include <unistd.h>

#include "virt_cmdqv.h"
#include "conf/xml_read.h"
#include "util/error.h"
#include "util/file.h"
#include "util/text.h"


/**
 * cmdqvXMLSourceReadFile:
 * @name: a file, or "-"
 * @xml: (out): its content
 * @len: (out): its length in bytes
 * @error: CMDQV_ERROR_SYSTEM
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvXMLSourceReadFile(const char *name, char **xml, gsize *len, GError **error)
{
    if (strcmp(name, CMDQV_XML_SOURCE_STDIN_NAME) == 0)
        return cmdqvFileReadFd(STDIN_FILENO, "standard input", CMDQV_XML_READ_MAX_BYTES, xml, len, error);
    return cmdqvFileReadWaiting(name, CMDQV_XML_READ_MAX_BYTES, xml, len, error);
}


/**
 * cmdqvXMLSourceReadDomain:
 * @conn: a connection
 * @name: name of a domain
 * @xml: (out): its definition
 * @len: (out): its length in bytes
 * @error: CMDQV_ERROR_SYSTEM, with libvirt's message
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvXMLSourceReadDomain(virConnectPtr conn, const char *name, char **xml, gsize *len, GError **error)
{
    g_autoptr(virDomain) domain = virDomainLookupByName(conn, name);
    g_autoptr(cmdqvTextMalloced) text = domain ? virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE) : NULL;

    if (!text)
        return cmdqvErrorSet(error, CMDQV_ERROR_SYSTEM, "%s", cmdqvToolLastError());
    *xml = g_strdup(text);
    *len = strlen(text);
    return true;
}
