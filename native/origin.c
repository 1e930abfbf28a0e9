/* SPDX-License-Identifier: MIT
 *
 * Servers, and how many connections are open to each. libcurl does not tell which connection an
 * attempt uses, but it asks for every socket to be opened and closed; so many are open, and so many
 * attempts use one. The rest of them are idle. */
#include "door.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char *url_part(CURLU *parts, CURLUPart what)
{
    char *text = NULL;
    return curl_url_get(parts, what, &text, CURLU_DEFAULT_PORT) == CURLUE_OK ? text : NULL;
}

/* "https://host:port", from curl_free's memory; NULL when `url` is nothing of this kind. */
static char *normalise(CURLU *parts, const char *url)
{
    if (curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK)
        return NULL;
    char *scheme = url_part(parts, CURLUPART_SCHEME);
    int usable = scheme && (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    curl_free(scheme);
    if (!usable)
        return NULL;
    char *port = url_part(parts, CURLUPART_PORT);
    usable = port && curl_url_set(parts, CURLUPART_PORT, port, 0) == CURLUE_OK &&
             curl_url_set(parts, CURLUPART_PATH, "/", 0) == CURLUE_OK &&
             curl_url_set(parts, CURLUPART_QUERY, NULL, 0) == CURLUE_OK &&
             curl_url_set(parts, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK;
    curl_free(port);
    return usable ? url_part(parts, CURLUPART_URL) : NULL;
}

static struct origin *origin_new(struct lane *lane, const char *url, char *host)
{
    struct origin *origin = calloc(1, sizeof *origin);
    if (!origin)
        return NULL;
    size_t size = strlen(host);
    int brackets = size > 2 && host[0] == '[' && host[size - 1] == ']';
    origin->url = strdup(url);
    origin->host = strndup(host + brackets, size - 2 * (size_t)brackets);
    if (!origin->url || !origin->host) {
        free(origin->url);
        free(origin->host);
        free(origin);
        return NULL;
    }
    origin->lane = lane;
    list_append(&lane->origins, &origin->all);
    return origin;
}

/* The origin of this normalised URL, a new one where there was none; NULL: no memory. */
static struct origin *find_normal(struct lane *lane, const char *normal, char *host)
{
    for (struct link *at = lane->origins.next; at != &lane->origins; at = at->next)
        if (strcmp(LIST_OF(at, struct origin, all)->url, normal) == 0)
            return LIST_OF(at, struct origin, all);
    return origin_new(lane, normal, host);
}

/* Taking a URL apart costs an eighth of an exchange: remembered for the next one. */
static struct origin *find_alias(struct lane *lane, const char *url)
{
    for (struct link *at = lane->origins.next; at != &lane->origins; at = at->next) {
        struct origin *origin = LIST_OF(at, struct origin, all);
        if (origin->alias && strcmp(origin->alias, url) == 0)
            return origin;
    }
    return NULL;
}

int bosh_origin_find(struct lane *lane, const char *url, struct origin **out)
{
    *out = find_alias(lane, url);
    if (*out)
        return BOSH_OK;
    CURLU *parts = curl_url();
    char *normal = parts ? normalise(parts, url) : NULL;
    char *host = normal ? url_part(parts, CURLUPART_HOST) : NULL;
    int error = !parts ? BOSH_ERR_MEMORY : host ? BOSH_OK : BOSH_ERR_URL;
    if (!error) {
        *out = find_normal(lane, normal, host);
        error = *out ? BOSH_OK : BOSH_ERR_MEMORY;
    }
    if (*out) {
        free((*out)->alias);
        (*out)->alias = strdup(url);
    }
    curl_free(host);
    curl_free(normal);
    curl_url_cleanup(parts);
    return error;
}

static struct curl_slist *header_list(const char *content_type)
{
    /* Without this line libcurl waits a second for "100 Continue" (HTTP-11). */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    size_t size = strlen(content_type) + sizeof "Content-Type: ";
    char *line = malloc(size);
    struct curl_slist *longer = NULL;
    if (list && line) {
        strcpy(line, "Content-Type: ");
        longer =
            curl_slist_append(list, *content_type ? strcat(line, content_type) : "Accept: */*");
    }
    if (!longer)
        curl_slist_free_all(list);
    free(line);
    return longer;
}

struct curl_slist *bosh_origin_headers(bosh_curl *curl, const char *content_type)
{
    for (struct link *at = curl->header_sets.next; at != &curl->header_sets; at = at->next) {
        struct header_set *set = LIST_OF(at, struct header_set, all);
        if (strcmp(set->content_type, content_type) == 0)
            return set->list;
    }
    struct header_set *set = calloc(1, sizeof *set);
    if (!set)
        return NULL;
    set->content_type = strdup(content_type);
    set->list = set->content_type ? header_list(content_type) : NULL;
    if (!set->list) {
        free(set->content_type);
        free(set);
        return NULL;
    }
    list_append(&curl->header_sets, &set->all);
    return set->list;
}

struct socket *bosh_origin_socket(bosh_curl *curl, int fd)
{
    size_t index = (size_t)fd, capacity = curl->sockets_capacity ? curl->sockets_capacity : 64;
    while (capacity <= index)
        capacity *= 2;
    if (capacity != curl->sockets_capacity) {
        struct socket *sockets = realloc(curl->sockets, capacity * sizeof *sockets);
        if (!sockets)
            return NULL;
        for (size_t i = curl->sockets_capacity; i < capacity; i++)
            sockets[i] = (struct socket){NULL, NULL};
        curl->sockets = sockets;
        curl->sockets_capacity = capacity;
    }
    return &curl->sockets[index];
}

curl_socket_t bosh_origin_open_socket(void *user, curlsocktype purpose,
                                      struct curl_sockaddr *address)
{
    struct attempt *attempt = user;
    (void)purpose;
    /* libcurl wants to repeat the request on a new connection. Repeating is the client's: stop it
     * here already, before a handshake is spent on it. */
    if (attempt->sent)
        return CURL_SOCKET_BAD;
    int fd = socket(address->family, address->socktype, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    struct socket *socket = bosh_origin_socket(attempt->curl, fd);
    if (!socket) {
        close(fd);
        return CURL_SOCKET_BAD;
    }
    socket->origin = attempt->origin;
    socket->origin->open++;
    attempt->opened = 1;
    return fd;
}

int bosh_origin_close_socket(void *user, curl_socket_t fd)
{
    bosh_curl *curl = user;
    struct socket *socket = (size_t)fd < curl->sockets_capacity ? &curl->sockets[fd] : NULL;
    if (socket && socket->origin) {
        socket->origin->open--;
        socket->origin = NULL;
    }
    return close(fd);
}

void bosh_origin_cut_all(bosh_curl *curl)
{
    for (size_t fd = 0; fd < curl->sockets_capacity; fd++)
        if (curl->sockets[fd].origin)
            shutdown((int)fd, SHUT_RDWR);
}

void bosh_origin_free_all(struct lane *lane)
{
    while (!list_is_empty(&lane->origins)) {
        struct origin *origin = LIST_OF(lane->origins.next, struct origin, all);
        list_remove(&origin->all);
        free(origin->alias);
        free(origin->url);
        free(origin->host);
        free(origin);
    }
}

void bosh_origin_free_headers(bosh_curl *curl)
{
    while (!list_is_empty(&curl->header_sets)) {
        struct header_set *set = LIST_OF(curl->header_sets.next, struct header_set, all);
        list_remove(&set->all);
        curl_slist_free_all(set->list);
        free(set->content_type);
        free(set);
    }
}
