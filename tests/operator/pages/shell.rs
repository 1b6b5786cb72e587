//! A shell in which commands are run one after the other, as in a terminal.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::support::{cluster::Cluster, control_plane, helm};

/// No command of a page takes longer.
const LIMIT: Duration = Duration::from_secs(150);
/// Ends the answer to a command.
const END: &str = "orgkeeper-pages-end";

/// What became of a command.
#[derive(Clone, Debug)]
pub struct Ran {
    pub command: String,
    /// What it printed, on both ways.
    pub said: String,
    pub went_well: bool,
}

/// A shell, in a folder that looks like a clone of this repository.
pub struct Shell {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    pub directory: TempDir,
}

impl Shell {
    /// One whose programs reach this cluster as its administrator, and everything else by this proxy.
    pub fn open(cluster: &Cluster, proxy: &[(String, String)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in ["charts", "config", "crds"] {
            std::os::unix::fs::symlink(root.join(folder), directory.path().join(folder)).unwrap();
        }
        let programs = directory.path().join(".bin");
        std::fs::create_dir(&programs).unwrap();
        for (name, script) in scripts() {
            let file = programs.join(name);
            std::fs::write(&file, script).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-o", "pipefail"]).current_dir(directory.path());
        command.env("PATH", format!("{}:{path}", programs.display())).env("HOME", directory.path());
        command.env("KUBECONFIG", cluster.kubeconfig_path()).envs(proxy.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).process_group(0).kill_on_drop(true);
        let mut child = command.spawn().expect("there is a bash");
        let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, stdin, stdout, directory }
    }

    /// A file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Runs a command, with what somebody types meanwhile.
    pub async fn run(&mut self, command: &str, typed: &str) -> Ran {
        let (input, output) = (self.file(".typed"), self.file(".said"));
        std::fs::write(&input, typed).unwrap();
        let line = format!(
            "{{\n{command}\n}} <'{}' >'{}' 2>&1\necho \"{END} $?\"\n",
            input.display(),
            output.display()
        );
        self.stdin.write_all(line.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let answered = tokio::time::timeout(LIMIT, self.stdout.read_line(&mut answer)).await;
        let said = std::fs::read_to_string(&output).unwrap_or_default();
        assert!(answered.is_ok(), "not within {LIMIT:?}: {command}\n{said}");
        let status =
            answer.trim().strip_prefix(END).unwrap_or_else(|| panic!("bash ended: {command}\n{said}"));
        Ran { command: command.to_owned(), went_well: status.trim() == "0", said }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let group = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        if let Some(group) = group {
            // What runs in the background.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// What else the commands use, besides what every machine has.
const TOOLS: [&str; 3] = ["bash", "curl", "jq"];

/// Whether all of it is there; if not, this says which test is skipped.
pub fn may_run() -> bool {
    let there = |tool: &&&str| std::process::Command::new(tool).arg("--version").output().is_err();
    let missing: Vec<_> = TOOLS.iter().filter(there).collect();
    if !missing.is_empty() {
        control_plane::skip(&format!("needs {missing:?}"));
    }
    missing.is_empty()
}

/// The programs that the commands find first.
fn scripts() -> [(&'static str, String); 4] {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/bin/kubectl");
    let kubectl = match std::env::var("KUBECTL") {
        Ok(given) => given,
        Err(_) if own.is_file() => own.display().to_string(),
        // The script has this name, and must not find itself.
        Err(_) => "$(PATH=${PATH#*:} command -v kubectl)".to_owned(),
    };
    let orgkeeper = env!("CARGO_BIN_EXE_orgkeeper");
    [
        ("kubectl", format!("#!/bin/sh\nexec \"{kubectl}\" \"$@\"\n")),
        ("helm", format!("#!/bin/sh\nexec '{}' \"$@\"\n", helm::program().display())),
        // As the operator of the test has its Lease for this long: the page says that it has to be told.
        (
            "orgkeeper",
            format!(
                "#!/bin/sh\ncase $1 in release) shift; set -- release --lease-duration {} \"$@\";; esac\n\
                 exec '{orgkeeper}' \"$@\"\n",
                super::node::LEASE
            ),
        ),
        // Terraform shows what the test says that its state has.
        ("terraform", "#!/bin/sh\n[ \"$*\" = 'show -json' ] && cat terraform.json\n".to_owned()),
    ]
}
