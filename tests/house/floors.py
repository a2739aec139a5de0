#!/usr/bin/env python3
"""Each floor of libike includes only floors below it, and only its own outside libraries."""
import pathlib
import re
import sys

BASE = {"base"}
REGISTRY = BASE | {"registry"}
WIRE = REGISTRY | {"wire"}
CRYPTO = REGISTRY | {"crypto"}
SA = WIRE | CRYPTO
ENGINE = SA | {"sa", "esp", "mobike", "mtu", "eap"}
TOP = ENGINE | {"engine", "inner"}
SEES = {  # floor: what it may include beside itself
    "base": set(),
    "inner": BASE,
    "registry": BASE,
    "wire": REGISTRY,
    "crypto": REGISTRY,
    "sa": SA,
    "esp": SA | {"sa"},  # for EspSuite, what a Child SA was negotiated to use
    "mobike": BASE,
    "mtu": BASE,
    "eap": SA | {"sa"},  # for Identity, which a certificate is asked to certify
    "engine": ENGINE,
    "craft": TOP,
    "render": TOP | {"capture"},  # for what a tracker makes of a packet
    "sim": TOP,
    "capture": TOP,
    "diagnose": TOP | {"capture", "render"},  # judges what a tracker saw, and shows it
    "io": TOP | {"capture"},  # to write captures
}
OWNERS = {  # an outside library's headers: the only folders of libike that may include them
    "openssl/": {"crypto"},
    "asio": {"io"},
    "libmnl/": {"io"},
    "yaml-cpp/": {"io"},
    "nlohmann/": {"render", "diagnose", "io"},
    "pcap": {"capture"},
    "tins/": {"capture"},
    "sys/socket.h": {"io", "capture"},
    "netdb.h": {"io"},
    "CLI/": set(),
}
PRIVATE = {"libike/crypto/openssl/": "crypto"}  # headers that are not installed: the only folder that includes them
HEAVY = ("openssl/", "asio", "yaml-cpp/", "nlohmann/", "tins/", "CLI/", "pcap")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def is_private(path: pathlib.Path) -> bool:
    return path.as_posix().startswith(tuple(PRIVATE))


def complaints(root: pathlib.Path):
    for path in sorted((root / "libike").rglob("*.[ch]pp")):
        floor = path.relative_to(root / "libike").parts[0]
        if floor not in SEES:
            yield f"{path}: {floor} is not a floor"
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            quote, name = found.groups()
            where = f"{path.relative_to(root)}:{number}"
            if quote == '"' and not name.startswith("libike/"):
                yield f'{where}: "{name}" does not start at the root'
            elif quote == '"':
                other = name.split("/")[1]
                if other != floor and other not in SEES[floor]:
                    yield f"{where}: {floor} may not see {other} ({name})"
                elif not (root / name).exists() and not (root / f"{name}.in").exists():
                    yield f"{where}: there is no {name}"
            for prefix, owner in PRIVATE.items():
                if name.startswith(prefix) and floor != owner:
                    yield f"{where}: {name} is for {owner} alone"
            for prefix, owners in OWNERS.items():
                if quote == "<" and name.startswith(prefix):
                    if floor not in owners:
                        yield f"{where}: {floor} may not see <{name}>"
                    elif path.suffix == ".hpp" and name.startswith(HEAVY) and not is_private(path.relative_to(root)):
                        yield f"{where}: <{name}> is too heavy for a header"


def main() -> int:
    root = pathlib.Path(__file__).resolve().parents[2]
    found = list(complaints(root))
    print("\n".join(found) or "every include goes downward")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
