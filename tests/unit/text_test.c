/*
 * text_test.c: numbers and addresses in text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "testutils.h"
#include "conf/pci_address.h"
#include "util/text.h"

#define NO_NUMBER 12345678

static const struct {
    const char *text;
    unsigned int base;
    unsigned int max;
    unsigned int value;
} numbers[] = {
    { "0", 10, 9, 0 }, { "9", 10, 9, 9 }, { "10", 10, 9, NO_NUMBER }, { "010", 10, 99, 10 }, { "010", 0, 99, 8 },
    { "0x1F", 0, 99, 31 }, { "0x1F", 10, 99, NO_NUMBER }, { "1f", 16, 99, 31 }, { "+7", 10, 9, 7 }, { " 7", 10, 9, 7 },
    { "7 ", 10, 9, NO_NUMBER }, { "-7", 10, 9, NO_NUMBER }, { " -7", 10, 9, NO_NUMBER }, { "", 10, 9, NO_NUMBER },
    { " ", 10, 9, NO_NUMBER }, { "x", 10, 9, NO_NUMBER }, { "0x", 0, 9, NO_NUMBER }, { "08", 0, 9, NO_NUMBER },
    { "4294967295", 10, G_MAXUINT, 4294967295U }, { "4294967296", 10, G_MAXUINT, NO_NUMBER },
    { "99999999999999999999999999", 10, G_MAXUINT, NO_NUMBER }, { "1\n", 10, 9, NO_NUMBER },
};

static const struct {
    const char *text;
    const char *formatted;  /* NULL: no address */
} addresses[] = {
    { "0009:01:00.0", "0009:01:00.0" }, { "9:1:0.0", "0009:01:00.0" }, { "01:00.7", "0000:01:00.7" },
    { "ffffffff:ff:1f.7", "ffffffff:ff:1f.7" }, { "ABCD:EF:1A.1", "abcd:ef:1a.1" },
    { "0009:01:00.8", NULL }, { "0009:01:00", NULL }, { "0009:001:00.0", NULL }, { "123456789:01:00.0", NULL },
    { "01:00.0 ", NULL }, { ":01:00.0", NULL }, { "", NULL }, { "0009-01-00.0", NULL },
};


static void
cmdqvTestNumbers(void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(numbers); i++) {
        unsigned int value = NO_NUMBER;
        bool ok = cmdqvTextToUnsigned(numbers[i].text, numbers[i].base, numbers[i].max, &value);

        g_test_message("'%s' to base %u", numbers[i].text, numbers[i].base);
        g_assert_cmpuint(value, ==, numbers[i].value);
        g_assert_cmpint(ok, ==, numbers[i].value != NO_NUMBER);
    }
}


static void
cmdqvTestSigned(void)
{
    static const struct {
        const char *text;
        bool ok;
        int value;
    } signedNumbers[] = {
        { "0", true, 0 }, { "-0", true, 0 }, { "+7", true, 7 }, { " \t12", true, 12 }, { "-5", true, -5 },
        { "2147483647", true, G_MAXINT }, { "-2147483648", true, G_MININT }, { "2147483648", false, 1 },
        { "-2147483649", false, 1 }, { "99999999999999999999", false, 1 }, { "", false, 1 }, { "-", false, 1 },
        { "1 ", false, 1 }, { "0x1", false, 1 }, { "one", false, 1 }
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(signedNumbers); i++) {
        int value = 1;
        bool ok = cmdqvTextToInt(signedNumbers[i].text, &value);

        g_test_message("'%s'", signedNumbers[i].text);
        g_assert_cmpint(ok, ==, signedNumbers[i].ok);
        g_assert_cmpint(value, ==, signedNumbers[i].value);
    }
}


static void
cmdqvTestAddresses(void)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(addresses); i++) {
        cmdqvPCIAddress address = { 1, 2, 3, 4 };
        char text[CMDQV_PCI_ADDRESS_LEN];
        bool ok = cmdqvPCIAddressParse(addresses[i].text, &address);

        g_test_message("'%s'", addresses[i].text);
        g_assert_cmpint(ok, ==, addresses[i].formatted != NULL);
        g_assert_cmpstr(cmdqvPCIAddressFormat(&address, text), ==, ok ? addresses[i].formatted : "0001:02:03.4");
    }
}


