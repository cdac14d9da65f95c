/*
 * device_xml_fuzz.c: a client's device XML, matched and judged
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Seeds: fuzz/corpus/device-xml
 */

#include "fuzz.h"
#include "conf/device_xml.h"
#include "conf/domain_xml.h"
#include "policy/detach_policy.h"
#include "qemu/anchor.h"

static const char *const domain =
    "<domain><name>g1</name><devices>"
    "<controller type='pci' index='1' model='pcie-expander-bus'/>"
    "<iommu model='smmuv3'><driver pciBus='1' accel='on' cmdqv='on'/></iommu>"
    "<interface type='hostdev'><mac address='52:54:00:00:09:01'/><driver iommufd='yes'/><source><address type='pci' domain='9' "
    "bus='3'/></source><alias name='hostdev0'/><address type='pci' bus='1' slot='1'/></interface>"
    "<hostdev type='pci'><driver iommufd='yes'/><source><address domain='9' bus='1'/></source><alias name='ua-gpu'/>"
    "<address type='pci' bus='1' slot='2'/></hostdev></devices></domain>";



int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *xml = cmdqvFuzzText(data, size);
    g_autoptr(cmdqvTopology) topology = cmdqvDomainXMLRead(domain, strlen(domain), NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(cmdqvDevice) device = cmdqvDeviceXMLRead(xml, size, &error);
    g_autoptr(GPtrArray) anchors = cmdqvAnchorTrackLive(topology, topology, NULL, true);
    g_autoptr(cmdqvVerdict) live = NULL;
    g_autoptr(cmdqvVerdict) config = NULL;

    if (!device != (error != NULL))
        abort();
    if (!device)
        return 0;
    live = cmdqvDetachPolicyLive("g1", topology, anchors, device);
    config = cmdqvDetachPolicyConfig("g1", topology, device);
    return 0;
}
