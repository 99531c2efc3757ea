# SPDX-License-Identifier: BSD-2-Clause
"""What the built libraries call and keep: no operating system, no memory of their own, no global.

A list of what is allowed, not of what is not: a call nobody has thought of is a breach too.
"""

import os
import re
import shutil
import subprocess

from laws.tree import Breach, Skip, line_of

ARCHIVES = {"core": "core/libplait.a", "fec": "fec/libplaitfec.a"}
SYMBOL = re.compile(r"^[0-9a-f]+ (.{7}) (\S+)\t[0-9a-f]+ (?:\.\w+ )?(\S+)$")
MEMBER = re.compile(r"^(\S+):\s+file format ")
WRITABLE = re.compile(r"\.(?:data|bss|tdata|tbss)\b(?!\.rel\.ro)|\*COM\*")
SANITIZED = re.compile(r"__(?:asan|ubsan|tsan|msan|gcov|llvm_profile|sanitizer)_")

ALLOWED = re.compile(
    # pure functions of libc
    r"mem\w+|str(?!dup|ndup|signal|tok$)\w+|snprintf|vsnprintf|sscanf|bsearch|qsort|abs|labs|llabs"
    r"|abort|toupper|tolower|__ctype_\w+_loc|__errno_location|__isoc\d+_\w*scanf"
    # the mathematics library
    r"|l?l?(?:round|rint)f?|(?:sqrt|cbrt|exp|exp2|expm1|log|log2|log10|log1p|pow|floor|ceil|trunc"
    r"|fabs|fmin|fmax|fmod|ldexp|frexp|modf|hypot|sin|cos|tan|atan|atan2|tanh|erf|erfc|lgamma"
    r"|tgamma|nearbyint)f?"
    # compiler and loader
    r"|__stack_chk_fail|__assert_fail|_GLOBAL_OFFSET_TABLE_|__cpu_model|__cpu_features2"
    r"|__cpu_indicator_init|__popcount\w+|__u?(?:div|mod|mul)\w+|__aarch64_\w+|__aeabi_\w+"
    r"|__tls_get_addr"
    # libsodium without its randomness, its memory and its key makers
    r"|crypto_(?!\w*(?:_keypair|_keygen)$)\w+|sodium_(?!malloc|allocarray|free|mlock|munlock"
    r"|mprotect)\w+"
)
ALLOWED_OF = {"core": re.compile(r"(?!)"), "fec": re.compile(r"getauxval")}

KINDS = (
    (r"malloc|calloc|realloc|reallocarray|free|.*memalign|aligned_alloc|.*strn?dup|mmap|sodium_\w+",
     "allocates", "cut it from the block the caller gave at init"),
    (r"time|clock\w*|gettimeofday|localtime\w*|gmtime\w*|mktime|nanosleep|u?sleep|timerfd\w*",
     "reads a clock or waits", "take `uint64_t now` as an argument"),
    (r"socket\w*|send\w*|recv\w*|bind|connect|accept4?|listen|poll|ppoll|select|epoll\w*|[gs]et"
     r"sockopt|getaddrinfo|inet_\w+",
     "does network input or output", "return what is to be sent; run/ sends it"),
    (r"pthread\w*|thrd_\w+|mtx_\w+|cnd_\w+|call_once", "uses threads",
     "one owner at a time; threads live above the library"),
    (r"rand\w*|s?random\w*|drand48|getrandom|getentropy|arc4random\w*|crypto_\w+",
     "makes its own randomness", "take it from core/base/rng, which the caller seeds"),
    (r"f?open\w*|f?close|read\w*|write\w*|f?printf|vf?printf|puts|putchar|perror|fput\w*|fget\w*"
     r"|fwrite|fread|fflush|stderr|stdout|stdin|exit|_exit|getenv|ioctl|fcntl",
     "talks to the outside", "return it, or record a trace point; programs do the talking"),
)
OTHER = ("calls what no sans-I/O library needs", "do without, or allow it in tools/laws/archive.py")


