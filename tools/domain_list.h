/*
 * domain_list.h: list all domains of a daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libvirt/libvirt.h>

int cmdqvDomainListRead(virConnectPtr conn, virDomainPtr **domains);
void cmdqvDomainListFree(virDomainPtr *domains, int count);
