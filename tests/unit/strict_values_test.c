/*
 * strict_values_test.c: values that a libvirt that reads CMDQV refuses to read
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On real libvirts, tests/e2e/test_define.py::test_invalid_values.
 */

#include <string.h>

#include "testutils.h"
#include "conf/xml_read.h"
#include "lowering/strict_values.h"

#define ACCEL "accel must be enabled for iommu model 'smmuv3' when setting ats, ril, ssidsize, oas, or cmdqv"
#define BAD(attribute, element, value) "Invalid value for attribute '" attribute "' in element '" element "': '" value "'."
#define NUMBER(attribute, value) BAD(attribute, "driver", value) " Expected integer value"
#define SMMU(driver) "<iommu model='smmuv3'><driver " driver "/></iommu>"
#define DEVICES(devices) "<domain><devices>" devices "</devices></domain>"

static const struct {
    const char *xml;
    const char *refusal;
    bool isReaders;
} cases[] = {
    { DEVICES(""), NULL, false },
    { DEVICES("<iommu model='smmuv3'/>"), NULL, false },
    { DEVICES(SMMU("pciBus='1' accel='on' cmdqv='on' ats='off' ril='on' ssidsize='+3' oas=' 44'")), NULL, false },
    { DEVICES(SMMU("pciBus='-1' accel='on' ssidsize='99'")), NULL, false },
    { DEVICES(SMMU("pciBus='1' ssidsize='-1'")), NULL, false },
    { DEVICES(SMMU("accel='maybe'")), BAD("accel", "driver", "maybe"), true },
    { DEVICES(SMMU("cmdqv=''")), BAD("cmdqv", "driver", ""), true },
    { DEVICES(SMMU("ats='auto' oas='x'")), BAD("ats", "driver", "auto"), true },
    { DEVICES(SMMU("oas='x' pciBus='one'")), NUMBER("pciBus", "one"), true },
    { DEVICES(SMMU("pciBus='2147483648'")), NUMBER("pciBus", "2147483648"), true },
    { DEVICES(SMMU("cmdqv='off'")), ACCEL, false },
    { DEVICES(SMMU("accel='off' oas='44'")), ACCEL, false },
    { DEVICES(SMMU("cmdqv='on'") SMMU("accel='x'")), BAD("accel", "driver", "x"), true },
    { DEVICES("<iommu model='virtio'><driver accel='x'/></iommu>"), NULL, false },
    { "<domain><devices/><devices>" SMMU("accel='x'") "</devices></domain>", BAD("accel", "driver", "x"), true },
    { DEVICES("<hostdev type='pci'><driver iommufd='x'/></hostdev>"), BAD("iommufd", "driver", "x"), true },
    { DEVICES("<hostdev type='mdev'><driver iommufd='x'/></hostdev>"), NULL, false },
    { DEVICES("<interface type='user'><driver iommufd='x'/></interface>"), NULL, false },
    { DEVICES("<hostdev type='pci'><driver iommufd='h'/></hostdev><interface type='hostdev'><driver iommufd='i'/></interface>"),
      BAD("iommufd", "driver", "i"), true },
    { "<domain><iommufd/></domain>", "Missing required attribute 'enabled' in element 'iommufd'", true },
    { "<domain><iommufd enabled='on'/></domain>", BAD("enabled", "iommufd", "on"), true },
    { "<domainsnapshot><domain/><inactiveDomain><devices>" SMMU("ril='x'") "</devices></inactiveDomain></domainsnapshot>",
      BAD("ril", "driver", "x"), true },
    { "<domainsnapshot><domain><devices>" SMMU("cmdqv='on'") "</devices></domain></domainsnapshot>", NULL, true },
};


static void
cmdqvTestRefusals(void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(cases[i].xml, strlen(cases[i].xml), NULL, NULL);
        bool isReaders = false;
        g_autofree char *refusal = NULL;

        g_test_message("%s", cases[i].xml);
        g_assert_nonnull(doc);
        refusal = cmdqvStrictValuesRefusal(doc, &isReaders);
        g_assert_cmpstr(refusal, ==, cases[i].refusal);
        g_assert_cmpint(isReaders, ==, cases[i].isReaders);
    }
}


static void
cmdqvTestLong(void)
{
    g_autofree char *value = g_strnfill(100000, 'x');
    g_autofree char *xml = g_strdup_printf(DEVICES(SMMU("accel='%s'")), value);
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), NULL, NULL);
    bool isReaders;
    g_autofree char *refusal = cmdqvStrictValuesRefusal(doc, &isReaders);

    g_assert_cmpuint(strlen(refusal), <, 200);
}


int
main(int argc, char **argv)
{
    cmdqvTestInit(&argc, &argv);
    g_test_add_func("/strict/refusals", cmdqvTestRefusals);
    g_test_add_func("/strict/long", cmdqvTestLong);
    return g_test_run();
}
