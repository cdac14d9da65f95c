/*
 * cmd_layout.c: virt-cmdqv layout
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "host/smmu_inventory.h"
#include "policy/definition.h"
#include "layout/layout.h"
#include "policy/rule_table.h"
#include "asked_daemon.h"
#include "xml_source.h"
#include "virt_cmdqv.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(char, free)

/* What is laid out where no domain is named: complete, so that it can be judged, and to be changed by hand. */
#define CMDQV_LAYOUT_SKELETON \
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

/* No number of ports that anybody could ask for. */
#define CMDQV_LAYOUT_SHAPES_OWN G_MININT

/** What the command line says. */
typedef struct {
    const cmdqvToolOptions *options;
    GPtrArray *hostdevs;
    char *domain;
    char *from;
    char *shape;
    int sparePorts;             /* CMDQV_LAYOUT_SHAPES_OWN: what the shape has */
    gboolean apply;
    gboolean yes;
} cmdqvLayoutOptions;

/** What is laid out, and where it came from. */
typedef struct {
    virConnectPtr conn;         /* NULL without a daemon */
    virDomainPtr domain;        /* NULL for a file or the skeleton */
    char *before;
    char *after;
} cmdqvLayoutWork;


static void
cmdqvLayoutWorkClear(cmdqvLayoutWork *work)
{
    if (work->domain)
        virDomainFree(work->domain);
    if (work->conn)
        virConnectClose(work->conn);
    g_free(work->before);
    g_free(work->after);
}


static char *
cmdqvLayoutDefinition(virDomainPtr domain, unsigned int flags)
{
    g_autoptr(char) xml = virDomainGetXMLDesc(domain, flags | VIR_DOMAIN_XML_INACTIVE);

    return g_strdup(xml);
}


/* The devices are those of this host. */
static bool
cmdqvLayoutIsHere(virConnectPtr conn)
{
    if (!cmdqvOlderIsElsewhere(conn))
        return true;
    (void)cmdqvToolTrouble("layout: the daemon is on another host; run 'virt-cmdqv layout' there");
    return false;
}


static bool
cmdqvLayoutReadDomain(const cmdqvLayoutOptions *layout, cmdqvLayoutWork *work)
{
    g_autofree char *reason = NULL;

    work->conn = cmdqvToolConnect(layout->options->uri, layout->apply ? 0 : VIR_CONNECT_RO);
    if (!work->conn || !cmdqvLayoutIsHere(work->conn))
        return false;
    work->domain = virDomainLookupByName(work->conn, layout->domain);
    if (work->domain && layout->apply && virDomainIsPersistent(work->domain) == 0) {
        (void)cmdqvToolTrouble("domain '%s' is transient: it has no definition that could be laid out; without --apply the layout is "
                               "printed, to create the domain with it the next time", layout->domain);
        return false;
    }
    work->before = work->domain ? cmdqvLayoutDefinition(work->domain, 0) : NULL;
    if (work->before)
        return true;
    reason = cmdqvToolLastError();
    (void)cmdqvToolTrouble("domain '%s': %s", layout->domain, reason);
    return false;
}


static bool
cmdqvLayoutRead(const cmdqvLayoutOptions *layout, cmdqvLayoutWork *work)
{
    g_autoptr(GError) error = NULL;
    gsize len;
    bool ok = true;

    if (layout->domain)
        return cmdqvLayoutReadDomain(layout, work);
    if (layout->options->uri) {
        work->conn = cmdqvToolConnect(layout->options->uri, VIR_CONNECT_RO);
        if (!work->conn || !cmdqvLayoutIsHere(work->conn))
            return false;
    }
    if (!layout->from)
        work->before = g_strdup(CMDQV_LAYOUT_SKELETON);
    else
        ok = cmdqvSourceReadFile(layout->from, &work->before, &len, &error);
    if (!ok)
        (void)cmdqvToolTrouble("%s: %s", layout->from, error->message);
    /* a domain that ends before the text does would be laid out without a word of the rest */
    else if (layout->from && strlen(work->before) != len)
        ok = cmdqvToolTrouble("%s: the XML has a NUL byte in it", layout->from) == CMDQV_EXIT_SOUND;
    return ok;
}


