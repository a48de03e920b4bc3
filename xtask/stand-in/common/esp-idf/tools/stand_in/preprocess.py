"""A very small C preprocessor and lexer: enough to find includes, `#error`, macros' values, strings and byte arrays.

It does not expand macros, and an `#if` with an expression that it cannot decide is taken as false.
"""

import os
import re

# Headers that the real trees have and the stand-in does not carry; a module may include them freely.
REAL_TREES = (
    "py/", "extmod/", "shared/", "lib/", "drivers/", "genhdr/", "driver/", "freertos/", "soc/", "hal/", "lwip/",
    "nvs", "esp_", "esp32", "rom/", "mbedtls/", "host/", "nimble/", "sdkconfig.h", "mphalport.h", "mpthreadport.h",
    "modmachine.h", "modnetwork.h", "machine_pin.h", "machine_i2c.h", "uart.h", "usb.h", "tusb", "driver", "spi_flash",
)

DIRECTIVE = re.compile(r"^\s*#\s*(\w+)\s*(.*?)\s*$", re.S)
INCLUDE = re.compile(r'^"([^"]+)"')
STRING = r'"(?:\\.|[^"\\\n])*"'
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|' + STRING + r"|'(?:\\.|[^'\\\n])*'|0[xX][0-9a-fA-F]+|[A-Za-z_]\w*|\d[\w.]*|\S", re.S)


class CompileError(Exception):
    """`path:line:column: error: text`, with the offending source line below it, as gcc prints it."""

    def __init__(self, path, line, column, text, source, fatal=False):
        kind = "fatal error" if fatal else "error"
        message = "%s:%d:%d: %s: %s\n%5d | %s\n      | %s^" % (
            path, line, column, kind, text, line, source, " " * (column - 1))
        super().__init__(message + ("\ncompilation terminated." if fatal else ""))


class Preprocessor:
    """Follows one translation unit; collects the files read, the macros, and the active text of the source itself."""

    def __init__(self, includes, defines):
        self.includes = includes
        self.macros = dict(defines)
        self.files = []

    def run(self, path):
        return self._file(path, path, [])

    def _file(self, path, shown, chain):
        if path in self.files and chain:
            return []
        self.files.append(path)
        with open(path, encoding="utf-8", errors="replace") as f:
            text = f.read()
        lines = text.split("\n")
        active, stack, number, in_comment = [], [], 0, False
        while number < len(lines):
            first, line = number, lines[number]
            while line.endswith("\\") and number + 1 < len(lines):
                number += 1
                line = line[:-1] + "\n" + lines[number]
            number += 1
            match = None if in_comment else DIRECTIVE.match(line)
            if match:
                self._directive(match.group(1), match.group(2), stack, (path, first + 1, lines[first]), chain)
            elif all(state[0] for state in stack):
                active.append((first + 1, line))
            opened, closed = line.rfind("/*"), line.rfind("*/")
            if opened > closed and "//" not in line[:opened]:
                in_comment = True
            elif closed >= 0:
                in_comment = False
        return active

    def _directive(self, name, rest, stack, where, chain):
        if name in ("if", "ifdef", "ifndef"):
            taken = self._condition(name, rest)
            stack.append([taken, taken])
        elif name in ("elif", "else") and stack:
            state = stack[-1]
            state[0] = not state[1] and (name == "else" or self._condition("if", rest))
            state[1] = state[1] or state[0]
        elif name == "endif" and stack:
            stack.pop()
        elif all(state[0] for state in stack):
            self._active_directive(name, rest, where, chain)

    def _active_directive(self, name, rest, where, chain):
        path, line, source = where
        if name == "error":
            raise CompileError(path, line, source.find("error") + 1, "#error " + rest, source)
        if name == "define":
            word, _, value = rest.partition(" ")
            self.macros[word] = re.sub(r"\s*(//.*|/\*.*\*/)$", "", value).strip()
        elif name == "undef":
            self.macros.pop(rest, None)
        elif name == "include":
            match = INCLUDE.match(rest)
            if match:
                self._include(match.group(1), where, chain)

    def _include(self, name, where, chain):
        path, line, source = where
        for folder in [os.path.dirname(path)] + self.includes:
            found = os.path.normpath(os.path.join(folder, name))
            if os.path.isfile(found):
                if len(chain) < 50:
                    self._file(found, found, chain + [path])
                return
        if name.startswith(REAL_TREES):
            return
        raise CompileError(path, line, source.find('"') + 1, "%s: No such file or directory" % name, source, fatal=True)

    def _condition(self, name, rest):
        rest = re.sub(r"\s*(//.*|/\*.*\*/)$", "", rest).strip()
        if name == "ifdef":
            return rest in self.macros
        if name == "ifndef":
            return rest not in self.macros
        negated = rest.startswith("!")
        word = rest.lstrip("!").strip()
        match = re.match(r"^defined\s*\(?\s*(\w+)\s*\)?$", word)
        if match:
            return (match.group(1) in self.macros) != negated
        if re.match(r"^\w+$", word):
            value = self.macros.get(word, word).strip("()")
            return (value.isdigit() and int(value) != 0) != negated
        return False


def tokens(active):
    """The tokens of the active text: (line, column, text). Comments are left out."""
    text = "\n".join(line for _, line in active)
    starts, numbers, position = [], [], 0
    for number, line in active:
        for extra, piece in enumerate(line.split("\n")):
            starts.append(position)
            numbers.append(number + extra)
            position += len(piece) + 1
    result, row = [], 0
    for match in TOKEN.finditer(text):
        word = match.group(0)
        if word.startswith(("/*", "//")):
            continue
        while row + 1 < len(starts) and starts[row + 1] <= match.start():
            row += 1
        result.append((numbers[row], match.start() - starts[row] + 1, word))
    return result


def check_balance(path, source_lines, found):
    """Unbalanced braces and parentheses, in gcc's words."""
    pairs, opened = {")": "(", "]": "[", "}": "{"}, []
    for line, column, word in found:
        if word in "([{" and len(word) == 1:
            opened.append((word, line, column))
        elif word in pairs:
            if opened and opened[-1][0] == pairs[word]:
                opened.pop()
                continue
            if opened and opened[-1][0] != "{":
                wanted = {"(": ")", "[": "]"}[opened[-1][0]]
                text = "expected '%s' before '%s' token" % (wanted, word)
            else:
                text = "expected identifier or '(' before '%s' token" % word
            raise CompileError(path, line, column, text, source_lines[line - 1])
    if opened:
        last = len(source_lines) - (1 if source_lines[-1] == "" and len(source_lines) > 1 else 0)
        text = "expected declaration or statement at end of input"
        source = source_lines[last - 1]
        raise CompileError(path, last, max(1, len(source)), text, source)


ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "a": 7, "b": 8, "f": 12, "v": 11}


def string_bytes(literal):
    """The bytes of one C string literal, without the closing NUL."""
    out, body, at = bytearray(), literal[1:-1], 0
    while at < len(body):
        if body[at] != "\\":
            out += body[at].encode("utf-8")
            at += 1
            continue
        octal = re.match(r"\\([0-7]{1,3})", body[at:])
        hexa = re.match(r"\\x([0-9a-fA-F]{1,2})", body[at:])
        match = octal or hexa
        if match:
            out.append(int(match.group(1), 8 if octal else 16) & 0xFF)
            at += len(match.group(0))
        else:
            out.append(ESCAPES.get(body[at + 1], ord(body[at + 1]) & 0xFF))
            at += 2
    return bytes(out)


def constants(found):
    """What a compiler would put into .rodata: strings (adjacent ones joined, NUL at the end) and byte arrays."""
    out, text, numbers = bytearray(), None, bytearray()
    for _, _, word in found + [(0, 0, ";")]:
        if word.startswith('"'):
            text = (text or b"") + string_bytes(word)
            continue
        if text is not None:
            out += text + b"\0"
            text = None
        if word.startswith(("0x", "0X")) and len(word) <= 4:
            numbers.append(int(word, 16))
        elif word != "," and numbers:
            if len(numbers) >= 8:
                out += numbers
            numbers = bytearray()
    return bytes(out)
