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
#include <string.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "client_uri.h"
#include "printed_text.h"
#include "qemu/libvirt_driver.h"
#include "util/text.h"

static int cmdqvToolRunHelp(const cmdqvToolOptions *options, int argc, char **argv);

static const cmdqvToolCommand cmdqvToolCommandHelp = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "Prints this help, or the help of one command.",
    .example = "help anchors",
    .run = cmdqvToolRunHelp,
};

static const cmdqvToolCommand *const cmdqvToolCommands[] = {
    &cmdqvCmdAnchors, &cmdqvCmdValidate, &cmdqvCmdArgv, &cmdqvCmdHost, &cmdqvCmdDoctor, &cmdqvCmdMetrics, &cmdqvCmdLayout,
    &cmdqvCmdRules, &cmdqvCmdRulesExplain, &cmdqvToolCommandHelp
};


/* The worse of two exit statuses. */
int
cmdqvToolWorse(int a, int b)
{
    return MAX(a, b);
}


/* Whether only the permissions of this user prevent reading it: on Fedora only root can read /etc/libvirt. */
bool
cmdqvToolIsForbidden(const char *path)
{
    return access(path, R_OK) < 0 && errno == EACCES;
}


/**
 * cmdqvToolPrintLine:
 * @format: a line for standard output
 *
 * For lines with text from clients, such as a domain's name.
 */
void
cmdqvToolPrintLine(const char *format, ...)
{
    g_autofree char *line = NULL;
    va_list args;

    va_start(args, format);
    line = cmdqvTextFormatLine(format, args);
    va_end(args);
    (void)printf("%s\n", line);
}


/**
 * cmdqvToolTrouble:
 * @format: a message
 *
 * Returns: CMDQV_EXIT_TROUBLE
 */
int
cmdqvToolTrouble(const char *format, ...)
{
    g_autofree char *line = NULL;
    va_list args;

    va_start(args, format);
    line = cmdqvTextFormatLine(format, args);
    va_end(args);
    (void)fprintf(stderr, "virt-cmdqv: %s\n", line);
    return CMDQV_EXIT_TROUBLE;
}


/**
 * cmdqvToolUsage:
 * @command: the command
 * @wrong: the fault of its arguments
 *
 * Returns: CMDQV_EXIT_TROUBLE
 */
int
cmdqvToolUsage(const cmdqvToolCommand *command, const char *wrong)
{
    return cmdqvToolTrouble("%s: %s, for example 'virt-cmdqv %s'; see 'virt-cmdqv help %s'", command->name, wrong, command->example,
                            command->name);
}


/* A check that GOption lacks: it accepts "--yes=no" as "--yes". */
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


/* The text of GOption behind the summary is the list of options, if there are some. */
static void
cmdqvToolHelpCommand(const cmdqvToolCommand *command, GOptionContext *context)
{
    g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);
    const char *summary = strstr(help, command->summary);

    (void)printf("Usage:\n  virt-cmdqv [OPTION...] %s %s\n\n%s\n\n", command->name, command->arguments, command->summary);
    if (command->details)
        (void)printf("%s\n\n", command->details);
    if (summary)
        (void)printf("%s", summary + strlen(command->summary) + strspn(summary + strlen(command->summary), "\n"));
    (void)printf("Example:\n  virt-cmdqv %s\n", command->example);
}


/**
 * cmdqvToolParse:
 * @command: the command
 * @entries: its options; names of domains and files have the type FILENAME,
 *   which no locale converts
 * @argc: (inout): number of arguments
 * @argv: (inout): on return, the operands
 * @status: (out): the exit status on failure
 *
 * Returns: true, or false with a message printed
 */
bool
cmdqvToolParse(const cmdqvToolCommand *command, const GOptionEntry *entries, int *argc, char ***argv, int *status)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    int i;

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(context, command->summary);
    g_option_context_set_help_enabled(context, FALSE);
    for (i = 1; i < *argc && strcmp((*argv)[i], "--") != 0; i++) {
        if (strcmp((*argv)[i], "--help") == 0 || strcmp((*argv)[i], "-h") == 0) {
            cmdqvToolHelpCommand(command, context);
            *status = CMDQV_EXIT_SUCCESS;
            return false;
        }
    }
    if (cmdqvToolHasNoStrayValue(entries, *argc, *argv, &error) && g_option_context_parse(context, argc, argv, &error)) {
        /* GOption keeps "--" before an operand that begins with a dash */
        for (i = 1; i < *argc && strcmp((*argv)[i], "--") != 0; i++)
            continue;
        if (i < *argc) {
            (*argc)--;
            memmove(*argv + i, *argv + i + 1, (gsize)(*argc - i) * sizeof(**argv));
        }
        return true;
    }
    *status = cmdqvToolUsage(command, error->message);
    return false;
}


