/*
 * designate.c: which devices of a domain the project takes device XML to mean
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *   designate config|live xml|alias DOMAIN.xml
 *
 * "config" reads DOMAIN.xml as a definition, "live" as the live XML of a domain
 * that runs here.  Standard input holds device XMLs, or aliases, each ended by
 * a NUL.  Each is answered with a line of four fields between tabs:
 *
 *   how it was read     ok, malformed, invalid, forbidden
 *   designated devices  guest addresses in the order of the domain, with commas
 *   judged device       the one that the policy judges by: the first
 *   the rule            by which the policy refuses the detach; - if it does not
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/device_xml.h"
#include "conf/domain_xml.h"
#include "policy/detach_policy.h"
#include "policy/running_domain.h"
#include "util/error.h"

static const cmdqvProcessPaths here = { .stateDir = "/run/libvirt/qemu", .proc = "/proc" };

typedef struct {
    bool isLive;
    bool isAlias;
    cmdqvTopology *definition;
    cmdqvRunningDomain live;
} designateDomain;


static bool
designateReadDomain(const char *file, designateDomain *domain, GError **error)
{
    g_autofree char *xml = NULL;
    gsize len;

    if (!g_file_get_contents(file, &xml, &len, error))
        return false;
    domain->definition = cmdqvDomainXMLRead(xml, len, error);
    if (!domain->definition || !domain->isLive)
        return domain->definition != NULL;
    return cmdqvRunningDomainRead(xml, domain->definition->name, domain->definition->uuid, &here, true, &domain->live, error);
}


static const char *
designateHowRead(const GError *error)
{
    if (!error)
        return "ok";
    if (g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_MALFORMED))
        return "malformed";
    if (g_error_matches(error, CMDQV_ERROR, CMDQV_ERROR_INVALID))
        return "invalid";
    return "forbidden";
}


static cmdqvVerdict *
designateJudge(const designateDomain *domain, const cmdqvDevice *device)
{
    if (!domain->isLive)
        return cmdqvDetachPolicyConfig(domain->definition->name, domain->definition, device);
    return domain->live.anchors
        ? cmdqvDetachPolicyLive(domain->definition->name, domain->live.topology, domain->live.anchors, device) : NULL;
}


static void
designatePrint(const designateDomain *domain, const char *text)
{
    const cmdqvTopology *topology = domain->definition;
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvDevice) device = NULL;
    g_autoptr(cmdqvVerdict) verdict = NULL;
    const cmdqvEndpoint *first = NULL;
    char address[CMDQV_PCI_ADDRESS_LEN];
    const char *comma = "";
    guint i;

    device = domain->isAlias ? cmdqvDeviceNewAlias(text) : cmdqvDeviceXMLRead(text, strlen(text), &error);
    (void)printf("%s\t", designateHowRead(error));
    for (i = 0; device && i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (!cmdqvDeviceDesignates(device, endpoint, domain->isLive))
            continue;
        (void)printf("%s%s", comma, cmdqvPCIAddressFormat(&endpoint->guest, address));
        comma = ",";
    }
    if (device) {
        first = cmdqvTopologyGetEndpoint(topology, cmdqvDeviceFind(device, topology, domain->isLive));
        verdict = designateJudge(domain, device);
    }
    (void)printf("\t%s\t%s\n", first ? cmdqvPCIAddressFormat(&first->guest, address) : "", verdict ? verdict->rule : "-");
}


int
main(int argc, char **argv)
{
    designateDomain domain = { .isLive = false };
    g_autoptr(GError) error = NULL;
    char *text = NULL;
    size_t size = 0;

    if (argc != 4) {
        (void)fprintf(stderr, "usage: designate config|live xml|alias DOMAIN.xml\n");
        return 2;
    }
    domain.isLive = strcmp(argv[1], "live") == 0;
    domain.isAlias = strcmp(argv[2], "alias") == 0;
    if (!designateReadDomain(argv[3], &domain, &error)) {
        (void)fprintf(stderr, "designate: %s: %s\n", argv[3], error->message);
        return 1;
    }
    while (getdelim(&text, &size, '\0', stdin) > 0)
        designatePrint(&domain, text);
    free(text);
    cmdqvRunningDomainClear(&domain.live);
    cmdqvTopologyFree(domain.definition);
    return fflush(stdout) == 0 ? 0 : 1;
}
