//! `import`: the migrations of another tool, written as pairs of our own.
//!
//! What is read of each tool is what its manual calls its files; what SQL they hold is left as it
//! is, but for transactions around a whole file and for what must be said in our words.

mod part;
mod diesel;
mod flyway;
mod marked;
mod numbered;
mod sqitch;

use std::fs;
use std::path::{Path, PathBuf};

use pgstrata_compiler::file_name::{
    MAX_DIGITS, REPEATABLE_FOLDER, TIMESTAMP_DIGITS, is_repeatable,
};
use pgstrata_compiler::file_name::{Purpose, snake_case};
use pgstrata_compiler::source::SETTINGS_FILE;
use pgstrata_compiler::{Depth, compile};

use crate::choice::Choice as _;
use crate::failure::Failure;
use crate::output::plural::plural;
use crate::workspace;
use part::{Part, Parts};

choices! {
    /// Whose files they are.
    pub(crate) enum Tool {
        /// `V1.2__name.sql`, `U1.2__name.sql` and `R__name.sql`.
        Flyway = "flyway",
        /// `1_name.up.sql` and `1_name.down.sql`.
        GolangMigrate = "golang-migrate",
        /// The same, or `1_name.sql` without a way back.
        Sqlx = "sqlx",
        /// `2026-01-31-120000_name/up.sql` and `down.sql`.
        Diesel = "diesel",
        /// `V1__name.sql` and `U2__name.sql`, all of them upwards.
        Refinery = "refinery",
        /// `1_name.sql` with `-- migrate:up` and `-- migrate:down`.
        Dbmate = "dbmate",
        /// `1_name.sql` with `-- +goose Up` and `-- +goose Down`.
        Goose = "goose",
        /// `1_name.sql` with `-- +migrate Up` and `-- +migrate Down`.
        SqlMigrate = "sql-migrate",
        /// `sqitch.plan` with the folders `deploy`, `revert` and `verify`.
        Sqitch = "sqitch",
        /// `001_name.sql`, taken back by `001_rollback_name.sql`, there or in `rollback/`, or by what
        /// stands in comments behind `-- ROLLBACK`.
        Numbered = "numbered",
    }
}

/// The width of versions that are numbered anew, or that were narrower.
const WIDTH: usize = 4;

/// A migration with all that belongs to it.
struct Found {
    up: Part,
    down: Option<Part>,
    verify: Option<Part>,
}

/// Above `check-from`.
const HISTORY: &str = "# What was imported is history.\n";

/// What a file says that does nothing on purpose.
const NOTHING: &str = include_str!("import/nothing.sql");

/// What may be asked of it.
#[derive(Debug)]
pub(crate) struct Options {
    /// Whose migrations they are.
    pub(crate) tool: Tool,
    /// Where they are; that directory stays as it is.
    pub(crate) from: PathBuf,
}

impl Found {
    /// A file without statements takes nothing back, unless there is nothing to take back.
    fn has_way_back(&self) -> bool {
        self.up.is_empty() || self.down.as_ref().is_some_and(|down| !down.is_empty())
    }
}

