#!/usr/bin/env python3
"""Verifies exports of sakarkiv's audit logs: a second implementation, written from the description in src/format.rs.

    verify.py FILE --key NAME+ID+BASE64 ... [--checkpoint FILE] ...

Each file of a checkpoint holds one signed note of this log.
Ends with 0 when the log is sound, 1 when it was tampered with, 2 when it could not be verified. Needs nothing but
Python 3.8 and its standard library; signatures are checked too, with the slow arithmetic at the end.
"""
import argparse, base64, datetime, hashlib, json, re, sys

CLASSES = ("security", "access_and_processing", "administration", "channel")
OUTCOMES = ("done", "refused", "failed")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", re.ASCII)
NAME = re.compile(r"[a-z0-9][a-z0-9_.:-]{0,63}", re.ASCII)
MAX_LINE = 8 << 20

class Tampered(Exception):
    """What is wrong with the log."""

def need(condition, what):
    if not condition:
        raise Tampered(what)

def sha(data):
    return hashlib.sha256(data).digest()

def text(data):
    data = data.encode() if isinstance(data, str) else data
    return len(data).to_bytes(4, "big") + data

def maybe(value):
    return b"\0" if value is None else b"\1" + text(value)

def unbase64(value):
    need(isinstance(value, str), "not base64")
    try:
        data = base64.b64decode(value, validate=True)
    except ValueError:
        raise Tampered("not base64") from None
    need(base64.b64encode(data).decode() == value, "not plain base64")
    return data

def hash_of(value):
    data = unbase64(value)
    need(len(data) == 32, "not 32 bytes")
    return data

