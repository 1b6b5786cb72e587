//! Keeps the world in a file.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::state::World;

/// The form of the file. A file of another form is refused, not guessed at.
const FORM: u32 = 3;

#[derive(Deserialize)]
struct Saved {
    form: u32,
    world: World,
}

#[derive(Serialize)]
struct ToSave<'a> {
    form: u32,
    world: &'a World,
}

/// A file that holds the world.
#[derive(Clone, Debug)]
pub struct Store {
    path: PathBuf,
}

impl Store {
    /// A store at this path, whether or not there is a file yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The world that was saved; None when none was.
    pub fn load(&self) -> io::Result<Option<World>> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let saved: Saved = serde_json::from_slice(&bytes)?;
        if saved.form == FORM {
            Ok(Some(saved.world))
        } else {
            Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("form {} of the file is not known", saved.form),
            ))
        }
    }

    /// Saves the world whole or not at all: written beside the file, then renamed over it.
    ///
    /// It is not flushed to the disk: what was saved outlives the process, not the machine.
    pub fn save(&self, world: &World) -> io::Result<()> {
        let bytes = serde_json::to_vec(&ToSave { form: FORM, world })?;
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let mut file = fs::File::create(&beside)?;
        file.write_all(&bytes)?;
        fs::rename(&beside, &self.path)
    }
}
