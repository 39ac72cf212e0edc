// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read and write ELF notes, ours above all; must never take a range, an address or a length out of one unchecked.
 */
#include "core/note.h"

#include <string.h>

/* Elf64_Nhdr as bytes; Linux pads names and descriptors in core files to 4 bytes. */
struct le_nhdr {
	le32 namesz;
	le32 descsz;
	le32 type;
};
_Static_assert(sizeof(struct le_nhdr) == 12, "elf(5)");

#define NT_PRSTATUS 1u
#define PAGE_MASK 4095u
/* no x86-64 physical address lies behind this */
#define PA_LIMIT (1ull << 52)

static size_t pad4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static int name_is(const uint8_t *name, size_t namesz, const char *want, size_t want_len)
{
	return namesz == want_len && !memcmp(name, want, want_len);
}
#define NAME_IS(name, namesz, literal) name_is(name, namesz, literal, sizeof(literal))

static int page_address(uint64_t pa)
{
	return !(pa & PAGE_MASK) && pa < PA_LIMIT;
}

static enum kj_err parse_ranges(const uint8_t *desc, size_t size, uint32_t max, struct kj_ranges *ret)
{
	struct kj_note_ranges h;
	uint64_t prev = 0;
	uint32_t n;

	memcpy(&h, desc, sizeof(h));
	n = kj_get_le32(h.n);
	if (n > max)
		return KJ_ELIMIT;
	if (!n || n > (size - sizeof(h)) / sizeof(struct kj_le_range))
		return KJ_EFORMAT;
	for (uint32_t i = 0; i < n; i++) {
		struct kj_le_range le;
		uint64_t start, end;

		memcpy(&le, desc + sizeof(h) + i * sizeof(le), sizeof(le));
		start = kj_get_le64(le.start);
		end = kj_get_le64(le.end);
		if (!page_address(start) || !page_address(end) || start >= end || (i && start <= prev))
			return KJ_EFORMAT;
		ret->r[i].start = start;
		ret->r[i].end = prev = end;
	}
	ret->n = n;
	return KJ_OK;
}

static enum kj_err parse_job(const uint8_t *desc, struct kj_facts *f)
{
	struct kj_note_job j;

	memcpy(&j, desc, sizeof(j));
	f->job_pa = kj_get_le64(j.job_pa);
	f->mbox_pa = kj_get_le64(j.mbox_pa);
	memcpy(f->job_nonce, j.job_nonce, sizeof(f->job_nonce));
	memcpy(f->mbox_nonce, j.mbox_nonce, sizeof(f->mbox_nonce));
	return page_address(f->job_pa) && page_address(f->mbox_pa) ? KJ_OK : KJ_EFORMAT;
}

static enum kj_err parse_core(const uint8_t *desc, struct kj_facts *f)
{
	struct kj_note_core c;

	memcpy(&c, desc, sizeof(c));
	f->core_pa = kj_get_le64(c.hdr_pa);
	f->core_size = kj_get_le64(c.hdr_size);
	f->notes_pa = kj_get_le64(c.notes_pa);
	f->notes_size = kj_get_le64(c.notes_size);
	if (f->core_pa >= PA_LIMIT || f->core_size > PA_LIMIT - f->core_pa || f->notes_pa >= PA_LIMIT ||
	    f->notes_size > PA_LIMIT - f->notes_pa)
		return KJ_EFORMAT;
	return KJ_OK;
}

static enum kj_err parse_map(const uint8_t *desc, struct kj_facts *f)
{
	struct kj_note_map m;

	memcpy(&m, desc, sizeof(m));
	f->map_head = kj_get_le64(m.head);
	f->map_table = kj_get_le64(m.table);
	f->map_swap = kj_get_le64(m.swap);
	f->map_cr4 = kj_get_le64(m.cr4);
	return f->map_head < PA_LIMIT && page_address(f->map_table) && page_address(f->map_swap) ? KJ_OK : KJ_EFORMAT;
}

static enum kj_err parse_view(const uint8_t *desc)
{
	struct kj_note_view v;

	memcpy(&v, desc, sizeof(v));
	return kj_get_le32(v.view) == KJ_VIEW_LOGICAL && !kj_get_le32(v.reserved) ? KJ_OK : KJ_EFORMAT;
}

static enum kj_err parse_secret(const uint8_t *desc, struct kj_facts *f)
{
	struct kj_note_secret s;

	memcpy(&s, desc, sizeof(s));
	f->secret_pa = kj_get_le64(s.pa);
	return f->secret_pa && page_address(f->secret_pa) ? KJ_OK : KJ_EFORMAT;
}

