/* SPDX-License-Identifier: MIT
 * Runs tests/native/server.mjs, once for each test program. */
#ifndef BOSH_TESTS_NATIVE_SERVER_H
#define BOSH_TESTS_NATIVE_SERVER_H

/* "http://127.0.0.1:PORT/path"; `server` is "http", "https", "other", "old" or "h2". Starts the
 * server if it does not run. The text is valid until the fourth call from here. */
const char *server_url(const char *server, const char *path);
/* A file in the server's directory of certificates; as above. */
const char *server_file(const char *name);
int server_port(const char *server);

#endif
