/* SPDX-License-Identifier: MIT
 * Payloads of a received body as arrays that JavaScript copies out in one go: records, and two
 * arenas with all texts: one for those of ASCII, and a wide one, of which ~begin and ~end are told.
 * Positions count UTF-16 units, so that JavaScript decodes an arena once and slices.
 *
 *     element   1, name, attributes, end; then for each attribute: name, begin, end
 *     text      2, begin, end
 *
 * `end` of an element is the index behind its last record: what lies before it are its children.
 * The wrapper comes first, unless a payload stands alone. Names are numbers that stay the same in
 * the following bodies; a name with another prefix is another one. Declarations of namespaces are
 * attributes, behind the others. */
#ifndef BOSH_WASM_FLAT_H
#define BOSH_WASM_FLAT_H

#include <bosh/bosh.h>

enum { BOSH_FLAT_ELEMENT = 1, BOSH_FLAT_TEXT = 2 };

/* A growing array. */
typedef struct bosh_flat_array {
    void *data;
    uint32_t size, room; /* in bytes */
} bosh_flat_array;

typedef struct bosh_flat_name {
    uint32_t hash, at;         /* where in `names` */
    uint32_t follower;         /* the number of the name that came behind it last */
    uint32_t value, value_end; /* of the last attribute of that name, or declaration in an element
                                  of that name, if the arena still has it */
} bosh_flat_name;

typedef struct bosh_flat {
    bosh_flat_array records; /* int32_t */
    bosh_flat_array arena;   /* ASCII */
    bosh_flat_array wide;    /* UTF-8 */
    uint32_t units;          /* of it in UTF-16 */

    bosh_flat_array names; /* all names so far: "namespace\nprefix:local\0" each */
    uint32_t names_told;   /* bytes of it that JavaScript has; 0: it has to forget what it has */
    bosh_flat_array known; /* bosh_flat_name, by number */
    uint32_t *table;       /* hash table: a number plus 1, 0: free */
    uint32_t table_size;   /* a power of two, at least twice the names */
    uint32_t name;         /* the number of the last one */

    const bosh_stanza *body;   /* whose payloads are in here; NULL: a copy that stands alone */
    uint32_t answer;           /* when it came: another body may have its address later */
    uint32_t run;              /* so many were put in at once, */
    const bosh_stanza *behind; /* up to this one; NULL: the body's end */
    const bosh_stanza *last;   /* the one asked for last, and where it is */
    uint32_t last_place;
} bosh_flat;

/* Make sure that `payload` is in `flat`, and tell where in its records. `answer` differs for bodies
 * that are not in memory together. *is_new: it was not in there before. A program without memory
 * for it has no use for half of it: then this traps. */
uint32_t bosh_flat_find(bosh_flat *flat, const bosh_stanza *payload, uint32_t answer, int *is_new);
/* A body with everything in it, before its payloads are asked for. */
void bosh_flat_body(bosh_flat *flat, const bosh_stanza *body, uint32_t answer);
void bosh_flat_free(bosh_flat *flat);

#endif
