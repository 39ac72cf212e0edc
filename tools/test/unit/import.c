// SPDX-License-Identifier: GPL-2.0-or-later
/* import.h: both grammars, what each setting becomes, and that nothing gets lost without a word. */
#include "core/import.h"
#include "tap.h"

#define NOTES 16

struct heard {
	struct kj_import_note n[NOTES];
	unsigned int count, lost;
};

static void hear(void *arg, const struct kj_import_note *n)
{
	struct heard *h = arg;

	if (h->count < NOTES)
		h->n[h->count] = *n;
	h->count++;
	h->lost += n->lost != 0;
}

/* @text becomes @want (as kj_conf_emit() writes it), with @lost lines not mapped. */
static struct heard *becomes(const char *text, const char *want, unsigned int lost)
{
	static struct heard h;
	static char out[KJ_CONF_EMIT_MAX];
	struct kj_conf c;
	size_t len = 0;
	int good;

	memset(&h, 0, sizeof(h));
	kj_conf_init(&c);
	kj_import(text, strlen(text), &c, hear, &h);
	good = !kj_conf_emit(&c, KJ_CONF_FILE, out, sizeof(out), &len) && !strcmp(out, want) && h.lost == lost;
	if (!ok(good, "%.*s", (int)strcspn(text, "\n"), text)) {
		printf("# got %u lost, %s\n", h.lost, len ? "" : "nothing");
		for (char *p = strtok(out, "\n"); p; p = strtok(NULL, "\n"))
			printf("#   %s\n", p);
		for (unsigned int i = 0; i < h.count && i < NOTES; i++)
			printf("#   %u: %s: %s '%s'\n", h.n[i].line, h.n[i].name, h.n[i].what, h.n[i].token);
	}
	return &h;
}

static void test_kdump_conf(void)
{
	struct heard *h;

	becomes("", "", 0);
	becomes("#path /x\n\n   # path /y\n", "", 0);
	becomes("ext4 /dev/sda1\npath /a", "path /a\ncrash_target /dev/sda1\n", 0);
	becomes("xfs UUID=1-2 # the root\r\n\tpath\t/a#b\r\n", "path /a\ncrash_target UUID=1-2\n", 0);
	becomes("ext4 LABEL=a\nbtrfs LABEL=b\n", "crash_target LABEL=a LABEL=b\n", 0);
	becomes("ext4 sda1\n", "", 1);
	becomes("failure_action halt\nfinal_action poweroff\n", "final_action poweroff\nfailure_action halt\n", 0);
	becomes("default shell\n", "failure_action shell\n", 0);
	becomes("failure_action dump_to_rootfs\n", "", 1);
	becomes("failure_action continue\n", "", 1);
	becomes("extra_modules gfs2 nvme\n", "extra_modules gfs2 nvme\n", 0);
	becomes("raw /dev/vg/lv\n", "", 1);
	becomes("ssh user@my.server.com\nsshkey /root/.ssh/x\npath /d\n", "path /d\ncrash_target ssh user@my.server.com\nsshkey /root/.ssh/x\n", 0);
	becomes("nfs my.server.com:/export/tmp\n", "crash_target nfs my.server.com:/export/tmp\n", 0);
	becomes("ext4 /dev/a\nnfs s:/x\n", "crash_target /dev/a nfs s:/x\n", 0);
	becomes("ssh user@[fe80::1]\n", "", 1);
	becomes("nfs [2001:db8::1]:/export\n", "", 1);
	becomes("ssh my.server.com\n", "", 1);
	becomes("kdump_pre /bin/x\nkdump_post /bin/y\nextra_bins /bin/z\n", "kdump_pre /bin/x\nkdump_post /bin/y\n", 1);
	becomes("virtiofs tag\nfence_kdump_args -p 7410\n", "", 2);
	h = becomes("path /a\n\npath /b\n", "path /b\n", 0);
	ok(h->count == 2 && h->n[0].line == 3 && !h->n[0].lost && !strcmp(h->n[0].name, "path"),
	   "the last one counts, and that is said");
	ok(h->n[1].line == 0 && strstr(h->n[1].what, "crash_target") && !strcmp(h->n[1].token, "/b"),
	   "and that a target is still to be named");
	h = becomes("path\n", "", 1);
	is(h->n[0].line, 1, "a key alone has its line");
	h = becomes("Path /a\n", "", 1);
	ok(!strcmp(h->n[0].name, "Path") && !strcmp(h->n[0].token, "/a"), "an unknown key has its name and value");
}

