//! What the checks of a table prove of its rows, so that PostgreSQL need not read them
//! (PostgreSQL manual: ALTER TABLE, SET NOT NULL and ATTACH PARTITION).

use crate::action::ObjectKind;
use crate::catalog::{Catalog, Key};
use crate::condition::Condition;
use crate::cursor::{Cursor, Name};
use crate::data_type::DataType;
use crate::partition::Bound;

/// Whether the server knows without reading rows that the column holds no NULL, neither in the
/// table nor in those that inherit from it or are its partitions.
pub(crate) fn proves_not_null(catalog: &Catalog, table: &Name, column: &str) -> bool {
    let mut open = vec![table.clone()];
    while let Some(table) = open.pop() {
        if !proves_own_not_null(catalog, &table, column) {
            return false;
        }
        let partitions = catalog.belongings(&table).map(|(key, _)| key);
        let below = partitions.filter(|key| key.kind == ObjectKind::Table);
        open.extend(
            below
                .chain(catalog.heirs(&table))
                .map(|key| key.name.clone()),
        );
    }
    true
}

/// The same of the table alone.
pub(crate) fn proves_own_not_null(catalog: &Catalog, table: &Name, column: &str) -> bool {
    // Of a row it asks whether the row is NULL, of a column in a check also its parts.
    let of_type = type_of(catalog, table, column);
    let is_row = of_type.is_some_and(|it| is_composite(catalog, &it));
    let mut all = vec![checks(catalog, table, false)];
    let mut open = parents(catalog, table);
    while let Some(above) = open.pop() {
        all.push(checks(catalog, &above, true));
        open.extend(parents(catalog, &above));
    }
    !is_row && Condition::All(all).implies(&Condition::NotNull(column.to_owned()))
}

fn parents(catalog: &Catalog, table: &Name) -> Vec<Name> {
    let own = catalog.table(table).into_iter();
    own.flat_map(|table| table.on.iter().chain(&table.parents))
        .cloned()
        .collect()
}

/// Whether it knows so that all rows of a table belong into a partition, which this table becomes.
pub(crate) fn proves_bound(
    catalog: &Catalog,
    parent: &Name,
    table: &Name,
    bound: Option<&Bound>,
) -> bool {
    let Some(known) = catalog.table(parent) else {
        return false;
    };
    let (Some(key), Some(bound)) = (&known.partition_key, bound) else {
        return false;
    };
    let holds = filled_and_checked(catalog, table);
    let needed = bound.condition(key, &|column| type_of(catalog, table, column));
    if !needed.is_some_and(|needed| holds.implies(&needed)) {
        return false;
    }
    // What the parent holds is what it, as a partition of its own parent, may hold.
    match &known.on {
        Some(above) => proves_bound(catalog, above, table, known.bound.as_ref()),
        None => true,
    }
}

/// Whether it knows so that no row of the default partition belongs into a new one.
pub(crate) fn proves_absence(
    catalog: &Catalog,
    parent: &Name,
    default: &Name,
    bound: &Bound,
) -> bool {
    let key = catalog
        .table(parent)
        .and_then(|it| it.partition_key.as_ref());
    let needed = key.and_then(|key| bound.condition(key, &|it| type_of(catalog, default, it)));
    needed.is_some_and(|needed| filled_and_checked(catalog, default).implies(&needed.negated()))
}

/// The validated checks of a table, or of these only those that its partitions and heirs have too.
fn checks(catalog: &Catalog, table: &Name, only_inherited: bool) -> Condition {
    let types = |column: &str| type_of(catalog, table, column);
    let constraints = catalog.parts(ObjectKind::Constraint, table);
    let valid = constraints
        .filter(|(_, it)| !it.not_valid)
        .filter(|(_, it)| {
            !only_inherited
                || Cursor::of(&it.definition)
                    .finds(&["no", "inherit"])
                    .is_none()
        });
    let says = valid.filter_map(|(_, it)| Condition::of_constraint(&it.definition, &types));
    Condition::All(says.collect())
}

fn filled_and_checked(catalog: &Catalog, table: &Name) -> Condition {
    let columns = catalog.parts(ObjectKind::Column, table);
    let filled = columns.filter(|(_, column)| column.not_null);
    let mut all: Vec<Condition> = filled
        .map(|(name, _)| Condition::NotNull(name.to_owned()))
        .collect();
    all.push(checks(catalog, table, false));
    Condition::All(all)
}

fn type_of(catalog: &Catalog, table: &Name, column: &str) -> Option<DataType> {
    let column = catalog.object(&Key::part(ObjectKind::Column, table, column))?;
    column.type_name.clone()
}

/// Whether its values have parts: a composite type, or the rows of a table.
fn is_composite(catalog: &Catalog, of_type: &DataType) -> bool {
    let mut objects = catalog.objects();
    objects.any(|(key, object)| {
        let is_it = key.part.is_empty()
            && (of_type.name == key.name.name || of_type.name == key.name.shown());
        is_it
            && match key.kind {
                ObjectKind::Table => true,
                ObjectKind::Type => {
                    Cursor::of(&object.definition).sees(&["as"])
                        && !Cursor::of(&object.definition).sees(&["as", "enum"])
                }
                _ => false,
            }
    })
}
