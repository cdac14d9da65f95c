/*
 * rules_bus_numbers.c: rules about the numbers of PCI buses
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The guest's firmware assigns them.
 */

#include "policy/rule.h"

#include "conf/bus_numbers.h"

/* The highest that libvirt accepts (virDomainControllerDefValidate(), src/conf/domain_validate.c). */
#define CMDQV_RULES_BUS_NUMBERS_MAX 254

/* Two roots, with a number for each bus behind them. */
#define CMDQV_RULES_BUS_NUMBERS_TWO_ROOTS \
    CMDQV_RULE_EXAMPLE_EXPANDER("1", "240") "\n" \
    CMDQV_RULE_EXAMPLE_PORT("2", "1", "0") "\n" \
    CMDQV_RULE_EXAMPLE_PORT("3", "1", "1") "\n" \
    CMDQV_RULE_EXAMPLE_EXPANDER("4", "248")


/* Moves the next root up, and each after it that is in the way then; NULL if the numbers do not suffice. */
static char *
cmdqvRulesBusNumbersAdviseUp(const cmdqvRuleRun *run, const GArray *numbers, const cmdqvBusNumbers *own)
{
    g_autoptr(GString) text = g_string_new("give ");
    guint moved = 0;
    int next;

    for (next = own->next; next != CMDQV_NONE; next = g_array_index(numbers, cmdqvBusNumbers, next).next) {
        const cmdqvBusNumbers *root = &g_array_index(numbers, cmdqvBusNumbers, next);

        if (root->least == root->first)
            break;
        if (root->least + root->need > CMDQV_BUS_NUMBERS)
            return NULL;
        g_string_append_printf(text, "%sbus '%s' busNr='%d'", moved++ > 0 ? ", " : "", cmdqvRuleBusName(run, next), root->least);
    }
    if (moved == 1)
        g_string_append(text, " or a higher number");
    return moved > 0 ? g_strdup(text->str) : NULL;
}


/* pcie.0 needs numbers below that of the lowest expander. */
static char *
cmdqvRulesBusNumbersAdvice(const cmdqvRuleRun *run, const GArray *numbers, const cmdqvBusNumbers *own)
{
    char *up;
    int others = 1;
    guint i;

    for (i = 0; i < numbers->len; i++) {
        const cmdqvBusNumbers *root = &g_array_index(numbers, cmdqvBusNumbers, i);

        others = root->first == 0 ? MAX(others, root->need) : others;
    }
    if (own->first > 0 && own->fit >= others)
        return g_strdup_printf("write <target busNr='%d'/> in it, or a lower number", own->fit);
    up = cmdqvRulesBusNumbersAdviseUp(run, numbers, own);
    return up ? up : g_strdup("use fewer controllers behind it");
}


/*
 * Seen with edk2 in QEMU 11.1: if a root has too few numbers, some of its ports
 * get none, and no device gets its BARs, on any root. After 255 it continues
 * with 0 (PciAllocateBusNumber(), MdeModulePkg of edk2).
 */
static void
cmdqvRulesBusNumbersCheck(const cmdqvRuleRun *run, bool last, const char *reason)
{
    g_autoptr(GArray) numbers = cmdqvRuleFirstAccel(run) != CMDQV_NONE ? cmdqvBusNumbersRead(run->topology) : NULL;
    guint i;

    for (i = 0; numbers && i < numbers->len; i++) {
        const cmdqvBusNumbers *own = &g_array_index(numbers, cmdqvBusNumbers, i);
        g_autofree char *advice = NULL;
        g_autofree char *limit = NULL;

        if (own->first == CMDQV_NONE || own->need <= own->end - own->first || (own->next == CMDQV_NONE) != last)
            continue;
        advice = cmdqvRulesBusNumbersAdvice(run, numbers, own);
        limit = last ? g_strdup("255 is the last number")
            : g_strdup_printf("bus '%s' has number %d", cmdqvRuleBusName(run, own->next), own->end);
        cmdqvFindingAddBus(run, i, "with busNr %d%s its own bus and the %d behind it need the numbers %d to %d, but %s: %s; %s",
                           own->first, own->chosen ? ", which libvirt chooses," : "", own->need - 1, own->first,
                           own->first + own->need - 1, limit, reason, advice);
    }
}


static void
cmdqvRulesBusNumbersCheckLastNumbers(const cmdqvRuleRun *run)
{
    cmdqvRulesBusNumbersCheck(run, true, "the guest's firmware gives up PCI, and the guest does not boot");
}


static void
cmdqvRulesBusNumbersCheckNumbers(const cmdqvRuleRun *run)
{
    cmdqvRulesBusNumbersCheck(run, false, "the guest does not see the devices on the last of these buses, and its firmware may give up "
                                          "PCI");
}


/*
 * The highest number below those of all expanders, if each has one that fits, that leaves room for the buses of one and of pcie.0; CMDQV_NONE
 * if there is none.
 */
