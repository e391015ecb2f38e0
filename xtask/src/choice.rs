//! Values that people choose by their names.

/// One of a few.
pub(crate) trait Choice: Copy + Send + Sync + 'static {
    /// All, in the order in which they are shown.
    const ALL: &'static [Self];

    /// As it is written.
    fn name(self) -> &'static str;

    /// What it is, in a few words.
    fn help(self) -> &'static str;

    /// The one that is written so.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.name() == name)
    }
}

/// An enum with a name for each value, and with its documentation as help.
macro_rules! choices {
    (
        $(#[doc = $what:literal])+
        $visibility:vis enum $type:ident {
            $($(#[doc = $help:literal])+ $value:ident = $name:literal,)+
        }
    ) => {
        $(#[doc = $what])+
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        $visibility enum $type {
            $($(#[doc = $help])+ $value,)+
        }

        impl $crate::choice::Choice for $type {
            const ALL: &'static [Self] = &[$(Self::$value),+];

            fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)+
                }
            }

            fn help(self) -> &'static str {
                let help = match self {
                    $(Self::$value => concat!($($help),+),)+
                };
                help.trim_start().trim_end_matches('.')
            }
        }
    };
}
