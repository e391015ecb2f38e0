//! The types of the `postgres` crate as ours.

use std::error::Error;
use std::iter::successors;

use postgres::error::{DbError, ErrorPosition};

use crate::cause::{BoxError, Cause};
use crate::database_error::{DatabaseError, Fields};

impl From<&DbError> for DatabaseError {
    fn from(said: &DbError) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let position = said.position().and_then(|position| match position {
            ErrorPosition::Original(position) => Some(*position),
            // In text that a function made up; no place in what was sent.
            ErrorPosition::Internal { .. } => None,
        });
        Self(Box::new(Fields {
            severity: said.severity().to_owned(),
            code: said.code().code().to_owned(),
            message: said.message().to_owned(),
            detail: owned(said.detail()),
            hint: owned(said.hint()),
            position,
            context: owned(said.where_()),
            schema: owned(said.schema()),
            table: owned(said.table()),
            column: owned(said.column()),
            constraint: owned(said.constraint()),
            routine: owned(said.routine()),
            cancelled: None,
        }))
    }
}

impl From<postgres::Error> for Cause {
    fn from(error: postgres::Error) -> Self {
        Self {
            around: Vec::new(),
            said: error.as_db_error().map(DatabaseError::from),
            error: error.into(),
        }
    }
}

/// What Rust code failed with: mostly an error of the client's, or one that has such a source.
pub(crate) fn of_code(error: BoxError) -> Cause {
    let chain = || successors(Some(&*error as &(dyn Error + 'static)), |it| (*it).source());
    let said = chain().find_map(|error| error.downcast_ref::<DbError>());
    let is_client = |error: &&(dyn Error + 'static)| error.is::<postgres::Error>();
    let around = chain().take_while(|error| !is_client(error));
    let around = around.map(ToString::to_string).collect();
    Cause {
        around: said.map_or_else(Vec::new, |_| around),
        said: said.map(DatabaseError::from),
        error,
    }
}
