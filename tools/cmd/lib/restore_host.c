// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * This machine and this kernel, from /proc and /sys. It must never load or change anything but
 * clean caches.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd/lib/restore_host.h"
#include "core/e820.h"
#include "core/iomem.h"
#include "core/parse.h"
#include "sys/compat.h"
#include "sys/cpu.h"
#include "sys/io.h"
#include "sys/snapshot.h"

#define TEXT_MAX (1u << 20)	/* of /proc/iomem and /proc/zoneinfo: 8192 CPUs have less */

static int say(char *why, const char *what, int err)
{
	snprintf(why, KJ_HOST_WHY, "%s: %s", what, strerror(-err));
	return err;
}

/* ---- the firmware's memory map ---- */

static int memmap_file(unsigned int n, const char *name, char *buf, size_t cap, size_t *len)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/sys/firmware/memmap/%u/%s", n, name);
	r = kj_slurp(path, buf, cap, len);
	if (!r && *len && buf[*len - 1] == '\n')
		buf[--*len] = 0;
	return r;
}

/* The numbers are written as 0x%llx, and `end` is the last byte. */
static int memmap_entry(unsigned int n, struct kj_e820 *map)
{
	uint64_t start, end;
	char buf[64];
	size_t len;
	int r;

	r = memmap_file(n, "start", buf, sizeof(buf), &len);
	if (r)
		return r;
	if (kj_parse_u64(buf, len, &start))
		return -EINVAL;
	r = memmap_file(n, "end", buf, sizeof(buf), &len);
	if (!r && kj_parse_u64(buf, len, &end))
		r = -EINVAL;
	if (!r)
		r = memmap_file(n, "type", buf, sizeof(buf), &len);
	if (r)
		return r;
	if (end == UINT64_MAX || kj_e820_append(map, start, end + 1, kj_e820_type(buf, len)))
		return -EINVAL;
	return 0;
}

static int read_e820(uint32_t *crc, char *why)
{
	struct kj_e820 *map;
	unsigned int n;
	void *p;
	int r;

	r = kj_alloc_pages(sizeof(*map), &p);
	if (r)
		return say(why, "out of memory", r);
	map = p;
	for (n = 0; !r; n++)
		r = memmap_entry(n, map);
	/* the first number that is not there ends the list */
	if (r == -ENOENT && n > 1) {
		*crc = kj_e820_crc(map);
		r = 0;
	}
	kj_munmap(p, sizeof(*map));
	return r ? say(why, "/sys/firmware/memmap", r) : 0;
}

/* ---- /proc ---- */

uint64_t kj_host_present(const char *text, size_t len)
{
	static const char key[] = "        present ";
	const char *end = text + len;
	uint64_t sum = 0;

	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		const char *stop = nl ? nl : end, *p = text + sizeof(key) - 1;
		uint64_t n;

		if (stop - text > (long)sizeof(key) && !memcmp(text, key, sizeof(key) - 1)) {
			while (p < stop && *p == ' ')
				p++;
			if (!kj_parse_u64(p, (size_t)(stop - p), &n))
				sum += n;
		}
		text = stop + 1;
	}
	return sum;
}

/* num_physpages as get_num_physpages() has it: what all nodes have present. */
static int read_physpages(char *buf, uint64_t *ret, char *why)
{
	size_t len;
	int r = kj_slurp("/proc/zoneinfo", buf, TEXT_MAX, &len);

	if (r)
		return say(why, "/proc/zoneinfo", r);
	*ret = kj_host_present(buf, len);
	return *ret ? 0 : say(why, "/proc/zoneinfo", -EINVAL);
}

static int read_ram(char *buf, struct kj_ranges *ram, char *why)
{
	struct kj_iomem *io;
	enum kj_err e;
	size_t len;
	void *p;
	int r;

	r = kj_slurp("/proc/iomem", buf, TEXT_MAX, &len);
	if (r)
		return say(why, "/proc/iomem", r);
	r = kj_alloc_pages(sizeof(*io), &p);
	if (r)
		return say(why, "out of memory", r);
	io = p;
	e = kj_iomem_parse(buf, len, io);
	if (!e)
		*ram = io->ram;
	else
		snprintf(why, KJ_HOST_WHY, "/proc/iomem: %s", kj_strerror(e));
	kj_munmap(p, sizeof(*io));
	if (e == KJ_EUNSUPP)
		return say(why, "/proc/iomem", -EPERM);
	return e ? -EINVAL : 0;
}

