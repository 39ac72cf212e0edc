/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Crash dumps as A sees them: is everything ready for a panic, who else wants the reservation, what did the last one leave.
 * Must never change anything but the mark of a crash test.
 */
#ifndef KJ_CMD_FRONT_CRASH_H
#define KJ_CMD_FRONT_CRASH_H

#include <stddef.h>

/*
 * Is another crash dump service switched on? 1, and its name in @name; 0: none. A unit of systemd that some target wants,
 * if the unit is there; or a link of SysV init, if the program that it starts is there. @root comes before each path.
 */
int kj_front_crash_owner(const char *root, char *name, size_t cap);

/* kjump status --crash, without that option: 0 ready, 1 not. */
int kj_front_crash_status(int argc, char **argv);

/* What it does: 1 ready, 0 not; says why. Dies on a mistake in @conf. */
int kj_front_crash_ready(const char *conf, const char *root);

/* kjump test --crash, without that option: returns only if it did not come to a crash. */
int kj_front_crash_test(int argc, char **argv);
/* Its line of status: what came of the last one. @dump is the directory of the last dump, "" if there is none, @state
 * what that is. */
void kj_front_crash_tested(const char *root, const char *dump, const char *state);

#endif
