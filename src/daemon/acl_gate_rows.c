/*
 * acl_gate_rows.c: list the access check of each call that may be refused
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A check is named after its function, but libvirt's QEMU driver implements
 * some functions by others, and calls their checks (src/qemu/qemu_driver.c).
 * tests/ledger compares this with the ledger, the module and the driver.
 */

#include "daemon/acl_gate_rows.h"

#include <stddef.h>

const cmdqvAclGateRow cmdqvAclGateRows[] = {
    { "virConnectDomainXMLToNative", "virConnectDomainXMLToNativeEnsureACL", false },
    { "virConnectGetCPUModelNames", NULL, false },
    { "virDomainAttachDevice", "virDomainAttachDeviceFlagsEnsureACL", false },
    { "virDomainAttachDeviceFlags", "virDomainAttachDeviceFlagsEnsureACL", false },
    { "virDomainCheckpointCreateXML", "virDomainCheckpointCreateXMLEnsureACL", false },
    { "virDomainCheckpointGetXMLDesc", NULL, false },
    { "virDomainCreate", "virDomainCreateWithFlagsEnsureACL", false },
    { "virDomainCreateLinux", "virDomainCreateXMLEnsureACL", false },
    { "virDomainCreateWithFiles", "virDomainCreateWithFilesEnsureACL", true },
    { "virDomainCreateWithFlags", "virDomainCreateWithFlagsEnsureACL", false },
    { "virDomainCreateXML", "virDomainCreateXMLEnsureACL", false },
    { "virDomainCreateXMLWithFiles", "virDomainCreateXMLWithFilesEnsureACL", true },
    { "virDomainDefineXML", "virDomainDefineXMLFlagsEnsureACL", false },
    { "virDomainDefineXMLFlags", "virDomainDefineXMLFlagsEnsureACL", false },
    { "virDomainDetachDevice", "virDomainDetachDeviceFlagsEnsureACL", false },
    { "virDomainDetachDeviceAlias", "virDomainDetachDeviceAliasEnsureACL", false },
    { "virDomainDetachDeviceFlags", "virDomainDetachDeviceFlagsEnsureACL", false },
    { "virDomainGetMetadata", NULL, false },
    { "virDomainGetXMLDesc", NULL, false },
    { "virDomainManagedSaveDefineXML", "virDomainSaveImageDefineXMLEnsureACL", false },
    { "virDomainManagedSaveGetXMLDesc", NULL, false },
    { "virDomainMigrateFinish3", "virDomainMigrateFinish3EnsureACL", false },
    { "virDomainMigrateFinish3Params", "virDomainMigrateFinish3ParamsEnsureACL", false },
    { "virDomainMigratePrepare2", "virDomainMigratePrepare2EnsureACL", false },
    { "virDomainMigratePrepare3", "virDomainMigratePrepare3EnsureACL", false },
    { "virDomainMigratePrepare3Params", "virDomainMigratePrepare3ParamsEnsureACL", false },
    { "virDomainMigratePrepareTunnel", "virDomainMigratePrepareTunnelEnsureACL", false },
    { "virDomainMigratePrepareTunnel3", "virDomainMigratePrepareTunnel3EnsureACL", false },
    { "virDomainMigratePrepareTunnel3Params", "virDomainMigratePrepareTunnel3ParamsEnsureACL", false },
    { "virDomainQemuMonitorCommand", "virDomainQemuMonitorCommandWithFilesEnsureACL", false },
    { "virDomainQemuMonitorCommandWithFiles", "virDomainQemuMonitorCommandWithFilesEnsureACL", false },
    { "virDomainRestore", "virDomainRestoreEnsureACL", false },
    { "virDomainRestoreFlags", "virDomainRestoreFlagsEnsureACL", false },
    { "virDomainRestoreParams", "virDomainRestoreParamsEnsureACL", false },
    { "virDomainRevertToSnapshot", "virDomainRevertToSnapshotEnsureACL", false },
    { "virDomainSaveFlags", "virDomainSaveFlagsEnsureACL", false },
    { "virDomainSaveImageDefineXML", "virDomainSaveImageDefineXMLEnsureACL", false },
    { "virDomainSaveImageGetXMLDesc", NULL, false },
    { "virDomainSaveParams", "virDomainSaveParamsEnsureACL", false },
    { "virDomainSetMetadata", "virDomainSetMetadataEnsureACL", false },
    { "virDomainSnapshotCreateXML", "virDomainSnapshotCreateXMLEnsureACL", false },
    { "virDomainSnapshotGetXMLDesc", NULL, false },
    { "virDomainUpdateDeviceFlags", "virDomainUpdateDeviceFlagsEnsureACL", false },
    { NULL, NULL, false }
};
