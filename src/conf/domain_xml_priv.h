/*
 * domain_xml_priv.h: shared parts of the reader of domain XML
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For the files of the reader alone: domain_xml.c reads the domain,
 * domain_xml_controllers.c its PCI controllers, domain_xml_iommu.c its SMMUs,
 * domain_xml_devices.c all other devices; domain_xml_pci.c finds those that
 * libvirt puts on PCI, and domain_xml_common.c reads the attributes that
 * several share.
 */

#pragma once

#include "conf/domain_xml.h"

const char *cmdqvDomainXMLAlias(const xmlNode *node);
cmdqvSwitch cmdqvDomainXMLSwitch(const xmlNode *node, const char *name, const char *yes, const char *no);
unsigned int cmdqvDomainXMLNumber(const xmlNode *node, const char *name, unsigned int base, unsigned int absent);
void cmdqvDomainXMLReadSlot(const xmlNode *node, const cmdqvPCIAddress *guest, cmdqvSlot *slot);
bool cmdqvDomainXMLGuestAddress(const xmlNode *node, bool *present, cmdqvPCIAddress *address, GError **error);
void cmdqvDomainXMLKeepError(cmdqvTopology *topology, const xmlNode *node, GError *error);
cmdqvSwitch cmdqvDomainXMLReadIommufd(cmdqvTopology *topology, const xmlNode *node, const char *name);

void cmdqvDomainXMLReadController(cmdqvTopology *topology, const xmlNode *node);
void cmdqvDomainXMLOrderBuses(cmdqvTopology *topology);
void cmdqvDomainXMLNameBuses(cmdqvTopology *topology);
void cmdqvDomainXMLAddImplicitRoot(cmdqvTopology *topology);

void cmdqvDomainXMLReadIommu(cmdqvTopology *topology, const xmlNode *node);

void cmdqvDomainXMLReadEndpoint(cmdqvTopology *topology, const xmlNode *node, bool addressed);
void cmdqvDomainXMLReadDevices(cmdqvTopology *topology, const xmlNode *root, bool hostdevs);

bool cmdqvDomainXMLIsHostdev(const xmlNode *node);
bool cmdqvDomainXMLIsVhost(const xmlNode *node);
bool cmdqvDomainXMLIsPCI(const xmlNode *node);
bool cmdqvDomainXMLIsConventional(const xmlNode *node);
bool cmdqvDomainXMLLacksScsi(const cmdqvTopology *topology, const xmlNode *node);
bool cmdqvDomainXMLIsIncomplete(const xmlNode *devices);
