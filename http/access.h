/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the server listens and who may ask it. */
#ifndef HTTP_ACCESS_H
#define HTTP_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACCESS_DIGEST 32

/* Opens a listening TCP socket on "ADDR:PORT", "[IPv6]:PORT" or ":PORT" (loopback). Writes the
 * address as bound to `bound` and whether it is loopback. The descriptor, or -1 with one line in
 * `why`. */
int access_listen(const char *address, char *bound, size_t bound_len, bool *loopback, char *why,
                  size_t why_len);

/* Without a token the Host header must name this machine by number or as localhost: a web page of
 * somebody else that had its own name point to 127.0.0.1 (DNS rebinding) is turned away. */
bool access_host_allowed(const char *host);

/* What is kept of a token: nobody reads it out of a core dump. */
void access_token_digest(const char *token, uint8_t digest[ACCESS_DIGEST]);

/* True when `given` is the token; takes the same time wherever they differ. */
bool access_token_equal(const uint8_t digest[ACCESS_DIGEST], const char *given);

/* The token of an "Authorization: Bearer X" header, NULL when it is none. */
const char *access_bearer(const char *authorization);

#endif
