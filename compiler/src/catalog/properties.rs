//! What is set on objects: comments, row security and privileges.

use std::collections::BTreeSet;

use super::{Catalog, Key, Object};
use crate::action::ObjectKind;
use crate::cursor::Name;
use crate::form::RowSecurityChange;
use crate::property::{Comment, Commented, Grant, Granted, Said};

/// Row security of a table: whether it is on, and whether for the owner too.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RowSecurity {
    /// `ENABLE`.
    pub is_enabled: bool,
    /// `FORCE`.
    pub is_forced: bool,
}

/// What is kept of a function that everybody could call and nobody may now.
pub(crate) const NO_EXECUTE: &str = "no execute";

impl Catalog {
    pub(super) fn comment(&mut self, comment: &Comment) {
        let key = match &comment.on {
            Commented::Whole(kind, name) => Key::whole(*kind, name),
            Commented::Part(kind, table, name) => Key::part(*kind, table, name),
            Commented::Other => return,
        };
        let said = match &comment.said {
            Said::Nothing => None,
            Said::Text(text) => Some(text.clone()),
            Said::Unknown => return,
        };
        self.change(&key, |object| object.comment = said);
    }

    /// Whether the privileges of a new object are known.
    pub fn knows_privileges(&self) -> bool {
        !self.has_defaults
    }

    pub(super) fn row_security(&mut self, table: &Key, change: RowSecurityChange) {
        self.change(table, |object| {
            let security = &mut object.row_security;
            match change {
                RowSecurityChange::Enable => security.is_enabled = true,
                RowSecurityChange::Disable => security.is_enabled = false,
                RowSecurityChange::Force => security.is_forced = true,
                RowSecurityChange::NoForce => security.is_forced = false,
            }
        });
    }

    /// `GRANT` and `REVOKE` of privileges on objects that the migrations make.
    pub(super) fn grant(&mut self, grant: &Grant) {
        let Grant {
            is_given,
            privileges,
            roles,
            ..
        } = grant;
        let keys = self.granted(&grant.on);
        for key in &keys {
            let is_all = privileges
                .iter()
                .any(|it| it == "execute" || it == "all" || it == "all privileges");
            let execute = (key.kind == ObjectKind::Function).then_some(is_all);
            self.change(key, |object| {
                for role in roles {
                    // Functions are everybody's from the start.
                    if let ("public", Some(execute)) = (&**role, execute) {
                        object.closed_to_all(execute && !*is_given);
                    } else if *is_given {
                        let each = privileges.iter().map(|it| (role.clone(), it.clone()));
                        object.privileges.extend(each);
                    } else {
                        take_away(&mut object.privileges, role, privileges);
                    }
                }
            });
        }
    }

    /// The objects that it is about.
    fn granted(&self, on: &Granted) -> Vec<Key> {
        let relations = [
            ObjectKind::Table,
            ObjectKind::View,
            ObjectKind::MaterializedView,
            ObjectKind::Sequence,
        ];
        let inside = |kinds: &[ObjectKind], schemas: &[String]| -> Vec<Key> {
            let all = self.objects.keys().filter(|key| key.part.is_empty());
            let inside = all.filter(|key| schemas.contains(&key.name.schema));
            inside
                .filter(|key| kinds.contains(&key.kind))
                .cloned()
                .collect()
        };
        match on {
            Granted::TablesIn(schemas) => inside(&relations[..3], schemas),
            Granted::SequencesIn(schemas) => inside(&relations[3..], schemas),
            Granted::Schemas(schemas) => schemas
                .iter()
                .map(|schema| Key::whole(ObjectKind::Schema, &Name::unqualified(schema)))
                .collect(),
            Granted::Functions(names) => names
                .iter()
                .map(|name| Key::whole(ObjectKind::Function, name))
                .collect(),
            Granted::Relations(names) => names
                .iter()
                .filter_map(|name| {
                    let found = relations.iter().map(|kind| Key::whole(*kind, name));
                    found.into_iter().find(|key| self.objects.contains_key(key))
                })
                .collect(),
            Granted::Other => Vec::new(),
        }
    }
}

fn take_away(held: &mut BTreeSet<(String, String)>, role: &str, privileges: &[String]) {
    let is_all = privileges
        .iter()
        .any(|it| it == "all" || it == "all privileges");
    // What ALL comes to differs between versions, so it goes with any of its parts.
    held.retain(|(holder, privilege)| {
        let is_named =
            privileges.contains(privilege) || privilege == "all" || privilege == "all privileges";
        holder != role || !is_all && !is_named
    });
}

impl Object {
    /// Whether a function cannot be called by everybody.
    fn closed_to_all(&mut self, is_closed: bool) {
        let what = ("public".to_owned(), NO_EXECUTE.to_owned());
        if is_closed {
            self.privileges.insert(what);
        } else {
            self.privileges.remove(&what);
        }
    }

    /// What stays on an object that is replaced or has another name.
    pub(super) fn keep_properties(&mut self, before: &Self) {
        self.comment.clone_from(&before.comment);
        self.privileges.clone_from(&before.privileges);
        self.row_security = before.row_security;
    }
}
