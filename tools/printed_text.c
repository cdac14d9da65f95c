/*
 * printed_text.c: print texts for programs so that people can read them too
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A name may have characters that a terminal obeys, that change the direction
 * of text, or that are invisible. Each format has a way to write them with
 * plain characters, and a program that reads it gets the same name.
 */

#include "printed_text.h"

#include <string.h>

#include "util/text.h"


/* Whether a character can be printed as it is; line ends and tabs can. */
static bool
cmdqvPrintedTextIsPlain(gunichar character)
{
    return character == '\n' || character == '\t' || cmdqvTextIsPlain(character);
}


/**
 * cmdqvPrintedTextJson:
 * @json: JSON
 *
 * Such characters are in strings only.
 *
 * Returns: (transfer full): the same, with \u escapes for them
 */
char *
cmdqvPrintedTextJson(const char *json)
{
    GString *printed = g_string_sized_new(strlen(json));

    for (; *json; json = g_utf8_next_char(json)) {
        gunichar character = g_utf8_get_char(json);

        if (cmdqvPrintedTextIsPlain(character))
            g_string_append_unichar(printed, character);
        else if (character > 0xffff)
            g_string_append_printf(printed, "\\u%04x\\u%04x", 0xd800 + ((character - 0x10000) >> 10), 0xdc00 + (character & 0x3ff));
        else
            g_string_append_printf(printed, "\\u%04x", character);
    }
    return g_string_free(printed, FALSE);
}


/* The place of a character in a document. */
typedef enum {
    CMDQV_PRINTED_TEXT_CONTENT,     /* text, or the value of an attribute */
    CMDQV_PRINTED_TEXT_CDATA,
    CMDQV_PRINTED_TEXT_VERBATIM     /* a comment or an instruction: nothing in it is a reference */
} cmdqvPrintedTextPlace;

static const struct {
    const char *begin;
    const char *end;
    cmdqvPrintedTextPlace place;
} cmdqvPrintedTextSections[] = {
    { .begin = "<![CDATA[", .end = "]]>", .place = CMDQV_PRINTED_TEXT_CDATA },
    { .begin = "<!--", .end = "-->", .place = CMDQV_PRINTED_TEXT_VERBATIM },
    { .begin = "<?", .end = "?>", .place = CMDQV_PRINTED_TEXT_VERBATIM },
};


/* The text begins with a tag, or is one of the sections. */
static void
cmdqvPrintedTextAppendXml(GString *printed, cmdqvPrintedTextPlace place, const char *xml, gsize len)
{
    bool isTag = *xml == '<' && place == CMDQV_PRINTED_TEXT_CONTENT;
    gunichar quote = 0;
    const char *at;

    for (at = xml; at < xml + len; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);

        if (isTag && (character == quote || (quote == 0 && (character == '"' || character == '\''))))
            quote = quote == 0 ? character : 0;
        else if (quote == 0 && character == '>')
            isTag = false;
        /* the name of an element or attribute has no references */
        if ((isTag && quote == 0) || cmdqvPrintedTextIsPlain(character))
            g_string_append_unichar(printed, character);
        else if (place == CMDQV_PRINTED_TEXT_CONTENT)
            g_string_append_printf(printed, "&#x%x;", character);
        else if (place == CMDQV_PRINTED_TEXT_CDATA)
            g_string_append_printf(printed, "]]>&#x%x;<![CDATA[", character);
        else
            g_string_append_printf(printed, "(U+%04X)", character);
    }
}


/**
 * cmdqvPrintedTextXml:
 * @xml: well-formed XML in UTF-8
 *
 * Returns: (transfer full): the same document, with character references for
 * them; in a comment their number in brackets
 */
char *
cmdqvPrintedTextXml(const char *xml)
{
    GString *printed = g_string_sized_new(strlen(xml));

    while (*xml) {
        cmdqvPrintedTextPlace place = CMDQV_PRINTED_TEXT_CONTENT;
        const char *end = strchr(xml + 1, '<');
        guint i;

        for (i = 0; i < G_N_ELEMENTS(cmdqvPrintedTextSections); i++) {
            if (!cmdqvTextStarts(xml, cmdqvPrintedTextSections[i].begin))
                continue;
            place = cmdqvPrintedTextSections[i].place;
            end = strstr(xml, cmdqvPrintedTextSections[i].end);
            end = end ? end + strlen(cmdqvPrintedTextSections[i].end) : NULL;
        }
        if (!end)
            end = xml + strlen(xml);
        cmdqvPrintedTextAppendXml(printed, place, xml, (gsize)(end - xml));
        xml = end;
    }
    return g_string_free(printed, FALSE);
}


/**
 * cmdqvPrintedTextLabel:
 * @value: the value of a label in OpenMetrics
 *
 * The format has escapes for three characters only. So the others are written
 * as in the lines that the tool prints.
 *
 * Returns: (transfer full): the value, escaped
 */
char *
cmdqvPrintedTextLabel(const char *value)
{
    g_auto(GStrv) lines = g_strsplit(value, "\n", -1);
    GString *escaped = g_string_new(NULL);
    guint i;

    for (i = 0; lines[i]; i++) {
        g_autofree char *line = cmdqvTextOneLine(lines[i]);
        const char *at;

        if (i > 0)
            g_string_append(escaped, "\\n");
        for (at = line; *at; at++) {
            if (*at == '\\' || *at == '"')
                g_string_append_c(escaped, '\\');
            g_string_append_c(escaped, *at);
        }
    }
    return g_string_free(escaped, FALSE);
}