/*
 * A libvirt from before CMDQV refuses <pcihole64> for the machine, and drops <acpi nodeset=> of a hostdev; one that is not
 * asked is taken for a newer one.
 */
static bool
cmdqvLayoutKnowsGrace(virConnectPtr conn)
{
    unsigned long version = CMDQV_OLDER_LIBVIRT;

    if (conn)
        (void)virConnectGetLibVersion(conn, &version);
    return version >= CMDQV_OLDER_LIBVIRT;
}


static char *
cmdqvLayoutCompute(const cmdqvLayoutOptions *layout, virConnectPtr conn, const char *xml, GError **error)
{
    g_autoptr(GPtrArray) inventory = cmdqvInventoryRead(layout->options->root);
    cmdqvLayoutShape shape = cmdqvLayoutShapeFromString(layout->shape);
    const cmdqvLayoutRequest request = {
        layout->hostdevs->len > 1 ? (const char *const *)layout->hostdevs->pdata : NULL, shape,
        layout->sparePorts == CMDQV_LAYOUT_SHAPES_OWN ? cmdqvLayoutShapeSparePorts(shape) : (guint)layout->sparePorts, cmdqvInventoryTell, inventory,
        cmdqvLayoutKnowsGrace(conn)
    };

    return cmdqvLayoutDomain(xml, &request, error);
}


/* With managed='yes' libvirt takes those from the host that the domain gets, and no others. */
static void
cmdqvLayoutWarnOfGroups(const cmdqvLayoutOptions *layout, const cmdqvTopology *topology)
{
    g_autoptr(GPtrArray) inventory = cmdqvInventoryRead(layout->options->root);
    g_autoptr(GHashTable) given = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint i;

    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);
        char address[CMDQV_PCI_ADDRESS_LEN];

        if (endpoint->hasHost)
            (void)g_hash_table_add(given, g_strdup(cmdqvPCIAddressFormat(&endpoint->host, address)));
    }
    for (i = 0; i < topology->endpoints->len; i++) {
        const cmdqvEndpoint *endpoint = &g_array_index(topology->endpoints, cmdqvEndpoint, i);
        char address[CMDQV_PCI_ADDRESS_LEN];
        const cmdqvHostDevice *device = endpoint->hasHost
            ? cmdqvInventoryFind(inventory, cmdqvPCIAddressFormat(&endpoint->host, address), NULL) : NULL;
        const cmdqvHostDevice *rival = device ? cmdqvInventoryRival(inventory, device) : NULL;

        if (rival && !g_hash_table_contains(given, rival->address))
            (void)cmdqvToolTrouble("warning: device '%s' shares IOMMU group %s with '%s', which driver '%s' of the host has: VFIO "
                                   "gives it to no guest meanwhile; give both to the domain, or bind that one to vfio-pci",
                                   device->address, device->group, rival->address, rival->driver);
    }
}


/* The rules have the last word on the result as on every definition; what was wrong before is still wrong. */
static int
cmdqvLayoutJudge(const cmdqvLayoutOptions *layout, const cmdqvLayoutWork *work)
{
    g_auto(GStrv) without = cmdqvInventoryWithoutCmdqv(layout->options->root);
    cmdqvRuleContext context = {
        .levels = layout->options->settings->levels, .withoutCmdqv = (const char *const *)without,
        .hostSmmu = cmdqvHostSmmuOf, .data = (gpointer)layout->options->root
    };
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_auto(cmdqvOlder) older = { .version = 0 };
    g_autoptr(GError) error = NULL;
    guint i;

    if (work->conn)
        cmdqvOlderRead(&older, work->conn, layout->options->root);
    cmdqvOlderContext(&older, work->after, strlen(work->after), &context);
    if (!cmdqvDefinitionJudge(work->after, strlen(work->after), layout->apply ? cmdqvToolToNative : NULL, work->conn, &context,
                              &definition, &error))
        return cmdqvToolTrouble("layout: %s", error->message);
    for (i = 0; i < definition.findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(definition.findings, i);

        (void)fprintf(stderr, "virt-cmdqv: %s: %s [%s]\n", finding->level == CMDQV_RULE_ERROR ? "refused" : "warning",
                      finding->message, finding->rule->identifier);
    }
    cmdqvLayoutWarnOfGroups(layout, definition.topology);
    return cmdqvFindingsErrors(definition.findings) > 0 ? CMDQV_EXIT_REFUSED : CMDQV_EXIT_SOUND;
}