/**
 * cmdqvToolConnect:
 * @uri: a URI, NULL for libvirt's default
 * @flags: VIR_CONNECT_RO or 0
 *
 * Returns: (transfer full): a connection, NULL with a message printed
 */
virConnectPtr
cmdqvToolConnect(const char *uri, unsigned int flags)
{
    virConnectPtr conn = virConnectOpenAuth(uri, NULL, flags);

    if (!conn)
        (void)cmdqvToolTrouble("cannot connect to '%s': %s", uri ? uri : "the default hypervisor", cmdqvToolLastError());
    return conn;
}


/**
 * cmdqvToolToNative:
 * @xml: domain XML
 * @conn: a connection that is not read-only
 *
 * A cmdqvDefinitionToNative.
 *
 * Returns: (transfer full): the command line that libvirt would run, or NULL
 */
char *
cmdqvToolToNative(const char *xml, gpointer conn)
{
    g_autoptr(cmdqvTextMalloced) native = virConnectDomainXMLToNative(conn, "qemu-argv", xml, 0);

    return g_strdup(native);
}


/* Returns: the message of libvirt's last error, valid until the next call of libvirt */
const char *
cmdqvToolLastError(void)
{
    const char *message = virGetLastErrorMessage();

    return message ? message : "unknown error";
}


/*
 * Adds the member @name to the object that @builder is in; @value NULL becomes
 * null.  JSON is UTF-8, but the name of a file may not be: invalid bytes become
 * U+FFFD.
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


/* Returns: (transfer full) (nullable): a builder of a JSON array, NULL if the output is text */
JsonBuilder *
cmdqvToolJsonBegin(gboolean isJson)
{
    return isJson ? json_builder_begin_array(json_builder_new()) : NULL;
}


/* Ends the array of @builder, if there is one, and prints it; cmdqvToolFinish() reports a failed write at the end of the tool. */
void
cmdqvToolJsonEnd(JsonBuilder *builder)
{
    g_autoptr(JsonGenerator) generator = NULL;
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *text = NULL;
    g_autofree char *printed = NULL;

    if (!builder)
        return;
    json_builder_end_array(builder);
    generator = json_generator_new();
    root = json_builder_get_root(builder);
    json_generator_set_root(generator, root);
    json_generator_set_pretty(generator, TRUE);
    text = json_generator_to_data(generator, NULL);
    printed = cmdqvPrintedTextJson(text);
    (void)printf("%s\n", printed);
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
                 "'virt-cmdqv help COMMAND' prints the help of one command. Options of the tool may also follow the command.\n");
}


static int
cmdqvToolRunCommand(const cmdqvToolOptions *options, int argc, char **argv)
{
    guint i;

    for (i = 0; i < G_N_ELEMENTS(cmdqvToolCommands); i++) {
        if (strcmp(argv[0], cmdqvToolCommands[i]->name) == 0)
            return cmdqvToolCommands[i]->run(options, argc, argv);
    }
    return cmdqvToolTrouble("unknown command '%s'; see 'virt-cmdqv help'", argv[0]);
}


/* "help COMMAND" is "COMMAND --help"; "help" alone is "--help". */
static int
cmdqvToolRunHelp(const cmdqvToolOptions *options, int argc, char **argv)
{
    const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
    char option[] = "--help";
    char *asked[] = { NULL, option, NULL };
    int status;

    if (!cmdqvToolParse(&cmdqvToolCommandHelp, entries, &argc, &argv, &status))
        return status;
    if (argc != 2)
        return cmdqvToolUsage(&cmdqvToolCommandHelp, "name one command at most");
    asked[0] = argv[1];
    return cmdqvToolRunCommand(options, 2, asked);
}


