#!/usr/bin/env python3
"""Key files from the log of a strongSwan daemon whose levels of ike and chd are 4 and of mgr 2.

usage: charon_keys.py OUTPUT_FOLDER LOG...

Writes ike.keys (libike's own format), ikev2_decryption_table and esp_sa (Wireshark's). charon dumps keys
without the SPIs that they are for: dumps are matched with the lines of the same thread around them.
"""
import pathlib
import re
import sys

ENCRYPTION = {
    "AES_CBC": ("aes{bits}", "AES-CBC-{bits} [RFC3602]", "AES-CBC [RFC3602]"),
    "AES_CTR": ("aes{bits}ctr", "AES-CTR-{bits} [RFC5930]", "AES-CTR [RFC3686]"),
    "AES_GCM_8": ("aes{bits}gcm8", "AES-GCM-{bits} with 8 octet ICV [RFC5282]", "AES-GCM with 8 octet ICV [RFC4106]"),
    "AES_GCM_12": ("aes{bits}gcm12", "AES-GCM-{bits} with 12 octet ICV [RFC5282]", "AES-GCM with 12 octet ICV [RFC4106]"),
    "AES_GCM_16": ("aes{bits}gcm16", "AES-GCM-{bits} with 16 octet ICV [RFC5282]", "AES-GCM with 16 octet ICV [RFC4106]"),
    "AES_CCM_16": ("aes{bits}ccm16", "AES-CCM-{bits} with 16 octet ICV [RFC5282]", None),
    "CHACHA20_POLY1305": ("chacha20poly1305", None, None),
    "3DES_CBC": ("3des", "3DES [RFC2451]", "TripleDES-CBC [RFC2451]"),
    "CAMELLIA_CBC": ("camellia{bits}", None, None),
    "NULL": ("null", "NULL [RFC2410]", "NULL"),
}
INTEGRITY = {
    "HMAC_SHA1_96": ("sha1", "HMAC_SHA1_96 [RFC2404]", "HMAC-SHA-1-96 [RFC2404]"),
    "HMAC_SHA2_256_128": ("sha256", "HMAC_SHA2_256_128 [RFC4868]", "HMAC-SHA-256-128 [RFC4868]"),
    "HMAC_SHA2_384_192": ("sha384", "HMAC_SHA2_384_192 [RFC4868]", "HMAC-SHA-384-192 [RFC4868]"),
    "HMAC_SHA2_512_256": ("sha512", "HMAC_SHA2_512_256 [RFC4868]", "HMAC-SHA-512-256 [RFC4868]"),
    "AES_XCBC_96": ("aesxcbc", None, None),
    "AES_CMAC_96": ("aescmac", None, None),
}
PRF = {"PRF_HMAC_MD5": "prfmd5", "PRF_HMAC_SHA1": "prfsha1", "PRF_HMAC_SHA2_256": "prfsha256",
       "PRF_HMAC_SHA2_384": "prfsha384", "PRF_HMAC_SHA2_512": "prfsha512", "PRF_AES128_XCBC": "prfaesxcbc",
       "PRF_AES128_CMAC": "prfaescmac"}
GROUP = {"CURVE_25519": "x25519", "CURVE_448": "x448", "ECP_256": "ecp256", "ECP_384": "ecp384",
         "ECP_521": "ecp521", "ECP_256_BP": "ecp256bp", "ECP_384_BP": "ecp384bp", "ECP_512_BP": "ecp512bp",
         "ML_KEM_512": "mlkem512", "ML_KEM_768": "mlkem768", "ML_KEM_1024": "mlkem1024"}
LINE = re.compile(r"^\S+ (\d+)\[(\w+)\] (.*)$")
DUMP = re.compile(r"^ +\d+: ((?:[0-9A-F]{2} ?){1,16})")


