/* SPDX-License-Identifier: MIT
 * See esp_http_client.h. One connection, kept open between requests; answers are read by what
 * bosh/http1.h reads them with. */
#include "esp_http_client.h"

#include "../../../http1/answer.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct esp_http_client {
    esp_http_client_config_t config;
    int fd; /* -1: not connected */
    char host[256], port[6], path[256];
    char content_type[128];
    const char *content;
    int content_size;
    bosh_http1_answer answer;
};

static void raise_event(esp_http_client_handle_t client, esp_http_client_event_t event)
{
    event.client = client;
    event.user_data = client->config.user_data;
    client->config.event_handler(&event);
}

esp_http_client_handle_t esp_http_client_init(const esp_http_client_config_t *config)
{
    struct esp_http_client *client = calloc(1, sizeof(*client));
    if (client) {
        client->config = *config;
        client->fd = -1;
    }
    if (client && esp_http_client_set_url(client, config->url) != ESP_OK) {
        free(client);
        return NULL;
    }
    return client;
}

/* A connection to another place is of no use any more. */
esp_err_t esp_http_client_set_url(esp_http_client_handle_t client, const char *url)
{
    char host[256], port[6] = "80", path[256] = "/";
    if (strncmp(url, "http://", 7) != 0 || sscanf(url + 7, "%255[^:/?#]", host) != 1)
        return ESP_FAIL;
    const char *rest = url + 7 + strlen(host);
    if (*rest == ':' && sscanf(rest, ":%5[0-9]", port) == 1)
        rest += 1 + strlen(port);
    if (*rest)
        snprintf(path, sizeof(path), "%s%.254s", *rest == '/' ? "" : "/", rest);
    if (strcmp(host, client->host) != 0 || strcmp(port, client->port) != 0)
        esp_http_client_close(client);
    strcpy(client->host, host);
    strcpy(client->port, port);
    strcpy(client->path, path);
    return ESP_OK;
}

esp_err_t esp_http_client_set_header(esp_http_client_handle_t client, const char *key,
                                     const char *value)
{
    if (strcmp(key, "Content-Type") != 0 || strlen(value) >= sizeof(client->content_type))
        return ESP_FAIL; /* the example has no others */
    strcpy(client->content_type, value);
    return ESP_OK;
}

esp_err_t esp_http_client_set_post_field(esp_http_client_handle_t client, const char *data,
                                         int size)
{
    client->content = data; /* not copied, as in the original */
    client->content_size = size;
    return ESP_OK;
}

esp_err_t esp_http_client_set_timeout_ms(esp_http_client_handle_t client, int timeout_ms)
{
    client->config.timeout_ms = timeout_ms;
    return ESP_OK;
}

/* ---------------------------------------------------------------------------------- the request */

static esp_err_t open_connection(esp_http_client_handle_t client)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *address;
    if (client->fd >= 0)
        return ESP_OK;
    if (getaddrinfo(client->host, client->port, &hints, &address))
        return ESP_ERR_HTTP_CONNECT;
    client->fd = socket(address->ai_family, SOCK_STREAM, 0);
    int error = connect(client->fd, address->ai_addr, address->ai_addrlen);
    freeaddrinfo(address);
    if (error) {
        esp_http_client_close(client);
        return ESP_ERR_HTTP_CONNECT;
    }
    raise_event(client, (esp_http_client_event_t){.event_id = HTTP_EVENT_ON_CONNECTED});
    return ESP_OK;
}

static int send_all(int fd, const char *data, size_t size, int flags)
{
    while (size) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL | flags);
        if (sent <= 0)
            return -1;
        data += sent;
        size -= (size_t)sent;
    }
    return 0;
}

