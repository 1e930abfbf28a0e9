/* SPDX-License-Identifier: MIT
 * Some of string.h in a few bytes: musl's are made for long texts, ours are short, and every page
 * would load them. */
#include <string.h>

char *strchr(const char *text, int wanted)
{
    for (; *text != (char)wanted; text++)
        if (!*text)
            return NULL;
    return (char *)(size_t)text;
}

size_t strspn(const char *text, const char *set)
{
    const char *at = text;
    while (*at && strchr(set, *at))
        at++;
    return (size_t)(at - text);
}

size_t strcspn(const char *text, const char *set)
{
    const char *at = text;
    while (!strchr(set, *at)) /* finds the NUL, too */
        at++;
    return (size_t)(at - text);
}

char *strstr(const char *text, const char *wanted)
{
    size_t size = strlen(wanted);
    while (*text && strncmp(text, wanted, size) != 0)
        text++;
    return *text || !size ? (char *)(size_t)text : NULL;
}
