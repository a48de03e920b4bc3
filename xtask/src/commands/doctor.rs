//! `doctor`: what is there, what is missing, and the exact command that mends it.

use super::session::Session;
use crate::cli::Format;
use crate::exit::{Exit, Failure};
use crate::toolchain::idf::{self, Idf};
use serde_json::json;

/// One thing that was looked at.
struct Item {
    name: &'static str,
    state: State,
    found: String,
    mend: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    Optional,
    Missing,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Optional => "optional",
            Self::Missing => "missing",
        }
    }
}

pub fn run(session: &mut Session) -> Result<Exit, Failure> {
    let mut items = programs(session);
    items.push(micropython(session));
    items.extend(esp_idf(session));
    items.push(disk(session));
    let missing = items.iter().any(|item| item.state == State::Missing);
    match session.global.format {
        Format::Json => {
            let list: Vec<_> = items
                .iter()
                .map(|item| {
                    json!({ "name": item.name, "state": item.state.word(), "found": item.found, "mend": item.mend })
                })
                .collect();
            session.screen.json(&json!({ "schema": "xtask/1", "ok": !missing, "items": list }));
        }
        Format::Text => {
            let rows: Vec<[String; 3]> = items
                .iter()
                .map(|item| {
                    let mend = item.mend.as_ref().map(|mend| format!("; mend: {mend}")).unwrap_or_default();
                    [item.name.to_owned(), item.state.word().to_owned(), format!("{}{mend}", item.found)]
                })
                .collect();
            let head = ["WHAT", "STATE", "FOUND"];
            session.screen.data(&crate::report::columns(&head, rows.iter().map(|row| row.as_slice())));
        }
    }
    Ok(if missing { Exit::Environment } else { Exit::Ok })
}

fn programs(session: &Session) -> Vec<Item> {
    let stand_in = session.global.stand_in.is_some();
    let item = |name: &'static str, absent: State, mend: &str| {
        let found = session.program(name);
        Item {
            name,
            state: if found.is_some() { State::Ok } else { absent },
            mend: found.is_none().then(|| mend.to_owned()),
            found: found.map_or_else(|| "not on the PATH".into(), |path| path.display().to_string()),
        }
    };
    let make = if stand_in { State::Optional } else { State::Missing };
    vec![
        item("git", State::Missing, "apt install git"),
        item("python3", State::Missing, "apt install python3 python3-venv"),
        item("cmake", State::Optional, "none needed: fetched from PyPI on first use"),
        item("ninja", State::Optional, "none needed: fetched from PyPI on first use"),
        item("make", make, "apt install make"),
        item("cc", make, "apt install build-essential (mpy-cross is compiled with it)"),
        item("ccache", State::Optional, "apt install ccache (builds again several times faster)"),
    ]
}

fn micropython(session: &mut Session) -> Item {
    let found = session.checkout().map(|checkout| {
        let absent: Vec<&str> =
            checkout.submodules().iter().filter(|module| !module.present).map(|module| module.path).collect();
        let shown = format!("{} in {}", checkout.version, checkout.root.display());
        (shown, absent.join(" "), checkout.root.display().to_string())
    });
    let stand_in = session.global.stand_in.is_some();
    match found {
        Ok((shown, absent, _)) if absent.is_empty() || stand_in => {
            Item { name: "MicroPython", state: State::Ok, found: shown, mend: None }
        }
        Ok((shown, absent, root)) => Item {
            name: "MicroPython",
            state: State::Missing,
            found: format!("{shown}, without {absent}"),
            mend: Some(format!("git -C {root} submodule update --init --depth 1 {absent}")),
        },
        Err(_) => Item {
            name: "MicroPython",
            state: State::Missing,
            found: "no checkout".into(),
            mend: Some("cargo xtask setup, or --micropython DIR, or --stand-in".into()),
        },
    }
}

fn esp_idf(session: &mut Session) -> Vec<Item> {
    let Ok(Some(found)) = session.idf() else {
        return vec![Item {
            name: "ESP-IDF",
            state: State::Missing,
            found: "none".into(),
            mend: Some("cargo xtask setup, or IDF_PATH, or --idf DIR, or --stand-in".into()),
        }];
    };
    let tree = Item {
        name: "ESP-IDF",
        state: State::Ok,
        found: format!("v{} in {} (from {})", found.version, found.path.display(), found.found_by.words()),
        mend: None,
    };
    let mut items = vec![tree];
    if let Ok(checkout) = session.checkout() {
        let (listed, name) = (checkout.idf_support("esp32s3").listed, checkout.version.to_string());
        if let Some(finding) = idf::judge(&found, &listed, &name, false) {
            let error = finding.severity == crate::diagnostic::Severity::Error;
            items.push(Item {
                name: "release",
                state: if error { State::Missing } else { State::Optional },
                found: finding.message,
                mend: finding.help.first().cloned(),
            });
        }
    }
    items.push(idf_tools(session, &found));
    items
}

/// Activates ESP-IDF's environment as a build would.
fn idf_tools(session: &Session, found: &Idf) -> Item {
    let active = idf::is_active(found, &session.environment);
    let mut env = session.environment.clone();
    let export = idf::export(found, &env);
    let tools = if active { Ok(()) } else { idf::activate(&export, &mut env) };
    let (state, text) = match tools {
        Ok(()) if active => (State::Ok, "the environment is active".into()),
        Ok(()) => (State::Ok, "installed".into()),
        Err(error) => {
            // The second line is what `idf_tools.py` said last; where it could not be run, the cause says why.
            let whole = format!("{error:#}");
            let said = whole.lines().nth(1).or(whole.lines().next()).unwrap_or("not installed").trim();
            (State::Missing, said.to_owned())
        }
    };
    let mend = format!("cargo xtask setup, or {}/install.sh", found.path.display());
    Item { name: "tools", state, found: text, mend: (state == State::Missing).then_some(mend) }
}

/// A build folder takes some 300 MB, ESP-IDF with its tools 3 GB.
fn disk(session: &Session) -> Item {
    let folder = session.state.ancestors().find(|folder| folder.is_dir()).unwrap_or(&session.config.folder);
    let free =
        rustix::fs::statvfs(folder).map(|stat| stat.f_bavail.saturating_mul(stat.f_frsize)).unwrap_or(0);
    let enough = free > 1 << 30;
    Item {
        name: "disk",
        state: if enough { State::Ok } else { State::Missing },
        found: format!("{} free at {}", crate::chip::human_size(free), folder.display()),
        mend: (!enough).then(|| "make room: a build takes 300 MB, ESP-IDF with its tools 3 GB".into()),
    }
}
