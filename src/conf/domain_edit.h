/*
 * conf/domain_edit.h: domain XML, changed as libvirt would change it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

#include "conf/device_xml.h"
#include "conf/xml_read.h"

char *cmdqvDomainEditAddDevice(const char *domain, const char *device, GError **error);
char *cmdqvDomainEditReplaceDevice(const char *domain, const cmdqvDevice *designation, const char *device, GError **error);
char *cmdqvDomainEditRemoveSmmu(const char *domain, const char *device, GError **error);
char *cmdqvDomainEditRemoveAlias(const char *domain, const char *alias, GError **error);
char *cmdqvDomainEditForNative(const char *domain);
bool cmdqvDomainEditClosePorts(xmlDoc *doc, const cmdqvTopology *topology, const GArray *indexes);
char *cmdqvDomainEditPin(const char *domain, const GArray *indexes, GError **error);
char *cmdqvDomainEditPinIn(xmlDoc *doc, const cmdqvTopology *topology, const GArray *indexes);
