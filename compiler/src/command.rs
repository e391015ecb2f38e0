//! What a statement begins with, read once: its command, the kind of object, the words before the
//! object's name, and the name. Whoever asks what a statement is, or what it acts on, asks here.

use crate::cursor::{Cursor, Name};
use crate::span::Span;
use crate::statement::Statement;

/// The first words of a statement.
#[derive(Clone, Copy, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "words that do not exclude each other"
)]
pub struct Command<'a> {
    /// The first word.
    pub verb: Verb,
    /// Where that stands.
    pub first: Span,
    /// What it is about.
    pub class: Class,
    /// The words that say what it is about.
    pub class_words: Span,
    /// `OR REPLACE`.
    pub replace: bool,
    /// `TEMPORARY`, in any of its spellings.
    pub temporary: bool,
    /// `UNLOGGED`.
    pub unlogged: bool,
    /// `UNIQUE`.
    pub unique: bool,
    /// `CONCURRENTLY`, as a word or an option, unless it is switched off.
    pub concurrently: Option<Span>,
    /// `IF EXISTS`, or `IF NOT EXISTS` of what is made.
    pub if_exists: bool,
    /// `ONLY`.
    pub only: bool,
    /// Where the name stands, or what follows a first word that no kind of object follows.
    pub name: Cursor<'a>,
}

/// The first word of a statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verb {
    /// `ALTER`.
    Alter,
    /// `ANALYZE`.
    Analyze,
    /// `CALL`.
    Call,
    /// `CLUSTER`.
    Cluster,
    /// `COMMENT`.
    Comment,
    /// `COPY`.
    Copy,
    /// `CREATE`.
    Create,
    /// `DELETE`.
    Delete,
    /// `DISCARD`.
    Discard,
    /// `DO`.
    Do,
    /// `DROP`.
    Drop,
    /// `EXECUTE`.
    Execute,
    /// `EXPLAIN`.
    Explain,
    /// `GRANT`.
    Grant,
    /// `INSERT`.
    Insert,
    /// `LOCK`.
    Lock,
    /// `MERGE`.
    Merge,
    /// `NOTIFY`.
    Notify,
    /// `REASSIGN`.
    Reassign,
    /// `REFRESH`.
    Refresh,
    /// `REINDEX`.
    Reindex,
    /// `RESET`.
    Reset,
    /// `REVOKE`.
    Revoke,
    /// `SELECT`.
    Select,
    /// `SET`.
    Set,
    /// `TABLE`.
    Table,
    /// `TRUNCATE`.
    Truncate,
    /// `UPDATE`.
    Update,
    /// `VACUUM`.
    Vacuum,
    /// `WITH`.
    With,
    /// Any other one.
    Other,
}

/// What a statement is about, as its words say it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Class {
    /// `AGGREGATE`.
    Aggregate,
    /// `ALL`, of `DISCARD`.
    All,
    /// `DATABASE`.
    Database,
    /// `DEFAULT PRIVILEGES`.
    DefaultPrivileges,
    /// `DOMAIN`.
    Domain,
    /// `EXTENSION`.
    Extension,
    /// `FOREIGN TABLE`.
    ForeignTable,
    /// `FUNCTION`.
    Function,
    /// `INDEX`.
    Index,
    /// `MATERIALIZED VIEW`.
    MaterializedView,
    /// `OWNED`.
    Owned,
    /// `POLICY`.
    Policy,
    /// `PROCEDURE`.
    Procedure,
    /// `PUBLICATION`.
    Publication,
    /// `ROLE`, `USER` or `GROUP`.
    Role,
    /// `ROUTINE`.
    Routine,
    /// `RULE`.
    Rule,
    /// `SCHEMA`.
    Schema,
    /// `SEQUENCE`.
    Sequence,
    /// `STATISTICS`.
    Statistics,
    /// `SUBSCRIPTION`.
    Subscription,
    /// `SYSTEM`.
    System,
    /// `TABLE`.
    Table,
    /// `TABLESPACE`.
    Tablespace,
    /// `TRIGGER`.
    Trigger,
    /// `TYPE`.
    Type,
    /// `USER MAPPING`.
    UserMapping,
    /// `VIEW`.
    View,
    /// Anything else.
    Other,
}

/// The more frequent ones come first.
const VERBS: [(&str, Verb); 30] = [
    ("create", Verb::Create),
    ("alter", Verb::Alter),
    ("insert", Verb::Insert),
    ("drop", Verb::Drop),
    ("update", Verb::Update),
    ("select", Verb::Select),
    ("delete", Verb::Delete),
    ("set", Verb::Set),
    ("comment", Verb::Comment),
    ("grant", Verb::Grant),
    ("with", Verb::With),
    ("do", Verb::Do),
    ("revoke", Verb::Revoke),
    ("refresh", Verb::Refresh),
    ("truncate", Verb::Truncate),
    ("reset", Verb::Reset),
    ("analyze", Verb::Analyze),
    ("call", Verb::Call),
    ("cluster", Verb::Cluster),
    ("copy", Verb::Copy),
    ("discard", Verb::Discard),
    ("execute", Verb::Execute),
    ("explain", Verb::Explain),
    ("lock", Verb::Lock),
    ("merge", Verb::Merge),
    ("notify", Verb::Notify),
    ("reassign", Verb::Reassign),
    ("reindex", Verb::Reindex),
    ("table", Verb::Table),
    ("vacuum", Verb::Vacuum),
];