static void test_collector(void)
{
	static const struct {
		const char *from, *to;
	} v[] = {
		{ "makedumpfile -l --message-level 7 -d 31", "kjump-dump -f kdump -c lzo -l 0 -d 31" },
		{ "makedumpfile -c -d 17", "kjump-dump -f kdump -c zlib -l 0 -d 17" },
		{ "makedumpfile -z -d8 --num-threads=4", "kjump-dump -f kdump -c zstd -l 0 -d 8" },
		{ "makedumpfile -F -p -d 1 --num-threads 4", "kjump-dump -f kdump -c lzo -l 0 -d 1" },
		{ "makedumpfile", "kjump-dump -f kdump -c none -l 0 -d 0" },
		{ "makedumpfile -E -d 16", "kjump-dump -f elf -d 16" },
		{ "cp", "kjump-dump -f elf -d 0" },
		{ "scp", "kjump-dump -f elf -d 0" },
		{ "cp --sparse=always", NULL },
		{ "dd bs=4k", NULL },
		{ "makedumpfile -d 31,17", NULL },
		{ "makedumpfile -d 32", NULL },
		{ "makedumpfile -d", NULL },
		{ "makedumpfile -x vmlinux -d 31", NULL },
		{ "makedumpfile --split -d 31", NULL },
		{ "/usr/sbin/makedumpfile -d 31", NULL },
	};
	char text[128], want[128];

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		snprintf(text, sizeof(text), "core_collector %s\n", v[i].from);
		snprintf(want, sizeof(want), "core_collector %s\n", v[i].to ? v[i].to : "");
		becomes(text, v[i].to ? want : "", !v[i].to);
	}
}

static void test_shell(void)
{
	struct heard *h;

	becomes("KDUMP_COREDIR=/a\n", "path /a\n", 0);
	becomes("# x\n\n export KDUMP_COREDIR=/a # y\n", "path /a\n", 0);
	becomes("KDUMP_COREDIR=\"/a\"\r\n", "path /a\n", 0);
	becomes("KDUMP_COREDIR='/a'/\"b\"c\n", "path /a/bc\n", 0);
	becomes("KDUMP_COREDIR=/a#b\n", "path \"/a#b\"\n", 0);
	becomes("KDUMP_COREDIR=\nKDUMP_FAIL_CMD=''\n", "", 0);
	becomes("KDUMP_COREDIR=/a$HOME\n", "", 1);
	becomes("KDUMP_COREDIR=\"/a$HOME\"\nKDUMP_FAIL_CMD=halt\n", "failure_action halt\n", 1);
	becomes("KDUMP_COREDIR='/a$HOME'\n", "path /a$HOME\n", 0);
	becomes("KDUMP_COREDIR=~/a\n", "", 1);
	becomes("KDUMP_COREDIR=/a\\ b\n", "", 1);
	becomes("KDUMP_COREDIR=\"/a\\\"\"\nKDUMP_FAIL_CMD=halt\n", "failure_action halt\n", 1);
	becomes("KDUMP_COREDIR=/a \\\nKDUMP_FAIL_CMD=halt\n", "", 2);
	becomes("KDUMP_COREDIR=/a echo\nKDUMP_FAIL_CMD=halt\n", "", 2);
	becomes("KDUMP_COREDIR=/a;KDUMP_COREDIR=/b\nKDUMP_FAIL_CMD=halt\n", "", 2);
	becomes("KDUMP_COREDIR=/a&\nKDUMP_FAIL_CMD=halt\n", "", 2);
	becomes("KDUMP_COREDIR=$(echo \"/a\")\nKDUMP_FAIL_CMD=halt\n", "", 2);
	becomes("KDUMP_COREDIR=\"`echo \"/a\"`\"\nKDUMP_FAIL_CMD=halt\n", "", 2);
	becomes("KDUMP_COREDIR=\"${A:-\"/a\"}\"\nKDUMP_FAIL_CMD=halt\n", "", 2);
	becomes("USE_KDUMP=1\nif true; then\nKDUMP_COREDIR=/a\nfi\n", "", 3);
	becomes("USE_KDUMP=1\n. /etc/x\nKDUMP_COREDIR=/a\n", "", 2);
	becomes("USE_KDUMP=1\nKDUMP_COREDIR+=/a\n", "", 1);
	becomes("USE_KDUMP=0\n", "", 1);
	h = becomes("KDUMP_CPUS=\"a\nb\nc\"\nKDUMP_FAIL_CMD=halt\nKDUMP_COREDIR=x\n", "failure_action halt\n", 2);
	ok(h->n[0].line == 1 && h->n[1].line == 5, "lines count on through a value of several");
	h = becomes("KDUMP_COREDIR=\"/a\nKDUMP_FAIL_CMD=halt\n", "", 1);
	ok(strstr(h->n[0].what, "not closed") != NULL, "a quote that is not closed is told");
}

