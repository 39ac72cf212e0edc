// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjump-off: power off (S5), or reset. It must never do anything before its arguments have been
 * understood.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "sys/die.h"
#include "sys/log.h"
#include "sys/power.h"
#include "sys/snapshot.h"

static const char usage[] =
	"usage: kjump-off [-k] [-r | -4]\n"
	"\n"
	"Write back all file systems and switch the machine off (ACPI S5), at once: no\n"
	"service is stopped.\n"
	"\n"
	"  -r, --reboot   reset instead\n"
	"  -4, --s4       ACPI S4 instead; if that fails, return\n"
	"  -k, --kmsg     messages to /dev/kmsg\n"
	"  -h, --help     this text\n"
	"\n"
	"Returns only when that failed. Exit status: 69 no S4 here, 71 refused, 77 not root.\n";

static const struct option longopts[] = {
	{ "reboot", no_argument, NULL, 'r' },
	{ "s4", no_argument, NULL, '4' },
	{ "kmsg", no_argument, NULL, 'k' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

int main(int argc, char **argv)
{
	int c, err, reset = 0, s4 = 0, kmsg = 0;

	kj_log_init("kjump-off");
	while ((c = getopt_long(argc, argv, "+4hkr", longopts, NULL)) != -1) {
		switch (c) {
		case '4':
			s4 = 1;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'k':
			kmsg = 1;
			break;
		case 'r':
			reset = 1;
			break;
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	}
	if (optind != argc || (reset && s4)) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	if (kmsg && kj_log_to_kmsg())
		die(EX_NOPERM, "/dev/kmsg: cannot open");
	kj_power_sync();
	if (s4) {
		err = kj_snapshot_power_off();
		die(err == -EPERM || err == -EACCES ? EX_NOPERM :
		    err == -ENOENT || err == -EINVAL ? EX_UNAVAILABLE : EX_OSERR,
		    "S4: %s", err == -EINVAL ? "this machine has none" : strerror(-err));
	}
	err = reset ? kj_power_reset() : kj_power_off();
	/* 0 as well: still being here is the failure */
	die(err == -EPERM ? EX_NOPERM : EX_OSERR, "%s: %s", reset ? "reset" : "power off",
	    err ? strerror(-err) : "the kernel came back");
}
