/*
 * plugin/lowering_priv.h: what the calls into an older libvirt have in common
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include "daemon/next_call.h"

/** No XML that means anything: libvirt looks at connection, rights and flags, and then stops. */
#define CMDQV_OLDER_NOTHING "<libvirt-cmdqv-access-check/>"

/** Some XML on its way into libvirt: what it has to get, and what it has to say where there is no such thing. */
typedef struct {
    virConnectPtr conn;
    const char *function;
    char *translated;
    char *why;
    virErrorDomain from;    /* whose words a newer libvirt would say; VIR_FROM_NONE: they are the module's */
} cmdqvOlderText;

void cmdqvOlderTextClear(cmdqvOlderText *text);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(cmdqvOlderText, cmdqvOlderTextClear)

bool cmdqvOlderIsBad(const char *xml, cmdqvOlderText *text);
const char *cmdqvOlderIn(cmdqvOlderText *text, virConnectPtr conn, const char *function, const char *xml);
void cmdqvOlderRaise(const cmdqvOlderText *text);

virDomainPtr cmdqvOlderDefineXML(virConnectPtr conn, const char *xml);
char *cmdqvOlderGetXMLDesc(virDomainPtr domain, unsigned int flags);

int cmdqvOlderAttachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags);
int cmdqvOlderDetachDeviceAlias(virDomainPtr domain, const char *alias, unsigned int flags);
int cmdqvOlderDetachDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags);
int cmdqvOlderUpdateDeviceFlags(virDomainPtr domain, const char *xml, unsigned int flags);
