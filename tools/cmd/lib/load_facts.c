// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the loader has to know about A, from /proc and /sys; must never go on with a memory map that it could not read.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/kcore.h"
#include "cmd/lib/load.h"
#include "cmd/lib/meminfo.h"
#include "core/parse.h"
#include "sys/compat.h"
#include "sys/die.h"
#include "sys/io.h"
#include "sys/kexec.h"
#include "sys/memmap.h"

#define TEXT_MAX (16u << 20)

static void read_iomem(const char *root, struct kj_iomem *ret)
{
	struct kj_load_file f;
	enum kj_err e;

	kj_load_text(root, "/proc/iomem", TEXT_MAX, 0, &f);
	e = kj_iomem_parse((const char *)f.buf, f.len, ret);
	if (e == KJ_EUNSUPP)
		die(EX_NOPERM, "/proc/iomem: addresses are hidden: not root");
	if (e)
		die(EX_OSERR, "/proc/iomem: %s", kj_strerror(e));
}

static enum kj_err take_entry(const struct kj_memmap_text *t, struct kj_e820 *ret)
{
	uint64_t start, last;

	if (kj_parse_u64(t->start, strlen(t->start), &start) || kj_parse_u64(t->end, strlen(t->end), &last) ||
	    last == UINT64_MAX)
		return KJ_EFORMAT;
	return kj_e820_append(ret, start, last + 1, kj_e820_type(t->type, strlen(t->type)));
}

static void read_firmware(const char *root, const struct kj_iomem *io, struct kj_e820 *ret)
{
	static struct kj_memmap_text text[KJ_E820_MAX];
	size_t n;
	int err = kj_memmap_read(root, text, KJ_E820_MAX, &n);

	ret->n = 0;
	if (err == -ENOENT) {
		*ret = io->map;
		return;
	}
	if (err)
		die(EX_OSERR, "/sys/firmware/memmap: %s", strerror(-err));
	for (size_t i = 0; i < n; i++) {
		enum kj_err e = take_entry(&text[i], ret);

		if (e)
			die(EX_OSERR, "/sys/firmware/memmap/%zu: %s", i, kj_strerror(e));
	}
}

/* Do A's offline CPUs wait in MWAIT?  Then a write to the line that they watch wakes them up, in a text that may by then
 * be B's.  AMD's and Hygon's, and those without the instruction, wait in HLT (linux 6.12 arch/x86/kernel/smpboot.c). */
static int reads_mwait(const char *cpuinfo)
{
	const char *flags = strstr(cpuinfo, "\nflags\t");
	size_t len;

	if (strstr(cpuinfo, ": AuthenticAMD\n") || strstr(cpuinfo, ": HygonGenuine\n"))
		return 0;
	if (!flags)
		return 1;
	len = strcspn(flags + 1, "\n");
	for (const char *p = flags; (p = strstr(p, " monitor")) != NULL && p < flags + len; p++)
		if (p[8] == ' ' || p[8] == '\n')
			return 1;
	return 0;
}

static void read_cpus(const char *root, struct kj_load_facts *ret)
{
	static char line[4096];
	struct kj_load_file f;

	ret->cpus_present = 0;
	if (!kj_load_line(root, "/sys/devices/system/cpu/present", line, sizeof(line)))
		ret->cpus_present = kj_load_cpulist(line, NULL);
	if (!ret->cpus_present)
		die(EX_OSERR, "/sys/devices/system/cpu/present: cannot be read");
	kj_load_text(root, "/proc/cpuinfo", TEXT_MAX, 0, &f);
	ret->waits_in_mwait = reads_mwait((const char *)f.buf);
	ret->memcrypt = kj_memcrypt_find((const char *)f.buf, f.len, ret->vmcoreinfo, ret->vmcoreinfo_len);
}

static void read_kcore(const char *root, struct kj_load_facts *ret)
{
	struct kj_kcore k;

	kj_kcore_read(root, &k);
	ret->page_offset = k.page_offset;
	ret->vmcoreinfo = k.vmcoreinfo;
	ret->vmcoreinfo_len = k.vmcoreinfo_len;
}

static void add_live(struct kj_load_facts *a, uint64_t pa, uint64_t size)
{
	if (a->nlive >= KJ_COREHDR_NOTES - 1)
		die(EX_UNAVAILABLE, "/sys/devices/system/cpu: more than %u CPUs", KJ_COREHDR_NOTES - 2);
	a->live[a->nlive++] = (struct kj_core_note){ pa, size };
}

