/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small things that several commands of kjump need; must never print.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/lib/front.h"
#include "sys/io.h"

const char *kj_front_tool(const char *name, char *buf, size_t cap)
{
	char self[KJ_FRONT_TEXT];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n <= 0)
		n = 0;
	self[n] = 0;
	slash = strrchr(self, '/');
	if (slash)
		*slash = 0;
	snprintf(buf, cap, "%s/%s", slash ? self : "/usr/sbin", name);
	return buf;
}

void kj_front_hex(const uint8_t id[16], char out[33])
{
	for (int i = 0; i < 16; i++)
		snprintf(out + 2 * i, 3, "%02x", id[i]);
}

int kj_front_loaded(void)
{
	char text[16];
	size_t len;
	/* the second path is the older one (Documentation/ABI/obsolete/sysfs-kernel-kexec-kdump) */
	int rc = kj_slurp("/sys/kernel/kexec/loaded", text, sizeof(text), &len);

	if (rc == -ENOENT)
		rc = kj_slurp("/sys/kernel/kexec_loaded", text, sizeof(text), &len);
	return rc ? rc : text[0] == '1';
}
