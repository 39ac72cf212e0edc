// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF core header and notes for B; must never put anything in a note that changes from one run to the next.
 */
#include <string.h>
#include <sysexits.h>

#include "cmd/lib/load.h"
#include "purgatory/params.h"
#include "sys/compat.h"
#include "sys/die.h"

#define FOREIGN_TYPE 0u	/* the name says whose it is */

struct sink {
	uint8_t *buf;
	size_t cap, used;
	enum kj_err e;
};

static size_t add(struct sink *s, const char *name, uint32_t type, const void *desc, size_t len)
{
	size_t off = 0;

	if (!s->e)
		s->e = kj_note_append(s->buf, s->cap, &s->used, name, type, desc, len, &off);
	return off;
}

static struct kj_note_hdr hdr(size_t size)
{
	return (struct kj_note_hdr){ kj_put_le32(KJ_NOTE_VERSION), kj_put_le32((uint32_t)size) };
}

static void add_job(struct sink *s, const struct kj_load_opts *o)
{
	struct kj_note_job n;

	memset(&n, 0, sizeof(n));
	n.h = hdr(sizeof(n));
	n.job_pa = kj_put_le64(o->job.pa);
	memcpy(n.job_nonce, o->job.nonce, sizeof(n.job_nonce));
	n.mbox_pa = kj_put_le64(o->mbox.pa);
	memcpy(n.mbox_nonce, o->mbox.nonce, sizeof(n.mbox_nonce));
	add(s, KJ_NOTE_NAME, KJ_NT_JOB, &n, sizeof(n));
}

/* "NAME=FILE": the name without the rest. */
static void add_foreign(struct sink *s, const char *option, const struct kj_load_file *f)
{
	char name[33];
	const size_t n = strcspn(option, "=");

	memcpy(name, option, n);
	name[n] = '\0';
	add(s, name, FOREIGN_TYPE, f->buf, f->len);
}

/* Its page is the last of those of the notes. */
static void add_secret(struct sink *s, const struct kj_load *l)
{
	struct kj_note_secret n = { hdr(sizeof(n)), kj_put_le64(l->plan.taken.end - KJ_PAGE) };

	if (l->o.secret)
		add(s, KJ_NOTE_NAME, KJ_NT_SECRET, &n, sizeof(n));
}

static void add_facts(struct sink *s, const struct kj_load *l)
{
	struct kj_note_host host = { hdr(sizeof(host)), l->a.host };
	struct kj_note_core core = {
		.h = hdr(sizeof(core)),
		.hdr_pa = kj_put_le64(l->plan.header),
		.hdr_size = kj_put_le64(kj_corehdr_size(1 + l->a.nlive, l->offered.n)),
		.notes_pa = kj_put_le64(l->plan.notes),
		.notes_size = kj_put_le64(l->plan.taken.end - l->plan.notes),
	};

	add(s, KJ_NOTE_NAME, KJ_NT_HOST, &host, sizeof(host));
	add(s, KJ_NOTE_NAME, KJ_NT_CORE, &core, sizeof(core));
	if (!s->e)
		s->e = kj_note_append_ranges(s->buf, s->cap, &s->used, KJ_NT_WINDOW, &l->own);
	if (!s->e)
		s->e = kj_note_append_ranges(s->buf, s->cap, &s->used, KJ_NT_RAM, &l->a.io.ram);
}

/* All notes into @s; *re is where the re-entry address goes, from the start of the buffer. */
static void emit(const struct kj_load *l, struct sink *s, size_t *re)
{
	struct kj_note_reentry r = { hdr(sizeof(r)), kj_put_le64(0) };

	*re = 0;
	if (!kj_load_one_way(&l->o)) {
		*re = add(s, KJ_NOTE_NAME, KJ_NT_REENTRY, &r, sizeof(r)) + offsetof(struct kj_note_reentry, re);
		add_job(s, &l->o);
	}
	add_facts(s, l);
	add_secret(s, l);
	/* in crash mode a PT_NOTE points at A's own; of who goes for good nobody looks at the memory */
	if (!kj_load_one_way(&l->o) && l->a.vmcoreinfo)
		add(s, "VMCOREINFO", 0, l->a.vmcoreinfo, l->a.vmcoreinfo_len);
	for (uint32_t i = 0; i < l->o.nnotes; i++)
		add_foreign(s, l->o.note[i], &l->foreign[i]);
}

static void alloc_or_die(size_t len, uint8_t **ret)
{
	void *p;
	int err = kj_alloc_pages(len, &p);

	if (err)
		die(EX_TEMPFAIL, "not enough memory for %zu bytes", len);
	*ret = p;
}

/* Zeros behind the last note, which end the notes unless purgatory finds one of A's kernel to put there. */
static size_t map_room(const struct kj_load *l)
{
	return kj_load_one_way(&l->o) ? 0 : KJ_PURG_NOTE_ROOM;
}

static size_t secret_room(const struct kj_load *l)
{
	return l->o.secret ? KJ_PAGE : 0;
}

size_t kj_load_notes_size(struct kj_load *l)
{
	struct sink s = { NULL, 64u << 10, 0, KJ_OK };
	size_t re;

	s.cap += l->a.vmcoreinfo_len;
	for (uint32_t i = 0; i < l->o.nnotes; i++)
		s.cap += l->foreign[i].len;
	alloc_or_die(s.cap, &s.buf);
	emit(l, &s, &re);
	if (s.e)
		die(EX_SOFTWARE, "notes: %s", kj_strerror(s.e));
	kj_munmap(s.buf, s.cap);
	/* up to the end of the last page, so that the secret has the next to itself */
	return l->o.secret ? s.used - s.used % KJ_PAGE + KJ_PAGE + secret_room(l) : s.used + map_room(l);
}

void kj_load_header(struct kj_load *l)
{
	static struct kj_core_note note[KJ_COREHDR_NOTES];
	struct sink s = { NULL, 0, 0, KJ_OK };
	size_t re, used;
	enum kj_err e;

	l->header_len = l->plan.taken.end - l->plan.header;
	alloc_or_die(l->header_len, &l->header);
	s.buf = l->header + (l->plan.notes - l->plan.header);
	s.cap = l->plan.taken.end - l->plan.notes - secret_room(l);
	emit(l, &s, &re);
	if (l->o.secret)
		memcpy(l->header + l->header_len - KJ_PAGE, l->secret.buf, l->secret.len);
	memcpy(note, l->a.live, l->a.nlive * sizeof(note[0]));
	note[l->a.nlive] = (struct kj_core_note){ l->plan.notes, s.used + map_room(l) };
	e = s.e ? s.e :
		  kj_corehdr_emit(note, l->a.nlive + 1, &l->offered, l->a.page_offset, l->header,
				  l->plan.notes - l->plan.header, &used);
	if (e)
		die(EX_SOFTWARE, "ELF core header: %s", kj_strerror(e));
	l->re_pa = kj_load_one_way(&l->o) ? 0 : l->plan.notes + re;
	/* a kernel that writes the header has that note in there, and one of a type is enough */
	l->map_pa = kj_load_one_way(&l->o) || l->a.core_room ? 0 : l->plan.notes + s.used;
}
