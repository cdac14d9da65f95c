/*
 * daemon/query_as_daemon.h: questions to libvirt that its answer to a caller hangs on
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "daemon/next_call.h"

int cmdqvAskIsActive(virDomainPtr domain);
int cmdqvAskIsPersistent(virDomainPtr domain);
gint64 cmdqvAskHeldFor(virDomainPtr domain);
int cmdqvAskHasManagedSave(virDomainPtr domain);
char *cmdqvAskDomainXML(virDomainPtr domain, unsigned int flags);
char *cmdqvAskSaveImageXML(virConnectPtr conn, const char *file);
char *cmdqvAskManagedSaveXML(virDomainPtr domain);
char *cmdqvAskSnapshotXML(virDomainSnapshotPtr snapshot);
char *cmdqvAskNative(virConnectPtr conn, const char *xml);
