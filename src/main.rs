//! `pepd`.

fn main() -> std::process::ExitCode {
    pepd::cli::main()
}
