# SPDX-License-Identifier: BSD-2-Clause
"""Who may include whom: arrows point down only, islands never see each other, no circles."""

import posixpath
import re

from laws.tree import Breach, line_of

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)
ISLANDS = ("wire", "crypto", "path", "sched", "arq", "media")
THREAD = "run/thread.h"  # how a thread begins: the one thing that run and http share
PUBLIC_FEC = re.compile(r"include/plait/(?:gf256|fec\w*)\.h$")
FOLDERS = ("fec", "emu", "run", "http", "cli", "gst", "sim", "examples", "bench", "fuzz", "tests")
SEARCH = ("", "include", "core", "include/plait")
ANY = None  # tests, fuzz targets and benches may look at everything below them

# What each layer may include besides itself.
MAY_INCLUDE = {
    "public-fec": set(),
    "public": {"public-fec"},
    "fec": {"public-fec"},
    "core/base": set(),
    **{f"core/{island}": {"core/base"} for island in ISLANDS},
    "core/session": {"public", "public-fec", "core/base", *(f"core/{i}" for i in ISLANDS)},
    "core/endpoint": {
        "public",
        "public-fec",
        "core/session",
        "core/base",
        *(f"core/{i}" for i in ISLANDS),
    },
    "emu": set(),
    THREAD: set(),
    "run": {"public", "public-fec", THREAD},
    "http": {"public", "public-fec", THREAD},
    "cli": {"public", "public-fec", "run", "emu", "http"},
    "gst": {"public", "public-fec", "run"},
    "sim": {
        "public",
        "public-fec",
        "emu",
        "core/base",
        "core/session",
        "core/endpoint",
        *(f"core/{i}" for i in ISLANDS),
    },
    "examples": {"public", "public-fec"},
    "bench": ANY,
    "fuzz": ANY,
    "tests": ANY,
}

# The sans-I/O libraries have no business with the operating system's headers.
SANS_IO = ("fec", "core", "emu")
SYSTEM = re.compile(
    r"(?:sys|net|netinet|arpa|linux|asm)/.*|(?:time|unistd|pthread|threads|poll|fcntl|signal|netdb"
    r"|dirent|semaphore|sched|dlfcn|termios|stdatomic)\.h"
)
ALLOWED_SYSTEM = {"fec": ("sys/auxv.h", "stdatomic.h")}  # picking the CPU's kernels, once
SODIUM = re.compile(r"sodium(?:\.h|/.*)")


def layer_of(path):
    if PUBLIC_FEC.match(path):
        return "public-fec"
    if path.startswith("include/"):
        return "public"
    if path == THREAD:
        return THREAD
    parts = path.split("/")
    if parts[0] == "core" and len(parts) > 2:
        return f"core/{parts[1]}"
    return parts[0] if parts[0] in FOLDERS else None


def resolve(tree, path, name):
    """The file of the tree that an #include in `path` means, or None when it is none of it."""
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    for candidate in (beside, *(posixpath.normpath(posixpath.join(f, name)) for f in SEARCH)):
        if tree.exists(candidate):
            return candidate
    return None


def includes(tree, path):
    """(line, name as written, file of the tree or None) of each #include."""
    text = tree.without_comments(path)
    for match in INCLUDE.finditer(text):
        name = match.group(1) or match.group(2)
        yield line_of(text, match.start()), name, resolve(tree, path, name)


def cure_for(layer, other):
    island = layer.startswith("core/") and layer[5:] in ISLANDS
    if island and other.startswith("core/") and other[5:] in ISLANDS:
        return "islands never see each other: return what was found, let core/session tie them"
    allowed = MAY_INCLUDE.get(layer) or set()
    names = ", ".join(sorted(allowed)) or "nothing but itself"
    return f"arrows point down only; {layer} may include {names}"


def layers(tree):
    for path in tree.c_paths():
        layer = layer_of(path)
        if layer is None:
            continue
        if layer not in MAY_INCLUDE:
            cure = "use a folder of docs/ARCHITECTURE.md or add the layer to tools/laws/layers.py"
            yield Breach(path, 1, f"{layer}/ is no known layer", cure)
            continue
        allowed = MAY_INCLUDE[layer]
        for line, name, target in includes(tree, path):
            other = layer_of(target) if target else None
            if other is None or other == layer or allowed is ANY or other in allowed:
                continue
            what = f'{layer} includes "{name}" of {other}'
            yield Breach(path, line, what, cure_for(layer, other))


def system_headers(tree):
    for path in tree.c_paths():
        top = path.split("/")[0]
        if top not in SANS_IO:
            continue
        for line, name, target in includes(tree, path):
            if target:
                continue
            if SYSTEM.fullmatch(name) and name not in ALLOWED_SYSTEM.get(top, ()):
                cure = "take it as an argument; clocks, sockets and threads live in run/"
                yield Breach(path, line, f"sans-I/O code includes <{name}>", cure)
            if SODIUM.fullmatch(name) and layer_of(path) != "core/crypto":
                cure = "call core/crypto instead"
                yield Breach(path, line, f"only core/crypto may include <{name}>", cure)


def cycles(tree):
    """Each circle of #includes once, at the line that closes it."""
    edges = {p: [(l, t) for l, _, t in includes(tree, p) if t] for p in tree.c_paths()}
    state = {}
    for start in sorted(edges):
        if start in state:
            continue
        state[start] = "open"
        trail = [(start, iter(edges[start]))]
        while trail:
            path, rest = trail[-1]
            for line, target in rest:
                if state.get(target) == "open":
                    names = [p for p, _ in trail]
                    circle = names[names.index(target):] + [target]
                    cure = "move what both need into a third header below them"
                    yield Breach(path, line, "circle of includes: " + " -> ".join(circle), cure)
                elif target not in state:
                    state[target] = "open"
                    trail.append((target, iter(edges.get(target, []))))
                    break
            else:
                state[path] = "done"
                trail.pop()