def symbols(tree, archive):
    """(member, flags, section, name) of every symbol of a built archive."""
    path = os.path.join(tree.build, archive)
    if not os.path.exists(path):
        raise Skip(f"{archive} is not built")
    if not shutil.which("objdump"):
        raise Skip("objdump is not installed")
    listing = subprocess.run(
        ["objdump", "-t", path], capture_output=True, text=True, check=False, cwd=tree.root
    )
    if listing.returncode != 0:
        raise Skip(f"objdump cannot read {archive}: {listing.stderr.strip()}")
    if SANITIZED.search(listing.stdout):
        raise Skip(f"{archive} is built with a sanitizer or coverage")
    found = []
    member = "?"
    for line in listing.stdout.splitlines():
        start = MEMBER.match(line)
        symbol = SYMBOL.match(line)
        if start:
            member = os.path.basename(start.group(1))
        elif symbol:
            found.append((member, *symbol.groups()))
    return found


def kind_of(name):
    for pattern, what, cure in KINDS:
        if re.fullmatch(pattern, name):
            return what, cure
    return OTHER


def locate(tree, part, member, pattern):
    """The first place in the sources of an archive's member that matches, else its top."""
    stem = re.sub(r"(\.c)?\.o$", "", member)
    paths = [p for p in tree.c_paths() if p.startswith(part + "/")]
    own = [p for p in paths if p[len(part) + 1:].replace("/", "_").rsplit(".", 1)[0] == stem]
    for path in own + [p for p in paths if p not in own]:
        code = tree.code(path)
        match = re.search(pattern, code)
        if match:
            return path, line_of(code, match.start())
    return (own[0] if own else ARCHIVES[part]), 1


def misplaced(tree):
    """A part that builds archives, but not where this law looks for its own."""
    for part, archive in ARCHIVES.items():
        folder = os.path.join(tree.build, part)
        names = os.listdir(folder) if os.path.isdir(folder) else []
        others = sorted(n for n in names if n.endswith(".a"))
        if others and not os.path.exists(os.path.join(tree.build, archive)):
            what = f"builds {', '.join(others)}, but no {archive}"
            yield Breach(f"{part}/meson.build", 1, what, "name the library so, or mend ARCHIVES")


def built(tree):
    """The archives that are there, each with its symbols; Skip when there is none."""
    tables = {}
    reasons = []
    for part, archive in ARCHIVES.items():
        try:
            tables[part] = symbols(tree, archive)
        except Skip as skip:
            reasons.append(str(skip))
    if not tables:
        raise Skip("; ".join(reasons))
    return tables


def calls(tree):
    yield from misplaced(tree)
    tables = built(tree)
    fec = {name for _, _, section, name in tables.get("fec", ()) if section != "*UND*"}
    for part, table in tables.items():
        defined = fec | {name for _, _, section, name in table if section != "*UND*"}
        seen = set()
        for member, _, section, name in table:
            plain = re.sub(r"^__(\w+)_chk$", r"\1", name)
            allowed = ALLOWED.fullmatch(plain) or ALLOWED_OF[part].fullmatch(plain)
            if section != "*UND*" or name in defined or allowed or (member, name) in seen:
                continue
            seen.add((member, name))
            path, line = locate(tree, part, member, rf"\b{re.escape(plain)}\b")
            what, cure = kind_of(plain)
            yield Breach(path, line, f"{ARCHIVES[part]}({member}) {what}: {plain}", cure)


def global_data(tree):
    for part, table in built(tree).items():
        for member, flags, section, name in table:
            plain = re.sub(r"\.\d+$", "", name)
            if "O" not in flags or not WRITABLE.match(section):
                continue
            path, line = locate(tree, part, member, rf"\b{re.escape(plain)}\b")
            what = f"{ARCHIVES[part]}({member}) keeps the writable global '{plain}'"
            yield Breach(path, line, what, "const, or a field of the struct the caller owns")