/// Writes all of it, or nothing.
pub(crate) fn run(dir: &Path, options: &Options) -> Result<(), Failure> {
    if is_used(dir)? {
        return Err(Failure::configuration(format!(
            "{} has migrations already; name a new directory with --dir",
            dir.display()
        )));
    }
    let tool = options.tool.name();
    let Parts { all, mut left_out } = read(options)?;
    let (repeatables, others) = all
        .into_iter()
        .partition(|it| it.purpose == Purpose::Repeatable);
    let found = joined(others, &mut left_out);
    if found.is_empty() {
        let failure = Failure::configuration(format!(
            "{} has no migrations as {tool} names them; see `cargo pgstrata import --help`",
            options.from.display()
        ));
        return Err(left_out.iter().fold(failure, Failure::and));
    }
    let (versions, is_renumbered) = versions(&found);
    let own = dir.join(SETTINGS_FILE);
    let has_settings = own.exists();
    let mut files = files(dir, tool, &found, &versions, &repeatables);
    let [numbering, check_from] = settings(&versions);
    files.extend((!has_settings).then(|| (own.clone(), numbering.clone())));
    write(dir, &files, !repeatables.is_empty())?;
    // Asked before the rules are told to leave history alone: a new database runs all of it.
    let is_refused = compile(dir, &dir.to_string_lossy(), Depth::Full).is_refused();
    let begin = if is_refused {
        "# When `check` refuses nothing any more:\n# "
    } else {
        HISTORY
    };
    let settings = [&*numbering, begin, &check_from].concat();
    if !has_settings {
        workspace::write_whole(&own, &settings)?;
    }

    let (count, scripts) = (found.len(), repeatables.len());
    let ends = [plural(count), plural(scripts)];
    println!(
        "{count} migration{} and {scripts} repeatable script{}",
        ends[0], ends[1]
    );
    let irreversible = found.iter().filter(|it| !it.has_way_back()).count();
    if irreversible > 0 {
        println!("without a way back, as the down file says: {irreversible}");
    }
    if is_renumbered {
        println!("numbered anew, since versions are different whole numbers here");
    }
    for file in &left_out {
        println!("left out: {file}");
    }
    if has_settings {
        println!("{SETTINGS_FILE} was there; this would fit:\n{settings}");
    }
    if is_refused {
        println!(
            "some of it needs your hand: run `cargo pgstrata check --dir {}`",
            dir.display()
        );
    }
    println!(
        "a database that {tool} has brought this far is told so with\n  \
         cargo pgstrata baseline {} --reason 'from {tool}'",
        versions.last().map_or("", |(_, digits)| digits)
    );
    Ok(())
}

fn read(options: &Options) -> Result<Parts, Failure> {
    let mut parts = Parts::default();
    let read = match options.tool {
        Tool::Flyway => flyway::read,
        Tool::Refinery => flyway::read_refinery,
        Tool::Diesel => diesel::read,
        Tool::GolangMigrate | Tool::Sqlx => numbered::read_pairs,
        Tool::Numbered => numbered::read,
        Tool::Dbmate => marked::read_dbmate,
        Tool::Goose => marked::read_goose,
        Tool::SqlMigrate => marked::read_sql_migrate,
        Tool::Sqitch => sqitch::read,
    };
    read(&options.from, &mut parts)?;
    Ok(parts)
}

/// With the folders that are missing.
fn write(dir: &Path, files: &[(PathBuf, String)], has_repeatables: bool) -> Result<(), Failure> {
    let folder = if has_repeatables {
        dir.join(REPEATABLE_FOLDER)
    } else {
        dir.to_owned()
    };
    fs::create_dir_all(&folder).map_err(|error| Failure::file("create", &folder, &error))?;
    workspace::create_all(files).inspect_err(|_| {
        if has_repeatables {
            // Only where it is empty.
            let _ = fs::remove_dir(&folder);
        }
    })
}

/// Whether it holds anything that could be a migration.
fn is_used(dir: &Path) -> Result<bool, Failure> {
    match fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        entries => {
            let failed = |error| Failure::file("read", dir, &error);
            let names = entries
                .map_err(failed)?
                .map(|entry| entry.map(|it| it.path()));
            let paths: Vec<PathBuf> = names.collect::<Result<_, _>>().map_err(failed)?;
            Ok(paths
                .iter()
                .any(|path| path.extension().is_some_and(|it| it == "sql")))
        }
    }
}

