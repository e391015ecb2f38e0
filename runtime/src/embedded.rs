//! The list that `embed_migrations!` generates: plain constant data.
//!
//! Nothing here allocates or runs before `main`. Every SQL text is embedded once;
//! statements are byte ranges into it, found by the compiler, so that the runtime
//! needs no SQL lexer.
//!
//! The file is long because most of it documents public fields.

use std::error::Error;
use std::time::Duration;
use std::{array, iter};

use postgres::Transaction;

/// All migrations of one directory, in ascending order of version.
///
/// Made by [`embed_migrations!`](crate::embed_migrations) or by the build-script generator.
#[derive(Clone, Copy, Debug)]
pub struct Migrations<'a> {
    /// The directory as the macro was given it; error messages show files under it.
    pub directory: &'a str,
    /// Ascending by version, none of them in `list`.
    #[doc(hidden)]
    pub table: Table<'a>,
    /// Ascending by version, no version twice.
    list: &'a [Migration<'a>],
    /// Scripts that run again whenever they change, in the order in which they run.
    pub repeatables: &'a [Repeatable<'a>],
    /// From `contract` and `contract-after` of `pgstrata.toml`.
    pub contract: Contract,
    /// From `history-owner` of `pgstrata.toml`: roles that may own the history's tables.
    pub history_owners: &'a [&'a str],
    /// Whether `pgstrata.toml` says `stored-down = "trust"`.
    pub trusts_stored_down: bool,
    /// What up scripts take away that something else may stand on, ascending by version.
    #[doc(hidden)]
    pub taken: &'a [Taken<'a>],
}

/// A column that an up script drops or gives another type, or a table or view that it drops.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Taken<'a> {
    /// The migration's version.
    pub version: u64,
    /// The index of the statement in its up script.
    pub statement: u32,
    /// The schema, empty where none is written, and the name.
    pub object: [&'a str; 2],
    /// Empty where all of it goes.
    pub column: &'a str,
    /// Nothing is known while a migration below this version is pending as well.
    pub since: u64,
    /// What the script has dropped or replaced by then, as `object`.
    pub freed: &'a [[&'a str; 2]],
    /// Whether routines, triggers, rules and policies may be gone by then.
    pub views_only: bool,
    /// Functions of the database may have run before it if a migration below this version is pending; its
    /// own counts.
    pub functions_since: u64,
}

/// When a contract step may follow its expand step, on a database that has a history.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Contract {
    /// Not before another list than the one that applied the expand step, and not before so much
    /// time has passed since, by the server's clock.
    NextRelease {
        /// Zero by default.
        after: Duration,
    },
    /// In the same run.
    WithExpand,
}

/// Migrations that are two transactional scripts and nothing else.
///
/// As text and bytes they cost rustc a tenth of what code of them would, and take less room in
/// the binary; a [`Migration`] is made of them when it is looked at.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// How the checksums were made.
    pub algorithm: u16,
    /// All labels and scripts.
    pub text: &'a str,
    /// For each, in little endian: its version; where its label starts in the text, and its
    /// length. Then the same of the up and of the down script, each with its first statement,
    /// how many there are, and the digest.
    pub rows: &'a [[u8; 112]],
    /// The statements of all.
    pub statements: &'a [Packed],
}

/// One step of the schema's history: how to go up, and how to come back.
#[derive(Clone, Copy, Debug)]
pub struct Migration<'a> {
    /// The number at the start of the file name.
    pub version: u64,
    /// The file name without direction and extension, such as `0007_add_user_preferences`.
    pub label: &'a str,
    /// Applies the migration.
    pub up: Script<'a>,
    /// Takes it back; empty where `irreversible` is set.
    pub down: Script<'a>,
    /// Why there is no way back, where the down file says so.
    pub irreversible: Option<&'a str>,
    /// Fails unless the migration has done what it should.
    pub verify: Option<&'a Script<'a>>,
    /// Its part in a change without downtime.
    pub phase: Option<Phase>,
    /// What must be there before it runs.
    pub requires: &'a [Requirement<'a>],
}

