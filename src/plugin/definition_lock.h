/*
 * definition_lock.h: lock a definition while the module reads, changes and
 * writes it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"

/** libvirt's own limit for a wait for a domain (VIR_JOB_WAIT_TIME, src/conf/virdomainjob.c). */
#define CMDQV_DEFINITION_LOCK_SECONDS 30

/** The lock of one definition; it is on the stack of its holder. */
typedef struct {
    guint line;     /* index in the table plus one; 0 if nothing is locked */
} cmdqvDefinitionLock;

#define CMDQV_DEFINITION_LOCK_NONE { 0 }

bool cmdqvDefinitionLockAlone(cmdqvDefinitionLock *lock, virDomainPtr domain, unsigned int seconds);
void cmdqvDefinitionLockEnd(cmdqvDefinitionLock *lock);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvDefinitionLock, cmdqvDefinitionLockEnd)

gpointer cmdqvDefinitionLockFind(const char *name);
