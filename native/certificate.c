/* SPDX-License-Identifier: MIT
 *
 * Asks the program about server certificates. OpenSSL verifies as usual, the host name included;
 * then the program has the last word. The only file that knows OpenSSL. */
#include "door.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#define NAME_SIZE 256

static void fingerprint_of(const X509 *leaf, char text[3 * EVP_MAX_MD_SIZE])
{
    static const char digits[] = "0123456789ABCDEF";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    X509_digest(leaf, EVP_sha256(), digest, &size);
    text[0] = 0;
    for (unsigned i = 0; i < size; i++) {
        text[3 * i] = digits[digest[i] >> 4];
        text[3 * i + 1] = digits[digest[i] & 15];
        text[3 * i + 2] = i + 1 < size ? ':' : 0;
    }
}

static void name_of(const X509_NAME *name, char text[NAME_SIZE])
{
    BIO *memory = BIO_new(BIO_s_mem());
    int size = 0;
    if (memory && X509_NAME_print_ex(memory, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) >= 0)
        size = BIO_read(memory, text, NAME_SIZE - 1);
    text[size > 0 ? size : 0] = 0;
    BIO_free(memory);
}

static int ask(const struct origin *origin, X509 *leaf, int trusted, const char *problem)
{
    const bosh_curl_options *options = &origin->lane->curl->settings.raw;
    char fingerprint[3 * EVP_MAX_MD_SIZE], subject[NAME_SIZE], issuer[NAME_SIZE];
    unsigned char *der = NULL;
    int der_size = i2d_X509(leaf, &der);
    if (der_size <= 0)
        return 0;
    fingerprint_of(leaf, fingerprint);
    name_of(X509_get_subject_name(leaf), subject);
    name_of(X509_get_issuer_name(leaf), issuer);
    bosh_certificate certificate = {origin->host, fingerprint, subject, issuer,
                                    trusted,      problem,     der,     (size_t)der_size};
    int accepted = options->certificate(&certificate, options->user);
    OPENSSL_free(der);
    return accepted;
}

/* In the place of OpenSSL's own verification, which it calls. */
static int verify(X509_STORE_CTX *context, void *user)
{
    const struct origin *origin = user;
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(context);
    X509 *leaf = X509_STORE_CTX_get0_cert(context);
    int named = X509_VERIFY_PARAM_set1_ip_asc(rules, origin->host) == 1 ||
                X509_VERIFY_PARAM_set1_host(rules, origin->host, 0) == 1;
    int trusted = leaf && named && X509_verify_cert(context) == 1;
    int code = X509_STORE_CTX_get_error(context);
    const char *problem = trusted ? NULL : X509_verify_cert_error_string(code);
    if (leaf && ask(origin, leaf, trusted, problem)) {
        X509_STORE_CTX_set_error(context, X509_V_OK);
        return 1;
    }
    if (code == X509_V_OK)
        X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

static CURLcode prepare(CURL *easy, void *ssl_context, void *user)
{
    (void)easy;
    SSL_CTX_set_cert_verify_callback(ssl_context, verify, user);
    return CURLE_OK;
}

int bosh_certificate_install(CURL *easy)
{
    /* The host name is part of what `verify` looks at; libcurl would refuse it behind our back. A
     * resumed TLS session would not be asked about at all. */
    if (curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, prepare) ||
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L) ||
        curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L))
        return BOSH_ERR_UNSUPPORTED;
    return BOSH_OK;
}

int bosh_certificate_supported(void)
{
    const char *backend = curl_version_info(CURLVERSION_NOW)->ssl_version;
    return backend && strncmp(backend, "OpenSSL/", 8) == 0;
}
