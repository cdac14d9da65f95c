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
    { .text = "0", .base = 10, .max = 9, .value = 0 },
    { .text = "9", .base = 10, .max = 9, .value = 9 },
    { .text = "10", .base = 10, .max = 9, .value = NO_NUMBER },
    { .text = "010", .base = 10, .max = 99, .value = 10 },
    { .text = "010", .base = 0, .max = 99, .value = 8 },
    { .text = "0x1F", .base = 0, .max = 99, .value = 31 },
    { .text = "0x1F", .base = 10, .max = 99, .value = NO_NUMBER },
    { .text = "1f", .base = 16, .max = 99, .value = 31 },
    { .text = "+7", .base = 10, .max = 9, .value = 7 },
    { .text = " 7", .base = 10, .max = 9, .value = 7 },
    { .text = "7 ", .base = 10, .max = 9, .value = NO_NUMBER },
    { .text = "-7", .base = 10, .max = 9, .value = NO_NUMBER },
    { .text = " -7", .base = 10, .max = 9, .value = NO_NUMBER },
    { .text = "", .base = 10, .max = 9, .value = NO_NUMBER },
    { .text = " ", .base = 10, .max = 9, .value = NO_NUMBER },
    { .text = "x", .base = 10, .max = 9, .value = NO_NUMBER },
    { .text = "0x", .base = 0, .max = 9, .value = NO_NUMBER },
    { .text = "08", .base = 0, .max = 9, .value = NO_NUMBER },
    { .text = "4294967295", .base = 10, .max = G_MAXUINT, .value = 4294967295U },
    { .text = "4294967296", .base = 10, .max = G_MAXUINT, .value = NO_NUMBER },
    { .text = "99999999999999999999999999", .base = 10, .max = G_MAXUINT, .value = NO_NUMBER },
    { .text = "1\n", .base = 10, .max = 9, .value = NO_NUMBER },
};

static const struct {
    const char *text;
    const char *formatted;  /* NULL: no address */
} addresses[] = {
    { .text = "0009:01:00.0", .formatted = "0009:01:00.0" },
    { .text = "9:1:0.0", .formatted = "0009:01:00.0" },
    { .text = "01:00.7", .formatted = "0000:01:00.7" },
    { .text = "ffffffff:ff:1f.7", .formatted = "ffffffff:ff:1f.7" },
    { .text = "ABCD:EF:1A.1", .formatted = "abcd:ef:1a.1" },
    { .text = "0009:01:00.8", .formatted = NULL },
    { .text = "0009:01:00", .formatted = NULL },
    { .text = "0009:001:00.0", .formatted = NULL },
    { .text = "123456789:01:00.0", .formatted = NULL },
    { .text = "01:00.0 ", .formatted = NULL },
    { .text = ":01:00.0", .formatted = NULL },
    { .text = "", .formatted = NULL },
    { .text = "0009-01-00.0", .formatted = NULL },
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
        { .text = "0", .ok = true, .value = 0 },
        { .text = "-0", .ok = true, .value = 0 },
        { .text = "+7", .ok = true, .value = 7 },
        { .text = " \t12", .ok = true, .value = 12 },
        { .text = "-5", .ok = true, .value = -5 },
        { .text = "2147483647", .ok = true, .value = G_MAXINT },
        { .text = "-2147483648", .ok = true, .value = G_MININT },
        { .text = "2147483648", .ok = false, .value = 1 },
        { .text = "-2147483649", .ok = false, .value = 1 },
        { .text = "99999999999999999999", .ok = false, .value = 1 },
        { .text = "", .ok = false, .value = 1 },
        { .text = "-", .ok = false, .value = 1 },
        { .text = "1 ", .ok = false, .value = 1 },
        { .text = "0x1", .ok = false, .value = 1 },
        { .text = "one", .ok = false, .value = 1 },
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
        { .text = "", .line = "" },
        { .text = "it's \"so\"", .line = "it's \"so\"" },
        { .text = "a\nb\tc\r\n", .line = "a b c  " },
        /* controls: C0, DEL, C1 */
        { .text = "\033[2Jx\177\1", .line = "\\x1b[2Jx\\x7f\\x01" },
        { .text = "\302\2332J\302\200", .line = "\\u009b2J\\u0080" },
        /* characters that turn text around: U+202A to U+202E, U+2066 to U+2069, U+200E, U+200F, U+061C */
        { .text = "a\342\200\256b\342\200\252", .line = "a\\u202eb\\u202a" },
        { .text = "\342\201\246\342\201\251", .line = "\\u2066\\u2069" },
        { .text = "\342\200\216\342\200\217\330\234", .line = "\\u200e\\u200f\\u061c" },
        /* characters that end a line: U+2028, U+2029; invisible ones: U+200B, U+FEFF, U+E0041 */
        { .text = "\342\200\250\342\200\251", .line = "\\u2028\\u2029" },
        { .text = "\342\200\213\357\273\277", .line = "\\u200b\\ufeff" },
        { .text = "\363\240\201\201", .line = "\\U000e0041" },
        /* no UTF-8: a byte alone, one too few, a surrogate, more bytes than needed, too large */
        { .text = "\233", .line = "\\x9b" },
        { .text = "x\303", .line = "x\\xc3" },
        { .text = "\355\240\200", .line = "\\xed\\xa0\\x80" },
        { .text = "\300\257", .line = "\\xc0\\xaf" },
        { .text = "\364\220\200\200", .line = "\\xf4\\x90\\x80\\x80" },
        /* plain characters of any script */
        { .text = "caf\303\251 %s \\x", .line = "caf\303\251 %s \\x" },
        { .text = "\344\270\255\346\226\207", .line = "\344\270\255\346\226\207" },
        { .text = "e\314\201", .line = "e\314\201" },
        { .text = "\360\237\220\247", .line = "\360\237\220\247" },
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
        { .line = "", .columns = 0, .padded = "    " },
        { .line = "abc", .columns = 3, .padded = "abc " },
        { .line = "abcde", .columns = 5, .padded = "abcde" },
        { .line = "caf\303\251", .columns = 4, .padded = "caf\303\251" },
        { .line = "e\314\201", .columns = 1, .padded = "e\314\201   " },
        { .line = "\344\270\255", .columns = 2, .padded = "\344\270\255  " },
        { .line = "\360\237\220\247x", .columns = 3, .padded = "\360\237\220\247x " },
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
