/* SPDX-License-Identifier: BSD-2-Clause */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "sim/guard.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATTERN 0xa5
#define ALIGN   64

bool guard_create(struct guard *guard, size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t aligned = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    size_t inner = (aligned + page - 1) / page * page;
    guard->map_bytes = inner + 2 * page;
    guard->bytes = bytes;
    void *map = mmap(NULL, guard->map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) {
        memset(guard, 0, sizeof *guard);
        return false;
    }
    guard->map = map;
    if (mprotect(guard->map + page, inner, PROT_READ | PROT_WRITE) != 0) {
        guard_free(guard);
        return false;
    }
    guard->block = guard->map + page + inner - aligned;
    /* Untouched pages of a large block stay unbacked: only the edges and the first page get the
     * pattern, so that relying on zeroed memory shows without costing time. */
    size_t dirty = bytes < page ? bytes : page;
    memset(guard->map + page, PATTERN, inner - aligned);
    memset(guard->block, PATTERN, dirty);
    memset(guard->block + bytes, PATTERN, aligned - bytes);
    return true;
}

bool guard_intact(const struct guard *guard)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (const uint8_t *p = guard->map + page; p < guard->block; p++) {
        if (*p != PATTERN) {
            return false;
        }
    }
    const uint8_t *end = guard->map + guard->map_bytes - page;
    for (const uint8_t *p = guard->block + guard->bytes; p < end; p++) {
        if (*p != PATTERN) {
            return false;
        }
    }
    return true;
}

void guard_free(struct guard *guard)
{
    if (guard->map) {
        munmap(guard->map, guard->map_bytes);
    }
    memset(guard, 0, sizeof *guard);
}
