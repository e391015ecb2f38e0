#!/usr/bin/env python3
"""Measures how right `check` is on real directories, by what a server does.

    tests/oracle/findings.py DIR... [--seed 21] [--sample 200] [--program 'cargo pgstrata'] [--rehearsals FOLDER]

Of each DIR, which has the layout of this project and no `check-from`:

* what refuses it at the default levels;
* broken downs: what `check` says of a down file, beside what `rehearse` sees on a server;
* of the findings about locks and data loss in up files, drawn by the seed over all directories: the
  migrations before are played, then the file statement by statement in a transaction. Locks are read in
  `pg_locks`, rewriting in `relfilenode`, reading in the count of scans, loss in the catalog. What that
  cannot decide is listed with its text.

FOLDER keeps each rehearsal as NAME.json, since a long one is not worth a second time. Needs nothing but
Python and PostgreSQL's programs.
"""

import argparse
import collections
import json
import pathlib
import random
import re
import shlex
import subprocess
import sys

from dumps import Server

# What `check` says of a down file that does not take its up file back.
OF_DOWNS = {"frozen-time", "not-reversed", "unknown-object", "referenced-table", "already-exists", "syntax", "not-in-transaction"}

LOST = {"drop-table", "drop-column", "drop-schema", "truncate", "cascade", "unfiltered-change"}
REWRITTEN = {"column-type", "volatile-default", "table-rewrite", "set-logged", "access-method"}
READ = {
    "blocking-index", "blocking-unique", "set-not-null", "unvalidated-foreign-key", "unvalidated-check",
    "exclusion-constraint", "attach-partition", "domain-constraint", "validate-at-once", "blocking-reindex",
}
LOCKED = {
    "blocking-index-drop", "blocking-detach", "blocking-statement", "blocking-refresh", "several-tables-locked",
    "mixed-changes", "long-lock", "rename", "required-column", "disabled-trigger",
}
SAMPLED = LOST | REWRITTEN | READ | LOCKED

