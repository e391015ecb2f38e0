#!/usr/bin/env python3
"""Compares `check` with the tests of squawk's own rules, and asks a server who is right.

    tests/oracle/squawk.py CHECKOUT [--program 'cargo pgstrata'] [--bin /usr/lib/postgresql/15/bin]

CHECKOUT is a folder with squawk's source. Each input of its rules' tests becomes a migration following one
that makes what the input needs: the server names that, error by error. Then the input is played
statement by statement in a transaction, and what happened to older tables is read as `findings.py` does.

Dangerous is what the server shows: rows or columns lost, or an older table read or rewritten while
writers wait. A dangerous statement without a finding of `check` is a miss, and ends the run with 1. All
other differences with squawk's verdict are listed with what the server showed.
"""

import argparse
import collections
import pathlib
import re
import shlex
import shutil
import sys
import tempfile

from dumps import Server
from findings import SAMPLED, Session, check, seen, statements

TEST = re.compile(r"fn (\w+)\(\)[^{]*\{(.*?)\n    \}", re.S)
INPUT = re.compile(r"let sql = r?(#*)\"(.*?)\"\1;", re.S)
MAPPED = re.compile(r"\| squawk ([a-z-]+) \| \[([a-z-]+)\]")

# What the server misses, and what makes it.
NEEDS = [
    (r'column "([^"]+)" of relation "([^"]+)" does not exist', 'ALTER TABLE {1} ADD COLUMN "{0}" text;'),
    (r'column "([^"]+)" named in key does not exist', None),
    (r'column "([^"]+)" referenced in foreign key constraint does not exist', None),
    (r'relation "([^"]+)" does not exist', "CREATE TABLE {0} (id bigint);"),
    (r'table "([^"]+)" does not exist', "CREATE TABLE {0} (id bigint);"),
    (r'view "([^"]+)" does not exist', "CREATE VIEW {0} AS SELECT 1 AS id;"),
    (r'index "([^"]+)" does not exist', "CREATE TABLE of_{1} (id bigint); CREATE INDEX {0} ON of_{1} (id);"),
    (r'schema "([^"]+)" does not exist', 'CREATE SCHEMA "{0}";'),
    (r'type "([^"]+)" does not exist', "CREATE TYPE {0} AS ENUM ('a', 'b');"),
    (r'function (\w+)\(\) does not exist', "CREATE FUNCTION {0}() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';"),
    (r'no unique constraint matching given keys for referenced table "([^"]+)"', "ALTER TABLE {0} ADD PRIMARY KEY (id);"),
    (r'there is no primary key for referenced table "([^"]+)"', "ALTER TABLE {0} ADD PRIMARY KEY (id);"),
    (r'(\w+) is not a domain', "DROP TYPE {0}; CREATE DOMAIN {0} AS int;"),
    (r'constraint "([^"]+)" of relation "([^"]+)" does not exist', 'ALTER TABLE {1} ADD CONSTRAINT "{0}" CHECK (true) NOT VALID;'),
    (r'constraint "([^"]+)" for table "([^"]+)" does not exist', 'ALTER TABLE {1} ADD CONSTRAINT "{0}" CHECK (true);'),
]


# Files that are not named as their rule.
NAMES = {
    "adding-not-null-field": "adding-not-nullable-field",
    "adding-primary-key-constraint": "adding-serial-primary-key-field",
    "disallow-unique-constraint": "disallowed-unique-constraint",
    "prefer-timestamptz": "prefer-timestamp-tz",
}


def snippets(checkout):
    """Each test: (rule, test, SQL, whether squawk finds something)."""
    for path in sorted((checkout / "crates/squawk_linter/src/rules").glob("*.rs")):
        text = path.read_text()
        for name, body in TEST.findall(text[text.find("mod test"):]):
            input_ = INPUT.search(body)
            if input_ and "lint_" in body:
                rule = path.stem.replace("_", "-")
                yield NAMES.get(rule, rule), name, input_.group(2), "lint_errors" in body


def without_transaction(sql):
    kept = [text for _, _, text in statements(sql)]
    ends = re.compile(r"\s*(begin|commit|start\s+transaction|end|rollback)\b(?!\s+atomic)", re.I)
    return [text for text in kept if not ends.match(text)]


def quoted(name):
    return ".".join(f'"{part}"' for part in name.split("."))


