# SPDX-License-Identifier: BSD-2-Clause
"""The brace counter finds functions, whatever stands around them."""

import os
import sys

from tap import expect, run

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))

from laws.functions import c_functions, python_functions  # noqa: E402
from laws.tree import Tree  # noqa: E402


class OneFile(Tree):
    def __init__(self, text):
        self._texts = {"a.c": text}


def found(text):
    return [tuple(f) for f in c_functions(OneFile(text).code("a.c"))]


def test_plain():
    expect(found("int a(void)\n{\n    return 1;\n}\n\nint b(int x)\n{\n    return x;\n}\n"),
           [("a", 1, 4), ("b", 6, 9)])


def test_head_over_several_lines():
    expect(found("static int\na(int x,\n  int y)\n{\n}\n"), [("a", 1, 5)])


def test_braces_in_text_and_comments():
    text = "int a(void)\n{\n    /* } } */ // }\n    f(\"}\\\"}\", '}', '\\'');\n}\n"
    expect(found(text), [("a", 1, 5)])


def test_data_is_no_function():
    expect(found("struct s {\n    int x;\n};\nenum e { A, B };\n"
                 "static const int t[] = {F(1), {2}};\nstruct s v = {0};\n"), [])


def test_prototypes_are_no_functions():
    expect(found("int a(void);\nint b(int x, struct s *p);\nint c(void)\n{\n}\n"), [("c", 3, 5)])


def test_both_branches_of_a_condition():
    text = "int a(int x)\n{\n#if F\n    if (x) {\n#else\n    while (x) {\n#endif\n    }\n}\n"
    expect(found(text + "int b(void)\n{\n}\n"), [("a", 1, 9), ("b", 10, 12)])


def test_a_function_in_each_branch():
    text = "#ifdef X\nint a(void)\n{\n}\n#else\nint a(void)\n{\n    f();\n}\n#endif\n"
    expect(found(text), [("a", 2, 4), ("a", 6, 9)])


def test_macros_of_several_lines():
    expect(found("#define M(x) { \\\n    { x \\\n    {\nint a(void)\n{\n}\n"), [("a", 4, 6)])


def test_attributes():
    text = "__attribute__((target(\"avx2\"))) static void a(int x)\n{\n    { { } }\n}\n"
    expect(found(text), [("a", 1, 4)])


def test_extern_c_is_transparent():
    expect(found("extern \"C\" {\nint a(void)\n{\n}\n}\n"), [("a", 2, 4)])


def test_function_pointers_and_loops_inside():
    text = "int a(int (*f)(int))\n{\n    for (int i = 0; i < 3; i++) {\n        f(i);\n    }\n"
    expect(found(text + "    do {\n    } while (0);\n}\n"), [("a", 1, 8)])


def test_python():
    text = "def a():\n    pass\n\nclass C:\n    def b(self):\n        x = 1\n        return x\n"
    expect([tuple(f) for f in python_functions(text)], [("a", 1, 2), ("b", 5, 7)])


if __name__ == "__main__":
    run(globals())
