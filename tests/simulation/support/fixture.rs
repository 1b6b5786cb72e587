//! Fixtures: what a program left behind in Kubernetes and at the vendor, in a file, and what that same
//! program did when it was started on it.

use super::house::{House, secs};
use super::watched::spot_kinds;
use orgkeeper::engine::base::ports::{Clock, Tick};
use orgkeeper::engine::base::simulation::{SimClock, StoredCluster};
use orgkeeper::engine::runtime::context::Namespace;
use orgkeeper::sandbox::Lag;
use orgkeeper::sandbox::spot::{Contract, Sandbox, Start, World};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long nothing may be written once all is at rest, and again after a restart.
pub const REST: Duration = Duration::from_mins(8);

/// How wide the files are, mostly.
const WIDTH: usize = 110;

/// What a program left behind, and what it did with it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fixture {
    /// What was under way.
    pub about: String,
    contract: Contract,
    settings: Settings,
    /// How long after its start the clock stood.
    tick: Millis,
    /// What it showed then.
    wall: jiff::Timestamp,
    /// How many processes there had been.
    started: usize,
    namespaces: BTreeMap<String, Labels>,
    cluster: StoredCluster,
    vendor: Value,
    pub then: Then,
}

/// What the program was told by flags, and how the vendor behaves.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Settings {
    settle: Millis,
    call_timeout: Millis,
    rotation_overlap: Millis,
    sweep_calls: u32,
    latency: Millis,
    lag: Lag,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Labels {
    labels: BTreeMap<String, String>,
    terminating: bool,
}

/// A span in a file.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
struct Millis(u64);

impl From<Duration> for Millis {
    fn from(span: Duration) -> Self {
        Self(span.as_millis().try_into().unwrap())
    }
}

impl From<Millis> for Duration {
    fn from(millis: Millis) -> Self {
        Self::from_millis(millis.0)
    }
}

/// What came of a fixture when a program was started on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Then {
    /// How long it ran.
    pub minutes: u64,
    /// What it asked the vendor to change, in order. What was made meanwhile has its number for an id.
    pub writes: Vec<String>,
    /// Ready and its reason of each object that is left.
    pub ready: BTreeMap<String, String>,
    /// The words that people were asked for before, and still are.
    pub words: BTreeSet<String>,
}

impl Fixture {
    /// What the house holds now that nobody keeps it.
    pub fn of(house: &House, about: &str) -> Self {
        assert!(house.processes.is_empty(), "somebody may be about to change it");
        let vendor = house.vendor();
        assert!(vendor.next_late().is_none() && vendor.faults().is_empty(), "the vendor has no moods");
        let way = &house.way;
        let namespaces = house.namespaces.iter().map(|(name, namespace)| {
            let (labels, terminating) = (namespace.labels.clone(), namespace.terminating);
            (name.clone(), Labels { labels, terminating })
        });
        Self {
            about: about.to_owned(),
            contract: vendor.start().contract,
            settings: Settings {
                settle: way.settle.into(),
                call_timeout: way.call_timeout.into(),
                rotation_overlap: way.rotation_overlap.into(),
                sweep_calls: way.sweep_calls,
                latency: way.vendors.latency.get().into(),
                lag: vendor.lag(),
            },
            tick: house.now().since_boot().into(),
            wall: house.wall(),
            started: house.started,
            namespaces: namespaces.collect(),
            cluster: StoredCluster::of(&way.cluster),
            vendor: serde_json::to_value(vendor.world()).unwrap(),
            then: Then::default(),
        }
    }

    /// A house that holds what was left behind, kept by nobody so far.
    pub fn house(&self) -> House {
        let clock = SimClock::new();
        clock.advance(Tick::new(self.tick.into()).since(clock.tick()));
        assert_eq!(clock.wall(), self.wall, "the clock begins elsewhere");
        let world: World = serde_json::from_value(self.vendor.clone()).expect("a state of the vendor");
        let start = Start { token: None, lag: self.settings.lag, ..Start::new(self.contract, "") };
        let namespaces = self.namespaces.iter().map(|(name, known)| {
            let (labels, terminating) = (known.labels.clone(), known.terminating);
            (name.clone(), Namespace { labels, terminating })
        });
        let cluster = self.cluster.clone().cluster(&spot_kinds()).expect("kinds that are known");
        let mut house = House::over(clock, cluster, Sandbox::resume(world, start), namespaces.collect());
        house.started = self.started;
        house.way.settle = self.settings.settle.into();
        house.way.call_timeout = self.settings.call_timeout.into();
        house.way.rotation_overlap = self.settings.rotation_overlap.into();
        house.way.sweep_calls = self.settings.sweep_calls;
        house.way.vendors.latency.set(self.settings.latency.into());
        house
    }

    /// The fixture as its file has it.
    pub fn text(&self) -> String {
        let sorted = serde_json::to_value(self).unwrap();
        shown(&sorted, 0) + "\n"
    }

