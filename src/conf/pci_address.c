/*
 * pci_address.c: the address of a PCI function, on the host or in the guest
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "conf/pci_address.h"

#include "util/text.h"

/* DOMAIN:BUS:SLOT.FUNCTION, as in sysfs and QEMU's "host" property */
#define CMDQV_PCI_ADDRESS_REGEX "^(?:([0-9a-fA-F]{1,8}):)?([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2})\\.([0-7])$"


/**
 * cmdqvPCIAddressEqual:
 * @a: an address
 * @b: an address
 *
 * Returns: true if they are the same function of the same device
 */
bool
cmdqvPCIAddressEqual(const cmdqvPCIAddress *a, const cmdqvPCIAddress *b)
{
    return a->domain == b->domain && a->bus == b->bus && a->slot == b->slot && a->function == b->function;
}


/**
 * cmdqvPCIAddressIsEmpty:
 * @address: an address
 *
 * libvirt treats 0000:00:00.x as "no address" (virPCIDeviceAddressIsEmpty(),
 * src/util/virpci.c).
 *
 * Returns: true if it is empty
 */
bool
cmdqvPCIAddressIsEmpty(const cmdqvPCIAddress *address)
{
    return address->domain == 0 && address->bus == 0 && address->slot == 0;
}


/**
 * cmdqvPCIAddressFormat:
 * @address: an address
 * @text: (out): 0009:01:00.0
 *
 * Returns: @text
 */
const char *
cmdqvPCIAddressFormat(const cmdqvPCIAddress *address, char text[CMDQV_PCI_ADDRESS_LEN])
{
    (void)g_snprintf(text, CMDQV_PCI_ADDRESS_LEN, "%04x:%02x:%02x.%x",
                     address->domain, address->bus & 0xff, address->slot & 0xff, address->function & 0x7);
    return text;
}


/**
 * cmdqvPCIAddressParse:
 * @text: 0009:01:00.0, with or without the domain
 * @address: (out): the address
 *
 * Returns: true, or false with @address untouched
 */
bool
cmdqvPCIAddressParse(const char *text, cmdqvPCIAddress *address)
{
    g_autoptr(GRegex) regex = g_regex_new(CMDQV_PCI_ADDRESS_REGEX, 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    unsigned int part[4] = { 0 };
    int i;

    if (!g_regex_match(regex, text, 0, &match))
        return false;

    for (i = 0; i < 4; i++) {
        g_autofree char *digits = g_match_info_fetch(match, i + 1);

        if (*digits != '\0' && !cmdqvTextToUnsigned(digits, 16, G_MAXUINT, &part[i]))
            return false;
    }

    *address = (cmdqvPCIAddress){ .domain = part[0], .bus = part[1], .slot = part[2], .function = part[3] };
    return true;
}
