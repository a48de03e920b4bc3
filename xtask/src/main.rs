//! The program: hands its arguments over and maps the outcome to an exit code.

fn main() {}
