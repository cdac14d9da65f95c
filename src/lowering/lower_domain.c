/*
 * lower_domain.c: lower one domain for a libvirt without CMDQV
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * record.h describes the result. Changes only the parts of the text that need
 * it; lift_domain.c reverses the changes.
 */

#include "lowering/lower_domain.h"

#include <string.h>

#include "conf/domain_xml.h"
#include "conf/topology_defaults.h"
#include "lowering/lower.h"
#include "lowering/lower_priv.h"
#include "lowering/record.h"
#include "qemu/argv_write.h"
#include "util/error.h"


static void
cmdqvLowerWorkClear(cmdqvLowerWork *lowering)
{
    g_clear_pointer(&lowering->topology, cmdqvTopologyFree);
    cmdqvLowerNumbersClear(&lowering->numbers);
    g_clear_pointer(&lowering->buses, g_hash_table_unref);
    g_clear_pointer(&lowering->arguments, g_ptr_array_unref);
    g_clear_pointer(&lowering->iommufd, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvLowerWork, cmdqvLowerWorkClear)


/* libvirt's id of its iommufd object, which the user's own devices may name, unless an object of the user's has it. */
static char *
cmdqvLowerChooseIommufd(const xmlNode *domain)
{
    const xmlNode *commandline = cmdqvXMLEditChildNs(domain, "commandline", CMDQV_XML_EDIT_QEMU_NAMESPACE);
    guint number;
    xmlNode *arg;

    for (number = 0;; number++) {
        g_autofree char *id = number == 0 ? g_strdup(CMDQV_TOPOLOGY_DEFAULTS_IOMMUFD_ID) : g_strdup_printf("iommufd%u", number);
        const char *option = NULL;
        bool taken = false;

        for (arg = commandline ? cmdqvXMLEditNextElement(commandline, NULL) : NULL; arg && !taken;
             arg = cmdqvXMLEditNextElement(commandline, arg)) {
            const char *value = cmdqvXMLReadAttr(arg, "value");

            if (!cmdqvXMLEditIsNs(arg, "arg", CMDQV_XML_EDIT_QEMU_NAMESPACE))
                continue;
            taken = option && value && g_str_has_suffix(option, "-object") && strstr(value, id);
            option = value;
        }
        if (!taken)
            return g_steal_pointer(&id);
    }
}


/* libvirt keeps at most one <iommu>, and names it as the first. */
static void
cmdqvLowerNameSmmus(cmdqvTopology *topology)
{
    guint i;

    for (i = 0; i < topology->smmus->len && topology->virtioIommu != CMDQV_NONE; i++) {
        cmdqvSmmu *smmu = &g_array_index(topology->smmus, cmdqvSmmu, i);

        if (!cmdqvAliasIsUsers(smmu->id))
            smmu->id = cmdqvTopologyFormat(topology, "iommu%u", i + 1);
    }
}


/* Maps each index to its bus; lift.c finds shadows by them. libvirt refuses a domain with a duplicate index. */
static bool
cmdqvLowerFindBuses(cmdqvLowerWork *lowering, GError **error)
{
    guint i;

    lowering->buses = g_hash_table_new(NULL, NULL);
    for (i = 0; i < lowering->topology->buses->len; i++) {
        int bus = cmdqvLowerBus(lowering, i)->index;

        if (!g_hash_table_insert(lowering->buses, GINT_TO_POINTER(bus), GINT_TO_POINTER((int)i + 1)) && bus != CMDQV_NONE)
            return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "two PCI controllers have the index %d; give one of them another",
                                 bus);
    }
    return true;
}


/* libvirt refuses a domain with a duplicate alias, but does not see those that lowering moves into arguments. */
static bool
cmdqvLowerAreAliasesUnique(const cmdqvLowerWork *lowering, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    const xmlNode *node = NULL;

    while ((node = cmdqvXMLReadNextDevice(lowering->domain, node))) {
        const char *name = cmdqvXMLReadAttr(cmdqvXMLReadChild(node, "alias"), "name");

        if (cmdqvAliasIsUsers(name) && !g_hash_table_add(seen, (gpointer)name))
            return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "two devices have the alias '%s'; give one of them another", name);
    }
    return true;
}


