/*
 * error.h: the one error convention of the library
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Library code returns errors as GError in this domain and prints nothing;
 * docs/errors.rst lists the reaction of each caller.
 */

#pragma once

#include <glib.h>

/**
 * cmdqvErrorCode:
 * @CMDQV_ERROR_MALFORMED: the text is not XML, or has another root element than
 *   expected: libvirt refuses it too
 * @CMDQV_ERROR_FORBIDDEN: the library does not read such a document, whether it
 *   is well-formed or not: its size, depth, entities or encoding
 * @CMDQV_ERROR_MEMORY: libxml2 got no memory, so the content of the document is
 *   unknown
 * @CMDQV_ERROR_INVALID: well-formed, but the value of an element or an argument
 *   has no meaning
 * @CMDQV_ERROR_PROCESS: the QEMU process of a domain cannot be found, or its
 *   command line cannot be read
 * @CMDQV_ERROR_SYSTEM: a file could not be read
 */
typedef enum {
    CMDQV_ERROR_MALFORMED,
    CMDQV_ERROR_FORBIDDEN,
    CMDQV_ERROR_MEMORY,
    CMDQV_ERROR_INVALID,
    CMDQV_ERROR_PROCESS,
    CMDQV_ERROR_SYSTEM,
} cmdqvErrorCode;

#define CMDQV_ERROR cmdqvErrorQuark()

GQuark cmdqvErrorQuark(void);
gpointer cmdqvErrorSet(GError **error, cmdqvErrorCode code, const char *format, ...) G_GNUC_PRINTF(3, 4);
