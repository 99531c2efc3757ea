/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "run/keyfile.h"
#include "run/node.h"

int command_keygen(const struct options *options)
{
    uint8_t random[PLAIT_KEY_BYTES];
    uint8_t secret[PLAIT_KEY_BYTES];
    uint8_t public_key[PLAIT_KEY_BYTES];
    char host[PLAIT_KEY_NAME] = "";
    char text[PLAIT_KEY_TEXT];
    struct run_error error;
    const char *file = options->args.items[0];
    const char *slash = strrchr(file, '/');
    const char *name = slash ? slash + 1 : file;
    if (file[0] == '\0')
        return command_refuse("keygen", "FILE '' is empty; write: plait keygen FILE");
    node_random(NULL, random, sizeof random);
    int err = plait_key_generate(random, secret, public_key);
    if (err == PLAIT_OK)
        err = plait_key_public_text(public_key, name, text);
    /* The host's name where the file's cannot be one; white space would end it. */
    if (err == PLAIT_ERR_INVALID) {
        if (gethostname(host, sizeof host - 1) == 0)
            host[strcspn(host, " \t\r\n")] = '\0';
        name = host;
        err = plait_key_public_text(public_key, name, text);
    }
    if (err != PLAIT_OK)
        return command_refuse("keygen", "the key cannot be made: %s", plait_strerror(err));
    err = keyfile_create(file, name, secret, public_key, &error);
    explicit_bzero(random, sizeof random);
    explicit_bzero(secret, sizeof secret);
    if (err != PLAIT_OK)
        return command_refuse("keygen", "%s", error.text);
    printf("%s\n", text);
    return EXIT_GOOD;
}
