/*
 * domain_edit.h: change domain XML as libvirt would
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

#include "conf/device_xml.h"
#include "conf/xml_read.h"

bool cmdqvDomainEditAddDevice(xmlDoc *domain, const cmdqvDevice *device);
char *cmdqvDomainEditPlaceDevice(cmdqvDevice *device, int bus);
xmlDoc *cmdqvDomainEditAround(const cmdqvDevice *device);
bool cmdqvDomainEditReplaceDevice(xmlDoc *domain, const cmdqvDevice *device);
bool cmdqvDomainEditRemoveDevice(xmlDoc *domain, const cmdqvDevice *device);
char *cmdqvDomainEditOutline(xmlDoc *domain);
bool cmdqvDomainEditHasIndex(const GArray *indexes, int idx);
void cmdqvDomainEditClosePorts(xmlDoc *doc, const cmdqvTopology *topology, const GArray *indexes);
