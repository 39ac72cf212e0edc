/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of `kjump`, the program that a person types: each takes its own argv and returns an exit status; none
 * may touch a target that something else has open.
 */
#ifndef KJ_CMD_FRONT_H
#define KJ_CMD_FRONT_H

#include <stddef.h>
#include <stdint.h>

#include "core/conf.h"
#include "core/job.h"

#define KJ_FRONT_CONF "/etc/kjump.conf"
#define KJ_FRONT_TEXT 512u

/* The settings of a run: /etc/kjump.conf, then options. */
struct kj_front {
	char target[KJ_FRONT_TEXT];	/* device path, PARTUUID=... or KJLABEL=... */
	char kernel[KJ_FRONT_TEXT];
	char initrd[KJ_FRONT_TEXT];
	char window[64];
	char append[KJ_FRONT_TEXT];
	char path[KJ_FRONT_TEXT];	/* of crash dumps, on crash_target */
	char crash_target[KJ_FRONT_TEXT];
	char modules[KJ_FRONT_TEXT];
	uint32_t format;		/* enum kj_dump_format, of a hibernation */
	int flag_zeros;			/* swsusp: zero pages by flag */
	int direct;			/* image: C has the direct path */
	uint32_t codec;			/* enum kj_codec */
	int32_t level;
	struct kj_conf_dump dump;	/* of a snapshot */
	uint32_t workers;
	uint32_t deadline;		/* seconds */
	uint32_t watchdog;		/* seconds, for the jump; 0: leave /dev/watchdog alone */
};

/* Read @path.  Dies (78, EX_CONFIG) with file:line on a mistake; a missing file leaves the defaults. */
void kj_front_conf(struct kj_front *f, const char *path);

/* ---- target (front_target.c) ---- */

struct kj_front_target {
	int fd;			/* O_EXCL: nobody else has it */
	char path[KJ_FRONT_TEXT];
	uint64_t size;
	struct kj_le_label label;
	uint8_t partuuid[16];	/* zero: not in a partition table with UUIDs */
};

/* Open @spec for writing and check its label.  Dies with one line: not there (66), busy or mounted (75), no label or a
 * damaged one (65), too small (65). */
void kj_front_target_open(struct kj_front_target *t, const char *spec);
/* The same, but says why on stderr and returns an exit status instead of ending. 0: open. */
int kj_front_target_try(struct kj_front_target *t, const char *spec);
void kj_front_target_close(struct kj_front_target *t);
/* Write the record block, flushed.  0 or -errno. */
int kj_front_record(const struct kj_front_target *t, const struct kj_le_record *r);
/* Read it; -ENOENT if there is none. */
int kj_front_record_read(const struct kj_front_target *t, struct kj_le_record *ret);
/* Make any image on the target invalid: header and state zeroed, flushed. */
int kj_front_erase(const struct kj_front_target *t);

/* ---- commands ---- */

int kj_front_hibernate(int argc, char **argv);
int kj_front_snapshot(int argc, char **argv);
int kj_front_test(int argc, char **argv);
int kj_front_load(int argc, char **argv);
int kj_front_unload(int argc, char **argv);
int kj_front_status(int argc, char **argv);
int kj_front_init_target(int argc, char **argv);
int kj_front_images(int argc, char **argv);
int kj_front_discard(int argc, char **argv);
int kj_front_config(int argc, char **argv);
int kj_front_import(int argc, char **argv);
int kj_front_estimate(int argc, char **argv);
int kj_front_check_image(int argc, char **argv);

/* The directory of our other programs: where kjump itself lies. */
const char *kj_front_tool(const char *name, char *buf, size_t cap);
/* 32 hex digits of 16 bytes. */
void kj_front_hex(const uint8_t id[16], char out[33]);
/* Is an image loaded that kexec -e or reboot(KEXEC) would enter? 1, 0, or -errno. */
int kj_front_loaded(void);

#endif