    /// Starts the program on what was left behind, and runs it to rest.
    pub fn come_up(&self, minutes: u64) -> (House, Then) {
        let mut house = self.house();
        house.start();
        self.rest(house, minutes)
    }

    /// The same, where the program dies after so many steps, and another one takes its place; `None` where it has
    /// come to rest before.
    pub fn come_up_over_a_death(&self, steps: usize) -> Option<(House, Then)> {
        let mut house = self.house();
        house.start();
        house.dies_after(steps);
        house.run(secs(240));
        house.is_dead().then(|| {
            house.restart_at_once();
            self.rest(house, self.then.minutes)
        })
    }

    /// Runs whoever came up to rest; what came of it.
    fn rest(&self, mut house: House, minutes: u64) -> (House, Then) {
        let before = words(&self.house());
        house.run(secs(60 * minutes));
        let ready = house.way.cluster.all().into_iter().map(|object| {
            let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
            let ready = conditions.iter().find(|condition| condition["type"] == "Ready");
            let said =
                |member: &str| ready.and_then(|ready| ready[member].as_str()).unwrap_or("-").to_owned();
            let metadata = &object["metadata"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let name = format!(
                "{} {}/{}",
                text(&object["kind"]),
                text(&metadata["namespace"]),
                text(&metadata["name"])
            );
            (name, format!("{} {}", said("status"), said("reason")))
        });
        let then = Then {
            minutes,
            writes: self.writes(&house),
            ready: ready.collect(),
            words: words(&house).intersection(&before).cloned().collect(),
        };
        (house, then)
    }

    /// What the vendor was asked to change since.
    fn writes(&self, house: &House) -> Vec<String> {
        let vendor = house.vendor();
        let made = vendor.world().audit_events().filter(|event| {
            let made = event.success && event.action_type.starts_with("create");
            made && event.at > self.wall && event.resource_type != "credentials"
        });
        let made: Vec<&str> = made.map(|event| event.resource_id.as_str()).collect();
        let writes = vendor.requests().entries().filter(|entry| entry.method != "GET").map(|entry| {
            let query: Vec<String> =
                entry.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
            let text = format!("{} {}{query} {}", entry.method, entry.path, entry.body);
            made.iter()
                .enumerate()
                .fold(text, |text, (number, id)| text.replace(id, &format!("new-{number}")))
        });
        writes.collect()
    }
}

/// The words that people are asked for.
fn words(house: &House) -> BTreeSet<String> {
    let objects = house.way.cluster.all();
    let conditions = objects.iter().filter_map(|object| object["status"]["conditions"].as_array());
    let messages = conditions.flatten().filter_map(|condition| condition["message"].as_str());
    let asked = messages.flat_map(|message| message.split("orgkeeper.dev/confirm: ").skip(1));
    asked.map(|rest| rest.chars().take_while(char::is_ascii_hexdigit).collect()).collect()
}

/// JSON of which whatever is short stands on one line.
fn shown(value: &Value, depth: usize) -> String {
    let flat = value.to_string();
    let (begin, lines, end): (_, Vec<String>, _) = match value {
        _ if flat.len() + depth <= WIDTH => return flat,
        Value::Object(members) => {
            let line = |(name, value): (&String, &Value)| {
                format!("{}: {}", Value::from(name.as_str()), shown(value, depth + 1))
            };
            ('{', members.iter().map(line).collect(), '}')
        }
        Value::Array(items) => ('[', items.iter().map(|item| shown(item, depth + 1)).collect(), ']'),
        _ => return flat,
    };
    let indent = " ".repeat(depth);
    format!("{begin}\n{indent} {}\n{indent}{end}", lines.join(&format!(",\n{indent} ")))
}

/// The folder of the fixtures that programs of the version left behind.
pub fn folder(version: &str) -> PathBuf {
    root().join(version)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/simulation/fixtures")
}

/// Every fixture of every version, by `<version>/<name>`.
pub fn all() -> BTreeMap<String, Fixture> {
    let files = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("there are fixtures");
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let versions = files(&root()).into_iter();
    let names = versions.flat_map(|version| {
        let files = files(&folder(&version)).into_iter();
        files.map(move |file| format!("{version}/{}", file.strip_suffix(".json").expect("a fixture")))
    });
    names.map(|name| (name.clone(), one(&name))).collect()
}

/// The fixture `<version>/<name>`.
pub fn one(name: &str) -> Fixture {
    let text = std::fs::read_to_string(root().join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Whether a program of the version `ours` may write the fixtures of the version `asked`: its own, and never
/// over others, which are what another program left behind.
pub fn may_write(asked: &str, ours: &str, there: bool) -> Result<(), String> {
    if asked != ours {
        return Err(format!("this program is {ours}: it cannot leave behind what {asked} does"));
    }
    if there {
        return Err(format!("the fixtures of {asked} are there, and stay as they are"));
    }
    Ok(())
}
