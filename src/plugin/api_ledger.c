/*
 * plugin/api_ledger.c: what each function of libvirt means for anchors and rules
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The table is there so that no function is forgotten: tests/ledger compares
 * it with libvirt's own description of its API and with what the module
 * exports, and docs/ledger.rst is printed from it.  A function that a future
 * libvirt adds fails the test until somebody has thought about it here.
 */

#include "plugin/api_ledger.h"

static const char *const cmdqvLedgerKindNames[] = {
    [CMDQV_LEDGER_GUARDED] = "guarded",
    [CMDQV_LEDGER_HARMLESS] = "harmless",
    [CMDQV_LEDGER_HOOK] = "hook",
};
G_STATIC_ASSERT(G_N_ELEMENTS(cmdqvLedgerKindNames) == CMDQV_LEDGER_LAST);

/* Words that several rows share. */
static const char cmdqvLedgerAttach[] = "plugin/api_attach.c: a device that does not belong behind a CMDQV vSMMU, live; "
    "a definition that would break a rule";
static const char cmdqvLedgerDetach[] = "plugin/api_detach.c: an anchor that would leave a running domain, "
    "the last device that could anchor leaving a definition";
static const char cmdqvLedgerDefine[] = "plugin/api_define.c: a domain that breaks a rule";
static const char cmdqvLedgerUndefine[] = "the definition goes as a whole, and a running domain keeps its devices";
static const char cmdqvLedgerConvert[] = "converts a text; nothing is defined or started";
static const char cmdqvLedgerStart[] = "plugin/api_start.c: a definition that breaks a rule; the hook judges it as well";
static const char cmdqvLedgerAutostart[] = "the start that follows comes from inside the daemon";
static const char cmdqvLedgerRestore[] = "plugin/api_save.c: a saved domain that breaks a rule; the hook judges it as well";
static const char cmdqvLedgerSaveXML[] = "plugin/api_save.c: XML for a saved domain that breaks a rule";
static const char cmdqvLedgerSave[] = "ends the domain as a whole and keeps its own XML; to restore it is judged";
static const char cmdqvLedgerCoreDump[] = "writes memory to a file; the domain goes on, is reset or ends as a whole";
static const char cmdqvLedgerMonitor[] = "plugin/api_monitor.c: commands that take away the anchor, or a bus, SMMU or "
    "iommufd that it needs, or bring a device that does not belong behind a CMDQV vSMMU, in QMP and in HMP";
static const char cmdqvLedgerMigrate[] = "the caller's own libvirt cuts it into the phases of the next section; "
    "no daemon is asked for it by this name";
static const char cmdqvLedgerMigrateLimit[] = "a limit or a phase of the transfer; the devices stay what they are";
static const char cmdqvLedgerMigrateOut[] = "the domain leaves as a whole; XML given for it is judged where it arrives";
static const char cmdqvLedgerMigrateFirst[] = "of the first kind of migration, which libvirt's QEMU driver does not know";
static const char cmdqvLedgerMigrateOlder[] = "plugin/api_migrate_prepare.c: a domain whose CMDQV an older libvirt would drop; else the "
    "hook judges the XML that arrives, at migrate before there is a domain, and at prepare before it starts";
static const char cmdqvLedgerMigrateFinish[] = "plugin/api_migrate_finish.c: a definition that comes in the cookie, to stay when the domain "
    "has gone, and breaks a rule; the hook has judged the domain itself";
static const char cmdqvLedgerMigrateFinish2[] = "libvirt's QEMU driver reads no cookie there; the hook has judged the domain that "
    "arrives";
static const char cmdqvLedgerMigrateConfirm[] = "ends the domain on this side as a whole, or lets it go on";
static const char cmdqvLedgerEnd[] = "ends the domain as a whole: there is nothing left to lose an anchor";
static const char cmdqvLedgerReset[] = "the same QEMU goes on with the same devices; where libvirt starts another, "
    "the hook judges that";