/* "8-4-4-4-12" hexadecimal digits; zero if it is anything else. */
static void read_boot_id(uint8_t id[16])
{
	char buf[64];
	size_t len, i;
	unsigned int n = 0;

	memset(id, 0, 16);
	if (kj_slurp("/proc/sys/kernel/random/boot_id", buf, sizeof(buf), &len))
		return;
	for (i = 0; i < len && n < 32; i++) {
		uint64_t v;

		if (kj_parse_hex(buf + i, 1, &v))
			continue;
		id[n / 2] = (uint8_t)(id[n / 2] << 4 | v);
		n++;
	}
}

int kj_host_read(struct kj_le_host *ret, struct kj_ranges *ram, char *why)
{
	uint64_t physpages = 0;
	uint32_t crc = 0, i;
	struct utsname un;
	struct kj_cpu cpu;
	void *buf;
	int r;

	memset(ret, 0, sizeof(*ret));
	r = kj_alloc_pages(TEXT_MAX, &buf);
	if (r)
		return say(why, "out of memory", r);
	r = read_ram(buf, ram, why);
	if (!r)
		r = read_physpages(buf, &physpages, why);
	kj_munmap(buf, TEXT_MAX);
	if (!r)
		r = read_e820(&crc, why);
	if (r)
		return r;
	if (!uname(&un))
		memcpy(ret->release, un.release, strnlen(un.release, sizeof(ret->release) - 1));
	read_boot_id(ret->boot_id);
	kj_cpu_read(&cpu);
	memcpy(ret->vendor, cpu.vendor, sizeof(ret->vendor));
	ret->cpu_sig = kj_put_le32(cpu.sig);
	ret->microcode = kj_put_le32(cpu.microcode);
	ret->la57 = kj_put_le32(cpu.la57);
	ret->ncpus = kj_put_le32(cpu.ncpus);
	for (i = 0; i < KJ_CPU_FEAT_WORDS; i++)
		ret->cpu_feat[i] = kj_put_le32(cpu.feat[i]);
	ret->e820_crc = kj_put_le32(crc);
	ret->physpages = kj_put_le64(physpages);
	return 0;
}

/* ---- the kernel ---- */

/* Is @word one of the blank-separated words of @text? */
static int has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	while (*text) {
		size_t len = strcspn(text, " \t\n");

		if (len == n && !memcmp(text, word, n))
			return 1;
		text += len;
		text += strspn(text, " \t\n");
	}
	return 0;
}

int kj_host_able(char *why)
{
	char buf[4096];
	size_t len;

	if (!kj_slurp("/proc/cmdline", buf, sizeof(buf), &len) && has_word(buf, "noresume")) {
		snprintf(why, KJ_HOST_WHY, "noresume on the kernel command line");
		return -ECANCELED;
	}
	if (access(KJ_SNAPSHOT_PATH, F_OK)) {
		snprintf(why, KJ_HOST_WHY,
			 KJ_SNAPSHOT_PATH ": not there, the kernel has no HIBERNATION");
		return -EOPNOTSUPP;
	}
	/* nohibernate, lockdown, secret memory, CXL memory: power/hibernate.c */
	if (!kj_slurp("/sys/power/disk", buf, sizeof(buf), &len) && strstr(buf, "[disabled]")) {
		snprintf(why, KJ_HOST_WHY, "hibernation is switched off in this kernel");
		return -EPERM;
	}
	return 0;
}

static int meminfo(const char *key, uint64_t *ret)
{
	char buf[8192];
	const char *p;
	size_t len, n = 0;
	int r = kj_slurp("/proc/meminfo", buf, sizeof(buf), &len);

	if (r)
		return r;
	p = strstr(buf, key);
	if (!p)
		return -EINVAL;
	p += strlen(key);
	p += strspn(p, " ");
	n = strspn(p, "0123456789");
	if (kj_parse_u64(p, n, ret) || *ret > UINT64_MAX / 1024)
		return -EINVAL;
	*ret *= 1024;
	return 0;
}

int kj_host_memory(uint64_t want, uint64_t *ret, char *why)
{
	int r = meminfo("MemFree:", ret);

	if (!r && *ret < want && !kj_spit("/proc/sys/vm/drop_caches", "3", 1))
		r = meminfo("MemFree:", ret);
	return r ? say(why, "/proc/meminfo", r) : 0;
}

uint64_t kj_host_need(uint64_t pages, uint64_t physpages, uint64_t worker_bytes)
{
	uint64_t n;

	/* one struct pbe of 24 bytes for each, in pages that also hold a link */
	n = pages + pages / ((4096 - 8) / 24) + 1;
	/* five bitmaps of a bit for each page */
	n += 5 * (physpages / 32768 + 2);
	/* what a zone keeps for others, page tables, devices */
	n += physpages / 256 + 512;
	return n * 4096 + worker_bytes;
}
