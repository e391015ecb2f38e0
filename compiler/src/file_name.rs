//! `0007_add_email.up.sql`: version, name, what the file is for.

/// What a file name says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FileName<'a> {
    /// `0007_add_email`.
    pub label: &'a str,
    /// `0007`, as written.
    pub digits: &'a str,
    /// `add_email`.
    pub name: &'a str,
    /// `up`, `down` or `verify`.
    pub purpose: Purpose,
}

/// What the SQL of a file is for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Purpose {
    /// Applies the migration.
    Up,
    /// Takes it back.
    Down,
    /// Fails unless the migration has done what it should.
    Verify,
    /// Makes something anew whenever the file changes.
    Repeatable,
    /// Tries the schema out on a throw-away server.
    Test,
}

impl Purpose {
    /// The word for it; of a migration's files also the part of their names.
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Verify => "verify",
            Self::Repeatable => "repeatable",
            Self::Test => "test",
        }
    }
}

/// Fewer digits are taken for a mistake.
pub const MIN_DIGITS: usize = 3;

/// More do not fit PostgreSQL's `bigint`.
pub const MAX_DIGITS: usize = 18;

/// A version of this many digits is a UTC timestamp, `YYYYMMDDhhmmss`.
pub const TIMESTAMP_DIGITS: usize = 14;

impl<'a> FileName<'a> {
    /// Takes a file name apart, or says what is wrong with it and what would be right.
    pub fn parse(file: &'a str) -> Result<Self, BadName> {
        let bad = |message: String, help: String| Err(BadName { message, help });
        let Some(stem) = file.strip_suffix(".sql") else {
            return bad(
                format!("`{file}` is no migration file"),
                "a migration is named like 0001_create_users.up.sql; move anything else elsewhere"
                    .to_owned(),
            );
        };
        let (label, purpose) = match stem.rsplit_once('.') {
            Some((label, "up")) => (label, Purpose::Up),
            Some((label, "down")) => (label, Purpose::Down),
            Some((label, "verify")) => (label, Purpose::Verify),
            Some((label, other)) => {
                return bad(
                    format!("`{file}`: `{other}` is no direction"),
                    format!("name it {label}.up.sql or {label}.down.sql"),
                );
            }
            None => {
                return bad(
                    format!("`{file}` does not say whether it goes up or down"),
                    format!("name it {stem}.up.sql and write {stem}.down.sql beside it"),
                );
            }
        };
        let digits = &label[..label.bytes().take_while(u8::is_ascii_digit).count()];
        let Some(name) = label[digits.len()..]
            .strip_prefix('_')
            .filter(|_| !digits.is_empty())
        else {
            return bad(
                format!("`{file}` does not begin with a version and `_`"),
                "a migration is named like 0001_create_users.up.sql".to_owned(),
            );
        };
        let tail = format!("{name}.{}.sql", purpose.word());
        if digits.len() < MIN_DIGITS {
            return bad(
                format!("`{file}`: a version has at least {MIN_DIGITS} digits"),
                format!("name it {digits:0>4}_{tail}"),
            );
        }
        if digits.len() > MAX_DIGITS {
            return bad(
                format!("`{file}`: a version has at most {MAX_DIGITS} digits"),
                format!(
                    "name it {}_{tail}, for example",
                    &digits[..TIMESTAMP_DIGITS]
                ),
            );
        }
        if !is_snake_case(name) {
            return bad(
                format!("`{file}`: the name is not snake_case"),
                format!(
                    "name it {digits}_{}.{}.sql",
                    snake_case(name),
                    purpose.word()
                ),
            );
        }
        Ok(Self {
            label,
            digits,
            name,
            purpose,
        })
    }

    /// The version as a number; `MAX_DIGITS` digits fit.
    pub fn version(&self) -> u64 {
        self.digits
            .bytes()
            .fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
    }
}

/// The number of a label, as written: `0007` of `0007_add_email`.
pub fn digits_of(label: &str) -> &str {
    label.split_once('_').map_or(label, |(digits, _)| digits)
}

/// The label without its number: `add_email` of `0007_add_email`.
pub fn name_of(label: &str) -> &str {
    label.split_once('_').map_or(label, |(_, name)| name)
}

/// What is wrong with a file name.
#[derive(Debug, Eq, PartialEq)]
pub struct BadName {
    /// The mistake.
    pub message: String,
    /// What would be right.
    pub help: String,
}

fn is_snake_case(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !name.is_empty() && name.bytes().all(allowed)
}

/// The folder of scripts that run again whenever they change.
pub const REPEATABLE_FOLDER: &str = "repeatable";

