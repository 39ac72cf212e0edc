/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages of a mapped file of memory that cannot be had: the file was cut under us, its disk has a bad block, the memory
 * a defect. Whoever touches one sees zeros and can ask afterwards; must never hide a fault anywhere else.
 *
 * A process has one list, and its children a copy of their own. Not for threads.
 */
#ifndef KJ_SYS_BADPAGE_H
#define KJ_SYS_BADPAGE_H

#include <stddef.h>

/*
 * From now on SIGBUS at an address in a range given to kj_bad_watch() puts a page of zeros there and notes it. Any
 * other SIGBUS ends the process as before, and so does one more bad page than can be noted (1024 in ranges watched at
 * the same time). 0 or -errno.
 */
int kj_bad_catch(void);

/* A range [@p, @p + @len) of whole pages that is mapped from a file. At most 16 at a time; one more is not watched. */
void kj_bad_watch(const void *p, size_t len);
/* No longer, and forget its bad pages. Whether it was watched does not matter. */
void kj_bad_forget(const void *p, size_t len);

/* Note the page at @p, which was found bad without a signal: a read of it failed. */
void kj_bad_note(const void *p);

/* How many pages that lie in [@p, @p + @len), in whole or in part, have been found bad. */
unsigned int kj_bad_count(const void *p, size_t len);

#endif
