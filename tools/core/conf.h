/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/kjump.conf: the grammar of kdump.conf, one `key value` a line, read strictly. It must
 * never guess: an unknown key, a key given twice or a value out of range is an error that
 * names its line.
 *
 * Grammar: blanks and tabs round key and value are dropped; `#` starts a comment, unless it
 * stands in quotes; a value may be wrapped in '...' or "..."; lines end in LF or CR LF. No value
 * holds a quote, a backslash or a control character, so that every value can be written back
 * in either form of kj_conf_emit().
 */
#ifndef KJ_CORE_CONF_H
#define KJ_CORE_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/parse.h"

#define KJ_CONF_WORD 256	/* a device or a path, with its 0 */
#define KJ_CONF_TEXT 512	/* a list or a command line, with its 0 */
#define KJ_CONF_EMIT_MAX 7168	/* what kj_conf_emit() can need at most */

enum kj_conf_key {
	KJ_CONF_TARGET,		/* /dev/..., PARTUUID=..., KJLABEL=...: a whole partition; a file; SWAP=path */
	KJ_CONF_KERNEL,		/* B's bzImage, absolute path */
	KJ_CONF_INITRD,		/* B's initramfs, absolute path */
	KJ_CONF_WINDOW,		/* auto, SIZE, SIZE@START or START-END; whole pages */
	KJ_CONF_CODEC,		/* stored, lz4, zstd or lzo */
	KJ_CONF_LEVEL,		/* -64..9, 0 the codec's own choice; kj_codec_check() knows more */
	KJ_CONF_DEADLINE,	/* 10 s .. 24 h that B has for its job */
	KJ_CONF_WATCHDOG,	/* off, or 5 s .. 1 h */
	KJ_CONF_FINAL_ACTION,	/* after success in crash mode: reboot, halt, poweroff */
	KJ_CONF_FAILURE_ACTION,	/* after failure in crash mode: reboot, halt, poweroff, shell */
	KJ_CONF_CMDLINE_APPEND,	/* added to B's command line */
	KJ_CONF_PATH,		/* directory of saved dumps, absolute path */
	KJ_CONF_EXTRA_MODULES,	/* names of kernel modules, blanks between */
	KJ_CONF_WORKERS,	/* auto, or 1..64 */
	KJ_CONF_ONFAIL,		/* what to do about an image refused at boot: ask, boot, poweroff */
	KJ_CONF_CRASH_TARGET,	/* for crash dumps, several, blanks between: /dev/..., PARTUUID=..., UUID=..., LABEL=...,
				 * ssh USER@HOST[:PORT][/PATH], nfs HOST:/PATH, luks and one of the first */
	KJ_CONF_FORMAT,		/* of a hibernation: image or swsusp */
	KJ_CONF_SWSUSP_ZEROS,	/* zero pages as data or by flag */
	KJ_CONF_RESTORE_DIRECT,	/* yes: C has a kernel for the direct path */
	KJ_CONF_REQUIRE_TEST,	/* yes: hibernate only where kjump test has passed */
	KJ_CONF_CORE_COLLECTOR,	/* kjump-dump and those of its options that say what a dump is like */
	KJ_CONF_ENCRYPT,	/* file of kjump init-key: images are encrypted to it */
	KJ_CONF_KEY_FILE,	/* file that opens them, for C's initramfs */
	KJ_CONF_SSHKEY,		/* file: who B is to the SSH server */
	KJ_CONF_KNOWN_HOSTS,	/* file: who the SSH server must be */
	KJ_CONF_NETWORK,	/* dhcp, or ADDRESS/PREFIX and a gateway */
	KJ_CONF_NETWORK_CARD,	/* auto, or its hardware address */
	KJ_CONF_KEEP,		/* all, or how many dumps a directory holds at most, 1..10000 */
	KJ_CONF_MIN_FREE,	/* bytes that a dump must leave free */
	KJ_CONF_TARGET_KEY,	/* file that opens the LUKS volume that target is in */
	KJ_CONF_TARGET_LUKS,	/* that volume, for our own initramfs: /dev/..., PARTUUID=..., UUID=..., LABEL=... */
	KJ_CONF_CRASH_KEY,	/* file that opens the LUKS volumes of crash_target */
	KJ_CONF_KDUMP_PRE,	/* program that B runs before a crash dump; if it fails there is none */
	KJ_CONF_KDUMP_POST,	/* program that B runs after it, told its status */
	KJ_CONF_NKEYS
};

enum kj_conf_action { KJ_CONF_DO_REBOOT, KJ_CONF_DO_HALT, KJ_CONF_DO_POWEROFF, KJ_CONF_DO_SHELL };
enum kj_conf_onfail { KJ_CONF_ASK, KJ_CONF_BOOT, KJ_CONF_ONFAIL_POWEROFF };