/// A script that runs again whenever it changes: views, functions.
#[derive(Clone, Copy, Debug)]
pub struct Repeatable<'a> {
    /// The file name without extension, such as `active_workflows`.
    pub name: &'a str,
    /// Makes it, whether or not it is there already.
    pub script: Script<'a>,
}

/// The parts of a change that old and new programs live through together (expand and
/// contract, also called parallel change).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Adds what the new program needs and the old one does not mind.
    Expand,
    /// Moves data from the old shape to the new one.
    Migrate,
    /// Removes what only the old program needed.
    Contract,
}

/// What must be there before a migration runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Requirement<'a> {
    /// A lower version.
    Version(u64),
    /// An extension that is installed.
    Extension(&'a str),
    /// A table that somebody else makes, as the directive writes it.
    Table(&'a str),
}

/// The SQL of one direction of one migration.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// The file's text, without byte order mark and with LF line ends.
    pub sql: &'a str,
    /// Where each statement lies in `sql`, in order, as [`Statement::packed`] makes it.
    pub packed: &'a [Packed],
    /// What the server will execute, as one number.
    pub checksum: Checksum<'a>,
    /// Whether the statements share one transaction.
    pub mode: Mode,
    /// From the file's `lock-timeout` directive; else the migrator's.
    pub lock_timeout: Option<Duration>,
    /// From the file's `statement-timeout` directive; else the migrator's.
    pub statement_timeout: Option<Duration>,
    /// Statements that are not simply sent, ascending; mostly empty.
    pub special: &'a [StatementOption<'a>],
    /// What runs after the statements, in the same transaction.
    pub code: Option<Code<'a>>,
}

/// What a migration does in Rust, since SQL cannot: its file says
/// `-- pgstrata: code crate::migrations::hash_passwords`.
#[derive(Clone, Copy, Debug)]
pub struct Code<'a> {
    /// Where the function is, from its crate on.
    pub path: &'a str,
    /// The function; a program that only reads the files does not have it.
    pub function: Option<Function>,
}

/// A function of Rust code in a migration.
///
/// What it does through the transaction is committed together with the file's statements and
/// the record, or not at all. It must neither commit nor roll back; that is noticed, and the
/// run ends. Where a lock, deadlock or serialization failure, also one among the sources of its
/// error, is retried, it is called again, so nothing outside the transaction should come of it. The same
/// goes for [`Migrator::single_transaction`](crate::Migrator::single_transaction), which may begin again.
/// Any other error fails the migration with its text.
///
/// On a connection made by [`Migrator::connect`](crate::Migrator::connect) it is called on a
/// thread of its own. Behind a transaction pooler, use queries that are not prepared, such as
/// `batch_execute` and `query_typed`.
///
/// ```
/// use std::error::Error;
///
/// pub fn trim_names(transaction: &mut postgres::Transaction<'_>) -> Result<(), Box<dyn Error + Send + Sync>> {
///     for row in transaction.query("TABLE customer", &[])? {
///         let (id, name): (i64, String) = (row.try_get("id")?, row.try_get("name")?);
///         transaction.execute("UPDATE customer SET name = $2 WHERE id = $1", &[&id, &name.trim()])?;
///     }
///     Ok(())
/// }
///
/// let function: pgstrata::embedded::Function = trim_names;
/// ```
pub type Function = fn(&mut Transaction<'_>) -> Result<(), Box<dyn Error + Send + Sync>>;

/// A statement that is not simply sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StatementOption<'a> {
    /// Its index in the script.
    pub statement: u32,
    /// What is special about it.
    pub what: StatementOptionKind<'a>,
}