/// Gives each way up its way back. A way back belongs to the migration of its number, and of its
/// name where several have the number.
fn joined(parts: Vec<Part>, left_out: &mut Vec<String>) -> Vec<Found> {
    let (ups, others): (Vec<_>, Vec<_>) = parts
        .into_iter()
        .partition(|part| part.purpose == Purpose::Up);
    let mut found: Vec<Found> = ups
        .into_iter()
        .map(|up| Found {
            up,
            down: None,
            verify: None,
        })
        .collect();
    found.sort_by(|one, other| {
        (&one.up.number, &one.up.name).cmp(&(&other.up.number, &other.up.name))
    });
    for part in others {
        let mut same: Vec<&mut Found> = found
            .iter_mut()
            .filter(|it| it.up.number == part.number)
            .collect();
        if same.len() > 1 {
            same.retain(|it| it.up.name == part.name);
        }
        let place = same.pop().map(|found| match part.purpose {
            Purpose::Verify => &mut found.verify,
            _ => &mut found.down,
        });
        match place {
            Some(place) if place.is_none() => *place = Some(part),
            Some(_) => left_out.push(format!("{}: another file is the way back", part.file)),
            None => left_out.push(format!(
                "{}: there is nothing that it takes back",
                part.file
            )),
        }
    }
    found
}

/// A version for each, as number and as written, and whether they are others than before.
fn versions(found: &[Found]) -> (Vec<(u64, String)>, bool) {
    let plain: Option<Vec<u64>> = found
        .iter()
        .map(|it| match it.up.number[..] {
            [number] if it.up.digits <= MAX_DIGITS => Some(number),
            _ => None,
        })
        .collect();
    let is_distinct = |numbers: &Vec<u64>| numbers.windows(2).all(|two| two[0] < two[1]);
    let kept = plain.filter(is_distinct);
    let is_renumbered = kept.is_none();
    let numbers = kept.unwrap_or_else(|| (1..).take(found.len()).collect());
    let written = found
        .iter()
        .map(|it| it.up.digits)
        .filter(|_| !is_renumbered)
        .max();
    let width = match written {
        Some(width) if width >= pgstrata_compiler::file_name::MIN_DIGITS => width,
        _ => WIDTH,
    };
    let digits = |number| (number, format!("{number:0width$}"));
    (numbers.into_iter().map(digits).collect(), is_renumbered)
}

/// What our own settings have to say: that numbers may be left out, where they are, and that rules
/// begin behind what is history.
fn settings(versions: &[(u64, String)]) -> [String; 2] {
    let width = versions.last().map_or(WIDTH, |(_, digits)| digits.len());
    let next = versions.last().map_or(1, |(last, _)| last + 1);
    let has_gaps = versions.windows(2).any(|two| two[0].0 + 1 != two[1].0);
    let numbering = if has_gaps && width != TIMESTAMP_DIGITS {
        "numbering = \"gaps\"\n"
    } else {
        ""
    };
    [
        numbering.to_owned(),
        format!("check-from = \"{next:0width$}\"\n"),
    ]
}

fn files(
    dir: &Path,
    tool: &str,
    found: &[Found],
    versions: &[(u64, String)],
    repeatables: &[Part],
) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for (migration, (_, digits)) in found.iter().zip(versions) {
        let Found { up, down, verify } = migration;
        let label = format!("{digits}_{}", snake_case(&up.name));
        let mut file = |purpose: Purpose, text: String| {
            files.push((dir.join(format!("{label}.{}.sql", purpose.word())), text));
        };
        file(
            Purpose::Up,
            up.text() + if up.is_empty() { NOTHING } else { "" },
        );
        let back = down.as_ref().map(Part::text).unwrap_or_default();
        let back = if !migration.has_way_back() {
            format!("-- pgstrata: irreversible imported from {tool} without a way back\n{back}")
        } else if down.as_ref().is_none_or(Part::is_empty) {
            back + NOTHING
        } else {
            back
        };
        file(Purpose::Down, back);
        if let Some(verify) = verify {
            file(Purpose::Verify, verify.text());
        }
    }
    for part in repeatables {
        let name = snake_case(&part.name);
        let name = if is_repeatable(&name) {
            name
        } else {
            format!("r_{name}")
        };
        files.push((
            dir.join(REPEATABLE_FOLDER).join(format!("{name}.sql")),
            part.text(),
        ));
    }
    files
}
