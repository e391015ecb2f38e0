//! Where names without a schema lead: `public`, or the schema of a tenant that stands first in the search
//! path. Then its neighbours in the same database are nobody's business.

use std::collections::BTreeSet;

use pgstrata_compiler::Compiled;
use pgstrata_compiler::cursor::Name;
use pgstrata_compiler::lexer::{Token, TokenKind, tokens};
use postgres::{Client, Error};

use crate::catalog_session::{CatalogSession, with_the_path_of_the_session};
use crate::context::Context;
use crate::names::identifier;

/// What the files and the server call it by default.
const USUAL: &str = "public";

/// How `public` is called where another schema has taken its place.
const USUAL_ELSEWHERE: &str = "pgstrata_public";

/// The first schema of a search path.
#[derive(Clone, Debug)]
pub(crate) struct CurrentSchema {
    /// Its name.
    pub(crate) schema: String,
    /// The same as the server writes it.
    written: String,
    /// All schemas of the path that are there and not the server's own, as it writes them.
    pub(crate) path: Vec<String>,
    /// Whether the path names no schema in which anything could be made.
    is_nowhere: bool,
}

impl CurrentSchema {
    /// Of the session.
    pub(crate) fn of(client: &mut Client) -> Result<Self, Error> {
        let rows =
            with_the_path_of_the_session(client, include_str!("current_schema/path.sql"), &[])?;
        let Some(row) = rows.first() else {
            return Ok(Self::usual());
        };
        let setting: String = row.try_get(0)?;
        let names: Vec<String> = row.try_get::<_, Option<_>>(1)?.unwrap_or_default();
        let path: Vec<String> = row.try_get::<_, Option<_>>(2)?.unwrap_or_default();
        // In the server's own nothing can be made.
        let (names, path): (Vec<String>, Vec<String>) = names
            .into_iter()
            .zip(path)
            .filter(|(name, _)| is_own(name))
            .unzip();
        Ok(match names.into_iter().next() {
            Some(schema) => Self {
                schema,
                written: path.first().cloned().unwrap_or_default(),
                path,
                is_nowhere: false,
            },
            // It is still to be made.
            None => match first(&setting) {
                Some(schema) => Self {
                    written: written(&schema),
                    path: vec![written(&schema)],
                    schema,
                    is_nowhere: false,
                },
                None => Self {
                    is_nowhere: true,
                    ..Self::usual()
                },
            },
        })
    }

    /// `public`, with all the database.
    pub(crate) fn usual() -> Self {
        Self {
            schema: USUAL.to_owned(),
            written: USUAL.to_owned(),
            path: vec![USUAL.to_owned()],
            is_nowhere: false,
        }
    }

    /// What makes the schemas of the path, where they are not there.
    pub(crate) fn made(&self) -> String {
        let path = self.path.iter();
        let made = path.map(|schema| format!("CREATE SCHEMA IF NOT EXISTS {schema};\n"));
        made.collect()
    }

    pub(crate) fn is_usual(&self) -> bool {
        self.schema == USUAL
    }

    /// The schema as the server writes it.
    pub(crate) fn written(&self) -> &str {
        &self.written
    }

    /// Whether `text` names this schema, or the one in whose place it is.
    pub(crate) fn is_named(&self, text: &str) -> bool {
        text == self.written || text == USUAL
    }

    /// What the server writes, as if all were in `public`: so tenants can be compared.
    pub(crate) fn forgotten(&self, text: &str) -> String {
        self.exchanged(text, [(&self.written, USUAL), (USUAL, USUAL_ELSEWHERE)])
    }

    /// The way back.
    pub(crate) fn remembered(&self, text: &str) -> String {
        self.exchanged(text, [(USUAL, &self.written), (USUAL_ELSEWHERE, USUAL)])
    }

