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
    const char *xml;        /* the XML from the caller; NULL for none */
    char *lowered;
    char *why;
    virErrorDomain from;    /* the part of libvirt that the error names, as in a libvirt with CMDQV; VIR_FROM_NONE: it is the module's */
    virErrorNumber code;    /* of that error; VIR_ERR_OK: VIR_ERR_XML_ERROR */
} cmdqvLoweringText;

void cmdqvLoweringTextClear(cmdqvLoweringText *text);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvLoweringText, cmdqvLoweringTextClear)

bool cmdqvLoweringDocIsBad(const xmlDoc *doc, cmdqvLoweringText *text);
bool cmdqvLoweringDocIn(cmdqvLoweringText *text, xmlDoc *doc, bool changed, const cmdqvDefinition *definition);
const char *cmdqvLoweringIn(cmdqvLoweringText *text, virConnectPtr conn, const char *function, const char *xml);
const char *cmdqvLoweringInFirst(cmdqvLoweringText *text, virConnectPtr conn, const char *function, const char *xml);
void cmdqvLoweringRaiseReason(const cmdqvLoweringText *text);
void cmdqvLoweringRaise(const cmdqvLoweringText *text);

/** A public function that changes a device: by its XML, or by its alias. */
typedef int (*cmdqvLoweringReal)(virDomainPtr domain, const char *what, unsigned int flags);

bool cmdqvLoweringMayChange(virDomainPtr domain, unsigned int flags, cmdqvLoweringReal real);

int cmdqvLoweringAttachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags);
int cmdqvLoweringDetachDeviceAlias(virDomainPtr domain, const char *alias, unsigned int flags);
int cmdqvLoweringDetachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags);
