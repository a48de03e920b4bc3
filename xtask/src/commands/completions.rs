//! `completions`: a script that completes `cargo xtask` in a shell.
//!
//! clap's scripts complete a program of the name `xtask`, which nobody types. Here they are called for the words after
//! `cargo`; what stands before `xtask` stays with cargo's own completion.

use crate::cli::{Cli, Shell};
use clap::CommandFactory;

/// The script for a shell, to be evaluated in its start file.
pub fn script(shell: Shell) -> String {
    match shell {
        Shell::Bash => generate(clap_complete::Shell::Bash) + BASH,
        Shell::Zsh => generate(clap_complete::Shell::Zsh) + ZSH,
        Shell::Fish => fish(&generate(clap_complete::Shell::Fish)),
    }
}

fn generate(shell: clap_complete::Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "xtask", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Takes the place of cargo's own completion and calls it for everything else.
const BASH: &str = r#"
if [[ "$(complete -p cargo 2>/dev/null)" =~ -F\ ([^ ]+) && "${BASH_REMATCH[1]}" != _cargo_xtask ]]; then
    _cargo_xtask_other="${BASH_REMATCH[1]}"
fi

_cargo_xtask() {
    if [[ "${COMP_WORDS[1]}" == xtask && "${COMP_CWORD}" -ge 2 ]]; then
        local words=("${COMP_WORDS[@]:1}")
        COMP_WORDS=("${words[@]}")
        COMP_CWORD=$((COMP_CWORD - 1))
        _xtask xtask "$2" "$3"
    elif [[ -n "${_cargo_xtask_other}" ]]; then
        "${_cargo_xtask_other}" "$@"
    elif [[ "${COMP_CWORD}" -eq 1 ]]; then
        COMPREPLY=( $(compgen -W "$(cargo --list 2>/dev/null | awk 'NR > 1 { print $1 }')" -- "$2") )
    fi
}

complete -F _cargo_xtask -o bashdefault -o default cargo
"#;

/// cargo's own completion for zsh calls a function of this name for a subcommand that it does not know.
const ZSH: &str = r#"
_cargo-xtask() {
    _xtask "$@"
}
"#;

/// fish asks each line of a script by itself, so cargo's own stay; these hold once the word after `cargo` is `xtask`.
fn fish(script: &str) -> String {
    let after_cargo = "    set -e cmd[1]\n    test \"$cmd[1]\" = xtask\n    or return 1\n    set -e cmd[1]\n";
    script.replace("complete -c xtask ", "complete -c cargo ").replace("    set -e cmd[1]\n", after_cargo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zsh_and_fish_scripts_are_for_cargo() {
        assert!(script(Shell::Zsh).contains("\n_cargo-xtask() {\n    _xtask \"$@\"\n"));
        let fish = script(Shell::Fish);
        assert!(
            fish.contains("complete -c cargo -n \"__fish_xtask_needs_command\" -f -a \"build\""),
            "{fish}"
        );
        assert!(!fish.contains("complete -c xtask"));
        assert_eq!(fish.matches("test \"$cmd[1]\" = xtask\n").count(), 1, "{fish}");
    }
}
