/*
 * api_ledger.c: list the effect of each function of libvirt on anchors and rules
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The table makes sure that no function is forgotten: tests/ledger compares it
 * with libvirt's own description of its API and with the exports of the module,
 * and docs/ledger.rst is printed from it. A new function of a later libvirt
 * fails the test until it has a row here.
 */

#include "plugin/api_ledger.h"

static const char *const cmdqvApiLedgerKindNames[] = {
    [CMDQV_API_LEDGER_GUARDED] = "guarded",
    [CMDQV_API_LEDGER_HARMLESS] = "harmless",
    [CMDQV_API_LEDGER_HOOK] = "hook",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvApiLedgerKindNames) == CMDQV_API_LEDGER_LAST);

/* Texts that several rows share. */
static const char cmdqvApiLedgerAttach[] = "api_attach.c: a device that does not belong behind a CMDQV vSMMU, live; "
    "a definition that would break a rule";
static const char cmdqvApiLedgerDetach[] = "api_detach.c: an anchor that would leave a running domain, "
    "the last device that could anchor leaving a definition";
static const char cmdqvApiLedgerDefine[] = "api_define.c: a domain that breaks a rule";
static const char cmdqvApiLedgerUndefine[] = "the definition goes as a whole, and a running domain keeps its devices";
static const char cmdqvApiLedgerConvert[] = "converts a text; nothing is defined or started";
static const char cmdqvApiLedgerStart[] = "api_start.c: a definition that breaks a rule; the hook judges it as well";
static const char cmdqvApiLedgerAutostart[] = "the start that follows comes from inside the daemon";
static const char cmdqvApiLedgerRestore[] = "api_save.c: a saved domain that breaks a rule; the hook judges it as well";
static const char cmdqvApiLedgerSaveXML[] = "api_save.c: XML for a saved domain that breaks a rule";
static const char cmdqvApiLedgerSave[] = "ends the domain as a whole and keeps its own XML; to restore it is judged";
static const char cmdqvApiLedgerCoreDump[] = "writes memory to a file; the domain goes on, is reset or ends as a whole";
static const char cmdqvApiLedgerMonitor[] = "api_monitor.c: commands that take away the anchor, or a bus, SMMU or "
    "iommufd that it needs, or bring a device that does not belong behind a CMDQV vSMMU, in QMP and in HMP";
static const char cmdqvApiLedgerMigrate[] = "the caller's own libvirt cuts it into the phases of the next section; "
    "no daemon is asked for it by this name";
static const char cmdqvApiLedgerMigrateLimit[] = "a limit or a phase of the transfer; the devices stay what they are";
static const char cmdqvApiLedgerMigrateOut[] = "the domain leaves as a whole; XML given for it is judged where it arrives";
static const char cmdqvApiLedgerMigrateSource[] = "api_migrate_source.c: XML for the destination that libvirt does not survive; the "
    "domain leaves as a whole, and the XML is judged where it arrives";
static const char cmdqvApiLedgerMigrateFirst[] = "of the first kind of migration, which libvirt's QEMU driver does not know";
static const char cmdqvApiLedgerMigratePrepare[] = "api_migrate_prepare.c: a domain whose CMDQV an older libvirt would drop; else the "
    "hook judges the XML that arrives, at migrate before there is a domain, and at prepare before it starts";
static const char cmdqvApiLedgerMigrateFinish[] = "api_migrate_finish.c: a definition that comes in the cookie, to stay when the domain "
    "has gone, and breaks a rule; the hook has judged the domain itself";
static const char cmdqvApiLedgerMigrateFinish2[] = "libvirt's QEMU driver reads no cookie there; the hook has judged the domain that "
    "arrives";
static const char cmdqvApiLedgerMigrateConfirm[] = "ends the domain on this side as a whole, or lets it go on";
static const char cmdqvApiLedgerEnd[] = "ends the domain as a whole: there is nothing left to lose an anchor";
static const char cmdqvApiLedgerReset[] = "the same QEMU goes on with the same devices; where libvirt starts another, "
    "the hook judges that";
