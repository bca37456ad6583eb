//! kubectl.

fn main() -> std::process::ExitCode {
    kubectl_rs::process::main()
}
