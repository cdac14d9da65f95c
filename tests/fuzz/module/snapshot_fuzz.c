/*
 * snapshot_fuzz.c: a client's snapshot, by virDomainSnapshotCreateXML()
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Neither domain of the snapshot that libvirt gets breaks a rule.
 *
 * Seeds: fuzz/corpus/snapshot fuzz/corpus/lower
 */

#include "entrance.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *xml = cmdqvFuzzText(data, size);

    cmdqvFuzzEnter(xml);
    (void)virDomainSnapshotCreateXML(cmdqvStandinDomain(), xml, VIR_DOMAIN_SNAPSHOT_CREATE_REDEFINE);
    cmdqvFuzzCheckRefused(xml);
    cmdqvFuzzCheckGiven("domainsnapshot");
    return 0;
}
