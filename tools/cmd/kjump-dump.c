// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjump-dump: A's memory to a file or to the target of A's job. It must never end with status 0
 * before everything is on the disk and read back, or leave half an image behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/codec.h"
#include "cmd/lib/dump.h"
#include "cmd/lib/dump_job.h"
#include "cmd/lib/pagecodec.h"
#include "cmd/lib/target.h"
#include "core/image.h"
#include "sys/compat.h"
#include "sys/die.h"
#include "sys/io.h"
#include "sys/log.h"

#define PROG "kjump-dump"

static const char usage[] =
	"usage: kjump-dump -f image|swsusp|kdump|flat|elf [-c CODEC] [-l LEVEL] [-d FILTER]\n"
	"                  [-w WORKERS] [-s STATSFILE] [-kq] (-j | -o FILE) [VMCORE]\n"
	"Save the memory in VMCORE (/proc/vmcore).\n"
	"  -f, --format F    image: to run again; swsusp: the same by a kernel's resume= alone;\n"
	"                    kdump, elf: for crash and drgn; flat: kdump as a stream, as\n"
	"                    makedumpfile has it\n"
	"  -o, --output FILE a new file or a labelled device; elf, flat: - is standard output\n"
	"  -j, --job         as the job block in A's memory says, to the target that it names\n"
	"  -c, --codec C     image: none, lz4 (default), zstd; swsusp: none, lzo (default), lz4;\n"
	"                    kdump: none, zlib, lzo, zstd (default)\n"
	"  -l, --level N     0, the codec's default, or lz4:-64..1, zstd:-7..9, zlib:1..9\n"
	"  -d, --filter N    kdump, elf: leave out 1 zero, 2 cache, 4 private cache, 8 user and\n"
	"                    16 free pages; the sum, kdump: 31, elf: 0\n"
	"  -w, --workers N   processes, 1 to 64; 0 is one for each CPU (default)\n"
	"  -s, --stats FILE  write KEY=value lines about the dump\n"
	"  -z, --flag-zeros  swsusp: no bytes for zero pages; needs a kernel from 6.6 on\n"
	"  -k, --kmsg        messages to the kernel's log\n"
	"  -q, --quiet       no progress, no report\n"
	"  -h, --help        this text\n"
	"Exit status: 0 saved; 1 no armed job; 64 usage, 65 bad data, 66 no input, 71 system,\n"
	"73 target too small or not to be made, 74 I/O, 75 interrupted or target in use.\n";

