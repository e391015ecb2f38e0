//! The way back over the bridge: from the list that a program embeds to the compiler's model, so
//! that locks and privileges can be forecast where there are no files.

use pgstrata::Migrations;
use pgstrata_compiler::Compiled;
use pgstrata_compiler::layout;
use pgstrata_compiler::migration::Migration;
use pgstrata_compiler::repeatable::Repeatable;
use pgstrata_compiler::settings::{Numbering, Settings};
use pgstrata_compiler::source::{Source, Sources};

/// What the texts come to. They were checked when the program was built, against settings that it
/// does not have; so nothing is found here, and what could not be read is not forecast.
pub(crate) fn compiled(embedded: &Migrations<'_>) -> Compiled {
    let sources = sources(embedded);
    let settings = Settings {
        numbering: Numbering::Gaps,
        ..Settings::default()
    };
    let (mut migrations, mut repeatables, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    let layout = layout::layout(&sources, &settings);
    for pair in &layout.pairs {
        labels.push((pair.version, pair.label.to_owned()));
        migrations.extend(Migration::read(pair));
    }
    // They stand in the order in which they run.
    for repeatable in embedded.repeatables {
        let found = layout
            .repeatables
            .iter()
            .find(|(name, _)| *name == repeatable.name);
        repeatables.extend(found.and_then(|(name, source)| Repeatable::read(name, source).ok()));
    }
    drop(layout);
    let (lock, diagnostics) = (None, Vec::new());
    Compiled {
        sources,
        settings,
        migrations,
        repeatables,
        labels,
        lock,
        diagnostics,
    }
}

fn sources(embedded: &Migrations<'_>) -> Sources {
    let source = |name: String, sql: &str| Source {
        name,
        text: Some(sql.to_owned()),
    };
    let scripts = embedded.iter().flat_map(|migration| {
        let scripts = [
            ("up", Some(migration.up)),
            ("down", Some(migration.down)),
            ("verify", migration.verify.copied()),
        ];
        let scripts = scripts
            .into_iter()
            .filter_map(|(what, script)| Some((what, script?)));
        scripts.map(move |(what, script)| {
            source(format!("{}.{what}.sql", migration.label), script.sql)
        })
    });
    let mut files: Vec<Source> = scripts.collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let repeatables = embedded.repeatables.iter();
    let repeatables =
        repeatables.map(|it| source(format!("repeatable/{}.sql", it.name), it.script.sql));
    Sources {
        directory: embedded.directory.to_owned(),
        files,
        repeatables: repeatables.collect(),
        ..Sources::default()
    }
}
