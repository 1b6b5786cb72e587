//! The registry, and a list of all that is in it: docs and tests are held to that list.

use prometheus_client::encoding::text;
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Metric, Registry, Unit};
use std::fmt;

/// What kind of metric a family is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How often values lay below bounds.
    Histogram,
    /// Words, in labels.
    Info,
}

impl Kind {
    /// Its name in OpenMetrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Info => "info",
        }
    }
}

impl From<Kind> for MetricType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Counter => Self::Counter,
            Kind::Gauge => Self::Gauge,
            Kind::Histogram => Self::Histogram,
            Kind::Info => Self::Info,
        }
    }
}

impl From<MetricType> for Kind {
    fn from(kind: MetricType) -> Self {
        match kind {
            MetricType::Counter => Self::Counter,
            MetricType::Histogram => Self::Histogram,
            MetricType::Info => Self::Info,
            MetricType::Gauge | MetricType::Unknown => Self::Gauge,
        }
    }
}

/// A family of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The family's name: without `_total`, `_bucket`, `_info`.
    pub family: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The names of its labels, besides `le`.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

impl Described {
    /// The name to query: a counter's ends with `_total`, an info's with `_info`.
    pub fn name(&self) -> String {
        match self.kind {
            Kind::Counter => format!("{}_total", self.family),
            Kind::Info => format!("{}_info", self.family),
            Kind::Gauge | Kind::Histogram => self.family.to_owned(),
        }
    }

    /// The unit, by the family's last word.
    pub fn unit(&self) -> Option<&'static str> {
        UNITS.into_iter().find(|unit| self.family.strip_suffix(unit).is_some_and(|rest| rest.ends_with('_')))
    }
}

/// The units in use; the base ones, as `OpenMetrics` asks for.
const UNITS: [&str; 2] = ["seconds", "bytes"];

/// The registry with its list.
#[derive(Debug, Default)]
pub struct Catalogue {
    registry: Registry,
    families: Vec<Described>,
}

impl Catalogue {
    /// Adds a family. A name that ends with a unit has that unit.
    pub fn add(
        &mut self,
        family: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
        metric: impl Metric,
    ) {
        let described = Described { family, kind: metric.metric_type().into(), labels, help };
        match described.unit() {
            Some(unit) => {
                let stem = &family[..family.len() - unit.len() - 1];
                self.registry.register_with_unit(stem, help, Unit::Other(unit.into()), metric);
            }
            None => self.registry.register(family, help, metric),
        }
        self.families.push(described);
    }

    /// Adds a family, and gives it back to be counted with.
    pub fn keep<M: Metric + Clone>(
        &mut self,
        family: &'static str,
        labels: &'static [&'static str],
        help: &'static str,
        metric: M,
    ) -> M {
        self.add(family, labels, help, metric.clone());
        metric
    }

    /// All families.
    pub fn families(&self) -> &[Described] {
        &self.families
    }

    /// The page, in `OpenMetrics`.
    ///
    /// # Errors
    /// None that is known: writing to a String cannot fail.
    pub fn page(&self) -> Result<String, fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }
}
