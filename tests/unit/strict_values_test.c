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
    { .xml = DEVICES(""), .refusal = NULL, .isReaders = false },
    { .xml = DEVICES("<iommu model='smmuv3'/>"), .refusal = NULL, .isReaders = false },
    { .xml = DEVICES(SMMU("pciBus='1' accel='on' cmdqv='on' ats='off' ril='on' ssidsize='+3' oas=' 44'")), .refusal = NULL,
      .isReaders = false },
    { .xml = DEVICES(SMMU("pciBus='-1' accel='on' ssidsize='99'")), .refusal = NULL, .isReaders = false },
    { .xml = DEVICES(SMMU("pciBus='1' ssidsize='-1'")), .refusal = NULL, .isReaders = false },
    { .xml = DEVICES(SMMU("accel='maybe'")), .refusal = BAD("accel", "driver", "maybe"), .isReaders = true },
    { .xml = DEVICES(SMMU("cmdqv=''")), .refusal = BAD("cmdqv", "driver", ""), .isReaders = true },
    { .xml = DEVICES(SMMU("ats='auto' oas='x'")), .refusal = BAD("ats", "driver", "auto"), .isReaders = true },
    { .xml = DEVICES(SMMU("oas='x' pciBus='one'")), .refusal = NUMBER("pciBus", "one"), .isReaders = true },
    { .xml = DEVICES(SMMU("pciBus='2147483648'")), .refusal = NUMBER("pciBus", "2147483648"), .isReaders = true },
    { .xml = DEVICES(SMMU("cmdqv='off'")), .refusal = ACCEL, .isReaders = false },
    { .xml = DEVICES(SMMU("accel='off' oas='44'")), .refusal = ACCEL, .isReaders = false },
    { .xml = DEVICES(SMMU("cmdqv='on'") SMMU("accel='x'")), .refusal = BAD("accel", "driver", "x"), .isReaders = true },
    { .xml = DEVICES("<iommu model='virtio'><driver accel='x'/></iommu>"), .refusal = NULL, .isReaders = false },
    { .xml = "<domain><devices/><devices>" SMMU("accel='x'") "</devices></domain>", .refusal = BAD("accel", "driver", "x"),
      .isReaders = true },
    { .xml = DEVICES("<hostdev type='pci'><driver iommufd='x'/></hostdev>"), .refusal = BAD("iommufd", "driver", "x"),
      .isReaders = true },
    { .xml = DEVICES("<hostdev type='mdev'><driver iommufd='x'/></hostdev>"), .refusal = NULL, .isReaders = false },
    { .xml = DEVICES("<interface type='user'><driver iommufd='x'/></interface>"), .refusal = NULL, .isReaders = false },
    { .xml = DEVICES("<hostdev type='pci'><driver iommufd='h'/></hostdev><interface type='hostdev'><driver iommufd='i'/>"
          "</interface>"),
      .refusal = BAD("iommufd", "driver", "i"), .isReaders = true },
    { .xml = "<domain><iommufd/></domain>", .refusal = "Missing required attribute 'enabled' in element 'iommufd'",
      .isReaders = true },
    { .xml = "<domain><iommufd enabled='on'/></domain>", .refusal = BAD("enabled", "iommufd", "on"), .isReaders = true },
    { .xml = "<domainsnapshot><domain/><inactiveDomain><devices>" SMMU("ril='x'") "</devices></inactiveDomain></domainsnapshot>",
      .refusal = BAD("ril", "driver", "x"), .isReaders = true },
    { .xml = "<domainsnapshot><domain><devices>" SMMU("cmdqv='on'") "</devices></domain></domainsnapshot>", .refusal = NULL,
      .isReaders = true },
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
