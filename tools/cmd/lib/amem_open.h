/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps of opening A's memory that sources of all kinds go through; must never be used on memory that is open.
 */
#ifndef KJ_CMD_AMEM_OPEN_H
#define KJ_CMD_AMEM_OPEN_H

#include "cmd/lib/amem.h"

/* Put the text in ->why; returns @err. */
int kj_amem_fail(struct kj_amem *m, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* From ->fd: all of an ELF core. ->raw as kj_amem_open_any() has it. */
int kj_amem_open_elf(struct kj_amem *m);

/* Fill ->facts and ->vi from ->notes, behind which KJ_NOTE_VIEW_ROOM bytes are allocated. */
int kj_amem_take_notes(struct kj_amem *m);

/* Take the note called @name, whose descriptor is the @len bytes at @desc, out of ->notes. As kj_amem_take_notes(). */
int kj_amem_drop_note(struct kj_amem *m, const char *name, size_t desc, size_t len);

/* ->facts and ->ram are known, and @held of @all bytes of the window are in the source: which view is it, and where
 * is the map. */
int kj_amem_join(struct kj_amem *m, uint64_t held, uint64_t all);

#endif
