/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The figures of plait_stream_stats, plait_path_stats and plait_door_stats as tables: name,
 * meaning, place. Pages, --stats, metrics and the recording are all written from these, so a figure
 * has one name everywhere.
 */
#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H

#include <stddef.h>

#include "plait/stats.h"

enum field_type {
    FIELD_U32,
    FIELD_U64,
    FIELD_I64,
};

struct field {
    const char *name;   /* in JSON: the member's own name, unit last */
    const char *metric; /* Prometheus name, base units; NULL: no metric */
    const char *help;
    double scale; /* metric = member * scale */
    size_t offset;
    enum field_type type;
    int counter; /* 1: only grows */
    int side;    /* enum plait_role it means something for; 0: both */
};

extern const struct field field_stream[];
extern const size_t field_stream_count;
extern const struct field field_path[];
extern const size_t field_path_count;
extern const struct field field_door[];
extern const size_t field_door_count;

/* The member's value out of the struct it is a field of. */
int64_t field_value(const struct field *field, const void *base);

#endif
