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
#include "layout/nova_request.h"
#include "plugin/domain_facts.h"
#include "util/text.h"


/*
 * The names of an instance that another call has. A refusal must not wait for
 * it, as a query for its XML would.
 */
static char *
cmdqvNovaRefusalHeldXML(virDomainPtr domain)
{
    g_autoptr(cmdqvTextMalloced) instance = cmdqvQueryAsDaemonMetadata(domain, CMDQV_NOVA_REQUEST_NAMESPACE);
    char uuid[VIR_UUID_STRING_BUFLEN];

    if (!instance || CMDQV_REAL(virDomainGetUUIDString)(domain, uuid) < 0)
        return NULL;
    return cmdqvNovaRequestAround(CMDQV_REAL(virDomainGetName)(domain), uuid, instance);
}


/**
 * cmdqvNovaRefusalName:
 * @verdict: a refusal or warning; gets the names of the instance
 * @domain: (nullable): the domain that it is about
 * @xml: (nullable): the XML that it is about, if there is no domain
 *
 * Does not wait for another call that has the domain.
 */
void
cmdqvNovaRefusalName(cmdqvVerdict *verdict, virDomainPtr domain, const char *xml)
{
    g_autoptr(cmdqvTextMalloced) own = NULL;
    g_autofree char *held = NULL;

    if (domain && cmdqvQueryAsDaemonIsHeld(domain))
        held = cmdqvNovaRefusalHeldXML(domain);
    else if (domain)
        (void)cmdqvDomainFactsXML(domain, VIR_DOMAIN_XML_INACTIVE, &own, NULL);
    cmdqvNovaNamesAdd(verdict, held ? held : domain ? own : xml);
}


/**
 * cmdqvNovaRefusalWarn:
 * @warning: a warning, for example of the module's own failure; gets the names
 *   of the instance
 * @domain: the domain that it is about
 *
 * Logs the warning.
 */
void
cmdqvNovaRefusalWarn(cmdqvVerdict *warning, virDomainPtr domain)
{
    cmdqvRaiseErrorAbout(warning, domain);
    cmdqvNovaRefusalName(warning, domain, NULL);
    cmdqvNovaNamesWarn(warning, warning->rule ? warning->rule : CMDQV_NOVA_NAMES_FAILURE, NULL);
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