/// The longer of two with one beginning comes first.
const CLASSES: [(&[&str], Class); 30] = [
    (&["table"], Class::Table),
    (&["index"], Class::Index),
    (&["view"], Class::View),
    (&["function"], Class::Function),
    (&["type"], Class::Type),
    (&["trigger"], Class::Trigger),
    (&["sequence"], Class::Sequence),
    (&["schema"], Class::Schema),
    (&["policy"], Class::Policy),
    (&["domain"], Class::Domain),
    (&["extension"], Class::Extension),
    (&["materialized", "view"], Class::MaterializedView),
    (&["procedure"], Class::Procedure),
    (&["rule"], Class::Rule),
    (&["aggregate"], Class::Aggregate),
    (&["all"], Class::All),
    (&["database"], Class::Database),
    (&["default", "privileges"], Class::DefaultPrivileges),
    (&["foreign", "table"], Class::ForeignTable),
    (&["group"], Class::Role),
    (&["owned"], Class::Owned),
    (&["publication"], Class::Publication),
    (&["role"], Class::Role),
    (&["routine"], Class::Routine),
    (&["statistics"], Class::Statistics),
    (&["subscription"], Class::Subscription),
    (&["system"], Class::System),
    (&["tablespace"], Class::Tablespace),
    (&["user", "mapping"], Class::UserMapping),
    (&["user"], Class::Role),
];

impl<'a> Command<'a> {
    /// Reads up to the name.
    pub fn of(statement: Statement<'a>) -> Self {
        let mut cursor = Cursor::new(statement);
        let first = cursor.span();
        // Macros run unoptimised, and every statement comes here: its word is cut out once.
        let word = cursor.keyword();
        let mut verbs = VERBS.iter();
        let verb = verbs.find(|(verb, _)| verb.eq_ignore_ascii_case(word));
        let verb = verb.map_or(Verb::Other, |(_, verb)| *verb);
        if verb != Verb::Other {
            cursor.advance();
        }
        let mut command = Self {
            verb,
            first,
            class: Class::Other,
            class_words: cursor.span(),
            replace: false,
            temporary: false,
            unlogged: false,
            unique: false,
            concurrently: None,
            if_exists: false,
            only: false,
            name: cursor,
        };
        match verb {
            Verb::Create => command.modifiers(&mut cursor),
            Verb::Reindex => command.options(&mut cursor),
            Verb::Alter | Verb::Drop | Verb::Discard | Verb::Reassign => {}
            _ => return command,
        }
        command.class_words = cursor.span();
        let word = cursor.keyword();
        let mut classes = CLASSES.iter();
        let class =
            classes.find(|(words, _)| words[0].eq_ignore_ascii_case(word) && cursor.sees(words));
        if let Some((words, class)) = class {
            command.class = *class;
            for _ in *words {
                command.class_words = command.class_words.to(cursor.span());
                cursor.advance();
            }
        }
        let place = cursor.span();
        if matches!(class, Some((_, Class::Index))) || verb == Verb::Reindex {
            let is_said = cursor.eat(&["concurrently"]);
            command.concurrently = is_said.then_some(place).or(command.concurrently);
        }
        command.if_exists = match verb {
            Verb::Create => cursor.if_not_exists(),
            _ => cursor.if_exists(),
        };
        command.only = cursor.eat(&["only"]);
        command.name = cursor;
        command
    }

    /// What stands between `CREATE` and the kind of object.
    fn modifiers(&mut self, cursor: &mut Cursor<'_>) {
        self.replace = cursor.eat(&["or", "replace"]);
        let _ = cursor.eat(&["global"]) || cursor.eat(&["local"]);
        self.temporary = cursor.eat(&["temporary"]) || cursor.eat(&["temp"]);
        self.unlogged = cursor.eat(&["unlogged"]);
        self.unique = cursor.eat(&["unique"]);
        for word in ["recursive", "constraint"] {
            cursor.eat(&[word]);
        }
    }

    /// The options of `REINDEX`.
    fn options(&mut self, cursor: &mut Cursor<'_>) {
        let options = cursor.parenthesised().unwrap_or_default();
        let concurrently = options.iter().find(|it| it.is_on("concurrently"));
        self.concurrently = concurrently.map(Cursor::span);
    }

    /// Whether it begins so.
    pub fn is(&self, verb: Verb, class: Class) -> bool {
        self.verb == verb && self.class == class
    }

    /// Its first words, as a message has them.
    pub fn shown(&self) -> String {
        let verb = VERBS.iter().find(|(_, verb)| *verb == self.verb);
        let class = CLASSES.iter().find(|(_, class)| *class == self.class);
        let verb = verb.map(|(word, _)| *word).into_iter();
        let words = verb.chain(
            class
                .into_iter()
                .flat_map(|(words, _)| words.iter().copied()),
        );
        words.collect::<Vec<_>>().join(" ").to_uppercase()
    }

    /// The name of what is there, with the cursor behind it.
    pub fn named(&self) -> Option<(Name, Cursor<'a>)> {
        let mut cursor = self.name;
        Some((cursor.name()?, cursor))
    }

    /// The same, of a table and all that inherit from it, whose name a star may follow.
    pub fn table(&self) -> Option<(Name, Cursor<'a>)> {
        let (name, mut cursor) = self.named()?;
        cursor.eat_text("*");
        Some((name, cursor))
    }

    /// All names up to a word that is not one, with the schema only where one is written.
    pub fn written_names(&self) -> Option<Vec<Name>> {
        let names = self.name.rest_by_commas().into_iter();
        names.map(|mut it| it.written_name()).collect()
    }
}
