/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/secret.h"

#include <string.h>
#include <sys/mman.h>

#define SECRET_STACK_BYTES 65536 /* deeper than any call that handles keys */

void *secret_alloc(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    (void)madvise(memory, bytes, MADV_DONTDUMP);
    return memory;
}

void secret_free(void *memory, size_t bytes)
{
    if (memory)
        explicit_bzero(memory, bytes);
    secret_free_wiped(memory, bytes);
}

void secret_free_wiped(void *memory, size_t bytes)
{
    if (memory)
        (void)munmap(memory, bytes);
}

void secret_wipe_stack(void)
{
    unsigned char stack[SECRET_STACK_BYTES];
    explicit_bzero(stack, sizeof stack);
}
