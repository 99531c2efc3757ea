/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of the page, embedded at build by tools of this folder (embed.py). */
#ifndef HTTP_ASSETS_H
#define HTTP_ASSETS_H

#include <stddef.h>

struct http_asset {
    const char *path; /* as asked for: "/" or "/dashboard.js" */
    const char *type; /* Content-Type */
    const unsigned char *data;
    size_t len;
};

extern const struct http_asset http_assets[];
extern const size_t http_assets_count;

/* NULL when there is no such file. */
const struct http_asset *http_asset_find(const char *path);

#endif
