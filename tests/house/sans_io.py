#!/usr/bin/env python3
"""No object of libike up to the engine refers to a socket, a file, a clock or the system's randomness.

usage: sans_io.py OBJECT_LIST    (a file that names one object file a line)
"""
import pathlib
import re
import subprocess
import sys

FORBIDDEN = {
    "socket": "socket socketpair bind listen accept accept4 connect send sendto sendmsg sendmmsg recv recvfrom "
    "recvmsg recvmmsg poll ppoll select pselect epoll_create1 epoll_wait getaddrinfo gethostbyname if_nametoindex "
    "ioctl setsockopt getsockopt",
    "file": "open open64 openat creat fopen fopen64 freopen read write mmap BIO_new_file",
    "clock": "clock_gettime gettimeofday time clock nanosleep clock_nanosleep usleep sleep timerfd_create",
    "randomness": "getrandom getentropy rand srand random rand_r drand48 lrand48 arc4random RAND_bytes "
    "RAND_priv_bytes RAND_bytes_ex RAND_priv_bytes_ex BN_rand BN_priv_rand BN_rand_range BN_priv_rand_range",
    "process": "fork execve execvp system popen getenv secure_getenv",
}
EXACT = {name: kind for kind, names in FORBIDDEN.items() for name in names.split()}
PATTERNS = [
    (re.compile(r"^_ZNSt6chrono3_V212(system|steady)_clock3nowEv$"), "clock"),
    (re.compile(r"^_ZNSt13random_device"), "randomness"),
    (re.compile(r"^_ZNSt\d+basic_(i|o)?f(ile|stream)|^_ZNSt1[34]basic_(filebuf|[io]?fstream)"), "file"),
    (re.compile(r"^_ZNSt6thread"), "thread"),
]


def kind_of(symbol: str):
    name = symbol.split("@")[0].removeprefix("__")
    for candidate in (name, name.removesuffix("_chk")):
        if candidate in EXACT:
            return EXACT[candidate]
    return next((kind for pattern, kind in PATTERNS if pattern.match(symbol)), None)


def undefined(objects):
    """(object, symbol) for each symbol an object takes from outside."""
    listing = subprocess.run(["nm", "-A", "-u", *objects], check=True, capture_output=True, text=True).stdout
    for line in listing.splitlines():
        path, _, rest = line.rpartition(":")
        yield path, rest.split()[-1]


def self_test():
    """The patterns find what they are for: mangled names as g++ and clang print them."""
    for symbol in ("socket", "__read_chk", "_ZNSt6chrono3_V212steady_clock3nowEv",
                   "_ZNSt6chrono3_V212system_clock3nowEv", "_ZNSt13random_device9_M_getvalEv",
                   "_ZNSt14basic_ifstreamIcSt11char_traitsIcEEC1Ev", "RAND_bytes", "time"):
        assert kind_of(symbol), symbol
    for symbol in ("memcpy", "_ZN3ike6Reader4takeEm", "EVP_DigestUpdate"):
        assert not kind_of(symbol), symbol


def main() -> int:
    self_test()
    objects = pathlib.Path(sys.argv[1]).read_text().split()
    assert objects, "no objects named"
    found = [f"{path}: refers to {symbol} ({kind_of(symbol)})" for path, symbol in undefined(objects) if kind_of(symbol)]
    print("\n".join(found) or f"{len(objects)} objects refer to no socket, file, clock or system randomness")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
