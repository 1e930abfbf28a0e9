/* SPDX-License-Identifier: MIT
 * The command line of bosh-chat. */
#include "options.h"

#include "text.h"

#include <bosh/bosh.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const char usage[] =
    "usage: bosh-chat --url URL --jid USER@DOMAIN [option ...]\n"
    "\n"
    "An XMPP chat over BOSH. Type /help in it for its commands.\n"
    "\n"
    "  --url URL             http://127.0.0.1:8080/xmpp-httpbind, https://...\n"
    "  --jid JID             user@domain, or user@domain/resource\n"
    "  --password-file FILE  the password is its first line (default: ask)\n"
    "  --plain               lines instead of a screen; so it is without a terminal\n"
    "\n"
    "Not interactive:\n"
    "  --send JID TEXT       send one message; exit 0 when the server has it\n"
    "  --await SECONDS       with --send: wait for an answer and print it\n"
    "  --echo                print what arrives and answer each message with its text\n"
    "\n"
    "Connection:\n"
    "  --ca FILE             trust the certificates in this PEM file instead of the system's\n"
    "  --insecure            accept any certificate (for experiments only)\n"
    "  --allow-plain-over-http  send the password readable if the server wants it so\n"
    "  --log-xml FILE        write what goes over the wire there, secrets replaced by ***\n"
    "\n"
    "  --help, --version\n"
    "\n"
    "Exit status: 0 done, 1 other error, 2 command line, 3 login refused,\n"
    "4 server not reached, 5 message not delivered or not answered.\n";

enum {
    URL = 256,
    JID,
    PASSWORD_FILE,
    PLAIN,
    SEND,
    AWAIT,
    ECHO_,
    CA,
    INSECURE,
    ALLOW_PLAIN,
    LOG_XML,
    HELP,
    VERSION
};

static const struct option names[] = {{"url", required_argument, NULL, URL},
                                      {"jid", required_argument, NULL, JID},
                                      {"password-file", required_argument, NULL, PASSWORD_FILE},
                                      {"plain", no_argument, NULL, PLAIN},
                                      {"send", required_argument, NULL, SEND},
                                      {"await", required_argument, NULL, AWAIT},
                                      {"echo", no_argument, NULL, ECHO_},
                                      {"ca", required_argument, NULL, CA},
                                      {"insecure", no_argument, NULL, INSECURE},
                                      {"allow-plain-over-http", no_argument, NULL, ALLOW_PLAIN},
                                      {"log-xml", required_argument, NULL, LOG_XML},
                                      {"help", no_argument, NULL, HELP},
                                      {"version", no_argument, NULL, VERSION},
                                      {NULL, 0, NULL, 0}};

static int refuse(const char *why)
{
    fprintf(stderr, "bosh-chat: %s (see bosh-chat --help)\n", why);
    return EXIT_USAGE;
}

/* One option with its value in `optarg`. */
static int take(options *chosen, int name, int argc, char **argv)
{
    switch (name) {
    case URL:
        chosen->url = optarg;
        break;
    case JID:
        chosen->jid = optarg;
        break;
    case PASSWORD_FILE:
        chosen->password_file = optarg;
        break;
    case PLAIN:
        chosen->is_plain = 1;
        break;
    case SEND: // takes two values
        if (optind >= argc)
            return refuse("--send wants an address and a text");
        chosen->send_to = optarg;
        chosen->send_text = argv[optind++];
        break;
    case AWAIT:
        chosen->await_s = atoi(optarg);
        if (chosen->await_s <= 0 || chosen->await_s > 86400)
            return refuse("--await wants a number of seconds");
        break;
    case ECHO_:
        chosen->is_echo = 1;
        break;
    case CA:
        chosen->ca_file = optarg;
        break;
    case INSECURE:
        chosen->insecure = 1;
        break;
    case ALLOW_PLAIN:
        chosen->allow_plain_over_http = 1;
        break;
    case LOG_XML:
        chosen->xml_log = optarg;
        break;
    case HELP:
        fputs(usage, stdout);
        return EXIT_OK;
    case VERSION:
        printf("bosh-chat, libbosh %s\n", bosh_version());
        return EXIT_OK;
    default: // getopt_long has said what is wrong
        fputs("see bosh-chat --help\n", stderr);
        return EXIT_USAGE;
    }
    return -1;
}

int options_parse(options *chosen, int argc, char **argv)
{
    int name, status;
    *chosen = (options){0};
    while ((name = getopt_long(argc, argv, "+", names, NULL)) != -1)
        if ((status = take(chosen, name, argc, argv)) != -1)
            return status;
    if (optind < argc)
        return refuse("there is something left on the command line");
    if (!chosen->url || !chosen->jid)
        return refuse("--url and --jid are needed");
    if (chosen->send_to && chosen->is_echo)
        return refuse("--send and --echo exclude each other");
    if (chosen->await_s && !chosen->send_to)
        return refuse("--await belongs to --send");
    return -1;
}

/* The first line of `from`, without its end. */
static char *read_line(FILE *from)
{
    char *text = NULL;
    size_t capacity = 0;
    ssize_t size = getline(&text, &capacity, from);
    if (size < 0) {
        free(text);
        return NULL;
    }
    text[strcspn(text, "\r\n")] = '\0';
    return text;
}

static char *ask_password(const char *jid)
{
    struct termios before, silent;
    FILE *terminal = fopen("/dev/tty", "r+");
    if (!terminal || tcgetattr(fileno(terminal), &before) != 0) {
        fputs("bosh-chat: no terminal to ask for the password; use --password-file\n", stderr);
        if (terminal)
            fclose(terminal);
        return NULL;
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    fprintf(terminal, "Password for %s: ", jid);
    fflush(terminal);
    tcsetattr(fileno(terminal), TCSAFLUSH, &silent);
    char *password = read_line(terminal);
    tcsetattr(fileno(terminal), TCSAFLUSH, &before);
    fputc('\n', terminal);
    fclose(terminal);
    return password;
}

char *options_password(const options *chosen)
{
    if (!chosen->password_file)
        return ask_password(chosen->jid);
    FILE *file = fopen(chosen->password_file, "r");
    char *password = file ? read_line(file) : NULL;
    if (file)
        fclose(file);
    if (!password)
        fprintf(stderr, "bosh-chat: no password in %s\n", chosen->password_file);
    return password;
}

void options_wipe(char *password)
{
    volatile char *byte = password; // so that the compiler keeps the writing
    while (byte && *byte)
        *byte++ = '\0';
    free(password);
}
