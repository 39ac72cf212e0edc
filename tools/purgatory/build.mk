# SPDX-License-Identifier: GPL-2.0-or-later
# How the purgatory blob is made: compiled freestanding, linked by its script with nothing else, so that an
# unresolved symbol is a failed link, and flattened.

PURG_SRC := tools/purgatory/entry.S tools/purgatory/purgatory.c tools/purgatory/string.c tools/core/sha256.c
PURG_OBJ := $(call objs,$(O)/bare,$(PURG_SRC))
PURG_LDS := tools/purgatory/purgatory.lds

# gcc must not turn the byte loops of string.c into calls of the functions they are
$(O)/bare/obj/purgatory/string.o: BARE_CFLAGS += -fno-tree-loop-distribute-patterns

$(O)/bare/purgatory.chk: $(PURG_OBJ) $(PURG_LDS)
	$(say) LINK $@
	$(Q)ld -nostdlib -static -z noexecstack --no-undefined --orphan-handling=error --no-warn-rwx-segments \
		--fatal-warnings -T $(PURG_LDS) -o $@ $(PURG_OBJ)

# the few bytes of .got that ld insists on are never read
$(O)/bare/purgatory.bin: $(O)/bare/purgatory.chk
	$(say) FLAT $@
	$(Q)objcopy -O binary -j .text $< $@

BLOBS += $(O)/bare/purgatory.bin
