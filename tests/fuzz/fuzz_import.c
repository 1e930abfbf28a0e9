/* SPDX-License-Identifier: MIT
 * Any bytes as an exported session. The first byte says what the rest is: 'r' a blob as it is, 'c'
 * one that gets the right checksum, a digit the edits of a real one (see `edit`), which then gets
 * the right checksum, too. The second byte is how long ago the export was.
 *
 * A blob that is refused leaves a client that can log in. One that is taken drives the client,
 * which comes to rest, ends when it is closed, and leaks nothing. */
#include "base/crypto.h"
#include "tests/fuzz/same.h"
#include "tests/unit/scene.h"

#define CHECKSUM_BYTES 8
#define BLOB_BYTES_MAX 16384
#define EDIT_BYTES 4

typedef struct blob {
    uint8_t data[BLOB_BYTES_MAX];
    size_t size;
} blob;

enum { QUIET, BUSY, UNDELIVERED, JOURNAL, CLOSING, REALS };
static blob real[REALS];

/* ----------------------------------------------------------------------------------- real blobs */

static void keep(blob *b, const void *bytes, size_t size)
{
    DEMAND(size > CHECKSUM_BYTES && size <= BLOB_BYTES_MAX);
    memcpy(b->data, bytes, size);
    b->size = size;
}

static void export(scene *s, blob *b)
{
    void *bytes = NULL;
    size_t size = 0;
    DEMAND(bosh_client_export(s->client, &bytes, &size) == 0);
    keep(b, bytes, size);
    s->config.allocator.release(bytes, s->config.allocator.user);
}

static void export_undelivered(scene *s, const bosh_stanza *stanza)
{
    if (strcmp(bosh_stanza_attribute(stanza, "id"), "b") == 0)
        export(s, &real[UNDELIVERED]);
}

static void make(int kind)
{
    scene s;
    scene_init(&s);
    if (kind >= JOURNAL)
        s.config.save = scene_save;
    scene_login(&s);
    if (kind != QUIET) { /* a stanza under way, and one behind it */
        scene_say(&s, "a");
        scene_advance(&s, 100);
        scene_say(&s, "b");
        scene_turn(&s);
    }
    if (kind == QUIET || kind == BUSY) {
        export(&s, &real[kind]);
    } else if (kind == UNDELIVERED) {
        s.on_stanza = export_undelivered;
        scene_answer(&s, MESSAGE("a") MESSAGE("b") MESSAGE("c"));
    } else {
        if (kind == CLOSING)
            bosh_client_close(s.client, NULL);
        scene_turn(&s);
        keep(&real[kind], s.saved, s.saved_size);
    }
    s.on_stanza = NULL;
    DEMAND(real[kind].size > 0);
    DEMAND(scene_deinit(&s) == 0);
}

/* ---------------------------------------------------------------------------------------- edits */

static void shift(blob *b, size_t at, size_t from, size_t count)
{
    memmove(b->data + at, b->data + from, count);
    b->size = at + count;
}

/* Four bytes: where (two, little-endian), what to do, and with which value. */
static void edit(blob *b, const uint8_t *e)
{
    size_t at = b->size ? (size_t)(e[0] | e[1] << 8) % b->size : 0;
    size_t rest = b->size - at;
    switch (e[2] % 6) {
    case 0:
        if (rest)
            b->data[at] = e[3];
        break;
    case 1:
        if (rest)
            b->data[at] ^= e[3];
        break;
    case 2: /* a number of 32 bits */
        if (rest >= 4) {
            memset(b->data + at, e[3] == 255 ? 255 : 0, 4);
            b->data[at] = e[3];
        }
        break;
    case 3:
        if (rest && b->size < BLOB_BYTES_MAX) {
            shift(b, at + 1, at, rest);
            b->data[at] = e[3];
        }
        break;
    case 4: /* so many bytes less */
        if (e[3] <= rest)
            shift(b, at, at + e[3], rest - e[3]);
        break;
    default:
        b->size = at;
    }
}

