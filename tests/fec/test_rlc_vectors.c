// SPDX-License-Identifier: BSD-2-Clause
// The RLC vectors of RFC 8681 / RFC 8682: TinyMT32, coding coefficients, repair symbols.
#include "fec_random.h"
#include "sha256.h"
#include "tap.h"
#include <plait/fec_rlc.h>
#include <stdlib.h>

#include "../../fec/rlc_internal.h"

#define LINE_MAX_BYTES   1024
#define WINDOW_MAX       64u
#define SYMBOL_BYTES_MAX 1280u

static bool hex_equals(const char *hex, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned value;
        if (sscanf(hex + 2 * i, "%2x", &value) != 1 || value != bytes[i])
            return false;
    }
    return true;
}

static bool check_tinymt(char *fields)
{
    struct rlc_tinymt mt;
    char *end;

    rlc_tinymt_seed(&mt, (uint32_t)strtoul(fields, &end, 10));
    while (*end == ' ') {
        if (rlc_tinymt_next(&mt) != (uint32_t)strtoul(end, &end, 10))
            return false;
    }
    return true;
}

// Only m = 8 is built; the lines with m = 1 are for the binary code of the RFC.
static bool check_coefs(unsigned density, unsigned key, const char *hex)
{
    uint8_t coefs[32];
    rlc_coefficients((uint16_t)key, density, coefs, sizeof(coefs));
    return hex_equals(hex, coefs, sizeof(coefs));
}

static void make_repair(unsigned window, unsigned symbol_bytes, unsigned key, uint8_t *repair)
{
    static uint8_t symbols[WINDOW_MAX * SYMBOL_BYTES_MAX];
    const struct plait_rlc_config config = {.window = window, .symbol_bytes = symbol_bytes};
    struct fec_random random = {UINT64_C(0x9e3779b97f4a7c15)};
    struct plait_rlc_encoder *encoder;
    void *memory = malloc(plait_rlc_encoder_bytes(&config));

    fec_random_fill(&random, symbols, (size_t)window * symbol_bytes);
    if (plait_rlc_encoder_create(&encoder, &config, memory, plait_rlc_encoder_bytes(&config)) ==
        0) {
        for (unsigned i = 0; i < window; i++)
            plait_rlc_encoder_add(encoder, i, symbols + (size_t)i * symbol_bytes, symbol_bytes);
        plait_rlc_encode(encoder, 0, window, (uint16_t)key, PLAIT_RLC_DENSITY_MAX, repair);
    }
    free(memory);
}

static void check_line(struct tap *tap, char *line)
{
    char hex[LINE_MAX_BYTES], digest_hex[LINE_MAX_BYTES];
    unsigned a, b, key;
    uint8_t repair[SYMBOL_BYTES_MAX] = {0}, digest[32];

    if (strncmp(line, "TINYMT ", 7) == 0) {
        tap_ok(tap, check_tinymt(line + 7), "TinyMT32");
    } else if (sscanf(line, "COEF 8 %u %u %64s", &b, &key, hex) == 3) {
        tap_ok(tap, check_coefs(b, key, hex), "coefficients dt %u key %u", b, key);
    } else if (sscanf(line, "REPAIR %u %u %u %1023s", &a, &b, &key, hex) == 4) {
        make_repair(a, b, key, repair);
        tap_ok(tap, hex_equals(hex, repair, b), "repair W %u T %u key %u", a, b, key);
    } else if (sscanf(line, "REPAIR_SHA256 %u %u %u %1023s %1023s", &a, &b, &key, hex,
                      digest_hex) == 5) {
        make_repair(a, b, key, repair);
        sha256(repair, b, digest);
        tap_ok(tap, hex_equals(hex, repair, 16) && hex_equals(digest_hex, digest, 32),
               "repair W %u T %u key %u", a, b, key);
    }
}

int main(int argc, char **argv)
{
    struct tap tap = {0, 0};
    char line[LINE_MAX_BYTES];
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;

    if (file == NULL) {
        printf("1..0 # SKIP no vector file given\n");
        return 77;
    }
    while (fgets(line, sizeof(line), file) != NULL)
        check_line(&tap, line);
    fclose(file);
    tap_ok(&tap, tap.count == 2 + 35 + 30 + 15, "every line of the file was used");
    return tap_done(&tap);
}
