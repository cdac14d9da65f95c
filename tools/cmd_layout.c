/*
 * cmd_layout.c: virt-cmdqv layout
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "asked_daemon.h"
#include "printed_text.h"
#include "virt_cmdqv.h"
#include "xml_source.h"
#include "conf/domain_xml.h"
#include "host/device_use.h"
#include "host/smmu_inventory.h"
#include "layout/layout.h"
#include "policy/definition.h"
#include "policy/rule_table.h"
#include "util/text.h"

/* The domain for a layout without one: complete, so the rules can check it, and for changes by hand. */
#define CMDQV_CMD_LAYOUT_SKELETON \
    "<domain type='kvm'>\n" \
    "  <name>cmdqv</name>\n" \
    "  <memory unit='GiB'>16</memory>\n" \
    "  <memoryBacking>\n" \
    "    <hugepages/>\n" \
    "  </memoryBacking>\n" \
    "  <vcpu>8</vcpu>\n" \
    "  <os firmware='efi'>\n" \
    "    <type arch='aarch64' machine='virt'>hvm</type>\n" \
    "  </os>\n" \
    "  <features>\n" \
    "    <acpi/>\n" \
    "    <gic version='3'/>\n" \
    "  </features>\n" \
    "  <cpu mode='host-passthrough'/>\n" \
    "  <devices>\n" \
    "    <controller type='pci' index='0' model='pcie-root'/>\n" \
    "    <memballoon model='none'/>\n" \
    "  </devices>\n" \
    "</domain>\n"

/* Not a valid number of ports. */
#define CMDQV_CMD_LAYOUT_SHAPES_OWN G_MININT

/** Options of the command line. */
typedef struct {
    const cmdqvToolOptions *options;
    GPtrArray *hostdevs;
    char *domain;
    char *from;
    char *shape;
    int sparePorts;             /* CMDQV_CMD_LAYOUT_SHAPES_OWN: the default of the shape */
    gboolean apply;
    gboolean yes;
    gboolean force;
} cmdqvCmdLayoutOptions;

/** The domain of the layout, and its source. */
typedef struct {
    virConnectPtr conn;         /* NULL without a daemon */
    cmdqvAskedDaemon asked;
    virDomainPtr domain;        /* NULL for a file or the skeleton */
    char *before;
    char *after;
} cmdqvCmdLayoutWork;


static void
cmdqvCmdLayoutWorkClear(cmdqvCmdLayoutWork *work)
{
    cmdqvAskedDaemonClear(&work->asked);
    g_clear_pointer(&work->domain, virDomainFree);
    g_clear_pointer(&work->conn, virConnectClose);
    g_free(work->before);
    g_free(work->after);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvCmdLayoutWork, cmdqvCmdLayoutWorkClear)


static char *
cmdqvCmdLayoutDefinition(virDomainPtr domain, unsigned int flags)
{
    g_autoptr(cmdqvTextMalloced) xml = virDomainGetXMLDesc(domain, flags | VIR_DOMAIN_XML_INACTIVE);

    return g_strdup(xml);
}


/* A daemon must be on this host, whose devices a layout uses. */
static bool
cmdqvCmdLayoutConnect(const cmdqvCmdLayoutOptions *layout, cmdqvCmdLayoutWork *work)
{
    if (layout->domain || layout->options->uri) {
        work->conn = cmdqvToolConnect(layout->options->uri, layout->apply ? 0 : VIR_CONNECT_RO);
        if (!work->conn)
            return false;
    }
    cmdqvAskedDaemonRead(&work->asked, layout->options, work->conn);
    if (work->asked.remote)
        (void)cmdqvToolTrouble("layout: the daemon is on another host; run 'virt-cmdqv layout' there");
    return !work->asked.remote;
}


static bool
cmdqvCmdLayoutReadDomain(const cmdqvCmdLayoutOptions *layout, cmdqvCmdLayoutWork *work)
{
    work->domain = virDomainLookupByName(work->conn, layout->domain);
    if (work->domain && layout->apply && virDomainIsPersistent(work->domain) == 0) {
        (void)cmdqvToolTrouble("domain '%s' is transient: it has no definition to change; without --apply the layout is "
                               "printed, to create the domain with it the next time", layout->domain);
        return false;
    }
    work->before = work->domain ? cmdqvCmdLayoutDefinition(work->domain, 0) : NULL;
    if (!work->before)
        (void)cmdqvToolTrouble("domain '%s': %s", layout->domain, cmdqvToolLastError());
    return work->before != NULL;
}


