/*
 * api_ledger.c: list what each function of libvirt can do to anchors and rules
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
    { "virDomainAttachDevice", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerAttach },
    { "virDomainAttachDeviceFlags", CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerAttach },
    { "virDomainDetachDevice", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerDetach },
    { "virDomainDetachDeviceAlias", CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerDetach },
    { "virDomainDetachDeviceFlags", CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerDetach },
    { "virDomainUpdateDeviceFlags", CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION,
      "api_update.c: an update that makes a definition break a rule; libvirt exchanges no device of a running domain" },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerDefinitions[] = {
    { "virConnectDomainXMLFromNative", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerConvert },
    { "virConnectDomainXMLToNative", CMDQV_API_LEDGER_GUARDED,
      "api_get_xml.c: converts a text, as libvirt would get it to define; nothing is defined or started" },
    { "virDomainCreateLinux", CMDQV_API_LEDGER_GUARDED,
      "api_define.c: a domain that breaks a rule, where the driver runs in the caller's process; a daemon is asked for "
      "virDomainCreateXML instead" },
    { "virDomainCreateXML", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerDefine },
    { "virDomainCreateXMLWithFiles", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerDefine },
    { "virDomainDefineXML", CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerDefine },
    { "virDomainDefineXMLFlags", CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerDefine },
    { "virDomainRename", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, "changes the name alone, and libvirt refuses it for a running domain" },
    { "virDomainUndefine", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerUndefine },
    { "virDomainUndefineFlags", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerUndefine },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerStarts[] = {
    { "virDomainCreate", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerStart },
    { "virDomainCreateWithFiles", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerStart },
    { "virDomainCreateWithFlags", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerStart },
    { "virDomainFDAssociate", CMDQV_API_LEDGER_HARMLESS, "lends file descriptors to a start or attach, which is judged" },
    { "virDomainSetAutostart", CMDQV_API_LEDGER_HOOK, cmdqvApiLedgerAutostart },
    { "virDomainSetAutostartOnce", CMDQV_API_LEDGER_HOOK, cmdqvApiLedgerAutostart },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerSaved[] = {
    { "virDomainManagedSave", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerSave },
    { "virDomainManagedSaveDefineXML", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerSaveXML },
    { "virDomainManagedSaveRemove", CMDQV_API_LEDGER_HARMLESS, "the next start is from the definition, and judged by it" },
    { "virDomainRestore", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerRestore },
    { "virDomainRestoreFlags", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerRestore },
    { "virDomainRestoreParams", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerRestore },
    { "virDomainSave", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerSave },
    { "virDomainSaveFlags", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerSaveXML },
    { "virDomainSaveImageDefineXML", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerSaveXML },
    { "virDomainSaveParams", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerSaveXML },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerSnapshots[] = {
    { "virDomainCheckpointCreateXML", CMDQV_API_LEDGER_GUARDED,
      "api_snapshot.c: marks disks; the domain XML in a checkpoint is only shown again, nothing is ever defined or started "
      "from it, so it is not judged, but lowered for an older libvirt" },
    { "virDomainCheckpointDelete", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerBlock },
    { "virDomainRevertToSnapshot", CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION,
      "api_snapshot.c: a snapshot of a domain that breaks a rule, before the running domain is stopped for it; the "
      "definition that a revert puts in place is shown to no hook" },
    { "virDomainSnapshotCreateXML", CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION,
      "api_snapshot.c: domain XML in a redefined snapshot that breaks a rule" },
    { "virDomainSnapshotDelete", CMDQV_API_LEDGER_HOOK | CMDQV_API_LEDGER_DEFINITION,
      "to merge the disks of a domain that is shut off, libvirt starts it paused, from inside the daemon" },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerMetadata[] = {
    { "virConnectGetCPUModelNames", CMDQV_API_LEDGER_GUARDED,
      "api_module_version.c: tells the module's version and the number of its refusals for an architecture of the project's name, and passes every other on" },
    { "virDomainGetMetadata", CMDQV_API_LEDGER_GUARDED,
      "api_metadata.c: answers with the anchors for the project's own namespace, and passes every other on" },
    { "virDomainSetMetadata", CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION,
      "api_metadata.c: an element in the project's own namespace, which would look like the module's answer" },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerMonitors[] = {
    { "virDomainQemuAttach", CMDQV_API_LEDGER_HARMLESS, "libvirt's QEMU driver has no such function any more" },
    { "virDomainQemuMonitorCommand", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerMonitor },
    { "virDomainQemuMonitorCommandWithFiles", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerMonitor },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerMigrations[] = {
    { "virDomainMigrate", CMDQV_API_LEDGER_HOOK, cmdqvApiLedgerMigrate },
    { "virDomainMigrate2", CMDQV_API_LEDGER_HOOK, cmdqvApiLedgerMigrate },
    { "virDomainMigrate3", CMDQV_API_LEDGER_HOOK, cmdqvApiLedgerMigrate },
    { "virDomainMigrateGetCompressionCache", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainMigrateGetMaxDowntime", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainMigrateGetMaxSpeed", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainMigrateSetCompressionCache", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerMigrateLimit },
    { "virDomainMigrateSetMaxDowntime", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerMigrateLimit },
    { "virDomainMigrateSetMaxSpeed", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerMigrateLimit },
    { "virDomainMigrateStartPostCopy", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerMigrateLimit },
    { "virDomainMigrateToURI", CMDQV_API_LEDGER_HOOK, cmdqvApiLedgerMigrate },
    { "virDomainMigrateToURI2", CMDQV_API_LEDGER_HOOK, cmdqvApiLedgerMigrate },
    { "virDomainMigrateToURI3", CMDQV_API_LEDGER_HOOK, cmdqvApiLedgerMigrate },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

/* src/libvirt_internal.h */
static const cmdqvApiLedgerRow cmdqvApiLedgerPhases[] = {
    { "virDomainMigrateBegin3", CMDQV_API_LEDGER_HOOK, cmdqvApiLedgerMigrateOut },
    { "virDomainMigrateBegin3Params", CMDQV_API_LEDGER_HOOK, cmdqvApiLedgerMigrateOut },
    { "virDomainMigrateConfirm3", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerMigrateConfirm },
    { "virDomainMigrateConfirm3Params", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerMigrateConfirm },
    { "virDomainMigrateFinish", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerMigrateFirst },
    { "virDomainMigrateFinish2", CMDQV_API_LEDGER_HOOK | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerMigrateFinish2 },
    { "virDomainMigrateFinish3", CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerMigrateFinish },
    { "virDomainMigrateFinish3Params", CMDQV_API_LEDGER_GUARDED | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerMigrateFinish },
    { "virDomainMigratePerform", CMDQV_API_LEDGER_HOOK | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerMigrateOut },
    { "virDomainMigratePerform3", CMDQV_API_LEDGER_HOOK | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerMigrateOut },
    { "virDomainMigratePerform3Params", CMDQV_API_LEDGER_HOOK | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerMigrateOut },
    { "virDomainMigratePrepare", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerMigrateFirst },
    { "virDomainMigratePrepare2", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerMigratePrepare },
    { "virDomainMigratePrepare3", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerMigratePrepare },
    { "virDomainMigratePrepare3Params", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerMigratePrepare },
    { "virDomainMigratePrepareTunnel", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerMigratePrepare },
    { "virDomainMigratePrepareTunnel3", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerMigratePrepare },
    { "virDomainMigratePrepareTunnel3Params", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerMigratePrepare },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerRuns[] = {
    { "virDomainAbortJob", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerAbort },
    { "virDomainAbortJobFlags", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerAbort },
    { "virDomainCoreDump", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerCoreDump },
    { "virDomainCoreDumpWithFormat", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerCoreDump },
    { "virDomainDestroy", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerEnd },
    { "virDomainDestroyFlags", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerEnd },
    { "virDomainInjectNMI", CMDQV_API_LEDGER_HARMLESS, "an interrupt for the guest; the devices stay" },
    { "virDomainPMWakeup", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerPause },
    { "virDomainReboot", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReset },
    { "virDomainReset", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReset },
    { "virDomainResume", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerPause },
    { "virDomainSetLifecycleAction", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION,
      "chooses what becomes of the domain as a whole when it ends; no device is taken from it" },
    { "virDomainShutdown", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerEnd },
    { "virDomainShutdownFlags", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerEnd },
    { "virDomainSuspend", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerPause },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerGuest[] = {
    { "virDomainAgentSetResponseTimeout", CMDQV_API_LEDGER_HARMLESS, "how long libvirt waits for the agent" },
    { "virDomainAuthorizedSSHKeysGet", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerAgent },
    { "virDomainAuthorizedSSHKeysSet", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerAgent },
    { "virDomainFSFreeze", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerAgent },
    { "virDomainFSThaw", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerAgent },
    { "virDomainFSTrim", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerAgent },
    { "virDomainOpenChannel", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerInput },
    { "virDomainOpenConsole", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerInput },
    { "virDomainOpenGraphics", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerInput },
    { "virDomainOpenGraphicsFD", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerInput },
    { "virDomainPMSuspendForDuration", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerAgent },
    { "virDomainQemuAgentCommand", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerInput },
    { "virDomainSendKey", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerInput },
    { "virDomainSetGuestVcpus", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerAgent },
    { "virDomainSetTime", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerAgent },
    { "virDomainSetUserPassword", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerAgent },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerResources[] = {
    { "virDomainAddIOThread", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerIOThread },
    { "virDomainDelIOThread", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerIOThread },
    { "virDomainPinEmulator", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerTuning },
    { "virDomainPinIOThread", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerTuning },
    { "virDomainPinVcpu", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerTuning },
    { "virDomainPinVcpuFlags", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerTuning },
    { "virDomainSetBlkioParameters", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerTuning },
    { "virDomainSetIOThreadParams", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerIOThread },
    { "virDomainSetLaunchSecurityState", CMDQV_API_LEDGER_HARMLESS, "hands a secret to the guest before it runs" },
    { "virDomainSetMaxMemory", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerMemory },
    { "virDomainSetMemory", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerMemory },
    { "virDomainSetMemoryFlags", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerMemory },
    { "virDomainSetMemoryParameters", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerTuning },
    { "virDomainSetMemoryStatsPeriod", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, "how often the balloon counts" },
    { "virDomainSetNumaParameters", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerTuning },
    { "virDomainSetPerfEvents", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerTuning },
    { "virDomainSetSchedulerParameters", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerTuning },
    { "virDomainSetSchedulerParametersFlags", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerTuning },
    { "virDomainSetVcpu", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerProcessors },
    { "virDomainSetVcpus", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerProcessors },
    { "virDomainSetVcpusFlags", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerProcessors },
    { "virDomainStartDirtyRateCalc", CMDQV_API_LEDGER_HARMLESS, "measures" },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerDisks[] = {
    { "virDomainBackupBegin", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerBlock },
    { "virDomainBlockCommit", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerBlock },
    { "virDomainBlockCopy", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerBlock },
    { "virDomainBlockJobAbort", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerBlock },
    { "virDomainBlockJobSetSpeed", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerBlock },
    { "virDomainBlockPull", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerBlock },
    { "virDomainBlockRebase", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerBlock },
    { "virDomainBlockResize", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerBlock },
    { "virDomainDelThrottleGroup", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerThrottle },
    { "virDomainSetBlockIoTune", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerBlock },
    { "virDomainSetBlockThreshold", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerBlock },
    { "virDomainSetThrottleGroup", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, cmdqvApiLedgerThrottle },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerInterfaces[] = {
    { "virDomainAnnounceInterface", CMDQV_API_LEDGER_HARMLESS, "sends a packet" },
    { "virDomainGraphicsReload", CMDQV_API_LEDGER_HARMLESS, "reads the certificates of a display again" },
    { "virDomainSetInterfaceParameters", CMDQV_API_LEDGER_HARMLESS | CMDQV_API_LEDGER_DEFINITION, "sets a bandwidth; the interface stays what it is" },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerQuestions[] = {
    { "virConnectGetAllDomainStats", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virConnectGetDomainCapabilities", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainBackupGetXMLDesc", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainBlockPeek", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainBlockStats", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainBlockStatsFlags", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainCheckpointGetXMLDesc", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerShow },
    { "virDomainGetAutostart", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetAutostartOnce", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetBlkioParameters", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetBlockInfo", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetBlockIoTune", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetBlockJobInfo", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetCPUStats", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetControlInfo", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetDiskErrors", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetEmulatorPinInfo", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetFSInfo", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReadsGuest },
    { "virDomainGetGuestInfo", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReadsGuest },
    { "virDomainGetGuestVcpus", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReadsGuest },
    { "virDomainGetHostname", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReadsGuest },
    { "virDomainGetIOThreadInfo", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetInfo", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetInterfaceParameters", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetJobInfo", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetJobStats", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetLaunchSecurityInfo", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetMaxMemory", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetMaxVcpus", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetMemoryParameters", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetMessages", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetNumaParameters", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetOSType", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetPerfEvents", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetSchedulerParameters", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetSchedulerParametersFlags", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetSchedulerType", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetSecurityLabel", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetSecurityLabelList", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetState", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetTime", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReadsGuest },
    { "virDomainGetVcpuPinInfo", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetVcpus", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainGetVcpusFlags", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReadsGuest },
    { "virDomainGetXMLDesc", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerShow },
    { "virDomainHasCurrentSnapshot", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainHasManagedSaveImage", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainInterfaceAddresses", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReadsGuest },
    { "virDomainInterfaceStats", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainIsActive", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainIsPersistent", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainIsUpdated", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainListGetStats", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainManagedSaveGetXMLDesc", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerShow },
    { "virDomainMemoryPeek", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainMemoryStats", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainSaveImageGetXMLDesc", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerShow },
    { "virDomainScreenshot", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainSnapshotGetXMLDesc", CMDQV_API_LEDGER_GUARDED, cmdqvApiLedgerShow },
    { "virDomainSnapshotHasMetadata", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { "virDomainSnapshotIsCurrent", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerReads },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerHandles[] = {
    { "virConnectListAllDomains", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virConnectListDefinedDomains", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virConnectListDomains", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virConnectNumOfDefinedDomains", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virConnectNumOfDomains", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainCheckpointFree", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainCheckpointGetConnect", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainCheckpointGetDomain", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainCheckpointGetName", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainCheckpointGetParent", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainCheckpointListAllChildren", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainCheckpointLookupByName", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainCheckpointRef", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainFSInfoFree", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainFree", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainGetConnect", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainGetID", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainGetName", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainGetUUID", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainGetUUIDString", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainIOThreadInfoFree", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainInterfaceFree", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainListAllCheckpoints", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainListAllSnapshots", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainLookupByID", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainLookupByName", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainLookupByUUID", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainLookupByUUIDString", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainRef", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainSnapshotCurrent", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainSnapshotFree", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainSnapshotGetConnect", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainSnapshotGetDomain", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainSnapshotGetName", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainSnapshotGetParent", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainSnapshotListAllChildren", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainSnapshotListChildrenNames", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainSnapshotListNames", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainSnapshotLookupByName", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainSnapshotNum", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainSnapshotNumChildren", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainSnapshotRef", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { "virDomainStatsRecordListFree", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHandle },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerEventing[] = {
    { "virConnectDomainEventDeregister", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerEvents },
    { "virConnectDomainEventDeregisterAny", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerEvents },
    { "virConnectDomainEventRegister", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerEvents },
    { "virConnectDomainEventRegisterAny", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerEvents },
    { "virConnectDomainQemuMonitorEventDeregister", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerEvents },
    { "virConnectDomainQemuMonitorEventRegister", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerEvents },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerContainers[] = {
    { "virDomainLxcEnterCGroup", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerContainer },
    { "virDomainLxcEnterNamespace", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerContainer },
    { "virDomainLxcEnterSecurityLabel", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerContainer },
    { "virDomainLxcOpenNamespace", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerContainer },
    { "virDomainSendProcessSignal", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerContainer },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

static const cmdqvApiLedgerRow cmdqvApiLedgerHostDevices[] = {
    { "virNodeDeviceDestroy", CMDQV_API_LEDGER_HARMLESS, "removes mediated devices and virtual HBAs, no anchor" },
    { "virNodeDeviceDetachFlags", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHostInUse },
    { "virNodeDeviceDettach", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHostInUse },
    { "virNodeDeviceReAttach", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHostInUse },
    { "virNodeDeviceReset", CMDQV_API_LEDGER_HARMLESS, cmdqvApiLedgerHostInUse },
    { NULL, CMDQV_API_LEDGER_LAST, NULL }
};

const cmdqvApiLedgerGroup cmdqvApiLedger[] = {
    { "Devices", NULL, cmdqvApiLedgerDevices },
    { "Definitions", NULL, cmdqvApiLedgerDefinitions },
    { "Starts", NULL, cmdqvApiLedgerStarts },
    { "Saved domains", NULL, cmdqvApiLedgerSaved },
    { "Snapshots and checkpoints", NULL, cmdqvApiLedgerSnapshots },
    { "Metadata", NULL, cmdqvApiLedgerMetadata },
    { "QEMU's monitor", NULL, cmdqvApiLedgerMonitors },
    { "Migration", NULL, cmdqvApiLedgerMigrations },
    { "Migration, in phases", "Not in libvirt's public API, but what its daemons are asked for when a domain migrates.",
      cmdqvApiLedgerPhases },
    { "Running, resetting, ending", NULL, cmdqvApiLedgerRuns },
    { "Ways into the guest", "What the guest can do to its own anchor is the same with and without these; the "
      "setting anchor_port is for that.", cmdqvApiLedgerGuest },
    { "Processors, memory, tuning", NULL, cmdqvApiLedgerResources },
    { "Disks", NULL, cmdqvApiLedgerDisks },
    { "Interfaces and displays", NULL, cmdqvApiLedgerInterfaces },
    { "Questions", NULL, cmdqvApiLedgerQuestions },
    { "Handles and lists", NULL, cmdqvApiLedgerHandles },
    { "Events", NULL, cmdqvApiLedgerEventing },
    { "Containers", NULL, cmdqvApiLedgerContainers },
    { "Devices of the host", "They take no domain, but a device of the host, which may be an anchor.",
      cmdqvApiLedgerHostDevices },
    { NULL, NULL, NULL }
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