/* Smallest descriptor of each type that we know, the header included; 0: unknown type. */
static size_t min_size(uint32_t type)
{
	static const uint16_t size[] = {
		[KJ_NT_REENTRY - KJ_NT_BASE] = sizeof(struct kj_note_reentry),
		[KJ_NT_WINDOW - KJ_NT_BASE] = sizeof(struct kj_note_ranges),
		[KJ_NT_RAM - KJ_NT_BASE] = sizeof(struct kj_note_ranges),
		[KJ_NT_JOB - KJ_NT_BASE] = sizeof(struct kj_note_job),
		[KJ_NT_HOST - KJ_NT_BASE] = sizeof(struct kj_note_host),
		[KJ_NT_CORE - KJ_NT_BASE] = sizeof(struct kj_note_core),
		[KJ_NT_MAP - KJ_NT_BASE] = sizeof(struct kj_note_map),
		[KJ_NT_VIEW - KJ_NT_BASE] = sizeof(struct kj_note_view),
		[KJ_NT_SECRET - KJ_NT_BASE] = sizeof(struct kj_note_secret),
		[KJ_NT_PAGES - KJ_NT_BASE] = sizeof(struct kj_note_pages),
	};

	return type - KJ_NT_BASE < sizeof(size) / sizeof(size[0]) ? size[type - KJ_NT_BASE] : 0;
}

static enum kj_err parse_ours(uint32_t type, const uint8_t *desc, size_t descsz, struct kj_facts *f)
{
	struct kj_note_hdr h;
	struct kj_note_reentry re;
	size_t size, min = min_size(type);

	if (!min) {
		f->nforeign++;
		return KJ_OK;
	}
	if (descsz < sizeof(h))
		return KJ_EFORMAT;
	memcpy(&h, desc, sizeof(h));
	if (kj_get_le32(h.version) != KJ_NOTE_VERSION)
		return KJ_EVERSION;
	size = kj_get_le32(h.size);
	/* one note of a type: of two, who knows which is true */
	if (size < min || size > descsz || f->have & KJ_HAVE(type))
		return KJ_EFORMAT;
	f->have |= KJ_HAVE(type);
	switch ((enum kj_note_type)type) {
	case KJ_NT_REENTRY:
		memcpy(&re, desc, sizeof(re));
		f->re = kj_get_le64(re.re);
		return f->re < PA_LIMIT ? KJ_OK : KJ_EFORMAT;
	case KJ_NT_WINDOW:
		return parse_ranges(desc, size, KJ_WIN_MAX, &f->window);
	case KJ_NT_RAM:
		return parse_ranges(desc, size, KJ_RAM_MAX, &f->ram);
	case KJ_NT_JOB:
		return parse_job(desc, f);
	case KJ_NT_HOST:
		memcpy(&f->host, desc + sizeof(h), sizeof(f->host));
		return kj_get_le32(f->host.build_id_len) <= sizeof(f->host.build_id) ? KJ_OK : KJ_EFORMAT;
	case KJ_NT_CORE:
		return parse_core(desc, f);
	case KJ_NT_MAP:
		return parse_map(desc, f);
	case KJ_NT_VIEW:
		return parse_view(desc);
	case KJ_NT_SECRET:
		return parse_secret(desc, f);
	case KJ_NT_PAGES:
		f->pages_len = size;
		return KJ_OK;
	}
	return KJ_EFORMAT;
}

/* What holds between the notes, in whatever order they came. */
static enum kj_err check_facts(const struct kj_facts *f)
{
	if (f->job_pa && kj_ranges_overlap(&f->window, f->job_pa, PAGE_MASK + 1))
		return KJ_EFORMAT;
	if (f->mbox_pa && kj_ranges_overlap(&f->window, f->mbox_pa, PAGE_MASK + 1))
		return KJ_EFORMAT;
	/* elsewhere it would be memory that the reader's kernel owns */
	if (f->secret_pa && (f->secret_pa < f->notes_pa || f->notes_size < PAGE_MASK + 1 ||
			     f->secret_pa - f->notes_pa > f->notes_size - (PAGE_MASK + 1)))
		return KJ_EFORMAT;
	return KJ_OK;
}

static int is_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return 0;
	return 1;
}

/* Where the parts of a note are. */
struct place {
	size_t name, namesz, desc, descsz;
	uint32_t type;
};

/* The note at *off, which is behind it afterwards. KJ_OK, KJ_ENOTFOUND: four bytes of padding; KJ_ETRUNC. */
static enum kj_err next_note(const uint8_t *buf, size_t len, size_t *off, struct place *p)
{
	size_t left = len - *off, pad = left < 4 ? left : 4;
	struct le_nhdr n;

	/* areas of crashed CPUs and the end of pages are padded with zeros; no note that we know lacks a name */
	if (is_zero(buf + *off, pad)) {
		*off += pad;
		return KJ_ENOTFOUND;
	}
	if (left < sizeof(n))
		return KJ_ETRUNC;
	memcpy(&n, buf + *off, sizeof(n));
	p->namesz = kj_get_le32(n.namesz);
	p->descsz = kj_get_le32(n.descsz);
	p->type = kj_get_le32(n.type);
	left -= sizeof(n);
	if (p->namesz > left || pad4(p->namesz) > left || p->descsz > left - pad4(p->namesz))
		return KJ_ETRUNC;
	p->name = *off + sizeof(n);
	p->desc = p->name + pad4(p->namesz);
	/* the padding of the very last descriptor may be missing */
	left -= pad4(p->namesz);
	*off = p->desc + (pad4(p->descsz) < left ? pad4(p->descsz) : left);
	return KJ_OK;
}

