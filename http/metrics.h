/* SPDX-License-Identifier: BSD-2-Clause */
/* Prometheus text (exposition format 0.0.4), base units: seconds, bytes, ratios. */
#ifndef HTTP_METRICS_H
#define HTTP_METRICS_H

#include "http/http.h"

/* To be freed; NULL without memory. */
char *metrics_text(const struct http_snapshot *snapshot);

#endif
