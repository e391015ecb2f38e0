//! The one command line of these programs, and what they say of their own runs.
//!
//! `<program> <verb> <times> <url>` connects and acts so many times, and prints how long each
//! act took without its connecting, what CPU time this process used for it, and in the end
//! the most memory that the process ever held.

use std::error::Error;
use std::fs;
use std::process::ExitCode;
use std::time::Instant;

/// What to do with the migrations.
#[derive(Clone, Copy)]
pub enum Verb {
    /// Apply what is pending.
    Up,
    /// The same, in one transaction.
    UpSingle,
    /// Roll back everything.
    Down,
    /// Ask pgstrata's history what is applied.
    Ask,
    /// Have pgstrata say what it would do.
    Plan,
}

/// The whole program, but for how to connect and how to act.
pub fn main<C>(
    connect: impl Fn(&str) -> Result<C, Box<dyn Error>>,
    act: impl Fn(&mut C, Verb) -> Result<(), Box<dyn Error>>,
) -> ExitCode {
    match run(connect, act) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run<C>(
    connect: impl Fn(&str) -> Result<C, Box<dyn Error>>,
    act: impl Fn(&mut C, Verb) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [verb, times, url] = arguments.as_slice() else {
        return Err("give a verb, how many times, and the address of a database".into());
    };
    let verb = match verb.as_str() {
        "connect" => None,
        "up" => Some(Verb::Up),
        "up-single" => Some(Verb::UpSingle),
        "down" => Some(Verb::Down),
        "ask" => Some(Verb::Ask),
        "plan" => Some(Verb::Plan),
        other => return Err(format!("{other} is no verb").into()),
    };
    for _ in 0..times.parse()? {
        let mut connection = connect(url)?;
        let (cpu, begun) = (cpu_nanoseconds(), Instant::now());
        if let Some(verb) = verb {
            act(&mut connection, verb)?;
        }
        let (took, used) = (begun.elapsed(), cpu_nanoseconds().saturating_sub(cpu));
        println!("run {} {used}", took.as_nanos());
    }
    println!("peak {}", peak_kilobytes());
    Ok(())
}

/// Of all threads that live: the first number of `schedstat`, see proc(5). 0 where there is none.
fn cpu_nanoseconds() -> u64 {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let texts =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok());
    texts.filter_map(|text| text.split(' ').next()?.parse::<u64>().ok()).sum()
}

/// `VmHWM`, the peak of what was resident, see proc(5). 0 where there is none.
fn peak_kilobytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
