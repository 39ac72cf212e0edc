// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjump-info: say what a vmcore, a core file, an image or a target is, as KEY=value for shell scripts; must never write
 * anything anywhere else than to stdout and the log.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/amem.h"
#include "cmd/lib/core_now.h"
#include "cmd/lib/info_image.h"
#include "cmd/lib/info_put.h"
#include "cmd/lib/kdfile.h"
#include "cmd/lib/kdread.h"
#include "cmd/lib/pagecodec.h"
#include "cmd/lib/place.h"
#include "cmd/lib/prints.h"
#include "core/image.h"
#include "core/job.h"
#include "core/swsusp.h"
#include "sys/block.h"
#include "sys/die.h"
#include "sys/io.h"
#include "sys/log.h"

static const char usage[] =
	"usage: kjump-info [-dfjklw] FILE\n"
	"\n"
	"Print what FILE is as KEY=value lines: /proc/vmcore or an ELF core file with the\n"
	"KJUMP notes of the system that it shows, a kdump file, flattened or not, or a device or\n"
	"file with an image. DEVICE@BLOCK is what the extent list there says.\n"
	"\n"
	"  -d, --device   FILE is PARTUUID=...: which device that is, and nothing else\n"
	"  -f, --fs       the fingerprint of the file system on it only\n"
	"  -j, --job      read the job block out of that system's memory too\n"
	"  -k, --kmsg     messages to /dev/kmsg\n"
	"  -l, --label    look for a kjump label and the record of the last job only\n"
	"  -w, --waits    print nothing: 1 if a boot need not look at FILE, else 0\n"
	"  -h, --help     this text\n"
	"\n"
	"Exit status: 0 valid, 1 nothing of ours there, 65 damaged, 66 unreadable.\n";

