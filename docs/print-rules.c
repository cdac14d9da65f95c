/*
 * print-rules.c: the rules as a manual page, from the table that is checked
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>

#include "policy/rule_table.h"


static void
printRule(const cmdqvRule *rule, gpointer data G_GNUC_UNUSED)
{
    g_auto(GStrv) lines = g_strsplit(rule->example, "\n", -1);
    gsize i;

    (void)printf("``%s`` (%s)\n", rule->identifier, cmdqvRuleTableLevelName(rule, NULL));
    (void)printf("  In short: %s.\n\n  %s\n\n  %s\n\n  Example::\n\n", rule->summary, rule->reason, rule->fix);
    for (i = 0; lines[i]; i++)
        (void)printf("    %s\n", lines[i]);
    (void)printf("\n");
}


int
main(void)
{
    (void)printf("===================\nlibvirt-cmdqv-rules\n===================\n\n"
                 "----------------------------------------------\n"
                 "what libvirt-cmdqv asks of a domain definition\n"
                 "----------------------------------------------\n\n"
                 ":Manual section: 7\n:Manual group: Virtualization Support\n\n"
                 "DESCRIPTION\n===========\n\n"
                 "A definition with an SMMUv3 is checked against these rules when it comes into libvirt, and again when the "
                 "domain starts. Behind the name of each is its level unless ``cmdqv.conf(5)`` sets another.\n\n"
                 "The last rules are about changes of devices: detach and attach, the monitor of QEMU, and a layout for Nova. Their "
                 "level cannot be set (*always*).\n\n"
                 "Where the answer hangs on an address that libvirt has still to give, libvirt is asked for it; where it "
                 "cannot be known yet, the start decides.\n\n\nRULES\n=====\n\n");
    cmdqvRuleTableForeach(printRule, NULL);
    (void)printf("\nSEE ALSO\n========\n\n``virt-cmdqv(1)``, ``cmdqv.conf(5)``, ``libvirt-cmdqv(7)``\n");
    return 0;
}
