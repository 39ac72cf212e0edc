/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of `kjump`, the program that a person types: each takes its own argv and returns an exit status; none
 * may touch a target that something else has open.
 */
#ifndef KJ_CMD_FRONT_H
#define KJ_CMD_FRONT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cmd/lib/place.h"
#include "cmd/lib/stack.h"
#include "core/conf.h"
#include "core/job.h"
#include "sys/block.h"

#define KJ_FRONT_CONF "/etc/kjump.conf"
#define KJ_FRONT_KEY "/etc/kjump.key"
#define KJ_FRONT_TEXT 512u

/* The settings of a run: /etc/kjump.conf, then options. */
struct kj_front {
	char target[KJ_FRONT_TEXT];	/* device or file path, PARTUUID=..., KJLABEL=... or SWAP=path */
	char target_key[KJ_FRONT_TEXT];	/* what opens the LUKS volume that it is in; "": a person */
	char kernel[KJ_FRONT_TEXT];
	char initrd[KJ_FRONT_TEXT];
	char window[64];
	char append[KJ_FRONT_TEXT];
	char path[KJ_FRONT_TEXT];	/* of crash dumps, on crash_target */
	char crash_target[KJ_FRONT_TEXT];
	char sshkey[KJ_FRONT_TEXT];	/* these two are in the image, if one of crash_target is by ssh */
	char known_hosts[KJ_FRONT_TEXT];
	char kdump_pre[KJ_FRONT_TEXT];	/* "" or a program that is in the initramfs */
	char kdump_post[KJ_FRONT_TEXT];
	char crash_key[KJ_FRONT_TEXT];	/* this one, if one is a LUKS volume */
	char modules[KJ_FRONT_TEXT];
	uint32_t format;		/* enum kj_dump_format, of a hibernation */
	int flag_zeros;			/* swsusp: zero pages by flag */
	int direct;			/* image: C has the direct path */
	char encrypt[KJ_FRONT_TEXT];	/* image: key file; "": none */
	int require_test;		/* hibernate only where kjump test has passed */
	uint32_t codec;			/* enum kj_codec */
	int32_t level;
	struct kj_conf_dump dump;	/* of a snapshot */
	uint32_t workers;
	uint32_t deadline;		/* seconds */
	uint32_t watchdog;		/* seconds, for the jump; 0: leave /dev/watchdog alone */
};

/* Read @path.  Dies (78, EX_CONFIG) with file:line on a mistake; a missing file leaves the defaults. */
void kj_front_conf(struct kj_front *f, const char *path);
/* Is one of crash_target reached by @how: "ssh", "nfs", "luks"? It has that in front, and no target is called so. */
int kj_front_goes_by(const struct kj_front *f, const char *how);

/* The options of commands that look at a system, here or below a directory: -c, --sysroot, -h. @conf and @root are set if
 * given. 1: the command ends here, with *@status; a usage has been printed. */
int kj_front_look_args(int argc, char **argv, void (*usage)(FILE *f), const char **conf, const char **root, int *status);

/* ---- target (front_target.c) ---- */

enum kj_front_kind {
	KJ_FRONT_WHOLE,		/* a device */
	KJ_FRONT_FILE,		/* a file in a mounted file system */
	KJ_FRONT_SWAP,		/* blocks of a swap area, or one that is marked and not in use */
};

struct kj_front_target {
	int fd;			/* mapped (fdmap.h); whole: O_EXCL, nobody else has it; -1: closed, or swap not taken yet */
	char path[KJ_FRONT_TEXT];
	uint64_t size;		/* of the target */
	struct kj_le_label label;
	uint8_t partuuid[16];	/* of the device; zero: not in a partition table with UUIDs */
	enum kj_front_kind kind;
	char dev[KJ_BLOCK_PATH];	/* file, swap: the device that B will open */
	uint64_t dev_size;
	struct kj_list list;	/* file, swap */
	int raw;		/* swap: the device without a map */
	struct kj_stack stack;	/* file, swap: from the device that A sees to ->dev */
	uint32_t major, minor;	/* swap: of the device that A sees */
	uint64_t area;		/* offset of the area's header on that; of a partition: 0 */
	uint64_t swap;		/* and on ->dev */
	struct kj_list own;	/* a swap file: all its blocks, in the order of the device that A sees */
	uint64_t swap_free;	/* bytes; an area that is not in use: 0 */
};

