/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for what holds secrets: left out of core dumps (MADV_DONTDUMP), wiped when it is freed. */
#ifndef PLAIT_RUN_SECRET_H
#define PLAIT_RUN_SECRET_H

#include <stddef.h>

/* Zeroed pages, which become resident when they are touched; NULL when there are none. */
void *secret_alloc(size_t bytes);

/* Wipes and frees; bytes as allocated. NULL is let pass. */
void secret_free(void *memory, size_t bytes);

/* The same for a large block of which the caller has wiped what it used. */
void secret_free_wiped(void *memory, size_t bytes);

/* Wipes the stack below the caller, where library calls have left copies. */
void secret_wipe_stack(void);

#endif
