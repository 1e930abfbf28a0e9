/* SPDX-License-Identifier: MIT
 * Starts the server as a child whose standard input ends when this process does. */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char line[1024];
static pid_t child;
static int child_stdin;

static void stop(void)
{
    close(child_stdin);
    waitpid(child, NULL, 0);
}

static void start(void)
{
    int in[2], out[2];
    size_t size = 0;
    if (line[0])
        return;
    /* A proxy of this machine is not for the servers of the tests. */
    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("HTTPS_PROXY");
    unsetenv("all_proxy");
    unsetenv("ALL_PROXY");
    if (pipe(in) || pipe(out) || (child = fork()) < 0)
        abort();
    if (child == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execlp("node", "node", BOSH_TEST_SERVER, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    child_stdin = in[1];
    while (size + 1 < sizeof line && read(out[0], line + size, 1) == 1 && line[size] != '\n')
        size++;
    close(out[0]);
    if (!strchr(line, '}')) {
        fprintf(stderr, "the test server did not start\n");
        exit(1);
    }
    atexit(stop);
}

static char *next_text(void)
{
    static char texts[4][256];
    static unsigned turn;
    return texts[turn++ % 4];
}

/* What stands behind "name": in the server's line. */
static const char *field(const char *name)
{
    char key[32];
    start();
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(line, key);
    if (!at)
        abort();
    return at + strlen(key);
}

int server_port(const char *server)
{
    return atoi(field(server));
}

const char *server_url(const char *server, const char *path)
{
    char *text = next_text();
    snprintf(text, 256, "%s://127.0.0.1:%d%s", strcmp(server, "http") == 0 ? "http" : "https",
             server_port(server), path);
    return text;
}

const char *server_file(const char *name)
{
    char *text = next_text();
    const char *directory = field("directory") + 1;
    snprintf(text, 256, "%.*s/%s", (int)strcspn(directory, "\""), directory, name);
    return text;
}
