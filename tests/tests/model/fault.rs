//! What goes wrong while programs run.

use crate::proxy::Moment;

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Fault {
    /// SIGKILL of the program.
    Kill,
    /// `pg_terminate_backend`.
    Terminate,
    /// `pg_cancel_backend`.
    Cancel,
    /// The connection is gone, and nobody is told.
    Cut,
    /// An immediate stop of the server, which comes up again.
    Restart,
    /// An immediate stop of the server, and a standby that has all of it takes over.
    FailOver,
    /// The same, with a standby that has heard nothing since the act began.
    FailOverToTheLate,
}

pub(crate) const FAULTS: [(&str, Fault); 7] = [
    ("kill", Fault::Kill),
    ("terminate", Fault::Terminate),
    ("cancel", Fault::Cancel),
    ("cut", Fault::Cut),
    ("restart", Fault::Restart),
    ("fail-over", Fault::FailOver),
    ("fail-over to a late standby", Fault::FailOverToTheLate),
];

/// Where and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blow {
    pub(crate) fault: Fault,
    pub(crate) moment: Moment,
    /// Of as many requests as the run is likely to make.
    pub(crate) place: u64,
}

impl Blow {
    /// Whether it falls where most is at stake, if the run comes by such a place.
    pub(crate) fn is_aimed(self) -> bool {
        let is_anywhere = (self.place >> 48).is_multiple_of(4);
        !is_anywhere && self.fault != Fault::FailOverToTheLate
    }
}

impl Fault {
    pub(crate) fn name(self) -> &'static str {
        let mut all = FAULTS.iter();
        all.find(|(_, fault)| *fault == self).unwrap().0
    }

    /// Whether it harms every program at once.
    pub(crate) fn harms_all(self) -> bool {
        matches!(
            self,
            Self::Restart | Self::FailOver | Self::FailOverToTheLate
        )
    }

    pub(crate) fn is_fail_over(self) -> bool {
        matches!(self, Self::FailOver | Self::FailOverToTheLate)
    }
}