/// What is special about a statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StatementOptionKind<'a> {
    /// Left out where the server does not have this extension to install.
    Optional {
        /// The extension.
        extension: &'a str,
    },
    /// Repeated, a transaction each, until it touches no row.
    Batch(Batch<'a>),
    /// Refuses to run inside a transaction.
    Alone(Target<'a>),
}

/// What a statement acts on that refuses to run inside a transaction: after a crash its
/// state in the catalog tells how far the statement came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Target<'a> {
    /// What happens to it.
    pub kind: TargetKind,
    /// Its name, quoted, with a schema where the statement writes one; may be empty.
    pub name: &'a str,
    /// The table of a new index, or the parent of a partition, in the same form.
    pub table: &'a str,
}

/// What happens to a target.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TargetKind {
    /// `CREATE INDEX CONCURRENTLY`.
    CreateIndex,
    /// `DROP INDEX CONCURRENTLY`.
    DropIndex,
    /// `REINDEX INDEX CONCURRENTLY`.
    ReindexIndex,
    /// `REINDEX TABLE CONCURRENTLY`.
    ReindexTable,
    /// `REINDEX SCHEMA CONCURRENTLY`.
    ReindexSchema,
    /// `REINDEX DATABASE CONCURRENTLY` or `SYSTEM`.
    ReindexDatabase,
    /// `DETACH PARTITION … CONCURRENTLY`.
    DetachPartition,
    /// Can be run again whatever became of it: `VACUUM` and its like.
    Repeatable,
    /// Nothing that the catalog shows: a `DO` block that commits.
    Opaque,
}

impl TargetKind {
    const ALL: [Self; 9] = [
        Self::CreateIndex,
        Self::DropIndex,
        Self::ReindexIndex,
        Self::ReindexTable,
        Self::ReindexSchema,
        Self::ReindexDatabase,
        Self::DetachPartition,
        Self::Repeatable,
        Self::Opaque,
    ];

    /// The word for it, which the history keeps.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::CreateIndex => "create index",
            Self::DropIndex => "drop index",
            Self::ReindexIndex => "reindex index",
            Self::ReindexTable => "reindex table",
            Self::ReindexSchema => "reindex schema",
            Self::ReindexDatabase => "reindex database",
            Self::DetachPartition => "detach partition",
            Self::Repeatable => "repeatable",
            Self::Opaque => "opaque",
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// How a statement is repeated until it touches no row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Batch<'a> {
    /// The sleep between two transactions, for replicas and vacuum to keep up.
    pub pause: Duration,
    /// More would be a mistake.
    pub max_batches: Option<u64>,
    /// A query for the number of rows in all, for showing progress.
    pub total: Option<&'a str>,
    /// The column that the statement walks along: it returns it, and `$1` is the highest
    /// value returned so far.
    pub key: Option<&'a str>,
}

/// One statement as a byte range of its script, without the closing semicolon.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Statement {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
    /// Line of the first byte, from 1.
    pub line: u32,
    /// Waits for other sessions and must not be cut short by `lock_timeout`
    /// (`CREATE INDEX CONCURRENTLY` and its like).
    pub concurrent: bool,
}

/// A [`Statement`] as twelve bytes: start, end, and twice the line, one more where it is
/// concurrent; each in little endian.
pub type Packed = [u8; 12];

/// How a script's statements are sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// All in one transaction, together with the history row.
    Transaction,
    /// One by one, each on its own: the file says `-- pgstrata: no-transaction`.
    NoTransaction,
}

/// SHA-256 over the tokens of a script: comments and white space do not count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Checksum<'a> {
    /// Which rule turned the text into bytes; kept with every stored checksum.
    pub algorithm: u16,
    /// The digest.
    pub sha256: &'a [u8; 32],
}

