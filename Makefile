# SPDX-License-Identifier: GPL-2.0-or-later
# One core, five builds: out/ship (klibc, static), out/test (glibc, sanitizers), out/fuzz
# (libFuzzer), out/bare (freestanding), out/host (glibc, for the host alone). Sources are found by
# wildcard: a new file in tools/core, sys, cmd, host, test/unit or test/fuzz needs no edit here.
# `make help` lists the targets.

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
SHELL := /bin/sh

V ?= 0
ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-6s %s\n'
endif

O ?= out
PREFIX ?= /usr
DESTDIR ?=
T ?= 60
CASE ?=

VERSION := 0.1

# ---- sources ----------------------------------------------------------------

CORE := $(sort $(wildcard tools/core/*.c))
# klibc_* belongs to the ship build alone: entry point, and what the codec archives miss
SYS := $(filter-out tools/sys/klibc_%,$(sort $(wildcard tools/sys/*.c tools/sys/*.S)))
KLIBC := $(sort $(wildcard tools/sys/klibc_*.c tools/sys/klibc_*.S))
# cmd/kjump*.c is a program each; cmd/lib/ is what they share (libkjcmd.a)
PROGS := $(patsubst tools/cmd/%.c,%,$(sort $(wildcard tools/cmd/kjump*.c)))
CMDLIB := $(sort $(wildcard tools/cmd/lib/*.c))
UNITS := $(patsubst tools/test/unit/%.c,%,$(sort $(wildcard tools/test/unit/*.c)))
FUZZERS := $(patsubst tools/test/fuzz/%.c,%,$(sort $(wildcard tools/test/fuzz/*.c)))
# what runs where a vmlinux is, not where A, B and C are; it may use any library
HOSTPROGS := $(patsubst tools/host/%.c,%,$(sort $(wildcard tools/host/kjump*.c)))
HOSTSRC := $(sort $(wildcard tools/host/*.c))
CLITESTS := $(filter-out tools/test/cli/lib%.sh,$(sort $(wildcard tools/test/cli/*.sh)))

# tools/a/b.c -> DIR/obj/a/b.o
objs = $(patsubst tools/%,$(1)/obj/%.o,$(basename $(2)))

# ---- flags ------------------------------------------------------------------

WARN := -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 -Wundef \
	-Wpointer-arith -Wwrite-strings
# in C, -Wconversion brings -Wsign-conversion along; only core has to live with that
HOSTWARN := $(WARN) -Wshadow -Wconversion -Wno-sign-conversion
# quoted includes only, or tools/sys/io.h and libc's <sys/io.h> would meet
CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DKJ_VERSION='"$(VERSION)"'
INCLUDE := -iquote tools
DEPFLAGS := -MMD -MP

# klcc knows no -iquote, but hands -Wp, through; -I$(O)/ship/include has the codec headers.
# klibc has an old zlib of its own: its header fits Debian's archive, which comes first in the link.
KLCC ?= klcc
# -Os copies by the byte (rep movsb), which is slow where the processor has no ERMS: sys/klibc_mem has better
SHIP_CFLAGS := -std=gnu11 -Os -mmemcpy-strategy=libcall:-1:noalign -mmemset-strategy=libcall:-1:noalign \
	-ffunction-sections -fdata-sections $(WARN) -Werror $(CPPFLAGS) -Wp,-iquote,tools -I$(O)/ship/include
SHIP_LDFLAGS := -static -Wl,-z,noseparate-code -Wl,--gc-sections -Wl,-e,kj_start
SHIP_LIBS = $(foreach l,lz4 lzo2 z zstd argon2 sodium,$(shell gcc -print-file-name=lib$(l).a))
SHIP_HEADERS := lz4 lz4hc zstd zstd_errors xxhash lzo/lzo1x lzo/lzoconf lzo/lzodefs argon2 sodium
# gcc knows a loop that is strlen() or memset() when it sees one, and calls that; core may
# not call the one, and the purgatory's own memset() must not call itself
NOLIBC := -fno-tree-loop-distribute-patterns
$(O)/ship/obj/core/%.o: PURE := $(NOLIBC)
# bytes per second matter in these, not bytes of code; klcc says -mno-sse
HOT_OBJS := core/xxh core/crc32 core/crcbulk core/sha256 core/pagescan cmd/lib/keep cmd/lib/kd_pages cmd/lib/kd_buf \
	cmd/lib/pagecodec cmd/lib/dump_image cmd/lib/dump_swsusp cmd/lib/imgread cmd/lib/restore_write \
	cmd/lib/restore_direct cmd/lib/restore_kexec sys/klibc_mem
$(HOT_OBJS:%=$(O)/ship/obj/%.o): HOT := -O2 -msse2
# or memcpy() would be a call of memcpy()
$(O)/ship/obj/sys/klibc_mem.o: PURE := $(NOLIBC)

TEST_CC ?= gcc
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
TEST_CFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer $(SANITIZE) -Werror $(CPPFLAGS) $(INCLUDE)
# a program that cli tests run some thousand times begins sooner without a library of 8 MB to relocate
TEST_STATIC := $(if $(findstring gcc,$(TEST_CC)),-static-libasan -static-libubsan)
TEST_LIBS := -llz4 -llzo2 -lz -lzstd -largon2 -lsodium

FUZZ_CC ?= clang
# clang, unlike gcc, warns of members that a designated initialiser leaves out
FUZZ_CFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer $(SANITIZE) $(WARN) \
	-Wno-missing-field-initializers -Werror $(CPPFLAGS) $(INCLUDE)

BARE_CC ?= gcc
BARE_CFLAGS := -std=gnu11 -O2 -ffreestanding -fno-stack-protector -mno-sse -mgeneral-regs-only \
	-mno-red-zone $(NOLIBC) -fpic -fvisibility=hidden -fcf-protection=none -fno-asynchronous-unwind-tables \
	$(WARN) -Werror $(INCLUDE)

# ---- what there is ----------------------------------------------------------

.PHONY: help all host initramfs check vm test test-long demo layers install fuzz corruption lint mutants bench bench-dump bench-scale bench-vm bench-hibernate bench-snapshot bench-crashkernel soak judge kernel-check clean deb \
	ship test-build fuzz-build bare FORCE

help: ## list the targets (this text)
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r t d; do \
		printf '  %-10s %s\n' "$$t" "$$d"; done
	@printf '\n  V=1 shows commands, O=DIR builds elsewhere, PREFIX and DESTDIR are for install\n'

all: ship ## build the programs: static, stripped, in out/ship

# ---- generic rules ----------------------------------------------------------

# An archive is made anew when its list of members changes, not only when one is newer.
define archive # $(1) path without .a, $(2) objects
$(1).list: FORCE
	@mkdir -p $$(@D)
	@echo '$(2)' | cmp -s - $$@ || echo '$(2)' >$$@
$(1).a: $(2) $(1).list
	$$(say) AR $$@
	$$(Q)rm -f $$@ && ar rcsD $$@ $(2)
endef

define libs # $(1) build directory
$(eval $(call archive,$(1)/libkjcore,$(call objs,$(1),$(CORE))))
$(eval $(call archive,$(1)/libkjsys,$(call objs,$(1),$(SYS))))
$(eval $(call archive,$(1)/libkjcmd,$(call objs,$(1),$(CMDLIB))))
endef
$(foreach b,ship test fuzz,$(call libs,$(O)/$(b)))
libs_of = $(1)/libkjcmd.a $(1)/libkjsys.a $(1)/libkjcore.a $(O)/bare/libkjblob.a

# ---- out/bare: freestanding -------------------------------------------------

$(O)/bare/obj/%.o: tools/%.c Makefile
	$(say) BARE $@
	$(Q)mkdir -p $(@D)
	$(Q)$(BARE_CC) $(BARE_CFLAGS) $(DEPFLAGS) -c -o $@ $<

$(O)/bare/obj/%.o: tools/%.S Makefile
	$(say) BARE $@
	$(Q)mkdir -p $(@D)
	$(Q)$(BARE_CC) $(BARE_CFLAGS) $(DEPFLAGS) -c -o $@ $<

# tools/purgatory/build.mk says how $(O)/bare/*.bin come to be: rules over $(O)/bare/obj/..., each
# with its .chk link, and adds what the programs embed:  BLOBS += $(O)/bare/purgatory.bin
# Each of BLOBS becomes two symbols in libkjblob.a, linked into whichever program names them:
#	extern const unsigned char kj_blob_purgatory[];
#	extern const uint64_t kj_blob_purgatory_size;
BLOBS :=
-include tools/purgatory/build.mk

$(O)/bare/%.blob.o: $(O)/bare/%.bin Makefile
	$(say) BLOB $@
	$(Q)printf '%s\n' '.section .rodata' '.globl kj_blob_$*, kj_blob_$*_size' '.balign 16' \
		'kj_blob_$*:' '.incbin "$<"' '1:' '.balign 8' 'kj_blob_$*_size:' \
		'.quad 1b - kj_blob_$*' '.section .note.GNU-stack,"",@progbits' | \
		$(BARE_CC) -x assembler -c -o $@ -
$(eval $(call archive,$(O)/bare/libkjblob,$(patsubst %.bin,%.blob.o,$(BLOBS))))

bare: $(call objs,$(O)/bare,$(CORE)) $(BLOBS) ## compile core freestanding, link purgatory

# ---- out/ship: klibc --------------------------------------------------------

# klcc has no system include path, so foreign headers come by name and as system headers
SHIP_INC := $(patsubst %,$(O)/ship/include/%.h,$(SHIP_HEADERS))
$(SHIP_INC): $(O)/ship/include/%.h: /usr/include/%.h
	$(Q)command -v $(KLCC) >/dev/null || { echo 'klcc: not found, see test-vm/deps' >&2; exit 1; }
	$(Q)mkdir -p $(@D)
	$(Q)printf '#pragma GCC system_header\n#include "%s"\n' $< >$@
/usr/include/%.h:
	@echo '$@: not found, see test-vm/deps' >&2; exit 1

$(O)/ship/obj/%.o: tools/%.c Makefile | $(SHIP_INC)
	$(say) KLCC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(KLCC) $(SHIP_CFLAGS) $(PURE) $(HOT) $(DEPFLAGS) -c -o $@ $<

$(O)/ship/obj/%.o: tools/%.S Makefile | $(SHIP_INC)
	$(say) KLCC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(KLCC) $(SHIP_CFLAGS) $(DEPFLAGS) -c -o $@ $<

SHIP_START := $(call objs,$(O)/ship,$(KLIBC))
SHIP_PROGS := $(PROGS:%=$(O)/ship/%)

# no libc default paths: only klibc, our archives and the codecs take part. The unstripped
# program stays in obj/, for addr2line and the layers test.
define link_ship
	$(say) LINK $@
	$(Q)mkdir -p $(@D) $(O)/ship/obj
	$(Q)$(KLCC) $(SHIP_LDFLAGS) -o $(O)/ship/obj/$(@F).sym $(1) $(SHIP_START) \
		$(call libs_of,$(O)/ship) $(SHIP_LIBS)
	$(Q)strip -s -R .comment -R .note -R .note.gnu.build-id -R .note.gnu.property \
		-o $@ $(O)/ship/obj/$(@F).sym
endef

$(SHIP_PROGS): $(O)/ship/%: $(O)/ship/obj/cmd/%.o $(SHIP_START) $(call libs_of,$(O)/ship)
	$(call link_ship,$<)

# proof that the codec archives work under klibc: built and run by `make check`
$(O)/ship/obj/codecs: $(O)/ship/obj/test/klibc/codecs.o $(SHIP_START) $(call libs_of,$(O)/ship)
	$(call link_ship,$<)

ship: $(SHIP_PROGS) bare

# ---- out/host: glibc, and whatever the host has ---------------------------

HOST_CC ?= gcc
HOST_CFLAGS := -std=gnu11 -O2 $(HOSTWARN) -Werror $(CPPFLAGS) $(INCLUDE)
HOST_LIBS := -ldw -lelf
$(foreach d,host test,$(call objs,$(O)/$(d),$(HOSTSRC))): | /usr/include/elfutils/libdw.h
$(eval $(call archive,$(O)/host/libkjcore,$(call objs,$(O)/host,$(CORE))))

$(O)/host/obj/%.o: tools/%.c Makefile
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(HOST_CC) $(HOST_CFLAGS) $(DEPFLAGS) -c -o $@ $<

$(HOSTPROGS:%=$(O)/host/%): $(O)/host/%: $(call objs,$(O)/host,$(HOSTSRC)) $(O)/host/libkjcore.a
	$(say) LINK $@
	$(Q)$(HOST_CC) -s -o $@ $^ $(HOST_LIBS)

# the same with sanitizers
$(HOSTPROGS:%=$(O)/test/%): $(O)/test/%: $(call objs,$(O)/test,$(HOSTSRC)) $(O)/test/libkjcore.a
	$(say) LINK $@
	$(Q)$(TEST_CC) $(SANITIZE) -o $@ $^ $(HOST_LIBS)

host: $(HOSTPROGS:%=$(O)/host/%) ## build kjump-profile, with libdw, in out/host: no part of all

# ---- out/test: glibc, sanitizers --------------------------------------------

# our own code with every warning; core with signs as well, for it reads lengths from disk
$(O)/test/obj/core/%.o: TESTWARN := $(HOSTWARN) -Wsign-conversion
$(O)/test/obj/test/%.o: TESTWARN := $(WARN) -Wshadow
TESTWARN := $(HOSTWARN)

$(O)/test/obj/%.o: tools/%.c Makefile
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(TEST_CC) $(TEST_CFLAGS) $(TESTWARN) -iquote tools/test $(DEPFLAGS) -c -o $@ $<

$(O)/test/obj/%.o: tools/%.S Makefile
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(TEST_CC) $(TEST_CFLAGS) $(DEPFLAGS) -c -o $@ $<

TEST_PROGS := $(PROGS:%=$(O)/test/%)
TEST_UNITS := $(UNITS:%=$(O)/test/unit/%)
TEST_REPLAYS := $(FUZZERS:%=$(O)/test/fuzz/%)

define link_test
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(TEST_CC) $(SANITIZE) $(2) -o $@ $(1) $(call libs_of,$(O)/test) $(TEST_LIBS)
endef

$(TEST_PROGS): $(O)/test/%: $(O)/test/obj/cmd/%.o $(call libs_of,$(O)/test)
	$(call link_test,$<,$(TEST_STATIC))
$(TEST_UNITS): $(O)/test/unit/%: $(O)/test/obj/test/unit/%.o $(call libs_of,$(O)/test)
	$(call link_test,$<)
$(TEST_REPLAYS): $(O)/test/fuzz/%: $(O)/test/obj/test/fuzz/%.o $(O)/test/obj/test/replay.o \
		$(call libs_of,$(O)/test)
	$(call link_test,$< $(O)/test/obj/test/replay.o)

test-build: $(TEST_PROGS) $(HOSTPROGS:%=$(O)/test/%) $(TEST_UNITS) $(TEST_REPLAYS)

# ---- out/fuzz: libFuzzer ----------------------------------------------------

$(O)/fuzz/obj/%.o: tools/%.c Makefile
	$(say) CLANG $@
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -iquote tools/test $(DEPFLAGS) \
		-c -o $@ $<

$(O)/fuzz/obj/%.o: tools/%.S Makefile
	$(say) CLANG $@
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) $(DEPFLAGS) -c -o $@ $<

FUZZ_PROGS := $(FUZZERS:%=$(O)/fuzz/%)
$(FUZZ_PROGS): $(O)/fuzz/%: $(O)/fuzz/obj/test/fuzz/%.o $(call libs_of,$(O)/fuzz)
	$(say) LINK $@
	$(Q)$(FUZZ_CC) $(SANITIZE) -fsanitize=fuzzer -o $@ $< $(call libs_of,$(O)/fuzz) $(TEST_LIBS)

fuzz-build: $(FUZZ_PROGS)

fuzz: fuzz-build ## run every fuzz target for T=60 seconds; finds stay in out/fuzz/corpus
	$(Q)set -e; for f in $(FUZZERS); do \
		mkdir -p $(O)/fuzz/corpus/$$f tools/test/data/corpus/$$f; echo "== $$f"; \
		$(O)/fuzz/$$f -max_total_time=$(T) -max_len=65536 -print_final_stats=1 \
			-artifact_prefix=$(O)/fuzz/$$f- \
			$(O)/fuzz/corpus/$$f tools/test/data/corpus/$$f; done

# ---- initramfs of kernels B and C -------------------------------------------

$(O)/kjump-initramfs.img: initramfs/build initramfs/init $(wildcard initramfs/lib/*.sh) $(SHIP_PROGS)
	$(say) IMAGE $@
	$(Q)initramfs/build -t $(O)/ship -o $@

initramfs: $(O)/kjump-initramfs.img ## build the initramfs of kernels B and C, without modules

# ---- tests ------------------------------------------------------------------

check: ship host test-build $(O)/ship/obj/codecs ## unit, cli, corpus and lint tests: no root, no VM, under a minute
	$(Q)O='$(O)' UNITS='$(TEST_UNITS)' REPLAYS='$(TEST_REPLAYS)' CLITESTS='$(CLITESTS)' \
		V='$(V)' tools/test/check

corruption: ship test-build ## damage an image 70,000 times, in one place each: each must be refused; SEED=
	$(Q)O='$(O)' V=1 CORRUPT=all T_TEST=1800 tools/test/run tools/test/cli/kjump-restore-corrupt.sh

layers: ship ## who may call whom: proved on the objects and the includes
	$(Q)O='$(O)' CORE='$(CORE)' SYS='$(SYS)' V='$(V)' tools/test/run tools/test/layers

lint: ## shellcheck, man pages, options against man pages, white space
	$(Q)O='$(O)' V='$(V)' tools/test/run tools/test/lint

vm: ship initramfs host ## the VM cases; CASE=NAME for one of them, V=1 for its console
	$(Q)CASE='$(CASE)' V='$(V)' O='$(O)' test-vm/run

test: ## everything but the long cases: installs what is missing, check, vm, one sum
	$(Q)MAKE='$(MAKE)' O='$(O)' V='$(V)' tools/test/all

# what a case about the package needs, where there is one
ON_DEBIAN := $(if $(shell command -v dpkg-deb),deb)

test-long: ship initramfs host $(ON_DEBIAN) ## the VM cases that take hours; MATRIX=full for each kind of machine, MATRIX_FRESH=1
	$(Q)CASE='$(CASE)' V='$(V)' O='$(O)' LONG=1 test-vm/run

demo: ## install what is missing, then watch a system being hibernated and resumed
	$(Q)if [ "$$(id -u)" = 0 ]; then test-vm/deps --install; else test-vm/deps; fi
	$(Q)$(MAKE) initramfs
	$(Q)O='$(O)' V='$(V)' test-vm/demo

mutants: ship initramfs ## the VM cases against sabotaged builds: each build must be caught
	$(Q)O='$(O)' V='$(V)' CASE='$(CASE)' test-vm/mutants

kernel-check: ## the kernel patches: do they apply, is checkpatch content, do they compile
	$(Q)nice kernel-patch/check

bench-dump: ship ## dumps beside makedumpfile; DUMP=core, MAKEDUMPFILE=, FILL=
	$(Q)O='$(O)' test-vm/bench-dump $(DUMP)

bench-scale: ship ## find the pages of 1 TiB beside makedumpfile; MAKEDUMPFILE=
	$(Q)O='$(O)' test-vm/bench-scale

bench-hibernate: ship initramfs ## hibernation beside the kernel's own; N=5 rounds, MIB='1024 3072', PERCENT='40 70'
	$(Q)O='$(O)' N='$(N)' MIB='$(MIB)' PERCENT='$(PERCENT)' test-vm/bench-hibernate

bench-snapshot: ship initramfs ## seconds that a system stands still beside makedumpfile's; N=3 rounds, MIB=, LEVEL=31, MAKEDUMPFILE=
	$(Q)O='$(O)' N='$(N)' MIB='$(MIB)' LEVEL='$(LEVEL)' PERCENT='$(PERCENT)' test-vm/bench-snapshot

bench-crashkernel: ship initramfs ## the smallest crashkernel= that works; N=10 runs of it, SIZE=, KINDS=, DISKS=
	$(Q)O='$(O)' N='$(N)' test-vm/bench-crashkernel

bench-vm: ship initramfs ## dumps in a crashed VM beside makedumpfile, the disk fast and slow; MAKEDUMPFILE=, FILL=
	$(Q)O='$(O)' test-vm/bench-vm

soak: ship initramfs ## hibernate N=200 times and check everything each time; goes on where it was stopped; SOAK_FRESH=1
	$(Q)O='$(O)' test-vm/soak $(N)

judge: ship ## dumps of DUMP=core at all levels and codecs, page by page by libkdumpfile; MAKEDUMPFILE=
	$(Q)O='$(O)' test-vm/judge/levels $(DUMP)

bench: bench-dump bench-scale bench-vm bench-hibernate bench-snapshot ## all measurements beside the peers

# ---- install, clean ---------------------------------------------------------

SBIN := $(DESTDIR)$(PREFIX)/sbin
MAN := $(DESTDIR)$(PREFIX)/share/man
LIB := $(DESTDIR)$(PREFIX)/lib/kjump
DRACUT := $(DESTDIR)$(PREFIX)/lib/dracut/modules.d/50kjump
INITRAMFS := $(DESTDIR)$(PREFIX)/share/initramfs-tools
# as it is installed, $(1) to $(3), mode $(2)
place = mkdir -p '$(dir $(3))' && sed 's|/usr/lib/kjump|$(PREFIX)/lib/kjump|g; s|/usr/sbin/kjump|$(PREFIX)/sbin/kjump|g' $(1) >'$(3)' && chmod $(2) '$(3)'

# PACKAGE=yes: without kjump-profile, which is not static and for one who builds kernels
install: ship ## programs, man pages, initramfs files, services and a sample configuration
	$(Q)install -d '$(SBIN)' '$(LIB)' '$(DESTDIR)/etc'
	$(Q)for p in $(SHIP_PROGS); do install -m 0755 "$$p" '$(SBIN)'; done
	$(Q)[ -n '$(PACKAGE)' ] || for p in $(HOSTPROGS:%=$(O)/host/%); do [ ! -x "$$p" ] || install -m 0755 "$$p" '$(SBIN)'; done
	$(Q)for m in $(filter-out $(if $(PACKAGE),tools/man/kjump-profile.8),$(wildcard tools/man/*.[1-8])); do \
		d='$(MAN)'/man$${m##*.}; install -d "$$d" && install -m 0644 "$$m" "$$d"; done
	$(Q)[ ! -d initramfs ] || (cd initramfs && find . -type f | while read -r f; do \
		m=0644; [ ! -x "$$f" ] || m=0755; install -D -m $$m "$$f" '$(LIB)'/"$$f"; done)
	$(Q)install -m 0755 service/image service/crash service/drivers service/take-over service/try-vm '$(LIB)'
	$(Q)set -e; for f in systemd-hibernate systemd-logind; do \
		$(call place,service/"$$f.conf",0644,$(LIB)/'"$$f.conf"'); done
	$(Q)$(call place,service/kjump-crash.service,0644,$(DESTDIR)$(PREFIX)/lib/systemd/system/kjump-crash.service)
	$(Q)$(call place,service/kjump-crash.init,0755,$(DESTDIR)/etc/init.d/kjump-crash)
	$(Q)$(call place,service/kernel-hook,0755,$(DESTDIR)/etc/kernel/postinst.d/zz-kjump)
	$(Q)$(call place,service/login-notice,0755,$(DESTDIR)/etc/update-motd.d/92-kjump)
	$(Q)$(call place,service/kernel-install,0755,$(DESTDIR)$(PREFIX)/lib/kernel/install.d/60-kjump.install)
	$(Q)install -m 0755 dracut-module/stage '$(LIB)/hook-stage'
	$(Q)set -e; for f in $(notdir $(wildcard dracut-module/50kjump/*)); do m=0644; \
		[ ! -x "dracut-module/50kjump/$$f" ] || m=0755; $(call place,"dracut-module/50kjump/$$f",$$m,$(DRACUT)/'"$$f"'); done
	$(Q)$(call place,dracut-module/initramfs-tools/hook,0755,$(INITRAMFS)/hooks/kjump)
	$(Q)$(call place,dracut-module/initramfs-tools/local-premount,0755,$(INITRAMFS)/scripts/local-premount/kjump)
	$(Q)$(call place,dracut-module/initramfs-tools/panic,0755,$(INITRAMFS)/scripts/panic/kjump)
	$(Q)$(call place,dracut-module/initramfs-tools/conf-hook,0644,$(INITRAMFS)/conf-hooks.d/kjump)
	$(Q)[ -e '$(DESTDIR)/etc/kjump.conf' ] || \
		install -m 0644 tools/kjump.conf '$(DESTDIR)/etc/kjump.conf'

DEB := $(O)/kjump_$(VERSION)_amd64.deb

deb: ship ## a Debian package of what install installs: out/kjump_VERSION_amd64.deb
	$(Q)rm -rf $(O)/deb && umask 022 && $(MAKE) --no-print-directory install PACKAGE=yes DESTDIR='$(abspath $(O)/deb)' PREFIX=/usr
	$(Q)package/deb -v $(VERSION) -o $(DEB) $(O)/deb

clean: ## remove out/ (the kernel cache lies elsewhere and stays)
	$(Q)rm -rf $(O)

-include $(shell find $(O) -type f -name '*.d' 2>/dev/null)
