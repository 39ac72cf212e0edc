/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own tests of what a jump begins with (linux Documentation/power/basic-pm-debugging.rst): tasks frozen,
 * devices quiet, CPUs offline, the core suspended, each time a level further, and back.  Must never let a hibernation
 * begin that is no test.
 */
#ifndef KJ_CMD_FRONT_LEVELS_H
#define KJ_CMD_FRONT_LEVELS_H

/* Run the levels that the kernel below @root ("" but in tests) offers, the mildest first; each takes some five seconds.
 * 0, or an exit status after one line: 75, too little free memory, a device that is busy, or a signal; 71, a level
 * failed, or the kernel did not take its name.  A kernel that offers none gets a line on stdout, unless @quiet, and 0.
 * What was set in /sys/power is as before. */
int kj_front_levels(const char *root, int quiet);

#endif