enum kj_err kj_note_parse(const uint8_t *buf, size_t len, struct kj_facts *ret)
{
	size_t off = 0;
	struct place p;

	memset(ret, 0, sizeof(*ret));
	while (off < len) {
		enum kj_err err = next_note(buf, len, &off, &p);

		if (err == KJ_ENOTFOUND)
			continue;
		if (err)
			return err;
		if (NAME_IS(buf + p.name, p.namesz, KJ_NOTE_NAME)) {
			err = parse_ours(p.type, buf + p.desc, p.descsz, ret);
			if (p.type == KJ_NT_PAGES)
				ret->pages_off = p.desc;
		} else if (NAME_IS(buf + p.name, p.namesz, "VMCOREINFO")) {
			ret->vmcoreinfo_off = p.desc;
			ret->vmcoreinfo_len = p.descsz;
		} else if (NAME_IS(buf + p.name, p.namesz, KJ_NOTE_ERASED) && !p.type) {
			ret->erased_off = p.desc;
			ret->erased_len = p.descsz;
		} else if (NAME_IS(buf + p.name, p.namesz, "CORE") && p.type == NT_PRSTATUS) {
			ret->nprstatus++;
		} else {
			ret->nforeign++;
		}
		if (err)
			return err;
	}
	return check_facts(ret);
}

size_t kj_note_whole(const uint8_t *buf, size_t len)
{
	size_t off = 0, good = 0;
	struct place p;

	while (off < len && next_note(buf, len, &off, &p) != KJ_ETRUNC)
		good = off;
	return good;
}

/* Append @len bytes (zeros if @p is NULL) and padding.  The room has been checked. */
static void put_padded(uint8_t *buf, size_t *used, const void *p, size_t len)
{
	memset(buf + *used, 0, pad4(len));
	if (p && len)
		memcpy(buf + *used, p, len);
	*used += pad4(len);
}

enum kj_err kj_note_append(uint8_t *buf, size_t cap, size_t *used, const char *name, uint32_t type, const void *desc,
			   size_t desc_len, size_t *desc_off)
{
	size_t namesz = 0, left;
	struct le_nhdr n;

	while (name[namesz++])
		;
	if (*used > cap || cap - *used < sizeof(n))
		return KJ_ENOSPC;
	left = cap - *used - sizeof(n);
	if (namesz > UINT32_MAX - 3 || desc_len > UINT32_MAX - 3 || pad4(namesz) > left ||
	    pad4(desc_len) > left - pad4(namesz))
		return KJ_ENOSPC;
	n.namesz = kj_put_le32((uint32_t)namesz);
	n.descsz = kj_put_le32((uint32_t)desc_len);
	n.type = kj_put_le32(type);
	put_padded(buf, used, &n, sizeof(n));
	put_padded(buf, used, name, namesz);
	if (desc_off)
		*desc_off = *used;
	put_padded(buf, used, desc, desc_len);
	return KJ_OK;
}

enum kj_err kj_note_append_ranges(uint8_t *buf, size_t cap, size_t *used, enum kj_note_type type,
				  const struct kj_ranges *r)
{
	struct kj_note_ranges h;
	enum kj_err err;
	size_t size, off;

	if (r->n > KJ_RAM_MAX)
		return KJ_ELIMIT;
	size = sizeof(h) + r->n * sizeof(struct kj_le_range);
	err = kj_note_append(buf, cap, used, KJ_NOTE_NAME, type, NULL, size, &off);
	if (err)
		return err;
	h.h.version = kj_put_le32(KJ_NOTE_VERSION);
	h.h.size = kj_put_le32((uint32_t)size);
	h.n = kj_put_le32(r->n);
	h.reserved = kj_put_le32(0);
	memcpy(buf + off, &h, sizeof(h));
	for (uint32_t i = 0; i < r->n; i++) {
		struct kj_le_range le = { kj_put_le64(r->r[i].start), kj_put_le64(r->r[i].end) };

		memcpy(buf + off + sizeof(h) + i * sizeof(le), &le, sizeof(le));
	}
	return KJ_OK;
}

int kj_ranges_contain(const struct kj_ranges *r, uint64_t pa, uint64_t len)
{
	for (uint32_t i = 0; i < r->n; i++)
		if (pa >= r->r[i].start && pa < r->r[i].end)
			return len <= r->r[i].end - pa;
	return 0;
}

int kj_ranges_overlap(const struct kj_ranges *r, uint64_t pa, uint64_t len)
{
	for (uint32_t i = 0; i < r->n; i++) {
		if (pa >= r->r[i].end)
			continue;
		/* pa < end: overlap unless all of it lies below start */
		if (pa >= r->r[i].start ? len > 0 : len > r->r[i].start - pa)
			return 1;
	}
	return 0;
}
