/*
 * cmdqvlog.h: what an operator reads in the journal
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

void cmdqvLogFailure(const char *format, ...) G_GNUC_PRINTF(1, 2);
