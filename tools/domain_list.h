/*
 * domain_list.h: list all domains of a daemon
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

GPtrArray *cmdqvDomainListRead(virConnectPtr conn);
