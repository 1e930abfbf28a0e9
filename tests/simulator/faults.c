/* SPDX-License-Identifier: MIT
 * Which fault an exchange meets, and what comes back instead of an answer. A fault that may end a
 * session when it is repeated for one rid (LEG-2, BODY-11, ERR-3) is not repeated that often, so
 * that a session that ends anyway has been given up without need. */
#include "simulator/sim.h"
#include <string.h>

static const struct {
    uint32_t weight;
    const char *text;
} faults[FAULT_COUNT] = {
#define FAULT_X(name, weight, text) {weight, text},
    FAULT_MAP(FAULT_X)
#undef FAULT_X
};

const char *fault_text(sim_fault fault)
{
    return faults[fault].text;
}

static sim_fault draw_weighted(sim_world *sim)
{
    uint32_t total = 0, drawn;
    for (int i = 0; i < FAULT_COUNT; i++)
        total += faults[i].weight;
    drawn = sim_below(sim, total);
    for (int i = 0; i < FAULT_COUNT; i++) {
        if (drawn < faults[i].weight)
            return (sim_fault)i;
        drawn -= faults[i].weight;
    }
    return FAULT_NONE;
}

static int is_broken_answer(sim_fault fault)
{
    return fault == FAULT_CUT_CLEAN || fault == FAULT_WEB_PAGE || fault == FAULT_DOCTYPE ||
           fault == FAULT_GARBAGE || fault == FAULT_REDIRECT || fault == FAULT_SERVER_ERROR;
}

/* Has this rid met the fault fewer times than `limit`? */
static int is_allowed_again(const sim_world *sim, sim_fault fault, uint64_t rid, uint32_t limit)
{
    uint32_t count = 0;
    for (const sim_exchange *exchange = sim->net.newest; exchange; exchange = exchange->older)
        count += exchange->fault == fault && exchange->request.rid == rid;
    return count < limit;
}

sim_fault fault_draw(sim_world *sim, const world_request *request)
{
    int is_creation = request->kind == WORLD_CREATION;
    sim_fault drawn = sim->are_faults_on && sim_chance(sim, sim->knobs.fault_permille)
                          ? draw_weighted(sim)
                          : FAULT_NONE;
    if (drawn == FAULT_CLIENT_ERROR && (is_creation || sim->knobs.quirks & QUIRK_LEGACY ||
                                        !is_allowed_again(sim, drawn, request->rid, 1)))
        return FAULT_NONE;
    if (drawn == FAULT_RECOVERABLE &&
        (is_creation || !is_allowed_again(sim, drawn, request->rid, 2)))
        return FAULT_NONE;
    if (drawn == FAULT_DOCTYPE && !is_allowed_again(sim, drawn, request->rid, 2))
        return FAULT_NONE;
    if (drawn == FAULT_DUPLICATED && sim->knobs.quirks & QUIRK_ECHO)
        return FAULT_NONE; /* its manager would answer the first copy with an echo */
    if (is_creation && is_broken_answer(drawn) && sim->net.broken_creations++ >= 2)
        return FAULT_NONE;
    return drawn;
}

static const char *garbage(sim_world *sim)
{
    size_t size = 1 + sim_below(sim, 200);
    char *bytes = arena_new(&sim->arena, size + 1);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(1 + sim_below(sim, 255));
    if (sim_chance(sim, 500)) {
        const char *start = "<body xmlns='" WORLD_NS_HTTPBIND "'>";
        return arena_print(&sim->arena, "%s<x>%s", start, bytes);
    }
    bytes[0] = (char)('a' + bytes[0] % 26);
    return bytes;
}

cm_answer *fault_answer(sim_world *sim, sim_fault fault)
{
    static const int server_errors[] = {408, 425, 429, 500, 502, 503, 504};
    static const int client_errors[] = {400, 403, 404};
    static const char *const doctypes[] = {
        "<!DOCTYPE html>\n<html><body><h1>Welcome to our Wi-Fi</h1></body></html>",
        "<?xml version='1.0'?><!DOCTYPE b [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>"
        "<body xmlns='" WORLD_NS_HTTPBIND "'><message>&b;&b;</message></body>"};
    static const char *const page =
        "<html><head><title>Oops</title></head><body><p>x</body></html>";
    switch (fault) {
    case FAULT_SERVER_ERROR:
        return cm_foreign_answer(sim, server_errors[sim_below(sim, 7)], page);
    case FAULT_CLIENT_ERROR: { /* drawn one after the other: arguments have no order */
        int status = client_errors[sim_below(sim, 3)];
        return cm_foreign_answer(sim, status, sim_chance(sim, 500) ? page : "");
    }
    case FAULT_REDIRECT:
        return cm_foreign_answer(sim, sim_chance(sim, 500) ? 302 : 307, "");
    case FAULT_WEB_PAGE:
        return cm_foreign_answer(sim, 200, sim_chance(sim, 700) ? page : "");
    case FAULT_DOCTYPE:
        return cm_foreign_answer(sim, 200, doctypes[sim_below(sim, 2)]);
    case FAULT_GARBAGE:
        return cm_foreign_answer(sim, 200, garbage(sim));
    case FAULT_RECOVERABLE: {
        cm_answer *answer =
            cm_foreign_answer(sim, 200, "<body type='error' xmlns='" WORLD_NS_HTTPBIND "'/>");
        answer->is_error = 1;
        return answer;
    }
    default:
        return NULL;
    }
}
