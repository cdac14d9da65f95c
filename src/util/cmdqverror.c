/*
 * cmdqverror.c: the one error convention of the library
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "util/cmdqverror.h"


GQuark
cmdqvErrorQuark(void)
{
    return g_quark_from_static_string("cmdqv-error-quark");
}