static const struct option longopts[] = {
	{ "format", required_argument, NULL, 'f' },
	{ "output", required_argument, NULL, 'o' },
	{ "job", no_argument, NULL, 'j' },
	{ "codec", required_argument, NULL, 'c' },
	{ "level", required_argument, NULL, 'l' },
	{ "filter", required_argument, NULL, 'd' },
	{ "workers", required_argument, NULL, 'w' },
	{ "stats", required_argument, NULL, 's' },
	{ "flag-zeros", no_argument, NULL, 'z' },
	{ "kmsg", no_argument, NULL, 'k' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* What only the command line knows; enum kj_dump_format has the others. */
#define FORMAT_KDUMP 100u
#define FORMAT_FLAT 101u

struct options {
	uint32_t format; /* enum kj_dump_format or FORMAT_*, 0: not given */
	uint32_t codec;
	int level, workers;
	int filter; /* -1: not given */
	const char *codec_name;
	int job, quiet, kmsg, flag_zeros;
	const char *out, *stats, *vmcore;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	interrupted = sig;
}

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
		return FORMAT_KDUMP;
	if (!strcmp(s, "flat"))
		return FORMAT_FLAT;
	if (strcmp(s, "elf"))
		die(EX_USAGE, "-f: neither image, swsusp, kdump, flat nor elf: '%s'", s);
	return KJ_DUMP_ELF;
}

/* To run again. */
static int is_image(uint32_t format)
{
	return format == KJ_DUMP_IMAGE || format == KJ_DUMP_SWSUSP;
}

static int is_kdump(uint32_t format)
{
	return format == FORMAT_KDUMP || format == FORMAT_FLAT;
}

/* Which codecs there are depends on the format. */
static void parse_codec(struct options *o)
{
	enum kj_err e;

	if (is_kdump(o->format)) {
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

/* What does not go together. */
static void check(struct options *o)
{
	const int to_stdout = o->out && !strcmp(o->out, "-");

	if (!o->job == !o->out)
		die(EX_USAGE, "one of -j and -o is needed");
	if (!o->job && !o->format)
		die(EX_USAGE, "-f is needed");
	if (o->job && is_kdump(o->format))
		die(EX_USAGE, "-j: a job makes an image or an ELF dump");
	if (to_stdout && (is_image(o->format) || o->format == FORMAT_KDUMP))
		die(EX_USAGE, "-o -: %s cannot be written to standard output",
		    is_image(o->format) ? "an image" : "a kdump (flat can)");
	if (o->format == FORMAT_FLAT && !to_stdout)
		die(EX_USAGE, "-f flat: only to standard output, -o -");
	if (o->filter >= 0 && is_image(o->format))
		die(EX_USAGE, "-d: an image leaves out free pages alone");
	if (o->flag_zeros && o->format != KJ_DUMP_SWSUSP)
		die(EX_USAGE, "-z: only -f swsusp has them");
	if (o->filter < 0)
		o->filter = is_kdump(o->format) ? KJ_LEVEL_MAX : 0;
	parse_codec(o);
}

static void parse(int argc, char **argv, struct options *o)
{
	int c;

	memset(o, 0, sizeof(*o));
	o->filter = -1;
	o->vmcore = "/proc/vmcore";
	while ((c = getopt_long(argc, argv, "+f:o:jc:l:d:w:s:zkqh", longopts, NULL)) != -1) {
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
		case 'c':
			o->codec_name = optarg;
			break;
		case 'd':
			o->filter = number("-d", optarg, 0, KJ_LEVEL_MAX);
			break;
		case 'l':
			o->level = number("-l", optarg, -64, 64);
			break;
		case 'w':
			o->workers = number("-w", optarg, 0, KJ_WORKERS_MAX);
			break;
		case 's':
			o->stats = optarg;
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

static void catch_signals(void)
{
	static const int sigs[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa;
	unsigned int i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal; /* no SA_RESTART: poll() is to return */
	for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		(void)sigaction(sigs[i], &sa, NULL);
	/* these come back as errors of write() */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
}

static void open_source(struct kj_amem *m, const char *path)
{
	int err = kj_amem_open(m, path);

	if (!err)
		return;
	die(err == -ENOEXEC || err == -EBADMSG ? EX_DATAERR
	    : err == -ENOMEM                   ? EX_OSERR
					       : EX_NOINPUT,
	    "%s: %s", path, m->why[0] ? m->why : strerror(-err));
}

/* Settings that the job makes; the command line has no say then. */
static void take_job(struct kj_dump *d, struct options *o, const struct kj_dump_job *j)
{
	const struct kj_le_job *job = &j->job;

	o->format = kj_get_le32(job->format);
	d->codec = kj_get_le32(job->codec);
	d->level = (int)kj_get_le32(job->level);
	d->workers = kj_get_le32(job->workers);
	d->flag_zeros = (kj_get_le32(job->flags) & KJ_JOB_FLAG_ZEROS) != 0;
	d->capacity = j->capacity;
	d->target = j->target.path;
	d->fd = j->target.fd;
	d->is_dev = 1;
	d->t_created = kj_get_le64(job->created);
	memcpy(d->id, job->id, 16);
	memcpy(d->label_uuid, job->label_uuid, 16);
	/* the first open holds the device for us, the second goes round the page cache */
	d->dfd = kj_open(d->target, O_RDWR | O_DIRECT);
	if (d->dfd < 0)
		d->dfd = d->fd;
}

/* A whole device: only one that was labelled for this. */
static void open_device(struct kj_dump *d, const char *path)
{
	struct kj_target t;
	int err = kj_target_open(path, O_RDWR | O_EXCL, &t);

	if (err == -ENODEV)
		die(EX_CANTCREAT, "%s: a device without a kjump label", path);
	if (err)
		die(err == -EBUSY ? EX_TEMPFAIL : EX_CANTCREAT, "%s: %s", path,
		    err == -EBUSY ? "is in use" : strerror(-err));
	d->fd = t.fd;
	d->capacity = t.usable;
	d->is_dev = 1;
	memcpy(d->label_uuid, t.label.uuid, sizeof(d->label_uuid));
	d->dfd = kj_open(path, O_RDWR | O_DIRECT);
	if (d->dfd < 0)
		d->dfd = d->fd;
}

static void open_output(struct kj_dump *d, const struct options *o)
{
	struct stat st;

	d->codec = o->codec;
	d->level = o->level;
	d->filter = (uint32_t)o->filter;
	d->flat = o->format == FORMAT_FLAT;
	d->workers = (unsigned int)o->workers;
	d->flag_zeros = o->flag_zeros;
	d->capacity = UINT64_MAX;
	d->target = o->out;
	d->t_created = kj_record_now();
	if (kj_getrandom(d->id, sizeof(d->id)))
		die(EX_OSERR, "no random numbers from the kernel");
	d->fd = d->dfd = -1;
	if (!strcmp(o->out, "-")) {
		d->target = "standard output";
		return;
	}
	if (!stat(o->out, &st) && S_ISBLK(st.st_mode)) {
		open_device(d, o->out);
		return;
	}
	d->fd = d->dfd = kj_open(o->out, O_RDWR | O_CREAT | O_EXCL);
	if (d->fd < 0)
		die(EX_CANTCREAT, "%s: %s", o->out, strerror(-d->fd));
}

/* Bytes per page of data, in thousandths of a page. */
static uint64_t ratio(const struct kj_dump *d)
{
	return d->sh->data ? d->bytes / 4096 * 1000 / d->sh->data : 0;
}

static const char *codec_name(const struct kj_dump *d, uint32_t format)
{
	if (is_kdump(format))
		return kj_pack_name(d->codec);
	return format == KJ_DUMP_ELF ? "none" : kj_codec_name(d->codec);
}

static int write_stats(const struct kj_dump *d, const char *path, uint32_t format, uint64_t ms)
{
	const unsigned long long r = ratio(d);
	char buf[512];
	int fd, err, n;

	n = snprintf(buf, sizeof(buf),
		     "PAGES_DATA=%llu\nPAGES_ZERO=%llu\nPAGES_FREE=%llu\nBYTES=%llu\n"
		     "MS_SAVE=%llu\nRATIO=%llu.%03llu\nWORKERS=%u\nCODEC=%s\n",
		     (unsigned long long)d->sh->data, (unsigned long long)d->sh->zero,
		     (unsigned long long)d->sh->left, (unsigned long long)d->bytes,
		     (unsigned long long)ms, r / 1000, r % 1000, d->used_workers,
		     codec_name(d, format));
	fd = kj_open(path, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd < 0)
		return fd;
	err = kj_write_full(fd, buf, (size_t)n);
	n = kj_close(fd);
	return err ? err : n;
}

static void report(const struct kj_dump *d, uint32_t format, uint64_t ms)
{
	const uint64_t mib = (d->total + 128) / 256;
	char as[80] = "";

	if (d->sh->missing)
		kj_log(KJ_LOG_WARN, "%s: %llu pages of memory are not in it, left as holes",
		       d->m->path, (unsigned long long)d->sh->missing);
	if (format != KJ_DUMP_ELF)
		snprintf(as, sizeof(as), " as %llu MiB (ratio %llu.%03llu, %s)",
			 (unsigned long long)(d->bytes + (1 << 19)) >> 20,
			 (unsigned long long)ratio(d) / 1000, (unsigned long long)ratio(d) % 1000,
			 codec_name(d, format));
	kj_log(KJ_LOG_NOTE, "%s: %llu MiB saved%s in %llu.%llu s, %llu MiB/s, %u worker%s",
	       d->target, (unsigned long long)mib, as, (unsigned long long)ms / 1000,
	       (unsigned long long)ms / 100 % 10, (unsigned long long)(ms ? mib * 1000 / ms : 0),
	       d->used_workers, d->used_workers == 1 ? "" : "s");
}

/* What a failure leaves: nothing that looks like an image. */
static void clean_up(struct kj_dump *d, const struct options *o)
{
	int err = 0;

	/* a kdump says of itself that it is incomplete, and can be read as far as it goes */
	if (is_kdump(o->format))
		return;
	if (d->is_dev)
		err = kj_dump_erase(d->fd);
	else if (d->fd >= 0 && is_image(o->format))
		err = unlink(o->out) ? -errno : 0;
	if (err)
		kj_log(KJ_LOG_ERR, "%s: half an image could not be erased: %s", d->target,
		       strerror(-err));
}

int main(int argc, char **argv)
{
	static struct kj_dump d;
	static struct kj_amem m;
	static struct kj_dump_job job;
	struct options o;
	uint64_t start = kj_meter_now(), ms;
	int status, err;

	kj_log_init(PROG);
	parse(argc, argv, &o);
	if (o.kmsg && kj_log_to_kmsg())
		die(EX_NOPERM, "/dev/kmsg: cannot be written");
	catch_signals();
	open_source(&m, o.vmcore);
	d.m = &m;
	d.prog = PROG;
	d.quiet = o.quiet;
	d.interrupted = &interrupted;
	if (o.job) {
		status = kj_dump_job_open(&job, &m);
		if (status)
			die(status, "%s", job.why);
		take_job(&d, &o, &job);
	} else {
		open_output(&d, &o);
	}
	if (is_kdump(o.format))
		status = kj_dump_kdump(&d);
	else if (o.format == KJ_DUMP_SWSUSP)
		status = kj_dump_swsusp(&d);
	else
		status = o.format == KJ_DUMP_IMAGE ? kj_dump_image(&d) : kj_dump_elf(&d);
	ms = (kj_meter_now() - start) / 1000000;
	if (!status && !o.quiet)
		report(&d, o.format, ms);
	if (!status && o.stats) {
		err = write_stats(&d, o.stats, o.format, ms);
		if (err)
			status = kj_dump_fail(&d, EX_CANTCREAT, "%s: %s", o.stats, strerror(-err));
	}
	if (!status && o.job && kj_dump_job_end(&job, 0, NULL))
		status = kj_dump_fail(&d, EX_IOERR, "%s", job.why);
	if (status) {
		const char *why = d.sh ? d.sh->why : "out of memory";

		clean_up(&d, &o);
		if (o.job && kj_dump_job_end(&job, status, why))
			kj_log(KJ_LOG_ERR, "%s", job.why);
		die(status, "%s", why);
	}
	kj_dump_close(&d);
	kj_amem_close(&m);
	return 0;
}
