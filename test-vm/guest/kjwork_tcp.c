// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kjwork tcp: two processes that send each other numbered messages over one
 * TCP connection on 127.0.0.1. Must never open a second connection: that the
 * first one goes on is what is tested.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "kjwork.h"
#include "kjwork_page.h"

#define STATE "tcp"
#define IN_FLIGHT 16u /* messages under way, so that a jump finds some queued */
#define WORDS 64u
#define FLOW 2u * IN_FLIGHT /* a check wants this many, so none was queued before it */

struct message {
	uint64_t seq;
	uint64_t payload[WORDS - 2];
	uint64_t sum;
};

struct end {
	struct kj_proc proc;
	volatile uint32_t ready;
	int32_t fd;
	uint64_t inode;
	volatile uint64_t msgs; /* received and right */
	volatile uint64_t errors;
	volatile int32_t broken; /* errno that ended the conversation */
	uint32_t port;
};

struct tcp_state {
	struct end client;
	struct end server;
};

static void raise_lo(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr))
		kj_die(EX_UNAVAILABLE, "lo: %s", strerror(errno));
	if (!(ifr.ifr_flags & IFF_UP)) {
		ifr.ifr_flags |= IFF_UP;
		if (ioctl(fd, SIOCSIFFLAGS, &ifr))
			kj_die(EX_UNAVAILABLE, "lo: %s", strerror(errno));
	}
	close(fd);
}

static void make_message(struct message *m, uint64_t seq, uint64_t salt)
{
	m->seq = seq;
	for (uint64_t i = 0; i < WORDS - 2; i++)
		m->payload[i] = kj_mix64(seq * WORDS + i + salt);
	m->sum = kj_hash_words(salt, &m->seq, WORDS - 1);
}

/* Sends message @seq. Returns 0 or -errno. */
static int send_one(int fd, uint64_t seq, uint64_t salt)
{
	struct message m;

	make_message(&m, seq, salt);
	return kj_write_full(fd, &m, sizeof(m));
}

/* Receives what must be message @seq. Returns 0 or -errno. */
static int receive_one(struct end *e, uint64_t seq, uint64_t salt)
{
	struct message got, want;
	int err = kj_read_full(e->fd, &got, sizeof(got));

	if (err)
		return err;
	make_message(&want, seq, salt);
	if (memcmp(&got, &want, sizeof(got)) == 0)
		e->msgs++;
	else
		e->errors++;
	return 0;
}

static void note_end(struct end *e, int fd)
{
	struct sockaddr_in in;
	socklen_t len = sizeof(in);
	struct stat st;

	if (getsockname(fd, (struct sockaddr *)&in, &len) || fstat(fd, &st))
		kj_die(EX_OSERR, "tcp: %s", strerror(errno));
	kj_proc_self(&e->proc);
	e->fd = fd;
	e->inode = st.st_ino;
	e->port = ntohs(in.sin_port);
	e->ready = 1;
}

#define TO_SERVER 0x53u
#define TO_CLIENT 0x43u

static int run_client(struct end *e, const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, err = 0;

	if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		kj_die(EX_OSERR, "tcp: connect: %s", strerror(errno));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	note_end(e, fd);
	for (uint64_t seq = 0; !err; seq++) {
		err = send_one(fd, seq, TO_SERVER);
		if (!err && seq >= IN_FLIGHT)
			err = receive_one(e, seq - IN_FLIGHT, TO_CLIENT);
		kj_sleep_ms(5);
	}
	e->broken = -err;
	return 1;
}

static int run_server(struct end *e, int listener)
{
	int fd = accept(listener, NULL, NULL), one = 1, err = 0;

	if (fd < 0)
		kj_die(EX_OSERR, "tcp: accept: %s", strerror(errno));
	close(listener);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	note_end(e, fd);
	for (uint64_t seq = 0; !err; seq++) {
		err = receive_one(e, seq, TO_SERVER);
		if (!err)
			err = send_one(fd, seq, TO_CLIENT);
		kj_sleep_ms(5);
	}
	e->broken = -err;
	return 1;
}

