/*
 * cmd_doctor.c: virt-cmdqv doctor
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In the manner of virt-host-validate: a line for each check, and what to do
 * where it does not pass.  Nothing is changed by asking.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "domain_list.h"
#include "host/smmu_inventory.h"
#include "asked_daemon.h"
#include "qemu/anchor.h"
#include "policy/definition.h"
#include "policy/rule_table.h"
#include "qemu/emulator_probe.h"
#include "anchor_rows.h"
#include "util/file.h"
#include "util/run_program.h"
#include "virt_cmdqv.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(char, free)

#define CMDQV_DOCTOR_EMULATOR "qemu-system-aarch64"

#define CMDQV_DOCTOR_AS_ROOT "run 'virt-cmdqv doctor' as root"

/* A hook that is well answers at once, and is a few lines. */
#define CMDQV_DOCTOR_HOOK_MILLISECONDS 5000
#define CMDQV_DOCTOR_HOOK_MAX_BYTES 65536

typedef enum {
    CMDQV_DOCTOR_PASS,
    CMDQV_DOCTOR_WARN,
    CMDQV_DOCTOR_FAIL,

    CMDQV_DOCTOR_LAST
} cmdqvDoctorVerdict;

static const char *const cmdqvDoctorVerdicts[] = {
    [CMDQV_DOCTOR_PASS] = "PASS",
    [CMDQV_DOCTOR_WARN] = "WARN",
    [CMDQV_DOCTOR_FAIL] = "FAIL",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvDoctorVerdicts) == CMDQV_DOCTOR_LAST);

typedef struct {
    const cmdqvToolOptions *options;
    JsonBuilder *json;          /* NULL for words */
    virConnectPtr conn;         /* NULL where no daemon answers */
    bool readOnly;
    cmdqvOlder older;
    virDomainPtr *domains;
    int ndomains;
    guint failed;
} cmdqvDoctor;


/* One line: @check is its name in JSON, @advice what was found or is to be done, NULL for nothing. */
G_GNUC_PRINTF(5, 6) static void
cmdqvDoctorSay(cmdqvDoctor *doctor, const char *check, cmdqvDoctorVerdict verdict, const char *advice, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);

    doctor->failed += verdict == CMDQV_DOCTOR_FAIL;
    if (!doctor->json) {
        (void)printf("%6s: Checking %-60s: %s%s%s%s\n", "QEMU", what, cmdqvDoctorVerdicts[verdict], advice ? " (" : "",
                     advice ? advice : "", advice ? ")" : "");
        return;
    }
    json_builder_begin_object(doctor->json);
    cmdqvToolJsonString(doctor->json, "check", check);
    cmdqvToolJsonString(doctor->json, "text", what);
    cmdqvToolJsonString(doctor->json, "verdict", cmdqvDoctorVerdicts[verdict]);
    cmdqvToolJsonString(doctor->json, "advice", advice);
    json_builder_end_object(doctor->json);
}


static bool
cmdqvDoctorConnect(cmdqvDoctor *doctor)
{
    doctor->conn = virConnectOpen(doctor->options->uri);
    if (!doctor->conn) {
        doctor->readOnly = true;
        doctor->conn = virConnectOpenReadOnly(doctor->options->uri);
    }
    if (!doctor->conn) {
        /* it does not answer, and is on another host all the same */
        doctor->older.remote = cmdqvOlderIsRemote(doctor->options->uri ? doctor->options->uri : g_getenv("LIBVIRT_DEFAULT_URI"));
        return false;
    }

    cmdqvOlderRead(&doctor->older, doctor->conn, doctor->options->root);
    doctor->ndomains = cmdqvDomainsList(doctor->conn, &doctor->domains);
    return true;
}


static void
cmdqvDoctorClear(cmdqvDoctor *doctor)
{
    cmdqvDomainsFree(doctor->domains, doctor->ndomains);
    cmdqvOlderClear(&doctor->older);
    if (doctor->conn)
        virConnectClose(doctor->conn);
}


static void
cmdqvDoctorCheckDaemon(cmdqvDoctor *doctor)
{
    g_autofree char *reason = doctor->conn ? NULL : cmdqvToolLastError();
    g_autofree char *advice = doctor->conn ? NULL : g_strdup_printf("%s; start virtqemud or libvirtd, or name another with -c",
                                                                    reason);

    cmdqvDoctorSay(doctor, "daemon", doctor->conn ? CMDQV_DOCTOR_PASS : CMDQV_DOCTOR_FAIL, advice, "for a libvirt daemon");
}


