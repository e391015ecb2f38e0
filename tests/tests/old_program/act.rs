//! One command of a program, said by its interface. The programs of both releases are built from
//! this text.

use pgstrata::{Error, Goal, Migrations, Migrator, Report};
use postgres::{Client, NoTls};

/// What was done, a line a step, or where everything stands, a line a migration; or the refusal.
pub(crate) fn act(list: &Migrations<'_>, url: &str, words: &[&str]) -> Result<String, String> {
    let mut client = Client::connect(url, NoTls).map_err(|error| error.to_string())?;
    let client = &mut client;
    let mut migrator = Migrator::new(list);
    if words.contains(&"allow-contract") {
        migrator = migrator.allow_contract();
    }
    let number = || {
        words
            .get(1)
            .and_then(|word| word.parse().ok())
            .unwrap_or(1_u64)
    };
    let steps = || usize::try_from(number()).unwrap_or(1);
    let reason = Some("tried");
    let done: Result<Report, Error> = match words[0] {
        "up" => migrator.up(client),
        "up-to" => migrator.up_to(client, number()),
        "down" => migrator.down(client, steps()),
        "down-to" => migrator.down_to(client, number()),
        "redo" => migrator.run(client, Goal::Redo(steps()), reason),
        "repair" => migrator.run(client, Goal::Repair(number()), reason),
        "baseline" => migrator.run(client, Goal::Baseline(number()), reason),
        "validate" => migrator.validate(client).map(|()| Report::default()),
        "status" => {
            let all = migrator.status(client).map_err(|error| error.to_string())?;
            let lines = all.iter().map(|it| format!("{} {:?}", it.label, it.state));
            return Ok(lines.collect::<Vec<_>>().join("\n"));
        }
        other => return Err(format!("unknown: {other}")),
    };
    let report = done.map_err(|error| error.to_string())?;
    let lines = report
        .steps
        .iter()
        .map(|it| format!("{:?} {}", it.action, it.label));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}
