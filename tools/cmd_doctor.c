/*
 * cmd_doctor.c: virt-cmdqv doctor
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Like virt-host-validate, prints a line for each check, and the remedy if it
 * does not pass. Changes nothing.
 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "anchor_rows.h"
#include "asked_daemon.h"
#include "domain_list.h"
#include "hook_file.h"
#include "host_nova.h"
#include "virt_cmdqv.h"
#include "conf/domain_xml.h"
#include "conf/xml_read.h"
#include "host/smmu_inventory.h"
#include "policy/definition.h"
#include "policy/rule_table.h"
#include "qemu/anchor.h"
#include "qemu/emulator_probe.h"
#include "qemu/libvirt_driver.h"
#include "util/text.h"

/* The machine to query of a daemon. */
#define CMDQV_CMD_DOCTOR_ARCHITECTURE "aarch64"
#define CMDQV_CMD_DOCTOR_MACHINE "virt"

/* Columns of the text of a check, as in virt-host-validate. */
#define CMDQV_CMD_DOCTOR_COLUMNS 60

typedef enum {
    CMDQV_CMD_DOCTOR_PASS,
    CMDQV_CMD_DOCTOR_WARN,
    CMDQV_CMD_DOCTOR_FAIL,

    CMDQV_CMD_DOCTOR_LAST
} cmdqvCmdDoctorVerdict;

static const char *const cmdqvCmdDoctorVerdicts[] = {
    [CMDQV_CMD_DOCTOR_PASS] = "PASS",
    [CMDQV_CMD_DOCTOR_WARN] = "WARN",
    [CMDQV_CMD_DOCTOR_FAIL] = "FAIL",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvCmdDoctorVerdicts) == CMDQV_CMD_DOCTOR_LAST);

typedef struct {
    const cmdqvToolOptions *options;
    JsonBuilder *json;          /* NULL for text */
    virConnectPtr conn;         /* NULL if no daemon answers */
    bool nova;                  /* check whether the host may carry the trait, and no domains */
    bool readOnly;
    cmdqvAskedDaemon asked;
    char *uri;                  /* URI of the connection, NULL for libvirt's default */
    char *emulator;             /* the daemon's emulator for such a domain; NULL if it has none */
    char *noEmulator;           /* libvirt's message about that */
    GPtrArray *domains;         /* NULL if they cannot be listed */
    guint failed;
} cmdqvCmdDoctorReport;


/* Prints one line; @check is its name in JSON, @advice a result or a remedy, or NULL. */
G_GNUC_PRINTF(5, 6) static void
cmdqvCmdDoctorSay(cmdqvCmdDoctorReport *doctor, const char *check, cmdqvCmdDoctorVerdict verdict, const char *advice, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);

    doctor->failed += verdict == CMDQV_CMD_DOCTOR_FAIL;
    if (!doctor->json) {
        g_autofree char *line = cmdqvTextOneLine(what);
        g_autofree char *padded = cmdqvTextPad(line, CMDQV_CMD_DOCTOR_COLUMNS);

        cmdqvToolPrintLine("%6s: Checking %s: %s%s%s%s", "QEMU", padded, cmdqvCmdDoctorVerdicts[verdict], advice ? " (" : "",
                           advice ? advice : "", advice ? ")" : "");
        return;
    }
    json_builder_begin_object(doctor->json);
    cmdqvToolJsonString(doctor->json, "check", check);
    cmdqvToolJsonString(doctor->json, "text", what);
    cmdqvToolJsonString(doctor->json, "verdict", cmdqvCmdDoctorVerdicts[verdict]);
    cmdqvToolJsonString(doctor->json, "advice", advice);
    json_builder_end_object(doctor->json);
}


/* Queries the daemon for its emulator for an arm64 domain. */
static void
cmdqvCmdDoctorFindEmulator(cmdqvCmdDoctorReport *doctor)
{
    g_autoptr(cmdqvTextMalloced) xml = virConnectGetDomainCapabilities(doctor->conn, NULL, CMDQV_CMD_DOCTOR_ARCHITECTURE, CMDQV_CMD_DOCTOR_MACHINE,
                                                          NULL, 0);
    g_autoptr(xmlDoc) doc = xml ? cmdqvXMLReadParse(xml, strlen(xml), NULL, NULL) : NULL;
    const xmlNode *path = cmdqvXMLReadChild(xmlDocGetRootElement(doc), "path");

    doctor->emulator = cmdqvXMLReadText(path);
    if (!doctor->emulator)
        doctor->noEmulator = g_strdup(cmdqvToolLastError());
}


