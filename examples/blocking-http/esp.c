/* SPDX-License-Identifier: MIT
 * esp_http_client as one_call.h wants it. This file is for the vendor's SDK as it stands; it has
 * been compiled and run with the stand-in of stub/ only. */
#include "esp.h"

#include <esp_http_client.h>
#include <stdlib.h>
#include <string.h>

static esp_http_client_handle_t http; /* one, whose connection is kept between requests */

/* While a request is made. */
static one_call *current;
static one_call_result *outcome;
static bool is_new_connection, has_answer;

static esp_err_t on_http(esp_http_client_event_t *event)
{
    switch (event->event_id) {
    case HTTP_EVENT_ON_CONNECTED:
        is_new_connection = true;
        break;
    case HTTP_EVENT_ON_HEADER:
        has_answer = true;
        if (strcmp(event->header_key, "Retry-After") == 0)
            outcome->retry_after_s = (uint32_t)strtoul(event->header_value, NULL, 10);
        break;
    case HTTP_EVENT_ON_DATA: /* what is refused is read to its end all the same */
        one_call_bytes(current, event->data, (size_t)event->data_len);
        break;
    default:
        break;
    }
    return ESP_OK;
}

/* The client wants the content in one piece, and does not copy it. */
static const char *gather(const bosh_transport_request *request)
{
    static char content[ESP_BODY_MAX];
    size_t at = 0;
    if (request->size > sizeof(content))
        return NULL;
    for (size_t i = 0; i < request->slice_count; i++) {
        memcpy(content + at, request->slices[i].data, request->slices[i].size);
        at += request->slices[i].size;
    }
    return content;
}

static int prepare(const bosh_transport_request *request)
{
    const char *content = gather(request);
    const esp_http_client_config_t config = {
        .url = request->url,
        .method = HTTP_METHOD_POST,
        .event_handler = on_http,
        .disable_auto_redirect = true, /* HTTP-9 */
        .keep_alive_enable = true,
        /* https: .crt_bundle_attach = esp_crt_bundle_attach, or .cert_pem */
    };
    if (!content)
        return BOSH_ERR_MEMORY;
    if (!http && !(http = esp_http_client_init(&config)))
        return BOSH_ERR_MEMORY;
    if (esp_http_client_set_url(http, request->url) != ESP_OK)
        return BOSH_ERR_URL;
    esp_http_client_set_header(http, "Content-Type", request->content_type);
    esp_http_client_set_post_field(http, content, (int)request->size);
    esp_http_client_set_timeout_ms(http, (int)request->time_limit_ms);
    return BOSH_OK;
}

static int meaning_of(esp_err_t error)
{
    switch (error) {
    case ESP_ERR_HTTP_CONNECT:
        return BOSH_ERR_CONNECT;
    case ESP_ERR_HTTP_EAGAIN:
        return BOSH_ERR_TIMEOUT;
    default:
        return BOSH_ERR_RESET;
    }
}

void esp_post(one_call *call, const bosh_transport_request *request, one_call_result *result)
{
    current = call;
    outcome = result;
    is_new_connection = has_answer = false;
    result->error = prepare(request);
    if (result->error)
        return;
    esp_err_t error = esp_http_client_perform(http);
    if (error == ESP_OK && esp_http_client_is_complete_data_received(http)) {
        result->status = esp_http_client_get_status_code(http);
        return;
    }
    result->error = meaning_of(error);
    if (error != ESP_ERR_HTTP_CONNECT)
        result->flags |= BOSH_FAILED_MAYBE_SENT;
    if (!is_new_connection && !has_answer && error != ESP_ERR_HTTP_EAGAIN)
        result->flags |= BOSH_FAILED_STALE; /* the server had closed it meanwhile */
    esp_http_client_close(http);
}

void esp_close(void)
{
    if (http)
        esp_http_client_cleanup(http);
    http = NULL;
}
