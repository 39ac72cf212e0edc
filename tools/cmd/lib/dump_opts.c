// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line of kjump-dump. It must never let options through that contradict each other.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/codec.h"
#include "cmd/lib/dump_opts.h"
#include "cmd/lib/pagecodec.h"
#include "core/image.h"
#include "core/job.h"
#include "core/pageclass.h"
#include "sys/die.h"
#include "sys/workers.h"

static const char usage[] =
	"usage: kjump-dump -f FORMAT [-c CODEC] [-l LEVEL] [-d FILTER] [-r FILTER] [-p FILE]\n"
	"                  [-w N] [-s FILE] [-K FILE] [-ekqz] (-j | -o FILE | -E) [VMCORE]\n"
	"Save the memory in VMCORE (/proc/vmcore).\n"
	"  -f, --format F    image: to run again; swsusp: the same by a kernel's resume= alone;\n"
	"                    kdump, elf: for crash and drgn; flat: kdump as a stream\n"
	"  -o, --output FILE a new file or a labelled device; elf, flat: - is standard output\n"
	"  -j, --job         as the job block in A's memory says, to the target that it names\n"
	"  -E, --estimate    write no dump, only how large a kdump would be, and why\n"
	"  -c, --codec C     image: none, lz4 (default), zstd; swsusp: none, lzo (default), lz4;\n"
	"                    kdump: none, zlib, lzo, zstd (default), auto: as the disk takes it\n"
	"  -l, --level N     0: the default; lz4:-64..1, zstd:-7..9, zlib:1..9, auto:1..64\n"
	"  -d, --filter N    leave out 1 zero + 2 cache + 4 private cache + 8 user + 16 free pages\n"
	"  -e, --trim        kdump, flat: also struct pages of what is left out; costs kmem\n"
	"  -r, --retry N     kdump, elf: if the target gets full, once more with -d N\n"
	"  -p, --profile FILE what kjump-profile says of the kernel, if that itself does not\n"
	"  -w, --workers N   processes, 1 to 64; 0 is one for each CPU (default)\n"
	"  -s, --stats FILE  write KEY=value lines about the dump\n"
	"  -K, --encrypt FILE image: only who can open the key of kjump init-key can read it\n"
	"  -z, --flag-zeros  swsusp: no bytes for zero pages; needs a kernel from 6.6 on\n"
	"  -k, --kmsg        messages to the kernel's log\n"
	"  -q, --quiet       no progress, no report\n"
	"  -h, --help        this text\n"
	"Exit status: 0 saved; 1 no armed job; 73 target too small; else sysexits, see the man page.\n";

