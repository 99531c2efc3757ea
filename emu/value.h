/* SPDX-License-Identifier: BSD-2-Clause */
/* Values as a scenario writes them, and the error text. */
#ifndef EMU_VALUE_H
#define EMU_VALUE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads a decimal number (digits, point, exponent; no sign, no blank) from text[0..len), whatever
 * the locale. False when text is anything else or above 1e18.
 */
bool emu_value_number(const char *text, size_t len, double *value);

/* Makes an error text one printable line; always -1, for `return`. */
int emu_error_close(char *error);

#endif