/* Open @spec for writing and check its label.  Dies with one line: not there (66), busy or mounted (75), no label or a
 * damaged one (65), too small (65). */
void kj_front_target_open(struct kj_front_target *t, const char *spec);
/* The same, but says why on stderr and returns an exit status instead of ending. 0: open. */
int kj_front_target_try(struct kj_front_target *t, const char *spec);
void kj_front_target_close(struct kj_front_target *t);
/* Before B writes it: what this system has in its caches of the target is dropped, and it is closed, but for a swap area. */
void kj_front_target_leave(struct kj_front_target *t);
/* Write the record block, flushed.  0 or -errno. */
int kj_front_record(const struct kj_front_target *t, const struct kj_le_record *r);
/* Read it; -ENOENT if there is none. */
int kj_front_record_read(const struct kj_front_target *t, struct kj_le_record *ret);
/* Say on stdout what kernel C's command line needs to find it: nothing for a whole device. */
void kj_front_place_tell(const struct kj_front_target *t);
/* A new label for a target of @size bytes; dies without random numbers. */
void kj_front_label_new(struct kj_le_label *l, uint64_t size);
/* Erase, an empty record, and ->label, each flushed. 0 or -errno. */
int kj_front_label_write(const struct kj_front_target *t);
/* Make any image on the target invalid: header and state zeroed, flushed. */
int kj_front_erase(const struct kj_front_target *t);

/* ---- files and swap areas (front_file.c, front_swap.c); return an exit status, with one line ---- */

/* Open the file @path as a target, or @fd, a device made by device-mapper: its list must be there, and all its extents where that
 * says. @fd -1: to be opened; else it is taken over, whatever comes of it. */
int kj_front_file_open(struct kj_front_target *t, const char *path, int fd);
/* Make it one; @size 0: a file that exists. */
int kj_front_file_init(const char *path, uint64_t size, int force);
/* The same of @fd, a device as above, which is closed. */
int kj_front_mapped_init(const char *path, int fd);

/* ---- where it is (front_where.c), likewise ---- */

/* Is the file @fd on a file system that leaves its blocks where they are? */
int kj_front_fs(int fd, const char *path);
/* Where the first @size bytes of the file @fd are on its device: ->x.e from @l's memory. With @swap only the first block need
 * have been written. */
int kj_front_extents(int fd, const char *path, uint64_t size, int swap, struct kj_list *l);

/* The disk or partition below this device: ->stack, ->dev, ->dev_size, ->partuuid. */
int kj_front_stack(struct kj_front_target *t, uint32_t major, uint32_t minor);
/* The extents of @l, of the device that kj_front_stack() was asked about, become those of the disk. */
int kj_front_below(const struct kj_front_target *t, struct kj_list *l);

/* The swap partition or file @path, in use or marked. */
int kj_front_swap_open(struct kj_front_target *t, const char *path);
/* Reserve up to @want bytes of it through the open /dev/snapshot, and make a target of them. */
int kj_front_swap_take(struct kj_front_target *t, int snapshot, uint64_t want);
/* Give its header back. Closing /dev/snapshot does the same for the blocks. 0 or -errno. */
int kj_front_swap_end(struct kj_front_target *t);
/* The same for an area in use, whose header somebody who was to do it has left marked. */
int kj_front_swap_mend(const struct kj_front_target *t);

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
int kj_front_init_key(int argc, char **argv);

/* The directory of our other programs: where kjump itself lies. */
const char *kj_front_tool(const char *name, char *buf, size_t cap);
/* The exit status of a script of ours, with what follows argv[0]; dies with 69 if it is not there. */
int kj_front_script(const char *name, char **argv);
/* 32 hex digits of 16 bytes. */
void kj_front_hex(const uint8_t id[16], char out[33]);
/* Only one command at a time loads, unloads or writes an image, until its process ends.  0; an exit status, with one
 * line, if another is at work. */
int kj_front_lock(void);
/* Is an image loaded that kexec -e or reboot(KEXEC) would enter? 1, 0, or -errno. */
int kj_front_loaded(void);

#endif
