/*
 * plugin/check_started.c: a domain that a client has just started
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "plugin/check_started.h"

#include <stdlib.h>

#include "conf/domain_xml.h"
#include "daemon/query_as_daemon.h"
#include "plugin/domain_facts.h"
#include "policy/start_check.h"
#include "policy/settings.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(char, free)


/**
 * cmdqvStartedCheck:
 * @domain: a domain that has started
 * @xml: (nullable): what its client gave, where that is not its definition
 *
 * What QEMU was given is compared with what the XML asks for.  The hook does so
 * with libvirt's own XML at each start, whoever asked for it, and has said what
 * it saw; what libvirt has dropped of the client's XML, only we can see.
 */
void
cmdqvStartedCheck(virDomainPtr domain, const char *xml)
{
    bool hook = g_file_test(CMDQV_HOOK_FILE, G_FILE_TEST_IS_EXECUTABLE);
    const char *name = CMDQV_REAL(virDomainGetName)(domain);
    char uuid[VIR_UUID_STRING_BUFLEN];
    g_autofree char *stateDir = NULL;
    g_autoptr(char) live = NULL;

    if ((xml && cmdqvDomainXMLMayHaveSmmu(xml)) || cmdqvFactsMayHaveSmmu(domain, VIR_DOMAIN_AFFECT_LIVE))
        live = cmdqvAskDomainXML(domain, 0);
    if (live && CMDQV_REAL(virDomainGetUUIDString)(domain, uuid) == 0) {
        const cmdqvProcessPaths paths = cmdqvFactsPaths(domain, &stateDir);

        if (!cmdqvLostCheck(live, name, uuid, &paths, !hook) && xml)
            (void)cmdqvLostCheck(xml, name, uuid, &paths, true);
    }
    virResetLastError();
}
