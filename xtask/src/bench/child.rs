//! A command, and the time that it took the processors.

use std::io;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The shell knows what its children have used, and the standard library does not. The first
/// argument is a file for it.
/// <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#times>
const SCRIPT: &str = "file=$1; shift; \"$@\"; code=$?; times >\"$file\"; exit $code";

/// What came of it.
pub(super) struct Finished {
    /// From start to end.
    pub(super) took: Duration,
    /// User and system time, of all its processes, to a hundredth of a second.
    pub(super) cpu: Duration,
    /// What it printed, and how it ended.
    pub(super) output: Output,
}

/// Runs it to its end.
pub(super) fn run(command: &Command) -> io::Result<Finished> {
    let times = tempfile::NamedTempFile::new()?;
    let mut shell = Command::new("sh");
    shell.args(["-c", SCRIPT, "sh"]).arg(times.path());
    shell
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    let begun = Instant::now();
    let output = shell.env("LC_ALL", "C").output()?;
    let took = begun.elapsed();
    let text = std::fs::read_to_string(times.path())?;
    let cpu = of_children(&text).ok_or_else(|| io::Error::other(format!("sh's times: {text}")))?;
    Ok(Finished { took, cpu, output })
}

/// The second line, such as `0m0.25s 1m0.05s`: user and system.
fn of_children(times: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    for time in times.lines().nth(1)?.split_whitespace() {
        let (minutes, seconds) = time.strip_suffix('s')?.split_once('m')?;
        let minutes: u64 = minutes.parse().ok()?;
        total += Duration::from_secs(60 * minutes);
        total += Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_the_children_is_the_second_line() {
        let times = "0m0.01s 0m0.00s\n1m2.25s 0m0.050000s\n";
        assert_eq!(of_children(times), Some(Duration::from_millis(62_300)));
        assert_eq!(of_children("0m0.01s 0m0.00s\n"), None);
    }

    #[test]
    fn a_child_keeps_its_arguments_its_environment_and_its_end() {
        let mut command = Command::new("sh");
        command
            .args(["-c", "echo \"$WORD $1\"; exit 3", "sh", "two  words"])
            .env("WORD", "it");
        let finished = run(&command).unwrap();
        assert_eq!(finished.output.stdout, b"it two  words\n");
        assert_eq!(finished.output.status.code(), Some(3));
    }
}