static const struct option longopts[] = {
	{ "device", no_argument, NULL, 'd' },
	{ "fs", no_argument, NULL, 'f' },
	{ "job", no_argument, NULL, 'j' },
	{ "kmsg", no_argument, NULL, 'k' },
	{ "label", no_argument, NULL, 'l' },
	{ "waits", no_argument, NULL, 'w' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int none(void)
{
	puts("KIND=none");
	return kj_info_end(1);
}

/* ---- vmcore ---- */

static void put_facts(const struct kj_facts *f)
{
	if (f->have & KJ_HAVE(KJ_NT_REENTRY))
		kj_info_hex("RE", f->re);
	if (f->have & KJ_HAVE(KJ_NT_WINDOW))
		kj_info_ranges("WINDOW", &f->window);
	if (f->have & KJ_HAVE(KJ_NT_RAM))
		kj_info_ranges("RAM", &f->ram);
	if (f->have & KJ_HAVE(KJ_NT_JOB)) {
		kj_info_hex("JOB_PA", f->job_pa);
		kj_info_hex("MBOX_PA", f->mbox_pa);
	}
	if (f->have & KJ_HAVE(KJ_NT_HOST))
		kj_info_host(&f->host);
	if (f->have & KJ_HAVE(KJ_NT_CORE)) {
		kj_info_hex("CORE_PA", f->core_pa);
		kj_info_hex("CORE_SIZE", f->core_size);
		kj_info_hex("NOTES_PA", f->notes_pa);
		kj_info_hex("NOTES_SIZE", f->notes_size);
	}
	if (f->have & KJ_HAVE(KJ_NT_MAP)) {
		kj_info_hex("MAP_HEAD", f->map_head);
		kj_info_hex("MAP_TABLE", f->map_table);
		kj_info_hex("MAP_SWAP", f->map_swap);
		kj_info_hex("MAP_CR4", f->map_cr4);
	}
	kj_info_num("NOTES", (uint64_t)__builtin_popcount(f->have));
	kj_info_num("FOREIGN", f->nforeign);
	kj_info_num("PRSTATUS", f->nprstatus);
	printf("VMCOREINFO=%s\n", f->vmcoreinfo_len ? "yes" : "no");
}

static void put_vmcoreinfo(const struct kj_vmcoreinfo *vi)
{
	const char *s;
	size_t len;
	int64_t v;

	if (!kj_vmcoreinfo_str(vi, "OSRELEASE", &s, &len))
		kj_info_text("OSRELEASE", s, len);
	if (!kj_vmcoreinfo_num(vi, "CRASHTIME", &v) && v > 0)
		kj_info_num("CRASHTIME", (uint64_t)v);
}

static void put_job(struct kj_amem *m)
{
	static struct kj_le_job j;
	enum kj_err e;
	uint32_t format;

	if (!m->facts.job_pa) {
		puts("JOB=none");
		return;
	}
	if (kj_amem_read(m, m->facts.job_pa, &j, sizeof(j))) {
		puts("JOB=bad\nJOB_REASON=its page cannot be read");
		return;
	}
	e = kj_job_check(&j, m->facts.job_nonce);
	/* what B's memory holds may be found in A's when that runs again */
	kj_dmcrypt_wipe(&j.crypt);
	if (e) {
		printf("JOB=%s\n", e == KJ_ENOTFOUND ? "none" : "bad");
		printf("JOB_REASON=%s\n", e == KJ_ENOTFOUND ? "not armed" : kj_strerror(e));
		return;
	}
	format = kj_get_le32(j.format);
	puts("JOB=armed");
	printf("JOB_MODE=%s\n", kj_mode_name(kj_get_le32(j.mode)));
	kj_info_bytes("JOB_ID", j.id, sizeof(j.id));
	printf("JOB_FORMAT=%s\n", kj_format_name(format));
	printf("JOB_CODEC=%s\n", kj_codec_name(kj_get_le32(j.codec)));
	printf("JOB_LEVEL=%d\n", (int)kj_get_le32(j.level));
	kj_info_num("JOB_WORKERS", kj_get_le32(j.workers));
	kj_info_num("JOB_DEADLINE", kj_get_le32(j.deadline));
	kj_info_bytes("JOB_LABEL", j.label_uuid, sizeof(j.label_uuid));
	kj_info_num("JOB_FLAGS", kj_get_le32(j.flags));
	kj_info_num("JOB_CREATED", kj_get_le64(j.created));
}

static int show_core(const char *path, int job)
{
	static struct kj_amem m;
	int err = kj_amem_open(&m, path);

	if (err == -ENOEXEC)
		return none();
	if (err && err != -EBADMSG)
		die(err == -EIO ? EX_IOERR : EX_NOINPUT, "%s: %s", path, m.why);
	printf("KIND=%s\n", strcmp(path, "/proc/vmcore") ? "elf" : "vmcore");
	/* of a core whose map is no map, a script must still learn that there is a system to go back to */
	put_facts(&m.facts);
	if (err) {
		kj_info_end(0);
		die(EX_DATAERR, "%s: %s", path, m.why);
	}
	if (m.incomplete)
		puts("STATE=incomplete");
	printf("VIEW=%s\n", m.is_jump ? "physical" : "logical");
	if (m.is_jump) {
		kj_info_num("MAP_PAGES", m.map.npages);
		kj_info_num("MAP_FREE", m.map.nfree);
		kj_info_num("MAP_RUNS", m.map.n);
		printf("MAP_FROM=%s\n", m.map_from == KJ_MAP_GIVEN ? "pages" :
		       m.map_from == KJ_MAP_TOLD ? "note" : "control-page");
	}
	put_vmcoreinfo(&m.vi);
	if (job && m.map_from == KJ_MAP_GIVEN && !strcmp(path, "/proc/vmcore")) {
		const int now = kj_core_is_current(&m);

		printf("CORE=%s\n", now < 0 ? "unknown" : now ? "current" : "stale");
	}
	if (job)
		put_job(&m);
	kj_amem_close(&m);
	return kj_info_end(0);
}

/* ---- kdumps, devices, file systems ---- */

static int show_kdump(const char *path, int fd, uint64_t size)
{
	static struct kj_kdread r;
	const struct kj_kdump *k = &r.k;
	const char *why;
	int err = kj_kdread(fd, size, &r, &why);

	if (err)
		die(err == -EBADMSG ? EX_DATAERR : EX_IOERR, "%s: kdump: %s", path,
		    err == -EBADMSG ? why : strerror(-err));
	printf("KIND=%s\nSTATE=%s\n", r.flat ? "flat" : "kdump", r.complete ? "complete" : "incomplete");
	kj_info_num("VERSION", k->version);
	kj_info_num("FILTER", k->level);
	printf("CODEC=%s\n", kj_pack_name(k->status & (KJ_KDUMP_ZLIB | KJ_KDUMP_LZO | KJ_KDUMP_ZSTD)));
	kj_info_num("MAX_PFN", k->max_mapnr);
	kj_info_num("RAM_PAGES", r.ram);
	kj_info_num("PAGES", r.kept);
	kj_info_num("BYTES", size);
	kj_info_num("CREATED", k->time);
	kj_info_num("CPUS", k->ncpus);
	kj_info_num("NOTES_BYTES", k->notes_size);
	kj_info_num("ERASED_BYTES", k->erase_size);
	printf("VMCOREINFO=%s\n", k->vi_size ? "yes" : "no");
	kj_info_text("NODENAME", k->uts[KJ_UTS_NODENAME], KJ_UTS_LEN);
	kj_info_text("RELEASE", k->uts[KJ_UTS_RELEASE], KJ_UTS_LEN);
	kj_info_text("MACHINE", k->uts[KJ_UTS_MACHINE], KJ_UTS_LEN);
	return kj_info_end(0);
}

static int show_device(const char *spec)
{
	char path[KJ_BLOCK_PATH];
	int err = kj_block_resolve(spec, path, sizeof(path));

	if (err == -ENODEV || err == -ENOENT)
		return none();
	if (err)
		die(err == -EINVAL ? EX_USAGE : EX_NOINPUT, "'%s': %s", spec,
		    err == -EINVAL ? "neither a path nor PARTUUID= and what a GPT or MBR has" : strerror(-err));
	puts("KIND=device");
	kj_info_text("DEVICE", path, sizeof(path));
	return kj_info_end(0);
}

static int show_fs(const char *path)
{
	struct kj_le_print f;
	uint64_t size;
	int fd = kj_open_read(path), err;
	enum kj_err e;

	err = fd < 0 ? fd : kj_block_size(fd, &size);
	if (err)
		die(EX_NOINPUT, "%s: %s", path, strerror(-err));
	e = kj_prints_of(fd, size, 1, &f);
	if (e == KJ_ENOTFOUND)
		return none();
	if (e)
		die(EX_DATAERR, "%s: %s file system: %s", path, kj_print_name(kj_get_le32(f.kind)), kj_strerror(e));
	kj_close(fd);
	puts("KIND=fs");
	printf("FS=%s\n", kj_print_name(kj_get_le32(f.kind)));
	kj_info_bytes("FS_UUID", f.uuid, sizeof(f.uuid));
	kj_info_hex("FS_SUM", kj_get_le64(f.sum));
	return kj_info_end(0);
}

/* The fd of a file or place; -1: there is no extent list. Dies if it cannot be read. */
static int open_view(const char *path, uint64_t *size)
{
	const char *why;
	int fd = kj_place_view(path, size, &why);

	if (fd == -EBADMSG)
		die(EX_DATAERR, "%s: extent list: %s", path, why);
	if (fd < 0 && fd != -ENOMSG)
		die(EX_NOINPUT, "%s: %s", path, strerror(-fd));
	return fd < 0 ? -1 : fd;
}

/* A swap area that is a target has no label at its end, but says in its header where to look. */
static int show_swap(const char *path)
{
	char place[256];
	uint64_t size;
	int fd, status;

	if (strchr(path, '@') || snprintf(place, sizeof(place), "%s@0", path) >= (int)sizeof(place))
		return 1;
	fd = open_view(place, &size);
	if (fd < 0)
		return 1;
	status = kj_info_label(place, fd, size);
	kj_close(fd);
	return status;
}

static int show(const char *path, int job, int label_only)
{
	static struct kj_le_image first;
	uint64_t size;
	size_t got = 0;
	int fd = open_view(path, &size), err, status;

	if (fd < 0)
		return none();
	err = kj_pread_full(fd, &first, sizeof(first), 0, &got);
	if (err && err != -ENODATA)
		die(EX_NOINPUT, "%s: %s", path, strerror(-err));
	if (!label_only && got >= 4 && !memcmp(&first, "\177ELF", 4)) {
		kj_close(fd);
		return show_core(path, job);
	}
	if (!label_only && kj_kdfile_is((const uint8_t *)&first, got))
		status = show_kdump(path, fd, size);
	else if (!label_only && got == sizeof(first) && !memcmp(first.magic, KJ_IMAGE_MAGIC, sizeof(first.magic)))
		status = kj_info_image(path, fd, size, &first);
	else if (!label_only && got == sizeof(first) && !memcmp(first.magic, KJ_SWSUSP_MAGIC, sizeof(first.magic)))
		status = kj_info_swsusp(path, size, (const struct kj_le_swsusp_head *)&first);
	else
		status = kj_info_label(path, fd, size);
	kj_close(fd);
	if (status && label_only)
		status = show_swap(path);
	return status ? none() : 0;
}

/* The question of each boot, most of which find nothing: three blocks are read. */
static int show_waits(const char *path)
{
	static struct kj_le_image first;
	uint64_t size;
	int fd = open_view(path, &size), err, waits;

	if (fd < 0)
		return 1;
	err = kj_pread_full(fd, &first, sizeof(first), 0, NULL);
	if (err && err != -ENODATA)
		die(EX_NOINPUT, "%s: %s", path, strerror(-err));
	waits = kj_info_waits(fd, size, &first);
	kj_close(fd);
	return !waits;
}

int main(int argc, char **argv)
{
	int c, device = 0, fs = 0, job = 0, label = 0, kmsg = 0, waits = 0, err;

	kj_log_init("kjump-info");
	while ((c = getopt_long(argc, argv, "+dfjklwh", longopts, NULL)) != -1) {
		switch (c) {
		case 'd':
			device = 1;
			break;
		case 'f':
			fs = 1;
			break;
		case 'j':
			job = 1;
			break;
		case 'k':
			kmsg = 1;
			break;
		case 'l':
			label = 1;
			break;
		case 'w':
			waits = 1;
			break;
		case 'h':
			fputs(usage, stdout);
			return kj_info_end(0);
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	}
	if (argc - optind != 1 || device + fs + job + label + waits > 1) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	if (kmsg) {
		err = kj_log_to_kmsg();
		if (err)
			kj_log(KJ_LOG_WARN, "/dev/kmsg: %s", strerror(-err));
	}
	if (device)
		return show_device(argv[optind]);
	if (waits)
		return show_waits(argv[optind]);
	return fs ? show_fs(argv[optind]) : show(argv[optind], job, label);
}
