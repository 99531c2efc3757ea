/* SPDX-License-Identifier: BSD-2-Clause */
/* What a program needs to embed the ready-made loop: a receiver listens for a moment. */
#include <plait/fec.h>
#include <plait/run.h>
#include <stdio.h>

int main(void)
{
    struct plait_run_config config = {.address = "127.0.0.1:0"};
    char error[PLAIT_RUN_ERROR_TEXT];
    struct plait_run *run;

    config.endpoint.role = PLAIT_RECEIVER;
    config.endpoint.secret_key[0] = 1;
    if (plait_run_create(&config, &run, error) != PLAIT_OK) {
        fputs(error, stderr);
        return 1;
    }
    plait_run_step(run, 1000000);
    plait_run_destroy(run);
    return 0;
}
