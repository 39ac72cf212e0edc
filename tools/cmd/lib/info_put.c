// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KEY=value lines on stdout. It must never print what a shell could take for more than text.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/info_put.h"
#include "sys/die.h"

void kj_info_text(const char *key, const char *s, size_t max)
{
	printf("%s=", key);
	for (size_t i = 0; i < max && s[i]; i++) {
		int plain = s[i] >= ' ' && s[i] <= '~' && !strchr("'\"`$\\", s[i]);

		putchar(plain ? s[i] : '_');
	}
	putchar('\n');
}

void kj_info_bytes(const char *key, const uint8_t *p, size_t len)
{
	printf("%s=", key);
	for (size_t i = 0; i < len; i++)
		printf("%02x", p[i]);
	putchar('\n');
}

void kj_info_hex(const char *key, uint64_t v)
{
	printf("%s=0x%llx\n", key, (unsigned long long)v);
}

void kj_info_num(const char *key, uint64_t v)
{
	printf("%s=%llu\n", key, (unsigned long long)v);
}

void kj_info_ranges(const char *key, const struct kj_ranges *r)
{
	printf("%s=", key);
	for (uint32_t i = 0; i < r->n; i++)
		printf("%s0x%llx-0x%llx", i ? "," : "", (unsigned long long)r->r[i].start,
		       (unsigned long long)r->r[i].end);
	putchar('\n');
}

void kj_info_host(const struct kj_le_host *h)
{
	uint32_t len = kj_get_le32(h->build_id_len);

	kj_info_text("RELEASE", h->release, sizeof(h->release));
	kj_info_text("VENDOR", h->vendor, sizeof(h->vendor));
	kj_info_bytes("BUILD_ID", h->build_id, len < sizeof(h->build_id) ? len : sizeof(h->build_id));
	kj_info_bytes("BOOT_ID", h->boot_id, sizeof(h->boot_id));
	kj_info_hex("E820_CRC", kj_get_le32(h->e820_crc));
	kj_info_num("PHYSPAGES", kj_get_le64(h->physpages));
	kj_info_hex("CPU_SIG", kj_get_le32(h->cpu_sig));
	kj_info_hex("MICROCODE", kj_get_le32(h->microcode));
	kj_info_num("NCPUS", kj_get_le32(h->ncpus));
	kj_info_num("LA57", kj_get_le32(h->la57));
	kj_info_hex("PAGE_OFFSET", kj_get_le64(h->page_offset));
}

int kj_info_end(int status)
{
	if (fflush(stdout) || ferror(stdout))
		die(EX_IOERR, "stdout: write error");
	return status;
}
