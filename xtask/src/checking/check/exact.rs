//! `check --exact`: the parser of a real server is asked about each statement, and runs none.
//!
//! A server parses a whole simple query before it executes the first statement in it. So
//! each statement travels behind a `DO` that raises an error of our own: what comes back is
//! that error, or that of the parser. (PostgreSQL manual: Frontend/Backend Protocol, Multiple
//! Statements in a Simple Query.)

use pgstrata_compiler::finding::RuleFinding;
use pgstrata_compiler::script::Script;
use pgstrata_compiler::span::Span;
use pgstrata_compiler::statement::Statement;
use postgres::error::{DbError, ErrorPosition};
use postgres::{Client, NoTls};

use crate::cluster::Cluster;
use crate::failure::Failure;
use crate::shadow::servers::majors;

/// Raises `PGS00`; it is ASCII, so that bytes and characters are the same.
const SENTINEL: &str = include_str!("sentinel.sql");
const SENTINEL_CODE: &str = "PGS00";

/// Classes of errors that say nothing about the statement (PostgreSQL manual: Appendix A).
const NOT_ABOUT_IT: [&str; 5] = ["08", "53", "57", "58", "XX"];

/// The servers whose parsers are asked.
pub(super) struct Servers(Vec<Server>);

/// One server, with a connection to an empty database of ours.
struct Server {
    client: Client,
    version: String,
    // Behind the client, which would see it end.
    _cluster: Cluster,
}

/// Where a parser gave up, and its words.
struct Refusal {
    span: Span,
    message: String,
    hint: Option<String>,
}

impl Servers {
    /// Starts one server of each major version, or of the newest installed one.
    pub(super) fn start(named: &[u32]) -> Result<Self, Failure> {
        let servers = majors(named).into_iter().map(Server::start);
        servers.collect::<Result<_, _>>().map(Self)
    }

    /// Such as `PostgreSQL 13.22 and 18.0`.
    pub(super) fn shown(&self) -> String {
        versions(self.0.iter())
    }

    /// The statements that a parser refuses, one finding each.
    pub(super) fn ask(&mut self, script: &Script) -> Result<Vec<RuleFinding>, Failure> {
        let mut findings = Vec::new();
        for (statement, text) in script.statements().enumerate() {
            let mut first: Option<Refusal> = None;
            let (mut refusing, mut accepting) = (Vec::new(), Vec::new());
            for server in &mut self.0 {
                let refusal = server.refusal(text)?;
                let list = if refusal.is_some() {
                    &mut refusing
                } else {
                    &mut accepting
                };
                list.push(&*server);
                first = first.or(refusal);
            }
            if let Some(refusal) = first {
                findings.push(refusal.finding(statement, &refusing, &accepting));
            }
        }
        Ok(findings)
    }
}

impl Server {
    fn start(major: Option<u32>) -> Result<Self, Failure> {
        let failed = |error: &(dyn std::error::Error + 'static)| Failure::caused(error);
        let cluster = Cluster::start(major).map_err(|error| failed(&error))?;
        let name = format!("pgstrata_exact_{}", std::process::id());
        cluster
            .create_database(&name)
            .map_err(|error| failed(&error))?;
        let mut client = cluster
            .config(&name)
            .connect(NoTls)
            .map_err(|error| failed(&error))?;
        // A server on which the sentinel does not raise must not be asked anything.
        match client.batch_execute(SENTINEL).err() {
            Some(error)
                if error
                    .code()
                    .is_some_and(|code| code.code() == SENTINEL_CODE) => {}
            Some(error) => return Err(failed(&error)),
            None => {
                return Err(Failure::configuration(
                    "the server does not raise what PL/pgSQL raises",
                ));
            }
        }
        let version = cluster
            .server_version()
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_owned();
        Ok(Self {
            client,
            version,
            _cluster: cluster,
        })
    }

    /// What its parser says against the statement.
    fn refusal(&mut self, statement: Statement<'_>) -> Result<Option<Refusal>, Failure> {
        let span = statement.span();
        let message = format!("{SENTINEL}{}", span.of(statement.text));
        let Err(error) = self.client.batch_execute(&message) else {
            // The sentinel always raises, so that this cannot be.
            return Err(Failure::configuration(
                "the server ran what it should only parse",
            ));
        };
        match error.as_db_error() {
            Some(refused) if refused.code().code() == SENTINEL_CODE => Ok(None),
            Some(refused) if !NOT_ABOUT_IT.contains(&&refused.code().code()[..2]) => {
                Ok(Some(Refusal::new(statement, refused)))
            }
            _ => Err(Failure::caused(&error)),
        }
    }
}

impl Refusal {
    fn new(statement: Statement<'_>, refused: &DbError) -> Self {
        let whole = statement.span();
        let span = match refused.position() {
            Some(ErrorPosition::Original(position)) => token_at(statement, *position),
            _ => whole,
        };
        let hint = refused.hint().map(str::to_owned);
        Self {
            span,
            message: refused.message().to_owned(),
            hint,
        }
    }

    fn finding(self, statement: usize, refusing: &[&Server], accepting: &[&Server]) -> RuleFinding {
        let servers = |servers: &[&Server]| versions(servers.iter().copied());
        let hint = self
            .hint
            .map(|hint| format!("{}; ", hint.trim_end_matches('.')));
        let other = match accepting {
            [] => "correct it".to_owned(),
            others => format!("{} accepts it: write what all of them do", servers(others)),
        };
        let message = format!("{} ({})", self.message, servers(refusing));
        let help = format!("{}{other}", hint.unwrap_or_default());
        RuleFinding::new(statement, self.span, message, help)
    }
}

/// The token at a position of the message; the last one where something is missing behind it.
fn token_at(statement: Statement<'_>, position: u32) -> Span {
    let whole = statement.span();
    // Positions count characters from 1.
    let character = (position as usize).saturating_sub(1 + SENTINEL.len());
    let text = whole.of(statement.text);
    let offset = text
        .char_indices()
        .nth(character)
        .map_or(text.len(), |(offset, _)| offset);
    let is_at = |span: &Span| span.end > whole.start + offset;
    let mut spans = statement.tokens.iter().map(|token| token.span);
    let last = statement.tokens[statement.tokens.len() - 1].span;
    spans.find(is_at).unwrap_or(last)
}

fn versions<'a>(servers: impl Iterator<Item = &'a Server>) -> String {
    let versions: Vec<&str> = servers.map(|server| server.version.as_str()).collect();
    format!("PostgreSQL {}", versions.join(" and "))
}