static bool
cmdqvCmdLayoutRead(const cmdqvCmdLayoutOptions *layout, cmdqvCmdLayoutWork *work)
{
    g_autoptr(GError) error = NULL;
    gsize len;
    bool ok = true;

    if (!cmdqvCmdLayoutConnect(layout, work))
        return false;
    if (layout->domain)
        return cmdqvCmdLayoutReadDomain(layout, work);
    if (!layout->from)
        work->before = g_strdup(CMDQV_CMD_LAYOUT_SKELETON);
    else
        ok = cmdqvXMLSourceReadFile(layout->from, &work->before, &len, &error);
    if (!ok)
        (void)cmdqvToolTrouble("%s: %s", layout->from, error->message);
    /* a NUL would silently end the text */
    else if (layout->from && strlen(work->before) != len)
        ok = cmdqvToolTrouble("%s: the XML has a NUL byte in it", layout->from) == CMDQV_EXIT_SUCCESS;
    return ok;
}


/*
 * A libvirt before CMDQV refuses <pcihole64> for the machine, and drops <acpi
 * nodeset=> of a hostdev; an unknown one is assumed to be later.
 */
static char *
cmdqvCmdLayoutCompute(const cmdqvCmdLayoutOptions *layout, const cmdqvCmdLayoutWork *work, const char *xml, GError **error)
{
    g_autoptr(GPtrArray) inventory = cmdqvSmmuInventoryRead(layout->options->root);
    cmdqvLayoutShape shape = cmdqvLayoutShapeFromString(layout->shape);
    const cmdqvLayoutRequest request = {
        .hostdevs = layout->hostdevs->len > 1 ? (const char *const *)layout->hostdevs->pdata : NULL,
        .shape = shape,
        .sparePorts = layout->sparePorts == CMDQV_CMD_LAYOUT_SHAPES_OWN ? cmdqvLayoutShapeSparePorts(shape) : (guint)layout->sparePorts,
        .ask = cmdqvSmmuInventoryTell,
        .data = inventory,
        .knowsGrace = work->asked.version == 0 || work->asked.version >= CMDQV_RULE_LIBVIRT_WITH_CMDQV,
    };

    return cmdqvLayoutDomain(xml, &request, error);
}


/* Whether a definition has a device of the host. */
static bool
cmdqvCmdLayoutHas(const cmdqvTopology *topology, const cmdqvPCIAddress *host)
{
    guint i;

    for (i = 0; topology && i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);

        if (endpoint->hasHost && cmdqvPCIAddressEqual(&endpoint->host, host))
            return true;
    }
    return false;
}


/* With managed='yes' libvirt only detaches the devices of the domain from their host drivers. */
static void
cmdqvCmdLayoutWarnOfGroups(const cmdqvCmdLayoutOptions *layout, const cmdqvTopology *topology)
{
    g_autoptr(GPtrArray) inventory = cmdqvSmmuInventoryRead(layout->options->root);
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);
        char address[CMDQV_PCI_ADDRESS_LEN];
        const cmdqvHostDevice *device = endpoint->hasHost
            ? cmdqvSmmuInventoryFind(inventory, cmdqvPCIAddressFormat(&endpoint->host, address), NULL) : NULL;
        const cmdqvHostDevice *rival = device ? cmdqvSmmuInventoryRival(inventory, device) : NULL;
        cmdqvPCIAddress host;

        if (rival && !(cmdqvPCIAddressParse(rival->address, &host) && cmdqvCmdLayoutHas(topology, &host)))
            (void)cmdqvToolTrouble("warning: device '%s' shares IOMMU group %s with '%s', which driver '%s' of the host has: VFIO "
                                   "gives it to no guest meanwhile; give both to the domain, or bind that one to vfio-pci",
                                   device->address, device->group, rival->address, rival->driver);
    }
}


