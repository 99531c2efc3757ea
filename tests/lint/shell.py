# SPDX-License-Identifier: BSD-2-Clause
"""Which commands a shell script calls by name: quotes, substitutions and comments read rightly."""

import re

KEYWORDS = set("if then else elif fi while until do done esac in { } ! time".split())
PREFIXES = set("env exec nice timeout command sudo xargs".split())
HERE_DOCUMENT = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
FUNCTION = re.compile(r"(?m)^\s*(\w+)\s*\(\)")
NAME = re.compile(r"[\w.+-]*[A-Za-z][\w.+-]*")
BLANK = "\0"  # stands in a word for what only a run would tell


class Scanner:
    """Collects simple commands, each a list of words, from a script and its substitutions."""

    def __init__(self, text):
        self.text = text
        self.commands = []

    def skip_single_quotes(self, at):
        end = self.text.find("'", at)
        return len(self.text) if end < 0 else end + 1

    def until(self, at, closing):
        """Up to behind `closing`, reading what is nested in between."""
        while at < len(self.text):
            if self.text[at] == closing:
                return at + 1
            if self.text[at] == "\\":
                at += 2
                continue
            nested = closing == "}" and self.text[at] in "'\"" or self.text[at] == "$"
            behind = self.quoted(at) if nested else None
            at = at + 1 if behind is None else behind
        return at

    def substitution(self, at):
        """After `$(`: reads what is in it, up to behind its `)`."""
        if self.text.startswith("(", at):  # arithmetic
            end = self.text.find("))", at)
            return len(self.text) if end < 0 else end + 2
        return self.script(at, ")")

    def quoted(self, at):
        """Where a quote or expansion that begins at `at` ends, or None when none begins there."""
        if self.text[at] == "'":
            return self.skip_single_quotes(at + 1)
        if self.text[at] == '"':
            return self.until(at + 1, '"')
        if self.text.startswith("$(", at):
            return self.substitution(at + 2)
        if self.text.startswith("${", at):
            return self.until(at + 2, "}")
        return None

    def script(self, at, closing=None):
        words, word = [], ""
        depth = 0
        line_begins = len(self.commands)

        def end_command():
            if words:
                self.commands.append(words[:])
            words.clear()

        while at < len(self.text):
            char = self.text[at]
            behind = self.quoted(at)
            if behind is not None:
                word += BLANK
                at = behind
                continue
            if char == "\\":
                word += "" if self.text.startswith("\n", at + 1) else BLANK
                at += 2
                continue
            if char == "#" and not word:
                end = self.text.find("\n", at)
                at = len(self.text) if end < 0 else end
                continue
            # `2>&1` and `>&2` are no ends of a command.
            ends = char in "\n;|()" or (char == "&" and not word.endswith((">", "<")))
            if char in " \t" or ends:
                if word:
                    words.append(word)
                word = ""
            else:
                word += char
            if ends:
                end_command()
                depth += (char == "(") - (char == ")")
                if closing and depth < 0:
                    return at + 1
                if depth < 0:  # `pattern | pattern)` of a case
                    del self.commands[line_begins:]
                    depth = 0
                if char in "\n;)":
                    line_begins = len(self.commands)
            at += 1
        if word:
            words.append(word)
        end_command()
        return at


def without_here_documents(text):
    while True:
        match = HERE_DOCUMENT.search(text)
        if not match:
            return text
        end = re.compile(rf"(?m)^\s*{match.group(2)}$").search(text, match.end())
        line_end = text.find("\n", match.end())
        rest = text[end.end():] if end else ""
        text = text[: match.start()] + text[match.end(): max(line_end, match.end())] + rest


def called(words):
    """The names that one simple command calls: its own, and the one it hands on to."""
    while words and (words[0] in KEYWORDS or re.match(r"\w+=|[0-9]*[<>]", words[0])):
        words = words[1:]
    if not words or words[0] in ("for", "case") or not NAME.fullmatch(words[0]):
        return set()
    names = {words[0]}
    if words[0] in PREFIXES:
        rest = [w for w in words[1:] if not re.match(r"-|\w+=|\d", w) and BLANK not in w]
        names.update(name for name in rest[:1] if NAME.fullmatch(name))
    return names


def shell_commands(text):
    """The names of the commands called, without the script's own functions."""
    text = without_here_documents(text)
    scanner = Scanner(text)
    scanner.script(0)
    names = set()
    for words in scanner.commands:
        names |= called(words)
    return names - set(FUNCTION.findall(text)) - KEYWORDS