static bool
cmdqvCmdDoctorConnect(cmdqvCmdDoctorReport *doctor)
{
    g_autoptr(cmdqvTextMalloced) uri = NULL;

    doctor->conn = virConnectOpen(doctor->options->uri);
    if (!doctor->conn) {
        doctor->readOnly = true;
        doctor->conn = virConnectOpenReadOnly(doctor->options->uri);
    }
    if (!doctor->conn) {
        /* a daemon on another host, even if it does not answer */
        doctor->uri = g_strdup(doctor->options->uri);
        doctor->asked.remote = cmdqvAskedDaemonIsRemote(doctor->uri);
        return false;
    }

    uri = virConnectGetURI(doctor->conn);
    doctor->uri = g_strdup(uri);
    cmdqvCmdDoctorFindEmulator(doctor);
    cmdqvAskedDaemonRead(&doctor->asked, doctor->options, doctor->conn);
    doctor->domains = cmdqvDomainListRead(doctor->conn);
    return true;
}


static void
cmdqvCmdDoctorClear(cmdqvCmdDoctorReport *doctor)
{
    g_clear_pointer(&doctor->domains, g_ptr_array_unref);
    cmdqvAskedDaemonClear(&doctor->asked);
    g_free(doctor->uri);
    g_free(doctor->emulator);
    g_free(doctor->noEmulator);
    if (doctor->conn)
        virConnectClose(doctor->conn);
}


static void
cmdqvCmdDoctorCheckDaemon(cmdqvCmdDoctorReport *doctor)
{
    cmdqvCmdDoctorVerdict verdict = CMDQV_CMD_DOCTOR_PASS;
    g_autofree char *advice = NULL;

    if (!doctor->conn) {
        verdict = CMDQV_CMD_DOCTOR_FAIL;
        advice = g_strdup_printf("%s; start virtqemud or libvirtd, or name another with -c", cmdqvToolLastError());
    }
    cmdqvCmdDoctorSay(doctor, "daemon", verdict, advice, "for a libvirt daemon at '%s'", doctor->uri ? doctor->uri : "the default URI");
}


/* Whether a systemd drop-in preloads the module, in the folder of packages or of administrators. */
static bool
cmdqvCmdDoctorIsPreloaded(const cmdqvCmdDoctorReport *doctor)
{
    static const char *const folders[] = { "/usr/lib/systemd/system", "/lib/systemd/system", "/etc/systemd/system" };
    static const char *const services[] = { "libvirtd", "virtqemud" };
    gsize i;
    gsize j;

    for (i = 0; i < G_N_ELEMENTS(folders); i++) {
        for (j = 0; j < G_N_ELEMENTS(services); j++) {
            g_autofree char *file = g_strdup_printf("%s%s/%s.service.d/50-cmdqv.conf", doctor->options->root, folders[i],
                                                    services[j]);

            if (g_file_test(file, G_FILE_TEST_EXISTS))
                return true;
        }
    }
    return false;
}


/* Whether the daemon runs a driver of that kind, by its URI. */
static bool
cmdqvCmdDoctorHasDriver(const cmdqvCmdDoctorReport *doctor, cmdqvLibvirtDriverKind kind)
{
    g_auto(cmdqvLibvirtDriver) driver = { .stateDir = NULL };

    return cmdqvLibvirtDriverOfURI(doctor->uri, &driver) && driver.kind == kind;
}


/* The next step if the module is not in the daemon. */
static char *
cmdqvCmdDoctorModuleAdvice(const cmdqvCmdDoctorReport *doctor)
{
    static const char restart[] = "systemctl try-restart libvirtd.service virtqemud.service";
    g_autofree char *module = g_strconcat(doctor->options->root, CMDQV_MODULE, NULL);
    bool system = cmdqvCmdDoctorHasDriver(doctor, CMDQV_LIBVIRT_DRIVER_SYSTEM);

    if (doctor->asked.remote)
        return g_strdup("it was started without libvirt-cmdqv.so; run 'virt-cmdqv doctor' on its host");
    if (!g_file_test(module, G_FILE_TEST_EXISTS))
        return g_strdup_printf("'%s' is not there; install libvirt-cmdqv", module);
    if (system && cmdqvCmdDoctorIsPreloaded(doctor))
        return g_strdup_printf("it was started without libvirt-cmdqv.so, which is installed; run '%s', which leaves guests running",
                               restart);
    return g_strdup_printf("it was started without libvirt-cmdqv.so; restart it with LD_PRELOAD=%s in its environment, which leaves "
                           "guests running", module);
}


