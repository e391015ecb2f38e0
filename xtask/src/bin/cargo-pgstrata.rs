//! `cargo pgstrata …`: Cargo passes the subcommand's own name as the first argument.

fn main() -> std::process::ExitCode {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "pgstrata") {
        arguments.remove(1);
    }
    pgstrata_tools::main(arguments)
}
