// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * B's kernel command line; must never contain an option that moves B out of the memory that its map gives it.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/load.h"
#include "sys/die.h"

/* Whatever goes wrong in B has to end in a reset, and what A pays for B is memory. A memory device that was plugged in is A's,
 * too: B finds it in the firmware's tables, not in the map that it was given, and would take it. */
static const char common[] = "panic=5 oops=panic softlockup_panic=1 nmi_watchdog=0 transparent_hugepage=never "
			     "acpi_no_memhotplug";
/* A's devices are in any state */
static const char crash[] = "reset_devices irqpoll";
/* kernels before this one reset the machine when a crash on another CPU than the first is followed by bringing up all
 * (linux 6.9, arch/x86/kernel/cpu/topology.c: check_for_real_bsp) */
#define KNOWS_REAL_BSP KJ_KVER(6, 9)

static void add(struct kj_load *l, const char *s, size_t n)
{
	const size_t used = strlen(l->cmdline);

	if (!n)
		return;
	if (n + 2 > sizeof(l->cmdline) - used)
		die(EX_USAGE, "--append: command line too long");
	if (used)
		l->cmdline[used] = ' ';
	memcpy(l->cmdline + used + (used ? 1 : 0), s, n);
	l->cmdline[used + (used ? 1 : 0) + n] = '\0';
}

/* Does @s contain a word that begins with @key? */
static const char *word(const char *s, const char *key)
{
	for (const char *p = s; (p = strstr(p, key)) != NULL; p++)
		if (p == s || p[-1] == ' ' || p[-1] == '\n')
			return p;
	return NULL;
}

/* A's consoles, so that B is heard where A was. */
static void add_consoles(struct kj_load *l)
{
	struct kj_load_file f;

	if (word(l->o.append, "console="))
		return;
	kj_load_text(l->o.root, "/proc/cmdline", 64u << 10, 1, &f);
	for (const char *p = (const char *)f.buf; (p = word(p, "console=")) != NULL;) {
		const size_t n = strcspn(p, " \n");

		add(l, p, n);
		p += n;
	}
}

/* The other kernel's page tables must be of the depth of ours. */
static void add_depth(struct kj_load *l)
{
	struct kj_load_file f;
	const char *p;

	kj_load_text(l->o.root, "/proc/cmdline", 64u << 10, 1, &f);
	p = word((const char *)f.buf, "no5lvl");
	if (p && strchr(" \n", p[6]) && !word(l->o.append, "no5lvl"))
		add(l, "no5lvl", 6);
}

void kj_load_cmdline(struct kj_load *l)
{
	static const char *const ours[] = { "elfcorehdr=", "memmap=", "mem=" };
	char hdr[40];

	for (const char *p = l->o.append; *p; p++)
		if ((unsigned char)*p < ' ')
			die(EX_USAGE, "--append: control characters");
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (word(l->o.append, ours[i]))
			die(EX_USAGE, "--append: %s is not for you to set", ours[i]);
	snprintf(hdr, sizeof(hdr), "elfcorehdr=0x%llx", (unsigned long long)l->plan.header);
	add(l, hdr, strlen(hdr));
	add(l, common, strlen(common));
	if (l->o.crash) {
		add(l, crash, strlen(crash));
		if (l->bz.kernel_version < KNOWS_REAL_BSP)
			add(l, "nr_cpus=1", 9);
	}
	add_consoles(l);
	add_depth(l);
	add(l, l->o.append, strlen(l->o.append));
}
