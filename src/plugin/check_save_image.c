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
#include "layout/nova_request.h"
#include "qemu/libvirt_driver.h"
#include "util/text.h"


/* Names an instance of Nova in the journal alone: the caller may have no right to read the file. */
static void
cmdqvCheckSaveImageNote(cmdqvVerdict *refusal, const char *xml)
{
    g_auto(cmdqvNovaRequest) request = { .asks = false };

    (void)cmdqvNovaRequestRead(xml, &request, NULL);
    refusal->domain = g_steal_pointer(&request.domain);
    refusal->uuid = g_steal_pointer(&request.uuid);
    refusal->instance = g_steal_pointer(&request.instance);
    refusal->flavor = g_steal_pointer(&request.flavor);
}


/* The refusal, which quotes @name, if libvirt would end at the definition in the file; @found gets that. */
static cmdqvVerdict *
cmdqvCheckSaveImageJudge(const char *file, const char *words, const char *name, char **found)
{
    g_autofree char *xml = file ? cmdqvSaveImageReadXML(file) : NULL;
    g_autofree char *fatal = xml && cmdqvDomainXMLMayHaveSmmu(xml) ? cmdqvFatalValuesFindXML(xml, "") : NULL;
    g_autofree char *quoted = NULL;

    if (!fatal)
        return NULL;
    *found = g_steal_pointer(&xml);
    quoted = cmdqvTextShorten(name);
    return cmdqvVerdictNew(g_strdup_printf("the definition in the %s '%s' has a number that libvirt crashes or hangs with, or cannot be "
                                           "read; correct it there", words, quoted));
}


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
    g_autofree char *xml = NULL;
    g_autoptr(cmdqvVerdict) refusal = cmdqvAclGateIsOfOthers(conn) ? NULL : cmdqvCheckSaveImageJudge(file, "save image", file, &xml);

    if (!refusal)
        return false;
    cmdqvCheckSaveImageNote(refusal, xml);
    cmdqvAclGateSkip();
    cmdqvRaiseErrorRefusal(conn, NULL, VIR_ERR_CONFIG_UNSUPPORTED, function, refusal);
    return true;
}


/**
 * cmdqvCheckSaveImageManaged:
 * @domain: a domain whose managed save the caller may read
 *
 * libvirt asks for the caller's rights before it reads that.
 *
 * Returns: (transfer full) (nullable): the refusal, if libvirt would end at the
 * definition in it
 */
cmdqvVerdict *
cmdqvCheckSaveImageManaged(virDomainPtr domain)
{
    virConnectPtr conn = CMDQV_REAL(virDomainGetConnect)(domain);
    g_autoptr(cmdqvTextMalloced) uri = CMDQV_REAL(virConnectGetURI)(conn);
    const cmdqvLibvirtDriver *driver = cmdqvLibvirtDriverOwnOf(uri);
    g_autofree char *folder = driver ? cmdqvLibvirtDriverSaveDir(driver, g_get_user_config_dir()) : NULL;
    const char *name = CMDQV_REAL(virDomainGetName)(domain);
    g_autofree char *file = cmdqvLibvirtDriverDomainFile(folder, name, ".save");
    g_autofree char *xml = NULL;

    return cmdqvCheckSaveImageJudge(file, "managed save of domain", name, &xml);
}
