# SPDX-License-Identifier: GPL-2.0-only
#
# For people. What the kernel's build system reads is in Kbuild.

KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
# What "make test" boots: for KUnit, and for the user-space tests.
UML ?= uml-6.12 uml-7.2
STOCK ?= stock-6.1 stock-6.12
# What "make test-debug" boots, for these and torture.
DEBUG ?= debug-6.12 kcsan-6.12

.PHONY: all
all: module tools

.PHONY: help
help:
	@echo 'make            the module for the running kernel, the library and the command'
	@echo 'make module     the module alone; for another kernel: KDIR=/path/to/its/build [ARCH=um]'
	@echo 'make tools      libgomap and gomapctl alone'
	@echo 'make install    all of it (PREFIX=/usr/local, DESTDIR=)'
	@echo 'make run        see it work: a throwaway virtual machine shows the main job'
	@echo 'make shell      a prompt in that machine'
	@echo 'make test       KUnit on UML, user-space tests on Debian'\''s 6.1 and 6.12'
	@echo 'make kunit      KUnit alone (UML=uml-6.12 for one kernel)'
	@echo 'make selftest   user-space tests alone (STOCK=stock-6.12 for one kernel)'
	@echo 'make test-debug both, and torture, on kernels that look for bugs: KASAN, lockdep,'
	@echo '                kmemleak, KCSAN'
	@echo 'make torture    a minute of everything at once, with checks all the time'
	@echo '                (KERNEL=uml-7.2, SECONDS=60 or HOURS=, SEED=)'
	@echo 'make fuzz       a minute of calls that nobody has thought of, with KASAN watching'
	@echo '                (KERNEL=debug-6.12, SECONDS=60, SEED=)'
	@echo 'make hostile    killed clients, no memory, 10,000 maps, a map of 2^24 entries'
	@echo '                (KERNEL=uml-7.2, SECONDS=60)'
	@echo 'make bench      measure it beside its peers: build/bench/report.md, with plots'
	@echo 'make check      checkpatch, sparse, W=1 with gcc and clang, kernel-doc, shellcheck'
	@echo 'make clean      remove what was built here; kernels stay in ~/.cache/gomap'
	@echo
	@echo 'All from run to check are for Debian 12. These targets install the packages'
	@echo 'that they need, as root or with sudo, and say so. They never remove any.'

.PHONY: module
module:
	@[ -d '$(KDIR)' ] || { echo 'There is nothing to build against at $(KDIR).'; \
		echo "Install linux-headers-$$(uname -r), or say KDIR=..."; exit 1; } >&2
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

.PHONY: tools
tools:
	@echo '#include <json-c/json.h>' | $(CC) -E - >/dev/null 2>&1 || \
		{ echo 'gomapctl needs json-c: install libjson-c-dev.' >&2; exit 1; }
	$(MAKE) -C tools/libgomap
	$(MAKE) -C tools/gomapctl

.PHONY: install
install: all
	$(MAKE) -C $(KDIR) M=$(CURDIR) $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) modules_install
	$(MAKE) -C tools/libgomap install PREFIX=$(PREFIX)
	$(MAKE) -C tools/gomapctl install PREFIX=$(PREFIX)
	$(MAKE) -C tools/packaging install PREFIX=$(PREFIX)
	$(if $(DESTDIR),,ldconfig)

.PHONY: run shell
run shell:
	@tools/make/$@

.PHONY: test kunit selftest
test: ; @tools/make/test kunit $(UML) selftest $(STOCK)
kunit: ; @tools/make/test kunit $(UML)
selftest: ; @tools/make/test selftest $(STOCK)

.PHONY: test-debug
test-debug: ; @tools/make/test bugs $(DEBUG) kunit $(DEBUG) selftest $(DEBUG) torture $(DEBUG)

.PHONY: torture
torture:
	@tools/make/torture $(if $(HOURS),-t $$(($(HOURS) * 3600)),$(if $(SECONDS),-t $(SECONDS))) \
		$(if $(SEED),-s $(SEED)) $(KERNEL)

.PHONY: fuzz
fuzz:
	@tools/make/fuzz $(if $(SECONDS),-t $(SECONDS)) $(if $(SEED),-s $(SEED)) $(KERNEL)

.PHONY: hostile
hostile: ; @tools/make/hostile $(if $(SECONDS),-t $(SECONDS)) $(KERNEL)

.PHONY: bench
bench:
	@tools/make/bench

.PHONY: check
check:
	@tools/make/check

.PHONY: clean
clean:
	find module kunit tools/bench/module tools/torture \( -name '*.o' -o -name '*.ko' -o -name '*.mod' -o \
		-name '*.mod.c' -o \
		-name '.*.cmd' -o -name modules.order \) -delete
	rm -rf build .*.cmd .module-common.o modules.order Module.symvers
	$(MAKE) -C tools/libgomap clean
	$(MAKE) -C tools/gomapctl clean
	$(MAKE) -C tools/selftests clean
	$(MAKE) -C tools/fuzz clean
	$(MAKE) -C tools/bench/user clean
	$(MAKE) -C tools/bench/native clean
