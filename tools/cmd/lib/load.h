/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of kjump-load share; must never be used by a program that stays alive after a failure: every function
 * here that can fail ends the program with one line (die()).
 */
#ifndef KJ_CMD_LOAD_H
#define KJ_CMD_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "core/bootparams.h"
#include "core/bzimage.h"
#include "core/corehdr.h"
#include "core/e820.h"
#include "core/iomem.h"
#include "core/loadplan.h"
#include "core/memcrypt.h"
#include "core/note.h"

#define KJ_LOAD_NOTES 8u	/* --note options */
#define KJ_LOAD_NOTE_MAX (64u << 10)	/* bytes of one */
#define KJ_LOAD_CMDLINE 4096u
#define KJ_LOAD_MARGIN (24ull << 20)	/* free memory beside the segments': lists, page tables, and for A to go on */

/* A page of A's, and what stands in it to know it by. */
struct kj_load_page {
	uint64_t pa;	/* 0: none */
	uint8_t nonce[16];
};

struct kj_load_opts {
	int crash, plan, force, unload, platform;
	const char *kernel, *initrd, *append;	/* paths; append "" if not given */
	const char *root;			/* prefix of /proc and /sys, "" but in tests */
	uint64_t window_start, window_size;	/* struct kj_window_ask */
	struct kj_ranges confine;		/* n != 0: a plain kexec, and all the memory that it gets */
	struct kj_load_page job, mbox;
	const char *note[KJ_LOAD_NOTES];	/* NAME=FILE */
	uint32_t nnotes;
	const char *secret;			/* path; NULL: none. With ->confine only */
};

/* Nobody will jump back: no backup pages, no re-entry. */
static inline int kj_load_one_way(const struct kj_load_opts *o)
{
	return o->crash || o->confine.n;
}

struct kj_load_file {
	uint8_t *buf;
	size_t len;
};

/* About A; read by kj_load_facts(). */
struct kj_load_facts {
	struct kj_iomem io;
	struct kj_e820 fw;			/* the firmware's map, in its order */
	uint8_t boot_params[KJ_BOOTPARAMS_SIZE];
	int have_boot_params;
	uint64_t rsdp;				/* from EFI, if boot_params do not say; else 0 */
	struct kj_le_host host;
	uint64_t page_offset;			/* 0: unknown */
	char *vmcoreinfo;			/* jump mode: text of the note; NULL: none */
	size_t vmcoreinfo_len;
	uint64_t ram_total;			/* bytes, MemTotal */
	uint32_t cpus_present;
	enum kj_memcrypt memcrypt;		/* encrypted memory */
	int waits_in_mwait;			/* an offline CPU of A's does */
	uint64_t core_room;			/* jump mode: A's kernel writes the core header, in so many bytes; else 0 */
	struct kj_core_note live[KJ_COREHDR_NOTES];	/* crash mode: notes that A writes when it dies */
	uint32_t nlive;
};

struct kj_load {
	struct kj_load_opts o;
	struct kj_load_facts a;
	struct kj_load_file kernel, initrd, foreign[KJ_LOAD_NOTES], secret;
	struct kj_bzimage bz;
	struct kj_window window;
	struct kj_ranges own;		/* B's RAM; what the WINDOW note says */
	struct kj_ranges offered;	/* PT_LOADs: A's RAM less ->own */
	struct kj_e820 map;		/* B's */
	struct kj_load_plan plan;
	char cmdline[KJ_LOAD_CMDLINE];
	uint8_t *header;		/* KJ_PART_HEADER: ELF header pages, notes pages */
	size_t header_len;
	uint64_t re_pa;			/* of the field that purgatory fills; 0 in crash mode */
	uint64_t map_pa;		/* of the room for A's MAP note, likewise */
	uint8_t *aux;			/* KJ_PART_AUX */
};

/* load_file.c: a file below o->root read whole into memory of ours; 66 if there is none, 65 if it is empty or larger than
 * @max. */
void kj_load_read(const char *root, const char *path, size_t max, struct kj_load_file *ret);
/* The same for B's initramfs; who has none is told what builds one. */
void kj_load_initrd(const char *path, struct kj_load_file *ret);
/* The same for text; *ret ends in 0. @optional: an empty text if it cannot be read. */
void kj_load_text(const char *root, const char *path, size_t max, int optional, struct kj_load_file *ret);
/* A small text file without its newline; -errno if it cannot be read. */
int kj_load_line(const char *root, const char *path, char *ret, size_t cap);

/* load_facts.c, load_host.c */
void kj_load_facts(const struct kj_load_opts *o, struct kj_load_facts *ret);
void kj_load_host(const char *root, const struct kj_e820 *fw, uint64_t page_offset, struct kj_le_host *ret);
/* How many CPUs a list such as "0-3,8" names, and the highest of them; 0 if it is no such list. */
uint32_t kj_load_cpulist(const char *text, uint32_t *highest);

/* load_window.c: ->window, ->own, ->offered. */
void kj_load_window(struct kj_load *l);

/* load_cmdline.c: ->cmdline, once the plan is known. */
void kj_load_cmdline(struct kj_load *l);

/* load_header.c: bytes of notes and of the secret's page behind them, then header and all that, once
 * the plan is known. */
size_t kj_load_notes_size(struct kj_load *l);
void kj_load_header(struct kj_load *l);

/* load_image.c: plan, map, and buffers for all parts. */
void kj_load_plan_all(struct kj_load *l);
void kj_load_build(struct kj_load *l);
/* Hand it all to the kernel. */
void kj_load_commit(struct kj_load *l);

#endif
