//! Tests in SQL: `tests/<version>_<name>.sql` runs right after the migration with that version,
//! in a transaction that is rolled back.

use std::path::Path;

use pgstrata_compiler::Compiled;
use pgstrata_compiler::file_name::Purpose;
use pgstrata_compiler::script::Script;
use pgstrata_compiler::source::normalised;
use pgstrata_compiler::sql_tests;

use postgres::Error;
use postgres::error::SqlState;

use super::finding::{Moment, RehearsalFinding};
use crate::failure::Failure;
use crate::shadow::{Link, ShadowDatabase, caused, said, sentence};

/// One test.
#[derive(Debug)]
pub(super) struct SqlTest {
    pub(super) version: u64,
    script: Script,
}

/// Every test of the directory, in the order of their names.
pub(super) fn read(dir: &Path, compiled: &Compiled) -> Result<Vec<SqlTest>, Failure> {
    let folder = dir.join("tests");
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::file("read", &folder, &error)),
    };
    let mut tests = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| Failure::file("read", &folder, &error))?
            .path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let is_ours = [sql_tests::PRELUDE, sql_tests::SEED].contains(&&*format!("tests/{name}"));
        if is_ours || path.extension().is_none_or(|extension| extension != "sql") {
            continue;
        }
        let refused = |what: &str| {
            Failure::configuration(format!(
                "tests/{name}: {what}; a test is called after the version behind which it runs, such as 0007_rejects_bad_status.sql"
            ))
        };
        let version = sql_tests::version(&name)
            .ok_or_else(|| refused("its name does not begin with a version"))?;
        if !compiled
            .migrations
            .iter()
            .any(|migration| migration.version == version)
        {
            return Err(refused(&format!("no migration has the version {version}")));
        }
        let text =
            std::fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
        let file = format!("tests/{name}");
        let script =
            Script::read(&file, &normalised(text), Purpose::Test).map_err(|found| said(&found))?;
        tests.push(SqlTest { version, script });
    }
    tests.sort_by(|a, b| a.script.file.cmp(&b.script.file));
    Ok(tests)
}

impl SqlTest {
    /// Runs it on the database as it is, and leaves that as it was.
    pub(super) fn run(
        &self,
        shadow: &mut ShadowDatabase<'_>,
    ) -> Result<Option<RehearsalFinding>, Failure> {
        let Link { client, .. } = shadow.link()?;
        let mut transaction = client.transaction().map_err(caused)?;
        let file = &self.script.file;
        let failed = |line: u32, what: String| {
            Some(RehearsalFinding::fails(
                Moment::Test(file.clone()),
                format!("line {line}: {what}"),
            ))
        };
        let mut finding = None;
        for (index, (span, line, _)) in self.script.boundaries().enumerate() {
            let expected = self.script.expected_errors.get(&index);
            let mut savepoint = transaction.transaction().map_err(caused)?;
            let answer = savepoint.batch_execute(span.of(&self.script.text));
            let code = answer
                .as_ref()
                .err()
                .and_then(Error::code)
                .map(SqlState::code);
            finding = match (&answer, expected) {
                (Ok(()), None) => None,
                (Err(_), Some(expected)) if code == Some(expected) => None,
                (Ok(()), Some(expected)) => failed(
                    line,
                    format!("the statement succeeds, expected is SQLSTATE {expected}"),
                ),
                (Err(error), None) => failed(line, sentence(error)),
                (Err(error), Some(expected)) => failed(
                    line,
                    format!("expected is SQLSTATE {expected}, but {}", sentence(error)),
                ),
            };
            match answer {
                Ok(()) => savepoint.commit().map_err(caused)?,
                Err(_) => savepoint.rollback().map_err(caused)?,
            }
            if finding.is_some() {
                break;
            }
        }
        transaction.rollback().map_err(caused)?;
        Ok(finding)
    }
}
