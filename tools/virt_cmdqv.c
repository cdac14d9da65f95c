/*
 * virt_cmdqv.c: virt-cmdqv, the command line tool
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "virt_cmdqv.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "util/text.h"

static const cmdqvToolCommand *const cmdqvToolCommands[] = {
    &cmdqvToolAnchors, &cmdqvToolValidate, &cmdqvToolArgv, &cmdqvToolHost, &cmdqvToolDoctor, &cmdqvToolLayout,
    &cmdqvToolRules, &cmdqvToolExplain
};


/* Of two exit statuses the one that says more is wrong. */
int
cmdqvToolWorse(int a, int b)
{
    return MAX(a, b);
}


/* Whether it is this user alone who cannot read it: /etc/libvirt is root's own on Fedora. */
bool
cmdqvToolIsForbidden(const char *path)
{
    return access(path, R_OK) < 0 && errno == EACCES;
}


/**
 * cmdqvToolTrouble:
 * @format: what could not be done
 *
 * Returns: CMDQV_EXIT_TROUBLE
 */
int
cmdqvToolTrouble(const char *format, ...)
{
    g_autofree char *text = NULL;
    g_autofree char *line = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    line = cmdqvStringOneLine(text);
    (void)fprintf(stderr, "virt-cmdqv: %s\n", line);
    return CMDQV_EXIT_TROUBLE;
}


/* What GOption does not ask: it takes "--yes=no" for "--yes". */
static bool
cmdqvToolHasNoStrayValue(const GOptionEntry *entries, int argc, char **argv, GError **error)
{
    int i;

    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *value = g_str_has_prefix(argv[i], "--") ? strchr(argv[i], '=') : NULL;
        const GOptionEntry *entry;

        for (entry = entries; value && entry->long_name; entry++) {
            gsize len = strlen(entry->long_name);

            if (entry->arg != G_OPTION_ARG_NONE || value != argv[i] + 2 + len || strncmp(argv[i] + 2, entry->long_name, len) != 0)
                continue;
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "option --%s takes no value", entry->long_name);
            return false;
        }
    }
    return true;
}


/**
 * cmdqvToolParse:
 * @command: the command
 * @entries: its options; names of domains and files are of the type FILENAME, which is taken as it is
 *   in every locale
 * @argc: (inout): number of arguments
 * @argv: (inout): what is left are the operands
 * @status: (out): the exit status where it fails
 *
 * Returns: true, or false with a message printed
 */
bool
cmdqvToolParse(const cmdqvToolCommand *command, const GOptionEntry *entries, int *argc, char ***argv, int *status)
{
    g_autofree char *usage = g_strdup_printf("%s %s", command->name, command->arguments);
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    int i;

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(context, command->summary);
    g_option_context_set_help_enabled(context, FALSE);
    for (i = 1; i < *argc && strcmp((*argv)[i], "--") != 0; i++) {
        if (strcmp((*argv)[i], "--help") == 0 || strcmp((*argv)[i], "-h") == 0) {
            g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);
            const char *options = strstr(help, command->summary);

            (void)printf("Usage:\n  virt-cmdqv [OPTION...] %s\n\n%s", usage, options ? options : help);
            *status = CMDQV_EXIT_SOUND;
            return false;
        }
    }
    if (cmdqvToolHasNoStrayValue(entries, *argc, *argv, &error) && g_option_context_parse(context, argc, argv, &error)) {
        /* GOption leaves it in where what follows begins with a dash */
        for (i = 1; i < *argc && strcmp((*argv)[i], "--") != 0; i++)
            continue;
        if (i < *argc) {
            (*argc)--;
            memmove(*argv + i, *argv + i + 1, (gsize)(*argc - i) * sizeof(**argv));
        }
        return true;
    }
    *status = cmdqvToolTrouble("%s: %s; see 'virt-cmdqv %s --help'", command->name, error->message, command->name);
    return false;
}


/**
 * cmdqvToolConnect:
 * @uri: where to, NULL for libvirt's default
 * @flags: VIR_CONNECT_RO or 0
 *
 * Returns: (transfer full): a connection, NULL with a message printed
 */
virConnectPtr
cmdqvToolConnect(const char *uri, unsigned int flags)
{
    virConnectPtr conn = virConnectOpenAuth(uri, NULL, flags);

    if (!conn) {
        g_autofree char *reason = cmdqvToolLastError();

        (void)cmdqvToolTrouble("cannot connect to '%s': %s", uri ? uri : "the default hypervisor", reason);
    }
    return conn;
}


/**
 * cmdqvToolToNative:
 * @xml: domain XML
 * @conn: a connection that may write
 *
 * A cmdqvDefinitionToNative.
 *
 * Returns: (transfer full): the command line that libvirt would run, or NULL
 */
char *
cmdqvToolToNative(const char *xml, gpointer conn)
{
    char *native = virConnectDomainXMLToNative(conn, "qemu-argv", xml, 0);
    char *copy = g_strdup(native);

    free(native);
    return copy;
}


/* Returns: (transfer full): what libvirt said last */
char *
cmdqvToolLastError(void)
{
    const char *message = virGetLastErrorMessage();

    return g_strdup(message ? message : "unknown error");
}


/*
 * Adds the member @name to the object that @builder is in; @value NULL becomes null.  JSON is UTF-8, and the name of a
 * file need not be: what is none is U+FFFD.
 */
