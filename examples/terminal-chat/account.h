/* SPDX-License-Identifier: MIT
 * What interactive and scripted use have in common: a client made from the command line, the log of
 * what goes over the wire, exit statuses. */
#ifndef CHAT_ACCOUNT_H
#define CHAT_ACCOUNT_H

#include "options.h"

#include <bosh/curl.h>
#include <stdio.h>

typedef struct account {
    bosh_curl *curl;
    bosh_client *client;
    FILE *xml_log; /* NULL: none */
    bosh_event_fn on_event;
    void *user;
} account;

/* 0; or an error, after saying what is wrong. The account must not be moved afterwards. */
int account_open(account *made, const options *chosen, const char *password, bosh_event_fn on_event,
                 void *user);
void account_free(account *gone);

/* One sentence about what is wrong, safe to print: the error, and what the server or
 * libcurl says. The caller frees it. */
char *account_reason(const account *of, const bosh_detail *detail, int error);
/* EXIT_... for that error. */
int account_exit_status(int error);
/* An id nobody can guess; the caller frees it. */
char *account_new_id(void);

#endif
