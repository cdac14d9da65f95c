/*
 * query_as_daemon.h: query libvirt in the daemon's name
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"

/** A handle of a domain, whose release does not touch the last error. */
typedef virDomain cmdqvQueryAsDaemonHandle;

cmdqvQueryAsDaemonHandle *cmdqvQueryAsDaemonOwnHandle(virDomainPtr domain);
void cmdqvQueryAsDaemonHandleFree(cmdqvQueryAsDaemonHandle *handle);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(cmdqvQueryAsDaemonHandle, cmdqvQueryAsDaemonHandleFree)

int cmdqvQueryAsDaemonIsActive(virDomainPtr domain);
int cmdqvQueryAsDaemonIsPersistent(virDomainPtr domain);
gint64 cmdqvQueryAsDaemonHeldFor(virDomainPtr domain);
bool cmdqvQueryAsDaemonIsHeld(virDomainPtr domain);
int cmdqvQueryAsDaemonHasManagedSave(virDomainPtr domain);
char *cmdqvQueryAsDaemonDomainXML(virDomainPtr domain, unsigned int flags);
char *cmdqvQueryAsDaemonMetadata(virDomainPtr domain, const char *uri);
char *cmdqvQueryAsDaemonSaveImageXML(virConnectPtr conn, const char *file);
char *cmdqvQueryAsDaemonManagedSaveXML(virDomainPtr domain);
char *cmdqvQueryAsDaemonSnapshotXML(virDomainSnapshotPtr snapshot);
char *cmdqvQueryAsDaemonNative(virConnectPtr conn, const char *xml);
