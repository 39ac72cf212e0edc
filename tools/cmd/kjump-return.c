// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjump-return: leave word for A about how it comes back, in its mailbox. It must never write a
 * byte of A's memory before magic, version, checksum and nonce of that page have been compared.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/amem.h"
#include "cmd/lib/imgread.h"
#include "cmd/lib/restore_mbox.h"
#include "core/jumpinfo.h"
#include "core/parse.h"
#include "sys/compat.h"
#include "sys/devmem.h"
#include "sys/die.h"
#include "sys/io.h"
#include "sys/log.h"

#define NONE 1 /* clean no */

static const char usage[] =
	"usage: kjump-return -e HOW [-k] [-r RESULT] [-t TEXT] [-s FILE] [-b MS] [-S N] [VMCORE]\n"
	"       kjump-return -C HOW [-k] -o FILE IMAGE\n"
	"\n"
	"Write into the mailbox of the system behind VMCORE (/proc/vmcore) how this kernel\n"
	"is left, or make the mailbox page for a system that is about to be restored.\n"
	"HOW is jump, s5 or s4.\n"
	"\n"
	"  -e, --entered HOW   write the waiting system's memory\n"
	"  -r, --result N      0, or the exit status of what failed\n"
	"  -t, --text TEXT     one line: what failed\n"
	"  -s, --stats FILE    numbers, as kjump-dump -s wrote them\n"
	"  -b, --boot-ms MS    how long this kernel took to come up\n"
	"  -S, --stays N       this kernel waits in memory for another job, after N of them\n"
	"  -m, --mem FILE      instead of /dev/mem, for tests\n"
	"  -C, --restored HOW  take the page out of IMAGE, for kjump-restore -r\n"
	"  -o, --output FILE   where that page goes\n"
	"  -k, --kmsg          messages to /dev/kmsg\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit status: 1 there is no mailbox, 65 damaged, 66 no such file.\n";

