// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjump-dmesg: the kernel log of the system that a vmcore shows; must never write anything anywhere
 * else than to stdout and the log, nor hand a terminal what it could take for a command.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/amem.h"
#include "core/pgtable.h"
#include "core/prb.h"
#include "sys/die.h"
#include "sys/log.h"

static const char usage[] =
	"usage: kjump-dmesg [-knr] [VMCORE]\n"
	"\n"
	"Print the kernel log out of the memory that VMCORE (/proc/vmcore) shows.\n"
	"\n"
	"  -k, --kmsg        messages to /dev/kmsg\n"
	"  -n, --no-caller   without the thread or CPU that wrote each line\n"
	"  -r, --raw         with facility and level, each line of a record by itself\n"
	"  -h, --help        this text\n"
	"\n"
	"Exit status: 0 all printed, 1 no log there, 65 damaged, 66 unreadable, 74 write error.\n";

static const struct option longopts[] = {
	{ "kmsg", no_argument, NULL, 'k' },
	{ "no-caller", no_argument, NULL, 'n' },
	{ "raw", no_argument, NULL, 'r' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* What precedes a line; returns its length. */
static int put_prefix(const struct kj_prb *p, const struct kj_prb_record *r, int caller, int raw)
{
	char who[16];
	int n = 0;

	if (raw && p->has_level)
		n += printf("<%u>", (unsigned int)r->facility << 3 | r->level);
	n += printf("[%5llu.%06llu]", (unsigned long long)(r->ts_nsec / 1000000000),
		    (unsigned long long)(r->ts_nsec % 1000000000 / 1000));
	if (caller && p->has_caller) {
		snprintf(who, sizeof(who), "%c%u", r->caller >> 31 ? 'C' : 'T',
			 (unsigned int)(r->caller & 0x7fffffff));
		n += raw ? printf("[%6s]", who) : printf(" [%8s]", who);
	}
	return n + printf(" ");
}

static void put_record(const struct kj_prb *p, const struct kj_prb_record *r, int caller, int raw)
{
	int indent = put_prefix(p, r, caller, raw);

	for (uint32_t i = 0; i < r->len; i++) {
		uint8_t c = r->text[i];

		if (c == '\n') {
			putchar('\n');
			if (raw)
				put_prefix(p, r, caller, raw);
			else
				printf("%*s", indent, "");
		} else if (c == '\t' || (c >= ' ' && c <= '~')) {
			putchar(c);
		} else {
			printf("\\x%02x", c);
		}
	}
	putchar('\n');
}

/* A log that is damaged in places is printed as far as it goes. */
static int show(const char *path, int caller, int raw)
{
	static struct kj_amem m;
	static struct kj_pgtable pt;
	static struct kj_prb prb;
	static struct kj_prb_record r;
	unsigned long bad = 0;
	uint64_t n = 0;
	enum kj_err e;

	int err = kj_amem_open_any(&m, path, 0);
	/* in a crash every line counts: what is wrong with the map matters to others */
	if (err)
		die(err == -EBADMSG || err == -ENOEXEC ? EX_DATAERR : EX_NOINPUT, "%s: %s", path,
		    m.why);
	e = kj_pgtable_init(&m.vi, kj_amem_reader, &m, &pt);
	if (!e)
		e = kj_prb_init(&m.vi, &pt, &prb);
	if (e == KJ_ENOTFOUND)
		die(1, "%s: no log that we know", path);
	if (e)
		die(EX_DATAERR, "%s: log buffer: %s", path, kj_strerror(e));
	while ((e = kj_prb_next(&prb, &n, &r)) != KJ_ENOTFOUND) {
		if (e)
			bad++;
		else
			put_record(&prb, &r, caller, raw);
		if (ferror(stdout))
			break;
	}
	kj_amem_close(&m);
	if (fflush(stdout) || ferror(stdout))
		die(EX_IOERR, "stdout: write error");
	if (bad)
		die(EX_DATAERR, "%s: %lu damaged records left out", path, bad);
	return 0;
}

int main(int argc, char **argv)
{
	int c, caller = 1, raw = 0, kmsg = 0;

	kj_log_init("kjump-dmesg");
	while ((c = getopt_long(argc, argv, "+knrh", longopts, NULL)) != -1) {
		switch (c) {
		case 'k':
			kmsg = 1;
			break;
		case 'n':
			caller = 0;
			break;
		case 'r':
			raw = 1;
			break;
		case 'h':
			fputs(usage, stdout);
			return fflush(stdout) ? EX_IOERR : 0;
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	}
	if (argc - optind > 1) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	if (kmsg) {
		int err = kj_log_to_kmsg();

		if (err)
			kj_log(KJ_LOG_WARN, "/dev/kmsg: %s", strerror(-err));
	}
	return show(optind < argc ? argv[optind] : "/proc/vmcore", caller, raw);
}
