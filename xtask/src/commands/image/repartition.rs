//! `image repartition`: another table, another flash size.

use super::{flash_size, give, open, refuse, refuse_as, target};
use crate::chip::parse_size;
use crate::cli::{Format, Repartition};
use crate::commands::session::{read_named, refused};
use crate::diagnostic::{Diagnostics, did_you_mean};
use crate::edit;
use crate::exit::{Exit, Failure};
use crate::partition::change::{Device, Preset, RULES, Request, Rows, change};
use crate::partition::{Options, binary, csv, layout};
use crate::report::screen::Screen;
use crate::source::Source;

pub fn run(screen: &mut Screen, args: &Repartition, format: Format) -> Result<Exit, Failure> {
    let input = screen.cwd().join(&args.input);
    let output = target(screen, &input, &args.output)?;
    let size = args.flash_size.as_deref().map(flash_size).transpose()?;
    if !asks_for_something(args) {
        let text = "no change is asked for: `--flash-size`, `--layout`, `--csv`, `--set`, `--app-size`, `--delete`, \
                    `--resize`, `--rename` or `--add`";
        return Err(refused(Exit::Usage, text));
    }
    let flash = match open(screen, &input, format)? {
        Ok(flash) => flash,
        Err(exit) => return Ok(exit),
    };
    let size = size.unwrap_or(flash.flash_size);
    let request = match request(screen, args, flash.table.table_offset)? {
        (Some(request), _) => request,
        (None, found) => return Ok(refuse_as(screen, &found, format, Exit::Config)),
    };
    let device = Device { chip: flash.bootloader.chip(), flash: size, flash_before: Some(flash.flash_size) };
    let (table, found) = change(&flash.table, &request, device);
    let Some(table) = table.filter(|_| !found.has_errors()) else {
        return Ok(refuse_as(screen, &found, format, Exit::Config));
    };
    match edit::repartition(&flash, &table, size, &Source::binary(&output)) {
        Err(found) => Ok(refuse(screen, &found, format)),
        Ok(edited) => {
            let exit = give(screen, &edited, found, &output, format)?;
            if table.partitions != flash.table.partitions {
                screen.say("A device that has another table keeps what this file does not reach: erase its flash first.");
            }
            Ok(exit)
        }
    }
}

fn asks_for_something(args: &Repartition) -> bool {
    let texts = [
        &args.flash_size,
        &args.layout,
        &args.set,
        &args.app_size,
        &args.delete,
        &args.resize,
        &args.rename,
        &args.add,
    ];
    args.csv.is_some() || texts.iter().any(|text| text.is_some())
}

/// What the command line asks for; `None` with findings where a file that it names has no table.
fn request(
    screen: &Screen,
    args: &Repartition,
    table_offset: u32,
) -> Result<(Option<Request>, Diagnostics), Failure> {
    let source = |flag: &str, text: &Option<String>| {
        text.as_ref().map(|text| Source::new(format!("--{flag}"), text.as_str()))
    };
    let app_size = match &args.app_size {
        None => None,
        Some(text) => match parse_size(text).filter(|size| *size > 0) {
            Some(size) => Some(size),
            None => {
                let text = format!("`--app-size {text}` is no size: bytes, `0x1f0000`, `1984K` or `2M`");
                return Err(refused(Exit::Usage, text));
            }
        },
    };
    let (rows, found) = rows(screen, args, table_offset)?;
    if found.has_errors() {
        return Ok((None, found));
    }
    let request = Request {
        rows,
        app_size,
        delete: source("delete", &args.delete),
        resize: source("resize", &args.resize),
        rename: source("rename", &args.rename),
        add: source("add", &args.add),
        allow_gaps: args.allow_gaps,
    };
    Ok((Some(request), found))
}

fn rows(
    screen: &Screen,
    args: &Repartition,
    table_offset: u32,
) -> Result<(Option<Rows>, Diagnostics), Failure> {
    let none = Diagnostics::default();
    if let Some(text) = &args.set {
        return Ok((Some(Rows::Set(Source::new("--set", text.as_str()))), none));
    }
    if let Some(name) = &args.layout {
        if let Some(preset) = Preset::by_name(name) {
            return Ok((Some(Rows::Preset(preset)), none));
        }
        if !name.ends_with(".toml") {
            let help = did_you_mean(name, Preset::ALL.map(Preset::name)).unwrap_or_default();
            let text = format!("`--layout {name}`: no such layout, and no layout file (.toml); {help}");
            return Err(refused(Exit::Usage, text));
        }
        let path = screen.cwd().join(name);
        let text = String::from_utf8_lossy(&read_named(&path)?).into_owned();
        let (layout, found) = layout::parse(&Source::new(path, text));
        return Ok((layout.map(Rows::Layout), found));
    }
    let Some(name) = &args.csv else { return Ok((None, none)) };
    let path = screen.cwd().join(name);
    let bytes = read_named(&path)?;
    let mut options = Options::new(RULES);
    options.table_offset = table_offset;
    let (table, found) = if bytes.starts_with(&binary::MAGIC) {
        binary::parse(&bytes, &Source::binary(&path))
    } else {
        match csv::decode(&bytes, &path, options.idf) {
            Ok(text) => csv::parse(&Source::new(&path, text), &options),
            Err(finding) => (None, Diagnostics(vec![finding])),
        }
    };
    Ok((table.map(Rows::Table), found))
}
