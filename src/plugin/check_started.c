/*
 * check_started.c: check a domain after a client has started it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/check_started.h"

#include "conf/domain_xml.h"
#include "daemon/acl_gate.h"
#include "daemon/query_as_daemon.h"
#include "layout/nova_names.h"
#include "plugin/domain_facts.h"
#include "policy/settings.h"
#include "policy/start_check.h"
#include "util/text.h"


/**
 * cmdqvCheckStarted:
 * @domain: a domain that has started
 * @xml: (nullable): the XML from its client, if it was not started from its
 *   definition
 *
 * Compares QEMU's arguments with the XML. The hook does this for every start
 * with libvirt's own XML, and has logged its result; only the module can see
 * the parts that libvirt has dropped from the client's XML.
 */
void
cmdqvCheckStarted(virDomainPtr domain, const char *xml)
{
    bool hook = g_file_test(CMDQV_SETTINGS_HOOK_FILE, G_FILE_TEST_IS_EXECUTABLE);
    const char *name = CMDQV_REAL(virDomainGetName)(domain);
    char uuid[VIR_UUID_STRING_BUFLEN];
    g_autofree char *stateDir = NULL;
    g_autoptr(cmdqvTextMalloced) live = NULL;

    if (cmdqvAclGateIsOfOthers(CMDQV_REAL(virDomainGetConnect)(domain)))
        return;
    if ((xml && cmdqvDomainXMLMayHaveSmmu(xml)) || cmdqvDomainFactsMayHaveSmmu(domain, VIR_DOMAIN_AFFECT_LIVE))
        live = cmdqvQueryAsDaemonDomainXML(domain, 0);
    if (live && CMDQV_REAL(virDomainGetUUIDString)(domain, uuid) == 0) {
        const cmdqvProcessPaths paths = cmdqvDomainFactsPaths(domain, &stateDir);

        g_autoptr(cmdqvVerdict) lost = cmdqvStartCheckRun(live, name, uuid, &paths);
        g_autoptr(cmdqvVerdict) dropped = lost || !xml ? NULL : cmdqvStartCheckRun(xml, name, uuid, &paths);

        if (lost && !hook)
            cmdqvNovaNamesWarn(lost, CMDQV_START_CHECK_EVENT, live);
        if (dropped)
            cmdqvNovaNamesWarn(dropped, CMDQV_START_CHECK_EVENT, live);
    }
    virResetLastError();
}
