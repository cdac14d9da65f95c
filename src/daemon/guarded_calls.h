/*
 * guarded_calls.h: list the functions that the module guards
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

/**
 * CMDQV_GUARDED_CALLS:
 * @EFFECT: the file in src/plugin that guards the functions after it, and the
 *   effect that it prevents
 * @OWN: a function with an access check of its name, and whether it may change
 *   a definition; then definition_lock.c has it too
 * @OF: the same for one that libvirt's QEMU driver implements by another
 *   function (src/qemu/qemu_driver.c), and calls the check of that
 * @NOT_QEMUS: one that the QEMU driver does not have so far
 * @READS: one that the module refuses to no caller
 *
 * The gate, the ledger and the manual have their rows from this table.
 * tests/ledger compares it with the module and the driver.
 */
#define CMDQV_GUARDED_CALLS(EFFECT, OWN, OF, NOT_QEMUS, READS) \
    EFFECT("api_attach.c: a device that must not be behind a CMDQV vSMMU, live; a definition that would break a rule") \
    OF(virDomainAttachDevice, virDomainAttachDeviceFlags, false) \
    OWN(virDomainAttachDeviceFlags, true) \
    EFFECT("api_define.c: a domain that breaks a rule, if the driver runs in the caller's process; a daemon gets " \
           "virDomainCreateXML instead") \
    OF(virDomainCreateLinux, virDomainCreateXML, false) \
    EFFECT("api_define.c: a domain that breaks a rule") \
    OWN(virDomainCreateXML, false) \
    NOT_QEMUS(virDomainCreateXMLWithFiles) \
    OF(virDomainDefineXML, virDomainDefineXMLFlags, true) \
    OWN(virDomainDefineXMLFlags, true) \
    EFFECT("api_detach.c: an anchor that would leave a running domain, the last device that could anchor leaving a definition") \
    OF(virDomainDetachDevice, virDomainDetachDeviceFlags, false) \
    OWN(virDomainDetachDeviceAlias, true) \
    OWN(virDomainDetachDeviceFlags, true) \
    EFFECT("api_get_xml.c: converts a text, in the form in which libvirt would get it to define; nothing is defined or started") \
    OWN(virConnectDomainXMLToNative, false) \
    EFFECT("api_get_xml.c: reads; a lowered domain is shown as its client wrote it") \
    READS(virDomainCheckpointGetXMLDesc) \
    READS(virDomainGetXMLDesc) \
    READS(virDomainSaveImageGetXMLDesc) \
    READS(virDomainSnapshotGetXMLDesc) \
    EFFECT("api_get_xml.c: reads, if libvirt survives the definition in the managed save; a lowered domain is shown as its client wrote it") \
    OWN(virDomainManagedSaveGetXMLDesc, false) \
    EFFECT("api_metadata.c: answers with the anchors for the project's own namespace, and passes every other on") \
    READS(virDomainGetMetadata) \
    EFFECT("api_metadata.c: an element in the project's own namespace, which would look like the module's answer") \
    OWN(virDomainSetMetadata, true) \
    EFFECT("api_migrate_finish.c: a definition in the cookie that breaks a rule, and that stays on the host after the domain ends; the hook " \
           "has judged the domain itself") \
    OWN(virDomainMigrateFinish3, true) \
    OWN(virDomainMigrateFinish3Params, true) \
    EFFECT("api_migrate_prepare.c: a domain whose CMDQV a libvirt before 12.7 would drop; otherwise the hook judges the XML, at " \
           "migrate before there is a domain, and at prepare before it starts") \
    OWN(virDomainMigratePrepare2, false) \
    OWN(virDomainMigratePrepare3, false) \
    OWN(virDomainMigratePrepare3Params, false) \
    OWN(virDomainMigratePrepareTunnel, false) \
    OWN(virDomainMigratePrepareTunnel3, false) \
    OWN(virDomainMigratePrepareTunnel3Params, false) \
    EFFECT("api_migrate_source.c: XML for the destination that crashes libvirt; the whole domain leaves the host, and the " \
           "destination judges the XML") \
    OWN(virDomainMigrateBegin3, false) \
    OWN(virDomainMigrateBegin3Params, false) \
    OWN(virDomainMigratePerform3, true) \
    OWN(virDomainMigratePerform3Params, true) \
    EFFECT("api_module_version.c: tells the module's version, the number of its refusals and a setting for an architecture of the " \
           "project's name, and passes every other on") \
    READS(virConnectGetCPUModelNames) \
    EFFECT("api_monitor.c: commands that remove the anchor, or a bus, SMMU or iommufd that it needs, or add a device that must not be " \
           "behind a CMDQV vSMMU, in QMP and in HMP") \
    OF(virDomainQemuMonitorCommand, virDomainQemuMonitorCommandWithFiles, false) \
    OWN(virDomainQemuMonitorCommandWithFiles, false) \
    EFFECT("api_save.c: XML for a saved domain that breaks a rule") \
    OWN(virDomainManagedSaveDefineXML, false) \
    OWN(virDomainSaveFlags, false) \
    OWN(virDomainSaveImageDefineXML, false) \
    OWN(virDomainSaveParams, false) \
    EFFECT("api_save.c: a saved domain that breaks a rule; the hook judges it as well") \
    OWN(virDomainRestore, false) \
    OWN(virDomainRestoreFlags, false) \
    OWN(virDomainRestoreParams, false) \
    EFFECT("api_snapshot.c: marks disks; the domain XML in a checkpoint is only shown again, nothing is ever defined or started from " \
           "it, so it is not judged, but lowered for a libvirt before 12.7") \
    OWN(virDomainCheckpointCreateXML, false) \
    EFFECT("api_snapshot.c: a snapshot of a domain that breaks a rule, before the running domain is stopped for it; the definition that " \
           "a revert puts in place is shown to no hook") \
    OWN(virDomainRevertToSnapshot, true) \
    EFFECT("api_snapshot.c: domain XML in a redefined snapshot that breaks a rule") \
    OWN(virDomainSnapshotCreateXML, true) \
    EFFECT("api_start.c: a definition that breaks a rule; the hook judges it as well") \
    OF(virDomainCreate, virDomainCreateWithFlags, false) \
    NOT_QEMUS(virDomainCreateWithFiles) \
    OWN(virDomainCreateWithFlags, false) \
    EFFECT("api_update.c: an update that makes a definition break a rule; libvirt exchanges no device of a running domain") \
    OWN(virDomainUpdateDeviceFlags, true)

typedef struct {
    const char *effect;     /* of the rows after this one; NULL in the row of a function */
    const char *function;
    const char *check;      /* NULL if the module refuses nothing */
    bool isNotQemus;        /* so far libvirt's QEMU driver has no such function */
    bool changesDefinition;  /* the function may change a definition */
} cmdqvGuardedCallsRow;

/** The same as an array; an empty row ends it. */
extern const cmdqvGuardedCallsRow cmdqvGuardedCalls[];
