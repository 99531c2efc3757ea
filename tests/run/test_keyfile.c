/* SPDX-License-Identifier: BSD-2-Clause */
#include "support.h"

#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/keyfile.h"

struct place {
    char dir[64];
    char key[96];
    char public_key[96];
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    strcpy(place->dir, "/tmp/plait-key.XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    (void)snprintf(place->key, sizeof place->key, "%s/k", place->dir);
    (void)snprintf(place->public_key, sizeof place->public_key, "%s/k.pub", place->dir);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    unlink(place->key);
    unlink(place->public_key);
    rmdir(place->dir);
    free(place);
    return 0;
}

static void make(const struct place *place, uint8_t secret[PLAIT_KEY_BYTES],
                 uint8_t public_key[PLAIT_KEY_BYTES])
{
    uint8_t random[PLAIT_KEY_BYTES];
    struct run_error error;
    memset(random, 7, sizeof random);
    assert_int_equal(plait_key_generate(random, secret, public_key), PLAIT_OK);
    assert_int_equal(keyfile_create(place->key, "field-1", secret, public_key, &error), PLAIT_OK);
}

static void key_comes_back(void **state)
{
    struct place *place = *state;
    uint8_t secret[PLAIT_KEY_BYTES];
    uint8_t public_key[PLAIT_KEY_BYTES];
    uint8_t back[PLAIT_KEY_BYTES];
    char name[PLAIT_KEY_NAME];
    struct run_error error;
    struct stat info;
    make(place, secret, public_key);
    assert_int_equal(stat(place->key, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(keyfile_read_secret(place->key, back, &error), PLAIT_OK);
    assert_memory_equal(back, secret, sizeof back);
    assert_int_equal(keyfile_read_public(place->public_key, back, name, &error), PLAIT_OK);
    assert_memory_equal(back, public_key, sizeof back);
    assert_string_equal(name, "field-1");
}

static void key_is_never_overwritten(void **state)
{
    struct place *place = *state;
    uint8_t secret[PLAIT_KEY_BYTES];
    uint8_t public_key[PLAIT_KEY_BYTES];
    struct run_error error;
    make(place, secret, public_key);
    assert_int_equal(keyfile_create(place->key, "", secret, public_key, &error), PLAIT_ERR_INVALID);
    assert_tells(error, "is there already");
    unlink(place->key);
    assert_int_equal(keyfile_create(place->key, "", secret, public_key, &error), PLAIT_ERR_INVALID);
    assert_tells(error, "k.pub");
    assert_int_not_equal(access(place->key, F_OK), 0); /* nothing half made */
}

static void key_others_may_read_is_refused(void **state)
{
    struct place *place = *state;
    uint8_t secret[PLAIT_KEY_BYTES];
    uint8_t public_key[PLAIT_KEY_BYTES];
    struct run_error error;
    make(place, secret, public_key);
    assert_int_equal(chmod(place->key, 0640), 0);
    assert_int_equal(keyfile_read_secret(place->key, secret, &error), PLAIT_ERR_INVALID);
    assert_tells(error, place->key);
    assert_tells(error, "chmod 600");
}

/* As newer systemd hands them to a service: root's, and the mode shows the access list's mask. */
static void credential_may_show_its_access_list(void **state)
{
    struct place *place = *state;
    uint8_t secret[PLAIT_KEY_BYTES], public_key[PLAIT_KEY_BYTES];
    char around[160];
    struct run_error error;
    int with_root = geteuid() == 0 ? PLAIT_OK : PLAIT_ERR_INVALID;
    make(place, secret, public_key);
    assert_int_equal(chmod(place->key, 0440), 0);
    assert_int_equal(keyfile_read_secret(place->key, secret, &error), PLAIT_ERR_INVALID);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", place->dir, 1), 0);
    assert_int_equal(keyfile_read_secret(place->key, secret, &error), with_root);
    (void)snprintf(around, sizeof around, "%s/..%s", place->dir, place->key + strlen("/tmp"));
    assert_int_equal(keyfile_read_secret(around, secret, &error), PLAIT_ERR_INVALID);
    assert_int_equal(chmod(place->key, 0460), 0);
    assert_int_equal(keyfile_read_secret(place->key, secret, &error), PLAIT_ERR_INVALID);
    assert_int_equal(chmod(place->key, 0444), 0);
    assert_int_equal(keyfile_read_secret(place->key, secret, &error), PLAIT_ERR_INVALID);
    assert_tells(error, "chmod 600");
    if (with_root == PLAIT_OK) {
        assert_int_equal(chmod(place->key, 0440), 0);
        assert_int_equal(chown(place->key, 65534, (gid_t)-1), 0);
        assert_int_equal(keyfile_read_secret(place->key, secret, &error), PLAIT_ERR_INVALID);
    }
    (void)unsetenv("CREDENTIALS_DIRECTORY");
}

static void wrong_file_is_refused(void **state)
{
    struct place *place = *state;
    uint8_t key[PLAIT_KEY_BYTES];
    uint8_t public_key[PLAIT_KEY_BYTES];
    char name[PLAIT_KEY_NAME];
    struct run_error error;
    assert_int_equal(keyfile_read_secret(place->key, key, &error), PLAIT_ERR_INVALID);
    assert_tells(error, place->key);
    make(place, key, public_key);
    assert_int_equal(keyfile_read_public(place->key, key, name, &error), PLAIT_ERR_INVALID);
    assert_tells(error, ".pub");
    assert_int_equal(chmod(place->public_key, 0600), 0);
    assert_int_equal(keyfile_read_secret(place->public_key, key, &error), PLAIT_ERR_INVALID);
    assert_tells(error, "plait keygen");
    assert_int_equal(keyfile_read_secret(place->dir, key, &error), PLAIT_ERR_INVALID);
}

/* Writes the line in two parts, the second when the first has been read. */
static pid_t write_in_parts(int fd)
{
    int left = 1;
    pid_t child = fork();
    if (child != 0)
        return child;
    (void)!write(fd, "correct horse ", 14);
    while (ioctl(fd, FIONREAD, &left) == 0 && left > 0)
        (void)sched_yield();
    (void)!write(fd, "battery\nand media", 17);
    _exit(0);
}

static void line_that_comes_in_parts(void **state)
{
    char name[32], line[64];
    struct run_error error;
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", ends[0]);
    pid_t child = write_in_parts(ends[1]);
    assert_true(child > 0);
    assert_int_equal(keyfile_read_line(name, false, line, sizeof line, &error), 21);
    assert_string_equal(line, "correct horse battery");
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(ends[0]);
    close(ends[1]);
}

/* Cut off, it would be another pass phrase than the one that was meant. */
static void line_that_is_too_long(void **state)
{
    struct place *place = *state;
    char line[16];
    struct run_error error;
    FILE *file = fopen(place->key, "w");
    assert_non_null(file);
    assert_true(fputs("123456789012345\nmore", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(place->key, 0600), 0);
    assert_int_equal(keyfile_read_line(place->key, true, line, sizeof line, &error), 15);
    assert_int_equal(keyfile_read_line(place->key, true, line, 15, &error), PLAIT_ERR_INVALID);
    assert_tells(error, "at most 14");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(key_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(key_is_never_overwritten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(key_others_may_read_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(credential_may_show_its_access_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wrong_file_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(line_that_is_too_long, set_up, tear_down),
        cmocka_unit_test(line_that_comes_in_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
