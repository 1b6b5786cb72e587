//! The operator as a process, with the times of a test: short, but above the lists' lag.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use orgkeeper::engine::base::checkpoint::Step;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use super::{helm::Container, wait::PATIENCE};

/// The `--settle` of the tests.
pub const SETTLE: Duration = Duration::from_secs(2);
/// How much of a log is shown when a test fails.
const SHOWN: usize = 12_000;

/// How to run it.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Another program than that of this tree.
    pub program: Option<PathBuf>,
    /// Where it kills itself.
    pub crash_at: Option<Step>,
    /// Flags besides those of every test, or in their place: `["--settle", "5s"]`.
    pub flags: Vec<String>,
    /// Whether it watches all namespaces: only on a cluster of its own.
    pub everywhere: bool,
}

impl Run {
    /// One that kills itself at this step.
    pub fn until(step: Step) -> Self {
        Self { crash_at: Some(step), ..Self::default() }
    }

    /// One with more flags.
    pub fn with(flags: &[&str]) -> Self {
        Self { flags: flags.iter().map(ToString::to_string).collect(), ..Self::default() }
    }
}

/// Where and for whom it runs.
pub struct Place<'a> {
    /// Of the operator's own `ServiceAccount`.
    pub kubeconfig: &'a Path,
    /// The namespace of the installation.
    pub home: &'a str,
    /// The namespaces that it watches; with none, all.
    pub watched: &'a [String],
    /// The endpoints that manifests may name.
    pub endpoints: &'a str,
    /// Where its log goes.
    pub log: PathBuf,
}

/// A running operator. It ends with this process; its log is shown when the test fails.
pub struct Operator {
    child: Child,
    url: String,
    log: PathBuf,
}

impl Operator {
    /// Starts it, and waits until it listens: it is not ready then, nor has it the Lease.
    pub async fn start(place: Place<'_>, run: &Run) -> Self {
        let program = run.program.clone().unwrap_or_else(|| env!("CARGO_BIN_EXE_orgkeeper").into());
        let mut command = Command::new(program);
        command.arg("run").arg("--kubeconfig").arg(place.kubeconfig);
        command.args(["--namespace", place.home]);
        if !place.watched.is_empty() {
            command.args(["--watch-namespaces", &place.watched.join(",")]);
        }
        command.args(["--listen", "127.0.0.1:0", "--exit-with-stdin", "--log", "info,orgkeeper=debug"]);
        let settle = format!("{}s", SETTLE.as_secs());
        let usual = [
            ("--allowed-endpoints", place.endpoints),
            ("--settle", &*settle),
            ("--call-timeout", "1s"),
            ("--lease-duration", "4s"),
            ("--lease-renew", "1s"),
            ("--backoff", "100ms"),
            ("--backoff-limit", "2s"),
            ("--slow-retry", "3s"),
        ];
        for (flag, value) in usual {
            if !run.flags.iter().any(|given| given == flag) {
                command.args([flag, value]);
            }
        }
        command.args(&run.flags).env("NO_COLOR", "1");
        if let Some(step) = run.crash_at {
            command.env("ORGKEEPER_CRASH_AT", format!("{step:?}"));
        }
        Self::begin(&mut command, place.log).await
    }

    /// Starts it as a container does, with the token of its service account. The container of the sandbox starts that.
    pub async fn contained(container: &Container, kubeconfig: &Path, log: PathBuf) -> Self {
        let mut command = Command::new(container.program());
        command.args(&container.arguments).env_clear().envs(container.environment.iter().cloned());
        Self::begin(command.env("KUBECONFIG", kubeconfig), log).await
    }

    /// Starts it, and waits until it says where it listens.
    async fn begin(command: &mut Command, log: PathBuf) -> Self {
        let file = File::create(&log).expect("a log can be created");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(file).kill_on_drop(true);
        let mut child = command.spawn().expect("the operator starts");
        let url = listening(&mut child).await;
        let operator = Self { child, url: url.unwrap_or_default(), log };
        assert!(!operator.url.is_empty(), "the operator ended at once:\n{}", operator.log());
        operator
    }

