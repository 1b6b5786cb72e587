//! Traces by OTLP over HTTP: one for each reconcile.

use super::layer::AnyLayer;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;

const NAME: &str = env!("CARGO_PKG_NAME");

/// Sends what this program does, and nothing that its libraries do. What the environment says of the
/// sampler, of headers and of the resource holds (`OTEL_*`, as OpenTelemetry specifies them).
pub(super) fn to(collector: &url::Url) -> Result<(SdkTracerProvider, AnyLayer), String> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        // The base address, as in OTEL_EXPORTER_OTLP_ENDPOINT.
        .with_endpoint(format!("{}/v1/traces", collector.as_str().trim_end_matches('/')))
        .build()
        .map_err(|error| format!("--otlp-endpoint {collector}: {error}"))?;
    let mut resource = Resource::builder();
    if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name(NAME);
    }
    let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let provider = SdkTracerProvider::builder()
        .with_resource(resource.with_attribute(version).build())
        .with_batch_exporter(exporter)
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(NAME))
        .with_location(false)
        .with_threads(false)
        // Spans and no events: what is logged names ids and values, which stay in the cluster.
        .with_filter(filter_fn(|about| about.is_span() && about.target().starts_with(NAME)))
        .boxed();
    Ok((provider, layer))
}
