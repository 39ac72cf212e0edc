/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command line of kjump-dump asks for; must never hold what one format does not have.
 *
 * An option more: a row in longopts[], a line of usage[], a case in kj_dump_opts() and whatever it
 * excludes in check(), all in dump_opts.c; a member here; `.It Fl x` in man/kjump-dump.8.
 */
#ifndef KJ_CMD_DUMP_OPTS_H
#define KJ_CMD_DUMP_OPTS_H

#include <stdint.h>

#include "core/job.h"

/* What only the command line knows; enum kj_dump_format has the others. */
#define KJ_DUMP_FLAT 101u

struct kj_dump_opts {
	uint32_t format; /* enum kj_dump_format or KJ_DUMP_FLAT, 0: not given */
	uint32_t codec;
	int level, workers;
	int filter; /* -1: not given */
	int retry;  /* filter for a second try on a full target, -1: none */
	const char *codec_name;
	int job, quiet, kmsg, flag_zeros, trim, estimate;
	const char *out, *stats, *vmcore, *profile;
	const char *key; /* file of kjump init-key, NULL: do not encrypt */
};

/* To run again. */
int kj_dump_is_image(uint32_t format);
/* Plain or as a stream. */
int kj_dump_is_kdump(uint32_t format);

/* Parse and check; exits with 64 and one line, or the usage text, if they are wrong, and after -h. */
void kj_dump_opts(int argc, char **argv, struct kj_dump_opts *o);

#endif
