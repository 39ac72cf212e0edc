/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long-term pinned pages and their physical addresses; never uses a page that has not been looked up again after it
 * was pinned, as the pin itself may migrate it.
 */
#include "sys/pin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/compat.h"
#include "sys/io.h"

#define PAGE 4096u
#define NR_IO_URING_SETUP 425
#define NR_IO_URING_REGISTER 427
#define REGISTER_BUFFERS 0
#define MADV_DONTFORK_ 10
#define AREA_STEP (4u << 20)	/* how much is looked through at a time */
#define AREA_MAX (256u << 20)

/* linux/if_packet.h, which klibc does not carry */
#define SOL_PACKET_ 263
#define PACKET_RX_RING_ 5
struct tpacket_req_ {
	unsigned int block_size, block_nr, frame_size, frame_nr;
};

struct iovec_ {
	void *base;
	size_t len;
};

static int phys(const char *pagemap, uint64_t addr, uint64_t *ret)
{
	uint8_t b[8];
	uint64_t e = 0;
	int fd = kj_open_read(pagemap);
	int rc;

	if (fd < 0)
		return fd;
	rc = kj_pread_full(fd, b, sizeof(b), addr / PAGE * 8, NULL);
	kj_close(fd);
	if (rc)
		return rc == -ENODATA ? -EIO : rc;
	for (int i = 7; i >= 0; i--)
		e = e << 8 | b[i];
	if (!(e >> 63))
		return -ENOENT;
	if (!(e & ((1ull << 55) - 1)))
		return -EPERM;
	*ret = (e & ((1ull << 55) - 1)) * PAGE;
	return 0;
}

int kj_pin_phys(const void *addr, uint64_t *ret)
{
	return phys("/proc/self/pagemap", (uintptr_t)addr, ret);
}

int kj_pin_phys_of(uint32_t pid, uint64_t addr, uint64_t *ret)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u/pagemap", pid);
	return phys(path, addr, ret);
}

static int in_hole(uint64_t pa, const struct kj_pin_hole *hole, size_t nhole)
{
	for (size_t i = 0; i < nhole; i++)
		if (pa + PAGE > hole[i].start && pa < hole[i].end)
			return 1;
	return 0;
}

/* Find pages outside the holes in [area, area + len), all touched. */
static int pick(struct kj_pin *p, uint8_t *area, size_t len, const struct kj_pin_hole *hole, size_t nhole)
{
	unsigned int n = 0;

	for (size_t off = 0; off < len && n < KJ_PIN_PAGES; off += PAGE) {
		uint64_t pa;
		int rc = kj_pin_phys(area + off, &pa);

		if (rc)
			return rc;
		if (in_hole(pa, hole, nhole))
			continue;
		p->page[n] = area + off;
		p->pa[n++] = pa;
	}
	return n == KJ_PIN_PAGES ? 0 : -ENOMEM;
}

/* Look the pages up once more, now that they are pinned. */
static int settle(struct kj_pin *p, const struct kj_pin_hole *hole, size_t nhole)
{
	for (unsigned int i = 0; i < KJ_PIN_PAGES; i++) {
		int rc = kj_pin_phys(p->page[i], &p->pa[i]);

		if (rc)
			return rc;
		if (in_hole(p->pa[i], hole, nhole))
			return -ENOMEM;
	}
	return 0;
}

static int pin_uring(struct kj_pin *p)
{
	uint8_t params[120];	/* struct io_uring_params: all zero is what we want */
	struct iovec_ iov[KJ_PIN_PAGES];
	long fd, rc;

	memset(params, 0, sizeof(params));
	fd = kj_syscall(NR_IO_URING_SETUP, 1, (long)(uintptr_t)params, 0, 0, 0, 0);
	if (fd < 0)
		return (int)fd;
	for (unsigned int i = 0; i < KJ_PIN_PAGES; i++) {
		iov[i].base = p->page[i];
		iov[i].len = PAGE;
	}
	rc = kj_syscall(NR_IO_URING_REGISTER, fd, REGISTER_BUFFERS, (long)(uintptr_t)iov, KJ_PIN_PAGES, 0, 0);
	if (rc < 0) {
		close((int)fd);
		return (int)rc;
	}
	fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	p->fd = (int)fd;
	return 0;
}

/* Touch more and more memory until pages outside the holes turn up, then pin them with io_uring. */
static int open_uring(struct kj_pin *p, const struct kj_pin_hole *hole, size_t nhole)
{
	int rc = -ENOMEM;

	for (size_t len = AREA_STEP; len <= AREA_MAX && rc == -ENOMEM; len *= 2) {
		void *area;

		rc = kj_alloc_pages(len, &area);
		if (rc)
			return rc;
		kj_madvise(area, len, MADV_DONTFORK_);
		for (size_t off = 0; off < len; off += PAGE)
			((volatile uint8_t *)area)[off] = 0;
		rc = pick(p, area, len, hole, nhole);
		if (!rc)
			rc = pin_uring(p);
		if (!rc)
			rc = settle(p, hole, nhole);
		if (!rc) {
			p->area = area;
			p->area_len = len;
			/* the rest is given back; the pinned pages stay */
			for (size_t off = 0; off < len; off += PAGE)
				if ((uint8_t *)area + off != p->page[0] && (uint8_t *)area + off != p->page[1])
					kj_madvise((uint8_t *)area + off, PAGE, MADV_DONTNEED);
			return 0;
		}
		if (p->fd >= 0)
			close(p->fd);
		p->fd = -1;
		kj_munmap(area, len);
	}
	return rc;
}

static int open_packet(struct kj_pin *p, const struct kj_pin_hole *hole, size_t nhole)
{
	struct tpacket_req_ req = { .block_size = PAGE, .block_nr = 1024, .frame_size = PAGE, .frame_nr = 1024 };
	size_t len = (size_t)req.block_size * req.block_nr;
	void *area;
	int rc;
	/* protocol 0: the socket never receives anything */
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0)
		return -errno;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (setsockopt(fd, SOL_PACKET_, PACKET_RX_RING_, &req, sizeof(req)) < 0) {
		rc = -errno;
		goto out;
	}
	rc = kj_mmap(len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0, &area);
	if (rc)
		goto out;
	kj_madvise(area, len, MADV_DONTFORK_);
	rc = pick(p, area, len, hole, nhole);
	if (rc) {
		kj_munmap(area, len);
		goto out;
	}
	for (unsigned int i = 0; i < KJ_PIN_PAGES; i++)
		memset(p->page[i], 0, PAGE);
	p->fd = fd;
	p->area = area;
	p->area_len = len;
	return 0;
out:
	close(fd);
	return rc;
}

int kj_pin_open(struct kj_pin *p, const struct kj_pin_hole *hole, size_t nhole)
{
	int rc;

	memset(p, 0, sizeof(*p));
	p->fd = -1;
	rc = open_uring(p, hole, nhole);
	if (rc && rc != -ENOMEM)
		rc = open_packet(p, hole, nhole) ? rc : 0;
	return rc;
}

void kj_pin_close(struct kj_pin *p)
{
	if (p->fd >= 0)
		close(p->fd);
	kj_munmap(p->area, p->area_len);
	p->fd = -1;
	p->area = NULL;
}
