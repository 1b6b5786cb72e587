//! The process itself, under the names that all of Prometheus' clients use, and what it was built from.
//!
//! Read when the page is asked for, from where Linux tells; elsewhere the families stay empty.

use super::catalogue::{Catalogue, Kind};
use super::moment::seconds;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// Adds them to the page.
pub fn add(page: &mut Catalogue) {
    let version = env!("CARGO_PKG_VERSION");
    page.add("orgkeeper_build", &["version"], "What is running", Info::new([("version", version)]));
    let reading = |kind, read| Reading { kind, read };
    page.add(
        "process_cpu_seconds",
        &[],
        "Time on a processor since the start, in user mode and in the kernel",
        reading(Kind::Counter, cpu),
    );
    page.add(
        "process_resident_memory_bytes",
        &[],
        "Memory in use",
        reading(Kind::Gauge, || status("VmRSS:")),
    );
    page.add(
        "process_virtual_memory_bytes",
        &[],
        "Address space in use",
        reading(Kind::Gauge, || status("VmSize:")),
    );
    page.add("process_open_fds", &[], "Open file descriptors", reading(Kind::Gauge, open));
    page.add(
        "process_max_fds",
        &[],
        "The most file descriptors that may be open",
        reading(Kind::Gauge, most),
    );
    let start = Gauge::<f64, AtomicU64>::default();
    start.set(seconds(jiff::Timestamp::now()));
    page.add("process_start_time_seconds", &[], "When the process was started, since 1970", start);
}

/// A number that is read when it is asked for.
#[derive(Debug)]
struct Reading {
    kind: Kind,
    read: fn() -> Option<f64>,
}

impl EncodeMetric for Reading {
    fn encode(&self, mut encoder: MetricEncoder) -> Result<(), fmt::Error> {
        match (self.kind, (self.read)()) {
            (_, None) => Ok(()),
            (Kind::Counter, Some(value)) => encoder.encode_counter::<[(&str, &str); 0], _, u64>(&value, None),
            (_, Some(value)) => encoder.encode_gauge(&value),
        }
    }

    fn metric_type(&self) -> MetricType {
        self.kind.into()
    }

    fn is_empty(&self) -> bool {
        (self.read)().is_none()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as the others: not every system tells all of it")]
fn cpu() -> Option<f64> {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Some(Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default()).as_secs_f64())
}

/// A line of the process' status, which counts in KiB.
fn status(line: &str) -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let found = text.lines().find_map(|found| found.strip_prefix(line))?;
    let kibibytes: u32 = found.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(f64::from(kibibytes) * 1024.0)
}

fn open() -> Option<f64> {
    // The one by which the directory is read is open only for that.
    let count = std::fs::read_dir("/proc/self/fd").ok()?.count();
    Some(super::controllers::to_f64(count.saturating_sub(1)))
}

fn most() -> Option<f64> {
    let limit = getrlimit(Resource::Nofile).current?;
    Some(f64::from(u32::try_from(limit).unwrap_or(u32::MAX)))
}