static esp_err_t send_request(esp_http_client_handle_t client)
{
    char head[1024];
    int size = snprintf(head, sizeof(head),
                        "POST %s HTTP/1.1\r\nHost: %s:%s\r\nContent-Type: %s\r\n"
                        "Content-Length: %d\r\n\r\n",
                        client->path, client->host, client->port, client->content_type,
                        client->content_size);
    if (send_all(client->fd, head, (size_t)size, MSG_MORE) ||
        send_all(client->fd, client->content, (size_t)client->content_size, 0))
        return ESP_ERR_HTTP_WRITE_DATA;
    raise_event(client, (esp_http_client_event_t){.event_id = HTTP_EVENT_HEADERS_SENT});
    return ESP_OK;
}

/* ----------------------------------------------------------------------------------- the answer */

/* The only header that the example asks for. */
static void tell_headers(esp_http_client_handle_t client)
{
    char key[] = "Retry-After", value[12];
    snprintf(value, sizeof(value), "%u", (unsigned)client->answer.retry_after_s);
    raise_event(client, (esp_http_client_event_t){.event_id = HTTP_EVENT_ON_HEADER,
                                                  .header_key = key,
                                                  .header_value = value});
}

static void read_bytes(esp_http_client_handle_t client, char *bytes, size_t size)
{
    bosh_http1_answer *answer = &client->answer;
    for (size_t used = 0; used < size;) {
        int had_headers = answer->state > ANSWER_HEADERS;
        used += bosh_answer_lines(answer, bytes + used, size - used);
        if (!had_headers && answer->state > ANSWER_HEADERS && answer->state != ANSWER_BROKEN)
            tell_headers(client);
        size_t content = bosh_answer_content(answer, size - used);
        if (content) {
            raise_event(client, (esp_http_client_event_t){.event_id = HTTP_EVENT_ON_DATA,
                                                          .data = bytes + used,
                                                          .data_len = (int)content});
            bosh_answer_skip(answer, content);
            used += content;
        }
        if (answer->state == ANSWER_COMPLETE || answer->state == ANSWER_BROKEN)
            return;
    }
}

static esp_err_t read_answer(esp_http_client_handle_t client)
{
    struct timeval limit = {.tv_sec = client->config.timeout_ms / 1000,
                            .tv_usec = client->config.timeout_ms % 1000 * 1000};
    char bytes[512]; /* the default size of the original's buffer */
    setsockopt(client->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    while (client->answer.state != ANSWER_COMPLETE) {
        ssize_t size = recv(client->fd, bytes, sizeof(bytes), 0);
        if (size < 0)
            return ESP_ERR_HTTP_EAGAIN;
        if (size == 0 && client->answer.state == ANSWER_UNTIL_CLOSE)
            client->answer.state = ANSWER_COMPLETE;
        else if (size == 0)
            return client->answer.status ? ESP_OK : ESP_ERR_HTTP_FETCH_HEADER;
        read_bytes(client, bytes, (size_t)size);
        if (client->answer.state == ANSWER_BROKEN)
            return ESP_ERR_HTTP_FETCH_HEADER;
    }
    raise_event(client, (esp_http_client_event_t){.event_id = HTTP_EVENT_ON_FINISH});
    return ESP_OK;
}

esp_err_t esp_http_client_perform(esp_http_client_handle_t client)
{
    bosh_answer_begin(&client->answer);
    esp_err_t error = open_connection(client);
    if (!error)
        error = send_request(client);
    if (!error)
        error = read_answer(client);
    if (error || client->answer.is_last || client->answer.state != ANSWER_COMPLETE)
        esp_http_client_close(client);
    return error;
}

int esp_http_client_get_status_code(esp_http_client_handle_t client)
{
    return client->answer.status;
}

bool esp_http_client_is_complete_data_received(esp_http_client_handle_t client)
{
    return client->answer.state == ANSWER_COMPLETE;
}

esp_err_t esp_http_client_close(esp_http_client_handle_t client)
{
    if (client->fd >= 0) {
        close(client->fd);
        client->fd = -1;
        raise_event(client, (esp_http_client_event_t){.event_id = HTTP_EVENT_DISCONNECTED});
    }
    return ESP_OK;
}

esp_err_t esp_http_client_cleanup(esp_http_client_handle_t client)
{
    esp_http_client_close(client);
    free(client);
    return ESP_OK;
}