/* Why the host should keep a device, or the domain should not have both it and its parent; NULL if there is no reason. */
static char *
cmdqvCmdLayoutFindUse(const cmdqvCmdLayoutOptions *layout, const cmdqvTopology *before, const cmdqvTopology *topology,
                      const cmdqvPCIAddress *host)
{
    char device[CMDQV_PCI_ADDRESS_LEN];
    g_autofree char *parent = cmdqvDeviceUseParent(layout->options->root, cmdqvPCIAddressFormat(host, device));
    bool had = cmdqvCmdLayoutHas(before, host);
    g_autofree char *use = had ? NULL : cmdqvDeviceUseFind(layout->options->root, device);
    cmdqvPCIAddress address;

    if (use)
        return g_strdup_printf("the host uses device '%s': %s; stop that use, or add --force", device, use);
    if (parent && cmdqvPCIAddressParse(parent, &address) && cmdqvCmdLayoutHas(topology, &address) &&
        !(had && cmdqvCmdLayoutHas(before, &address)))
        return g_strdup_printf("device '%s' is a virtual function of '%s', which the domain gets too: a guest that gets the physical "
                               "function removes its virtual functions; remove one of both, or add --force", device, parent);
    return NULL;
}


/* Checks the devices that the layout adds: the manager of the domain is responsible for the devices that it had. */
static bool
cmdqvCmdLayoutCheckUse(const cmdqvCmdLayoutOptions *layout, const cmdqvCmdLayoutWork *work, const cmdqvTopology *topology)
{
    g_autoptr(cmdqvTopology) before = cmdqvDomainXMLRead(work->before, strlen(work->before), NULL);
    bool free = true;
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);
        g_autofree char *use = endpoint->hasHost ? cmdqvCmdLayoutFindUse(layout, before, topology, &endpoint->host) : NULL;

        if (!use)
            continue;
        (void)cmdqvToolTrouble("%s: %s", layout->force ? "warning" : "refused", use);
        free = false;
    }
    return free || layout->force;
}


/* Checks the rules for the result, as for any definition; the layout does not repair other faults. */
static int
cmdqvCmdLayoutJudge(const cmdqvCmdLayoutOptions *layout, const cmdqvCmdLayoutWork *work)
{
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GError) error = NULL;
    guint i;

    if (!cmdqvAskedDaemonJudge(&work->asked, layout->apply, work->after, strlen(work->after), &definition, &error))
        return cmdqvToolTrouble("layout: %s", error->message);
    for (i = 0; i < definition.findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(definition.findings, i);

        (void)cmdqvToolTrouble("%s: %s [%s]", finding->level == CMDQV_RULE_ERROR ? "refused" : "warning", finding->message,
                               finding->rule->identifier);
    }
    cmdqvCmdLayoutWarnOfGroups(layout, definition.topology);
    if (!cmdqvCmdLayoutCheckUse(layout, work, definition.topology))
        return CMDQV_EXIT_REFUSED;
    return cmdqvRuleTableErrors(definition.findings) > 0 ? CMDQV_EXIT_REFUSED : CMDQV_EXIT_SUCCESS;
}


/* Prints the changes in the unified format of diff(1). */
static bool
cmdqvCmdLayoutPrintDiff(const cmdqvCmdLayoutWork *work, GError **error)
{
    g_autofree char *folder = g_dir_make_tmp("virt-cmdqv-XXXXXX", error);
    g_autofree char *before = folder ? g_build_filename(folder, "before", NULL) : NULL;
    g_autofree char *after = folder ? g_build_filename(folder, "after", NULL) : NULL;
    char *argv[] = { (char *)"diff", (char *)"-u", (char *)"--label", (char *)"before", (char *)"--label", (char *)"after", before,
                     after, NULL };
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    gsize i;
    bool ok;

    if (!folder)
        return false;
    ok = g_file_set_contents(before, work->before, -1, error) && g_file_set_contents(after, work->after, -1, error) &&
        g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, &text, NULL, NULL, error);
    lines = text ? g_strsplit(text, "\n", -1) : NULL;
    for (i = 0; lines && lines[i] && (*lines[i] || lines[i + 1]); i++)
        cmdqvToolPrintLine("%s", lines[i]);
    (void)g_unlink(before);
    (void)g_unlink(after);
    (void)g_rmdir(folder);
    return ok;
}


