/*
 * xml_source.c: where domain XML comes from
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "xml_source.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/xml_read.h"
#include "util/error.h"
#include "util/file.h"
#include "virt_cmdqv.h"


/**
 * cmdqvSourceReadFile:
 * @name: a file, or "-"
 * @xml: (out): what is in it
 * @len: (out): its length in bytes
 * @error: CMDQV_ERROR_SYSTEM
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvSourceReadFile(const char *name, char **xml, gsize *len, GError **error)
{
    if (strcmp(name, CMDQV_STDIN_NAME) == 0)
        return cmdqvFileReadFd(STDIN_FILENO, "standard input", CMDQV_XML_MAX_BYTES, xml, len, error);
    return cmdqvFileReadWaiting(name, CMDQV_XML_MAX_BYTES, xml, len, error);
}


/**
 * cmdqvSourceReadDomain:
 * @conn: a connection
 * @name: name of a domain
 * @xml: (out): its definition
 * @len: (out): its length in bytes
 * @error: CMDQV_ERROR_SYSTEM, with libvirt's words
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvSourceReadDomain(virConnectPtr conn, const char *name, char **xml, gsize *len, GError **error)
{
    virDomainPtr domain = virDomainLookupByName(conn, name);
    char *text = domain ? virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE) : NULL;
    bool ok = text != NULL;

    if (text) {
        *xml = g_strdup(text);
        *len = strlen(text);
    } else {
        g_autofree char *reason = cmdqvToolLastError();

        g_set_error_literal(error, CMDQV_ERROR, CMDQV_ERROR_SYSTEM, reason);
    }
    if (domain)
        virDomainFree(domain);
    free(text);
    return ok;
}