static void set_checksum(blob *b)
{
    uint8_t hash[BOSH_HASH_SIZE_MAX];
    DEMAND(bosh_crypto_hash(BOSH_HASH_SHA256, b->data, b->size, hash) == 0);
    memcpy(b->data + b->size, hash, CHECKSUM_BYTES);
    b->size += CHECKSUM_BYTES;
}

static void read_input(const uint8_t *data, size_t size, blob *b)
{
    static blob edited; /* room for the checksum is kept */
    edited.size = 0;
    if (data[0] == 'r') {
        b->size = size - 2 < BLOB_BYTES_MAX ? size - 2 : BLOB_BYTES_MAX;
        memcpy(b->data, data + 2, b->size);
        return;
    }
    if (data[0] == 'c') {
        edited.size = size - 2 < BLOB_BYTES_MAX / 2 ? size - 2 : BLOB_BYTES_MAX / 2;
        memcpy(edited.data, data + 2, edited.size);
    } else {
        const blob *origin = &real[data[0] % REALS];
        edited.size = origin->size - CHECKSUM_BYTES;
        memcpy(edited.data, origin->data, edited.size);
        for (size_t i = 2; i + EDIT_BYTES <= size; i += EDIT_BYTES)
            edit(&edited, data + i);
    }
    if (edited.size > BLOB_BYTES_MAX - CHECKSUM_BYTES)
        edited.size = BLOB_BYTES_MAX - CHECKSUM_BYTES;
    *b = edited;
    set_checksum(b);
}

/* ----------------------------------------------------------------------------------- the client */

/* Some answers, some failures, time; then the program leaves. */
static void drive(scene *s)
{
    static const char empty[] = "<body xmlns='http://jabber.org/protocol/httpbind'/>";
    scene_turn(s);
    scene_say(s, "late");
    scene_ask(s, "bob@example.org", 0);
    for (int i = 0; i < 9; i++) {
        world_attempt *attempt = scene_oldest(s);
        scene_advance(s, 1000);
        if (attempt && i % 3 == 1)
            world_transport_fail(&s->net, attempt, BOSH_ERR_RESET, 0);
        else if (attempt)
            world_transport_answer(&s->net, attempt, 200, 0, empty, sizeof(empty) - 1);
        scene_turn(s);
    }
    bosh_client_close(s->client, NULL);
    scene_advance(s, 200000);
    DEMAND(bosh_client_state(s->client) == BOSH_STATE_ENDED);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    for (int kind = 0; kind < REALS; kind++)
        make(kind);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static blob given;
    scene s;
    if (size < 2)
        return 0;
    read_input(data, size, &given);
    int is_real = data[0] != 'r' && data[0] != 'c' && size < 2 + EDIT_BYTES;
    uint64_t elapsed_ms = data[1] == 255 ? UINT64_MAX : data[1] * UINT64_C(1000);
    uint8_t *exact = malloc(given.size ? given.size : 1); /* a read beyond it is seen */
    DEMAND(exact != NULL);
    memcpy(exact, given.data, given.size);
    scene_init(&s);
    s.is_unwatched = 1; /* what is in a blob with a good checksum is sent as it is */
    scene_open(&s);
    int error = bosh_client_import(s.client, exact, given.size, elapsed_ms);
    free(exact);
    DEMAND(!error || !is_real);
    if (error) {
        DEMAND(error == BOSH_ERR_BLOB_DAMAGED || error == BOSH_ERR_BLOB_VERSION ||
               error == BOSH_ERR_BLOB_FOREIGN);
        DEMAND(bosh_client_state(s.client) == BOSH_STATE_IDLE);
        scene_login(&s);
    } else {
        drive(&s);
    }
    DEMAND(scene_deinit(&s) == 0);
    return 0;
}
