/*
 * lowering_priv.h: shared parts of the calls that lower domains
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"
#include "policy/definition.h"

/** Invalid XML: libvirt checks connection, rights and flags, and then refuses it. */
#define CMDQV_LOWERING_NOTHING "<libvirt-cmdqv-access-check/>"

/** XML for libvirt: its lowered form, or the reason why it cannot be lowered. */
typedef struct {
    virConnectPtr conn;
    const char *function;
    char *lowered;
    char *why;
    virErrorDomain from;    /* the part of libvirt that the error names, as in a libvirt with CMDQV; VIR_FROM_NONE: it is the module's */
} cmdqvLoweringText;

void cmdqvLoweringTextClear(cmdqvLoweringText *text);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvLoweringText, cmdqvLoweringTextClear)

bool cmdqvLoweringIsBad(const char *xml, cmdqvLoweringText *text);
bool cmdqvLoweringDocIsBad(const xmlDoc *doc, cmdqvLoweringText *text);
bool cmdqvLoweringDocIn(cmdqvLoweringText *text, xmlDoc *doc, bool changed, const cmdqvDefinition *definition);
const char *cmdqvLoweringIn(cmdqvLoweringText *text, virConnectPtr conn, const char *function, const char *xml);
const char *cmdqvLoweringInFirst(cmdqvLoweringText *text, virConnectPtr conn, const char *function, const char *xml);
void cmdqvLoweringRaise(const cmdqvLoweringText *text);

int cmdqvLoweringAttachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags);
int cmdqvLoweringDetachDeviceAlias(virDomainPtr domain, const char *alias, unsigned int flags);
int cmdqvLoweringDetachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags);
int cmdqvLoweringUpdateDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags);
