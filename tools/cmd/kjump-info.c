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
#include "cmd/lib/kdfile.h"
#include "cmd/lib/kdread.h"
#include "cmd/lib/pagecodec.h"
#include "cmd/lib/place.h"
#include "cmd/lib/prints.h"
#include "core/image.h"
#include "core/job.h"
#include "core/sealed.h"
#include "core/swsusp.h"
#include "sys/block.h"
#include "sys/die.h"
#include "sys/io.h"
#include "sys/log.h"

static const char usage[] =
	"usage: kjump-info [-dfjkl] FILE\n"
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
	"  -h, --help     this text\n"
	"\n"
	"Exit status: 0 valid, 1 nothing of ours there, 65 damaged, 66 unreadable.\n";

static const struct option longopts[] = {
	{ "device", no_argument, NULL, 'd' },
	{ "fs", no_argument, NULL, 'f' },
	{ "job", no_argument, NULL, 'j' },
	{ "kmsg", no_argument, NULL, 'k' },
	{ "label", no_argument, NULL, 'l' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* ---- output ---- */

/* Text from outside, up to @max bytes: nothing that a shell could take for more than text. */
static void put_text(const char *key, const char *s, size_t max)
{
	printf("%s=", key);
	for (size_t i = 0; i < max && s[i]; i++) {
		int plain = s[i] >= ' ' && s[i] <= '~' && !strchr("'\"`$\\", s[i]);

		putchar(plain ? s[i] : '_');
	}
	putchar('\n');
}

static void put_bytes(const char *key, const uint8_t *p, size_t len)
{
	printf("%s=", key);
	for (size_t i = 0; i < len; i++)
		printf("%02x", p[i]);
	putchar('\n');
}

static void put_hex(const char *key, uint64_t v)
{
	printf("%s=0x%llx\n", key, (unsigned long long)v);
}

static void put_num(const char *key, uint64_t v)
{
	printf("%s=%llu\n", key, (unsigned long long)v);
}

static void put_ranges(const char *key, const struct kj_ranges *r)
{
	printf("%s=", key);
	for (uint32_t i = 0; i < r->n; i++)
		printf("%s0x%llx-0x%llx", i ? "," : "", (unsigned long long)r->r[i].start,
		       (unsigned long long)r->r[i].end);
	putchar('\n');
}

static void put_host(const struct kj_le_host *h)
{
	uint32_t len = kj_get_le32(h->build_id_len);

	put_text("RELEASE", h->release, sizeof(h->release));
	put_text("VENDOR", h->vendor, sizeof(h->vendor));
	put_bytes("BUILD_ID", h->build_id, len < sizeof(h->build_id) ? len : sizeof(h->build_id));
	put_bytes("BOOT_ID", h->boot_id, sizeof(h->boot_id));
	put_hex("E820_CRC", kj_get_le32(h->e820_crc));
	put_num("PHYSPAGES", kj_get_le64(h->physpages));
	put_hex("CPU_SIG", kj_get_le32(h->cpu_sig));
	put_hex("MICROCODE", kj_get_le32(h->microcode));
	put_num("NCPUS", kj_get_le32(h->ncpus));
	put_num("LA57", kj_get_le32(h->la57));
	put_hex("PAGE_OFFSET", kj_get_le64(h->page_offset));
}

/* What was printed must have arrived: a script that reads half of it would believe that half. */
static int finish(int status)
{
	if (fflush(stdout) || ferror(stdout))
		die(EX_IOERR, "stdout: write error");
	return status;
}

static int none(void)
{
	puts("KIND=none");
	return finish(1);
}

/* ---- vmcore ---- */

static void put_facts(const struct kj_facts *f)
{
	if (f->have & KJ_HAVE(KJ_NT_REENTRY))
		put_hex("RE", f->re);
	if (f->have & KJ_HAVE(KJ_NT_WINDOW))
		put_ranges("WINDOW", &f->window);
	if (f->have & KJ_HAVE(KJ_NT_RAM))
		put_ranges("RAM", &f->ram);
	if (f->have & KJ_HAVE(KJ_NT_JOB)) {
		put_hex("JOB_PA", f->job_pa);
		put_hex("MBOX_PA", f->mbox_pa);
	}
	if (f->have & KJ_HAVE(KJ_NT_HOST))
		put_host(&f->host);
	if (f->have & KJ_HAVE(KJ_NT_CORE)) {
		put_hex("CORE_PA", f->core_pa);
		put_hex("CORE_SIZE", f->core_size);
		put_hex("NOTES_PA", f->notes_pa);
		put_hex("NOTES_SIZE", f->notes_size);
	}
	if (f->have & KJ_HAVE(KJ_NT_MAP)) {
		put_hex("MAP_HEAD", f->map_head);
		put_hex("MAP_TABLE", f->map_table);
		put_hex("MAP_SWAP", f->map_swap);
		put_hex("MAP_CR4", f->map_cr4);
	}
	put_num("NOTES", (uint64_t)__builtin_popcount(f->have));
	put_num("FOREIGN", f->nforeign);
	put_num("PRSTATUS", f->nprstatus);
	printf("VMCOREINFO=%s\n", f->vmcoreinfo_len ? "yes" : "no");
}

static void put_vmcoreinfo(const struct kj_vmcoreinfo *vi)
{
	const char *s;
	size_t len;
	int64_t v;

	if (!kj_vmcoreinfo_str(vi, "OSRELEASE", &s, &len))
		put_text("OSRELEASE", s, len);
	if (!kj_vmcoreinfo_num(vi, "CRASHTIME", &v) && v > 0)
		put_num("CRASHTIME", (uint64_t)v);
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
	if (e) {
		printf("JOB=%s\n", e == KJ_ENOTFOUND ? "none" : "bad");
		printf("JOB_REASON=%s\n", e == KJ_ENOTFOUND ? "not armed" : kj_strerror(e));
		return;
	}
	format = kj_get_le32(j.format);
	puts("JOB=armed");
	printf("JOB_MODE=%s\n", kj_mode_name(kj_get_le32(j.mode)));
	put_bytes("JOB_ID", j.id, sizeof(j.id));
	printf("JOB_FORMAT=%s\n", kj_format_name(format));
	printf("JOB_CODEC=%s\n", kj_codec_name(kj_get_le32(j.codec)));
	printf("JOB_LEVEL=%d\n", (int)kj_get_le32(j.level));
	put_num("JOB_WORKERS", kj_get_le32(j.workers));
	put_num("JOB_DEADLINE", kj_get_le32(j.deadline));
	put_bytes("JOB_LABEL", j.label_uuid, sizeof(j.label_uuid));
	put_num("JOB_FLAGS", kj_get_le32(j.flags));
	put_num("JOB_CREATED", kj_get_le64(j.created));
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
		finish(0);
		die(EX_DATAERR, "%s: %s", path, m.why);
	}
	printf("VIEW=%s\n", m.is_jump ? "physical" : "logical");
	if (m.is_jump) {
		put_num("MAP_PAGES", m.map.npages);
		put_num("MAP_FREE", m.map.nfree);
		put_num("MAP_RUNS", m.map.n);
		printf("MAP_FROM=%s\n", m.map_from_note ? "note" : "control-page");
	}
	put_vmcoreinfo(&m.vi);
	if (job)
		put_job(&m);
	kj_amem_close(&m);
	return finish(0);
}

/* ---- image, label ---- */

/* The file systems that it will be compared with. */
static void put_prints(const struct kj_le_prints *p)
{
	char key[24];
	unsigned int n = 0;

	for (uint32_t i = 0; i < kj_get_le32(p->n); i = kj_print_next(p, i), n++) {
		uint64_t below;

		snprintf(key, sizeof(key), "FS%u", n);
		printf("%s=%s\n", key, kj_print_name(kj_get_le32(p->fs[i].kind)));
		snprintf(key, sizeof(key), "FS%u_UUID", n);
		put_bytes(key, p->fs[i].uuid, sizeof(p->fs[i].uuid));
		snprintf(key, sizeof(key), "FS%u_SUM", n);
		put_hex(key, kj_get_le64(p->fs[i].sum));
		snprintf(key, sizeof(key), "FS%u_PIECES", n);
		put_num(key, kj_print_pieces(p, i, &below));
	}
}

static void put_image(const struct kj_le_image *h, const struct kj_le_state *s)
{
	static struct kj_ranges ram, window;

	kj_image_ranges(h, &ram, &window);
	puts("KIND=image");
	printf("STATE=%s\n", kj_state_name(kj_get_le32(s->state)));
	put_num("LOADS", kj_get_le32(s->loads));
	put_bytes("ID", h->id, sizeof(h->id));
	put_bytes("LABEL", h->label_uuid, sizeof(h->label_uuid));
	put_num("CREATED", kj_get_le64(h->t_created));
	put_num("SAVED", kj_get_le64(h->t_saved));
	put_num("DATA_PAGES", kj_get_le64(h->data_pages));
	put_num("ZERO_PAGES", kj_get_le64(h->zero_pages));
	put_num("FREE_PAGES", kj_get_le64(h->free_pages));
	put_num("BYTES", kj_get_le64(h->end_off));
	printf("CODEC=%s\n", kj_codec_name(kj_get_le32(h->codec)));
	put_hex("RE", kj_get_le64(h->jump.re));
	put_hex("CR4", kj_get_le64(h->jump.cr4));
	put_hex("JOB_PA", kj_get_le64(h->jump.job_pa));
	put_hex("MBOX_PA", kj_get_le64(h->jump.mbox_pa));
	put_ranges("WINDOW", &window);
	put_ranges("RAM", &ram);
	put_prints(&h->prints);
	put_host(&h->host);
}

/* Of an encrypted one there is not more to be seen. */
static void put_sealed(const struct kj_le_sealed *h, const struct kj_le_state *s, uint64_t bytes)
{
	const uint32_t kind = kj_get_le32(h->key.kind);

	puts("KIND=image\nENCRYPTED=yes");
	printf("KEY=%s\n", kj_key_kind_name(kind));
	if (kind == KJ_KEY_PASSPHRASE) {
		put_num("KEY_MEMORY", kj_get_le32(h->key.memory));
		put_num("KEY_PASSES", kj_get_le32(h->key.passes));
	}
	printf("STATE=%s\n", kj_state_name(kj_get_le32(s->state)));
	put_num("LOADS", kj_get_le32(s->loads));
	put_bytes("ID", h->id, sizeof(h->id));
	put_bytes("LABEL", h->label_uuid, sizeof(h->label_uuid));
	put_num("BYTES", bytes);
}

static int show_image(const char *path, int fd, uint64_t size, const struct kj_le_image *h)
{
	static struct kj_le_state s;
	struct kj_image_look look;
	enum kj_err e = kj_image_look(h, size, &look);
	int err;

	if (e)
		die(EX_DATAERR, "%s: image header: %s", path, kj_strerror(e));
	err = kj_pread_full(fd, &s, sizeof(s), KJ_BLOCK, NULL);
	if (err)
		die(err == -ENODATA ? EX_DATAERR : EX_IOERR, "%s: image state: %s", path, strerror(-err));
	e = kj_state_check(&s, look.id);
	if (e)
		die(EX_DATAERR, "%s: image state: %s", path, kj_strerror(e));
	if (look.sealed)
		put_sealed((const void *)h, &s, look.bytes);
	else
		put_image(h, &s);
	return finish(0);
}

static int show_swsusp(const char *path, uint64_t size, const struct kj_le_swsusp_head *h)
{
	enum kj_err e = kj_swsusp_check(h, size);

	if (e)
		die(EX_DATAERR, "%s: swsusp image: %s", path, kj_strerror(e));
	puts("KIND=swsusp");
	printf("STATE=%s\n", kj_swsusp_state_name(kj_swsusp_state(h)));
	put_bytes("ID", h->id, sizeof(h->id));
	put_bytes("LABEL", h->label_uuid, sizeof(h->label_uuid));
	put_num("CREATED", kj_get_le64(h->t_created));
	put_num("SAVED", kj_get_le64(h->t_saved));
	put_num("DATA_PAGES", kj_get_le64(h->data_pages));
	put_num("ZERO_PAGES", kj_get_le64(h->zero_pages));
	put_num("FREE_PAGES", kj_get_le64(h->free_pages));
	put_num("BYTES", kj_get_le64(h->end_off));
	printf("CODEC=%s\n", kj_codec_name(kj_get_le32(h->codec)));
	put_text("RELEASE", h->release, sizeof(h->release));
	return finish(0);
}

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
	put_num("VERSION", k->version);
	put_num("FILTER", k->level);
	printf("CODEC=%s\n", kj_pack_name(k->status & (KJ_KDUMP_ZLIB | KJ_KDUMP_LZO | KJ_KDUMP_ZSTD)));
	put_num("MAX_PFN", k->max_mapnr);
	put_num("RAM_PAGES", r.ram);
	put_num("PAGES", r.kept);
	put_num("BYTES", size);
	put_num("CREATED", k->time);
	put_num("CPUS", k->ncpus);
	put_num("NOTES_BYTES", k->notes_size);
	printf("VMCOREINFO=%s\n", k->vi_size ? "yes" : "no");
	put_text("NODENAME", k->uts[KJ_UTS_NODENAME], KJ_UTS_LEN);
	put_text("RELEASE", k->uts[KJ_UTS_RELEASE], KJ_UTS_LEN);
	put_text("MACHINE", k->uts[KJ_UTS_MACHINE], KJ_UTS_LEN);
	return finish(0);
}

