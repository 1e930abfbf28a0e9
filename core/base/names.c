/* SPDX-License-Identifier: MIT
 * Words for numbers: errors, states and conditions, made from the lists in names.h; and the clock
 * that outgrows 32 bits. */
#include <bosh/bosh.h>

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

const char *bosh_error_text(int error)
{
    switch (error) {
#define BOSH_X(name, value, text)                                                                  \
    case value:                                                                                    \
        return text;
        BOSH_ERROR_MAP(BOSH_X)
#undef BOSH_X
    default:
        return "unknown error";
    }
}

const char *bosh_error_name(int error)
{
    switch (error) {
#define BOSH_X(name, value, text)                                                                  \
    case value:                                                                                    \
        return "BOSH_" #name;
        BOSH_ERROR_MAP(BOSH_X)
#undef BOSH_X
    default:
        return "BOSH_ERR_?";
    }
}

#endif

const char *bosh_state_text(bosh_state state)
{
    switch (state) {
#define BOSH_X(name, text)                                                                         \
    case BOSH_STATE_##name:                                                                        \
        return text;
        BOSH_STATE_MAP(BOSH_X)
#undef BOSH_X
    default:
        return "unknown state";
    }
}

const char *bosh_condition_text(bosh_condition condition)
{
    switch (condition) {
#define BOSH_X(name, text)                                                                         \
    case BOSH_CONDITION_##name:                                                                    \
        return text;
        BOSH_CONDITION_MAP(BOSH_X)
#undef BOSH_X
    default:
        return bosh_condition_text(BOSH_CONDITION_UNKNOWN);
    }
}

bosh_time bosh_time_widen(bosh_time last_ms, uint32_t ms32)
{
    return last_ms + (uint32_t)(ms32 - (uint32_t)last_ms);
}
