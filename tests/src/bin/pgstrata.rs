//! The commands as one program, so that tests can run it and read its exit code.

fn main() -> std::process::ExitCode {
    pgstrata_tools::main(std::env::args_os())
}