class Suite:
    """A proposal that was chosen, as charon writes it: "AES_CBC_256/HMAC_SHA2_256_128/.../ECP_256"."""

    def __init__(self, text):
        self.words, self.encryption, self.bits, self.integrity = [], None, 0, None
        for part in text.split("/"):
            name, _, bits = part.rpartition("_")
            # KE1_ML_KEM_768: an additional key exchange.
            additional = re.match(r"KE(\d)_(.*)", part)
            if part in ENCRYPTION or (name in ENCRYPTION and bits.isdigit()):
                self.encryption = part if part in ENCRYPTION else name
                self.bits = int(bits) if part not in ENCRYPTION else 256 if "CHACHA" in part else 0
                self.words.insert(0, ENCRYPTION[self.encryption][0].format(bits=self.bits))
            elif part in INTEGRITY:
                self.integrity = part
                self.words.append(INTEGRITY[part][0])
            elif part in PRF:
                self.words.append(PRF[part])
            elif part == "EXT_SEQ":
                self.words.append("esn")
            elif additional:
                self.words.append(f"ke{additional[1]}_{group(additional[2])}")
            elif group(part):
                self.words.append(group(part))

    def __str__(self):
        return "-".join(self.words)


def group(name):
    return GROUP.get(name) or (name.lower().replace("_", "") if name.startswith("MODP_") else None)


class Thread:
    """What the lines of one thread have told since it took up an IKE SA."""

    def __init__(self):
        self.dump, self.serial, self.target, self.pair = None, None, None, None
        self.child, self.responder, self.direction = {}, False, None