static void
cmdqvCmdDoctorCheckModule(cmdqvCmdDoctorReport *doctor)
{
    const char *version = doctor->asked.module;
    cmdqvCmdDoctorVerdict verdict = CMDQV_CMD_DOCTOR_PASS;
    g_autofree char *advice = NULL;

    if (!version) {
        verdict = CMDQV_CMD_DOCTOR_FAIL;
        advice = cmdqvCmdDoctorModuleAdvice(doctor);
    } else if (strcmp(version, CMDQV_VERSION) != 0) {
        verdict = CMDQV_CMD_DOCTOR_WARN;
        advice = g_strdup_printf("it has version %s, and this is %s; restart the daemon, which leaves guests running", version,
                                 CMDQV_VERSION);
    }
    cmdqvCmdDoctorSay(doctor, "module", verdict, advice, "for the module in the daemon");
}


/* Returns true, with the line printed, if the check would read files of the wrong host. */
static bool
cmdqvCmdDoctorIsElsewhere(cmdqvCmdDoctorReport *doctor, const char *check, const char *what)
{
    if (doctor->asked.remote)
        cmdqvCmdDoctorSay(doctor, check, CMDQV_CMD_DOCTOR_WARN, "the daemon is on another host; run 'virt-cmdqv doctor' there", "%s", what);
    return doctor->asked.remote;
}


/* Checks the hook file of libvirt, and its program. */
static void
cmdqvCmdDoctorCheckHook(cmdqvCmdDoctorReport *doctor)
{
    static const char what[] = "for the hook";
    static const cmdqvCmdDoctorVerdict verdicts[] = {
        [CMDQV_HOOK_FILE_WORKS] = CMDQV_CMD_DOCTOR_PASS,
        [CMDQV_HOOK_FILE_OTHER_VERSION] = CMDQV_CMD_DOCTOR_WARN,
        [CMDQV_HOOK_FILE_FORBIDDEN] = CMDQV_CMD_DOCTOR_WARN,
        [CMDQV_HOOK_FILE_BROKEN] = CMDQV_CMD_DOCTOR_FAIL,
    };
    g_autofree char *advice = NULL;
    cmdqvHookFileState state;

    G_STATIC_ASSERT(G_N_ELEMENTS(verdicts) == CMDQV_HOOK_FILE_LAST);
    if (cmdqvCmdDoctorIsElsewhere(doctor, "hook", what))
        return;
    state = cmdqvHookFileProbe(doctor->options->root, cmdqvCmdDoctorHasDriver(doctor, CMDQV_LIBVIRT_DRIVER_SESSION), &advice);
    cmdqvCmdDoctorSay(doctor, "hook", verdicts[state], advice, "%s", what);
}


/* The daemon of this host reads the same file, and uses the defaults if it cannot. */
static void
cmdqvCmdDoctorCheckConfiguration(cmdqvCmdDoctorReport *doctor)
{
    g_autofree char *advice = NULL;

    if (!doctor->options->unreadable)
        return;
    advice = g_strdup_printf(doctor->options->forbidden ? "%s; " CMDQV_HOOK_FILE_AS_ROOT
                             : "%s; a daemon that cannot read it uses the defaults; correct that and restart the daemon",
                             doctor->options->unreadable);
    cmdqvCmdDoctorSay(doctor, "configuration", doctor->options->forbidden ? CMDQV_CMD_DOCTOR_WARN : CMDQV_CMD_DOCTOR_FAIL, advice,
                      "for the configuration");
}


/* Whether the daemon's emulator has the properties that a lowered domain needs. */
static bool
cmdqvCmdDoctorEmulatorHasCmdqv(const cmdqvCmdDoctorReport *doctor)
{
    cmdqvEmulatorCaps target;

    return !doctor->asked.remote && doctor->emulator && cmdqvEmulatorProbeOwn(doctor->emulator, &target, NULL) &&
        cmdqvEmulatorCapsHasCmdqv(&target);
}


