/*
 * plugin/nova_layout.h: what a flavor of OpenStack Nova asks for
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdbool.h>

#include <glib.h>

/** The extra spec by which a flavor asks for the layout. */
#define CMDQV_NOVA_EXTRA_SPEC "cmdqv:mode"

bool cmdqvNovaAsks(const char *domain, bool *asks, GError **error);
