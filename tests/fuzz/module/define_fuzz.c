/*
 * define_fuzz.c: a client's definition, by virDomainDefineXMLFlags()
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The definition that libvirt gets breaks no rule.
 *
 * Seeds: fuzz/corpus/domain-xml qemuxml2argvdata:xml e2e/helpers:xml fuzz/corpus/lower
 */

#include "entrance.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *xml = cmdqvFuzzText(data, size);

    cmdqvFuzzEnter(xml);
    cmdqvFuzzCheck(!virDomainDefineXMLFlags(cmdqvStandinConnect(), xml, 0), "the stand-in has no domain to return", xml, NULL);
    cmdqvFuzzCheckRefused(xml);
    cmdqvFuzzCheckGiven("domain");
    return 0;
}
