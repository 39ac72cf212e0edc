// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The path that a restore takes here: facts of this machine, the choice, and the line that says which and why. It must
 * never load or unload anything, or touch the image.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "cmd/lib/restore_host.h"
#include "cmd/lib/restore_kexec.h"
#include "cmd/lib/restore_path.h"
#include "cmd/lib/restore_write.h"
#include "sys/block.h"
#include "sys/log.h"
#include "sys/snapshot.h"
#include "sys/stage.h"

/* Free memory, where @need is looked for. */
static int free_memory(uint64_t need, struct kj_path_facts *f)
{
	char why[KJ_HOST_WHY];

	if (!kj_host_memory(need, &f->have, why))
		return 0;
	kj_log(KJ_LOG_ERR, "%s", why);
	return EX_UNAVAILABLE;
}

static int gather(struct kj_restore *r, const struct kj_ranges *ram, struct kj_path_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->has_snapshot = !access(KJ_SNAPSHOT_PATH, F_OK);
	f->snapshot_off = kj_host_hibernation_off();
	f->need = kj_host_need(r->stream.head.pages, r->stream.head.physpages, kj_pool_memory(r->workers));
	f->mapped = kj_block_is_dm(r->img.fd);
	f->has_kernel = !access(r->kernel, R_OK) && !access(r->initrd, R_OK);
	f->kexec = kj_host_kexec();
	f->window = &r->img.window;
	f->ram = ram;
	f->window_need = kj_direct_need(r->img.nunits, 1, kj_write_memory());
	return free_memory(f->need, f);
}

/* What only a kernel that loads in stages makes worth knowing; it is asked here, and not before. */
static int gather_staged(struct kj_restore *r, struct kj_path_facts *f)
{
	struct kj_runs runs = { 0 };

	f->staged = kj_stage_able() == 1;
	if (!f->staged)
		return 0;
	if (kj_stream_pages(&r->stream, &runs)) {
		kj_log(KJ_LOG_ERR, "%s: page numbers out of order", r->path);
		return EX_DATAERR;
	}
	f->runs = runs.n;
	f->runs_max = KJ_STAGE_MAX;
	f->stage_need = kj_stage_need(runs.pages, runs.n, r->stream.head.physpages,
				      kj_kexec_memory() + kj_pool_memory(r->workers));
	return f->stage_need > f->need ? free_memory(f->stage_need, f) : 0;
}

/* ---- what is said ---- */

/* MiB of free memory that a path takes; for direct those that snapshot would. */
static unsigned long long needed(const struct kj_path_facts *f, enum kj_path p)
{
	return (p == KJ_PATH_KEXEC ? f->stage_need : f->need) >> 20;
}

/* Behind the @n bytes of @text: why @p cannot be taken, as "path NAME: WHY". */
static size_t add_why(const struct kj_path_facts *f, const struct kj_path_choice *c, enum kj_path p, char *text,
		      size_t n)
{
	n += (size_t)snprintf(text + n, KJ_PATH_LINE - n, "%spath %s: %s", n ? "; " : "", kj_path_name(p),
			      kj_path_text(c->why[p]));
	if (c->why[p] == KJ_WHY_MEMORY)
		n += (size_t)snprintf(text + n, KJ_PATH_LINE - n, ": %llu MiB needed, %llu there", needed(f, p),
				      (unsigned long long)(f->have >> 20));
	return n;
}

int kj_restore_path_none(const struct kj_path_facts *f, enum kj_path want, const struct kj_path_choice *c,
			 char ret[KJ_PATH_LINE])
{
	const enum kj_path p = want ? want : KJ_PATH_SNAPSHOT;
	int memory = c->why[p] == KJ_WHY_MEMORY;
	size_t n = add_why(f, c, p, ret, 0);

	if (!want)
		n = add_why(f, c, KJ_PATH_DIRECT, ret, n);
	/* where the kernel has no patch, nobody asks why it has none */
	if (!want && f->staged) {
		add_why(f, c, KJ_PATH_KEXEC, ret, n);
		memory |= c->why[KJ_PATH_KEXEC] == KJ_WHY_MEMORY;
	}
	return memory ? EX_TEMPFAIL : EX_UNAVAILABLE;
}

void kj_restore_path_taken(const struct kj_path_facts *f, enum kj_path want, const struct kj_path_choice *c,
			   char ret[KJ_PATH_LINE])
{
	const char *why = "asked for", *direct = "";

	if (!want)
		why = c->path == KJ_PATH_SNAPSHOT ? "there is memory for it" : kj_path_text(c->why[KJ_PATH_SNAPSHOT]);
	if (!want && c->path == KJ_PATH_KEXEC)
		direct = kj_path_text(c->why[KJ_PATH_DIRECT]);
	snprintf(ret, KJ_PATH_LINE, "%s%s%s (%llu MiB needed beside this kernel, %llu there)", why,
		 direct[0] ? "; path direct: " : "", direct, needed(f, c->path), (unsigned long long)(f->have >> 20));
}

int kj_restore_path(struct kj_restore *r, const struct kj_ranges *ram, enum kj_path *ret)
{
	char text[KJ_PATH_LINE];
	struct kj_path_choice c;
	struct kj_path_facts f;
	int status = gather(r, ram, &f);

	if (!status && kj_path_asks_staged(&f, r->want))
		status = gather_staged(r, &f);
	if (status)
		return status;
	if (kj_path_choose(&f, r->want, &c)) {
		status = kj_restore_path_none(&f, r->want, &c, text);
		kj_log(KJ_LOG_ERR, "%s: not restored: %s", r->path, text);
		return status;
	}
	kj_restore_path_taken(&f, r->want, &c, text);
	kj_log(KJ_LOG_NOTE, "path %s for %s: %s", kj_path_name(c.path), r->path, text);
	*ret = c.path;
	return 0;
}
