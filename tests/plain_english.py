# SPDX-License-Identifier: LGPL-2.1-or-later
"""Words that the project does not use, each as a pattern with the advice for it, and the texts of C in which they are looked for.

tests/layers looks for them in comments and names, tests/docs in pages, messages and help.
"""
import re

# In comments, names, pages, messages and help.
HARD_WORDS = {
    "who|whoever|whom|nobody|somebody|anybody|everybody|strangers?": "name the client, the caller, the call or the device",
    "comes?|came|coming|(?<!\\.)(?-i:go)|goes|went|gone|going|arrives?|arrived|meets?|brings?|brought": "name the action: attach, start, define, return",
    "stands?(?!-)|stood|hangs?|lies": "write 'is', 'has' or 'depends on'",
    "be had|be told|cannot tell|at hand|means? nothing": "write 'unknown', 'available' or 'invalid'",
    "by what|what of|that which|how manieth|whichever|nowhere": "use a noun",
    "(?:NULL|None) where|false where|true where|-1 where|CMDQV_NONE where|error: where": "write 'if'",
    "(?:un)?sound": "write that a definition is valid, or breaks a rule",
    "(?:older|newer) libvirt": "name the version, or write 'a libvirt without CMDQV'",
    "(?:a|its|their|whose|the|one) turns?": "write 'job'",
}

# Nor these in comments; the names of tests may have them.
COMMENT_WORDS = {
    **HARD_WORDS,
    "(?<!@)what": "use a noun",
    "where": "write 'if', or use a noun",
}

# Nor these in pages, messages and help. With 'to' it begins a task, as in the title of a list.
PAGE_WORDS = {
    **{words: advice for words, advice in HARD_WORDS.items() if "hangs" not in words},
    "stands?(?!-)|stood|hangs? on|lies|lets? go": "write 'is', 'has', 'depends on' or 'remains'",
    "what(?! to\\b)": "use a noun",
    "where": "write 'if', or use a noun",
    "(?:lay|lays|laying|laid)(?: \\w+)? out": "write 'layout'",
    "shall|thereof|thereby|therein|whereby|hence|manifold|likewise": "use a plain word",
}

# Headings are nouns or tasks.
HEADING_WORDS = {"(?:If|When|Why|How|Who|Whose|What|Where|Which|It|You|This|There|That)": "name the thing or the task"}

_STRING = r'"(?:[^"\\\n]|\\.)*"'
_STRINGS = re.compile(rf"{_STRING}(?:\s*(?:[A-Z_]+\s*)?{_STRING})*")


def without_comments(text):
    return re.sub(r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), text, flags=re.S)


def sentences(text):
    """(line, text) of each string in a file in C that has several words: messages, help and texts of rules."""
    text = without_comments(text)
    for found in _STRINGS.finditer(text):
        words = "".join(one[1:-1] for one in re.findall(_STRING, found[0]))
        if len(re.findall("[A-Za-z]{2,}[ ,;:]", words)) > 2:
            yield text[:found.start()].count("\n") + 1, words


def found_in(words, patterns):
    """(word, advice) of each in a text."""
    return [(found[0], advice) for pattern, advice in patterns.items() for found in re.finditer(rf"\b(?:{pattern})\b", words, re.I)]
