//! `target_session_attrs`: which of several servers is the one (PostgreSQL manual, libpq: Parameter Key
//! Words).

use postgres::config::TargetSessionAttrs;
use postgres::{Client, Error};

use super::keyword::{Values, one_of};
use crate::catalog_session::CatalogSession;
use crate::failure::Failure;

/// What a session must be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wanted {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

pub(super) fn wanted(values: &Values) -> Result<Wanted, Failure> {
    let known = [
        ("any", Wanted::Any),
        ("read-write", Wanted::ReadWrite),
        ("read-only", Wanted::ReadOnly),
        ("primary", Wanted::Primary),
        ("standby", Wanted::Standby),
        ("prefer-standby", Wanted::PreferStandby),
    ];
    Ok(one_of(values, "target_session_attrs", &known)?.unwrap_or(Wanted::Any))
}

impl Wanted {
    /// What is tried, the next where none of the servers is that.
    pub(super) fn tries(self) -> &'static [Self] {
        match self {
            Self::PreferStandby => &[Self::Standby, Self::Any],
            Self::Any => &[Self::Any],
            Self::ReadWrite => &[Self::ReadWrite],
            Self::ReadOnly => &[Self::ReadOnly],
            Self::Primary => &[Self::Primary],
            Self::Standby => &[Self::Standby],
        }
    }

    /// Why a session is not it; `None` if it is.
    pub(super) fn against(self, client: &mut Client) -> Result<Option<&'static str>, Error> {
        if self == Self::Any {
            return Ok(None);
        }
        let row = CatalogSession::open(client)?.row(include_str!("session.sql"), &[])?;
        let (is_standby, is_read_only): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
        Ok(match self {
            Self::ReadWrite if is_standby => {
                Some("a standby, and target_session_attrs is read-write")
            }
            Self::ReadWrite if is_read_only => {
                Some("set to read only, and target_session_attrs is read-write")
            }
            Self::ReadOnly if !is_standby && !is_read_only => {
                Some("one that writes, and target_session_attrs is read-only")
            }
            Self::Primary if is_standby => Some("a standby, and target_session_attrs is primary"),
            Self::Standby if !is_standby => Some("a primary, and target_session_attrs is standby"),
            _ => None,
        })
    }

    /// What the client can ask for itself where it connects again, after a server was given up: whoever
    /// wanted one that writes gets no other.
    pub(super) fn again(self, client: &mut Client) -> TargetSessionAttrs {
        let writes = matches!(Self::ReadWrite.against(client), Ok(None));
        match self {
            Self::ReadWrite | Self::Primary if writes => TargetSessionAttrs::ReadWrite,
            Self::ReadOnly => TargetSessionAttrs::ReadOnly,
            _ => TargetSessionAttrs::Any,
        }
    }
}
