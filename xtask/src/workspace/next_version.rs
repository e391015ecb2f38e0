//! The version behind another one.

use pgstrata_compiler::file_name::TIMESTAMP_DIGITS;

use crate::failure::Failure;

/// One more than `last`, with `width` digits; where those are a timestamp's, the time if it is later.
pub(crate) fn following(last: u64, width: usize) -> Result<String, Failure> {
    let next = if width == TIMESTAMP_DIGITS {
        now().max(last + 1)
    } else {
        last + 1
    };
    let version = format!("{next:0width$}");
    if version.len() > width {
        return Err(Failure::configuration(format!(
            "the numbers of {width} digits are used up; rename all files to wider ones first"
        )));
    }
    Ok(version)
}

/// The current time as `YYYYMMDDhhmmss`, in UTC.
fn now() -> u64 {
    let now = jiff::Timestamp::now().strftime("%Y%m%d%H%M%S").to_string();
    now.bytes()
        .fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}