/*
 * Finds the option of the tool that a word is: -cURI, -c, --connect=URI or
 * --connect.  Before the command, the end of a long name may be left out, as
 * for virsh.
 *
 * @value: (out): the value in the same word, NULL if there is none
 */
static const GOptionEntry *
cmdqvToolFindOption(const GOptionEntry *entries, const char *word, bool mayBeCut, const char **value)
{
    gsize len = strcspn(word, "=");
    const GOptionEntry *found = NULL;
    const GOptionEntry *entry;
    guint matches = 0;

    *value = word[len] == '=' ? word + len + 1 : NULL;
    for (entry = entries; entry->long_name; entry++) {
        if (word[0] == '-' && word[1] == entry->short_name && word[1] != '\0' && entry->arg != G_OPTION_ARG_NONE) {
            *value = word[2] != '\0' ? word + 2 : NULL;
            return entry;
        }
        if (len <= 2 || !g_str_has_prefix(word, "--") || strncmp(word + 2, entry->long_name, len - 2) != 0)
            continue;
        if (entry->long_name[len - 2] == '\0')
            return entry;
        matches += !found || found->arg_data != entry->arg_data;
        found = entry;
    }
    return mayBeCut && matches == 1 ? found : NULL;
}


/*
 * Puts the tool's options before the command, as GOption reads them there
 * alone, each as one word with its whole name.
 *
 * @made: gets the words that are new
 * @missing: (out): the option whose value is missing, if the words end there
 *
 * Returns: (transfer container): the words
 */
static char **
cmdqvToolPutOptionsFirst(const GOptionEntry *entries, char **argv, GPtrArray *made, const char **missing)
{
    char **words = g_new0(char *, g_strv_length(argv) + 1);
    bool isBefore = true;
    guint first = 1;
    guint count = 1;

    words[0] = argv[0];
    for (argv++; *argv && strcmp(*argv, "--") != 0; argv++) {
        const char *value;
        const GOptionEntry *entry = cmdqvToolFindOption(entries, *argv, isBefore, &value);

        isBefore = isBefore && **argv == '-';
        /* after the command, --help is that of the command */
        if (!entry || (entry->arg == G_OPTION_ARG_NONE && !isBefore)) {
            words[count++] = *argv;
            continue;
        }
        if (entry->arg != G_OPTION_ARG_NONE && !value) {
            *missing = *argv;
            value = *++argv;
            if (!value)
                break;
            *missing = NULL;
        }
        memmove(words + first + 1, words + first, (count - first) * sizeof(*words));
        words[first] = g_strdup_printf("--%s%s%s", entry->long_name, value ? "=" : "", value ? value : "");
        g_ptr_array_add(made, words[first++]);
        count++;
    }
    while (*argv)
        words[count++] = *argv++;
    return words;
}


/*
 * A file opened later would get the number of a closed descriptor: if standard
 * output is closed, a connection to libvirt would get its number, and all
 * output.
 */
static void
cmdqvToolHoldDescriptors(void)
{
    int fd;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        /* the wrong direction, so a read or write fails as with a closed one */
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}


/* Lost output is trouble, whatever the result. */
static int
cmdqvToolFinish(int status)
{
    bool failed = ferror(stdout) != 0;

    if (fflush(stdout) != 0)
        return cmdqvToolTrouble("cannot write to standard output: %s", g_strerror(errno));
    return failed ? cmdqvToolTrouble("cannot write to standard output") : status;
}


/* The settings file of the daemon; libvirt's default for a user other than root is the user's own daemon. */
static char *
cmdqvToolSettingsFile(const char *uri)
{
    g_auto(cmdqvLibvirtDriver) driver = { .stateDir = NULL };
    bool known = cmdqvLibvirtDriverOfURI(uri ? uri : "qemu:///session", &driver);

    return cmdqvLibvirtDriverSettingsFile(known ? &driver : NULL, g_get_user_config_dir());
}