    fn exchanged(&self, text: &str, names: [(&str, &str); 2]) -> String {
        if self.is_usual() {
            return text.to_owned();
        }
        let name = |text: &str| names.iter().find(|(from, _)| *from == text).map(|it| it.1);
        let all: Vec<Token> = tokens(text).collect();
        let word = |index: usize| all.get(index).map_or("", |token| token.span.of(text));
        let mut written = String::with_capacity(text.len());
        let mut is_path = false;
        for (index, token) in all.iter().enumerate() {
            let own = token.span.of(text);
            let before = index.checked_sub(1).map_or("", &word);
            if is_path {
                // The list of a function's path ends with its line.
                is_path = !own.contains('\n');
            } else if own.eq_ignore_ascii_case("search_path")
                && word(index + 2).eq_ignore_ascii_case("to")
            {
                is_path = true;
            }
            let is_first = word(index + 1) == "." && before != ".";
            let other = match token.kind {
                TokenKind::Word | TokenKind::QuotedIdentifier if is_first => {
                    name(own).map(str::to_owned)
                }
                TokenKind::Word | TokenKind::QuotedIdentifier if is_path => {
                    name(own).map(str::to_owned)
                }
                TokenKind::String if is_path => {
                    let inner = own.trim_matches('\'').replace("''", "'");
                    name(&self::written(&inner)).map(|other| literal(&bare(other)))
                }
                // The name of a sequence, as a default has it.
                TokenKind::String
                    if word(index + 1) == "::" && word(index + 2).starts_with("reg") =>
                {
                    let inner = own.trim_matches('\'').replace("''", "'");
                    Some(literal(&self.exchanged(&inner, names)))
                }
                _ => None,
            };
            written.push_str(other.as_deref().unwrap_or(own));
        }
        written
    }
}

/// The first name of a setting that is a schema of one's own.
fn first(setting: &str) -> Option<String> {
    let mut names = Vec::new();
    let (mut name, mut is_quoted) = (String::new(), false);
    for sign in setting.chars().chain([',']) {
        match sign {
            '"' => {
                is_quoted = !is_quoted;
                name.push(sign);
            }
            ',' if !is_quoted => names.push(bare(std::mem::take(&mut name).trim())),
            sign => name.push(sign),
        }
    }
    names
        .into_iter()
        .find(|name| !name.is_empty() && name != "$user" && is_own(name))
}

/// Whether a schema is not the server's own.
fn is_own(schema: &str) -> bool {
    !schema.starts_with("pg_") && schema != "information_schema"
}

/// A name without its quotes.
fn bare(name: &str) -> String {
    match name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'))
    {
        Some(inner) => inner.replace("\"\"", "\""),
        None => name.to_owned(),
    }
}

/// As the server writes it, unless it is a word of SQL.
fn written(name: &str) -> String {
    let is_plain = |sign: char| sign.is_ascii_lowercase() || sign == '_' || sign.is_ascii_digit();
    let is_begun = name.starts_with(|sign: char| !sign.is_ascii_digit());
    if is_begun && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        identifier(name)
    }
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What the files mean by a name: without a schema it is at home, unless they write `public` before it.
pub(crate) struct Reach {
    pub(crate) home: CurrentSchema,
    /// Where names without a schema lead by the settings: `public`, if they say nothing.
    usual: String,
    /// Names that have that schema written before them.
    outside: BTreeSet<String>,
    /// What else stands before names.
    schemas: BTreeSet<String>,
}

impl Reach {
    pub(crate) fn of(client: &mut Client, compiled: &Compiled) -> Result<Self, Error> {
        let home = CurrentSchema::of(client)?;
        let (mut outside, mut schemas) = (BTreeSet::new(), BTreeSet::new());
        let usual = compiled.settings.search_path.first();
        let usual = usual.map_or(USUAL, |schema| schema).to_owned();
        if home.is_nowhere || home.schema != usual {
            let scripts = compiled.migrations.iter().map(|it| &it.up);
            let scripts = scripts.chain(compiled.repeatables.iter().map(|it| &it.script));
            for (schema, name) in scripts.flat_map(|script| qualified_names(&script.text)) {
                if schema == usual {
                    outside.insert(name);
                } else {
                    schemas.insert(schema);
                }
            }
        }
        Ok(Self {
            home,
            usual,
            outside,
            schemas,
        })
    }

    /// Whether there is no schema in which the name could be made.
    pub(crate) fn is_nowhere(&self, name: &Name) -> bool {
        self.home.is_nowhere && name.schema == self.usual && !self.outside.contains(&name.name)
    }

    /// Where the name leads.
    pub(crate) fn place(&self, name: &Name) -> Name {
        let is_at_home = name.schema == self.usual && !self.outside.contains(&name.name);
        Name {
            schema: if is_at_home {
                self.home.schema.clone()
            } else {
                name.schema.clone()
            },
            name: name.name.clone(),
        }
    }

    /// The same of an index, which may be of a table that has `public` before its name.
    pub(crate) fn places_of_an_index(&self, name: &Name) -> Vec<Name> {
        let mut places = vec![self.place(name)];
        if !self.outside.is_empty() {
            places.push(name.clone());
        }
        places
    }

