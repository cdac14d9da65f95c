/*
 * pci_address.h: the address of a PCI function, on the host or in the guest
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** Room for the text of cmdqvPCIAddressFormat(): domains have up to 32 bits. */
#define CMDQV_PCI_ADDRESS_LEN 24

typedef struct {
    unsigned int domain;
    unsigned int bus;
    unsigned int slot;
    unsigned int function;
} cmdqvPCIAddress;

bool cmdqvPCIAddressEqual(const cmdqvPCIAddress *a, const cmdqvPCIAddress *b);
bool cmdqvPCIAddressIsEmpty(const cmdqvPCIAddress *address);
const char *cmdqvPCIAddressFormat(const cmdqvPCIAddress *address, char text[CMDQV_PCI_ADDRESS_LEN]);
bool cmdqvPCIAddressParse(const char *text, cmdqvPCIAddress *address);
