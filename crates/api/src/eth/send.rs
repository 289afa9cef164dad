//! Sending transactions.

use crate::{
    error::{RpcError, refused},
    rpc::{Args, Context, Reply, Text, hex_data, json},
};
use qiantang_types::Transaction;
use rayon::prelude::*;
use std::borrow::Cow;

/// Name of the method.
pub(crate) const METHOD: &str = "eth_sendRawTransaction";

/// Parameters it takes.
pub(crate) const ARGUMENTS: usize = 1;

/// Transactions from which decoding is spread over several cores.
const PARALLEL_MIN: usize = 8;

/// A transaction's hex text, as it stands in the request.
pub(crate) type Encoded<'a> = Result<Cow<'a, str>, RpcError>;

/// The parameter of a request.
pub(crate) fn encoded<'a>(args: &Args<'a>) -> Encoded<'a> {
    args.required::<Text<'a>>(0).map(|text| text.0)
}

/// Decodes transactions and hands them to the pool in one call, which recovers their senders in
/// parallel. The replies, hash or refusal, are in the order of `encoded`.
pub(crate) fn submit(context: &Context, encoded: Vec<Encoded<'_>>) -> Vec<Reply> {
    if encoded.is_empty() {
        return Vec::new();
    }
    let decoded: Vec<Result<Transaction, RpcError>> = if encoded.len() >= PARALLEL_MIN {
        encoded
            .into_par_iter()
            .with_min_len(PARALLEL_MIN)
            .map(decode)
            .collect()
    } else {
        encoded.into_iter().map(decode).collect()
    };
    let transactions = decoded.iter().flatten().cloned().collect();
    let mut admitted = context
        .backend
        .pool
        .admit(transactions, &context.backend.head)
        .into_iter();
    decoded
        .into_iter()
        .map(|decoded| {
            let transaction = decoded?;
            match admitted.next() {
                Some(Ok(hash)) => json(&hash),
                Some(Err(error)) => Err(refused(error)),
                None => Err(refused(format!(
                    "{} was not considered",
                    transaction.hash()
                ))),
            }
        })
        .collect()
}

fn decode(encoded: Encoded<'_>) -> Result<Transaction, RpcError> {
    let bytes = hex_data(&encoded?, 0)?;
    Transaction::decode(&bytes).map_err(refused)
}