int kj_tcp_start(int argc, char **argv)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);

	if (argc != 1)
		kj_die(EX_USAGE, "%s: takes no arguments", argv[0]);
	raise_lo();
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof(in)) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)&in, &len))
		kj_die(EX_UNAVAILABLE, "tcp: 127.0.0.1: %s", strerror(errno));
	struct tcp_state *s = kj_state_create(STATE, sizeof(*s));
	int server = kj_spawn("kjtcpserver");

	if (server == 0)
		_exit(run_server(&s->server, fd));
	int client = kj_spawn("kjtcpclient");

	if (client == 0) {
		close(fd);
		_exit(run_client(&s->client, &in));
	}
	close(fd);
	kj_await_ready(&s->client.ready, client, "tcp client");
	kj_await_ready(&s->server.ready, server, "tcp server");
	kj_kv("", "PORTS", "%u-%u", s->client.port, s->server.port);
	return 0;
}

/* True when @e's descriptor still is the socket that it was at the start. */
static bool same_socket(const struct end *e)
{
	char path[64], link[64], want[64];

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", e->proc.pid, e->fd);
	snprintf(want, sizeof(want), "socket:[%llu]", (unsigned long long)e->inode);
	ssize_t n = readlink(path, link, sizeof(link) - 1);

	if (n < 0)
		return false;
	link[n] = '\0';
	return strcmp(link, want) == 0;
}

/* True when the kernel lists @e's inode as established between both ports. */
static bool established(const struct end *e, uint32_t peer_port)
{
	char line[512];
	bool found = false;
	FILE *f = fopen("/proc/net/tcp", "re");

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f)) {
		unsigned int local, remote, state;
		unsigned long long inode;

		if (sscanf(line, " %*u: 0100007F:%x 0100007F:%x %x %*s %*s %*s %*u %*u %llu",
			   &local, &remote, &state, &inode) != 4)
			continue;
		found = inode == e->inode && local == e->port && remote == peer_port &&
			state == TCP_ESTABLISHED;
	}
	fclose(f);
	return found;
}

static const char *look(const struct tcp_state *s)
{
	const struct end *c = &s->client, *v = &s->server;
	uint64_t msgs = c->msgs;

	if (!kj_proc_alive(&c->proc) || !kj_proc_alive(&v->proc))
		return "a process is gone";
	if (!same_socket(c) || !same_socket(v))
		return "the socket is another one";
	if (!established(c, v->port) || !established(v, c->port))
		return "the connection is not established";
	if (!kj_await_progress(&c->msgs, msgs, FLOW))
		return "messages no longer flow";
	if (c->errors || v->errors)
		return "messages were wrong";
	if (c->broken || v->broken)
		return "the connection broke";
	return NULL;
}

int kj_tcp_check(const char *prefix)
{
	struct tcp_state *s = kj_state_open(STATE, sizeof(*s));

	if (!s)
		return -1;
	const char *wrong = look(s);

	kj_kv(prefix, "MSGS", "%llu", (unsigned long long)s->client.msgs);
	kj_kv(prefix, "ERRORS", "%llu", (unsigned long long)(s->client.errors + s->server.errors));
	kj_kv(prefix, "PORTS", "%u-%u", s->client.port, s->server.port);
	kj_kv(prefix, "INODES", "%llu-%llu", (unsigned long long)s->client.inode,
	      (unsigned long long)s->server.inode);
	if (wrong)
		kj_warn("tcp: %s", wrong);
	return wrong ? 1 : 0;
}

void kj_tcp_stop(void)
{
	struct tcp_state *s = kj_state_open(STATE, sizeof(*s));

	if (!s)
		return;
	kj_proc_kill(&s->client.proc);
	kj_proc_kill(&s->server.proc);
	(void)unlink(KJ_RUN "/" STATE);
}