static void
cmdqvDoctorCheckModule(cmdqvDoctor *doctor)
{
    const char *version = doctor->older.module;
    cmdqvDoctorVerdict verdict = CMDQV_DOCTOR_PASS;
    g_autofree char *advice = NULL;

    if (!version) {
        verdict = CMDQV_DOCTOR_FAIL;
        advice = g_strdup("it was started without libvirt-cmdqv.so; install that, have LD_PRELOAD name it in the daemon's "
                          "environment, and restart the daemon, which leaves guests running");
    } else if (strcmp(version, CMDQV_VERSION) != 0) {
        verdict = CMDQV_DOCTOR_WARN;
        advice = g_strdup_printf("it has version %s, and this is %s; restart the daemon, which leaves guests running", version,
                                 CMDQV_VERSION);
    }
    cmdqvDoctorSay(doctor, "module", verdict, advice, "for the module in the daemon");
}


/* Returns true, with the line printed, where the check would look at the wrong host. */
static bool
cmdqvDoctorIsElsewhere(cmdqvDoctor *doctor, const char *check, const char *what)
{
    if (doctor->older.remote)
        cmdqvDoctorSay(doctor, check, CMDQV_DOCTOR_WARN, "the daemon is on another host; run 'virt-cmdqv doctor' there", "%s", what);
    return doctor->older.remote;
}


