# SPDX-License-Identifier: BSD-2-Clause
"""Breaks each law in a small tree of its own: the lint must name that law, that line, no other."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

from tap import Skipped, expect, run

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LINT = os.path.join(ROOT, "tools/lint.py")
SPDX = "/* SPDX-License-Identifier: BSD-2-Clause */\n"
MARK = "FIX" + "ME"

# A house in which every law is kept, with the includes that are allowed.
HOUSE = {
    "include/plait/gf256.h": "int plait_gf256_mul(int a, int b);\n",
    "include/plait/fec.h": '#include "plait/gf256.h"\nint plait_fec_version(void);\n',
    "include/plait/plait.h": "#include <stdint.h>\nint plait_version(uint64_t now);\n",
    "include/plait/run.h": '#include "plait/plait.h"\nint plait_run(void);\n',
    "fec/gf256.c": '#include "plait/gf256.h"\n#include <string.h>\n',
    "fec/rlc.c": '#include "plait/fec.h"\n#include "fec/rlc.h"\n',
    "fec/rlc.h": "int rlc_add(void);\n",
    "core/base/seq.h": "int seq_next(int seq);\n",
    "core/wire/frame.h": '#include "core/base/seq.h"\n',
    "core/wire/frame.c": '#include "core/wire/frame.h"\n#include <assert.h>\n',
    "core/crypto/aead.c": '#include "core/base/seq.h"\n#include <sodium.h>\n',
    "core/path/rtt.h": '#include "core/base/seq.h"\n',
    "core/session/rx.c": '#include "core/wire/frame.h"\n#include "core/path/rtt.h"\n'
    '#include "plait/plait.h"\n#include "plait/fec.h"\n#include "core/session/session.h"\n',
    "core/session/session.h": '#include "core/base/seq.h"\n',
    "core/endpoint/endpoint.c": '#include "core/session/session.h"\n#include "plait/plait.h"\n',
    "emu/link.h": "int link_send(void);\n",
    "run/loop.c": '#include "plait/run.h"\n#include <sys/socket.h>\n#include <time.h>\n',
    "run/loop.h": "int loop_run(void);\n",
    "run/lookup.c": '#include "run/thread.h"\n',
    "run/thread.h": "#include <pthread.h>\n",
    "http/server.c": '#include "run/thread.h"\n#include "plait/plait.h"\n',
    "cli/send.c": '#include "run/loop.h"\n#include "emu/link.h"\n#include "plait/plait.h"\n',
    "sim/world.c": '#include "emu/link.h"\n#include "core/session/session.h"\n',
    "tests/wire/test_frame.c": '#include "core/wire/frame.h"\n#include "core/path/rtt.h"\n',
}


class Work:
    """A temporary tree with the house in it and some files changed."""

    def __init__(self, changes=None, house=None):
        self.root = tempfile.mkdtemp(prefix="plait-lint-")
        shutil.copy(os.path.join(ROOT, ".clang-format"), self.root)
        files = {p: SPDX + t for p, t in (HOUSE if house is None else house).items()}
        for path, text in {**files, **(changes or {})}.items():
            full = os.path.join(self.root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as out:
                out.write(text)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.root)

    def lint(self, *arguments):
        """(exit code, sorted unique (law, path:line) found)"""
        result = subprocess.run(
            [sys.executable, LINT, *arguments, self.root],
            capture_output=True,
            text=True,
            check=False,
        )
        found = re.findall(r"^(\S+:\d+): (\w+): .*; cure: .+$", result.stdout, re.MULTILINE)
        if result.stderr:
            raise AssertionError(result.stderr)
        return result.returncode, sorted({(law, place) for place, law in found})

    def archive(self, part, source, path):
        """Compiles a source into an archive where the build would put it."""
        name = {"core": "core/libplait.a", "fec": "fec/libplaitfec.a"}[part]
        if not shutil.which("gcc") or not shutil.which("ar"):
            raise Skipped("gcc and ar are needed")
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as out:
            out.write(SPDX + source)
        library = os.path.join(self.root, "build", name)
        os.makedirs(os.path.dirname(library), exist_ok=True)
        member = path[len(part) + 1:].replace("/", "_") + ".o"
        built = os.path.join(os.path.dirname(library), member)
        subprocess.run(["gcc", "-O1", "-fPIC", "-fno-builtin", "-c", full, "-o", built], check=True)
        subprocess.run(["ar", "rcsT", library, built], check=True)


def broken(path, text, line, law):
    """The changed file must break exactly this law at this line."""
    with Work({path: text}) as work:
        code, found = work.lint()
        expect(found, [(law, f"{path}:{line}")])
        expect(code, 1)


def kept(path, text):
    with Work({path: text}) as work:
        expect(work.lint(), (0, []))


def function_of(lines):
    body = "".join(f"    a += {n};\n" for n in range(lines - 5))
    return "int frame_long(int a);\nint frame_long(int a)\n{\n" + "    a++;\n" + body + \
        "    return a;\n}\n"


def test_the_house_keeps_every_law():
    with Work() as work:
        expect(work.lint(), (0, []))


def test_an_empty_folder_keeps_every_law():
    with Work(house={}) as work:
        expect(work.lint(), (0, []))


def test_layers_island_sees_island():
    broken("core/wire/frame.c", SPDX + '#include "core/path/rtt.h"\n', 2, "layers")


def test_layers_base_sees_wire():
    broken("core/base/ring.h", SPDX + "\n#include <core/wire/frame.h>\n", 3, "layers")


def test_layers_session_sees_endpoint():
    with Work({"core/endpoint/endpoint.h": SPDX}) as work:
        path = os.path.join(work.root, "core/session/tx.c")
        with open(path, "w", encoding="utf-8") as out:
            out.write(SPDX + '#include "core/endpoint/endpoint.h"\n')
        expect(work.lint(), (1, [("layers", "core/session/tx.c:2")]))


def test_layers_fec_sees_core():
    broken("fec/rlc.c", SPDX + '#include "core/base/seq.h"\n', 2, "layers")


def test_layers_fec_sees_the_session_api():
    broken("fec/rlc.c", SPDX + '#include "plait/plait.h"\n', 2, "layers")


def test_layers_core_sees_inside_fec():
    broken("core/session/protect.c", SPDX + '#include "fec/rlc.h"\n', 2, "layers")


def test_layers_emu_sees_base():
    broken("emu/link.c", SPDX + '#include "../core/base/seq.h"\n', 2, "layers")


def test_layers_run_sees_core():
    broken("run/loop.c", SPDX + '#include "core/session/session.h"\n', 2, "layers")


def test_layers_http_sees_run():
    broken("http/server.c", SPDX + '#include "run/loop.h"\n', 2, "layers")


def test_layers_cli_sees_core():
    broken("cli/send.c", SPDX + '#include "core/base/seq.h"\n', 2, "layers")


def test_layers_sim_sees_run():
    broken("sim/world.c", SPDX + '#include "run/loop.h"\n', 2, "layers")


def test_layers_library_sees_tests():
    with Work({"tests/wire/bytes.h": SPDX}) as work:
        path = os.path.join(work.root, "core/wire/frame.c")
        with open(path, "w", encoding="utf-8") as out:
            out.write(SPDX + '#include "tests/wire/bytes.h"\n')
        expect(work.lint(), (1, [("layers", "core/wire/frame.c:2")]))


def test_layers_an_unknown_part_of_core():
    broken("core/utils/misc.c", SPDX, 1, "layers")


def test_layers_a_comment_is_no_include():
    kept("core/wire/frame.c", SPDX + '/*\n#include "core/path/rtt.h"\n */\n')


def test_circles():
    ring = {
        "core/base/a.h": SPDX + '#include "core/base/b.h"\n',
        "core/base/b.h": SPDX + '#include "core/base/a.h"\n',
    }
    with Work(ring) as work:
        expect(work.lint(), (1, [("circles", "core/base/b.h:2")]))


def test_system_clock_header_in_core():
    broken("core/path/pacer.c", SPDX + "#include <time.h>\n", 2, "system")


def test_system_socket_header_in_emu():
    broken("emu/link.c", SPDX + "#include <sys/socket.h>\n", 2, "system")


def test_system_sodium_outside_crypto():
    broken("core/session/rx.c", SPDX + "#include <sodium.h>\n", 2, "system")


def calls(part, path, source, line):
    with Work() as work:
        work.archive(part, source, path)
        expect(work.lint(), (1, [("calls", f"{path}:{line}")]))


def test_calls_malloc_in_core():
    source = "#include <stdlib.h>\nvoid *seq_new(void);\nvoid *seq_new(void)\n{\n"
    calls("core", "core/base/seq.c", source + "    return malloc(7);\n}\n", 6)


def test_calls_malloc_in_fec():
    source = "#include <stdlib.h>\nvoid *rlc_new(void);\nvoid *rlc_new(void)\n{\n"
    calls("fec", "fec/rlc_new.c", source + "    return malloc(7);\n}\n", 6)


def test_calls_each_forbidden_function():
    names = "calloc realloc free time clock_gettime gettimeofday socket sendto sendmsg recvfrom "
    names += "poll pthread_create rand random getrandom open read write printf fopen exit getenv "
    names += "randombytes_buf crypto_box_keypair sodium_malloc"
    text = "\n".join(f"int {n}(void);" for n in names.split()) + "\nint seq_go(void);\n"
    text += "int seq_go(void)\n{\n    return 1"
    text += "".join(f" + {n}()" for n in names.split()) + ";\n}\n"
    with Work() as work:
        work.archive("core", text, "core/base/go.c")
        lines = range(2, 2 + len(names.split()))
        wanted = sorted(("calls", f"core/base/go.c:{line}") for line in lines)
        expect(work.lint("--only", "calls"), (1, wanted))


def test_calls_pure_functions_are_allowed():
    source = "#include <assert.h>\n#include <stdio.h>\n#include <string.h>\n\n"
    source += "int seq_text(char *out, int n);\nint seq_text(char *out, int n)\n{\n"
    source += "    assert(n);\n    memset(out, 0, (unsigned)n);\n"
    source += '    return snprintf(out, 9, "%d", (int)strlen(out) + n);\n}\n'
    with Work() as work:
        work.archive("core", source, "core/base/text.c")
        expect(work.lint(), (0, []))


def test_calls_an_archive_of_another_name_is_noticed():
    with Work({"build/core/libother.a": ""}) as work:
        expect(work.lint(), (1, [("calls", "core/meson.build:1")]))


def test_globals_initialised():
    with Work() as work:
        source = "int seq_go(void);\nint seq_go(void)\n{\n    static int count = 5;\n\n"
        work.archive("core", source + "    return ++count;\n}\n", "core/base/go.c")
        expect(work.lint(), (1, [("globals", "core/base/go.c:5")]))


def test_globals_zeroed():
    with Work() as work:
        work.archive("fec", "extern int rlc_count;\nint rlc_count;\n", "fec/rlc_count.c")
        expect(work.lint(), (1, [("globals", "fec/rlc_count.c:2")]))


def test_globals_constant_tables_are_allowed():
    with Work() as work:
        source = "extern const int *const seq_table[2];\nstatic const int one = 1;\n"
        source += "const int *const seq_table[2] = {&one, &one};\n"
        work.archive("core", source, "core/base/table.c")
        expect(work.lint(), (0, []))


def test_headers_that_need_another_first():
    text = SPDX + "int plait_open(uint64_t now);\n"
    broken("include/plait/stats.h", text, 2, "headers")


def test_layout():
    broken("core/wire/frame.c", SPDX + "int  frame_kind;\n", 2, "layout")


def test_licence():
    broken("core/wire/frame.c", "int frame_kind;\n", 1, "licence")


def test_licence_in_scripts_after_the_interpreter():
    kept("tools/x.sh", "#!/bin/sh\n# SPDX-License-Identifier: BSD-2-Clause\n")


def test_file_of_600_lines_is_kept():
    kept("core/wire/frame.c", SPDX + "int frame_kind(void);\n" * 599)


def test_file_of_601_lines():
    broken("core/wire/frame.c", SPDX + "int frame_kind(void);\n" * 600, 601, "file")


def test_function_of_70_lines_is_kept():
    kept("core/wire/frame.c", SPDX + function_of(70))


def test_function_of_71_lines():
    broken("core/wire/frame.c", SPDX + function_of(71), 3, "function")


def test_columns_of_100_are_kept():
    kept("core/wire/meson.build", "# SPDX-License-Identifier: BSD-2-Clause\n" + "#" * 100 + "\n")


def test_columns_of_101():
    text = "# SPDX-License-Identifier: BSD-2-Clause\n" + "#" * 101 + "\n"
    broken("core/wire/meson.build", text, 2, "columns")


def test_marks():
    broken("core/wire/frame.c", SPDX + f"/* {MARK}: later */\n", 2, "marks")


def test_typedef():
    text = SPDX + "typedef struct frame {\n    int kind;\n} frame_t;\n"
    broken("core/wire/frame.c", text, 2, "typedef")


def test_typedef_of_a_function_is_kept():
    kept("core/wire/frame.c", SPDX + "typedef int (*frame_fn)(int kind);\n")


if __name__ == "__main__":
    run(globals())