enum kj_conf_format { KJ_CONF_IMAGE, KJ_CONF_SWSUSP };

/* Of dumps for people, after a crash or of a running system. */
struct kj_conf_dump {
	uint32_t elf;			/* 1: ELF, 0: kdump */
	uint32_t codec;			/* enum kj_codec of image.h; ELF: stored */
	int level;			/* of the codec, 0: its own choice */
	uint32_t filter;		/* what is left out, makedumpfile's numbers: 0..31 */
	uint32_t trim;			/* 1: of a kdump also struct pages of what is left out */
	uint32_t retry;			/* on a target too small, once more with this filter; 0: not */
};

struct kj_conf {
	uint64_t given;			/* bit per enum kj_conf_key: stands in the text */
	uint32_t codec;			/* enum kj_codec of image.h */
	int level;
	uint32_t deadline;		/* seconds */
	uint32_t watchdog;		/* seconds, 0: off */
	uint32_t final_action;		/* enum kj_conf_action */
	uint32_t failure_action;	/* enum kj_conf_action */
	uint32_t onfail;		/* enum kj_conf_onfail */
	uint32_t workers;		/* 0: one per CPU */
	uint32_t format;		/* enum kj_conf_format */
	uint32_t swsusp_zeros;		/* 1: by flag */
	uint32_t restore_direct;	/* 1: yes */
	uint32_t require_test;		/* 1: yes */
	uint32_t keep;			/* dumps, 0: all */
	uint64_t min_free;		/* bytes */
	struct kj_conf_dump dump;
	struct kj_span window;		/* len 0: automatic; start KJ_ANYWHERE: size only */
	char path[KJ_CONF_WORD];	/* these have defaults */
	char sshkey[KJ_CONF_WORD];
	char known_hosts[KJ_CONF_WORD];
	char network[48];
	char network_card[20];
	char target[KJ_CONF_WORD];	/* these are "" when not given */
	char kernel[KJ_CONF_WORD];
	char initrd[KJ_CONF_WORD];
	char encrypt[KJ_CONF_WORD];
	char key_file[KJ_CONF_WORD];
	char target_key[KJ_CONF_WORD];
	char target_luks[KJ_CONF_WORD];
	char crash_key[KJ_CONF_WORD];
	char kdump_pre[KJ_CONF_WORD];
	char kdump_post[KJ_CONF_WORD];
	char crash_target[KJ_CONF_TEXT];
	char cmdline_append[KJ_CONF_TEXT];
	char extra_modules[KJ_CONF_TEXT];
};

/* Where and why a text did not parse: `FILE:LINE: WHAT 'TOKEN'`. */
struct kj_conf_error {
	unsigned int line;	/* from 1; 0 from kj_conf_set() */
	const char *what;	/* a constant, lower case; never NULL after an error */
	char token[64];		/* the offending word, cut if long; printable */
};

/* The defaults: what an empty file means. */
void kj_conf_init(struct kj_conf *ret);

/*
 * Parse a whole file over the defaults.
 * KJ_ENOTFOUND: unknown key. KJ_EOVERLAP: key given twice. KJ_EFORMAT: no value, a bad
 * character or quote, or a value of the wrong kind. KJ_EUNSUPP: it excludes what was given before. KJ_ERANGE: a number outside its limits.
 * KJ_ENOSPC: value too long. On error *ret is untouched and *err is filled.
 */
enum kj_err kj_conf_parse(const char *text, size_t len, struct kj_conf *ret,
			  struct kj_conf_error *err);

/* Set one key, as `kjump.KEY=VALUE` on a kernel command line does, given before or not.
 * Errors as kj_conf_parse(), but KJ_EOVERLAP; *conf is untouched on error. */
enum kj_err kj_conf_set(struct kj_conf *conf, const char *key, size_t keylen, const char *value,
			size_t len, struct kj_conf_error *err);

/* The name of a key; NULL if there is no such key. */
const char *kj_conf_name(enum kj_conf_key key);

enum kj_conf_style {
	KJ_CONF_FILE,	/* `key value`, only what was given; parses back to the same */
	KJ_CONF_SHELL,	/* `KJ_KEY='value'` for every key, safe to be sourced by a shell */
};

/* Write the canonical form, keys in the order of enum kj_conf_key, ended by a 0 that *ret,
 * the length, does not count. KJ_ENOSPC if @cap is too small; then @buf is undefined. */
enum kj_err kj_conf_emit(const struct kj_conf *conf, enum kj_conf_style style, char *buf,
			 size_t cap, size_t *ret);

#endif
