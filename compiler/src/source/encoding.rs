//! Files that are not UTF-8: what they are, and the command that converts them.

use crate::diagnostic::{Diagnostic, ITS_FILE};

/// What another encoding is called by `iconv`, where the bytes can be nothing else.
///
/// A byte order mark says it, which `iconv` takes away; without one, every text of SQL is mostly ASCII,
/// so that every second byte is zero, or three of four.
pub(super) fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => return Some("UTF-32"),
        // What PowerShell 5 writes with `>`.
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Some("UTF-16"),
        _ => {}
    }
    // How many of the units have a zero in this place.
    let zeros = |unit: usize, place: usize| {
        let places = bytes.chunks_exact(unit).filter(|it| it[place] == 0).count();
        (places, bytes.len() / unit)
    };
    let all =
        |unit, place| matches!(zeros(unit, place), (zeros, units) if units > 0 && zeros == units);
    let most = |unit, place| matches!(zeros(unit, place), (zeros, units) if zeros * 2 > units);
    let few = |unit, place| matches!(zeros(unit, place), (zeros, units) if zeros * 10 < units);
    match () {
        () if !bytes.contains(&0) => None,
        () if all(4, 3) && most(4, 2) && few(4, 0) => Some("UTF-32LE"),
        () if all(4, 0) && most(4, 1) && few(4, 3) => Some("UTF-32BE"),
        () if most(2, 1) && few(2, 0) => Some("UTF-16LE"),
        () if most(2, 0) && few(2, 1) => Some("UTF-16BE"),
        () => None,
    }
}

/// The way to UTF-8. What cannot be converted is left as it is.
fn converted(encoding: &str) -> String {
    format!(
        "iconv -f {encoding} -t UTF-8 {ITS_FILE} > converted.sql && mv converted.sql {ITS_FILE}"
    )
}

pub(super) fn encoded_otherwise(name: &str, encoding: &'static str) -> Diagnostic {
    let family = match encoding {
        "UTF-32" | "UTF-32LE" | "UTF-32BE" => "UTF-32",
        _ => "UTF-16",
    };
    let message = format!("`{name}` is {family}, and migrations are UTF-8");
    Diagnostic::error("not-utf8", message)
        .in_file(name)
        .help(format!("convert it: {}", converted(encoding)))
}

pub(super) fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Diagnostic {
    let bytes = error.as_bytes();
    let valid = error.utf8_error().valid_up_to();
    let line = bytes[..valid].iter().filter(|&&byte| byte == b'\n').count() + 1;
    let message = format!(
        "`{name}` is not UTF-8: byte 0x{:02X} in line {line}",
        bytes[valid]
    );
    // Letters of Latin-1 that happen to be UTF-8 are rare: then most of the file is, and to convert it
    // would spoil that.
    let is_mixed = bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii());
    let help = if is_mixed {
        "the rest of the file is UTF-8: write the characters of this line again".to_owned()
    } else {
        format!(
            "convert it, if it was written in Western Europe, else from the encoding of your editor: {}",
            converted(of_western_europe(bytes))
        )
    };
    Diagnostic::error("not-utf8", message)
        .in_file(name)
        .help(help)
}

/// Windows has letters where Latin-1 has control characters, and none in five places.
fn of_western_europe(bytes: &[u8]) -> &'static str {
    let has_none = |byte: &u8| [0x81, 0x8d, 0x8f, 0x90, 0x9d].contains(byte);
    let is_windows = bytes.iter().any(|byte| (0x80..0xa0).contains(byte));
    if is_windows && !bytes.iter().any(has_none) {
        "WINDOWS-1252"
    } else {
        "LATIN1"
    }
}
