/* SPDX-License-Identifier: MIT
 * The invariants of docs/protocol.md section 6, how often each was looked at, and the marks: things
 * that must have happened for a run to be worth something. */
#ifndef SIM_INVARIANTS_H
#define SIM_INVARIANTS_H

#include <stdint.h>

struct sim_world;
struct sim_counts;

#define INVARIANT_COUNT 30

/* X(number, what is counted, rules of the validator that guard it) */
#define INVARIANT_MAP(X)                                                                           \
    X(1, "stanzas the manager took in", "")                                                        \
    X(2, "stanzas delivered", "")                                                                  \
    X(3, "outcomes of stanzas", "")                                                                \
    X(4, "sessions given up, calms after the storm", "")                                           \
    X(5, "answers after which all that was due had been delivered", "")                            \
    X(6, "new request ids", "RID-2 RID-4 WIN-2")                                                   \
    X(7, "repetitions", "BODY-13 RTX-4")                                                           \
    X(8, "requests of a session", "TERM-3 SEC-2")                                                  \
    X(9, "turns online", "HOLD-1")                                                                 \
    X(10, "polls beside another request", "OVR-2")                                                 \
    X(11, "polls", "HOLD-2")                                                                       \
    X(12, "requests of polling sessions", "POLL-3 POLL-4")                                         \
    X(13, "requests without pause", "")                                                            \
    X(14, "requests without ack, report or time", "")                                              \
    X(15, "requests without key or newkey", "")                                                    \
    X(16, "requests read strictly",                                                                \
      "BODY-1 BODY-2 BODY-3 BODY-4 BODY-5 BODY-6 BODY-7 BODY-14 CRE-11 CRE-13 CRE-14 ERR-6 "       \
      "HTTP-2 HTTP-3 IQ-1 TERM-1 XMPP-1 XMPP-3")                                                   \
    X(17, "requests beside an open one", "HOLD-4")                                                 \
    X(18, "requests of a login", "BIND-1 SASL-2 SASL-3 SASL-4 SASL-5 XMPP-6 XMPP-7 XMPP-8")        \
    X(19, "ends of sessions", "")                                                                  \
    X(20, "questions and answers", "IQ-2")                                                         \
    X(21, "logins at an impostor", "")                                                             \
    X(22, "login steps the server took", "RTX-9 CRE-16")                                           \
    X(23, "requests within the bounds of memory", "")                                              \
    X(24, "repetitions and reconnects that kept their pace", "")                                   \
    X(25, "steps of the world", "")                                                                \
    X(26, "seeds run twice", "")                                                                   \
    X(27, "lines of log and trace", "")                                                            \
    X(28, "cut answers", "")                                                                       \
    X(29, "answers of arbitrary bytes", "")                                                        \
    X(30, "attempts begun, finished and cancelled", "")

/* X(NAME, text): each of them is met in a run of some thousand seeds. */
#define MARK_MAP(X)                                                                                \
    X(OVERTAKEN, "a request arrives before its predecessor")                                       \
    X(ANSWER_EARLY, "an answer comes before its predecessor's")                                    \
    X(REPEATED, "a request is repeated")                                                           \
    X(REPEATED_HELD, "a repetition arrives while the first copy is held")                          \
    X(REPLAYED, "an answer is replayed")                                                           \
    X(FORGOTTEN, "a request was forgotten by the manager (RTX-13)")                                \
    X(ECHOED, "a repeated request is answered with itself (RTX-12)")                               \
    X(CREATED_AGAIN, "a session is asked for again")                                               \
    X(PAIR, "restart and bind leave as a pair")                                                    \
    X(RESTARTED_AGAIN, "a second restart (RTX-9)")                                                 \
    X(POLLING, "a polling session")                                                                \
    X(POLICED, "a polling session with every request spaced (POLL-4)")                             \
    X(LAST_SLOT, "the terminate request takes the extra slot")                                     \
    X(FULL, "a stanza is refused because the queue is full")                                       \
    X(CANCELLED, "an attempt is cancelled")                                                        \
    X(TIMED_OUT, "an attempt is cancelled at its limit")                                           \
    X(LATE_RESULT, "an answer to a cancelled attempt is dropped")                                  \
    X(LOST_SILENTLY, "a session is given up because nobody answers")                               \
    X(LOST_TOLD, "a session ends because the manager says so")                                     \
    X(UNKNOWN, "a stanza is reported unknown")                                                     \
    X(UNSENT, "a stanza is reported unsent")                                                       \
    X(RECOVERED, "online again in the same session")                                               \
    X(RECONNECTED, "online again in another session")                                              \
    X(MOVED_OPEN, "a session is moved with requests open")                                         \
    X(NO_MEMORY, "an allocation fails")                                                            \
    X(IMPOSTOR, "a server that cannot prove itself")                                               \
    X(GAP, "an old server loses stanzas that it had put into an answer")

typedef enum sim_mark {
#define MARK_X(name, text) MARK_##name,
    MARK_MAP(MARK_X)
#undef MARK_X
        MARK_COUNT
} sim_mark;

/* An invariant was looked at, whatever came of it. */
void sim_look(struct sim_world *sim, int invariant);
void sim_reach(struct sim_world *sim, sim_mark mark);
/* The invariant that a rule of the validator guards, 0 when there is none. */
int invariant_of_rule(const char *rule);

/* Print both lists; the marks that were not reached are counted. */
int invariants_report(const struct sim_counts *total);

#endif
