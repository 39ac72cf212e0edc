// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads a bzImage; must never hand out an offset that lies outside the file.
 */
#include <string.h>

#include "core/bzimage.h"
#include "core/crc32.h"

#define SECTOR 512u
#define MIB (1ull << 20)

#define XLF_KERNEL_64 1u
#define LOADED_HIGH 1u

/* struct setup_header from 0x1f1 on, as far as we read it */
struct le_setup {
	uint8_t setup_sects;
	le16 root_flags;
	le32 syssize;
	le16 ram_size, vid_mode, root_dev, boot_flag;
	uint8_t jump[2];	/* jump[1]: from 0x202 to the end of the header */
	le32 header;
	le16 version;
	le32 realmode_switch;
	le16 start_sys_seg, kernel_version;
	uint8_t type_of_loader, loadflags;
	le16 setup_move_size;
	le32 code32_start, ramdisk_image, ramdisk_size, bootsect_kludge;
	le16 heap_end_ptr;
	uint8_t ext_loader_ver, ext_loader_type;
	le32 cmd_line_ptr, initrd_addr_max, kernel_alignment;
	uint8_t relocatable_kernel, min_alignment;
	le16 xloadflags;
	le32 cmdline_size, hardware_subarch;
	le64 hardware_subarch_data;
	le32 payload_offset, payload_length;
	le64 setup_data, pref_address;
	le32 init_size, handover_offset;
};
_Static_assert(sizeof(struct le_setup) == 0x268 - 0x1f1, "boot.rst");
_Static_assert(offsetof(struct le_setup, header) == 0x202 - 0x1f1, "boot.rst");
_Static_assert(offsetof(struct le_setup, handover_offset) == 0x264 - 0x1f1, "boot.rst");

/* "6.12.117 (builder) ..." at kernel_version + 0x200 in the setup code: keep its first word. */
static void read_release(const uint8_t *buf, uint64_t setup_len, uint32_t ptr, char ret[64])
{
	uint64_t off = (uint64_t)ptr + SECTOR;
	size_t n = 0;

	while (ptr && off + n < setup_len && n < 63) {
		const uint8_t c = buf[off + n];

		if (c <= ' ' || c > '~')
			break;
		ret[n++] = (char)c;
	}
	memset(ret + n, 0, 64 - n);
}

/* "6.12..." as KJ_KVER(6, 12); 0: no such text. */
static uint32_t read_version(const char *release)
{
	uint32_t v[2] = { 0, 0 };
	int i = 0;

	for (; *release && i < 2; release++) {
		if (*release == '.')
			i++;
		else if (*release < '0' || *release > '9' || v[i] > 999)
			break;
		else
			v[i] = v[i] * 10 + (uint32_t)(*release - '0');
	}
	return i ? KJ_KVER(v[0], v[1]) : 0;
}

static uint32_t crc_zeros(uint32_t crc, uint32_t n)
{
	static const uint8_t zero[8];

	return kj_crc32(crc, zero, n);
}

/*
 * The CRC-32 that arch/x86/boot/tools/build.c appends makes that of the whole file, itself included, come out as ~0 in
 * kj_crc32()'s terms of the raw register being zero.  Signing changes two fields of the PE header, zero when it was
 * taken: CheckSum, and the certificate table's address and size.
 */
static int sum_matches(const uint8_t *buf, size_t len)
{
	uint32_t pe = (uint32_t)buf[0x3c] | (uint32_t)buf[0x3d] << 8, crc;
	uint32_t sum, cert;

	if (buf[0] != 'M' || buf[1] != 'Z' || pe < 0x40 || pe > 0x150 || memcmp(buf + pe, "PE\0\0", 4))
		return kj_crc32_bulk(0, buf, len) == UINT32_MAX;
	sum = pe + 24 + 64;	/* PE32+ optional header: CheckSum */
	cert = pe + 24 + 112 + 4 * 8;	/* and data directory 4 */
	crc = kj_crc32(0, buf, sum);
	crc = crc_zeros(crc, 4);
	crc = kj_crc32(crc, buf + sum + 4, cert - sum - 4);
	crc = crc_zeros(crc, 8);
	return kj_crc32_bulk(crc, buf + cert + 8, len - cert - 8) == UINT32_MAX;
}

static enum kj_err check_header(const struct le_setup *s)
{
	if (kj_get_le16(s->boot_flag) != 0xaa55 || memcmp(s->header.b, "HdrS", 4))
		return KJ_EMAGIC;
	if (kj_get_le16(s->version) < KJ_BZ_VERSION_MIN)
		return KJ_EVERSION;
	if (!(kj_get_le16(s->xloadflags) & XLF_KERNEL_64) || !s->relocatable_kernel ||
	    !(s->loadflags & LOADED_HIGH))
		return KJ_EUNSUPP;
	return KJ_OK;
}

enum kj_err kj_bzimage_parse(const uint8_t *buf, size_t len, struct kj_bzimage *ret)
{
	struct kj_bzimage bz = { 0 };
	struct le_setup s;
	uint64_t total, payload_off, payload_len;
	enum kj_err e;

	if (len < KJ_BZ_HEADER + sizeof(s))
		return KJ_ETRUNC;
	memcpy(&s, buf + KJ_BZ_HEADER, sizeof(s));
	e = check_header(&s);
	if (e)
		return e;
	bz.version = kj_get_le16(s.version);
	bz.header_len = 0x202 + s.jump[1] - KJ_BZ_HEADER;
	bz.code_off = ((uint64_t)(s.setup_sects ? s.setup_sects : 4) + 1) * SECTOR;
	bz.code_len = (uint64_t)kj_get_le32(s.syssize) * 16;
	bz.init_size = kj_get_le32(s.init_size);
	bz.align = kj_get_le32(s.kernel_alignment);
	bz.pref_address = kj_get_le64(s.pref_address);
	bz.cmdline_max = kj_get_le32(s.cmdline_size);
	payload_off = kj_get_le32(s.payload_offset);
	payload_len = kj_get_le32(s.payload_length);
	total = bz.code_off + bz.code_len;
	if (len < total)
		return KJ_ETRUNC;
	if (bz.header_len < sizeof(s) || KJ_BZ_HEADER + bz.header_len > KJ_BZ_HEADER_MAX || bz.code_off < 0x400 ||
	    bz.code_len <= KJ_BZ_ENTRY64 || payload_len < 16 || payload_off > bz.code_len ||
	    payload_len > bz.code_len - payload_off || bz.init_size < bz.code_len || bz.init_size > 1024 * MIB ||
	    bz.align < 2 * MIB || bz.align > 1024 * MIB || (bz.align & (bz.align - 1)) ||
	    bz.pref_address > 1024 * MIB || (bz.pref_address & (bz.align - 1)) || bz.cmdline_max < 255)
		return KJ_EFORMAT;
	read_release(buf, bz.code_off, kj_get_le16(s.kernel_version), bz.release);
	bz.has_sum = (uint32_t)sum_matches(buf, (size_t)total);
	bz.kernel_version = read_version(bz.release);
	if (!bz.has_sum && bz.kernel_version < KJ_KVER(6, 15))
		return KJ_ECRC;
	*ret = bz;
	return KJ_OK;
}