/* Prints what changes, in the unified form of diff(1). */
static bool
cmdqvLayoutPrintDiff(const cmdqvLayoutWork *work, GError **error)
{
    g_autofree char *folder = g_dir_make_tmp("virt-cmdqv-XXXXXX", error);
    g_autofree char *before = folder ? g_build_filename(folder, "before", NULL) : NULL;
    g_autofree char *after = folder ? g_build_filename(folder, "after", NULL) : NULL;
    char *argv[] = { (char *)"diff", (char *)"-u", (char *)"--label", (char *)"before", (char *)"--label", (char *)"after", before,
                     after, NULL };
    bool ok;

    if (!folder)
        return false;
    (void)fflush(stdout);
    ok = g_file_set_contents(before, work->before, -1, error) && g_file_set_contents(after, work->after, -1, error) &&
        g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL, NULL, NULL, error);
    (void)g_unlink(before);
    (void)g_unlink(after);
    (void)g_rmdir(folder);
    return ok;
}


static bool
cmdqvLayoutConfirm(const cmdqvLayoutOptions *layout)
{
    g_autofree char *word = NULL;
    char answer[64] = "";

    if (layout->yes)
        return true;
    if (!isatty(STDIN_FILENO)) {
        (void)cmdqvToolTrouble("layout: --apply asks first, and there is no terminal; add --yes");
        return false;
    }
    (void)fprintf(stderr, "Make this the definition of domain '%s'? [y/N] ", layout->domain);
    word = g_ascii_strdown(fgets(answer, sizeof(answer), stdin) ? g_strstrip(answer) : "", -1);
    if (strcmp(word, "y") == 0 || strcmp(word, "yes") == 0)
        return true;
    (void)cmdqvToolTrouble("layout: the definition of domain '%s' stays as it is", layout->domain);
    return false;
}


/*
 * What is shown has no passwords in it, and what is defined has them: both are
 * laid out, which comes out the same.  Between the two the definition must not
 * have changed.
 */
static int
cmdqvLayoutDefine(const cmdqvLayoutOptions *layout, const cmdqvLayoutWork *work)
{
    g_autofree char *shown = cmdqvLayoutDefinition(work->domain, 0);
    g_autofree char *secure = cmdqvLayoutDefinition(work->domain, VIR_DOMAIN_XML_SECURE);
    g_autoptr(GError) error = NULL;
    g_autofree char *laid = secure ? cmdqvLayoutCompute(layout, work->conn, secure, &error) : NULL;
    g_autofree char *reason = NULL;
    virDomainPtr defined;

    if (error)
        return cmdqvToolTrouble("domain '%s': %s", layout->domain, error->message);
    if (laid && g_strcmp0(shown, work->before) != 0)
        return cmdqvToolTrouble("domain '%s': its definition changed meanwhile; lay it out again", layout->domain);
    defined = laid ? virDomainDefineXMLFlags(work->conn, laid, VIR_DOMAIN_DEFINE_VALIDATE) : NULL;
    if (!defined) {
        reason = cmdqvToolLastError();
        return cmdqvToolTrouble("domain '%s': %s", layout->domain, reason);
    }
    virDomainFree(defined);
    (void)printf("The definition of domain '%s' is laid out%s.\n", layout->domain,
                 virDomainIsActive(work->domain) == 1 ? ", for its next start" : "");
    return CMDQV_EXIT_SOUND;
}


static int
cmdqvLayoutApply(const cmdqvLayoutOptions *layout, const cmdqvLayoutWork *work)
{
    g_autoptr(GError) error = NULL;

    if (strcmp(work->before, work->after) == 0) {
        (void)printf("The definition of domain '%s' is laid out already.\n", layout->domain);
        return CMDQV_EXIT_SOUND;
    }
    if (!cmdqvLayoutPrintDiff(work, &error))
        return cmdqvToolTrouble("layout: cannot show what changes: %s", error->message);
    return cmdqvLayoutConfirm(layout) ? cmdqvLayoutDefine(layout, work) : CMDQV_EXIT_TROUBLE;
}