    /// Where `/livez`, `/readyz` and `/metrics` are.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The answer of one of those: its status and text.
    pub async fn page(&self, path: &str) -> (u16, String) {
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let answer = http.get(format!("{}{path}", self.url)).send().await.expect("the operator answers");
        (answer.status().as_u16(), answer.text().await.expect("a whole answer"))
    }

    /// How many reconciles of a kind there were; of all with the empty name.
    pub async fn reconciles(&self, kind: &str) -> u64 {
        let (_, page) = self.page("/metrics").await;
        let of_kind = format!("controller=\"{kind}");
        let lines = page.lines().filter(|line| line.starts_with("controller_runtime_reconcile_total{"));
        let counts = lines.filter(|line| line.contains(&of_kind)).filter_map(|line| line.rsplit(' ').next());
        counts.map(|count| count.parse::<u64>().expect("a count")).sum()
    }

    /// Whether it holds the Lease, by its own word.
    pub async fn leads(&self) -> bool {
        self.page("/readyz").await.1.contains("leading: true")
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())).expect("it runs");
        kill_process(pid, signal).expect("it can be signalled");
    }

    /// Where its log is.
    pub fn log_file(&self) -> PathBuf {
        self.log.clone()
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Its resident memory, in KiB.
    pub fn resident(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most that its resident memory ever was, in KiB.
    pub fn most_resident(&self) -> u64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, of: &str) -> u64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix(of)).expect("memory is counted");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// The time that processors worked for it.
    pub fn processor_time(&self) -> Duration {
        let stat = self.proc("stat");
        // What stands before may have blanks in it: its name.
        let (_, fields) = stat.rsplit_once(") ").expect("a name in brackets");
        let ticks = |at: usize| fields.split(' ').nth(at).and_then(|text| text.parse::<u64>().ok());
        let [user, system] = [11, 12].map(|at| ticks(at).expect("times are counted"));
        // Of which every Linux that is in use has a hundred a second.
        Duration::from_millis((user + system) * 10)
    }

    fn proc(&self, file: &str) -> String {
        let pid = self.child.id().expect("it runs");
        std::fs::read_to_string(format!("/proc/{pid}/{file}")).expect("this system has /proc")
    }

    /// Kills it outright, as when the machine takes it away.
    pub async fn kill9(mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    /// Asks it to end, and waits until it has: it gives its Lease back.
    pub async fn stop(mut self) {
        drop(self.child.stdin.take());
        let status = self.exit().await;
        assert!(status.success(), "{status}");
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it can be waited for").is_some()
    }

    /// Waits until it ends by itself.
    pub async fn wait_exit(mut self) -> ExitStatus {
        self.exit().await
    }

    /// As [`Self::wait_exit`], and returns what it logged besides.
    pub async fn last_words(mut self) -> (ExitStatus, String) {
        let status = self.exit().await;
        (status, self.log())
    }

    async fn exit(&mut self) -> ExitStatus {
        // Waiting would close standard input, and that ends it.
        let _held = self.child.stdin.take();
        let ended = tokio::time::timeout(2 * PATIENCE, self.child.wait()).await;
        ended.expect("the operator ends").expect("it can be waited for")
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let mut start = log.len().saturating_sub(SHOWN);
            while !log.is_char_boundary(start) {
                start += 1;
            }
            eprintln!("the end of {}:\n{}", self.log.display(), &log[start..]);
        }
    }
}

/// Reads the address from the one line that our programs print; `None` if they end before.
pub(super) async fn listening(child: &mut Child) -> Option<String> {
    let mut line = String::new();
    let stdout = child.stdout.as_mut().expect("stdout is a pipe");
    let mut stdout = BufReader::new(stdout);
    let read = tokio::time::timeout(PATIENCE, stdout.read_line(&mut line)).await;
    let read = read.expect("it says where it listens");
    read.expect("a pipe can be read");
    line.trim().strip_prefix("listening on ").map(str::to_owned)
}