/* QEMU knows a controller by its user alias, which must not be the id of another lowered controller. */
static bool
cmdqvLowerCheckAliases(const cmdqvLowerWork *lowering, GError **error)
{
    guint i;
    guint j;

    for (i = 0; i < lowering->topology->buses->len; i++) {
        const char *name = cmdqvLowerBus(lowering, i)->name;

        for (j = 0; name && g_str_has_prefix(name, CMDQV_RECORD_ALIAS_PREFIX) && j < lowering->topology->buses->len; j++) {
            g_autofree char *taken = cmdqvRecordBusAlias(cmdqvLowerBus(lowering, j)->index);

            if (j != i && strcmp(name, taken) == 0)
                return cmdqvErrorSet(error, CMDQV_ERROR_INVALID, "PCI controller %d has the alias '%s', which libvirt-cmdqv "
                                     "gives to PCI controller %d; give it another alias", cmdqvLowerBus(lowering, i)->index,
                                     name, cmdqvLowerBus(lowering, j)->index);
        }
    }
    return true;
}


static bool
cmdqvLowerWorkInit(cmdqvLowerWork *lowering, xmlNode *domain, const cmdqvEmulatorCaps *target, bool again, GError **error)
{
    *lowering = (cmdqvLowerWork){ .domain = domain, .target = target };
    lowering->topology = cmdqvDomainXMLReadNode(domain, error);
    if (!lowering->topology)
        return false;

    cmdqvTopologyDefaultsFill(lowering->topology);
    cmdqvLowerNameSmmus(lowering->topology);
    lowering->arguments = g_ptr_array_new_with_free_func((GDestroyNotify)cmdqvArgumentFree);
    lowering->iommufd = cmdqvLowerChooseIommufd(domain);
    return cmdqvLowerNumbersTake(&lowering->numbers, lowering->topology, again ? NULL : domain, error);
}


/* Adds the record, and <metadata> if there is none. */
static void
cmdqvLowerAddRecord(cmdqvLowerWork *lowering)
{
    xmlNode *metadata = cmdqvXMLReadChild(lowering->domain, "metadata");
    xmlNode *first = metadata ? metadata->children : NULL;
    bool made = !metadata;

    if (made)
        metadata = cmdqvXMLEditAdd(lowering->domain, "metadata");
    lowering->record = cmdqvXMLEditAddNs(metadata, CMDQV_RECORD_ELEMENT, CMDQV_RECORD_NAMESPACE, CMDQV_RECORD_PREFIX);
    /* libvirt keeps the first of a namespace (virXMLNodeSanitizeNamespaces(), src/util/virxml.c) */
    if (first)
        cmdqvXMLEditMoveBefore(first, lowering->record);
    if (made)
        cmdqvXMLEditSet(lowering->record, "metadata", "made");
    if (xmlSearchNsByHref(lowering->domain->doc, lowering->domain, BAD_CAST CMDQV_XML_EDIT_QEMU_NAMESPACE))
        cmdqvXMLEditSet(lowering->record, "namespace", "declared");
    cmdqvXMLEditSet(lowering->record, "iommufd", lowering->iommufd);
    cmdqvXMLEditSetNumber(lowering->record, "arguments", lowering->arguments->len);
}


/* libvirt keeps the controller as a shadow of the one that QEMU gets from the arguments. */
static void
cmdqvLowerController(cmdqvLowerWork *lowering, xmlNode *node, guint bus)
{
    const cmdqvBus *meant = cmdqvLowerBus(lowering, bus);
    const char *number = cmdqvRecordNumberName(cmdqvXMLReadAttr(node, "model"));
    int own = meant->model == CMDQV_BUS_PCIE_EXPANDER ? meant->busNr : meant->chassis;
    g_autofree char *alias = cmdqvRecordBusAlias(meant->index);
    xmlNode *row = cmdqvRecordAddRow(lowering->record, CMDQV_RECORD_BUS);

    cmdqvXMLEditSetNumber(row, "index", (unsigned int)meant->index);
    cmdqvXMLEditSet(row, "id", meant->name);
    if (number)
        cmdqvXMLEditSetNumber(row, "number", (unsigned int)own);
    cmdqvXMLEditKeep(row, node);

    if (number)
        cmdqvXMLEditSetNumber(cmdqvXMLEditEnsure(node, "target"), number,
                              (unsigned int)g_array_index(lowering->numbers.shadow, int, bus));
    cmdqvXMLEditSet(cmdqvXMLEditEnsure(node, "alias"), "name", alias);
}