/* A libvirt before 12.7 is no fault if the module is there and the emulator has cmdqv: then the module lowers domains. */
static void
cmdqvCmdDoctorCheckLibvirt(cmdqvCmdDoctorReport *doctor)
{
    unsigned long version = doctor->asked.version;
    bool old = !doctor->asked.keepsCmdqv;
    bool emulator = old && cmdqvCmdDoctorEmulatorHasCmdqv(doctor);
    bool lowered = emulator && doctor->asked.module;
    g_autofree char *advice = NULL;

    if (old)
        advice = g_strdup_printf(lowered ? "libvirt %lu.%lu.%lu has none, and the module lowers domains for it"
                                 : emulator ? "libvirt %lu.%lu.%lu has none; the module, in the daemon, lowers domains for it"
                                 : "libvirt %lu.%lu.%lu has none; the module lowers domains for it if the emulator has cmdqv",
                                 CMDQV_RULE_VERSION_PARTS(version));
    cmdqvCmdDoctorSay(doctor, "libvirt", old && !lowered ? CMDQV_CMD_DOCTOR_WARN : CMDQV_CMD_DOCTOR_PASS, advice, "for cmdqv in libvirt");
}


/* Whether the daemon's libvirt is newer than those that were tried. */
static void
cmdqvCmdDoctorCheckRelease(cmdqvCmdDoctorReport *doctor)
{
    unsigned long version = doctor->asked.version;
    g_autofree char *advice = NULL;

    if (version < CMDQV_RULE_LIBVIRT_NOT_SEEN)
        return;
    advice = g_strdup_printf("libvirt %lu.%lu.%lu is newer than those that were tried; the module refuses each call whose access check it "
                             "does not find there; run tests/newer/run of the source to check its private functions, its API and its "
                             "answers", CMDQV_RULE_VERSION_PARTS(version));
    cmdqvCmdDoctorSay(doctor, "release", CMDQV_CMD_DOCTOR_WARN, advice, "for a release of libvirt that was tried");
}


static void
cmdqvCmdDoctorProbeEmulator(cmdqvCmdDoctorReport *doctor, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *advice = NULL;
    cmdqvEmulatorCaps target;

    if (!cmdqvEmulatorProbeOwn(path, &target, &error)) {
        cmdqvCmdDoctorSay(doctor, "emulator", CMDQV_CMD_DOCTOR_FAIL, error->message, "for cmdqv in '%s'", path);
        return;
    }
    if (!cmdqvEmulatorCapsHasCmdqv(&target)) {
        advice = g_strdup_printf("QEMU %u.%u has none; 11.1 or newer is needed", target.major, target.minor);
        cmdqvCmdDoctorSay(doctor, "emulator", CMDQV_CMD_DOCTOR_FAIL, advice, "for cmdqv in '%s'", path);
        return;
    }
    cmdqvCmdDoctorSay(doctor, "emulator", CMDQV_CMD_DOCTOR_PASS, NULL, "for cmdqv in '%s'", path);

    if (!cmdqvEmulatorCapsHasBlocker(&target))
        advice = g_strdup_printf("it is QEMU %u.%u with a cmdqv of its own, which may allow a detach of an anchor; only 11.1 and newer "
                                 "certainly block it", target.major, target.minor);
    cmdqvCmdDoctorSay(doctor, "blocker", advice ? CMDQV_CMD_DOCTOR_WARN : CMDQV_CMD_DOCTOR_PASS, advice, "for the unplug blocker in '%s'", path);
}


/* The emulator of a domain that has an SMMU; NULL for other domains. */
static char *
cmdqvCmdDoctorEmulatorOf(virDomainPtr domain)
{
    g_autoptr(cmdqvTextMalloced) xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    g_autoptr(xmlDoc) doc = xml && cmdqvDomainXMLMayHaveSmmu(xml) ? cmdqvXMLReadParse(xml, strlen(xml), "domain", NULL) : NULL;
    const xmlNode *devices = cmdqvXMLReadChild(xmlDocGetRootElement(doc), "devices");
    const xmlNode *emulator = cmdqvXMLReadChild(devices, "emulator");

    return cmdqvXMLReadText(emulator);
}


