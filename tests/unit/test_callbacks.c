/* SPDX-License-Identifier: MIT
 * "Every function may be called from inside every callback": one story in which everything happens,
 * told again for each call of the program, which does something unexpected then. */
#include "tests/unit/scene.h"
#include "world/wire.h"
#include "tests/check.h"

#include <stdlib.h>

static scene s;
static void (*act)(void); /* what the program does at its `act_at`-th call */
static unsigned calls, act_at;
static int is_anew; /* what it does then is to connect once more, after the end of the story */

static void called(void)
{
    if (++calls == act_at)
        act();
}

static void on_event(scene *self, const bosh_event *event)
{
    (void)self, (void)event;
    called();
}

static void on_stanza(scene *self, const bosh_stanza *stanza)
{
    (void)self, (void)stanza;
    called();
}

static void on_log(bosh_log_level level, const char *line, void *user)
{
    (void)level, (void)line, (void)user;
    called();
}

static void on_trace(int outgoing, const char *xml, size_t size, void *user)
{
    (void)outgoing, (void)xml, (void)size, (void)user;
    called();
}

static int on_save(const void *bytes, size_t size, void *user)
{
    (void)bytes, (void)size, (void)user;
    called();
    return 0;
}

static int on_timer(bosh_client *client, void *user)
{
    (void)client, (void)user;
    called();
    return 1;
}

static void on_answer(bosh_client *client, int error, const bosh_stanza *answer, void *user)
{
    (void)client, (void)error, (void)answer, (void)user;
    called();
}

static int ask(void)
{
    bosh_writer *iq = bosh_client_iq(s.client, "get", "bob@example.org");
    bosh_writer_element(iq, "query", "t:ask", NULL);
    return bosh_client_request(s.client, iq, 2000, on_answer, &s);
}

/* ------------------------------------------------------------------------------------ the story */

/* The server takes a step: it answers the login, a terminate, and a request that has another behind
 * it; with `payloads` it answers any. */
static void serve(const char *payloads)
{
    world_request request;
    world_attempt *open;
    if (s.net.is_released)
        return;
    scene_advance(&s, 50);
    open = scene_oldest(&s);
    if (!open || s.net.is_released)
        return;
    world_request_read(&request, open->entity, open->size);
    int is_login = request.kind == WORLD_CREATION || request.kind == WORLD_SASL ||
                   request.kind == WORLD_RESTART || world_request_bind(&request);
    int is_end = request.kind == WORLD_TERMINATE;
    world_request_deinit(&request);
    if (is_login)
        scene_answer_login(&s);
    else if (is_end)
        scene_answer_as(&s, "type='terminate'", "");
    else if (payloads || scene_open_count(&s) > 1)
        scene_answer(&s, payloads ? payloads : "");
}

static void serve_for(unsigned steps)
{
    while (steps--)
        serve(NULL);
}

/* Until the client is there, or a while. */
static void serve_until(bosh_state state)
{
    for (int i = 0; i < 200 && !s.net.is_released && bosh_client_state(s.client) != state; i++)
        serve(NULL);
}

static void tell(void)
{
    if (s.net.is_released)
        return;
    scene_say(&s, "a");
    ask();
    scene_turn(&s);
}

static void lose(const char *attributes)
{
    if (!s.net.is_released && scene_oldest(&s))
        scene_answer_as(&s, attributes, MESSAGE("last"));
}

static void break_all(void)
{
    for (size_t i = 0, count = s.net.count; i < count; i++)
        if (!s.net.is_released)
            world_transport_fail(&s.net, s.net.attempts[i], BOSH_ERR_RESET, 0);
    if (!s.net.is_released)
        scene_turn(&s);
}

static void play(void)
{
    scene_init(&s);
    s.config.reconnect = BOSH_RECONNECT_ALWAYS;
    s.config.log = on_log;
    s.config.trace = on_trace;
    s.config.save = on_save;
    s.on_event = on_event;
    s.on_stanza = on_stanza;
    calls = 0;
    is_anew = 0;
    scene_open(&s);
    bosh_timer_add(s.client, 300, on_timer, NULL);
    scene_connect(&s);
    serve_for(6);
    tell();
    serve(MESSAGE("m") "<iq xmlns='jabber:client' type='get' id='q' from='x@y'><q/></iq>");
    serve_for(3);
    tell();
    break_all();
    serve_for(8);
    tell();
    tell();
    lose("type='terminate' condition='item-not-found'");
    serve_until(BOSH_STATE_ONLINE);
    tell();
    serve_for(6);
    tell();
    if (!s.net.is_released)
        bosh_client_close(s.client, NULL);
    serve_until(BOSH_STATE_ENDED);
}

