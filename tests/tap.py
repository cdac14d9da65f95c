# SPDX-License-Identifier: LGPL-2.1-or-later
"""Test points of the scripts that meson runs, as TAP."""


class Tap:
    """Test points: each holds if nothing is wrong."""

    def __init__(self):
        self.count = 0

    def point(self, name, wrong):
        self.count += 1
        print(f"{'not ok' if wrong else 'ok'} {self.count} - {name}")
        for line in wrong:
            print(f"# {line}")

    def same(self, name, got, expected):
        self.point(name, [] if got == expected else [f"expected {expected!r}", f"got      {got!r}"])

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}")

    def end(self):
        print(f"1..{self.count}")