/// `active_accounts` of `repeatable/active_accounts.sql`, or what is wrong with the name.
pub fn repeatable_name(file: &str) -> Result<&str, BadName> {
    let bad = |what: &str, help: String| {
        Err(BadName {
            message: format!("`{file}`{what}"),
            help,
        })
    };
    let inside = file
        .strip_prefix(REPEATABLE_FOLDER)
        .and_then(|rest| rest.strip_prefix('/'));
    let Some(name) = inside.and_then(|inside| inside.strip_suffix(".sql")) else {
        let help = "one is named like repeatable/active_accounts.sql; move anything else elsewhere";
        return bad(" is no repeatable script", help.to_owned());
    };
    if is_repeatable(name) {
        return Ok(name);
    }
    let fixed = snake_case(name.trim_start_matches(|sign: char| !sign.is_ascii_alphabetic()));
    let help = format!("name it {REPEATABLE_FOLDER}/{fixed}.sql");
    if is_snake_case(name) {
        bad(
            ": a name that begins with a digit would look like a version",
            help,
        )
    } else {
        bad(": the name is not snake_case", help)
    }
}

/// Whether this can be the name of a repeatable script: one that begins with a digit
/// would look like a version.
pub fn is_repeatable(name: &str) -> bool {
    is_snake_case(name) && !name.starts_with(|first: char| first.is_ascii_digit())
}

/// The nearest valid name: `Add-Users Table` becomes `add_users_table`.
pub fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_ascii_alphanumeric() {
            snake.push(character.to_ascii_lowercase());
        } else if !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
    }
    let snake = snake.trim_end_matches('_');
    if snake.is_empty() {
        "migration".to_owned()
    } else {
        snake.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{FileName, Purpose, repeatable_name, snake_case};

    #[test]
    fn good_names() {
        let name = FileName::parse("0007_add_email.down.sql").unwrap();
        assert_eq!(
            (name.version(), name.label, name.name),
            (7, "0007_add_email", "add_email")
        );
        assert_eq!(name.purpose, Purpose::Down);
        assert_eq!(
            FileName::parse("20261121093000_x.up.sql")
                .unwrap()
                .version(),
            20_261_121_093_000
        );
    }

    #[test]
    fn bad_names_come_with_a_good_one() {
        for (file, help) in [
            (
                "001_a.sql",
                "name it 001_a.up.sql and write 001_a.down.sql beside it",
            ),
            ("1_a.up.sql", "name it 0001_a.up.sql"),
            ("0001_A.up.sql", "name it 0001_a.up.sql"),
            ("0001_add-users.up.sql", "name it 0001_add_users.up.sql"),
            ("0001_a.upp.sql", "name it 0001_a.up.sql or 0001_a.down.sql"),
            (
                "V1__a.up.sql",
                "a migration is named like 0001_create_users.up.sql",
            ),
            (
                "0001.up.sql",
                "a migration is named like 0001_create_users.up.sql",
            ),
            ("0001_.up.sql", "name it 0001_migration.up.sql"),
            (
                "9999999999999999999_a.up.sql",
                "name it 99999999999999_a.up.sql, for example",
            ),
        ] {
            assert_eq!(FileName::parse(file).unwrap_err().help, help, "{file}");
        }
        assert!(FileName::parse("notes.txt").is_err());
        assert!(FileName::parse("ä.sql").is_err());
    }

    #[test]
    fn repeatable_names() {
        assert_eq!(
            repeatable_name("repeatable/active_accounts.sql"),
            Ok("active_accounts")
        );
        for (file, help) in [
            (
                "repeatable/Active-Accounts.sql",
                "name it repeatable/active_accounts.sql",
            ),
            ("repeatable/a.up.sql", "name it repeatable/a_up.sql"),
            (
                "repeatable/2024_totals.sql",
                "name it repeatable/totals.sql",
            ),
            ("repeatable/2024.sql", "name it repeatable/migration.sql"),
        ] {
            assert_eq!(repeatable_name(file).unwrap_err().help, help, "{file}");
        }
        for stray in [
            "repeatable/notes.txt",
            "repeatable/.sql",
            "a.sql",
            "repeatable",
        ] {
            assert!(repeatable_name(stray).is_err(), "{stray}");
        }
    }

    #[test]
    fn snake_case_of_anything() {
        assert_eq!(snake_case("Add  user's e-mail"), "add_user_s_e_mail");
        assert_eq!(snake_case("größe"), "gr_e");
        assert_eq!(snake_case("!?"), "migration");
    }
}
