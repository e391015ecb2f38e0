//! Lists of privileges, without the name of who owns the object.

/// One `grantee=letters/grantor`.
struct Item {
    grantee: String,
    letters: String,
    grantor: String,
}

const OWNER: &str = "owner";
const PUBLIC: &str = "PUBLIC";

/// The items in order, with `owner` for his name, and by whom only where it was somebody else.
pub(super) fn neutral(list: &str, owner: &str) -> String {
    let named = |name: String| {
        if name == owner {
            OWNER.to_owned()
        } else {
            name
        }
    };
    let texts = items(list).into_iter().map(
        |Item {
             grantee,
             letters,
             grantor,
         }| {
            let grantee = if grantee.is_empty() {
                PUBLIC.to_owned()
            } else {
                named(grantee)
            };
            match named(grantor) {
                grantor if grantor == OWNER => format!("{grantee}={letters}"),
                grantor => format!("{grantee}={letters}/{grantor}"),
            }
        },
    );
    sorted(texts.collect())
}

/// Without what the owner may, which is everything there is, and without `MAINTAIN`, which is
/// a part of `ALL` since PostgreSQL 17.
pub(super) fn portable(list: &str) -> String {
    let kept = granted(list)
        .into_iter()
        .filter(|(grantee, _)| *grantee != OWNER);
    let without = |(grantee, rest): (&str, &str)| {
        let (letters, grantor) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let letters = letters.replacen("m*", "", 1).replacen('m', "", 1);
        format!("{grantee}={letters}{grantor}")
    };
    sorted(kept.map(without).collect())
}

/// The same, without what everybody may.
pub(super) fn of_roles(list: &str) -> String {
    let list = portable(list);
    let kept = granted(&list)
        .into_iter()
        .filter(|(grantee, _)| *grantee != PUBLIC);
    sorted(
        kept.map(|(grantee, rest)| format!("{grantee}={rest}"))
            .collect(),
    )
}

/// Grantee and letters of each item of a list that [`neutral`] made.
pub(crate) fn granted(list: &str) -> Vec<(&str, &str)> {
    list.split(", ")
        .filter_map(|item| item.split_once('='))
        .collect()
}

fn sorted(mut texts: Vec<String>) -> String {
    texts.sort_unstable();
    texts.join(", ")
}

/// As `aclitemout` writes them: a name with anything but letters, digits and `_` is quoted.
fn items(list: &str) -> Vec<Item> {
    let mut found = vec![[String::new(), String::new(), String::new()]];
    let (mut part, mut quoted) = (0, false);
    let mut signs = list.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => {
                signs.next();
                push(&mut found, part, sign);
            }
            '"' => quoted = !quoted,
            '=' if !quoted && part == 0 => part = 1,
            '/' if !quoted && part == 1 => part = 2,
            ',' if !quoted => {
                found.push(Default::default());
                part = 0;
            }
            ' ' if !quoted && part == 0 => {}
            _ => push(&mut found, part, sign),
        }
    }
    let items = found
        .into_iter()
        .filter(|[_, letters, grantor]| !(letters.is_empty() && grantor.is_empty()));
    items
        .map(|[grantee, letters, grantor]| Item {
            grantee,
            letters,
            grantor,
        })
        .collect()
}

fn push(found: &mut [[String; 3]], part: usize, sign: char) {
    if let Some(item) = found.last_mut() {
        item[part].push(sign);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_has_no_name() {
        for (list, owner, expected) in [
            ("me=arw/me, reader=r/me", "me", "owner=arw, reader=r"),
            (
                "=X/me, \"a, \"\"b=\"=X*/other",
                "me",
                "PUBLIC=X, a, \"b==X*/other",
            ),
            ("", "me", ""),
        ] {
            assert_eq!(neutral(list, owner), expected);
        }
        assert_eq!(
            portable("PUBLIC=r, owner=arwm, reader=arm"),
            "PUBLIC=r, reader=ar"
        );
        assert_eq!(of_roles("PUBLIC=UC, reader=U"), "reader=U");
    }
}
