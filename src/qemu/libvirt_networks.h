/*
 * libvirt_networks.h: find out whether a network of libvirt has hostdevs
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** Folder of the active networks of the privileged network driver (networkStateInitialize() of libvirt). */
#define CMDQV_LIBVIRT_NETWORKS_STATE_DIR "/run/libvirt/network"

bool cmdqvLibvirtNetworksIsOfHostdevs(const char *xml, gsize len);
bool cmdqvLibvirtNetworksGivesHostdevs(const char *name, gpointer stateDir);