static void test_debian(void)
{
	struct heard *h;

	becomes("USE_KDUMP=1\nKDUMP_KERNEL=/var/lib/kdump/vmlinuz\nKDUMP_INITRD=/var/lib/kdump/initrd.img\n", "", 0);
	becomes("KDUMP_INITRD=/boot/initrd.img-x\n", "", 1);
	becomes("KDUMP_KERNEL=/boot/vmlinuz-x\n", "kernel /boot/vmlinuz-x\n", 0);
	becomes("KDUMP_FAIL_CMD=\"reboot -f\"\n", "failure_action reboot\n", 0);
	becomes("KDUMP_FAIL_CMD=\"echo failed; reboot -f\"\n", "", 1);
	becomes("KDUMP_FAIL_CMD=\"reboot -n\"\n", "", 1);
	becomes("KDUMP_DUMP_DMESG=1\n", "", 0);
	becomes("KDUMP_DUMP_DMESG=0\n", "", 1);
	becomes("MAKEDUMP_ARGS=\"-F -c -d 31\"\n", "core_collector kjump-dump -f kdump -c zlib -l 0 -d 31\n", 0);
	becomes("KDUMP_CMDLINE=\"root=/dev/sda\"\n", "", 1);
	h = becomes("KDUMP_CMDLINE_APPEND=\"reset_devices systemd.unit=x nr_cpus=1 elfcorehdr=0 mem=1 memmap=2 usbcore.nousb\"\n",
		    "cmdline_append reset_devices nr_cpus=1 usbcore.nousb\n", 4);
	is_str(h->n[0].token, "systemd.unit=x", "the word that is left out is named");
	becomes("KDUMP_CMDLINE_APPEND=\"systemd.unit=x\"\n", "", 1);
	becomes("KDUMP_CMDLINE_APPEND=\"systemd.unit=kdump-tools-dump.service\"\n", "", 0);
}

static void test_debian_network(void)
{
	struct heard *h;

	becomes("SSH=\"kdump@server\"\nSSH_KEY=/root/.ssh/id\n", "crash_target ssh kdump@server\nsshkey /root/.ssh/id\n", 0);
	h = becomes("NFS=\"server:/srv/crash\"\n", "crash_target nfs server:/srv/crash\n", 0);
	ok(h->count == 1 && strstr(h->n[0].what, "below path"), "where dumps lie is said");
	becomes("NFS=\"server\"\n", "", 1);
	becomes("FTP=\"server:/x\"\nNFS_TIMEO=600\n", "", 2);
}

