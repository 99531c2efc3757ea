/* SPDX-License-Identifier: BSD-2-Clause */
/* What states and events are called in JSON ("path_up") and for a person ("wwan0 carries media").
 */
#ifndef HTTP_WORDS_H
#define HTTP_WORDS_H

#include "http/http.h"

const char *words_role(enum plait_role role);
const char *words_path_state(enum plait_path_state state);
const char *words_event(enum plait_event_kind kind); /* kind 0: "note" */

/* One sentence for an event. `link` names the link it concerns, NULL when none is known. Writes at
 * most len bytes, zero-terminated. */
void words_event_text(const struct plait_event *event, const char *link, char *out, size_t len);

/* "192.0.2.1:5000", "[2001:db8::1]:5000", "" for family 0. */
void words_address(const struct plait_addr *address, char *out, size_t len);

#endif
