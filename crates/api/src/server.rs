//! The listening socket and its connections.
//!
//! One task accepts, one task serves each connection. The number of connections and the time for a
//! header are bounded; stopping lets open requests finish for a while.

use crate::{backend::Backend, error::ApiError, http::router, limits::Limits};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinHandle,
};

/// Where the server listens and what it allows.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address; port 0 lets the system choose.
    pub address: SocketAddr,
    /// Limits.
    pub limits: Limits,
}

/// A running server. [`Server::stop`] ends it and waits; dropping it ends it too, without waiting.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// What a client beyond the limit of connections is told.
const TOO_MANY_CONNECTIONS: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    content-type: text/plain\r\ncontent-length: 21\r\nconnection: close\r\nretry-after: 1\r\n\r\n\
    too many connections\n";

/// Pause after a failed accept: the system is out of file handles, and trying at once would burn
/// the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Starts the server.
///
/// # Errors
///
/// [`ApiError::Bind`] where the address cannot be had.
pub async fn serve(config: Config, backend: Backend) -> Result<Server, ApiError> {
    let Config { address, limits } = config;
    let bind = |source| ApiError::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(bind)?;
    let address = listener.local_addr().map_err(bind)?;
    let (stop, stopped) = watch::channel(false);
    let router = router(backend, limits.clone());
    let task = tokio::spawn(accept(listener, router, limits, stopped));
    Ok(Server {
        address,
        stop,
        task,
    })
}

impl Server {
    /// The address it listens on, with the port that the system chose.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, lets open requests finish within [`Limits::stop_time`], and returns when
    /// all is over.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the server ended by a panic");
        }
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    mut stopped: watch::Receiver<bool>,
) {
    let permits = Arc::new(Semaphore::new(limits.connections));
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        while connections.try_join_next().is_some() {}
        match Arc::clone(&permits).try_acquire_owned() {
            Ok(permit) => {
                let connection = Connection {
                    router: router.clone(),
                    permit,
                };
                connections.spawn(connection.serve(stream, limits.header_time, stopped.clone()));
            }
            Err(_) => turn_away(stream),
        }
    }
    drop(listener);
    let rest = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.stop_time, rest).await.is_err() {
        tracing::warn!("open requests were cut off because the server stops");
    }
}

/// Answers 503 where there is no room, as far as that is possible at once.
fn turn_away(mut stream: TcpStream) {
    tokio::spawn(async move {
        let answer = stream.write_all(TOO_MANY_CONNECTIONS);
        if let Ok(Ok(())) = tokio::time::timeout(Duration::from_secs(1), answer).await {
            // The client may be gone already; then there is nobody to tell.
            let _ = stream.shutdown().await;
        }
    });
}

struct Connection {
    router: Router,
    permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(
        self,
        stream: TcpStream,
        header_time: Duration,
        mut stopped: watch::Receiver<bool>,
    ) {
        let Self { router, permit } = self;
        let _permit = permit;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(header_time)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
        let mut connection = pin!(connection);
        let stopping = async move {
            // The guard inside the result must not be held across the shutdown.
            drop(stopped.wait_for(|stop| *stop).await);
        };
        let result = tokio::select! {
            result = connection.as_mut() => result,
            () = stopping => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = result {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}
