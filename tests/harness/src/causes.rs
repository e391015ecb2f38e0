//! An error as one text.

use std::error::Error;

use postgres::error::DbError;

/// With all that caused it; what the server said in its own words.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |cause: &&(dyn Error + 'static)| {
        (*cause).source()
    });
    let text = |cause: &(dyn Error + 'static)| match cause.downcast_ref::<DbError>() {
        Some(said) => Some(of_server(said)),
        // The client only says that there is one.
        None if cause.source().is_some_and(<dyn Error>::is::<DbError>) => None,
        None => Some(cause.to_string()),
    };
    causes.filter_map(text).collect::<Vec<_>>().join(": ")
}

fn of_server(said: &DbError) -> String {
    let more = [("detail", said.detail()), ("hint", said.hint())];
    let more = more.map(|(name, text)| {
        let text = text.map(|text| text.replace('\n', "\n    "));
        text.map_or(String::new(), |text| format!("\n  {name}: {text}"))
    });
    let (severity, code) = (said.severity(), said.code().code());
    format!("{severity} {code}: {}{}", said.message(), more.concat())
}
