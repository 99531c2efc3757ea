/* SPDX-License-Identifier: BSD-2-Clause */
#include "emu/value.h"

#define VALUE_MAX    1e18
#define EXPONENT_MAX 30

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static double ten_to(int exponent)
{
    double power = 1;

    for (int i = 0; i < (exponent < 0 ? -exponent : exponent); i++) {
        power *= 10;
    }
    return exponent < 0 ? 1 / power : power;
}

/* Reads digits from text[*at] on; returns how many. */
static size_t read_digits(const char *text, size_t len, size_t *at, double *value)
{
    size_t start = *at;

    while (*at < len && is_digit(text[*at])) {
        *value = *value * 10 + (text[(*at)++] - '0');
    }
    return *at - start;
}

static bool read_exponent(const char *text, size_t len, size_t *at, int *exponent)
{
    double value = 0;
    bool is_negative = false;

    (*at)++;
    if (*at < len && (text[*at] == '-' || text[*at] == '+')) {
        is_negative = text[(*at)++] == '-';
    }
    if (read_digits(text, len, at, &value) == 0 || value > EXPONENT_MAX) {
        return false;
    }
    *exponent = is_negative ? -(int)value : (int)value;
    return true;
}

bool emu_value_number(const char *text, size_t len, double *value)
{
    size_t at = 0;
    size_t decimals = 0;
    double digits = 0;
    int exponent = 0;

    if (len > 40 || read_digits(text, len, &at, &digits) == 0) {
        return false;
    }
    if (at < len && text[at] == '.') {
        at++;
        decimals = read_digits(text, len, &at, &digits);
        if (decimals == 0) {
            return false;
        }
    }
    if (at < len && (text[at] == 'e' || text[at] == 'E') &&
        !read_exponent(text, len, &at, &exponent)) {
        return false;
    }
    if (at != len) {
        return false;
    }
    exponent -= (int)decimals;
    *value = exponent < 0 ? digits / ten_to(-exponent) : digits * ten_to(exponent);
    return *value <= VALUE_MAX;
}

int emu_error_close(char *error)
{
    for (; *error != '\0'; error++) {
        if (*error < ' ' || *error > '~') {
            *error = '?';
        }
    }
    return -1;
}