    /// Everywhere the name of an object may lead: what is not at home is further along the path.
    pub(crate) fn places(&self, name: &Name) -> Vec<Name> {
        let own = self.place(name);
        let is_at_home = !self.home.is_usual() && own.schema == self.home.schema;
        let path = self.home.path.iter().skip(1).filter(|_| is_at_home);
        let further = path.map(|schema| Name {
            schema: bare(schema),
            name: name.name.clone(),
        });
        let further: Vec<Name> = further.collect();
        [own].into_iter().chain(further).collect()
    }

    /// The schemas in which something of ours, or of all, may be; nothing, where it is the whole database. One
    /// with the history of another program is that one's.
    pub(crate) fn schemas(
        &self,
        client: &mut Client,
        context: &Context,
    ) -> Result<Option<Vec<String>>, Error> {
        if self.home.is_usual() {
            return Ok(None);
        }
        // Some of the names may be none: aliases stand before names, too.
        let path = self.home.path.iter().map(|schema| bare(schema));
        let all = self.schemas.iter().cloned().chain(path);
        let usual = Some(self.usual.clone()).filter(|_| !self.outside.is_empty());
        let all: Vec<String> = all.chain(usual).collect();
        let history = &context.history.table;
        let tables = ["", "_events", "_failed"].map(|suffix| format!("{history}{suffix}"));
        let rows = CatalogSession::open(client)?.rows(
            include_str!("current_schema/shared.sql"),
            &[&all, &context.history.schema, &tables.as_slice()],
        )?;
        let shared: Result<Vec<String>, Error> = rows.iter().map(|row| row.try_get(0)).collect();
        let own = [self.home.schema.clone()].into_iter();
        Ok(Some(own.chain(shared?).collect()))
    }
}

/// Names with what is written before them, folded as the server does.
fn qualified_names(text: &str) -> Vec<(String, String)> {
    let all: Vec<Token> = tokens(text).filter(|token| !token.is_trivia()).collect();
    let name = |token: &Token| match token.kind {
        TokenKind::Word => Some(token.span.of(text).to_lowercase()),
        TokenKind::QuotedIdentifier => Some(bare(token.span.of(text))),
        _ => None,
    };
    let names = all.windows(3).filter_map(|three| {
        let [schema, point, own] = three else {
            return None;
        };
        let is_point = point.span.of(text) == ".";
        Some((name(schema)?, name(own)?)).filter(|_| is_point)
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::{CurrentSchema, first, written};

    fn check(schema: &str, text: &str, forgotten: &str) {
        let home = CurrentSchema {
            schema: schema.to_owned(),
            written: written(schema),
            path: Vec::new(),
            is_nowhere: false,
        };
        assert_eq!(home.forgotten(text), forgotten, "{text}");
        assert_eq!(home.remembered(forgotten), text, "{text}");
    }

    #[test]
    fn names_of_a_tenant_and_back() {
        check(
            "t1",
            "nextval('t1.item_id_seq'::regclass)",
            "nextval('public.item_id_seq'::regclass)",
        );
        check(
            "t1",
            "SELECT i.id, 't1.a'::text FROM t1.item i, public.a",
            "SELECT i.id, 't1.a'::text FROM public.item i, pgstrata_public.a",
        );
        check(
            "A \"b",
            "nextval('\"A \"\"b\".s'::regclass)",
            "nextval('public.s'::regclass)",
        );
        check(
            "it's",
            "nextval('\"it''s\".s'::regclass) + \"it's\".f()",
            "nextval('public.s'::regclass) + public.f()",
        );
        check(
            "t1",
            "CREATE FUNCTION t1.f()\n SET search_path TO 't1', 'public', 'pg_temp'\nAS $$ t1.x $$",
            "CREATE FUNCTION public.f()\n SET search_path TO 'public', 'pgstrata_public', 'pg_temp'\nAS $$ t1.x $$",
        );
        check("t1", "a.t1.b t1", "a.t1.b t1");
        check("public", "public.a", "public.a");
    }

    #[test]
    fn the_first_of_a_setting() {
        assert_eq!(first("\"$user\", t9,public").as_deref(), Some("t9"));
        assert_eq!(first("\"A, \"\"b\", c").as_deref(), Some("A, \"b"));
        assert_eq!(first("\"\""), None);
        assert_eq!(first(""), None);
    }
}
