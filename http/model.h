/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the server knows: the newest snapshot, the rates since about two seconds, the last events
 * and the last ten minutes. One thread's, no clock: times come with the snapshots.
 */
#ifndef HTTP_MODEL_H
#define HTTP_MODEL_H

#include <stdbool.h>

#include "http/http.h"

#define MODEL_EVENTS    256 /* events kept, a power of two */
#define MODEL_HISTORY   600 /* samples kept */
#define MODEL_SAMPLE_NS UINT64_C(1000000000)

/* An event with its number: 1, 2, 3.. so that a page tells new from known. */
struct model_event {
    uint64_t id;
    struct http_event event;
    char link[HTTP_NAME]; /* the link's name when it happened */
};

/* Rates out of the totals, bit/s. */
struct model_rates {
    uint64_t media_bps; /* sender: written; receiver: delivered */
    uint64_t sent_bps[PLAIT_MAX_PATHS];
    uint64_t received_bps[PLAIT_MAX_PATHS];
};

struct model;

struct model *model_create(void);
/* Tells this run of the program from others: events count from 1 in each. */
uint32_t model_boot(const struct model *model);
void model_destroy(struct model *model);

/* Takes a snapshot over. True when it is time for a sample of the history (one a second). */
bool model_snapshot_taken(struct model *model, const struct http_snapshot *snapshot);
void model_event_taken(struct model *model, const struct http_event *event);

/* Appends one sample, a JSON text that the model frees. */
void model_history_add(struct model *model, char *sample);

/* NULL before the first snapshot. */
const struct http_snapshot *model_snapshot(const struct model *model);
const struct model_rates *model_rates(const struct model *model, uint32_t session_index);

/* The name of the link a path belongs to: its given name, else "path N" in `spare`. */
const char *model_link_name(const struct http_snapshot *snapshot, uint32_t link, char *spare,
                            size_t len);

/* Number of events kept; model_event(0) is the oldest. */
size_t model_events(const struct model *model);
const struct model_event *model_event(const struct model *model, size_t index);

/* Number of samples kept; model_history(0) is the oldest. */
size_t model_history_count(const struct model *model);
const char *model_history(const struct model *model, size_t index);

#endif
