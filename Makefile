# Makefile - builds, tests and installs nodefall. "make help" names the targets.

# Every Debian package the project needs: to build and show, and to test. libclang-rt-dev is a part of clang before
# Debian 12, which tests/deps.sh knows.
PACKAGES_DEMO := gcc libc6-dev make libgsl-dev libyaml-dev zlib1g-dev libsqlite3-dev libncurses-dev gnuplot-nox \
	fonts-dejavu-core
PACKAGES_TEST := libcmocka-dev clang clang-tidy libclang-rt-dev
PACKAGES := $(PACKAGES_DEMO) $(PACKAGES_TEST)

ifeq ($(origin CC),default)
CC := gcc
endif
CLANG ?= clang
CLANG_TIDY ?= clang-tidy
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 600
T ?=

CORES := $(shell nproc)
ifeq ($(MAKELEVEL),0)
ifeq ($(filter -j% --jobs% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(CORES)
endif
endif
MAKEFLAGS += --no-builtin-rules --no-print-directory

CFLAGS ?= -O2 -g
override BASE := -std=c17 -D_GNU_SOURCE -I. -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Werror -ffp-contract=off
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LIBS := -lgsl -lgslcblas -lyaml -lsqlite3 -lz -lncursesw -lm -lpthread

# The model's invariants are looked at after each so-many-th event where NODEFALL_CHECK is defined; make CHECK_EVERY=1
# finds the very event that breaks one.
CHECK_EVERY ?= 16
# Unoptimised, fuzzers take a fifth of the time to compile and do half as much: good for seconds, not for make fuzz.
FUZZ_LEVEL ?= -O0
# What address sanitizing finds as well, and gcc's debug build at all places; clang compiles twice as fast without.
LIGHT := -fno-sanitize=null,alignment,object-size

# The kinds of build, each in build/KIND.
KINDS := release debug tsan fuzz
CC_release := $(CC)
CFLAGS_release := $(BASE) $(CFLAGS)
CC_debug := $(CC)
CFLAGS_debug := $(BASE) -O1 -g $(SANITIZE) -DNODEFALL_CHECK=$(CHECK_EVERY)
CC_tsan := $(CC)
CFLAGS_tsan := $(BASE) -O0 -g -fsanitize=thread
CC_fuzz := $(CLANG)
CFLAGS_fuzz := $(BASE) $(FUZZ_LEVEL) -g $(SANITIZE) $(LIGHT) -fsanitize=fuzzer-no-link -DNODEFALL_CHECK=$(CHECK_EVERY)
# Three more, only to see that they all compute the same as the release.
DIGESTS := digests/gcc-O0 digests/clang-O0 digests/clang-O2
$(foreach k,$(DIGESTS),$(eval CC_$(k) := $(if $(findstring clang,$(k)),$(CLANG),gcc)))
$(foreach k,$(DIGESTS),$(eval CFLAGS_$(k) := $(BASE) -$(lastword $(subst -, ,$(k)))))

SOURCES := $(sort $(wildcard sim/*.c models/*.c policies/*/*.c report/*.c report/metrics/*.c report/formats/*.c \
	report/looks/*.c report/lesson/*.c report/watch/*.c \
	report/cli/*.c))
HEADERS := $(sort $(wildcard sim/*.h models/*.h models/*.def policies/*/*.h report/*.h report/*/*.h tests/*.h))
# make MPI=1 links the one file that knows MPI instead of its stand-in; everything else is the release.
MPI ?=
MPICC ?= mpicc
MPI_FOUND := $(shell command -v $(MPICC))
TEST_SOURCES := $(sort $(wildcard tests/*.c))
MAIN := report/cli/main
PARTS := $(filter-out $(MAIN),$(SOURCES:.c=)) build/registry

# T='yaml queue' keeps the test programs whose name has one of these words in it.
chosen = $(if $(T),$(foreach t,$(1),$(if $(strip $(foreach w,$(T),$(findstring $(w),$(t)))),$(t))),$(1))
TESTS := $(call chosen,$(sort $(patsubst tests/%.c,%,$(wildcard tests/test_*.c))))
TSAN_TESTS := $(filter test_batch,$(TESTS))
FUZZERS := $(call chosen,$(sort $(patsubst tests/%.c,%,$(wildcard tests/fuzz_*.c))))
PROGRAMS := $(TESTS:%=build/release/tests/%) $(TESTS:%=build/debug/tests/%) $(TSAN_TESTS:%=build/tsan/tests/%) \
	$(FUZZERS:%=build/fuzz/tests/%)
CHECKS := includes globals headers malloc clang tidy digests readme

.PHONY: help all demo docs deps test bench fuzz golden install clean check programs check-build FORCE $(CHECKS:%=check-%) check-compilers check-analyzer \
	check-tidy-tests
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDARY:

help:
	@echo 'make demo      installs what is missing, builds ./nodefall and shows a lesson; pictures in build/demo'
	@echo 'make all       builds ./nodefall; MPI=1 builds it for mpirun, with mpicc'
	@echo 'make test      all tests, plain and with sanitizers, a little fuzzing, static checks'
	@echo "make test T=w  only the test programs with w in their name; T='yaml queue' takes several words"
	@echo 'make check     the static checks alone'
	@echo 'make fuzz      long fuzzing, FUZZ_SECONDS=$(FUZZ_SECONDS) for each target'
	@echo 'make bench     measures the speed of the simulator'
	@echo 'make golden    writes the expected results in tests/golden/ anew; look at the difference before committing'
	@echo 'make docs      makes the README'"'"'s screen and picture anew'
	@echo 'make deps      installs every package needed (Debian)'
	@echo 'make install   PREFIX=$(PREFIX), DESTDIR='
	@echo 'make clean     removes build/ and ./nodefall'
	@echo 'Variables: CC=gcc|clang, CFLAGS="-O2 -g"'

all: nodefall

nodefall: $(if $(MPI),build/mpi/nodefall,build/release/nodefall)
	@cp $< $@

build/mpi/ranks.o: report/ranks.c report/ranks.h build/release/flags
	@mkdir -p $(@D)
	@test -n '$(MPI_FOUND)' || { echo 'make MPI=1: $(MPICC) is missing (Debian: openmpi-bin libopenmpi-dev)'; exit 1; }
	@echo '$(MPICC) $<'
	@$(MPICC) $(BASE) $(CFLAGS) -DNODEFALL_MPI -c $< -o $@

build/mpi/nodefall: build/mpi/ranks.o build/release/$(MAIN).o build/release/libnodefall.a
	@$(MPICC) $(CFLAGS_release) $(LDFLAGS) $^ $(LIBS) -o $@

demo:
	@sh tests/deps.sh $(PACKAGES_DEMO)
	@$(MAKE) nodefall
	@mkdir -p build/demo
	./nodefall run scenarios/lessons/node-dies.yaml --charts build/demo
	@echo; echo 'Pictures: build/demo/recovery.png, load.png and pods.png (also as .svg, with their .gp and .dat).'

# The README's screen and picture of the report, as the program makes them today.
docs: nodefall build/release/tests/test_watch
	@NODEFALL_WRITE_GOLDEN=1 NODEFALL=./nodefall build/release/tests/test_watch > build/docs.log 2>&1
	@sh tests/docs.sh

deps:
	@sh tests/deps.sh $(PACKAGES)

install: nodefall
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DESTDIR)$(PREFIX)/share/nodefall'
	install -m 755 nodefall '$(DESTDIR)$(PREFIX)/bin/nodefall'
	cp -R scenarios data '$(DESTDIR)$(PREFIX)/share/nodefall/'
	install -d '$(DESTDIR)$(PREFIX)/share/man/man1' '$(DESTDIR)$(PREFIX)/share/bash-completion/completions' \
		'$(DESTDIR)$(PREFIX)/share/zsh/site-functions' '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d'
	./nodefall help --man > '$(DESTDIR)$(PREFIX)/share/man/man1/nodefall.1'
	./nodefall completion bash > '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/nodefall'
	./nodefall completion zsh > '$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_nodefall'
	./nodefall completion fish > '$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/nodefall.fish'

clean:
	rm -rf build nodefall

# The tables of policies and formats are made from the names of their files: policies/sched/x.c defines sched_x.
symbols = $(foreach f,$(sort $(wildcard $(1)/*.c)),$(2)_$(subst -,_,$(basename $(notdir $(f)))))
# $(call table,struct type,name of table,symbols): declarations, then the table.
table = $(foreach s,$(3),echo 'extern const $(1) $(s);';) echo 'const $(1) *const $(2)[] = {'; \
	$(foreach s,$(3),echo '	&$(s),';) echo '	NULL,'; echo '};'; echo
build/registry.c: FORCE
	@mkdir -p build
	@{ echo '/* registry.c - written by the Makefile from the names of the files. */'; \
	echo '#include <stddef.h>'; echo; \
	echo '#include "models/policy.h"'; echo '#include "report/format.h"'; echo; \
	$(call table,struct sched_plugin,sched_plugins,$(call symbols,policies/sched,sched)); \
	$(call table,struct runtime,runtimes,$(call symbols,policies/runtime,runtime)); \
	$(call table,struct failure_process,failure_processes,$(call symbols,policies/failure,failure)); \
	$(call table,struct controller,controllers,$(call symbols,policies/control,control)); \
	$(call table,struct format,formats,$(call symbols,report/formats,format)); \
	} > $@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# The rows of the table of machines as C strings, without its heading.
build/instance_types.inc: data/instance-types.csv
	@mkdir -p build
	@sed -e 1d -e '/^#/d' -e '/^$$/d' -e 's/["\\]/\\&/g' -e 's/.*/"&",/' $< > $@

# The rows of the table of runtimes, likewise.
build/runtimes.inc: data/runtimes.csv
	@mkdir -p build
	@sed -e '/^#/d' -e '/^runtime,/d' -e '/^$$/d' -e 's/["\\]/\\&/g' -e 's/.*/"&",/' $< > $@

# The named failure profiles, as one C string.
build/failures.inc: data/failures.yaml
	@mkdir -p build
	@sed -e 's/["\\]/\\&/g' -e 's/.*/"&\\n"/' $< > $@

# Style and script of the HTML report as C strings, a line each.
build/page_css.inc: report/page.css
build/page_js.inc: report/page.js
build/page_css.inc build/page_js.inc:
	@mkdir -p build
	@sed -e 's/["\\]/\\&/g' -e 's/\t/\\t/g' -e 's/.*/"&\\n"/' $< > $@

# Written only when the text changes, so that what depends on it is made again just then.
write_if_changed = @mkdir -p $(@D); echo '$(1)' | cmp -s - $@ || echo '$(1)' > $@

define kind
build/$(1)/flags: FORCE
	$$(call write_if_changed,$$(CC_$(1)) $$(CFLAGS_$(1)))

build/$(1)/parts: FORCE
	$$(call write_if_changed,$$(PARTS))

build/$(1)/%.o: %.c build/$(1)/flags
	@mkdir -p $$(@D)
	@echo '$$(CC_$(1)) $(1) $$<'
	@$$(CC_$(1)) $$(CFLAGS_$(1)) -MMD -MP -c $$< -o $$@

build/$(1)/libnodefall.a: build/$(1)/parts $$(PARTS:%=build/$(1)/%.o)
	@rm -f $$@
	@ar rcs $$@ $$(filter %.o,$$^)

build/$(1)/nodefall: build/$(1)/$$(MAIN).o build/$(1)/libnodefall.a
	@$$(CC_$(1)) $$(CFLAGS_$(1)) $$(LDFLAGS) $$^ $$(LIBS) -o $$@

# Tests of the scheduler alone have stand-ins for the API server, which come before the library's own.
build/$(1)/tests/test_sched%: LDFLAGS += -Wl,-z,muldefs
build/$(1)/tests/test_%: build/$(1)/tests/test_%.o build/$(1)/libnodefall.a
	@$$(CC_$(1)) $$(CFLAGS_$(1)) $$(LDFLAGS) $$^ $$(LIBS) -lcmocka -o $$@

build/$(1)/tests/fuzz_%: build/$(1)/tests/fuzz_%.o build/$(1)/libnodefall.a
	@$$(CC_$(1)) $$(CFLAGS_$(1)) -fsanitize=fuzzer $$(LDFLAGS) $$^ $$(LIBS) -o $$@

build/$(1)/models/instance_types.o: build/instance_types.inc
build/$(1)/models/runtime.o: build/runtimes.inc
build/$(1)/models/scenario_profiles.o: build/failures.inc
build/$(1)/report/page_frame.o: build/page_css.inc
build/$(1)/report/page_slider.o: build/page_js.inc
endef
$(foreach k,$(KINDS) $(DIGESTS),$(eval $(call kind,$(k))))

build/release/tests/bench: build/release/tests/bench.o build/release/libnodefall.a
	@$(CC) $(CFLAGS_release) $(LDFLAGS) $^ $(LIBS) -o $@

programs: $(if $(MPI_FOUND),build/mpi/nodefall) $(PROGRAMS) $(if $(wildcard $(MAIN).c),nodefall build/debug/nodefall)

# Everything is built as far as it goes; what could not be built counts as failed.
test:
	@sh tests/deps.sh $(PACKAGES)
	-@$(MAKE) -k programs
	+@bash tests/run.sh $(CORES) $(TESTS:%=release/%) $(TESTS:%=debug/%) $(TSAN_TESTS:%=tsan/%) $(FUZZERS:%=fuzz/%) \
		check/build $(if $(T),,$(CHECKS:%=check/%))

fuzz:
	@$(MAKE) FUZZ_LEVEL=-O1 $(FUZZERS:%=build/fuzz/tests/%)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) bash tests/run.sh $(CORES) $(FUZZERS:%=fuzz/%)

bench: build/release/tests/bench
	./$<

golden: build/release/tests/test_golden nodefall
	@NODEFALL_WRITE_GOLDEN=1 ./$<

# What takes long is done here only: more compilers, the analyzer at its full depth, the tests themselves.
check: $(CHECKS:%=check-%) check-compilers check-analyzer check-tidy-tests

check-build: programs

check-includes:
	@sh tests/check_includes.sh

check-globals: $(SOURCES:%.c=build/release/%.o) build/release/build/registry.o
	@sh tests/check_globals.sh $^

check-malloc: $(SOURCES:%.c=build/release/%.o) build/release/build/registry.o
	@sh tests/check_malloc.sh $^

check-readme: nodefall
	@sh tests/check_readme.sh

check-headers:
	@sh tests/check_headers.sh '$(CC) $(BASE)' $(filter %.h,$(HEADERS))

# Programs of two compilers at two levels, the same digests; and, as it takes long, at more.
check-digests: build/release/nodefall build/debug/nodefall build/fuzz/nodefall
	@sh tests/check_digests.sh $^

check-compilers: build/release/nodefall $(DIGESTS:%=build/%/nodefall)
	@sh tests/check_digests.sh $^

# One stamp for each source, so that only what changed is looked at again. Clang's analyzer follows a function's paths up to
# so many states; its own limit, 225,000, takes thirty times as long and is kept for make check.
SHALLOW := -Xclang -analyzer-config -Xclang max-nodes=4000
# The sources themselves are compiled by clang, with the same warnings, for the fuzzers.
CLANG_STAMPS := $(patsubst %.c,build/clang/%.ok,$(TEST_SOURCES))
TIDY_STAMPS := $(patsubst %.c,build/tidy/%.ok,$(SOURCES))
ANALYZER_STAMPS := $(patsubst %.c,build/analyzer/%.ok,$(SOURCES))
TIDY_TEST_STAMPS := $(patsubst %.c,build/analyzer/%.ok,$(TEST_SOURCES))

check-clang: $(CLANG_STAMPS)
check-tidy: $(TIDY_STAMPS)
check-analyzer: $(ANALYZER_STAMPS)
check-tidy-tests: $(TIDY_TEST_STAMPS)

$(foreach k,tidy analyzer,$(eval build/$(k)/models/instance_types.ok: build/instance_types.inc))
$(foreach k,tidy analyzer,$(eval build/$(k)/models/runtime.ok: build/runtimes.inc))
$(foreach k,tidy analyzer,$(eval build/$(k)/models/scenario_profiles.ok: build/failures.inc))
$(foreach k,tidy analyzer,$(eval build/$(k)/report/page_frame.ok: build/page_css.inc))
$(foreach k,tidy analyzer,$(eval build/$(k)/report/page_slider.ok: build/page_js.inc))

build/clang/%.ok: %.c $(HEADERS) Makefile
	@mkdir -p $(@D)
	@$(CLANG) $(BASE) -O2 -fsyntax-only $<
	@touch $@

# $(call tidy,more flags)
define tidy
	@mkdir -p $(@D)
	@$(CLANG_TIDY) --quiet $< -- $(BASE) $(1) > $@.log 2>&1 || \
		{ grep -v 'warnings generated' $@.log; exit 1; }
	@mv $@.log $@
endef
build/tidy/%.ok: %.c $(HEADERS) Makefile .clang-tidy
	$(call tidy,$(SHALLOW))

build/analyzer/%.ok: %.c $(HEADERS) Makefile .clang-tidy
	$(call tidy)

-include $(shell find build -name '*.d' 2> /dev/null)