static void
cmdqvTestEqual(void)
{
    const cmdqvPCIAddress a = { 9, 1, 0, 0 };
    const cmdqvPCIAddress b = { 9, 1, 0, 1 };
    const cmdqvPCIAddress none = { 0, 0, 0, 0 };
    const cmdqvPCIAddress function = { 0, 0, 0, 3 };

    g_assert_true(cmdqvPCIAddressEqual(&a, &a));
    g_assert_false(cmdqvPCIAddressEqual(&a, &b));
    g_assert_true(cmdqvPCIAddressIsEmpty(&none));
    g_assert_true(cmdqvPCIAddressIsEmpty(&function));
    g_assert_false(cmdqvPCIAddressIsEmpty(&a));
}


static void
cmdqvTestOneLine(void)
{
    static const struct {
        const char *text;
        const char *line;
    } messages[] = {
        { "", "" }, { "it's \"so\"", "it's \"so\"" }, { "a\nb\tc\r\n", "a b c  " },
        /* controls: C0, DEL, C1 */
        { "\033[2Jx\177\1", "\\x1b[2Jx\\x7f\\x01" }, { "\302\2332J\302\200", "\\u009b2J\\u0080" },
        /* characters that turn text around: U+202A to U+202E, U+2066 to U+2069, U+200E, U+200F, U+061C */
        { "a\342\200\256b\342\200\252", "a\\u202eb\\u202a" }, { "\342\201\246\342\201\251", "\\u2066\\u2069" },
        { "\342\200\216\342\200\217\330\234", "\\u200e\\u200f\\u061c" },
        /* characters that end a line: U+2028, U+2029; invisible ones: U+200B, U+FEFF, U+E0041 */
        { "\342\200\250\342\200\251", "\\u2028\\u2029" }, { "\342\200\213\357\273\277", "\\u200b\\ufeff" },
        { "\363\240\201\201", "\\U000e0041" },
        /* no UTF-8: a byte alone, one too few, a surrogate, more bytes than needed, too large */
        { "\233", "\\x9b" }, { "x\303", "x\\xc3" }, { "\355\240\200", "\\xed\\xa0\\x80" }, { "\300\257", "\\xc0\\xaf" },
        { "\364\220\200\200", "\\xf4\\x90\\x80\\x80" },
        /* plain characters of any script */
        { "caf\303\251 %s \\x", "caf\303\251 %s \\x" }, { "\344\270\255\346\226\207", "\344\270\255\346\226\207" },
        { "e\314\201", "e\314\201" }, { "\360\237\220\247", "\360\237\220\247" },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(messages); i++) {
        g_autofree char *line = cmdqvTextOneLine(messages[i].text);

        g_assert_cmpstr(line, ==, messages[i].line);
    }
}


/* Columns of a terminal: combining marks take none, wide characters two. */
static void
cmdqvTestColumns(void)
{
    static const struct {
        const char *line;
        guint columns;
        const char *padded;     /* to four */
    } lines[] = {
        { "", 0, "    " }, { "abc", 3, "abc " }, { "abcde", 5, "abcde" }, { "caf\303\251", 4, "caf\303\251" },
        { "e\314\201", 1, "e\314\201   " }, { "\344\270\255", 2, "\344\270\255  " }, { "\360\237\220\247x", 3, "\360\237\220\247x " },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *padded = cmdqvTextPad(lines[i].line, 4);

        g_assert_cmpuint(cmdqvTextColumns(lines[i].line), ==, lines[i].columns);
        g_assert_cmpstr(padded, ==, lines[i].padded);
    }
}


/* Words that a client may have written into a name are not taken for success. */
static void
cmdqvTestUnmistaken(void)
{
    g_autofree char *none = cmdqvTextUnmistaken("device 'a' stays");
    g_autofree char *both = cmdqvTextUnmistaken("'not found' not founded: already in the process of unplug");

    g_assert_cmpstr(none, ==, "device 'a' stays");
    g_assert_cmpstr(both, ==, "'not-found' not-founded: already-in-the-process-of-unplug");
}


int
main(int argc, char **argv)
{
    cmdqvTestInit(&argc, &argv);
    g_test_add_func("/string/numbers", cmdqvTestNumbers);
    g_test_add_func("/string/signed", cmdqvTestSigned);
    g_test_add_func("/string/addresses", cmdqvTestAddresses);
    g_test_add_func("/string/equal", cmdqvTestEqual);
    g_test_add_func("/string/one-line", cmdqvTestOneLine);
    g_test_add_func("/string/unmistaken", cmdqvTestUnmistaken);
    g_test_add_func("/string/columns", cmdqvTestColumns);
    return g_test_run();
}
