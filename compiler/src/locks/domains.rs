//! What a domain adds to its type: checks, `NOT NULL` and a default.

use crate::action::ObjectKind;
use crate::catalog::{Catalog, Object};
use crate::cursor::{Cursor, Name};
use crate::data_type::DataType;
use crate::tokens::Tokens;

/// The deepest domain over a domain that is looked at; none is ever that deep.
const DEEPEST: usize = 16;

/// The type that values of this type have in the end.
pub(crate) fn base(catalog: &Catalog, of_type: &DataType) -> DataType {
    match chain(catalog, of_type)
        .last()
        .and_then(|domain| type_of(domain))
    {
        Some(base) if !of_type.is_array => base,
        _ => of_type.clone(),
    }
}

/// Whether it demands something of its values, so that each is looked at.
pub(crate) fn is_constrained(catalog: &Catalog, of_type: &DataType) -> bool {
    let mut domains = chain(catalog, of_type).into_iter();
    !of_type.is_array && domains.any(|domain| domain.not_null || domain.checks > 0)
}

/// The default of a column that has none of its own.
pub(super) fn default<'a>(catalog: &'a Catalog, of_type: &DataType) -> Option<&'a Tokens> {
    let mut domains = chain(catalog, of_type).into_iter();
    domains
        .find_map(|domain| domain.default.as_ref())
        .filter(|_| !of_type.is_array)
}

/// The tables with a column of the domain, or of one over it.
pub(crate) fn tables(catalog: &Catalog, domain: &Name) -> Vec<Name> {
    let is_it = |of_type: &DataType| {
        let found = named(catalog, &of_type.name);
        let mut all = found.into_iter().chain(
            chain(catalog, of_type)
                .into_iter()
                .filter_map(|above| named(catalog, &type_of(above)?.name)),
        );
        all.any(|(name, _)| name == domain)
    };
    let columns = catalog.of_kind(ObjectKind::Column);
    let using = columns.filter(|(_, column)| column.type_name.as_ref().is_some_and(is_it));
    let mut tables: Vec<Name> = using.map(|(table, _)| table.clone()).collect();
    tables.dedup();
    tables
}

/// The domain, the domain that it is one of, and so on.
fn chain<'a>(catalog: &'a Catalog, of_type: &DataType) -> Vec<&'a Object> {
    let mut found = Vec::new();
    let mut next = named(catalog, &of_type.name);
    while let Some((_, domain)) = next.filter(|_| found.len() < DEEPEST) {
        found.push(domain);
        next = type_of(domain).and_then(|below| named(catalog, &below.name));
    }
    found
}

fn named<'a>(catalog: &'a Catalog, name: &str) -> Option<(&'a Name, &'a Object)> {
    let mut domains = catalog.of_kind(ObjectKind::Domain);
    domains.find(|(key, _)| key.name == name || key.shown() == name)
}

fn type_of(domain: &Object) -> Option<DataType> {
    let mut words = Cursor::of(&domain.definition);
    words.eat(&["as"]);
    DataType::read(&mut words)
}
