//! From a JSON-RPC request to its answer.
//!
//! jsonrpsee reads and writes the protocol (ids, notifications, batches, invalid entries, size
//! limits); this module is the service behind it. It is a service of our own rather than
//! jsonrpsee's table of methods for two reasons: all `eth_sendRawTransaction` of a batch must be
//! decoded, recovered and admitted together, and a request's handlers run one after the other on
//! one blocking thread instead of each being sent to one.
//!
//! Notifications are accepted and not executed, as in the library: nobody could be told whether a
//! transaction was admitted.

mod args;
mod counters;
mod methods;

pub(crate) use args::{Args, Text, hex_data, storage_key};

use crate::{
    backend::Backend,
    error::{RpcError, busy, internal, timed_out, unknown_method},
    eth::send,
    limits::Limits,
};
use counters::Counters;
use jsonrpsee::server::{
    BatchResponseBuilder, MethodResponse, ResponsePayload,
    middleware::rpc::{Batch, BatchEntry, Notification, Request, RpcServiceT},
};
use methods::Handler;
use serde::Serialize;
use serde_json::value::RawValue;
use std::{borrow::Cow, sync::Arc, time::Instant};
use tokio::sync::{Semaphore, SemaphorePermit};

/// The JSON text of a result.
pub(crate) type Json = Box<RawValue>;

/// What a handler answers.
pub(crate) type Reply = Result<Json, RpcError>;

/// Writes a result.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Reply {
    serde_json::value::to_raw_value(value).map_err(|error| internal("writing the result", error))
}

/// What handlers work with.
pub(crate) struct Context {
    pub(crate) backend: Backend,
    pub(crate) limits: Limits,
    pub(crate) counters: Counters,
    executions: Semaphore,
}

impl Context {
    pub(crate) fn new(backend: Backend, limits: Limits) -> Self {
        let executions = Semaphore::new(limits.executions);
        Self {
            backend,
            limits,
            counters: Counters::default(),
            executions,
        }
    }

    /// Leave to execute, for as long as the permit is held.
    pub(crate) fn execution(&self) -> Result<SemaphorePermit<'_>, RpcError> {
        self.executions
            .try_acquire()
            .map_err(|_| busy(self.limits.executions))
    }
}

/// Serves the requests of one HTTP body.
#[derive(Clone)]
pub(crate) struct Dispatcher {
    context: Arc<Context>,
    started: Instant,
}

impl Dispatcher {
    pub(crate) const fn new(context: Arc<Context>, started: Instant) -> Self {
        Self { context, started }
    }

    async fn answer(self, request: Request<'_>) -> MethodResponse {
        self.context.counters.request();
        let reply = self.run(&request).await;
        self.respond(request, reply)
    }

    async fn answer_batch(self, batch: Batch<'_>) -> MethodResponse {
        self.context.counters.batch();
        let entries: Vec<_> = batch.into_iter().collect();
        let mut sent = self.send_all(&entries).into_iter();
        let mut answers = BatchResponseBuilder::new_with_limit(self.response_bytes());
        let mut notified = false;
        for entry in entries {
            let answer = match entry {
                Ok(BatchEntry::Notification(_)) => {
                    notified = true;
                    continue;
                }
                Ok(BatchEntry::Call(request)) => {
                    let sent = is_send(&request).then(|| sent.next()).flatten();
                    let reply = match sent {
                        Some(reply) => reply,
                        None if self.started.elapsed() > self.context.limits.batch_time => {
                            Err(timed_out())
                        }
                        None => self.run(&request).await,
                    };
                    self.respond(request, reply)
                }
                Err(refused) => {
                    let (error, id) = refused.into_parts();
                    MethodResponse::error(id, error)
                }
            };
            if let Err(too_big) = answers.append(answer) {
                return too_big;
            }
        }
        if answers.is_empty() && notified {
            MethodResponse::notification()
        } else {
            MethodResponse::from_batch(answers.finish())
        }
    }

    /// Hands all transactions of a batch to the pool at once. The replies are in the order of their
    /// entries.
    fn send_all<E>(&self, entries: &[Result<BatchEntry<'_>, E>]) -> Vec<Reply> {
        let encoded: Vec<_> = entries
            .iter()
            .filter_map(|entry| match entry {
                Ok(BatchEntry::Call(request)) if is_send(request) => Some(request),
                _ => None,
            })
            .map(|request| send::encoded(&Args::parse(params(request), send::ARGUMENTS)?))
            .collect();
        self.context.counters.sends(encoded.len());
        send::submit(&self.context, encoded)
    }

    async fn run(&self, request: &Request<'_>) -> Reply {
        let Some(method) = methods::find(&request.method) else {
            return Err(unknown_method(&request.method));
        };
        self.context.counters.call(method);
        let args = Args::parse(params(request), method.arguments)?;
        match method.handler {
            Handler::Read(read) => read(&self.context, &args),
            Handler::Prove(prove) => prove(&self.context, &args).await,
            Handler::Send => {
                let replies = send::submit(&self.context, vec![send::encoded(&args)]);
                let missing = || internal("sending the transaction", "no reply");
                replies.into_iter().next().unwrap_or_else(|| Err(missing()))
            }
        }
    }

    fn respond(&self, request: Request<'_>, reply: Reply) -> MethodResponse {
        let Request { id, extensions, .. } = request;
        let response = match reply {
            Ok(result) => MethodResponse::response(
                id,
                ResponsePayload::success(result),
                self.response_bytes(),
            ),
            Err(error) => {
                self.context.counters.error();
                MethodResponse::error(id, error)
            }
        };
        response.with_extensions(extensions)
    }

    fn response_bytes(&self) -> usize {
        usize::try_from(self.context.limits.response_bytes).unwrap_or(usize::MAX)
    }
}

fn params<'a>(request: &'a Request<'_>) -> Option<&'a RawValue> {
    request.params.as_ref().map(Cow::as_ref)
}

fn is_send(request: &Request<'_>) -> bool {
    request.method == send::METHOD
}

impl RpcServiceT for Dispatcher {
    type MethodResponse = MethodResponse;
    type NotificationResponse = MethodResponse;
    type BatchResponse = MethodResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        self.clone().answer(request)
    }

    fn batch<'a>(&self, batch: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        self.clone().answer_batch(batch)
    }

    fn notification<'a>(
        &self,
        notification: Notification<'a>,
    ) -> impl Future<Output = MethodResponse> + Send + 'a {
        std::future::ready(MethodResponse::notification().with_extensions(notification.extensions))
    }
}
