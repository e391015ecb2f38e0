//! Where what is printed goes nowhere.

use std::fs::File;
use std::io::PipeWriter;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::{database, directory, objects, shop};

/// `up` on this database, as `| head` leaves it, or a full disk.
fn up(dir: &Path, url: &str, change: impl FnOnce(&mut Command)) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgstrata"));
    command
        .args(["up", "--skip-backup", "--database-url", url, "--dir"])
        .arg(dir);
    change(&mut command);
    command.output().expect("the program runs")
}

/// A pipe that nobody reads from.
fn unread() -> PipeWriter {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    writer
}

#[test]
fn a_run_goes_on_where_nobody_reads_it() {
    let dir = shop();
    let (read, half_read, not_read) = (database(), database(), database());
    let all = up(dir.path(), &read, |_| ());
    assert!(all.status.success(), "{all:?}");
    let half = up(dir.path(), &half_read, |it| {
        it.stdout(unread());
    });
    assert!(half.status.success(), "{half:?}");
    let none = up(dir.path(), &not_read, |it| {
        it.stdout(unread()).stderr(unread());
    });
    assert!(none.status.success(), "{none:?}");
    assert!(objects(&read) > 2);
    assert_eq!(
        [objects(&half_read), objects(&not_read)],
        [objects(&read); 2]
    );
    // Nor does an error panic.
    let refused = up(directory(&[]).path(), &read, |it| {
        it.stdout(unread()).stderr(unread());
    });
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
}

#[test]
fn what_could_not_be_written_is_said_when_the_run_is_done() {
    let (dir, url) = (shop(), database());
    let full = File::options()
        .write(true)
        .open("/dev/full")
        .expect("a full disk");
    let done = up(dir.path(), &url, |it| {
        it.stdout(full);
    });
    assert_eq!(done.status.code(), Some(5), "{done:?}");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(
        said.contains("not all of the output could be written: No space left"),
        "{said}"
    );
    assert!(
        up(dir.path(), &url, |_| ())
            .stdout
            .ends_with(b"nothing to do\n")
    );
}