def parse(line):
    """One JSON object, without blanks around it and without a name twice."""
    def once(pairs):
        need(len({name for name, _ in pairs}) == len(pairs), "a name stands twice")
        return dict(pairs)
    try:
        data = line.decode()
        need(data[:1] == "{" and data[-1:] == "}", "a line is not one object")
        return json.loads(data, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Tampered("a line is not JSON") from None

def parts(value, must, may=()):
    need(isinstance(value, dict), "not an object")
    need(set(must) <= set(value) <= set(must) | set(may), "names are missing or unknown")
    return value

def whole(value, limit=1 << 64):
    need(type(value) is int and 0 <= value < limit, "not a number")
    return value

# Entries

def moment(value):
    need(isinstance(value, str) and MOMENT.fullmatch(value), "not a moment")
    # Python's years begin with 1; a year 0 of the proleptic calendar is 400 years before another leap century.
    year, shift = int(value[:4]), 0
    if year == 0:
        year, shift = 400, -146097 * 86400
    try:
        day = datetime.datetime(year, *(int(value[at:at + 2]) for at in (5, 8, 11, 14, 17)))
    except ValueError:
        raise Tampered("not a moment") from None
    since = day - datetime.datetime(1970, 1, 1)
    return since.days * 86400 + since.seconds + shift, int(value[20:29])

def header_bytes(header):
    names = ("schema", "sequence", "at", "tenant", "class", "actor", "activity", "object", "outcome")
    parts(header, names, ("client", "rule"))
    need(whole(header["schema"]) == 1, "the header's layout is not known")
    thing = parts(header["object"], ("kind",), ("id",))
    texts = [header[name] for name in ("tenant", "class", "actor", "activity", "outcome")] + [thing["kind"]]
    optional = [header.get("client"), header.get("rule"), thing.get("id")]
    need(all(isinstance(one, str) for one in texts + [one for one in optional if one is not None]), "not a text")
    need(NAME.fullmatch(header["tenant"]) and NAME.fullmatch(header["actor"]), "not a name")
    need(header["class"] in CLASSES and header["outcome"] in OUTCOMES, "not a class or an outcome")
    seconds, nanoseconds = moment(header["at"])
    return b"".join([
        (1).to_bytes(2, "big"), whole(header["sequence"]).to_bytes(8, "big"),
        seconds.to_bytes(8, "big", signed=True), nanoseconds.to_bytes(4, "big"),
        text(header["tenant"]), text(header["class"]), text(header["actor"]), maybe(header.get("client")),
        text(header["activity"]), text(thing["kind"]), maybe(thing.get("id")), text(header["outcome"]),
        maybe(header.get("rule")),
    ])

def leaf_of(entry):
    """The entry's leaf, after its fields were held against their commitments."""
    parts(entry, ("header", "leaf"), ("fields",))
    header = header_bytes(entry["header"])
    fields = entry.get("fields", [])
    need(isinstance(fields, list), "not a list")
    data, last = b"\0" + text(header) + len(fields).to_bytes(4, "big"), None
    for field in fields:
        parts(field, ("name", "commitment"), ("salt", "value"))
        name = field["name"]
        need(isinstance(name, str), "not a text")
        need(last is None or last < name.encode(), "the fields are not in order")
        last, commitment = name.encode(), hash_of(field["commitment"])
        need(("salt" in field) == ("value" in field), "a field has salt and value or neither")
        if "salt" in field:
            need(isinstance(field["value"], str), "not a text")
            opening = text("field") + text(name) + text(hash_of(field["salt"])) + text(field["value"])
            need(sha(opening) == commitment, "the field %r was edited" % name)
        data += text(name) + commitment
    leaf = sha(data)
    need(leaf == hash_of(entry["leaf"]), "the header or the list of fields was edited")
    return leaf

# The tree

class Tree:
    def __init__(self, size, peaks):
        need(len(peaks) == bin(size).count("1"), "the frontier has not one hash for each bit of its size")
        self.size, self.peaks = size, peaks

    def append(self, leaf):
        rest = self.size
        while rest & 1:
            leaf = sha(b"\1" + self.peaks.pop() + leaf)
            rest >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks:
            return sha(b"")
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = sha(b"\1" + peak + root)
        return root

# Checkpoints

def key_of(value):
    name, key_id, key = value.split("+", 2)
    key = unbase64(key)
    if len(key) != 33 or key[0] != 1 or sha(name.encode() + b"\n" + key)[:4].hex() != key_id:
        raise ValueError("not a verifier key: " + value)
    return name, bytes.fromhex(key_id), key[1:]

def checkpoint_of(note, keys):
    """Origin, size, root and start of a signed note."""
    need(isinstance(note, str) and len(note.encode()) <= 128 * 1024, "a checkpoint is too long")
    need(not any(ord(c) < 32 and c != "\n" for c in note), "a checkpoint has control characters")
    body, found, signatures = note.rpartition("\n\n")
    need(found and signatures.endswith("\n"), "a checkpoint is not a signed note")
    body, signed = body + "\n", False
    for line in signatures[:-1].split("\n"):
        dash, name, signature = (line.split(" ") + ["", ""])[:3]
        need(dash == "\u2014" and name and line.count(" ") == 2, "a signature line is not one")
        signature = unbase64(signature)
        for known in keys:
            if known[:2] == (name, signature[:4]):
                need(ed25519(known[2], body.encode(), signature[4:]), "a checkpoint's signature does not hold")
                signed = True
    need(signed, "a checkpoint is signed by none of the keys")
    lines = body[:-1].split("\n")
    need(len(lines) >= 3 and all(lines), "a signed note is not a checkpoint")
    starts = [line[6:] for line in lines[3:] if line.startswith("start ")]
    for number in [lines[1]] + starts:
        need(re.fullmatch(r"0|[1-9]\d*", number, re.ASCII), "a signed note is not a checkpoint")
    need(len(starts) <= 1, "a signed note is not a checkpoint")
    return lines[0], int(lines[1]), hash_of(lines[2]), int(starts[0]) if starts else 0

# Verification

def lines_of(file):
    while True:
        line = file.readline(MAX_LINE + 1)
        if not line:
            return
        need(len(line) <= MAX_LINE and line.endswith(b"\n"), "the file ends inside a line, or a line is too long")
        yield line[:-1]

def verify(file, keys, published):
    lines = lines_of(file)
    first = parse(next(lines, b""))
    parts(first, ("format", "version", "origin", "tenant", "class", "start", "frontier", "checkpoints"))
    need(first["format"] == "sakarkiv-audit-log" and whole(first["version"]) == 1, "the format is not known")
    frontier = parts(first["frontier"], ("size", "peaks"))
    start = whole(first["start"])
    tree = Tree(whole(frontier["size"]), [hash_of(peak) for peak in frontier["peaks"]])
    need(tree.size == start and isinstance(first["origin"], str), "the first line does not agree with itself")
    need(first["class"] in CLASSES, "not a class")
    need(first["origin"].split("/")[-2:] == [first["tenant"], first["class"]], "the origin is of another log")
    known = [checkpoint_of(note, keys) for note in first["checkpoints"]] + published
    need(all(one[0] == first["origin"] for one in known), "a checkpoint is of another log")
    newest = max(((one[1], one[3]) for one in known), default=(0, 0))
    need(start <= newest[1], "entries are gone that no checkpoint says were pruned")
    ahead = sorted((one for one in known if one[1] >= start), key=lambda one: one[1])
    need(ahead, "no checkpoint covers the log")

    def compare():
        while ahead and ahead[0][1] == tree.size:
            need(ahead.pop(0)[2] == tree.root(), "entries before %d are not those that were signed" % tree.size)

    compare()
    for number, line in enumerate(lines, 2):
        value = parse(line)
        if "end" in value:
            end = parts(parts(value, ("end",))["end"], ("size", "root"))
            need(not ahead, "entries behind %d are missing that a checkpoint covers" % tree.size)
            need((end["size"], hash_of(end["root"])) == (tree.size, tree.root()), "the last line differs")
            need(next(lines, None) is None, "something stands behind the last line")
            return tree
        try:
            leaf, header = leaf_of(value), value["header"]
            need((header["tenant"], header["class"]) == (first["tenant"], first["class"]), "it is of another log")
            need(header["sequence"] == tree.size, "entry %d should stand here" % tree.size)
            tree.append(leaf)
            compare()
        except Tampered as what:
            raise Tampered("line %d: %s" % (number, what)) from None
    raise Tampered("the last line is missing")

# Ed25519, RFC 8032 section 5.1.7: verification only, where no secrets are at hand and time does not matter

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P

def add(one, other):
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point, number = add(point, point), number >> 1
    return result

def point_of(data):
    y, sign = int.from_bytes(data, "little") & (2**255 - 1), data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P

def ed25519(public, message, signature):
    if len(signature) != 64:
        return False
    a, r, s = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    one, other = times(s, point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))), add(r, times(h, a))
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0

def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("file")
    arguments.add_argument("--key", action="append", required=True)
    arguments.add_argument("--checkpoint", action="append", default=[])
    given = arguments.parse_args()
    try:
        keys = [key_of(key) for key in given.key]
        published = [checkpoint_of(open(path, encoding="utf-8", newline="").read(), keys) for path in given.checkpoint]
    except (ValueError, OSError, Tampered) as error:
        print("not verified: %s" % error, file=sys.stderr)
        return 2
    try:
        with open(given.file, "rb") as file:
            tree = verify(file, keys, published)
    except OSError as error:
        print("not verified: %s" % error, file=sys.stderr)
        return 2
    except Tampered as what:
        print("tampered: %s" % what)
        return 1
    print("sound: %d entries, root %s" % (tree.size, base64.b64encode(tree.root()).decode()))
    return 0

if __name__ == "__main__":
    sys.exit(main())