static bool
cmdqvCmdLayoutConfirm(const cmdqvCmdLayoutOptions *layout)
{
    g_autofree char *name = NULL;
    g_autofree char *word = NULL;
    char answer[64] = "";

    if (layout->yes)
        return true;
    if (!isatty(STDIN_FILENO)) {
        (void)cmdqvToolTrouble("layout: --apply asks first, and there is no terminal; add --yes");
        return false;
    }
    name = cmdqvTextOneLine(layout->domain);
    (void)fprintf(stderr, "Make this the definition of domain '%s'? [y/N] ", name);
    word = g_ascii_strdown(fgets(answer, sizeof(answer), stdin) ? g_strstrip(answer) : "", -1);
    if (strcmp(word, "y") == 0 || strcmp(word, "yes") == 0)
        return true;
    (void)cmdqvToolTrouble("layout: the definition of domain '%s' stays as it is", layout->domain);
    return false;
}


/*
 * The XML to show has no passwords, and the XML to define has them. Makes a
 * layout of both, with the same result, and checks that the definition did not
 * change in between.
 */
static int
cmdqvCmdLayoutDefine(const cmdqvCmdLayoutOptions *layout, const cmdqvCmdLayoutWork *work)
{
    g_autofree char *shown = cmdqvCmdLayoutDefinition(work->domain, 0);
    g_autofree char *secure = cmdqvCmdLayoutDefinition(work->domain, VIR_DOMAIN_XML_SECURE);
    g_autoptr(GError) error = NULL;
    g_autofree char *laid = secure ? cmdqvCmdLayoutCompute(layout, work, secure, &error) : NULL;
    g_autoptr(virDomain) defined = NULL;

    if (error)
        return cmdqvToolTrouble("domain '%s': %s", layout->domain, error->message);
    if (laid && g_strcmp0(shown, work->before) != 0)
        return cmdqvToolTrouble("domain '%s': its definition changed meanwhile; run the command again", layout->domain);
    defined = laid ? virDomainDefineXMLFlags(work->conn, laid, VIR_DOMAIN_DEFINE_VALIDATE) : NULL;
    if (!defined)
        return cmdqvToolTrouble("domain '%s': %s", layout->domain, cmdqvToolLastError());
    cmdqvToolPrintLine("The definition of domain '%s' has the layout%s.", layout->domain,
                       virDomainIsActive(work->domain) == 1 ? ", for its next start" : "");
    return CMDQV_EXIT_SUCCESS;
}


static int
cmdqvCmdLayoutApply(const cmdqvCmdLayoutOptions *layout, const cmdqvCmdLayoutWork *work)
{
    g_autoptr(GError) error = NULL;

    if (strcmp(work->before, work->after) == 0) {
        cmdqvToolPrintLine("The definition of domain '%s' has the layout already.", layout->domain);
        return CMDQV_EXIT_SUCCESS;
    }
    if (!cmdqvCmdLayoutPrintDiff(work, &error))
        return cmdqvToolTrouble("layout: cannot show the changes: %s", error->message);
    return cmdqvCmdLayoutConfirm(layout) ? cmdqvCmdLayoutDefine(layout, work) : CMDQV_EXIT_TROUBLE;
}


static int
cmdqvCmdLayoutWorkOn(const cmdqvCmdLayoutOptions *layout, cmdqvCmdLayoutWork *work)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *printed = NULL;
    int status;

    if (!cmdqvCmdLayoutRead(layout, work))
        return CMDQV_EXIT_TROUBLE;
    work->after = cmdqvCmdLayoutCompute(layout, work, work->before, &error);
    if (!work->after)
        return cmdqvToolTrouble("layout: %s", error->message);
    status = cmdqvCmdLayoutJudge(layout, work);
    if (status != CMDQV_EXIT_SUCCESS)
        return status;
    if (layout->apply)
        return cmdqvCmdLayoutApply(layout, work);
    printed = cmdqvPrintedTextXml(work->after);
    (void)printf("%s", printed);
    return CMDQV_EXIT_SUCCESS;
}


