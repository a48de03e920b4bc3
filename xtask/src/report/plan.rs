//! A plan as a person reads it: paths below the current folder are relative, commands are as they can be pasted.

use crate::chip::human_size;
use crate::plan::Plan;
use crate::process::{Invocation, quote};
use std::collections::BTreeMap;
use std::path::Path;

/// Where a command's lines are broken, if a word ends there.
const WIDTH: usize = 96;

/// The whole plan: what is built from what, the table, the files, the steps with their environment. Paths below `cwd`
/// are relative to it, apart from those in commands and variables, which hold wherever they are used.
pub fn text(plan: &Plan, cwd: &Path) -> String {
    let shown = |path: &Path| path.strip_prefix(cwd).unwrap_or(path).display().to_string();
    let mut text = format!("{}\n", title(plan));
    let mut line = |name: &str, value: String| text += &format!("  {name:<12} {value}\n");
    let variant =
        plan.base_variant.as_ref().map(|variant| format!(", variant {variant}")).unwrap_or_default();
    line("base", format!("{}{variant}", plan.base));
    line("chip", plan.chip.clone());
    line("flash", plan.flash_size.map_or_else(|| "ESP-IDF's default".into(), |size| size.to_string()));
    for (name, tree) in [("MicroPython", &plan.micropython), ("ESP-IDF", &plan.idf)] {
        let dirty = if tree.dirty { ", changed" } else { "" };
        line(name, format!("{}{dirty} in {}", tree.version, shown(&tree.path)));
    }
    line("manifest", shown(&plan.manifest));
    for module in &plan.modules {
        line("C module", shown(module));
    }
    if !plan.require.is_empty() {
        line("require", plan.require.join(", "));
    }
    if let Some(released) = &plan.released {
        line("released", shown(&released.file));
    }
    line(
        "sdkconfig",
        format!("{} symbols (`cargo xtask sdkconfig` shows them)", plan.sdkconfig.symbols.len()),
    );
    text += "\nPartition table\n";
    text += &table(plan);
    text += "\nFiles, below ";
    text += &format!("{}\n", shown(&plan.folders.root));
    let relative = |path: &Path| path.strip_prefix(&plan.folders.root).unwrap_or(path).display().to_string();
    for file in &plan.generated.files {
        text += &format!("  {}\n", relative(&file.path));
    }
    let target = |path: &Path| match path.strip_prefix(&plan.micropython.path) {
        Ok(inside) => format!("MicroPython's {}", inside.display()),
        Err(_) => shown(path),
    };
    for link in &plan.generated.links {
        text += &format!("  {} -> {}\n", relative(&link.path), target(&link.target));
    }
    text += "\nSteps\n";
    let mut common = BTreeMap::new();
    for step in &plan.steps {
        text += &format!("  {:<10} {}\n", step.stage.name(), step.stage.purpose());
        if let Some(run) = &step.run {
            text += &format!("             in {}\n", shown(&run.cwd));
            text += &command(run);
            common.extend(own_variables(run));
        }
    }
    text += "\nEnvironment of every step, beside the caller's PATH, locale, proxies and caches\n";
    for (name, value) in common {
        text += &format!("  {name}={value}\n");
    }
    text
}

/// `smw-s3-ota: SMW S3 ...`.
pub fn title(plan: &Plan) -> String {
    let description = plan.description.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
    let stand_in = if plan.stand_in { " [stand-in: the image will not boot]" } else { "" };
    format!("{}{description}{stand_in}", plan.id)
}

fn table(plan: &Plan) -> String {
    let Some(rows) = &plan.partitions else {
        return "  one of ESP-IDF's built-in tables, known after configure\n".into();
    };
    let cells: Vec<[String; 5]> = rows
        .iter()
        .map(|row| {
            let size = human_size(u64::from(row.size));
            let offset = format!("{:#x}", row.offset);
            [
                row.name.clone(),
                row.kind.clone(),
                row.subtype.clone(),
                offset,
                format!("{:#x} ({size})", row.size),
            ]
        })
        .collect();
    let head = ["NAME", "TYPE", "SUBTYPE", "OFFSET", "SIZE"];
    let text = super::columns(&head, cells.iter().map(|row| row.as_slice()));
    let flash = plan.flash_size.map(|size| u64::from(size.bytes()));
    let table: String = text.lines().map(|line| format!("  {line}\n")).collect();
    format!("{table}\n{}", super::image::picture(rows, flash, None))
}

/// Quoted words; a flag of one letter stays with its value.
fn glued(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in words.map(|word| quote(&word)) {
        match all.last_mut().filter(|last| last.len() == 2 && last.starts_with('-')) {
            Some(flag) => *flag += &format!(" {word}"),
            None => all.push(word),
        }
    }
    all
}

/// A command for a shell, broken between words.
fn command(run: &Invocation) -> String {
    const INDENT: &str = "             ";
    let words = std::iter::once(run.program.display().to_string()).chain(run.args.iter().cloned());
    let mut text = INDENT.to_owned();
    let mut column = INDENT.len();
    for (index, word) in glued(words).into_iter().enumerate() {
        let length = word.chars().count();
        if index > 0 && column + length + 3 > WIDTH {
            text += &format!(" \\\n{INDENT}  ");
            column = INDENT.len() + 2;
        } else if index > 0 {
            text.push(' ');
            column += 1;
        }
        text += &word;
        column += length;
    }
    text + "\n"
}

/// The variables that this tool sets, which the caller's environment does not decide.
fn own_variables(run: &Invocation) -> BTreeMap<String, String> {
    const OWN: [&str; 9] = [
        "IDF_PATH",
        "MICROPY_MPYCROSS",
        "KCONFIG_WARN_UNDEF_ASSIGN",
        "PYTHONDONTWRITEBYTECODE",
        "IDF_CCACHE_ENABLE",
        "CCACHE_BASEDIR",
        "CCACHE_NOHASHDIR",
        "SOURCE_DATE_EPOCH",
        "TMPDIR",
    ];
    let own = |name: &&String| OWN.contains(&name.as_str());
    run.env.iter().filter(|(name, _)| own(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_command_is_broken_between_words_and_stays_one_command() {
        let long = "x".repeat(60);
        let run = Invocation {
            program: "idf.py".into(),
            args: vec![long.clone(), "a b".into(), "-D".into(), long.clone()],
            cwd: "/".into(),
            env: BTreeMap::new(),
        };
        let text = command(&run);
        let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
        assert_eq!(lines, [format!("idf.py {long} 'a b' \\"), format!("-D {long}")]);
    }
}
