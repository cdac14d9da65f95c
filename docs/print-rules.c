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
                 "---------------------------------------------------------------\n"
                 "rules of libvirt-cmdqv for domain definitions and their devices\n"
                 "---------------------------------------------------------------\n\n"
                 ":Manual section: 7\n:Manual group: Virtualization Support\n\n"
                 "DESCRIPTION\n===========\n\n"
                 "libvirt-cmdqv checks a definition with an SMMUv3 against these rules when libvirt gets it, for example from ``virsh define``, "
                 "and again when the domain starts. The level of a rule is in parentheses behind its name; ``cmdqv.conf(5)`` can set "
                 "another.\n\n"
                 "``error``\n  A definition that breaks the rule is refused.\n\n"
                 "``warning``\n  The definition is accepted, and the daemon's log has a line.\n\n"
                 "``always``\n  The rule is about a change of devices: detach and attach, the monitor of QEMU, or a layout for Nova. The change is "
                 "refused. You cannot set this level.\n\n"
                 "A definition without an SMMUv3 is checked against ``libvirt-drops-iommufd`` only.\n\n"
                 "If the result of a rule depends on an address that libvirt has not chosen yet, libvirt-cmdqv queries libvirt for the "
                 "address. If the address cannot be known yet, the check at the start decides.\n\n\nRULES\n=====\n\n");
    cmdqvRuleTableForeach(printRule, NULL);
    (void)printf("\nSEE ALSO\n========\n\n``virt-cmdqv(1)``, ``cmdqv.conf(5)``, ``libvirt-cmdqv(7)``\n");
    return 0;
}
