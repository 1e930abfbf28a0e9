/* SPDX-License-Identifier: MIT
 *
 * A session that outlives its process, in a file: when the program crashes or is killed, its next
 * start goes on with the session, and nothing is lost.
 *
 *     static int save(const void *bytes, size_t size, void *user)
 *     {
 *         return bosh_journal_write(((struct program *)user)->journal, bytes, size);
 *     }
 *
 *     error = bosh_journal_open("alice.session", &journal);
 *     config.save = save;                                  // then bosh_curl_client_new
 *     int found = bosh_journal_import(journal, client);    // 1: the client goes on
 *     if (found <= 0)                                      // nothing there, or no use
 *         error = bosh_client_connect(client);
 *
 * A session has one owner: two that go on with it would each undo what the other sends. So it
 * belongs to the process that has it open, and to the next one when that closes it or dies. Do not
 * copy the file. To hand a live session over (bosh_client_export), write the bytes to a journal,
 * close it, and open it in the other process.
 *
 * The file can be read by its owner only; it is as secret as a password (SEC-7). It is replaced as
 * a whole, so it is never half written. Beside it stand NAME.lock, which stays, and NAME.new for
 * the moment of writing.
 *
 * What was taken by bosh_client_send and had not left when the process died may not be in the
 * journal. The tickets tell: the first stanza that the next process sends has the ticket behind the
 * last one that is.
 */
#ifndef BOSH_JOURNAL_H
#define BOSH_JOURNAL_H

#include <bosh/bosh.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bosh_journal bosh_journal;

/* Open the journal `path`, whether there is one or not.
 *
 * *out is released with bosh_journal_close.
 * ERR_STATE: another process has it open; ERR_JOURNAL: the file system says no; ERR_MEMORY. On
 * error *out is NULL. */
BOSH_API int bosh_journal_open(const char *path, bosh_journal **out);
/* Close it; what it holds stays. NULL is ignored. */
BOSH_API void bosh_journal_close(bosh_journal *journal);

/* Go on with the session that it holds: bosh_client_import with the time since it was written.
 * 1: the client goes on; 0: it holds none. Negative: it is of no use to this client, see
 * bosh_client_import, or cannot be read (ERR_JOURNAL). */
BOSH_API int bosh_journal_import(bosh_journal *journal, bosh_client *client);

/* For bosh_config.save: keep these bytes. When it returns the program may die; after a power cut
 * those before may be back. Size 0: delete what is kept. ERR_JOURNAL, and then the bytes before are
 * still there. */
BOSH_API int bosh_journal_write(bosh_journal *journal, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
