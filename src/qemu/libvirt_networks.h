/*
 * qemu/libvirt_networks.h: what a network of libvirt gives
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** Where the privileged network driver keeps the networks that are active (networkStateInitialize() of libvirt). */
#define CMDQV_NETWORK_STATE_DIR "/run/libvirt/network"

bool cmdqvNetworkIsOfHostdevs(const char *xml, gsize len);
bool cmdqvNetworkGivesHostdevs(const char *name, gpointer stateDir);