static const char cmdqvApiLedgerPause[] = "stops or continues the processors; the devices stay";
static const char cmdqvApiLedgerAbort[] = "ends a job, such as a migration or a dump, and leaves the devices as they are";
static const char cmdqvApiLedgerAgent[] = "asks the guest's agent for one thing, which is none that moves a PCI device";
static const char cmdqvApiLedgerInput[] = "a way into the guest, which can do what the guest can";
static const char cmdqvApiLedgerProcessors[] = "adds or removes a processor, which is no PCI device";
static const char cmdqvApiLedgerMemory[] = "moves the balloon or sets a size; memory is no PCI device";
static const char cmdqvApiLedgerIOThread[] = "an object that libvirt names iothreadN, never an iommufd";
static const char cmdqvApiLedgerTuning[] = "tells the host's kernel how to treat QEMU; its devices stay";
static const char cmdqvApiLedgerBlock[] = "works on a disk's image; no device comes or goes";
static const char cmdqvApiLedgerThrottle[] = "an object that libvirt names throttle-GROUP, never an iommufd";
static const char cmdqvApiLedgerReads[] = "reads, and changes nothing";
static const char cmdqvApiLedgerShow[] = "api_get_xml.c: reads; a domain that was lowered for an older libvirt is shown as its "
    "client wrote it";
static const char cmdqvApiLedgerReadsGuest[] = "reads, also through the guest's agent, and changes nothing";
static const char cmdqvApiLedgerHandle[] = "what a client holds on to, or finds a domain by; nothing is done to the domain";
static const char cmdqvApiLedgerEvents[] = "says which events a client hears of";
static const char cmdqvApiLedgerContainer[] = "for containers; libvirt's QEMU driver has no such function";
static const char cmdqvApiLedgerHostInUse[] = "libvirt refuses it for a device that a running domain uses";

