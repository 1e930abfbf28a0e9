/* SPDX-License-Identifier: MIT
 *
 * A GSource around the descriptor of a bosh_curl. */
#include <bosh/glib.h>

struct bosh_source {
    GSource base;
    bosh_curl *curl;
    gpointer fd_tag;
};

/* Delays are whole milliseconds of a clock that is rounded down, and poll() waits no shorter than
 * it is told: the time has come when it returns, and the loop does not spin until it has. (Setting
 * a ready time here would wake the poll, and so spin as well.) */
static gboolean source_prepare(GSource *base, gint *timeout_ms)
{
    const struct bosh_source *source = (struct bosh_source *)base;
    *timeout_ms = bosh_curl_timeout_ms(source->curl);
    return *timeout_ms == 0;
}

static gboolean source_check(GSource *base)
{
    const struct bosh_source *source = (struct bosh_source *)base;
    return g_source_query_unix_fd(base, source->fd_tag) != 0 ||
           bosh_curl_timeout_ms(source->curl) == 0;
}

static gboolean source_dispatch(GSource *base, GSourceFunc callback, gpointer user)
{
    const struct bosh_source *source = (struct bosh_source *)base;
    bosh_curl_turn(source->curl, 0);
    return callback ? callback(user) : G_SOURCE_CONTINUE;
}

static GSourceFuncs functions = {
    .prepare = source_prepare, .check = source_check, .dispatch = source_dispatch};

GSource *bosh_glib_source_new(bosh_curl *curl)
{
    int fd = bosh_curl_fd(curl);
    if (fd < 0)
        return NULL;
    GSource *base = g_source_new(&functions, sizeof(struct bosh_source));
    struct bosh_source *source = (struct bosh_source *)base;
    source->curl = curl;
    source->fd_tag = g_source_add_unix_fd(base, fd, G_IO_IN);
    g_source_set_can_recurse(base, TRUE);
    g_source_set_name(base, "bosh");
    return base;
}
