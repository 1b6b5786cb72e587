//! Keeps the world in a file.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::state::State;

#[derive(Deserialize)]
struct Saved<W> {
    form: u32,
    world: W,
}

#[derive(Serialize)]
struct ToSave<'a, W> {
    form: u32,
    world: &'a W,
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
    pub fn load<W: State>(&self) -> io::Result<Option<W>> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let saved: Saved<W> = serde_json::from_slice(&bytes)?;
        if saved.form == W::FORM {
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
    pub fn save<W: State>(&self, world: &W) -> io::Result<()> {
        let bytes = serde_json::to_vec(&ToSave { form: W::FORM, world })?;
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        let mut file = fs::File::create(&beside)?;
        file.write_all(&bytes)?;
        fs::rename(&beside, &self.path)
    }
}
