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

bool cmdqvDomainEditAddDevice(const char *domain, const char *device, char **changed, GError **error);
bool cmdqvDomainEditPlaceDevice(const char *device, int bus, char **placed, GError **error);
bool cmdqvDomainEditReplaceDevice(const char *domain, const cmdqvDevice *designation, const char *device, char **changed,
                                  GError **error);
bool cmdqvDomainEditRemoveSmmu(const char *domain, const char *device, char **changed, GError **error);
bool cmdqvDomainEditRemoveAlias(const char *domain, const char *alias, char **changed, GError **error);
char *cmdqvDomainEditOutline(const char *domain);
bool cmdqvDomainEditClosePorts(xmlDoc *doc, const cmdqvTopology *topology, const GArray *indexes);
char *cmdqvDomainEditPin(const char *domain, const GArray *indexes, GError **error);
char *cmdqvDomainEditPinIn(xmlDoc *doc, const cmdqvTopology *topology, const GArray *indexes);
