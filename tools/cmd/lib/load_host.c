// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who A is, for the HOST note and every image header; must never guess: what cannot be read is zero.
 */
#include <string.h>

#include "cmd/lib/load.h"
#include "core/cursor.h"
#include "core/parse.h"
#include "sys/cpu.h"

#define NT_GNU_BUILD_ID 3u

uint32_t kj_load_cpulist(const char *text, uint32_t *highest)
{
	uint32_t n = 0, top = 0;

	while (*text) {
		const size_t len = strcspn(text, ","), first = strcspn(text, ",-");
		uint64_t a, b;

		if (kj_parse_u64_in(text, first, 0, 65535, &a))
			return 0;
		b = a;
		if (first < len && kj_parse_u64_in(text + first + 1, len - first - 1, a, 65535, &b))
			return 0;
		n += (uint32_t)(b - a) + 1;
		top = (uint32_t)b;
		text += len;
		if (*text == ',')
			text++;
	}
	if (highest)
		*highest = top;
	return n;
}

/* "0f2c...-..." to 16 bytes; zero if it is no such text. */
static void read_uuid(const char *s, uint8_t ret[16])
{
	uint8_t id[16];
	size_t n = 0;

	while (*s && n < sizeof(id)) {
		uint64_t v;

		if (*s == '-') {
			s++;
			continue;
		}
		if (!s[1] || kj_parse_hex(s, 2, &v))
			return;
		id[n++] = (uint8_t)v;
		s += 2;
	}
	if (n == sizeof(id) && !*s)
		memcpy(ret, id, sizeof(id));
}

/* /sys/kernel/notes: ELF notes of the running kernel. */
static void read_build_id(const struct kj_load_file *f, struct kj_le_host *ret)
{
	struct kj_cursor c;
	uint32_t namesz, descsz, type;
	const uint8_t *name, *desc;

	kj_cursor_init(&c, f->buf, f->len);
	while (!kj_cursor_le32(&c, &namesz) && !kj_cursor_le32(&c, &descsz) && !kj_cursor_le32(&c, &type)) {
		if (kj_cursor_bytes(&c, namesz, &name) || kj_cursor_align(&c, 4) ||
		    kj_cursor_bytes(&c, descsz, &desc))
			return;
		if (type == NT_GNU_BUILD_ID && namesz == 4 && !memcmp(name, "GNU", 4) && descsz &&
		    descsz <= sizeof(ret->build_id)) {
			memcpy(ret->build_id, desc, descsz);
			ret->build_id_len = kj_put_le32(descsz);
			return;
		}
		if (kj_cursor_align(&c, 4))
			return;
	}
}

/* What get_num_physpages() of the kernel adds up: the pages present in all zones, lines `        present  3998`. */
static uint64_t read_physpages(const char *text)
{
	uint64_t sum = 0, n;

	for (const char *p = text; (p = strstr(p, "\n        present ")) != NULL;) {
		size_t len;

		p += 17;
		p += strspn(p, " ");
		len = strcspn(p, "\n");
		if (kj_parse_u64_in(p, len, 0, 1ull << 40, &n))
			return 0;
		sum += n;
	}
	return sum;
}

void kj_load_host(const char *root, const struct kj_e820 *fw, uint64_t page_offset, struct kj_le_host *ret)
{
	struct kj_load_file f;
	struct kj_cpu cpu;
	char line[512];
	uint32_t online = 0;

	memset(ret, 0, sizeof(*ret));
	if (!kj_load_line(root, "/proc/sys/kernel/osrelease", line, sizeof(line)) &&
	    strlen(line) < sizeof(ret->release))
		memcpy(ret->release, line, strlen(line));
	if (!kj_load_line(root, "/proc/sys/kernel/random/boot_id", line, sizeof(line)))
		read_uuid(line, ret->boot_id);
	kj_load_text(root, "/sys/kernel/notes", 1u << 20, 1, &f);
	read_build_id(&f, ret);
	kj_load_text(root, "/proc/zoneinfo", 64u << 20, 1, &f);
	ret->physpages = kj_put_le64(read_physpages((const char *)f.buf));
	if (!kj_load_line(root, "/sys/devices/system/cpu/online", line, sizeof(line)))
		online = kj_load_cpulist(line, NULL);
	kj_cpu_read(&cpu);
	memcpy(ret->vendor, cpu.vendor, sizeof(ret->vendor));
	ret->cpu_sig = kj_put_le32(cpu.sig);
	ret->microcode = kj_put_le32(cpu.microcode);
	ret->la57 = kj_put_le32(cpu.la57);
	ret->ncpus = kj_put_le32(online ? online : cpu.ncpus);
	for (size_t i = 0; i < sizeof(ret->cpu_feat) / sizeof(ret->cpu_feat[0]); i++)
		ret->cpu_feat[i] = kj_put_le32(cpu.feat[i]);
	ret->e820_crc = kj_put_le32(kj_e820_crc(fw));
	ret->page_offset = kj_put_le64(page_offset);
}
