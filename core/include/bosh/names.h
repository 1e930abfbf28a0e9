/* SPDX-License-Identifier: MIT
 *
 * Names of libbosh: errors, states and BOSH conditions, each written down once.
 *
 * The lists are X-macros, so that the C enum, the C name and the text for people come from one
 * line. bosh.h brings this file in; include that.
 */
#ifndef BOSH_NAMES_H
#define BOSH_NAMES_H

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, value, text). 0 is success; errors are negative and grouped by who is at fault. */
#define BOSH_ERROR_MAP(X)                                                                          \
    X(OK, 0, "no error")                                                                           \
    /* the caller */                                                                               \
    X(ERR_ARGUMENT, -1, "an argument is missing or out of range")                                  \
    X(ERR_STATE, -2, "not possible in the client's present state")                                 \
    X(ERR_MEMORY, -3, "the allocator returned no memory")                                          \
    X(ERR_ENTROPY, -4, "the entropy source failed; nothing predictable is used instead")           \
    X(ERR_UNSUPPORTED, -5, "this build of the library cannot do that")                             \
    X(ERR_URL, -6, "the URL is not an http:// or https:// address")                                \
    X(ERR_JID, -7, "the address is not a valid JID (want user@domain, or user@domain/resource)")   \
    X(ERR_ABORTED, -8, "the application gave up")                                                  \
    X(ERR_CREDENTIALS, -9, "a password is needed and none was given")                              \
    X(ERR_INTERNAL, -10, "the library broke one of its own rules; please report it")               \
    /* what the caller wants to send */                                                            \
    X(ERR_STANZA_SYNTAX, -20, "the stanza is not well-formed XML")                                 \
    X(ERR_STANZA_KIND, -21, "not a message, presence or iq in jabber:client, without prefix")      \
    X(ERR_CHARACTER, -22, "the text holds a character that XML cannot carry")                      \
    X(ERR_UTF8, -23, "the text is not valid UTF-8")                                                \
    X(ERR_STANZA_TOO_LARGE, -24, "the stanza is larger than body_bytes_max, or too deep")          \
    X(ERR_QUEUE_FULL, -25, "the send queue is full; wait for BOSH_EVENT_DRAINED")                  \
    X(ERR_NAME, -26, "not a valid XML name, or not one whole element")                             \
    /* the network: the attempt may be repeated */                                                 \
    X(ERR_DNS, -40, "the host name could not be resolved")                                         \
    X(ERR_CONNECT, -41, "the connection could not be opened")                                      \
    X(ERR_TLS, -42, "the TLS handshake failed")                                                    \
    X(ERR_CERTIFICATE, -43, "the server's certificate was refused")                                \
    X(ERR_RESET, -44, "the connection broke before the answer was complete")                       \
    X(ERR_TIMEOUT, -45, "no answer within the time limit")                                         \
    X(ERR_PROXY, -46, "the HTTP proxy could not be used")                                          \
    /* what came back over HTTP */                                                                 \
    X(ERR_HTTP_STATUS, -60, "an HTTP error status came back instead of a BOSH answer")             \
    X(ERR_HTTP_REDIRECT, -61, "the server answered with a redirect, which is never followed")      \
    X(ERR_HTTP_AUTH, -62, "the server or a proxy wants HTTP authentication")                       \
    X(ERR_RESPONSE_FOREIGN, -63, "the answer is not a BOSH body (a web page? check the URL)")      \
    X(ERR_RESPONSE_SYNTAX, -64, "the answer is not well-formed XML")                               \
    X(ERR_RESPONSE_TRUNCATED, -65, "the answer ends in the middle")                                \
    X(ERR_RESPONSE_DOCTYPE, -66, "the answer has a DOCTYPE (a web page?), which is refused")       \
    X(ERR_RESPONSE_ENTITY, -67, "the answer refers to an XML entity that is not predefined")       \
    X(ERR_RESPONSE_DEPTH, -68, "the answer is nested deeper than depth_max allows")                \
    X(ERR_RESPONSE_ATTRIBUTES, -69, "an element has more attributes than attributes_max allows")   \
    X(ERR_RESPONSE_TOO_LARGE, -70, "the answer is larger than response_bytes_max allows")          \
    X(ERR_RESPONSE_CHARACTER, -71, "the answer holds a character that XML cannot carry")           \
    X(ERR_RESPONSE_UTF8, -72, "the answer is not valid UTF-8")                                     \
    /* the BOSH session */                                                                         \
    X(ERR_CREATION, -80, "the server opened no session: its answer has no session id")             \
    X(ERR_SESSION_LOST, -81, "the session is lost: no answer for longer than the server keeps it") \
    X(ERR_SESSION_REFUSED, -82, "the server kept refusing the same request")                       \
    X(ERR_TERMINATED, -83, "the server ended the session")                                         \
    X(ERR_CONDITION, -84, "the server ended the session with a BOSH condition")                    \
    X(ERR_RID_EXHAUSTED, -85, "the session has used all its request ids")                          \
    /* the XMPP stream */                                                                          \
    X(ERR_NO_MECHANISM, -100, "the server offers no usable login mechanism")                       \
    X(ERR_STARTTLS_REQUIRED, -101, "the server wants TLS: use an https:// URL")                    \
    X(ERR_PLAIN_NEEDS_HTTPS, -102,                                                                 \
      "the password would travel readable: use https, or set allow_plain_over_http")               \
    X(ERR_AUTH, -103, "the server refused the login")                                              \
    X(ERR_SASL, -104, "the server broke the rules of the login exchange")                          \
    X(ERR_SCRAM_NONCE, -105, "SCRAM: the server's nonce does not continue ours")                   \
    X(ERR_SCRAM_ROUNDS, -106, "SCRAM: the server's round count is outside the allowed range")      \
    X(ERR_SCRAM_SALT, -107, "SCRAM: the server's salt is missing or too long")                     \
    X(ERR_SCRAM_SIGNATURE, -108, "SCRAM: the server could not prove that it knows the password")   \
    X(ERR_SCRAM_DOWNGRADE, -109, "SCRAM: the list of mechanisms was tampered with (XEP-0474)")     \
    X(ERR_BIND, -110, "the server refused to bind a resource")                                     \
    X(ERR_STREAM, -111, "the server ended the XMPP stream with an error")                          \
    X(ERR_STEP_TIMEOUT, -112, "a login step was not answered in time")                             \
    X(ERR_SASLPREP, -113, "the user name or password has a character that cannot be used")         \
    /* one request stanza */                                                                       \
    X(ERR_IQ_TIMEOUT, -120, "the request was not answered in time")                                \
    X(ERR_IQ_DISCONNECTED, -121, "the session ended before the request was answered")              \
    X(ERR_IQ_ERROR, -122, "the request was answered with an error stanza")                         \
    /* session export and import */                                                                \
    X(ERR_BLOB_DAMAGED, -130, "the saved session is damaged or not one of ours")                   \
    X(ERR_BLOB_VERSION, -131, "the saved session was written by an incompatible version")          \
    X(ERR_BLOB_FOREIGN, -132, "the saved session belongs to another URL or account")               \
    X(ERR_EXPORTED, -133, "the session was exported: this client no longer owns it")               \
    X(ERR_JOURNAL, -134, "the session journal could not be written")

