/* SPDX-License-Identifier: MIT
 * The file of a session: one owner, replaced as a whole, gone with the session. What comes of it
 * when processes are killed is tests/interop/moves.test.mjs. */
#include "../check.h"

#include <bosh/curl.h>
#include <bosh/journal.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/bosh-journal-XXXXXX";
static char path[100], other[100];

static void name_files(void)
{
    snprintf(path, sizeof(path), "%s/session", folder);
    snprintf(other, sizeof(other), "%s/session.new", folder);
}

/* What the file holds; "" without one. */
static const char *content(void)
{
    static char bytes[100];
    int fd = open(path, O_RDONLY);
    ssize_t size = fd < 0 ? 0 : read(fd, bytes, sizeof(bytes) - 1);
    bytes[size > 0 ? size : 0] = '\0';
    if (fd >= 0)
        close(fd);
    return bytes;
}

static void test_one_owner(void)
{
    bosh_journal *first, *second;
    CHECK_INT(bosh_journal_open(path, &first), BOSH_OK);
    CHECK_INT(bosh_journal_open(path, &second), BOSH_ERR_STATE);
    CHECK(second == NULL);
    bosh_journal_close(first);
    CHECK_INT(bosh_journal_open(path, &second), BOSH_OK);
    bosh_journal_close(second);
    bosh_journal_close(NULL);
}

static void test_writing(void)
{
    struct stat file;
    bosh_journal *journal;
    CHECK_INT(bosh_journal_open(path, &journal), BOSH_OK);
    CHECK_INT(bosh_journal_write(journal, NULL, 0), BOSH_OK);
    umask(0);
    CHECK_INT(bosh_journal_write(journal, "a long state", 12), BOSH_OK);
    CHECK_STR(content(), "a long state");
    CHECK_INT(bosh_journal_write(journal, "short", 5), BOSH_OK);
    CHECK_STR(content(), "short");
    CHECK_INT(stat(path, &file), 0);
    CHECK_INT(file.st_mode & 0777, 0600);
    CHECK_INT(access(other, F_OK), -1);
    CHECK_INT(bosh_journal_write(journal, NULL, 5), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_journal_write(journal, NULL, 0), BOSH_OK);
    CHECK_INT(access(path, F_OK), -1);
    bosh_journal_close(journal);
}

/* What cannot be written leaves what was. */
static void test_no_room(void)
{
    bosh_journal *journal;
    CHECK_INT(bosh_journal_open(path, &journal), BOSH_OK);
    CHECK_INT(bosh_journal_write(journal, "before", 6), BOSH_OK);
    CHECK_INT(mkdir(other, 0700), 0); /* in the way, for root too */
    CHECK_INT(bosh_journal_write(journal, "after", 5), BOSH_ERR_JOURNAL);
    CHECK_STR(content(), "before");
    CHECK_INT(rmdir(other), 0);
    CHECK_INT(bosh_journal_write(journal, NULL, 0), BOSH_OK);
    bosh_journal_close(journal);
    CHECK_INT(bosh_journal_open("/nowhere/session", &journal), BOSH_ERR_JOURNAL);
    CHECK_INT(bosh_journal_open("", &journal), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_journal_open(path, NULL), BOSH_ERR_ARGUMENT);
}

static void test_import(void)
{
    bosh_config config;
    bosh_curl *curl;
    bosh_client *client;
    bosh_journal *journal;
    bosh_config_init(&config);
    config.url = "https://localhost/bosh";
    config.jid = "alice@localhost";
    CHECK_INT(bosh_curl_new(NULL, &curl), BOSH_OK);
    CHECK_INT(bosh_curl_client_new(curl, &config, &client), BOSH_OK);
    CHECK_INT(bosh_journal_open(path, &journal), BOSH_OK);
    CHECK_INT(bosh_journal_import(journal, client), 0);
    CHECK_INT(bosh_journal_write(journal, "no session, but long enough", 27), BOSH_OK);
    CHECK_INT(bosh_journal_import(journal, client), BOSH_ERR_BLOB_DAMAGED);
    CHECK_INT(truncate(path, 0), 0);
    CHECK_INT(bosh_journal_import(journal, client), BOSH_ERR_BLOB_DAMAGED);
    CHECK_INT(bosh_client_state(client), BOSH_STATE_IDLE);
    CHECK_INT(bosh_journal_import(journal, NULL), BOSH_ERR_ARGUMENT);
    CHECK_INT(bosh_journal_write(journal, NULL, 0), BOSH_OK);
    bosh_journal_close(journal);
    bosh_curl_free(curl);
}

static const check_test tests[] = {
    {"one_owner", test_one_owner},
    {"writing", test_writing},
    {"no_room", test_no_room},
    {"import", test_import},
};

int main(int argc, char **argv)
{
    char lock[120];
    if (!mkdtemp(folder))
        return 2;
    name_files();
    int result = check_main(argc, argv, tests, sizeof(tests) / sizeof(tests[0]));
    snprintf(lock, sizeof(lock), "%s.lock", path);
    return unlink(lock) || rmdir(folder) ? 1 : result;
}
