/*
 * domain_list.h: all domains of a daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libvirt/libvirt.h>

int cmdqvDomainsList(virConnectPtr conn, virDomainPtr **domains);
void cmdqvDomainsFree(virDomainPtr *domains, int count);
