//! What commands print.
//!
//! The standard library's macros panic where nobody reads any more, as behind `| head -1`, and so
//! would end a run half-way. These take their place in this crate and go on; what else keeps them
//! from writing, such as a full disk, the command says in the end.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::{Mutex, PoisonError};

/// The first failure, unless a reader just went away.
static FAILED: Mutex<Option<io::Error>> = Mutex::new(None);

pub(crate) fn write(out: &mut dyn Write, text: fmt::Arguments<'_>) {
    note(out.write_fmt(text));
}

/// With a line's end, in one piece.
pub(crate) fn line(out: &mut dyn Write, text: fmt::Arguments<'_>) {
    write(out, format_args!("{text}\n"));
}

/// Whether all that was printed has been written.
pub(crate) fn finish() -> io::Result<()> {
    note(io::stdout().flush());
    let failed = FAILED.lock().unwrap_or_else(PoisonError::into_inner).take();
    failed.map_or(Ok(()), Err)
}

fn note(result: io::Result<()>) {
    let Err(error) = result else { return };
    if error.kind() != ErrorKind::BrokenPipe {
        FAILED
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
    }
}

macro_rules! print {
    ($($text:tt)*) => { $crate::output::write(&mut std::io::stdout(), format_args!($($text)*)) };
}
macro_rules! println {
    ($($text:tt)*) => { $crate::output::line(&mut std::io::stdout(), format_args!($($text)*)) };
}
macro_rules! eprintln {
    ($($text:tt)*) => { $crate::output::line(&mut std::io::stderr(), format_args!($($text)*)) };
}
/// Its colours go where nobody sees them.
macro_rules! print_coloured {
    ($($text:tt)*) => { $crate::output::write(&mut anstream::stdout(), format_args!($($text)*)) };
}
/// The same on standard error, with a line's end.
macro_rules! eprintln_coloured {
    ($($text:tt)*) => { $crate::output::line(&mut anstream::stderr(), format_args!($($text)*)) };
}

pub(crate) mod plural;
pub(crate) mod text;
pub(crate) mod colour;
pub(crate) mod picture;
pub(crate) mod progress;