static void test_suse_network(void)
{
	struct heard *h;

	becomes("KDUMP_SAVEDIR=ssh://h/a/b\n", "crash_target ssh root@h/a/b\n", 0);
	becomes("KDUMP_SAVEDIR=ssh://u@h:2222/a\n", "crash_target ssh u@h:2222/a\n", 0);
	becomes("KDUMP_SAVEDIR=ssh://h/a@b\n", "crash_target ssh root@h/a@b\n", 0);
	becomes("KDUMP_SAVEDIR=ssh://h\n", "crash_target ssh root@h\n", 0);
	h = becomes("KDUMP_SAVEDIR=ssh://u:secret@h/a\n", "", 1);
	ok(strstr(h->n[0].what, "password") && !strcmp(h->n[0].token, "ssh"), "a password is not told");
	becomes("KDUMP_SAVEDIR=ssh://@h/a\n", "", 1);
	becomes("KDUMP_SAVEDIR=ssh:///a\n", "", 1);
	becomes("KDUMP_SAVEDIR=sftp://h/a\n", "", 1);
	becomes("KDUMP_SAVEDIR=cifs://h/a\n", "", 1);
	becomes("KDUMP_SAVEDIR=nfs://h/srv/x\n", "path /\ncrash_target nfs h:/srv/x\n", 0);
	becomes("KDUMP_HOST_KEY=*\nKDUMP_NETCONFIG=auto\n", "", 2);
}

static void test_suse(void)
{
	becomes("KDUMP_KERNELVER=6.4-default\n", "kernel /boot/vmlinuz-6.4-default\n", 0);
	becomes("KDUMP_KERNELVER=\"\"\nKDUMP_COMMANDLINE=\"\"\n", "", 0);
	becomes("KDUMP_COMMANDLINE_APPEND=\"a  b\"\n", "cmdline_append a b\n", 0);
	becomes("KDUMP_SAVEDIR=file:///a\n", "path /a\n", 0);
	becomes("KDUMP_SAVEDIR=/a\n", "path /a\n", 0);
	becomes("KDUMP_SAVEDIR=ftp://u:p@h/a\n", "", 1);
	becomes("KDUMP_SAVEDIR=nfs://h\n", "", 1);
	becomes("KDUMP_SAVEDIR=nfs:///a\n", "", 1);
	becomes("KDUMP_SAVEDIR=file://\n", "", 1);
	becomes("KDUMP_IMMEDIATE_REBOOT=yes\nKDUMP_CONTINUE_ON_ERROR=true\n", "final_action reboot\nfailure_action reboot\n", 0);
	becomes("KDUMP_IMMEDIATE_REBOOT=no\nKDUMP_CONTINUE_ON_ERROR=false\n", "failure_action shell\n", 1);
	becomes("KDUMP_CONTINUE_ON_ERROR=maybe\n", "", 1);
	becomes("KDUMP_DUMPFORMAT=lzo\nKDUMP_DUMPLEVEL=17\n", "core_collector kjump-dump -f kdump -c lzo -l 0 -d 17\n", 0);
	becomes("KDUMP_DUMPFORMAT=compressed\n", "core_collector kjump-dump -f kdump -c zlib -l 0 -d 31\n", 0);
	becomes("KDUMP_DUMPFORMAT=snappy\n", "core_collector kjump-dump -f kdump -c lzo -l 0 -d 31\n", 0);
	becomes("KDUMP_DUMPFORMAT=ELF\nKDUMP_DUMPLEVEL=1\n", "core_collector kjump-dump -f elf -d 1\n", 0);
	becomes("KDUMP_DUMPFORMAT=raw\nKDUMP_DUMPLEVEL=31\n", "core_collector kjump-dump -f elf -d 0\n", 0);
	becomes("KDUMP_DUMPLEVEL=0\n", "core_collector kjump-dump -f kdump -c zstd -l 0 -d 0\n", 0);
	becomes("KDUMP_DUMPFORMAT=none\n", "", 1);
	becomes("KDUMP_DUMPLEVEL=32\n", "", 1);
	becomes("KDUMP_DUMPLEVEL=99999\n", "", 1);
	becomes("KDUMP_TRANSFER=/bin/x\nMAKEDUMPFILE_OPTIONS=--num-threads\n", "", 2);
}

