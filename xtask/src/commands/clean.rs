//! `clean`: removes build folders; dist/ and the user's files stay.

use super::session::Session;
use crate::cli::Clean;
use crate::config::Selection;
use crate::exit::{Exit, Failure};
use crate::fs as door;

pub fn run(session: &mut Session, args: &Clean) -> Result<Exit, Failure> {
    let selection = Selection { board: args.board.clone(), all: true, ..Selection::default() };
    let builds = session.builds(&selection)?;
    let mut removed = 0;
    let mut ids: Vec<String> = builds.into_iter().map(|build| build.id).collect();
    // The bare board may have been built as well.
    ids.extend(args.board.clone());
    for id in ids {
        let folder = session.state.join(&id);
        if folder.exists() {
            door::remove(&folder)?;
            removed += 1;
        }
        door::remove(&session.state.join(format!("{id}.lock")))?;
    }
    if args.tools {
        door::remove(&session.state)?;
    }
    let what = crate::diagnostic::plural(removed, "build folder");
    session.screen.status("Removed", &format!("{what} below {}", session.state.display()));
    Ok(Exit::Ok)
}