void
cmdqvToolJsonString(JsonBuilder *builder, const char *name, const char *value)
{
    g_autofree char *text = value ? g_utf8_make_valid(value, -1) : NULL;

    json_builder_set_member_name(builder, name);
    if (text)
        json_builder_add_string_value(builder, text);
    else
        json_builder_add_null_value(builder);
}


/* Prints what @builder holds, and a newline; a failed write shows at the tool's end, in cmdqvToolFinish(). */
void
cmdqvToolPrintJson(JsonBuilder *builder)
{
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    g_autofree char *text = NULL;

    json_generator_set_root(generator, root);
    json_generator_set_pretty(generator, TRUE);
    text = json_generator_to_data(generator, NULL);
    (void)printf("%s\n", text);
}


static void
cmdqvToolHelp(GOptionContext *context)
{
    g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);
    guint i;

    (void)printf("%s", help);
    (void)printf("Commands:\n");
    for (i = 0; i < G_N_ELEMENTS(cmdqvToolCommands); i++) {
        const cmdqvToolCommand *command = cmdqvToolCommands[i];

        (void)printf("  %-10s %s\n", command->name, command->summary);
    }
    (void)printf("\nExit status: 0 if all is well, 1 if a definition is refused or a check fails, 2 on trouble.\n"
                 "'virt-cmdqv COMMAND --help' tells more of one command.\n");
}


/*
 * What is opened next would take the number of a descriptor that is closed: a
 * connection to libvirt that of standard output, and what is printed with it.
 */
static void
cmdqvToolHoldDescriptors(void)
{
    int fd;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        /* the wrong way round, so that it fails as the closed one does */
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}


/* What nobody got to read is trouble, whatever there was to say. */
static int
cmdqvToolFinish(int status)
{
    bool failed = ferror(stdout) != 0;

    if (fflush(stdout) != 0)
        return cmdqvToolTrouble("cannot write to standard output: %s", g_strerror(errno));
    return failed ? cmdqvToolTrouble("cannot write to standard output") : status;
}


static int
cmdqvToolRun(int argc, char **argv)
{
    cmdqvToolOptions options = { .root = "" };
    g_autoptr(cmdqvSettings) settings = NULL;
    g_autofree char *configuration = NULL;
    g_autofree char *root = NULL;
    g_autofree char *uri = NULL;
    gboolean version = FALSE;
    gboolean help = FALSE;
    const GOptionEntry entries[] = {
        { "connect", 'c', 0, G_OPTION_ARG_FILENAME, &uri, "Hypervisor connection URI", "URI" },
        { "config", 0, 0, G_OPTION_ARG_FILENAME, &configuration, "Configuration file", "FILE" },
        /* for tests: a small tree of files in the place of the host's */
        { "root", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME, &root, "Root of the host's files", "FOLDER" },
        { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "Print this help", NULL },
        { "version", 'V', 0, G_OPTION_ARG_NONE, &version, "Print the version", NULL },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(GOptionContext) context = g_option_context_new("COMMAND [ARGUMENT...]");
    g_autoptr(GError) error = NULL;
    guint i;

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_strict_posix(context, TRUE);
    g_option_context_set_summary(context, "Shows and checks what anchors the CMDQV of a domain's vSMMUs.");
    if (!cmdqvToolHasNoStrayValue(entries, argc, argv, &error) || !g_option_context_parse(context, &argc, &argv, &error))
        return cmdqvToolTrouble("%s; see 'virt-cmdqv --help'", error->message);

    if (help) {
        cmdqvToolHelp(context);
        return CMDQV_EXIT_SOUND;
    }
    if (version) {
        (void)printf("%s\n", CMDQV_VERSION);
        return CMDQV_EXIT_SOUND;
    }
    if (argc < 2)
        return cmdqvToolTrouble("no command; see 'virt-cmdqv --help'");
    /* without the usual one the defaults hold, but one that is named has to be there */
    if (configuration && !g_file_test(configuration, G_FILE_TEST_EXISTS))
        return cmdqvToolTrouble("cannot open '%s': %s", configuration, g_strerror(ENOENT));
    settings = cmdqvSettingsLoad(configuration ? configuration : CMDQV_SETTINGS_FILE, &error);
    if (!settings) {
        options.unreadable = error->message;
        options.forbidden = !configuration && cmdqvToolIsForbidden(CMDQV_SETTINGS_FILE);
        /* which is one of the things that doctor finds wrong */
        if (strcmp(argv[1], cmdqvToolDoctor.name) != 0) {
            if (!options.forbidden)
                return cmdqvToolTrouble("%s", error->message);
            (void)fprintf(stderr, "virt-cmdqv: %s; the defaults are used instead\n", error->message);
        }
        settings = cmdqvSettingsNew();
    }
    options.settings = settings;
    options.uri = uri;
    options.root = root ? root : "";

    for (i = 0; i < G_N_ELEMENTS(cmdqvToolCommands); i++) {
        if (strcmp(argv[1], cmdqvToolCommands[i]->name) == 0)
            return cmdqvToolCommands[i]->run(&options, argc - 1, argv + 1);
    }
    return cmdqvToolTrouble("unknown command '%s'; see 'virt-cmdqv --help'", argv[1]);
}


int
main(int argc, char **argv)
{
    cmdqvToolHoldDescriptors();
    (void)setlocale(LC_ALL, "");
    g_set_prgname("virt-cmdqv");
    return cmdqvToolFinish(cmdqvToolRun(argc, argv));
}
