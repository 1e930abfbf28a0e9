/* SPDX-License-Identifier: MIT
 * A session in a file. Who holds the lock on NAME.lock owns it; the system gives the lock back when
 * the process dies, whatever it dies of. */
#define _GNU_SOURCE
#include <bosh/journal.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct bosh_journal {
    int lock_fd;
    char *path;
    char *new_path;
};

static char *join(const char *path, const char *suffix)
{
    size_t size = strlen(path) + strlen(suffix) + 1;
    char *joined = malloc(size);
    if (joined)
        snprintf(joined, size, "%s%s", path, suffix);
    return joined;
}

static int take_lock(bosh_journal *journal)
{
    char *path = join(journal->path, ".lock");
    if (!path)
        return BOSH_ERR_MEMORY;
    journal->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(path);
    if (journal->lock_fd < 0)
        return BOSH_ERR_JOURNAL;
    if (flock(journal->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return BOSH_OK;
    return errno == EWOULDBLOCK ? BOSH_ERR_STATE : BOSH_ERR_JOURNAL;
}

int bosh_journal_open(const char *path, bosh_journal **out)
{
    if (!out)
        return BOSH_ERR_ARGUMENT;
    *out = NULL;
    if (!path || !*path)
        return BOSH_ERR_ARGUMENT;
    bosh_journal *journal = calloc(1, sizeof(*journal));
    if (!journal)
        return BOSH_ERR_MEMORY;
    journal->lock_fd = -1;
    journal->path = join(path, "");
    journal->new_path = join(path, ".new");
    int error = journal->path && journal->new_path ? take_lock(journal) : BOSH_ERR_MEMORY;
    if (error) {
        bosh_journal_close(journal);
        return error;
    }
    *out = journal;
    return BOSH_OK;
}

void bosh_journal_close(bosh_journal *journal)
{
    if (!journal)
        return;
    if (journal->lock_fd >= 0)
        close(journal->lock_fd);
    free(journal->path);
    free(journal->new_path);
    free(journal);
}

/* -------------------------------------------------------------------------------------- writing */

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return 0;
        bytes += written;
        size -= (size_t)written;
    }
    return 1;
}

int bosh_journal_write(bosh_journal *journal, const void *bytes, size_t size)
{
    if (!journal || (size && !bytes))
        return BOSH_ERR_ARGUMENT;
    if (!size)
        return unlink(journal->path) == 0 || errno == ENOENT ? BOSH_OK : BOSH_ERR_JOURNAL;
    int fd = open(journal->new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return BOSH_ERR_JOURNAL;
    int is_written = write_all(fd, bytes, size) && fdatasync(fd) == 0;
    is_written &= close(fd) == 0;
    if (is_written && rename(journal->new_path, journal->path) == 0)
        return BOSH_OK;
    unlink(journal->new_path);
    return BOSH_ERR_JOURNAL;
}

/* -------------------------------------------------------------------------------------- reading */

/* A clock that was put back counts as no time. */
static uint64_t age_ms(const struct stat *file)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t ms = ((int64_t)now.tv_sec - file->st_mtim.tv_sec) * 1000 +
                 (now.tv_nsec - file->st_mtim.tv_nsec) / 1000000;
    return ms > 0 ? (uint64_t)ms : 0;
}

/* The whole file; NULL with errno. */
static char *read_all(int fd, size_t size)
{
    char *bytes = malloc(size ? size : 1);
    size_t have = 0;
    while (bytes && have < size) {
        ssize_t got = read(fd, bytes + have, size - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            free(bytes);
            return NULL;
        }
        have += (size_t)got;
    }
    return bytes;
}

static void wipe(char *bytes, size_t size)
{
    explicit_bzero(bytes, size);
    free(bytes);
}

int bosh_journal_import(bosh_journal *journal, bosh_client *client)
{
    struct stat file;
    if (!journal || !client)
        return BOSH_ERR_ARGUMENT;
    int fd = open(journal->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : BOSH_ERR_JOURNAL;
    char *bytes = fstat(fd, &file) == 0 ? read_all(fd, (size_t)file.st_size) : NULL;
    close(fd);
    if (!bytes)
        return BOSH_ERR_JOURNAL;
    int error = bosh_client_import(client, bytes, (size_t)file.st_size, age_ms(&file));
    wipe(bytes, (size_t)file.st_size);
    return error ? error : 1;
}