static int
cmdqvRulesBusNumbersBelowAll(const GArray *numbers, guint expander)
{
    int lowest = CMDQV_BUS_NUMBERS;
    int others = 1;
    guint i;

    for (i = 0; i < numbers->len; i++) {
        const cmdqvBusNumbers *own = &g_array_index(numbers, cmdqvBusNumbers, i);

        if (own->first > 0)
            lowest = MIN(lowest, own->fit);
        else if (own->first == 0)
            others = MAX(others, own->need);
    }
    lowest -= g_array_index(numbers, cmdqvBusNumbers, expander).need;
    return lowest >= others ? lowest : CMDQV_NONE;
}


/* The expander before this one that has its number; NULL if there is none. */
static const cmdqvBus *
cmdqvRulesBusNumbersSame(const cmdqvTopology *topology, guint expander)
{
    int busNr = g_array_index(topology->buses, cmdqvBus, expander).busNr;
    guint i;

    for (i = 0; i < expander; i++) {
        const cmdqvBus *other = &g_array_index(topology->buses, cmdqvBus, i);

        if (other->model == CMDQV_BUS_PCIE_EXPANDER && other->busNr == busNr)
            return other;
    }
    return NULL;
}


/* QEMU itself accepts 0 and 255, so the range is only for XML. */
static void
cmdqvRulesBusNumbersCheckOwn(const cmdqvRuleRun *run)
{
    g_autoptr(GArray) numbers = cmdqvRuleFirstAccel(run) != CMDQV_NONE ? cmdqvBusNumbersRead(run->topology) : NULL;
    guint i;

    for (i = 0; numbers && i < numbers->len; i++) {
        const cmdqvBus *bus = &g_array_index(run->topology->buses, cmdqvBus, i);
        g_autofree char *advice = NULL;
        const cmdqvBus *same;
        int below;

        if (bus->model != CMDQV_BUS_PCIE_EXPANDER || bus->busNr == CMDQV_NONE)
            continue;
        below = cmdqvRulesBusNumbersBelowAll(numbers, i);
        advice = below == CMDQV_NONE ? g_strdup("give it another number") : g_strdup_printf("write <target busNr='%d'/> in it", below);
        same = cmdqvRulesBusNumbersSame(run->topology, i);
        if (bus->line != CMDQV_NONE && (bus->busNr < 1 || bus->busNr > CMDQV_RULES_BUS_NUMBERS_MAX))
            cmdqvFindingAddBus(run, i, "libvirt refuses busNr %d, because it is not from 1 to %d; %s", bus->busNr, CMDQV_RULES_BUS_NUMBERS_MAX,
                               advice);
        else if (same)
            cmdqvFindingAddBus(run, i, "bus '%s' has busNr %d too, and QEMU refuses a number twice; %s", same->name ? same->name : "",
                               bus->busNr, advice);
    }
}


const cmdqvRule cmdqvRulesBusNumbers[] = {
    {
        .identifier = "root-needs-own-bus-number",
        .summary = "each pcie-expander-bus must have a busNr of its own, from 1 to 254",
        .reason = "The busNr is the number of the root's own bus in the guest. libvirt defines a domain with the same number twice, and QEMU "
                  "does not start it: Bus 128 is already in use. libvirt refuses a number that is not from 1 to 254.",
        .fix = "Change the busNr of one of them, so that each has a number for each bus behind it, or remove it: then libvirt chooses one.",
        .example = CMDQV_RULES_BUS_NUMBERS_TWO_ROOTS,
        .check = cmdqvRulesBusNumbersCheckOwn,
    },
    {
        .identifier = "last-root-needs-bus-numbers",
        .summary = "the buses behind the last PCIe root must have numbers up to 255",
        .reason = "The guest's firmware gives a number to each bus behind a root: to each port, both sides of a switch, and each bridge. It "
                  "counts up from the root's busNr, and 255 is the last number. If there are not enough numbers, it gives up PCI: the guest "
                  "finds no disk and does not boot. An expander without busNr gets 254 from libvirt, with room for one port.",
        .fix = "Give the <target> of the pcie-expander-bus a busNr that leaves a number for each bus behind it.",
        .example = CMDQV_RULE_EXAMPLE_EXPANDER("1", "253") "\n"
                   CMDQV_RULE_EXAMPLE_PORT("2", "1", "0") "\n"
                   CMDQV_RULE_EXAMPLE_PORT("3", "1", "1"),
        .check = cmdqvRulesBusNumbersCheckLastNumbers,
    },
    {
        .identifier = "root-wants-bus-numbers",
        .level = CMDQV_RULE_WARNING,
        .summary = "the buses behind each PCIe root should have numbers below that of the next root",
        .reason = "A root has the bus numbers from its own busNr up to the one before that of the next root, and pcie.0 has those below the "
                  "first expander. A port without a number stays closed: the guest does not see its device. The firmware (edk2) then "
                  "configures no PCI device at all, so the guest boots only if QEMU gets the guest's kernel directly.",
        .fix = "Choose each busNr so that there are enough numbers below the next busNr for all buses behind it.",
        .example = CMDQV_RULES_BUS_NUMBERS_TWO_ROOTS,
        .needsPlaces = true,
        .check = cmdqvRulesBusNumbersCheckNumbers,
    },
    { .identifier = NULL },
};
