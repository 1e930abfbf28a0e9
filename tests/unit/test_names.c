/* SPDX-License-Identifier: MIT
 * base/names: every number has its words; the 32-bit clock is continued. */
#include <bosh/bosh.h>

#include "tests/check.h"

static void test_errors(void)
{
    static const int all[] = {
#define BOSH_X(name, value, text) value,
        BOSH_ERROR_MAP(BOSH_X)
#undef BOSH_X
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        CHECK(strcmp(bosh_error_text(all[i]), "unknown error") != 0);
        CHECK(strncmp(bosh_error_name(all[i]), "BOSH_", 5) == 0);
        for (size_t k = 0; k < i; k++) {
            CHECK(strcmp(bosh_error_name(all[i]), bosh_error_name(all[k])) != 0);
            CHECK(strcmp(bosh_error_text(all[i]), bosh_error_text(all[k])) != 0);
        }
    }
    CHECK_STR(bosh_error_name(BOSH_OK), "BOSH_OK");
    CHECK_STR(bosh_error_name(BOSH_ERR_TIMEOUT), "BOSH_ERR_TIMEOUT");
    CHECK_STR(bosh_error_text(BOSH_ERR_TIMEOUT), "no answer within the time limit");
    CHECK_STR(bosh_error_text(-9999), "unknown error");
    CHECK_STR(bosh_error_name(1), "BOSH_ERR_?");
}

static void test_states_and_conditions(void)
{
    CHECK_STR(bosh_state_text(BOSH_STATE_ONLINE), "online");
    CHECK_STR(bosh_state_text((bosh_state)99), "unknown state");
    CHECK_STR(bosh_condition_text(BOSH_CONDITION_NONE), "");
    CHECK_STR(bosh_condition_text(BOSH_CONDITION_ITEM_NOT_FOUND), "item-not-found");
    CHECK_STR(bosh_condition_text((bosh_condition)99), "(unknown condition)");
}

static void test_time_widen(void)
{
    CHECK(bosh_time_widen(0, 0) == 0);
    CHECK(bosh_time_widen(5, 5) == 5);
    CHECK(bosh_time_widen(5, 9) == 9);
    CHECK(bosh_time_widen(0xFFFFFFF0u, 3) == UINT64_C(0x100000003));
    CHECK(bosh_time_widen(UINT64_C(0x7FFFFFFF0), 0xFFFFFFF1u) == UINT64_C(0x7FFFFFFF1));
    CHECK(bosh_time_widen(UINT64_C(0x700000005), 4) == UINT64_C(0x800000004));
}

static const check_test tests[] = {
    {"errors", test_errors},
    {"states_and_conditions", test_states_and_conditions},
    {"time_widen", test_time_widen},
};
CHECK_MAIN(tests)