impl<'a> Migrations<'a> {
    /// The list of a program that reads the files itself.
    ///
    /// `list` and `repeatables` are in the order in which they run, no version twice.
    pub const fn new(
        directory: &'a str,
        list: &'a [Migration<'a>],
        repeatables: &'a [Repeatable<'a>],
    ) -> Self {
        Self {
            directory,
            table: Table::EMPTY,
            list,
            repeatables,
            contract: Contract::NextRelease {
                after: Duration::ZERO,
            },
            history_owners: &[],
            trusts_stored_down: false,
            taken: &[],
        }
    }

    /// Whether any of them may have to wait for a later release.
    pub(crate) fn has_contract(&self) -> bool {
        let is_contract = |it: &Migration<'_>| it.phase == Some(Phase::Contract);
        self.contract != Contract::WithExpand && self.list.iter().any(is_contract)
    }

    /// All of them, ascending by version.
    pub fn iter(&self) -> impl Iterator<Item = Migration<'a>> + use<'a> {
        let table = self.table;
        let (mut rows, mut list) = (table.rows.iter().peekable(), self.list.iter().peekable());
        iter::from_fn(move || match (rows.peek(), list.peek()) {
            (Some(row), Some(other)) if Table::version(row) > other.version => list.next().copied(),
            (None, _) => list.next().copied(),
            _ => rows.next().map(|row| table.migration(row)),
        })
    }

    /// The versions and both digests, ascending by version, and then the repeatables, which have a name but
    /// neither version nor way back. Looks at no text: at most starts none of it has to be in memory.
    pub(crate) fn digests(&self) -> impl Iterator<Item = (Option<u64>, &str, &[u8], &[u8])> {
        let own = |script: &Script<'a>| &script.checksum.sha256[..];
        let mut rows = self.table.rows.iter().peekable();
        let mut list = self.list.iter().peekable();
        let migrations = iter::from_fn(move || {
            let row = rows.peek().map(|row| Table::version(row));
            let listed = list.peek().map(|it| it.version);
            if row.is_some_and(|row| listed.is_none_or(|listed| row < listed)) {
                let row = rows.next()?;
                return Some((Some(Table::version(row)), "", &row[32..64], &row[80..]));
            }
            let it = list.next()?;
            Some((Some(it.version), "", own(&it.up), own(&it.down)))
        });
        let again = self
            .repeatables
            .iter()
            .map(move |it| (None, it.name, own(&it.script), own(&Script::EMPTY)));
        migrations.chain(again)
    }

    /// The migration with this version.
    pub fn find(&self, version: u64) -> Option<Migration<'a>> {
        let listed = self
            .list
            .binary_search_by_key(&version, |migration| migration.version);
        let row = self
            .table
            .rows
            .binary_search_by_key(&version, Table::version);
        let row = row
            .ok()
            .map(|index| self.table.migration(&self.table.rows[index]));
        listed.ok().map(|index| self.list[index]).or(row)
    }

    /// The migrations that a contract step follows: what it requires, or all expansions before it
    /// where it requires no version. Another contract step is not one.
    pub(crate) fn expands(
        &self,
        contract: &Migration<'a>,
    ) -> impl Iterator<Item = Migration<'a>> + use<'a> {
        let versions = contract.requires.iter().filter_map(|it| match it {
            Requirement::Version(version) => self.find(*version),
            _ => None,
        });
        let is_contract = |it: &Migration<'_>| it.phase == Some(Phase::Contract);
        let required: Vec<_> = versions.filter(|it| !is_contract(it)).collect();
        let (is_any, end) = (required.is_empty(), contract.version);
        let before = self.iter().take_while(move |it| it.version < end);
        let expansions = before.filter(move |it| is_any && it.phase.is_some() && !is_contract(it));
        required.into_iter().chain(expansions)
    }

    /// The version of the last migration.
    pub fn newest(&self) -> Option<u64> {
        let row = self.table.rows.last().map(Table::version);
        row.max(self.list.last().map(|migration| migration.version))
    }

    /// Every file with the SHA-256 of what the server would execute, for
    /// `pgstrata_compiler::assert_sound`, which compares them with the directory.
    pub fn checksums(&self) -> impl Iterator<Item = (String, [u8; 32])> + use<'a> {
        let migrations = self.iter().flat_map(|m| {
            let files = [
                ("up", Some(m.up)),
                ("down", Some(m.down)),
                ("verify", m.verify.copied()),
            ];
            files.map(|(file, script)| (format!("{}.{file}.sql", m.label), script))
        });
        let repeatable = |it: &Repeatable<'a>| format!("repeatable/{}.sql", it.name);
        let repeatables = self
            .repeatables
            .iter()
            .map(move |it| (repeatable(it), Some(it.script)));
        let scripts = migrations.chain(repeatables);
        scripts.filter_map(|(file, script)| Some((file, *script?.checksum.sha256)))
    }
}

