/*
 * metadata_fuzz.c: text that a client stores in the metadata of a domain
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nothing that libvirt keeps is of a namespace of ours.
 *
 * Seeds: fuzz/corpus/metadata
 */

#include <libxml/parser.h>

#include "entrance.h"


#define CMDQV_FUZZ_OURS "urn:libvirt-cmdqv:"


static bool
cmdqvFuzzHasOurs(const xmlNode *node)
{
    const xmlNode *child;

    if (node->type != XML_ELEMENT_NODE)
        return false;
    if (node->ns && node->ns->href && g_str_has_prefix((const char *)node->ns->href, CMDQV_FUZZ_OURS))
        return true;
    for (child = node->children; child; child = child->next) {
        if (cmdqvFuzzHasOurs(child))
            return true;
    }
    return false;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = cmdqvFuzzText(data, size);
    const char *given;
    bool wanting;
    g_autoptr(xmlDoc) doc = NULL;

    cmdqvFuzzEnter(text);
    (void)virDomainSetMetadata(cmdqvStandinDomain(), VIR_DOMAIN_METADATA_ELEMENT, text, "a", "urn:a", VIR_DOMAIN_AFFECT_CONFIG);
    cmdqvFuzzCheckRefused(text);
    given = cmdqvStandinGiven();
    /* as libvirt reads it */
    doc = given ? cmdqvXMLReadAsLibvirt(given, &wanting) : NULL;
    cmdqvFuzzCheck(!doc || !xmlDocGetRootElement(doc) || !cmdqvFuzzHasOurs(xmlDocGetRootElement(doc)), "nothing of ours is stored",
                   text, NULL);
    return 0;
}
