/*
 * fuzzsaveimage.c: a definition in a saved domain, exchanged, given or found there at a restore
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The definition that libvirt gets breaks no rule.
 *
 * Seeds: fuzz/corpus/domain-xml qemuxml2argvdata:xml fuzz/corpus/lower
 */

#include "entrance.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *xml = cmdqvFuzzText(data, size);

    cmdqvFuzzEnter(xml);
    if (g_str_hash(xml) & 4)
        (void)virDomainSaveImageDefineXML(cmdqvStandinConnect(), "/dev/null", xml, 0);
    else
        (void)virDomainRestoreFlags(cmdqvStandinConnect(), "/dev/null", g_str_hash(xml) & 8 ? xml : NULL, 0);
    cmdqvFuzzCheckRefused(xml);
    cmdqvFuzzCheckGiven("domain");
    return 0;
}
