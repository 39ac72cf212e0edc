/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sizes, offsets and constants out of a kernel's BTF; must never guess: a name that stands there
 * twice with two meanings, or a kind that is not known, gives nothing.
 *
 * Source: Documentation/bpf/btf.rst, include/uapi/linux/btf.h, 6.1 to 7.1.  BTF is read through a
 * window, never held: a kernel has 5 MiB of it.  Strings are gone through once, types once for the
 * wanted names and once more for each depth of nameless structs.
 */
#ifndef KJ_CORE_BTF_H
#define KJ_CORE_BTF_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define KJ_BTF_MAX (64u << 20) /* bytes; a kernel with everything in it has under 8 MiB */
#define KJ_BTF_WANT 64u        /* questions in one go */
#define KJ_BTF_PENDING 128u    /* nameless members within one struct's depth */
#define KJ_BTF_DEPTH 12u

enum kj_btf_ask {
	KJ_BTF_SIZE = 0, /* bytes of struct or union ->type */
	KJ_BTF_OFFSET, /* byte at which ->name begins in struct ->type, nameless structs entered */
	KJ_BTF_LENGTH, /* elements of the array ->name in struct ->type */
	KJ_BTF_ENUM,   /* value of ->name in enum ->type */
};

enum kj_btf_found { KJ_BTF_NOT = 0, KJ_BTF_FOUND, KJ_BTF_TWICE };

struct kj_btf_want {
	enum kj_btf_ask ask;
	const char *type, *name;
	uint32_t type_off, name_off; /* in the strings, 0: not there; set by kj_btf_resolve() */
	enum kj_btf_found found;     /* KJ_BTF_TWICE: with two different answers */
	int64_t value;
};

/* @len bytes at @off of the BTF; 0, anything else: cannot be had. */
typedef int (*kj_btf_read_fn)(void *ctx, uint32_t off, void *buf, size_t len);

/* The caller owns it, no cleanup.  About 8 KiB. */
struct kj_btf {
	kj_btf_read_fn read;
	void *ctx;
	uint32_t types, types_end, strs, strs_end; /* offsets in the BTF */
	uint32_t window_off, window_len;
	uint8_t window[8192];
};

/*
 * Check the header of @size bytes of BTF.  KJ_OK; KJ_ETRUNC (shorter than its header says, or it
 * cannot be read), KJ_EMAGIC, KJ_EVERSION, KJ_EFORMAT (sections that overlap the header, strings
 * that do not begin and end with a zero), KJ_ELIMIT (more than KJ_BTF_MAX).  @ret is undefined
 * then.
 */
enum kj_err kj_btf_init(kj_btf_read_fn read, void *ctx, uint64_t size, struct kj_btf *ret);

/*
 * Answer @n questions, at most KJ_BTF_WANT.  What is not there, is a bit field, does not begin at a
 * byte, or is there twice with different answers is not ->found.
 * KJ_OK; KJ_ERANGE (@n), KJ_ETRUNC (a type or a read ends early), KJ_EUNSUPP (a kind that is not
 * known, behind which nothing can be found), KJ_ELIMIT (more nameless structs than
 * KJ_BTF_PENDING, or deeper than KJ_BTF_DEPTH): nothing in @w is to be believed.
 */
enum kj_err kj_btf_resolve(struct kj_btf *b, struct kj_btf_want *w, uint32_t n);

#endif
