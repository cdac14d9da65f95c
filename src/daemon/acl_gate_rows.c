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
    { .function = "virConnectDomainXMLToNative", .check = "virConnectDomainXMLToNativeEnsureACL" },
    { .function = "virConnectGetCPUModelNames" },
    { .function = "virDomainAttachDevice", .check = "virDomainAttachDeviceFlagsEnsureACL" },
    { .function = "virDomainAttachDeviceFlags", .check = "virDomainAttachDeviceFlagsEnsureACL" },
    { .function = "virDomainCheckpointCreateXML", .check = "virDomainCheckpointCreateXMLEnsureACL" },
    { .function = "virDomainCheckpointGetXMLDesc" },
    { .function = "virDomainCreate", .check = "virDomainCreateWithFlagsEnsureACL" },
    { .function = "virDomainCreateLinux", .check = "virDomainCreateXMLEnsureACL" },
    { .function = "virDomainCreateWithFiles", .check = "virDomainCreateWithFilesEnsureACL", .isNotQemus = true },
    { .function = "virDomainCreateWithFlags", .check = "virDomainCreateWithFlagsEnsureACL" },
    { .function = "virDomainCreateXML", .check = "virDomainCreateXMLEnsureACL" },
    { .function = "virDomainCreateXMLWithFiles", .check = "virDomainCreateXMLWithFilesEnsureACL", .isNotQemus = true },
    { .function = "virDomainDefineXML", .check = "virDomainDefineXMLFlagsEnsureACL" },
    { .function = "virDomainDefineXMLFlags", .check = "virDomainDefineXMLFlagsEnsureACL" },
    { .function = "virDomainDetachDevice", .check = "virDomainDetachDeviceFlagsEnsureACL" },
    { .function = "virDomainDetachDeviceAlias", .check = "virDomainDetachDeviceAliasEnsureACL" },
    { .function = "virDomainDetachDeviceFlags", .check = "virDomainDetachDeviceFlagsEnsureACL" },
    { .function = "virDomainGetMetadata" },
    { .function = "virDomainGetXMLDesc" },
    { .function = "virDomainManagedSaveDefineXML", .check = "virDomainSaveImageDefineXMLEnsureACL" },
    { .function = "virDomainManagedSaveGetXMLDesc" },
    { .function = "virDomainMigrateBegin3", .check = "virDomainMigrateBegin3EnsureACL" },
    { .function = "virDomainMigrateBegin3Params", .check = "virDomainMigrateBegin3ParamsEnsureACL" },
    { .function = "virDomainMigrateFinish3", .check = "virDomainMigrateFinish3EnsureACL" },
    { .function = "virDomainMigrateFinish3Params", .check = "virDomainMigrateFinish3ParamsEnsureACL" },
    { .function = "virDomainMigratePerform3", .check = "virDomainMigratePerform3EnsureACL" },
    { .function = "virDomainMigratePerform3Params", .check = "virDomainMigratePerform3ParamsEnsureACL" },
    { .function = "virDomainMigratePrepare2", .check = "virDomainMigratePrepare2EnsureACL" },
    { .function = "virDomainMigratePrepare3", .check = "virDomainMigratePrepare3EnsureACL" },
    { .function = "virDomainMigratePrepare3Params", .check = "virDomainMigratePrepare3ParamsEnsureACL" },
    { .function = "virDomainMigratePrepareTunnel", .check = "virDomainMigratePrepareTunnelEnsureACL" },
    { .function = "virDomainMigratePrepareTunnel3", .check = "virDomainMigratePrepareTunnel3EnsureACL" },
    { .function = "virDomainMigratePrepareTunnel3Params", .check = "virDomainMigratePrepareTunnel3ParamsEnsureACL" },
    { .function = "virDomainQemuMonitorCommand", .check = "virDomainQemuMonitorCommandWithFilesEnsureACL" },
    { .function = "virDomainQemuMonitorCommandWithFiles", .check = "virDomainQemuMonitorCommandWithFilesEnsureACL" },
    { .function = "virDomainRestore", .check = "virDomainRestoreEnsureACL" },
    { .function = "virDomainRestoreFlags", .check = "virDomainRestoreFlagsEnsureACL" },
    { .function = "virDomainRestoreParams", .check = "virDomainRestoreParamsEnsureACL" },
    { .function = "virDomainRevertToSnapshot", .check = "virDomainRevertToSnapshotEnsureACL" },
    { .function = "virDomainSaveFlags", .check = "virDomainSaveFlagsEnsureACL" },
    { .function = "virDomainSaveImageDefineXML", .check = "virDomainSaveImageDefineXMLEnsureACL" },
    { .function = "virDomainSaveImageGetXMLDesc" },
    { .function = "virDomainSaveParams", .check = "virDomainSaveParamsEnsureACL" },
    { .function = "virDomainSetMetadata", .check = "virDomainSetMetadataEnsureACL" },
    { .function = "virDomainSnapshotCreateXML", .check = "virDomainSnapshotCreateXMLEnsureACL" },
    { .function = "virDomainSnapshotGetXMLDesc" },
    { .function = "virDomainUpdateDeviceFlags", .check = "virDomainUpdateDeviceFlagsEnsureACL" },
    { .function = NULL }
};