static const struct option longopts[] = {
	{ "format", required_argument, NULL, 'f' },
	{ "output", required_argument, NULL, 'o' },
	{ "job", no_argument, NULL, 'j' },
	{ "estimate", no_argument, NULL, 'E' },
	{ "codec", required_argument, NULL, 'c' },
	{ "level", required_argument, NULL, 'l' },
	{ "filter", required_argument, NULL, 'd' },
	{ "trim", no_argument, NULL, 'e' },
	{ "retry", required_argument, NULL, 'r' },
	{ "profile", required_argument, NULL, 'p' },
	{ "workers", required_argument, NULL, 'w' },
	{ "stats", required_argument, NULL, 's' },
	{ "encrypt", required_argument, NULL, 'K' },
	{ "flag-zeros", no_argument, NULL, 'z' },
	{ "kmsg", no_argument, NULL, 'k' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int number(const char *what, const char *s, long lo, long hi)
{
	char *end;
	long n = strtol(s, &end, 10);

	if (!*s || *end || n < lo || n > hi)
		die(EX_USAGE, "%s: not a number from %ld to %ld: '%s'", what, lo, hi, s);
	return (int)n;
}

static uint32_t format_of(const char *s)
{
	if (!strcmp(s, "image"))
		return KJ_DUMP_IMAGE;
	if (!strcmp(s, "swsusp"))
		return KJ_DUMP_SWSUSP;
	if (!strcmp(s, "kdump"))
		return KJ_DUMP_KDUMP;
	if (!strcmp(s, "flat"))
		return KJ_DUMP_FLAT;
	if (strcmp(s, "elf"))
		die(EX_USAGE, "-f: neither image, swsusp, kdump, flat nor elf: '%s'", s);
	return KJ_DUMP_ELF;
}

int kj_dump_is_image(uint32_t format)
{
	return format == KJ_DUMP_IMAGE || format == KJ_DUMP_SWSUSP;
}

int kj_dump_is_kdump(uint32_t format)
{
	return format == KJ_DUMP_KDUMP || format == KJ_DUMP_FLAT;
}

/* Which codecs there are depends on the format. */
static void parse_codec(struct kj_dump_opts *o)
{
	enum kj_err e;

	if (kj_dump_is_kdump(o->format)) {
		e = kj_pack_parse(o->codec_name ? o->codec_name : "zstd", &o->codec);
		if (!e && kj_pack_check(o->codec, o->level))
			die(EX_USAGE, "-l: %s has no level %d", kj_pack_name(o->codec), o->level);
	} else {
		e = kj_codec_parse(o->codec_name                 ? o->codec_name
				   : o->format == KJ_DUMP_SWSUSP ? "lzo"
								 : "lz4",
				   &o->codec);
		if (!e && !o->job && !kj_codec_fits(o->codec, o->format))
			e = KJ_ENOTFOUND;
		if (!e && kj_codec_check(o->codec, o->level))
			die(EX_USAGE, "-l: %s has no level %d", kj_codec_name(o->codec), o->level);
	}
	if (e)
		die(EX_USAGE, "-c: no such codec: '%s'", o->codec_name);
}

/* -E is about a kdump, and makes none. */
static void check_estimate(struct kj_dump_opts *o)
{
	if (o->format && o->format != KJ_DUMP_KDUMP)
		die(EX_USAGE, "-E: only the size of a kdump can be told");
	if (o->job || o->out || o->codec_name || o->level || o->retry >= 0 || o->stats || o->flag_zeros || o->trim || o->key)
		die(EX_USAGE, "-E: writes no dump; only -d, -p, -w, -k and -q go with it");
}

/* What does not go together. */
static void check(struct kj_dump_opts *o)
{
	const int to_stdout = o->out && !strcmp(o->out, "-");

	if (o->estimate) {
		check_estimate(o);
		return;
	}
	if (!o->job == !o->out)
		die(EX_USAGE, "one of -j and -o is needed");
	if (!o->job && !o->format)
		die(EX_USAGE, "-f is needed");
	if (o->job && kj_dump_is_kdump(o->format))
		die(EX_USAGE, "-j: a job makes an image or an ELF dump");
	if (to_stdout && (kj_dump_is_image(o->format) || o->format == KJ_DUMP_KDUMP))
		die(EX_USAGE, "-o -: %s cannot be written to standard output",
		    kj_dump_is_image(o->format) ? "an image" : "a kdump (flat can)");
	if (o->format == KJ_DUMP_FLAT && !to_stdout)
		die(EX_USAGE, "-f flat: only to standard output, -o -");
	if (o->filter >= 0 && kj_dump_is_image(o->format))
		die(EX_USAGE, "-d: an image leaves out free pages alone");
	if (o->retry >= 0 && (to_stdout || kj_dump_is_image(o->format)))
		die(EX_USAGE, "-r: only a kdump or an ELF core in a file or on a device has a second try");
	if (o->flag_zeros && o->format != KJ_DUMP_SWSUSP)
		die(EX_USAGE, "-z: only -f swsusp has them");
	if (o->trim && !kj_dump_is_kdump(o->format))
		die(EX_USAGE, "-e: only -f kdump and -f flat leave out struct pages");
	if (o->key && (o->job || o->format != KJ_DUMP_IMAGE))
		die(EX_USAGE, "-K: only -f image can be encrypted; of -j the job says whether it is");
	if (o->filter < 0)
		o->filter = kj_dump_is_kdump(o->format) ? KJ_LEVEL_MAX : 0;
	if (o->retry >= 0 && !o->job && (o->retry & o->filter) != o->filter)
		die(EX_USAGE, "-r: %d does not leave out all that -d %d does", o->retry, o->filter);
	parse_codec(o);
}

void kj_dump_opts(int argc, char **argv, struct kj_dump_opts *o)
{
	int c;

	memset(o, 0, sizeof(*o));
	o->filter = o->retry = -1;
	o->vmcore = "/proc/vmcore";
	while ((c = getopt_long(argc, argv, "+f:o:jEc:l:d:er:p:w:s:K:zkqh", longopts, NULL)) != -1) {
		switch (c) {
		case 'f':
			o->format = format_of(optarg);
			break;
		case 'o':
			o->out = optarg;
			break;
		case 'j':
			o->job = 1;
			break;
		case 'E':
			o->estimate = 1;
			break;
		case 'c':
			o->codec_name = optarg;
			break;
		case 'd':
			o->filter = number("-d", optarg, 0, KJ_LEVEL_MAX);
			break;
		case 'e':
			o->trim = 1;
			break;
		case 'r':
			o->retry = number("-r", optarg, 0, KJ_LEVEL_MAX);
			break;
		case 'l':
			o->level = number("-l", optarg, -64, 64);
			break;
		case 'p':
			o->profile = optarg;
			break;
		case 'w':
			o->workers = number("-w", optarg, 0, KJ_WORKERS_MAX);
			break;
		case 's':
			o->stats = optarg;
			break;
		case 'K':
			o->key = optarg;
			break;
		case 'z':
			o->flag_zeros = 1;
			break;
		case 'k':
			o->kmsg = 1;
			break;
		case 'q':
			o->quiet = 1;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(EX_USAGE);
		}
	}
	if (optind < argc)
		o->vmcore = argv[optind++];
	if (optind < argc)
		die(EX_USAGE, "one argument too many: '%s'", argv[optind]);
	check(o);
}