/* What is wrong with a file that libvirt, or the hook itself, is to execute; NULL if nothing is. */
static char *
cmdqvDoctorUnusable(const char *path)
{
    static const char consequence[] = "starts that no client asks for are not checked";

    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return g_strdup_printf("'%s' is not there, so %s; install it and restart the daemon", path, consequence);
    if (!g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
        return g_strdup_printf("'%s' is not executable, so %s; run 'chmod 755 %s'", path, consequence, path);
    return NULL;
}


/*
 * Whether the file is the one that was installed, and comes to its program: to any other the question might be an
 * order, and none is asked.
 */
static cmdqvDoctorVerdict
cmdqvDoctorAskHook(const char *path, char **advice)
{
    const char *const argv[] = { path, "--version", NULL };
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    g_autofree char *answer = NULL;
    gsize len;

    if (!cmdqvFileRead(path, CMDQV_DOCTOR_HOOK_MAX_BYTES, &text, &len, &error)) {
        *advice = g_strdup(error->message);
        return CMDQV_DOCTOR_FAIL;
    }
    if (!strstr(text, CMDQV_HOOK_PROGRAM)) {
        *advice = g_strdup_printf("'%s' does not start '" CMDQV_HOOK_PROGRAM "'; install it anew", path);
        return CMDQV_DOCTOR_FAIL;
    }
    if (!cmdqvProgramAsk(argv, "", CMDQV_DOCTOR_HOOK_MILLISECONDS, CMDQV_DOCTOR_HOOK_MAX_BYTES, &answer, &error)) {
        *advice = g_strdup_printf("%s; install it anew", error->message);
        return CMDQV_DOCTOR_FAIL;
    }
    if (!g_ascii_isdigit(*g_strstrip(answer))) {
        *advice = g_strdup_printf("'%s' does not answer as the hook does; install it anew", path);
        return CMDQV_DOCTOR_FAIL;
    }
    if (strcmp(answer, CMDQV_VERSION) == 0)
        return CMDQV_DOCTOR_PASS;
    *advice = g_strdup_printf("it has version %.32s, and this is " CMDQV_VERSION "; install both of one release", answer);
    return CMDQV_DOCTOR_WARN;
}


/* The file that libvirt looks for, and the program that it starts. */
static void
cmdqvDoctorCheckHook(cmdqvDoctor *doctor)
{
    static const char what[] = "for the hook";
    g_autofree char *file = g_strconcat(doctor->options->root, CMDQV_HOOK_FILE, NULL);
    g_autofree char *program = g_strconcat(doctor->options->root, CMDQV_HOOK_PROGRAM, NULL);
    cmdqvDoctorVerdict verdict = CMDQV_DOCTOR_FAIL;
    g_autofree char *advice = NULL;

    if (cmdqvDoctorIsElsewhere(doctor, "hook", what))
        return;
    if (cmdqvToolIsForbidden(file)) {
        verdict = CMDQV_DOCTOR_WARN;
        advice = g_strdup_printf("'%s' is not for this user to read; " CMDQV_DOCTOR_AS_ROOT, file);
    } else {
        advice = cmdqvDoctorUnusable(file);
        if (!advice)
            advice = cmdqvDoctorUnusable(program);
        if (!advice)
            verdict = cmdqvDoctorAskHook(file, &advice);
    }
    cmdqvDoctorSay(doctor, "hook", verdict, advice, "%s", what);
}


/* The daemon of this host reads the same file, and goes by the defaults where it cannot. */
static void
cmdqvDoctorCheckConfiguration(cmdqvDoctor *doctor)
{
    g_autofree char *advice = NULL;

    if (!doctor->options->unreadable)
        return;
    advice = g_strdup_printf(doctor->options->forbidden ? "%s; " CMDQV_DOCTOR_AS_ROOT
                             : "%s; a daemon that cannot read it goes by the defaults; correct that and restart the daemon",
                             doctor->options->unreadable);
    cmdqvDoctorSay(doctor, "configuration", doctor->options->forbidden ? CMDQV_DOCTOR_WARN : CMDQV_DOCTOR_FAIL, advice,
                   "for the configuration");
}


/* Whether the module makes domains such that an older libvirt keeps what they say, for an emulator that has cmdqv. */
static bool
cmdqvDoctorIsLowered(const cmdqvDoctor *doctor)
{
    g_autofree char *path = doctor->older.remote ? NULL : g_find_program_in_path(CMDQV_DOCTOR_EMULATOR);
    cmdqvTarget target;

    return doctor->older.module && path && cmdqvTargetAskOwn(path, &target, NULL) && cmdqvTargetHasCmdqv(&target);
}


static void
cmdqvDoctorCheckLibvirt(cmdqvDoctor *doctor)
{
    unsigned long version = doctor->older.version;
    bool old = version < CMDQV_OLDER_LIBVIRT;
    bool lowered = old && cmdqvDoctorIsLowered(doctor);
    g_autofree char *advice = NULL;

    if (old)
        advice = g_strdup_printf(lowered ? "libvirt %lu.%lu.%lu has none, and the module lowers domains for it"
                                 : "libvirt %lu.%lu.%lu drops cmdqv without a word; 12.7.0 or newer is needed",
                         CMDQV_VERSION_PARTS(version));
    cmdqvDoctorSay(doctor, "libvirt", old && !lowered ? CMDQV_DOCTOR_WARN : CMDQV_DOCTOR_PASS, advice, "for cmdqv in libvirt");
}


static void
cmdqvDoctorAskEmulator(cmdqvDoctor *doctor, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *advice = NULL;
    cmdqvTarget target;

    if (!cmdqvTargetAskOwn(path, &target, &error)) {
        cmdqvDoctorSay(doctor, "emulator", CMDQV_DOCTOR_FAIL, error->message, "for cmdqv in '%s'", path);
        return;
    }
    if (!cmdqvTargetHasCmdqv(&target)) {
        advice = g_strdup_printf("QEMU %u.%u has none; 11.1 or newer is needed", target.major, target.minor);
        cmdqvDoctorSay(doctor, "emulator", CMDQV_DOCTOR_FAIL, advice, "for cmdqv in '%s'", path);
        return;
    }
    cmdqvDoctorSay(doctor, "emulator", CMDQV_DOCTOR_PASS, NULL, "for cmdqv in '%s'", path);

    if (!cmdqvTargetHasBlocker(&target))
        advice = g_strdup_printf("it is QEMU %u.%u with a cmdqv of its own, which may let an anchor go; only 11.1 and newer are sure "
                                 "to block that", target.major, target.minor);
    cmdqvDoctorSay(doctor, "blocker", advice ? CMDQV_DOCTOR_WARN : CMDQV_DOCTOR_PASS, advice, "for the unplug blocker in '%s'", path);
}


/* The emulator of a domain that has an SMMU; NULL for other domains. */
static char *
cmdqvDoctorEmulatorOf(virDomainPtr domain)
{
    g_autoptr(char) xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    g_autoptr(xmlDoc) doc = xml && cmdqvDomainXMLMayHaveSmmu(xml) ? cmdqvXMLParse(xml, strlen(xml), "domain", NULL) : NULL;
    const xmlNode *devices = doc ? cmdqvXMLChild(xmlDocGetRootElement(doc), "devices") : NULL;
    const xmlNode *emulator = devices ? cmdqvXMLChild(devices, "emulator") : NULL;

    return emulator ? cmdqvXMLText(emulator) : NULL;
}


static int
cmdqvDoctorCompare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}


