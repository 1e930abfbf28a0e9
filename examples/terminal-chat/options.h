/* SPDX-License-Identifier: MIT
 * The command line of bosh-chat. */
#ifndef CHAT_OPTIONS_H
#define CHAT_OPTIONS_H

/* What bosh-chat exits with. */
enum {
    EXIT_OK = 0,
    EXIT_OTHER = 1,      /* something else; the message says what */
    EXIT_USAGE = 2,      /* the command line */
    EXIT_LOGIN = 3,      /* the server does not accept the account or the password */
    EXIT_NETWORK = 4,    /* the server cannot be reached or does not speak BOSH */
    EXIT_UNDELIVERED = 5 /* a message was not delivered, or no answer came */
};

typedef struct options {
    const char *url;
    const char *jid;
    const char *password_file;
    const char *send_to; /* --send */
    const char *send_text;
    int await_s; /* --await; 0: do not */
    int is_echo;
    int is_plain; /* --plain: lines instead of a screen */
    const char *xml_log;
    const char *ca_file;
    int insecure;
    int allow_plain_over_http;
} options;

/* Fill `chosen`. Returns -1 to go on, or what to exit with. */
int options_parse(options *chosen, int argc, char **argv);
/* The password from the file or the terminal, to be wiped and freed; NULL after saying why not. */
char *options_password(const options *chosen);
void options_wipe(char *password);

#endif
