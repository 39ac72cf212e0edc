/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What conf.c and conf_emit.c know about each key. Private to them: nobody else may
 * include it.
 */
#ifndef KJ_CORE_CONF_TABLE_H
#define KJ_CORE_CONF_TABLE_H

#include "core/conf.h"

enum kj_conf_kind {
	TARGET, DEVICE, PLACES, ABSPATH, TEXT, MODULES, WINDOW, CHOICE, LEVEL, SECONDS, WORKERS, COLLECTOR,
	NETWORK, CARD, SIZE
};

struct kj_conf_def {
	const char *name;
	enum kj_conf_kind kind;
	size_t off;			/* in struct kj_conf */
	size_t cap;			/* of a text, with its 0 */
	const char *const *choices;	/* NULL-terminated; the index is the value */
	uint32_t min, max;		/* seconds */
	const char *off_word;		/* the word for 0 */
};

/*
 * conf_collector.c: `kjump-dump [-f kdump|elf] [-c CODEC] [-l LEVEL] [-d FILTER] [-r FILTER] [-e]`, options in any
 * order, each at most once, over the defaults.
 * KJ_EFORMAT, KJ_ERANGE: *@what says why, *@at and *@n which part of the text; *ret is untouched.
 */
enum kj_err kj_conf_collector(const char *s, size_t len, struct kj_conf_dump *ret, const char **what, const char **at,
			      size_t *n);
void kj_conf_collector_init(struct kj_conf_dump *ret);

/*
 * conf_places.c: does a value have that form? One device, for dumps or, @target, for images; one or more of crash_target, with
 * blanks between; USER@HOST[:PORT][/PATH] and HOST:/PATH, without blanks; dhcp or ADDRESS/PREFIX [GATEWAY]; auto or a hardware
 * address.
 */
int kj_conf_is_device(const char *s, size_t len, int target);
int kj_conf_are_places(const char *s, size_t len);
int kj_conf_is_ssh(const char *s, size_t len);
int kj_conf_is_nfs(const char *s, size_t len);
int kj_conf_is_network(const char *s, size_t len);
int kj_conf_is_card(const char *s, size_t len);

/* conf_pairs.c: why the keys of @c cannot all be had; NULL: they can. */
const char *kj_conf_contradiction(const struct kj_conf *c);

extern const struct kj_conf_def kj_conf_defs[KJ_CONF_NKEYS];

#endif