class Log:
    """charon numbers its IKE SAs: "psk[2]" is the second. Keys, suite and SPIs of a number come in any order."""

    def __init__(self):
        self.lines, self.seen = {"ike": [], "wireshark": [], "esp": []}, set()
        self.begin()

    def begin(self):
        """Another life of the daemon: numbers begin again."""
        self.threads, self.suites, self.pairs, self.keys, self.successors = {}, {}, {}, {}, {}
        self.child_suites = {}

    def read(self, path):
        self.begin()
        for line in path.read_text(errors="replace").splitlines():
            match = LINE.match(line)
            if match and "loaded plugins: charon" in line:
                self.begin()
            if match:
                self.take(self.threads.setdefault(match[1], Thread()), match[3])

    def take(self, thread, text):
        octets = DUMP.match(text)
        if octets and thread.dump is not None:
            store, name = thread.dump
            store[name] = store.get(name, "") + octets[1].replace(" ", "").lower()
            return
        thread.dump = None
        if begins := re.match(r"(.*) => (\d+) bytes @", text):
            self.begin_dump(thread, begins[1])
        elif found := re.match(r"selected proposal: (IKE|ESP):(\S+)", text):
            if found[1] == "IKE":
                self.suites[thread.target] = Suite(found[2])
            else:
                self.child_suites[thread.serial] = Suite(found[2])
        elif found := re.match(r"(adding|registering|updating) (inbound|outbound) ESP SA", text):
            thread.direction = found[2]
        elif found := re.match(r"\s+SPI 0x([0-9a-f]{8}), src (\S+) dst (\S+)", text):
            self.esp(thread, *found.groups())
        else:
            self.follow(thread, text)

    def follow(self, thread, text):
        """Which IKE SA the thread works at, and which one it makes."""
        if found := re.match(r"IKE_SA .*\[(\d+)\] successfully checked out", text):
            thread.serial = thread.target = int(found[1])
        elif found := re.match(r"checkout IKEv2 SA .*with SPIs ([0-9a-f]{16})_i ([0-9a-f]{16})_r", text):
            thread.pair = found.groups()
        elif found := re.match(r"created IKE_SA .*\[(\d+)\]", text):
            thread.target = int(found[1])
            if thread.serial is None:
                thread.serial = thread.target
        elif found := re.match(r"initiating IKE_SA .*\[(\d+)\] to ", text):
            self.successors[thread.serial] = int(found[1])
        elif found := re.match(r"parsed (\S+) (request|response)", text):
            thread.responder = found[2] == "request"
            if found[1] == "CREATE_CHILD_SA" and not thread.responder:
                thread.target = self.successors.get(thread.serial, thread.serial)
        elif found := re.match(r"checkin IKEv2 SA .*\[(\d+)\] with SPIs ([0-9a-f]{16})_i ([0-9a-f]{16})_r", text):
            self.pairs[int(found[1])] = found[2], found[3]
            self.ike(int(found[1]))
        elif found := re.match(r"checkin and destroy IKE_SA .*\[(\d+)\]", text):
            self.ike(int(found[1]))
        elif re.match(r"checkin.* successful", text):
            thread.serial = thread.target = None

    def begin_dump(self, thread, what):
        names = {"Sk_d secret": "sk_d", "Sk_ai secret": "sk_ai", "Sk_ar secret": "sk_ar", "Sk_ei secret": "sk_ei",
                 "Sk_er secret": "sk_er", "Sk_pi secret": "sk_pi", "Sk_pr secret": "sk_pr",
                 "shared Diffie Hellman secret": "shared", "shared KE secret": "shared"}
        child = {"encryption initiator key": "ei", "encryption responder key": "er",
                 "integrity initiator key": "ai", "integrity responder key": "ar"}
        if what in names and thread.target is not None:
            keys = self.keys.setdefault(thread.target, {})
            keys.pop(names[what], None)
            thread.dump = (keys, names[what])
        elif what in child:
            if what == "encryption initiator key":
                thread.child = {}
            thread.dump = (thread.child, child[what])

    def put(self, kind, line):
        if line not in self.seen:
            self.seen.add(line)
            self.lines[kind].append(line)

    def ike(self, serial):
        pair, suite, keys = self.pairs.get(serial), self.suites.get(serial), self.keys.get(serial, {})
        if not pair or not suite or "sk_er" not in keys or not int(pair[1], 16):
            return
        words = [f"ike spi_i={pair[0]} spi_r={pair[1]} suite={suite}"]
        words += [f"{name}={keys[name]}" for name in ("sk_d", "sk_ai", "sk_ar", "sk_ei", "sk_er", "sk_pi", "sk_pr",
                                                       "shared") if keys.get(name)]
        self.put("ike", " ".join(words))
        encryption = ENCRYPTION[suite.encryption][1]
        integrity = INTEGRITY[suite.integrity][1] if suite.integrity else "NONE [RFC4306]"
        if encryption and integrity:
            self.put("wireshark", f'{pair[0]},{pair[1]},{keys["sk_ei"]},{keys["sk_er"]},'
                     f'"{encryption.format(bits=suite.bits)}",{keys.get("sk_ai", "")},{keys.get("sk_ar", "")},'
                     f'"{integrity}"')

    def esp(self, thread, spi, source, destination):
        suite, keys = self.child_suites.get(thread.serial), thread.child
        if not suite or "ei" not in keys or not thread.direction:
            return
        from_initiator = (thread.direction == "inbound") == thread.responder
        thread.direction = None
        encr, integ = (keys["ei"], keys.get("ai", "")) if from_initiator else (keys["er"], keys.get("ar", ""))
        line = f"esp spi={spi} src={source} dst={destination} suite={suite} encr={encr}"
        line += f" integ={integ}" if integ else ""
        if thread.pair:
            line += f" ike_spi_i={thread.pair[0]} ike_spi_r={thread.pair[1]}"
        self.put("ike", line)
        name = ENCRYPTION[suite.encryption][2]
        check = INTEGRITY[suite.integrity][2] if suite.integrity else "NULL"
        if name and check:
            family = "IPv6" if ":" in source else "IPv4"
            key = f"0x{integ}" if integ else ""
            self.put("esp", f'"{family}","*","*","0x{spi}","{name}","0x{encr}","{check}","{key}"')


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    folder, log = pathlib.Path(sys.argv[1]), Log()
    for path in sys.argv[2:]:
        log.read(pathlib.Path(path))
    folder.mkdir(parents=True, exist_ok=True)
    for kind, name in (("ike", "ike.keys"), ("wireshark", "ikev2_decryption_table"), ("esp", "esp_sa")):
        if log.lines[kind]:
            (folder / name).write_text("\n".join(log.lines[kind]) + "\n")


main()
