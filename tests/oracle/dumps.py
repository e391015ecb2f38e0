#!/usr/bin/env python3
"""Compares `rehearse` with `pg_dump`, migration by migration.

    tests/oracle/dumps.py DIR... [--program 'cargo pgstrata'] [--bin /usr/lib/postgresql/15/bin]

For each migration of DIR, psql runs the up file on a server of its own and the down file on a copy
of the database; `pg_dump --schema-only` before the one and behind the other is what the rehearsal's
verdict must agree with. Server, pg_dump and the rehearsal have the same major version. Rows and the
order of columns are left out, since these dumps do not show them: lines are compared as a bag.

Ends with 1 where anything is unexplained. Needs nothing but Python and PostgreSQL's programs.
"""

import argparse
import collections
import glob
import json
import os
import pathlib
import pwd
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

# What a dump says at random, or of the moment.
NOISE = re.compile(r"^(--|\\|$|SELECT pg_catalog\.set_config)")


class Server:
    def __init__(self, bin_folder):
        self.bin = pathlib.Path(bin_folder)
        # What psql needs to run each up and each down file once, in seconds.
        self.played = 0.0
        self.folder = tempfile.mkdtemp(prefix="oracle-", dir="/tmp")
        # The server refuses to run as root.
        self.user = "postgres" if os.getuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, self.user)
        os.chmod(self.folder, 0o755)
        data = self.folder + "/data"
        self.own("initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C")
        settings = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off"
        self.own("pg_ctl", "-D", data, "-o", settings, "-w", "-l", self.folder + "/log", "start")

    def own(self, program, *arguments):
        command = [str(self.bin / program), *arguments]
        if self.user:
            account = pwd.getpwnam(self.user)
            command = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", *command]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def client(self, program, *arguments, text=None):
        own = self.bin / program
        # A packaged server may come without psql: then it is the one on PATH.
        command = [str(own) if own.exists() else program, "-h", self.folder, "-U", "postgres", *arguments]
        return subprocess.run(command, input=text, capture_output=True, text=True)

    def play(self, database, path):
        whole = [] if "pgstrata: no-transaction" in path.read_text() else ["-1"]
        begin = time.monotonic()
        run = self.client("psql", "-d", database, "-X", "-q", "-v", "ON_ERROR_STOP=1", *whole, "-f", str(path))
        self.played += time.monotonic() - begin
        return run.stderr.strip() if run.returncode else None

    def dump(self, database):
        text = self.client("pg_dump", "--schema-only", "-d", database).stdout
        lines, statement = collections.Counter(), None
        for line in text.splitlines():
            if not NOISE.match(line):
                # Two tables may have the same column: a line counts with what its statement begins with.
                # The columns of a view stand in the order in which its query names them.
                is_view = statement and re.match(r"CREATE (MATERIALIZED )?VIEW", statement)
                statement = f"{statement}\n{line}" if is_view else statement or line
                lines[statement + " … " + line.rstrip(",")] += 1
                statement = None if line.endswith(";") else statement
        return lines

    def major(self):
        return self.client("psql", "-X", "-At", "-d", "template1", "-c", "SHOW server_version").stdout.split(".")[0]

    def stop(self):
        self.own("pg_ctl", "-D", self.folder + "/data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def dumps(server, directory):
    """By version: None where the dumps are equal, else what differs or why the down file fails."""
    server.client("dropdb", "--if-exists", "oracle")
    server.client("createdb", "-T", "template0", "oracle")
    prelude = directory / "tests/prelude.sql"
    if prelude.exists():
        server.play("oracle", prelude)
    verdicts, before = {}, server.dump("oracle")
    for up in sorted(map(pathlib.Path, glob.glob(f"{directory}/*.up.sql"))):
        version = int(up.name.split("_")[0])
        failure = server.play("oracle", up)
        if failure:
            print(f"{up.name}: psql fails, so nothing behind it is compared: {failure[:200]}")
            break
        after = server.dump("oracle")
        down = up.with_name(up.name.replace(".up.sql", ".down.sql"))
        if "pgstrata: irreversible" not in down.read_text():
            server.client("createdb", "-T", "oracle", "copy")
            failure = server.play("copy", down)
            now = server.dump("copy")
            server.client("dropdb", "copy")
            if failure:
                verdicts[version] = "down fails: " + failure[:200]
            else:
                lost, left = list((before - now).elements()), list((now - before).elements())
                verdicts[version] = f"missing {lost[:5]}, left over {left[:5]}" if lost or left else None
        before = after
    return verdicts


def kind(finding):
    """What a reader sees at once: what cannot be helped, and what is lost."""
    if finding["class"] == "schema" and finding.get("object", {}).get("kind") == "sequence":
        return "sequence"
    return "real loss" if finding["class"] == "schema" else finding["class"]


def compare(name, report, verdicts):
    compared, agreed, kinds = 0, 0, collections.Counter()
    for step in report["migrations"]:
        if step["version"] not in verdicts:
            continue
        compared += 1
        found = [finding for finding in step["findings"] if finding["after"] == "down"]
        kinds.update({kind(finding) for finding in found} or {"comes back"})
        ours = [it for it in found if it["class"] not in ("rows", "column order", "untried")]
        if bool(ours) == bool(verdicts[step["version"]]):
            agreed += 1
        else:
            messages = [finding["message"] for finding in found]
            print(f"{name} {step['label']}: unexplained: pg_dump says {verdicts[step['version']]}, rehearse {messages}")
    print(f"{name}: {compared} compared, {agreed} agree, {compared - agreed} unexplained")
    for word, count in kinds.most_common():
        print(f"    {count:5} {word}")
    return compared, agreed, kinds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directories", nargs="+", type=pathlib.Path)
    parser.add_argument("--program", default="cargo run --quiet -p pgstrata-tools --bin cargo-pgstrata -- pgstrata")
    parser.add_argument("--bin", default="/usr/lib/postgresql/15/bin", help="the folder of initdb, psql and pg_dump")
    flags = parser.parse_args()
    server, total, agreed, kinds = Server(flags.bin), 0, 0, collections.Counter()
    try:
        major = server.major()
        for directory in flags.directories:
            command = [*shlex.split(flags.program), "rehearse", "--format", "json", "--postgres", major, "--dir", str(directory)]
            begin = time.monotonic()
            run = subprocess.run(command, capture_output=True, text=True)
            took = time.monotonic() - begin
            if not run.stdout:
                sys.exit(f"{directory}: {run.stderr}")
            server.played = 0.0
            verdicts = dumps(server, directory)
            ratio = took / max(server.played, 0.001)
            print(f"{directory.name}: rehearsed in {took:.1f} s, {ratio:.1f} times the {server.played:.1f} s of psql")
            result = compare(directory.name, json.loads(run.stdout), verdicts)
            total, agreed, kinds = total + result[0], agreed + result[1], kinds + result[2]
    finally:
        server.stop()
    print(f"all: {total} compared, {agreed} agree, {total - agreed} unexplained")
    for word, count in kinds.most_common():
        print(f"    {count:5} {word}")
    sys.exit(total != agreed)


if __name__ == "__main__":
    main()