/* A message about options that contradict each other; NULL if none do. */
static const char *
cmdqvCmdLayoutMisuse(const cmdqvCmdLayoutOptions *layout)
{
    if (layout->domain && layout->from)
        return "--domain and --from exclude each other";
    if (layout->apply && !layout->domain)
        return "--apply needs --domain";
    if (layout->yes && !layout->apply)
        return "--yes needs --apply";
    if (layout->hostdevs->len == 1 && !layout->domain && !layout->from)
        return "name a device with --hostdev, or a domain that has some";
    if (cmdqvLayoutShapeFromString(layout->shape) == CMDQV_LAYOUT_LAST)
        return "give --shape one of libvirt, kubevirt and nova";
    if (layout->sparePorts > CMDQV_LAYOUT_MAX_SPARE)
        return "give --spare-ports at most " G_STRINGIFY(CMDQV_LAYOUT_MAX_SPARE);
    if (layout->sparePorts < 0 && layout->sparePorts != CMDQV_CMD_LAYOUT_SHAPES_OWN)
        return "give --spare-ports a number of ports";
    return NULL;
}


static int
cmdqvCmdLayoutRun(const cmdqvToolOptions *options, int argc, char **argv)
{
    g_auto(GStrv) hostdevs = NULL;
    g_autofree char *domain = NULL;
    g_autofree char *from = NULL;
    g_autofree char *shape = NULL;
    cmdqvCmdLayoutOptions layout = { .options = options, .sparePorts = CMDQV_CMD_LAYOUT_SHAPES_OWN };
    const GOptionEntry entries[] = {
        { .long_name = "hostdev", .arg = G_OPTION_ARG_STRING_ARRAY, .arg_data = &hostdevs,
          .description = "PCI address of a device of the host; more addresses may follow", .arg_description = "ADDR" },
        { .long_name = "domain", .short_name = 'd', .arg = G_OPTION_ARG_FILENAME, .arg_data = &domain,
          .description = "Use the definition of a domain", .arg_description = "NAME" },
        { .long_name = "from", .arg = G_OPTION_ARG_FILENAME, .arg_data = &from,
          .description = "Use the domain in a file, or from standard input (-)", .arg_description = "FILE" },
        { .long_name = "shape", .arg = G_OPTION_ARG_STRING, .arg_data = &shape,
          .description = "libvirt, kubevirt or nova", .arg_description = "SHAPE" },
        { .long_name = "spare-ports", .arg = G_OPTION_ARG_INT, .arg_data = &layout.sparePorts,
          .description = "Free ports behind each new vSMMU", .arg_description = "N" },
        { .long_name = "apply", .arg = G_OPTION_ARG_NONE, .arg_data = &layout.apply,
          .description = "Show the changes, ask you, and define the domain" },
        { .long_name = "yes", .arg = G_OPTION_ARG_NONE, .arg_data = &layout.yes, .description = "Do not ask" },
        { .long_name = "force", .arg = G_OPTION_ARG_NONE, .arg_data = &layout.force, .description = "Also take devices that the host uses" },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(GPtrArray) wanted = g_ptr_array_new();
    g_auto(cmdqvCmdLayoutWork) work = { .conn = NULL };
    const char *misuse;
    int status;
    int i;

    if (!cmdqvToolParse(&cmdqvCmdLayout, entries, &argc, &argv, &status))
        return status;
    for (i = 0; hostdevs && hostdevs[i]; i++)
        g_ptr_array_add(wanted, hostdevs[i]);
    for (i = 1; i < argc; i++)
        g_ptr_array_add(wanted, argv[i]);
    g_ptr_array_add(wanted, NULL);
    layout.hostdevs = wanted;
    layout.domain = domain;
    layout.from = from;
    layout.shape = shape ? shape : (char *)cmdqvLayoutShapeToString(CMDQV_LAYOUT_LIBVIRT);

    misuse = cmdqvCmdLayoutMisuse(&layout);
    if (misuse)
        return cmdqvToolUsage(&cmdqvCmdLayout, misuse);
    return cmdqvCmdLayoutWorkOn(&layout, &work);
}


const cmdqvToolCommand cmdqvCmdLayout = {
    .name = "layout",
    .arguments = "[--hostdev ADDR...] [--domain NAME [--apply [--yes]]|--from FILE|-] [--shape SHAPE] [--spare-ports N] [--force]",
    .summary = "Puts devices of the host behind vSMMUs with CMDQV, a vSMMU for each host SMMU, and prints the domain.",
    .example = "layout --domain guest1 --hostdev 0009:01:00.0 --apply",
    .run = cmdqvCmdLayoutRun,
};
