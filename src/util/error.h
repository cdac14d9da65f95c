/*
 * util/error.h: the one error convention of the library
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Library code returns errors as GError in this domain and never prints;
 * docs/errors.rst says what each caller makes of them.
 */

#pragma once

#include <glib.h>

/**
 * cmdqvErrorCode:
 * @CMDQV_ERROR_MALFORMED: the text is not XML, or not of the expected element:
 *   libvirt refuses it too
 * @CMDQV_ERROR_FORBIDDEN: well-formed perhaps, but not a document that is read
 *   at all: size, depth, entities or encoding
 * @CMDQV_ERROR_MEMORY: libxml2 got no memory: what could not be read may be
 *   anything
 * @CMDQV_ERROR_INVALID: well-formed, but an element or an argument has a value
 *   that has no meaning
 * @CMDQV_ERROR_PROCESS: the QEMU process of a domain, or its command line,
 *   cannot be told
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
