"""Run by test_polkit.py as another user: makes each guarded call, and prints libvirt's answers as JSON."""
import json
import sys
from pathlib import Path

import libvirt

sys.path.append(str(Path(__file__).resolve().parent.parent))
from conftest import URI, said_by                                                   # noqa: E402
from guardedcalls import CALLS, call                                                # noqa: E402


def main():
    conn = said_by(libvirt.open, URI)
    print(json.dumps({"open": conn} if isinstance(conn, tuple) else {name: call(name, conn) for name in CALLS}))


if __name__ == "__main__":
    main()