/* Checks the daemon's emulator and those of domains, each once. */
static void
cmdqvCmdDoctorCheckEmulators(cmdqvCmdDoctorReport *doctor)
{
    static const char what[] = "for cmdqv in the emulator";
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    guint i;

    if (cmdqvCmdDoctorIsElsewhere(doctor, "emulator", what))
        return;
    if (!doctor->conn) {
        cmdqvCmdDoctorSay(doctor, "emulator", CMDQV_CMD_DOCTOR_WARN, "the daemon knows which that is, and does not answer", "%s", what);
        return;
    }
    if (doctor->emulator)
        g_ptr_array_add(paths, g_strdup(doctor->emulator));
    for (i = 0; doctor->domains && i < doctor->domains->len; i++) {
        char *path = cmdqvCmdDoctorEmulatorOf(g_ptr_array_index(doctor->domains, i));

        if (path)
            g_ptr_array_add(paths, path);
    }
    g_ptr_array_sort(paths, cmdqvTextCompare);
    for (i = 0; i < paths->len; i++) {
        if (i == 0 || strcmp(g_ptr_array_index(paths, i - 1), g_ptr_array_index(paths, i)) != 0)
            cmdqvCmdDoctorProbeEmulator(doctor, g_ptr_array_index(paths, i));
    }
    if (paths->len == 0) {
        g_autofree char *advice = g_strdup_printf("%s; install QEMU 11.1 or newer for arm64 guests", doctor->noEmulator);

        cmdqvCmdDoctorSay(doctor, "emulator", CMDQV_CMD_DOCTOR_FAIL, advice, "%s", what);
    }
}


static void
cmdqvCmdDoctorCheckHost(cmdqvCmdDoctorReport *doctor)
{
    static const char what[] = "for CMDQV on the host";
    g_autoptr(GPtrArray) inventory = cmdqvSmmuInventoryRead(doctor->options->root);
    const char *advice = NULL;
    cmdqvCmdDoctorVerdict verdict = CMDQV_CMD_DOCTOR_PASS;

    if (cmdqvCmdDoctorIsElsewhere(doctor, "host", what))
        return;
    switch (cmdqvSupportProbe(doctor->options->root)) {
    case CMDQV_SUPPORT_WITH:
        if (inventory->len > 0)
            break;
        verdict = CMDQV_CMD_DOCTOR_FAIL;
        advice = "firmware declares it, but there is no SMMUv3 in /sys/class/iommu; the kernel needs CONFIG_ARM_SMMU_V3";
        break;
    case CMDQV_SUPPORT_WITHOUT:
        verdict = CMDQV_CMD_DOCTOR_FAIL;
        advice = "firmware declares none: domains with cmdqv='on' do not start here";
        break;
    case CMDQV_SUPPORT_UNKNOWN:
        verdict = CMDQV_CMD_DOCTOR_WARN;
        advice = "there is neither an IORT of ACPI nor a device tree to tell by";
        break;
    }
    cmdqvCmdDoctorSay(doctor, "host", verdict, advice, "%s", what);
}


/* The reason why no instance gets CMDQV, with the remedy; NULL if there is none. */
static const char *
cmdqvCmdDoctorNovaLayoutIsOff(const cmdqvCmdDoctorReport *doctor)
{
    if (doctor->asked.remote)
        return "the daemon is on another host; run 'virt-cmdqv doctor --nova' there";
    if (!doctor->options->settings->novaLayout)
        return "it is off, so no instance gets CMDQV; set 'nova_layout = on' in cmdqv.conf and restart the daemon";
    if (doctor->asked.lacksNovaLayout)
        return "it is on in cmdqv.conf, and the daemon has not read that yet; restart the daemon, which leaves guests running";
    return NULL;
}