static const struct option longopts[] = {
	{ "entered", required_argument, NULL, 'e' },
	{ "restored", required_argument, NULL, 'C' },
	{ "result", required_argument, NULL, 'r' },
	{ "text", required_argument, NULL, 't' },
	{ "stats", required_argument, NULL, 's' },
	{ "boot-ms", required_argument, NULL, 'b' },
	{ "stays", required_argument, NULL, 'S' },
	{ "mem", required_argument, NULL, 'm' },
	{ "output", required_argument, NULL, 'o' },
	{ "kmsg", no_argument, NULL, 'k' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct opts {
	uint32_t entered, restored, result, stays;
	uint64_t boot_ms;
	const char *text, *stats, *mem, *output, *file;
	int kmsg;
};

static uint64_t number(const char *opt, const char *s, uint64_t max)
{
	uint64_t n;

	if (kj_parse_u64_in(s, strlen(s), 0, max, &n))
		die(EX_USAGE, "-%s '%s': not a number up to %llu", opt, s,
		    (unsigned long long)max);
	return n;
}

static uint32_t how(const char *opt, const char *s)
{
	uint32_t h;

	if (kj_how_parse(s, &h) || (*opt == 'C' && h == KJ_HOW_JUMP))
		die(EX_USAGE, "-%s '%s': not %ss5 or s4", opt, s, *opt == 'C' ? "" : "jump, ");
	return h;
}

static _Noreturn void bad_usage(void)
{
	fputs(usage, stderr);
	exit(EX_USAGE);
}

static void parse(int argc, char **argv, struct opts *o)
{
	int c;

	while ((c = getopt_long(argc, argv, "+b:C:e:hkm:o:r:s:S:t:", longopts, NULL)) != -1) {
		switch (c) {
		case 'b':
			o->boot_ms = number("b", optarg, UINT64_MAX / 1000);
			break;
		case 'C':
			o->restored = how("C", optarg);
			break;
		case 'e':
			o->entered = how("e", optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'k':
			o->kmsg = 1;
			break;
		case 'm':
			o->mem = optarg;
			break;
		case 'o':
			o->output = optarg;
			break;
		case 'r':
			o->result = (uint32_t)number("r", optarg, 255);
			break;
		case 's':
			o->stats = optarg;
			break;
		case 'S':
			o->stays = (uint32_t)number("S", optarg, UINT32_MAX);
			break;
		case 't':
			o->text = optarg;
			break;
		default:
			bad_usage();
		}
	}
	if (!o->entered == !o->restored || !o->restored != !o->output || argc - optind > 1)
		bad_usage();
	if (o->restored && (argc == optind || o->text || o->stats || o->mem || o->result || o->stays))
		bad_usage();
	o->file = optind < argc ? argv[optind] : "/proc/vmcore";
}

static uint64_t seconds(int clock)
{
	uint64_t ns = 0;

	kj_clock_ns(clock, &ns);
	return ns / 1000000000;
}

static const char *release(struct utsname *un)
{
	return uname(un) ? "" : un->release;
}

/* ---- B ---- */

/* The job's id, if its block can be had. */
static const uint8_t *job_id(struct kj_amem *m, struct kj_le_job *job)
{
	const struct kj_facts *f = &m->facts;
	enum kj_err e;

	if (!f->job_pa || kj_amem_read(m, f->job_pa, job, sizeof(*job)))
		return NULL;
	e = kj_job_check(job, f->job_nonce);
	/* what B's memory holds may be found in A's when that runs again */
	kj_dmcrypt_wipe(&job->crypt);
	return e ? NULL : job->id;
}

static void read_stats(const char *path, struct kj_le_mbox *m)
{
	char buf[4096];
	size_t len;
	int r;

	if (!path)
		return;
	r = kj_slurp(path, buf, sizeof(buf), &len);
	if (r)
		/* numbers are for information: A must hear the rest all the same */
		kj_log(KJ_LOG_WARN, "%s: %s", path, strerror(-r));
	else
		kj_mbox_stats(m, buf, len);
}

/* Compare, fill in, write. @page is A's own. */
static int fill(const struct opts *o, struct kj_amem *m, uint8_t *page)
{
	const uint64_t now = seconds(CLOCK_REALTIME), up = seconds(CLOCK_BOOTTIME);
	struct kj_mbox_report rep;
	struct kj_le_mbox mb;
	struct kj_le_job job;
	struct utsname un;
	enum kj_err e;

	memcpy(&mb, page, sizeof(mb));
	e = kj_mbox_check(&mb, m->facts.mbox_nonce);
	if (e) {
		kj_log(KJ_LOG_ERR, "%s: mailbox at 0x%llx: %s", o->file,
		       (unsigned long long)m->facts.mbox_pa, kj_strerror(e));
		return NONE;
	}
	memset(&rep, 0, sizeof(rep));
	rep.entered = o->entered;
	rep.result = o->result;
	rep.text = o->text;
	rep.now = now;
	rep.t_boot = now > up ? now - up : 0;
	rep.ms_boot = o->boot_ms;
	rep.stays = o->stays;
	rep.id = job_id(m, &job);
	rep.who = release(&un);
	read_stats(o->stats, &mb);
	kj_mbox_entered(&mb, &rep);
	memcpy(page, &mb, sizeof(mb));
	return 0;
}

static uint8_t *map_page(const char *mem, uint64_t pa)
{
	uint8_t *page;
	int r = kj_devmem_map(mem, pa, 1, &page);

	if (r)
		die(r == -EPERM || r == -EACCES ? EX_NOPERM : EX_OSERR, "%s: page 0x%llx: %s", mem,
		    (unsigned long long)pa, strerror(-r));
	return page;
}

/* A's kernel may want to know, too. Where it does not, all that A gets is the mailbox. */
static void tell_kernel(uint32_t entered, const char *mem, uint64_t re)
{
	const enum kj_power power = entered == KJ_HOW_S4 ? KJ_POWER_SLEEP : entered == KJ_HOW_S5 ? KJ_POWER_OFF : KJ_POWER_ON;
	uint8_t *page = map_page(mem, re & ~(uint64_t)4095);

	(void)kj_jumpinfo_set_power(page, re, power);
	kj_munmap(page, 4096);
}

static int entered(const struct opts *o)
{
	const char *mem = o->mem ? o->mem : KJ_DEVMEM_PATH;
	struct kj_amem m;
	uint8_t *page;
	uint64_t pa;
	int r;

	r = kj_amem_open(&m, o->file);
	if (r)
		die(r == -EBADMSG || r == -ENOEXEC ? EX_DATAERR : EX_NOINPUT, "%s: %s", o->file,
		    m.why[0] ? m.why : strerror(-r));
	if (!m.is_jump)
		die(NONE, "%s: no system waits there", o->file);
	pa = m.facts.mbox_pa;
	if (!pa) {
		kj_log(KJ_LOG_ERR, "%s: no mailbox", o->file);
		return NONE;
	}
	/* a page of A's that lies where A left it */
	if (pa & 4095 || !kj_ranges_contain(&m.ram, pa, 4096) ||
	    kj_ranges_overlap(&m.facts.window, pa, 4096))
		die(EX_DATAERR, "%s: mailbox at 0x%llx: not a page of that system", o->file,
		    (unsigned long long)pa);
	page = map_page(mem, pa);
	r = fill(o, &m, page);
	kj_munmap(page, 4096);
	if (!r)
		tell_kernel(o->entered, mem, m.facts.re);
	kj_amem_close(&m);
	return r;
}

/* ---- C ---- */

static int status_of(int err)
{
	switch (err) {
	case -ENOMSG:
		return NONE;
	case -EBADMSG:
		return EX_DATAERR;
	case -EIO:
		return EX_IOERR;
	case -ENOMEM:
		return EX_TEMPFAIL;
	case -EACCES:
	case -EPERM:
		return EX_NOPERM;
	}
	return EX_NOINPUT;
}

static void take_page(const char *path, struct kj_img *img, struct kj_le_mbox *mb)
{
	const struct kj_le_jump *j;
	struct kj_img_work w;
	enum kj_err e;
	int r;

	r = kj_img_open(img, path, 0);
	if (r)
		die(status_of(r), "%s: %s", path, r == -ENOMSG ? "no image" : img->why);
	if (img->sealed)
		die(EX_UNAVAILABLE, "%s: is encrypted; kjump-restore -C tells that system", path);
	j = &img->head->jump;
	if (!kj_get_le64(j->mbox_pa))
		die(NONE, "%s: the image has no mailbox", path);
	r = kj_img_index(img);
	if (!r && kj_img_work_init(&w))
		die(EX_TEMPFAIL, "out of memory");
	if (!r) {
		r = kj_img_page(img, &w, kj_get_le64(j->mbox_pa) >> 12, (uint8_t *)mb);
		kj_img_work_free(&w);
	}
	if (r)
		die(r == -ENOENT ? EX_DATAERR : status_of(r), "%s: %s", path, img->why);
	e = kj_mbox_check(mb, j->mbox_nonce);
	if (e)
		die(EX_DATAERR, "%s: mailbox in the image: %s", path, kj_strerror(e));
}

static int restored(const struct opts *o)
{
	struct kj_le_mbox mb;
	struct utsname un;
	struct kj_img img;
	int fd, r;

	take_page(o->file, &img, &mb);
	kj_mbox_restored(&mb, o->restored, img.head, seconds(CLOCK_REALTIME), release(&un));
	unlink(o->output);
	fd = kj_open_new(o->output);
	if (fd < 0)
		die(EX_CANTCREAT, "%s: %s", o->output, strerror(-fd));
	r = kj_write_full(fd, &mb, sizeof(mb));
	if (!r)
		r = kj_close(fd);
	if (r)
		die(EX_IOERR, "%s: %s", o->output, strerror(-r));
	kj_img_close(&img);
	return 0;
}

int main(int argc, char **argv)
{
	struct opts o;

	memset(&o, 0, sizeof(o));
	kj_log_init("kjump-return");
	parse(argc, argv, &o);
	if (o.kmsg && kj_log_to_kmsg())
		die(EX_NOPERM, "/dev/kmsg: cannot open");
	return o.entered ? entered(&o) : restored(&o);
}
