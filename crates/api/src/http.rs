//! The HTTP side: one port with JSON-RPC on `POST /`, `GET /health`, `GET /metrics`, open to
//! browser wallets (CORS).
//!
//! Bodies are read, measured and checked for depth here, before anything parses them. A request is
//! then worked on in one blocking task, because its work is signature recovery, execution and
//! database reads; a semaphore bounds how many there are, and the rest waits in its connections.

use crate::{
    backend::Backend,
    error::RpcError,
    limits::Limits,
    metrics,
    rpc::{Context, Dispatcher},
};
use axum::{
    Json, Router,
    body::{Body, HttpBody as _},
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::StreamExt as _;
use jsonrpsee::{
    server::{BatchRequestConfig, HttpBody, http as rpc_http},
    types::{ErrorObjectOwned, Id, ResponsePayload, error::PARSE_ERROR_CODE},
};
use std::{sync::Arc, time::Instant};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower_http::cors::{Any, CorsLayer};

/// What every handler sees.
#[derive(Clone)]
struct Shared {
    context: Arc<Context>,
    /// One for each request that is worked on.
    permits: Arc<Semaphore>,
    /// One for each byte of their bodies and of those that wait.
    bodies: Arc<Semaphore>,
}

/// The routes of the server.
pub(crate) fn router(backend: Backend, limits: Limits) -> Router {
    let permits = Arc::new(Semaphore::new(limits.requests));
    let bodies = Arc::new(Semaphore::new(
        limits.bodies_bytes.min(Semaphore::MAX_PERMITS),
    ));
    let shared = Shared {
        context: Arc::new(Context::new(backend, limits)),
        permits,
        bodies,
    };
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE]);
    Router::new()
        .route("/", post(json_rpc))
        .route("/health", get(health))
        .route("/metrics", get(metrics_text))
        .layer(cors)
        .with_state(shared)
}

async fn json_rpc(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let received = match receive(body, &shared).await {
        Ok(received) => received,
        Err(response) => return response,
    };
    // The semaphore is never closed, so a permit always comes.
    let Ok(permit) = Arc::clone(&shared.permits).acquire_owned().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let runtime = Handle::current();
    let work = move || {
        let _permit = permit;
        let Received { bytes, _share } = received;
        let limits = &shared.context.limits;
        let batches = BatchRequestConfig::Limit(limits.batch_entries);
        let most = limits.body_bytes;
        let request = Request::from_parts(parts, HttpBody::from(bytes));
        let dispatcher = Dispatcher::new(Arc::clone(&shared.context), Instant::now());
        runtime.block_on(rpc_http::call_with_service(
            request, batches, most, dispatcher,
        ))
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(response) => response.map(Body::new),
        Err(error) => {
            tracing::error!(%error, "a request ended without an answer");
            rpc_http::response::internal_error().map(Body::new)
        }
    }
}

/// A request's body, and its share of what all bodies may take.
struct Received {
    bytes: Vec<u8>,
    _share: Option<OwnedSemaphorePermit>,
}

/// Reads a whole body within the limits of size, time and depth.
async fn receive(body: Body, shared: &Shared) -> Result<Received, Response> {
    let limits = &shared.context.limits;
    if body.size_hint().lower() > u64::from(limits.body_bytes) {
        return Err(too_large(limits));
    }
    let reading = read_all(body, shared);
    let received = match tokio::time::timeout(limits.body_time, reading).await {
        Ok(received) => received?,
        Err(_) => return Err(StatusCode::REQUEST_TIMEOUT.into_response()),
    };
    if nested_deeper(&received.bytes, limits.json_depth) {
        return Err(parse_error(format!(
            "JSON nested deeper than {} levels",
            limits.json_depth
        )));
    }
    Ok(received)
}

/// Reads to the end. Memory is taken as bytes arrive, so a client holds no more of it than it has
/// sent.
async fn read_all(body: Body, shared: &Shared) -> Result<Received, Response> {
    let limits = &shared.context.limits;
    let mut stream = body.into_data_stream();
    let (mut bytes, mut share) = (Vec::new(), None::<OwnedSemaphorePermit>);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| rpc_http::response::malformed().map(Body::new))?;
        let length = u32::try_from(bytes.len().saturating_add(chunk.len())).unwrap_or(u32::MAX);
        if length > limits.body_bytes {
            return Err(too_large(limits));
        }
        let more = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
        let Ok(permit) = Arc::clone(&shared.bodies).try_acquire_many_owned(more) else {
            return Err(StatusCode::SERVICE_UNAVAILABLE.into_response());
        };
        match &mut share {
            Some(share) => share.merge(permit),
            None => share = Some(permit),
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Received {
        bytes,
        _share: share,
    })
}

fn too_large(limits: &Limits) -> Response {
    rpc_http::response::too_large(limits.body_bytes).map(Body::new)
}

/// Whether JSON text opens more than `most` arrays and objects inside each other. Text that is not
/// JSON may be judged either way: the parser refuses it.
fn nested_deeper(text: &[u8], most: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => {
                depth = depth.saturating_add(1);
                if depth > most {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

fn parse_error(why: String) -> Response {
    let error: RpcError = ErrorObjectOwned::owned(PARSE_ERROR_CODE, "Parse error", Some(why));
    let payload = ResponsePayload::<()>::error(error);
    let body = jsonrpsee::types::Response::new(payload, Id::Null);
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

/// 200 while the node works, 503 with the reason where it does not.
async fn health(State(shared): State<Shared>) -> Response {
    let status = shared.context.backend.status.status();
    match status.fault {
        None => Json(serde_json::json!({"status": "ok"})).into_response(),
        Some(fault) => {
            let body = Json(serde_json::json!({"status": "fault", "fault": fault}));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}

/// Prometheus text format, version 0.0.4: the server's own counters, what the node sees, then the
/// engine's.
async fn metrics_text(State(shared): State<Shared>) -> Response {
    // Sizes of files are looked up, and the engine writes thousands of lines.
    let work = move || {
        let context = &shared.context;
        let backend = &context.backend;
        let seen = metrics::text(backend);
        format!(
            "{}{seen}{}",
            context.counters.to_text(),
            (backend.metrics)()
        )
    };
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    match tokio::task::spawn_blocking(work).await {
        Ok(text) => ([(header::CONTENT_TYPE, kind)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_structure_and_not_text() {
        for (text, depth) in [
            (r#"{"a":[[]]}"#, 3),
            (r#""[[[[""#, 0),
            (r#"["\"[[[", {"\\":[]}]"#, 3),
            (r#"[],[],[]"#, 1),
            ("]]]][", 1),
        ] {
            assert!(!nested_deeper(text.as_bytes(), depth), "{text}");
            assert_eq!(
                nested_deeper(text.as_bytes(), depth.saturating_sub(1)),
                depth > 0,
                "{text}"
            );
        }
    }
}