static const char cmdqvLedgerPause[] = "stops or continues the processors; the devices stay";
static const char cmdqvLedgerAbort[] = "ends a job, such as a migration or a dump, and leaves the devices as they are";
static const char cmdqvLedgerAgent[] = "asks the guest's agent for one thing, which is none that moves a PCI device";
static const char cmdqvLedgerInput[] = "a way into the guest, which can do what the guest can";
static const char cmdqvLedgerProcessors[] = "adds or removes a processor, which is no PCI device";
static const char cmdqvLedgerMemory[] = "moves the balloon or sets a size; memory is no PCI device";
static const char cmdqvLedgerIOThread[] = "an object that libvirt names iothreadN, never an iommufd";
static const char cmdqvLedgerTuning[] = "tells the host's kernel how to treat QEMU; its devices stay";
static const char cmdqvLedgerBlock[] = "works on a disk's image; no device comes or goes";
static const char cmdqvLedgerThrottle[] = "an object that libvirt names throttle-GROUP, never an iommufd";
static const char cmdqvLedgerReads[] = "reads, and changes nothing";
static const char cmdqvLedgerShow[] = "plugin/api_get_xml.c: reads; a domain that was lowered for an older libvirt is shown as its "
    "client wrote it";
static const char cmdqvLedgerReadsGuest[] = "reads, also through the guest's agent, and changes nothing";
static const char cmdqvLedgerHandle[] = "what a client holds on to, or finds a domain by; nothing is done to the domain";
static const char cmdqvLedgerEvents[] = "says which events a client hears of";
static const char cmdqvLedgerContainer[] = "for containers; libvirt's QEMU driver has no such function";
static const char cmdqvLedgerHostInUse[] = "libvirt refuses it for a device that a running domain uses";

