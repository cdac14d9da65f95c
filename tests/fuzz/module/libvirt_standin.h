/*
 * libvirt_standin.h: a libvirt behind the module that keeps the text that it is given
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>
#include <libvirt/libvirt.h>

/** The abilities of this libvirt, and its answers. */
typedef struct {
    bool makesNative;       /* it makes a command line of a domain */
    const char *saved;      /* the definition in a saved domain, and in each snapshot */
} cmdqvStandin;

void cmdqvStandinBegin(const cmdqvStandin *standin);
const char *cmdqvStandinGiven(void);
virDomainPtr cmdqvStandinDomain(void);
virConnectPtr cmdqvStandinConnect(void);
