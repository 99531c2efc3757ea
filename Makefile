# SPDX-License-Identifier: BSD-2-Clause
# A front for Meson and Ninja. `make demo` and `make test` also install what is missing (Debian).

# Set up again when a meson.build appears or changes: ninja does not see those of new folders.
MESON_FILES := $(wildcard meson.build meson_options.txt */meson.build */*/meson.build)

.PHONY: build demo test fuzz bench format clean

build: build/build.ninja
	@ninja -C build

build/build.ninja: $(MESON_FILES)
	@tools/deps.sh --check build
	@if [ -f $@ ]; then meson setup --reconfigure build; else CC=gcc meson setup build; fi
	@touch $@

# ffmpeg, which is most of what has to be fetched, is installed while the compiler runs.
demo:
	@tools/deps.sh build
	@$(MAKE) --no-print-directory build/build.ninja
	@ninja -C build cli/plait & built=$$!; tools/deps.sh demo && wait $$built
	@tools/demo.sh

test:
	@tools/deps.sh test
	@tools/test.py $(STAGES)

fuzz:
	@tools/deps.sh build fuzz
	@tools/fuzz.sh $(TARGETS)

bench:
	@tools/deps.sh build test bench
	@$(MAKE) --no-print-directory build
	@meson test -C build --no-rebuild --benchmark --verbose

format:
	@tools/deps.sh format
	@find . -path './build*' -prune -o -name '*.[ch]' -exec clang-format -i {} +

clean:
	rm -rf build build-*
