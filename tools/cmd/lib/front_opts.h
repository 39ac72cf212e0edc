/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of kjump hibernate, snapshot and test. Must never know in which order these go on.
 */
#ifndef KJ_CMD_FRONT_OPTS_H
#define KJ_CMD_FRONT_OPTS_H

#include "cmd/lib/front_run.h"

/* Strings are of the command line; NULL and 0: not given. */
struct kj_front_choice {
	const char *conf, *target, *window, *output, *format, *filter;
	int reboot, s4, force_s4, force, plain, jump_only, stay, quiet;
};

/* Prints what @cmd takes, to stderr if @status says that something was wrong. Returns @status. */
int kj_front_usage(const char *cmd, int status);

/* Options into @c; argv[0] is the command. Returns -1: go on; otherwise the exit status, and all has been said. */
int kj_front_parse(int argc, char **argv, struct kj_front_choice *c);

/* A run as configured and as @c wants it, with kj_front_lock() held. Returns 0 or an exit status, after one line on stderr. */
int kj_front_settings(struct kj_run *r, const struct kj_front_choice *c);

#endif
