// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of maps: few, and looked at for each transfer, so that it is an array. It must never keep a map of an fd that
 * kj_close() has closed: the number is used again.
 */
#include <errno.h>
#include <string.h>

#include "sys/compat.h"
#include "sys/fdmap.h"

#define FDS 8u

struct place {
	uint64_t at;	/* of its first byte, as the fd counts */
	uint64_t off;
	uint64_t len;
};

static struct map {
	struct place *place;	/* NULL: free */
	size_t n, bytes;
	uint64_t size;
	int fd;
} maps[FDS];

static struct map *map_of(int fd)
{
	for (size_t i = 0; i < FDS; i++)
		if (maps[i].place && maps[i].fd == fd)
			return &maps[i];
	return NULL;
}

int kj_fdmap_set(int fd, const struct kj_piece *piece, size_t n)
{
	struct map *m = NULL;
	uint64_t size = 0;
	void *p;
	int err;

	if (!n || n > SIZE_MAX / sizeof(struct place))
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (!piece[i].len || piece[i].off > INT64_MAX || piece[i].len > INT64_MAX - piece[i].off ||
		    piece[i].len > INT64_MAX - size)
			return -EINVAL;
		size += piece[i].len;
	}
	if (map_of(fd))
		return -EEXIST;
	for (size_t i = 0; i < FDS && !m; i++)
		if (!maps[i].place)
			m = &maps[i];
	if (!m)
		return -EMFILE;
	err = kj_alloc_pages(n * sizeof(struct place), &p);
	if (err)
		return err;
	m->place = p;
	m->n = n;
	m->bytes = n * sizeof(struct place);
	m->size = size;
	m->fd = fd;
	size = 0;
	for (size_t i = 0; i < n; i++) {
		m->place[i] = (struct place){ size, piece[i].off, piece[i].len };
		size += piece[i].len;
	}
	return 0;
}

void kj_fdmap_end(int fd)
{
	struct map *m = map_of(fd);

	if (!m)
		return;
	kj_munmap(m->place, m->bytes);
	memset(m, 0, sizeof(*m));
}

int kj_fdmap_size(int fd, uint64_t *size)
{
	const struct map *m = map_of(fd);

	if (m)
		*size = m->size;
	return m != NULL;
}

int kj_fdmap_find(int fd, uint64_t off, uint64_t len, uint64_t *at, uint64_t *run)
{
	const struct map *m = map_of(fd);
	size_t lo = 0, hi;
	uint64_t in;

	if (!m) {
		*at = off;
		*run = len;
		return 0;
	}
	if (off >= m->size)
		return -ENXIO;
	/* the last one that begins at or before @off */
	for (hi = m->n; hi - lo > 1;) {
		const size_t mid = lo + (hi - lo) / 2;

		if (m->place[mid].at <= off)
			lo = mid;
		else
			hi = mid;
	}
	in = off - m->place[lo].at;
	*at = m->place[lo].off + in;
	*run = len < m->place[lo].len - in ? len : m->place[lo].len - in;
	return 0;
}
