/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump estimate: how large a crashkernel= reservation kernel B needs, part by part, and how large it is. Must never
 * change either.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/front.h"
#include "cmd/lib/load.h"
#include "core/estimate.h"
#include "core/initrd.h"
#include "core/parse.h"
#include "core/loadplan.h"
#include "sys/die.h"
#include "sys/io.h"
#include "sys/kexec.h"
#include "sys/workers.h"

#define KERNEL_MAX (256u << 20)
#define CPUS_MAX 65536u
#define MIB (1ull << 20)

static void usage(FILE *f)
{
	fputs("usage: kjump estimate [OPTION...]\n\n"
	      "  -c, --config FILE   settings (" KJ_FRONT_CONF "): kernel, initrd, workers, cmdline_append,\n"
	      "                      crash_target\n"
	      "      --sysroot DIR   read /sys below DIR\n\n"
	      "Print as KEY=value how large crashkernel= should be, what that is made of, and how large it is.\n"
	      "Exit status: 0 the reservation is large enough, 1 it is not, or there is none.\n",
	      f);
}

/* nr_cpus= or maxcpus= of B's command line; 0: not there. */
static uint32_t limit_of(const char *append)
{
	static const char *const keys[] = { "nr_cpus=", "maxcpus=" };
	uint32_t least = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const size_t n = strlen(keys[i]);

		for (const char *p = append; (p = strstr(p, keys[i])) != NULL; p += n) {
			uint64_t v;

			if ((p != append && p[-1] != ' ') ||
			    kj_parse_u64_in(p + n, strcspn(p + n, " "), 1, CPUS_MAX, &v))
				continue;
			if (!least || v < least)
				least = (uint32_t)v;
		}
	}
	return least;
}

/* The CPUs that B will find, as far as its command line lets it. */
static uint32_t count_cpus(const char *root, const char *append)
{
	static char line[4096];
	uint32_t n = 0, limit = limit_of(append);

	if (!kj_load_line(root, "/sys/devices/system/cpu/present", line, sizeof(line)))
		n = kj_load_cpulist(line, NULL);
	if (!n)
		die(EX_OSERR, "/sys/devices/system/cpu/present: cannot be read");
	return limit && limit < n ? limit : n;
}

static void print_part(const char *key, uint64_t bytes)
{
	printf("%s=%llu\n", key, (unsigned long long)bytes);
}

/* What is reserved; 0 also where the kernel has no crash dumps. */
static uint64_t reserved(const char *root)
{
	uint64_t n = 0;
	const int rc = kj_kexec_crash_size(root, &n);

	if (rc && rc != -ENOENT)
		die(EX_OSERR, "kexec_crash_size: %s", strerror(-rc));
	return n;
}

static int estimate(const struct kj_front *f, const char *root)
{
	struct kj_estimate_in in;
	struct kj_load_file kernel, initrd;
	struct kj_bzimage bz;
	struct kj_initrd inner;
	struct kj_estimate e;
	const uint64_t now = reserved(root);
	enum kj_err err;

	kj_load_read("", f->kernel, KERNEL_MAX, &kernel);
	kj_load_initrd(f->initrd, &initrd);
	err = kj_bzimage_parse(kernel.buf, kernel.len, &bz);
	if (err)
		die(EX_DATAERR, "%s: %s", f->kernel, err == KJ_EMAGIC ? "not a bzImage" : kj_strerror(err));
	err = kj_initrd_measure(initrd.buf, initrd.len, &inner);
	if (err)
		die(EX_DATAERR, "%s: not an initramfs of cpio, zstd, gzip and xz: %s", f->initrd, kj_strerror(err));
	in = (struct kj_estimate_in){ .init_size = bz.init_size, .packed = initrd.len, .unpacked = inner.unpacked,
				      .cpus = count_cpus(root, f->append), .luks = kj_front_goes_by(f, "luks"),
				      .jump = kj_window_least(&bz, initrd.len) };
	in.workers = f->workers ? f->workers : in.cpus < KJ_WORKERS_MAX ? in.cpus : KJ_WORKERS_MAX;
	err = kj_estimate(&in, &e);
	if (err)
		die(EX_DATAERR, "%s, %s: %s", f->kernel, f->initrd, kj_strerror(err));
	printf("KERNEL=%s\nINITRD=%s\n", f->kernel, f->initrd);
	print_part("INITRD_PACKED", in.packed);
	print_part("INITRD_UNPACKED", in.unpacked);
	printf("INITRD_BOUND=%s\nCPUS=%u\nWORKERS=%u\n", inner.bound ? "yes" : "no", in.cpus, in.workers);
	print_part("PART_KERNEL", e.kernel);
	print_part("PART_INITRD", e.initrd);
	print_part("PART_BASE", e.base);
	print_part("PART_CPUS", e.cpus);
	print_part("PART_DUMP", e.dump);
	print_part("PART_LUKS", e.luks);
	print_part("PART_DRIVERS", e.drivers);
	print_part("PART_PAGES", e.pages);
	print_part("SUM", e.sum);
	print_part("JUMP_LEAST", in.jump);
	print_part("RESERVED", now);
	printf("RECOMMENDED=%lluM\nENOUGH=%s\n", (unsigned long long)(e.size / MIB), now >= e.size ? "yes" : "no");
	return now < e.size;
}

int kj_front_estimate(int argc, char **argv)
{
	static struct kj_front f;
	const char *conf = KJ_FRONT_CONF, *root = "";
	int status;

	if (kj_front_look_args(argc, argv, usage, &conf, &root, &status))
		return status;
	kj_front_conf(&f, conf);
	return estimate(&f, root);
}
