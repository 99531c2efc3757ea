// SPDX-License-Identifier: BSD-2-Clause
// Reed-Solomon in one page: cuts standard input into 20 source symbols, adds 6 repair symbols,
// throws 6 symbols away, restores them and writes the input again to standard output.
//
//   rs-file-repair < file | cmp - file
#include <plait/fec_rs.h>
#include <stdio.h>
#include <stdlib.h>

#define SOURCE    20u
#define REPAIR    6u
#define INPUT_MAX ((size_t)16 * 1024 * 1024)

static uint8_t *read_all(size_t *bytes)
{
    uint8_t *data = calloc(INPUT_MAX + SOURCE, 1);
    *bytes = data == NULL ? 0 : fread(data, 1, INPUT_MAX, stdin);
    return data;
}

int main(void)
{
    static const uint32_t lost[REPAIR] = {0, 3, 4, 11, 18, 21}; // 21 is a repair symbol
    const struct plait_rs_config config = {.source = SOURCE, .repair = REPAIR};
    void *symbol[SOURCE + REPAIR], *restored[SOURCE] = {NULL};
    struct plait_rs *rs;
    size_t bytes;
    uint8_t *data = read_all(&bytes);
    const size_t symbol_bytes = bytes / SOURCE + 1; // the last symbol is padded with zeroes
    uint8_t *extra = malloc((REPAIR + REPAIR) * symbol_bytes);
    void *memory = malloc(plait_rs_bytes(&config));

    if (data == NULL || extra == NULL || memory == NULL)
        return 1;
    if (plait_rs_create(&rs, &config, memory, plait_rs_bytes(&config)) != PLAIT_FEC_OK)
        return 1;
    for (uint32_t i = 0; i < SOURCE + REPAIR; i++)
        symbol[i] = i < SOURCE ? data + i * symbol_bytes : extra + (i - SOURCE) * symbol_bytes;
    if (plait_rs_encode(rs, (const void *const *)symbol, symbol + SOURCE, symbol_bytes) != 0)
        return 1;

    for (uint32_t i = 0; i < REPAIR; i++) {
        if (lost[i] < SOURCE)
            restored[lost[i]] = extra + (REPAIR + i) * symbol_bytes;
        symbol[lost[i]] = NULL;
    }
    const int count = plait_rs_decode(rs, (const void *const *)symbol,
                                      (const void *const *)symbol + SOURCE, restored, symbol_bytes);
    fprintf(stderr, "%zu bytes a symbol, %d source symbols restored\n", symbol_bytes, count);
    for (uint32_t j = 0; j < SOURCE; j++) {
        const void *from = symbol[j] != NULL ? symbol[j] : restored[j];
        const size_t at = j * symbol_bytes;
        const size_t left = at < bytes ? bytes - at : 0;
        fwrite(from, 1, left < symbol_bytes ? left : symbol_bytes, stdout);
    }
    free(memory);
    free(extra);
    free(data);
    return count < 0;
}