/* Tell the story until it is over before the program has had its turn. */
static void play_with(void (*action)(void))
{
    CHECK_NEEDS("reconnect");
    unsigned most = 0;
    act = action;
    for (act_at = 1; act_at == 1 || calls >= act_at - 1; act_at++) {
        play();
        most = calls > most ? calls : most;
        if (!s.net.is_released && !is_anew && bosh_client_state(s.client) != BOSH_STATE_ENDED) {
            printf("at call %u: the story ends %s\n", act_at,
                   bosh_state_text(bosh_client_state(s.client)));
            check_failures++;
        }
        if (scene_deinit(&s)) {
            printf("at call %u\n", act_at);
            check_failures++;
            return;
        }
    }
    CHECK(most > 80);
}

/* ---------------------------------------------------------------------------------- the actions */

static void free_client(void)
{
    bosh_client_free(s.client);
}

static void pump(void)
{
    bosh_client_pump(s.client, s.net.now_ms);
    bosh_client_pump(s.client, s.net.now_ms);
}

static void pump_a_minute_later(void)
{
    s.net.now_ms += 70000;
    bosh_client_pump(s.client, s.net.now_ms);
}

static void close_client(void)
{
    bosh_client_close(s.client, NULL);
}

static void close_with_last_words(void)
{
    bosh_writer *w = bosh_client_writer(s.client);
    bosh_writer_start(w, "message", NULL);
    bosh_client_close(s.client, w);
    free_client();
}

static void export(void)
{
    void *bytes;
    size_t size;
    if (bosh_client_export(s.client, &bytes, &size) == BOSH_OK)
        s.config.allocator.release(bytes, s.config.allocator.user);
}

static void connect(void)
{
    is_anew = bosh_client_connect(s.client) == BOSH_OK;
    if (is_anew)
        world_validator_connect(s.validator);
}

static void import_rubbish(void)
{
    CHECK(bosh_client_import(s.client, "rubbish rubbish", 15, 0) < 0);
}

static void change_network(void)
{
    bosh_client_network_changed(s.client);
    bosh_client_clock_jumped(s.client, 3600000);
}

static void send_and_ask(void)
{
    scene_say(&s, "b");
    bosh_client_send_presence(s.client, "away", NULL);
    ask();
}

static int leave(bosh_client *client, const bosh_stanza *stanza, void *user)
{
    (void)client, (void)stanza, (void)user;
    return 0;
}

static void replace_handlers(void)
{
    for (int id = 1; id < 5; id++)
        bosh_handler_remove(s.client, id);
    for (int i = 0; i < 20; i++) {
        bosh_handler_add(s.client, NULL, leave, NULL);
        bosh_timer_add(s.client, 100, on_timer, NULL);
    }
}

static void give_another_password(void)
{
    CHECK_INT(bosh_client_set_password(s.client, "pencil"), 0);
}

static void free_inside_any_callback_is_safe(void)
{
    play_with(free_client);
}

static void pump_inside_any_callback_is_safe(void)
{
    play_with(pump);
}

static void late_pump_inside_any_callback_is_safe(void)
{
    play_with(pump_a_minute_later);
}

static void close_inside_any_callback_ends(void)
{
    play_with(close_client);
}

static void close_and_free_inside_any_callback_is_safe(void)
{
    play_with(close_with_last_words);
}

static void export_inside_any_callback_ends_or_is_refused(void)
{
    play_with(export);
}

static void connect_inside_any_callback_is_refused_or_starts_anew(void)
{
    play_with(connect);
}

static void import_inside_any_callback_is_refused(void)
{
    play_with(import_rubbish);
}

static void network_change_inside_any_callback_is_safe(void)
{
    play_with(change_network);
}

static void send_inside_any_callback_is_safe(void)
{
    play_with(send_and_ask);
}

static void handlers_may_be_replaced_inside_any_callback(void)
{
    play_with(replace_handlers);
}

static void password_may_be_set_inside_any_callback(void)
{
    play_with(give_another_password);
}

static const check_test tests[] = {
    {"free_inside_any_callback_is_safe", free_inside_any_callback_is_safe},
    {"pump_inside_any_callback_is_safe", pump_inside_any_callback_is_safe},
    {"late_pump_inside_any_callback_is_safe", late_pump_inside_any_callback_is_safe},
    {"close_inside_any_callback_ends", close_inside_any_callback_ends},
    {"close_and_free_inside_any_callback_is_safe", close_and_free_inside_any_callback_is_safe},
    {"export_inside_any_callback_ends_or_is_refused",
     export_inside_any_callback_ends_or_is_refused},
    {"connect_inside_any_callback_is_refused_or_starts_anew",
     connect_inside_any_callback_is_refused_or_starts_anew},
    {"import_inside_any_callback_is_refused", import_inside_any_callback_is_refused},
    {"network_change_inside_any_callback_is_safe", network_change_inside_any_callback_is_safe},
    {"send_inside_any_callback_is_safe", send_inside_any_callback_is_safe},
    {"handlers_may_be_replaced_inside_any_callback", handlers_may_be_replaced_inside_any_callback},
    {"password_may_be_set_inside_any_callback", password_may_be_set_inside_any_callback},
};
CHECK_MAIN(tests)