# Locks for which a writer waits.
STRONG = {"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}

TOKEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|[eE]'(?:\\.|''|[^'\\])*'|'(?:[^']|'')*'|\"[^\"]*\"|\$(\w*)\$.*?\$\1\$|\w+|;|\s+|.", re.S
)

PROBE = """
SELECT 'probe ' || json_build_object(
  'tables', (SELECT coalesce(json_object_agg(c.oid, json_build_object('name', c.relname, 'schema', n.nspname,
       'kind', c.relkind, 'file', c.relfilenode, 'lock', (SELECT json_agg(l.mode) FROM pg_locks l
         WHERE l.pid = pg_backend_pid() AND l.relation = c.oid AND l.granted),
       'scans', coalesce(s.seq_scan, 0) + coalesce(s.idx_scan, 0),
       'indexes', (SELECT json_object_agg(i.indexrelid, x.relfilenode) FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
         WHERE i.indrelid = c.oid),
       'columns', (SELECT json_object_agg(a.attnum, json_build_object('name', a.attname, 'required', a.attnotnull,
         'default', a.atthasdef OR a.attidentity <> ''))
         FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))), '{}')
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_xact_all_tables s ON s.relid = c.oid
     WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v') AND n.nspname !~ '^(pg_|information_schema)'),
  'schemas', (SELECT json_agg(nspname) FROM pg_namespace))::text;
"""


def statements(text):
    """The statements of a file, each with its first and last line."""
    cut, start, line = [], None, 1
    for token in TOKEN.finditer(text):
        it = token.group()
        if it == ";":
            if start is not None:
                cut.append((start[1], line, text[start[0]:token.start()]))
            start = None
        elif start is None and not it.isspace() and not it.startswith(("--", "/*")):
            start = (token.start(), line)
        line += it.count("\n")
    if start is not None:
        cut.append((start[1], line, text[start[0]:]))
    return cut


class Session:
    """One transaction of psql: statements in, a probe before each and behind the last."""

    def __init__(self, server, database):
        self.server, self.database = server, database

    def run(self, texts):
        script = ["\\set ON_ERROR_STOP 1", "\\pset tuples_only on", "\\pset format unaligned", "BEGIN;", PROBE]
        for text in texts:
            script += [text + "\n;", PROBE]
        script.append("ROLLBACK;")
        run = self.server.client("psql", "-X", "-q", "-d", self.database, text="\n".join(script))
        probes = [json.loads(line[6:]) for line in run.stdout.splitlines() if line.startswith("probe ")]
        return probes, run.stderr.strip()


def old_tables(first):
    return {oid: it for oid, it in first["tables"].items() if it["kind"] in "rpm"}


def strong(probe, oid):
    return set(probe["tables"].get(oid, {}).get("lock") or []) & STRONG


def seen(probes, at, text):
    """What statement `at` did to tables that are older than the file, as words."""
    before, after = probes[at], probes[at + 1]
    words = set()
    for oid, old in old_tables(probes[0]).items():
        was, now = before["tables"].get(oid), after["tables"].get(oid)
        if was is None:
            continue
        if now is None:
            words.add("lost")
            continue
        if strong(before, oid):
            words.add("locked before")
        if strong(after, oid) - strong(before, oid):
            words.add("locked")
        if now["file"] != was["file"]:
            words |= {"rewritten", "lost"} if re.match(r"\s*truncate", text, re.I) else {"rewritten"}
        if now["scans"] > was["scans"]:
            words |= {"read", "read under lock"} if strong(after, oid) else {"read"}
        if "RowExclusiveLock" in (now["lock"] or []) and "RowExclusiveLock" not in (was["lock"] or []):
            words.add("rows")
        if now["name"] != was["name"] or now["schema"] != was["schema"]:
            words.add("renamed")
        columns, columns_before = now["columns"] or {}, was["columns"] or {}
        if set(columns_before) - set(columns):
            words.add("lost")
        for number, column in columns.items():
            earlier = columns_before.get(number)
            if earlier and earlier["name"] != column["name"]:
                words.add("renamed")
            if not earlier and column["required"] and not column["default"]:
                words.add("required")
        indexes, indexes_before = now["indexes"] or {}, was["indexes"] or {}
        if set(indexes_before) - set(indexes):
            words.add("index gone")
        if set(indexes) - set(indexes_before):
            words.add("index made")
        if any(indexes[it] != file for it, file in indexes_before.items() if it in indexes):
            words.add("rewritten")
    if set(before["schemas"]) - set(after["schemas"]):
        words.add("lost")
    views = {oid for oid, it in before["tables"].items() if it["kind"] in "vf"}
    if views - set(after["tables"]):
        words.add("view gone")
    views = {oid: it["name"] for oid, it in before["tables"].items()}
    if any(after["tables"].get(oid, {}).get("name", name) != name for oid, name in views.items()):
        words.add("renamed")
    strongly = [oid for oid in old_tables(probes[0]) if strong(after, oid)]
    if len(strongly) > 1:
        words.add("several locked")
    return words


def verdict(rule, words):
    """Right, wrong, or a person's to judge."""
    held = {"locked", "locked before"} & words
    needs = {
        "drop-table": "lost" in words, "drop-column": "lost" in words, "drop-schema": "lost" in words,
        "truncate": "lost" in words, "cascade": {"lost", "view gone"} & words or None,
        "rename": "renamed" in words or None, "required-column": "required" in words or None,
        "several-tables-locked": "several locked" in words,
        "mixed-changes": "locked before" in words and {"rows", "read"} & words or None,
        "long-lock": "locked before" in words and {"rows", "read", "rewritten", "index made"} & words or None,
        "blocking-index-drop": held and {"index gone", "lost"} & words,
        "unfiltered-change": {"rows"} & words and "read" in words or None,
    }
    if rule in needs:
        answer = needs[rule]
    elif rule in REWRITTEN:
        answer = held and {"rewritten", "read under lock"} & words
    elif rule in READ:
        answer = held and {"read under lock", "rewritten"} & words
    elif rule in LOCKED:
        answer = held or None
    else:
        answer = None
    return "unsure" if answer is None else "right" if answer else "wrong"


def judge(server, directory, wanted):
    """The verdict of each wanted finding of one directory: (finding, verdict, words, text)."""
    server.client("dropdb", "--if-exists", "findings")
    server.client("createdb", "-T", "template0", "findings")
    prelude = directory / "tests/prelude.sql"
    if prelude.exists():
        server.play("findings", prelude)
    by_file = collections.defaultdict(list)
    for finding in wanted:
        by_file[pathlib.Path(finding["file"]).name].append(finding)
    for up in sorted(directory.glob("*.up.sql")):
        findings = by_file.pop(up.name, [])
        if findings:
            yield from of_file(server, up, findings)
        failure = server.play("findings", up)
        if failure:
            print(f"{directory.name}/{up.name}: psql fails, so nothing behind it is judged: {failure[:200]}")
            break
    for findings in by_file.values():
        yield from ((it, "unsure", {"not played"}, "") for it in findings)


def of_file(server, up, findings):
    cut = statements(up.read_text())
    probes, failure = Session(server, "findings").run([text for _, _, text in cut])
    for finding in findings:
        at = next((i for i, (begin, end, _) in enumerate(cut) if begin <= finding["line"] <= end), None)
        if at is None or at + 1 >= len(probes):
            yield finding, "unsure", {"fails in a transaction", failure[:100]}, cut[at][2] if at is not None else ""
            continue
        words = seen(probes, at, cut[at][2])
        yield finding, verdict(finding["rule"], words), words, cut[at][2]


def check(program, directory):
    run = subprocess.run([*program, "check", "--format", "json", "--dir", str(directory)], capture_output=True, text=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def rehearsal(program, major, directory, folder):
    kept = folder and folder / f"{directory.name}.json"
    if kept and kept.exists():
        return json.loads(kept.read_text())
    command = [*program, "rehearse", "--format", "json", "--postgres", major, "--dir", str(directory)]
    run = subprocess.run(command, capture_output=True, text=True)
    if kept and run.stdout:
        kept.write_text(run.stdout)
    return json.loads(run.stdout) if run.stdout else None


def version(path):
    return int(pathlib.Path(path).name.split("_")[0])


def downs(name, findings, report):
    """How many downs were compared, are broken, found, and found besides."""
    said = {version(it["file"]) for it in findings if it["file"].endswith(".down.sql") and it["rule"] in OF_DOWNS}
    compared, broken = set(), set()
    for step in report["migrations"]:
        if step.get("irreversible"):
            continue
        compared.add(int(step["version"]))
        if any(it["after"] == "down" and it["class"] not in ("rows", "column order", "untried") for it in step["findings"]):
            broken.add(int(step["version"]))
    for it in sorted(broken - said):
        messages = [f["message"] for step in report["migrations"] if int(step["version"]) == it for f in step["findings"]]
        print(f"    missed {name} {it}: {messages[:3]}")
    for it in sorted((said & compared) - broken):
        messages = [f["message"] for f in findings if f["file"].endswith(".down.sql") and version(f["file"]) == it]
        print(f"    besides {name} {it}: {messages[:3]}")
    return len(compared), len(broken), len(broken & said), len((said & compared) - broken)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directories", nargs="+", type=pathlib.Path)
    parser.add_argument("--program", default="cargo run --quiet -p pgstrata-tools --bin cargo-pgstrata -- pgstrata")
    parser.add_argument("--bin", default="/usr/lib/postgresql/15/bin", help="the folder of initdb and psql")
    parser.add_argument("--seed", type=int, default=21)
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--rehearsals", type=pathlib.Path)
    parser.add_argument("--no-downs", action="store_true", help="leave out the broken downs")
    flags = parser.parse_args()
    program = shlex.split(flags.program)
    pool, sums = [], [0, 0, 0, 0]
    server = Server(flags.bin)
    try:
        major = server.major()
        for directory in flags.directories:
            findings = check(program, directory)
            refusals = [it for it in findings if it["severity"] == "error"]
            print(f"{directory.name}: {len(findings)} findings, {len(refusals)} refuse it")
            for it in refusals:
                print(f"    refused {it['file']}:{it['line']} [{it['rule']}] {it['message']}")
            pool += [(directory, it) for it in findings if it["file"].endswith(".up.sql") and it["rule"] in SAMPLED]
            report = None if flags.no_downs else rehearsal(program, major, directory, flags.rehearsals)
            if report:
                counts = downs(directory.name, findings, report)
                sums = [a + b for a, b in zip(sums, counts)]
                print("    downs: {} compared, {} broken, {} of them found, {} found besides".format(*counts))
        print("all downs: {} compared, {} broken, {} of them found, {} found besides".format(*sums))
        pool.sort(key=lambda it: (it[0].name, it[1]["file"], it[1]["line"], it[1]["column"], it[1]["rule"]))
        drawn = random.Random(flags.seed).sample(pool, min(flags.sample, len(pool)))
        print(f"{len(drawn)} of {len(pool)} findings about locks and data loss, seed {flags.seed}, PostgreSQL {major}")
        verdicts, rules = collections.Counter(), collections.defaultdict(collections.Counter)
        for directory in flags.directories:
            for it, answer, words, text in judge(server, directory, [f for d, f in drawn if d == directory]):
                verdicts[answer] += 1
                rules[it["rule"]][answer] += 1
                if answer != "right":
                    print(f"{answer}: {directory.name}/{pathlib.Path(it['file']).name}:{it['line']} [{it['rule']}] {it['message']}")
                    print(f"    seen: {', '.join(sorted(words)) or 'nothing'}; text: {' '.join(text.split())[:300]}")
    finally:
        server.stop()
    for rule, counts in sorted(rules.items()):
        print(f"    {rule}: {dict(counts)}")
    print(f"verdicts: {dict(verdicts)}")
    sys.exit(bool(verdicts["wrong"]))


if __name__ == "__main__":
    main()
