/* SPDX-License-Identifier: MIT
 * one_call.h by ESP-IDF's esp_http_client. */
#ifndef ESP_H
#define ESP_H

#include "one_call.h"

/* For one_call.post. Requests larger than config.body_bytes_max must not be: ESP_BODY_MAX. */
void esp_post(one_call *call, const bosh_transport_request *request, one_call_result *result);
void esp_close(void);

enum { ESP_BODY_MAX = 4096 };

#endif
