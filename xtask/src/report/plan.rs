//! A plan as a person reads it.

use crate::chip::human_size;
use crate::plan::Plan;
use crate::process::Invocation;
use std::collections::BTreeMap;
use std::path::Path;

/// The whole plan: what is built from what, the table, the files, the steps with their environment.
pub fn text(plan: &Plan) -> String {
    let mut text = format!("{}\n", title(plan));
    let mut line = |name: &str, value: String| text += &format!("  {name:<12} {value}\n");
    let variant =
        plan.base_variant.as_ref().map(|variant| format!(", variant {variant}")).unwrap_or_default();
    line("base", format!("{}{variant}", plan.base));
    line("chip", plan.chip.clone());
    line("flash", plan.flash_size.map_or_else(|| "ESP-IDF's default".into(), |size| size.to_string()));
    for (name, tree) in [("MicroPython", &plan.micropython), ("ESP-IDF", &plan.idf)] {
        let dirty = if tree.dirty { ", changed" } else { "" };
        line(name, format!("{}{dirty} in {}", tree.version, tree.path.display()));
    }
    line("manifest", plan.manifest.display().to_string());
    for module in &plan.modules {
        line("C module", module.display().to_string());
    }
    if !plan.require.is_empty() {
        line("require", plan.require.join(", "));
    }
    line(
        "sdkconfig",
        format!("{} symbols (`cargo xtask sdkconfig` shows them)", plan.sdkconfig.symbols.len()),
    );
    text += "\nPartition table\n";
    text += &table(plan);
    text += "\nFiles, below ";
    text += &format!("{}\n", plan.folders.root.display());
    let relative = |path: &Path| path.strip_prefix(&plan.folders.root).unwrap_or(path).display().to_string();
    for file in &plan.generated.files {
        text += &format!("  {}\n", relative(&file.path));
    }
    for link in &plan.generated.links {
        text += &format!("  {} -> {}\n", relative(&link.path), link.target.display());
    }
    text += "\nSteps\n";
    let mut common = BTreeMap::new();
    for step in &plan.steps {
        text += &format!("  {:<10} {}\n", step.stage.name(), step.stage.purpose());
        if let Some(run) = &step.run {
            text += &format!("             {}\n", run.display());
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
    text.lines().map(|line| format!("  {line}\n")).collect()
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
