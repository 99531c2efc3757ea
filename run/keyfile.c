/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/reread.h"

static int keyfile_write(const char *path, mode_t mode, const char *text, struct run_error *error)
{
    char line[PLAIT_KEY_TEXT + 1];
    int len = snprintf(line, sizeof line, "%s\n", text);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0 && errno == EEXIST)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "%s is there already; remove it or take another name", path);
    if (fd < 0)
        return run_fail(error, PLAIT_ERR_INVALID, "%s cannot be written (%s); take another place",
                        path, strerror(errno));
    bool good = write(fd, line, (size_t)len) == len && fsync(fd) == 0;
    int err = errno;
    explicit_bzero(line, sizeof line);
    close(fd);
    if (good)
        return PLAIT_OK;
    unlink(path);
    return run_fail(error, PLAIT_ERR_SYSTEM, "%s cannot be written (%s); take another place", path,
                    strerror(err));
}

int keyfile_create(const char *path, const char *name, const uint8_t secret[PLAIT_KEY_BYTES],
                   const uint8_t public_key[PLAIT_KEY_BYTES], struct run_error *error)
{
    char text[PLAIT_KEY_TEXT];
    char public_path[4096];
    int len = snprintf(public_path, sizeof public_path, "%s.pub", path);
    if (len < 0 || (size_t)len >= sizeof public_path)
        return run_fail(error, PLAIT_ERR_INVALID, "the file name is too long; shorten it");
    if (access(public_path, F_OK) == 0)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "%s is there already; remove it or take another name", public_path);
    int err = plait_key_secret_text(secret, text);
    if (err == PLAIT_OK)
        err = keyfile_write(path, 0600, text, error);
    explicit_bzero(text, sizeof text);
    if (err != PLAIT_OK)
        return err;
    err = plait_key_public_text(public_key, name, text);
    if (err == PLAIT_OK)
        err = keyfile_write(public_path, 0644, text, error);
    if (err != PLAIT_OK)
        unlink(path);
    return err;
}

/* Bytes up to the end of the first line, of the file, or of out; a pipe gives them in parts. */
static ssize_t keyfile_fill(int fd, char *out, size_t size)
{
    size_t got = 0;
    while (got < size && !memchr(out, '\n', got)) {
        ssize_t len = read(fd, out + got, size - got);
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return -1;
        if (len == 0)
            break;
        got += (size_t)len;
    }
    return (ssize_t)got;
}

static bool keyfile_is_below(const char *path, const char *directory)
{
    size_t len = directory ? strlen(directory) : 0;
    return len > 0 && strncmp(path, directory, len) == 0 && path[len] == '/' &&
           !strstr(path + len, "/../");
}

/* What others may do with a secret's file. systemd's credentials are root's, and an access list
 * gives them to the service's user: such a list's mask stands where a group's rights do. */
static mode_t keyfile_exposed(const char *path, const struct stat *info)
{
    bool is_credential =
        info->st_uid == 0 && (keyfile_is_below(path, getenv("CREDENTIALS_DIRECTORY")) ||
                              keyfile_is_below(path, "/run/credentials"));
    return info->st_mode & (is_credential ? 037 : 077);
}

int keyfile_read_line(const char *path, bool is_secret, char *out, size_t size,
                      struct run_error *error)
{
    struct stat info = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return run_fail(error, PLAIT_ERR_INVALID, "%s cannot be read (%s); check name and owner",
                        path, strerror(errno));
    if (fstat(fd, &info) != 0)
        info.st_mode = S_IFREG | 0777; /* not known to be safe */
    if (is_secret && S_ISREG(info.st_mode) && keyfile_exposed(path, &info) != 0) {
        close(fd);
        return run_fail(error, PLAIT_ERR_INVALID,
                        "%s may be read by others (mode %04o); run: chmod 600 %s", path,
                        (unsigned)(info.st_mode & 07777), path);
    }
    ssize_t len = keyfile_fill(fd, out, size);
    int err = errno;
    close(fd);
    if (len < 0)
        return run_fail(error, PLAIT_ERR_INVALID, "%s cannot be read (%s); check name and owner",
                        path, strerror(err));
    size_t end = 0;
    while (end < (size_t)len && out[end] != '\0' && out[end] != '\r' && out[end] != '\n')
        end++;
    if (end == size) {
        explicit_bzero(out, size);
        return run_fail(error, PLAIT_ERR_INVALID,
                        "%s: its first line is too long; at most %zu bytes", path, size - 1);
    }
    out[end] = '\0';
    return (int)end;
}

int keyfile_read_secret(const char *path, uint8_t secret[PLAIT_KEY_BYTES], struct run_error *error)
{
    char text[PLAIT_KEY_TEXT + 2];
    int len = keyfile_read_line(path, true, text, sizeof text, error);
    if (len < 0)
        return len;
    int err = plait_key_secret_parse(text, (size_t)len, secret);
    explicit_bzero(text, sizeof text);
    if (err != PLAIT_OK)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "%s holds no secret key; make one with: plait keygen FILE", path);
    return PLAIT_OK;
}

int keyfile_read_public(const char *path, uint8_t public_key[PLAIT_KEY_BYTES],
                        char name[PLAIT_KEY_NAME], struct run_error *error)
{
    char text[PLAIT_KEY_TEXT + 2];
    int len = keyfile_read_line(path, false, text, sizeof text, error);
    if (len < 0)
        return len;
    if (plait_key_public_parse(text, (size_t)len, public_key, name) != PLAIT_OK)
        return run_fail(error, PLAIT_ERR_INVALID,
                        "%s holds no public key; give the .pub file that plait keygen wrote", path);
    return PLAIT_OK;
}

int keyfile_read_public_again(const char *path, uint8_t public_key[PLAIT_KEY_BYTES],
                              char name[PLAIT_KEY_NAME], struct run_error *error)
{
    if (reread_is_pipe(path))
        return run_fail(error, PLAIT_ERR_INVALID,
                        "%.200s is a pipe, which is read once; give a file", path);
    return keyfile_read_public(path, public_key, name, error);
}