static void
cmdqvDoctorCheckEmulators(cmdqvDoctor *doctor)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    char *path = g_find_program_in_path(CMDQV_DOCTOR_EMULATOR);
    guint i;
    int j;

    if (cmdqvDoctorIsElsewhere(doctor, "emulator", "for cmdqv in the emulator")) {
        g_free(path);
        return;
    }
    if (path)
        g_ptr_array_add(paths, path);
    for (j = 0; j < doctor->ndomains; j++) {
        path = cmdqvDoctorEmulatorOf(doctor->domains[j]);
        if (path)
            g_ptr_array_add(paths, path);
    }
    g_ptr_array_sort(paths, cmdqvDoctorCompare);
    for (i = 0; i < paths->len; i++) {
        if (i == 0 || strcmp(g_ptr_array_index(paths, i - 1), g_ptr_array_index(paths, i)) != 0)
            cmdqvDoctorAskEmulator(doctor, g_ptr_array_index(paths, i));
    }
    if (paths->len == 0)
        cmdqvDoctorSay(doctor, "emulator", CMDQV_DOCTOR_FAIL, "there is no " CMDQV_DOCTOR_EMULATOR " in PATH; install QEMU 11.1 or "
                       "newer", "for cmdqv in the emulator");
}


static void
cmdqvDoctorCheckHost(cmdqvDoctor *doctor)
{
    static const char what[] = "for CMDQV on the host";
    g_autoptr(GPtrArray) inventory = cmdqvInventoryRead(doctor->options->root);
    const char *advice = NULL;
    cmdqvDoctorVerdict verdict = CMDQV_DOCTOR_PASS;

    if (cmdqvDoctorIsElsewhere(doctor, "host", what))
        return;
    switch (cmdqvHostSupportProbe(doctor->options->root)) {
    case CMDQV_HOST_WITH:
        if (inventory->len > 0)
            break;
        verdict = CMDQV_DOCTOR_FAIL;
        advice = "firmware declares it, but there is no SMMUv3 in /sys/class/iommu; the kernel needs CONFIG_ARM_SMMU_V3";
        break;
    case CMDQV_HOST_WITHOUT:
        verdict = CMDQV_DOCTOR_FAIL;
        advice = "firmware declares none: domains with cmdqv='on' do not start here";
        break;
    case CMDQV_HOST_UNKNOWN:
        verdict = CMDQV_DOCTOR_WARN;
        advice = "there is neither an IORT of ACPI nor a device tree to tell by";
        break;
    }
    cmdqvDoctorSay(doctor, "host", verdict, advice, "%s", what);
}


static void
cmdqvDoctorCheckDefinition(cmdqvDoctor *doctor, virDomainPtr domain)
{
    g_auto(GStrv) without = doctor->older.remote ? NULL : cmdqvInventoryWithoutCmdqv(doctor->options->root);
    cmdqvRuleContext context = {
        .levels = doctor->options->settings->levels,
        .hostSmmu = doctor->older.remote ? NULL : cmdqvHostSmmuOf,
        .data = (gpointer)doctor->options->root,
        .withoutCmdqv = (const char *const *)without,
    };
    g_autoptr(char) xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GError) error = NULL;
    const char *name = virDomainGetName(domain);
    guint i;

    if (!xml || !cmdqvDomainXMLMayHaveSmmu(xml))
        return;
    cmdqvOlderContext(&doctor->older, xml, strlen(xml), &context);
    if (!cmdqvDefinitionJudge(xml, strlen(xml), doctor->readOnly ? NULL : cmdqvToolToNative, doctor->conn, &context, &definition,
                              &error)) {
        cmdqvDoctorSay(doctor, "definition", CMDQV_DOCTOR_FAIL, error->message, "the definition of domain '%s'", name);
        return;
    }
    for (i = 0; i < definition.findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(definition.findings, i);
        g_autofree char *advice = g_strdup_printf("%s [%s]", finding->message, finding->rule->identifier);

        cmdqvDoctorSay(doctor, "definition", finding->level == CMDQV_RULE_ERROR ? CMDQV_DOCTOR_FAIL : CMDQV_DOCTOR_WARN, advice,
                       "the definition of domain '%s'", name);
    }
    if (definition.hasSmmu && definition.findings->len == 0)
        cmdqvDoctorSay(doctor, "definition", CMDQV_DOCTOR_PASS, NULL, "the definition of domain '%s'", name);
}