static const cmdqvLedgerRow cmdqvLedgerDevices[] = {
    { "virDomainAttachDevice", CMDQV_LEDGER_GUARDED, cmdqvLedgerAttach },
    { "virDomainAttachDeviceFlags", CMDQV_LEDGER_GUARDED, cmdqvLedgerAttach },
    { "virDomainDetachDevice", CMDQV_LEDGER_GUARDED, cmdqvLedgerDetach },
    { "virDomainDetachDeviceAlias", CMDQV_LEDGER_GUARDED, cmdqvLedgerDetach },
    { "virDomainDetachDeviceFlags", CMDQV_LEDGER_GUARDED, cmdqvLedgerDetach },
    { "virDomainUpdateDeviceFlags", CMDQV_LEDGER_GUARDED,
      "plugin/api_update.c: an update that makes a definition break a rule; libvirt exchanges no device of a running domain" },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerDefinitions[] = {
    { "virConnectDomainXMLFromNative", CMDQV_LEDGER_HARMLESS, cmdqvLedgerConvert },
    { "virConnectDomainXMLToNative", CMDQV_LEDGER_GUARDED,
      "plugin/api_native_command_line.c: converts a text, as libvirt would get it to define; nothing is defined or started" },
    { "virDomainCreateLinux", CMDQV_LEDGER_GUARDED,
      "plugin/api_define.c: a domain that breaks a rule, where the driver runs in the caller's process; a daemon is asked for "
      "virDomainCreateXML instead" },
    { "virDomainCreateXML", CMDQV_LEDGER_GUARDED, cmdqvLedgerDefine },
    { "virDomainCreateXMLWithFiles", CMDQV_LEDGER_GUARDED, cmdqvLedgerDefine },
    { "virDomainDefineXML", CMDQV_LEDGER_GUARDED, cmdqvLedgerDefine },
    { "virDomainDefineXMLFlags", CMDQV_LEDGER_GUARDED, cmdqvLedgerDefine },
    { "virDomainRename", CMDQV_LEDGER_HARMLESS, "changes the name alone, and libvirt refuses it for a running domain" },
    { "virDomainUndefine", CMDQV_LEDGER_HARMLESS, cmdqvLedgerUndefine },
    { "virDomainUndefineFlags", CMDQV_LEDGER_HARMLESS, cmdqvLedgerUndefine },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerStarts[] = {
    { "virDomainCreate", CMDQV_LEDGER_GUARDED, cmdqvLedgerStart },
    { "virDomainCreateWithFiles", CMDQV_LEDGER_GUARDED, cmdqvLedgerStart },
    { "virDomainCreateWithFlags", CMDQV_LEDGER_GUARDED, cmdqvLedgerStart },
    { "virDomainFDAssociate", CMDQV_LEDGER_HARMLESS, "lends file descriptors to a start or attach, which is judged" },
    { "virDomainSetAutostart", CMDQV_LEDGER_HOOK, cmdqvLedgerAutostart },
    { "virDomainSetAutostartOnce", CMDQV_LEDGER_HOOK, cmdqvLedgerAutostart },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerSaved[] = {
    { "virDomainManagedSave", CMDQV_LEDGER_HARMLESS, cmdqvLedgerSave },
    { "virDomainManagedSaveDefineXML", CMDQV_LEDGER_GUARDED, cmdqvLedgerSaveXML },
    { "virDomainManagedSaveRemove", CMDQV_LEDGER_HARMLESS, "the next start is from the definition, and judged by it" },
    { "virDomainRestore", CMDQV_LEDGER_GUARDED, cmdqvLedgerRestore },
    { "virDomainRestoreFlags", CMDQV_LEDGER_GUARDED, cmdqvLedgerRestore },
    { "virDomainRestoreParams", CMDQV_LEDGER_GUARDED, cmdqvLedgerRestore },
    { "virDomainSave", CMDQV_LEDGER_HARMLESS, cmdqvLedgerSave },
    { "virDomainSaveFlags", CMDQV_LEDGER_GUARDED, cmdqvLedgerSaveXML },
    { "virDomainSaveImageDefineXML", CMDQV_LEDGER_GUARDED, cmdqvLedgerSaveXML },
    { "virDomainSaveParams", CMDQV_LEDGER_GUARDED, cmdqvLedgerSaveXML },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerSnapshots[] = {
    { "virDomainCheckpointCreateXML", CMDQV_LEDGER_GUARDED,
      "plugin/api_snapshot.c: marks disks; the domain XML in a checkpoint is only shown again, nothing is ever defined or started "
      "from it, so it is not judged, but lowered for an older libvirt" },
    { "virDomainCheckpointDelete", CMDQV_LEDGER_HARMLESS, cmdqvLedgerBlock },
    { "virDomainRevertToSnapshot", CMDQV_LEDGER_GUARDED,
      "plugin/api_snapshot.c: a snapshot of a domain that breaks a rule, before the running domain is stopped for it; the "
      "definition that a revert puts in place is shown to no hook" },
    { "virDomainSnapshotCreateXML", CMDQV_LEDGER_GUARDED,
      "plugin/api_snapshot.c: domain XML in a redefined snapshot that breaks a rule" },
    { "virDomainSnapshotDelete", CMDQV_LEDGER_HOOK,
      "to merge the disks of a domain that is shut off, libvirt starts it paused, from inside the daemon" },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerMetadata[] = {
    { "virConnectGetCPUModelNames", CMDQV_LEDGER_GUARDED,
      "plugin/api_module_version.c: tells the module's version for an architecture of the project's name, and passes every other on" },
    { "virDomainGetMetadata", CMDQV_LEDGER_GUARDED,
      "plugin/api_metadata.c: answers with the anchors for the project's own namespace, and passes every other on" },
    { "virDomainSetMetadata", CMDQV_LEDGER_GUARDED,
      "plugin/api_metadata.c: an element in the project's own namespace, which would look like the module's answer" },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerMonitors[] = {
    { "virDomainQemuAttach", CMDQV_LEDGER_HARMLESS, "libvirt's QEMU driver has no such function any more" },
    { "virDomainQemuMonitorCommand", CMDQV_LEDGER_GUARDED, cmdqvLedgerMonitor },
    { "virDomainQemuMonitorCommandWithFiles", CMDQV_LEDGER_GUARDED, cmdqvLedgerMonitor },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerMigrations[] = {
    { "virDomainMigrate", CMDQV_LEDGER_HOOK, cmdqvLedgerMigrate },
    { "virDomainMigrate2", CMDQV_LEDGER_HOOK, cmdqvLedgerMigrate },
    { "virDomainMigrate3", CMDQV_LEDGER_HOOK, cmdqvLedgerMigrate },
    { "virDomainMigrateGetCompressionCache", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainMigrateGetMaxDowntime", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainMigrateGetMaxSpeed", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainMigrateSetCompressionCache", CMDQV_LEDGER_HARMLESS, cmdqvLedgerMigrateLimit },
    { "virDomainMigrateSetMaxDowntime", CMDQV_LEDGER_HARMLESS, cmdqvLedgerMigrateLimit },
    { "virDomainMigrateSetMaxSpeed", CMDQV_LEDGER_HARMLESS, cmdqvLedgerMigrateLimit },
    { "virDomainMigrateStartPostCopy", CMDQV_LEDGER_HARMLESS, cmdqvLedgerMigrateLimit },
    { "virDomainMigrateToURI", CMDQV_LEDGER_HOOK, cmdqvLedgerMigrate },
    { "virDomainMigrateToURI2", CMDQV_LEDGER_HOOK, cmdqvLedgerMigrate },
    { "virDomainMigrateToURI3", CMDQV_LEDGER_HOOK, cmdqvLedgerMigrate },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

/* src/libvirt_internal.h */
static const cmdqvLedgerRow cmdqvLedgerPhases[] = {
    { "virDomainMigrateBegin3", CMDQV_LEDGER_HOOK, cmdqvLedgerMigrateOut },
    { "virDomainMigrateBegin3Params", CMDQV_LEDGER_HOOK, cmdqvLedgerMigrateOut },
    { "virDomainMigrateConfirm3", CMDQV_LEDGER_HARMLESS, cmdqvLedgerMigrateConfirm },
    { "virDomainMigrateConfirm3Params", CMDQV_LEDGER_HARMLESS, cmdqvLedgerMigrateConfirm },
    { "virDomainMigrateFinish", CMDQV_LEDGER_HARMLESS, cmdqvLedgerMigrateFirst },
    { "virDomainMigrateFinish2", CMDQV_LEDGER_HOOK, cmdqvLedgerMigrateFinish2 },
    { "virDomainMigrateFinish3", CMDQV_LEDGER_GUARDED, cmdqvLedgerMigrateFinish },
    { "virDomainMigrateFinish3Params", CMDQV_LEDGER_GUARDED, cmdqvLedgerMigrateFinish },
    { "virDomainMigratePerform", CMDQV_LEDGER_HOOK, cmdqvLedgerMigrateOut },
    { "virDomainMigratePerform3", CMDQV_LEDGER_HOOK, cmdqvLedgerMigrateOut },
    { "virDomainMigratePerform3Params", CMDQV_LEDGER_HOOK, cmdqvLedgerMigrateOut },
    { "virDomainMigratePrepare", CMDQV_LEDGER_HARMLESS, cmdqvLedgerMigrateFirst },
    { "virDomainMigratePrepare2", CMDQV_LEDGER_GUARDED, cmdqvLedgerMigrateOlder },
    { "virDomainMigratePrepare3", CMDQV_LEDGER_GUARDED, cmdqvLedgerMigrateOlder },
    { "virDomainMigratePrepare3Params", CMDQV_LEDGER_GUARDED, cmdqvLedgerMigrateOlder },
    { "virDomainMigratePrepareTunnel", CMDQV_LEDGER_GUARDED, cmdqvLedgerMigrateOlder },
    { "virDomainMigratePrepareTunnel3", CMDQV_LEDGER_GUARDED, cmdqvLedgerMigrateOlder },
    { "virDomainMigratePrepareTunnel3Params", CMDQV_LEDGER_GUARDED, cmdqvLedgerMigrateOlder },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerRuns[] = {
    { "virDomainAbortJob", CMDQV_LEDGER_HARMLESS, cmdqvLedgerAbort },
    { "virDomainAbortJobFlags", CMDQV_LEDGER_HARMLESS, cmdqvLedgerAbort },
    { "virDomainCoreDump", CMDQV_LEDGER_HARMLESS, cmdqvLedgerCoreDump },
    { "virDomainCoreDumpWithFormat", CMDQV_LEDGER_HARMLESS, cmdqvLedgerCoreDump },
    { "virDomainDestroy", CMDQV_LEDGER_HARMLESS, cmdqvLedgerEnd },
    { "virDomainDestroyFlags", CMDQV_LEDGER_HARMLESS, cmdqvLedgerEnd },
    { "virDomainInjectNMI", CMDQV_LEDGER_HARMLESS, "an interrupt for the guest; the devices stay" },
    { "virDomainPMWakeup", CMDQV_LEDGER_HARMLESS, cmdqvLedgerPause },
    { "virDomainReboot", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReset },
    { "virDomainReset", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReset },
    { "virDomainResume", CMDQV_LEDGER_HARMLESS, cmdqvLedgerPause },
    { "virDomainSetLifecycleAction", CMDQV_LEDGER_HARMLESS,
      "chooses what becomes of the domain as a whole when it ends; no device is taken from it" },
    { "virDomainShutdown", CMDQV_LEDGER_HARMLESS, cmdqvLedgerEnd },
    { "virDomainShutdownFlags", CMDQV_LEDGER_HARMLESS, cmdqvLedgerEnd },
    { "virDomainSuspend", CMDQV_LEDGER_HARMLESS, cmdqvLedgerPause },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerGuest[] = {
    { "virDomainAgentSetResponseTimeout", CMDQV_LEDGER_HARMLESS, "how long libvirt waits for the agent" },
    { "virDomainAuthorizedSSHKeysGet", CMDQV_LEDGER_HARMLESS, cmdqvLedgerAgent },
    { "virDomainAuthorizedSSHKeysSet", CMDQV_LEDGER_HARMLESS, cmdqvLedgerAgent },
    { "virDomainFSFreeze", CMDQV_LEDGER_HARMLESS, cmdqvLedgerAgent },
    { "virDomainFSThaw", CMDQV_LEDGER_HARMLESS, cmdqvLedgerAgent },
    { "virDomainFSTrim", CMDQV_LEDGER_HARMLESS, cmdqvLedgerAgent },
    { "virDomainOpenChannel", CMDQV_LEDGER_HARMLESS, cmdqvLedgerInput },
    { "virDomainOpenConsole", CMDQV_LEDGER_HARMLESS, cmdqvLedgerInput },
    { "virDomainOpenGraphics", CMDQV_LEDGER_HARMLESS, cmdqvLedgerInput },
    { "virDomainOpenGraphicsFD", CMDQV_LEDGER_HARMLESS, cmdqvLedgerInput },
    { "virDomainPMSuspendForDuration", CMDQV_LEDGER_HARMLESS, cmdqvLedgerAgent },
    { "virDomainQemuAgentCommand", CMDQV_LEDGER_HARMLESS, cmdqvLedgerInput },
    { "virDomainSendKey", CMDQV_LEDGER_HARMLESS, cmdqvLedgerInput },
    { "virDomainSetGuestVcpus", CMDQV_LEDGER_HARMLESS, cmdqvLedgerAgent },
    { "virDomainSetTime", CMDQV_LEDGER_HARMLESS, cmdqvLedgerAgent },
    { "virDomainSetUserPassword", CMDQV_LEDGER_HARMLESS, cmdqvLedgerAgent },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerResources[] = {
    { "virDomainAddIOThread", CMDQV_LEDGER_HARMLESS, cmdqvLedgerIOThread },
    { "virDomainDelIOThread", CMDQV_LEDGER_HARMLESS, cmdqvLedgerIOThread },
    { "virDomainPinEmulator", CMDQV_LEDGER_HARMLESS, cmdqvLedgerTuning },
    { "virDomainPinIOThread", CMDQV_LEDGER_HARMLESS, cmdqvLedgerTuning },
    { "virDomainPinVcpu", CMDQV_LEDGER_HARMLESS, cmdqvLedgerTuning },
    { "virDomainPinVcpuFlags", CMDQV_LEDGER_HARMLESS, cmdqvLedgerTuning },
    { "virDomainSetBlkioParameters", CMDQV_LEDGER_HARMLESS, cmdqvLedgerTuning },
    { "virDomainSetIOThreadParams", CMDQV_LEDGER_HARMLESS, cmdqvLedgerIOThread },
    { "virDomainSetLaunchSecurityState", CMDQV_LEDGER_HARMLESS, "hands a secret to the guest before it runs" },
    { "virDomainSetMaxMemory", CMDQV_LEDGER_HARMLESS, cmdqvLedgerMemory },
    { "virDomainSetMemory", CMDQV_LEDGER_HARMLESS, cmdqvLedgerMemory },
    { "virDomainSetMemoryFlags", CMDQV_LEDGER_HARMLESS, cmdqvLedgerMemory },
    { "virDomainSetMemoryParameters", CMDQV_LEDGER_HARMLESS, cmdqvLedgerTuning },
    { "virDomainSetMemoryStatsPeriod", CMDQV_LEDGER_HARMLESS, "how often the balloon counts" },
    { "virDomainSetNumaParameters", CMDQV_LEDGER_HARMLESS, cmdqvLedgerTuning },
    { "virDomainSetPerfEvents", CMDQV_LEDGER_HARMLESS, cmdqvLedgerTuning },
    { "virDomainSetSchedulerParameters", CMDQV_LEDGER_HARMLESS, cmdqvLedgerTuning },
    { "virDomainSetSchedulerParametersFlags", CMDQV_LEDGER_HARMLESS, cmdqvLedgerTuning },
    { "virDomainSetVcpu", CMDQV_LEDGER_HARMLESS, cmdqvLedgerProcessors },
    { "virDomainSetVcpus", CMDQV_LEDGER_HARMLESS, cmdqvLedgerProcessors },
    { "virDomainSetVcpusFlags", CMDQV_LEDGER_HARMLESS, cmdqvLedgerProcessors },
    { "virDomainStartDirtyRateCalc", CMDQV_LEDGER_HARMLESS, "measures" },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerDisks[] = {
    { "virDomainBackupBegin", CMDQV_LEDGER_HARMLESS, cmdqvLedgerBlock },
    { "virDomainBlockCommit", CMDQV_LEDGER_HARMLESS, cmdqvLedgerBlock },
    { "virDomainBlockCopy", CMDQV_LEDGER_HARMLESS, cmdqvLedgerBlock },
    { "virDomainBlockJobAbort", CMDQV_LEDGER_HARMLESS, cmdqvLedgerBlock },
    { "virDomainBlockJobSetSpeed", CMDQV_LEDGER_HARMLESS, cmdqvLedgerBlock },
    { "virDomainBlockPull", CMDQV_LEDGER_HARMLESS, cmdqvLedgerBlock },
    { "virDomainBlockRebase", CMDQV_LEDGER_HARMLESS, cmdqvLedgerBlock },
    { "virDomainBlockResize", CMDQV_LEDGER_HARMLESS, cmdqvLedgerBlock },
    { "virDomainDelThrottleGroup", CMDQV_LEDGER_HARMLESS, cmdqvLedgerThrottle },
    { "virDomainSetBlockIoTune", CMDQV_LEDGER_HARMLESS, cmdqvLedgerBlock },
    { "virDomainSetBlockThreshold", CMDQV_LEDGER_HARMLESS, cmdqvLedgerBlock },
    { "virDomainSetThrottleGroup", CMDQV_LEDGER_HARMLESS, cmdqvLedgerThrottle },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerInterfaces[] = {
    { "virDomainAnnounceInterface", CMDQV_LEDGER_HARMLESS, "sends a packet" },
    { "virDomainGraphicsReload", CMDQV_LEDGER_HARMLESS, "reads the certificates of a display again" },
    { "virDomainSetInterfaceParameters", CMDQV_LEDGER_HARMLESS, "sets a bandwidth; the interface stays what it is" },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerQuestions[] = {
    { "virConnectGetAllDomainStats", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virConnectGetDomainCapabilities", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainBackupGetXMLDesc", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainBlockPeek", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainBlockStats", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainBlockStatsFlags", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainCheckpointGetXMLDesc", CMDQV_LEDGER_GUARDED, cmdqvLedgerShow },
    { "virDomainGetAutostart", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetAutostartOnce", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetBlkioParameters", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetBlockInfo", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetBlockIoTune", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetBlockJobInfo", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetCPUStats", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetControlInfo", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetDiskErrors", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetEmulatorPinInfo", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetFSInfo", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReadsGuest },
    { "virDomainGetGuestInfo", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReadsGuest },
    { "virDomainGetGuestVcpus", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReadsGuest },
    { "virDomainGetHostname", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReadsGuest },
    { "virDomainGetIOThreadInfo", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetInfo", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetInterfaceParameters", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetJobInfo", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetJobStats", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetLaunchSecurityInfo", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetMaxMemory", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetMaxVcpus", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetMemoryParameters", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetMessages", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetNumaParameters", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetOSType", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetPerfEvents", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetSchedulerParameters", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetSchedulerParametersFlags", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetSchedulerType", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetSecurityLabel", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetSecurityLabelList", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetState", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetTime", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReadsGuest },
    { "virDomainGetVcpuPinInfo", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetVcpus", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainGetVcpusFlags", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReadsGuest },
    { "virDomainGetXMLDesc", CMDQV_LEDGER_GUARDED, cmdqvLedgerShow },
    { "virDomainHasCurrentSnapshot", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainHasManagedSaveImage", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainInterfaceAddresses", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReadsGuest },
    { "virDomainInterfaceStats", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainIsActive", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainIsPersistent", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainIsUpdated", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainListGetStats", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainManagedSaveGetXMLDesc", CMDQV_LEDGER_GUARDED, cmdqvLedgerShow },
    { "virDomainMemoryPeek", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainMemoryStats", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainSaveImageGetXMLDesc", CMDQV_LEDGER_GUARDED, cmdqvLedgerShow },
    { "virDomainScreenshot", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainSnapshotGetXMLDesc", CMDQV_LEDGER_GUARDED, cmdqvLedgerShow },
    { "virDomainSnapshotHasMetadata", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { "virDomainSnapshotIsCurrent", CMDQV_LEDGER_HARMLESS, cmdqvLedgerReads },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerHandles[] = {
    { "virConnectListAllDomains", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virConnectListDefinedDomains", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virConnectListDomains", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virConnectNumOfDefinedDomains", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virConnectNumOfDomains", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainCheckpointFree", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainCheckpointGetConnect", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainCheckpointGetDomain", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainCheckpointGetName", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainCheckpointGetParent", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainCheckpointListAllChildren", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainCheckpointLookupByName", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainCheckpointRef", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainFSInfoFree", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainFree", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainGetConnect", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainGetID", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainGetName", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainGetUUID", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainGetUUIDString", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainIOThreadInfoFree", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainInterfaceFree", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainListAllCheckpoints", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainListAllSnapshots", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainLookupByID", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainLookupByName", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainLookupByUUID", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainLookupByUUIDString", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainRef", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainSnapshotCurrent", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainSnapshotFree", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainSnapshotGetConnect", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainSnapshotGetDomain", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainSnapshotGetName", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainSnapshotGetParent", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainSnapshotListAllChildren", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainSnapshotListChildrenNames", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainSnapshotListNames", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainSnapshotLookupByName", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainSnapshotNum", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainSnapshotNumChildren", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainSnapshotRef", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { "virDomainStatsRecordListFree", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHandle },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerEventing[] = {
    { "virConnectDomainEventDeregister", CMDQV_LEDGER_HARMLESS, cmdqvLedgerEvents },
    { "virConnectDomainEventDeregisterAny", CMDQV_LEDGER_HARMLESS, cmdqvLedgerEvents },
    { "virConnectDomainEventRegister", CMDQV_LEDGER_HARMLESS, cmdqvLedgerEvents },
    { "virConnectDomainEventRegisterAny", CMDQV_LEDGER_HARMLESS, cmdqvLedgerEvents },
    { "virConnectDomainQemuMonitorEventDeregister", CMDQV_LEDGER_HARMLESS, cmdqvLedgerEvents },
    { "virConnectDomainQemuMonitorEventRegister", CMDQV_LEDGER_HARMLESS, cmdqvLedgerEvents },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerContainers[] = {
    { "virDomainLxcEnterCGroup", CMDQV_LEDGER_HARMLESS, cmdqvLedgerContainer },
    { "virDomainLxcEnterNamespace", CMDQV_LEDGER_HARMLESS, cmdqvLedgerContainer },
    { "virDomainLxcEnterSecurityLabel", CMDQV_LEDGER_HARMLESS, cmdqvLedgerContainer },
    { "virDomainLxcOpenNamespace", CMDQV_LEDGER_HARMLESS, cmdqvLedgerContainer },
    { "virDomainSendProcessSignal", CMDQV_LEDGER_HARMLESS, cmdqvLedgerContainer },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

static const cmdqvLedgerRow cmdqvLedgerHostDevices[] = {
    { "virNodeDeviceDestroy", CMDQV_LEDGER_HARMLESS, "removes mediated devices and virtual HBAs, no anchor" },
    { "virNodeDeviceDetachFlags", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHostInUse },
    { "virNodeDeviceDettach", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHostInUse },
    { "virNodeDeviceReAttach", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHostInUse },
    { "virNodeDeviceReset", CMDQV_LEDGER_HARMLESS, cmdqvLedgerHostInUse },
    { NULL, CMDQV_LEDGER_LAST, NULL }
};

const cmdqvLedgerGroup cmdqvLedger[] = {
    { "Devices", NULL, cmdqvLedgerDevices },
    { "Definitions", NULL, cmdqvLedgerDefinitions },
    { "Starts", NULL, cmdqvLedgerStarts },
    { "Saved domains", NULL, cmdqvLedgerSaved },
    { "Snapshots and checkpoints", NULL, cmdqvLedgerSnapshots },
    { "Metadata", NULL, cmdqvLedgerMetadata },
    { "QEMU's monitor", NULL, cmdqvLedgerMonitors },
    { "Migration", NULL, cmdqvLedgerMigrations },
    { "Migration, in phases", "Not in libvirt's public API, but what its daemons are asked for when a domain migrates.",
      cmdqvLedgerPhases },
    { "Running, resetting, ending", NULL, cmdqvLedgerRuns },
    { "Ways into the guest", "What the guest can do to its own anchor is the same with and without these; the "
      "setting anchor_port is for that.", cmdqvLedgerGuest },
    { "Processors, memory, tuning", NULL, cmdqvLedgerResources },
    { "Disks", NULL, cmdqvLedgerDisks },
    { "Interfaces and displays", NULL, cmdqvLedgerInterfaces },
    { "Questions", NULL, cmdqvLedgerQuestions },
    { "Handles and lists", NULL, cmdqvLedgerHandles },
    { "Events", NULL, cmdqvLedgerEventing },
    { "Containers", NULL, cmdqvLedgerContainers },
    { "Devices of the host", "They take no domain, but a device of the host, which may be an anchor.",
      cmdqvLedgerHostDevices },
    { NULL, NULL, NULL }
};


/**
 * cmdqvLedgerKindToString:
 * @kind: of a function of libvirt's
 *
 * Returns: (transfer none): its name, as docs/ledger.rst shows it
 */
const char *
cmdqvLedgerKindToString(cmdqvLedgerKind kind)
{
    return cmdqvLedgerKindNames[kind];
}
