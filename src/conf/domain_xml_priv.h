/*
 * conf/domain_xml_priv.h: domain XML while it is read
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For the files of the reader alone: conf/domain_xml.c reads the domain,
 * conf/domain_xml_controllers.c its PCI controllers, conf/domain_xml_iommu.c its SMMUs,
 * conf/domain_xml_devices.c all other devices; conf/domain_xml_pci.c knows which
 * of them go on PCI, and conf/domain_xml_common.c what several have.
 */

#pragma once

#include "conf/domain_xml.h"

char *cmdqvDomainXMLAlias(const xmlNode *node);
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
void cmdqvDomainXMLReadDevices(cmdqvTopology *topology, const xmlNode *devices, bool hostdevs);

bool cmdqvDomainXMLIsHostdev(const xmlNode *node);
bool cmdqvDomainXMLIsVhost(const xmlNode *node);
bool cmdqvDomainXMLIsPCI(const xmlNode *node);
bool cmdqvDomainXMLIsConventional(const xmlNode *node);
bool cmdqvDomainXMLLacksScsi(const cmdqvTopology *topology, const xmlNode *node);
bool cmdqvDomainXMLIsIncomplete(const xmlNode *devices);
