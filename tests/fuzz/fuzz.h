/*
 * fuzz.h: functions that the fuzz targets share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A target is a file with LLVMFuzzerTestOneInput().  Its first comment names the
 * inputs with which it starts, "Seeds:" with folders below tests/ and perhaps how
 * the files there end, and, if the words of XML are not its own, "Dictionary:" with a
 * file beside it.
 */

#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "conf/xml_edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* All of the input, its own NUL bytes as well, and one behind it. */
static inline char *
cmdqvFuzzText(const uint8_t *data, size_t size)
{
    char *text = g_malloc(size + 1);

    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}


/* Ends the run if @isRight does not hold; prints the texts that it does not hold for. */
static inline void
cmdqvFuzzCheck(bool isRight, const char *rule, const char *first, const char *second)
{
    if (isRight)
        return;
    (void)fprintf(stderr, "NOT SO: %s\n== FIRST\n%s\n== SECOND\n%s\n", rule, first ? first : "-", second ? second : "-");
    abort();
}


/* A function returns something, or sets an error, and never both. */
static inline void
cmdqvFuzzCheckError(bool hasResult, const GError *error)
{
    cmdqvFuzzCheck(hasResult == !error, "either a result or an error", hasResult ? "a result" : NULL, error ? error->message : NULL);
}


/* A text as it is once it has been read and written; NULL if it is no XML. */
static inline char *
cmdqvFuzzFormat(const char *xml)
{
    g_autoptr(xmlDoc) doc = cmdqvXMLReadParse(xml, strlen(xml), NULL, NULL);

    return doc ? cmdqvXMLEditFormat(doc, NULL) : NULL;
}
