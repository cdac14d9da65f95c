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


/**
 * cmdqvErrorSet:
 * @error: see g_set_error()
 * @code: the kind of failure
 * @format: the message, as for printf()
 * @...: arguments of the format
 *
 * Sets an error in the domain CMDQV_ERROR.
 *
 * Returns: NULL, so that a function that returns a bool or a pointer can set an error and fail in one statement
 */
gpointer
cmdqvErrorSet(GError **error, cmdqvErrorCode code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_propagate_error(error, g_error_new_valist(CMDQV_ERROR, (gint)code, format, args));
    va_end(args);
    return NULL;
}
