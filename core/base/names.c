/* SPDX-License-Identifier: MIT
 * Words for numbers: errors, states and conditions, made from the lists in names.h; and the clock
 * that outgrows 32 bits. */
#include <bosh/bosh.h>

#include <string.h>

/* The texts stand one behind the other: a table of their addresses would add half as much. */
static const char *nth(const char *texts, size_t n)
{
    while (n--)
        texts += strlen(texts) + 1;
    return texts;
}

#ifdef BOSH_WITHOUT_TEXTS /* 5 KB of flash: a device can look a number up in names.h */

const char *bosh_error_text(int error)
{
    return error ? "error" : "";
}

const char *bosh_error_name(int error)
{
    return bosh_error_text(error);
}

#else

/* The number of an error in the list; one more than the last: it is not there. */
static size_t number_of(int error)
{
    static const int16_t values[] = {
#define BOSH_X(name, value, text) value,
        BOSH_ERROR_MAP(BOSH_X)
#undef BOSH_X
    };
    size_t n = 0;
    while (n < sizeof(values) / sizeof(values[0]) && values[n] != error)
        n++;
    return n;
}

const char *bosh_error_text(int error)
{
#define BOSH_X(name, value, text) text "\0"
    return nth(BOSH_ERROR_MAP(BOSH_X) "unknown error", number_of(error));
#undef BOSH_X
}

const char *bosh_error_name(int error)
{
#define BOSH_X(name, value, text) "BOSH_" #name "\0"
    return nth(BOSH_ERROR_MAP(BOSH_X) "BOSH_ERR_?", number_of(error));
#undef BOSH_X
}

#endif

const char *bosh_state_text(bosh_state state)
{
#define BOSH_X(name, text) text "\0"
    static const char texts[] = BOSH_STATE_MAP(BOSH_X) "unknown state";
#undef BOSH_X
    return nth(texts, state > BOSH_STATE_ENDED ? BOSH_STATE_ENDED + 1 : state);
}

const char *bosh_condition_text(bosh_condition condition)
{
#define BOSH_X(name, text) text "\0"
    static const char texts[] = BOSH_CONDITION_MAP(BOSH_X);
#undef BOSH_X
    return nth(texts, condition > BOSH_CONDITION_UNKNOWN ? BOSH_CONDITION_UNKNOWN : condition);
}

bosh_time bosh_time_widen(bosh_time last_ms, uint32_t ms32)
{
    return last_ms + (uint32_t)(ms32 - (uint32_t)last_ms);
}
