//! The operator's own endpoints: health and metrics.

use crate::operator::health::Health;
use crate::operator::metrics::Metrics;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

/// The routes.
pub fn routes(health: Arc<Health>, metrics: Metrics) -> Router {
    let live = Arc::clone(&health);
    Router::new()
        .route("/livez", get(move || std::future::ready(answer(live.live()))))
        .route("/readyz", get(move || std::future::ready(answer(health.ready()))))
        .route("/metrics", get(move || std::future::ready(page(&metrics))))
}

fn answer((good, text): (bool, String)) -> Response {
    let status = if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, text).into_response()
}

fn page(metrics: &Metrics) -> Response {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match metrics.page() {
        Ok(page) => ([(header::CONTENT_TYPE, OPEN_METRICS)], page).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
