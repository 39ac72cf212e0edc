// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjump-restore: verify an image, or bring back the system that it was made of. It must never
 * touch the memory of a running kernel before all of the image has been verified.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/restore_direct.h"
#include "cmd/lib/restore_giveup.h"
#include "cmd/lib/restore_kexec.h"
#include "cmd/lib/restore_mbox.h"
#include "cmd/lib/restore_run.h"
#include "cmd/lib/restore_told.h"
#include "core/job.h"
#include "core/parse.h"
#include "core/sealed.h"
#include "sys/die.h"
#include "sys/log.h"
#include "sys/workers.h"

#define NONE 1 /* clean no */

static const char usage[] =
	"usage: kjump-restore [-kq] [-w WORKERS] [-x FILE] [-r FILE | -C HOW] [-p P] [-W S] DEVICE\n"
	"       kjump-restore -n [-kq] [-w WORKERS] [-x FILE] DEVICE|FILE\n"
	"       kjump-restore --stale|--report [-k] DEVICE\n"
	"Bring back the system whose image is on DEVICE; does not return when that works.\n"
	"  -n, --verify        check every byte of the image, change nothing\n"
	"  -C, --restored HOW  tell that system that it comes back by HOW: s5 or s4\n"
	"  -r, --mailbox FILE  the same by a page that kjump-return has made\n"
	"  -x, --key-file FILE opens an encrypted image; else a passphrase is asked for\n"
	"  -A, --ask PROGRAM   asks for it, and prints what was typed\n"
	"  -p, --path P        snapshot, direct, kexec, or auto: whichever works\n"
	"  -K, --kernel FILE   for path direct (/boot/kjump/kernel)\n"
	"  -I, --initrd FILE   its initramfs (/boot/kjump/initrd)\n"
	"  -a, --append WORDS  for its command line\n"
	"  -c, --confined ID   this kernel is the one that path direct has started\n"
	"  -w, --workers N     processes that read and unpack (one more than there are CPUs)\n"
	"  -W, --wait SECONDS  for disks of that system that come late (30)\n"
	"  -S, --stale         give the image up, and a swap area back: it is never restored\n"
	"  -R, --report        say, once, which job on DEVICE never finished; 1: none\n"
	"  -q, --quiet         no progress\n"
	"  -k, --kmsg          messages to /dev/kmsg\n"
	"  -h, --help          this text\n"
	"\n"
	"Exit status: 1 no image to restore, 65 damaged or of another machine, 66 no such device,\n"
	"69 kernel cannot, 71 failed and undone, 74 I/O error, 75 try later, 77 wrong passphrase.\n";