/* An anchor of a running domain; nothing where CMDQV is off. */
static void
cmdqvDoctorSayAnchor(cmdqvDoctor *doctor, const cmdqvTracked *row)
{
    const char *vsmmu = row->vsmmu ? row->vsmmu : row->bus ? row->bus : "machine-wide";
    const char *device = row->anchor ? row->anchor : "?";
    cmdqvDoctorVerdict verdict = CMDQV_DOCTOR_PASS;
    g_autofree char *advice = NULL;

    if (g_strcmp0(row->source, cmdqvAnchorSourceToString(CMDQV_ANCHOR_INACTIVE)) == 0)
        return;
    if (g_strcmp0(row->source, cmdqvAnchorSourceToString(CMDQV_ANCHOR_NOBODY)) == 0) {
        verdict = g_strcmp0(row->cmdqv, "on") == 0 ? CMDQV_DOCTOR_FAIL : CMDQV_DOCTOR_WARN;
        advice = g_strdup("none is there, so the guest runs without CMDQV; shut it down, place a hostdev behind the vSMMU and start "
                          "it again");
    } else if (g_strcmp0(row->source, cmdqvAnchorSourceToString(CMDQV_ANCHOR_UNKNOWN)) == 0) {
        verdict = CMDQV_DOCTOR_WARN;
        advice = g_strdup_printf("it may be '%s', and every device that may be it has to stay: %s", device,
                                 row->detail ? row->detail : "it cannot be told");
    } else {
        advice = g_strdup_printf("'%s'%s%s", device, row->host ? ", host " : "", row->host ? row->host : "");
    }
    cmdqvDoctorSay(doctor, "anchor", verdict, advice, "the anchor of vSMMU '%s' of domain '%s'", vsmmu, row->domain);
}


static void
cmdqvDoctorCheckAnchors(cmdqvDoctor *doctor, virDomainPtr domain)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(cmdqvTrackedFree);
    g_autoptr(GError) error = NULL;
    guint i;

    if (virDomainIsActive(domain) != 1)
        return;
    if (!cmdqvTrackedRead(rows, domain, cmdqvHostSupportProbe(doctor->options->root) != CMDQV_HOST_WITHOUT, &error)) {
        cmdqvDoctorSay(doctor, "anchor", CMDQV_DOCTOR_FAIL, error->message, "the anchors of domain '%s'", virDomainGetName(domain));
        return;
    }
    for (i = 0; i < rows->len; i++)
        cmdqvDoctorSayAnchor(doctor, g_ptr_array_index(rows, i));
}


static void
cmdqvDoctorCheckAll(cmdqvDoctor *doctor)
{
    int i;

    cmdqvDoctorCheckDaemon(doctor);
    if (doctor->conn) {
        cmdqvDoctorCheckModule(doctor);
        cmdqvDoctorCheckLibvirt(doctor);
    }
    cmdqvDoctorCheckHook(doctor);
    cmdqvDoctorCheckConfiguration(doctor);
    cmdqvDoctorCheckEmulators(doctor);
    cmdqvDoctorCheckHost(doctor);

    if (doctor->ndomains < 0) {
        g_autofree char *reason = cmdqvToolLastError();

        cmdqvDoctorSay(doctor, "definition", CMDQV_DOCTOR_FAIL, reason, "the domains");
    }
    for (i = 0; i < doctor->ndomains; i++) {
        cmdqvDoctorCheckDefinition(doctor, doctor->domains[i]);
        cmdqvDoctorCheckAnchors(doctor, doctor->domains[i]);
    }
}


static int
cmdqvDoctorRun(const cmdqvToolOptions *options, int argc, char **argv)
{
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        { "json", 'j', 0, G_OPTION_ARG_NONE, &json, "Print JSON", NULL },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(JsonBuilder) builder = NULL;
    cmdqvDoctor doctor = { .options = options };
    int status;

    if (!cmdqvToolParse(&cmdqvToolDoctor, entries, &argc, &argv, &status))
        return status;
    if (argc > 1)
        return cmdqvToolTrouble("doctor: no arguments; see 'virt-cmdqv doctor --help'");

    if (cmdqvDoctorConnect(&doctor) && g_strcmp0(virConnectGetType(doctor.conn), "QEMU") != 0) {
        status = cmdqvToolTrouble("doctor: '%s' is not a QEMU driver; name one with -c", virConnectGetType(doctor.conn));
        cmdqvDoctorClear(&doctor);
        return status;
    }
    if (json) {
        builder = json_builder_new();
        doctor.json = json_builder_begin_array(builder);
    }
    cmdqvDoctorCheckAll(&doctor);
    cmdqvDoctorClear(&doctor);
    if (json) {
        json_builder_end_array(builder);
        cmdqvToolPrintJson(builder);
    }
    return doctor.failed > 0 ? CMDQV_EXIT_REFUSED : CMDQV_EXIT_SOUND;
}


const cmdqvToolCommand cmdqvToolDoctor = {
    .name = "doctor",
    .arguments = "[--json]",
    .summary = "Checks daemon, emulator, host and domains, and tells what to do.",
    .run = cmdqvDoctorRun,
};
