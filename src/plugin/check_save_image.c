/*
 * check_save_image.c: whether libvirt survives the definition in a save image
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/check_save_image.h"

#include "conf/domain_xml.h"
#include "conf/fatal_values.h"
#include "conf/save_image.h"
#include "daemon/acl_gate.h"
#include "daemon/raise_error.h"
#include "util/text.h"


/**
 * cmdqvCheckSaveImageIsFatal:
 * @conn: the caller's connection
 * @file: (nullable): path of a saved domain
 * @function: the public function that was called
 *
 * libvirt reads the definition in the file before it asks for the caller's
 * rights.  The caller learns no more than that it is not read.
 *
 * Returns: true, with the error raised, if libvirt would end at it
 */
bool
cmdqvCheckSaveImageIsFatal(virConnectPtr conn, const char *file, const char *function)
{
    g_autofree char *xml = file && !cmdqvAclGateIsOfOthers(conn) ? cmdqvSaveImageReadXML(file) : NULL;
    g_autofree char *fatal = xml && cmdqvDomainXMLMayHaveSmmu(xml) ? cmdqvFatalValuesFindXML(xml, "") : NULL;
    g_autofree char *quoted = NULL;
    g_autoptr(cmdqvVerdict) refusal = NULL;

    if (!fatal)
        return false;
    quoted = cmdqvTextShorten(file);
    refusal = cmdqvVerdictNew(g_strdup_printf("the definition in the save image '%s' has a number that libvirt crashes or hangs with, or "
                                              "cannot be read; correct it there", quoted));
    cmdqvAclGateSkip();
    cmdqvRaiseErrorRefusal(conn, NULL, VIR_ERR_CONFIG_UNSUPPORTED, function, refusal);
    return true;
}