/* Crash mode: where A will leave its CPUs' registers, and its VMCOREINFO. */
static void read_live_notes(const char *root, struct kj_load_facts *a)
{
	char line[4096], path[128];
	uint32_t highest = 0;
	uint64_t pa, size;
	size_t n;

	if (kj_load_line(root, "/sys/devices/system/cpu/possible", line, sizeof(line)) ||
	    !kj_load_cpulist(line, &highest))
		die(EX_OSERR, "/sys/devices/system/cpu/possible: cannot be read");
	for (uint32_t i = 0; i <= highest; i++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/crash_notes", i);
		if (kj_load_line(root, path, line, sizeof(line)))
			continue;
		if (kj_parse_hex(line, strlen(line), &pa))
			die(EX_OSERR, "%s: no address: \"%s\"", path, line);
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u/crash_notes_size", i);
		if (kj_load_line(root, path, line, sizeof(line)) ||
		    kj_parse_u64_in(line, strlen(line), 1, 1u << 20, &size))
			die(EX_OSERR, "%s: no size", path);
		add_live(a, pa, size);
	}
	if (!a->nlive)
		die(EX_UNAVAILABLE, "kernel has no crash notes (CONFIG_CRASH_DUMP)");
	if (kj_load_line(root, "/sys/kernel/vmcoreinfo", line, sizeof(line)))
		die(EX_UNAVAILABLE, "/sys/kernel/vmcoreinfo: cannot be read");
	/* "0x0000000002650000 1024": the size is hexadecimal too */
	n = strcspn(line, " ");
	if (!line[n] || kj_parse_u64(line, n, &pa) || kj_parse_hex(line + n + 1, strlen(line + n + 1), &size) ||
	    size > (1u << 20) || !size)
		die(EX_OSERR, "/sys/kernel/vmcoreinfo: neither address nor size: \"%s\"", line);
	add_live(a, pa, size);
}

/* Does A's kernel write the core header, with notes of its own (kernel-patch/README)?  It says what it needs beside 56
 * bytes for each PT_NOTE and 8 for each page. */
static uint64_t read_core_room(const char *root)
{
	char line[64];
	uint64_t n;

	if (kj_load_line(root, KJ_KEXEC_CORE_SIZE, line, sizeof(line)))
		return 0;
	if (kj_parse_u64_in(line, strlen(line), 1, 16u << 20, &n))
		die(EX_OSERR, KJ_KEXEC_CORE_SIZE ": no size");
	return n;
}

static uint64_t read_efi_rsdp(const char *root)
{
	struct kj_load_file f;
	const char *p;
	uint64_t pa;

	kj_load_text(root, "/sys/firmware/efi/systab", 4096, 1, &f);
	p = strstr((const char *)f.buf, "ACPI20=");
	if (!p)
		return 0;
	p += 7;
	return kj_parse_u64(p, strcspn(p, "\n"), &pa) ? 0 : pa;
}

void kj_load_facts(const struct kj_load_opts *o, struct kj_load_facts *a)
{
	struct kj_load_file f;

	memset(a, 0, sizeof(*a));
	read_iomem(o->root, &a->io);
	if (o->crash && !a->io.crash.n)
		die(EX_UNAVAILABLE, "no memory is reserved for a crash kernel: boot with crashkernel=SIZE");
	read_firmware(o->root, &a->io, &a->fw);
	kj_load_text(o->root, "/proc/meminfo", TEXT_MAX, 0, &f);
	a->ram_total = kj_meminfo_find((const char *)f.buf, "MemTotal:");
	kj_load_text(o->root, "/sys/kernel/boot_params/data", KJ_BOOTPARAMS_SIZE, 1, &f);
	if (f.len == KJ_BOOTPARAMS_SIZE) {
		memcpy(a->boot_params, f.buf, f.len);
		a->have_boot_params = 1;
	}
	a->rsdp = read_efi_rsdp(o->root);
	read_kcore(o->root, a);
	read_cpus(o->root, a);
	kj_load_host(o->root, &a->fw, a->page_offset, &a->host);
	if (!kj_load_one_way(o))
		a->core_room = read_core_room(o->root);
	if (o->crash)
		read_live_notes(o->root, a);
	else if (!a->vmcoreinfo && !o->force && !o->confine.n)
		die(EX_UNAVAILABLE, "/proc/kcore: no VMCOREINFO note, so nobody could tell free pages from others");
}
