/* SPDX-License-Identifier: MIT
 *
 * Birth and death of a bosh_curl, and its options. */
#include "door.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 15000

void bosh_curl_options_init_sized(bosh_curl_options *options, size_t size)
{
    memset(options, 0, size);
    options->struct_size = size;
}

static int copy_string(const char *text, char **copy)
{
    *copy = text ? strdup(text) : NULL;
    return !text || *copy ? BOSH_OK : BOSH_ERR_MEMORY;
}

static int copy_settings(struct settings *settings, const bosh_curl_options *options)
{
    bosh_curl_options *raw = &settings->raw;
    if (options)
        memcpy(raw, options,
               options->struct_size < sizeof *raw ? options->struct_size : sizeof *raw);
    if (!raw->connect_timeout_ms)
        raw->connect_timeout_ms = CONNECT_TIMEOUT_MS;
    if (copy_string(raw->ca_file, &settings->ca_file) ||
        copy_string(raw->ca_dir, &settings->ca_dir) ||
        copy_string(raw->certificate_file, &settings->certificate_file) ||
        copy_string(raw->key_file, &settings->key_file) ||
        copy_string(raw->key_password, &settings->key_password) ||
        copy_string(raw->proxy, &settings->proxy) ||
        copy_string(raw->no_proxy, &settings->no_proxy))
        return BOSH_ERR_MEMORY;
    return BOSH_OK;
}

static int is_unreadable(const char *path)
{
    return path && access(path, R_OK) != 0;
}

static int check_settings(const struct settings *settings)
{
    const bosh_curl_options *raw = &settings->raw;
    if (is_unreadable(settings->ca_file) || is_unreadable(settings->ca_dir) ||
        is_unreadable(settings->certificate_file) || is_unreadable(settings->key_file))
        return BOSH_ERR_ARGUMENT;
    if (!raw->socket != !raw->timer || (raw->insecure && raw->certificate))
        return BOSH_ERR_ARGUMENT;
    if (raw->certificate && !bosh_certificate_supported())
        return BOSH_ERR_UNSUPPORTED;
    return BOSH_OK;
}

static void free_settings(struct settings *settings)
{
    free(settings->ca_file);
    free(settings->ca_dir);
    free(settings->certificate_file);
    free(settings->key_file);
    if (settings
            ->key_password) /* written over, so that it does not stay in freed memory (SEC-10) */
        for (volatile char *at = settings->key_password; *at; at++)
            *at = 0;
    free(settings->key_password);
    free(settings->proxy);
    free(settings->no_proxy);
}

static int open_wake_pipe(bosh_curl *curl)
{
    int ends[2];
    if (pipe(ends) != 0)
        return BOSH_ERR_MEMORY;
    curl->wake_read = ends[0];
    curl->wake_write = ends[1];
    for (int i = 0; i < 2; i++) {
        fcntl(ends[i], F_SETFL, O_NONBLOCK);
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    }
    return bosh_loop_watch(curl, curl->wake_read, BOSH_CURL_READ, 0);
}

static int open_all(bosh_curl *curl, const bosh_curl_options *options)
{
    int error = copy_settings(&curl->settings, options);
    if (!error)
        error = check_settings(&curl->settings);
    if (!error && !curl->settings.raw.socket) {
        curl->poller = bosh_poller_new();
        error = curl->poller < 0 ? curl->poller : BOSH_OK;
    }
    return error ? error : open_wake_pipe(curl);
}

int bosh_curl_new(const bosh_curl_options *options, bosh_curl **out)
{
    if (!out)
        return BOSH_ERR_ARGUMENT;
    *out = NULL;
    if (options && options->struct_size < sizeof options->struct_size)
        return BOSH_ERR_ARGUMENT;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return BOSH_ERR_MEMORY;
    bosh_curl *curl = calloc(1, sizeof *curl);
    if (!curl) {
        curl_global_cleanup();
        return BOSH_ERR_MEMORY;
    }
    struct link *lists[] = {&curl->ports,  &curl->wanted,    &curl->pool,  &curl->starting,
                            &curl->doomed, &curl->uploading, &curl->lanes, &curl->header_sets};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        list_init(lists[i]);
    pthread_mutex_init(&curl->mutex, NULL);
    curl->armed = BOSH_NEVER;
    curl->poller = curl->wake_read = curl->wake_write = -1;
    curl->asleep_ms = bosh_platform_asleep_ms();
    int error = open_all(curl, options);
    if (error)
        bosh_curl_free(curl);
    else
        *out = curl;
    return error;
}

static void free_client(bosh_client *client, uint64_t unused)
{
    (void)unused;
    bosh_client_free(client);
}

void bosh_curl_free(bosh_curl *curl)
{
    if (!curl)
        return;
    if (curl->driven) { /* from here on nothing is called back; the rest is done when they return */
        curl->is_freed = 1;
        bosh_port_each(curl, free_client, 0);
        bosh_loop_drop_posted(curl);
        return;
    }
    while (!list_is_empty(&curl->ports))
        bosh_client_free(LIST_OF(curl->ports.next, struct port, all)->client);
    bosh_attempt_free_pool(curl);
    bosh_lane_free_all(curl);
    if (curl->wake_read >= 0) {
        bosh_loop_watch(curl, curl->wake_read, 0, 1);
        close(curl->wake_read);
        close(curl->wake_write);
    }
    if (curl->poller >= 0)
        close(curl->poller);
    bosh_loop_drop_posted(curl);
    bosh_origin_free_headers(curl);
    pthread_mutex_destroy(&curl->mutex);
    free_settings(&curl->settings);
    free(curl->port_deadlines.heap);
    free(curl->sockets);
    free(curl);
    curl_global_cleanup();
}
