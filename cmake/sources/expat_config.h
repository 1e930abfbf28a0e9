/* SPDX-License-Identifier: MIT
 * How expat is built from source: namespaces, no document types, no entities of its own. */
#ifndef BOSH_EXPAT_CONFIG_H
#define BOSH_EXPAT_CONFIG_H

#define XML_NS 1
#define XML_CONTEXT_BYTES 1 /* core/xml/expat.c looks at what expat stumbled over, not before it */
#define XML_POOR_ENTROPY 1  /* expat-no-entropy.patch: none is drawn */

#define BYTEORDER 1234 /* matters for UTF-16 only, which is refused */

#endif
