/*
 * error.c: the one error convention of the library
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "util/error.h"


/**
 * cmdqvErrorQuark:
 *
 * Returns: the domain of the module's own errors, for CMDQV_ERROR
 */
GQuark
cmdqvErrorQuark(void)
{
    return g_quark_from_static_string("cmdqv-error-quark");
}