/* Numbers an expander, because libvirt would count down from the shadows. It may have no index: @place is among the PCI controllers. */
static void
cmdqvLowerNumberExpander(cmdqvLowerWork *lowering, xmlNode *node, guint bus, guint place)
{
    const cmdqvBus *meant = cmdqvLowerBus(lowering, bus);
    const xmlNode *target = cmdqvXMLReadChild(node, "target");
    xmlNode *row;

    if (meant->model != CMDQV_BUS_PCIE_EXPANDER || meant->busNr == CMDQV_NONE || (target && cmdqvXMLReadAttr(target, "busNr")))
        return;
    row = cmdqvRecordAddRow(lowering->record, CMDQV_RECORD_EXPANDER);
    cmdqvXMLEditSetNumber(row, "place", place);
    cmdqvXMLEditKeep(row, node);
    cmdqvXMLEditSetNumber(cmdqvXMLEditEnsure(node, "target"), "busNr", (unsigned int)meant->busNr);
}


static void
cmdqvLowerSmmu(cmdqvLowerWork *lowering, xmlNode *node, guint smmu, guint number)
{
    g_autofree char *mark = g_strdup_printf(CMDQV_RECORD_SMMU_COMMENT "%u", number);
    xmlNode *row = cmdqvRecordAddRow(lowering->record, CMDQV_RECORD_SMMU);

    cmdqvXMLEditSet(row, "id", g_array_index(lowering->topology->smmus, cmdqvSmmu, smmu).id);
    cmdqvXMLEditKeep(row, node);
    cmdqvXMLEditComment(node, mark);
}


/* Lowers all <devices> in the order of the text, which is that of the SMMUs in the topology. */
static bool
cmdqvLowerAllDevices(cmdqvLowerWork *lowering, GError **error)
{
    xmlNode *node = cmdqvXMLReadNextDevice(lowering->domain, NULL);
    guint controllers = 0;
    guint smmus = 0;
    guint lowered = 0;

    while (node) {
        xmlNode *next = cmdqvXMLReadNextDevice(lowering->domain, node);

        if (cmdqvXMLReadIsPCIController(node)) {
            guint place = controllers++;
            int bus = cmdqvTopologyFindBusPlace(lowering->topology, place);

            if (bus != CMDQV_NONE && cmdqvLowerIsMoved(lowering->topology, (guint)bus))
                cmdqvLowerController(lowering, node, (guint)bus);
            else if (bus != CMDQV_NONE)
                cmdqvLowerNumberExpander(lowering, node, (guint)bus, place);
        } else if (cmdqvXMLReadIsOf(node, "iommu", "model", "smmuv3")) {
            if (g_array_index(lowering->topology->smmus, cmdqvSmmu, smmus++).busIndex != CMDQV_NONE)
                cmdqvLowerSmmu(lowering, node, smmus - 1, lowered++);
        } else if (!cmdqvLowerDevice(lowering, node, error)) {
            return false;
        }
        node = next;
    }
    return true;
}


static void
cmdqvLowerMachine(cmdqvLowerWork *lowering)
{
    xmlNode *iommufd = cmdqvXMLReadChild(lowering->domain, "iommufd");
    xmlNode *row = iommufd ? cmdqvRecordAddRow(lowering->record, CMDQV_RECORD_MACHINE) : NULL;

    if (!iommufd)
        return;
    cmdqvXMLEditKeep(row, iommufd);
    cmdqvXMLEditComment(iommufd, CMDQV_RECORD_IOMMUFD_COMMENT);
}


/**
 * cmdqvLowerDomain:
 * @domain: a <domain> that is not lowered
 * @target: the capabilities of its emulator
 * @again: true to see only the result of an earlier lowering: this gives no
 *   numbers to shadows and no slot to a pxb-pcie, as none may be free
 * @changed: (out): true if it has lowered something, and else untouched
 * @error: if it cannot be lowered
 *
 * Returns: true, or false with @error set
 */
bool
cmdqvLowerDomain(xmlNode *domain, const cmdqvEmulatorCaps *target, bool again, bool *changed, GError **error)
{
    g_auto(cmdqvLowerWork) lowering = { .domain = NULL };

    cmdqvLowerJoinCommandlines(domain);
    if (!cmdqvLowerWorkInit(&lowering, domain, target, again, error))
        return false;
    if (!cmdqvTopologyHasSmmuBus(lowering.topology))
        return true;

    if (!cmdqvLowerFindBuses(&lowering, error) || !cmdqvLowerAreAliasesUnique(&lowering, error) ||
        !cmdqvLowerCheckAliases(&lowering, error) || !cmdqvLowerMakeArguments(&lowering, error))
        return false;
    cmdqvLowerAddRecord(&lowering);
    cmdqvLowerMachine(&lowering);
    if (!cmdqvLowerAllDevices(&lowering, error))
        return false;
    cmdqvLowerWriteArguments(&lowering);
    *changed = true;
    return true;
}
