/*
 * cmdqvhost.h: what the host can do
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

typedef enum {
    CMDQV_HOST_UNKNOWN,
    CMDQV_HOST_WITHOUT,
    CMDQV_HOST_WITH,
} cmdqvHostSupport;

cmdqvHostSupport cmdqvHostSupportProbe(const char *root);
char *cmdqvHostSmmuOf(const char *device, gpointer root);