typedef enum bosh_error {
#define BOSH_X(name, value, text) BOSH_##name = value,
    BOSH_ERROR_MAP(BOSH_X)
#undef BOSH_X
} bosh_error;

/* X(name, text). What the client as a whole is doing; drawn in bosh.h. */
#define BOSH_STATE_MAP(X)                                                                          \
    X(IDLE, "idle")                                                                                \
    X(CONNECTING, "connecting")                                                                    \
    X(AUTHENTICATING, "authenticating")                                                            \
    X(BINDING, "binding")                                                                          \
    X(ONLINE, "online")                                                                            \
    X(RECOVERING, "recovering")                                                                    \
    X(CLOSING, "closing")                                                                          \
    X(RECONNECT_WAIT, "waiting to reconnect")                                                      \
    X(ENDED, "ended")

typedef enum bosh_state {
#define BOSH_X(name, text) BOSH_STATE_##name,
    BOSH_STATE_MAP(BOSH_X)
#undef BOSH_X
} bosh_state;

/* X(name, wire name). XEP-0124 section 17.2; UNKNOWN is any other value (ERR-1). */
#define BOSH_CONDITION_MAP(X)                                                                      \
    X(NONE, "")                                                                                    \
    X(BAD_REQUEST, "bad-request")                                                                  \
    X(HOST_GONE, "host-gone")                                                                      \
    X(HOST_UNKNOWN, "host-unknown")                                                                \
    X(IMPROPER_ADDRESSING, "improper-addressing")                                                  \
    X(INTERNAL_SERVER_ERROR, "internal-server-error")                                              \
    X(ITEM_NOT_FOUND, "item-not-found")                                                            \
    X(OTHER_REQUEST, "other-request")                                                              \
    X(POLICY_VIOLATION, "policy-violation")                                                        \
    X(REMOTE_CONNECTION_FAILED, "remote-connection-failed")                                        \
    X(REMOTE_STREAM_ERROR, "remote-stream-error")                                                  \
    X(SEE_OTHER_URI, "see-other-uri")                                                              \
    X(SYSTEM_SHUTDOWN, "system-shutdown")                                                          \
    X(UNDEFINED_CONDITION, "undefined-condition")                                                  \
    X(UNKNOWN, "(unknown condition)")

typedef enum bosh_condition {
#define BOSH_X(name, text) BOSH_CONDITION_##name,
    BOSH_CONDITION_MAP(BOSH_X)
#undef BOSH_X
} bosh_condition;

#ifdef __cplusplus
}
#endif
#endif
