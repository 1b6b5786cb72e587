//! Logs and traces.

mod layer;
mod one_line;
#[cfg(feature = "otlp")]
mod traces;

use crate::trace::CALLS;
use layer::AnyLayer;
use one_line::OneLine;
use std::io::IsTerminal as _;
use std::time::Duration;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer};

/// How long the end of the program waits for the last traces to be taken.
const LAST_TRACES: Duration = Duration::from_secs(2);

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// What is told while it lives.
#[must_use = "what was not sent yet is lost without it"]
#[derive(Debug, Default)]
pub struct Telemetry {
    #[cfg(feature = "otlp")]
    traces: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

impl Telemetry {
    /// Sends what was not sent yet.
    pub fn finish(self) {
        #[cfg(feature = "otlp")]
        if let Some(traces) = self.traces
            && let Err(error) = traces.shutdown_with_timeout(LAST_TRACES)
        {
            tracing::info!(%error, "the last traces were not sent");
        }
    }
}

/// Starts logging to standard error and, with a collector's address, sending traces to it. `filter` is as
/// in `RUST_LOG`: `info`, or `info,orgkeeper::engine=debug`.
///
/// # Errors
/// A filter that cannot be read, with what is wrong in it; an address that is none.
pub fn start(format: LogFormat, filter: &str, collector: Option<&url::Url>) -> Result<Telemetry, String> {
    let filter = EnvFilter::try_new(format!("{filter},{CALLS}=off"))
        .map_err(|error| format!("--log {filter}: {error}"))?;
    // Colours are for people who watch, and not for those who say no to them (no-color.org).
    let colours =
        std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
    let logs = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours);
    let logs: AnyLayer = match format {
        LogFormat::Text => {
            logs.with_writer(move || OneLine::new(std::io::stderr(), colours)).with_filter(filter).boxed()
        }
        LogFormat::Json => logs.json().flatten_event(true).with_filter(filter).boxed(),
    };
    let mut telemetry = Telemetry::default();
    let mut layers = vec![logs];
    layers.extend(collector.map(|collector| telemetry.send(collector)).transpose()?);
    tracing_subscriber::registry().with(layers).init();
    Ok(telemetry)
}

#[cfg(feature = "otlp")]
impl Telemetry {
    fn send(&mut self, collector: &url::Url) -> Result<AnyLayer, String> {
        let (provider, layer) = traces::to(collector)?;
        self.traces = Some(provider);
        Ok(layer)
    }
}

#[cfg(not(feature = "otlp"))]
impl Telemetry {
    fn send(&mut self, _collector: &url::Url) -> Result<AnyLayer, String> {
        Err("--otlp-endpoint: this program is built without traces (the feature otlp)".to_owned())
    }
}