static int
cmdqvToolRun(int argc, char **argv)
{
    cmdqvToolOptions options = { .root = "" };
    g_autoptr(cmdqvSettings) settings = NULL;
    g_autofree char *configuration = NULL;
    g_autofree char *usual = NULL;
    g_autofree char *root = NULL;
    g_autofree char *given = NULL;
    g_autofree char *uri = NULL;
    gboolean version = FALSE;
    gboolean help = FALSE;
    const char *missing = NULL;
    const GOptionEntry entries[] = {
        { .long_name = "connect", .short_name = 'c', .arg = G_OPTION_ARG_FILENAME, .arg_data = &given,
          .description = "Hypervisor connection URI", .arg_description = "URI" },
        { .long_name = "config", .arg = G_OPTION_ARG_FILENAME, .arg_data = &configuration,
          .description = "Configuration file to use instead of the daemon's", .arg_description = "FILE" },
        /* for tests: a small tree of files instead of the host's */
        { .long_name = "root", .flags = G_OPTION_FLAG_HIDDEN, .arg = G_OPTION_ARG_FILENAME, .arg_data = &root,
          .description = "Root of the host's files", .arg_description = "FOLDER" },
        { .long_name = "help", .short_name = 'h', .arg = G_OPTION_ARG_NONE, .arg_data = &help, .description = "Print this help" },
        { .long_name = "version", .short_name = 'v', .arg = G_OPTION_ARG_NONE, .arg_data = &version, .description = "Print the version" },
        /* virsh has both */
        { .long_name = "version", .short_name = 'V', .flags = G_OPTION_FLAG_HIDDEN, .arg = G_OPTION_ARG_NONE, .arg_data = &version },
        G_OPTION_ENTRY_NULL
    };
    g_autoptr(GOptionContext) context = g_option_context_new("COMMAND [ARGUMENT...]");
    g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func(g_free);
    g_autofree char **words = NULL;
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_strict_posix(context, TRUE);
    g_option_context_set_summary(context, "Shows which devices anchor the CMDQV of vSMMUs, and checks definitions and hosts.");
    argv = words = cmdqvToolPutOptionsFirst(entries, argv, made, &missing);
    argc = (int)g_strv_length(argv);
    if (missing)
        return cmdqvToolTrouble("Missing argument for %s; see 'virt-cmdqv help'", missing);
    if (!cmdqvToolHasNoStrayValue(entries, argc, argv, &error) || !g_option_context_parse(context, &argc, &argv, &error))
        return cmdqvToolTrouble("%s; see 'virt-cmdqv help'", error->message);
    /* GOption keeps it before a command that begins with a dash */
    if (argc > 1 && strcmp(argv[1], "--") == 0) {
        argv++;
        argc--;
    }

    if (help || (argc == 2 && strcmp(argv[1], cmdqvToolCommandHelp.name) == 0)) {
        cmdqvToolHelp(context);
        return CMDQV_EXIT_SUCCESS;
    }
    if (version) {
        (void)printf("%s\n", CMDQV_VERSION);
        return CMDQV_EXIT_SUCCESS;
    }
    if (argc < 2)
        return cmdqvToolTrouble("name a command, for example 'virt-cmdqv anchors'; see 'virt-cmdqv help'");
    /* without the usual file the defaults apply, but a file from the command line must exist */
    if (configuration && !g_file_test(configuration, G_FILE_TEST_EXISTS))
        return cmdqvToolTrouble("cannot open '%s': %s", configuration, g_strerror(ENOENT));
    uri = cmdqvClientUriResolve(given);
    if (!configuration)
        usual = cmdqvToolSettingsFile(uri);
    settings = cmdqvSettingsLoad(configuration ? configuration : usual, &error);
    if (!settings) {
        options.unreadable = error->message;
        options.forbidden = !configuration && cmdqvToolIsForbidden(usual);
        /* doctor reports it as one of its checks */
        if (strcmp(argv[1], cmdqvCmdDoctor.name) != 0) {
            if (!options.forbidden)
                return cmdqvToolTrouble("%s", error->message);
            (void)cmdqvToolTrouble("%s; the defaults are used instead", error->message);
        }
        settings = cmdqvSettingsNew();
    }
    options.settings = settings;
    options.uri = uri;
    options.root = root ? root : "";

    return cmdqvToolRunCommand(&options, argc - 1, argv + 1);
}


int
main(int argc, char **argv)
{
    cmdqvToolHoldDescriptors();
    (void)setlocale(LC_ALL, "");
    g_set_prgname("virt-cmdqv");
    return cmdqvToolFinish(cmdqvToolRun(argc, argv));
}
