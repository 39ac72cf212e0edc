// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * This machine and this kernel, from /proc and /sys. It must never load or change anything but
 * clean caches.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/lib/load.h"
#include "cmd/lib/restore_host.h"
#include "core/e820.h"
#include "core/iomem.h"
#include "core/parse.h"
#include "sys/compat.h"
#include "sys/io.h"
#include "sys/kexec.h"
#include "sys/memmap.h"

#define TEXT_MAX (1u << 20)	/* of /proc/iomem */

static int say(char *why, const char *what, int err)
{
	snprintf(why, KJ_HOST_WHY, "%s: %s", what, strerror(-err));
	return err;
}

/* The firmware's memory map, in its order, as the kernel's digest has it. */
static int read_firmware(struct kj_e820 *map, char *why)
{
	struct kj_memmap_text *text;
	size_t n, i;
	void *p;
	int r;

	r = kj_alloc_pages(KJ_E820_MAX * sizeof(*text), &p);
	if (r)
		return say(why, "out of memory", r);
	text = p;
	r = kj_memmap_read("", text, KJ_E820_MAX, &n);
	for (i = 0; !r && i < n; i++) {
		uint64_t start, end;

		if (kj_parse_u64(text[i].start, strlen(text[i].start), &start) ||
		    kj_parse_u64(text[i].end, strlen(text[i].end), &end) || end == UINT64_MAX ||
		    kj_e820_append(map, start, end + 1,
				   kj_e820_type(text[i].type, strlen(text[i].type))))
			r = -EINVAL;
	}
	kj_munmap(p, KJ_E820_MAX * sizeof(*text));
	return r ? say(why, "/sys/firmware/memmap", r) : 0;
}

static int read_ram(struct kj_iomem *io, char *why)
{
	enum kj_err e;
	size_t len;
	void *buf;
	int r;

	r = kj_alloc_pages(TEXT_MAX, &buf);
	if (r)
		return say(why, "out of memory", r);
	r = kj_slurp("/proc/iomem", buf, TEXT_MAX, &len);
	if (r) {
		say(why, "/proc/iomem", r);
	} else {
		e = kj_iomem_parse(buf, len, io);
		if (e)
			snprintf(why, KJ_HOST_WHY, "/proc/iomem: %s", kj_strerror(e));
		r = e == KJ_EUNSUPP ? -EPERM : e ? -EINVAL : 0;
	}
	kj_munmap(buf, TEXT_MAX);
	return r;
}

int kj_host_read(struct kj_le_host *ret, struct kj_ranges *ram, char *why)
{
	struct both {
		struct kj_iomem io;
		struct kj_e820 fw;
	} *b;
	void *p;
	int r;

	r = kj_alloc_pages(sizeof(*b), &p);
	if (r)
		return say(why, "out of memory", r);
	b = p;
	r = read_ram(&b->io, why);
	if (!r)
		r = read_firmware(&b->fw, why);
	if (!r) {
		*ram = b->io.ram;
		/* the same code that asked A who it is */
		kj_load_host("", &b->fw, 0, ret);
	}
	kj_munmap(p, sizeof(*b));
	return r;
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

int kj_host_unwanted(void)
{
	char buf[4096];
	size_t len;

	return !kj_slurp("/proc/cmdline", buf, sizeof(buf), &len) && has_word(buf, "noresume");
}

int kj_host_hibernation_off(void)
{
	char buf[4096];
	size_t len;

	/* nohibernate, lockdown, secret memory, CXL memory: power/hibernate.c */
	return !kj_slurp("/sys/power/disk", buf, sizeof(buf), &len) && strstr(buf, "[disabled]");
}

enum kj_path_kexec kj_host_kexec(void)
{
	/* a flag that no kernel knows: permission is looked at before it, and nothing is loaded or unloaded */
	switch (kj_kexec_load(0, NULL, 0, KJ_KEXEC_UNKNOWN)) {
	case -ENOSYS:
		return KJ_KEXEC_NONE;
	case -EINVAL:
		return KJ_KEXEC_ABLE;
	}
	return KJ_KEXEC_OFF;
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
