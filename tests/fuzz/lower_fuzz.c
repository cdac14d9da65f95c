/*
 * lower_fuzz.c: domains for a libvirt that does not know CMDQV, and the way back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A lowered domain lifts to the original, and lowers to the same again.  A record
 * lifts only the domain to which it would be lowered, so that a record that a
 * client wrote hides nothing.
 *
 * Seeds: qemuxml2argvdata:xml layoutdata:xml e2e/helpers:xml fuzz/corpus/lower
 */

#include "fuzz.h"
#include "test_topology.h"
#include "lowering/lift.h"
#include "lowering/lower.h"
#include "lowering/record.h"


/* A domain that is lowered again stays as it is. */
static void
cmdqvFuzzAgain(const char *lowered)
{
    g_autofree char *again = NULL;

    (void)cmdqvTestLowerText(lowered, &cmdqvEmulatorCapsUpstream, &again, NULL);
    cmdqvFuzzCheck(again && strcmp(again, lowered) == 0, "what was lowered lowers to the same", lowered, again);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *xml = cmdqvFuzzText(data, size);
    g_autofree char *plain = NULL;
    g_autofree char *first = NULL;
    g_autoptr(xmlDoc) doc = NULL;
    g_autoptr(xmlDoc) without = NULL;
    g_autofree char *lowered = NULL;
    g_autofree char *lifted = NULL;
    g_autoptr(GError) error = NULL;
    bool ok;

    /* these are given to functions that take a string */
    if (strlen(xml) != size)
        return 0;
    ok = cmdqvLiftXML(xml, &first, &error);
    cmdqvFuzzCheck(ok == !error && (ok || !first), "either a result or an error", first, error ? error->message : NULL);
    doc = cmdqvXMLReadParse(xml, size, NULL, NULL);
    if (doc)
        (void)cmdqvLowerIsNeeded(doc);
    without = doc ? cmdqvLowerWithout(doc) : NULL;

    g_clear_error(&error);
    ok = cmdqvTestLowerText(xml, &cmdqvEmulatorCapsUpstream, &lowered, &error);
    cmdqvFuzzCheck(ok == !error && (ok || !lowered), "either a result or an error", lowered, error ? error->message : NULL);
    if (lowered)
        (void)cmdqvLiftXML(lowered, &lifted, NULL);
    /* a record that is left there was in the domain before */
    if (!lowered || cmdqvRecordMayBe(first ? first : xml))
        return 0;
    cmdqvFuzzCheck(lifted || first, "what was lowered can be lifted", xml, lowered);
    if (!lifted)
        return 0;
    cmdqvFuzzAgain(lowered);
    /* libvirt has one <qemu:commandline> too */
    if (!first)
        cmdqvLowerJoinCommandlines(xmlDocGetRootElement(doc));
    plain = first ? NULL : cmdqvXMLEditFormat(doc, NULL);
    cmdqvFuzzCheck(strcmp(lifted, first ? first : plain) == 0, "what was lowered lifts to what it was", first ? first : plain, lifted);
    return 0;
}
