/*
 * nova_refusal.c: raise a refusal that names an instance of Nova
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every refusal of the module gets the names here.
 */

#include "plugin/nova_refusal.h"

#include "daemon/query_as_daemon.h"
#include "daemon/raise_error.h"
#include "layout/nova_names.h"
#include "plugin/domain_facts.h"
#include "util/text.h"


/**
 * cmdqvNovaRefusalName:
 * @verdict: a refusal or warning; gets the names of the instance
 * @domain: (nullable): the domain that it is about
 * @xml: (nullable): the XML that it is about, if there is no domain
 *
 * Adds nothing if another call has the domain: a refusal must not wait for it.
 */
void
cmdqvNovaRefusalName(cmdqvVerdict *verdict, virDomainPtr domain, const char *xml)
{
    g_autoptr(cmdqvTextMalloced) own = NULL;

    if (domain && !cmdqvQueryAsDaemonIsHeld(domain))
        (void)cmdqvDomainFactsXML(domain, VIR_DOMAIN_XML_INACTIVE, &own, NULL);
    cmdqvNovaNamesAdd(verdict, domain ? own : xml);
}


/**
 * cmdqvNovaRefusalRaise:
 * @conn: the caller's connection
 * @domain: (nullable): as cmdqvNovaRefusalName()
 * @xml: (nullable): as cmdqvNovaRefusalName()
 * @code: the error code
 * @function: the public function that is refused, as errors name it
 * @verdict: the refusal; gets the names of the instance
 *
 * Raises the error, and logs it.
 */
void
cmdqvNovaRefusalRaise(virConnectPtr conn, virDomainPtr domain, const char *xml, virErrorNumber code, const char *function,
                      cmdqvVerdict *verdict)
{
    cmdqvNovaRefusalName(verdict, domain, xml);
    cmdqvRaiseErrorRefusal(conn, domain, code, function, verdict);
}