static void put_record(const char *path, int fd, uint64_t size)
{
	static struct kj_le_record r;
	enum kj_err e;
	int err = kj_pread_full(fd, &r, sizeof(r), kj_record_offset(size), NULL);

	if (err)
		die(EX_IOERR, "%s: job record: %s", path, strerror(-err));
	e = kj_block_check(&r, KJ_RECORD_MAGIC);
	if (e) {
		printf("REC_STATE=%s\n", e == KJ_EMAGIC ? "none" : "bad");
		return;
	}
	printf("REC_STATE=%s\n", kj_record_name(kj_get_le32(r.state)));
	put_bytes("REC_ID", r.id, sizeof(r.id));
	put_bytes("REC_BOOT_ID", r.boot_id, sizeof(r.boot_id));
	printf("REC_MODE=%s\n", kj_mode_name(kj_get_le32(r.mode)));
	put_num("REC_RESULT", kj_get_le32(r.result));
	put_num("REC_TIME", kj_get_le64(r.t_pending));
	put_num("REC_STATE_TIME", kj_get_le64(r.t_state));
	put_text("REC_TEXT", r.text, sizeof(r.text));
}

/* 0: shown, 1: there is none; dies if it is damaged. */
static int show_label(const char *path, int fd, uint64_t size)
{
	static struct kj_le_label l;
	uint64_t off = kj_label_offset(size);
	enum kj_err e;
	int err;

	if (!off)
		return 1;
	err = kj_pread_full(fd, &l, sizeof(l), off, NULL);
	if (err)
		die(EX_IOERR, "%s: label: %s", path, strerror(-err));
	e = kj_block_check(&l, KJ_LABEL_MAGIC);
	if (e == KJ_EMAGIC)
		return 1;
	if (e)
		die(EX_DATAERR, "%s: label: %s", path, kj_strerror(e));
	if (kj_get_le64(l.dev_size) != size)
		die(EX_DATAERR, "%s: label: of a device of %llu bytes, this one has %llu", path,
		    (unsigned long long)kj_get_le64(l.dev_size), (unsigned long long)size);
	puts("KIND=label");
	printf("PLACE=%s\n", path);
	put_bytes("LABEL_UUID", l.uuid, sizeof(l.uuid));
	put_num("DEV_SIZE", size);
	put_num("USABLE", kj_target_usable(size));
	put_record(path, fd, size);
	return finish(0);
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
	put_text("DEVICE", path, sizeof(path));
	return finish(0);
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
	put_bytes("FS_UUID", f.uuid, sizeof(f.uuid));
	put_hex("FS_SUM", kj_get_le64(f.sum));
	return finish(0);
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
	status = show_label(place, fd, size);
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
		status = show_image(path, fd, size, &first);
	else if (!label_only && got == sizeof(first) && !memcmp(first.magic, KJ_SWSUSP_MAGIC, sizeof(first.magic)))
		status = show_swsusp(path, size, (const struct kj_le_swsusp_head *)&first);
	else
		status = show_label(path, fd, size);
	kj_close(fd);
	if (status && label_only)
		status = show_swap(path);
	return status ? none() : 0;
}

int main(int argc, char **argv)
{
	int c, device = 0, fs = 0, job = 0, label = 0, kmsg = 0, err;

	kj_log_init("kjump-info");
	while ((c = getopt_long(argc, argv, "+dfjklh", longopts, NULL)) != -1) {
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
		case 'h':
			fputs(usage, stdout);
			return finish(0);
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	}
	if (argc - optind != 1 || device + fs + job + label > 1) {
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
	return fs ? show_fs(argv[optind]) : show(argv[optind], job, label);
}