/* Checks the setting and the devices without which the host must not have the trait. */
static void
cmdqvCmdDoctorCheckNova(cmdqvCmdDoctorReport *doctor)
{
    static const char layout[] = "for the setting nova_layout";
    static const char devices[] = "for devices to offer to Nova";
    const char *off = cmdqvCmdDoctorNovaLayoutIsOff(doctor);
    g_autoptr(GPtrArray) inventory = NULL;

    cmdqvCmdDoctorSay(doctor, "nova-layout", off ? CMDQV_CMD_DOCTOR_FAIL : CMDQV_CMD_DOCTOR_PASS, off, "%s", layout);
    if (doctor->asked.remote)
        return;
    inventory = cmdqvSmmuInventoryRead(doctor->options->root);
    if (cmdqvHostNovaHasDevices(inventory, doctor->options->root))
        cmdqvCmdDoctorSay(doctor, "nova-devices", CMDQV_CMD_DOCTOR_PASS, "'virt-cmdqv host --shape nova' prints them for nova.conf", "%s", devices);
    else
        cmdqvCmdDoctorSay(doctor, "nova-devices", CMDQV_CMD_DOCTOR_FAIL,
                          "no device for a guest is behind an SMMU with CMDQV; 'virt-cmdqv host' lists the host's devices", "%s", devices);
}


static void
cmdqvCmdDoctorCheckDefinition(cmdqvCmdDoctorReport *doctor, virDomainPtr domain)
{
    g_autoptr(cmdqvTextMalloced) xml = virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE);
    g_auto(cmdqvDefinition) definition = { .name = NULL };
    g_autoptr(GError) error = NULL;
    const char *name = virDomainGetName(domain);
    guint i;

    if (!xml || !cmdqvDomainXMLMayHaveSmmu(xml))
        return;
    if (!cmdqvAskedDaemonJudge(&doctor->asked, !doctor->readOnly, xml, strlen(xml), &definition, &error)) {
        cmdqvCmdDoctorSay(doctor, "definition", CMDQV_CMD_DOCTOR_FAIL, error->message, "the definition of domain '%s'", name);
        return;
    }
    for (i = 0; i < definition.findings->len; i++) {
        const cmdqvFinding *finding = g_ptr_array_index(definition.findings, i);
        g_autofree char *advice = g_strdup_printf("%s [%s]", finding->message, finding->rule->identifier);

        cmdqvCmdDoctorSay(doctor, "definition", finding->level == CMDQV_RULE_ERROR ? CMDQV_CMD_DOCTOR_FAIL : CMDQV_CMD_DOCTOR_WARN, advice,
                          "the definition of domain '%s'", name);
    }
    if (definition.hasSmmu && definition.findings->len == 0)
        cmdqvCmdDoctorSay(doctor, "definition", CMDQV_CMD_DOCTOR_PASS, NULL, "the definition of domain '%s'", name);
}


/* Reports the anchor of a running domain; nothing if CMDQV is off. */
static void
cmdqvCmdDoctorSayAnchor(cmdqvCmdDoctorReport *doctor, const cmdqvAnchorRow *row)
{
    const char *vsmmu = cmdqvAnchorRowName(row, "machine-wide");
    g_autofree char *device = !row->anchor ? g_strdup(row->host ? row->host : "a device without an id")
        : g_strdup_printf("'%s'%s%s", row->anchor, row->host ? ", host " : "", row->host ? row->host : "");
    cmdqvCmdDoctorVerdict verdict = CMDQV_CMD_DOCTOR_PASS;
    g_autofree char *advice = NULL;

    if (g_strcmp0(row->source, cmdqvAnchorSourceToString(CMDQV_ANCHOR_INACTIVE)) == 0)
        return;
    if (g_strcmp0(row->source, cmdqvAnchorSourceToString(CMDQV_ANCHOR_NOBODY)) == 0) {
        verdict = g_strcmp0(row->cmdqv, "on") == 0 ? CMDQV_CMD_DOCTOR_FAIL : CMDQV_CMD_DOCTOR_WARN;
        advice = g_strdup("none is there, so the guest runs without CMDQV; shut it down, place a hostdev behind the vSMMU and start "
                          "it again");
    } else if (g_strcmp0(row->source, cmdqvAnchorSourceToString(CMDQV_ANCHOR_UNKNOWN)) == 0) {
        verdict = CMDQV_CMD_DOCTOR_WARN;
        advice = g_strdup_printf("it may be %s, and every device that may be it must stay: %s", device,
                                 row->detail ? row->detail : "it is not known");
    } else {
        verdict = row->detail ? CMDQV_CMD_DOCTOR_WARN : CMDQV_CMD_DOCTOR_PASS;
        advice = g_strdup_printf("%s%s%s", device, row->detail ? ": " : "", row->detail ? row->detail : "");
    }
    cmdqvCmdDoctorSay(doctor, "anchor", verdict, advice, "the anchor of vSMMU '%s' of domain '%s'", vsmmu, row->domain);
}


