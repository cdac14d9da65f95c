/*
 * anchor_xml.c: write anchors as XML, for clients of libvirt
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "qemu/anchor_xml.h"

#include "qemu/anchor.h"


static void
cmdqvAnchorXMLAttribute(GString *xml, const char *name, const char *value)
{
    g_autofree char *text = value ? g_utf8_make_valid(value, -1) : NULL;
    g_autofree char *escaped = NULL;
    char *at;

    if (!text)
        return;
    /* controls, which XML forbids or changes to blanks */
    for (at = text; *at; at++)
        *at = (guchar)*at < ' ' ? ' ' : *at;
    escaped = g_markup_escape_text(text, -1);
    g_string_append_printf(xml, " %s='%s'", name, escaped);
}


static void
cmdqvAnchorXMLEndpoint(GString *xml, const cmdqvEndpoint *endpoint)
{
    char address[CMDQV_PCI_ADDRESS_LEN];

    g_string_append(xml, "    <anchor");
    cmdqvAnchorXMLAttribute(xml, "alias", endpoint->id);
    cmdqvAnchorXMLAttribute(xml, "host", endpoint->hasHost ? cmdqvPCIAddressFormat(&endpoint->host, address) : NULL);
    cmdqvAnchorXMLAttribute(xml, "guest", endpoint->hasGuest ? cmdqvPCIAddressFormat(&endpoint->guest, address) : NULL);
    g_string_append(xml, "/>\n");
}


/**
 * cmdqvAnchorXMLFormat:
 * @anchors: (element-type cmdqvAnchor) (nullable): the anchors of a domain
 * @topology: (nullable): the topology of their endpoints
 *
 * Returns: (transfer full): an <anchors> element, empty for a domain without an
 * SMMUv3
 */
char *
cmdqvAnchorXMLFormat(const GPtrArray *anchors, const cmdqvTopology *topology)
{
    GString *xml = g_string_new(NULL);
    guint i;
    guint j;

    g_string_append_printf(xml, "<anchors xmlns='%s'>\n", CMDQV_ANCHOR_XML_NAMESPACE);
    for (i = 0; anchors && i < anchors->len; i++) {
        const cmdqvAnchor *anchor = g_ptr_array_index(anchors, i);

        g_string_append(xml, "  <vsmmu");
        cmdqvAnchorXMLAttribute(xml, "alias", anchor->smmu.id);
        cmdqvAnchorXMLAttribute(xml, "bus", anchor->busName);
        cmdqvAnchorXMLAttribute(xml, "cmdqv", cmdqvAnchorSetting(&anchor->smmu));
        cmdqvAnchorXMLAttribute(xml, "source", cmdqvAnchorSourceToString(anchor->source));
        cmdqvAnchorXMLAttribute(xml, "detail", anchor->detail);
        g_string_append(xml, anchor->endpoints->len > 0 ? ">\n" : "/>\n");
        for (j = 0; j < anchor->endpoints->len; j++)
            cmdqvAnchorXMLEndpoint(xml, &g_array_index(topology->endpoints, cmdqvEndpoint,
                                                       g_array_index(anchor->endpoints, guint, j)));
        if (anchor->endpoints->len > 0)
            g_string_append(xml, "  </vsmmu>\n");
    }
    g_string_append(xml, "</anchors>\n");
    return g_string_free(xml, FALSE);
}
