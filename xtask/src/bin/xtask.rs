//! `cargo xtask …` in this workspace: the commands of `cargo pgstrata`, and those that only this repository has.

fn main() -> std::process::ExitCode {
    pgstrata_tools::main(std::env::args_os())
}