static const struct option longopts[] = {
	{ "verify", no_argument, NULL, 'n' },
	{ "restored", required_argument, NULL, 'C' },
	{ "mailbox", required_argument, NULL, 'r' },
	{ "ask", required_argument, NULL, 'A' },
	{ "key-file", required_argument, NULL, 'x' },
	{ "path", required_argument, NULL, 'p' },
	{ "kernel", required_argument, NULL, 'K' },
	{ "initrd", required_argument, NULL, 'I' },
	{ "append", required_argument, NULL, 'a' },
	{ "confined", required_argument, NULL, 'c' },
	{ "workers", required_argument, NULL, 'w' },
	{ "wait", required_argument, NULL, 'W' },
	{ "stale", no_argument, NULL, 'S' },
	{ "report", no_argument, NULL, 'R' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "kmsg", no_argument, NULL, 'k' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

struct opts {
	int verify, stale, report, kmsg, confined;
	uint8_t id[16];
	struct kj_restore r;
};

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static void parse_id(const char *s, uint8_t id[16])
{
	unsigned int i;
	uint64_t v;

	for (i = 0; i < 16; i++) {
		if (strlen(s) != 32 || kj_parse_hex(s + 2 * i, 2, &v))
			die(EX_USAGE, "-c '%s': not 32 hexadecimal digits", s);
		id[i] = (uint8_t)v;
	}
}

static void parse(int argc, char **argv, struct opts *o)
{
	uint64_t n;
	int c;

	while ((c = getopt_long(argc, argv, "+a:A:c:C:hI:kK:np:qr:RSw:W:x:", longopts, NULL)) != -1) {
		switch (c) {
		case 'a':
			o->r.append = optarg;
			break;
		case 'A':
			o->r.ask = optarg;
			break;
		case 'c':
			parse_id(optarg, o->id);
			o->confined = 1;
			break;
		case 'C':
			if (kj_how_parse(optarg, &o->r.how) || o->r.how == KJ_HOW_JUMP)
				die(EX_USAGE, "-C '%s': not s5 or s4", optarg);
			break;
		case 'I':
			o->r.initrd = optarg;
			break;
		case 'K':
			o->r.kernel = optarg;
			break;
		case 'p':
			if (kj_path_parse(optarg, &o->r.want))
				die(EX_USAGE, "-p '%s': not snapshot, direct, kexec or auto", optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(0);
		case 'k':
			o->kmsg = 1;
			break;
		case 'n':
			o->verify = 1;
			break;
		case 'q':
			o->r.quiet = 1;
			break;
		case 'r':
			o->r.mbox_path = optarg;
			break;
		case 'R':
			o->report = 1;
			break;
		case 'S':
			o->stale = 1;
			break;
		case 'w':
			if (kj_parse_u64_in(optarg, strlen(optarg), 1, KJ_POOL_MAX, &n))
				die(EX_USAGE, "-w '%s': not a number from 1 to %u", optarg,
				    KJ_POOL_MAX);
			o->r.workers = (uint32_t)n;
			break;
		case 'W':
			if (kj_parse_u64_in(optarg, strlen(optarg), 0, 86400, &n))
				die(EX_USAGE, "-W '%s': not a number of seconds up to a day", optarg);
			o->r.wait = (uint32_t)n;
			break;
		case 'x':
			o->r.key_file = optarg;
			break;
		default:
			fputs(usage, stderr);
			exit(EX_USAGE);
		}
	}
	if (argc - optind != 1 ||
	    o->verify + o->stale + o->report + (o->r.mbox_path || o->r.how) > 1 || (o->r.mbox_path && o->r.how) ||
	    ((o->r.key_file || o->r.ask) && o->stale + o->report + o->confined) ||
	    o->verify + o->stale + o->report + o->confined + (o->r.want != KJ_PATH_AUTO) > 1) {
		fputs(usage, stderr);
		exit(EX_USAGE);
	}
	o->r.path = argv[optind];
}

/* Text of the header, restricted to what no shell could take for more. */
static void put_text(const char *key, const char *s, size_t max)
{
	size_t i;

	printf("%s=", key);
	for (i = 0; i < max && s[i]; i++)
		putchar(s[i] >= ' ' && s[i] <= '~' && !strchr("'\"`$\\", s[i]) ? s[i] : '_');
	putchar('\n');
}

static void put(const char *key, uint64_t v)
{
	printf("%s=%llu\n", key, (unsigned long long)v);
}

static void put_id(const uint8_t id[16])
{
	for (unsigned int i = 0; i < 16; i++)
		printf("%02x", id[i]);
}

static void summary(const struct kj_restore *r)
{
	const struct kj_le_image *h = r->img.head;
	uint32_t loads, state = kj_img_state(&r->img, &loads);

	printf("STATE=%s\n", r->img.state_err ? "damaged" : kj_state_name(state));
	put("LOADS", loads);
	printf("ID=");
	put_id(h->id);
	putchar('\n');
	put_text("RELEASE", h->host.release, sizeof(h->host.release));
	put("SAVED", kj_get_le64(h->t_saved));
	put("PAGES", r->stream.head.pages);
	put("DATA_PAGES", kj_get_le64(h->data_pages));
	put("ZERO_PAGES", kj_get_le64(h->zero_pages));
	put("FREE_PAGES", kj_get_le64(h->free_pages));
	put("BYTES", kj_get_le64(h->end_off) + (r->img.sealed ? KJ_SEALED_TAIL : 0));
	printf("CODEC=%s\n", kj_codec_name(kj_get_le32(h->codec)));
	put("MS", r->ms);
}

static int verify(struct kj_restore *r)
{
	int status = kj_restore_open(r, 0);

	if (!status)
		status = kj_restore_unlock(r);
	if (!status)
		status = kj_restore_plan(r);
	if (!status)
		status = kj_restore_verify(r);
	if (!status && r->img.state_err) {
		kj_log(KJ_LOG_ERR, "%s: state: %s", r->path, kj_strerror(r->img.state_err));
		status = EX_DATAERR;
	}
	if (status)
		return status;
	summary(r);
	return fflush(stdout) || ferror(stdout) ? EX_IOERR : 0;
}

static int restore(struct kj_restore *r)
{
	enum kj_path path = KJ_PATH_AUTO;
	int status = kj_restore_open(r, 1);

	if (!status)
		status = kj_restore_admit(r);
	if (!status)
		status = kj_restore_unlock(r);
	if (!status)
		status = kj_restore_plan(r);
	if (!status)
		status = kj_restore_guard(r, &path);
	if (status)
		return status;
	switch (path) {
	case KJ_PATH_DIRECT:
		return kj_direct_enter(r);
	case KJ_PATH_KEXEC:
		return kj_kexec_restore(r);
	default:
		return kj_restore_load(r);
	}
}

/* What does not come back leaves word of why, if there is an image at all. */
static int restore_or_tell(struct kj_restore *r)
{
	uint8_t id[16];
	const int status = restore(r);

	if (status == NONE || r->img.fd < 0)
		return status;
	memcpy(id, r->img.id, sizeof(id));
	kj_restore_close(r);
	kj_restore_told_failed(r->path, id, status, kj_log_last());
	return status;
}

static int confined(struct kj_restore *r, const uint8_t id[16])
{
	int status = kj_restore_open(r, 1);

	if (!status)
		status = kj_direct_admit(r, id);
	if (!status)
		status = kj_direct_unlock(r);
	if (!status)
		status = kj_restore_plan(r);
	return status ? status : kj_direct_write(r);
}

int main(int argc, char **argv)
{
	struct opts o;
	int status;

	memset(&o, 0, sizeof(o));
	o.r.kernel = "/boot/kjump/kernel";
	o.r.initrd = "/boot/kjump/initrd";
	o.r.append = "";
	o.r.wait = 30;
	kj_log_init("kjump-restore");
	parse(argc, argv, &o);
	if (o.kmsg && kj_log_to_kmsg())
		die(EX_NOPERM, "/dev/kmsg: cannot open");
	if (!o.r.workers) {
		/* one waits for the disk while the others unpack */
		o.r.workers = kj_cpus_online() + 1;
		if (o.r.workers > KJ_POOL_MAX)
			o.r.workers = KJ_POOL_MAX;
	}
	o.r.stop = &stop;
	o.r.img.fd = -1;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGHUP, on_signal);
	if (o.report)
		return kj_restore_report(o.r.path);
	if (o.verify)
		status = verify(&o.r);
	else if (o.stale)
		status = kj_restore_stale(&o.r);
	else
		status = o.confined ? confined(&o.r, o.id) : restore_or_tell(&o.r);
	kj_restore_close(&o.r);
	return status;
}
