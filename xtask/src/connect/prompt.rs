//! Asks for a password on a terminal, without showing it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, IsTerminal as _, Write as _};

use postgres::Config;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::failure::Failure;

/// What was typed; `None` where there is no terminal.
pub(super) fn password(config: &Config) -> Result<Option<String>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let Ok(mut terminal) = File::options().read(true).write(true).open("/dev/tty") else {
        return Ok(None);
    };
    let failed = |error: std::io::Error| {
        Failure::configuration(format!("asking for the password on the terminal: {error}"))
    };
    let user = config.get_user().unwrap_or_default();
    let shown = tcgetattr(&terminal).map_err(|error| failed(error.into()))?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    // Before it is asked for: what was typed until then is thrown away.
    tcsetattr(&terminal, OptionalActions::Flush, &hidden).map_err(|error| failed(error.into()))?;
    let mut line = String::new();
    let asked = write!(terminal, "password of {user}: ");
    let read = asked.and_then(|()| BufReader::new(&terminal).read_line(&mut line));
    let restored = tcsetattr(&terminal, OptionalActions::Flush, &shown);
    let _ = writeln!(terminal);
    read.map_err(failed)?;
    restored.map_err(|error| failed(error.into()))?;
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}