impl<'a> Table<'a> {
    const EMPTY: Self = Self {
        algorithm: 0,
        text: "",
        rows: &[],
        statements: &[],
    };

    fn version(row: &[u8; 112]) -> u64 {
        let [low, high] = numbers(row);
        u64::from(high) << 32 | u64::from(low)
    }

    fn migration(&self, row: &'a [u8; 112]) -> Migration<'a> {
        let [_, _, start, length] = numbers(row);
        let (version, label) = (Self::version(row), self.text(start, length));
        let [up, down] = [0, 1].map(|index| self.script(&row[16..].as_chunks().0[index]));
        let (irreversible, verify, phase, requires) = (None, None, None, &[][..]);
        Migration {
            version,
            label,
            up,
            down,
            irreversible,
            verify,
            phase,
            requires,
        }
    }

    fn script(&self, row: &'a [u8; 48]) -> Script<'a> {
        let [start, length, first, count] = numbers(row);
        let statements = first as usize..first as usize + count as usize;
        let packed = self.statements.get(statements).unwrap_or_default();
        let checksum = Checksum {
            algorithm: self.algorithm,
            sha256: &row[16..].as_chunks().0[0],
        };
        Script {
            sql: self.text(start, length),
            packed,
            checksum,
            ..Script::EMPTY
        }
    }

    fn text(&self, start: u32, length: u32) -> &'a str {
        let range = start as usize..start as usize + length as usize;
        self.text.get(range).unwrap_or_default()
    }
}

/// The first numbers of bytes in little endian.
fn numbers<const N: usize>(bytes: &[u8]) -> [u32; N] {
    array::from_fn(|index| u32::from_le_bytes(bytes.as_chunks().0[index]))
}

impl<'a> Script<'a> {
    /// A script without statements.
    pub(crate) const EMPTY: Self = Self {
        sql: "",
        packed: &[],
        checksum: Checksum {
            algorithm: 0,
            sha256: &[0; 32],
        },
        mode: Mode::Transaction,
        lock_timeout: None,
        statement_timeout: None,
        special: &[],
        code: None,
    };

    /// Its statements, in order.
    pub fn statements(&self) -> impl ExactSizeIterator<Item = Statement> + use<'a> {
        self.packed.iter().map(Statement::unpacked)
    }

    /// The text of one of its statements.
    pub fn text(&self, statement: Statement) -> &'a str {
        let range = statement.start as usize..statement.end as usize;
        self.sql.get(range).unwrap_or_default()
    }

    /// What is special about the statement with this index.
    pub(crate) fn special(&self, statement: usize) -> Option<StatementOptionKind<'a>> {
        let index = |special: &StatementOption<'_>| special.statement as usize;
        let found = self.special.binary_search_by_key(&statement, index).ok()?;
        self.special.get(found).map(|special| special.what)
    }
}

impl Statement {
    /// As generated code writes it.
    pub fn packed(self) -> Packed {
        let numbers = [
            self.start,
            self.end,
            self.line << 1 | u32::from(self.concurrent),
        ];
        array::from_fn(|index| numbers[index / 4].to_le_bytes()[index % 4])
    }

    fn unpacked(bytes: &Packed) -> Self {
        let [start, end, last] = numbers(bytes);
        Self {
            start,
            end,
            line: last / 2,
            concurrent: last % 2 == 1,
        }
    }
}