def repair(failure, base, sql):
    """One statement more for the base, for what the server missed."""
    for pattern, template in NEEDS:
        found = re.search(pattern, failure)
        if not found:
            continue
        names = [*found.groups(), ""]
        if template is None:
            table = re.search(r"(?:ON|TABLE)\s+(?:ONLY\s+)?(?:IF\s+EXISTS\s+)?([\w.\"]+)", failure + "\n" + sql, re.I)
            if not table:
                return None
            return f'ALTER TABLE {table.group(1)} ADD COLUMN "{names[0]}" bigint;'
        if "ALTER TABLE" in template:
            names[1] = quoted(names[1])
        if "of_" in template:
            names[1] = re.sub(r"\W", "_", names[0])
        if "{0}" in template and '"{0}"' not in template and "FUNCTION" not in template:
            names[0] = quoted(names[0])
        return template.format(*names)
    plain = re.search(r'column "([^"]+)" does not exist', failure)
    tables = re.findall(r"CREATE TABLE (\S+) \(", base)
    return f'ALTER TABLE {tables[-1]} ADD COLUMN "{plain.group(1)}" bigint;' if plain and tables else None


def played(server, texts):
    """What the server needs first, and what each statement did: (base, words by statement, failure)."""
    base, sql = [], ";\n".join(texts)
    for _ in range(20):
        server.client("dropdb", "--if-exists", "squawk")
        server.client("createdb", "-T", "template0", "squawk")
        setup = server.client("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "squawk", "-c", " ".join(base) or "SELECT 1")
        if setup.returncode:
            return base[:-1], [], setup.stderr.strip()
        probes, failure = Session(server, "squawk").run(texts)
        more = repair(failure, " ".join(base), sql) if failure else None
        if not more or more in base:
            words = [seen(probes, at, texts[at]) for at in range(len(probes) - 1)]
            return base, words, failure
        base.append(more)
    return base, [], failure


def is_dangerous(words):
    return "lost" in words or "read under lock" in words or "rewritten" in words


def ours(program, folder, base, texts):
    for name in folder.iterdir():
        name.unlink()
    header = "-- pgstrata: no-transaction\n" if any(re.search(r"\bconcurrently\b", it, re.I) for it in texts) else ""
    (folder / "0001_base.up.sql").write_text("\n".join(base) or "SELECT 1;")
    (folder / "0001_base.down.sql").write_text("-- pgstrata: irreversible measured")
    (folder / "0002_input.up.sql").write_text(header + ";\n".join(texts) + ";\n")
    (folder / "0002_input.down.sql").write_text("-- pgstrata: irreversible measured")
    levels = (pathlib.Path(__file__).parents[2] / "docs/rules.md").read_text()
    off = re.findall(r"^## ([a-z-]+)\n\n\*off", levels, re.M)
    (folder / "pgstrata.toml").write_text("[rules]\n" + "".join(f'{rule} = "warn"\n' for rule in off))
    return {it["rule"] for it in check(program, folder) if pathlib.Path(it["file"]).name.startswith("0002")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkout", type=pathlib.Path)
    parser.add_argument("--program", default="cargo run --quiet -p pgstrata-tools --bin cargo-pgstrata -- pgstrata")
    parser.add_argument("--bin", default="/usr/lib/postgresql/15/bin", help="the folder of initdb and psql")
    flags = parser.parse_args()
    program = shlex.split(flags.program)
    page = (pathlib.Path(__file__).parents[2] / "docs/rules.md").read_text()
    mapped = collections.defaultdict(set)
    for theirs, rule in MAPPED.findall(page):
        mapped[theirs].add(rule)
    counts, server = collections.Counter(), Server(flags.bin)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="squawk-"))
    try:
        for rule, test, sql, finds in snippets(flags.checkout):
            texts = without_transaction(sql)
            if not texts:
                counts["without SQL"] += 1
                continue
            base, words, failure = played(server, texts)
            rules = ours(program, folder, base, texts)
            dangerous = any(is_dangerous(it) for it in words)
            counts["inputs"] += 1
            counts["dangerous"] += dangerous
            counts["played to the end"] += not failure
            shown = [", ".join(sorted(it)) or "nothing" for it in words] + ([failure.splitlines()[0][:160]] if failure else [])
            if dangerous and not rules & SAMPLED:
                counts["missed"] += 1
                print(f"MISSED {rule} {test}: {' '.join('; '.join(texts).split())[:300]}\n    server: {shown}; ours: {sorted(rules)}")
            elif finds and not rules & mapped[rule]:
                counts["squawk alone"] += 1
                print(f"squawk alone: {rule} {test}: {' '.join('; '.join(texts).split())[:300]}\n    server: {shown}; ours: {sorted(rules)}")
            elif not finds and rules & mapped[rule]:
                counts["ours alone"] += 1
                print(f"ours alone: {rule} {test}: {' '.join('; '.join(texts).split())[:300]}\n    server: {shown}; ours: {sorted(rules & mapped[rule])}")
            else:
                counts["same"] += 1
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(dict(counts))
    sys.exit(bool(counts["missed"]))


if __name__ == "__main__":
    main()
