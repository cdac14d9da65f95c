/*
 * settings_fuzz.c: text that claims to be cmdqv.conf
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Seeds: fuzz/corpus/settings
 * Dictionary: settings.dict
 */

#include "fuzz.h"
#include "conf/domain_xml.h"
#include "policy/settings.h"

#define CMDQV_FUZZ_DOMAIN "<domain><name>g1</name><metadata><a xmlns='http://kubevirt.io'/></metadata></domain>"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = cmdqvFuzzText(data, size);
    g_autoptr(cmdqvTopology) domain = cmdqvDomainXMLRead(CMDQV_FUZZ_DOMAIN, strlen(CMDQV_FUZZ_DOMAIN), NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvSettings) settings = cmdqvSettingsParse(text, size, "cmdqv.conf", &error);

    cmdqvFuzzCheckError(settings != NULL, error);
    if (!settings)
        return 0;
    (void)cmdqvSettingsIsManaged(settings, domain);
    cmdqvFuzzCheck(settings->configDetach < CMDQV_SETTINGS_CONFIG_DETACH_LAST && settings->anchorPort < CMDQV_SETTINGS_ANCHOR_PORT_LAST,
                   "each setting has a value", text, NULL);
    return 0;
}