static int
cmdqvLayoutWorkOn(const cmdqvLayoutOptions *layout)
{
    g_autoptr(GError) error = NULL;
    cmdqvLayoutWork work = { .conn = NULL };
    int status = CMDQV_EXIT_TROUBLE;

    if (cmdqvLayoutRead(layout, &work)) {
        work.after = cmdqvLayoutCompute(layout, work.conn, work.before, &error);
        status = work.after ? cmdqvLayoutJudge(layout, &work) : cmdqvToolTrouble("layout: %s", error->message);
        if (status == CMDQV_EXIT_SOUND && layout->apply)
            status = cmdqvLayoutApply(layout, &work);
        else if (status == CMDQV_EXIT_SOUND)
            (void)printf("%s", work.after);
    }
    cmdqvLayoutWorkClear(&work);
    return status;
}


/* What contradicts itself; NULL if nothing does. */
static const char *
cmdqvLayoutMisuse(const cmdqvLayoutOptions *layout)
{
    if (layout->domain && layout->from)
        return "--domain and --from exclude each other";
    if (layout->apply && !layout->domain)
        return "--apply needs --domain";
    if (layout->yes && !layout->apply)
        return "--yes needs --apply";
    if (layout->hostdevs->len == 1 && !layout->domain && !layout->from)
        return "no --hostdev, and no domain that has some";
    if (cmdqvLayoutShapeFromString(layout->shape) == CMDQV_LAYOUT_LAST)
        return "--shape is one of libvirt, kubevirt and nova";
    if (layout->sparePorts > CMDQV_LAYOUT_MAX_SPARE)
        return "--spare-ports is at most " G_STRINGIFY(CMDQV_LAYOUT_MAX_SPARE);
    if (layout->sparePorts < 0 && layout->sparePorts != CMDQV_LAYOUT_SHAPES_OWN)
        return "--spare-ports is a number of ports";
    return NULL;
}


static int
cmdqvLayoutRun(const cmdqvToolOptions *options, int argc, char **argv)
{
    g_auto(GStrv) hostdevs = NULL;
    g_autofree char *domain = NULL;
    g_autofree char *from = NULL;
    g_autofree char *shape = NULL;
    cmdqvLayoutOptions layout = { .options = options, .sparePorts = CMDQV_LAYOUT_SHAPES_OWN };
    const GOptionEntry entries[] = {
        { "hostdev", 0, 0, G_OPTION_ARG_STRING_ARRAY, &hostdevs, "Device of the host; more may follow without the option", "ADDR" },
        { "domain", 'd', 0, G_OPTION_ARG_FILENAME, &domain, "Lay out the definition of a domain", "NAME" },
        { "from", 0, 0, G_OPTION_ARG_FILENAME, &from, "Lay out the domain in a file, or in standard input (-)", "FILE" },
        { "shape", 0, 0, G_OPTION_ARG_STRING, &shape, "libvirt, kubevirt or nova", "SHAPE" },
        { "spare-ports", 0, 0, G_OPTION_ARG_INT, &layout.sparePorts, "Free ports behind each new vSMMU", "N" },
        { "apply", 0, 0, G_OPTION_ARG_NONE, &layout.apply, "Show what changes, ask, and define the domain", NULL },
        { "yes", 0, 0, G_OPTION_ARG_NONE, &layout.yes, "Do not ask", NULL },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(GPtrArray) wanted = g_ptr_array_new();
    const char *misuse;
    int status;
    int i;

    if (!cmdqvToolParse(&cmdqvToolLayout, entries, &argc, &argv, &status))
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

    misuse = cmdqvLayoutMisuse(&layout);
    if (misuse)
        return cmdqvToolTrouble("layout: %s; see 'virt-cmdqv layout --help'", misuse);
    return cmdqvLayoutWorkOn(&layout);
}


const cmdqvToolCommand cmdqvToolLayout = {
    .name = "layout",
    .arguments = "[--hostdev ADDR...] [--domain NAME [--apply [--yes]]|--from FILE|-] [--shape SHAPE] [--spare-ports N]",
    .summary = "Puts devices of the host behind vSMMUs with CMDQV, one for each host SMMU.",
    .run = cmdqvLayoutRun,
};
