// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file that holds an image has no record, and a record that cannot be written is no reason to stop a boot: then
 * nobody is told, and that is all. It must never touch the record of a job whose image this was not.
 */
#include <fcntl.h>
#include <string.h>

#include "cmd/lib/record.h"
#include "cmd/lib/restore_told.h"
#include "cmd/lib/target.h"

/* Open @path and read the record of job @id. 0, or nothing is open. */
static int find(const char *path, const uint8_t id[16], struct kj_target *t, struct kj_le_record *rec)
{
	if (kj_target_open(path, O_RDWR | O_EXCL, t))
		return -1;
	if (!kj_record_read(t->fd, t->size, rec) && !memcmp(rec->id, id, sizeof(rec->id)))
		return 0;
	kj_target_close(t);
	return -1;
}

void kj_restore_told_failed(const char *path, const uint8_t id[16], int status, const char *text)
{
	static struct kj_le_record rec;
	struct kj_target t;

	if (find(path, id, &t, &rec))
		return;
	(void)kj_record_write(t.fd, t.size, &rec, (enum kj_record_state)kj_get_le32(rec.state), (uint32_t)status, text,
			      kj_record_now());
	kj_target_close(&t);
}

void kj_restore_told_lost(const char *path, const uint8_t id[16])
{
	static struct kj_le_record rec;
	char text[sizeof(rec.text)] = "given up before it was tried";
	struct kj_target t;

	if (find(path, id, &t, &rec))
		return;
	if (kj_get_le32(rec.result))
		memcpy(text, rec.text, sizeof(text));
	(void)kj_record_write(t.fd, t.size, &rec, KJ_REC_LOST, kj_get_le32(rec.result), text, kj_record_now());
	kj_target_close(&t);
}
