//! PowerShell finds a library that is already loaded by its SONAME; Rust gives a cdylib none.

fn main() {
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libpsrpclient.so");
}