static void test_keep(void)
{
	becomes("KDUMP_NUM_DUMPS=5\n", "keep 5\n", 0);
	becomes("KDUMP_NUM_DUMPS=0\n", "", 0);
	becomes("KDUMP_NUM_DUMPS=many\n", "", 1);
	becomes("KDUMP_NUM_DUMPS=10001\n", "", 1);
	becomes("KDUMP_KEEP_OLD_DUMPS=5\n", "keep 6\n", 0);
	becomes("KDUMP_KEEP_OLD_DUMPS=0\n", "", 0);
	becomes("KDUMP_KEEP_OLD_DUMPS=-1\n", "keep 1\n", 0);
	becomes("KDUMP_KEEP_OLD_DUMPS=-2\n", "", 1);
	becomes("KDUMP_KEEP_OLD_DUMPS=10000\n", "", 1);
	becomes("KDUMP_FREE_DISK_SIZE=64\n", "min_free 67108864\n", 0);
	becomes("KDUMP_FREE_DISK_SIZE=0\n", "", 0);
	becomes("KDUMP_FREE_DISK_SIZE=8796093022208\n", "", 1);
	becomes("KDUMP_FREE_DISK_SIZE=64M\n", "", 1);
}

static void test_limits(void)
{
	static char text[4096];
	struct heard *h;

	/* longer than any value of ours, and than what is kept of one */
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "KDUMP_COREDIR=/", 15);
	h = becomes(text, "", 1);
	ok(strstr(h->n[0].what, "too long") && strlen(h->n[0].token) == sizeof(h->n[0].token) - 1, "too long, and cut");
	text[600] = '\0';
	becomes(text, "", 1);
	memcpy(text, "path /", 6);
	becomes(text, "", 1);
	memcpy(text, "xfs /dev/", 9);
	text[KJ_CONF_TEXT + 4] = '\0';
	becomes(text, "", 1);
	/* each alone would do */
	text[KJ_CONF_TEXT + 4] = 'a';
	memcpy(text, "ext4 /dev/a\nxfs /dev/", 21);
	text[KJ_CONF_TEXT + 12] = '\0';
	becomes(text, "crash_target /dev/a\n", 1);
	memcpy(text, "KDUMP_KERNELVER=aaaaaaaaaa", 26);
	text[280] = '\0';
	becomes(text, "", 1);
	becomes("path /a\x01" "b\n", "", 1);
}

/* Two files, one configuration. */
static void test_two(void)
{
	struct heard h = { .count = 0 };
	struct kj_conf c;

	kj_conf_init(&c);
	kj_import("path /a\next4 /dev/a\n", 20, &c, hear, &h);
	is(h.count, 0, "the first file goes without a word");
	kj_import("KDUMP_COREDIR=/b\n", 17, &c, hear, &h);
	ok(h.count == 1 && !h.n[0].lost && !strcmp(c.path, "/b"), "the second one takes its place, and that is said");
	kj_import("xfs /dev/b\n", 11, &c, hear, &h);
	is_str(c.crash_target, "/dev/b", "a target of another file is replaced, not added to");
}

int main(void)
{
	test_kdump_conf();
	test_collector();
	test_shell();
	test_debian();
	test_debian_network();
	test_suse_network();
	test_suse();
	test_keep();
	test_limits();
	test_two();
	return tap_done();
}