static void
cmdqvCmdDoctorCheckAnchors(cmdqvCmdDoctorReport *doctor, virDomainPtr domain)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(cmdqvAnchorRowFree);
    g_autoptr(GError) error = NULL;
    guint i;

    if (virDomainIsActive(domain) != 1)
        return;
    if (!cmdqvAnchorRowsRead(rows, domain, &doctor->asked.host, &error)) {
        cmdqvCmdDoctorSay(doctor, "anchor", CMDQV_CMD_DOCTOR_FAIL, error->message, "the anchors of domain '%s'", virDomainGetName(domain));
        return;
    }
    for (i = 0; i < rows->len; i++)
        cmdqvCmdDoctorSayAnchor(doctor, g_ptr_array_index(rows, i));
}


static void
cmdqvCmdDoctorCheckAll(cmdqvCmdDoctorReport *doctor)
{
    guint i;

    cmdqvCmdDoctorCheckDaemon(doctor);
    if (doctor->conn) {
        cmdqvCmdDoctorCheckModule(doctor);
        cmdqvCmdDoctorCheckLibvirt(doctor);
        cmdqvCmdDoctorCheckRelease(doctor);
    }
    cmdqvCmdDoctorCheckHook(doctor);
    cmdqvCmdDoctorCheckConfiguration(doctor);
    cmdqvCmdDoctorCheckEmulators(doctor);
    cmdqvCmdDoctorCheckHost(doctor);
    if (doctor->nova) {
        cmdqvCmdDoctorCheckNova(doctor);
        return;
    }

    if (doctor->conn && !doctor->domains)
        cmdqvCmdDoctorSay(doctor, "definition", CMDQV_CMD_DOCTOR_FAIL, cmdqvToolLastError(), "the domains");
    for (i = 0; doctor->domains && i < doctor->domains->len; i++) {
        cmdqvCmdDoctorCheckDefinition(doctor, g_ptr_array_index(doctor->domains, i));
        cmdqvCmdDoctorCheckAnchors(doctor, g_ptr_array_index(doctor->domains, i));
    }
}


static int
cmdqvCmdDoctorRun(const cmdqvToolOptions *options, int argc, char **argv)
{
    gboolean json = FALSE;
    gboolean nova = FALSE;
    const GOptionEntry entries[] = {
        { .long_name = "json", .short_name = 'j', .arg = G_OPTION_ARG_NONE, .arg_data = &json, .description = "Print JSON" },
        { .long_name = "nova", .arg = G_OPTION_ARG_NONE, .arg_data = &nova,
          .description = "Check whether Nova may offer devices with the trait " CMDQV_HOST_NOVA_TRAIT ", and check no domains" },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(JsonBuilder) builder = NULL;
    cmdqvCmdDoctorReport doctor = { .options = options };
    int status;

    if (!cmdqvToolParse(&cmdqvCmdDoctor, entries, &argc, &argv, &status))
        return status;
    if (argc > 1)
        return cmdqvToolUsage(&cmdqvCmdDoctor, "give no arguments");
    doctor.nova = nova;

    if (cmdqvCmdDoctorConnect(&doctor) && g_strcmp0(virConnectGetType(doctor.conn), "QEMU") != 0) {
        status = cmdqvToolTrouble("doctor: '%s' is not a QEMU driver; name one with -c", virConnectGetType(doctor.conn));
        cmdqvCmdDoctorClear(&doctor);
        return status;
    }
    doctor.json = builder = cmdqvToolJsonBegin(json);
    cmdqvCmdDoctorCheckAll(&doctor);
    cmdqvCmdDoctorClear(&doctor);
    cmdqvToolJsonEnd(builder);
    return doctor.failed > 0 ? CMDQV_EXIT_REFUSED : CMDQV_EXIT_SUCCESS;
}


const cmdqvToolCommand cmdqvCmdDoctor = {
    .name = "doctor",
    .arguments = "[--json] [--nova]",
    .summary = "Checks the daemon, the emulators, the host and its domains, and says what to do.",
    .example = "doctor -c qemu:///system",
    .run = cmdqvCmdDoctorRun,
};