static const cmdqvApiLedgerRow cmdqvApiLedgerDevices[] = {
    { .function = "virDomainAttachDevice", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerAttach },
    { .function = "virDomainAttachDeviceFlags", .kind = CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerAttach },
    { .function = "virDomainDetachDevice", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerDetach },
    { .function = "virDomainDetachDeviceAlias", .kind = CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerDetach },
    { .function = "virDomainDetachDeviceFlags", .kind = CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerDetach },
    {
        .function = "virDomainUpdateDeviceFlags",
        .kind = CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION,
        .words = "api_update.c: an update that makes a definition break a rule; libvirt exchanges no device of a running domain",
    },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerDefinitions[] = {
    { .function = "virConnectDomainXMLFromNative", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerConvert },
    {
        .function = "virConnectDomainXMLToNative",
        .kind = CMDQV_API_LEDGER_GUARDED,
        .words = "api_get_xml.c: converts a text, as libvirt would get it to define; nothing is defined or started",
    },
    {
        .function = "virDomainCreateLinux",
        .kind = CMDQV_API_LEDGER_GUARDED,
        .words = "api_define.c: a domain that breaks a rule, where the driver runs in the caller's process; a daemon is asked for "
            "virDomainCreateXML instead",
    },
    { .function = "virDomainCreateXML", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerDefine },
    { .function = "virDomainCreateXMLWithFiles", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerDefine },
    { .function = "virDomainDefineXML", .kind = CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerDefine },
    { .function = "virDomainDefineXMLFlags", .kind = CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerDefine },
    {
        .function = "virDomainRename",
        .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION,
        .words = "changes the name alone, and libvirt refuses it for a running domain",
    },
    { .function = "virDomainUndefine", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerUndefine },
    { .function = "virDomainUndefineFlags", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerUndefine },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerStarts[] = {
    { .function = "virDomainCreate", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerStart },
    { .function = "virDomainCreateWithFiles", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerStart },
    { .function = "virDomainCreateWithFlags", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerStart },
    {
        .function = "virDomainFDAssociate",
        .kind = CMDQV_API_LEDGER_HARMLESS,
        .words = "lends file descriptors to a start or attach, which is judged",
    },
    { .function = "virDomainSetAutostart", .kind = CMDQV_API_LEDGER_HOOK, .words = cmdqvApiLedgerAutostart },
    { .function = "virDomainSetAutostartOnce", .kind = CMDQV_API_LEDGER_HOOK, .words = cmdqvApiLedgerAutostart },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerSaved[] = {
    { .function = "virDomainManagedSave", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerSave },
    { .function = "virDomainManagedSaveDefineXML", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerSaveXML },
    {
        .function = "virDomainManagedSaveRemove",
        .kind = CMDQV_API_LEDGER_HARMLESS,
        .words = "the next start is from the definition, and judged by it",
    },
    { .function = "virDomainRestore", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerRestore },
    { .function = "virDomainRestoreFlags", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerRestore },
    { .function = "virDomainRestoreParams", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerRestore },
    { .function = "virDomainSave", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerSave },
    { .function = "virDomainSaveFlags", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerSaveXML },
    { .function = "virDomainSaveImageDefineXML", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerSaveXML },
    { .function = "virDomainSaveParams", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerSaveXML },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerSnapshots[] = {
    {
        .function = "virDomainCheckpointCreateXML",
        .kind = CMDQV_API_LEDGER_GUARDED,
        .words = "api_snapshot.c: marks disks; the domain XML in a checkpoint is only shown again, nothing is ever defined or started "
            "from it, so it is not judged, but lowered for an older libvirt",
    },
    { .function = "virDomainCheckpointDelete", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerBlock },
    {
        .function = "virDomainRevertToSnapshot",
        .kind = CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION,
        .words = "api_snapshot.c: a snapshot of a domain that breaks a rule, before the running domain is stopped for it; the "
            "definition that a revert puts in place is shown to no hook",
    },
    {
        .function = "virDomainSnapshotCreateXML",
        .kind = CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION,
        .words = "api_snapshot.c: domain XML in a redefined snapshot that breaks a rule",
    },
    {
        .function = "virDomainSnapshotDelete",
        .kind = CMDQV_API_LEDGER_HOOK | CMDQV_API_LEDGER_DEFINITION,
        .words = "to merge the disks of a domain that is shut off, libvirt starts it paused, from inside the daemon",
    },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerMetadata[] = {
    {
        .function = "virConnectGetCPUModelNames",
        .kind = CMDQV_API_LEDGER_GUARDED,
        .words = "api_module_version.c: tells the module's version and the number of its refusals for an architecture of the project's "
            "name, and passes every other on",
    },
    {
        .function = "virDomainGetMetadata",
        .kind = CMDQV_API_LEDGER_GUARDED,
        .words = "api_metadata.c: answers with the anchors for the project's own namespace, and passes every other on",
    },
    {
        .function = "virDomainSetMetadata",
        .kind = CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION,
        .words = "api_metadata.c: an element in the project's own namespace, which would look like the module's answer",
    },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerMonitors[] = {
    { .function = "virDomainQemuAttach", .kind = CMDQV_API_LEDGER_HARMLESS, .words = "libvirt's QEMU driver has no such function any more" },
    { .function = "virDomainQemuMonitorCommand", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerMonitor },
    { .function = "virDomainQemuMonitorCommandWithFiles", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerMonitor },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerMigrations[] = {
    { .function = "virDomainMigrate", .kind = CMDQV_API_LEDGER_HOOK, .words = cmdqvApiLedgerMigrate },
    { .function = "virDomainMigrate2", .kind = CMDQV_API_LEDGER_HOOK, .words = cmdqvApiLedgerMigrate },
    { .function = "virDomainMigrate3", .kind = CMDQV_API_LEDGER_HOOK, .words = cmdqvApiLedgerMigrate },
    { .function = "virDomainMigrateGetCompressionCache", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainMigrateGetMaxDowntime", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainMigrateGetMaxSpeed", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainMigrateSetCompressionCache", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerMigrateLimit },
    { .function = "virDomainMigrateSetMaxDowntime", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerMigrateLimit },
    { .function = "virDomainMigrateSetMaxSpeed", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerMigrateLimit },
    { .function = "virDomainMigrateStartPostCopy", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerMigrateLimit },
    { .function = "virDomainMigrateToURI", .kind = CMDQV_API_LEDGER_HOOK, .words = cmdqvApiLedgerMigrate },
    { .function = "virDomainMigrateToURI2", .kind = CMDQV_API_LEDGER_HOOK, .words = cmdqvApiLedgerMigrate },
    { .function = "virDomainMigrateToURI3", .kind = CMDQV_API_LEDGER_HOOK, .words = cmdqvApiLedgerMigrate },
    { .function = NULL }
};

/* src/libvirt_internal.h */
static const cmdqvApiLedgerRow cmdqvApiLedgerPhases[] = {
    { .function = "virDomainMigrateBegin3", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerMigrateSource },
    { .function = "virDomainMigrateBegin3Params", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerMigrateSource },
    {
        .function = "virDomainMigrateConfirm3",
        .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION,
        .words = cmdqvApiLedgerMigrateConfirm,
    },
    {
        .function = "virDomainMigrateConfirm3Params",
        .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION,
        .words = cmdqvApiLedgerMigrateConfirm,
    },
    { .function = "virDomainMigrateFinish", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerMigrateFirst },
    {
        .function = "virDomainMigrateFinish2",
        .kind = CMDQV_API_LEDGER_HOOK | CMDQV_API_LEDGER_DEFINITION,
        .words = cmdqvApiLedgerMigrateFinish2,
    },
    {
        .function = "virDomainMigrateFinish3",
        .kind = CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION,
        .words = cmdqvApiLedgerMigrateFinish,
    },
    {
        .function = "virDomainMigrateFinish3Params",
        .kind = CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION,
        .words = cmdqvApiLedgerMigrateFinish,
    },
    { .function = "virDomainMigratePerform", .kind = CMDQV_API_LEDGER_HOOK | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerMigrateOut },
    { .function = "virDomainMigratePerform3", .kind = CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerMigrateSource },
    {
        .function = "virDomainMigratePerform3Params",
        .kind = CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION,
        .words = cmdqvApiLedgerMigrateSource,
    },
    { .function = "virDomainMigratePrepare", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerMigrateFirst },
    { .function = "virDomainMigratePrepare2", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerMigratePrepare },
    { .function = "virDomainMigratePrepare3", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerMigratePrepare },
    { .function = "virDomainMigratePrepare3Params", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerMigratePrepare },
    { .function = "virDomainMigratePrepareTunnel", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerMigratePrepare },
    { .function = "virDomainMigratePrepareTunnel3", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerMigratePrepare },
    { .function = "virDomainMigratePrepareTunnel3Params", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerMigratePrepare },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerRuns[] = {
    { .function = "virDomainAbortJob", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerAbort },
    { .function = "virDomainAbortJobFlags", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerAbort },
    { .function = "virDomainCoreDump", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerCoreDump },
    { .function = "virDomainCoreDumpWithFormat", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerCoreDump },
    { .function = "virDomainDestroy", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerEnd },
    { .function = "virDomainDestroyFlags", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerEnd },
    { .function = "virDomainInjectNMI", .kind = CMDQV_API_LEDGER_HARMLESS, .words = "an interrupt for the guest; the devices stay" },
    { .function = "virDomainPMWakeup", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerPause },
    { .function = "virDomainReboot", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReset },
    { .function = "virDomainReset", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReset },
    { .function = "virDomainResume", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerPause },
    {
        .function = "virDomainSetLifecycleAction",
        .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION,
        .words = "chooses what becomes of the domain as a whole when it ends; no device is taken from it",
    },
    { .function = "virDomainShutdown", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerEnd },
    { .function = "virDomainShutdownFlags", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerEnd },
    { .function = "virDomainSuspend", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerPause },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerGuest[] = {
    { .function = "virDomainAgentSetResponseTimeout", .kind = CMDQV_API_LEDGER_HARMLESS, .words = "how long libvirt waits for the agent" },
    { .function = "virDomainAuthorizedSSHKeysGet", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerAgent },
    { .function = "virDomainAuthorizedSSHKeysSet", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerAgent },
    { .function = "virDomainFSFreeze", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerAgent },
    { .function = "virDomainFSThaw", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerAgent },
    { .function = "virDomainFSTrim", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerAgent },
    { .function = "virDomainOpenChannel", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerInput },
    { .function = "virDomainOpenConsole", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerInput },
    { .function = "virDomainOpenGraphics", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerInput },
    { .function = "virDomainOpenGraphicsFD", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerInput },
    { .function = "virDomainPMSuspendForDuration", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerAgent },
    { .function = "virDomainQemuAgentCommand", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerInput },
    { .function = "virDomainSendKey", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerInput },
    { .function = "virDomainSetGuestVcpus", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerAgent },
    { .function = "virDomainSetTime", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerAgent },
    { .function = "virDomainSetUserPassword", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerAgent },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerResources[] = {
    { .function = "virDomainAddIOThread", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerIOThread },
    { .function = "virDomainDelIOThread", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerIOThread },
    { .function = "virDomainPinEmulator", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerTuning },
    { .function = "virDomainPinIOThread", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerTuning },
    { .function = "virDomainPinVcpu", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerTuning },
    { .function = "virDomainPinVcpuFlags", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerTuning },
    {
        .function = "virDomainSetBlkioParameters",
        .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION,
        .words = cmdqvApiLedgerTuning,
    },
    {
        .function = "virDomainSetIOThreadParams",
        .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION,
        .words = cmdqvApiLedgerIOThread,
    },
    { .function = "virDomainSetLaunchSecurityState", .kind = CMDQV_API_LEDGER_HARMLESS, .words = "hands a secret to the guest before it runs" },
    { .function = "virDomainSetMaxMemory", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerMemory },
    { .function = "virDomainSetMemory", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerMemory },
    { .function = "virDomainSetMemoryFlags", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerMemory },
    {
        .function = "virDomainSetMemoryParameters",
        .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION,
        .words = cmdqvApiLedgerTuning,
    },
    {
        .function = "virDomainSetMemoryStatsPeriod",
        .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION,
        .words = "how often the balloon counts",
    },
    { .function = "virDomainSetNumaParameters", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerTuning },
    { .function = "virDomainSetPerfEvents", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerTuning },
    {
        .function = "virDomainSetSchedulerParameters",
        .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION,
        .words = cmdqvApiLedgerTuning,
    },
    {
        .function = "virDomainSetSchedulerParametersFlags",
        .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION,
        .words = cmdqvApiLedgerTuning,
    },
    { .function = "virDomainSetVcpu", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerProcessors },
    { .function = "virDomainSetVcpus", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerProcessors },
    { .function = "virDomainSetVcpusFlags", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerProcessors },
    { .function = "virDomainStartDirtyRateCalc", .kind = CMDQV_API_LEDGER_HARMLESS, .words = "measures" },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerDisks[] = {
    { .function = "virDomainBackupBegin", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerBlock },
    { .function = "virDomainBlockCommit", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerBlock },
    { .function = "virDomainBlockCopy", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerBlock },
    { .function = "virDomainBlockJobAbort", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerBlock },
    { .function = "virDomainBlockJobSetSpeed", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerBlock },
    { .function = "virDomainBlockPull", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerBlock },
    { .function = "virDomainBlockRebase", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerBlock },
    { .function = "virDomainBlockResize", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerBlock },
    {
        .function = "virDomainDelThrottleGroup",
        .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION,
        .words = cmdqvApiLedgerThrottle,
    },
    { .function = "virDomainSetBlockIoTune", .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, .words = cmdqvApiLedgerBlock },
    { .function = "virDomainSetBlockThreshold", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerBlock },
    {
        .function = "virDomainSetThrottleGroup",
        .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION,
        .words = cmdqvApiLedgerThrottle,
    },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerInterfaces[] = {
    { .function = "virDomainAnnounceInterface", .kind = CMDQV_API_LEDGER_HARMLESS, .words = "sends a packet" },
    { .function = "virDomainGraphicsReload", .kind = CMDQV_API_LEDGER_HARMLESS, .words = "reads the certificates of a display again" },
    {
        .function = "virDomainSetInterfaceParameters",
        .kind = CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION,
        .words = "sets a bandwidth; the interface stays what it is",
    },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerQuestions[] = {
    { .function = "virConnectGetAllDomainStats", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virConnectGetDomainCapabilities", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainBackupGetXMLDesc", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainBlockPeek", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainBlockStats", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainBlockStatsFlags", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainCheckpointGetXMLDesc", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerShow },
    { .function = "virDomainGetAutostart", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetAutostartOnce", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetBlkioParameters", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetBlockInfo", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetBlockIoTune", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetBlockJobInfo", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetCPUStats", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetControlInfo", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetDiskErrors", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetEmulatorPinInfo", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetFSInfo", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReadsGuest },
    { .function = "virDomainGetGuestInfo", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReadsGuest },
    { .function = "virDomainGetGuestVcpus", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReadsGuest },
    { .function = "virDomainGetHostname", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReadsGuest },
    { .function = "virDomainGetIOThreadInfo", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetInfo", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetInterfaceParameters", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetJobInfo", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetJobStats", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetLaunchSecurityInfo", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetMaxMemory", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetMaxVcpus", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetMemoryParameters", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetMessages", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetNumaParameters", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetOSType", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetPerfEvents", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetSchedulerParameters", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetSchedulerParametersFlags", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetSchedulerType", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetSecurityLabel", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetSecurityLabelList", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetState", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetTime", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReadsGuest },
    { .function = "virDomainGetVcpuPinInfo", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetVcpus", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainGetVcpusFlags", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReadsGuest },
    { .function = "virDomainGetXMLDesc", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerShow },
    { .function = "virDomainHasCurrentSnapshot", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainHasManagedSaveImage", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainInterfaceAddresses", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReadsGuest },
    { .function = "virDomainInterfaceStats", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainIsActive", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainIsPersistent", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainIsUpdated", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainListGetStats", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainManagedSaveGetXMLDesc", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerShow },
    { .function = "virDomainMemoryPeek", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainMemoryStats", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainSaveImageGetXMLDesc", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerShow },
    { .function = "virDomainScreenshot", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainSnapshotGetXMLDesc", .kind = CMDQV_API_LEDGER_GUARDED, .words = cmdqvApiLedgerShow },
    { .function = "virDomainSnapshotHasMetadata", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = "virDomainSnapshotIsCurrent", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerReads },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerHandles[] = {
    { .function = "virConnectListAllDomains", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virConnectListDefinedDomains", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virConnectListDomains", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virConnectNumOfDefinedDomains", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virConnectNumOfDomains", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainCheckpointFree", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainCheckpointGetConnect", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainCheckpointGetDomain", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainCheckpointGetName", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainCheckpointGetParent", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainCheckpointListAllChildren", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainCheckpointLookupByName", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainCheckpointRef", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainFSInfoFree", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainFree", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainGetConnect", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainGetID", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainGetName", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainGetUUID", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainGetUUIDString", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainIOThreadInfoFree", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainInterfaceFree", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainListAllCheckpoints", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainListAllSnapshots", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainLookupByID", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainLookupByName", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainLookupByUUID", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainLookupByUUIDString", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainRef", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainSnapshotCurrent", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainSnapshotFree", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainSnapshotGetConnect", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainSnapshotGetDomain", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainSnapshotGetName", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainSnapshotGetParent", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainSnapshotListAllChildren", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainSnapshotListChildrenNames", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainSnapshotListNames", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainSnapshotLookupByName", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainSnapshotNum", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainSnapshotNumChildren", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainSnapshotRef", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = "virDomainStatsRecordListFree", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHandle },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerEventing[] = {
    { .function = "virConnectDomainEventDeregister", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerEvents },
    { .function = "virConnectDomainEventDeregisterAny", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerEvents },
    { .function = "virConnectDomainEventRegister", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerEvents },
    { .function = "virConnectDomainEventRegisterAny", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerEvents },
    { .function = "virConnectDomainQemuMonitorEventDeregister", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerEvents },
    { .function = "virConnectDomainQemuMonitorEventRegister", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerEvents },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerContainers[] = {
    { .function = "virDomainLxcEnterCGroup", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerContainer },
    { .function = "virDomainLxcEnterNamespace", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerContainer },
    { .function = "virDomainLxcEnterSecurityLabel", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerContainer },
    { .function = "virDomainLxcOpenNamespace", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerContainer },
    { .function = "virDomainSendProcessSignal", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerContainer },
    { .function = NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerHostDevices[] = {
    { .function = "virNodeDeviceDestroy", .kind = CMDQV_API_LEDGER_HARMLESS, .words = "removes mediated devices and virtual HBAs, no anchor" },
    { .function = "virNodeDeviceDetachFlags", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHostInUse },
    { .function = "virNodeDeviceDettach", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHostInUse },
    { .function = "virNodeDeviceReAttach", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHostInUse },
    { .function = "virNodeDeviceReset", .kind = CMDQV_API_LEDGER_HARMLESS, .words = cmdqvApiLedgerHostInUse },
    { .function = NULL }
};

const cmdqvApiLedgerGroup cmdqvApiLedger[] = {
    { .theme = "Devices", .rows = cmdqvApiLedgerDevices },
    { .theme = "Definitions", .rows = cmdqvApiLedgerDefinitions },
    { .theme = "Starts", .rows = cmdqvApiLedgerStarts },
    { .theme = "Saved domains", .rows = cmdqvApiLedgerSaved },
    { .theme = "Snapshots and checkpoints", .rows = cmdqvApiLedgerSnapshots },
    { .theme = "Metadata", .rows = cmdqvApiLedgerMetadata },
    { .theme = "QEMU's monitor", .rows = cmdqvApiLedgerMonitors },
    { .theme = "Migration", .rows = cmdqvApiLedgerMigrations },
    {
        .theme = "Migration, in phases",
        .about = "libvirt's public API does not have these functions; its clients and daemons call them when a domain "
            "migrates.",
        .rows = cmdqvApiLedgerPhases,
    },
    { .theme = "Running, resetting, ending", .rows = cmdqvApiLedgerRuns },
    {
        .theme = "Ways into the guest",
        .about = "With and without these functions, the guest can do the same to its own anchor; the setting anchor_port "
            "limits that.",
        .rows = cmdqvApiLedgerGuest,
    },
    { .theme = "Processors, memory, tuning", .rows = cmdqvApiLedgerResources },
    { .theme = "Disks", .rows = cmdqvApiLedgerDisks },
    { .theme = "Interfaces and displays", .rows = cmdqvApiLedgerInterfaces },
    { .theme = "Questions", .rows = cmdqvApiLedgerQuestions },
    { .theme = "Handles and lists", .rows = cmdqvApiLedgerHandles },
    { .theme = "Events", .rows = cmdqvApiLedgerEventing },
    { .theme = "Containers", .rows = cmdqvApiLedgerContainers },
    {
        .theme = "Devices of the host",
        .about = "Their parameter is not a domain but a host device, which may be an anchor.",
        .rows = cmdqvApiLedgerHostDevices,
    },
    { .theme = NULL }
};


/**
 * cmdqvApiLedgerKindToString:
 * @kind: kind of a function of libvirt
 *
 * Returns: (transfer none): its name, as in docs/ledger.rst
 */
const char *
cmdqvApiLedgerKindToString(cmdqvApiLedgerKind kind)
{
    return cmdqvApiLedgerKindNames[kind & ~(unsigned int)CMDQV_API_LEDGER_DEFINITION];
}


/**
 * cmdqvApiLedgerChangesDefinition:
 * @kind: kind of a function of libvirt
 *
 * Returns: true if it may change a persistent definition
 */
bool
cmdqvApiLedgerChangesDefinition(cmdqvApiLedgerKind kind)
{
    return kind & CMDQV_API_LEDGER_DEFINITION;
}
