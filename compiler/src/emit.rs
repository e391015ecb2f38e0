//! The model to Rust code: a static list, of which most is a table of bytes, and an enum with one
//! variant a migration.
//!
//! The file is long because the packed table and the code around it are one format.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::Compiled;
use crate::checksum::ALGORITHM;
use crate::cursor::Name;
use crate::diagnostic::Severity;
use crate::file_name::{digits_of, name_of};
use crate::migration::Migration;
use crate::render;
use crate::repeatable::Repeatable;
use crate::script::Script;
use crate::settings::{Contract, Settings};
use crate::statement_option::{Batch, StatementOption, StatementOptionKind};
use crate::taken::{self, Taken};
use crate::target::Target;

/// `MIGRATIONS`, `Version`, and every finding as the compiler's own.
///
/// Where the directory is refused, the list is empty but well typed and `Version` still
/// has a variant for every file name that could be read: one mistake, one message.
///
/// It is text, since macros run unoptimised and rustc's lexer does not: token by token it
/// would take three times as long.
pub(crate) fn code(compiled: &Compiled) -> String {
    let directory = &compiled.sources.directory;
    let embedded: &[Migration] = if compiled.is_refused() {
        &[]
    } else {
        &compiled.migrations
    };
    let (plain, others): (Vec<_>, Vec<_>) = embedded.iter().partition(|it| is_plain(it));
    let table = Table::of(&plain).code();
    let constants: String = others.iter().map(|it| migration(it)).collect();
    let list: Vec<String> = others.iter().map(|it| format!("M{}", it.version)).collect();
    let list = list.join(", ");
    let repeatables: &[Repeatable] = if compiled.is_refused() {
        &[]
    } else {
        &compiled.repeatables
    };
    let repeatables: String = repeatables.iter().map(repeatable).collect();
    let settings = settings(&compiled.settings);
    let taken = taken(embedded);
    let version = version_enum(&compiled.labels, compiled.is_refused());
    let findings = compiled
        .diagnostics
        .iter()
        .enumerate()
        .map(|(index, diagnostic)| {
            let message = render::with_rule(diagnostic, &compiled.sources);
            match diagnostic.severity {
                Severity::Error => quote!(::core::compile_error!(#message);),
                Severity::Warning => warning(index, &message),
            }
        });
    let findings = quote!(#(#findings)*);
    let tracked = tracked(compiled);
    let documentation = format!("The migrations of `{directory}`, in order.");
    format!(
        "{findings}
        {tracked}
        #[doc = {documentation:?}]
        pub static MIGRATIONS: ::pgstrata::Migrations<'static> = {{
            use ::pgstrata::__private_0_1 as p;
            {constants}
            let mut migrations = p::Migrations::new({directory:?}, &[{list}], &[{repeatables}]);
            migrations.table = {table};
            {settings}
            {taken}
            migrations
        }};
        {version}"
    )
}

/// What the settings say to a run, if that is not the default.
fn settings(settings: &Settings) -> String {
    let owners = &settings.history_owners;
    let owners = if owners.is_empty() {
        String::new()
    } else {
        format!("migrations.history_owners = &{owners:?};")
    };
    let trust = if settings.trusts_stored_down {
        "migrations.trusts_stored_down = true;"
    } else {
        ""
    };
    [&*contract(settings), &owners, trust].concat()
}

fn contract(settings: &Settings) -> String {
    let written = match (settings.contract, settings.contract_after) {
        (Contract::WithExpand, _) => "WithExpand".to_owned(),
        (Contract::NextRelease, Some(after)) => {
            format!("NextRelease {{ after: {} }}", duration(after))
        }
        (Contract::NextRelease, None) => return String::new(),
    };
    format!("migrations.contract = p::Contract::{written};")
}

/// What a run asks the server about before it writes.
fn taken(migrations: &[Migration]) -> String {
    let name = |name: &Name| {
        let [schema, name] = [&name.schema, &name.name].map(|it| text_literal(it));
        format!("[{schema}, {name}]")
    };
    let row = |taken: &Taken| {
        let freed: Vec<String> = taken.freed.iter().map(name).collect();
        format!(
            "p::Taken {{ version: {}, statement: {}, object: {}, column: {}, since: {}, freed: &[{}], \
             views_only: {}, functions_since: {} }},",
            taken.version,
            taken.statement,
            name(&taken.object),
            text_literal(&taken.column),
            taken.since,
            freed.join(", "),
            taken.views_only,
            taken.functions_since
        )
    };
    let rows: String = taken::taken(migrations).iter().map(row).collect();
    if rows.is_empty() {
        rows
    } else {
        format!("migrations.taken = &[{rows}];")
    }
}

/// Whether it is two transactional scripts and nothing else.
fn is_plain(migration: &Migration) -> bool {
    let Migration {
        version: _,
        label: _,
        up,
        down,
        verify,
    } = migration;
    let is_sql_only = |script: &Script| {
        script.transaction
            && script.lock_timeout.is_none()
            && script.statement_timeout.is_none()
            && script.special.is_empty()
            && script.code.is_none()
    };
    let requires = up.requires.is_empty() && up.extensions.is_empty() && up.tables.is_empty();
    let has_more = down.irreversible.is_some() || up.phase.is_some() || verify.is_some();
    is_sql_only(up) && is_sql_only(down) && requires && !has_more
}

/// What the runtime's type of this name says.
#[derive(Default)]
struct Table {
    /// Literals.
    text: String,
    /// Of the text that they mean.
    length: usize,
    rows: Vec<u8>,
    statements: Vec<u8>,
}

impl Table {
    fn of(migrations: &[&Migration]) -> Self {
        let mut table = Self::default();
        for Migration {
            version,
            label,
            up,
            down,
            ..
        } in migrations
        {
            table.rows.extend(version.to_le_bytes());
            table.text(label);
            table.script(up);
            table.script(down);
        }
        table
    }

    fn script(&mut self, script: &Script) {
        self.text(&script.text);
        let first = self.statements.len() / STATEMENT;
        pack(&mut self.statements, script);
        self.numbers([first, self.statements.len() / STATEMENT - first]);
        self.rows.extend(script.checksum);
    }

    fn text(&mut self, text: &str) {
        self.numbers([self.length, text.len()]);
        self.text += &text_literal(text);
        self.text += ",";
        self.length += text.len();
    }

    fn numbers(&mut self, numbers: [usize; 2]) {
        self.rows.extend(numbers.into_iter().flat_map(number_of));
    }

    fn code(&self) -> String {
        let Self {
            text,
            rows,
            statements,
            ..
        } = self;
        let (rows, statements) = (bytes_literal(rows), bytes_literal(statements));
        format!(
            "p::Table {{ algorithm: {ALGORITHM}, text: ::core::concat!({text}), \
             rows: {rows}.as_chunks().0, statements: {statements}.as_chunks().0 }}"
        )
    }
}

/// The bytes of a packed statement.
const STATEMENT: usize = 12;

/// As the runtime unpacks them.
fn pack(statements: &mut Vec<u8>, script: &Script) {
    for (span, line, concurrent) in script.boundaries() {
        for number in [
            span.start,
            span.end,
            line as usize * 2 + usize::from(concurrent),
        ] {
            statements.extend(number_of(number));
        }
    }
}

/// The compiler refuses files that are too large for 32 bits.
fn number_of(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

/// A constant of its own: where one file is edited, rustc takes the others from its cache.
fn migration(migration: &Migration) -> String {
    let Migration {
        version,
        label,
        up,
        down,
        verify,
    } = migration;
    let irreversible = option(down.irreversible.as_deref(), text_literal);
    let phase = option(up.phase, |phase| format!("p::Phase::{phase:?}"));
    let requires = requirements(up);
    let (up, down) = (script(up), script(down));
    let verify = option(verify.as_ref(), |verify| format!("&{}", script(verify)));
    format!(
        "const M{version}: p::Migration<'static> = p::Migration {{ version: {version}, label: {label:?}, up: {up}, down: {down}, \
         irreversible: {irreversible}, verify: {verify}, phase: {phase}, \
         requires: &[{requires}] }};"
    )
}

fn repeatable(repeatable: &Repeatable) -> String {
    let Repeatable { name, script: text } = repeatable;
    format!(
        "p::Repeatable {{ name: {name:?}, script: {} }},",
        script(text)
    )
}

fn requirements(up: &Script) -> String {
    let versions = up
        .requires
        .iter()
        .map(|(version, _)| format!("p::Requirement::Version({version}),"));
    let extensions = up
        .extensions
        .iter()
        .map(|name| format!("p::Requirement::Extension({name:?}),"));
    let tables = up
        .tables
        .iter()
        .map(|table| format!("p::Requirement::Table({:?}),", table.written));
    versions.chain(extensions).chain(tables).collect()
}

fn special(special: &StatementOption) -> String {
    let what = match &special.what {
        StatementOptionKind::Optional { extension } => {
            format!("p::StatementOptionKind::Optional {{ extension: {extension:?} }}")
        }
        StatementOptionKind::Batch(Batch { pace, total, key }) => {
            let pause = duration(pace.pause.unwrap_or_default());
            let max_batches = option(pace.max_batches, |number| number.to_string());
            let total = option(total.as_deref(), text_literal);
            let key = option(key.as_deref(), text_literal);
            format!(
                "p::StatementOptionKind::Batch(p::Batch {{ pause: {pause}, max_batches: {max_batches}, \
                 total: {total}, key: {key} }})"
            )
        }
        StatementOptionKind::Alone(Target { kind, name, table }) => format!(
            "p::StatementOptionKind::Alone(p::Target {{ kind: p::TargetKind::{kind:?}, name: {}, table: {} }})",
            text_literal(name),
            text_literal(table)
        ),
    };
    format!(
        "p::StatementOption {{ statement: {}, what: {what} }},",
        special.statement
    )
}

fn script(script: &Script) -> String {
    let sql = text_literal(&script.text);
    let mut statements = Vec::new();
    pack(&mut statements, script);
    let statements = bytes_literal(&statements);
    let special: String = script.special.iter().map(special).collect();
    let sha256 = bytes_literal(&script.checksum);
    let mode = if script.transaction {
        "Transaction"
    } else {
        "NoTransaction"
    };
    let lock_timeout = option(script.lock_timeout, duration);
    let statement_timeout = option(script.statement_timeout, duration);
    // A path that leads to no function of this type is an error where the list is embedded.
    let code = option(script.code.as_deref(), |path| {
        format!("p::Code {{ path: {path:?}, function: p::Option::Some({path}) }}")
    });
    format!(
        "p::Script {{ sql: {sql}, packed: {statements}.as_chunks().0, \
         checksum: p::Checksum {{ algorithm: {ALGORITHM}, sha256: {sha256} }}, \
         mode: p::Mode::{mode}, lock_timeout: {lock_timeout}, \
         statement_timeout: {statement_timeout}, special: &[{special}], code: {code} }}"
    )
}

fn bytes_literal(bytes: &[u8]) -> String {
    format!("b\"{}\"", bytes.escape_ascii())
}

fn duration(duration: Duration) -> String {
    format!("p::Duration::from_millis({})", duration.as_millis())
}

fn option<T>(value: Option<T>, written: impl FnOnce(T) -> String) -> String {
    let some = value.map(|value| format!("p::Option::Some({})", written(value)));
    some.unwrap_or_else(|| "p::Option::None".to_owned())
}

/// A raw string where that says the same, as it need not be escaped letter by letter:
/// rustc refuses a lone carriage return there, and letters that turn the direction of
/// writing.
fn text_literal(text: &str) -> String {
    if !text.is_ascii() || text.contains('\r') {
        return format!("{text:?}");
    }
    let signs = |rest: &str| rest.bytes().take_while(|&byte| byte == b'#').count();
    let longest = text.split('"').skip(1).map(signs).max();
    let signs = "#".repeat(longest.map_or(0, |longest| longest + 1));
    format!("r{signs}\"{text}\"{signs}")
}

fn version_enum(labels: &[(u64, String)], refused: bool) -> String {
    let names = variant_names(labels);
    let mut variants = String::new();
    for ((version, label), name) in labels.iter().zip(&names) {
        // In a refused directory two files may have one number.
        let number = if refused {
            String::new()
        } else {
            format!(" = {version}")
        };
        let _ = write!(variants, "#[doc = \"`{label}`\"] {name}{number},");
    }
    let (representation, number) = match labels {
        // An enum without variants has no numbers to represent.
        [] => ("", "match version {}"),
        _ => ("#[repr(u64)]", "version as u64"),
    };
    format!(
        "#[doc = \"A version of this schema, by the name of its migration.\"]
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        {representation}
        #[allow(dead_code)]
        pub enum Version {{ {variants} }}

        impl ::core::convert::From<Version> for u64 {{
            fn from(version: Version) -> u64 {{ {number} }}
        }}"
    )
}

/// `AddEmail` for `0007_add_email`; `V0007AddEmail` where that is taken twice or no
/// identifier.
fn variant_names(labels: &[(u64, String)]) -> Vec<String> {
    let camel: Vec<String> = labels
        .iter()
        .map(|(_, label)| camel_case(name_of(label)))
        .collect();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &camel {
        *count.entry(name).or_default() += 1;
    }
    let plain = |name: &str| {
        count[name] == 1
            && name != "Self"
            && name.starts_with(|first: char| first.is_ascii_uppercase())
    };
    // Two files of one version share the number, so the position tells them apart.
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut unique = |name: String| {
        let times = taken.entry(name.clone()).or_default();
        *times += 1;
        if *times == 1 {
            name
        } else {
            format!("{name}{times}")
        }
    };
    let numbered = labels.iter().zip(&camel).map(|((_, label), name)| {
        let digits = digits_of(label);
        if plain(name) {
            name.clone()
        } else {
            format!("V{digits}{name}")
        }
    });
    numbered.map(&mut unique).collect()
}

fn camel_case(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}

/// The use of a deprecated constant is the one warning a macro can give on stable.
fn warning(index: usize, message: &str) -> TokenStream {
    let name = Ident::new(&format!("PGSTRATA_WARNING_{index}"), Span::call_site());
    quote! {
        const _: () = {
            #[deprecated(note = #message)]
            const #name: () = ();
            #name
        };
    }
}

/// rustc rebuilds a crate for the files it was told of. A constant that nobody uses
/// tells it, and puts nothing into the binary.
fn tracked(compiled: &Compiled) -> String {
    let sources = &compiled.sources;
    let mut files = String::new();
    for source in sources.all().filter(|source| source.text.is_some()) {
        let path = sources.root.join(&source.name);
        let _ = write!(files, "::core::include_str!({:?}),", path.to_string_lossy());
    }
    format!("const _: &str = ::core::concat!({files});")
}

#[cfg(test)]
mod tests {
    use super::variant_names;

    #[test]
    fn variants_are_the_names_or_say_their_number() {
        let labels = [
            "001_add_email",
            "002_add_index",
            "003_add_index",
            "004_2fa",
            "005_self",
            "006_a__b",
        ];
        let labels: Vec<(u64, String)> = labels
            .into_iter()
            .zip(1..)
            .map(|(label, version)| (version, label.to_owned()))
            .collect();
        assert_eq!(
            variant_names(&labels),
            [
                "AddEmail",
                "V002AddIndex",
                "V003AddIndex",
                "V0042fa",
                "V005Self",
                "AB",
            ]
        );
    }
}
